//! Options of limits from an event file.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::count::count;
use crate::theta::{Edges, Point, Theta};

#[derive(Debug, Args)]
pub(super) struct EventOptions {
    /// True hypothesis for an event file, as comma-separated values or the name of a benchmark; its expected data are used (Asimov data
    /// set).
    #[arg(long, value_name = "POINT", allow_hyphen_values = true, group = "data")]
    pub(super) at: Option<Point>,
    /// Observed events for an event file: a data set, or a NumPy array with the observables of the file as columns.
    #[arg(long, value_name = "FILE", group = "data")]
    pub(super) observed: Option<PathBuf>,
    /// Luminosity of the measurement, in 1/pb.
    #[arg(long, value_name = "LUMINOSITY", allow_hyphen_values = true, requires = "data")]
    pub(super) luminosity: Option<f64>,
    /// Observables of the histogram, separated by commas [default: none; the number of events alone is used].
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "data")]
    pub(super) observables: Vec<String>,
    /// Number of bins along each observable, with equally many simulated events each [default: 25, 15,5 or 12,5,5].
    #[arg(long, value_name = "BINS", value_delimiter = ',', requires = "observables", value_parser = count::<usize>)]
    pub(super) bins: Vec<usize>,
    /// Edges between the bins of an observable, name=edge,edge,…; the outer bins are open. Repeat the option for each observable.
    #[arg(
        long,
        value_name = "NAME=EDGES",
        allow_hyphen_values = true,
        requires = "observables",
        conflicts_with = "bins"
    )]
    pub(super) edges: Vec<NamedEdges>,
    /// Use the histogram only, without the number of events.
    #[arg(long, requires = "observables")]
    pub(super) no_rate: bool,
    /// Include the errors of the simulated events in the likelihood, with a free factor for each bin.
    #[arg(long, requires = "data")]
    pub(super) template_errors: bool,
    /// Parameter box to scan, low:high for each parameter, with or without nuisance parameters; equal ends fix a parameter
    /// [default: the ranges in the file].
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true, requires = "data")]
    pub(super) parameter_box: Option<Edges>,
    /// Test all hypotheses of a grid over the box, given as the number of values of each parameter, separated by commas.
    #[arg(long, value_name = "VALUES", value_delimiter = ',', requires = "data", value_parser = count::<usize>)]
    pub(super) grid: Vec<usize>,
}

/// `name=edge,edge,…`.
#[derive(Debug, Clone)]
pub(super) struct NamedEdges {
    pub(super) name: String,
    pub(super) edges: Vec<f64>,
}

impl FromStr for NamedEdges {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, edges) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` is not of the form name=edge,edge,…"))?;
        let Theta(edges) = edges.parse()?;
        Ok(Self {
            name: name.into(),
            edges,
        })
    }
}

impl EventOptions {
    /// Returns true if data are given, which all other options require.
    pub(super) fn is_given(&self) -> bool {
        self.at.is_some() || self.observed.is_some()
    }
}
