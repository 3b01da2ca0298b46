//! The simulator that a command names: one of the program's own, or the events of a file.

use std::convert::Infallible;
use std::fmt::{Display, Formatter};
use std::ops::Deref;
use std::path::Path;
use std::str::FromStr;

use super::Registry;
use motherlode_core::dataset::{Header, Portion};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Instrumented;
use motherlode_hep::lhe;
use motherlode_hep::madminer::EventSimulator;
use motherlode_hep::madminer::is_event_file;

/// Name of a simulator, or path of an event file and the portion of its rows; `events.h5:test` on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SimulatorName {
    pub(super) name: String,
    pub(super) portion: Portion,
}

impl SimulatorName {
    /// The name as a path of an event file.
    pub(super) fn path(&self) -> &Path {
        Path::new(&self.name)
    }

    /// Returns true if a simulator of the program has this name, or an event file of MadMiner this path.
    pub(super) fn is_known(&self, registry: &Registry) -> bool {
        self.is_registered(registry) || is_event_file(self.path())
    }

    /// Selects a portion of an event file; simulators of the program have no rows to select.
    pub(super) fn with_portion(self, registry: &Registry, portion: Portion) -> Result<Self> {
        if portion == self.portion || portion == Portion::All {
            return Ok(self);
        }
        if self.portion != Portion::All {
            return Err(Error::usage(format!(
                "`{self}` already names a portion, and --portion {portion} was given: give one of them"
            )));
        }
        match self.is_registered(registry) {
            true => Err(Error::usage(format!(
                "`{self}` simulates new events and has no rows to select with --portion {portion}: leave the option out"
            ))),
            false => Ok(Self { portion, ..self }),
        }
    }

    fn is_registered(&self, registry: &Registry) -> bool {
        registry.iter().any(|known| known.name() == self.name)
    }
}

impl FromStr for SimulatorName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let with_portion = text.rsplit_once(':').and_then(|(path, portion)| {
            Some(Self {
                name: path.to_owned(),
                portion: portion.parse().ok()?,
            })
        });
        Ok(with_portion.unwrap_or_else(|| Self {
            name: text.to_owned(),
            portion: Portion::All,
        }))
    }
}

impl From<&Header> for SimulatorName {
    fn from(header: &Header) -> Self {
        Self {
            name: header.simulator.clone(),
            portion: header.portion,
        }
    }
}

impl Display for SimulatorName {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.portion.label(&self.name))
    }
}

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
    /// The unit of a luminosity: cross sections of event files are in pb.
    pub(super) fn luminosity_unit(&self) -> &'static str {
        match self {
            Self::Registered(_) => "",
            Self::OfFile(_) => "/pb",
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

/// Finds a simulator of the program by name, or opens an event file of MadMiner.
pub(super) fn simulator<'a>(registry: &'a Registry, named: &SimulatorName) -> Result<Chosen<'a>> {
    let name = &named.name;
    if let Some(known) = registry.iter().find(|simulator| simulator.name() == name) {
        return Ok(Chosen::Registered(known.as_ref()));
    }
    let path = named.path();
    if is_event_file(path) {
        return EventSimulator::open(path, named.portion).map(|simulator| Chosen::OfFile(Box::new(simulator)));
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
