//! Higgsstrahlung: e⁻ e⁺ → μ⁻ μ⁺ H, H → b b̄, from the amplitude to muons and jets.
//!
//! An electron and a positron annihilate into a Z boson or a photon that radiates a Higgs boson and decays into two
//! muons. New physics at a high scale Λ changes how vector bosons couple to the Higgs boson: operators of dimension six
//! add amplitudes that are proportional to their coefficients, θ = f v²/Λ², and interfere with the standard model's. So
//! the differential rate is quadratic in θ, exactly, and so is the cross section. At 240 GeV, the rate knows most of θ;
//! at 500 GeV, the default here, the angles do.
//!
//! *z* is the hard event (dilepton mass and angles, drawn from p(z|θ)), the direction of the bottom quarks, the gluons
//! they radiate, neutrinos, and the resolution of the detector. Only the hard event depends on θ. All else is noise, and
//! cancels in the joint ratio. With [`Higgsstrahlung::with_shower`], the strong coupling of the shower is one more
//! parameter, a nuisance. *x* is what an analysis uses: 20 numbers on muons, jets and what is missing.
//!
//! With [`Higgsstrahlung::at_parton_level`], *x* is the hard event itself, but for the azimuth about the beam. Then
//! p(x|θ) = c^T R(x) c/c^T S c is known.
//!
//! Simplifications: tree level, massless fermions but for the Higgs boson, no radiation off the beams, no background;
//! events with a lost muon are left out.
//!
//! # Source
//! Hagiwara, Szalapski and Zeppenfeld 1993, Physics Letters B 318, 155 (operators). Brehmer, Cranmer, Louppe and Pavez
//! 2018, arXiv:1805.00013 (gold of quadratic rates).

mod bound;
mod decay;
mod hard;
mod observables;
mod process;
mod truth;

use std::sync::{Arc, LazyLock};

pub use hard::Generator;
use motherlode_core::likelihood::{Exact, Truth};
use motherlode_core::trace::density::Bernoulli;
use motherlode_core::trace::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real, Result};
use observables::Seen;
pub use process::{Angles, Outgoing, Process, WINDOW};
use truth::Partons;

use super::quadratic::evaluate;
use super::{Detector, Emission, HIGGS, HardProcess, Operator, Shower};

/// √s of the default process, GeV.
const ENERGY: f64 = 500.0;
/// t₀ of each quark, GeV².
const START: f64 = 0.25 * HIGGS.mass * HIGGS.mass;

static DEFAULT: LazyLock<Arc<Generator>> = LazyLock::new(|| {
    let operators = [Operator::W, Operator::Ww];
    Arc::new(Generator::new(ENERGY, &operators).expect("the default process is possible"))
});

/// e⁻ e⁺ → μ⁻ μ⁺ H, H → b b̄ with effective operators, in a detector or as partons.
#[derive(Debug, Clone)]
pub struct Higgsstrahlung {
    hard: Arc<Generator>,
    level: Level,
}

/// Level of observation, with its nuisance parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Partons,
    Detector,
    /// In the detector, with ν of the shower as the last parameter.
    DetectorAndShower,
}

impl Default for Higgsstrahlung {
    /// At 500 GeV, with f_W and f_WW.
    fn default() -> Self {
        Self {
            hard: DEFAULT.clone(),
            level: Level::Detector,
        }
    }
}

impl Higgsstrahlung {
    /// At √s = `energy` GeV, with the coefficients of `operators` as parameters, seen by a detector.
    ///
    /// # Errors
    /// If the energy is out of range, or `operators` is empty, names one twice or the standard model.
    pub fn new(energy: f64, operators: &[Operator]) -> Result<Self> {
        if operators.is_empty() {
            return Err(Error::usage(
                "Higgsstrahlung without operators has no parameters: name at least one",
            ));
        }
        Ok(Self {
            hard: Arc::new(Generator::new(energy, operators)?),
            level: Level::Detector,
        })
    }

    /// With x = the hard event: its density is known exactly.
    pub fn at_parton_level(self) -> Self {
        Self {
            level: Level::Partons,
            ..self
        }
    }

    /// Seen by the detector, with one more parameter: the relative shift of the strong coupling in the shower.
    pub fn with_shower(self) -> Self {
        Self {
            level: Level::DetectorAndShower,
            ..self
        }
    }

    /// The hard process.
    pub fn hard(&self) -> &Generator {
        &self.hard
    }

    fn operators(&self) -> &[Operator] {
        self.hard.process().operators()
    }

    fn shower<R: Real>(&self, shift: &[R], trace: &mut impl Trace<R>) -> Result<Vec<Emission>, Rejected> {
        match shift {
            [shift, ..] => Ok(trace.draw(Shower::new(START, *shift)?)),
            [] => Ok(trace.noise(Shower::new(START, 0.0)?)),
        }
    }

