//! Checkpoint of a training: a file beside the model, rewritten at intervals, from which an interrupted training goes on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};

use super::TrainingState;
use crate::architecture::NamedTensor;
use crate::tensor_file;
use motherlode_core::OutputLock;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;

/// The metadata entry that holds all but the numbers of the network.
const ENTRY: &str = "motherlode-training";
/// The first checkpoint is written after this time.
const FIRST: Duration = Duration::from_millis(500);
/// Later ones after this share of the training so far: an interruption costs that at the most,
const SHARE: u32 = 5;
/// or this.
const MOST: Duration = Duration::from_secs(30);

/// All that a training needs to go on as if nothing had happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkpoint {
    pub state: TrainingState,
    /// Rows of numbers by name: the weights, those that may be kept, the state of the optimiser.
    pub rows: Vec<(String, Vec<f32>)>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    state: TrainingState,
    /// Which training it is of, in JSON.
    training: String,
}

/// Keeps the checkpoints of one training.
#[derive(Debug)]
pub(crate) struct CheckpointKeeper {
    path: PathBuf,
    training: String,
    began: Instant,
    /// When the next checkpoint is due, since the beginning.
    due: Duration,
    /// Of two trainings with one file, the second is refused.
    _lock: OutputLock,
}

impl CheckpointKeeper {
    /// Keeps the checkpoints of the training that is described by `training` at `path`.
    ///
    /// # Errors
    /// If `training` cannot be written as JSON, or another training keeps its checkpoints there.
    pub(crate) fn new(path: &Path, training: &impl Serialize) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            training: serde_json::to_string(training).map_err(|error| Error::file(path, error.to_string()))?,
            began: Instant::now(),
            due: FIRST,
            _lock: OutputLock::file(path)?,
        })
    }

    /// Has a checkpoint written after every step.
    #[cfg(test)]
    pub(crate) fn eager(self) -> Self {
        Self {
            due: Duration::ZERO,
            ..self
        }
    }

    /// Returns true if it is time for a checkpoint.
    pub(crate) fn is_due(&self) -> bool {
        self.began.elapsed() >= self.due
    }

    /// Writes a checkpoint in place of the last one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn save(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        let failed = |error: &dyn std::fmt::Display| Error::file(&self.path, format!("cannot be written: {error}"));
        let entry = Entry {
            state: checkpoint.state.clone(),
            training: self.training.clone(),
        };
        let json = serde_json::to_string(&entry).map_err(|error| failed(&error))?;
        let rows = checkpoint.rows.iter().map(|(name, row)| NamedTensor {
            name: name.clone(),
            shape: vec![row.len()],
            values: row.clone(),
        });
        let bytes = tensor_file::to_bytes(ENTRY, &json, &rows.collect::<Vec<_>>()).map_err(|error| failed(&error))?;
        write_atomically(&self.path, &bytes)?;
        if !self.due.is_zero() {
            let elapsed = self.began.elapsed();
            self.due = elapsed + (elapsed / SHARE).clamp(FIRST, MOST);
        }
        Ok(())
    }

    /// Removes the checkpoint of a training that came to nothing: nobody will want to go on with it.
    pub(crate) fn discard(&self) {
        // It may not be there, and what went wrong with the training is worth reporting, not this.
        let _ = std::fs::remove_file(&self.path);
    }

    /// The last checkpoint, if there is one.
    ///
    /// # Errors
    /// If the file is damaged, or is of another training.
    pub(crate) fn load(&self) -> Result<Option<Checkpoint>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let bytes = std::fs::read(&self.path).map_err(|error| Error::io(&self.path, error))?;
        let broken = |what: String| {
            let what = format!("does not hold the state of a training ({what}): remove it to train from the beginning");
            Error::file(&self.path, what)
        };
        let entry = entry(&bytes).map_err(broken)?;
        if entry.training != self.training {
            let what = "holds the state of an interrupted training of another method, other data, settings or another \
                        version: run that command again to finish it, remove the file, or choose another path";
            return Err(Error::file(&self.path, what));
        }
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| broken(error.to_string()))?;
        let mut rows: Vec<(String, Vec<f32>)> = tensors
            .iter()
            .map(|(name, view)| (name.to_owned(), tensor_file::values(&view)))
            .collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Some(Checkpoint {
            state: entry.state,
            rows,
        }))
    }
}

