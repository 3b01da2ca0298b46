//! Processes and bins of a workspace, from the events of a file or of a simulator.

use super::process_builder::{ProcessBuilder, Templates};
use super::{Export, WorkspaceSettings};
use crate::madminer::EventSimulator;
use crate::pyhf::Process;
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Instrumented;
use motherlode_stats::analysis::{Rate, SimulatedSample};

/// Contents of histograms before they are binned.
pub(super) struct Contents {
    pub(super) processes: Vec<Process>,
    /// Values and weights of all events at the reference hypothesis, which determine the bins.
    pub(super) reference: (Vec<f64>, Vec<f64>),
    pub(super) templates: Option<Templates>,
}

impl Export<'_> {
    pub(super) fn contents_of_file(&self, simulator: &EventSimulator) -> Result<Contents> {
        let events = simulator.events();
        let values = self.quantity.values_of_file(events)?;
        let builder = ProcessBuilder {
            setup: simulator.setup(),
            events,
            values: &values,
            luminosity: self.settings.luminosity,
        };
        let (processes, templates) = match self.settings.templates {
            true => {
                let (processes, templates) = builder.templates(&self.reference)?;
                (processes, Some(templates))
            }
            false => {
                let background = self.settings.background.as_deref();
                let processes = builder.signal_and_background(&self.signal, background, &self.reference)?;
                (processes, None)
            }
        };
        let weights = events.weights(&self.reference)?.to_vec();
        Ok(Contents {
            processes,
            reference: (values, weights),
            templates,
        })
    }

    pub(super) fn simulated_contents(&self, simulator: &dyn Instrumented, progress: &dyn Progress) -> Result<Contents> {
        let WorkspaceSettings {
            templates,
            events,
            seed,
            ..
        } = *self.settings;
        if templates {
            return Err(Error::usage(format!(
                "--templates needs a morphing, and {} has none: give an event file of MadMiner with a morphing",
                simulator.label()
            )));
        }
        if events == 0 {
            return Err(Error::usage("--events 0: give at least 1"));
        }
        let process = |name: &str, theta: &[f64], seed: u64| -> Result<Process> {
            let rate = Rate::at(simulator, theta)?.ok_or_else(|| {
                Error::usage(format!(
                    "{} has no cross section, which the expected number of events needs: choose a simulator with a cross section",
                    simulator.label()
                ))
            })?;
            let sample = SimulatedSample::new(simulator, theta, events, seed, progress)?;
            let values = self.quantity.values(sample.x.view())?;
            let each = self.settings.luminosity * rate.value / events as f64;
            let weights = match &sample.weights {
                Some(weights) => weights.iter().map(|weight| weight * each).collect(),
                None => vec![each; values.len()],
            };
            Ok(Process::background(name, values, weights))
        };
        let background = self.settings.background.as_ref().unwrap_or(&self.reference);
        let background = process("background", background, seed)?;
        let signal = process("signal", &self.signal, seed.wrapping_add(1))?.into_signal("mu");
        let reference = (background.values.clone(), background.weights.clone());
        Ok(Contents {
            processes: vec![background, signal],
            reference,
            templates: None,
        })
    }
}
