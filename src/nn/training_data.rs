//! Input of a training: events, and the simulator that knows more about them.

use std::path::{Path, PathBuf};

use super::train::{checkpoint_files, checkpoint_of_member, step_of};
use motherlode_core::dataset::{AugmentedData, Events, Reader};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::remove_temporaries;
use motherlode_core::gold::SimulatedEvents;
use motherlode_core::trace::Instrumented;

/// Events to train on, with their simulator where it is at hand.
///
/// An [`AugmentedData`] is one as it stands, with the labels of its file, and so is a [`Reader`], whose events are read
/// window by window where they do not fit into [`Settings::memory`](super::Settings::memory): the same training either way,
/// to the last bit, with the same settings. `with_simulator` adds the simulator: events that remember their paths then have labels at any hypothesis.
#[derive(Clone, Copy)]
pub struct TrainingData<'a> {
    pub(super) events: Events<'a>,
    pub(super) simulator: Option<&'a dyn Instrumented>,
    checkpoint: Option<&'a Path>,
    /// Number of the member in an ensemble.
    member: Option<usize>,
}

impl std::fmt::Debug for TrainingData<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrainingData")
            .field("events", &self.events.n_events())
            .field("simulator", &self.simulator.map(|simulator| simulator.name()))
            .field("checkpoint", &self.checkpoint)
            .finish()
    }
}

impl<'a> TrainingData<'a> {
    fn new(events: Events<'a>) -> Self {
        Self {
            events,
            simulator: None,
            checkpoint: None,
            member: None,
        }
    }

    /// Adds the simulator that made the events.
    pub fn with_simulator(self, simulator: &'a dyn Instrumented) -> Self {
        Self {
            simulator: Some(simulator),
            ..self
        }
    }

    /// Adds a checkpoint file that the training goes on from if it is interrupted; members of an ensemble have one each, whose
    /// names end in `.0`, `.1` and so on.
    ///
    /// The training writes its state to `path` every now and then. If the process is killed at any moment, the same call
    /// goes on from there, and the estimator is the same, to the last bit, as without the interruption. The state of another
    /// training, with other settings, data, or of another version, is an error. Whoever has the estimator safe removes the
    /// files with [`remove_checkpoints`](Self::remove_checkpoints).
    pub fn resumed_from(self, path: &'a Path) -> Self {
        Self {
            checkpoint: Some(path),
            ..self
        }
    }

    /// The steps that interrupted trainings had reached when their state was last written, of all members.
    pub fn interrupted_at(&self) -> Vec<usize> {
        let files = self.checkpoint.iter().flat_map(|path| checkpoint_files(path));
        files.filter_map(|file| step_of(&file)).collect()
    }

    /// Removes the files that interrupted trainings would go on from.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn remove_checkpoints(&self) -> Result<()> {
        let files = self.checkpoint.iter().flat_map(|path| checkpoint_files(path));
        self.checkpoint.iter().for_each(|path| remove_temporaries(path));
        files.into_iter().try_for_each(|file| {
            remove_temporaries(&file);
            std::fs::remove_file(&file).map_err(|error| Error::io(&file, error))
        })
    }

    /// Selects the checkpoint of a member of an ensemble.
    pub(super) fn of_member(self, member: usize) -> Self {
        Self {
            member: Some(member),
            ..self
        }
    }

    /// The file that this training goes on from.
    pub(super) fn checkpoint(&self) -> Option<PathBuf> {
        let path = self.checkpoint?;
        Some(match self.member {
            Some(member) => checkpoint_of_member(path, member),
            None => path.to_owned(),
        })
    }
}

impl<'a> From<&'a AugmentedData> for TrainingData<'a> {
    fn from(events: &'a AugmentedData) -> Self {
        Self::new(Events::Memory(events))
    }
}

impl<'a> From<&'a Reader> for TrainingData<'a> {
    fn from(events: &'a Reader) -> Self {
        Self::new(Events::File(events))
    }
}

impl<'a> From<SimulatedEvents<'a>> for TrainingData<'a> {
    fn from(simulated: SimulatedEvents<'a>) -> Self {
        Self::from(simulated.events).with_simulator(simulated.simulator)
    }
}
