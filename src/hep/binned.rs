//! Histograms of weighted events, known at all parameters: the classical analysis, without a network.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::madminer::{BinnedWeights, WeightedEvents};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact_point;
use motherlode_core::likelihood::LogLikelihood;
use motherlode_stats::inference::{BinLayout, Binning, SummaryStatistic};

/// A histogram of observables at all parameters, from events whose weights are known there.
///
/// Its likelihood is that of bin numbers: an observation is one number, the [bin](Self::bins_of) that an event falls into, and its
/// probability is σ_b(θ)/σ(θ), with the cross section σ_b of the bin. What is expected at θ_true is a data set, too, the
/// [Asimov](Self::expected_at) one.
///
/// # Source
/// Cowan, Cranmer, Gross and Vitells 2011, arXiv:1007.1727; MadMiner's `AsymptoticLimits` in mode "histo". That takes the data from one
/// part of the file and the histogram from another, so that the best fit is off the truth by what the two fluctuate; here both are
/// the same events, unless one makes them of different ones.
#[derive(Debug, Clone)]
pub struct BinnedEvents<'a> {
    summary: SummaryStatistic<'a>,
    cells: Binning,
    weights: BinnedWeights<'a>,
}

/// The bins of a histogram; the outer ones are open.
#[derive(Debug, Clone, PartialEq)]
pub enum Bins {
    /// Number of bins along each observable, with equally many simulated events each: along the first, in each of these along the second, and so
    /// on.
    Equal(Vec<usize>),
    /// Ascending edges of the bins along each observable.
    Edges(Vec<Vec<f64>>),
}

impl<'a> BinnedEvents<'a> {
    /// Fills a histogram of the `summary` of all `events`.
    ///
    /// # Errors
    /// If there are not bins for each number of the summary, edges do not ascend, there are more bins than events, or a summary cannot be had.
    pub fn new(events: &'a WeightedEvents, summary: SummaryStatistic<'a>, bins: &Bins) -> Result<Self> {
        let values: Vec<Array2<f64>> = events
            .blocks_of_x()
            .map(|x| summary.values(x?.view()))
            .collect::<Result<_>>()?;
        let values: Vec<ArrayView2<f64>> = values.iter().map(|block| block.view()).collect();
        let values = ndarray::concatenate(Axis(0), &values).map_err(|error| Error::numerical(error.to_string()))?;
        let cells = bins.cells(values.view())?;
        let weights = BinnedWeights::new(events, cells.of_each(values.view()), cells.n_cells())?;
        Ok(Self {
            summary,
            cells,
            weights,
        })
    }

    /// Number of bins.
    pub fn n_bins(&self) -> usize {
        self.weights.len()
    }

    /// The bin, from 0, of each row of `x`, `[n, m]`: observations of this likelihood, `[n, 1]`.
    ///
    /// # Errors
    /// If there are too few observables, or one is not finite.
    pub fn bins_of(&self, x: ArrayView2<f64>) -> Result<Array2<f64>> {
        let bins = self.cells.of_each(self.summary.values(x)?.view());
        Ok(bins
            .into_iter()
            .map(f64::from)
            .collect::<Array1<f64>>()
            .insert_axis(Axis(1)))
    }

    /// The cross section of each bin at θ, in pb, `[bins]`.
    ///
    /// # Errors
    /// If there is not one finite value for each parameter.
    pub fn cross_sections(&self, theta: &[f64]) -> Result<Array1<f64>> {
        self.weights.sums(theta)
    }

    /// Effective number of unweighted events in each bin, (Σw)²/Σw², `[bins]`; 0 in empty bins.
    ///
    /// # Errors
    /// As [`cross_sections`](Self::cross_sections).
    pub fn effective(&self, theta: &[f64]) -> Result<Array1<f64>> {
        let squares = self.weights.squares(theta)?;
        let mut effective = self.weights.sums(theta)?;
        effective.zip_mut_with(&squares, |sum, square| {
            *sum = if *square > 0.0 { *sum * *sum / square } else { 0.0 };
        });
        Ok(effective)
    }

    /// Expectation at θ: numbers of the bins that are not empty, `[n, 1]`, and the cross section of each in pb, `[n]`.
    ///
    /// # Errors
    /// As [`cross_sections`](Self::cross_sections), or if nothing is expected.
    pub fn expected_at(&self, theta: &[f64]) -> Result<(Array2<f64>, Array1<f64>)> {
        let all = self.cross_sections(theta)?;
        let filled = all.iter().enumerate().filter(|(_, sum)| **sum > 0.0);
        let (bins, sums): (Vec<f64>, Vec<f64>) = filled.map(|(bin, sum)| (bin as f64, *sum)).unzip();
        match bins.is_empty() {
            false => Ok((Array1::from(bins).insert_axis(Axis(1)), sums.into())),
            true => Err(Error::data(format!(
                "no events are expected at {}: the sum of their weights is not above 0 in any bin",
                exact_point(theta)
            ))),
        }
    }
}

/// ln σ_b(θ)/σ(θ) of bin numbers; −∞ of a bin in which nothing is expected, or less.
impl LogLikelihood for BinnedEvents<'_> {
    fn log_likelihood(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        let sums = self.cross_sections(theta)?;
        let total = sums.sum();
        let bin = |x: &f64| -> Result<f64> {
            let sum = sums
                .get(*x as usize)
                .filter(|_| *x >= 0.0 && x.fract() == 0.0 && x.is_finite());
            let sum = sum.ok_or_else(|| Error::data(format!("there is no bin {x} of {} (from 0)", sums.len())))?;
            Ok((sum.max(0.0) / total).ln())
        };
        match x.ncols() {
            1 => x.iter().map(bin).collect(),
            columns => Err(Error::data(format!(
                "observations of {columns} numbers: a histogram knows the numbers of bins, one for each event"
            ))),
        }
    }
}

impl Bins {
    fn cells(&self, values: ArrayView2<f64>) -> Result<Binning> {
        let (n, k) = values.dim();
        let along: Vec<usize> = match self {
            Self::Equal(bins) => bins.clone(),
            Self::Edges(edges) => edges.iter().map(|edges| edges.len() + 1).collect(),
        };
        let all = along.iter().try_fold(1usize, |all, bins| all.checked_mul(*bins));
        if along.len() != k || along.contains(&0) || all.is_none_or(|all| all > n) {
            return Err(Error::usage(format!(
                "bins {along:?} for {k} observables and {n} simulated events: give a number of bins, or edges, for each observable, and \
                 fewer bins in all than there are events"
            )));
        }
        match self {
            Self::Equal(bins) => Ok(Binning::new(BinLayout::EqualProbability, values, bins)),
            Self::Edges(edges) => {
                let ascend = |edges: &Vec<f64>| {
                    edges.iter().all(|edge| edge.is_finite()) && edges.windows(2).all(|pair| pair[0] < pair[1])
                };
                match edges.iter().find(|edges| !ascend(edges)) {
                    None => Ok(Binning::from_edges(edges)),
                    Some(wrong) => Err(Error::usage(format!(
                        "edges {wrong:?}: give finite ones in ascending order; the bins below the first and above the last are open"
                    ))),
                }
            }
        }
    }
}
