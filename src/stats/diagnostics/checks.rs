//! Checks on the results of all diagnostics, with their thresholds and remedies.

use super::{Closure, FitConvergence, FixedCoverage, LocalTest, PosteriorChecks, Reliability, Uniformity};
use motherlode_core::mean::Mean;
use motherlode_core::{Check, Outcome};

/// Deviations beyond chance by this many standard errors are seen; those larger than they matter fail.
const SEEN: f64 = 3.0;
/// Share of p-values below which uniform numbers are doubted: one false alarm in a thousand.
const DOUBTED: f64 = 1e-3;
/// Share of p-values of a local test below which a posterior is doubted: its null distribution has 200 values only.
const DOUBTED_LOCALLY: f64 = 1e-2;
/// Largest error of a coverage that does no harm.
const COVERAGE: f64 = 0.03;
/// Largest distance of ranks from uniform ones that does no harm.
const DISTANCE: f64 = 0.05;
/// Largest error of an accuracy and of a probability that does no harm.
const CLOSURE: f64 = 0.05;
/// Largest share of the difference of two hypotheses, as a classifier sees it, that a reweighting may leave.
const LEFT: f64 = 0.1;
/// Largest bias of a best fit that does no harm, in its standard deviations: a 68 % interval still covers 0.66.
const BIAS: f64 = 0.3;
/// A bias that harms data sets so many times as large as those that are diagnosed is worth a warning.
const LARGER: f64 = 10.0;
/// A classifier whose area under the curve is below this without weights sees nothing to begin with.
const POWER: f64 = 0.55;
/// Largest spread of the members of an ensemble that does no harm, relative to how much log r varies; that of their mean is smaller.
const SPREAD: f64 = 0.1;
/// Share of posteriors that may be left unresolved without a warning, and without a failure.
const UNRESOLVED: [f64; 2] = [0.01, 0.1];

/// Thresholds of warnings and failures, as a text for reports.
pub const THRESHOLDS: &str = "A deviation of more than three standard errors, or with a probability below 0.001 (0.01 for the check at an \
observation), gives a warning. The check fails if the deviation is also large: a coverage too small by 0.03, ranks off by 0.05, an accuracy \
or a probability off by 0.05, or an area under the curve after reweighting that is off by a tenth of what it is off without weights. \
Errors of single events are judged by what they do to n events, the number that is diagnosed (--events): a mean score b shifts the best fit \
by √n b/√I of its standard deviations, where I is the Fisher information of one event, and a mean weight 1 + δ shifts ln L by √n δ/s of its \
standard deviations, where s is that of log r. A bias of 0.3 standard deviations fails, and one that reaches 0.3 in 10 n events gives a \
warning.";

const NARROW: &str =
    "the posterior is too narrow: train an ensemble, calibrate, or set limits by toys, which cover in any case";
const WIDE: &str = "the posterior is too wide: longer training or more events sharpen it; its limits are safe";
const RANKS: &str = "posteriors are off in this parameter: train longer or on more events, or set limits by toys";
const DISTANCES: &str = "posteriors are wrong for some observations: train on more events, or with another network";
const AVERAGED: &str = "posteriors do not average to the prior: train longer or on more events";
const ONE_BY_ONE: &str = "posteriors are off in place or width: train longer or on more events, or set limits by toys";
const LOG_LIKELIHOODS: &str =
    "posteriors disagree with the data or have learned little of them: train on more events, or with another network";
const WEIGHTS: &str = "calibrate, or train longer";
const MANY_PEAKS: &str =
    "too few effective draws: the likelihood has several peaks or is rough; train longer, or on more events";
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

/// Results of the diagnostics of one estimator; those that were not run are left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiagnosticResults<'a> {
    /// Names of the free parameters, `[p]`.
    pub parameters: &'a [String],
    /// Checks of posteriors over the prior.
    pub posteriors: Option<&'a PosteriorChecks>,
    /// Coverage of intervals at fixed hypotheses.
    pub fixed: Option<&'a FixedCoverage>,
    /// Convergence of the best fit, and the number of events that it is wanted for.
    pub convergence: Option<(&'a FitConvergence, usize)>,
    /// Local test of the posterior of one observation.
    pub local: Option<&'a LocalTest>,
    /// Closure of reweighted events.
    pub closure: Option<&'a Closure>,
    /// The area under the curve of the same classifier without weights.
    pub power: Option<Mean>,
    /// Reliability of the probabilities ŝ.
    pub reliability: Option<&'a Reliability>,
    /// Mean scores by the names of their parameters, in units of the root of the information of one event; empty if the score is not known.
    pub scores: &'a [(String, Mean)],
    /// Number of events in the data sets that are diagnosed, by which errors of single events are judged; 0 stands for one event.
    pub events: usize,
    /// Standard deviation of log r̂ between events, if known.
    pub log_ratio_deviation: Option<f64>,
    /// Names of checks that could not be made, with the reasons.
    pub not_checked: &'a [(String, String)],
    /// Disagreement of the members of an ensemble, [`relative_spread`](super::relative_spread).
    pub spread: Option<f64>,
}

