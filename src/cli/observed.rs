//! Options for observed events, shared by several commands.

use std::path::{Path, PathBuf};

use clap::Args;
use ndarray::ArrayView2;

use super::console::{check_new, lock_new};
use super::{Registry, SimulatorName, SimulatorSource, open_simulator};
use crate::count::count;
use motherlode_core::arrays::write_npz;
use motherlode_core::dataset::{Header, is_data_set};
use motherlode_core::error::{Error, Result};
use motherlode_core::{Estimator, OutputLock};
use motherlode_nn::Model;
use motherlode_stats::analysis::{Observations, Warning, header_of_simulator, pool_rows};

#[derive(Debug, Args)]
pub(crate) struct ObservedOptions {
    /// Data set of observed events, or a NumPy array with one event per row (.npy, or `x` of an .npz). Joint labels are ignored.
    observed: PathBuf,
    /// Use only this number of events from the start of the file [default: all].
    #[arg(long, value_name = "EVENTS", value_parser = count::<usize>)]
    events: Option<usize>,
    /// Simulator or event file that the events of an array come from [default: the training simulator of the model].
    #[arg(long, value_name = "NAME")]
    simulator: Option<SimulatorName>,
}

/// Output options for draws.
#[derive(Debug, Args)]
pub(crate) struct DrawsOptions {
    /// Write the draws to this NumPy archive (.npz), with an array of chains × draws for each parameter.
    #[arg(short, long, value_name = "NPZ")]
    output: Option<PathBuf>,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
}

/// Simulator whose events fill histograms and toys, with a warning if they may include the observed events.
pub(crate) struct EventPool<'a> {
    pub(crate) simulator: Option<SimulatorSource<'a>>,
    pub(crate) warning: Option<Warning>,
}

/// Reads a model, and refuses a data set in its place.
pub(crate) fn read_model(path: &Path) -> Result<Model> {
    if is_data_set(path)? {
        return Err(Error::file(
            path,
            "is a data set: give the model first, then the observed events",
        ));
    }
    Model::read(path)
}

/// Header for events of a simulator.
pub(crate) fn simulator_header(registry: &Registry, simulator_name: &SimulatorName) -> Result<Header> {
    let header = header_of_simulator(&*open_simulator(registry, simulator_name)?);
    Ok(header.with_simulator(simulator_name.name.clone()))
}

/// Reads observations of these observables from a data set or a NumPy array.
pub(crate) fn read_observations(path: &Path, observables: &[String]) -> Result<Observations> {
    let header = Header::imported(
        Vec::new(),
        observables.to_vec(),
        motherlode_core::gold::Design::Reference { theta: Vec::new() },
    );
    let array_header = (!is_data_set(path)?).then_some(header);
    let observations = Observations::read(path, None, array_header)?;
    let present = &observations.header().observables;
    match present == observables {
        true => Ok(observations),
        false => Err(Error::file(
            path,
            format!(
                "has the observables {}, and {} are needed: give events with these observables",
                present.join(", "),
                observables.join(", ")
            ),
        )),
    }
}

impl ObservedOptions {
    /// Reads the observed events, and checks that `model`, if given, accepts them.
    pub(crate) fn read(&self, registry: &Registry, model: Option<&dyn Estimator>) -> Result<Observations> {
        let all = self.read_each(registry, model)?;
        all.check_one_hypothesis()?;
        Ok(all)
    }

    /// Reads the observed events, of which each may be of a hypothesis of its own.
    pub(crate) fn read_each(&self, registry: &Registry, model: Option<&dyn Estimator>) -> Result<Observations> {
        let header = self.simulator.as_ref().map(|name| simulator_header(registry, name));
        let all = Observations::read(&self.observed, model, header.transpose()?)?;
        match self.events {
            Some(n) => all.first(n),
            None => Ok(all),
        }
    }
}

/// The simulator that observations come from, if the program has it.
pub(crate) fn known_simulator<'a>(registry: &'a Registry, observations: &Observations) -> Option<SimulatorSource<'a>> {
    open_simulator(registry, &SimulatorName::from(observations.header())).ok()
}

/// The simulator whose events fill histograms and toys; for an event file, with rows other than the observed ones.
pub(crate) fn event_pool<'a>(
    registry: &'a Registry,
    observations: &Observations,
    model: &dyn Estimator,
) -> EventPool<'a> {
    let known = known_simulator(registry, observations);
    let Some(SimulatorSource::EventFile(_)) = known else {
        return EventPool {
            simulator: known,
            warning: None,
        };
    };
    let others = pool_rows(observations, model);
    let mut simulator_name = SimulatorName::from(observations.header());
    let warning = others.is_none().then(|| Warning::SharedPool {
        file: simulator_name.name.clone(),
    });
    simulator_name.portion = others.unwrap_or(simulator_name.portion);
    EventPool {
        simulator: open_simulator(registry, &simulator_name).ok(),
        warning,
    }
}

impl DrawsOptions {
    /// Checks the name of the output before the computation starts, and locks it.
    pub(crate) fn lock(&self) -> Result<Option<OutputLock>> {
        check_new(&self.output, self.force)?;
        match &self.output {
            Some(path) if path.extension().is_none_or(|extension| extension != "npz") => Err(Error::usage(format!(
                "draws are written as a NumPy archive: give `{}` a name that ends in .npz",
                path.display()
            ))),
            path => lock_new(path.as_deref(), self.force),
        }
    }

    /// Writes an array for each name, if an output is given.
    pub(crate) fn write(&self, arrays: &[(String, ArrayView2<f64>)]) -> Result<()> {
        let arrays: Vec<_> = arrays
            .iter()
            .map(|(name, array)| (name.clone(), array.into_dyn()))
            .collect();
        self.output.as_ref().map_or(Ok(()), |path| write_npz(path, &arrays))
    }
}
