//! From the rows of a file to events whose weights are known at all parameters.

use std::path::Path;

use nalgebra::DMatrix;
use ndarray::{ArrayView1, Axis};

use super::marks::Marks;
use super::reader::{Block, Summary};
use super::rows::Gathering;
use super::stride::Width;
use super::{Morphing, Selection, Setup, SystematicFactors, WeightedEvents};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::point;

/// What the smallest eigenvalue of the square of an amplitude may lack of zero, for each unit of their sum: weights are printed with
/// six digits or more.
const ROUNDING: f64 = 1e-6;

/// Events of a file that are being gathered.
pub(super) struct Gatherer<'a> {
    path: &'a Path,
    setup: &'a Setup,
    summary: &'a Summary,
    morphing: &'a Morphing,
    /// Benchmarks whose weights the morphing takes.
    basis: Vec<usize>,
    /// How large each parameter may be, `[p]`.
    sizes: Vec<f64>,
    rows: Gathering,
    is_background: Marks,
    doubtful: Marks,
}

impl<'a> Gatherer<'a> {
    /// Of a file, with so many bytes of memory for what is kept of them.
    pub(super) fn new(
        path: &'a Path,
        setup: &'a Setup,
        summary: &'a Summary,
        selection: &Selection,
        memory: usize,
    ) -> Result<Self> {
        let morphing = setup.morphing.as_ref();
        let morphing = morphing.ok_or_else(|| Error::file(path, without_morphing(setup)))?;
        let sizes = setup
            .parameters
            .iter()
            .map(|one| one.range.0.abs().max(one.range.1.abs()));
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
            sizes: sizes.map(|size| if size > 0.0 { size } else { 1.0 }).collect(),
            rows: Gathering::new(path, width, selection.portion.len(summary.n_events), memory)?,
            is_background: Marks::default(),
            doubtful: Marks::default(),
        })
    }

    /// Those of the blocks that are selected.
    pub(super) fn gather<'b>(
        mut self,
        selection: &Selection,
        blocks: impl Iterator<Item = Result<Block<'b>>>,
    ) -> Result<WeightedEvents> {
        let factor = selection.factor(self.setup, self.summary)?;
        for block in blocks {
            let block = block?;
            let sampled = |row: usize| block.sampled.as_ref().map(|all| all[row]);
            let selected = |row| Some((row, factor(block.first + row, sampled(row))?));
            let (rows, scales): (Vec<usize>, Vec<f64>) = (0..block.weights.nrows()).filter_map(selected).unzip();
            self.add(&block, &rows, &scales)?;
        }
        let rows = self.rows.finish()?;
        if rows.len() == 0 {
            return Err(Error::file(
                self.path,
                match &selection.nearest_to {
                    None => format!("has no events in the portion {}", selection.portion),
                    Some(theta) => format!(
                        "has no events in the portion {} that were generated at the benchmark nearest to {}: merge all of its samples instead",
                        selection.portion,
                        point(theta)
                    ),
                },
            ));
        }
        let (p, morphing) = (self.setup.parameters.len(), self.morphing.clone());
        Ok(WeightedEvents::of(morphing, p, rows, self.is_background, self.doubtful))
    }

    /// Adds rows of a block, with their weights times `scales`.
    fn add(&mut self, block: &Block<'_>, rows: &[usize], scales: &[f64]) -> Result<()> {
        let weights = block.weights.select(Axis(0), rows);
        let mut coefficients = self.morphing.coefficients(weights.select(Axis(1), &self.basis).view());
        let mut factors = SystematicFactors::none(self.setup.nuisances.len());
        factors.add(self.setup, weights.view());
        for (event, (row, scale)) in rows.iter().zip(scales).enumerate() {
            let mut of_event = coefficients.row_mut(event);
            of_event *= *scale;
            self.doubtful
                .push(!is_square(self.morphing, of_event.view(), &self.sizes));
            let sampled = block.sampled.as_ref().map(|all| all[*row]);
            self.is_background.push(sampled == Some(None));
            let x = block.observations.row(*row);
            self.rows
                .push(of_event.iter().copied(), factors.of(event), x.iter().copied())?;
        }
        Ok(())
    }
}

fn without_morphing(setup: &Setup) -> String {
    let between = "set a morphing up in MadMiner (`set_morphing`), so that weights are known in between";
    match setup.finite_differences {
        None => {
            let only = "has no morphing, and events have weights at its benchmarks only";
            match setup.few_benchmarks(None) {
                None => format!("{only}: {between}"),
                Some(few) => format!(
                    "{only}: {few}. If it was imported from an analysis, generate or reweight events at more of them (`motherlode inspect \
                     ANALYSIS.toml` proposes which), name them in the analysis, and import again; if it is MadMiner's, {between}"
                ),
            }
        }
        Some(_) => format!(
            "has no morphing: from finite differences, score and Fisher information are known at some benchmarks (`motherlode inspect` shows \
             them), and nothing elsewhere; {between}"
        ),
    }
}

/// Whether a polynomial of degree two is a sum of squares, and so nowhere negative. Of higher degrees it is not known.
fn is_square(morphing: &Morphing, coefficients: ArrayView1<f64>, sizes: &[f64]) -> bool {
    if morphing.degree() > 2 {
        return false;
    }
    let mut form = DMatrix::<f64>::zeros(sizes.len() + 1, sizes.len() + 1);
    for (powers, coefficient) in morphing.components().iter().zip(coefficients) {
        // The two factors of the monomial: 0 stands for a one.
        let named = powers.iter().enumerate();
        let mut factors = named.flat_map(|(i, power)| std::iter::repeat_n(i + 1, *power as usize));
        let (a, b) = (factors.next().unwrap_or(0), factors.next().unwrap_or(0));
        let size = |i: usize| if i == 0 { 1.0 } else { sizes[i - 1] };
        form[(a, b)] += 0.5 * coefficient * size(a) * size(b);
        form[(b, a)] += 0.5 * coefficient * size(a) * size(b);
    }
    let spare = ROUNDING * form.trace();
    (0..form.nrows()).for_each(|i| form[(i, i)] += spare);
    form.cholesky().is_some() || coefficients.iter().all(|c| *c == 0.0)
}