impl DiagnosticResults<'_> {
    /// One check, with verdict and remedy, for each quantity that was found.
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Some(posteriors) = self.posteriors {
            of_posteriors(posteriors, self.parameters, &mut checks);
        }
        checks.extend(self.local.map(local));
        checks.extend(self.fixed.and_then(fixed));
        if let Some((convergence, events)) = self.convergence {
            let parameters = self.parameters.iter().enumerate();
            checks.extend(parameters.map(|(k, name)| bias(convergence, events, k, name)));
        }
        if let Some(closure) = self.closure {
            self.of_closure(closure, &mut checks);
        }
        checks.extend(self.reliability.map(calibration));
        let scores = self.scores.iter();
        checks.extend(scores.map(|(name, mean)| self.score(name, *mean)));
        checks.extend(self.spread.map(spread));
        let not_checked = self.not_checked.iter();
        checks.extend(not_checked.map(|(name, reason)| {
            Check::new(format!("{name}: not checked"), f64::NAN, None).with_outcome(Outcome::Warn, reason)
        }));
        checks
    }

    /// The shift of best fits by a mean score that is not zero.
    fn score(&self, name: &str, mean: Mean) -> Check {
        let events = self.events.max(1);
        let root = (events as f64).sqrt();
        let bias = Mean {
            value: root * mean.value,
            standard_error: root * mean.standard_error,
        };
        let name = format!("bias of {name} in {events} events by its mean score, in its scatter");
        let check = Check::from_mean(name, bias, 0.0);
        self.adding_up(check, mean.value, SCORES)
    }

    /// Judges an error of single events, in standard deviations of a best fit to one event, by what it is in all of them.
    fn adding_up(&self, check: Check, per_event: f64, remedy: &str) -> Check {
        let events = self.events.max(1) as f64;
        let matters_from = (BIAS / per_event).powi(2);
        let outcome = match check.z_score() {
            Some(z) if z.abs() <= SEEN => Outcome::Pass,
            _ if matters_from <= events || per_event.is_nan() => Outcome::Fail,
            _ if matters_from <= LARGER * events => Outcome::Warn,
            _ => Outcome::Pass,
        };
        let remedy = match matters_from.is_finite() {
            true if matters_from <= 1.0 => format!("this matters for single events: {remedy}"),
            true => format!("this matters from {:.0} events on: {remedy}", matters_from.ceil()),
            false => remedy.to_owned(),
        };
        check.with_outcome(outcome, &remedy)
    }

    fn of_closure(&self, closure: &Closure, checks: &mut Vec<Check>) {
        let weight = closure.normalisation;
        if weight.standard_error.is_finite() {
            let check = Check::from_mean("mean weight E1[r]", weight, 1.0);
            let deviation = self.log_ratio_deviation.filter(|deviation| *deviation > 0.0);
            let per_event = (weight.value - 1.0) / deviation.unwrap_or(1.0);
            checks.push(self.adding_up(check, per_event, WEIGHTS));
        }
        let harmless = self.power.map_or(CLOSURE, |power| LEFT * (power.value - 0.5).max(0.0));
        checks.push(near("AUC after reweighting", closure.auc, 0.5, harmless, CRITIC));
        checks.extend(self.power.map(|power| {
            let check = Check::from_mean("the same without weights: its power", power, None);
            check.with_outcome(Outcome::new(power.value < POWER, false), BLIND)
        }));
    }
}

