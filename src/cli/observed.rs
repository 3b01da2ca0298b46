//! Observed events, as posteriors are asked for.

use std::path::{Path, PathBuf};

use clap::Args;
use ndarray::{ArrayView2, Axis};

use super::{Chosen, Registry, infer, simulator};
use crate::dataset::{AugmentedData, Header};
use crate::error::{Error, Result};
use crate::interop::write_npz;

#[derive(Debug, Args)]
pub(super) struct ObservedOptions {
    /// The data set whose observations are taken as observed. Whatever gold it has is not looked at.
    observed: PathBuf,
    /// Use only the first of the events, this many.
    #[arg(long, value_name = "EVENTS")]
    events: Option<usize>,
}

/// Where draws are written.
#[derive(Debug, Args)]
pub(super) struct DrawsOptions {
    /// Write the draws to this file: for each parameter an array of chains × draws, as numpy.load opens them.
    #[arg(short, long, value_name = "NPZ")]
    output: Option<PathBuf>,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
}

/// Events that were observed, drawn at one hypothesis.
pub(super) struct Observed {
    data: AugmentedData,
    n: usize,
}

impl ObservedOptions {
    pub(super) fn read(&self) -> Result<Observed> {
        let data = AugmentedData::read(&self.observed)?;
        infer::one_hypothesis(&data.header)?;
        let n = self.events.unwrap_or(data.n_events());
        match (1..=data.n_events()).contains(&n) {
            true => Ok(Observed { data, n }),
            false => Err(Error::usage(format!(
                "--events {n} of {}: give at least 1, and no more than there are",
                data.n_events()
            ))),
        }
    }
}

impl Observed {
    pub(super) fn header(&self) -> &Header {
        &self.data.header
    }

    /// The observations, `[n, m]`.
    pub(super) fn x(&self) -> ArrayView2<'_, f64> {
        self.data.x.slice_axis(Axis(0), (0..self.n).into())
    }

    /// The simulator that they come from, if it is known here.
    pub(super) fn simulator<'a>(&self, registry: &'a Registry) -> Option<Chosen<'a>> {
        simulator(registry, &self.data.header.simulator).ok()
    }

    /// How many they are, in words.
    pub(super) fn in_words(&self) -> String {
        let s = if self.n == 1 { "" } else { "s" };
        format!("{} event{s} of {}", self.n, self.data.header.simulator)
    }
}

impl DrawsOptions {
    /// Before anything is computed.
    pub(super) fn check(&self) -> Result<()> {
        match &self.output {
            Some(path) if path.exists() && !self.force => Err(Error::exists(path)),
            Some(path) if path.extension().is_none_or(|extension| extension != "npz") => Err(wrong_name(path)),
            _ => Ok(()),
        }
    }

    /// Writes an array for each name, if that was asked for.
    pub(super) fn write(&self, arrays: &[(String, ArrayView2<f64>)]) -> Result<()> {
        let arrays: Vec<_> = arrays
            .iter()
            .map(|(name, array)| (name.clone(), array.into_dyn()))
            .collect();
        self.output.as_ref().map_or(Ok(()), |path| write_npz(path, &arrays))
    }
}

fn wrong_name(path: &Path) -> Error {
    Error::usage(format!(
        "`{}` is to hold draws, which are written as NumPy's archives are: give it a name that ends in .npz",
        path.display()
    ))
}
