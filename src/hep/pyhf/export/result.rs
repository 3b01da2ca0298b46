//! An exported workspace, with its contents in short.

use std::path::Path;

use serde::Serialize;

use crate::pyhf::Workspace;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_core::format::comma_separated;

/// A workspace with its contents in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WorkspaceResult {
    /// The workspace.
    #[serde(skip)]
    pub workspace: Workspace,
    /// Factors of the templates as functions of the parameters.
    #[serde(skip)]
    pub factors: Option<TemplateFactors>,
    /// Name of the simulator or file.
    #[serde(skip)]
    pub source: String,
    /// Name of the quantity that fills the histograms.
    pub observable: String,
    /// Luminosity, in inverse units of the cross section.
    pub luminosity: f64,
    /// Hypothesis of the signal, `[p]`.
    pub signal: Vec<f64>,
    /// Hypothesis at which all events are background, if one was given, `[p]`.
    #[serde(skip)]
    pub background: Option<Vec<f64>>,
    /// Reference hypothesis, `[p]`.
    pub reference: Vec<f64>,
    /// Edges of the bins; infinite ones are null in JSON.
    pub edges: Vec<f64>,
    /// Events of each sample.
    pub samples: Vec<SampleTotal>,
    /// Number of events in the data.
    pub n_data: f64,
    /// Notes on joined bins and on events outside of all bins.
    #[serde(rename = "remarks")]
    pub notes: Vec<String>,
}

/// Expected events of a sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleTotal {
    /// Name of the sample.
    pub name: String,
    /// Expected number of events in all bins.
    pub events: f64,
}

/// Factors of templates as functions of the parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TemplateFactors {
    /// The formula.
    pub about: &'static str,
    /// Names of the parameters, `[p]`.
    pub parameters: Vec<String>,
    /// Names of the factors, `[b]`.
    pub factors: Vec<String>,
    /// The basis points of the morphing, `[b][p]`.
    pub points: Vec<Vec<f64>>,
    /// Powers of each parameter in each monomial, `[c][p]`.
    pub components: Vec<Vec<u32>>,
    /// Coefficient of each monomial in each factor, `[c][b]`.
    pub matrix: Vec<Vec<f64>>,
    /// Reference hypothesis, `[p]`.
    pub reference: Vec<f64>,
}

impl WorkspaceResult {
    /// Returns a note if all events of the signal are added to all events at another hypothesis, without their interference.
    pub fn background_note(&self) -> Option<String> {
        let added = self.background.is_some() && self.factors.is_none();
        added.then(|| {
            format!(
                "the signal consists of all events at {}, added to all events at another hypothesis; use --templates for operators that \
                 interfere with the background",
                comma_separated(&self.signal)
            )
        })
    }
}

impl TemplateFactors {
    /// Writes the factors as JSON.
    ///
    /// # Errors
    /// If the file cannot be written, or a number has no JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_value(self).map_err(|error| Error::numerical(error.to_string()))?;
        write_atomically(path, format!("{json:#}\n").as_bytes())
    }
}
