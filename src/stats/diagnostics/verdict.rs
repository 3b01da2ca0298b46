//! The end of an examination: what was found, what should have been, and what to do.

use serde::Serialize;

use super::{Closure, Convergence, FixedCoverage, LocalTest, PosteriorChecks, Reliability, Uniformity};
use motherlode_core::mean::Mean;

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
/// The same for a local test, whose null distribution is known from 200 values.
const DOUBTED_LOCALLY: f64 = 1e-2;
/// Largest error of a coverage that does no harm.
const COVERAGE: f64 = 0.03;
/// Largest distance of ranks from uniform ones that does no harm.
const DISTANCE: f64 = 0.05;
/// Largest error of a mean weight, of an area under the curve, of an accuracy and of a mean score that does no harm.
const CLOSURE: f64 = 0.05;
/// Largest bias of a best fit that does no harm, in its standard deviations: a 68 % interval still covers 0.66.
const BIAS: f64 = 0.3;
/// A classifier whose area under the curve is below this without weights sees nothing to begin with.
const POWER: f64 = 0.55;
/// Largest spread of the members of an ensemble that does no harm, relative to how much log r varies; that of their mean is smaller.
const SPREAD: f64 = 0.1;

/// What is seen and what matters, in words.
pub const THRESHOLDS: &str = "Seen is what is beyond three standard errors, or has a chance of less than one in a thousand (one in a \
hundred at an observation): a warning. It fails if it also matters: a coverage too small by 0.03, ranks off by 0.05, a mean weight, an \
area under the curve, an accuracy or a mean score off by 0.05, a bias of 0.3 of what \
the best fit scatters.";

const NARROW: &str =
    "the posterior is too narrow: train an ensemble, calibrate, or set limits by toys, which cover in any case";
const WIDE: &str = "the posterior is too wide: longer training or more events sharpen it; its limits are safe";
const RANKS: &str = "posteriors are off in this parameter: train longer or on more events, or set limits by toys";
const DISTANCES: &str = "posteriors are wrong for some observations: train on more events, or with another network";
const AVERAGED: &str = "posteriors do not average to the prior: train longer or on more events";
const WEIGHTS: &str = "calibrate, or train longer";
const CALIBRATE: &str = "probabilities do not mean what they say: calibrate";
const CRITIC: &str =
    "a classifier still tells reweighted events apart: train on more events, or give the network more observables";
const BLIND: &str = "the classifier sees no difference even without weights: its verdict says nothing";
const TOYS: &str = "intervals are too short here: set limits by toys";
const BIASED: &str = "an error of each event adds up: train on more events, or set limits by toys";
const BIASED_WITH_MORE: &str = "with ten times the events a bias would rule: train on more events before";
const SCORES: &str = "the score is off: train longer or on more events";
const DISAGREE: &str = "members disagree: train longer, on more events, or more members";
const LOCAL: &str = "the posterior of this observation is wrong: set limits by toys";

/// What was found out about an estimate; what was not looked at is left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// Names of the parameters that are not held fixed, which posteriors and fits are of.
    pub parameters: &'a [String],
    /// Of posteriors over the prior.
    pub posteriors: Option<&'a PosteriorChecks>,
    /// Of intervals at fixed hypotheses.
    pub fixed: Option<&'a FixedCoverage>,
    /// Of best fits, and for how many events they are wanted.
    pub convergence: Option<(&'a Convergence, usize)>,
    /// Of the posterior of one observation.
    pub local: Option<&'a LocalTest>,
    /// Of reweighted events.
    pub closure: Option<&'a Closure>,
    /// The area under the curve of the same classifier without weights.
    pub power: Option<Mean>,
    /// Of probabilities.
    pub reliability: Option<&'a Reliability>,
    /// Mean scores by the names of their parameters, in units of joint scores; empty if the score is not known.
    pub scores: &'a [(String, Mean)],
    /// How much members of an ensemble disagree, [`relative_spread`](super::relative_spread).
    pub spread: Option<f64>,
}

/// The verdicts on an estimate.
pub fn verdicts(evidence: &Evidence<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if let Some(checks) = evidence.posteriors {
        of_posteriors(checks, evidence.parameters, &mut verdicts);
    }
    verdicts.extend(evidence.local.map(local));
    verdicts.extend(evidence.fixed.and_then(fixed));
    if let Some((convergence, events)) = evidence.convergence {
        let parameters = evidence.parameters.iter().enumerate();
        verdicts.extend(parameters.map(|(k, name)| bias(convergence, events, k, name)));
    }
    if let Some(closure) = evidence.closure {
        of_closure(closure, evidence.power, &mut verdicts);
    }
    verdicts.extend(evidence.reliability.map(calibration));
    let scores = evidence.scores.iter();
    verdicts.extend(scores.map(|(name, mean)| near(&format!("mean score of {name}"), *mean, 0.0, CLOSURE, SCORES)));
    verdicts.extend(evidence.spread.map(spread));
    verdicts
}

