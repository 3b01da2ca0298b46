//! All that the estimates of a study are examined by: exact answers where there are any, and held-out events where wanted.

use ndarray::{Array1, Array2};

use super::exam::{Exam, rows};
use super::plan::Yardstick;
use super::{Marks, Run, Showcase};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score, Truth};
use motherlode_core::trace::{Hypotheses, Instrumented};
use motherlode_stats::diagnostics::{BaselineMetrics, RatioMetrics, ScoreMetrics, TestEvents};

/// Observations at which estimates are shown, where there is no exact answer to choose them by.
const SHOWN: usize = 400;
/// Both errors of log r where there is no exact answer.
const UNKNOWN: [f64; 2] = [f64::NAN; 2];

/// The examiners of a study.
pub(super) struct Examination<'a> {
    simulator: &'a dyn Instrumented,
    /// With exact answers, where there are any.
    exact: Option<(Exam, &'a dyn Truth)>,
    /// With joint labels, where that is the yardstick.
    held_out: Option<TestEvents>,
    pub yardstick: Yardstick,
}

/// Where a score is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum At {
    /// At the simulator's θ0.
    Theta0,
    /// At θ_ref, the only point that SALLY knows.
    Reference,
}

/// What an estimate of the score came to.
pub(super) struct ScoreResult {
    /// At the shown observations, `[k, p]`.
    pub shown: Array2<f64>,
    /// Against the exact score; NaN if there is none.
    pub error: f64,
    marks: Option<ScoreMetrics>,
}

/// What an estimate of log r came to.
pub(super) struct RatioResult {
    /// At the shown observations, `[k]`.
    pub shown: Array1<f64>,
    /// Pair error and prior error; NaN if there is no exact answer.
    pub errors: [f64; 2],
    marks: Option<RatioMetrics>,
}

/// What the answers log r = 0 and t = 0 come to, and one event's own gold; NaN where there is no exact answer.
pub(super) struct Trivial {
    /// Pair and prior error of log r = 0.
    pub log_ratio: [f64; 2],
    /// Pair and prior error of the joint log ratio.
    pub label_noise: [f64; 2],
    /// Score error of t = 0.
    pub score: f64,
    /// Marks on held-out events, where there are any.
    pub held_out: Option<BaselineMetrics>,
}

impl<'a> Examination<'a> {
    /// Sets the questions; `n_held_out` events are mined where that is the yardstick.
    pub(super) fn new(
        simulator: &'a dyn Instrumented,
        truth: Option<&'a dyn Truth>,
        yardstick: Yardstick,
        n_held_out: Option<usize>,
    ) -> Result<Self> {
        let exam = |truth| Ok::<_, Error>((Exam::new(simulator, truth)?, truth));
        Ok(Self {
            simulator,
            exact: truth.map(exam).transpose()?,
            held_out: match yardstick {
                Yardstick::Exact => None,
                Yardstick::HeldOut => {
                    let n = n_held_out.unwrap_or_else(|| TestEvents::default_events(simulator));
                    Some(TestEvents::new(simulator, n)?)
                }
            },
            yardstick,
        })
    }

    pub(super) fn score(&self, estimator: &dyn Score, at: At) -> Result<ScoreResult> {
        let hypotheses = self.simulator.hypotheses()?;
        let theta = match at {
            At::Theta0 => hypotheses.theta0.clone(),
            At::Reference => hypotheses.theta_ref(),
        };
        let error = |(exam, _): &(Exam, _)| match at {
            At::Theta0 => exam.score_error(estimator),
            At::Reference => exam.score_error_at_reference(estimator),
        };
        let marks = |events: &TestEvents| match at {
            At::Theta0 => events.score(estimator),
            At::Reference => events.score_at_reference(estimator),
        };
        Ok(ScoreResult {
            shown: estimator.score(self.shown().view(), &theta)?,
            error: self.exact.as_ref().map_or(Ok(f64::NAN), error)?,
            marks: self.held_out.as_ref().map(marks).transpose()?,
        })
    }

    pub(super) fn log_ratio(&self, estimate: &dyn LogRatio) -> Result<RatioResult> {
        let Hypotheses { theta0, theta1, .. } = self.simulator.hypotheses()?;
        let errors = |(exam, _): &(Exam, _)| exam.log_ratio_errors(estimate);
        let marks = |events: &TestEvents| events.ratio(estimate);
        Ok(RatioResult {
            shown: estimate.log_ratio(self.shown().view(), &theta0, &theta1)?,
            errors: self.exact.as_ref().map_or(Ok(UNKNOWN), errors)?,
            marks: self.held_out.as_ref().map(marks).transpose()?,
        })
    }

    pub(super) fn trivial(&self) -> Result<Trivial> {
        let noise = |(exam, truth): &(Exam, &dyn Truth)| exam.label_noise(self.simulator, *truth);
        let exact = self.exact.as_ref();
        Ok(Trivial {
            log_ratio: exact.map_or(UNKNOWN, |(exam, _)| exam.trivial()),
            label_noise: exact.map_or(Ok(UNKNOWN), noise)?,
            score: exact.map_or(f64::NAN, |(exam, _)| exam.trivial_score()),
            held_out: self.held_out.as_ref().map(TestEvents::baseline).transpose()?,
        })
    }

    /// What is to be shown before any estimate; without exact answers, the observations only.
    pub(super) fn showcase(&self) -> Result<Showcase> {
        match &self.exact {
            Some((exam, truth)) => exam.showcase(self.simulator, *truth),
            None => Ok(Showcase {
                x: rows(self.shown().view()),
                ..Showcase::default()
            }),
        }
    }

    /// The observations at which estimates are shown, `[k, m]`.
    fn shown(&self) -> Array2<f64> {
        let drawn = || self.held_out.as_ref().map(|events| events.some(SHOWN));
        let shown = self.exact.as_ref().map(|(exam, _)| exam.shown()).or_else(drawn);
        shown.expect("estimates are examined by exact answers or by held-out events")
    }
}

impl Marks {
    /// The marks of one training, where it was marked; the lowest divergence of the study is not yet known.
    pub(super) fn of(ratio: RatioResult, score: ScoreResult) -> Option<Self> {
        Some(Self {
            excess: f64::NAN,
            ratio: ratio.marks?,
            score: score.marks?,
        })
    }
}

/// Takes the lowest divergence of all off each.
pub(super) fn find_excess(runs: &mut [Run]) {
    let of = |run: &Run| {
        let marks = run.held_out.as_ref();
        marks.map_or(f64::NAN, |marks| marks.ratio.divergence.mean().value)
    };
    let lowest = runs.iter().map(of).fold(f64::NAN, f64::min);
    for run in runs {
        let divergence = of(run);
        run.held_out
            .iter_mut()
            .for_each(|marks| marks.excess = divergence - lowest);
    }
}

/// What the estimates are ordered by: exact answers, unless there are none or something else is asked for.
pub(super) fn yardstick(simulator: &dyn Instrumented, asked: Option<Yardstick>, has_truth: bool) -> Result<Yardstick> {
    match (asked, has_truth) {
        (Some(Yardstick::Exact), false) => Err(Error::usage(format!(
            "{} has no exact truth to compare with: compare on held-out events, or choose another simulator; `motherlode \
             list` shows which have one",
            simulator.name()
        ))),
        (Some(yardstick), _) => Ok(yardstick),
        (None, true) => Ok(Yardstick::Exact),
        (None, false) => Ok(Yardstick::HeldOut),
    }
}