/// All of a checkpoint but the numbers of its network; or what is wrong with it.
fn entry(bytes: &[u8]) -> Result<Entry, String> {
    let json = tensor_file::entry(bytes, ENTRY)?.ok_or("it is another kind of file")?;
    tensor_file::verify(bytes, ENTRY)?;
    serde_json::from_str(&json).map_err(|error| error.to_string())
}

/// The file of member `member` of an ensemble whose checkpoints are kept at `path`.
pub(crate) fn of_member(path: &Path, member: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{member}"));
    name.into()
}

/// The files of checkpoints that are kept at `path`: of one training, and of members of an ensemble.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else {
        return vec![];
    };
    let is_ours = |other: &str| {
        let rest = other.strip_prefix(&name);
        rest.is_some_and(|rest| {
            let number = rest.strip_prefix('.').is_some_and(|rest| rest.parse::<usize>().is_ok());
            rest.is_empty() || number
        })
    };
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    let entries = std::fs::read_dir(directory.unwrap_or(Path::new("."))).into_iter();
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .flatten()
        .filter(|entry| is_ours(&entry.file_name().to_string_lossy()))
        .map(|entry| path.with_file_name(entry.file_name()))
        .collect();
    files.sort();
    files
}

/// The step that the training of a checkpoint had reached, if the file is one.
pub(crate) fn step_of(path: &Path) -> Option<usize> {
    let bytes = std::fs::read(path).ok()?;
    entry(&bytes).ok().map(|entry| entry.state.step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Curve;
    use crate::train::early_stopping::Validated;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            state: TrainingState {
                step: 7,
                running: 0.1 + 0.2,
                curve: Curve {
                    step: vec![5],
                    train: vec![1.0 / 3.0],
                    validation: vec![2.0 / 3.0],
                },
                best: Some(Validated {
                    step: 5,
                    losses: vec![0.1, 1.0 / 7.0],
                }),
                ..TrainingState::default()
            },
            rows: vec![
                ("best".into(), vec![0.1, f32::MIN_POSITIVE, -3.0]),
                ("weights".into(), vec![1.0 / 3.0; 3]),
            ],
        }
    }

    #[test]
    fn what_is_kept_comes_back_to_the_last_bit() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("a.model.training");
        let mut keeper = CheckpointKeeper::new(&path, &"alice").unwrap();
        assert_eq!(keeper.load().unwrap(), None);
        assert!(!keeper.is_due());
        keeper.save(&checkpoint()).unwrap();
        assert_eq!(keeper.load().unwrap(), Some(checkpoint()));
        let second = CheckpointKeeper::new(&path, &"alice").unwrap_err();
        assert_eq!(second.kind(), motherlode_core::ErrorKind::Locked, "{second}");
        drop(keeper);
        assert!(CheckpointKeeper::new(&path, &"alice").unwrap().eager().is_due());
    }

    #[test]
    fn the_files_of_an_ensemble_are_found_and_no_others() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("a.model.training");
        let mut ours = vec![path.clone(), of_member(&path, 0), of_member(&path, 12)];
        for name in [
            "a.model",
            "a.model.training.old",
            "b.model.training",
            "a.model.training.1.tmp",
        ] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        for file in &ours {
            CheckpointKeeper::new(file, &"alice")
                .unwrap()
                .save(&checkpoint())
                .unwrap();
        }
        ours.sort();
        assert_eq!(files(&path), ours);
        assert_eq!(
            files(&path).iter().filter_map(|file| step_of(file)).collect::<Vec<_>>(),
            [7; 3]
        );
        assert_eq!(step_of(&directory.path().join("a.model")), None);
    }

    #[test]
    fn another_training_and_damage_are_refused() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("a.model.training");
        CheckpointKeeper::new(&path, &"alice")
            .unwrap()
            .save(&checkpoint())
            .unwrap();
        let said = |keeper: &CheckpointKeeper| keeper.load().unwrap_err().to_string();
        let other = CheckpointKeeper::new(&path, &"carl").unwrap();
        assert!(said(&other).contains("interrupted training of another method"));
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 5, 100, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(said(&other).contains("remove it to train from the beginning"));
        }
    }
}
