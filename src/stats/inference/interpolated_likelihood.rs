//! The log likelihood of one data set, interpolated by a polynomial.

use ndarray::{Array1, Array2, ArrayView1};

use super::{Interpolation, Likelihood};
use motherlode_core::error::{Error, Result};

/// Largest number of parameters for which the expected number of events is not interpolated.
const MAX_EXACT_RATE: usize = 2;

/// ln L(θ) of one data set with a polynomial for the sum over its events.
///
/// The terms for the number of events and for other measurements are exact. For more than two parameters, where many hypotheses are
/// evaluated, the logarithm of the expected number of events is a polynomial, too.
#[derive(Debug, Clone)]
pub struct InterpolatedLikelihood<'a> {
    likelihood: Likelihood<'a>,
    interpolation: Interpolation,
    at_nodes: Array1<f64>,
    prepared: Array1<f64>,
    log_expected: Option<Array1<f64>>,
}

impl<'a> InterpolatedLikelihood<'a> {
    /// Interpolates a likelihood; its events are evaluated at the nodes of `interpolation` only.
    ///
    /// # Errors
    /// If the likelihood fails there, or an event is impossible.
    pub fn new(likelihood: &Likelihood<'a>, interpolation: Interpolation) -> Result<Self> {
        let nodes = interpolation.nodes();
        let values = nodes
            .rows()
            .into_iter()
            .map(|theta| likelihood.event_term(&theta.to_vec()));
        let at_nodes: Vec<f64> = values.collect::<Result<_>>()?;
        if !at_nodes.iter().all(|value| value.is_finite()) {
            return Err(Error::numerical(format!(
                "ln L cannot be interpolated over {}: some events are impossible under some of its hypotheses",
                interpolation.space()
            )));
        }
        let at_nodes = Array1::from(at_nodes);
        let log_expected = match interpolation.space().dimensions() > MAX_EXACT_RATE {
            true => log_expected(likelihood, &nodes)?,
            false => None,
        };
        Ok(Self {
            log_expected: log_expected.map(|values| interpolation.prepared(&values)),
            likelihood: likelihood.clone(),
            prepared: interpolation.prepared(&at_nodes),
            interpolation,
            at_nodes,
        })
    }

    /// Returns ln L(θ).
    ///
    /// # Errors
    /// If the expected number of events is not known there.
    pub fn at(&self, theta: &[f64]) -> Result<f64> {
        Ok(self.interpolation.at(&self.prepared, theta) + self.rest(theta)?)
    }

    /// The terms for the number of events and for other measurements.
    fn rest(&self, theta: &[f64]) -> Result<f64> {
        match &self.log_expected {
            Some(prepared) => {
                let expected = self.interpolation.at(prepared, theta).exp();
                self.likelihood.other_terms_with(Some(expected), theta)
            }
            None => self.likelihood.other_terms(theta),
        }
    }

    /// Returns the largest error at some test points, divided by the distance of ln L from its maximum where that is above 1: intervals
    /// do not depend on ln L of very unlikely hypotheses.
    ///
    /// # Errors
    /// If the likelihood fails there.
    pub(super) fn error(&self) -> Result<f64> {
        let nodes = self.interpolation.nodes();
        let mut best = (f64::NEG_INFINITY, nodes.row(0).to_vec());
        for (theta, sum) in nodes.rows().into_iter().zip(&self.at_nodes) {
            let theta = theta.to_vec();
            let log = sum + self.rest(&theta)?;
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

    /// The likelihood that was interpolated.
    pub(super) fn likelihood(&self) -> &Likelihood<'a> {
        &self.likelihood
    }

    /// The interpolation.
    pub fn interpolation(&self) -> &Interpolation {
        &self.interpolation
    }
}

/// ln of the expected number of events at the nodes, `[K]`; none if it is not data, or zero at a node.
fn log_expected(likelihood: &Likelihood<'_>, nodes: &Array2<f64>) -> Result<Option<Array1<f64>>> {
    let mut values = Vec::with_capacity(nodes.nrows());
    for theta in nodes.rows() {
        let expected = likelihood.expected(&theta.to_vec())?;
        values.extend(expected.map(f64::ln).filter(|log| log.is_finite()));
    }
    Ok((values.len() == nodes.nrows()).then(|| values.into()))
}
