//! From the events of generators to one file of weighted events.

use motherlode_core::Progress;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use ndarray::ArrayView2;
use rand::RngExt;

use super::sample::{Sample, agree, share};
use super::selection::{CutFlow, ObservableWords, Selection, Workspace};
use super::weights::Columns;
use super::words::Words;
use crate::lhe::{Detector, Event, EventReader};
use crate::madminer::{EventFileWriter, Setup, Systematic};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::number;
use motherlode_core::mean::Mean;
use motherlode_core::real::MAX_PARAMETERS;
use motherlode_core::trace::{Stream, stream};

/// Rows that are written at a time.
const BATCH: usize = 1 << 12;

/// An analysis that was read, with its samples looked through once.
#[derive(Debug)]
pub struct Analysis {
    words: Words,
    setup: Setup,
    selection: Selection,
    samples: Vec<Sample>,
}

/// What came of an analysis.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// Parameters, benchmarks, systematics and observables of the file that was written.
    pub setup: Setup,
    /// The cuts, in order.
    pub cuts: Vec<String>,
    /// The samples, in order.
    pub samples: Vec<ConvertedSample>,
    /// How many benchmarks morphing lacks, and what to do.
    lacking: Option<String>,
}

/// What came of one sample.
#[derive(Debug, Clone)]
pub struct ConvertedSample {
    /// Its file.
    pub path: PathBuf,
    /// The benchmark at which its events were generated; none of background.
    pub benchmark: Option<usize>,
    /// What became of its events.
    pub flow: CutFlow,
    /// Σw and Σw² at all benchmarks in pb and pb², of the events that were kept, `[b]`.
    sums: Vec<(f64, f64)>,
    /// Kept events with a negative weight at a parameter point.
    pub n_negative: u64,
    /// What looks wrong.
    pub remarks: Vec<String>,
}

impl ConvertedSample {
    /// What its kept events add to the cross section at benchmark `b`, in pb, with the Monte Carlo error √Σw².
    pub fn cross_section(&self, b: usize) -> Mean {
        let (sum, squares) = self.sums.get(b).copied().unwrap_or_default();
        Mean {
            value: sum,
            standard_error: squares.sqrt(),
        }
    }
}

/// How far a cross section may be from what morphing says of it, relatively.
const MORPHED: f64 = 1e-3;

/// Factors of a systematic error that are meant: an uncertainty of 2 % is 1.02, and somebody who means it writes 0.02.
const LIKELY: std::ops::RangeInclusive<f64> = 0.5..=2.0;

impl Conversion {
    /// What is likely to be a slip: too few benchmarks, factors far from 1, and [`misfits`](Self::misfits).
    pub fn warnings(&self) -> Vec<String> {
        let far = self.setup.systematics.iter().filter_map(unlikely);
        let lacking = self.lacking.iter().cloned();
        lacking.chain(self.crowded()).chain(far).chain(self.misfits()).collect()
    }

    /// Too many parameters to learn.
    fn crowded(&self) -> Option<String> {
        let (theory, nuisance) = (self.setup.parameters.len(), self.setup.nuisances.len());
        (theory + nuisance > MAX_PARAMETERS).then(|| {
            format!(
                "there are {theory} parameters and {nuisance} nuisance parameters, and up to {MAX_PARAMETERS} in all can be learned, so that `mine` \
                 will refuse this file: leave some systematics out; members of a set of parton densities make one of them all with combine = \
                 \"replicas\" or \"hessian\""
            )
        })
    }

    /// Where morphing does not give the weights that a sample has at a benchmark beyond the basis: the wrong parameters of a benchmark, the
    /// wrong weight, or amplitudes that are no such polynomials.
    pub fn misfits(&self) -> Vec<String> {
        let Some(morphing) = &self.setup.morphing else {
            return Vec::new();
        };
        let basis = morphing.matrix().ncols();
        let mut misfits = Vec::new();
        for sample in self.samples.iter().filter(|sample| sample.benchmark.is_some()) {
            for (b, benchmark) in self.setup.physical().skip(basis) {
                let (factors, _) = morphing.weights(&benchmark.theta);
                let morphed: f64 = factors
                    .iter()
                    .enumerate()
                    .map(|(i, factor)| factor * sample.cross_section(i).value)
                    .sum();
                let found = sample.cross_section(b).value;
                if (morphed - found).abs() > MORPHED * found.abs() {
                    misfits.push(format!(
                        "{}: at the benchmark {} its weights give {} pb, and morphing from the first {basis} benchmarks gives {} pb: a \
                         benchmark has other parameters than the analysis says, or weights are no polynomials of this degree",
                        sample.path.display(),
                        benchmark.name,
                        number(found, 5),
                        number(morphed, 5)
                    ));
                }
            }
        }
        misfits
    }
}

