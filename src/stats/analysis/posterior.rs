//! Posteriors by Markov chains, with diagnostics and posterior predictive checks.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::Serialize;

use super::hypotheses::{check_several_hypotheses, constraints_of, known_ratio, parameter_box, reference};
use super::intervals::few_training_points;
use super::{Analysis, Warning};
use crate::diagnostics::{Predicted, predictive};
use crate::inference::abc::{data_sets, means};
use crate::inference::{ChainSettings, Chains, Constraint, Differentiable, Marginal, ParameterBox, Target, sample};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, Progress};

/// Largest R̂ of chains that have converged (Vehtari et al. 2021).
const MAX_R_HAT: f64 = 1.01;
/// Smallest effective number of draws for each chain (Vehtari et al. 2021).
const MIN_EFFECTIVE: f64 = 100.0;
/// Predictive p-value below which there is a warning.
const MIN_P_VALUE: f64 = 0.02;

/// Settings of [`Analysis::sample`].
#[derive(Debug, Clone)]
pub struct PosteriorSettings {
    /// Number and length of the chains.
    pub chains: ChainSettings,
    /// Number of draws of the posterior at which a data set is simulated and compared with the observed one.
    pub predictive: Option<usize>,
}

/// Posteriors by each estimator, with warnings.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PosteriorResult {
    /// Name of the simulator.
    pub simulator: String,
    /// Number of observed events.
    pub n_events: usize,
    /// The prior: uniform in this box, with a Gaussian factor for each constrained parameter.
    #[serde(rename = "box")]
    pub edges: Vec<(f64, f64)>,
    /// Number of chains.
    pub chains: usize,
    /// Number of draws of each chain.
    pub draws: usize,
    /// Number of warm-up draws of each chain, in which it adapts.
    pub warmup: usize,
    /// The seed.
    pub seed: u64,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Posteriors by estimator; the first is by the estimator of the analysis.
    pub answers: Vec<PosteriorOfEstimator>,
    /// Statistics of data simulated from the posterior, in ascending order of the p-value.
    pub predictive: Option<Vec<PredictedStatistic>>,
}

/// The posterior by one estimator.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PosteriorOfEstimator {
    /// Name of the estimator.
    pub name: String,
    /// Marginal posteriors of the free parameters.
    pub parameters: Vec<ParameterSummary>,
    /// Number of divergent trajectories.
    pub divergences: usize,
    /// Number of trajectories that were cut off.
    pub truncated: usize,
    /// Acceptance probability of each chain.
    pub acceptance: Vec<f64>,
    /// Number of evaluations of ln L with its gradient.
    pub evaluations: u64,
    /// True if ln L was interpolated.
    pub interpolated: bool,
    /// Number of free parameters.
    #[serde(skip)]
    pub dimensions: usize,
    /// Warnings about the chains.
    pub warnings: Vec<Warning>,
    /// The draws, `[chains, draws, p]`.
    #[serde(skip)]
    pub draws: Chains,
}

/// The marginal posterior of one parameter.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ParameterSummary {
    /// Name of the parameter.
    pub name: String,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub standard_deviation: f64,
    /// Relative reduction of the prior's variance by the data.
    pub contraction: f64,
    /// Quantiles at 2.5 %, 50 % and 97.5 %.
    pub quantiles: Quantiles,
    /// Monte Carlo error of the mean, and convergence, of posteriors by chains.
    #[serde(flatten)]
    pub convergence: Option<ConvergenceOfParameter>,
    /// Range of the prior.
    #[serde(skip)]
    pub range: (f64, f64),
}

/// Quantiles of a marginal posterior.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Quantiles {
    /// Quantile at 2.5 %.
    #[serde(rename = "0.025")]
    pub lower: f64,
    /// The median.
    #[serde(rename = "0.5")]
    pub median: f64,
    /// Quantile at 97.5 %.
    #[serde(rename = "0.975")]
    pub upper: f64,
}

/// Convergence of chains in one parameter.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ConvergenceOfParameter {
    /// Monte Carlo error of the mean.
    pub monte_carlo_error: f64,
    /// R̂, 1 for chains that agree.
    pub r_hat: f64,
    /// Effective number of draws for the bulk of the posterior.
    pub bulk_ess: f64,
    /// Effective number of draws for its tails.
    pub tail_ess: f64,
}

