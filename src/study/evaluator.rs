//! Evaluation of the estimates of a study: against exact answers where there are any, and on held-out events if wanted.

use ndarray::{Array1, Array2};

use super::exact_errors::{ExactErrors, rows};
use super::plan::Evaluation;
use super::{FigureData, HeldOutMetrics, Run};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score, Truth};
use motherlode_core::trace::{Hypotheses, Instrumented};
use motherlode_stats::diagnostics::{BaselineMetrics, RatioMetrics, ScoreMetrics, TestEvents};

/// Number of observations in the figures, without exact answers.
const N_OBSERVATIONS: usize = 400;
/// Pair and prior error without exact answers.
const UNKNOWN: [f64; 2] = [f64::NAN; 2];

/// Evaluator of the estimates of a study.
pub(super) struct Evaluator<'a> {
    simulator: &'a dyn Instrumented,
    /// Exact answers, if there are any.
    exact: Option<(ExactErrors, &'a dyn Truth)>,
    /// Held-out events, if they are the reference.
    held_out: Option<TestEvents>,
    pub evaluation: Evaluation,
}

/// Point at which a score is evaluated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ScorePoint {
    /// The simulator's θ0.
    Theta0,
    /// θ_ref, the only point at which SALLY learns.
    Reference,
}

/// Evaluation of an estimate of the score.
pub(super) struct ScoreResult {
    /// Values at the observations of the figures, `[k, p]`.
    pub in_figures: Array2<f64>,
    /// Error against the exact score; NaN if there is none.
    pub error: f64,
    held_out: Option<ScoreMetrics>,
}

/// Evaluation of an estimate of log r.
pub(super) struct RatioResult {
    /// Values at the observations of the figures, `[k]`.
    pub in_figures: Array1<f64>,
    /// Pair error and prior error; NaN if there is no exact answer.
    pub errors: [f64; 2],
    held_out: Option<RatioMetrics>,
}

/// Errors of the answers log r = 0 and t = 0, and of the joint log ratio; NaN without exact answers.
pub(super) struct TrivialErrors {
    /// Pair and prior error of log r = 0.
    pub log_ratio: [f64; 2],
    /// Pair and prior error of the joint log ratio.
    pub label_noise: [f64; 2],
    /// Score error of t = 0.
    pub score: f64,
    /// Metrics of log r = 0 on held-out events, if there are any.
    pub held_out: Option<BaselineMetrics>,
}

impl<'a> Evaluator<'a> {
    /// Prepares the test sets; `n_held_out` events are mined if these are the reference.
    pub(super) fn new(
        simulator: &'a dyn Instrumented,
        truth: Option<&'a dyn Truth>,
        evaluation: Evaluation,
        n_held_out: Option<usize>,
    ) -> Result<Self> {
        let exact = |truth| Ok::<_, Error>((ExactErrors::new(simulator, truth)?, truth));
        Ok(Self {
            simulator,
            exact: truth.map(exact).transpose()?,
            held_out: match evaluation {
                Evaluation::Exact => None,
                Evaluation::HeldOut => {
                    let n = n_held_out.unwrap_or_else(|| TestEvents::default_events(simulator));
                    Some(TestEvents::new(simulator, n, &())?)
                }
            },
            evaluation,
        })
    }

    pub(super) fn score(&self, estimator: &dyn Score, at: ScorePoint) -> Result<ScoreResult> {
        let hypotheses = self.simulator.hypotheses()?;
        let theta = match at {
            ScorePoint::Theta0 => hypotheses.theta0.clone(),
            ScorePoint::Reference => hypotheses.theta_ref(),
        };
        let error = |(exact, _): &(ExactErrors, _)| match at {
            ScorePoint::Theta0 => exact.score_error(estimator),
            ScorePoint::Reference => exact.score_error_at_reference(estimator),
        };
        let held_out = |events: &TestEvents| match at {
            ScorePoint::Theta0 => events.score(estimator),
            ScorePoint::Reference => events.score_at_reference(estimator),
        };
        Ok(ScoreResult {
            in_figures: estimator.score(self.figure_observations().view(), &theta)?,
            error: self.exact.as_ref().map_or(Ok(f64::NAN), error)?,
            held_out: self.held_out.as_ref().map(held_out).transpose()?,
        })
    }

