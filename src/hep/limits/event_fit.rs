//! Fits and tests of hypotheses with a histogram of weighted events.

use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::template_errors::TemplateErrors;
use super::{EventData, EventLimitResult, EventLimitSettings, HypothesisTest};
use crate::binned::{BinnedEvents, Bins};
use crate::madminer::EventSimulator;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::{comma_separated, counted, exact, ranges};
use motherlode_core::trace::{Instrumented, Simulator};
use motherlode_core::{ParameterBox, Progress};
use motherlode_stats::analysis::hypotheses::completed;
use motherlode_stats::analysis::{Warning, check_levels, constraints_of};
use motherlode_stats::inference::{
    BinLayout, FitResult, Likelihood, LikelihoodScan, RatioTest, SummarySettings, SummaryStatistic, Test,
};

/// Events below which asymptotic formulae are doubtful, and effective simulated events below which a bin is.
const FEW: f64 = 10.0;

impl EventSimulator {
    /// Confidence intervals, and tests of hypotheses, from a histogram of the events of this file and their number.
    ///
    /// # Errors
    /// If an input is out of range (see the message), a fit fails, or `progress` stops it.
    pub fn limits(
        &self,
        data: EventData<'_>,
        settings: &EventLimitSettings,
        progress: &dyn Progress,
    ) -> Result<EventLimitResult> {
        let run = LimitRun::new(self, data, settings)?;
        let grid = run.grid()?;
        let histogram = run.histogram()?;
        let counts = run.counts(&histogram)?;
        let rate = |theta: &[f64]| Ok(settings.luminosity * histogram.cross_sections(theta)?.sum());
        let mut likelihood = Likelihood::new(&histogram, counts.bins.view(), &run.theta)
            .with_progress(progress)
            .with_weights(counts.weights.view())?
            .scaled_to(counts.n)?;
        if !settings.no_rate {
            likelihood = likelihood.with_rate(&rate, counts.n);
        }
        for constraint in constraints_of(Some(self)) {
            likelihood = likelihood.with_constraint(constraint)?;
        }
        let template_errors = TemplateErrors {
            histogram: &histogram,
            counts: counts.of_all_bins(histogram.n_bins()),
            luminosity: (!settings.no_rate).then_some(settings.luminosity),
        };
        let term = |theta: &[f64]| template_errors.at(theta);
        if settings.template_errors {
            likelihood = likelihood.with_term(&term);
        }
        progress.begin("fits");
        let scan = LikelihoodScan::new(likelihood.clone(), &run.parameter_box);
        let estimate = scan.estimate(progress)?;
        let answer = FitResult::new(&run.name(&histogram), estimate, &run.parameters, &settings.levels)?;
        let tests = match &grid {
            Some(grid) => run.tests(&likelihood, &answer.estimate.best.theta, grid)?,
            None => Vec::new(),
        };
        let (at, observed) = match data {
            EventData::Expected(_) => (Some(run.theta[..run.p].to_vec()), None),
            EventData::Observed(observations) => (None, Some(observations.source().to_owned())),
        };
        Ok(EventLimitResult {
            events: Instrumented::label(self),
            at,
            observed,
            luminosity: settings.luminosity,
            n_events: counts.n,
            n_simulated: self.events().len(),
            n_theory: run.p,
            observables: settings.observables.clone(),
            with_rate: !settings.no_rate,
            with_template_errors: settings.template_errors,
            warnings: run.warnings(&histogram, counts.n)?,
            parameters: run.parameters,
            parameter_box: run.parameter_box,
            answer,
            tests,
        })
    }
}

/// Filled bins of the data.
struct Counts {
    /// Numbers of the bins, `[k, 1]`.
    bins: Array2<f64>,
    /// Their contents, up to a factor, `[k]`.
    weights: Array1<f64>,
    /// Number of events in all bins.
    n: f64,
}

impl Counts {
    /// Numbers of events in all bins, of which some may be empty, `[bins]`.
    fn of_all_bins(&self, n_bins: usize) -> Array1<f64> {
        let mut all = Array1::zeros(n_bins);
        let scale = self.n / self.weights.sum();
        for (bin, weight) in self.bins.iter().zip(&self.weights) {
            all[*bin as usize] = scale * weight;
        }
        all
    }
}

/// A limit while it is computed.
struct LimitRun<'a> {
    simulator: &'a EventSimulator,
    data: EventData<'a>,
    settings: &'a EventLimitSettings,
    /// The truth, or a hypothesis that ratios are taken to, with systematics at 0, `[p + k]`.
    theta: Vec<f64>,
    parameters: Vec<String>,
    p: usize,
    parameter_box: ParameterBox,
}

impl<'a> LimitRun<'a> {
    fn new(simulator: &'a EventSimulator, data: EventData<'a>, settings: &'a EventLimitSettings) -> Result<Self> {
        let luminosity = settings.luminosity;
        if !(luminosity > 0.0 && luminosity.is_finite()) {
            return Err(Error::usage(format!(
                "--luminosity {luminosity}: give a number above 0, in 1/pb",
                luminosity = exact(luminosity)
            )));
        }
        check_levels(&settings.levels)?;
        let parameters = simulator.parameter_names();
        let p = simulator.n_theory();
        if let EventData::Observed(observations) = data {
            observations.check_measured()?;
        }
        let mut theta = match data {
            EventData::Expected(truth) => truth.to_vec(),
            EventData::Observed(_) => Instrumented::hypotheses(simulator)?.theta1[..p].to_vec(),
        };
        theta.resize(parameters.len(), 0.0);
        let parameter_box = parameter_box(simulator, settings.edges.as_deref(), &parameters[..p])?;
        if matches!(data, EventData::Expected(_)) && !parameter_box.contains(&theta) {
            return Err(Error::usage(format!(
                "{} is said to be true, and the hypotheses are {}: give a box around it with --box",
                comma_separated(&theta[..p]),
                ranges(&parameter_box.edges()[..p])
            )));
        }
        Ok(Self {
            simulator,
            data,
            settings,
            theta,
            parameters,
            p,
            parameter_box,
        })
    }

