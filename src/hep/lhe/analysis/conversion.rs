//! Converts events of generators to one file of weighted events.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use rand::RngExt;

use super::config::AnalysisConfig;
use super::conversion_warnings::missing_benchmarks;
use super::sample_file::{SampleFile, agree, share};
use super::sample_stream::{Batch, SampleStream};
use super::selection::{CutFlow, ObservableConfig, Selection};
use crate::lhe::Detector;
use crate::madminer::{EventFileWriter, MorphingCheck, MorphingChecker, Setup};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::Mean;
use motherlode_core::trace::stream;

/// Rows that are written at a time.
const BATCH: usize = 1 << 12;

/// An analysis, with the events of its samples counted.
#[derive(Debug)]
pub struct Analysis {
    pub(super) config: AnalysisConfig,
    pub(super) setup: Setup,
    pub(super) selection: Selection,
    samples: Vec<SampleFile>,
}

/// Result of the conversion of an analysis.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// Parameters, benchmarks, systematics and observables of the file that was written.
    pub setup: Setup,
    /// The cuts, in order.
    pub cuts: Vec<String>,
    /// The samples, in order.
    pub samples: Vec<ConvertedSample>,
    /// Description of the benchmarks that the morphing lacks, with a remedy.
    pub(super) lacking: Option<String>,
}

/// Result of the conversion of one sample.
#[derive(Debug, Clone)]
pub struct ConvertedSample {
    /// Path of the sample.
    pub path: PathBuf,
    /// The benchmark at which its events were generated; none of background.
    pub benchmark: Option<usize>,
    /// Numbers of events that were kept, and left out by each cut.
    pub flow: CutFlow,
    /// Σw and Σw² at all benchmarks in pb and pb², of the events that were kept, `[b]`.
    pub(super) sums: Vec<(f64, f64)>,
    /// Comparison of the weights at redundant benchmarks, of signal with morphing.
    pub(super) checker: Option<MorphingChecker>,
    /// Kept events with a negative weight at a parameter point.
    pub n_negative: u64,
    /// Notes on what looks wrong.
    pub notes: Vec<String>,
}

impl ConvertedSample {
    /// Contribution of the kept events to the cross section at benchmark `b`, in pb, with the Monte Carlo error √Σw².
    pub fn cross_section(&self, b: usize) -> Mean {
        let (sum, squares) = self.sums.get(b).copied().unwrap_or_default();
        Mean {
            value: sum,
            standard_error: squares.sqrt(),
        }
    }

    /// Compares the weights at redundant benchmarks with each other; `None` of background, or without morphing.
    pub fn morphing_check(&self) -> Option<MorphingCheck> {
        self.checker.as_ref().map(MorphingChecker::check)
    }

    /// Returns a note if there are particles of unknown kinds.
    pub fn unknown_particles(&self) -> Option<String> {
        let n = self.flow.n_unknown;
        (n > 0).then(|| format!("{n} particles of unknown kinds, other than neutrinos, are treated as invisible"))
    }
}

impl Conversion {
    /// Number of events that were kept.
    pub fn n_kept(&self) -> u64 {
        self.total(|flow| flow.n_kept)
    }

    /// Numbers of rejected events of all samples, each with the reason, in the order of the selection.
    pub fn rejected(&self) -> Vec<(String, u64)> {
        let observables = self.setup.observables.iter().enumerate();
        let undefined = observables.map(|(i, (name, _))| {
            let reason = format!("{name} is undefined");
            (reason, self.total(|flow| flow.undefined[i]))
        });
        let cuts = self.cuts.iter().enumerate();
        let cuts = cuts.map(|(i, cut)| (format!("not {cut}"), self.total(|flow| flow.cut[i])));
        let mut all: Vec<(String, u64)> = undefined.filter(|(_, n)| *n > 0).chain(cuts).collect();
        let others = [
            ("efficiency of 0", self.total(|flow| flow.n_inefficient)),
            ("a weight is missing", self.total(|flow| flow.n_incomplete)),
        ];
        let others = others.into_iter().filter(|(_, n)| *n > 0);
        all.extend(others.map(|(reason, n)| (reason.to_owned(), n)));
        all
    }

    /// Compares the weights at redundant benchmarks with each other, with samples merged by their numbers of events; `None` without morphing.
    pub fn morphing_check(&self) -> Option<MorphingCheck> {
        let n_seen = |b: Option<usize>| -> u64 {
            let samples = self.samples.iter().filter(|sample| sample.benchmark.is_some());
            let alike = samples.filter(|sample| b.is_none() || sample.benchmark == b);
            alike.map(|sample| sample.flow.n_seen).sum()
        };
        let mut all = MorphingChecker::new(&self.setup, 0)?;
        for sample in &self.samples {
            if let Some(checker) = &sample.checker {
                all.merge(checker, n_seen(sample.benchmark) as f64 / n_seen(None) as f64);
            }
        }
        Some(all.check())
    }

    fn total(&self, of: impl Fn(&CutFlow) -> u64) -> u64 {
        self.samples.iter().map(|sample| of(&sample.flow)).sum()
    }
}

