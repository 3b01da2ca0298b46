//! Best fits and confidence intervals of one data set.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::densities::RatioSource;
use super::hypotheses::{check_several_hypotheses, constraints_of, parameter_box, reference};
use super::rate::Rate;
use super::toys::{ToyLedger, regions_by_toys};
use super::{Analysis, DensitySettings, FitRecord, NamedConstraint, Warning};
use crate::inference::{
    Constraint, FitResult, Likelihood, LikelihoodScan, ParameterBox, ToyPlan, ToyRegions, Toys, critical_value,
};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Domain, Estimator, Progress};

/// Smallest expected number of toys beyond the highest confidence level.
const MIN_TOYS_BEYOND: f64 = 5.0;
/// Largest deviation of the number of events from the expected one, in standard deviations, without a warning.
const MAX_COUNT_DEVIATION: f64 = 5.0;

/// Settings of [`Analysis::infer`].
#[derive(Debug, Clone)]
pub struct IntervalSettings {
    /// Confidence levels.
    pub levels: Vec<f64>,
    /// Number of events that the observed ones represent: expected results from a large sample (the Asimov data set).
    pub expect: Option<f64>,
    /// Luminosity, in inverse units of the simulator's cross section; makes the number of events data, too.
    pub luminosity: Option<f64>,
    /// Number of toy data sets of each hypothesis, for regions without asymptotic formulae.
    pub toys: Option<usize>,
    /// Folder that stores the results of toys, so that an interrupted computation can resume; `true` deletes toys of other data or settings.
    pub toy_folder: Option<(PathBuf, bool)>,
    /// Seed of toys and bands.
    pub seed: u64,
    /// Densities of summaries.
    pub densities: DensitySettings,
}

impl Default for IntervalSettings {
    fn default() -> Self {
        Self {
            levels: vec![0.68, 0.95],
            expect: None,
            luminosity: None,
            toys: None,
            toy_folder: None,
            seed: 0,
            densities: DensitySettings::default(),
        }
    }
}

/// Best fits and confidence intervals by each estimator, with their assumptions and warnings.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inference {
    /// Number and source of the observed events.
    pub about: String,
    /// Parameter box, constraints and simulated events on which the results rest.
    pub assumptions: String,
    /// Number of observed events.
    pub n_events: usize,
    /// Number of events that they represent, for expected results.
    pub n_expected: Option<f64>,
    /// Luminosity, if the number of events counts as data.
    pub luminosity: Option<f64>,
    /// Names of the parameters, `[p]`.
    pub parameters: Vec<String>,
    /// The parameter box.
    pub parameter_box: ParameterBox,
    /// Confidence levels.
    pub levels: Vec<f64>,
    /// Constraints from other measurements.
    pub constraints: Vec<NamedConstraint>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Results by estimator; the first is by the estimator of the analysis.
    pub answers: Vec<FitResult>,
}

impl Serialize for Inference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Record<'a> {
            about: &'a str,
            #[serde(rename = "premises")]
            assumptions: &'a str,
            n_events: usize,
            n_expected: Option<f64>,
            luminosity: Option<f64>,
            parameters: &'a [String],
            #[serde(rename = "box")]
            parameter_box: &'a [(f64, f64)],
            constraints: &'a [NamedConstraint],
            warnings: &'a [Warning],
            answers: Vec<FitRecord<'a>>,
        }
        let record = |answer| FitRecord::new(answer, &self.parameters, &self.levels).map_err(serde::ser::Error::custom);
        Record {
            about: &self.about,
            assumptions: &self.assumptions,
            n_events: self.n_events,
            n_expected: self.n_expected,
            luminosity: self.luminosity,
            parameters: &self.parameters,
            parameter_box: self.parameter_box.edges(),
            constraints: &self.constraints,
            warnings: &self.warnings,
            answers: self.answers.iter().map(record).collect::<Result<_, S::Error>>()?,
        }
        .serialize(serializer)
    }
}

