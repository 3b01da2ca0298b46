//! Neyman's construction: distributions of test statistics under each hypothesis, by toys.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::{Interpolation, ParameterBox};
use motherlode_core::error::Result;

/// Likelihood-ratio statistics of the hypotheses on a grid, for any number of data sets at once.
///
/// The statistic is the likelihood ratio to the best hypothesis of the grid,
///
/// q(θ) = 2 \[max_θ' ln L(θ') − ln L(θ)\],
///
/// the ordering of Feldman and Cousins 1998 (arXiv:physics/9711021). With its [`Distribution`] in toys of θ, regions cover
/// for any estimator: a worse estimator gives larger regions, not wrong ones.
///
/// A data set is given by its ln L at the nodes of an interpolation, `[K]`.
#[derive(Debug, Clone)]
pub struct Neyman {
    shape: Vec<usize>,
    grid: Array2<f64>,
    matrix: Array2<f64>,
}

/// The distribution of a test statistic under its hypothesis, by toys.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    sorted: Vec<f64>,
}

impl Distribution {
    /// Creates the distribution from the statistics of toys.
    pub fn new(mut statistics: Vec<f64>) -> Self {
        statistics.sort_by(f64::total_cmp);
        Self { sorted: statistics }
    }

    /// Number of toys.
    pub fn toys(&self) -> usize {
        self.sorted.len()
    }

    /// Returns the p-value (1 + number of toys with a statistic of at least `q`)/(1 + number of toys).
    pub fn p_value(&self, q: f64) -> f64 {
        let below = self.sorted.partition_point(|&toy| toy < q);
        (1 + self.sorted.len() - below) as f64 / (1 + self.sorted.len()) as f64
    }

    /// Returns the statistic that a share 1 − `level` of all toys exceeds.
    pub fn critical_value(&self, level: f64) -> f64 {
        let rank = (level * (self.sorted.len() + 1) as f64).ceil() as usize;
        match self.sorted.get(rank.saturating_sub(1)) {
            Some(&q) => q,
            None => f64::INFINITY, // too few toys for this level
        }
    }
}

impl Neyman {
    /// Creates a grid with `shape[i]` values of each free parameter in `parameter_box`, which must lie within the box of the interpolation.
    ///
    /// # Errors
    /// As [`ParameterBox::grid`].
    pub fn new(interpolation: &Interpolation, parameter_box: &ParameterBox, shape: &[usize]) -> Result<Self> {
        let grid = parameter_box.grid(shape)?;
        Ok(Self {
            shape: parameter_box.shape(shape)?,
            matrix: interpolation.matrix(grid.view()),
            grid,
        })
    }

    /// The hypotheses, `[G, p]`; the index of the last parameter varies fastest.
    pub fn grid(&self) -> ArrayView2<'_, f64> {
        self.grid.view()
    }

    /// Returns the values of parameter `k`, ascending.
    pub fn values(&self, k: usize) -> Array1<f64> {
        (0..self.shape[k]).map(|j| self.grid[[j * self.stride(k), k]]).collect()
    }

    /// Returns the index of the value of parameter `k` in hypothesis `g`.
    pub fn value_index(&self, g: usize, k: usize) -> usize {
        g / self.stride(k) % self.shape[k]
    }

    fn stride(&self, k: usize) -> usize {
        self.shape[k + 1..].iter().product()
    }

    /// Returns ln L of every hypothesis, `[T, G]`, for each data set, given at the nodes, `[T, K]`.
    pub fn log_likelihoods(&self, at_nodes: ArrayView2<f64>) -> Array2<f64> {
        at_nodes.dot(&self.matrix.t())
    }

    /// Returns q of every hypothesis, `[G]`, from ln L of all, `[G]`.
    pub fn joint(&self, log_likelihoods: ArrayView1<f64>) -> Array1<f64> {
        let best = largest(log_likelihoods.iter().copied());
        log_likelihoods.mapv(|log| 2.0 * (best - log))
    }

    /// Returns q of every hypothesis, `[G]`, for one data set, from the log ratios of its events at the nodes, `[n, K]`.
    pub fn statistics_of_table(&self, table: ArrayView2<f64>) -> Array1<f64> {
        let at_nodes = table.sum_axis(Axis(0)).insert_axis(Axis(0));
        self.joint(self.log_likelihoods(at_nodes.view()).row(0))
    }

    /// Returns the best hypothesis at each value of parameter `k`, with the others profiled.
    pub fn best_by_value(&self, log_likelihoods: ArrayView1<f64>, k: usize) -> Vec<usize> {
        let mut best = vec![None; self.shape[k]];
        for (g, &log) in log_likelihoods.iter().enumerate() {
            let best = &mut best[self.value_index(g, k)];
            if best.is_none_or(|best: usize| log > log_likelihoods[best]) {
                *best = Some(g);
            }
        }
        best.into_iter().flatten().collect()
    }

    /// Returns q of hypothesis `g` in each data set, `[T]`, from ln L of all hypotheses, `[T, G]`.
    pub fn statistics(&self, log_likelihoods: ArrayView2<f64>, g: usize) -> Vec<f64> {
        let rows = log_likelihoods.rows().into_iter();
        rows.map(|logs| 2.0 * (largest(logs.iter().copied()) - logs[g]))
            .collect()
    }

    /// Returns q of the value of parameter `k` in hypothesis `g`, all others profiled over the grid, in each data set, `[T]`.
    pub fn profiled_statistics(&self, log_likelihoods: ArrayView2<f64>, g: usize, k: usize) -> Vec<f64> {
        let same_value: Vec<usize> = (0..self.grid.nrows())
            .filter(|&other| self.value_index(other, k) == self.value_index(g, k))
            .collect();
        let statistic = |logs: ArrayView1<f64>| {
            let conditional = largest(same_value.iter().map(|&g| logs[g]));
            2.0 * (largest(logs.iter().copied()) - conditional)
        };
        log_likelihoods.rows().into_iter().map(statistic).collect()
    }
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}
