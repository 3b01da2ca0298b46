//! A simple detector simulation: Gaussian errors of measurement.

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Deserializer};

use super::objects::{List, is_visible};
use super::{Event, Momentum, Object};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Stream;

/// Energies and momenta are drawn again until they are possible, this many times at most.
const TRIES: usize = 1000;

/// Errors of measurement: for each kind of particle the last that speaks of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detector {
    smearings: Vec<Smearing>,
    met_noise: Spread,
}

/// A standard deviation with a part that is always the same and one that grows with the value.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(try_from = "SpreadConfig")]
pub struct Spread {
    /// In the unit of the value.
    pub absolute: f64,
    /// For each unit of the value.
    pub relative: f64,
}

/// `0.1`, or `[0.1, 0.02]`.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "an error of measurement is a number, as 0.1, or [0.1, 0.02]: in the unit of the value, and for each unit of it"
)]
enum SpreadConfig {
    Absolute(f64),
    Both([f64; 2]),
}

impl TryFrom<SpreadConfig> for Spread {
    type Error = String;

    fn try_from(words: SpreadConfig) -> Result<Self, String> {
        let [absolute, relative] = match words {
            SpreadConfig::Absolute(absolute) => [absolute, 0.0],
            SpreadConfig::Both(both) => both,
        };
        match absolute.is_finite() && relative.is_finite() && absolute >= 0.0 && relative >= 0.0 {
            true => Ok(Self { absolute, relative }),
            false => Err(format!(
                "an error of measurement of {absolute} and of {relative} times the value: both must be 0 or more"
            )),
        }
    }
}

impl Spread {
    fn at(self, value: f64) -> f64 {
        self.absolute + self.relative * value
    }

    fn smear(self, value: f64, rng: &mut Stream) -> f64 {
        let sigma = self.at(value);
        match sigma > 0.0 {
            true => value + sigma * gauss(rng),
            false => value,
        }
    }

    /// Smears a value that must stay above `least`, such as an energy.
    fn smear_above(self, value: f64, least: f64, rng: &mut Stream) -> f64 {
        let mut draws = (0..TRIES).map(|_| self.smear(value, rng));
        draws.find(|drawn| *drawn > least).unwrap_or(value)
    }
}

fn gauss(rng: &mut Stream) -> f64 {
    StandardNormal.sample(rng)
}

/// Resolution of the measurement of an energy or a momentum.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "ResolutionConfig")]
pub enum Resolution {
    /// Measured with a Gaussian error.
    Smeared(Spread),
    /// Not measured: follows from the mass and the other quantities.
    FromMassShell,
}

/// An error of measurement, or the word for a quantity that follows from the mass.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "an energy or a pt is measured with an error, as 0.1 or [0.1, 0.02] (in GeV, and for each GeV), or is \"mass-shell\": it \
                 then follows from the mass"
)]
enum ResolutionConfig {
    Spread(SpreadConfig),
    Keyword(String),
}

/// The word for a quantity that is not measured.
const MASS_SHELL: &str = "mass-shell";

impl TryFrom<ResolutionConfig> for Resolution {
    type Error = String;

    fn try_from(words: ResolutionConfig) -> Result<Self, String> {
        match words {
            ResolutionConfig::Spread(spread) => Spread::try_from(spread).map(Self::Smeared),
            ResolutionConfig::Keyword(word) if word == MASS_SHELL => Ok(Self::FromMassShell),
            ResolutionConfig::Keyword(word) => Err(format!(
                "`{word}` is no error of measurement: give a number, as 0.1, or two, as [0.1, 0.02] (in GeV, and for each GeV), or \
                 \"{MASS_SHELL}\" for what follows from the mass"
            )),
        }
    }
}

impl Default for Resolution {
    fn default() -> Self {
        Self::Smeared(Spread::default())
    }
}

/// Particles that a smearing applies to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Kinds {
    /// A list of the language of expressions, as `j` or `l`.
    List(String),
    /// A kind (PDG), and its antiparticle only if it is named, too.
    Id(i32),
}

/// Errors of measurement for some kinds of particles.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smearing {
    /// The kinds, one or several; without, all that are visible.
    #[serde(default, deserialize_with = "one_or_several")]
    pub particles: Option<Vec<Kinds>>,
    /// Resolution of the energy, in GeV.
    #[serde(default)]
    pub energy: Resolution,
    /// Resolution of the transverse momentum, in GeV.
    #[serde(default)]
    pub pt: Resolution,
    /// Resolution of the pseudorapidity.
    #[serde(default)]
    pub eta: Spread,
    /// Resolution of the azimuth.
    #[serde(default)]
    pub phi: Spread,
}

fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Kinds>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "particles are a list such as \"j\", or a number of the PDG such as 5, or several of them in brackets, as [\"j\", 22]"
    )]
    enum Words {
        One(Kinds),
        Several(Vec<Kinds>),
    }
    Ok(Some(match Words::deserialize(from)? {
        Words::One(kinds) => vec![kinds],
        Words::Several(kinds) => kinds,
    }))
}

impl Smearing {
    fn check(&self) -> Result<()> {
        for kind in self.particles.iter().flatten() {
            if let Kinds::List(name) = kind
                && List::named(name).is_none()
            {
                let lists = List::ALL.map(|(_, known)| known).join(" ");
                return Err(Error::data(format!(
                    "smearing names particles `{name}`: there are the lists {lists}, and the numbers of the PDG, as 5"
                )));
            }
        }
        match (self.energy, self.pt) {
            (Resolution::FromMassShell, Resolution::FromMassShell) => Err(Error::data(
                "smearing says \"mass-shell\" for both energy and pt: one of them has to be measured, so that the other follows",
            )),
            _ => Ok(()),
        }
    }

    fn is_for(&self, id: i32) -> bool {
        let named = |kind: &Kinds| match kind {
            Kinds::List(name) => List::named(name).is_some_and(|list| list.holds(id)),
            Kinds::Id(named) => *named == id,
        };
        match &self.particles {
            None => is_visible(id),
            Some(kinds) => kinds.iter().any(named),
        }
    }

    fn smear(&self, truth: &Momentum, rng: &mut Stream) -> Momentum {
        let m = truth.m().max(0.0);
        let least_energy = if matches!(self.pt, Resolution::FromMassShell) {
            m
        } else {
            0.0
        };
        let measure = |how: Resolution, value: f64, least: f64, rng: &mut Stream| match how {
            Resolution::Smeared(spread) => Some(spread.smear_above(value, least, rng)),
            Resolution::FromMassShell => None,
        };
        let energy = measure(self.energy, truth.e, least_energy, rng);
        let pt = measure(self.pt, truth.pt(), 0.0, rng);
        let eta = self.eta.smear(truth.eta(), rng);
        let phi = self.phi.smear(truth.phi(), rng);
        // At least one of the two is measured.
        let pt = pt.unwrap_or_else(|| {
            let e = energy.unwrap_or(truth.e);
            (e * e - m * m).max(0.0).sqrt() / eta.cosh()
        });
        let e = energy.unwrap_or_else(|| (pt * eta.cosh()).hypot(m));
        Momentum::from_pt_phi_eta_e(pt, phi, eta, e)
    }
}

impl Detector {
    /// A detector with these errors; `met_noise` is what soft particles add to each component of the missing momentum, its relative
    /// part for each GeV of the scalar sum of the visible pT.
    ///
    /// # Errors
    /// If there is no such kind of particle, or neither energy nor pT are measured.
    pub fn new(smearings: Vec<Smearing>, met_noise: Spread) -> Result<Self> {
        smearings.iter().try_for_each(Smearing::check)?;
        Ok(Self { smearings, met_noise })
    }

    /// The particles of an event as they are measured.
    pub(super) fn measure(&self, event: &Event, rng: &mut Stream, measured: &mut Vec<Object>) {
        measured.clear();
        let all = event.particles.iter().filter(|particle| particle.is_final());
        measured.extend(all.map(|particle| {
            let smearing = self
                .smearings
                .iter()
                .rev()
                .find(|smearing| smearing.is_for(particle.id));
            let momentum = match smearing {
                // Along the beam there is no pseudorapidity to smear.
                Some(smearing) if particle.momentum.pt() > 0.0 => smearing.smear(&particle.momentum, rng),
                _ => particle.momentum,
            };
            Object::particle(particle.id, momentum, Some(particle.spin))
        }));
    }

    /// Noise on the missing momentum, for a scalar sum `ht` of the visible pT.
    pub(super) fn noise(&self, ht: f64, rng: &mut Stream) -> (f64, f64) {
        let sigma = self.met_noise.at(ht);
        match sigma > 0.0 {
            true => (sigma * gauss(rng), sigma * gauss(rng)),
            false => (0.0, 0.0),
        }
    }
}
