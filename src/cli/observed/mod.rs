//! Observed events, as posteriors are asked for.

mod stand_ins;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use super::say::counted;
use super::{Chosen, Registry, SimulatorName, infer, simulator};
use motherlode_core::Estimator;
use motherlode_core::arrays::{read_observations, write_npz};
use motherlode_core::dataset::{AugmentedData, Header, is_data_set};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use motherlode_core::trace::Parameter;
use motherlode_nn::ModelFile;

/// The share of events that may be those of others once more before a user is told.
const MOST_REPEATS: f64 = 0.1;

#[derive(Debug, Args)]
pub(crate) struct ObservedOptions {
    /// The data set whose observations are taken as observed, or an array of NumPy, one row an event (.npy, or `x` of an .npz). Whatever gold
    /// it has is not looked at.
    observed: PathBuf,
    /// Use only the first of the events, this many.
    #[arg(long, value_name = "EVENTS")]
    events: Option<usize>,
    /// The simulator, or the event file, that the events of an array are of (default: what the model was trained on, if it says so).
    #[arg(long, value_name = "NAME")]
    simulator: Option<SimulatorName>,
}

/// Where draws are written.
#[derive(Debug, Args)]
pub(crate) struct DrawsOptions {
    /// Write the draws to this file: for each parameter an array of chains × draws, as numpy.load opens them.
    #[arg(short, long, value_name = "NPZ")]
    output: Option<PathBuf>,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
}

/// Observations of events, whatever else is known of them.
pub(crate) struct Observations {
    pub(crate) x: Array2<f64>,
    /// That of their data set; of arrays, that of the simulator named for them, or of the events which the model was trained on.
    pub(crate) header: Header,
    /// What they are events of, in words.
    pub(crate) of: String,
    is_data_set: bool,
    /// Whether a simulator was named for an array.
    is_named: bool,
}

/// Events that were observed, drawn at one hypothesis.
pub(crate) struct Observed {
    all: Observations,
    n: usize,
}

impl Observations {
    /// Those of a data set, or an array of NumPy that a model is asked about; `named` is the header of a simulator that was named for the
    /// array.
    pub(crate) fn read(path: &Path, model: Option<&ModelFile>, named: Option<Header>) -> Result<Self> {
        let observations = match is_data_set(path)? {
            false => {
                let is_named = named.is_some();
                Self::of_array(path, named.or_else(|| model.map(ModelFile::header)), is_named)?
            }
            true if named.is_some() => {
                return Err(Error::file(
                    path,
                    "is a data set, which says what it is of: leave out --simulator",
                ));
            }
            true => {
                let AugmentedData { header, x, .. } = AugmentedData::read(path)?;
                Self {
                    x,
                    of: header.simulator_label(),
                    header,
                    is_data_set: true,
                    is_named: false,
                }
            }
        };
        model.map_or(Ok(()), |model| model.accepts(&observations.header))?;
        Ok(observations)
    }

    fn of_array(path: &Path, header: Option<Header>, is_named: bool) -> Result<Self> {
        let header = header.ok_or_else(|| {
            Error::file(
                path,
                "does not say what its columns are: name a --simulator, or give a data set, or a model that knows what it was trained on",
            )
        })?;
        let x = columns(read_observations(path)?, &header.observables, path)?;
        Ok(Self {
            x,
            header,
            of: path.display().to_string(),
            is_data_set: false,
            is_named,
        })
    }
}

/// Observations of these observables: those of a data set, or an array of NumPy.
pub(crate) fn observations_of(path: &Path, observables: &[String]) -> Result<Array2<f64>> {
    if !is_data_set(path)? {
        return columns(read_observations(path)?, observables, path);
    }
    let AugmentedData { header, x, .. } = AugmentedData::read(path)?;
    match header.observables == observables {
        true => Ok(x),
        false => Err(Error::usage(format!(
            "the observed events have the observables {}, and {} are needed",
            header.observables.join(", "),
            observables.join(", ")
        ))),
    }
}