    fn counts(&self, histogram: &BinnedEvents<'_>) -> Result<Counts> {
        let observations = match self.data {
            EventData::Observed(observations) => observations,
            EventData::Expected(_) => {
                let (bins, weights) = histogram.expected_at(&self.theta)?;
                let n = self.settings.luminosity * weights.sum();
                return Ok(Counts { bins, weights, n });
            }
        };
        let mut counts = vec![0.0; histogram.n_bins()];
        for bin in histogram.bins_of(observations.x())? {
            counts[bin as usize] += 1.0;
        }
        let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
        let (bins, weights): (Vec<f64>, Vec<f64>) = filled.map(|(bin, count)| (bin as f64, *count)).unzip();
        Ok(Counts {
            bins: Array1::from(bins).insert_axis(Axis(1)),
            weights: weights.into(),
            n: observations.n_events() as f64,
        })
    }

    /// The histogram of the observables; a single bin without any.
    fn histogram(&self) -> Result<BinnedEvents<'a>> {
        let known = Simulator::observables(self.simulator);
        let named = &self.settings.observables;
        let names = match named.is_empty() {
            true => known.iter().take(1).map(|one| one.name.clone()).collect(),
            false => named.clone(),
        };
        let summary = SummaryStatistic::from_observables(&known, &names)?;
        let usual = || Bins::Equal(SummarySettings::default_bins(BinLayout::EqualProbability, names.len()));
        let bins = match named.is_empty() {
            true => Bins::Edges(vec![Vec::new()]),
            false => self.settings.bins.clone().unwrap_or_else(usual),
        };
        BinnedEvents::new(self.simulator.events(), summary, &bins)
    }

    /// Name of the measured quantities.
    fn name(&self, histogram: &BinnedEvents<'_>) -> String {
        let EventLimitSettings {
            observables, no_rate, ..
        } = self.settings;
        if observables.is_empty() {
            return "number of events".to_owned();
        }
        let bins = counted(histogram.n_bins(), "bin");
        let rate = if *no_rate { "" } else { ", and number of events" };
        format!("histogram of {} in {bins}{rate}", observables.join(", "))
    }

    /// The grid of hypotheses to test, of the parameters of the theory.
    fn grid(&self) -> Result<Option<Array2<f64>>> {
        if self.settings.grid.is_empty() {
            return Ok(None);
        }
        ParameterBox::new(&self.parameter_box.edges()[..self.p])?
            .grid(&self.settings.grid)
            .map(Some)
    }

    /// Tests these hypotheses, systematics profiled.
    fn tests(&self, likelihood: &Likelihood<'_>, best: &[f64], grid: &Array2<f64>) -> Result<Vec<HypothesisTest>> {
        let log_likelihood = |theta: &[f64]| likelihood.at(theta);
        let mut test = RatioTest::new(&log_likelihood, self.parameter_box.clone())?;
        // The truth fits the expected data best, and no fit is as precise.
        let best = match self.data {
            EventData::Expected(_) => &self.theta,
            EventData::Observed(_) => best,
        };
        let best: Vec<(usize, f64)> = best.iter().copied().enumerate().collect();
        test.test(&best)?;
        let fixed = |theta: ArrayView1<f64>| theta.iter().copied().enumerate().collect::<Vec<_>>();
        let found = |test: Test| HypothesisTest {
            theta: test.theta[..self.p].to_vec(),
            statistic: test.statistic,
            p_value: test.p_value,
        };
        let rows = grid.rows().into_iter();
        rows.map(|theta| test.test(&fixed(theta)).map(found)).collect()
    }

    fn warnings(&self, histogram: &BinnedEvents<'_>, n: f64) -> Result<Vec<Warning>> {
        let mut warnings = Warning::of_simulator(self.simulator);
        warnings.extend((n < FEW).then_some(Warning::FewEventsForAsymptotics { n }));
        let undetermined = histogram.n_bins() == 1 && self.p > 1;
        warnings.extend(undetermined.then_some(Warning::UnderdeterminedFit { parameters: self.p }));
        if !self.settings.template_errors {
            let simulated = self.simulator.events().effective(&self.theta)?;
            warnings.extend(Warning::few_simulated_events(simulated, n));
        }
        let effective = histogram.effective(&self.theta)?;
        let sparse = effective.iter().filter(|effective| **effective < FEW).count();
        warnings.extend((sparse > 0).then(|| Warning::SparseBins {
            n: sparse,
            of: effective.len(),
            limit: FEW,
        }));
        Ok(warnings)
    }
}

/// The hypotheses considered: of the theory as given, of systematics as usual.
fn parameter_box(simulator: &EventSimulator, given: Option<&[(f64, f64)]>, theory: &[String]) -> Result<ParameterBox> {
    let usual = Instrumented::hypotheses(simulator)?.prior;
    let Some(given) = given else {
        return Ok(usual);
    };
    let edges = completed(given, &Simulator::parameters(simulator), |k, _| usual.edges()[k]);
    match edges.len() == usual.n_parameters() {
        true => ParameterBox::new(edges),
        false => Err(Error::usage(format!(
            "--box has {}; needed are those of {}, with those of {} or without",
            counted(given.len(), "range"),
            theory.join(", "),
            counted(usual.n_parameters() - theory.len(), "nuisance parameter")
        ))),
    }
}
