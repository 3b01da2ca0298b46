//! The number of each event that fills histograms: an observable, a component of the score, or a log ratio.

use ndarray::ArrayView2;

use crate::madminer::WeightedEvents;
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::comma_separated;
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::names::nearest;
use motherlode_core::trace::Instrumented;
use motherlode_stats::analysis::full_theta;

/// A quantity that fills histograms.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// An observable, by its name.
    Observable(String),
    /// The estimated score for a parameter, by its name.
    Score(String),
    /// The estimated log ratio of two hypotheses, `[p]`; omitted nuisance parameters are at the means of their constraints.
    LogRatio {
        /// Numerator; the signal hypothesis if absent.
        theta0: Option<Vec<f64>>,
        /// Denominator; the reference hypothesis if absent.
        theta1: Option<Vec<f64>>,
    },
}

/// A quantity of a simulator's events, with its name.
pub(super) struct EventQuantity<'a> {
    pub(super) name: String,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Column(usize),
    Score {
        score: &'a dyn Score,
        component: usize,
        theta: Vec<f64>,
    },
    LogRatio {
        ratio: &'a dyn LogRatio,
        theta0: Vec<f64>,
        theta1: Vec<f64>,
    },
}

/// Inputs that a quantity is found in.
pub(super) struct QuantityInputs<'e, 'a> {
    pub(super) estimator: Option<&'e dyn Estimator>,
    pub(super) simulator: &'a dyn Instrumented,
    pub(super) signal: &'a [f64],
    pub(super) reference: &'a [f64],
}

impl<'e> QuantityInputs<'e, '_> {
    /// Finds a quantity; by default the log ratio of signal and reference, or the only component of the score.
    pub(super) fn find(&self, quantity: Option<&Quantity>) -> Result<EventQuantity<'e>> {
        if let Some(Quantity::Observable(name)) = quantity {
            return self.observable(name);
        }
        let estimator = self.estimator.ok_or_else(|| {
            Error::usage(format!(
                "no quantity to fill into histograms: name one with --observable ({}), or give a model",
                self.simulator.observable_names().join(", ")
            ))
        })?;
        match quantity {
            Some(Quantity::LogRatio { theta0, theta1 }) => {
                self.log_ratio(estimator, theta0.as_deref(), theta1.as_deref())
            }
            None if estimator.as_ratio().is_some() => self.log_ratio(estimator, None, None),
            Some(Quantity::Score(parameter)) => self.score(estimator, Some(parameter)),
            _ => self.score(estimator, None),
        }
    }

    fn observable(&self, name: &str) -> Result<EventQuantity<'e>> {
        let observables = self.simulator.observable_names();
        let column = observables.iter().position(|known| known == name).ok_or_else(|| {
            Error::usage(format!(
                "there is no observable `{name}`{}: choose one of {}",
                nearest(name, &observables),
                observables.join(", ")
            ))
        })?;
        Ok(EventQuantity {
            name: name.to_owned(),
            kind: Kind::Column(column),
        })
    }

    fn log_ratio(
        &self,
        estimator: &'e dyn Estimator,
        theta0: Option<&[f64]>,
        theta1: Option<&[f64]>,
    ) -> Result<EventQuantity<'e>> {
        let ratio = estimator.as_ratio().ok_or_else(|| unknown(estimator, "ratio"))?;
        let theta0 = self.with_nuisances(theta0.unwrap_or(self.signal))?;
        let theta1 = self.with_nuisances(theta1.unwrap_or(self.reference))?;
        if theta0 == theta1 {
            return Err(Error::usage(format!(
                "θ0 and θ1 are both {}, so every log ratio is 0: choose another hypothesis with --theta0",
                comma_separated(&theta0)
            )));
        }
        Ok(EventQuantity {
            name: "log_ratio".into(),
            kind: Kind::LogRatio { ratio, theta0, theta1 },
        })
    }

    fn score(&self, estimator: &'e dyn Estimator, parameter: Option<&str>) -> Result<EventQuantity<'e>> {
        let missing = if parameter.is_some() { "score" } else { "ratio" };
        let score = estimator.as_score().ok_or_else(|| unknown(estimator, missing))?;
        let parameters = self.simulator.parameter_names();
        let component = match parameter {
            Some(name) => parameters.iter().position(|known| known == name),
            None => (parameters.len() == 1).then_some(0),
        };
        let component = component.ok_or_else(|| {
            Error::usage(format!(
                "the score has several components: choose one with --score ({})",
                parameters.join(", ")
            ))
        })?;
        let theta = match estimator.score_point() {
            Some(theta) => theta.to_vec(),
            None => self.with_nuisances(self.reference)?,
        };
        Ok(EventQuantity {
            name: format!("score_{}", parameters[component]),
            kind: Kind::Score {
                score,
                component,
                theta,
            },
        })
    }

    /// Adds the means of the nuisance parameters to values of the others.
    fn with_nuisances(&self, theta: &[f64]) -> Result<Vec<f64>> {
        full_theta(theta, &self.simulator.parameters())
    }
}

fn unknown(estimator: &dyn Estimator, quantity: &str) -> Error {
    Error::usage(format!(
        "{} estimates no {quantity}: choose another quantity or another model",
        estimator.name()
    ))
}

impl EventQuantity<'_> {
    /// Values of observations, `[n]`.
    pub(super) fn values(&self, x: ArrayView2<f64>) -> Result<Vec<f64>> {
        self.checked(self.computed(x)?)
    }

    /// Values of the events of a file, `[n]`.
    pub(super) fn values_of_file(&self, events: &WeightedEvents) -> Result<Vec<f64>> {
        let mut values = Vec::with_capacity(events.len());
        for x in events.blocks_of_x() {
            values.extend(self.computed(x?.view())?);
        }
        self.checked(values)
    }

    fn computed(&self, x: ArrayView2<f64>) -> Result<Vec<f64>> {
        Ok(match &self.kind {
            Kind::Column(column) => x.column(*column).to_vec(),
            Kind::Score {
                score,
                component,
                theta,
            } => score.score(x, theta)?.column(*component).to_vec(),
            Kind::LogRatio { ratio, theta0, theta1 } => ratio.log_ratio(x, theta0, theta1)?.to_vec(),
        })
    }

    fn checked(&self, values: Vec<f64>) -> Result<Vec<f64>> {
        match values.iter().position(|value| value.is_nan()) {
            Some(event) => Err(Error::data(format!(
                "{} of event {event} is not a number: correct or remove this event",
                self.name
            ))),
            None => Ok(values),
        }
    }
}
