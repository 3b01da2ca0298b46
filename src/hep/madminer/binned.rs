//! Sums of weights in the bins of a histogram.

use std::sync::OnceLock;

use ndarray::Array1;

use super::WeightedEvents;
use super::events::{add, dot};
use motherlode_core::error::Result;

/// Weighted events in bins, whose contents are known at all parameters.
#[derive(Debug, Clone)]
pub struct BinnedWeights<'a> {
    events: &'a WeightedEvents,
    /// The bin of each event, `[n]`.
    bin_of: Vec<u32>,
    /// Coefficients of the monomials summed over each bin, `[bins, c]`: with systematics at 0 no event need be looked at again.
    coefficients: Vec<f64>,
    /// Products of the coefficients of each event, summed over each bin, `[bins, c × c]`; made when they are first needed.
    products: OnceLock<Vec<f64>>,
    bins: usize,
}

impl<'a> BinnedWeights<'a> {
    /// Sums the events in the bins `bin_of`, `[n]`, each below `bins`.
    ///
    /// # Errors
    /// If the events are in a temporary file that cannot be read.
    pub(crate) fn new(events: &'a WeightedEvents, bin_of: Vec<u32>, bins: usize) -> Result<Self> {
        let c = events.morphing.components().len();
        let mut coefficients = vec![0.0; bins * c];
        events.visit(|block| {
            for (i, bin) in bin_of[block.first..].iter().take(block.len()).enumerate() {
                let bin = *bin as usize;
                add(
                    &mut coefficients[bin * c..(bin + 1) * c],
                    block.coefficients(i).iter(),
                    1.0,
                );
            }
        })?;
        Ok(Self {
            events,
            bin_of,
            coefficients,
            products: OnceLock::new(),
            bins,
        })
    }

    /// Number of bins.
    pub(crate) fn len(&self) -> usize {
        self.bins
    }

    /// The cross section of each bin at (θ, ν), in pb, `[bins]`.
    ///
    /// # Errors
    /// If there is not one finite value for each parameter.
    pub(crate) fn sums(&self, theta: &[f64]) -> Result<Array1<f64>> {
        let (theta, nu) = self.events.parameters(theta)?;
        if nu.iter().any(|nu| *nu != 0.0) {
            return self.summed(&theta, &nu, |weight| weight);
        }
        let monomials = self.events.morphing.monomials_at(&theta);
        let bins = self.coefficients.chunks_exact(monomials.len());
        Ok(bins
            .map(|coefficients| dot(coefficients.iter().copied(), &monomials))
            .collect())
    }

    /// Sums of squares of weights, in pb², `[bins]`: the squared Monte Carlo error of each bin.
    ///
    /// # Errors
    /// As [`sums`](Self::sums).
    pub(crate) fn squares(&self, theta: &[f64]) -> Result<Array1<f64>> {
        let (theta, nu) = self.events.parameters(theta)?;
        if nu.iter().any(|nu| *nu != 0.0) {
            return self.summed(&theta, &nu, |weight| weight * weight);
        }
        let monomials = self.events.morphing.monomials_at(&theta);
        let products = match self.products.get() {
            Some(products) => products,
            None => {
                let made = self.sum_products()?;
                self.products.get_or_init(|| made)
            }
        };
        let square = |of_bin: &[f64]| {
            let rows = of_bin.chunks_exact(monomials.len()).zip(&monomials);
            rows.map(|(row, monomial)| monomial * dot(row.iter().copied(), &monomials))
                .sum::<f64>()
        };
        let bins = products.chunks_exact(monomials.len() * monomials.len());
        Ok(bins.map(|of_bin| square(of_bin).max(0.0)).collect())
    }

    fn sum_products(&self) -> Result<Vec<f64>> {
        let c = self.events.morphing.components().len();
        let (mut products, mut of_event) = (vec![0.0; self.bins * c * c], Vec::with_capacity(c));
        self.events.visit(|block| {
            for (i, bin) in self.bin_of[block.first..].iter().take(block.len()).enumerate() {
                of_event.clear();
                of_event.extend(block.coefficients(i).iter());
                let first = *bin as usize * c * c;
                for (row, coefficient) in of_event.iter().enumerate() {
                    let row = &mut products[first + row * c..first + (row + 1) * c];
                    add(row, of_event.iter().copied(), *coefficient);
                }
            }
        })?;
        Ok(products)
    }

    /// Sums a function of the weights over each bin.
    fn summed(&self, theta: &[f64], nu: &[f64], of: impl Fn(f64) -> f64) -> Result<Array1<f64>> {
        let mut sums = Array1::zeros(self.bins);
        let mut bins = self.bin_of.iter();
        self.events.each_weight(theta, nu, |weight| {
            if let Some(bin) = bins.next() {
                sums[*bin as usize] += of(weight);
            }
        })?;
        Ok(sums)
    }
}
