//! Processes of the weighted events of MadMiner: signal and background, or templates of a morphing.

use super::{ParameterConfig, Process, SystematicWeights};
use crate::madminer::{Setup, WeightedEvents};
use motherlode_core::error::{Error, Result};

/// Range of the factors of templates.
const TEMPLATE_RANGE: (f64, f64) = (-1e3, 1e3);

/// Makes processes from events of a file, the value of one observable for each event, and the luminosity.
#[derive(Debug, Clone, Copy)]
pub struct ProcessBuilder<'a> {
    /// Setup of the file.
    pub setup: &'a Setup,
    /// Events of the file, or of a portion of it.
    pub events: &'a WeightedEvents,
    /// Value of the observable for each event, `[n]`.
    pub values: &'a [f64],
    /// The luminosity of the measurement, in 1/pb.
    pub luminosity: f64,
}

/// Templates, and what the factors of a sum of them are at any θ.
#[derive(Debug, Clone, PartialEq)]
pub struct Templates {
    /// Background, if there is some, and signal at each point.
    pub processes: Vec<Process>,
    /// Ranges of the factors, and their values at the reference.
    pub parameters: Vec<ParameterConfig>,
    /// The parameter points, `[b][p]`.
    pub points: Vec<Vec<f64>>,
    /// Powers of each parameter in each monomial, `[c][p]`.
    pub components: Vec<Vec<u32>>,
    /// M: the factor of template b at θ is Σ_k M\[k,b\] c_k(θ), with c_k the monomials, `[c][b]`.
    pub matrix: Vec<Vec<f64>>,
    /// Values and weights of all events at the reference, whose errors are those of the sum.
    pub together: (Vec<f64>, Vec<f64>),
}

impl ProcessBuilder<'_> {
    /// Signal at one parameter point with the free factor `mu`, and background: the background events of the file, or everything at
    /// another point. In that case the same events fill both, and their Monte Carlo errors are taken for independent all the same.
    ///
    /// # Errors
    /// If a point does not fit the parameters, or there is no signal, or no background and no point that stands for it.
    pub fn signal_and_background(&self, signal: &[f64], background: Option<&[f64]>) -> Result<Vec<Process>> {
        let is_background = self.is_background()?;
        let all = vec![true; is_background.len()];
        let is_signal: Vec<bool> = is_background.iter().map(|is| !is).collect();
        let (theta, rows) = match background {
            Some(theta) => (theta, &all),
            None if is_background.contains(&true) => (signal, &is_background), // the same at all parameters
            None => {
                return Err(Error::usage(
                    "there are no background events: name a hypothesis, everything at which is background",
                ));
            }
        };
        let background = self.process("background", theta, rows, 1.0)?;
        let signal = Process {
            factor: Some("mu".into()),
            without_signal: 0.0,
            ..self.process("signal", signal, &is_signal, 0.0)?
        };
        Ok(vec![background, signal])
    }

    /// The signal at each basis point of the morphing with a free factor, and the background events of the file. At θ, the factors are
    /// those of the morphing.
    ///
    /// # Errors
    /// If the file has no morphing, or the reference does not fit its parameters.
    pub fn templates(&self, reference: &[f64]) -> Result<Templates> {
        let setup = self.setup;
        let morphing = setup
            .morphing
            .as_ref()
            .ok_or_else(|| Error::data("without morphing there are no templates"))?;
        if reference.len() != setup.parameters.len() {
            return Err(Error::usage(format!(
                "the reference {reference:?} of templates: {} values are needed",
                setup.parameters.len()
            )));
        }
        let is_background = self.is_background()?;
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
        Ok(Templates {
            processes,
            parameters,
            points,
            components: morphing.components().to_vec(),
            matrix: morphing.matrix().rows().into_iter().map(|row| row.to_vec()).collect(),
            together: (together.values, together.weights),
        })
    }

    /// Flags of the background events, `[n]`.
    fn is_background(&self) -> Result<Vec<bool>> {
        match self.values.len() == self.events.len() {
            true => Ok(self.events.is_background()),
            false => Err(Error::usage(format!(
                "{} events with {} values: one for each is needed",
                self.events.len(),
                self.values.len()
            ))),
        }
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
        Ok(Process {
            name: name.into(),
            values: chosen(rows, self.values.iter().copied()),
            weights: weights(None)?,
            systematics: systematics.collect::<Result<_>>()?,
            factor: None,
            without_signal: factor,
            in_data: factor,
        })
    }
}
