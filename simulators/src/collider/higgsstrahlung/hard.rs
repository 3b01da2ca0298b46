//! The hard process as a density: drawn and scored at any hypothesis, exactly.
//!
//! With c = (1, θ), the rate of a point z of phase space is c^T R(z) c and the cross section is c^T S c, S = ∫ R. Both
//! are positive forms, so for every θ
//!
//! p(z|θ) = c^T R(z) c / c^T S c ≤ λ(z), the largest eigenvalue of S^(−1/2) R(z) S^(−1/2).
//!
//! A bound of λ bounds the density at all hypotheses at once: proposals are accepted with the same frequency at each.

use motherlode::trace::{Choice, Choices, Density, Stream};
use motherlode::{Error, Real, Result};
use nalgebra::{Cholesky, DMatrix, Dyn};
use rand::RngExt;

use super::process::{Angles, Process};
use crate::collider::{OPERATORS, Operator, Quadratic};

/// How far the bound lies above the largest value that was found.
const MARGIN: f64 = 1.002;

/// A process with its cross section, and a bound of its density.
#[derive(Debug, Clone)]
pub struct Generator {
    process: Process,
    /// S, fb.
    total: Quadratic,
    /// The largest p(z|θ) over z and θ, in units of the density of proposals.
    bound: f64,
}

impl Generator {
    /// For e⁻ e⁺ → μ⁻ μ⁺ H at √s = `energy` GeV, with `operators` beside the standard model.
    ///
    /// # Errors
    /// As [`Process::new`].
    pub fn new(energy: f64, operators: &[Operator]) -> Result<Self> {
        let process = Process::new(energy, operators)?;
        let total = process.cross_section();
        let bound = MARGIN * Share::new(&process, &total)?.largest();
        Ok(Self { process, total, bound })
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The cross section, fb.
    pub fn total(&self) -> &Quadratic {
        &self.total
    }

    /// How many proposals a draw needs on average, whatever the hypothesis is.
    pub fn proposals(&self) -> f64 {
        self.bound
    }

    /// The density at θ, `[operators]`.
    pub fn at<'a, R: Real>(&'a self, theta: &'a [R]) -> Hard<'a, R> {
        Hard {
            generator: self,
            theta,
            total: self.total.at(theta),
        }
    }
}

/// p(z|θ).
#[derive(Debug, Clone, Copy)]
pub struct Hard<'a, R> {
    generator: &'a Generator,
    theta: &'a [R],
    total: R,
}

/// A point of phase space with its rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Where it is.
    pub angles: Angles,
    /// R(z), fb: all that the density needs to know of it.
    pub rate: Quadratic,
}

impl<R: Real> Density<R> for Hard<'_, R> {
    type Draw = Point;

    fn sample(&self, rng: &mut Stream) -> Point {
        let mut theta = [0.0; OPERATORS];
        let theta = &mut theta[..self.theta.len()];
        theta
            .iter_mut()
            .zip(self.theta)
            .for_each(|(value, theta)| *value = theta.value());
        let highest = self.generator.bound * self.total.value();
        loop {
            let mut angles = Angles::of_shares([rng.random(), rng.random(), rng.random(), rng.random()]);
            let rate = self.generator.process.rate(&angles);
            if rng.random::<f64>() * highest < rate.at(theta) {
                angles.phi = std::f64::consts::TAU * (rng.random::<f64>() - 0.5); // the beams are not polarised
                return Point { angles, rate };
            }
        }
    }

    /// NaN if the density exceeds its bound: it was drawn too rarely there.
    fn log_density(&self, point: &Point) -> R {
        let density = point.rate.at(self.theta) / self.total;
        match density.re() <= self.generator.bound {
            true => density.ln(),
            false => R::from(f64::NAN),
        }
    }
}

impl Choice for Point {
    fn write(&self, record: &mut Vec<f64>) {
        let Angles {
            square,
            cosine,
            phi,
            decay_cosine,
            decay_phi,
        } = self.angles;
        record.extend([
            square,
            cosine,
            phi,
            decay_cosine,
            decay_phi,
            self.rate.upper().len() as f64,
        ]);
        record.extend(self.rate.upper());
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let mut next = || record.next_number();
        let angles = Angles {
            square: next()?,
            cosine: next()?,
            phi: next()?,
            decay_cosine: next()?,
            decay_phi: next()?,
        };
        let elements = usize::read(record)?;
        let upper: Option<Vec<f64>> = (0..elements).map(|_| record.next_number()).collect();
        let rate = Quadratic::from_upper(&upper?)?;
        Some(Self { angles, rate })
    }
}

/// λ(z), the largest share that any hypothesis gives to a point.
struct Share<'a> {
    process: &'a Process,
    root: Cholesky<f64, Dyn>,
}

impl<'a> Share<'a> {
    fn new(process: &'a Process, total: &Quadratic) -> Result<Self> {
        let root = Cholesky::new(matrix(total)).ok_or_else(|| {
            let (operators, energy) = (process.operators(), process.energy());
            Error::usage(format!(
                "the amplitudes of {operators:?} cannot be told apart at {energy} GeV: leave one of the operators out"
            ))
        })?;
        Ok(Self { process, root })
    }

    /// λ at a point given by its shares.
    fn at(&self, shares: [f64; 4]) -> f64 {
        let mut form = matrix(&self.process.rate(&Angles::of_shares(shares)));
        self.root.l_dirty().solve_lower_triangular_mut(&mut form);
        form.transpose_mut();
        self.root.l_dirty().solve_lower_triangular_mut(&mut form);
        form.symmetric_eigenvalues().max()
    }

    /// The largest λ: from the best points of a lattice, uphill along one coordinate at a time.
    fn largest(&self) -> f64 {
        const LATTICE: [usize; 4] = [3, 6, 6, 8];
        const STARTS: usize = 4;
        let places = |n: usize| (0..n).map(move |i| (i as f64 + 0.5) / n as f64);
        let mut starts: Vec<(f64, [f64; 4])> = places(LATTICE[0])
            .flat_map(|a| places(LATTICE[1]).map(move |b| [a, b]))
            .flat_map(|[a, b]| places(LATTICE[2]).map(move |c| [a, b, c]))
            .flat_map(|[a, b, c]| places(LATTICE[3]).map(move |d| [a, b, c, d]))
            .map(|shares| (self.at(shares), shares))
            .collect();
        starts.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let tops = starts.into_iter().take(STARTS).map(|start| self.uphill(start));
        tops.fold(0.0, f64::max)
    }

    fn uphill(&self, (mut height, mut shares): (f64, [f64; 4])) -> f64 {
        let mut step = 0.1;
        while step > 1e-3 {
            let mut moved = false;
            for coordinate in 0..shares.len() {
                for direction in [step, -step] {
                    let mut there = shares;
                    there[coordinate] = (there[coordinate] + direction).clamp(0.0, 1.0);
                    let found = self.at(there);
                    if found > height {
                        (height, shares, moved) = (found, there, true);
                    }
                }
            }
            if !moved {
                step *= 0.5;
            }
        }
        height
    }
}

fn matrix(form: &Quadratic) -> DMatrix<f64> {
    let n = form.coefficients();
    DMatrix::from_fn(n, n, |i, j| form.element(i, j))
}