/// A statistic of data simulated from the posterior, with its observed value.
#[derive(Debug, Clone, Serialize)]
pub struct PredictedStatistic {
    /// Name, such as "mean of x".
    pub statistic: String,
    /// Observed value.
    pub observed: f64,
    /// Mean over simulated data sets.
    pub mean: f64,
    /// Standard deviation over simulated data sets.
    pub standard_deviation: f64,
    /// Two-sided p-value.
    pub p_value: f64,
}

impl Analysis<'_> {
    /// Samples the posterior by Markov chains (NUTS).
    ///
    /// The result also has the posterior by the exact likelihood, if the simulator has one.
    ///
    /// The estimator `Gauss` knows the ratios of measurements of θ with the error 1:
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// use motherlode_stats::analysis::{Analysis, Observations, PosteriorSettings};
    /// use motherlode_stats::inference::ChainSettings;
    ///
    /// let observed = Observations::from_columns(array![[0.5], [1.5], [1.0], [1.0]], &["x"], &["theta"])?;
    /// let chains = ChainSettings { chains: 2, draws: 500, warmup: 500, seed: 1 };
    /// let settings = PosteriorSettings { chains, predictive: None };
    /// let result = Analysis::new(&Gauss).with_observations(&observed).sample(&settings, &())?;
    /// let theta = &result.answers[0].parameters[0]; // mean 1, standard deviation 1/√4
    /// assert!((theta.mean - 1.0).abs() < 0.1 && (theta.standard_deviation - 0.5).abs() < 0.1, "{theta:?}");
    /// # Ok::<(), motherlode_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an input is missing or out of range, the estimator knows no ratios, the density is impossible wherever a chain starts, or
    /// `progress` stops it.
    pub fn sample(&self, settings: &PosteriorSettings, progress: &dyn Progress) -> Result<PosteriorResult> {
        let run = PosteriorRun::new(self, settings.chains)?;
        let observations = self.observations()?;
        let estimator = self.estimator()?;
        let mut answers = vec![run.posterior(&estimator.name(), &WithGradient::new(estimator)?, progress)?];
        answers.extend(run.exact_posterior(progress)?);
        let predicted = settings.predictive.map(|n| run.predicted(&answers[0].draws, n));
        let predicted = predicted.transpose()?;
        let mut warnings = self.warnings_of_observations(false)?;
        warnings.extend(few_training_points(estimator));
        warnings.extend(predicted.iter().flatten().filter_map(PredictedStatistic::warning));
        let ChainSettings {
            chains,
            draws,
            warmup,
            seed,
        } = settings.chains;
        Ok(PosteriorResult {
            simulator: observations.header().simulator_label(),
            n_events: observations.n_events(),
            edges: run.parameter_box.edges().to_vec(),
            chains,
            draws,
            warmup,
            seed,
            warnings,
            answers,
            predictive: predicted,
        })
    }
}

/// Inputs of one sampling.
pub(super) struct PosteriorRun<'r> {
    analysis: &'r Analysis<'r>,
    parameters: Vec<String>,
    parameter_box: ParameterBox,
    reference: Vec<f64>,
    constraints: Vec<Constraint>,
    plan: ChainSettings,
}

impl<'r> PosteriorRun<'r> {
    fn new(analysis: &'r Analysis<'_>, plan: ChainSettings) -> Result<Self> {
        let estimator = analysis.estimator()?;
        known_ratio(estimator)?;
        let parameters = analysis.parameters()?;
        let parameter_box = parameter_box(analysis.edges.as_deref(), estimator, &parameters, analysis.simulator)?;
        check_several_hypotheses(estimator)?;
        Ok(Self {
            analysis,
            parameters,
            reference: reference(analysis.simulator, &parameter_box),
            parameter_box,
            constraints: constraints_of(analysis.simulator),
            plan,
        })
    }

    /// Creates a sampling with a prior that is uniform in the box for all parameters.
    pub(super) fn uniform(
        analysis: &'r Analysis<'_>,
        parameter_box: ParameterBox,
        plan: ChainSettings,
    ) -> Result<Self> {
        Ok(Self {
            analysis,
            parameters: analysis.parameters()?,
            reference: reference(analysis.simulator, &parameter_box),
            parameter_box,
            constraints: Vec::new(),
            plan,
        })
    }

    /// Samples the posterior by the exact likelihood, if the simulator has one.
    pub(super) fn exact_posterior(&self, progress: &dyn Progress) -> Result<Option<PosteriorOfEstimator>> {
        let Some(truth) = self.analysis.simulator.and_then(Instrumented::truth) else {
            return Ok(None);
        };
        self.posterior(&Estimator::name(&truth), &truth, progress).map(Some)
    }

