//! Proposals of a hard process by a grid that is adapted to the largest density of any hypothesis.
//!
//! In some dimensions the largest λ of all cannot be found, and it would be that of a far corner. So λ is bounded: where it
//! is above [the bound](Adapted::bound), there are no events. That region does not depend on θ, and the bound leaves it so
//! little of the rate (less than 10⁻⁴) that S is the integral over all of phase space.

use std::fmt::Debug;
use std::sync::OnceLock;

use motherlode_core::trace::{Choice, Stream, stream};
use motherlode_core::{Error, Result};
use rand::RngExt;

use super::grid::{Grid, Shares};
use super::largest::Largest;
use super::{HardProcess, Operator, Point, Quadratic};

/// Rounds in which the grid adapts, and points of each.
const ROUNDS: usize = 6;
const POINTS: u64 = 6_000;
/// Points in the search for the largest λ, and the margin of the bound above it.
const SEARCHED: u64 = 60_000;
const MARGIN: f64 = 1.5;

/// A phase space of `D` dimensions, mapped to the unit cube.
pub trait PhaseSpace<const D: usize>: Debug + Send + Sync {
    /// Coordinates of a point.
    type Place: Choice + Copy;

    /// The operators beside the standard model, in the order of θ.
    fn operators(&self) -> &[Operator];

    /// S, the integral of the rate over the unit cube.
    fn total(&self) -> Quadratic;

    /// A point and its rate over uniform shares; nothing outside of phase space.
    fn point(&self, shares: &Shares<D>) -> Option<(Self::Place, Quadratic)>;

    /// Draws what the rate does not depend on.
    fn complete(&self, place: &mut Self::Place, rng: &mut Stream);
}

/// Random places of the lattice.
const SHIFTS: u64 = 16;

/// A process with its grid.
#[derive(Debug)]
pub struct Adapted<P, const D: usize> {
    space: P,
    total: Quadratic,
    largest: Largest,
    /// Adapted when it is first needed: reading an event needs none.
    proposal: OnceLock<Proposal<D>>,
}

/// Proposals of points.
#[derive(Debug, Clone)]
struct Proposal<const D: usize> {
    grid: Grid<D>,
    bound: f64,
}

impl<P: PhaseSpace<D>, const D: usize> Adapted<P, D> {
    /// Adapts proposals to a phase space.
    ///
    /// # Errors
    /// If two operators have the same amplitudes.
    pub fn new(space: P) -> Result<Self> {
        let total = space.total();
        let Some(largest) = Largest::new(&total) else {
            return Err(Error::usage(format!(
                "the amplitudes of {:?} are linearly dependent: leave one of the operators out",
                space.operators()
            )));
        };
        Ok(Self {
            space,
            total,
            largest,
            proposal: OnceLock::new(),
        })
    }

    /// The phase space.
    pub fn space(&self) -> &P {
        &self.space
    }

    /// Bound of λ in units of the density of proposals: the mean number of proposals for a draw.
    pub fn bound(&self) -> f64 {
        self.proposal().bound
    }

    /// The point at uniform numbers, with its rate over the density of proposals; nothing outside of phase space.
    pub fn proposed(&self, uniform: Shares<D>) -> Option<(P::Place, Quadratic)> {
        self.proposal().grid.point(&self.space, uniform)
    }

    /// S by `n` points of a lattice in each of 16 random places: the mean, and its standard error.
    ///
    /// # Source
    /// Roberts 2018, "The unreasonable effectiveness of quasirandom sequences" (additive recurrence by powers of the
    /// root of g^(D+1) = g + 1).
    pub fn integral(&self, n: u64) -> (Quadratic, Quadratic) {
        let root = (0..60).fold(1.5, |root: f64, _| (1.0 + root).powf(1.0 / (D as f64 + 1.0)));
        let step: Shares<D> = std::array::from_fn(|i| root.powi(-(i as i32 + 1)));
        let zero = Quadratic::new(self.space.operators());
        let estimates: Vec<Quadratic> = (0..SHIFTS)
            .map(|shift| {
                let start: Shares<D> = uniform(&mut stream(1, shift, 0));
                let place = |k: u64| std::array::from_fn(|i| (start[i] + k as f64 * step[i]).fract());
                let rates = (0..n).filter_map(|k| self.proposed(place(k)));
                let mut sum = zero;
                rates.for_each(|(_, rate)| sum.add_scaled(&rate, 1.0 / n as f64));
                sum
            })
            .collect();
        spread(&estimates, zero)
    }

