//! Events with their own hypothesis and those of others, for NRE, CNRE and BNRE.

use rand::RngExt;

use super::row_source::EventBlock;
use super::{RowSource, RowSources, Rows};
use crate::{Architecture, Method, Scaling};
use motherlode_core::Progress;
use motherlode_core::error::Result;
use motherlode_core::trace::Stream;

/// Events drawn from their own θ ~ π, shown with it and with the θ of other events, drawn afresh each time.
///
/// The first row of an event is a draw from p(x|θ) π(θ), the others are draws from p(x) π(θ).
#[derive(Debug)]
pub(crate) struct ContrastedHypotheses<'a> {
    own: Rows,
    per_event: usize,
    method: Method,
    scaling: &'a Scaling,
    architecture: &'a Architecture,
}

impl<'a> ContrastedHypotheses<'a> {
    /// No events yet; each is to be shown with one hypothesis less of others than the settings say.
    pub(crate) fn new(parts: &RowSources<'a>) -> Self {
        Self {
            own: Rows {
                per_event: 1,
                ..Rows::default()
            },
            per_event: parts.settings.hypotheses.unwrap_or(1).max(2),
            method: parts.method,
            scaling: parts.scaling,
            architecture: parts.architecture,
        }
    }

    fn inputs(&self, event: usize) -> &[f32] {
        &self.own.inputs[event * self.own.n_inputs..(event + 1) * self.own.n_inputs]
    }
}

impl RowSource for ContrastedHypotheses<'_> {
    /// Takes in those of the events that were drawn from θ0.
    fn take(&mut self, block: &EventBlock, progress: &dyn Progress) -> Result<()> {
        let rows = Rows::stored(&block.data, self.method, self.scaling, self.architecture, progress)?;
        let from_numerator = |&event: &u32| rows.numerator[event as usize] != 0.0;
        let events: Vec<u32> = (0..rows.n_events() as u32).filter(from_numerator).collect();
        self.own.append(rows.gather(&events));
        Ok(())
    }

    fn n_events(&self) -> usize {
        self.own.n_events()
    }

    fn per_event(&self) -> usize {
        self.per_event
    }

    fn rows(&self, events: &[u32], rng: &mut Stream) -> Result<Rows> {
        let (n, k) = (self.own.n_events(), self.per_event as f32);
        let m = self.own.n_inputs - self.own.n_parameters;
        let mut rows = Rows {
            per_event: self.per_event,
            n_inputs: self.own.n_inputs,
            n_parameters: self.own.n_parameters,
            ..Rows::default()
        };
        for &event in events {
            let own = self.inputs(event as usize);
            // An event of the numerator has the weight 2 of its class, times its own.
            let weight = 0.5 * self.own.numerator[event as usize];
            rows.inputs.extend_from_slice(own);
            rows.numerator.push(weight * k);
            rows.denominator.push(0.0);
            for _ in 1..self.per_event {
                rows.inputs.extend_from_slice(&own[..m]);
                rows.inputs.extend_from_slice(&self.inputs(rng.random_range(0..n))[m..]);
                rows.numerator.push(0.0);
                rows.denominator.push(weight * k / (k - 1.0));
            }
        }
        Ok(rows)
    }
}
