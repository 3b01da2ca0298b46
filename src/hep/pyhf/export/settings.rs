//! Settings of an exported workspace.

use super::Quantity;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact;

/// Settings of [`EventSource::workspace`](super::EventSource::workspace); hypotheses leave out nuisance parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkspaceSettings {
    /// Luminosity, in inverse units of the cross section.
    pub luminosity: f64,
    /// The quantity that fills the histograms; the log ratio of signal and reference, or the only component of the score, if absent.
    pub quantity: Option<Quantity>,
    /// Hypothesis of the signal, which `mu` scales, `[p]`; the simulator's θ0 if absent.
    pub signal: Option<Vec<f64>>,
    /// Hypothesis at which all events are background, `[p]`; if absent, the background events of the file or, without such, all events
    /// at the reference hypothesis.
    pub background: Option<Vec<f64>>,
    /// Writes a sample with a free factor for each basis point of the morphing, instead of signal and background.
    pub templates: bool,
    /// Hypothesis of the bins and of the expected data of templates, `[p]`; the simulator's θ1 if absent.
    pub reference: Option<Vec<f64>>,
    /// Number of bins, equally probable at the reference hypothesis.
    pub bins: usize,
    /// Edges of the bins instead; the outer ones may be infinite.
    pub edges: Option<Vec<f64>>,
    /// Signal strength in the expected data.
    pub inject: f64,
    /// Number of events to simulate at each hypothesis.
    pub events: u64,
    /// Seed of the simulated events.
    pub seed: u64,
}

impl WorkspaceSettings {
    /// Creates settings with defaults: 10 bins, no signal in the expected data, 20 000 events with seed 0 at each hypothesis.
    pub fn new(luminosity: f64) -> Self {
        Self {
            luminosity,
            quantity: None,
            signal: None,
            background: None,
            templates: false,
            reference: None,
            bins: 10,
            edges: None,
            inject: 0.0,
            events: 20_000,
            seed: 0,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let Self { luminosity, inject, .. } = self;
        if !(*luminosity > 0.0 && luminosity.is_finite()) {
            return Err(Error::usage(format!(
                "--luminosity {luminosity}: give a number above 0, in inverse units of the simulator's cross section",
                luminosity = exact(*luminosity)
            )));
        }
        if !inject.is_finite() {
            return Err(Error::usage(format!("--inject {inject}: give a finite number")));
        }
        Ok(())
    }
}
