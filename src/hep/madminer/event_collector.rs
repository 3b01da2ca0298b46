//! Turns the rows of a file into events whose weights are known at all parameters.

use std::path::Path;

use ndarray::Axis;

use super::bit_set::BitSet;
use super::block::Width;
use super::generation_counts::GenerationCounts;
use super::morphing_checker::MorphingChecker;
use super::reader::RowChunk;
use super::repeated_rows::RepeatedRows;
use super::rows::{Rows, RowsBuilder};
use super::variation_checker::VariationChecker;
use super::weight_sign::{Sign, SignFinder};
use super::{Morphing, Selection, Setup, SystematicFactors};
use motherlode_core::error::{Error, Result, listed};
use motherlode_core::trace::Caveat;

/// Events of a file that were selected, in the form in which weights at any parameters follow from them.
pub(super) struct CollectedEvents {
    /// Number of parameters of the theory.
    pub(super) p: usize,
    pub(super) morphing: Morphing,
    pub(super) rows: Rows,
    pub(super) is_background: BitSet,
    pub(super) signs: Signs,
    pub(super) checker: MorphingChecker,
    pub(super) variations: VariationChecker,
    /// The caveat of rows that repeat others.
    pub(super) repeated: Option<Caveat>,
}

/// Signs of the weights of events.
#[derive(Debug, Clone, Default)]
pub(super) struct Signs {
    /// Events whose weight is negative in the box of the parameters.
    pub(super) negative: BitSet,
    /// Events whose weight has both signs there, or an unknown sign.
    pub(super) changing: BitSet,
    /// True if the sign of every other event is the same outside of the box.
    pub(super) hold_everywhere: bool,
}

/// Collects selected events of a file.
pub(super) struct EventCollector<'a> {
    path: &'a Path,
    setup: &'a Setup,
    summary: &'a GenerationCounts,
    morphing: &'a Morphing,
    /// Benchmarks whose weights the morphing takes.
    basis: Vec<usize>,
    sign_finder: SignFinder,
    rows: RowsBuilder,
    is_background: BitSet,
    signs: Signs,
    checker: MorphingChecker,
    variations: VariationChecker,
    repeated: RepeatedRows,
}

impl<'a> EventCollector<'a> {
    /// Prepares for the events of a file, which may take `memory` bytes of memory.
    pub(super) fn new(
        path: &'a Path,
        setup: &'a Setup,
        summary: &'a GenerationCounts,
        selection: &Selection,
        memory: usize,
    ) -> Result<Self> {
        let morphing = setup.morphing.as_ref();
        let checker = MorphingChecker::new(setup, selection.portion.len(summary.n_events));
        let (morphing, checker) = morphing
            .zip(checker)
            .ok_or_else(|| Error::file(path, without_morphing(setup)))?;
        let edges: Vec<(f64, f64)> = setup.parameters.iter().map(|one| one.range).collect();
        let width = Width {
            coefficients: morphing.components().len(),
            nuisances: setup.nuisances.len(),
            observables: setup.observables.len(),
        };
        let basis = setup.physical().map(|(b, _)| b).take(morphing.matrix().ncols());
        Ok(Self {
            path,
            setup,
            summary,
            morphing,
            basis: basis.collect(),
            sign_finder: SignFinder::new(morphing, &edges),
            rows: RowsBuilder::new(path, width, selection.portion.len(summary.n_events), memory)?,
            is_background: BitSet::default(),
            signs: Signs {
                hold_everywhere: true,
                ..Signs::default()
            },
            checker,
            variations: VariationChecker::new(setup),
            repeated: RepeatedRows::default(),
        })
    }

