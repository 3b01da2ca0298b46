//! Processes of a workspace, from the events of a file or from simulated events.

use std::path::Path;

use serde_json::json;

use super::WorkspaceOptions;
use super::event_value::EventValue;
use crate::SimulatorSource;
use crate::console::Console;
use crate::observed::read_observations;
use crate::theta::Point;
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Miner};
use motherlode_core::trace::Instrumented;
use motherlode_hep::madminer::{EventReader, EventSimulator};
use motherlode_hep::pyhf::{Blueprint, Process, ProcessBuilder, Templates};
use motherlode_nn::Model;
use motherlode_stats::analysis::{Rate, simulated_events};

/// Events simulated at each hypothesis by default.
const DEFAULT_EVENTS: u64 = 20_000;

/// Values and weights of events.
type WeightedValues = (Vec<f64>, Vec<f64>);

/// Processes to fill into histograms.
pub(super) struct HistogramContents {
    pub(super) blueprint: Blueprint,
    /// All events at the reference hypothesis, which determine the bins.
    pub(super) reference: WeightedValues,
    pub(super) templates: Option<Templates>,
}

/// Checked options of a workspace, with defaults filled in.
pub(super) struct WorkspaceInputs<'a> {
    pub(super) simulator: &'a dyn Instrumented,
    pub(super) options: &'a WorkspaceOptions,
    pub(super) luminosity: f64,
    pub(super) signal: Vec<f64>,
    pub(super) reference: Vec<f64>,
    pub(super) background: Option<Vec<f64>>,
    pub(super) event_value: EventValue<'a>,
}

impl<'a> WorkspaceInputs<'a> {
    /// Checks the options and fills in the defaults.
    pub(super) fn new(
        source: &'a SimulatorSource<'_>,
        model: Option<&'a Model>,
        options: &'a WorkspaceOptions,
    ) -> Result<Self> {
        let simulator: &dyn Instrumented = &**source;
        let luminosity = options.luminosity.unwrap_or(f64::NAN);
        if !(luminosity > 0.0 && luminosity.is_finite()) {
            return Err(Error::usage(format!(
                "--luminosity {luminosity}: give a number above 0, in inverse units of the simulator's cross section"
            )));
        }
        // The last parameters of an event file are nuisance parameters, which hypotheses of a workspace do not have.
        let all = simulator.parameters().len();
        let p = match source {
            SimulatorSource::EventFile(simulator) => all - simulator.events().n_nuisances(),
            SimulatorSource::Registered(_) => all,
        };
        let hypotheses = simulator.hypotheses()?;
        let theta = |given: &Option<Point>, default: &[f64]| match given {
            Some(point) => point.theory_values(simulator, p),
            None => Ok(default[..p].to_vec()),
        };
        let (signal, reference) = (
            theta(&options.signal, &hypotheses.theta0)?,
            theta(&options.reference, &hypotheses.theta1)?,
        );
        let given = options.background.is_some();
        let background = given
            .then(|| theta(&options.background, &hypotheses.theta1))
            .transpose()?;
        if let Some(model) = model {
            let design = Design::Reference {
                theta: hypotheses.theta1.clone(),
            };
            model.accepts(&Miner::new(simulator, design, 0)?.header())?;
        }
        let event_value = EventValue::new(simulator, model, options, [&signal, &reference])?;
        Ok(Self {
            simulator,
            options,
            luminosity,
            signal,
            reference,
            background,
            event_value,
        })
    }

    /// Processes from the events of an event file.
    pub(super) fn contents_from_file(&self, simulator: &EventSimulator) -> Result<HistogramContents> {
        let file = EventReader::open(Path::new(Instrumented::name(simulator)))?;
        let events = simulator.events();
        let values = self.event_value.values_of_file(events)?;
        let builder = ProcessBuilder {
            setup: file.setup(),
            events,
            values: &values,
            luminosity: self.luminosity,
        };
        let templates = self
            .options
            .templates
            .then(|| builder.templates(&self.reference))
            .transpose()?;
        let processes = match &templates {
            Some(templates) => templates.processes.clone(),
            None => {
                let has_background = events.has_background();
                let background = self.background.as_deref();
                let background = background.or((!has_background).then_some(self.reference.as_slice()));
                builder.signal_and_background(&self.signal, background)?
            }
        };
        let weights = events.weights(&self.reference)?;
        let reference = (values.clone(), weights.to_vec());
        Ok(HistogramContents {
            blueprint: self.blueprint(processes, templates.as_ref())?,
            reference,
            templates,
        })
    }

