//! Processes of the weighted events of MadMiner: signal and background, or templates of a morphing.

use super::TemplateFactors;
use crate::madminer::{Setup, WeightedEvents};
use crate::pyhf::{ParameterConfig, Process, SystematicWeights};
use motherlode_core::error::{Error, Result};

/// Range of the factors of templates.
const TEMPLATE_RANGE: (f64, f64) = (-1e3, 1e3);

/// Makes processes from events of a file, the value of one quantity for each event, and the luminosity.
pub(super) struct ProcessBuilder<'a> {
    /// Setup of the file.
    pub(super) setup: &'a Setup,
    /// Events of the file, or of a portion of it.
    pub(super) events: &'a WeightedEvents,
    /// Value of the quantity for each event, `[n]`.
    pub(super) values: &'a [f64],
    /// The luminosity of the measurement, in 1/pb.
    pub(super) luminosity: f64,
}

/// Templates of a morphing, besides their processes.
pub(super) struct Templates {
    /// Ranges of the factors, and their values at the reference.
    pub(super) parameters: Vec<ParameterConfig>,
    /// Values and weights of all events at the reference, which give the errors of the sum of all templates.
    pub(super) together: (Vec<f64>, Vec<f64>),
    /// The factors as functions of the parameters.
    pub(super) factors: TemplateFactors,
}

impl ProcessBuilder<'_> {
    /// Signal at one parameter point with the free factor `mu`, and background: all events at a given point, the background events of
    /// the file, or all events at the reference. Events in both are treated as independent.
    pub(super) fn signal_and_background(
        &self,
        signal: &[f64],
        background: Option<&[f64]>,
        reference: &[f64],
    ) -> Result<Vec<Process>> {
        let is_background = self.events.is_background();
        let all = vec![true; is_background.len()];
        let is_signal: Vec<bool> = is_background.iter().map(|is| !is).collect();
        let (theta, rows) = match background {
            Some(theta) => (theta, &all),
            None if is_background.contains(&true) => (signal, &is_background), // the same at all parameters
            None => (reference, &all),
        };
        let background = self.process("background", theta, rows, 1.0)?;
        let signal = self.process("signal", signal, &is_signal, 1.0)?.into_signal("mu");
        Ok(vec![background, signal])
    }

    /// The signal at each basis point of the morphing with a free factor, and the background events of the file. At θ, the factors are
    /// those of the morphing.
    ///
    /// # Errors
    /// If the file has no morphing.
    pub(super) fn templates(&self, reference: &[f64]) -> Result<(Vec<Process>, Templates)> {
        let setup = self.setup;
        let morphing = setup.morphing.as_ref();
        let morphing = morphing.ok_or_else(|| Error::data("without morphing there are no templates"))?;
        let is_background = self.events.is_background();
        let is_signal: Vec<bool> = is_background.iter().map(|is| !is).collect();
        let (factors, _) = morphing.weights(reference);
        let named = setup.physical().take(factors.len());
        let (mut processes, mut parameters, mut points) = (Vec::new(), Vec::new(), Vec::new());
        if is_background.contains(&true) {
            processes.push(self.process("background", reference, &is_background, 1.0)?);
        }
        for ((_, benchmark), factor) in named.zip(&factors) {
            let name = format!("factor_{}", benchmark.name);
            processes.push(Process {
                factor: Some(name.clone()),
                ..self.process(&benchmark.name, &benchmark.theta, &is_signal, *factor)?
            });
            parameters.push(ParameterConfig {
                name,
                inits: Some(vec![*factor]),
                bounds: Some(vec![TEMPLATE_RANGE]),
                ..ParameterConfig::default()
            });
            points.push(benchmark.theta.clone());
        }
        let all = vec![true; is_background.len()];
        let together = self.process("all", reference, &all, 1.0)?;
        let factors = TemplateFactors {
            about: "factors[b] = sum over k of matrix[k][b] times the product over i of parameters[i] to the power components[k][i]",
            parameters: setup.parameters.iter().map(|one| one.name.clone()).collect(),
            factors: parameters.iter().map(|factor| factor.name.clone()).collect(),
            points,
            components: morphing.components().to_vec(),
            matrix: morphing.matrix().rows().into_iter().map(|row| row.to_vec()).collect(),
            reference: reference.to_vec(),
        };
        let templates = Templates {
            parameters,
            together: (together.values, together.weights),
            factors,
        };
        Ok((processes, templates))
    }

    fn process(&self, name: &str, theta: &[f64], rows: &[bool], factor: f64) -> Result<Process> {
        fn chosen(rows: &[bool], all: impl Iterator<Item = f64>) -> Vec<f64> {
            let kept = all.zip(rows).filter(|(_, chosen)| **chosen);
            kept.map(|(value, _)| value).collect()
        }
        let weights = |nu: Option<(usize, f64)>| -> Result<Vec<f64>> {
            let mut point = theta.to_vec();
            if let Some((k, value)) = nu {
                point.resize(self.setup.parameters.len() + self.events.n_nuisances(), 0.0);
                point[self.setup.parameters.len() + k] = value;
            }
            let weights = self.events.weights(&point)?;
            Ok(chosen(rows, weights.iter().map(|weight| self.luminosity * weight)))
        };
        let nuisances = self.setup.nuisances.iter().enumerate();
        let systematics = nuisances.map(|(k, nuisance)| {
            Ok(SystematicWeights {
                name: nuisance.name.clone(),
                up: weights(Some((k, 1.0)))?,
                down: weights(Some((k, -1.0)))?,
            })
        });
        let values = chosen(rows, self.values.iter().copied());
        Ok(Process {
            systematics: systematics.collect::<Result<_>>()?,
            without_signal: factor,
            in_data: factor,
            ..Process::background(name, values, weights(None)?)
        })
    }
}
