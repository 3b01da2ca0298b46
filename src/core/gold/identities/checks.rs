//! The identities of gold by name, and checks of them.

use std::fmt;

use serde::Serialize;

use crate::check::{Check, Outcome, decides};
use crate::gold::Failures;
use crate::mean::Mean;

/// Means are judged at this many standard errors; with hundreds of checks, four would fail by chance now and then.
const STANDARD_ERRORS: f64 = 5.0;
/// Beyond this many a mean leaves a doubt: one of two thousand is by chance.
const DOUBT: f64 = 3.5;

/// A promise that the gold of every simulator keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Runs end in an observation, densities exist, and no probability or score is NaN.
    Defined,
    /// The share of runs that are kept is the same at all θ.
    Acceptance,
    /// The choices of a run can be made again at any other θ.
    Path,
    /// Paths drawn at one hypothesis are possible at the other.
    Support,
    /// Sampling, mining, recording and replaying are readings of one run.
    Replay,
    /// log r(a, b) = −log r(b, a).
    Antisymmetry,
    /// log r(a, b) + log r(b, c) = log r(a, c).
    Additivity,
    /// The joint score is the derivative of ln p(x,z|θ).
    FiniteDifference,
    /// The joint score has mean zero under its own θ.
    Score,
    /// The joint ratio has mean one under the denominator.
    Ratio,
    /// The inverse joint ratio has mean one under the numerator.
    InverseRatio,
    /// E\[1/(1+r)\] under the numerator equals E\[r/(1+r)\] under the denominator.
    Balance,
    /// E\[t f(x)\] is the derivative of E\[f(x)\].
    Derivative,
    /// A choice drawn as [noise](crate::trace::Trace::noise) has the same density at every θ.
    Noise,
    /// An observation depends on θ through the choices alone.
    Observation,
    /// ln p(x,z|θ) of a path has no steps in θ.
    Continuity,
    /// Each parameter has a joint score that is not zero in all events.
    Sensitivity,
    /// Events that are reweighted by the joint ratio are distributed like those of the other hypothesis.
    Reweighting,
}

impl Identity {
    /// All identities.
    pub const ALL: [Self; 18] = [
        Self::Defined,
        Self::Acceptance,
        Self::Path,
        Self::Support,
        Self::Replay,
        Self::Antisymmetry,
        Self::Additivity,
        Self::FiniteDifference,
        Self::Score,
        Self::Ratio,
        Self::InverseRatio,
        Self::Balance,
        Self::Derivative,
        Self::Noise,
        Self::Observation,
        Self::Continuity,
        Self::Sensitivity,
        Self::Reweighting,
    ];

    /// Advice for a simulator that breaks it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Defined => "a density was given impossible parameters, or a number is NaN: see the note",
            Self::Acceptance => {
                "whether a run is discarded depends on θ, so that labels are not those of the runs that are kept: return an observation \
                 that says `failed` instead, a number outside of the range of an observable, and train with --missing NAME=NUMBER"
            }
            Self::Path => "the simulator branches on a parameter without a draw: make the branch a draw",
            Self::Support => {
                "paths of one hypothesis cannot happen under the other: choose hypotheses, or densities, whose supports \
                 agree, or train on the score"
            }
            Self::Replay => {
                "the readings of a run differ: `log_probability` does not add up the draws of `simulate`, or `simulate` \
                 uses something besides θ and its draws"
            }
            Self::Antisymmetry | Self::Additivity => {
                "ln p(x,z|θ) of a remembered path is not one function of θ: something besides θ and the memory enters it"
            }
            Self::FiniteDifference => {
                "a derivative was lost or invented: look for `value()`, for hand-made derivatives, and for steps in θ"
            }
            Self::Score | Self::Ratio | Self::InverseRatio | Self::Balance => {
                "a density is not the one that is drawn from (its scale or its normalisation), or runs are discarded in \
                 a way that depends on θ"
            }
            Self::Derivative => {
                "θ reaches x by a way that the trace does not see: a branch without a draw, noise scaled by θ, or a \
                 derivative taken through a loop whose length depends on θ"
            }
            Self::Noise => {
                "draw it with `draw` instead of `noise`, with its parameters as they are, so that its density is scored"
            }
            Self::Observation => {
                "compute observations from draws and constants alone: let θ enter the density of a draw instead, and make a branch on θ a draw"
            }
            Self::Continuity => {
                "the simulator branches on a parameter, and no score sees the step: make the branch a draw, or let the density change \
                 smoothly with θ"
            }
            Self::Sensitivity => {
                "the parameter reaches the density of no draw, or its derivative is lost on the way (`value()`): let it enter a density as it \
                 is, or leave it out"
            }
            Self::Reweighting => {
                "events do not have the density that their paths say: a choice drawn as noise depends on θ, θ changes x after the draws, or a \
                 density is not the one that is drawn from"
            }
        }
    }

    /// The name of a check of it, mostly a formula.
    pub fn name(self) -> &'static str {
        match self {
            Self::Defined => "every run and its gold are defined",
            Self::Acceptance => "ln(kept at a / kept at b) = 0",
            Self::Path => "a path exists at every θ",
            Self::Support => "supports agree",
            Self::Replay => "replay = mined",
            Self::Antisymmetry => "log r(a,b) = −log r(b,a)",
            Self::Additivity => "log r(a,b) + log r(b,c) = log r(a,c)",
            Self::FiniteDifference => "t = d ln p(x,z|θ)/dθ",
            Self::Score => "E[t] = 0",
            Self::Ratio => "E1[r] = 1",
            Self::InverseRatio => "E0[1/r] = 1",
            Self::Balance => "E0[1/(1+r)] = E1[r/(1+r)]",
            Self::Derivative => "E[t f(x)] = dE[f(x)]/dθ",
            Self::Noise => "noise does not depend on θ",
            Self::Observation => "x of a path does not depend on θ",
            Self::Continuity => "ln p(x,z|θ) has no steps in θ",
            Self::Sensitivity => "t is not always 0",
            Self::Reweighting => "reweighted by r = simulated",
        }
    }

    /// The identity with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|identity| identity.name() == name)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A fault of the simulator that makes further checks meaningless.
