//! Gluons radiated off a quark: a shower in the transverse momentum, whose coupling may be uncertain.
//!
//! A quark radiates at scales t = k_T² that fall from t₀ to 1 GeV², and keeps the share z of its energy each time,
//!
//! dP = α_s(t)/2π · P(z) dz dt/t,   P(z) = C_F (1 + z²)/(1 − z),   0 < z < 0.98,
//!
//! α_s(t) = (1 + ν)/(b₀ ln(t/Λ²)). The veto algorithm tries scales and shares by an overestimate that knows nothing of
//! ν, and accepts each trial with probability a(ν) ∝ 1 + ν.
//!
//! The probability of a history is known in two forms. The tree form counts every trial: Σ ln a over those accepted,
//! Σ ln(1 − a) over those rejected. The Sudakov form sums over all rejected trials,
//!
//! ln p = Σ ln[α_s(t) P(z)/2πt] − (1 + ν) N̄,
//!
//! and so its score varies less. As the limits of z are fixed, emissions are Poisson with mean (1 + ν) N̄.
//!
//! # Source
//! Sjöstrand, Mrenna and Skands 2006, hep-ph/0603175, section 4.2 (veto algorithm).

use std::f64::consts::{PI, TAU};

use motherlode_core::Real;
use motherlode_core::trace::density::{Bernoulli, Uniform};
use motherlode_core::trace::{Choice, Choices, Density, Rejected, Stream, Trace};
use rand::RngExt;

/// C_F of a quark.
const COLOUR: f64 = 4.0 / 3.0;
/// b₀ of five flavours.
const RUNNING: f64 = (33.0 - 2.0 * 5.0) / (12.0 * PI);
/// Λ, GeV.
const LAMBDA: f64 = 0.1;
/// The least scale t, GeV².
const CUTOFF: f64 = 1.0;
/// The largest share of its energy that a quark keeps.
const LARGEST_SHARE: f64 = 0.98;
/// The largest ν: the overestimate must hold.
pub(super) const LARGEST_SHIFT: f64 = 0.5;

/// The least energy of a gluon to be counted as a jet of its own, GeV.
const SOFTEST_JET: f64 = 10.0;

/// The shower of one quark.
#[derive(Debug, Clone, Copy)]
pub struct Shower<R> {
    start: f64,
    strength: R,
}

/// A gluon emission.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Emission {
    /// t = k_T², GeV².
    pub scale: f64,
    /// z, the share of its energy that the quark keeps.
    pub share: f64,
}

/// Energy in a jet of `radius` around a quark of `energy` GeV, and number of gluons with jets of their own.
///
/// A gluon of transverse momentum √t and share 1 − z leaves at the angle √t/(z(1 − z)E). Within the radius it stays in the
/// jet; otherwise it takes its share of the energy away, and is a jet if that is more than 10 GeV. Where angles are
/// measured in rapidity and azimuth, so at hadron colliders, transverse momenta take the place of energies.
pub(super) fn clustered(emissions: &[Emission], energy: f64, radius: f64) -> (f64, u32) {
    let (mut energy, mut extra) = (energy, 0);
    for &Emission { scale, share } in emissions {
        let angle = scale.sqrt() / (share * (1.0 - share) * energy);
        if angle > radius {
            extra += u32::from((1.0 - share) * energy > SOFTEST_JET);
            energy *= share;
        }
    }
    (energy, extra)
}

/// α_s(t) for ν = 0.
fn coupling(scale: f64) -> f64 {
    1.0 / (RUNNING * (scale / (LAMBDA * LAMBDA)).ln())
}

/// The overestimate of α_s(t).
fn highest_coupling() -> f64 {
    (1.0 + LARGEST_SHIFT) * coupling(CUTOFF)
}