    pub(super) fn log_ratio(&self, estimate: &dyn LogRatio) -> Result<RatioResult> {
        let Hypotheses { theta0, theta1, .. } = self.simulator.hypotheses()?;
        let errors = |(exact, _): &(ExactErrors, _)| exact.log_ratio_errors(estimate);
        let held_out = |events: &TestEvents| events.ratio(estimate);
        Ok(RatioResult {
            in_figures: estimate.log_ratio(self.figure_observations().view(), &theta0, &theta1)?,
            errors: self.exact.as_ref().map_or(Ok(UNKNOWN), errors)?,
            held_out: self.held_out.as_ref().map(held_out).transpose()?,
        })
    }

    pub(super) fn trivial(&self) -> Result<TrivialErrors> {
        let noise = |(exact, truth): &(ExactErrors, &dyn Truth)| exact.label_noise(self.simulator, *truth);
        let exact = self.exact.as_ref();
        Ok(TrivialErrors {
            log_ratio: exact.map_or(UNKNOWN, |(exact, _)| exact.trivial()),
            label_noise: exact.map_or(Ok(UNKNOWN), noise)?,
            score: exact.map_or(f64::NAN, |(exact, _)| exact.trivial_score()),
            held_out: self.held_out.as_ref().map(TestEvents::baseline).transpose()?,
        })
    }

    /// Data of the figures before any estimate; without exact answers, the observations only.
    pub(super) fn figure_data(&self) -> Result<FigureData> {
        match &self.exact {
            Some((exact, truth)) => exact.figure_data(self.simulator, *truth),
            None => Ok(FigureData {
                x: rows(self.figure_observations().view()),
                ..FigureData::default()
            }),
        }
    }

    /// Observations at which the figures show estimates, `[k, m]`.
    fn figure_observations(&self) -> Array2<f64> {
        let held_out = || {
            self.held_out
                .as_ref()
                .map(|events| events.observations(N_OBSERVATIONS).to_owned())
        };
        let observations = self
            .exact
            .as_ref()
            .map(|(exact, _)| exact.figure_observations())
            .or_else(held_out);
        observations.expect("estimates are evaluated against exact answers or on held-out events")
    }
}

impl HeldOutMetrics {
    /// Metrics of one training, if it was evaluated on held-out events. The excess needs the lowest divergence of the study, which is not
    /// known yet.
    pub(super) fn new(ratio: RatioResult, score: ScoreResult) -> Option<Self> {
        Some(Self {
            excess: f64::NAN,
            ratio: ratio.held_out?,
            score: score.held_out?,
        })
    }
}

/// Sets the excess divergences: each divergence minus the lowest of all.
pub(super) fn set_excess(runs: &mut [Run]) {
    let divergence = |run: &Run| {
        let metrics = run.held_out.as_ref();
        metrics.map_or(f64::NAN, |metrics| metrics.ratio.divergence.mean().value)
    };
    let lowest = runs.iter().map(divergence).fold(f64::NAN, f64::min);
    for run in runs {
        let excess = divergence(run) - lowest;
        run.held_out.iter_mut().for_each(|metrics| metrics.excess = excess);
    }
}

/// Chooses the reference: the requested one, or the exact answers if there are any, else held-out events.
pub(super) fn choose_evaluation(
    simulator: &dyn Instrumented,
    requested: Option<Evaluation>,
    has_truth: bool,
) -> Result<Evaluation> {
    match (requested, has_truth) {
        (Some(Evaluation::Exact), false) => Err(Error::usage(format!(
            "{} has no exact truth to compare with: compare on held-out events, or choose another simulator; `motherlode \
             list` shows which have one",
            simulator.name()
        ))),
        (Some(evaluation), _) => Ok(evaluation),
        (None, true) => Ok(Evaluation::Exact),
        (None, false) => Ok(Evaluation::HeldOut),
    }
}