/// Of a normalisation far from 1: what is meant by it.
fn unlikely(systematic: &Systematic) -> Option<String> {
    let factor: f64 = systematic.values.parse().ok().filter(|_| systematic.kind == "norm")?;
    (!LIKELY.contains(&factor)).then(|| {
        format!(
            "the systematic `{0}` multiplies the cross section by norm = {factor} at one standard deviation: norm is a factor, and an uncertainty \
             of 2 % is written norm = 1.02",
            systematic.name
        )
    })
}

impl Analysis {
    /// Reads an analysis, and goes once through its samples to count their events; paths in it are relative to its folder.
    ///
    /// # Errors
    /// If it cannot be understood, a sample cannot be read, or the weights that it needs are not declared.
    pub fn read(path: &Path) -> Result<Self> {
        let words = Words::read(path)?;
        if words.samples.is_empty() {
            return Err(Error::file(
                path,
                "names no samples: give at least one [[samples]] with a file",
            ));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let detector = Detector::new(words.smearing.clone(), words.met_noise)?;
        let selection = Selection::new(detector, &observables(&words), &words.cuts, &words.efficiencies)?;
        let theory = words.theory(folder)?;
        let samples = words
            .samples
            .iter()
            .map(|sample| Sample::look(folder, sample, &words, &theory));
        let mut samples: Vec<Sample> = samples.collect::<Result<_>>()?;
        share(&mut samples);
        let variations = agree(&mut samples)?;
        Ok(Self {
            setup: words.complete(theory, &variations, &selection)?,
            words,
            selection,
            samples,
        })
    }

    /// Number of events in all samples.
    pub fn n_events(&self) -> u64 {
        self.samples.iter().map(|sample| sample.tally.n_events).sum()
    }

    /// Makes one file of all samples, in memory that does not grow with them; `progress` is told the number of events that were read.
    ///
    /// Samples are mixed as if they had been shuffled: each event is the next of a sample that is drawn by the number of its events that are
    /// left, and within a sample generators write events in random order.
    ///
    /// # Errors
    /// If an event makes no sense, does not have a weight, or nothing is kept, or the file cannot be written.
    pub fn convert(&self, output: &Path, seed: u64, progress: &dyn Progress) -> Result<Conversion> {
        let mut writer = EventFileWriter::create(output, &self.setup)?;
        let mut sources = Vec::new();
        for (i, sample) in self.samples.iter().enumerate() {
            sources.push(Source::open(self, sample, i as u64, seed)?);
        }
        let mut batch = Batch::default();
        let mut rng = stream(seed, u64::MAX, 0);
        let mut left: u64 = self.n_events();
        while left > 0 {
            let mut at = rng.random_range(0..left);
            let drawn = sources.iter_mut().find(|source| {
                let is_here = at < source.left;
                at = at.saturating_sub(source.left);
                is_here
            });
            let Some(source) = drawn else { break };
            if source.next(self, &mut batch)? && batch.sampled.len() == BATCH {
                batch.write(&mut writer)?;
            }
            left -= 1;
            if left.is_multiple_of(BATCH as u64) {
                progress.advance(self.n_events() - left, self.n_events())?;
            }
        }
        batch.write(&mut writer)?;
        let converted: Vec<ConvertedSample> = sources.into_iter().map(|source| source.converted).collect();
        if converted.iter().all(|sample| sample.flow.n_kept == 0) {
            return Err(self.nothing_is_left(&converted));
        }
        let mut signal = vec![0.0; self.setup.benchmarks.len()];
        let mut background = 0;
        for (sample, converted) in self.samples.iter().zip(&converted) {
            match converted.benchmark {
                Some(b) => signal[b] += sample.tally.n_events as f64,
                None => background += sample.tally.n_events as usize,
            }
        }
        writer.finish_with(&signal, background)?;
        Ok(Conversion {
            setup: self.setup.clone(),
            cuts: self.words.cuts.clone(),
            samples: converted,
            lacking: self.lacking(),
        })
    }

    fn lacking(&self) -> Option<String> {
        let remedy = match (&self.setup.morphing, &self.words.setup) {
            (Some(_), _) => return None,
            (None, None) => {
                "generate or reweight events at more of them, and name them in the analysis; `motherlode inspect` of the analysis proposes which"
            }
            (None, Some(_)) => "set a morphing up in MadMiner (`set_morphing`), and take that setup",
        };
        let few = self.setup.few_benchmarks(self.words.max_power);
        let few = few.unwrap_or_else(|| "the setup has no morphing".into());
        Some(format!(
            "{few}: weights are known at the benchmarks only, and nothing in between can be learned, so that `mine` will refuse this file; {remedy}"
        ))
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
        let told = reasons
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, why)| format!("{n} {why}"));
        Error::usage(format!(
            "of {} events none is left: left out were {}",
            self.n_events(),
            told.collect::<Vec<_>>().join(", ")
        ))
    }
}

