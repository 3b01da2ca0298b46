//! The simulator that a command names: one of the program's own, or the events of a file.

use std::ops::Deref;
use std::path::Path;

use super::Registry;
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Instrumented;
use motherlode_hep::lhe;
use motherlode_hep::madminer::is_event_file;
use motherlode_hep::madminer::{EventSimulator, Portion};

/// A simulator of the program, or one that was made of a file.
pub(super) enum Chosen<'a> {
    Registered(&'a dyn Instrumented),
    OfFile(Box<EventSimulator>),
}

impl<'a> Deref for Chosen<'a> {
    type Target = dyn Instrumented + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Registered(simulator) => *simulator,
            Self::OfFile(simulator) => &**simulator,
        }
    }
}

impl Chosen<'_> {
    /// How many events a file has, from which all are drawn.
    pub(super) fn n_rows(&self) -> Option<u64> {
        match self {
            Self::Registered(_) => None,
            Self::OfFile(file) => Some(file.events().len() as u64),
        }
    }

    /// A luminosity in words; the cross sections of event files are in pb.
    pub(super) fn luminosity(&self, luminosity: f64) -> String {
        match self {
            Self::Registered(_) => format!("a luminosity of {luminosity}"),
            Self::OfFile(_) => format!("a luminosity of {luminosity}/pb"),
        }
    }

    /// Whether a new hypothesis for every event is slow: with nuisance parameters it costs a pass over the file.
    pub(super) fn is_slow_to_ask(&self) -> bool {
        match self {
            Self::Registered(_) => false,
            Self::OfFile(file) => file.events().n_nuisances() > 0,
        }
    }
}

/// The simulator of a name, or of the path of an event file of MadMiner, of which a portion may be named.
pub(super) fn simulator<'a>(registry: &'a Registry, name: &str) -> Result<Chosen<'a>> {
    if let Some(known) = registry.iter().find(|simulator| simulator.name() == name) {
        return Ok(Chosen::Registered(known.as_ref()));
    }
    let path = Path::new(Portion::split(name).0);
    if is_event_file(path) {
        return EventSimulator::open(name).map(|simulator| Chosen::OfFile(Box::new(simulator)));
    }
    if lhe::is_event_file(path) || path.extension().is_some_and(|extension| extension == "toml") {
        return Err(Error::file(
            path,
            "is not an event file yet: say in an analysis, a .toml file, what is measured of the events of a generator, and then \
             `motherlode import analysis.toml -o events.h5`",
        ));
    }
    if path.is_file() {
        return Err(Error::file(
            path,
            "is not an event file of MadMiner, and only those can be used as simulators: give one, or the name of a simulator",
        ));
    }
    if path.components().count() > 1 || path.extension().is_some() {
        return Err(Error::usage(format!(
            "there is no file `{name}`: give the path of an event file of MadMiner, or the name of a simulator"
        )));
    }
    let known: Vec<&str> = registry.iter().map(|simulator| simulator.name()).collect();
    Err(Error::usage(format!(
        "there is no simulator `{name}`; the simulators are {}, and any event file of MadMiner is one",
        known.join(", ")
    )))
}

/// Whether a simulator of the program has this name, or an event file of MadMiner this path, with or without a portion.
pub(super) fn is_simulator(registry: &Registry, name: &str) -> bool {
    registry.iter().any(|known| known.name() == name) || is_event_file(Path::new(Portion::split(name).0))
}

/// The name of a portion of an event file as a simulator; simulators of the program have no rows that could be divided.
pub(super) fn portion_of(registry: &Registry, name: &str, portion: Portion) -> Result<String> {
    let (path, named) = Portion::split(name);
    if portion == named || portion == Portion::All {
        return Ok(name.to_owned());
    }
    if named != Portion::All {
        return Err(Error::usage(format!(
            "`{name}` names a portion itself, and --portion {portion} was given: give one"
        )));
    }
    match registry.iter().any(|simulator| simulator.name() == name) {
        true => Err(Error::usage(format!(
            "`{name}` simulates new events, and has no rows of which --portion {portion} could be taken: leave it out"
        ))),
        false => Ok(portion.of(path)),
    }
}
