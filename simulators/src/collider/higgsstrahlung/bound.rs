//! A bound of the density of the hard event that holds at all hypotheses.
//!
//! λ, the largest share that any hypothesis gives to a point, is largest where the Z is far from its pole: a combination of
//! operators may leave nothing but the photon. So each slice of the dilepton mass has a bound of its own.

use motherlode_core::{Error, Result};

use super::process::{Angles, Process};
use crate::collider::Quadratic;
use crate::collider::largest::Largest;

/// Slices of the share of the dilepton mass.
const SLICES: usize = 16;
/// The best places of a lattice, from which the search goes uphill.
const STARTS: usize = 6;
/// Margin of a bound above the largest value that was found.
const MARGIN: f64 = 1.01;

/// A place in phase space, by its shares: mass, cosine, cosine and azimuth of the decay.
type Shares = [f64; 4];

/// Bounds of λ in slices of phase space.
#[derive(Debug, Clone)]
pub(super) struct Landscape {
    process: Process,
    largest: Largest,
}

impl Landscape {
    /// Computes the bounds of a process with cross section `total`.
    ///
    /// # Errors
    /// If a combination of amplitudes has no cross section: two operators are linearly dependent.
    pub fn new(process: Process, total: &Quadratic) -> Result<Self> {
        match Largest::new(total) {
            Some(largest) => Ok(Self { process, largest }),
            None => Err(Error::usage(format!(
                "the amplitudes of {:?} are linearly dependent at {} GeV: leave one of the operators out",
                process.operators(),
                process.energy()
            ))),
        }
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// λ at a place.
    pub fn at(&self, shares: Shares) -> f64 {
        self.largest.of(&self.process.rate(&Angles::from_shares(shares)))
    }

    /// A bound for each slice of the mass, from low to high.
    pub fn bounds(&self) -> Vec<f64> {
        let mut best = [0.5; 4];
        (0..SLICES)
            .map(|slice| {
                let [low, high] = [slice, slice + 1].map(|edge| edge as f64 / SLICES as f64);
                best[0] = 0.5 * (low + high);
                let mut tops = self.lattice(best[0]);
                tops.sort_by(|(a, _), (b, _)| b.total_cmp(a));
                tops.truncate(STARTS);
                tops.push((self.at(best), best)); // where the slice below has its top
                let climbed = tops.into_iter().map(|start| self.uphill(start, [low, high]));
                let top = climbed.fold((0.0, best), higher);
                best = top.1;
                MARGIN * top.0
            })
            .collect()
    }

    /// For each pair of polar angles of a lattice, edges included, the highest place among some azimuths.
    fn lattice(&self, mass: f64) -> Vec<(f64, Shares)> {
        const POLAR: usize = 6;
        const AZIMUTHS: usize = 8;
        let polar = |i: usize| 0.5 - 0.5 * (std::f64::consts::PI * i as f64 / (POLAR - 1) as f64).cos();
        let highest = |[a, b]: [f64; 2]| {
            let places = (0..AZIMUTHS).map(|i| [mass, a, b, i as f64 / AZIMUTHS as f64]);
            let heights = places.map(|shares| (self.at(shares), shares));
            heights.fold((0.0, [mass, a, b, 0.0]), higher)
        };
        let pairs = (0..POLAR * POLAR).map(|pair| [polar(pair / POLAR), polar(pair % POLAR)]);
        pairs.map(highest).collect()
    }

    /// Uphill along one coordinate at a time, in ever smaller steps.
    fn uphill(&self, (mut height, mut shares): (f64, Shares), [low, high]: [f64; 2]) -> (f64, Shares) {
        let mut step = 0.1;
        while step > 1e-3 {
            let before = height;
            for (coordinate, direction) in (0..4).flat_map(|i| [(i, step), (i, -step)]) {
                let mut there = shares;
                there[coordinate] += direction;
                there[0] = there[0].clamp(low, high);
                there[1..3]
                    .iter_mut()
                    .for_each(|cosine| *cosine = cosine.clamp(0.0, 1.0));
                let found = self.at(there);
                if found > height {
                    (height, shares) = (found, there);
                }
            }
            if height == before {
                step *= 0.5;
            }
        }
        (height, shares)
    }
}

fn higher(a: (f64, Shares), b: (f64, Shares)) -> (f64, Shares) {
    if b.0 > a.0 { b } else { a }
}
