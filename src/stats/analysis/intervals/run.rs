//! Fits of one data set by several estimators.

use super::super::densities::RatioSource;
use super::super::hypotheses::{check_several_hypotheses, parameter_box, reference};
use super::super::toys::{ToyLedger, regions_by_toys};
use super::super::{Analysis, Observations, Warning};
use super::IntervalSettings;
use crate::inference::{Constraint, FitResult, Likelihood, LikelihoodScan, ParameterBox, ToyPlan, ToyRegions, Toys};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;

/// Largest number of free parameters for which toys are drawn on a grid; of more, the ends of intervals are tested.
const MOST_ON_GRID: usize = 2;

/// Inputs of one inference.
pub(super) struct IntervalRun<'r> {
    pub(super) analysis: &'r Analysis<'r>,
    pub(super) observations: &'r Observations,
    pub(super) settings: &'r IntervalSettings,
    pub(super) parameters: Vec<String>,
    pub(super) parameter_box: ParameterBox,
    reference: Vec<f64>,
    pub(super) constraints: Vec<Constraint>,
}

impl<'r> IntervalRun<'r> {
    pub(super) fn new(analysis: &'r Analysis<'_>, settings: &'r IntervalSettings) -> Result<Self> {
        let estimator = analysis.estimator()?;
        let parameters = analysis.parameters()?;
        let parameter_box = parameter_box(analysis.edges.as_deref(), estimator, &parameters, analysis.simulator)?;
        check_several_hypotheses(estimator)?;
        if settings.expect.is_none() {
            analysis.observations()?.check_unweighted(
                "give an array of measured events, or --expect with the number of events that these represent",
            )?;
        }
        let constraints = analysis.constraints(&parameters, &parameter_box)?;
        Ok(Self {
            analysis,
            observations: analysis.observations()?,
            settings,
            reference: reference(analysis.simulator, &parameter_box),
            parameters,
            parameter_box,
            constraints,
        })
    }

    /// Number of events that the observed ones represent.
    pub(super) fn counted(&self) -> f64 {
        self.settings.expect.unwrap_or(self.observations.n_events() as f64)
    }

    pub(super) fn answer(
        &self,
        source: RatioSource<'_>,
        ledger: Option<&str>,
        warnings: &mut Vec<Warning>,
        progress: &dyn Progress,
    ) -> Result<FitResult> {
        warnings.extend(source.warning);
        let answer = self.fit(&source.name, source.ratio.as_ref(), ledger, progress)?;
        warnings.extend(self.fit_warnings(&answer)?);
        Ok(answer)
    }

    /// Best fit and intervals by one estimator of ratios, with regions by toys if these are requested and `ledger` names their file.
    pub(super) fn fit(
        &self,
        name: &str,
        ratio: &dyn LogRatio,
        ledger: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<FitResult> {
        let settings = self.settings;
        let luminosity = settings.luminosity.unwrap_or(f64::NAN);
        let expected = |theta: &[f64]| self.analysis.expected_count(luminosity, theta);
        let mut likelihood = Likelihood::new(ratio, self.observations.x(), &self.reference).with_progress(progress);
        if let Some(weights) = self.observations.weights() {
            likelihood = likelihood.with_weights(weights)?;
        }
        if let Some(n) = settings.expect {
            likelihood = likelihood.scaled_to(n)?;
        }
        if settings.luminosity.is_some() {
            likelihood = likelihood.with_rate(&expected, self.counted());
        }
        for constraint in &self.constraints {
            likelihood = likelihood.with_constraint(*constraint)?;
        }
        let scan = LikelihoodScan::new(likelihood, &self.parameter_box);
        let bands = match settings.expect {
            Some(n) if self.observations.weights().is_none() => scan.bands(n, &settings.levels, settings.seed)?,
            _ => Vec::new(),
        };
        progress.begin("fits");
        let estimate = scan.estimate(progress)?;
        let fit = FitResult::new(name, estimate, &self.parameters, &settings.levels)?.with_bands(bands);
        Ok(match settings.toys.zip(ledger) {
            Some((toys, _)) if self.parameter_box.dimensions() > MOST_ON_GRID => {
                let ends = fit.ends(&self.parameter_box);
                progress.begin("toys");
                let tests = scan.profile_toys(self.toy_simulator()?, &ends, self.toy_plan(toys), progress)?;
                fit.with_profile_toys(tests)
            }
            Some((toys, ledger)) => fit.with_toys(self.by_toys(&scan, ratio, toys, ledger, progress)?),
            None => fit,
        })
    }

    fn toy_simulator(&self) -> Result<&'r dyn Instrumented> {
        self.analysis.pool.ok_or_else(|| {
            Error::usage("toys need the simulator, which is not known here: name it, or leave out --toys")
        })
    }

    fn toy_plan(&self, toys: usize) -> ToyPlan {
        ToyPlan {
            events: self.observations.n_events(),
            toys,
            seed: self.settings.seed,
        }
    }

    fn by_toys(
        &self,
        scan: &LikelihoodScan<'_>,
        ratio: &dyn LogRatio,
        toys: usize,
        ledger: &str,
        progress: &dyn Progress,
    ) -> Result<ToyRegions> {
        let simulator = self.toy_simulator()?;
        let belt = scan.neyman_belt(&self.settings.levels)?;
        let plan = self.toy_plan(toys);
        let identity = ToyLedger::identity(plan, &self.settings.levels, scan.fingerprint());
        let folder = self.settings.toy_folder.as_ref();
        let ledger = folder.map(|(folder, force)| ToyLedger::open(folder, ledger, &identity, *force));
        let ledger = ledger.transpose()?;
        progress.begin("events of a pool");
        let relative = (ratio, self.reference.as_slice());
        let toys = Toys::new(simulator, relative, scan.interpolation()?, plan, progress)?;
        regions_by_toys(&belt, &toys, ledger, progress)
    }
}
