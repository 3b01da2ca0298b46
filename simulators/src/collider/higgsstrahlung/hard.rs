//! The hard event, proposed in slices of the dilepton mass.

use std::sync::OnceLock;

use motherlode_core::Result;
use motherlode_core::trace::{Choice, Choices, Stream};
use rand::RngExt;

use super::bound::Landscape;
use super::process::{Angles, Process};
use crate::collider::{HardProcess, Operator, Point, Quadratic};

/// A process with its cross section, and a bound of its density.
#[derive(Debug, Clone)]
pub struct Generator {
    /// S, fb.
    total: Quadratic,
    /// The largest p(z|θ) over θ, in units of the density of uniform shares.
    largest: Landscape,
    /// Its bounds in slices of the mass, found when they are first needed: reading an event needs none.
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
            largest: Landscape::new(process, &total)?,
            bounds: OnceLock::new(),
        })
    }

    /// The process.
    pub fn process(&self) -> &Process {
        self.largest.process()
    }

    /// Mean number of proposals for a draw, at any hypothesis.
    pub fn proposals(&self) -> f64 {
        self.bounds().iter().sum::<f64>() / self.bounds().len() as f64
    }

    /// Bounds of λ, the largest density of any hypothesis, in slices of equal probability in the dilepton mass.
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
}

impl HardProcess for Generator {
    type Place = Angles;

    fn total(&self) -> &Quadratic {
        &self.total
    }

    fn propose(&self, rng: &mut Stream) -> Option<Point<Angles>> {
        let (mass, bound) = self.propose_mass(rng);
        let place = Angles::from_shares([mass, rng.random(), rng.random(), rng.random()]);
        let rate = self.process().rate(&place);
        Some(Point { place, rate, bound })
    }

    fn complete(&self, point: &mut Point<Angles>, rng: &mut Stream) -> bool {
        point.place.phi = std::f64::consts::TAU * (rng.random::<f64>() - 0.5); // the beams are not polarised
        true
    }
}

impl Choice for Angles {
    fn write(&self, record: &mut Vec<f64>) {
        record.extend([self.square, self.cosine, self.phi, self.decay_cosine, self.decay_phi]);
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let mut next = || record.next_number();
        Some(Self {
            square: next()?,
            cosine: next()?,
            phi: next()?,
            decay_cosine: next()?,
            decay_phi: next()?,
        })
    }
}