/// The usual observables first, then those of the analysis.
fn observables(words: &Words) -> IndexMap<String, ObservableWords> {
    let mut all = words.usual_observables.map(|usual| usual.all()).unwrap_or_default();
    all.extend(words.observables.clone());
    all
}

/// A sample that is being read.
struct Source<'a> {
    sample: &'a Sample,
    reader: EventReader<'static>,
    event: Event,
    columns: Option<Columns>,
    number: u64,
    seed: u64,
    left: u64,
    /// Weights at parameter points, which come first.
    n_physical: usize,
    space: Workspace,
    row: Vec<f64>,
    x: Vec<f64>,
    converted: ConvertedSample,
}

impl<'a> Source<'a> {
    fn open(analysis: &'a Analysis, sample: &'a Sample, number: u64, seed: u64) -> Result<Self> {
        Ok(Self {
            reader: EventReader::open(&sample.path)?,
            event: Event::default(),
            columns: None,
            number,
            seed,
            left: sample.tally.n_events,
            n_physical: analysis.setup.physical().count(),
            space: Workspace::default(),
            row: Vec::new(),
            x: Vec::new(),
            converted: ConvertedSample {
                path: sample.path.clone(),
                benchmark: sample
                    .words
                    .benchmark
                    .as_deref()
                    .and_then(|name| analysis.setup.benchmark(name)),
                flow: analysis.selection.cut_flow(),
                sums: vec![(0.0, 0.0); analysis.setup.benchmarks.len()],
                n_negative: 0,
                remarks: sample.remarks.clone(),
            },
            sample,
        })
    }

    /// Reads an event and adds it to the batch, if it is kept.
    fn next(&mut self, analysis: &Analysis, batch: &mut Batch) -> Result<bool> {
        if !self.reader.read(&mut self.event)? {
            return Err(Error::file(
                &self.sample.path,
                "has fewer events than a moment ago: leave it alone while it is read",
            ));
        }
        self.left -= 1;
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None => Columns::new(
                &self.sample.path,
                &self.reader,
                &self.event,
                &self.sample.words,
                &analysis.setup,
                &self.sample.variations,
                self.sample.factor,
            )?,
        };
        let mut rng: Stream = stream(self.seed, self.reader.n_read(), self.number);
        let flow = &mut self.converted.flow;
        let kept = analysis
            .selection
            .apply(&self.event, &mut rng, &mut self.space, flow, &mut self.x);
        if let Some(efficiency) = kept {
            let filled = columns.fill(&self.event, efficiency, &mut self.row);
            filled.map_err(|at| {
                let name = self.reader.weight_names().get(at).map_or("", String::as_str);
                Error::file(
                    &self.sample.path,
                    format!("has no weight `{name}` in event {}", self.reader.n_read()),
                )
            })?;
            self.keep(batch);
        }
        self.columns = Some(columns);
        Ok(kept.is_some())
    }

    fn keep(&mut self, batch: &mut Batch) {
        for ((sum, squares), weight) in self.converted.sums.iter_mut().zip(&self.row) {
            *sum += weight;
            *squares += weight * weight;
        }
        self.converted.n_negative += u64::from(self.row[..self.n_physical].iter().any(|weight| *weight < 0.0));
        batch.x.extend_from_slice(&self.x);
        batch.weights.extend_from_slice(&self.row);
        batch.sampled.push(self.converted.benchmark);
    }
}

/// Rows that wait to be written.
#[derive(Debug, Default)]
struct Batch {
    x: Vec<f64>,
    weights: Vec<f64>,
    sampled: Vec<Option<usize>>,
}

impl Batch {
    fn write(&mut self, writer: &mut EventFileWriter) -> Result<()> {
        let n = self.sampled.len();
        if n > 0 {
            let shaped = |values: &'_ [f64]| (n, values.len() / n);
            let table = |error: ndarray::ShapeError| Error::usage(error.to_string());
            let x = ArrayView2::from_shape(shaped(&self.x), &self.x).map_err(table)?;
            let weights = ArrayView2::from_shape(shaped(&self.weights), &self.weights).map_err(table)?;
            writer.append(x, weights, &self.sampled)?;
        }
        *self = Self::default();
        Ok(())
    }
}
