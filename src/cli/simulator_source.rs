//! The simulator that a command names: a simulator of the program, or an event file.

use std::convert::Infallible;
use std::fmt::{Display, Formatter};
use std::ops::Deref;
use std::path::Path;
use std::str::FromStr;

use super::Registry;
use super::theta::Point;
use motherlode_core::dataset::{Header, IMPORTED, Portion};
use motherlode_core::error::{Error, Result};
use motherlode_core::names::nearest;
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
                "`{self}` already selects a portion: omit --portion {portion}"
            )));
        }
        match self.is_registered(registry) {
            true => Err(Error::usage(format!(
                "`{self}` simulates new events and has no rows to select: omit --portion {portion}"
            ))),
            false => Ok(Self { portion, ..self }),
        }
    }

    /// Names of the same simulator to train on and to examine with: an event file has other rows for each.
    pub(super) fn to_train_and_examine(&self, registry: &Registry) -> [Self; 2] {
        let portions = match (self.is_registered(registry), self.portion) {
            (true, portion) => [portion; 2],
            (false, Portion::All) => [Portion::Train, Portion::Test],
            (false, portion) => [portion, portion.to_examine()],
        };
        portions.map(|portion| Self {
            portion,
            ..self.clone()
        })
    }

    /// The simulator that a model was trained on, with the rows of an event file to examine it with.
    pub(super) fn to_examine(trained_on: &Header) -> Self {
        Self {
            portion: trained_on.portion.to_examine(),
            ..Self::from(trained_on)
        }
    }

    /// The simulator that a model was trained on, with the rows of an event file to calibrate it with.
    pub(super) fn to_calibrate(trained_on: &Header) -> Self {
        Self {
            portion: trained_on.portion.to_calibrate(),
            ..Self::from(trained_on)
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

/// A simulator of the program, or an event file that is used as one.
pub(super) enum SimulatorSource<'a> {
    Registered(&'a dyn Instrumented),
    EventFile(Box<EventSimulator>),
}

impl<'a> Deref for SimulatorSource<'a> {
    type Target = dyn Instrumented + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Registered(simulator) => *simulator,
            Self::EventFile(simulator) => &**simulator,
        }
    }
}

impl SimulatorSource<'_> {
    /// Values of a point, without the nuisance parameters of an event file, which are fitted.
    pub(super) fn theory_values(&self, point: &Point) -> Result<Vec<f64>> {
        match self {
            Self::Registered(simulator) => point.values(*simulator),
            Self::EventFile(file) => point.theory_values(&**file, file.n_theory()),
        }
    }

    /// The unit of a luminosity: cross sections of event files are in pb.
    pub(super) fn luminosity_unit(&self) -> &'static str {
        match self {
            Self::Registered(_) => "",
            Self::EventFile(_) => "/pb",
        }
    }
}

/// Finds a simulator of the program by name, or opens an event file of MadMiner.
pub(super) fn open_simulator<'a>(
    registry: &'a Registry,
    simulator_name: &SimulatorName,
) -> Result<SimulatorSource<'a>> {
    let name = &simulator_name.name;
    if let Some(known) = registry.iter().find(|simulator| simulator.name() == name) {
        return Ok(SimulatorSource::Registered(known.as_ref()));
    }
    let path = simulator_name.path();
    if is_event_file(path) {
        return EventSimulator::open(path, simulator_name.portion)
            .map(|simulator| SimulatorSource::EventFile(Box::new(simulator)));
    }
    if lhe::is_event_file(path) || path.extension().is_some_and(|extension| extension == "toml") {
        return Err(Error::file(
            path,
            "is not an event file: describe observables and cuts in an analysis, a .toml file, and convert the generator's events with \
             `motherlode import analysis.toml -o events.h5`",
        ));
    }
    if path.is_file() {
        return Err(Error::file(
            path,
            "is not an event file of MadMiner: give an event file, or the name of a simulator",
        ));
    }
    if path.components().count() > 1 || path.extension().is_some() {
        return Err(Error::usage(format!(
            "there is no file `{name}`: give the path of an event file of MadMiner, or the name of a simulator"
        )));
    }
    if name == IMPORTED {
        return Err(Error::usage(
            "the events were imported, and their simulator is not known here: name a simulator of the program that makes such events, or use what \
             needs none (`infer`, `sample`, `evaluate`)",
        ));
    }
    let known: Vec<&str> = registry.iter().map(|simulator| simulator.name()).collect();
    Err(Error::usage(format!(
        "there is no simulator `{name}`{}: choose one of {}, or give the path of an event file of MadMiner",
        nearest(name, &known),
        known.join(", ")
    )))
}
