//! Collects what shows whether the weights of events are polynomials of the parameters.

use std::sync::Arc;

use ndarray::ArrayView1;

use super::redundancy::{Redundancy, Residual};
use super::{Benchmark, Morphing, Setup};

/// Events that are looked at closely, of which a percent is still many, and fewer of them where each takes many products.
const MOST_CHECKED: usize = 10_000;
const MOST_PRODUCTS: usize = 50_000_000;
/// Benchmarks that are compared, the first ones, and how many of them are redundant at the least, if there are so many.
const MOST_BENCHMARKS: usize = 200;
const SOME_REDUNDANT: usize = 50;
/// Components beyond which nothing is compared.
const MOST_COMPONENTS: usize = 1_000;
/// Largest relative deviation of a weight: 1e-7 comes from printed digits, and up to 1e-4 from those of parameters in cards.
pub(super) const TOLERANCE: f64 = 1e-3;
/// Largest deviation relative to the sum of the absolute terms of the prediction, which cancel where the other benchmarks are far.
pub(super) const ROUNDING: f64 = 1e-5;

/// Compares the weights of events at redundant benchmarks with those that the other benchmarks predict.
///
/// Weights at K benchmarks that are polynomials of C components lie in a space of C dimensions. Of large files, evenly spaced events are
/// compared, up to 10 000, and of many benchmarks the first ones; cross sections are those of all events. Benchmarks of systematics do not count,
/// and background has no part in it.
#[derive(Debug, Clone)]
pub struct MorphingChecker {
    plan: Arc<Plan>,
    n_seen: usize,
    pub(super) n_checked: usize,
    /// Σw at each benchmark, `[b]`.
    pub(super) sums: Vec<f64>,
    /// Σww, from the events that are looked at closely, `[b × b]`, of which the upper triangle is filled.
    pub(super) products: Vec<f64>,
    /// One for each residual.
    pub(super) deviations: Vec<Deviations>,
    /// Weights of an event, `[b]`; their deviations and the sums of absolute terms, `[residuals]`.
    event: Vec<f64>,
    deviation: Vec<f64>,
    terms: Vec<f64>,
}

/// Inputs of the comparison that are the same for all events.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) parameters: Vec<String>,
    pub(super) components: Vec<Vec<u32>>,
    /// The parameter points that are compared, `[b]`.
    pub(super) benchmarks: Vec<Benchmark>,
    /// Number of all parameter points, of which some may not be compared.
    pub(super) n_benchmarks: usize,
    /// Their columns among all benchmarks, `[b]`.
    columns: Vec<usize>,
    /// `None` if there are no redundant benchmarks, or monomials are too large for numbers.
    pub(super) redundancy: Option<Redundancy>,
    /// Factors of all residuals, `[b × residuals]`.
    factors: Vec<f64>,
    /// Every how many events one is looked at closely, which stands for all of them.
    stride: f64,
}

/// Deviations of the weights at a benchmark from those predicted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Deviations {
    /// Number of events that deviate.
    pub(super) n_off: usize,
    /// Sum of their absolute weights, and of those of all events; of the given and the predicted weight the larger one counts.
    pub(super) off: f64,
    pub(super) all: f64,
    /// Sum of the squared deviations, and of the squared weights.
    pub(super) squares: f64,
    pub(super) squared_weights: f64,
}

impl MorphingChecker {
    /// Prepares for `n` events; `None` without morphing.
    pub(crate) fn new(setup: &Setup, n: usize) -> Option<Self> {
        let morphing = setup.morphing.as_ref()?;
        let plan = Plan::new(setup, morphing, n);
        let (b, r) = (plan.benchmarks.len(), plan.residuals().len());
        Some(Self {
            n_seen: 0,
            n_checked: 0,
            sums: vec![0.0; b],
            products: vec![0.0; b * b],
            deviations: vec![Deviations::default(); r],
            event: vec![0.0; b],
            deviation: vec![0.0; r],
            terms: vec![0.0; r],
            plan: Arc::new(plan),
        })
    }

    /// Adds an event of signal with its weights at all benchmarks, times a factor.
    pub(crate) fn add(&mut self, weights: ArrayView1<'_, f64>, factor: f64) {
        if self.deviations.is_empty() {
            return;
        }
        for ((weight, sum), &column) in self.event.iter_mut().zip(&mut self.sums).zip(&self.plan.columns) {
            *weight = factor * weights[column];
            *sum += *weight;
        }
        if self.n_seen.is_multiple_of(self.plan.stride as usize) {
            self.compare();
        }
        self.n_seen += 1;
    }

