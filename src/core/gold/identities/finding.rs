//! What a check found, in names and numbers.

use std::fmt;

use serde::Serialize;

use crate::mean::Mean;

/// Means are judged at this many standard errors; with hundreds of findings, four would fail by chance now and then.
const STANDARD_ERRORS: f64 = 5.0;
/// A promise that the gold of every simulator keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Runs end in an observation, densities exist, and no probability or score is NaN.
    Defined,
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
}

impl Identity {
    /// What to look for in a simulator that breaks it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Defined => "a density was given impossible parameters, or a number is NaN: see the note",
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
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Defined => "every run and its gold are defined",
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
        })
    }
}

/// One identity, checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Which identity.
    pub identity: Identity,
    /// For which parameter, observable or hypothesis, where there is a choice.
    pub subject: String,
    /// What was found. For an algebraic identity, the largest relative deviation among the events.
    pub value: f64,
    /// Standard error of `value` − `expected`; none for an algebraic identity. It is infinite where too few events
    /// carry the mean to conclude anything.
    pub standard_error: Option<f64>,
    /// What should have been found.
    pub expected: f64,
    /// Whether the two agree.
    pub passes: bool,
    /// Anything to add, such as the message of a fault or an effective sample size.
    pub note: String,
}

impl Finding {
    /// (value − expected) in standard errors, where there is one.
    pub fn z_score(&self) -> Option<f64> {
        self.standard_error.map(|error| (self.value - self.expected) / error)
    }

    /// Something that must not happen, happened.
    pub(super) fn fault(identity: Identity, note: String) -> Self {
        Self {
            note,
            ..Self::algebraic(identity, "", 1.0, 0.0)
        }
    }

    pub(super) fn algebraic(identity: Identity, subject: &str, deviation: f64, tolerance: f64) -> Self {
        Self {
            identity,
            subject: subject.into(),
            value: deviation,
            standard_error: None,
            expected: 0.0,
            passes: deviation <= tolerance,
            note: String::new(),
        }
    }

    pub(super) fn mean(identity: Identity, subject: &str, mean: Mean, expected: f64) -> Self {
        let rounding = f64::EPSILON * expected.abs().max(1.0);
        let mean = mean.rounded(rounding);
        Self {
            identity,
            subject: subject.into(),
            value: mean.value,
            standard_error: Some(mean.standard_error),
            expected,
            passes: (mean.value - expected).abs() <= STANDARD_ERRORS * mean.standard_error,
            note: String::new(),
        }
    }

    /// A mean score, which should be zero, of a parameter with a range of this width.
    pub(super) fn score(subject: &str, mean: Mean, width: f64) -> Self {
        Self::mean(Identity::Score, subject, mean.rounded(rounding_of_score(width)), 0.0)
    }

    /// A mean of ratios, which should be one, with its effective sample size n/E\[r²\].
    ///
    /// The ratio is large where events are rare, so E\[r²\] comes out too small just where it matters. The same
    /// number is the mean of r under the other hypothesis, where these events are common: the larger estimate counts.
    pub(super) fn weights(identity: Identity, ratios: impl Iterator<Item = f64> + Clone, under_other: f64) -> Self {
        let mut mean = Mean::of(ratios.clone());
        let n = ratios.clone().count() as f64;
        let second_moment = (ratios.map(|r| r * r).sum::<f64>() / n).max(under_other);
        let effective = n / second_moment;
        let decided = decides(effective, n);
        if !decided {
            mean.standard_error = f64::INFINITY;
        }
        let verdict = if decided { "" } else { ", too small to decide" };
        Self {
            note: format!("effective sample size {effective:.0} of {n}{verdict}"),
            ..Self::mean(identity, "", mean, 1.0)
        }
    }

    pub(super) fn balance(left: Mean, right: Mean) -> Self {
        let value = Mean {
            value: left.value,
            standard_error: left.standard_error.hypot(right.standard_error),
        };
        Self::mean(Identity::Balance, "", value, right.value)
    }

    pub(super) fn derivative(subject: &str, tilted: Mean, low: Mean, high: Mean, distance: f64) -> Self {
        let expected = (high.value - low.value) / distance;
        let value = Mean {
            value: tilted.value,
            standard_error: tilted
                .standard_error
                .hypot(low.standard_error.hypot(high.standard_error) / distance),
        };
        Self::mean(Identity::Derivative, subject, value, expected)
    }
}

/// All findings about a simulator at a pair of hypotheses.
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
    /// Every identity that was checked.
    pub findings: Vec<Finding>,
}

impl Identities {
    /// Whether every identity holds.
    pub fn pass(&self) -> bool {
        self.findings.iter().all(|finding| finding.passes)
    }

    /// The identities that do not hold.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.passes)
    }
}

/// How far off a mean score may be by rounding, of a parameter with a range of this width: what changes ln p(x,z|θ) by the square root
/// of the precision of numbers over all of it. Sums over all rows of a file, such as a cross section, lose some of it.
pub(crate) fn rounding_of_score(width: f64) -> f64 {
    f64::EPSILON.sqrt() / width
}

/// Whether the mean of `n` ratios, with this effective sample size, has a standard error that means anything: the mean of a
/// log-normal ratio has skewness n/n_eff^(3/2), at most one.
pub fn decides(effective: f64, n: f64) -> bool {
    effective.powi(3) >= n * n
}
