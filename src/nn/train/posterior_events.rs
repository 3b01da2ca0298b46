//! Events with hypotheses of the posterior, for NPE and ANPE.

use std::sync::OnceLock;

use rand::RngExt;
use rayon::prelude::*;

use super::row_source::EventBlock;
use super::{RowSource, RowSources, Rows};
use crate::posterior::PosteriorConfig;
use crate::{Architecture, Scaling, Settings};
use motherlode_core::Progress;
use motherlode_core::dataset::{AugmentedData, Memories};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::GibbsAugmentation;
use motherlode_core::trace::{Stream, stream};

/// Hypotheses that stand for the posterior given the path of an event.
pub(super) const HYPOTHESES: usize = 32;
/// Stream number of the hypotheses of an event.
const AUGMENTED: u64 = 1 << 12;
/// Events between two questions whether to stop.
const EVENTS_AT_ONCE: usize = 4_096;

/// Events that were drawn from the prior, each with its hypothesis, or with several drawn given its path.
#[derive(Debug)]
pub(crate) struct PosteriorEvents<'a> {
    augmentation: Option<&'a GibbsAugmentation<'a>>,
    config: &'a PosteriorConfig,
    scaling: &'a Scaling,
    architecture: &'a Architecture,
    /// Observations as the network takes them, `[n, features]`.
    features: Vec<f32>,
    events: Vec<OneEvent>,
    /// The paths of events whose hypotheses are not known yet.
    memories: Memories,
    seed: u64,
    per_event: usize,
    settings: &'a Settings,
}

/// One event.
#[derive(Debug)]
struct OneEvent {
    theta: Vec<f64>,
    weight: f32,
    /// Residuals of the hypotheses, `[hypotheses × d]`, once they are known.
    residuals: OnceLock<Vec<f32>>,
}

impl<'a> PosteriorEvents<'a> {
    /// No events yet.
    pub(crate) fn new(config: &'a PosteriorConfig, parts: &RowSources<'a>) -> Self {
        Self {
            augmentation: parts.augmentation,
            config,
            scaling: parts.scaling,
            architecture: parts.architecture,
            features: vec![],
            events: vec![],
            memories: Memories::default(),
            seed: 0,
            per_event: parts.settings.hypotheses.unwrap_or(1),
            settings: parts.settings,
        }
    }

    fn features(&self, event: usize) -> &[f32] {
        let m = self.config.features;
        &self.features[event * m..(event + 1) * m]
    }

    /// The hypotheses of an event.
    fn residuals(&self, event: usize) -> Result<&[f32]> {
        let known = &self.events[event].residuals;
        if let Some(residuals) = known.get() {
            return Ok(residuals);
        }
        let found = self.drawn(event)?;
        Ok(known.get_or_init(|| found))
    }

    fn drawn(&self, event: usize) -> Result<Vec<f32>> {
        let (theta, features) = (&self.events[event].theta, self.features(event));
        let mut residuals = Vec::new();
        let Some(augmentation) = self.augmentation else {
            self.config.push_theta(theta, features, &mut residuals);
            return Ok(residuals);
        };
        let memory = self.memories.event(event);
        let mut rng = stream(self.seed, event as u64, AUGMENTED);
        for v in augmentation.chain(theta, memory, HYPOTHESES, self.config.dimensions(), &mut rng)? {
            self.config.push_coordinates(&v, features, &mut residuals);
        }
        Ok(residuals)
    }
}

/// The error of events of which none was drawn from the prior.
pub(crate) fn none_of_prior() -> Error {
    Error::data("none of these events was drawn from the prior: mine with --joint, which draws all of them from it")
}

/// The events that were drawn from the prior: those of the numerator.
pub(crate) fn drawn_from_prior(data: &AugmentedData) -> Vec<usize> {
    (0..data.n_events()).filter(|&event| data.y[event] != 1.0).collect()
}

impl RowSource for PosteriorEvents<'_> {
    fn take(&mut self, block: &EventBlock, progress: &dyn Progress) -> Result<()> {
        let data = &block.data;
        if self.events.is_empty() {
            self.seed = block.seed(self.settings.seed);
        }
        for (at, event) in drawn_from_prior(data).into_iter().enumerate() {
            if at.is_multiple_of(EVENTS_AT_ONCE) {
                progress.check()?;
            }
            self.architecture
                .push_x(data.x.row(event), self.scaling, &mut self.features);
            self.events.push(OneEvent {
                theta: data.theta0.row(event).to_vec(),
                weight: data.weight(event) as f32,
                residuals: OnceLock::new(),
            });
            if self.augmentation.is_some() {
                self.memories
                    .push(data.remembered("hypotheses given their paths")?.event(event));
            }
        }
        match self.events.is_empty() {
            true => Err(none_of_prior()),
            false => Ok(()),
        }
    }

    fn prepare(&self, events: &[u32], progress: &dyn Progress) -> Result<()> {
        events.par_iter().try_for_each(|event| {
            progress.check()?;
            self.residuals(*event as usize).map(|_| ())
        })
    }

    fn n_events(&self) -> usize {
        self.events.len()
    }

    fn per_event(&self) -> usize {
        self.per_event
    }

    fn rows(&self, events: &[u32], rng: &mut Stream) -> Result<Rows> {
        let d = self.config.dimensions();
        let mut rows = Rows {
            n_inputs: self.config.features + d,
            n_parameters: d,
            per_event: self.per_event,
            ..Rows::default()
        };
        for event in events.iter().map(|&event| event as usize) {
            let residuals = self.residuals(event)?;
            for _ in 0..self.per_event {
                let one = rng.random_range(0..residuals.len() / d);
                rows.inputs.extend_from_slice(self.features(event));
                rows.inputs.extend_from_slice(&residuals[one * d..(one + 1) * d]);
                rows.numerator.push(self.events[event].weight);
                rows.denominator.push(0.0);
            }
        }
        Ok(rows)
    }
}
