//! Events whose weights are known at all parameters.

use std::ops::Range;
use std::sync::Arc;

use ndarray::{Array1, Array2};

use super::bit_set::{BLOCK_SIZE, BitSet};
use super::block::Block;
use super::event_collector::{CollectedEvents, EventCollector, Signs};
use super::morphing_checker::MorphingChecker;
use super::reader::{CHUNK_ROWS, row_ranges};
use super::rows::{MEMORY, Rows};
use super::variation_checker::VariationChecker;
use super::{EventFile, EventReader, Morphing, MorphingCheck, Selection, SystematicFactors};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact_point;
use motherlode_core::mean::Mean;
use motherlode_core::real::Real;
use motherlode_core::trace::Caveat;

/// Events whose weights are known at all parameters (θ, ν) of theory and systematics, in pb: a polynomial of θ times the exponential of one
/// of ν.
///
/// What is kept of an event takes 8 bytes for each coefficient of the polynomial, for each observable, and twice for each nuisance
/// parameter. Up to 256 MiB of that are kept in memory. More goes to a temporary file, in the folder that the system has for them: answers are
/// the same to the last bit, and may be errors if the file cannot be read.
#[derive(Debug, Clone)]
pub struct WeightedEvents {
    /// Number of parameters of the theory.
    pub(super) p: usize,
    pub(super) morphing: Morphing,
    pub(super) rows: Arc<Rows>,
    pub(super) is_background: BitSet,
    pub(super) signs: Signs,
    pub(super) checker: MorphingChecker,
    pub(super) variations: VariationChecker,
    /// The caveat of rows that repeat others.
    pub(super) repeated: Option<Caveat>,
}

impl WeightedEvents {
    /// Selects events of a file in memory.
    ///
    /// # Errors
    /// If the file has no events, or no morphing, or nothing was selected.
    pub fn new(file: &EventFile, selection: &Selection) -> Result<Self> {
        let (samples, setup) = (file.samples()?, &file.setup);
        let summary = samples.summary();
        let collector = EventCollector::new(&file.path, setup, &summary, selection, MEMORY)?;
        Ok(Self::from_collected(
            collector.collect(selection, samples.row_chunks())?,
        ))
    }

    /// Opens events of a file, which is read in chunks; keeps the observation of each event and the coefficients of its weight.
    ///
    /// # Errors
    /// As [`new`](Self::new), or if the file does not make sense, or has more events than are kept in memory and there can be no
    /// temporary file.
    pub fn open(file: &EventReader, selection: &Selection) -> Result<Self> {
        Self::open_within(file, selection, MEMORY)
    }

