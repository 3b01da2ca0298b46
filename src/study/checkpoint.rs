//! The folder of a study: finished trainings are stored, so that an interrupted study resumes where it stopped.
//!
//! Each stored training carries the digest of the study that it belongs to, its events included, and of itself. So the trainings of one
//! study are never taken for those of another, a damaged one is trained again, and `plan.json` may be lost: the same command writes it
//! again and goes on.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::{Job, StudyPlan};
use super::{Results, Run};
use motherlode_core::OutputLock;
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_core::format::hex;

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

/// Digest of a value as JSON, in hexadecimal digits.
fn digest(value: &impl Serialize, path: &Path) -> Result<String> {
    let bytes = serde_json::to_vec(value).map_err(|error| Error::file(path, error.to_string()))?;
    Ok(hex(&Sha256::digest(bytes)))
}

/// Digest of the events of a study, which a file of events may change under the same name.
fn digest_of_events<'a>(events: impl Iterator<Item = &'a AugmentedData>) -> String {
    let mut hasher = Sha256::new();
    for data in events {
        let ratios = data.joint_log_ratio.iter().flatten();
        let numbers = data.x.iter().chain(&data.theta0).chain(ratios);
        numbers.for_each(|number| hasher.update(number.to_le_bytes()));
    }
    hex(&hasher.finalize())
}

/// A training in its file.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// Digest of the study.
    study: String,
    /// Digest of the training.
    sha256: String,
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
    identity: StudyIdentity,
    /// Digest of the study.
    study: String,
    _lock: OutputLock,
}

impl StudyFolder {
    /// Opens the folder of a study. With `force`, existing results are replaced once the new ones are complete.
    ///
    /// # Errors
    /// Without `force`, if the folder holds results or an unfinished study with another plan; if another process works in it.
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
            study: digest(&identity, dir)?,
            identity,
            _lock: lock,
        };
        let plan = folder.runs().join(PLAN);
        match read_json::<StudyIdentity>(&plan) {
            Some(found) if found != folder.identity && !force => Err(another_study(&plan)),
            Some(found) if found != folder.identity => folder.remove_runs().map(|()| folder),
            _ => Ok(folder),
        }
    }

    /// Begins the study of these events, or resumes it. With `force`, trainings of another study are deleted.
    ///
    /// # Errors
    /// Without `force`, if the folder holds trainings of another study; if it cannot be written.
    pub(super) fn begin<'a>(mut self, events: impl Iterator<Item = &'a AugmentedData>, force: bool) -> Result<Self> {
        self.study = digest(&(&self.study, digest_of_events(events)), &self.dir)?;
        match self.entry_of_another_study() {
            Some(other) if !force => return Err(another_study(&other)),
            Some(_) => self.remove_runs()?,
            None => {}
        }
        std::fs::create_dir_all(self.runs()).map_err(|error| Error::io(&self.dir, error))?;
        write_json(&self.runs().join(PLAN), &self.identity)?;
        Ok(self)
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

    /// Reads a finished training; `None` if the file is missing, incomplete, damaged or of another study.
    pub(super) fn read(&self, job: &Job) -> Option<FinishedTraining> {
        let path = self.path(job);
        let entry: Entry = read_json(&path)?;
        let is_whole = digest(&entry.training, &path).is_ok_and(|found| found == entry.sha256);
        (entry.study == self.study && is_whole).then_some(entry.training)
    }

    /// Stores a finished training.
    pub(super) fn write(&self, job: &Job, training: FinishedTraining) -> Result<()> {
        let (path, study) = (self.path(job), self.study.clone());
        let sha256 = digest(&training, &path)?;
        write_json(
            &path,
            &Entry {
                study,
                sha256,
                training,
            },
        )
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

fn another_study(path: &Path) -> Error {
    let what = "belongs to an unfinished study with other settings or other events: finish it with those, choose another folder, or add \
                --force to start anew";
    Error::file(path, what)
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
    use motherlode_core::gold::{Design, Miner};
    use motherlode_nn::Method;

    use super::*;

    fn open(dir: &Path, steps: usize, force: bool) -> Result<StudyFolder> {
        let mut plan = StudyPlan::default();
        plan.settings.steps = Some(steps);
        StudyFolder::open(dir, "galton", &plan, force)?.begin(std::iter::empty(), force)
    }

    fn job() -> Job {
        Job {
            method: Method::Alice,
            n_events: 20,
            seed: 0,
        }
    }

    /// A training whose file has another digit is trained again, and so is one of other events.
    #[test]
    fn damaged_entries_and_those_of_other_events_are_not_used() {
        let directory = tempfile::TempDir::new().unwrap();
        let folder = open(directory.path(), 1, false).unwrap();
        let run = r#"{"simulator":"galton","method":"alice","n_events":20,"seed":0,"mse_log_ratio":0.125,"mse_log_ratio_prior":null,
            "mse_score":null,"held_out":null,"train_seconds":1.0,"steps":1,"best_step":1,"curve":{"step":[],"train":[],"validation":[]}}"#;
        let training = FinishedTraining {
            run: serde_json::from_str(run).unwrap(),
            log_ratio: vec![0.5],
            score: vec![],
        };
        folder.write(&job(), training).unwrap();
        assert!(folder.read(&job()).is_some());
        let path = folder.path(&job());
        let sound = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, sound.replace("0.125", "0.135")).unwrap();
        assert!(folder.read(&job()).is_none());
        std::fs::write(&path, sound).unwrap();
        drop(folder);
        let mut plan = StudyPlan::default();
        plan.settings.steps = Some(1);
        let again = StudyFolder::open(directory.path(), "galton", &plan, false).unwrap();
        let galton = motherlode_simulators::Galton::default();
        let design = Design::Reference { theta: vec![-0.8] };
        let events = Miner::new(&galton, design, 1).unwrap().events(0..3).unwrap();
        let refused = again.begin([&events].into_iter(), false).unwrap_err().to_string();
        assert!(refused.contains("other events"), "{refused}");
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
