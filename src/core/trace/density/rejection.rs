//! Draws by acceptance and rejection.

use std::cell::Cell;
use std::fmt;

use rand::RngExt;
use rand_distr::Exp1;

use super::{Density, Rejected, Stream, require};
use crate::real::Real;

/// Rounding tolerance by which a log density may exceed a bound that it touches.
const ROUNDING: f64 = 1e-9;

/// The least fraction of proposals that may be accepted.
const LEAST_ACCEPTANCE: f64 = 1e-6;

/// A density f(x)/N that is drawn from by accepting proposals: any f that can be computed, if its integral is known.
///
/// A proposal x with density q(x) is accepted with probability f(x)/(B q(x)), where B is the largest value of f/q or
/// more. The accepted draw has the density f(x)/N whatever was rejected before it. So the rejected proposals are no
/// part of the path: the rejections are summed over, exactly, and nothing of them is recorded or scored.
///
/// # A bound that is no bound
/// Where f/q exceeds B, draws are too rare and f/N is not their density. That cannot be seen when the density is built,
/// and a draw cannot fail. But a proposal above the bound is always accepted, so the violation is always in the draw
/// itself, and its log density says so: it is NaN with all its derivatives, and so are ln p(x,z|θ) and the joint score
/// of the event, where a check for finite numbers finds them. (Clipping the probability at one would give plausible,
/// wrong numbers.) The same holds when a hundred times as many proposals as ought to be needed were rejected: the
/// normaliser is wrong then. A run that only samples computes no log density and cannot notice.
pub struct Rejection<P, F, R> {
    proposal: P,
    log_unnormalised: F,
    log_normaliser: R,
    log_bound: f64,
    /// Returns true if a draw was given up, so that it has no density.
    given_up: Cell<bool>,
}

impl<P, F, R> Rejection<P, F, R>
where
    P: Density<f64>,
    F: Fn(&P::Draw) -> R,
    R: Real,
{
    /// Draws from exp(`log_unnormalised`) / exp(`log_normaliser`) through `proposal`, which does not depend on θ.
    ///
    /// - `log_unnormalised`: ln f(x), −∞ where x is impossible.
    /// - `log_normaliser`: ln N = ln ∫ f(x) dx, with its derivatives.
    /// - `log_bound`: ln B, with f(x) ≤ B q(x) everywhere.
    ///
    /// # Errors
    /// If `log_normaliser` or `log_bound` are not finite, contradict each other (N > B), or promise that fewer than
    /// one in 10⁶ proposals is accepted (N/B).
    pub fn new(proposal: P, log_unnormalised: F, log_normaliser: R, log_bound: f64) -> Result<Self, Rejected> {
        let excess = log_normaliser.re() - log_bound;
        let finite = log_normaliser.re().is_finite() && log_bound.is_finite();
        require(finite && excess <= ROUNDING, || {
            format!(
                "Rejection needs finite log_normaliser ≤ log_bound, as f ≤ B q everywhere, got log_normaliser = {}, \
                 log_bound = {log_bound}",
                log_normaliser.re()
            )
        })?;
        require(excess >= LEAST_ACCEPTANCE.ln(), || {
            format!(
                "Rejection accepts only {:.1e} of its proposals, it needs {LEAST_ACCEPTANCE:.0e} at least: choose a \
                 proposal closer to the density, or a lower bound",
                excess.exp()
            )
        })?;
        Ok(Self {
            proposal,
            log_unnormalised,
            log_normaliser,
            log_bound,
            given_up: Cell::new(false),
        })
    }

    /// ln f/(B q), whose exponential is the probability to accept.
    fn log_acceptance(&self, draw: &P::Draw, log_unnormalised: f64) -> f64 {
        log_unnormalised - self.proposal.log_density(draw) - self.log_bound
    }

    /// This many rejections in a row have a probability below e⁻¹⁰⁰.
    fn patience(&self) -> u64 {
        (100.0 * (self.log_bound - self.log_normaliser.re()).exp()).ceil() as u64
    }
}

impl<P, F, R> Density<R> for Rejection<P, F, R>
where
    P: Density<f64>,
    F: Fn(&P::Draw) -> R,
    R: Real,
{
    type Draw = P::Draw;

    fn sample(&self, rng: &mut Stream) -> P::Draw {
        for _ in 0..self.patience() {
            let draw = self.proposal.sample(rng);
            let threshold: f64 = rng.sample(Exp1);
            let acceptance = self.log_acceptance(&draw, (self.log_unnormalised)(&draw).re());
            // NaN is accepted too: it shows in the log density.
            if acceptance.is_nan() || -threshold <= acceptance {
                return draw;
            }
        }
        self.given_up.set(true);
        self.proposal.sample(rng)
    }

    fn draws(&self, draw: &P::Draw) -> bool {
        self.proposal.draws(draw)
    }

    /// ln f(draw) − ln N; NaN where f exceeds the bound, and for a draw that was given up.
    fn log_density(&self, draw: &P::Draw) -> R {
        let log_unnormalised = (self.log_unnormalised)(draw);
        let log_density = log_unnormalised - self.log_normaliser;
        match self.given_up.get() || self.log_acceptance(draw, log_unnormalised.re()) > ROUNDING {
            true => log_density * f64::NAN,
            false => log_density,
        }
    }
}

impl<P: fmt::Debug, F, R: fmt::Debug> fmt::Debug for Rejection<P, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("proposal", &self.proposal)
            .field("log_normaliser", &self.log_normaliser)
            .field("log_bound", &self.log_bound)
            .finish_non_exhaustive()
    }
}
