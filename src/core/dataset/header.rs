//! Origin of a data set.

use serde::{Deserialize, Serialize};

use super::{FORMAT_VERSION, Portion};
use crate::error::{Error, Result};
use crate::gold::{Design, SimulatorFault};
use crate::trace::{Instrumented, Layout};

/// Name of the simulator of events that another program made.
pub const IMPORTED: &str = "imported";

/// Stored rows that events are drawn from: an event file of a generator, or a sample with repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StoredRows {
    /// Number of rows.
    pub rows: u64,
    /// Their effective number (Σw)²/Σw²; the number of rows where weights are not known.
    pub effective: f64,
}

impl StoredRows {
    /// Stored rows of a simulator; `None` where every run is a new event.
    pub fn of_simulator(simulator: &dyn Instrumented) -> Option<Self> {
        let rows = simulator.n_rows()?;
        let theta = simulator.hypotheses().ok().map(|hypotheses| hypotheses.theta1);
        let effective = theta.and_then(|theta| simulator.n_effective(&theta));
        Some(Self {
            rows,
            effective: effective.unwrap_or(rows as f64),
        })
    }
}

/// Origin of a data set: all that is needed to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Header {
    /// Version of the file format.
    pub format_version: u32,
    /// Version of motherlode that wrote it.
    pub crate_version: String,
    /// Name of the simulator, or the path of the event file.
    pub simulator: String,
    /// Rows of the event file that the events are drawn from.
    #[serde(default, skip_serializing_if = "Portion::is_all")]
    pub portion: Portion,
    /// Stored rows that the events are drawn from with replacement; `None` where every event is a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredRows>,
    /// Names of the parameters, `[p]`.
    pub parameters: Vec<String>,
    /// Units of the parameters, `[p]`; empty where there is none.
    pub parameter_units: Vec<String>,
    /// Names of the observables, `[m]`.
    pub observables: Vec<String>,
    /// Units of the observables, `[m]`; empty where there is none.
    pub observable_units: Vec<String>,
    /// Structure of an observation, if the simulator declares one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// The design of the hypotheses.
    pub design: Design,
    /// The points of the mixture, `[N, p]` row by row, where the denominator is one.
    pub mixture: Vec<Vec<f64>>,
    /// The seed.
    pub seed: u64,
    /// Number of the first event.
    pub first_event: u64,
    /// Runs that the simulator discarded, and that were simulated again.
    pub n_discarded: u64,
    /// These runs by hypothesis: of the numerator, of the denominator, and of the thirds of the range of each parameter of the numerator;
    /// empty where no run was discarded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discarded: Vec<u64>,
    /// True if events may lack observables, which are NaN: their runs failed, in whole or in part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_missing: bool,
    /// True if events have weights, which may be negative.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weighted: bool,
    /// Faults of the simulator that a [short check](crate::gold::Miner::faults) found before mining.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<SimulatorFault>,
}

impl Header {
    /// The header of events of a simulator, without units, of seed 0 and from event 0 on.
    pub fn new(
        simulator: impl Into<String>,
        parameters: Vec<String>,
        observables: Vec<String>,
        design: Design,
    ) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            simulator: simulator.into(),
            portion: Portion::All,
            stored: None,
            parameter_units: vec![String::new(); parameters.len()],
            parameters,
            observable_units: vec![String::new(); observables.len()],
            observables,
            layout: None,
            design,
            mixture: Vec::new(),
            seed: 0,
            first_event: 0,
            n_discarded: 0,
            discarded: Vec::new(),
            has_missing: false,
            weighted: false,
            faults: Vec::new(),
        }
    }

    /// The header of events that another program made.
    pub fn imported(parameters: Vec<String>, observables: Vec<String>, design: Design) -> Self {
        Self::new(IMPORTED, parameters, observables, design)
    }

    /// Sets the name of the simulator.
    pub fn with_simulator(self, simulator: impl Into<String>) -> Self {
        let simulator = simulator.into();
        Self { simulator, ..self }
    }

    /// Sets the units of the parameters, `[p]`, and of the observables, `[m]`.
    pub fn with_units(self, parameters: Vec<String>, observables: Vec<String>) -> Self {
        Self {
            parameter_units: parameters,
            observable_units: observables,
            ..self
        }
    }

    /// Sets the structure of an observation.
    pub fn with_layout(self, layout: Option<Layout>) -> Self {
        Self { layout, ..self }
    }

    /// Sets the rows of the event file that the events are drawn from.
    pub fn with_portion(self, portion: Portion) -> Self {
        Self { portion, ..self }
    }

    /// Sets the stored rows that the events are drawn from.
    pub fn with_stored(self, stored: Option<StoredRows>) -> Self {
        Self { stored, ..self }
    }

    /// Sets the points of the mixture, `[N, p]`.
    pub fn with_mixture(self, mixture: Vec<Vec<f64>>) -> Self {
        Self { mixture, ..self }
    }

    /// Sets whether events have weights.
    pub fn with_weights(self, weighted: bool) -> Self {
        Self { weighted, ..self }
    }

    /// Sets whether events may lack observables, which are NaN.
    pub fn with_missing(self, has_missing: bool) -> Self {
        Self { has_missing, ..self }
    }

    /// Sets the seed.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Name of the simulator with the [portion](Portion::label) of its rows, for messages.
    pub fn simulator_label(&self) -> String {
        self.portion.label(&self.simulator)
    }

    /// Checks that the events come from this simulator, and from the same rows if it is an event file: their memories mean nothing to another.
    ///
    /// `purpose` completes the message "… was given to".
    ///
    /// # Errors
    /// If the name or the portion differs.
    pub fn check_simulator(&self, simulator: &dyn Instrumented, purpose: &str) -> Result<()> {
        match (self.simulator.as_str(), self.portion) == (simulator.name(), simulator.portion()) {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "the events are of {}, and {} was given to {purpose}",
                self.simulator_label(),
                simulator.label()
            ))),
        }
    }

    /// Returns true if two data sets are shards of one: if they differ in the first event, in the discarded runs and in what was found before mining only.
    pub fn same_source(&self, other: &Self) -> bool {
        self.source() == other.source()
    }

    /// The header without what differs between shards, as it reads when it comes from a file: JSON may change the last digit of a number.
    fn source(&self) -> Option<Self> {
        let source = Self {
            first_event: 0,
            n_discarded: 0,
            discarded: Vec::new(),
            faults: Vec::new(), // more events are looked at where more are mined
            ..self.clone()
        };
        serde_json::from_str(&serde_json::to_string(&source).ok()?).ok()
    }
}
