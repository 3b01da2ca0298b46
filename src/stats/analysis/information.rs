//! Fisher information: how well the parameters can be measured at best, and how much of that each source keeps.

use ndarray::Array2;
use serde::Serialize;

use super::{Analysis, Rate, Warning, simulated_events};
use crate::inference::{BinLayout, Information, InformationEstimate, SummarySettings, SummaryStatistic};
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::Mean;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, Progress};

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
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InformationResult {
    /// Name of the simulator.
    pub simulator: String,
    /// The hypothesis, `[p]`.
    pub theta: Vec<f64>,
    /// Number of simulated events.
    pub n_events: u64,
    /// Number of stored events from which they were drawn with replacement, for an event file.
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

/// One source of information.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InformationSource {
    /// Name of the source.
    pub name: String,
    /// Information of one event, measured on simulated events.
    pub measured: InformationEstimate,
    /// Information of one event according to a learned score alone: its variance.
    pub claimed: Option<InformationEstimate>,
}

impl Analysis<'_> {
    /// Measures the Fisher information of the latent path, the exact likelihood, named estimators and histograms at one hypothesis.
    ///
    /// The simulator `Shift` draws measurements of θ with the error 1, and the estimator `Gauss` knows their score:
    ///
    /// ```
    #[doc = include_str!("example.md")]
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
        let parameters: Vec<String> = simulator.parameters().into_iter().map(|p| p.name).collect();
        let rate = Rate::at(simulator, theta)?;
        let n_expected = settings.n_expected(simulator, rate.as_ref())?;
        let (x, joint_scores) = simulated_events(simulator, theta, settings.events, settings.seed, progress)?;
        let sample = ScoredEvents {
            simulator,
            theta,
            x,
            joint_scores,
        };
        let mut sources = sample.exact_sources()?;
        for (label, estimator) in estimators {
            sources.push(sample.learned_source(label, *estimator)?);
        }
        sources.extend(sample.histogram_sources(settings)?);
        let overconfident: Vec<String> = sources
            .iter()
            .filter(|source| source.is_overconfident())
            .map(|source| source.name.clone())
            .collect();
        let warning = Warning::OverconfidentScore {
            estimators: overconfident.clone(),
        };
        Ok(InformationResult {
            simulator: simulator.label(),
            theta: theta.clone(),
            n_events: settings.events,
            n_rows: simulator.n_rows(),
            n_expected,
            rate: rate.map(|rate| rate.information(n_expected)).transpose()?,
            constraints: information_of_constraints(simulator)?,
            warnings: (!overconfident.is_empty()).then_some(warning).into_iter().collect(),
            parameters,
            sources,
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
                "the expected number of events is {expected}: it must be finite and above 0"
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

/// Events of one hypothesis with their joint scores.
struct ScoredEvents<'a> {
    simulator: &'a dyn Instrumented,
    theta: &'a [f64],
    x: Array2<f64>,
    joint_scores: Array2<f64>,
}

impl ScoredEvents<'_> {
    /// The latent path and, if the simulator has one, the exact likelihood.
    fn exact_sources(&self) -> Result<Vec<InformationSource>> {
        let source = |name: &str, measured| InformationSource {
            name: name.into(),
            measured,
            claimed: None,
        };
        let path = InformationEstimate::from_scores(self.joint_scores.view())?;
        let mut sources = vec![source("latent path (upper bound)", path)];
        if let Some(truth) = self.simulator.truth() {
            let measured = match InformationEstimate::summed(truth.as_ref(), self.theta)? {
                Some(summed) => summed,
                None => InformationEstimate::from_scores(truth.score(self.x.view(), self.theta)?.view())?,
            };
            sources.push(source("observation, exactly", measured));
        }
        Ok(sources)
    }

    fn learned_source(&self, label: &str, estimator: &dyn Estimator) -> Result<InformationSource> {
        let score = estimator.as_score().ok_or_else(|| {
            Error::usage(format!(
                "`{label}` ({}) knows no score, so its information cannot be measured: give a method that learns scores",
                estimator.name()
            ))
        })?;
        let scores = score.score(self.x.view(), self.theta)?;
        Ok(InformationSource {
            name: format!("{} ({label})", estimator.name()),
            measured: InformationEstimate::from_learned_score(scores.view(), self.joint_scores.view())?,
            claimed: Some(InformationEstimate::from_scores(scores.view())?),
        })
    }

    fn histogram_sources(&self, settings: &InformationSettings) -> Result<Vec<InformationSource>> {
        let (histograms, bins) = (settings.histograms(self.simulator), &settings.bins);
        if !bins.is_empty() && histograms.iter().all(|names| names.len() != bins.len()) {
            return Err(Error::usage(format!(
                "--bins {bins:?}: no histogram is of {} observables; name the observables with --observables",
                bins.len()
            )));
        }
        histograms
            .iter()
            .map(|names| self.histogram_source(names, bins))
            .collect()
    }

    fn histogram_source(&self, names: &[String], bins: &[usize]) -> Result<InformationSource> {
        let summary = SummaryStatistic::from_observables(&self.simulator.observables(), names)?;
        let bins = match bins.len() == names.len() {
            true => bins.to_vec(),
            false => SummarySettings::default_bins(BinLayout::EqualProbability, names.len()),
        };
        let values = summary.values(self.x.view())?;
        let joint = self.joint_scores.view();
        Ok(InformationSource {
            name: format!("histogram of {}", summary.name()),
            measured: InformationEstimate::from_histogram(values.view(), joint, BinLayout::EqualProbability, &bins)?,
            claimed: None,
        })
    }
}

