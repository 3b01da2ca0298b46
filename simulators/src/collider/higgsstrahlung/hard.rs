//! The hard process as a density: drawn and scored at any hypothesis, exactly.
//!
//! With c = (1, θ), the rate of a point z of phase space is c^T R(z) c and the cross section is c^T S c, S = ∫ R, so that
//!
//! p(z|θ) = c^T R(z) c / c^T S c.
//!
//! Points are proposed by a [bound](super::bound) that does not depend on θ. So proposals are accepted with the same
//! frequency at all hypotheses, and what is rejected says nothing of θ.

use std::sync::OnceLock;

use motherlode::trace::{Choice, Choices, Density, Rejected, Stream};
use motherlode::{Real, Result};
use rand::RngExt;

use super::bound::Largest;
use super::process::{Angles, Process};
use crate::collider::{OPERATORS, Operator, Quadratic};

/// A process with its cross section, and a bound of its density.
#[derive(Debug, Clone)]
pub struct Generator {
    /// S, fb.
    total: Quadratic,
    /// The largest p(z|θ) over θ, in units of the density of uniform shares.
    largest: Largest,
    /// Its bounds in slices of the mass, found when they are first needed: who only looks an event up does without.
    bounds: OnceLock<Vec<f64>>,
}

impl Generator {
    /// For e⁻ e⁺ → μ⁻ μ⁺ H at √s = `energy` GeV, with `operators` beside the standard model.
    ///
    /// # Errors
    /// As [`Process::new`], or if two operators have the same amplitudes.
    pub fn new(energy: f64, operators: &[Operator]) -> Result<Self> {
        let process = Process::new(energy, operators)?;
        let total = process.cross_section();
        Ok(Self {
            total,
            largest: Largest::new(process, &total)?,
            bounds: OnceLock::new(),
        })
    }

    /// The process.
    pub fn process(&self) -> &Process {
        self.largest.process()
    }

    /// The cross section, fb.
    pub fn total(&self) -> &Quadratic {
        &self.total
    }

    /// How many proposals a draw needs on average, whatever the hypothesis is.
    pub fn proposals(&self) -> f64 {
        self.bounds().iter().sum::<f64>() / self.bounds().len() as f64
    }

    /// What λ, the largest density of any hypothesis, is at most, in slices of equal share of the dilepton mass.
    pub fn bounds(&self) -> &[f64] {
        self.bounds.get_or_init(|| self.largest.bounds())
    }

    /// λ at a point given by its shares: mass, cosine, cosine and azimuth of the decay.
    pub fn largest_density(&self, shares: [f64; 4]) -> f64 {
        self.largest.at(shares)
    }

    /// A uniform mass below the bounds: its share, and the bound there.
    fn propose_mass(&self, rng: &mut Stream) -> (f64, f64) {
        let bounds = self.bounds();
        let mut rest = rng.random::<f64>() * bounds.iter().sum::<f64>();
        let last = bounds.len() - 1;
        let mut slice = 0;
        while slice < last && rest >= bounds[slice] {
            rest -= bounds[slice];
            slice += 1;
        }
        let within = (rest / bounds[slice]).min(1.0);
        ((slice as f64 + within) / bounds.len() as f64, bounds[slice])
    }

    /// The density at θ, `[operators]`.
    ///
    /// # Errors
    /// If θ has a cross section that is no number.
    pub fn at<'a, R: Real>(&'a self, theta: &'a [R]) -> Result<Hard<'a, R>, Rejected> {
        let total = self.total.at(theta);
        if !(total.re() > 0.0 && total.re().is_finite()) {
            return Err(Rejected::Invalid(format!(
                "the cross section is {} fb: the coefficients of operators must be finite numbers, and not too large",
                total.re()
            )));
        }
        Ok(Hard {
            generator: self,
            theta,
            total,
        })
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
    /// What no density exceeds here.
    pub bound: f64,
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
        let total = self.total.value();
        loop {
            let (mass, bound) = self.generator.propose_mass(rng);
            let mut angles = Angles::of_shares([mass, rng.random(), rng.random(), rng.random()]);
            let rate = self.generator.process().rate(&angles);
            if rng.random::<f64>() * (bound * total) < rate.at(theta) {
                angles.phi = std::f64::consts::TAU * (rng.random::<f64>() - 0.5); // the beams are not polarised
                return Point { angles, rate, bound };
            }
        }
    }

    /// NaN if the density exceeds its bound: it was drawn too rarely there.
    fn log_density(&self, point: &Point) -> R {
        let density = point.rate.at(self.theta) / self.total;
        match density.re() <= point.bound {
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
        let bound = next()?;
        let elements = usize::read(record)?;
        let upper: Option<Vec<f64>> = (0..elements).map(|_| record.next_number()).collect();
        let rate = Quadratic::from_upper(&upper?)?;
        Some(Self { angles, rate, bound })
    }
}