impl Analysis {
    /// Reads an analysis, and goes once through its samples to count their events; paths in it are relative to its folder.
    ///
    /// # Errors
    /// If it cannot be understood, a sample cannot be read, or the weights that it needs are not declared.
    pub fn read(path: &Path) -> Result<Self> {
        let config = AnalysisConfig::read(path)?;
        if config.samples.is_empty() {
            return Err(Error::file(
                path,
                "names no samples: give at least one [[samples]] with a file",
            ));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let detector = Detector::new(config.smearing.clone(), config.met_noise)?;
        let selection = Selection::new(detector, &observables(&config), &config.cuts, &config.efficiencies)?;
        let theory = config.theory(folder)?;
        let mut samples = SampleFile::read_all(folder, &config, &theory)?;
        share(&mut samples);
        let variations = agree(&mut samples)?;
        Ok(Self {
            setup: config.complete(theory, &variations, &selection)?,
            config,
            selection,
            samples,
        })
    }

    /// Number of events in all samples.
    pub fn n_events(&self) -> u64 {
        self.samples.iter().map(|sample| sample.summary.n_events).sum()
    }

    /// Makes one file of all samples, in memory that does not grow with them; `progress` receives the number of events that were read.
    ///
    /// Samples are mixed as if they had been shuffled: each event is the next of a sample that is drawn by the number of its events that are
    /// left, and within a sample generators write events in random order.
    ///
    /// # Errors
    /// If an event makes no sense, does not have a weight, or nothing is kept, or the file cannot be written.
    pub fn convert(&self, output: &Path, seed: u64, progress: &dyn Progress) -> Result<Conversion> {
        let mut writer = EventFileWriter::create(output, &self.setup)?;
        let mut streams = Vec::new();
        for (i, sample) in self.samples.iter().enumerate() {
            streams.push(SampleStream::new(self, sample, i as u64, seed));
        }
        let mut batch = Batch::default();
        let mut rng = stream(seed, u64::MAX, 0);
        let mut left: u64 = self.n_events();
        while left > 0 {
            let mut at = rng.random_range(0..left);
            let drawn = streams.iter_mut().find(|stream| {
                let is_here = at < stream.left;
                at = at.saturating_sub(stream.left);
                is_here
            });
            let Some(entry) = drawn.map(|stream| stream.entry()) else {
                break;
            };
            // The files of an entry come one after another, so that few are open at once.
            let first = streams
                .iter_mut()
                .find(|stream| stream.entry() == entry && stream.left > 0);
            let Some(stream) = first else { break };
            if stream.next(self, &mut batch)? && batch.sampled.len() == BATCH {
                batch.write(&mut writer)?;
            }
            left -= 1;
            if left.is_multiple_of(BATCH as u64) {
                progress.advance(self.n_events() - left, self.n_events())?;
            }
        }
        batch.write(&mut writer)?;
        let converted: Vec<ConvertedSample> = streams.into_iter().map(|stream| stream.converted).collect();
        if converted.iter().all(|sample| sample.flow.n_kept == 0) {
            return Err(self.nothing_is_left(&converted));
        }
        let mut signal = vec![0.0; self.setup.benchmarks.len()];
        let mut background = 0;
        for (sample, converted) in self.samples.iter().zip(&converted) {
            match converted.benchmark {
                Some(b) => signal[b] += sample.summary.n_events as f64,
                None => background += sample.summary.n_events as usize,
            }
        }
        writer.finish_with(&signal, background)?;
        Ok(Conversion {
            setup: self.setup.clone(),
            cuts: self.config.cuts.clone(),
            samples: converted,
            lacking: missing_benchmarks(&self.setup, &self.config),
        })
    }

    fn nothing_is_left(&self, converted: &[ConvertedSample]) -> Error {
        let mut reasons = Vec::new();
        let total = |of: &dyn Fn(&CutFlow) -> u64| converted.iter().map(|sample| of(&sample.flow)).sum::<u64>();
        for (i, observable) in self.selection.observables().iter().enumerate() {
            reasons.push((
                total(&|flow| flow.undefined[i]),
                format!("where {} is undefined", observable.name),
            ));
        }
        for (i, cut) in self.selection.cuts().iter().enumerate() {
            reasons.push((total(&|flow| flow.cut[i]), format!("by the cut `{cut}`")));
        }
        reasons.push((total(&|flow| flow.n_inefficient), "for an efficiency of 0".into()));
        reasons.push((total(&|flow| flow.n_incomplete), "for a missing weight".into()));
        let described = reasons
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, why)| format!("{n} {why}"));
        Error::data(format!(
            "of {} events none is left: left out were {}",
            self.n_events(),
            described.collect::<Vec<_>>().join(", ")
        ))
    }
}

/// The usual observables first, then those of the analysis.
fn observables(config: &AnalysisConfig) -> IndexMap<String, ObservableConfig> {
    let mut all = config.usual_observables.map(|usual| usual.all()).unwrap_or_default();
    all.extend(config.observables.clone());
    all
}
