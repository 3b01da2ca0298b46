//! The folder of a study: finished trainings are stored, so that an interrupted study resumes where it stopped.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::{Job, StudyPlan};
use super::{Results, Run};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;

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

/// Folder of a study in progress.
#[derive(Debug)]
pub(super) struct StudyFolder {
    dir: PathBuf,
}

impl StudyFolder {
    /// Opens a new study, or resumes an unfinished one. With `force`, existing results are replaced once the new ones are complete, and an
    /// unfinished study with another plan is deleted.
    ///
    /// # Errors
    /// Without `force`, if the folder holds results or an unfinished study with another plan; if it cannot be written.
    pub(super) fn open(dir: &Path, simulator: &str, plan: &StudyPlan, force: bool) -> Result<Self> {
        if dir.join("results.json").exists() && !force {
            return Err(Error::exists(&dir.join("results.json")));
        }
        let folder = Self { dir: dir.to_owned() };
        let identity = StudyIdentity {
            simulator: simulator.into(),
            crate_version: env!("CARGO_PKG_VERSION").into(),
            plan: plan.clone(),
        };
        let path = folder.runs().join("plan.json");
        match read_json::<StudyIdentity>(&path) {
            Some(found) if found == identity => return Ok(folder),
            Some(_) if !force => {
                let what = "belongs to an unfinished study with other settings: finish it with those, choose another \
                            folder, or add --force to start anew";
                return Err(Error::file(&path, what));
            }
            Some(_) => folder.remove_runs()?,
            None => {}
        }
        std::fs::create_dir_all(folder.runs()).map_err(|error| Error::io(dir, error))?;
        write_json(&path, &identity)?;
        Ok(folder)
    }

    fn runs(&self) -> PathBuf {
        self.dir.join("runs")
    }

    fn path(&self, job: &Job) -> PathBuf {
        self.runs()
            .join(format!("{}-{}-{}.json", job.method, job.n_events, job.seed))
    }

    /// Reads a finished training; `None` if the file is missing or incomplete.
    pub(super) fn read(&self, job: &Job) -> Option<FinishedTraining> {
        read_json(&self.path(job))
    }

    /// Stores a finished training.
    pub(super) fn write(&self, job: &Job, training: &FinishedTraining) -> Result<()> {
        write_json(&self.path(job), training)
    }

    /// Error for a training that was stored and cannot be read back.
    pub(super) fn lost(&self, job: &Job) -> Error {
        Error::file(
            &self.path(job),
            "cannot be read back: is another process working in this folder?",
        )
    }

    /// Writes the results, and deletes the stored trainings.
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
