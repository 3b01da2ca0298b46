//! One sample of an analysis: its file, the number of its events, and the factor on its weights.

use std::path::{Path, PathBuf};

use super::config::{AnalysisConfig, SampleConfig};
use super::same_files::check_different;
use super::setup::no_benchmark;
use super::variations::Variation;
use crate::lhe::{Normalisation, WeightSummary};
use crate::madminer::Setup;
use motherlode_core::error::{Error, Result, listed};
use motherlode_core::names::nearest;

/// A file of events with its settings in the analysis.
#[derive(Debug)]
pub(super) struct SampleFile {
    pub path: PathBuf,
    /// Number of its entry in the analysis; the files of one entry are parts of one sample.
    pub entry: usize,
    pub config: SampleConfig,
    pub summary: WeightSummary,
    pub variations: Vec<(String, Vec<Variation>)>,
    /// Factor on the weights.
    pub factor: f64,
    pub notes: Vec<String>,
}

impl SampleFile {
    /// Reads the files of all entries of an analysis.
    pub(super) fn read_all(folder: &Path, config: &AnalysisConfig, theory: &Setup) -> Result<Vec<Self>> {
        let mut files = Vec::new();
        for (entry, sample) in config.samples.iter().enumerate() {
            for path in sample.file.paths(folder)? {
                files.push(Self::read(path, (entry, sample), config, theory)?);
            }
        }
        check_different(&files)?;
        Ok(files)
    }

    /// Counts the events of a file and finds the weights that its systematics need.
    fn read(
        path: PathBuf,
        (entry, sample): (usize, &SampleConfig),
        config: &AnalysisConfig,
        theory: &Setup,
    ) -> Result<Self> {
        match (&sample.benchmark, sample.background) {
            (Some(name), false) if theory.benchmark(name).is_none() => {
                return Err(no_benchmark(&format!("sample {}", path.display()), name, theory));
            }
            (None, false) => {
                return Err(Error::data(format!(
                    "the sample {} needs benchmark = \"NAME\", where its events were generated, or background = true",
                    path.display()
                )));
            }
            (Some(_), true) => {
                return Err(Error::data(format!(
                    "the sample {} has a benchmark and is background, whose weights are the same at all: leave one of them out",
                    path.display()
                )));
            }
            _ => (),
        }
        if !(sample.k_factor.is_finite() && sample.k_factor > 0.0) {
            return Err(Error::data(format!(
                "a k-factor of {}: it must be above 0",
                sample.k_factor
            )));
        }
        if let Some(name) = sample.weights.keys().find(|name| !is_point(theory, name)) {
            let points: Vec<String> = theory.physical().map(|(_, benchmark)| benchmark.name.clone()).collect();
            return Err(Error::data(format!(
                "the sample {} names a weight for the benchmark `{name}`, which there is not{}: `weights` needs the names of benchmarks of the analysis, {}",
                path.display(),
                nearest(name, &points),
                listed(&points)
            )));
        }
        for name in sample.systematics.iter().flatten() {
            if !config.systematics.contains_key(name) {
                return Err(Error::data(format!(
                    "a sample has the systematic `{name}`, and there is no [systematics.{name}]"
                )));
            }
        }
        let (run, summary) = WeightSummary::of(&path)?;
        if summary.n_events == 0 {
            return Err(Error::file(&path, "has no events: leave the sample out"));
        }
        let normalisation = sample.normalisation.unwrap_or(Normalisation::of(&run));
        let factor = normalisation.factor(&path, &run, &summary)?;
        if let (None, Some(what)) = (sample.normalisation, summary.contradiction(&run, normalisation, factor)) {
            return Err(Error::file(&path, what));
        }
        Ok(Self {
            variations: config.variations(sample, &run, &path)?,
            notes: summary.notes(&run, normalisation, factor),
            config: sample.clone(),
            factor: factor * sample.k_factor,
            path,
            entry,
            summary,
        })
    }

    /// Samples of the same are parts of one.
    fn is_part_of(&self, other: &Self) -> bool {
        let process = |sample: &Self| match (&sample.config.process, sample.config.background) {
            // Backgrounds of two entries are different processes, as a rule.
            (None, true) => Some(format!("entry {}", sample.entry)),
            (process, _) => process.clone(),
        };
        self.config.benchmark == other.config.benchmark
            && self.config.background == other.config.background
            && process(self) == process(other)
    }
}

/// Returns true if there is a parameter point of this name.
fn is_point(theory: &Setup, name: &str) -> bool {
    theory.physical().any(|(_, benchmark)| benchmark.name == name)
}

/// Parts of one sample count by their events.
pub(super) fn share(samples: &mut [SampleFile]) {
    let shares = samples.iter().map(|sample| {
        let parts = samples.iter().filter(|other| sample.is_part_of(other));
        sample.summary.n_events as f64 / parts.map(|part| part.summary.n_events as f64).sum::<f64>()
    });
    let shares: Vec<f64> = shares.collect();
    samples
        .iter_mut()
        .zip(shares)
        .for_each(|(sample, share)| sample.factor *= share);
}

/// The variations of each systematic, which all samples that have it have in the same number, if perhaps under other names; the others are
/// given as many that change nothing.
pub(super) fn agree(samples: &mut [SampleFile]) -> Result<Vec<(String, Vec<Variation>)>> {
    let mut agreed = samples
        .first()
        .map(|sample| sample.variations.clone())
        .unwrap_or_default();
    for (s, (name, variations)) in agreed.iter_mut().enumerate() {
        for sample in samples.iter() {
            let found = &sample.variations[s].1;
            if variations.is_empty() {
                variations.clone_from(found);
            } else if !found.is_empty() && found.len() != variations.len() {
                return Err(Error::file(
                    &sample.path,
                    format!(
                        "has {} variations of the systematic `{name}`, and another sample has {}: all need the same number; say \
                         systematics = [...] for each sample, without `{name}` where it is another",
                        found.len(),
                        variations.len()
                    ),
                ));
            }
        }
        if variations.is_empty() {
            return Err(Error::data(format!(
                "no sample has the systematic `{name}`: leave it out"
            )));
        }
        for sample in samples.iter_mut().filter(|sample| sample.variations[s].1.is_empty()) {
            sample.variations[s].1 = variations.iter().map(Variation::without_effect).collect();
        }
    }
    Ok(agreed)
}