fn of_posteriors(checks: &PosteriorChecks, parameters: &[String], verdicts: &mut Vec<Verdict>) {
    verdicts.extend([0.68, 0.95].map(|level| coverage(checks, level)));
    let ranks = checks.ranks.iter().zip(parameters);
    verdicts
        .extend(ranks.map(|(ranks, name)| uniform(format!("ranks of {name}, distance from uniform"), ranks, RANKS)));
    let name = "distances from points that look at x".to_owned();
    verdicts.push(uniform(name, &checks.distances, DISTANCES));
    if checks.averaged.value.is_finite() {
        verdicts.push(near(
            "mean posterior against prior, C2ST",
            checks.averaged,
            0.5,
            CLOSURE,
            AVERAGED,
        ));
    }
}

fn of_closure(closure: &Closure, power: Option<Mean>, verdicts: &mut Vec<Verdict>) {
    if closure.normalisation.standard_error.is_finite() {
        verdicts.push(near("mean weight E1[r]", closure.normalisation, 1.0, CLOSURE, WEIGHTS));
    }
    verdicts.push(near("AUC after reweighting", closure.auc, 0.5, CLOSURE, CRITIC));
    verdicts.extend(power.map(|power| {
        let blind = power.value < POWER;
        Verdict {
            check: "the same without weights: its power".into(),
            value: power.value,
            error: power.standard_error,
            expected: f64::NAN,
            outcome: outcome(blind, false),
            remedy: if blind { BLIND } else { "" },
        }
    }));
}

fn calibration(found: &Reliability) -> Verdict {
    let mean = Mean {
        value: found.calibration_error,
        standard_error: found.chance,
    };
    near("calibration error of ŝ = 1/(1 + r)", mean, 0.0, CLOSURE, CALIBRATE)
}

fn local(test: &LocalTest) -> Verdict {
    let expected = test.null.iter().sum::<f64>() / test.null.len() as f64;
    let doubted = test.p_value() < DOUBTED_LOCALLY;
    Verdict {
        check: "posterior of this observation, L-C2ST".into(),
        value: test.statistic,
        error: f64::NAN,
        expected,
        outcome: outcome(doubted, test.statistic > expected + CLOSURE * CLOSURE),
        remedy: if doubted { LOCAL } else { "" },
    }
}

fn fixed(found: &FixedCoverage) -> Option<Verdict> {
    const LEVEL: f64 = 0.95;
    let (theta, coverage) = found.worst(LEVEL)?;
    let place: Vec<String> = theta.iter().map(|value| format!("{value:.3}")).collect();
    let mean = Mean {
        value: coverage.at(LEVEL),
        standard_error: (LEVEL * (1.0 - LEVEL) / coverage.pairs() as f64).sqrt(),
    };
    let name = format!("coverage of 95 % intervals at θ = {}", place.join(", "));
    Some(harmless_above(near(&name, mean, LEVEL, COVERAGE, TOYS)))
}

/// The bias of the best fit of as many events as will be observed; a warning where it shows with ten times as many.
fn bias(convergence: &Convergence, events: usize, k: usize, name: &str) -> Verdict {
    let here = near(
        &format!("bias of {name} in {events} events, in its scatter"),
        convergence.bias_at(k, events),
        0.0,
        BIAS,
        BIASED,
    );
    let plateau = convergence.bias(k).z_score(0.0).abs() > SEEN && convergence.enough(k) < 10.0 * events as f64;
    match here.outcome {
        Outcome::Pass if plateau => Verdict {
            outcome: Outcome::Warn,
            remedy: BIASED_WITH_MORE,
            ..here
        },
        _ => here,
    }
}

fn spread(value: f64) -> Verdict {
    let large = value.is_nan() || value > SPREAD;
    Verdict {
        check: "spread of members over that of log r".into(),
        value,
        error: f64::NAN,
        expected: 0.0,
        outcome: outcome(large, false),
        remedy: if large { DISAGREE } else { "" },
    }
}

fn coverage(checks: &PosteriorChecks, level: f64) -> Verdict {
    let value = checks.coverage.at(level);
    let mean = Mean {
        value,
        standard_error: (level * (1.0 - level) / checks.coverage.pairs() as f64).sqrt(),
    };
    let remedy = if value < level { NARROW } else { WIDE };
    let name = format!("coverage of {} % regions", 100.0 * level);
    harmless_above(near(&name, mean, level, COVERAGE, remedy))
}

/// Too wide is a loss, not a danger.
fn harmless_above(verdict: Verdict) -> Verdict {
    match verdict.outcome {
        Outcome::Fail if verdict.value > verdict.expected => Verdict {
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

fn near(check: &str, found: Mean, expected: f64, harmless: f64, remedy: &'static str) -> Verdict {
    let Mean { value, standard_error } = found;
    let deviation = (value - expected).abs();
    let seen = value.is_nan() || deviation > SEEN * standard_error;
    Verdict {
        check: check.into(),
        value,
        error: standard_error,
        expected,
        outcome: outcome(seen, value.is_nan() || deviation > harmless),
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
