//! Published C2ST of the benchmark, mean of its ten observations, at 1000, 10 000 and 100 000 simulations.
//!
//! Source: results of Lueckmann, Boelts, Greenberg, Gonçalves and Macke 2021, arXiv:2101.04653 (sbi-benchmark/results, MIT); `gaussian-mixture` as
//! run again for version 1.1.0.

use std::fmt::{Display, Formatter};

/// Numbers of simulations.
const BUDGETS: [u64; 3] = [1_000, 10_000, 100_000];

/// Task, NPE, and the best of NRE, NLE, NPE and their sequential versions.
const TABLE: [(&str, [f64; 3], [f64; 3]); 8] = [
    ("gaussian-linear", [0.694, 0.552, 0.506], [0.628, 0.536, 0.506]),
    ("gaussian-linear-uniform", [0.696, 0.553, 0.509], [0.631, 0.527, 0.506]),
    ("gaussian-mixture", [0.716, 0.615, 0.548], [0.669, 0.551, 0.531]),
    ("two-moons", [0.725, 0.606, 0.542], [0.643, 0.554, 0.530]),
    ("slcp", [0.975, 0.901, 0.831], [0.921, 0.713, 0.578]),
    ("sir-ode", [0.815, 0.680, 0.585], [0.637, 0.561, 0.547]),
    ("lotka-volterra-ode", [0.999, 0.997, 0.981], [0.909, 0.738, 0.695]),
    ("bernoulli-glm", [0.863, 0.678, 0.559], [0.634, 0.553, 0.522]),
];

/// Published numbers of a task and a number of simulations, if there are any.
pub struct Published {
    pub npe: Number,
    pub best: Number,
}

/// A number, or a dash.
pub struct Number(Option<f64>);

impl Published {
    pub fn of(task: &str, n: u64) -> Self {
        let row = TABLE.iter().find(|(name, ..)| *name == task);
        let at = BUDGETS.iter().position(|budget| *budget == n);
        let number = |of: fn(&(&str, [f64; 3], [f64; 3])) -> [f64; 3]| Number(row.zip(at).map(|(row, at)| of(row)[at]));
        Self {
            npe: number(|row| row.1),
            best: number(|row| row.2),
        }
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(value) => write!(f, "{value:.3}"),
            None => f.write_str("-"),
        }
    }
}
