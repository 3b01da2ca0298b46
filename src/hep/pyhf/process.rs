//! Weighted events of a process, of which one number each is known.

use super::Binning;
use motherlode_core::error::{Error, Result};

/// Weighted events of a process.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The name of its sample.
    pub name: String,
    /// The number that is known of each event, `[n]`.
    pub values: Vec<f64>,
    /// Weight of each event in the measurement, `[n]`.
    pub weights: Vec<f64>,
    /// Weights under systematic variations.
    pub systematics: Vec<SystematicWeights>,
    /// The name of a free factor.
    pub factor: Option<String>,
    /// The factor with which it counts where something must be expected in each bin; 0 for signal.
    pub without_signal: f64,
    /// The factor with which it is in expected data.
    pub in_data: f64,
}

/// Weights at one standard deviation up and down.
#[derive(Debug, Clone, PartialEq)]
pub struct SystematicWeights {
    /// The name of the parameter.
    pub name: String,
    /// At +1, `[n]`.
    pub up: Vec<f64>,
    /// At −1, `[n]`.
    pub down: Vec<f64>,
}

/// A process in bins, `[bins]` each.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    pub(super) contents: Vec<f64>,
    /// Σw².
    pub(super) squares: Vec<f64>,
    /// Up and down.
    pub(super) varied: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Process {
    /// Creates a process without systematics and without a free factor, all of which is in expected data.
    pub fn background(name: &str, values: Vec<f64>, weights: Vec<f64>) -> Self {
        Self {
            name: name.into(),
            values,
            weights,
            systematics: Vec::new(),
            factor: None,
            without_signal: 1.0,
            in_data: 1.0,
        }
    }

    /// Makes the process a signal with this free factor, none of which is in expected data.
    pub fn into_signal(self, factor: &str) -> Self {
        Self {
            factor: Some(factor.into()),
            without_signal: 0.0,
            in_data: 0.0,
            ..self
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let n = self.values.len();
        let lengths = self
            .systematics
            .iter()
            .flat_map(|systematic| [systematic.up.len(), systematic.down.len()]);
        if self.weights.len() != n || lengths.into_iter().any(|length| length != n) {
            return Err(Error::data(format!(
                "`{}` has {n} events, and another number of weights: one is needed for each",
                self.name
            )));
        }
        let varied = self
            .systematics
            .iter()
            .flat_map(|systematic| systematic.up.iter().chain(&systematic.down));
        let numbers = self.values.iter().chain(&self.weights).chain(varied);
        match numbers.copied().find(|number| number.is_nan()) {
            Some(_) => Err(Error::data(format!(
                "an event of `{}` has no number as weight or value: look at these events",
                self.name
            ))),
            None => Ok(()),
        }
    }

    pub(super) fn filled(&self, binning: &Binning) -> Filled {
        let sums = |weights: &[f64]| binning.sums(&self.values, weights.iter().copied());
        Filled {
            contents: sums(&self.weights),
            squares: binning.sums(&self.values, self.weights.iter().map(|weight| weight * weight)),
            varied: self
                .systematics
                .iter()
                .map(|one| (sums(&one.up), sums(&one.down)))
                .collect(),
        }
    }
}

impl Filled {
    /// The least content of a bin, nominal or varied.
    pub(super) fn least(&self, bin: usize) -> f64 {
        let varied = self.varied.iter().flat_map(|(up, down)| [up[bin], down[bin]]);
        varied.fold(self.contents[bin], f64::min)
    }
}