fn of_posteriors(found: &PosteriorChecks, parameters: &[String], checks: &mut Vec<Check>) {
    checks.extend(unresolved(found));
    checks.extend([0.68, 0.95].map(|level| coverage(found, level)));
    let ranks = found.ranks.iter().zip(parameters);
    checks.extend(ranks.map(|(ranks, name)| uniform(format!("ranks of {name}, distance from uniform"), ranks, RANKS)));
    let name = "ranks of a log likelihood by regression".to_owned();
    checks.push(uniform(name, &found.log_likelihood, LOG_LIKELIHOODS));
    let name = "distances from points that look at x".to_owned();
    checks.push(uniform(name, &found.distances, DISTANCES));
    for (name, accuracy, remedy) in [
        ("mean posterior against prior, C2ST", found.averaged, AVERAGED),
        (
            "posteriors against truths one by one, C2ST",
            found.one_by_one,
            ONE_BY_ONE,
        ),
    ] {
        if accuracy.value.is_finite() {
            checks.push(near(name, accuracy, 0.5, CLOSURE, remedy));
        }
    }
}

fn unresolved(found: &PosteriorChecks) -> Option<Check> {
    let share = found.unresolved as f64 / (found.unresolved + found.coverage.pairs()) as f64;
    let [warned, failed] = UNRESOLVED.map(|limit| share > limit);
    let check = Check::new("posteriors that could not be drawn, as a share", share, 0.0);
    (share > 0.0).then(|| check.with_outcome(Outcome::new(warned, failed), MANY_PEAKS))
}

fn calibration(found: &Reliability) -> Check {
    let mean = Mean {
        value: found.calibration_error,
        standard_error: found.chance,
    };
    near("calibration error of ŝ = 1/(1 + r)", mean, 0.0, CLOSURE, CALIBRATE)
}

fn local(test: &LocalTest) -> Check {
    let expected = test.null.iter().sum::<f64>() / test.null.len() as f64;
    let doubted = test.p_value() < DOUBTED_LOCALLY;
    let outcome = Outcome::new(doubted, test.statistic > expected + CLOSURE * CLOSURE);
    Check::new("posterior of this observation, L-C2ST", test.statistic, expected).with_outcome(outcome, LOCAL)
}

fn fixed(found: &FixedCoverage) -> Option<Check> {
    const LEVEL: f64 = 0.95;
    /// Parameters of which the value is given.
    const SHOWN: usize = 4;
    let (theta, coverage) = found.worst(LEVEL)?;
    let mut place: Vec<String> = theta.iter().take(SHOWN).map(|value| format!("{value:.3}")).collect();
    place.extend((theta.len() > SHOWN).then(|| "…".to_owned()));
    let mean = Mean {
        value: coverage.at(LEVEL),
        standard_error: (LEVEL * (1.0 - LEVEL) / coverage.pairs() as f64).sqrt(),
    };
    let name = format!("coverage of 95 % intervals at θ = {}", place.join(", "));
    Some(harmless_above(near(&name, mean, LEVEL, COVERAGE, TOYS)))
}

/// The bias of the best fit of as many events as will be observed; a warning where it shows with ten times as many.
fn bias(convergence: &FitConvergence, events: usize, k: usize, name: &str) -> Check {
    let here = near(
        &format!("bias of {name} in {events} events, in its scatter"),
        convergence.bias_at(k, events),
        0.0,
        BIAS,
        BIASED,
    );
    let plateau = convergence.bias(k).z_score(0.0).abs() > SEEN && convergence.enough(k) < 10.0 * events as f64;
    match here.outcome {
        Outcome::Pass if plateau => here.with_outcome(Outcome::Warn, BIASED_WITH_MORE),
        _ => here,
    }
}

fn spread(value: f64) -> Check {
    let large = value.is_nan() || value > SPREAD;
    Check::new("spread of members over that of log r", value, 0.0).with_outcome(Outcome::new(large, false), DISAGREE)
}

fn coverage(checks: &PosteriorChecks, level: f64) -> Check {
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
fn harmless_above(mut check: Check) -> Check {
    if check.outcome == Outcome::Fail && check.expected.is_some_and(|expected| check.value > expected) {
        check.outcome = Outcome::Warn;
    }
    check
}

fn uniform(name: String, found: &Uniformity, remedy: &str) -> Check {
    let outcome = Outcome::new(found.p_value < DOUBTED, found.distance > DISTANCE);
    Check::new(name, found.distance, 0.0).with_outcome(outcome, remedy)
}

fn near(name: &str, found: Mean, expected: f64, harmless: f64, remedy: &str) -> Check {
    let deviation = (found.value - expected).abs();
    let seen = found.value.is_nan() || deviation > SEEN * found.standard_error;
    let outcome = Outcome::new(seen, found.value.is_nan() || deviation > harmless);
    Check::from_mean(name, found, expected).with_outcome(outcome, remedy)
}
