//! Sources of information: the latent path, the exact likelihood, estimators, histograms.

use ndarray::ArrayView2;
use serde::Serialize;

use super::super::SimulatedSample;
use super::{InformationSettings, sum};
use crate::inference::{
    BinLayout, Concentration, Information, InformationEstimate, SummarySettings, SummaryStatistic, WeightedScores,
};
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::Mean;
use motherlode_core::trace::Instrumented;

/// One source of information.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct InformationSource {
    /// Name of the source.
    pub name: String,
    /// Information of one event, measured on simulated events.
    #[serde(skip)]
    pub measured: InformationEstimate,
    /// Information of one event according to a learned score alone: its variance.
    #[serde(skip)]
    pub claimed: Option<InformationEstimate>,
    /// Information of the whole measurement, without the number of events.
    pub information: Information,
    /// Standard errors of this matrix, `[p][p]`.
    pub standard_errors: Vec<Vec<f64>>,
    /// How few simulated events the information on each parameter rests on, `[p]`; `None` where it is an exact sum, or there is none.
    pub concentration: Vec<Option<Concentration>>,
    /// Information of the whole measurement according to a learned score alone.
    pub score_variance: Option<Information>,
    /// Smallest standard error of each parameter, `[p]`.
    pub resolution: Vec<Resolution>,
    /// Smallest standard error of each parameter if the number of events counts as data, too.
    pub resolution_with_rate: Option<Vec<Resolution>>,
}

/// Smallest standard error of a parameter, by the Cramér–Rao bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resolution {
    /// Name of the parameter.
    pub parameter: String,
    /// With all other parameters known.
    pub others_known: Mean,
    /// With all others unknown apart from their constraints, if the data determine them.
    pub others_unknown: Option<Mean>,
}

/// Measurements besides the observations.
pub(super) struct Measurement {
    /// Number of events expected.
    pub(super) n_expected: f64,
    /// Names of the parameters, `[p]`.
    pub(super) parameters: Vec<String>,
    /// Information of the number of events.
    pub(super) rate: Option<Information>,
    /// Information of other measurements.
    pub(super) constraints: Option<Information>,
}

impl Measurement {
    fn source(
        &self,
        name: String,
        measured: InformationEstimate,
        claimed: Option<InformationEstimate>,
    ) -> Result<InformationSource> {
        let (n, p) = (self.n_expected, self.parameters.len());
        let error = |i| (0..p).map(|j| n * measured.standard_error(i, j)).collect();
        let with_rate = self.rate.as_ref().map(|rate| self.resolution(&measured, Some(rate)));
        Ok(InformationSource {
            name,
            information: measured.information().times(n),
            standard_errors: (0..p).map(error).collect(),
            concentration: measured.concentration().to_vec(),
            score_variance: claimed.as_ref().map(|claimed| claimed.information().times(n)),
            resolution: self.resolution(&measured, None)?,
            resolution_with_rate: with_rate.transpose()?,
            measured,
            claimed,
        })
    }

    fn resolution(&self, measured: &InformationEstimate, rate: Option<&Information>) -> Result<Vec<Resolution>> {
        let known = sum(rate, self.constraints.as_ref())?;
        let of_parameter = |(k, parameter): (usize, &String)| {
            let (others_known, others_unknown) = measured.resolution(k, self.n_expected, known.as_ref())?;
            Ok(Resolution {
                parameter: parameter.clone(),
                others_known,
                others_unknown,
            })
        };
        self.parameters.iter().enumerate().map(of_parameter).collect()
    }
}

/// Events of one hypothesis with their joint scores.
pub(super) struct ScoredEvents<'a> {
    pub(super) simulator: &'a dyn Instrumented,
    pub(super) theta: &'a [f64],
    pub(super) events: &'a SimulatedSample,
    pub(super) measurement: &'a Measurement,
}

impl ScoredEvents<'_> {
    fn joint_scores(&self) -> WeightedScores<'_> {
        self.weighted(self.events.joint_scores.view())
    }

    fn weighted<'s>(&'s self, scores: ArrayView2<'s, f64>) -> WeightedScores<'s> {
        let scores = WeightedScores::new(scores, self.events.weights());
        match &self.events.rows {
            Some(rows) => scores.with_rows(rows),
            None => scores,
        }
    }

    /// The latent path and, if the simulator has one, the exact likelihood.
    pub(super) fn exact_sources(&self) -> Result<Vec<InformationSource>> {
        let source = |name: &str, measured| self.measurement.source(name.into(), measured, None);
        let path = InformationEstimate::from_scores(self.joint_scores())?;
        let mut sources = vec![source("latent path (upper bound)", path)?];
        if let Some(truth) = self.simulator.truth() {
            let measured = match InformationEstimate::summed(truth.as_ref(), self.theta)? {
                Some(summed) => summed,
                None => {
                    let scores = truth.score(self.events.x.view(), self.theta)?;
                    InformationEstimate::from_scores(self.weighted(scores.view()))?
                }
            };
            sources.push(source("observation, exactly", measured)?);
        }
        Ok(sources)
    }

    pub(super) fn learned_source(&self, label: &str, estimator: &dyn Estimator) -> Result<InformationSource> {
        let score = estimator.as_score().ok_or_else(|| {
            Error::usage(format!(
                "`{label}` ({}) knows no score, so its information cannot be measured: give a method that learns scores",
                estimator.name()
            ))
        })?;
        let scores = score.score(self.events.x.view(), self.theta)?;
        let names = &self.measurement.parameters;
        let measured = InformationEstimate::from_named_score(scores.view(), self.joint_scores(), names)
            .map_err(|error| Error::numerical(format!("{label}: {error}")))?;
        let claimed = InformationEstimate::from_scores(self.weighted(scores.view()))?;
        let name = format!("{} ({label})", estimator.name());
        self.measurement.source(name, measured, Some(claimed))
    }

    pub(super) fn histogram_sources(&self, settings: &InformationSettings) -> Result<Vec<InformationSource>> {
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
        let values = summary.values(self.events.x.view())?;
        let joint = self.joint_scores();
        let measured = InformationEstimate::from_histogram(values.view(), joint, BinLayout::EqualProbability, &bins)?;
        let name = format!("histogram of {}", summary.name());
        self.measurement.source(name, measured, None)
    }
}

impl InformationSource {
    /// The parameter on which the information rests on too few events, if there is one, and these: the worst of several.
    pub(super) fn few_events(&self) -> Option<(usize, Concentration)> {
        let all = self.concentration.iter().enumerate();
        let few = all.filter_map(|(k, found)| found.filter(Concentration::is_few).map(|few| (k, few)));
        few.min_by(|(_, a), (_, b)| a.effective.total_cmp(&b.effective))
    }

    /// Returns true if a learned score claims more information than it has, in some parameter.
    pub(super) fn is_overconfident(&self) -> bool {
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