    /// Opens events as [`open`](Self::open) does; they may take `memory` bytes of memory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_within(file: &EventReader, selection: &Selection, memory: usize) -> Result<Self> {
        file.check_events()?;
        let collector = EventCollector::new(file.path(), file.setup(), file.summary(), selection, memory)?;
        Ok(Self::from_collected(collector.collect(selection, file.row_chunks())?))
    }

    fn from_collected(collected: CollectedEvents) -> Self {
        Self {
            p: collected.p,
            morphing: collected.morphing,
            rows: Arc::new(collected.rows),
            is_background: collected.is_background,
            signs: collected.signs,
            checker: collected.checker,
            variations: collected.variations,
            repeated: collected.repeated,
        }
    }

    /// Flags of the background events, whose weights are the same at all parameters, `[n]`.
    pub fn is_background(&self) -> Vec<bool> {
        self.is_background.to_vec()
    }

    /// Returns true if there are background events.
    pub fn has_background(&self) -> bool {
        self.is_background.blocks().next().is_some()
    }

    /// Number of events n.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns true if there are no events.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of nuisance parameters k.
    pub fn n_nuisances(&self) -> usize {
        self.rows.width().nuisances
    }

    /// Observations, `[n, m]`.
    ///
    /// # Errors
    /// If they are in a temporary file that cannot be read.
    pub fn x(&self) -> Result<Array2<f64>> {
        self.observations(0..self.rows.n_blocks())
    }

    /// Observations in blocks of rows.
    pub fn blocks_of_x(&self) -> impl Iterator<Item = Result<Array2<f64>>> {
        row_ranges(self.rows.n_blocks(), CHUNK_ROWS / BLOCK_SIZE).map(|blocks| self.observations(blocks))
    }

    fn observations(&self, blocks: Range<usize>) -> Result<Array2<f64>> {
        let m = self.rows.width().observables;
        let mut x = Vec::with_capacity(blocks.len() * BLOCK_SIZE * m);
        self.rows.visit(blocks, |block| x.extend(block.observations()))?;
        Ok(Array2::from_shape_vec((x.len() / m, m), x).expect("there are m numbers of each event"))
    }

    /// Number of events whose weight is negative at all parameters in their ranges.
    pub fn n_negative(&self) -> usize {
        self.signs.negative.count()
    }

    /// Number of events whose weight is positive at some parameters in their ranges, and negative at others.
    pub fn n_changing(&self) -> usize {
        self.signs.changing.count()
    }

    /// Returns true if there are weights that are negative at parameters in their ranges.
    pub fn has_negative_weights(&self) -> bool {
        self.n_negative() + self.n_changing() > 0
    }

    /// Compares the weights at redundant benchmarks with each other.
    pub fn morphing_check(&self) -> MorphingCheck {
        self.checker.check()
    }

    /// Problems that all results computed from these events inherit: of the morphing, of the systematics, and of repeated rows.
    pub fn caveats(&self) -> Vec<Caveat> {
        let morphing = self.morphing_check().caveat().into_iter();
        morphing
            .chain(self.variations.caveats())
            .chain(self.repeated.clone())
            .collect()
    }

    /// Factors of the systematics on the weights.
    ///
    /// # Errors
    /// If they are in a temporary file that cannot be read.
    pub fn factors(&self) -> Result<SystematicFactors> {
        let mut all = SystematicFactors::none(self.n_nuisances());
        self.visit(|block| (0..block.len()).for_each(|i| all.push(block.factor(i))))?;
        Ok(all)
    }

    /// Shows all blocks of events, in order.
    pub(super) fn visit(&self, look: impl FnMut(Block<'_>)) -> Result<()> {
        self.rows.visit(0..self.rows.n_blocks(), look)
    }

    /// Parameters of the theory alone, or with those of systematics, which are 0 unless they are given.
    pub(super) fn parameters(&self, theta: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
        let (p, k) = (self.p, self.n_nuisances());
        if ![p, p + k].contains(&theta.len()) || theta.iter().any(|value| !value.is_finite()) {
            return Err(Error::usage(format!(
                "{} for {p} parameters of the theory and {k} of systematics: give finite values of the first, or of all",
                exact_point(theta)
            )));
        }
        let (theta, nu) = theta.split_at(p);
        let nominal = vec![0.0; k];
        Ok((theta.to_vec(), if nu.is_empty() { nominal } else { nu.to_vec() }))
    }

    /// The weights at (θ, ν), in pb, `[n]`; they may be negative.
    ///
    /// # Errors
    /// If there is not one finite value for each parameter.
    pub fn weights(&self, theta: &[f64]) -> Result<Array1<f64>> {
        let (theta, nu) = self.parameters(theta)?;
        self.weights_at(&theta, &nu)
    }

    fn weights_at(&self, theta: &[f64], nu: &[f64]) -> Result<Array1<f64>> {
        let mut weights = Vec::with_capacity(self.len());
        self.each_weight(theta, nu, |weight| weights.push(weight))?;
        Ok(weights.into())
    }

    /// Shows the weight of each event, in order.
    pub(super) fn each_weight(&self, theta: &[f64], nu: &[f64], mut look: impl FnMut(f64)) -> Result<()> {
        let weights = Weights::new(self.monomials_at(theta), nu);
        self.visit(|block| weights.of(&block).iter().for_each(&mut look))
    }

    /// The gradients of the weights to (θ, ν), in pb, `[n, p + k]`.
    ///
    /// # Errors
    /// As [`weights`](Self::weights).
    pub fn gradients(&self, theta: &[f64]) -> Result<Array2<f64>> {
        let (theta, nu) = self.parameters(theta)?;
        let weights = Weights::new(self.monomials_at(&theta), &nu);
        let (_, first, _) = self.morphing.derivatives_at(&theta);
        let mut gradients = Array2::zeros((self.len(), self.p + nu.len()));
        self.visit(|block| {
            for (i, weight) in weights.of(&block).iter().enumerate() {
                let mut gradient = gradients.row_mut(block.first + i);
                let factor = block.factor(i);
                let scale = factor.log(&nu).exp();
                for (j, derivatives) in first.iter().enumerate() {
                    gradient[j] = scale * dot(block.coefficients(i).iter(), derivatives);
                }
                for k in 0..nu.len() {
                    gradient[self.p + k] = weight * factor.slope(k, &nu);
                }
            }
        })?;
        Ok(gradients)
    }

    /// The cross section σ(θ, ν) in pb, with the Monte Carlo error √Σw².
    ///
    /// MadMiner's own error is that of independent weights at the basis points, which they are not: away from a benchmark it is wrong.
    ///
    /// # Errors
    /// As [`weights`](Self::weights).
    pub fn cross_section(&self, theta: &[f64]) -> Result<Mean> {
        let (theta, nu) = self.parameters(theta)?;
        let (mut sum, mut squares) = (0.0, 0.0);
        self.each_weight(&theta, &nu, |weight| {
            sum += weight;
            squares += weight * weight;
        })?;
        Ok(Mean {
            value: sum,
            standard_error: squares.sqrt(),
        })
    }

    /// The effective number of events, (Σw)²/Σw²: as many unweighted ones have the same Monte Carlo error.
    ///
    /// # Errors
    /// As [`weights`](Self::weights).
    pub fn effective(&self, theta: &[f64]) -> Result<f64> {
        let Mean { value, standard_error } = self.cross_section(theta)?;
        Ok((value / standard_error).powi(2))
    }

    /// Monomials c(θ), `[c]`.
    pub(super) fn monomials_at<R: Real>(&self, theta: &[R]) -> Vec<R> {
        self.morphing.monomials_at(theta)
    }
}

