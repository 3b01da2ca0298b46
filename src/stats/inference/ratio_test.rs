//! The likelihood-ratio test, with the parameters of no interest profiled out.

use super::fit::{Fit, Function, OF_OTHERS, climb, climb_to, maximise, maximise_to};
use super::{ParameterBox, p_value};
use motherlode_core::error::{Error, Result};

/// A conditional maximum may exceed the global one by rounding, but by no more.
const ROUNDING: f64 = 1e-6;

/// q(ψ) = 2 \[ln L(ψ̂, ν̂) − ln L(ψ, ν̂(ψ))\], with ψ the parameters of interest and ν all others.
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

/// A hypothesis tested.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// q(ψ) ≥ 0.
    pub statistic: f64,
    /// Its p-value by Wilks' theorem.
    pub p_value: f64,
    /// θ = (ψ, ν̂(ψ)), `[p]`: the best fit under the hypothesis.
    pub theta: Vec<f64>,
}

impl<'a> RatioTest<'a> {
    /// With the maximum of `log_likelihood` in `parameter_box`.
    ///
    /// # Errors
    /// If it cannot be found.
    pub fn new(log_likelihood: Function<'a>, parameter_box: ParameterBox) -> Result<Self> {
        let best = maximise(log_likelihood, &parameter_box)?;
        Ok(Self {
            log_likelihood,
            parameter_box,
            best,
        })
    }

    /// Where hypotheses may lie.
    pub(super) fn parameter_box(&self) -> &ParameterBox {
        &self.parameter_box
    }

    /// The best fit.
    pub fn best(&self) -> &Fit {
        &self.best
    }

    /// Tests the hypothesis that the parameters `fixed` (by number, from 0) have these values.
    ///
    /// A hypothesis that fits better than what was thought best is where the fit goes on: all statistics that were asked for
    /// before are then too small by the difference, and should be asked for again ([`best`](Self::best) tells).
    ///
    /// # Errors
    /// If a parameter does not exist, is fixed twice or outside of the box, none is fixed, or a fit fails.
    pub fn test(&mut self, fixed: &[(usize, f64)]) -> Result<Test> {
        let conditional = self.conditional(fixed, None)?;
        self.judge(fixed.len(), conditional)
    }

    /// The test of a hypothesis that fixes so many parameters, of which this is the best fit.
    ///
    /// # Errors
    /// If it fits better than what was thought best, and a fit from there fails.
    pub(super) fn judge(&mut self, n_fixed: usize, conditional: Fit) -> Result<Test> {
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

    /// The best fit of a hypothesis; with `near`, `[p]`, its other parameters are followed uphill from there, and looked for nowhere else: a
    /// neighbour's best fit may lie next to one that a scan has missed. It does not depend on what was tested before.
    ///
    /// # Errors
    /// As [`test`](Self::test).
    pub(super) fn conditional(&self, fixed: &[(usize, f64)], near: Option<&[f64]>) -> Result<Fit> {
        if fixed.is_empty() {
            return Err(Error::usage("a hypothesis that fixes no parameter: fix one at least"));
        }
        let part = self.parameter_box.holding(fixed)?;
        match near {
            Some(theta) => climb_to(self.log_likelihood, &part, part.shares(theta), OF_OTHERS),
            None => maximise_to(self.log_likelihood, &part, OF_OTHERS),
        }
    }
}
