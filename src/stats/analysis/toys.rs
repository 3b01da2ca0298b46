//! Confidence regions by toys, with the results on disk so that an interrupted computation can resume.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::inference::{NeymanBelt, TestedHypothesis, ToyPlan, ToyRegions, Toys};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_core::parallel::in_parallel;

/// Draws the toys of every hypothesis and compares the data with them.
pub(super) fn regions_by_toys(
    belt: &NeymanBelt,
    toys: &Toys<'_>,
    mut ledger: Option<ToyLedger>,
    progress: &dyn Progress,
) -> Result<ToyRegions> {
    let mut tested = ledger
        .as_mut()
        .map_or(Vec::new(), |ledger| std::mem::take(&mut ledger.done));
    let all = belt.grid().nrows();
    let finished: Vec<usize> = tested.iter().map(|tested| tested.hypothesis).collect();
    let remaining: Vec<usize> = (0..all).filter(|g| !finished.contains(g)).collect();
    progress.begin("toys of hypothesis");
    let test = |&g: &usize| {
        progress.check()?;
        let sums = toys.sums(g, &belt.grid().row(g).to_vec())?;
        belt.test(g, sums.view(), progress)
    };
    in_parallel(&remaining, test, |_, found| {
        if let Some(ledger) = &mut ledger {
            ledger.write(&found)?;
        }
        tested.push(found);
        progress.report(tested.len() as u64, all as u64);
        Ok(())
    })?;
    Ok(belt.regions(tested))
}

/// A file of the hypotheses already tested by toys: a line that identifies data and settings, then one line of JSON for each hypothesis.
#[derive(Debug)]
pub(super) struct ToyLedger {
    path: PathBuf,
    file: File,
    done: Vec<TestedHypothesis>,
}

impl ToyLedger {
    /// Returns the values that identify data and settings.
    pub(super) fn identity(plan: ToyPlan, levels: &[f64], fingerprint: Vec<f64>) -> Value {
        json!({
            "toys": plan.toys, "seed": plan.seed, "levels": levels, "observed": fingerprint,
            "version": env!("CARGO_PKG_VERSION"),
        })
    }

    /// Opens the file `name` in a folder, and creates both if needed; with `force`, toys of other data or settings are deleted.
    ///
    /// # Errors
    /// If the file belongs to other toys, or cannot be read or written.
    pub(super) fn open(folder: &Path, name: &str, identity: &Value, force: bool) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| Error::io(folder, error))?;
        let path = folder.join(name);
        let identity = json!({ "toys_of": identity });
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut lines = text.lines();
        let found: Option<Value> = lines.next().and_then(|line| serde_json::from_str(line).ok());
        let same = found.as_ref() == Some(&identity);
        if found.is_some() && !same && !force {
            let what = "holds toys of other data, another model or other settings: choose another folder, or add --force to \
                        delete them";
            return Err(Error::file(&path, what));
        }
        // The last line may have been cut off.
        let done: Vec<TestedHypothesis> = match same {
            true => lines.filter_map(|line| serde_json::from_str(line).ok()).collect(),
            false => Vec::new(),
        };
        let written = done.iter().map(|tested| json!(tested).to_string());
        let text: String = [identity.to_string()]
            .into_iter()
            .chain(written)
            .map(|line| line + "\n")
            .collect();
        write_atomically(&path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.map_err(|error| Error::io(&path, error))?;
        Ok(Self { path, file, done })
    }

    fn write(&mut self, tested: &TestedHypothesis) -> Result<()> {
        writeln!(self.file, "{}", json!(tested)).map_err(|error| Error::io(&self.path, error))
    }
}
