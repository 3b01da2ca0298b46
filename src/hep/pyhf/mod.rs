//! Workspaces of pyhf: histograms with their uncertainties, as the HistFactory template describes them.
//!
//! [`Workspace`] is what a file holds; a [`Blueprint`] makes one of weighted events. What its likelihood says is the business of
//! [`inference`](crate::histfactory).
//!
//! # Source
//! Cranmer, Lewis, Moneta, Shibata and Verkerke 2012, CERN-OPEN-2012-016; the JSON schema 1.0.0 of pyhf (Heinrich, Feickert, Stark and
//! Cranmer 2021, doi:10.21105/joss.02823).

mod binning;
mod build;
mod check;
mod process;
mod process_builder;
mod workspace;

pub use binning::Binning;
pub use build::{Blueprint, Built};
pub use process::{Process, SystematicWeights};
pub use process_builder::{ProcessBuilder, Templates};
pub use workspace::{
    Channel, Config, Measurement, Modifier, Observation, ParameterConfig, Sample, ShapeVariation, Variation, Workspace,
};