/// The weights of events at one point.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    /// c(θ), `[c]`.
    pub(super) monomials: Vec<f64>,
    /// Nuisance parameters; `None` if all are 0.
    nu: Option<&'a [f64]>,
}

impl<'a> Weights<'a> {
    pub(super) fn new(monomials: Vec<f64>, nu: &'a [f64]) -> Self {
        Self {
            monomials,
            nu: nu.iter().any(|nu| *nu != 0.0).then_some(nu),
        }
    }

    /// Computes the weights of the events of a block.
    pub(super) fn of(&self, block: &Block<'_>) -> BlockWeights {
        let (n, nu) = (block.len(), self.nu.unwrap_or_default());
        let (mut nominal, mut logs) = ([0.0; BLOCK_SIZE], [0.0; BLOCK_SIZE]);
        for (coefficients, monomial) in block.by_monomial().zip(&self.monomials) {
            add(&mut nominal[..n], coefficients.iter().copied(), *monomial);
        }
        for ((a, b), nu) in block.by_nuisance().zip(nu) {
            let all = logs[..n].iter_mut().zip(a).zip(b);
            all.for_each(|((log, a), b)| *log += nu * a + nu * nu * b);
        }
        BlockWeights {
            n,
            nominal,
            logs: self.nu.map(|_| logs),
        }
    }
}

/// Weights of the events of a block.
#[derive(Debug)]
pub(super) struct BlockWeights {
    n: usize,
    nominal: [f64; BLOCK_SIZE],
    /// Logarithms of the factors of systematics, if they are not all 1.
    logs: Option<[f64; BLOCK_SIZE]>,
}

impl BlockWeights {
    /// In order; a factor costs more than the rest of a weight, and is computed when it is its turn.
    pub(super) fn iter(&self) -> impl Iterator<Item = f64> {
        let nominal = self.nominal[..self.n].iter().enumerate();
        nominal.map(|(i, weight)| match &self.logs {
            Some(logs) => weight * logs[i].exp(),
            None => *weight,
        })
    }
}

pub(super) fn dot(coefficients: impl Iterator<Item = f64>, monomials: &[f64]) -> f64 {
    coefficients.zip(monomials).map(|(a, b)| a * b).sum()
}

/// Adds numbers times `scale`.
pub(super) fn add(sums: &mut [f64], numbers: impl Iterator<Item = f64>, scale: f64) {
    let all = sums.iter_mut().zip(numbers);
    all.for_each(|(sum, number)| *sum += scale * number);
}
