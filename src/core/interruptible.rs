//! Evaluations of many events that can be stopped in between.

use ndarray::{Array, Array1, Array2, ArrayView2, Axis, Dimension, RemoveAxis, concatenate};

use crate::certificate::Certificate;
use crate::dataset::Header;
use crate::error::{Error, Result};
use crate::estimator::{Domain, Estimator, WithSpread};
use crate::likelihood::{LogLikelihood, LogRatio, Score};
use crate::parameter_box::ParameterBox;
use crate::posterior::Posterior;
use crate::progress::Progress;

/// The most events that are evaluated at once,
const MOST_EVENTS: usize = 4_096;
/// the fewest,
const FEWEST_EVENTS: usize = 64;
/// and the numbers in them, in between.
const NUMBERS: usize = 1 << 17;

/// An estimator that asks a progress between portions of the events, and stops with it.
///
/// ```
/// use motherlode_core::interruptible::Interruptible;
/// use motherlode_core::{ErrorKind, Estimator, Progress};
/// # use motherlode_core::likelihood::LogRatio;
/// # use ndarray::{Array1, Array2, ArrayView2};
/// # struct Gauss;
/// # impl LogRatio for Gauss {
/// #     fn log_ratio(&self, x: ArrayView2<f64>, _: &[f64], _: &[f64]) -> motherlode_core::Result<Array1<f64>> {
/// #         Ok(x.column(0).to_owned())
/// #     }
/// # }
/// # impl Estimator for Gauss {
/// #     fn name(&self) -> String { "Gauss".into() }
/// #     fn n_parameters(&self) -> usize { 1 }
/// #     fn as_ratio(&self) -> Option<&dyn LogRatio> { Some(self) }
/// # }
/// struct Stopped;
///
/// impl Progress for Stopped {
///     fn is_stopped(&self) -> bool { true }
/// }
///
/// let x = Array2::zeros((100_000, 1));
/// let [going, stopped] = [&() as &dyn Progress, &Stopped].map(|progress| {
///     let estimator = Interruptible::new(&Gauss, progress);
///     estimator.as_ratio().unwrap().log_ratio(x.view(), &[1.0], &[0.0])
/// });
/// assert_eq!(going.unwrap().len(), 100_000);
/// assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
/// ```
#[derive(Clone, Copy)]
pub struct Interruptible<'a> {
    estimator: &'a dyn Estimator,
    progress: &'a dyn Progress,
}

impl std::fmt::Debug for Interruptible<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Interruptible").field(&self.estimator.name()).finish()
    }
}

impl<'a> Interruptible<'a> {
    /// Wraps `estimator` so that `progress` can stop its evaluations.
    pub fn new(estimator: &'a dyn Estimator, progress: &'a dyn Progress) -> Self {
        Self { estimator, progress }
    }

    /// Evaluates portions of `x` and joins the results, which have a row for each event.
    fn in_portions<D: Dimension + RemoveAxis>(
        &self,
        x: ArrayView2<f64>,
        evaluate: impl Fn(ArrayView2<f64>) -> Result<Array<f64, D>>,
    ) -> Result<Array<f64, D>> {
        let n_events = (NUMBERS / x.ncols().max(1)).clamp(FEWEST_EVENTS, MOST_EVENTS);
        if x.nrows() <= n_events {
            self.progress.check()?;
            return evaluate(x);
        }
        let portions = x.axis_chunks_iter(Axis(0), n_events).map(|portion| {
            self.progress.check()?;
            evaluate(portion)
        });
        join(portions.collect::<Result<_>>()?)
    }

    /// As [`in_portions`](Self::in_portions), for estimates with their spreads.
    fn with_spread_in_portions<D: Dimension + RemoveAxis>(
        &self,
        x: ArrayView2<f64>,
        evaluate: impl Fn(ArrayView2<f64>) -> Result<WithSpread<Array<f64, D>>>,
    ) -> Result<WithSpread<Array<f64, D>>> {
        let spreads = std::cell::RefCell::new(Vec::new());
        let estimates = self.in_portions(x, |portion| {
            let (estimate, spread) = evaluate(portion)?;
            spreads.borrow_mut().push(spread);
            Ok(estimate)
        })?;
        let spreads: Option<Vec<_>> = spreads.into_inner().into_iter().collect();
        Ok((estimates, spreads.map(join).transpose()?))
    }
}

/// Puts portions one below the other.
fn join<D: Dimension + RemoveAxis>(portions: Vec<Array<f64, D>>) -> Result<Array<f64, D>> {
    let views: Vec<_> = portions.iter().map(|portion| portion.view()).collect();
    concatenate(Axis(0), &views).map_err(|error| {
        Error::numerical(format!(
            "the estimates of portions of the events do not fit together: {error}"
        ))
    })
}

impl LogRatio for Interruptible<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let unknown = || Error::usage(format!("{} knows no ratios: use an estimator that does", self.name()));
        let ratio = self.estimator.as_ratio().ok_or_else(unknown)?;
        self.in_portions(x, |portion| ratio.log_ratio(portion, theta0, theta1))
    }
}

impl Score for Interruptible<'_> {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        let unknown = || Error::usage(format!("{} knows no scores: use an estimator that does", self.name()));
        let score = self.estimator.as_score().ok_or_else(unknown)?;
        self.in_portions(x, |portion| score.score(portion, theta))
    }
}

impl Estimator for Interruptible<'_> {
    fn name(&self) -> String {
        self.estimator.name()
    }

    fn n_parameters(&self) -> usize {
        self.estimator.n_parameters()
    }

    fn domain(&self) -> Domain {
        self.estimator.domain()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        self.estimator.as_ratio().map(|_| self as &dyn LogRatio)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        self.estimator.as_score().map(|_| self as &dyn Score)
    }

    fn as_density(&self) -> Option<&dyn LogLikelihood> {
        self.estimator.as_density()
    }

    fn as_posterior(&self) -> Option<&dyn Posterior> {
        self.estimator.as_posterior()
    }

    fn score_point(&self) -> Option<&[f64]> {
        self.estimator.score_point()
    }

    fn training_events(&self) -> Option<Header> {
        self.estimator.training_events()
    }

    fn training_warnings(&self) -> Vec<String> {
        self.estimator.training_warnings()
    }

    fn certificates(&self) -> Vec<Certificate> {
        self.estimator.certificates()
    }

    fn n_members(&self) -> usize {
        self.estimator.n_members()
    }

    fn log_ratio_with_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<WithSpread<Array1<f64>>> {
        self.with_spread_in_portions(x, |portion| {
            self.estimator.log_ratio_with_spread(portion, theta0, theta1)
        })
    }

    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        self.with_spread_in_portions(x, |portion| self.estimator.score_with_spread(portion, theta))
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        self.estimator.accepts(events)
    }

    fn trained_in(&self) -> Option<ParameterBox> {
        self.estimator.trained_in()
    }
}