/// The header of events of a simulator.
pub(crate) fn header_of(registry: &Registry, named: &SimulatorName) -> Result<Header> {
    let chosen = simulator(registry, named)?;
    let names = |parameters: Vec<Parameter>| parameters.into_iter().map(|one| one.name).collect();
    let observables = chosen.observables().into_iter().map(|one| one.name).collect();
    let anywhere = Design::Reference { theta: Vec::new() };
    Ok(Header {
        simulator: named.name.clone(),
        portion: chosen.portion(),
        ..Header::imported(names(chosen.parameters()), observables, anywhere)
    })
}

/// A table with a column for each observable; a row of numbers is one event.
fn columns(x: Array2<f64>, observables: &[String], path: &Path) -> Result<Array2<f64>> {
    let m = observables.len();
    match x.dim() {
        (_, found) if found == m => Ok(x),
        (found, 1) if found == m => Ok(x.reversed_axes()),
        (n, found) => Err(Error::file(
            path,
            format!(
                "has {} of {}, and a row of {m} is needed for each event: {}",
                counted(n, "row"),
                counted(found, "number"),
                observables.join(", ")
            ),
        )),
    }
}

impl ObservedOptions {
    /// Those that a model is asked about, if there is one.
    pub(crate) fn read(&self, registry: &Registry, model: Option<&ModelFile>) -> Result<Observed> {
        let named = self.simulator.as_ref().map(|name| header_of(registry, name));
        let all = Observations::read(&self.observed, model, named.transpose()?)?;
        if all.is_data_set {
            infer::one_hypothesis(&all.header)?;
        }
        let n = self.events.unwrap_or(all.x.nrows());
        match (1..=all.x.nrows()).contains(&n) {
            true => Ok(Observed { all, n }),
            false => Err(Error::usage(format!(
                "--events {n} of {}: give at least 1, and no more than there are",
                all.x.nrows()
            ))),
        }
    }
}

impl Observed {
    pub(crate) fn header(&self) -> &Header {
        &self.all.header
    }

    /// What a user should know: whether the model may have seen them, and whether they are independent.
    ///
    /// Events that stand for others need not be.
    pub(crate) fn warnings(
        &self,
        model: Option<&ModelFile>,
        simulator: Option<&Chosen<'_>>,
        stand_for_others: bool,
    ) -> Vec<String> {
        let known = model.filter(|_| self.all.is_data_set);
        let seen = known.and_then(|model| infer::seen_in_training(model, self.header()));
        let repeats = self.repeats(simulator).filter(|_| !stand_for_others);
        seen.into_iter().chain(repeats).collect()
    }

    /// The observations, `[n, m]`.
    pub(crate) fn x(&self) -> ArrayView2<'_, f64> {
        self.all.x.slice_axis(Axis(0), (0..self.n).into())
    }

    /// The simulator that they come from, if it is known here.
    pub(crate) fn simulator<'a>(&self, registry: &'a Registry) -> Option<Chosen<'a>> {
        simulator(registry, &SimulatorName::from(self.header())).ok()
    }

    /// A warning, if many of them are the same events of a file once more.
    fn repeats(&self, simulator: Option<&Chosen<'_>>) -> Option<String> {
        let rows = simulator?.n_rows()?;
        let from = match self.all.is_data_set {
            true => format!(": they were drawn with replacement from {rows} rows of a file"),
            false => String::new(),
        };
        let bits = |x: ArrayView1<f64>| x.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        let different = self.x().rows().into_iter().map(bits).collect::<HashSet<_>>().len();
        (((self.n - different) as f64) > MOST_REPEATS * self.n as f64).then(|| {
            format!(
                "of {} events {different} are different{from}, and they are taken for independent here, so that intervals are too narrow; observe fewer, or let few stand for many with --expect",
                self.n
            )
        })
    }

    /// What they are events of, in words.
    pub(crate) fn of(&self) -> &str {
        &self.all.of
    }

    /// How many they are, in words.
    pub(crate) fn in_words(&self) -> String {
        format!("{} of {}", counted(self.n, "event"), self.of())
    }
}

impl DrawsOptions {
    /// Before anything is computed.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.output {
            Some(path) if path.exists() && !self.force => Err(Error::exists(path)),
            Some(path) if path.extension().is_none_or(|extension| extension != "npz") => Err(wrong_name(path)),
            _ => Ok(()),
        }
    }

    /// Writes an array for each name, if that was asked for.
    pub(crate) fn write(&self, arrays: &[(String, ArrayView2<f64>)]) -> Result<()> {
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