#[derive(Debug)]
pub(in crate::gold) struct Fault {
    /// The identity that is broken.
    pub(super) identity: Identity,
    /// The message.
    pub(super) note: String,
}

impl From<Fault> for Check {
    fn from(fault: Fault) -> Self {
        algebraic(fault.identity, "", 1.0, 0.0).with_note(fault.note)
    }
}

fn judged(identity: Identity, check: Check, holds: bool) -> Check {
    check.with_outcome(if holds { Outcome::Pass } else { Outcome::Fail }, identity.remedy())
}

/// A check that holds to rounding.
pub(super) fn algebraic(identity: Identity, subject: &str, deviation: f64, tolerance: f64) -> Check {
    let check = Check::new(identity.name(), deviation, 0.0).with_subject(subject);
    judged(identity, check, deviation <= tolerance)
}

/// A check of a mean.
pub(super) fn mean(identity: Identity, subject: &str, mean: Mean, expected: f64) -> Check {
    let mean = mean.rounded(f64::EPSILON * expected.abs().max(1.0));
    let check = Check::from_mean(identity.name(), mean, expected).with_subject(subject);
    let deviation = (mean.value - expected).abs();
    let beyond = |errors: f64| {
        let bound = errors * mean.standard_error;
        deviation.is_nan() || bound.is_nan() || deviation > bound
    };
    check.with_outcome(Outcome::new(beyond(DOUBT), beyond(STANDARD_ERRORS)), identity.remedy())
}

/// A check of the shares of runs that are kept of two sets of `n` events; none where no run was discarded.
pub(super) fn acceptance(subject: &str, n: usize, runs: [(&str, u64); 2]) -> Option<Check> {
    if runs.iter().all(|(_, discarded)| *discarded == 0) {
        return None;
    }
    let failures = Failures::between(runs.map(|(name, discarded)| (name, n as u64 + discarded, discarded)));
    let bias = failures.bias()?;
    let found = Mean {
        value: bias.log_ratio,
        standard_error: bias.standard_error,
    };
    let note = format!("discarded: {failures}");
    Some(mean(Identity::Acceptance, subject, found, 0.0).with_note(note))
}

/// A mean score, which should be zero, of a parameter with a range of this width.
pub(super) fn score(subject: &str, found: Mean, width: f64) -> Check {
    mean(Identity::Score, subject, found.rounded(rounding_of_score(width)), 0.0)
}

/// A mean of ratios, which should be one, with its effective sample size n/E\[r²\].
///
/// The ratio is large where events are rare, so E\[r²\] comes out too small just where it matters. The same
/// number is the mean of r under the other hypothesis, where these events are common: the larger estimate counts.
pub(super) fn weights(identity: Identity, ratios: impl Iterator<Item = f64> + Clone, under_other: f64) -> Check {
    let mut found = Mean::from_values(ratios.clone());
    let n = ratios.clone().count();
    let second_moment = (ratios.map(|r| r * r).sum::<f64>() / n as f64).max(under_other);
    let effective = n as f64 / second_moment;
    let is_decided = decides(effective, n as f64);
    if !is_decided {
        found.standard_error = f64::INFINITY;
    }
    let addition = if is_decided { "" } else { ", too small to decide" };
    mean(identity, "", found, 1.0)
        .with_weighted_events(n as u64, effective)
        .with_note(format!("effective sample size {effective:.0} of {n}{addition}"))
}

/// A check of two bounded means, one under each hypothesis.
pub(super) fn balance(left: Mean, right: Mean) -> Check {
    let value = Mean {
        value: left.value,
        standard_error: left.standard_error.hypot(right.standard_error),
    };
    mean(Identity::Balance, "", value, right.value)
}

/// A check of E\[t f\] against the slope of E\[f\] between two points at this distance.
pub(super) fn derivative(subject: &str, tilted: Mean, low: Mean, high: Mean, distance: f64) -> Check {
    let expected = (high.value - low.value) / distance;
    let value = Mean {
        value: tilted.value,
        standard_error: tilted
            .standard_error
            .hypot(low.standard_error.hypot(high.standard_error) / distance),
    };
    mean(Identity::Derivative, subject, value, expected)
}

/// All checks of a simulator at a pair of hypotheses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Identities {
    /// Name of the simulator.
    pub simulator: String,
    /// The numerator, at which the joint score is taken, `[p]`.
    pub theta: Vec<f64>,
    /// The denominator, `[p]`.
    pub theta1: Vec<f64>,
    /// Events for each mean.
    pub n_events: usize,
    /// Runs that the simulator discarded on the way.
    pub n_discarded: u64,
    /// One check for each identity and subject.
    pub checks: Vec<Check>,
}

impl Identities {
    /// Returns true if every identity holds.
    pub fn pass(&self) -> bool {
        self.checks.iter().all(Check::passes)
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passes())
    }
}

/// The rounding error of a mean score of a parameter with a range of this width: a slope that changes ln p(x,z|θ) over the range by the
/// square root of the precision of numbers. Sums over all rows of a file, such as a cross section, lose some of it.
pub(crate) fn rounding_of_score(width: f64) -> f64 {
    f64::EPSILON.sqrt() / width
}
