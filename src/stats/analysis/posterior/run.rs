//! Chains of one data set by several estimators.

use ndarray::{Array1, Array2, ArrayView2};

use super::super::hypotheses::{check_several_hypotheses, known_ratio, parameter_box, reference};
use super::super::{Analysis, PosteriorPrior, Warning};
use super::summary::ConvergenceOfParameter;
use super::{ParameterSummary, PosteriorOfEstimator};
use crate::inference::{ChainSettings, Chains, Differentiable, ParameterBox, Target, sample};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, Progress};

/// Largest R̂ of chains that have converged (Vehtari et al. 2021).
const MAX_R_HAT: f64 = 1.01;
/// Smallest effective number of draws for each chain (Vehtari et al. 2021).
const MIN_EFFECTIVE: f64 = 100.0;

/// Inputs of one sampling.
pub(in super::super) struct PosteriorRun<'r> {
    pub(super) analysis: &'r Analysis<'r>,
    parameters: Vec<String>,
    pub(super) parameter_box: ParameterBox,
    reference: Vec<f64>,
    pub(super) prior: PosteriorPrior,
    pub(super) plan: ChainSettings,
}

impl<'r> PosteriorRun<'r> {
    pub(super) fn new(analysis: &'r Analysis<'_>, plan: ChainSettings) -> Result<Self> {
        let estimator = analysis.estimator()?;
        known_ratio(estimator)?;
        let parameters = analysis.parameters()?;
        let parameter_box = parameter_box(analysis.edges.as_deref(), estimator, &parameters, analysis.simulator)?;
        check_several_hypotheses(estimator)?;
        let prior = analysis.posterior_prior(&parameters, &parameter_box)?;
        let (prior, parameter_box) = match &analysis.edges {
            Some(_) => (prior.within(&parameter_box)?, parameter_box),
            None => {
                let reach = prior.distribution.reach(&prior.parameters);
                (prior, reach.unwrap_or(parameter_box))
            }
        };
        Self::with_prior(analysis, prior, parameter_box, plan)
    }

    /// Creates a sampling with a prior, in a box.
    pub(in super::super) fn with_prior(
        analysis: &'r Analysis<'_>,
        prior: PosteriorPrior,
        parameter_box: ParameterBox,
        plan: ChainSettings,
    ) -> Result<Self> {
        Ok(Self {
            analysis,
            parameters: analysis.parameters()?,
            reference: reference(analysis.simulator, &parameter_box),
            parameter_box,
            prior,
            plan,
        })
    }

    /// Samples the posterior by the estimator: by independent draws where it knows the posterior itself, or by chains.
    pub(super) fn own_posterior(
        &self,
        estimator: &dyn Estimator,
        progress: &dyn Progress,
    ) -> Result<PosteriorOfEstimator> {
        match self.direct(estimator, progress)? {
            Some(direct) => Ok(direct),
            None => self.posterior(&estimator.name(), &WithGradient::new(estimator)?, progress),
        }
    }

    /// Samples the posterior by the exact likelihood, if the simulator has one.
    pub(in super::super) fn exact_posterior(&self, progress: &dyn Progress) -> Result<Option<PosteriorOfEstimator>> {
        let Some(truth) = self.analysis.simulator.and_then(Instrumented::truth) else {
            return Ok(None);
        };
        self.posterior(&Estimator::name(&truth), &truth, progress).map(Some)
    }

    pub(super) fn posterior(
        &self,
        name: &str,
        estimator: &dyn Differentiable,
        progress: &dyn Progress,
    ) -> Result<PosteriorOfEstimator> {
        let x = self.analysis.observations()?.x();
        let target = Target::new(estimator, x, &self.reference, &self.parameter_box, progress);
        progress.begin("draws");
        let log_density = |theta: &[f64]| {
            let (mut log, mut gradient) = target.at(theta)?;
            let (log_prior, slopes) = self.prior.at(theta)?;
            log += log_prior;
            gradient.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
            Ok((log, gradient))
        };
        let draws = sample(&log_density, target.space(), self.plan, progress)?;
        let mut answer = self.answer(name, draws, target.is_interpolated());
        answer.warnings = self.warnings(&answer.draws);
        Ok(answer)
    }

    /// Summary of draws, without warnings.
    pub(super) fn answer(&self, name: &str, draws: Chains, interpolated: bool) -> PosteriorOfEstimator {
        let free = self.parameter_box.free();
        let parameter = |&k: &usize| {
            let range = self.parameter_box.edges()[k];
            let mut summary = ParameterSummary::new(&self.parameters[k], &draws.marginal(k), range);
            summary.convergence = Some(ConvergenceOfParameter {
                monte_carlo_error: draws.mean(k).standard_error,
                r_hat: draws.r_hat(k),
                bulk_ess: draws.bulk_effective_size(k),
                tail_ess: draws.tail_effective_size(k),
            });
            summary
        };
        PosteriorOfEstimator {
            name: name.into(),
            parameters: free.iter().map(parameter).collect(),
            divergences: draws.divergences(),
            truncated: draws.truncated(),
            acceptance: draws.acceptance().to_vec(),
            evaluations: draws.evaluations(),
            interpolated,
            direct: None,
            dimensions: free.len(),
            warnings: Vec::new(),
            draws,
        }
    }

    /// Warnings about chains that have not converged.
    fn warnings(&self, chains: &Chains) -> Vec<Warning> {
        let of = self.plan.chains * self.plan.draws;
        let mut warnings = Vec::new();
        for &k in self.parameter_box.free() {
            let (r_hat, needed) = (chains.r_hat(k), MIN_EFFECTIVE * self.plan.chains as f64);
            let effective = chains.bulk_effective_size(k).min(chains.tail_effective_size(k));
            let parameter = self.parameters[k].clone();
            if r_hat.is_nan() || r_hat >= MAX_R_HAT {
                warnings.push(Warning::ChainsDisagree { parameter, r_hat });
            } else if effective.is_nan() || effective < needed {
                let times = (needed / effective).ceil().clamp(2.0, 1e6) as usize;
                warnings.push(Warning::FewEffectiveDraws {
                    parameter,
                    effective,
                    needed,
                    draws: times * self.plan.draws,
                });
            }
        }
        let edges = self.parameter_box.edges();
        let at_edge = |&k: &usize| Warning::posterior_at_edge(&self.parameters[k], &chains.marginal(k), edges[k]);
        warnings.extend(self.parameter_box.free().iter().filter_map(at_edge));
        let (divergent, truncated) = (chains.divergences(), chains.truncated());
        warnings.extend((divergent > 0).then_some(Warning::DivergentTrajectories { n: divergent, of }));
        warnings.extend((truncated > 0).then_some(Warning::TruncatedTrajectories { n: truncated, of }));
        warnings
    }
}

/// An estimator of ratios with its score as the gradient, where it knows one.
struct WithGradient<'a> {
    estimator: &'a dyn Estimator,
    ratio: &'a dyn LogRatio,
}

impl<'a> WithGradient<'a> {
    fn new(estimator: &'a dyn Estimator) -> Result<Self> {
        Ok(Self {
            ratio: known_ratio(estimator)?,
            estimator,
        })
    }
}

impl LogRatio for WithGradient<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        self.ratio.log_ratio(x, theta0, theta1)
    }
}

impl Score for WithGradient<'_> {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        let unknown = || {
            Error::numerical(format!(
                "ln L cannot be interpolated over this box, and {} knows no score as the gradient: choose a smaller --box",
                self.estimator.name()
            ))
        };
        self.estimator.as_score().ok_or_else(unknown)?.score(x, theta)
    }
}
