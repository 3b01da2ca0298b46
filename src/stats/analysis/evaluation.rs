//! Estimates for given events, compared with the exact answer if there is one.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::Serialize;

use super::hypotheses::extrapolated;
use super::{Analysis, Warning, check_theta};
use motherlode_core::error::{Error, Result};
use motherlode_core::estimator::WithSpread;
use motherlode_core::format::comma_separated;
use motherlode_core::gold::Design;
use motherlode_core::interruptible::Interruptible;
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::{Estimator, Progress};

/// Settings of [`Analysis::evaluate`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EvaluationSettings {
    /// Numerator of the ratio, and hypothesis of the score, `[p]`; the simulator's θ0, or the point of the score, if absent.
    pub theta0: Option<Vec<f64>>,
    /// Denominator of the ratio, `[p]`; the simulator's θ1 if absent.
    pub theta1: Option<Vec<f64>>,
}

/// Estimates for all events, with their means.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EvaluationResult {
    /// Name of the estimator.
    pub method: String,
    /// Number of networks of the estimator.
    pub n_members: usize,
    /// Number of events.
    pub n_events: usize,
    /// Summaries of the log ratio and of each component of the score, as far as they are estimated.
    pub quantities: Vec<QuantitySummary>,
    /// Warnings about the hypotheses.
    pub warnings: Vec<Warning>,
    /// Estimated log ratios, `[n]`, with the spread of an ensemble.
    #[serde(skip)]
    pub log_ratio: Option<WithSpread<Array1<f64>>>,
    /// Estimated scores, `[n, p]`, with the spread of an ensemble.
    #[serde(skip)]
    pub score: Option<WithSpread<Array2<f64>>>,
}

/// An estimated quantity, averaged over all events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct QuantitySummary {
    /// Name of the quantity, with its hypotheses.
    #[serde(rename = "quantity")]
    pub name: String,
    /// Mean over the events.
    pub mean: f64,
    /// Standard deviation over the events.
    #[serde(rename = "sd")]
    pub standard_deviation: f64,
    /// Root mean square of the spread over members, comparable to the root of the mean square error.
    pub spread: Option<f64>,
    /// Mean square error against the exact answer.
    pub mean_square_error: Option<f64>,
    /// Mean square of the exact answer, which is the error of the estimate 0.
    pub mean_square_exact: Option<f64>,
}

