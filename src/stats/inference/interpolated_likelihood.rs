//! ln L of one data set as a polynomial.

use ndarray::{Array1, Array2, ArrayView1};

use super::{Interpolation, Likelihood};
use motherlode_core::error::{Error, Result};

/// Parameters up to which the number of expected events is asked for every time.
const FEW: usize = 2;

/// ln L(θ) of one data set: of its events a polynomial, of its number of events and of other measurements what they are; of many
/// parameters, for which a great many hypotheses are asked about, the logarithm of the number of expected events is a polynomial, too.
#[derive(Debug, Clone)]
pub struct InterpolatedLikelihood<'a> {
    likelihood: Likelihood<'a>,
    interpolation: Interpolation,
    at_nodes: Array1<f64>,
    prepared: Array1<f64>,
    log_expected: Option<Array1<f64>>,
}

impl<'a> InterpolatedLikelihood<'a> {
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
        let log_expected = match interpolation.space().dimensions() > FEW {
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

    /// ln L(θ).
    ///
    /// # Errors
    /// If the number of expected events is not known there.
    pub fn at(&self, theta: &[f64]) -> Result<f64> {
        Ok(self.interpolation.at(&self.prepared, theta) + self.rest(theta)?)
    }

    /// What comes from the number of events and from other measurements.
    fn rest(&self, theta: &[f64]) -> Result<f64> {
        match &self.log_expected {
            Some(prepared) => {
                let expected = self.interpolation.at(prepared, theta).exp();
                self.likelihood.other_terms_with(Some(expected), theta)
            }
            None => self.likelihood.other_terms(theta),
        }
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
            let log = of_events + self.rest(&theta)?;
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

    /// The likelihood that it is of.
    pub(super) fn likelihood(&self) -> &Likelihood<'a> {
        &self.likelihood
    }

    /// The interpolation.
    pub fn interpolation(&self) -> &Interpolation {
        &self.interpolation
    }
}

/// At the nodes, `[K]`, where it is data and events are expected at all of them.
fn log_expected(likelihood: &Likelihood<'_>, nodes: &Array2<f64>) -> Result<Option<Array1<f64>>> {
    let mut values = Vec::with_capacity(nodes.nrows());
    for theta in nodes.rows() {
        let expected = likelihood.expected(&theta.to_vec())?;
        values.extend(expected.map(f64::ln).filter(|log| log.is_finite()));
    }
    Ok((values.len() == nodes.nrows()).then(|| values.into()))
}