impl InformationSource {
    /// Returns true if a learned score claims more information than it has, in some parameter.
    fn is_overconfident(&self) -> bool {
        let Some(claimed) = &self.claimed else { return false };
        let p = self.measured.information().matrix().nrows();
        (0..p).any(|k| {
            let measured = self.measured.information().matrix()[(k, k)];
            let excess = claimed.information().matrix()[(k, k)] - measured;
            let error = claimed.standard_error(k, k).hypot(self.measured.standard_error(k, k));
            excess > 3.0 * error && excess > 0.05 * measured.abs()
        })
    }
}

impl InformationResult {
    /// Returns the smallest standard errors of each parameter by a source, with the number of events if `with_rate`: with all other
    /// parameters known, and with all others unknown apart from their constraints, if the data determine them.
    ///
    /// # Errors
    /// If a matrix has no inverse.
    pub fn resolutions(&self, source: &InformationSource, with_rate: bool) -> Result<Vec<(Mean, Option<Mean>)>> {
        let rate = self.rate.as_ref().filter(|_| with_rate);
        let known = sum(rate, self.constraints.as_ref())?;
        (0..self.parameters.len())
            .map(|k| source.measured.resolution(k, self.n_expected, known.as_ref()))
            .collect()
    }

    /// Returns the information of the whole measurement about two parameters, all others unknown, by a source with the number of events
    /// and the constraints. `None` if the data do not determine the others.
    ///
    /// # Errors
    /// If the shapes of the matrices differ.
    pub fn profiled(&self, source: &InformationSource, plane: [usize; 2]) -> Result<Option<Information>> {
        let mut information = source.measured.information().times(self.n_expected);
        if let Some(known) = sum(self.rate.as_ref(), self.constraints.as_ref())? {
            information = information.with(&known)?;
        }
        Ok(information.profiled(&plane).ok())
    }
}

impl Serialize for InformationResult {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Record<'a> {
            simulator: &'a str,
            theta: &'a [f64],
            n_events: u64,
            n_expected: f64,
            parameters: &'a [String],
            sources: Vec<SourceRecord<'a>>,
            rate: Option<Vec<Vec<f64>>>,
            constraints: Option<Vec<Vec<f64>>>,
            warnings: &'a [Warning],
        }
        let source = |source| SourceRecord::new(self, source).map_err(serde::ser::Error::custom);
        Record {
            simulator: &self.simulator,
            theta: &self.theta,
            n_events: self.n_events,
            n_expected: self.n_expected,
            parameters: &self.parameters,
            sources: self.sources.iter().map(source).collect::<Result<_, S::Error>>()?,
            rate: self.rate.as_ref().map(rows),
            constraints: self.constraints.as_ref().map(rows),
            warnings: &self.warnings,
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct SourceRecord<'a> {
    name: &'a str,
    information: Vec<Vec<f64>>,
    standard_errors: Vec<Vec<f64>>,
    /// Information that a learned score claims: its variance.
    #[serde(rename = "score_variance")]
    claimed: Option<Vec<Vec<f64>>>,
    resolution: Vec<ResolutionRecord<'a>>,
    resolution_with_rate: Option<Vec<ResolutionRecord<'a>>>,
}

#[derive(Serialize)]
struct ResolutionRecord<'a> {
    parameter: &'a str,
    others_known: Mean,
    others_unknown: Option<Mean>,
}

impl<'a> SourceRecord<'a> {
    fn new(result: &'a InformationResult, source: &'a InformationSource) -> Result<Self> {
        let n = result.n_expected;
        let p = result.parameters.len();
        let error = |i| (0..p).map(|j| n * source.measured.standard_error(i, j)).collect();
        let resolution = |with_rate| -> Result<Vec<ResolutionRecord<'a>>> {
            let found = result.resolutions(source, with_rate)?;
            let named = result.parameters.iter().zip(found);
            Ok(named
                .map(|(parameter, (others_known, others_unknown))| ResolutionRecord {
                    parameter,
                    others_known,
                    others_unknown,
                })
                .collect())
        };
        Ok(Self {
            name: &source.name,
            information: rows(&source.measured.information().times(n)),
            standard_errors: (0..p).map(error).collect(),
            claimed: source
                .claimed
                .as_ref()
                .map(|claimed| rows(&claimed.information().times(n))),
            resolution: resolution(false)?,
            resolution_with_rate: result.rate.is_some().then(|| resolution(true)).transpose()?,
        })
    }
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

fn rows(information: &Information) -> Vec<Vec<f64>> {
    let rows = information.matrix().row_iter();
    rows.map(|row| row.iter().copied().collect()).collect()
}