impl Analysis<'_> {
    /// Evaluates the estimator on the observed events, and compares it with the exact answer of the simulator if there is one.
    ///
    /// The estimator `Gauss` knows the ratios of measurements of θ with the error 1:
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// use motherlode_stats::analysis::{Analysis, EvaluationSettings, Observations};
    ///
    /// let observed = Observations::from_columns(array![[0.5], [1.5]], &["x"], &["theta"])?;
    /// let settings = EvaluationSettings { theta0: Some(vec![1.0]), theta1: Some(vec![0.0]) };
    /// let result = Analysis::new(&Gauss).with_observations(&observed).evaluate(&settings, &())?;
    /// assert!((result.quantities[0].mean - 0.5).abs() < 1e-12); // log r = x − 1/2
    /// # Ok::<(), motherlode_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a hypothesis is missing, out of range, or not one that the estimator knows, or `progress` stops it.
    pub fn evaluate(&self, settings: &EvaluationSettings, progress: &dyn Progress) -> Result<EvaluationResult> {
        self.interruptible(progress, |analysis| analysis.evaluation(settings, progress))
    }

    fn evaluation(&self, settings: &EvaluationSettings, progress: &dyn Progress) -> Result<EvaluationResult> {
        let (estimator, observations) = (self.estimator()?, self.observations()?);
        check_request(estimator, settings)?;
        let (theta0, theta1) = self.evaluated_pair(estimator, settings)?;
        let x = observations.x();
        let theta = estimator.score_point().unwrap_or(&theta0);
        let log_ratio = estimator.as_ratio();
        let log_ratio = log_ratio.map(|_| estimator.log_ratio_with_spread(x, &theta0, &theta1));
        let score = estimator.as_score().map(|_| estimator.score_with_spread(x, theta));
        let (log_ratio, score) = (log_ratio.transpose()?, score.transpose()?);

        let truth = self.simulator.and_then(|simulator| simulator.truth());
        let truth = truth.as_ref().map(|truth| Interruptible::new(truth, progress));
        let mut quantities = Vec::new();
        if let Some((estimate, spread)) = &log_ratio {
            let exact = truth.as_ref().map(|truth| truth.log_ratio(x, &theta0, &theta1));
            let [theta0, theta1] = [&theta0, &theta1].map(|theta| comma_separated(theta));
            let name = format!("log r(x | {theta0}, {theta1})");
            let spread = spread.as_ref().map(|spread| spread.view());
            quantities.push(QuantitySummary::new(
                name,
                estimate.view(),
                spread,
                exact.transpose()?,
                observations.weights(),
            ));
        }
        if let Some((estimate, spread)) = &score {
            let exact = truth.as_ref().map(|truth| truth.score(x, theta)).transpose()?;
            let components = observations.header().parameters.iter().zip(estimate.axis_iter(Axis(1)));
            quantities.extend(components.enumerate().map(|(k, (parameter, estimate))| {
                let name = format!("score of {parameter} at {}", comma_separated(theta));
                let spread = spread.as_ref().map(|spread| spread.column(k));
                let exact = exact.as_ref().map(|exact| exact.column(k).to_owned());
                QuantitySummary::new(name, estimate, spread, exact, observations.weights())
            }));
        }
        let hypotheses = [("theta0", &theta0), ("theta1", &theta1)].into_iter();
        let warnings = hypotheses.filter_map(|(name, theta)| extrapolated(estimator, self.simulator, name, theta));
        Ok(EvaluationResult {
            method: estimator.name(),
            n_members: estimator.n_members(),
            n_events: observations.n_events(),
            quantities,
            warnings: Warning::of_training(estimator, None)
                .into_iter()
                .chain(warnings)
                .chain(Warning::outside_training(estimator, observations))
                .collect(),
            log_ratio,
            score,
        })
    }

    /// The hypotheses to evaluate: those given, or those of the simulator, or the point at which the score is known.
    fn evaluated_pair(&self, estimator: &dyn Estimator, settings: &EvaluationSettings) -> Result<(Vec<f64>, Vec<f64>)> {
        let default = self.simulator.and_then(|simulator| simulator.hypotheses().ok());
        let parameters = self.parameters()?;
        let hypothesis = |given: &Option<Vec<f64>>, default: Option<Vec<f64>>, name: &str| -> Result<Vec<f64>> {
            let score_point = || estimator.score_point().map(<[f64]>::to_vec);
            let theta = given.clone().or(default).or_else(score_point).ok_or_else(|| {
                Error::usage(format!(
                    "--{name} is missing: the simulator of these events is unknown to this program, or has no default hypotheses"
                ))
            })?;
            check_theta(&theta, &parameters).map(|()| theta)
        };
        let theta0 = hypothesis(&settings.theta0, default.as_ref().map(|h| h.theta0.clone()), "theta0")?;
        let theta1 = hypothesis(&settings.theta1, default.map(|h| h.theta1), "theta1")?;
        if let Some(simulator) = self.simulator {
            let [theta0, theta1] = [theta0.clone(), theta1.clone()];
            Design::Pair { theta0, theta1 }.check(&simulator.parameters())?;
        }
        Ok((theta0, theta1))
    }
}

/// Refuses a denominator for a score, and any hypothesis for a score that is known at one point only.
fn check_request(estimator: &dyn Estimator, settings: &EvaluationSettings) -> Result<()> {
    match (estimator.as_ratio(), estimator.score_point()) {
        (None, Some(point)) if settings.theta0.is_some() || settings.theta1.is_some() => Err(Error::usage(format!(
            "this model estimates the score at {} and no ratio: omit --theta0 and --theta1",
            comma_separated(point)
        ))),
        (None, None) if settings.theta1.is_some() => Err(Error::usage(
            "this model estimates the score at any theta and no ratio: omit --theta1",
        )),
        _ => Ok(()),
    }
}

impl QuantitySummary {
    fn new(
        name: String,
        estimate: ArrayView1<f64>,
        spread: Option<ArrayView1<f64>>,
        exact: Option<Array1<f64>>,
        weights: Option<ArrayView1<f64>>,
    ) -> Self {
        let mean = |values: ArrayView1<f64>| match weights {
            Some(weights) => values.dot(&weights) / weights.sum(),
            None => values.mean().unwrap_or(f64::NAN),
        };
        let mean_square = |values: ArrayView1<f64>| mean(values.mapv(|v| v * v).view());
        let centre = mean(estimate);
        Self {
            name,
            mean: centre,
            standard_deviation: match weights {
                Some(_) => mean_square(estimate.mapv(|v| v - centre).view()).sqrt(),
                None => estimate.std(0.0),
            },
            spread: spread.map(|spread| mean_square(spread).sqrt()),
            mean_square_error: exact.as_ref().map(|exact| mean_square((&estimate - exact).view())),
            mean_square_exact: exact.map(|exact| mean_square(exact.view())),
        }
    }
}