impl Analysis<'_> {
    /// Infers parameters from the observed events: best fit, errors, and confidence intervals of each parameter.
    ///
    /// The result also has fits by a histogram of observables, if [requested](DensitySettings::histogram), and by the exact likelihood, if
    /// the simulator has one.
    ///
    /// # Errors
    /// If an input is missing or out of range (see the message), a simulation or a fit fails, or `progress` stops it.
    pub fn infer(&self, settings: &IntervalSettings, progress: &dyn Progress) -> Result<Inference> {
        let run = IntervalRun::new(self, settings)?;
        run.check()?;
        let estimator = self.estimator()?;
        let observations = self.observations()?;
        let densities = &settings.densities;
        let uses_histograms = estimator.as_ratio().is_none() || !densities.histogram.is_empty();
        let uses_pool = uses_histograms || settings.toys.is_some();
        let mut warnings = self.warnings_of_observations(settings.expect.is_some())?;
        warnings.extend(few_training_points(estimator));
        warnings.extend(self.pool_warning.clone().filter(|_| uses_pool));
        if uses_histograms {
            let wanted = densities.summary.events as f64;
            let rows = self.pool.and_then(Instrumented::n_rows);
            let simulated = rows.map_or(wanted, |rows| wanted.min(rows as f64));
            warnings.extend(Warning::few_simulated_events(simulated, run.counted()));
        }
        let mut answers = Vec::new();
        let of_estimator = self.ratios_of_estimator(&run.parameter_box, densities, progress)?;
        answers.push(run.answer(of_estimator, Some("toys.jsonl"), &mut warnings, progress)?);
        if let Some(of_histogram) = self.ratios_of_histogram(&run.parameter_box, densities, progress)? {
            answers.push(run.answer(of_histogram, Some("toys-of-histogram.jsonl"), &mut warnings, progress)?);
        }
        if let Some(truth) = self.simulator.and_then(Instrumented::truth) {
            let name = Estimator::name(&truth);
            answers.push(run.fit(&name, &truth, None, progress)?);
        }
        if settings.expect.is_some() && answers.iter().any(|answer| answer.bands.is_empty()) {
            warnings.extend(run.no_bands());
        }
        Ok(Inference {
            about: run.about(),
            assumptions: run.assumptions(uses_pool),
            n_events: observations.n_events(),
            n_expected: settings.expect,
            luminosity: settings.luminosity,
            parameters: run.parameters.clone(),
            constraints: run.named_constraints(),
            levels: settings.levels.clone(),
            parameter_box: run.parameter_box,
            warnings,
            answers,
        })
    }

    /// Expected number of events ν(θ) = L σ(θ).
    fn expected_count(&self, luminosity: f64, theta: &[f64]) -> Result<f64> {
        let simulator = self
            .simulator
            .ok_or_else(|| Error::usage("an expected number of events needs the simulator, which is not known here: name it, or leave out --luminosity"))?;
        let rate = Rate::at(simulator, theta)?.ok_or_else(|| {
            Error::usage(
                "the simulator knows no cross-section, so the number of events does not depend on θ: leave out --luminosity",
            )
        })?;
        Ok(luminosity * rate.value)
    }
}

/// Returns a warning if an estimator was trained at a few chosen points.
pub(super) fn few_training_points(estimator: &dyn Estimator) -> Option<Warning> {
    match estimator.domain() {
        Domain::Points { n, .. } => Some(Warning::FewTrainingPoints { n }),
        _ => None,
    }
}

/// Inputs of one inference.
/// Checks that confidence levels lie between 0 and 1.
///
/// # Errors
/// Names the one that does not.
pub fn check_levels(levels: &[f64]) -> Result<()> {
    levels
        .iter()
        .try_for_each(|&level| critical_value(level, 1).map(|_| ()))
}

struct IntervalRun<'r> {
    analysis: &'r Analysis<'r>,
    settings: &'r IntervalSettings,
    parameters: Vec<String>,
    parameter_box: ParameterBox,
    reference: Vec<f64>,
    constraints: Vec<Constraint>,
}

impl<'r> IntervalRun<'r> {
    fn new(analysis: &'r Analysis<'_>, settings: &'r IntervalSettings) -> Result<Self> {
        let estimator = analysis.estimator()?;
        let parameters = analysis.parameters()?;
        let parameter_box = parameter_box(analysis.edges.as_deref(), estimator, &parameters, analysis.simulator)?;
        check_several_hypotheses(estimator)?;
        let constraints = analysis.constraints(&parameters, &parameter_box)?;
        Ok(Self {
            analysis,
            settings,
            reference: reference(analysis.simulator, &parameter_box),
            parameters,
            parameter_box,
            constraints,
        })
    }

