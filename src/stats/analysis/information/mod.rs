//! Fisher information: how well the parameters can be measured at best, and how much of that each source keeps.

mod source;

use serde::Serialize;

use super::hypotheses::extrapolated;
use super::{Analysis, Rate, SimulatedSample, Warning};
use crate::inference::Information;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact;
use motherlode_core::interruptible::Interruptible;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, Progress};

pub use source::{InformationSource, Resolution};
use source::{Measurement, ScoredEvents};

/// Largest number of observables for which each gets a histogram by default.
const MAX_DEFAULT_HISTOGRAMS: usize = 8;
/// Smallest number of simulated events.
const MIN_EVENTS: u64 = 20;

/// Settings of [`Analysis::information`].
#[derive(Debug, Clone)]
pub struct InformationSettings {
    /// The hypothesis, `[p]`.
    pub theta: Vec<f64>,
    /// Number of simulated events.
    pub events: u64,
    /// Number of events expected in the measurement, if there is no `luminosity`.
    pub expect: f64,
    /// Luminosity, in inverse units of the simulator's cross section.
    pub luminosity: Option<f64>,
    /// Observables of each histogram; if empty, one histogram for each of at most eight observables.
    pub histograms: Vec<Vec<String>>,
    /// Number of bins along each observable, for histograms with that number of observables.
    pub bins: Vec<usize>,
    /// Seed of the simulated events.
    pub seed: u64,
}

/// Fisher information of each source.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct InformationResult {
    /// Name of the simulator.
    pub simulator: String,
    /// The hypothesis, `[p]`.
    pub theta: Vec<f64>,
    /// Number of simulated events.
    pub n_events: u64,
    /// Number of stored events from which they were drawn with replacement, for an event file.
    #[serde(skip)]
    pub n_rows: Option<u64>,
    /// Number of events expected in the measurement.
    pub n_expected: f64,
    /// Names of the parameters, `[p]`.
    pub parameters: Vec<String>,
    /// The sources: the latent path, the exact likelihood, estimators, histograms.
    pub sources: Vec<InformationSource>,
    /// Information of the number of events, if the simulator knows its cross section.
    pub rate: Option<Information>,
    /// Information of other measurements, which is added wherever a parameter is unknown.
    pub constraints: Option<Information>,
    /// Warnings.
    pub warnings: Vec<Warning>,
}

impl Analysis<'_> {
    /// Measures the Fisher information of the latent path, the exact likelihood, named estimators and histograms at one hypothesis.
    ///
    /// The simulator `Shift` draws measurements of θ with the error 1, and the estimator `Gauss` knows their score:
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// use motherlode_stats::analysis::{Analysis, InformationSettings};
    ///
    /// let settings = InformationSettings::at(&[0.0]);
    /// let gauss: (String, &dyn Estimator) = ("model".into(), &Gauss);
    /// let result = Analysis::of_simulator(&Shift).information(&[gauss], &settings, &())?;
    /// for source in &result.sources[..2] { // the latent path, and `Gauss`: 1/σ² = 1
    ///     let information = source.measured.information().matrix()[(0, 0)];
    ///     assert!((information - 1.0).abs() < 0.05, "{}: {information}", source.name);
    /// }
    /// # Ok::<(), motherlode_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an input is missing or out of range, an estimator knows no score there, the simulator fails, or `progress` stops it.
    pub fn information(
        &self,
        estimators: &[(String, &dyn Estimator)],
        settings: &InformationSettings,
        progress: &dyn Progress,
    ) -> Result<InformationResult> {
        let simulator = self.simulator()?;
        if settings.events < MIN_EVENTS {
            return Err(Error::usage(format!(
                "--events {}: the information is measured on {MIN_EVENTS} events or more",
                settings.events
            )));
        }
        let theta = &settings.theta;
        let rate = Rate::at(simulator, theta)?;
        let n_expected = settings.n_expected(simulator, rate.as_ref())?;
        let measurement = Measurement {
            n_expected,
            parameters: simulator.parameters().into_iter().map(|one| one.name).collect(),
            rate: rate.map(|rate| rate.information(n_expected)).transpose()?,
            constraints: information_of_constraints(simulator)?,
        };
        let events = SimulatedSample::new(simulator, theta, settings.events, settings.seed, progress)?;
        let sample = ScoredEvents {
            simulator,
            theta,
            events: &events,
            measurement: &measurement,
        };
        let mut sources = sample.exact_sources()?;
        for (label, estimator) in estimators {
            sources.push(sample.learned_source(label, &Interruptible::new(*estimator, progress))?);
        }
        sources.extend(sample.histogram_sources(settings)?);
        let overconfident: Vec<String> = sources
            .iter()
            .filter(|source| source.is_overconfident())
            .map(|source| source.name.clone())
            .collect();
        let warning = (!overconfident.is_empty()).then_some(Warning::OverconfidentScore {
            estimators: overconfident,
        });
        let few = few_events(&sources, &measurement.parameters, simulator.n_rows().is_some());
        let trained = estimators.iter();
        let trained = trained.flat_map(|(label, estimator)| Warning::of_training(*estimator, Some(label)));
        let beyond = estimators.iter();
        let beyond = beyond.filter_map(|(label, estimator)| {
            extrapolated(
                *estimator,
                Some(simulator),
                &format!("the point of the information ({label})"),
                theta,
            )
        });
        Ok(InformationResult {
            simulator: simulator.label(),
            theta: theta.clone(),
            n_events: settings.events,
            n_rows: simulator.n_rows(),
            n_expected,
            parameters: measurement.parameters,
            sources,
            rate: measurement.rate,
            constraints: measurement.constraints,
            warnings: Warning::of_simulator(simulator)
                .into_iter()
                .chain(trained)
                .chain(beyond)
                .chain(warning)
                .chain(few)
                .collect(),
        })
    }
}

