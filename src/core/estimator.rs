//! Estimators: whatever inference, diagnostics and calibration can ask about θ.

use std::ops::Deref;

use ndarray::{Array1, Array2, ArrayView2};

use crate::certificate::Certificate;
use crate::dataset::Header;
use crate::error::{Error, Result};
use crate::likelihood::{LogLikelihood, LogRatio, Score, Truth};
use crate::parameter_box::ParameterBox;
use crate::posterior::Posterior;

/// An estimate and, for an ensemble, the standard deviation over its members.
pub type WithSpread<A> = (A, Option<A>);

/// Hypotheses that an estimator knows.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Domain {
    /// The estimator does not say.
    #[default]
    Unknown,
    /// All hypotheses, as an exact answer does.
    Everywhere,
    /// A box that the training filled.
    Box(ParameterBox),
    /// Chosen points; in between the estimator interpolates.
    Points {
        /// The box that they span.
        hull: ParameterBox,
        /// Number of points.
        n: usize,
    },
    /// One ratio, of `theta0` to `theta1`, and no other hypothesis.
    Pair {
        /// Numerator, `[p]`.
        theta0: Vec<f64>,
        /// Denominator, `[p]`.
        theta1: Vec<f64>,
    },
}

/// Anything that knows ratios, scores or densities: a trained or imported network, an ensemble, an exact answer, or a type of your own.
///
/// Inference, diagnostics and calibration take a `&dyn Estimator` and cannot tell a network from the truth.
///
/// ```
/// use motherlode_core::estimator::{Domain, Estimator};
/// use motherlode_core::likelihood::LogRatio;
/// use motherlode_core::Result;
/// use ndarray::{Array1, ArrayView2};
///
/// /// A measurement x of θ with the error 1, written by hand.
/// struct Gauss;
///
/// impl LogRatio for Gauss {
///     fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
///         let log = |x: f64, theta: f64| -0.5 * (x - theta).powi(2);
///         Ok(x.column(0).mapv(|x| log(x, theta0[0]) - log(x, theta1[0])))
///     }
/// }
///
/// impl Estimator for Gauss {
///     fn name(&self) -> String { "hand-written Gauss".into() }
///     fn n_parameters(&self) -> usize { 1 }
///     fn domain(&self) -> Domain { Domain::Everywhere }
///     fn as_ratio(&self) -> Option<&dyn LogRatio> { Some(self) }
/// }
///
/// let gauss: &dyn Estimator = &Gauss;
/// assert!(gauss.as_ratio().is_some() && gauss.as_score().is_none() && gauss.trained_in().is_none());
/// ```
pub trait Estimator: Send + Sync {
    /// Name for tables and figures: the method, or the program that trained it.
    fn name(&self) -> String;

    /// Number of parameters p.
    fn n_parameters(&self) -> usize;

    /// Hypotheses that it knows.
    fn domain(&self) -> Domain {
        Domain::Unknown
    }

    /// Log ratios, if it knows them.
    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        None
    }

    /// Scores, if it knows them.
    fn as_score(&self) -> Option<&dyn Score> {
        None
    }

    /// Log likelihoods, if it knows them.
    fn as_density(&self) -> Option<&dyn LogLikelihood> {
        None
    }

    /// Posteriors of single observations, if it knows them.
    fn as_posterior(&self) -> Option<&dyn Posterior> {
        None
    }

    /// The one point at which it knows the score, `[p]`; none if it knows the score anywhere or not at all.
    fn score_point(&self) -> Option<&[f64]> {
        None
    }

    /// The header of the events that it was trained on, or as much of it as is known.
    fn training_events(&self) -> Option<Header> {
        None
    }

    /// Warnings of its training, in words that end with the remedy; whatever uses the estimator repeats them.
    fn training_warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Results of the examination that ended its training, one for each network; none if it was not examined, or has changed since.
    fn certificates(&self) -> Vec<Certificate> {
        Vec::new()
    }

    /// Number of networks: more than one for an ensemble.
    fn n_members(&self) -> usize {
        1
    }

    /// log r̂(x|θ0, θ1), `[n]`, and for an ensemble the standard deviation over its members.
    ///
    /// # Errors
    /// If it does not know ratios, or not this one.
    fn log_ratio_with_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<WithSpread<Array1<f64>>> {
        let unknown = || Error::usage(format!("{} knows no ratios: use an estimator that does", self.name()));
        let ratio = self.as_ratio().ok_or_else(unknown)?;
        Ok((ratio.log_ratio(x, theta0, theta1)?, None))
    }

    /// The score at `theta`, `[n, p]`, and for an ensemble the standard deviation over its members.
    ///
    /// # Errors
    /// If it does not know scores, or not at this point.
    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        let unknown = || Error::usage(format!("{} knows no scores: use an estimator that does", self.name()));
        let score = self.as_score().ok_or_else(unknown)?;
        Ok((score.score(x, theta)?, None))
    }

    /// Checks that the estimator can be evaluated on events with this header.
    ///
    /// # Errors
    /// Says what differs: the simulator, the observables or the parameters.
    fn accepts(&self, events: &Header) -> Result<()> {
        match events.parameters.len() == self.n_parameters() {
            true => Ok(()),
            false => Err(Error::data(format!(
                "the data have {} parameters, and {} knows {}",
                events.parameters.len(),
                self.name(),
                self.n_parameters()
            ))),
        }
    }

    /// The box that the training filled, if there was one.
    fn trained_in(&self) -> Option<ParameterBox> {
        match self.domain() {
            Domain::Box(edges) | Domain::Points { hull: edges, .. } => Some(edges),
            _ => None,
        }
    }
}

/// A reference, a box, or a type that holds one of several estimators, answers as what it points to.
impl<T> Estimator for T
where
    T: Deref<Target: Estimator> + Send + Sync,
{
    fn name(&self) -> String {
        (**self).name()
    }

    fn n_parameters(&self) -> usize {
        (**self).n_parameters()
    }

    fn domain(&self) -> Domain {
        (**self).domain()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        (**self).as_ratio()
    }

    fn as_score(&self) -> Option<&dyn Score> {
        (**self).as_score()
    }

    fn as_density(&self) -> Option<&dyn LogLikelihood> {
        (**self).as_density()
    }

    fn as_posterior(&self) -> Option<&dyn Posterior> {
        (**self).as_posterior()
    }

    fn score_point(&self) -> Option<&[f64]> {
        (**self).score_point()
    }

    fn training_events(&self) -> Option<Header> {
        (**self).training_events()
    }

    fn training_warnings(&self) -> Vec<String> {
        (**self).training_warnings()
    }

    fn certificates(&self) -> Vec<Certificate> {
        (**self).certificates()
    }

    fn n_members(&self) -> usize {
        (**self).n_members()
    }

    fn log_ratio_with_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<WithSpread<Array1<f64>>> {
        (**self).log_ratio_with_spread(x, theta0, theta1)
    }

    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        (**self).score_with_spread(x, theta)
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        (**self).accepts(events)
    }

    fn trained_in(&self) -> Option<ParameterBox> {
        (**self).trained_in()
    }
}

/// An exact answer as an estimator.
impl Estimator for Box<dyn Truth> {
    fn name(&self) -> String {
        format!("exact answer ({})", self.route())
    }

    fn n_parameters(&self) -> usize {
        Truth::n_parameters(&**self)
    }

    fn domain(&self) -> Domain {
        Domain::Everywhere
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        Some(self)
    }

    fn as_density(&self) -> Option<&dyn LogLikelihood> {
        Some(self)
    }
}
