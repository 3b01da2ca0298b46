//! Neyman's construction: what the statistic of a hypothesis does when the hypothesis is true, found out by toys.

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
/// however good or bad the estimator is: a worse one makes larger regions, not wrong ones.
///
/// A data set is given by its ln L at the nodes of an interpolation, `[K]`.
#[derive(Debug, Clone)]
pub struct Neyman {
    shape: Vec<usize>,
    grid: Array2<f64>,
    matrix: Array2<f64>,
}

/// How the statistic of one hypothesis is distributed where it is true.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    sorted: Vec<f64>,
}

impl Distribution {
    /// Of these statistics of toys.
    pub fn new(mut statistics: Vec<f64>) -> Self {
        statistics.sort_by(f64::total_cmp);
        Self { sorted: statistics }
    }

    /// Number of toys.
    pub fn toys(&self) -> usize {
        self.sorted.len()
    }

    /// (1 + number of toys with a statistic of at least `q`)/(1 + number of toys).
    pub fn p_value(&self, q: f64) -> f64 {
        let below = self.sorted.partition_point(|&toy| toy < q);
        (1 + self.sorted.len() - below) as f64 / (1 + self.sorted.len()) as f64
    }

    /// The statistic that a share 1 − `level` of all toys exceeds.
    pub fn critical_value(&self, level: f64) -> f64 {
        let rank = (level * (self.sorted.len() + 1) as f64).ceil() as usize;
        match self.sorted.get(rank.saturating_sub(1)) {
            Some(&q) => q,
            None => f64::INFINITY, // too few toys to say
        }
    }
}

impl Neyman {
    /// With `shape[i]` values of each free parameter across `parameter_box`, which the interpolation holds.
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

    /// The hypotheses, `[G, p]`; the last parameter runs fastest.
    pub fn grid(&self) -> ArrayView2<'_, f64> {
        self.grid.view()
    }

    /// The values of parameter `k`, ascending.
    pub fn values(&self, k: usize) -> Array1<f64> {
        (0..self.shape[k]).map(|j| self.grid[[j * self.stride(k), k]]).collect()
    }

    /// Which value of parameter `k` hypothesis `g` has.
    pub fn place(&self, g: usize, k: usize) -> usize {
        g / self.stride(k) % self.shape[k]
    }

    fn stride(&self, k: usize) -> usize {
        self.shape[k + 1..].iter().product()
    }

    /// ln L of every hypothesis for each data set, `[T, K]`: shape `[T, G]`.
    pub fn log_likelihoods(&self, at_nodes: ArrayView2<f64>) -> Array2<f64> {
        at_nodes.dot(&self.matrix.t())
    }

    /// q of every hypothesis, `[G]`, from ln L of all, `[G]`.
    pub fn joint(&self, log_likelihoods: ArrayView1<f64>) -> Array1<f64> {
        let best = largest(log_likelihoods.iter().copied());
        log_likelihoods.mapv(|log| 2.0 * (best - log))
    }

    /// The same for one data set, from what its events say at the nodes, `[n, K]`.
    pub fn statistics_of_table(&self, table: ArrayView2<f64>) -> Array1<f64> {
        let at_nodes = table.sum_axis(Axis(0)).insert_axis(Axis(0));
        self.joint(self.log_likelihoods(at_nodes.view()).row(0))
    }

    /// The best hypothesis of each value of parameter `k`: where the others are profiled out.
    pub fn best_by_value(&self, log_likelihoods: ArrayView1<f64>, k: usize) -> Vec<usize> {
        let mut best = vec![None; self.shape[k]];
        for (g, &log) in log_likelihoods.iter().enumerate() {
            let best = &mut best[self.place(g, k)];
            if best.is_none_or(|best: usize| log > log_likelihoods[best]) {
                *best = Some(g);
            }
        }
        best.into_iter().flatten().collect()
    }

    /// q of hypothesis `g` in each data set, `[T]`, from ln L of all, `[T, G]`.
    pub fn statistics(&self, log_likelihoods: ArrayView2<f64>, g: usize) -> Distribution {
        let rows = log_likelihoods.rows().into_iter();
        Distribution::new(
            rows.map(|logs| 2.0 * (largest(logs.iter().copied()) - logs[g]))
                .collect(),
        )
    }

    /// The same of its value of parameter `k`, all others profiled over the grid.
    pub fn profiled_statistics(&self, log_likelihoods: ArrayView2<f64>, g: usize, k: usize) -> Distribution {
        let of_value: Vec<usize> = (0..self.grid.nrows())
            .filter(|&other| self.place(other, k) == self.place(g, k))
            .collect();
        let statistic = |logs: ArrayView1<f64>| {
            let conditional = largest(of_value.iter().map(|&g| logs[g]));
            2.0 * (largest(logs.iter().copied()) - conditional)
        };
        Distribution::new(log_likelihoods.rows().into_iter().map(statistic).collect())
    }
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}
