//! ln L of one data set as a polynomial.

use ndarray::{Array1, ArrayView1};

use super::{Interpolation, Likelihood};
use crate::error::{Error, Result};

/// ln L(θ) of one data set: of its events a polynomial, of its number of events and of other measurements what they are.
#[derive(Debug, Clone)]
pub struct Surface<'a> {
    likelihood: Likelihood<'a>,
    interpolation: Interpolation,
    at_nodes: Array1<f64>,
}

impl<'a> Surface<'a> {
    /// Of a likelihood, whose events are looked at for the nodes of `interpolation` only.
    ///
    /// # Errors
    /// If it fails there, or an event is impossible.
    pub fn new(likelihood: &Likelihood<'a>, interpolation: Interpolation) -> Result<Self> {
        let nodes = interpolation.nodes();
        let values = nodes
            .rows()
            .into_iter()
            .map(|theta| likelihood.of_events(&theta.to_vec()));
        let at_nodes: Vec<f64> = values.collect::<Result<_>>()?;
        if !at_nodes.iter().all(|value| value.is_finite()) {
            return Err(Error::usage(format!(
                "some events are impossible under some hypotheses of {:?}: their ln L cannot be interpolated",
                interpolation.space().edges()
            )));
        }
        Ok(Self {
            likelihood: likelihood.clone(),
            interpolation,
            at_nodes: at_nodes.into(),
        })
    }

    /// ln L(θ).
    ///
    /// # Errors
    /// If the number of expected events is not known there.
    pub fn at(&self, theta: &[f64]) -> Result<f64> {
        Ok(self.interpolation.weights(theta).dot(&self.at_nodes) + self.likelihood.of_the_rest(theta)?)
    }

    /// ln L of the events at the nodes, `[K]`.
    pub fn at_nodes(&self) -> ArrayView1<'_, f64> {
        self.at_nodes.view()
    }

    /// The interpolation.
    pub fn interpolation(&self) -> &Interpolation {
        &self.interpolation
    }
}