    /// Number of events that the observed ones represent.
    fn counted(&self) -> f64 {
        let observed = self
            .analysis
            .observations
            .map_or(0, |observations| observations.n_events());
        self.settings.expect.unwrap_or(observed as f64)
    }

    fn answer(
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
    fn fit(
        &self,
        name: &str,
        ratio: &dyn LogRatio,
        ledger: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<FitResult> {
        let settings = self.settings;
        let observations = self.analysis.observations()?;
        let luminosity = settings.luminosity.unwrap_or(f64::NAN);
        let expected = |theta: &[f64]| self.analysis.expected_count(luminosity, theta);
        let mut likelihood = Likelihood::new(ratio, observations.x(), &self.reference);
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
            Some(n) => scan.bands(n, &settings.levels, settings.seed)?,
            None => Vec::new(),
        };
        progress.begin("fits");
        let estimate = scan.estimate(progress)?;
        let by_toys = settings.toys.zip(ledger);
        let by_toys = by_toys.map(|(toys, ledger)| self.by_toys(&scan, ratio, toys, ledger, progress));
        Ok(FitResult {
            name: name.into(),
            estimate,
            regions: by_toys.transpose()?,
            bands,
        })
    }

    fn by_toys(
        &self,
        scan: &LikelihoodScan<'_>,
        ratio: &dyn LogRatio,
        toys: usize,
        ledger: &str,
        progress: &dyn Progress,
    ) -> Result<ToyRegions> {
        let simulator = self.analysis.pool.ok_or_else(|| {
            Error::usage("toys need the simulator, which is not known here: name it, or leave out --toys")
        })?;
        let belt = scan.neyman_belt(&self.settings.levels)?;
        let plan = ToyPlan {
            events: self.analysis.observations()?.n_events(),
            toys,
            seed: self.settings.seed,
        };
        let identity = ToyLedger::identity(plan, &self.settings.levels, scan.fingerprint());
        let folder = self.settings.toy_folder.as_ref();
        let ledger = folder.map(|(folder, force)| ToyLedger::open(folder, ledger, &identity, *force));
        let ledger = ledger.transpose()?;
        progress.begin("events of a pool");
        let relative = (ratio, self.reference.as_slice());
        let toys = Toys::new(simulator, relative, scan.interpolation()?, plan, progress)?;
        regions_by_toys(&belt, &toys, ledger, progress)
    }

    /// Checks the settings before the computation starts.
    fn check(&self) -> Result<()> {
        let IntervalSettings {
            toys,
            expect,
            luminosity,
            levels,
            ..
        } = self.settings;
        check_levels(levels)?;
        let p = self.parameter_box.dimensions();
        if let Some(toys) = *toys {
            if !self.constraints.is_empty() {
                return Err(Error::usage(
                    "toys do not include constraints from other measurements: leave out --toys, or add --unconstrained",
                ));
            }
            if expect.is_some() || luminosity.is_some() {
                return Err(Error::usage(
                    "toys have as many events as were observed: leave out either --toys, or --expect and --luminosity",
                ));
            }
            if p > 2 {
                return Err(Error::usage(format!(
                    "toys on a grid are possible for one or two parameters, and there are {p}: hold some fixed with --box"
                )));
            }
            let highest = levels.iter().copied().fold(0.0, f64::max);
            let needed = (MIN_TOYS_BEYOND / (1.0 - highest)).ceil();
            if (toys as f64) < needed {
                return Err(Error::usage(format!(
                    "--toys {toys}: a confidence level of {highest} takes {needed} at least"
                )));
            }
        }
        match *luminosity {
            Some(luminosity) if !(luminosity > 0.0 && luminosity.is_finite()) => Err(Error::usage(format!(
                "--luminosity {luminosity}: give a number above 0, in inverse units of the simulator's cross-section"
            ))),
            Some(luminosity) => {
                let middle = self.parameter_box.middle();
                self.analysis.expected_count(luminosity, &middle).map(|_| ())
            }
            None => Ok(()),
        }
    }

    /// Warnings about a best fit at an edge, or far from the number of events.
    fn fit_warnings(&self, answer: &FitResult) -> Result<Vec<Warning>> {
        let best = &answer.estimate.best;
        let mut warnings = Vec::new();
        if !best.at_edge.is_empty() {
            warnings.push(Warning::BestFitAtEdge {
                estimator: answer.name.clone(),
                parameters: best.at_edge.iter().map(|&k| self.parameters[k].clone()).collect(),
            });
        }
        if let Some(luminosity) = self.settings.luminosity {
            let expected = self.analysis.expected_count(luminosity, &best.theta)?;
            let counted = self.counted();
            if (counted - expected).abs() > MAX_COUNT_DEVIATION * expected.sqrt() {
                warnings.push(Warning::UnexpectedCount {
                    estimator: answer.name.clone(),
                    expected,
                    counted,
                });
            }
        }
        Ok(warnings)
    }

    fn no_bands(&self) -> Option<Warning> {
        let available = self.analysis.observations?.n_events();
        let needed = LikelihoodScan::BAND_SAMPLE_FACTOR * self.settings.expect?;
        if self.parameter_box.dimensions() > 2 {
            return Some(Warning::NoBandsForManyParameters);
        }
        (needed > available as f64).then_some(Warning::NoBandsForFewEvents { needed, available })
    }

    fn about(&self) -> String {
        let Some(observations) = self.analysis.observations else {
            return String::new();
        };
        let about = match self.settings.expect {
            Some(n) => format!(
                "{n} event{} of {}, expected from {}",
                if n == 1.0 { "" } else { "s" },
                observations.source(),
                observations.n_events()
            ),
            None => observations.description(),
        };
        match self.settings.luminosity {
            Some(luminosity) => {
                let unit = self.analysis.luminosity_unit.unwrap_or_default();
                format!("{about}, and their number, for a luminosity of {luminosity}{unit}")
            }
            None => about,
        }
    }

    fn assumptions(&self, uses_pool: bool) -> String {
        let known: Vec<String> = self
            .named_constraints()
            .iter()
            .map(|NamedConstraint { name, mean, sd }| format!("{name} = {mean} ± {sd}"))
            .collect();
        let known = match known.is_empty() {
            true => String::new(),
            false => format!("; from other measurements {}", known.join(", ")),
        };
        let pool = self.analysis.pool.filter(|_| uses_pool);
        let pool = pool.map_or_else(String::new, |pool| {
            format!("; densities and toys by events of {}", pool.label())
        });
        format!("hypotheses {}{known}{pool}", self.parameter_box)
    }

    fn named_constraints(&self) -> Vec<NamedConstraint> {
        let named = |Constraint { parameter, mean, sd }: &Constraint| NamedConstraint {
            name: self.parameters[*parameter].clone(),
            mean: *mean,
            sd: *sd,
        };
        self.constraints.iter().map(named).collect()
    }
}

impl Analysis<'_> {
    /// The given constraints, and those of the simulator on other free parameters.
    pub(super) fn constraints(&self, parameters: &[String], parameter_box: &ParameterBox) -> Result<Vec<Constraint>> {
        let given = self.given_constraints.iter().map(|NamedConstraint { name, mean, sd }| {
            let parameter = parameters.iter().position(|known| known == name);
            Ok(Constraint {
                parameter: parameter.ok_or_else(|| {
                    let known = parameters.join(", ");
                    Error::usage(format!(
                        "--constraint {name}: there is no such parameter; the parameters are {known}"
                    ))
                })?,
                mean: *mean,
                sd: *sd,
            })
        });
        let mut all = given.collect::<Result<Vec<_>>>()?;
        if let Some(held) = all.iter().find(|given| parameter_box.held(given.parameter).is_some()) {
            return Err(Error::usage(format!(
                "--constraint {}: the parameter is held fixed, by --box or because it never varied in training; leave out the constraint or free it with --box",
                parameters[held.parameter]
            )));
        }
        if self.takes_own_constraints {
            let is_given = |own: &Constraint| all.iter().any(|given| given.parameter == own.parameter);
            let is_free = |own: &Constraint| parameter_box.held(own.parameter).is_none();
            let own = constraints_of(self.simulator);
            let others: Vec<Constraint> = own.into_iter().filter(|own| is_free(own) && !is_given(own)).collect();
            all.extend(others);
        }
        Ok(all)
    }
}