impl<R: Real> Shower<R> {
    /// From scale t₀ = `start` GeV² on, with the coupling 1 + ν times its value, ν = `shift`.
    ///
    /// # Errors
    /// If `start` is no number, or not −1 < ν ≤ 0.5.
    pub fn new(start: f64, shift: R) -> Result<Self, Rejected> {
        if !(start.is_finite() && shift.re() > -1.0 && shift.re() <= LARGEST_SHIFT) {
            return Err(Rejected::Invalid(format!(
                "Shower needs a finite start and -1 < shift ≤ {LARGEST_SHIFT}, got start = {start}, shift = {}",
                shift.re()
            )));
        }
        Ok(Self {
            start,
            strength: shift + 1.0,
        })
    }

    /// N̄, the mean number of emissions for ν = 0.
    pub fn mean_emissions(&self) -> f64 {
        let scales = if self.start > CUTOFF {
            (coupling(CUTOFF) / coupling(self.start)).ln() / RUNNING
        } else {
            0.0
        };
        let z = LARGEST_SHARE;
        scales / TAU * COLOUR * (-2.0 * (1.0 - z).ln() - z - 0.5 * z * z)
    }

    /// ln Π α_s(t) P(z)/2πt of emissions, for ν = 0: the part of their density that is not of ν.
    pub fn log_measure(emissions: &[Emission]) -> f64 {
        let one = |e: &Emission| coupling(e.scale) * splitting(e.share) / (TAU * e.scale);
        emissions.iter().map(|emission| one(emission).ln()).sum()
    }

    /// ln p of `n` emissions of a given measure off several quarks, in Sudakov's form.
    pub fn log_probability(&self, quarks: f64, n: f64, log_measure: f64) -> R {
        self.strength.ln() * n - self.strength * (quarks * self.mean_emissions()) + log_measure
    }

    /// Draws the shower trial by trial, each of them scored: the tree form.
    ///
    /// # Errors
    /// As the densities of the draws.
    pub fn develop(&self, trace: &mut impl Trace<R>) -> Result<Vec<Emission>, Rejected> {
        let (mut scale, mut emissions) = (self.start, Vec::new());
        loop {
            let shares = [
                trace.noise(Uniform::new(0.0, 1.0)?),
                trace.noise(Uniform::new(0.0, 1.0)?),
            ];
            let Some((trial, chance)) = next_trial(scale, shares) else {
                return Ok(emissions);
            };
            if trace.draw(Bernoulli::new(self.strength * chance)?) {
                emissions.push(trial);
            }
            scale = trial.scale;
        }
    }
}

/// The next trial below a scale from two uniform numbers, and its chance to be accepted for ν = 0; none below the cutoff.
fn next_trial(scale: f64, [u, v]: [f64; 2]) -> Option<(Emission, f64)> {
    let overestimate = -2.0 * COLOUR * (1.0 - LARGEST_SHARE).ln();
    let highest = highest_coupling();
    let scale = scale * u.powf(TAU / (highest * overestimate));
    if scale < CUTOFF {
        return None;
    }
    let share = 1.0 - (1.0 - LARGEST_SHARE).powf(v);
    let chance = coupling(scale) / highest * 0.5 * (1.0 + share * share);
    Some((Emission { scale, share }, chance))
}

/// P(z).
fn splitting(share: f64) -> f64 {
    COLOUR * (1.0 + share * share) / (1.0 - share)
}

impl<R: Real> Density<R> for Shower<R> {
    type Draw = Vec<Emission>;

    fn sample(&self, rng: &mut Stream) -> Vec<Emission> {
        let (mut scale, mut emissions) = (self.start, Vec::new());
        while let Some((trial, chance)) = next_trial(scale, [rng.random(), rng.random()]) {
            if rng.random::<f64>() < chance * self.strength.re() {
                emissions.push(trial);
            }
            scale = trial.scale;
        }
        emissions
    }

    fn log_density(&self, emissions: &Vec<Emission>) -> R {
        self.log_probability(1.0, emissions.len() as f64, Self::log_measure(emissions))
    }
}

impl Choice for Emission {
    fn write(&self, record: &mut Vec<f64>) {
        record.extend([self.scale, self.share]);
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let (scale, share) = Choice::read(record)?;
        Some(Self { scale, share })
    }
}