    /// Processes from simulated events.
    pub(super) fn contents_from_simulator(
        &self,
        simulator: &dyn Instrumented,
        console: &Console,
    ) -> Result<HistogramContents> {
        if self.options.templates {
            return Err(Error::usage(format!(
                "--templates needs a morphing, and {} has none: give an event file of MadMiner with a morphing",
                simulator.label()
            )));
        }
        let n = self.options.events.unwrap_or(DEFAULT_EVENTS);
        if n == 0 {
            return Err(Error::usage("--events 0: give at least 1"));
        }
        let seed = self.options.seed.unwrap_or(0);
        let process = |name: &str, theta: &[f64], seed: u64| -> Result<Process> {
            let rate = Rate::at(simulator, theta)?.ok_or_else(|| {
                Error::usage(format!(
                    "{} has no cross section, which the expected number of events needs: choose a simulator with a cross section",
                    simulator.label()
                ))
            })?;
            let values = self.event_value.values(
                simulated_events(simulator, theta, n, seed, &console.progress("events"))?
                    .0
                    .view(),
            )?;
            Ok(Process {
                name: name.into(),
                weights: vec![self.luminosity * rate.value / n as f64; values.len()],
                values,
                systematics: Vec::new(),
                factor: None,
                without_signal: 1.0,
                in_data: 1.0,
            })
        };
        let background = self.background.as_ref().unwrap_or(&self.reference);
        let background = process("background", background, seed)?;
        let signal = Process {
            factor: Some("mu".into()),
            without_signal: 0.0,
            ..process("signal", &self.signal, seed.wrapping_add(1))?
        };
        let reference = (background.values.clone(), background.weights.clone());
        Ok(HistogramContents {
            blueprint: self.blueprint(vec![background, signal], None)?,
            reference,
            templates: None,
        })
    }

    fn blueprint(&self, mut processes: Vec<Process>, templates: Option<&Templates>) -> Result<Blueprint> {
        let injected = self.options.inject.unwrap_or(0.0);
        if !injected.is_finite() {
            return Err(Error::usage(format!("--inject {injected}: give a finite number")));
        }
        if templates.is_none() {
            let signal = processes.iter_mut().filter(|process| process.factor.is_some());
            signal.for_each(|process| process.in_data = injected);
        }
        let observed = self
            .options
            .observed
            .as_ref()
            .map(|path| self.observed(path))
            .transpose()?;
        Ok(Blueprint {
            channel: self.event_value.name.clone(),
            measurement: "measurement".into(),
            processes,
            poi: templates.map_or("mu", |_| "").into(),
            parameters: templates
                .map(|templates| templates.parameters.clone())
                .unwrap_or_default(),
            together: templates.map(|templates| templates.together.clone()),
            observed,
        })
    }

    fn observed(&self, path: &Path) -> Result<Vec<f64>> {
        let known: Vec<String> = self.simulator.observables().into_iter().map(|one| one.name).collect();
        self.event_value.values(read_observations(path, &known)?.x())
    }

    /// The dependence of the template factors on the parameters, as JSON.
    pub(super) fn morphing_json(&self, templates: &Templates) -> serde_json::Value {
        let names = templates
            .parameters
            .iter()
            .map(|parameter| &parameter.name)
            .collect::<Vec<_>>();
        let p = self.reference.len();
        let parameters: Vec<String> = self
            .simulator
            .parameters()
            .into_iter()
            .take(p)
            .map(|one| one.name)
            .collect();
        json!({
            "about": "factors[b] = sum over k of matrix[k][b] times the product over i of parameters[i] to the power components[k][i]",
            "parameters": parameters, "factors": names, "points": templates.points,
            "components": templates.components, "matrix": templates.matrix, "reference": self.reference,
        })
    }
}