    fn posterior(
        &self,
        name: &str,
        estimator: &dyn Differentiable,
        progress: &dyn Progress,
    ) -> Result<PosteriorOfEstimator> {
        let x = self.analysis.observations()?.x();
        let target = Target::new(estimator, x, &self.reference, &self.parameter_box);
        progress.begin("draws");
        let log_density = |theta: &[f64]| {
            let (mut log, mut gradient) = target.at(theta)?;
            for constraint in &self.constraints {
                let (term, slope) = constraint.at(theta)?;
                log += term;
                gradient[constraint.parameter] += slope;
            }
            Ok((log, gradient))
        };
        let draws = sample(&log_density, target.space(), self.plan, progress)?;
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
        Ok(PosteriorOfEstimator {
            name: name.into(),
            parameters: free.iter().map(parameter).collect(),
            divergences: draws.divergences(),
            truncated: draws.truncated(),
            acceptance: draws.acceptance().to_vec(),
            evaluations: draws.evaluations(),
            interpolated: target.is_interpolated(),
            dimensions: free.len(),
            warnings: self.warnings(&draws),
            draws,
        })
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
        let (divergent, truncated) = (chains.divergences(), chains.truncated());
        warnings.extend((divergent > 0).then_some(Warning::DivergentTrajectories { n: divergent, of }));
        warnings.extend((truncated > 0).then_some(Warning::TruncatedTrajectories { n: truncated, of }));
        warnings
    }

    /// Compares mean and spread of each observable with data simulated from the posterior.
    fn predicted(&self, chains: &Chains, n: usize) -> Result<Vec<PredictedStatistic>> {
        let simulator = self.analysis.simulator.ok_or_else(|| {
            Error::usage(
                "posterior predictions need the simulator, which is not known here: name it, or leave out --predictive",
            )
        })?;
        let observations = self.analysis.observations()?;
        let x = observations.x();
        let statistics = statistics(x)?;
        let data_set = data_sets(simulator, x.nrows(), &self::statistics);
        let predicted = predictive(
            &data_set,
            chains.thinned(n).view(),
            statistics.view(),
            self.plan.seed,
            &(),
        )?;
        let observables = &observations.header().observables;
        let names = ["mean", "std. dev."]
            .into_iter()
            .flat_map(|what| observables.iter().map(move |of| format!("{what} of {of}")));
        let mut named: Vec<PredictedStatistic> = names.zip(predicted).map(PredictedStatistic::from).collect();
        named.sort_by(|a, b| a.p_value.total_cmp(&b.p_value));
        Ok(named)
    }
}

impl From<(String, Predicted)> for PredictedStatistic {
    fn from((statistic, found): (String, Predicted)) -> Self {
        Self {
            statistic,
            observed: found.observed,
            mean: found.mean,
            standard_deviation: found.standard_deviation,
            p_value: found.p_value,
        }
    }
}

impl PredictedStatistic {
    /// Returns a warning if data simulated from the posterior differ from those observed.
    fn warning(&self) -> Option<Warning> {
        (self.p_value < MIN_P_VALUE).then(|| Warning::UnlikelyData {
            statistic: self.statistic.clone(),
            mean: self.mean,
            standard_deviation: self.standard_deviation,
            observed: self.observed,
        })
    }
}

impl ParameterSummary {
    /// Summarises a marginal posterior under a uniform prior in `range`.
    pub(super) fn new(name: &str, marginal: &Marginal, range: (f64, f64)) -> Self {
        let (sd, prior) = (marginal.standard_deviation(), (range.1 - range.0) / 12.0f64.sqrt());
        Self {
            name: name.into(),
            mean: marginal.mean(),
            standard_deviation: sd,
            contraction: 1.0 - (sd / prior).powi(2),
            quantiles: Quantiles {
                lower: marginal.quantile(0.025),
                median: marginal.quantile(0.5),
                upper: marginal.quantile(0.975),
            },
            convergence: None,
            range,
        }
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

/// Returns the mean and, for more than one event, the standard deviation of each observable.
fn statistics(x: ArrayView2<f64>) -> Result<Array1<f64>> {
    let mut all = means(x)?.to_vec();
    if x.nrows() > 1 {
        all.extend(x.std_axis(Axis(0), 1.0));
    }
    Ok(all.into())
}
