//! The end of an examination: what was found, what should have been, and what to do.

use serde::Serialize;

use super::{Closure, PosteriorChecks, Uniformity};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be, as far as can be seen.
    Pass,
    /// Not as it should be, but little.
    Warn,
    /// Wrong.
    Fail,
}

/// One line of a verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What was looked at.
    pub check: String,
    /// What was found.
    pub value: f64,
    /// Its standard error, or the distance that chance explains; NaN if there is none.
    pub error: f64,
    /// What should have been found.
    pub expected: f64,
    /// The outcome.
    pub outcome: Outcome,
    /// What to do, where it is not a pass.
    pub remedy: &'static str,
}

/// Deviations beyond chance by this many standard errors are seen; those larger than they matter fail.
const SEEN: f64 = 3.0;
/// Share of p-values below which uniform numbers are doubted: one false alarm in a thousand.
const DOUBTED: f64 = 1e-3;
/// Largest error of a coverage that does no harm.
const COVERAGE: f64 = 0.03;
/// Largest distance of ranks from uniform ones that does no harm.
const DISTANCE: f64 = 0.05;
/// Largest error of a mean weight, and of an area under the curve, that does no harm.
const CLOSURE: f64 = 0.05;

const NARROW: &str =
    "the posterior is too narrow: train an ensemble, calibrate, or set limits by toys, which cover in any case";
const WIDE: &str = "the posterior is too wide: longer training or more events sharpen it; its limits are safe";
const RANKS: &str = "posteriors are off in this parameter: train longer or on more events, or set limits by toys";
const DISTANCES: &str = "posteriors are wrong for some observations: train on more events, or with another network";
const WEIGHTS: &str = "shift log r by the mean weight, or train longer";
const CRITIC: &str =
    "a classifier still tells reweighted events apart: train on more events, or give the network more observables";

/// The verdicts on an estimate: of its posteriors, if it has at most two parameters, and of reweighted events.
pub fn verdicts(posteriors: Option<(&PosteriorChecks, &[String])>, closure: &Closure) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if let Some((checks, parameters)) = posteriors {
        verdicts.extend([0.68, 0.95].map(|level| coverage(checks, level)));
        let ranks = checks.ranks.iter().zip(parameters);
        verdicts.extend(
            ranks.map(|(ranks, name)| uniform(format!("ranks of {name}, distance from uniform"), ranks, RANKS)),
        );
        let name = "distances from points that look at x".to_owned();
        verdicts.push(uniform(name, &checks.distances, DISTANCES));
    }
    let weights = closure.normalisation;
    if weights.standard_error.is_finite() {
        verdicts.push(near(
            "mean weight E1[r]",
            weights.value,
            weights.standard_error,
            1.0,
            CLOSURE,
            WEIGHTS,
        ));
    }
    verdicts.push(near(
        "AUC after reweighting",
        closure.auc.value,
        closure.auc.standard_error,
        0.5,
        CLOSURE,
        CRITIC,
    ));
    verdicts
}

fn coverage(checks: &PosteriorChecks, level: f64) -> Verdict {
    let value = checks.coverage.at(level);
    let error = (level * (1.0 - level) / checks.coverage.pairs() as f64).sqrt();
    let remedy = if value < level { NARROW } else { WIDE };
    let name = format!("coverage of {} % regions", 100.0 * level);
    let verdict = near(&name, value, error, level, COVERAGE, remedy);
    match verdict.outcome {
        // Too wide is a loss, not a danger.
        Outcome::Fail if value > level => Verdict {
            outcome: Outcome::Warn,
            ..verdict
        },
        _ => verdict,
    }
}

fn uniform(check: String, found: &Uniformity, remedy: &'static str) -> Verdict {
    let doubted = found.p_value < DOUBTED;
    Verdict {
        check,
        value: found.distance,
        error: f64::NAN,
        expected: 0.0,
        outcome: outcome(doubted, found.distance > DISTANCE),
        remedy: if doubted { remedy } else { "" },
    }
}

fn near(check: &str, value: f64, error: f64, expected: f64, harmless: f64, remedy: &'static str) -> Verdict {
    let deviation = (value - expected).abs();
    let seen = deviation > SEEN * error;
    Verdict {
        check: check.into(),
        value,
        error,
        expected,
        outcome: outcome(seen, deviation > harmless),
        remedy: if seen { remedy } else { "" },
    }
}

fn outcome(seen: bool, harmful: bool) -> Outcome {
    match (seen, harmful) {
        (false, _) => Outcome::Pass,
        (true, false) => Outcome::Warn,
        (true, true) => Outcome::Fail,
    }
}
