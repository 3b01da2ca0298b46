//! The folder of a study: finished trainings are stored, so that an interrupted study resumes where it stopped.
//!
//! Each stored training carries the digest of the study that it belongs to. So the trainings of one study are never taken for those of
//! another, and `plan.json` may be lost: the same command writes it again and goes on.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::{Job, StudyPlan};
use super::{Results, Run};
use motherlode_core::OutputLock;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;

/// Name of the file that says whose trainings are stored.
const PLAN: &str = "plan.json";

/// Finished training, stored until the study is complete.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FinishedTraining {
    pub run: Run,
    /// log r̂ at the observations of the figures, `[k]`.
    pub log_ratio: Vec<f64>,
    /// t̂ at the observations of the figures, `[k, p]`.
    pub score: Vec<Vec<f64>>,
}

/// Identity of an unfinished study: it resumes with the same simulator, version and plan only.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StudyIdentity {
    simulator: String,
    crate_version: String,
    plan: StudyPlan,
}

impl StudyIdentity {
    /// Digest that marks the stored trainings of the study.
    fn digest(&self, path: &Path) -> Result<String> {
        let bytes = serde_json::to_vec(self).map_err(|error| Error::file(path, error.to_string()))?;
        Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// A training in its file.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// Digest of the study.
    study: String,
    training: FinishedTraining,
}

/// The study of a training in its file; absent where a version wrote it that did not mark trainings.
#[derive(Deserialize)]
struct Origin {
    study: Option<String>,
}

/// Folder of a study in progress, locked against other processes.
#[derive(Debug)]
pub(super) struct StudyFolder {
    dir: PathBuf,
    /// Digest of the study.
    study: String,
    _lock: OutputLock,
}

impl StudyFolder {
    /// Opens a new study, or resumes an unfinished one. With `force`, existing results are replaced once the new ones are complete, and an
    /// unfinished study with another plan is deleted.
    ///
    /// # Errors
    /// Without `force`, if the folder holds results or trainings of an unfinished study with another plan; if another process works in it,
    /// or it cannot be written.
    pub(super) fn open(dir: &Path, simulator: &str, plan: &StudyPlan, force: bool) -> Result<Self> {
        let results = dir.join("results.json");
        let exists = || results.exists() && !force;
        if exists() {
            return Err(Error::exists(&results));
        }
        let lock = OutputLock::folder(dir)?;
        // The owner before may have finished in between.
        if exists() {
            return Err(Error::exists(&results));
        }
        let identity = StudyIdentity {
            simulator: simulator.into(),
            crate_version: env!("CARGO_PKG_VERSION").into(),
            plan: plan.clone(),
        };
        let folder = Self {
            dir: dir.to_owned(),
            study: identity.digest(dir)?,
            _lock: lock,
        };
        let path = folder.runs().join(PLAN);
        let found = read_json::<StudyIdentity>(&path);
        let other = match &found {
            Some(found) if *found != identity => Some(path.clone()),
            _ => folder.entry_of_another_study(),
        };
        match other {
            Some(other) if !force => {
                let what = "belongs to an unfinished study with other settings: finish it with those, choose another \
                            folder, or add --force to start anew";
                return Err(Error::file(&other, what));
            }
            Some(_) => folder.remove_runs()?,
            None => {}
        }
        std::fs::create_dir_all(folder.runs()).map_err(|error| Error::io(dir, error))?;
        write_json(&path, &identity)?;
        Ok(folder)
    }

    /// A stored training of another study. Files that are cut off belong to none.
    fn entry_of_another_study(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.runs()).into_iter().flatten().flatten();
        let mut paths = entries.map(|entry| entry.path()).filter(|path| {
            let is_entry = path.extension().is_some_and(|extension| extension == "json") && !path.ends_with(PLAN);
            is_entry && read_json::<Origin>(path).is_some_and(|origin| origin.study.as_ref() != Some(&self.study))
        });
        paths.next()
    }

    fn runs(&self) -> PathBuf {
        self.dir.join("runs")
    }

    fn path(&self, job: &Job) -> PathBuf {
        self.runs()
            .join(format!("{}-{}-{}.json", job.method, job.n_events, job.seed))
    }

    /// Reads a finished training; `None` if the file is missing, incomplete or of another study.
    pub(super) fn read(&self, job: &Job) -> Option<FinishedTraining> {
        let entry: Entry = read_json(&self.path(job))?;
        (entry.study == self.study).then_some(entry.training)
    }

    /// Stores a finished training.
    pub(super) fn write(&self, job: &Job, training: FinishedTraining) -> Result<()> {
        let study = self.study.clone();
        write_json(&self.path(job), &Entry { study, training })
    }

    /// Error for a training that was stored and cannot be read back.
    pub(super) fn lost(&self, job: &Job) -> Error {
        Error::file(
            &self.path(job),
            "cannot be read back: is another process working in this folder?",
        )
    }

    /// Writes the results, the last file of the study, and deletes the stored trainings.
    pub(super) fn close(self, results: &Results) -> Result<()> {
        write_json(&self.dir.join("results.json"), results)?;
        self.remove_runs()
    }

    fn remove_runs(&self) -> Result<()> {
        std::fs::remove_dir_all(self.runs()).map_err(|error| Error::io(&self.runs(), error))
    }
}

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|error| Error::file(path, error.to_string()))?;
    write_atomically(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path, steps: usize, force: bool) -> Result<StudyFolder> {
        let mut plan = StudyPlan::default();
        plan.settings.steps = Some(steps);
        StudyFolder::open(dir, "galton", &plan, force)
    }

    #[test]
    fn entries_of_another_study_are_refused_without_its_plan() {
        let directory = tempfile::TempDir::new().unwrap();
        let dir = directory.path();
        let entry = dir.join("runs/alice-20-0.json");
        let folder = open(dir, 1, false).unwrap();
        std::fs::write(&entry, format!(r#"{{"study":"{}"}}"#, folder.study)).unwrap();
        drop(folder);
        std::fs::remove_file(dir.join("runs/plan.json")).unwrap();
        let refused = open(dir, 20, false).unwrap_err().to_string();
        assert!(
            refused.contains("alice-20-0.json") && refused.contains("other settings"),
            "{refused}"
        );
        assert!(open(dir, 1, false).is_ok() && entry.exists());
        std::fs::write(dir.join("runs/plan.json"), "{").unwrap();
        assert!(open(dir, 20, false).is_err() && open(dir, 1, false).is_ok());
        assert!(open(dir, 20, true).is_ok() && !entry.exists());
    }

    /// As files of versions that did not say whose they are.
    #[test]
    fn entries_of_no_study_are_refused_beside_its_plan() {
        let directory = tempfile::TempDir::new().unwrap();
        drop(open(directory.path(), 1, false).unwrap());
        std::fs::write(directory.path().join("runs/alice-20-0.json"), "{}").unwrap();
        assert!(open(directory.path(), 1, false).is_err());
    }

    #[test]
    fn a_folder_has_one_writer() {
        let directory = tempfile::TempDir::new().unwrap();
        let first = open(directory.path(), 1, false).unwrap();
        let refused = open(directory.path(), 1, false).unwrap_err();
        assert_eq!(refused.kind(), motherlode_core::ErrorKind::Locked, "{refused}");
        drop(first);
        assert!(open(directory.path(), 1, false).is_ok());
    }
}