impl InformationSettings {
    /// Creates settings at `theta`, `[p]`, with 20 000 simulated events and one event expected.
    pub fn at(theta: &[f64]) -> Self {
        Self {
            theta: theta.to_vec(),
            events: 20_000,
            expect: 1.0,
            luminosity: None,
            histograms: Vec::new(),
            bins: Vec::new(),
            seed: 0,
        }
    }

    fn n_expected(&self, simulator: &dyn Instrumented, rate: Option<&Rate>) -> Result<f64> {
        let expected = match (self.luminosity, rate) {
            (Some(luminosity), Some(rate)) => luminosity * rate.value,
            (Some(_), None) => {
                return Err(Error::usage(format!(
                    "{} knows no cross section: give the expected number of events with --expect",
                    simulator.label()
                )));
            }
            (None, _) => self.expect,
        };
        match expected > 0.0 && expected.is_finite() {
            true => Ok(expected),
            false => Err(Error::usage(format!(
                "the expected number of events is {expected}: it must be finite and above 0",
                expected = exact(expected)
            ))),
        }
    }

    fn histograms(&self, simulator: &dyn Instrumented) -> Vec<Vec<String>> {
        let all = simulator.observables();
        match self.histograms.is_empty() && all.len() <= MAX_DEFAULT_HISTOGRAMS {
            true => all.into_iter().map(|observable| vec![observable.name]).collect(),
            false => self.histograms.clone(),
        }
    }
}

impl InformationResult {
    /// Returns the information of the whole measurement about two parameters, all others unknown, by a source with the number of events
    /// and the constraints. `None` if the data do not determine the others.
    ///
    /// # Errors
    /// If the shapes of the matrices differ.
    pub fn profiled(&self, source: &InformationSource, plane: [usize; 2]) -> Result<Option<Information>> {
        let mut information = source.information.clone();
        if let Some(known) = sum(self.rate.as_ref(), self.constraints.as_ref())? {
            information = information.with(&known)?;
        }
        Ok(information.profiled(&plane).ok())
    }
}

/// Returns a warning if the information of sources rests on few events, about the source and the parameter where they are fewest.
fn few_events(sources: &[InformationSource], parameters: &[String], stored: bool) -> Option<Warning> {
    let few = || sources.iter().filter_map(|source| Some((source, source.few_events()?)));
    let (source, (k, worst)) = few().min_by(|(_, (_, a)), (_, (_, b))| a.effective.total_cmp(&b.effective))?;
    Some(Warning::FewInformativeEvents {
        source: source.name.clone(),
        parameter: parameters[k].clone(),
        effective: worst.effective,
        largest: worst.largest,
        others: few().count() - 1,
        stored,
    })
}

/// Returns the information of the constraints of a simulator, if it has any.
fn information_of_constraints(simulator: &dyn Instrumented) -> Result<Option<Information>> {
    let parameters = simulator.parameters();
    let constrained = parameters.iter().enumerate().filter_map(|(k, parameter)| {
        let (_, sd) = parameter.constraint?;
        Some(Information::from_constraint(parameters.len(), k, sd))
    });
    let mut all: Option<Information> = None;
    for constraint in constrained {
        all = sum(all.as_ref(), Some(&constraint?))?;
    }
    Ok(all)
}

/// Adds two optional sources of information.
fn sum(a: Option<&Information>, b: Option<&Information>) -> Result<Option<Information>> {
    match (a, b) {
        (Some(a), Some(b)) => a.with(b).map(Some),
        (one, other) => Ok(one.or(other).cloned()),
    }
}