    /// Collects the selected events of all chunks.
    pub(super) fn collect<'b>(
        mut self,
        selection: &Selection,
        chunks: impl Iterator<Item = Result<RowChunk<'b>>>,
    ) -> Result<CollectedEvents> {
        let factor = selection.factor(self.setup, self.summary)?;
        for chunk in chunks {
            let chunk = chunk?;
            let sampled = |row: usize| chunk.sampled.as_ref().map(|all| all[row]);
            let selected = |row| Some((row, factor(chunk.first + row, sampled(row))?));
            let (rows, scales): (Vec<usize>, Vec<f64>) = (0..chunk.weights.nrows()).filter_map(selected).unzip();
            self.add(&chunk, &rows, &scales)?;
        }
        let rows = self.rows.finish()?;
        if rows.len() == 0 {
            return Err(selection.found_nothing(self.path));
        }
        Ok(CollectedEvents {
            p: self.setup.parameters.len(),
            morphing: self.morphing.clone(),
            rows,
            is_background: self.is_background,
            signs: self.signs,
            checker: self.checker,
            variations: self.variations,
            repeated: self.repeated.caveat(),
        })
    }

    /// Adds rows of a chunk, with their weights times `scales`.
    fn add(&mut self, chunk: &RowChunk<'_>, rows: &[usize], scales: &[f64]) -> Result<()> {
        let weights = chunk.weights.select(Axis(0), rows);
        let mut coefficients = self.morphing.coefficients(weights.select(Axis(1), &self.basis).view());
        let mut factors = SystematicFactors::none(self.setup.nuisances.len());
        factors.add(self.setup, weights.view());
        let reference = self.setup.reference();
        for (event, (row, scale)) in rows.iter().zip(scales).enumerate() {
            let mut of_event = coefficients.row_mut(event);
            of_event *= *scale;
            self.push_sign(&of_event.to_vec());
            let sampled = chunk.sampled.as_ref().map(|all| all[*row]);
            let is_background = sampled == Some(None);
            self.is_background.push(is_background);
            if !is_background {
                self.checker.add(weights.row(event), *scale);
            }
            let (x, factor) = (chunk.observations.row(*row), factors.of(event));
            self.variations.add(weights.row(event), reference, *scale, factor);
            self.repeated.add(x, weights.row(event));
            self.rows.push(of_event.iter().copied(), factor, x.iter().copied())?;
        }
        Ok(())
    }
}

impl EventCollector<'_> {
    fn push_sign(&mut self, coefficients: &[f64]) {
        let mut sign = self.sign_finder.everywhere(coefficients);
        if sign == Sign::Changing {
            sign = self.sign_finder.in_box(coefficients);
            self.signs.hold_everywhere &= sign == Sign::Changing;
        }
        self.signs.negative.push(sign == Sign::Negative);
        self.signs.changing.push(sign == Sign::Changing);
    }
}

/// Describes a file whose weights are not known between the benchmarks, nor used at two of them alone, and what can be done.
fn without_morphing(setup: &Setup) -> String {
    let between = "set a morphing up in MadMiner (`set_morphing`), so that weights are known in between";
    if setup.finite_differences.is_some() {
        return format!(
            "has no morphing: from finite differences, score and Fisher information are known at some benchmarks (`motherlode inspect` shows \
             them), and nothing elsewhere; {between}"
        );
    }
    let names: Vec<String> = setup.physical().map(|(_, benchmark)| benchmark.name.clone()).collect();
    let only = format!(
        "has no morphing, and events have weights at its benchmarks only ({}), which is not enough even where two of them are asked for",
        listed(&names)
    );
    let set_up = match setup.few_benchmarks(None) {
        None => between.to_owned(),
        Some(few) => format!(
            "{few}. If it was imported from an analysis, generate or reweight events at more of them (`motherlode inspect ANALYSIS.toml` \
             proposes which), name them in the analysis, and import again; if it is MadMiner's, {between}"
        ),
    };
    format!(
        "{only}. Where weights are polynomials of the parameters, as those of couplings are: {set_up}. Where they are not, as those of a mass: \
         sample events of two benchmarks in MadMiner (`SampleAugmenter.sample_train_ratio`), and import the folder of its arrays (`motherlode \
         import FOLDER`)"
    )
}