    fn detect<R: Real>(
        &self,
        out: &Outgoing,
        showers: &[Vec<Emission>; 2],
        trace: &mut impl Trace<R>,
    ) -> Result<Vec<f64>, Rejected> {
        let detector = Detector::LEPTON_COLLIDER;
        let mut seen = Seen {
            muons: [detector.muon(out.lepton, trace)?, detector.muon(out.antilepton, trace)?],
            jets: decay::quarks(out.higgs, trace)?,
            tags: 0,
            extra: 0,
        };
        for (jet, emissions) in seen.jets.iter_mut().zip(showers) {
            let (visible, extra) = decay::jet(*jet, emissions, trace)?;
            *jet = detector.jet(visible, trace)?;
            seen.tags += u32::from(trace.noise(Bernoulli::new(detector.tagging)?));
            seen.extra += extra;
        }
        Ok(seen.observables(self.hard.process().energy()))
    }
}

impl Simulator for Higgsstrahlung {
    fn name(&self) -> &str {
        match self.level {
            Level::Partons => "higgsstrahlung-partons",
            Level::Detector => "higgsstrahlung",
            Level::DetectorAndShower => "higgsstrahlung-shower",
        }
    }

    fn about(&self) -> &str {
        match self.level {
            Level::Partons => "Higgsstrahlung, e⁻ e⁺ → μ⁻ μ⁺ H, with effective operators; the hard event is observed",
            Level::Detector => {
                "Higgsstrahlung, e⁻ e⁺ → μ⁻ μ⁺ H, H → b b, with effective operators, a shower and a detector"
            }
            Level::DetectorAndShower => {
                "Higgsstrahlung, H → b b, with effective operators, a shower of uncertain coupling and a detector"
            }
        }
    }

    fn parameters(&self) -> Vec<Parameter> {
        super::parameters(self.operators(), self.level == Level::DetectorAndShower)
    }

    fn observables(&self) -> Vec<Observable> {
        match self.level {
            Level::Partons => observables::parton_level(),
            Level::Detector | Level::DetectorAndShower => observables::detector_level(),
        }
    }

    /// Against the standard model, with amplitudes that f_W adds and f_WW takes away: their rates almost cancel.
    fn hypotheses(&self) -> Option<Hypotheses> {
        let coefficient = |operator: &Operator| if *operator == Operator::Ww { -0.3 } else { 0.3 };
        let mut theta0: Vec<f64> = self.operators().iter().map(coefficient).collect();
        let mut prior = vec![(-0.5, 0.5); theta0.len()];
        if self.level == Level::DetectorAndShower {
            theta0.push(0.1);
            prior.push((-0.2, 0.2));
        }
        let theta1 = vec![0.0; theta0.len()];
        Some(Hypotheses::new(theta0, theta1, prior))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let (coefficients, shift) = theta.split_at(self.operators().len());
        let point = trace.draw(self.hard.at(coefficients)?);
        trace.remember(point.rate.upper());
        if self.level == Level::Partons {
            return Ok(observables::at_parton_level(&point.place));
        }
        let showers = [self.shower(shift, trace)?, self.shower(shift, trace)?];
        if self.level == Level::DetectorAndShower {
            let emissions: usize = showers.iter().map(Vec::len).sum();
            let log_measure: f64 = showers.iter().map(|shower| Shower::<f64>::log_measure(shower)).sum();
            trace.remember(&[emissions as f64, log_measure]);
        }
        self.detect(&self.hard.process().momenta(&point.place), &showers, trace)
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    /// ln c^T R c/c^T S c, from the elements of R; with the shower's ln p, from the number and measure of emissions.
    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        let n = self.operators().len();
        let elements = (n + 1) * (n + 2) / 2;
        let (coefficients, shift) = theta.split_at(n);
        let needed = elements + 2 * shift.len();
        if memory.len() != needed {
            return Err(Rejected::Invalid(format!(
                "an event of {} is remembered by {needed} numbers, got {}",
                Simulator::name(self),
                memory.len()
            )));
        }
        let (upper, shower) = memory.split_at(elements);
        let mut log = (evaluate(upper, coefficients) / self.hard.total().at(coefficients)).ln();
        if let (&[emissions, log_measure], &[shift]) = (shower, shift) {
            log += Shower::new(START, shift)?.log_probability(2.0, emissions, log_measure);
        }
        Ok(log)
    }

    /// ln σ(θ)/fb.
    fn log_rate<R: Real>(&self, theta: &[R]) -> Option<R> {
        Some(self.hard.total().at(&theta[..self.operators().len()]).ln())
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        match self.level {
            Level::Partons => Some(Box::new(Exact(Partons(self.hard.clone())))),
            Level::Detector | Level::DetectorAndShower => None,
        }
    }
}
