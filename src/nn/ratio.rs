//! Ratio estimators: log r̂(x|θ0, θ1) for any hypotheses.

use motherlode_core::{Domain, Estimator, Progress};
use ndarray::{Array1, Array2, ArrayView2};

use super::methods::Target;
use super::trained::{Trained, described_by_training};
use super::{Architecture, Method, Provenance, Settings, TrainingData};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use motherlode_core::likelihood::{LogRatio, Score};

/// A network ℓ(x, θ) that has learned ln p(x|θ) − ln p_den(x), with the denominator of its training data.
///
/// The ratio of any two hypotheses is ℓ(x, θ0) − ℓ(x, θ1): the denominator cancels, and so does whatever the network
/// got wrong that does not depend on θ. The ratio of a hypothesis to itself is exactly one. Trained on one pair
/// ([`Design::Pair`]), the network has seen a single θ0, and knows the ratio of that pair only. Trained by
/// [`Method::Derivatives`], it knows the derivatives at the reference point, which is its denominator, and expands around it.
#[derive(Debug)]
pub struct RatioEstimator {
    pub(super) trained: Trained,
}

impl RatioEstimator {
    /// Trains a ratio estimator. `progress` is told the steps done and the steps planned.
    ///
    /// # Errors
    /// If `method` is SALLY, `data` lacks the gold that `method` needs, `settings` make no sense, or training diverges.
    pub fn train<'a>(
        method: Method,
        data: impl Into<TrainingData<'a>>,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let trained = Trained::by(method, &[Target::Ratio, Target::Derivatives], data, settings, progress)?;
        Ok(Self { trained })
    }

    /// How it was trained.
    pub fn provenance(&self) -> &Provenance {
        &self.trained.provenance
    }

    /// The output of the network itself, ℓ(x, θ): shape `[n]`.
    ///
    /// # Errors
    /// If `x` or `theta` do not have the shapes of the training data, or the head is antisymmetric.
    pub fn log_ratio_to_denominator(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        if self.is_antisymmetric() {
            return Err(Error::usage(
                "this estimator takes any two hypotheses, and has no denominator of its own: ask for a log ratio",
            ));
        }
        match &self.trained.network.architecture {
            Architecture::Expansion(expansion) => {
                let derivatives = self.derivatives(x, theta)?;
                Ok(expansion.log_ratio(derivatives.view(), theta))
            }
            _ => self.value(x, &[theta]),
        }
    }

    /// Derivatives that an expansion is made of, `[n, k]`; checks that `theta` is a point to expand to.
    fn derivatives(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        self.trained.network.check(x, &[theta])?;
        self.trained.network.values(x, &[])
    }

    /// ℓ(x, θ) and its gradient with respect to θ, the score, in one pass: shapes `[n]` and `[n, p]`. With an antisymmetric
    /// head, the ratio of θ to itself.
    ///
    /// # Errors
    /// If `x` or `theta` do not have the shapes of the training data.
    pub fn log_ratio_and_score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<(Array1<f64>, Array2<f64>)> {
        match &self.trained.network.architecture {
            Architecture::Antisymmetric { .. } => self.trained.network.values_and_gradients(x, &[theta, theta]),
            Architecture::Expansion(expansion) => {
                let derivatives = self.derivatives(x, theta)?;
                let log_ratio = expansion.log_ratio(derivatives.view(), theta);
                Ok((log_ratio, expansion.score(derivatives.view(), theta)))
            }
            _ => self.trained.network.values_and_gradients(x, &[theta]),
        }
    }

    fn value(&self, x: ArrayView2<f64>, hypotheses: &[&[f64]]) -> Result<Array1<f64>> {
        let values = self.trained.network.values(x, hypotheses)?;
        Ok(values.column(0).to_owned())
    }

    /// Returns true if it has learned the score: a network that has seen a single θ0 without its score has not.
    pub fn knows_score(&self) -> bool {
        self.trained.provenance.method.needs_score()
            || !matches!(self.trained.provenance.data.design, Design::Pair { .. })
    }

    /// Returns true if the output of the network is the ratio to `theta1`: this is the denominator of the training, and no event was
    /// shown with it as θ0, so that ℓ(x, θ1) means nothing and must not be subtracted.
    pub(super) fn is_to_denominator_alone(&self, theta1: &[f64]) -> bool {
        let design = &self.trained.provenance.data.design;
        design.theta1() == Some(theta1) && !design.prior().is_some_and(|prior| prior.contains(theta1))
    }

    pub(super) fn is_antisymmetric(&self) -> bool {
        matches!(self.trained.network.architecture, Architecture::Antisymmetric { .. })
    }
}

impl LogRatio for RatioEstimator {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        if self.is_antisymmetric() {
            return self.value(x, &[theta0, theta1]);
        }
        let design = &self.trained.provenance.data.design;
        // Of a pair the network has seen θ0 only: its ℓ is the ratio, and at any other θ it is arbitrary.
        if let Design::Pair { theta0: a, theta1: b } = design {
            return match [theta0, theta1] {
                [first, second] if first == a && second == b => self.log_ratio_to_denominator(x, a),
                [first, second] if first == b && second == a => Ok(-self.log_ratio_to_denominator(x, a)?),
                [first, second] if first == second && (first == a || first == b) => Ok(Array1::zeros(x.nrows())),
                _ => Err(Error::usage(format!(
                    "this estimator was trained on one pair of hypotheses, {a:?} and {b:?}, and knows no ratio of \
                     {theta0:?} to {theta1:?}: train on events over a prior"
                ))),
            };
        }
        if self.is_to_denominator_alone(theta1) {
            return self.log_ratio_to_denominator(x, theta0);
        }
        Ok(self.log_ratio_to_denominator(x, theta0)? - self.log_ratio_to_denominator(x, theta1)?)
    }
}

impl Score for RatioEstimator {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        if !self.knows_score() {
            return Err(Error::data(format!(
                "this estimator was trained by {} on one pair of hypotheses, and knows no score: train on events over a \
                 prior, or by a method with the score",
                self.trained.provenance.method
            )));
        }
        Ok(self.log_ratio_and_score(x, theta)?.1)
    }
}

impl Estimator for RatioEstimator {
    described_by_training!();

    fn domain(&self) -> Domain {
        match self.is_antisymmetric() {
            false => self.provenance().data.design.domain(self.n_parameters()),
            true => self.trained.domain(),
        }
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        self.knows_score().then_some(self)
    }
}
