//! The generalized Galton board of Brehmer, Louppe, Pavez and Cranmer (arXiv:1805.12244, section 4.1).
//!
//! A ball falls through 20 rows of nails and ends in one of 21 bins. At each nail it goes left or right with a
//! probability that depends on where the nail is and on θ. *z* is the sequence of the 20 choices, *x* the bin. The
//! number of paths to a bin is far too large to sum over one by one, but the board has few columns, so the sum can be
//! done row by row: a dynamic programme gives p(x|θ), exactly.

use motherlode_core::Real;
use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::Bernoulli;
use motherlode_core::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use ndarray::{Array2, ArrayView2};

const ROWS: usize = 20;
const NAILS: usize = 31;
const START: usize = NAILS / 2;

/// The generalized Galton board.
#[derive(Debug, Clone)]
pub struct Galton {
    /// Strength by which θ tilts the nails of a row: zero in the first and the last row.
    tilt: [f64; ROWS],
    /// −10 (2n/30 − 1) for each column n: tabulated, because the division is slow.
    slope: [f64; NAILS + 1],
}

impl Default for Galton {
    fn default() -> Self {
        let tilt = std::array::from_fn(|row| (std::f64::consts::PI * row as f64 / (ROWS - 1) as f64).sin());
        let slope = std::array::from_fn(|column| -10.0 * (2.0 * column as f64 / (NAILS - 1) as f64 - 1.0));
        Self { tilt, slope }
    }
}

impl Galton {
    /// The number of rows of nails, and so of the choices of a ball.
    pub const ROWS: usize = ROWS;
    /// The column of the nail that every ball meets first.
    pub const START: usize = START;

    /// The probability to go left at nail `column` of `row`: ½(1 − f) + f σ(10 θ (2n/30 − 1)).
    ///
    /// The published text has half this slope; the published data were made with this one.
    ///
    /// # Panics
    /// If there is no such row or column.
    #[inline]
    pub fn left<R: Real>(&self, row: usize, column: usize, theta: R) -> R {
        let sigmoid = ((theta * self.slope[column]).exp() + 1.0).recip();
        sigmoid * self.tilt[row] + 0.5 * (1.0 - self.tilt[row])
    }

    /// Next column of a ball from `column` of `row`. Nails of odd rows sit half a column further left.
    ///
    /// # Panics
    /// If there is no such place: to the left of the first column.
    #[inline]
    pub fn next(row: usize, column: usize, left: bool) -> usize {
        column + usize::from(!left) - row % 2
    }
}

impl Simulator for Galton {
    fn name(&self) -> &str {
        "galton"
    }

    fn about(&self) -> &str {
        "a ball falls through 20 rows of nails whose tilt depends on θ; the bin is observed"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -2.0, 2.0).with_about("how strongly the nails tilt towards the middle or away")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("bin")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([-0.8], [-0.6], [(-1.0, -0.4)]))
    }

    #[inline]
    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let mut column = START;
        for row in 0..ROWS {
            let left = trace.draw(Bernoulli::new(self.left(row, column, theta[0]))?);
            column = Self::next(row, column, left);
        }
        Ok(vec![column as f64])
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Board(self.clone()))))
    }
}

/// The board summed over paths, row by row.
struct Board(Galton);

impl Board {
    /// p(column after the last row | θ).
    fn columns<R: Real>(&self, theta: R) -> [R; NAILS + 1] {
        let mut reach = [R::from(0.0); NAILS + 1];
        reach[START] = R::from(1.0);
        for row in 0..ROWS {
            let mut below = [R::from(0.0); NAILS + 1];
            for (column, &here) in reach.iter().enumerate().filter(|(_, here)| here.re() > 0.0) {
                let left = self.0.left(row, column, theta);
                below[Galton::next(row, column, true)] += here * left;
                below[Galton::next(row, column, false)] += here * (-left + 1.0);
            }
            reach = below;
        }
        reach
    }
}

impl ExactDensity for Board {
    fn route(&self) -> &str {
        "dynamic programme over the columns"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let columns = self.columns(theta[0]).map(|p| p.ln());
        let impossible = R::from(f64::NEG_INFINITY);
        x.column(0)
            .iter()
            .map(
                |&bin| match bin.fract() == 0.0 && (0.0..columns.len() as f64).contains(&bin) {
                    true => columns[bin as usize],
                    false => impossible,
                },
            )
            .collect()
    }

    fn support(&self) -> Option<Array2<f64>> {
        Some(Array2::from_shape_fn((ROWS + 1, 1), |(k, _)| {
            (START - ROWS / 2 + k) as f64
        }))
    }
}
