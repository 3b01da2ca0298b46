//! Contents of a workspace file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};
use motherlode_core::file_kind::other_kind;
use motherlode_core::files::write_atomically;

/// The one version of the format that there is.
const VERSION: &str = "1.0.0";

/// Channels with their samples, observations and measurements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// Regions of the data, each with a histogram.
    pub channels: Vec<Channel>,
    /// The observed counts of each channel.
    pub observations: Vec<Observation>,
    /// Measurements: parameters of interest and settings of parameters.
    pub measurements: Vec<Measurement>,
    /// The version of the format.
    pub version: String,
}

/// A region of the data: its histogram is the sum of its samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Name.
    pub name: String,
    /// Expected samples.
    pub samples: Vec<Sample>,
}

/// A process: its expected counts, and their modifiers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Name.
    pub name: String,
    /// Expected counts, `[bins]`.
    pub data: Vec<f64>,
    /// Modifiers of the expected counts.
    pub modifiers: Vec<Modifier>,
}

/// A modifier of the expected counts of a sample. Modifiers of the same name share their parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Modifier {
    /// A free factor.
    NormFactor {
        /// Name of the parameter.
        name: String,
        /// Nothing.
        data: (),
    },
    /// A factor that is known up to a Gaussian error.
    NormSys {
        /// Name of the parameter.
        name: String,
        /// The factors at ±1.
        data: Variation,
    },
    /// A histogram that is known up to a Gaussian error, correlated over its bins.
    HistoSys {
        /// Name of the parameter.
        name: String,
        /// The histograms at ±1.
        data: ShapeVariation,
    },
    /// A factor for each bin that is known from an auxiliary count.
    ShapeSys {
        /// Name of the parameters.
        name: String,
        /// Absolute errors, `[bins]`.
        data: Vec<f64>,
    },
    /// A factor for each bin, the same for all samples of a channel, known up to a Gaussian error: that of the Monte Carlo sum.
    StatError {
        /// Name of the parameters.
        name: String,
        /// Absolute errors, `[bins]`.
        data: Vec<f64>,
    },
    /// The luminosity, in units of the expected one.
    Lumi {
        /// `lumi`.
        name: String,
        /// Nothing.
        data: (),
    },
    /// A free factor for each bin.
    ShapeFactor {
        /// Name of the parameters.
        name: String,
        /// Nothing.
        data: (),
    },
}

/// Factors one standard deviation down and up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variation {
    /// At +1.
    pub hi: f64,
    /// At −1.
    pub lo: f64,
}

/// Histograms one standard deviation down and up, `[bins]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShapeVariation {
    /// At +1.
    pub hi_data: Vec<f64>,
    /// At −1.
    pub lo_data: Vec<f64>,
}

/// Observed counts of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Name of the channel.
    pub name: String,
    /// Counts, `[bins]`; those of an Asimov data set are no whole numbers.
    pub data: Vec<f64>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// Name.
    pub name: String,
    /// Parameter of interest, and settings of parameters.
    pub config: Config,
}

/// Parameter of interest, and settings of the parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the parameter of interest; no letters at all, if there is none.
    pub poi: String,
    /// Settings of some parameters.
    pub parameters: Vec<ParameterConfig>,
}

/// Settings of a parameter, or of several of one name; fields that are left out keep their default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterConfig {
    /// Name.
    pub name: String,
    /// Start values of fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inits: Option<Vec<f64>>,
    /// Between which values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Vec<(f64, f64)>>,
    /// Results of the auxiliary measurements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auxdata: Option<Vec<f64>>,
    /// Auxiliary counts expected at 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<Vec<f64>>,
    /// Errors of auxiliary measurements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigmas: Option<Vec<f64>>,
    /// True if the parameter is fixed to its start value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<bool>,
}

