//! Published C2ST of the benchmark, mean of its ten observations, at 1000, 10 000 and 100 000 simulations.
//!
//! Source: results of Lueckmann, Boelts, Greenberg, Gonçalves and Macke 2021, arXiv:2101.04653 (sbi-benchmark/results, MIT); `gaussian-mixture` as
//! run again for version 1.1.0.

use std::fmt::{Display, Formatter};

/// Numbers of simulations.
const BUDGETS: [u64; 3] = [1_000, 10_000, 100_000];

/// A task, with C2ST at the numbers of simulations.
struct Row {
    task: &'static str,
    npe: [f64; 3],
    /// The best of NRE, NLE, NPE and their sequential versions.
    best: [f64; 3],
}

const TABLE: [Row; 8] = [
    row("gaussian-linear", [0.694, 0.552, 0.506], [0.628, 0.536, 0.506]),
    row("gaussian-linear-uniform", [0.696, 0.553, 0.509], [0.631, 0.527, 0.506]),
    row("gaussian-mixture", [0.716, 0.615, 0.548], [0.669, 0.551, 0.531]),
    row("two-moons", [0.725, 0.606, 0.542], [0.643, 0.554, 0.530]),
    row("slcp", [0.975, 0.901, 0.831], [0.921, 0.713, 0.578]),
    row("sir-ode", [0.815, 0.680, 0.585], [0.637, 0.561, 0.547]),
    row("lotka-volterra-ode", [0.999, 0.997, 0.981], [0.909, 0.738, 0.695]),
    row("bernoulli-glm", [0.863, 0.678, 0.559], [0.634, 0.553, 0.522]),
];

const fn row(task: &'static str, npe: [f64; 3], best: [f64; 3]) -> Row {
    Row { task, npe, best }
}

/// Published numbers of a task and a number of simulations, if there are any.
pub struct Published {
    pub npe: Number,
    pub best: Number,
}

/// A number, or a dash.
pub struct Number(Option<f64>);

impl Published {
    pub fn of(task: &str, n: u64) -> Self {
        let row = TABLE.iter().find(|row| row.task == task);
        let known = row.zip(BUDGETS.iter().position(|budget| *budget == n));
        Self {
            npe: Number(known.map(|(row, at)| row.npe[at])),
            best: Number(known.map(|(row, at)| row.best[at])),
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
