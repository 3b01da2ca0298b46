//! The folder of a study: what is done is on disk, so a stopped study goes on where it stopped.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::{Job, Plan};
use super::{Results, Run};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;

/// One training as it is kept until the study is whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub run: Run,
    /// log r̂ at the shown observations, `[k]`.
    pub log_ratio: Vec<f64>,
    /// t̂ at the shown observations, `[k, p]`.
    pub score: Vec<Vec<f64>>,
}

/// What a half-finished study was doing.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Intent {
    simulator: String,
    crate_version: String,
    plan: Plan,
}

/// The folder of a study in progress.
#[derive(Debug)]
pub(super) struct Ledger {
    dir: PathBuf,
}

impl Ledger {
    /// Opens a new study, or the same one again. With `force`, finished results are replaced once the new ones are
    /// whole, and an unfinished study of another plan is given up.
    ///
    /// # Errors
    /// Without `force`, if the folder holds finished results or an unfinished study of another plan; if it cannot be
    /// written.
    pub(super) fn open(dir: &Path, simulator: &str, plan: &Plan, force: bool) -> Result<Self> {
        if dir.join("results.json").exists() && !force {
            return Err(Error::exists(&dir.join("results.json")));
        }
        let ledger = Self { dir: dir.to_owned() };
        let intent = Intent {
            simulator: simulator.into(),
            crate_version: env!("CARGO_PKG_VERSION").into(),
            plan: plan.clone(),
        };
        let path = ledger.runs().join("plan.json");
        match read_json::<Intent>(&path) {
            Some(found) if found == intent => return Ok(ledger),
            Some(_) if !force => {
                let what = "belongs to an unfinished study with other settings: finish it with those, choose another \
                            folder, or add --force to start anew";
                return Err(Error::file(&path, what));
            }
            Some(_) => ledger.remove_runs()?,
            None => {}
        }
        std::fs::create_dir_all(ledger.runs()).map_err(|error| Error::io(dir, error))?;
        write_json(&path, &intent)?;
        Ok(ledger)
    }

    fn runs(&self) -> PathBuf {
        self.dir.join("runs")
    }

    fn path(&self, job: &Job) -> PathBuf {
        self.runs()
            .join(format!("{}-{}-{}.json", job.method, job.n_events, job.seed))
    }

    /// A finished training; `None` if it is not there, or was cut off.
    pub(super) fn read(&self, job: &Job) -> Option<Entry> {
        read_json(&self.path(job))
    }

    pub(super) fn write(&self, job: &Job, entry: &Entry) -> Result<()> {
        write_json(&self.path(job), entry)
    }

    pub(super) fn lost(&self, job: &Job) -> Error {
        Error::file(
            &self.path(job),
            "cannot be read back: is another process working in this folder?",
        )
    }

    /// Writes the results, and removes what was kept to go on.
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
