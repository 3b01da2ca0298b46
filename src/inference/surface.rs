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
    prepared: Array1<f64>,
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
                "some events are impossible under some hypotheses of {}: their ln L cannot be interpolated",
                interpolation.space()
            )));
        }
        let at_nodes = Array1::from(at_nodes);
        Ok(Self {
            likelihood: likelihood.clone(),
            prepared: interpolation.prepared(&at_nodes),
            interpolation,
            at_nodes,
        })
    }

    /// ln L(θ).
    ///
    /// # Errors
    /// If the number of expected events is not known there.
    pub fn at(&self, theta: &[f64]) -> Result<f64> {
        Ok(self.interpolation.at(&self.prepared, theta) + self.likelihood.of_the_rest(theta)?)
    }

    /// How far off it is at the worst of some hypotheses, in shares of how far ln L has fallen there where that is more than 1: intervals
    /// do not depend on how unlikely the most unlikely hypotheses are.
    ///
    /// # Errors
    /// If the likelihood fails there.
    pub(super) fn error(&self) -> Result<f64> {
        let nodes = self.interpolation.nodes();
        let mut best = (f64::NEG_INFINITY, nodes.row(0).to_vec());
        for (theta, of_events) in nodes.rows().into_iter().zip(&self.at_nodes) {
            let theta = theta.to_vec();
            let log = of_events + self.likelihood.of_the_rest(&theta)?;
            best = if log > best.0 { (log, theta) } else { best };
        }
        let mut worst = 0.0f64;
        for theta in self.interpolation.judged_around(&best.1) {
            let log = self.likelihood.at(&theta)?;
            let fallen = (best.0 - log).max(1.0);
            worst = worst.max((self.at(&theta)? - log).abs() / fallen);
        }
        Ok(worst)
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
