//! Sums over the events of a MadMiner file, in one pass.

use nalgebra::DMatrix;
use ndarray::Axis;

use super::repeated_rows::RepeatedRows;
use super::variation_checker::VariationChecker;
use super::{
    BenchmarkEvents, EventFile, EventReader, EventTable, MorphingCheck, MorphingChecker, Selection, WeightedEvents,
};
use motherlode_core::error::Result;
use motherlode_core::mean::Mean;
use motherlode_stats::inference::Information;

/// Sums over the events of a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EventSums {
    /// Sums of the weights and of their squares at each benchmark, with samples merged by their signal shares, `[b]`.
    sums: Vec<(f64, f64)>,
    /// Number of events generated at each benchmark, `[b]`.
    pub n_sampled: Vec<usize>,
    /// Number of events with a negative weight at a physical benchmark.
    pub n_negative: usize,
    /// Number of events whose weights are not a squared amplitude.
    n_changing: usize,
    knows_benchmarks: bool,
    checker: Option<MorphingChecker>,
    variations: VariationChecker,
    repeated: RepeatedRows,
    /// Fisher information at each base benchmark of finite differences.
    pub derivatives: Vec<BenchmarkInformation>,
}

/// Fisher information at a benchmark, at a luminosity of 1/pb, `[p, p]`.
#[derive(Debug, Clone)]
pub struct BenchmarkInformation {
    /// Information of the full event.
    pub information: DMatrix<f64>,
    /// σ and its gradient `[p]`.
    rate: (f64, Vec<f64>),
}

impl EventSums {
    /// Sums over all events of a file; `None` for a setup file.
    ///
    /// # Errors
    /// If events cannot be read.
    pub fn from_file(file: &EventReader) -> Result<Option<Self>> {
        if file.n_events() == 0 {
            return Ok(None);
        }
        let (b, p) = (file.setup().benchmarks.len(), file.setup().parameters.len());
        let bases = file.setup().finite_differences.iter().flat_map(|all| &all.shifted);
        let none = |_| BenchmarkInformation {
            information: DMatrix::zeros(p, p),
            rate: (0.0, vec![0.0; p]),
        };
        let mut events = Self {
            sums: vec![(0.0, 0.0); b],
            n_sampled: vec![0; b],
            n_negative: 0,
            n_changing: 0,
            knows_benchmarks: true,
            checker: MorphingChecker::new(file.setup(), file.n_events()),
            variations: VariationChecker::new(file.setup()),
            repeated: RepeatedRows::default(),
            derivatives: bases.map(none).collect(),
        };
        for samples in file.portions() {
            events.add(file, samples?)?;
        }
        Ok(Some(events))
    }

    fn add(&mut self, file: &EventReader, samples: EventTable) -> Result<()> {
        let setup = file.setup();
        let factors = samples.merging_factors();
        let rows = samples.observations.rows().into_iter().zip(samples.weights.rows());
        for ((x, event), factor) in rows.zip(&factors) {
            for ((sum, squares), weight) in self.sums.iter_mut().zip(event) {
                *sum += weight * factor;
                *squares += (weight * factor).powi(2);
            }
            self.repeated.add(x, event);
            self.n_negative += usize::from(setup.physical().any(|(b, _)| event[b] < 0.0));
        }
        let numbers = self.n_sampled.iter_mut().enumerate();
        numbers.for_each(|(b, number)| *number += samples.n_sampled_at(b));
        self.knows_benchmarks &= samples.sampling_benchmarks.is_some();
        let part = EventFile {
            path: file.path().to_owned(),
            setup: setup.clone(),
            samples: Some(samples),
        };
        if setup.morphing.is_some() {
            let events = WeightedEvents::new(&part, &Selection::default())?;
            self.n_changing += events.n_changing();
            self.variations.merge(&events.variations);
            self.checker
                .iter_mut()
                .for_each(|checker| checker.merge(&events.checker, 1.0));
        }
        let bases = setup.finite_differences.iter().flat_map(|all| &all.shifted);
        for ((base, _), derivatives) in bases.zip(&mut self.derivatives) {
            let name = &setup.benchmarks[*base].name;
            derivatives.add(&BenchmarkEvents::new(&part, name, &Selection::default())?)?;
        }
        Ok(())
    }

    /// The cross section at a benchmark with its Monte Carlo error.
    pub fn cross_section(&self, b: usize) -> Mean {
        let (value, squares) = self.sums[b];
        let standard_error = squares.sqrt();
        Mean { value, standard_error }
    }

    /// Compares the weights at redundant benchmarks with each other; `None` without morphing.
    pub fn morphing_check(&self) -> Option<MorphingCheck> {
        self.checker.as_ref().map(MorphingChecker::check)
    }

    /// Notes on problems with the weights, on variations without a factor, and on rows that repeat others.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.n_negative > 0 {
            notes.push(format!(
                "{} events have a negative weight at a benchmark: they are drawn as often as their absolute weight says, and carry their sign",
                self.n_negative
            ));
        }
        if !self.knows_benchmarks {
            notes.push(
                "the file does not record the benchmark that each event was generated at: weights are added without merging factors, which \
                 is wrong if samples were merged"
                    .into(),
            );
        }
        if self.n_changing > 0 {
            notes.push(format!(
                "{} events have weights that change their sign in the ranges of the parameters: each is drawn as often as its absolute weight \
                 says, and carries its sign",
                self.n_changing
            ));
        }
        let caveats = self.variations.caveats().chain(self.repeated.caveat());
        notes.extend(caveats.map(|caveat| caveat.to_string()));
        notes
    }
}

impl BenchmarkInformation {
    fn add(&mut self, events: &BenchmarkEvents) -> Result<()> {
        self.information += Information::from_weights(events.weights.view(), events.gradients.view())?.matrix();
        self.rate.0 += events.weights.sum();
        let slopes = self.rate.1.iter_mut().zip(events.gradients.sum_axis(Axis(0)));
        slopes.for_each(|(sum, slope)| *sum += slope);
        Ok(())
    }

    /// Information of the number of events alone.
    pub fn rate_information(&self) -> DMatrix<f64> {
        let (section, slope) = &self.rate;
        DMatrix::from_fn(slope.len(), slope.len(), |i, j| slope[i] * slope[j] / section)
    }
}
