//! Workspaces of pyhf: histograms with their uncertainties, as the HistFactory template describes them.
//!
//! A [`Workspace`] is the content of a file. An [`EventSource`] fills one with the events of a file or of a simulator, a [`Blueprint`]
//! with weighted events of any origin. [`histfactory`](crate::histfactory) has its likelihood.
//!
//! # Source
//! Cranmer, Lewis, Moneta, Shibata and Verkerke 2012, CERN-OPEN-2012-016; the JSON schema 1.0.0 of pyhf (Heinrich, Feickert, Stark and
//! Cranmer 2021, doi:10.21105/joss.02823).

mod binning;
mod build;
mod check;
mod digest;
mod export;
mod patch;
mod process;
mod signal;
mod workspace;

pub use binning::Binning;
pub use build::{Blueprint, Built};
pub use export::{EventSource, Quantity, SampleTotal, TemplateFactors, WorkspaceResult, WorkspaceSettings};
pub use patch::PatchedWorkspaces;
pub use process::{Process, SystematicWeights};
pub use signal::Signal;
pub use workspace::{
    Channel, Config, Measurement, Modifier, Observation, ParameterConfig, Sample, ShapeVariation, Variation, Workspace,
};