    fn compare(&mut self) {
        let (event, b) = (&self.event, self.event.len());
        self.n_checked += 1;
        for (i, weight) in event.iter().enumerate() {
            let row = &mut self.products[i * b + i..(i + 1) * b];
            let scaled = self.plan.stride * weight;
            row.iter_mut()
                .zip(&event[i..])
                .for_each(|(sum, other)| *sum += scaled * other);
        }
        self.deviation.fill(0.0);
        self.terms.fill(0.0);
        for (weight, factors) in event.iter().zip(self.plan.factors.chunks_exact(self.deviation.len())) {
            for ((sum, absolute), factor) in self.deviation.iter_mut().zip(&mut self.terms).zip(factors) {
                *sum += factor * weight;
                *absolute += (factor * weight).abs();
            }
        }
        let sums = self.deviation.iter().zip(&self.terms).zip(&mut self.deviations);
        for (residual, ((deviation, terms), deviations)) in self.plan.residuals().iter().zip(sums) {
            deviations.add(event[residual.benchmark], *deviation, *terms, self.plan.stride);
        }
    }

    /// Adds the events of another checker of the same setup, with their weights times a factor.
    pub(crate) fn merge(&mut self, other: &Self, factor: f64) {
        self.n_seen += other.n_seen;
        self.n_checked += other.n_checked;
        let sums = self.sums.iter_mut().zip(&other.sums);
        sums.for_each(|(sum, more)| *sum += factor * more);
        let products = self.products.iter_mut().zip(&other.products);
        products.for_each(|(sum, more)| *sum += factor * factor * more);
        let deviations = self.deviations.iter_mut().zip(&other.deviations);
        deviations.for_each(|(sum, more)| sum.merge(more, factor));
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }
}

impl Plan {
    fn new(setup: &Setup, morphing: &Morphing, n: usize) -> Self {
        let (n_benchmarks, c) = (setup.physical().count(), morphing.components().len());
        let compared = setup.physical().take(MOST_BENCHMARKS.max(c + SOME_REDUNDANT));
        let (columns, benchmarks): (Vec<usize>, Vec<Benchmark>) = compared.map(|(b, one)| (b, one.clone())).unzip();
        let points: Vec<&[f64]> = benchmarks.iter().map(|one| one.theta.as_slice()).collect();
        let can_be_compared = n_benchmarks > c && c <= MOST_COMPONENTS;
        let redundancy = can_be_compared
            .then(|| Redundancy::new(morphing.components(), &points))
            .flatten();
        let products = 2 * points.len() * points.len();
        let most = MOST_CHECKED.min(MOST_PRODUCTS / products.max(1)).max(1);
        let residuals = || redundancy.iter().flat_map(|all| &all.residuals);
        let factors = (0..benchmarks.len()).flat_map(|b| residuals().map(move |residual| residual.factors[b]));
        Self {
            parameters: setup.parameters.iter().map(|one| one.name.clone()).collect(),
            components: morphing.components().to_vec(),
            factors: factors.collect(),
            redundancy,
            benchmarks,
            n_benchmarks,
            columns,
            stride: n.div_ceil(most).max(1) as f64,
        }
    }

    pub(super) fn residuals(&self) -> &[Residual] {
        self.redundancy.as_ref().map_or(&[], |all| &all.residuals)
    }
}

impl Deviations {
    /// Adds an event that stands for `n`.
    fn add(&mut self, weight: f64, deviation: f64, terms: f64, n: f64) {
        let size = weight.abs().max((weight - deviation).abs());
        let is_off = deviation.abs() > (TOLERANCE * size).max(ROUNDING * terms);
        self.n_off += usize::from(is_off);
        self.off += if is_off { n * size } else { 0.0 };
        self.all += n * size;
        self.squares += n * deviation * deviation;
        self.squared_weights += n * size * size;
    }

    fn merge(&mut self, other: &Self, factor: f64) {
        self.n_off += other.n_off;
        self.off += factor * other.off;
        self.all += factor * other.all;
        self.squares += factor * factor * other.squares;
        self.squared_weights += factor * factor * other.squared_weights;
    }

    /// Share of the events that deviate, by their absolute weights.
    pub(super) fn share(&self) -> f64 {
        if self.all > 0.0 { self.off / self.all } else { 0.0 }
    }

    /// Root mean square of the deviations, relative to that of the weights.
    pub(super) fn relative(&self) -> f64 {
        match self.squared_weights > 0.0 {
            true => (self.squares / self.squared_weights).sqrt(),
            false => 0.0,
        }
    }
}
