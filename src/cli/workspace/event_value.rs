//! The number of each event that fills the histograms: an observable, a component of the score, or a log ratio.

use ndarray::ArrayView2;

use super::WorkspaceOptions;
use crate::theta::{Point, theta_text};
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::trace::Instrumented;
use motherlode_hep::madminer::WeightedEvents;
use motherlode_nn::Model;

/// The quantity that fills the histograms, with its name.
pub(super) struct EventValue<'a> {
    pub(super) name: String,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Column(usize),
    Score {
        model: &'a Model,
        component: usize,
        theta: Vec<f64>,
    },
    LogRatio {
        model: &'a Model,
        theta0: Vec<f64>,
        theta1: Vec<f64>,
    },
}

impl<'a> EventValue<'a> {
    /// The quantity that the options name; by default the log ratio of signal and reference, or the only component of the score.
    /// Nuisance parameters are at 0 by default.
    pub(super) fn new(
        simulator: &dyn Instrumented,
        model: Option<&'a Model>,
        options: &WorkspaceOptions,
        [signal, reference]: [&Vec<f64>; 2],
    ) -> Result<Self> {
        let observables: Vec<String> = simulator.observables().into_iter().map(|one| one.name).collect();
        let parameters: Vec<String> = simulator.parameters().into_iter().map(|one| one.name).collect();
        if let Some(name) = &options.observable {
            let column = observables.iter().position(|known| known == name);
            let column = column.ok_or_else(|| {
                Error::usage(format!(
                    "there is no observable `{name}`: choose one of {}",
                    observables.join(", ")
                ))
            })?;
            return Ok(Self {
                name: name.clone(),
                kind: Kind::Column(column),
            });
        }
        let Some(model) = model else {
            return Err(Error::usage(format!(
                "no quantity to fill into histograms: name one with --observable ({}), or give a model",
                observables.join(", ")
            )));
        };
        if options.score.is_none() && model.knows_ratio() {
            let point = |given: &Option<Point>, default: &[f64]| match given {
                Some(point) => point.values(simulator),
                None => Point::Values(default.to_vec()).values(simulator),
            };
            let (theta0, theta1) = (point(&options.theta0, signal)?, point(&options.theta1, reference)?);
            if theta0 == theta1 {
                return Err(Error::usage(format!(
                    "θ0 and θ1 are both {}, so every log ratio is 0: choose another hypothesis with --theta0",
                    theta_text(&theta0)
                )));
            }
            return Ok(Self {
                name: "log_ratio".into(),
                kind: Kind::LogRatio { model, theta0, theta1 },
            });
        }
        if options.theta0.is_some() || options.theta1.is_some() || !model.knows_score() {
            return Err(Error::usage(format!(
                "{} estimates no {}: choose another quantity or another model",
                model.name(),
                if options.score.is_some() { "score" } else { "ratio" }
            )));
        }
        let component = match &options.score {
            Some(name) => parameters.iter().position(|known| known == name),
            None => (parameters.len() == 1).then_some(0),
        };
        let component = component.ok_or_else(|| {
            Error::usage(format!(
                "the score has several components: choose one with --score ({})",
                parameters.join(", ")
            ))
        })?;
        let theta = match model.theta_ref() {
            Some(theta) => theta.to_vec(),
            None => Point::Values(reference.to_vec()).values(simulator)?,
        };
        Ok(Self {
            name: format!("score_{}", parameters[component]),
            kind: Kind::Score {
                model,
                component,
                theta,
            },
        })
    }

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
                model,
                component,
                theta,
            } => model.score(x, theta)?.column(*component).to_vec(),
            Kind::LogRatio { model, theta0, theta1 } => model.log_ratio(x, theta0, theta1)?.to_vec(),
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
