//! The likelihood-ratio test with nuisance parameters profiled.

use super::fit::{Fit, Function, NUISANCE_RADIUS, climb, climb_to, maximise, maximise_to};
use super::{ParameterBox, p_value};
use motherlode_core::error::{Error, Result};

/// Largest excess of a conditional maximum over the global one that counts as rounding.
const ROUNDING: f64 = 1e-6;

/// The test statistic q(ψ) = 2 \[ln L(ψ̂, ν̂) − ln L(ψ, ν̂(ψ))\], with ψ the parameters of interest and ν all others.
pub struct RatioTest<'a> {
    log_likelihood: Function<'a>,
    parameter_box: ParameterBox,
    best: Fit,
}

impl std::fmt::Debug for RatioTest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RatioTest")
            .field("parameter_box", &self.parameter_box)
            .field("best", &self.best)
            .finish_non_exhaustive()
    }
}

/// The result of a likelihood-ratio test of one hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The statistic q(ψ) ≥ 0.
    pub statistic: f64,
    /// The p-value by Wilks' theorem.
    pub p_value: f64,
    /// The best fit under the hypothesis, θ = (ψ, ν̂(ψ)), `[p]`.
    pub theta: Vec<f64>,
}

impl<'a> RatioTest<'a> {
    /// Finds the maximum of `log_likelihood` in `parameter_box`.
    ///
    /// # Errors
    /// If the fit fails.
    pub fn new(log_likelihood: Function<'a>, parameter_box: ParameterBox) -> Result<Self> {
        let best = maximise(log_likelihood, &parameter_box)?;
        Ok(Self {
            log_likelihood,
            parameter_box,
            best,
        })
    }

    /// The box of hypotheses.
    pub(super) fn parameter_box(&self) -> &ParameterBox {
        &self.parameter_box
    }

    /// The best fit.
    pub fn best(&self) -> &Fit {
        &self.best
    }

    /// Tests the hypothesis that the parameters `fixed` (by number, from 0) have these values.
    ///
    /// If a hypothesis fits better than the best fit so far, the fit continues from there. All statistics computed before are then too
    /// small by the difference: compute them again if [`best`](Self::best) has changed.
    ///
    /// # Errors
    /// If a parameter does not exist, is fixed twice or outside of the box, none is fixed, or a fit fails.
    pub fn test(&mut self, fixed: &[(usize, f64)]) -> Result<Test> {
        let conditional = self.conditional(fixed, None)?;
        self.compare(fixed.len(), conditional)
    }

    /// Compares the best fit of a hypothesis that fixes `n_fixed` parameters with the global one.
    ///
    /// # Errors
    /// If it fits better than the best fit so far, and a fit from there fails.
    pub(super) fn compare(&mut self, n_fixed: usize, conditional: Fit) -> Result<Test> {
        if conditional.log_likelihood > self.best.log_likelihood + ROUNDING {
            let shares = self.parameter_box.shares(&conditional.theta);
            self.best = climb(self.log_likelihood, &self.parameter_box, shares)?;
        }
        let statistic = (2.0 * (self.best.log_likelihood - conditional.log_likelihood)).max(0.0);
        Ok(Test {
            statistic,
            p_value: p_value(statistic, n_fixed)?,
            theta: conditional.theta,
        })
    }

    /// Fits the other parameters of a hypothesis. With `near`, `[p]`, the fit starts there and does not scan: the best fit of a neighbouring
    /// hypothesis may lie next to one that a scan has missed. The result does not depend on earlier tests.
    ///
    /// # Errors
    /// As [`test`](Self::test).
    pub(super) fn conditional(&self, fixed: &[(usize, f64)], near: Option<&[f64]>) -> Result<Fit> {
        if fixed.is_empty() {
            return Err(Error::usage("the hypothesis fixes no parameter: fix at least one"));
        }
        let part = self.parameter_box.holding(fixed)?;
        match near {
            Some(theta) => climb_to(self.log_likelihood, &part, part.shares(theta), NUISANCE_RADIUS),
            None => maximise_to(self.log_likelihood, &part, NUISANCE_RADIUS),
        }
    }
}