    /// The share of the rate at each θ that lies above the bound, by `n` proposals.
    pub fn outside<const K: usize>(&self, theta: [&[f64]; K], n: u64) -> [f64; K] {
        let mut shares = [0.0; K];
        for proposal in 0..n {
            let Some((_, rate)) = self.proposed(uniform(&mut stream(2, proposal, 0))) else {
                continue;
            };
            if self.largest.of(&rate) > self.bound() {
                let share = |theta| rate.at(theta) / self.total.at(theta) / n as f64;
                shares
                    .iter_mut()
                    .zip(theta)
                    .for_each(|(sum, theta)| *sum += share(theta));
            }
        }
        shares
    }

    fn proposal(&self) -> &Proposal<D> {
        self.proposal.get_or_init(|| {
            let mut grid = Grid::even();
            for round in 0..ROUNDS {
                let heights: Vec<_> = self.heights(&grid, round as u64, POINTS).collect();
                grid.adapt(heights);
            }
            let highest = self.heights(&grid, ROUNDS as u64, SEARCHED).map(|(_, height)| height);
            let bound = MARGIN * highest.fold(0.0, f64::max);
            Proposal { grid, bound }
        })
    }

    /// λ at some uniform numbers, always the same; 0 outside of phase space.
    fn heights(&self, grid: &Grid<D>, round: u64, n: u64) -> impl Iterator<Item = (Shares<D>, f64)> {
        let grid = grid.clone();
        (0..n).map(move |point| {
            let uniform = uniform(&mut stream(0, point, round));
            let point = grid.point(&self.space, uniform);
            (uniform, point.map_or(0.0, |(_, rate)| self.largest.of(&rate)))
        })
    }
}

impl<const D: usize> Grid<D> {
    /// The point at uniform numbers, with its rate over the density of points.
    fn point<P: PhaseSpace<D>>(&self, space: &P, uniform: Shares<D>) -> Option<(P::Place, Quadratic)> {
        let (shares, volume) = self.shares(uniform);
        let (place, rate) = space.point(&shares)?;
        Some((place, rate.scaled(volume)))
    }
}

impl<P: PhaseSpace<D>, const D: usize> HardProcess for Adapted<P, D> {
    type Place = P::Place;

    fn total(&self) -> &Quadratic {
        &self.total
    }

    fn propose(&self, rng: &mut Stream) -> Option<Point<P::Place>> {
        let (place, rate) = self.proposed(uniform(rng))?;
        let bound = self.bound();
        Some(Point { place, rate, bound })
    }

    fn complete(&self, point: &mut Point<P::Place>, rng: &mut Stream) -> bool {
        self.space.complete(&mut point.place, rng);
        self.largest.of(&point.rate) <= point.bound
    }
}

fn uniform<const D: usize>(rng: &mut Stream) -> Shares<D> {
    std::array::from_fn(|_| rng.random())
}

/// Mean and standard error of estimates, element by element.
fn spread(estimates: &[Quadratic], zero: Quadratic) -> (Quadratic, Quadratic) {
    let n = estimates.len() as f64;
    let mut mean = zero;
    estimates.iter().for_each(|one| mean.add_scaled(one, 1.0 / n));
    let error = |i: usize| {
        let squares = estimates.iter().map(|one| (one.upper()[i] - mean.upper()[i]).powi(2));
        (squares.sum::<f64>() / (n * (n - 1.0))).sqrt()
    };
    let errors: Vec<f64> = (0..mean.upper().len()).map(error).collect();
    (mean, Quadratic::from_upper(&errors).unwrap_or(zero))
}