impl Workspace {
    /// A workspace of these parts.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn new(channels: Vec<Channel>, observations: Vec<Observation>, measurements: Vec<Measurement>) -> Result<Self> {
        let workspace = Self {
            channels,
            observations,
            measurements,
            version: VERSION.into(),
        };
        workspace.check().map(|()| workspace)
    }

    /// Reads a file and checks that its parts fit together.
    ///
    /// # Errors
    /// If it cannot be read, is no workspace, has modifiers of an unknown kind, or its parts do not fit together.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
        Self::from_json(&bytes)
            .map_err(|error| other_kind(path, "a workspace of pyhf (JSON)", Error::file(path, error.to_string())))
    }

    /// Parses the text of a workspace file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let read = serde_json::from_slice(bytes);
        if read.is_err() && is_patch_set(bytes) {
            return Err(Error::data(
                "is a patch set: give the workspace that it belongs to, and the patch set with --patch",
            ));
        }
        Self::checked(read)
    }

    /// The workspace of a JSON value.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_value(value: serde_json::Value) -> Result<Self> {
        Self::checked(serde_json::from_value(value))
    }

    fn checked(read: serde_json::Result<Self>) -> Result<Self> {
        let workspace = read.map_err(|error| {
            Error::data(format!(
                "is no workspace of HistFactory as pyhf writes it: {error}; `pyhf inspect` says what is wrong in the words of the schema"
            ))
        })?;
        if workspace.version != VERSION {
            return Err(Error::data(format!(
                "is a workspace of version {}, and {VERSION} is needed: convert it with pyhf",
                workspace.version
            )));
        }
        workspace.check().map(|()| workspace)
    }

    /// Writes it to a file, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::file(path, error.to_string()))?;
        write_atomically(path, format!("{text}\n").as_bytes())
    }

    /// The measurement of a name, or the first.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn measurement(&self, name: Option<&str>) -> Result<&Measurement> {
        let mut all = self.measurements.iter();
        let found = match name {
            Some(name) => all.find(|measurement| measurement.name == name),
            None => all.next(),
        };
        found.ok_or_else(|| {
            let known: Vec<&str> = self.measurements.iter().map(|one| one.name.as_str()).collect();
            Error::usage(format!(
                "there is no measurement `{}` in the workspace; there are {}",
                name.unwrap_or_default(),
                known.join(", ")
            ))
        })
    }

    /// The observed counts of all channels, in their order, `[bins]`.
    ///
    /// # Errors
    /// If there are none of a channel.
    pub fn observed(&self) -> Result<Vec<f64>> {
        let mut counts = Vec::new();
        for channel in &self.channels {
            counts.extend(&self.observation(channel)?.data);
        }
        Ok(counts)
    }

    pub(super) fn observation(&self, channel: &Channel) -> Result<&Observation> {
        let found = self.observations.iter().find(|observed| observed.name == channel.name);
        found.ok_or_else(|| Error::data(format!("has no observation of the channel `{}`", channel.name)))
    }
}

fn is_patch_set(bytes: &[u8]) -> bool {
    let value: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
    value.is_some_and(|value| value.get("patches").is_some())
}

impl Channel {
    /// Number of bins.
    pub fn n_bins(&self) -> usize {
        self.samples.first().map_or(0, |sample| sample.data.len())
    }
}

impl Modifier {
    /// The name of its parameter, or of its parameters.
    pub fn name(&self) -> &str {
        match self {
            Self::NormFactor { name, .. }
            | Self::NormSys { name, .. }
            | Self::HistoSys { name, .. }
            | Self::ShapeSys { name, .. }
            | Self::StatError { name, .. }
            | Self::Lumi { name, .. }
            | Self::ShapeFactor { name, .. } => name,
        }
    }

    /// Name of the kind in HistFactory.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NormFactor { .. } => "normfactor",
            Self::NormSys { .. } => "normsys",
            Self::HistoSys { .. } => "histosys",
            Self::ShapeSys { .. } => "shapesys",
            Self::StatError { .. } => "staterror",
            Self::Lumi { .. } => "lumi",
            Self::ShapeFactor { .. } => "shapefactor",
        }
    }
}
