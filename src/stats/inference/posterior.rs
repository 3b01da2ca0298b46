//! Tabulated posteriors of one or two parameters.

use ndarray::{Array1, Array2};
use rand::RngExt;

use super::{Function, ParameterBox};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Stream;

/// Largest number of cells; beyond it, sample the posterior.
const MAX_CELLS: usize = 1_000_000;

/// A posterior density that is constant in each cell of a grid over a parameter box.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    parameter_box: ParameterBox,
    cells: Vec<usize>,
    /// Probability of each cell; the index of the last parameter varies fastest.
    mass: Vec<f64>,
}

impl Posterior {
    /// Tabulates exp of `log_density`, ln L(θ) π(θ), in the middles of `cells[i]` cells along each free parameter, and normalises it.
    ///
    /// # Errors
    /// If `cells` does not have one number above zero for each free parameter, there are more than a million cells, `log_density` fails, or
    /// it is −∞ everywhere or NaN anywhere.
    pub fn new(log_density: Function<'_>, parameter_box: &ParameterBox, cells: &[usize]) -> Result<Self> {
        let middles = Self::middles(parameter_box, cells)?;
        let logs = middles.rows().into_iter().map(|theta| log_density(&theta.to_vec()));
        Self::from_log_densities(parameter_box, cells, &logs.collect::<Result<Vec<f64>>>()?)
    }

    /// Returns the middles of the cells, `[cells, p]`; the index of the last parameter varies fastest.
    ///
    /// # Errors
    /// If `cells` does not have one number above zero for each free parameter, or there are more than a million cells.
    pub fn middles(parameter_box: &ParameterBox, cells: &[usize]) -> Result<Array2<f64>> {
        let n: Option<usize> = cells.iter().try_fold(1usize, |n, &along| n.checked_mul(along));
        if cells.len() != parameter_box.dimensions() || n.is_none_or(|n| n == 0 || n > MAX_CELLS) {
            return Err(Error::usage(format!(
                "a posterior on {cells:?} cells: give one number above 0 for each of the {} free parameters, and at most {MAX_CELLS} cells in all",
                parameter_box.dimensions()
            )));
        }
        let middle = |cell: usize| parameter_box.at(&shares(cells, cell).collect::<Vec<_>>());
        let rows: Vec<Vec<f64>> = (0..n.unwrap_or(0)).map(middle).collect();
        Ok(Array2::from_shape_fn(
            (rows.len(), parameter_box.n_parameters()),
            |(cell, k)| rows[cell][k],
        ))
    }

    /// Creates the posterior from the logarithms of a density in the [middles](Self::middles) of the cells.
    ///
    /// # Errors
    /// If there is not one for each cell, or all are −∞ or one is NaN.
    pub fn from_log_densities(parameter_box: &ParameterBox, cells: &[usize], logs: &[f64]) -> Result<Self> {
        if logs.len() != cells.iter().product::<usize>() || cells.len() != parameter_box.dimensions() {
            return Err(Error::data(format!(
                "a posterior on {cells:?} cells from {} numbers: give one number for each cell",
                logs.len()
            )));
        }
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(Error::numerical(
                "the posterior is zero everywhere in the box, or not a number: the data may be impossible under all its hypotheses",
            ));
        }
        Ok(Self {
            parameter_box: parameter_box.clone(),
            cells: cells.to_vec(),
            mass: weights.into_iter().map(|weight| weight / sum).collect(),
        })
    }

    /// Returns the mean of each parameter, `[p]`.
    pub fn mean(&self) -> Array1<f64> {
        self.moment(|theta| theta)
    }

    /// Returns the standard deviation of each parameter, `[p]`, including the width of a cell.
    pub fn standard_deviation(&self) -> Array1<f64> {
        let mean = self.mean();
        let square = self.moment(|theta| theta * theta);
        let mut deviation = Array1::zeros(mean.len());
        for ((k, (low, high)), &cells) in self.parameter_box.ranges().zip(&self.cells) {
            let width = (high - low) / cells as f64;
            deviation[k] = (square[k] - mean[k] * mean[k] + width * width / 12.0).max(0.0).sqrt();
        }
        deviation
    }

    fn moment(&self, of: impl Fn(f64) -> f64) -> Array1<f64> {
        let mut moment = Array1::zeros(self.parameter_box.n_parameters());
        for (cell, mass) in self.mass.iter().enumerate() {
            for (sum, value) in moment.iter_mut().zip(self.middle(cell)) {
                *sum += mass * of(value);
            }
        }
        moment
    }

    /// Returns ln of the density at θ, in 1/units of the free parameters; −∞ outside of the box.
    pub fn log_density(&self, theta: &[f64]) -> f64 {
        match self.cell_of(theta) {
            Some(cell) => (self.mass[cell] * self.mass.len() as f64 / self.parameter_box.volume()).ln(),
            None => f64::NEG_INFINITY,
        }
    }

    /// Returns the credible level at whose edge θ lies: the mass of all cells denser than that of θ, plus half of the mass of those as
    /// dense; 1 outside of the box.
    pub fn credible_level(&self, theta: &[f64]) -> f64 {
        let Some(cell) = self.cell_of(theta) else { return 1.0 };
        let here = self.mass[cell];
        let part = |&mass: &f64| match mass.total_cmp(&here) {
            std::cmp::Ordering::Greater => mass,
            std::cmp::Ordering::Equal => 0.5 * mass,
            std::cmp::Ordering::Less => 0.0,
        };
        self.mass.iter().map(part).sum::<f64>().min(1.0) // a sum of rounded numbers
    }

    /// Returns `n` independent draws, `[n, p]`, uniform within their cells.
    pub fn draws(&self, n: usize, rng: &mut Stream) -> Array2<f64> {
        let mut ends = self.mass.clone();
        let mut sum = 0.0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        let mut draws = Array2::zeros((n, self.parameter_box.n_parameters()));
        for mut row in draws.rows_mut() {
            let place = rng.random::<f64>() * sum;
            let cell = ends.partition_point(|&end| end <= place).min(ends.len() - 1);
            let within = |cells: &usize| (rng.random::<f64>() - 0.5) / *cells as f64;
            let places = shares(&self.cells, cell).zip(self.cells.iter().map(within));
            let place: Vec<f64> = places.map(|(middle, within)| middle + within).collect();
            row.iter_mut()
                .zip(self.parameter_box.at(&place))
                .for_each(|(to, value)| *to = value);
        }
        draws
    }

    fn middle(&self, cell: usize) -> Vec<f64> {
        self.parameter_box.at(&shares(&self.cells, cell).collect::<Vec<_>>())
    }

    fn cell_of(&self, theta: &[f64]) -> Option<usize> {
        self.parameter_box.contains(theta).then(|| {
            let along = |(share, &cells): (f64, &usize)| (cells, ((share * cells as f64) as usize).min(cells - 1));
            let places = self.parameter_box.shares(theta).into_iter().zip(&self.cells).map(along);
            places.fold(0, |cell, (cells, place)| cell * cells + place)
        })
    }
}

/// The middle of a cell, in shares of the box.
fn shares(cells: &[usize], cell: usize) -> impl Iterator<Item = f64> {
    (0..cells.len()).map(move |k| {
        let faster: usize = cells[k + 1..].iter().product();
        ((cell / faster % cells[k]) as f64 + 0.5) / cells[k] as f64
    })
}
