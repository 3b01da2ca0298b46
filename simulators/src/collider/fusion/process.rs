//! The hard process: two quarks exchange vector bosons, which fuse into a Higgs boson.

use num_complex::Complex64;

use super::pdf::Densities;
use crate::collider::electroweak::{DOWN, ELECTROWEAK, UP};
use crate::collider::{Amplitudes, Chirality, Exchange, Fermion, Invariants, Line, Momentum, NEUTRAL, OPERATORS, Operator, Quadratic};

/// The types of a line: quark or antiquark, of the upper or the lower kind, of either generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// u or c.
    Up,
    /// d or s.
    Down,
    /// ū or c̄.
    AntiUp,
    /// d̄ or s̄.
    AntiDown,
}

impl Type {
    /// All of them, in the order of [`Densities`].
    pub const ALL: [Self; 4] = [Self::Up, Self::Down, Self::AntiUp, Self::AntiDown];

    fn fermion(self) -> Fermion {
        match self {
            Self::Up | Self::AntiUp => UP,
            Self::Down | Self::AntiDown => DOWN,
        }
    }

    fn is_anti(self) -> bool {
        matches!(self, Self::AntiUp | Self::AntiDown)
    }

    /// Whether it gives a W⁺, not a W⁻.
    fn gives_plus(self) -> bool {
        matches!(self, Self::Up | Self::AntiDown)
    }

    /// The chirality of the fermion whose current an (anti)quark of this chirality has: an antiquark's is that of a quark of
    /// the other chirality, up to a sign that all bosons share.
    fn as_quark(self, chirality: Chirality) -> Chirality {
        match (self.is_anti(), chirality) {
            (false, same) => same,
            (true, Chirality::Left) => Chirality::Right,
            (true, Chirality::Right) => Chirality::Left,
        }
    }
}

/// Momenta of a hard event: partons along +z and −z, the jets that they become, and the Higgs boson.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hard {
    /// Incoming.
    pub partons: [Momentum; 2],
    /// Outgoing, in the same order.
    pub jets: [Momentum; 2],
    /// The Higgs boson.
    pub higgs: Momentum,
}

/// A way in which the event can have come about: the types of both lines, and whether they exchange W bosons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// Types of the incoming partons.
    pub types: [Type; 2],
    /// Whether W bosons are exchanged.
    pub charged: bool,
}

/// Amplitudes for all exchanges and chiralities of the currents, without the couplings of the quarks.
pub struct Currents {
    /// By the chiralities of the first and of the second line.
    by_chirality: [[[Amplitudes; 5]; 2]; 2],
}

impl Currents {
    /// Of an event.
    pub fn new(event: &Hard) -> Self {
        let [first, second] = [0, 1].map(|line| Line::scattered(event.partons[line], event.jets[line]));
        let exchanges = [NEUTRAL[0], NEUTRAL[1], NEUTRAL[2], NEUTRAL[3], Exchange::Ww];
        let of = |chiralities| {
            let invariants = Invariants::new([&first, &second], chiralities);
            exchanges.map(|exchange| invariants.amplitudes(exchange))
        };
        Self {
            by_chirality: Chirality::BOTH.map(|a| Chirality::BOTH.map(|b| of([a, b]))),
        }
    }

    /// |M|² of a channel, averaged over spins; colour gives one.
    pub fn squared_amplitude(&self, channel: Channel, operators: &[Operator]) -> Quadratic {
        let mut form = Quadratic::new(operators);
        let [one, two] = channel.types;
        for (i, a) in Chirality::BOTH.into_iter().enumerate() {
            for (j, b) in Chirality::BOTH.into_iter().enumerate() {
                let amplitudes = &self.by_chirality[i][j];
                let chiralities = [one.as_quark(a), two.as_quark(b)];
                if !channel.charged {
                    form.add(&neutral(amplitudes, channel.types, chiralities), operators, 0.25);
                } else if chiralities == [Chirality::Left; 2] {
                    let coupling = 0.5 * ELECTROWEAK.weak * ELECTROWEAK.weak;
                    form.add(&amplitudes[4].map(|m| m * coupling), operators, 0.25);
                }
            }
        }
        form
    }

    /// Σ x₁f₁ x₂f₂ |M|² over all channels.
    pub fn summed(&self, densities: [&Densities; 2], operators: &[Operator]) -> Quadratic {
        let mut sum = Quadratic::new(operators);
        for channel in channels() {
            let [one, two] = channel.types.map(|of| of as usize);
            let density = densities[0].by_type[one] * densities[1].by_type[two];
            sum.add_scaled(&self.squared_amplitude(channel, operators), density);
        }
        sum
    }
}

/// All 24 channels: 16 by neutral bosons, 8 by W bosons of opposite charges.
pub fn channels() -> impl Iterator<Item = Channel> {
    let pairs = Type::ALL.into_iter().flat_map(|one| Type::ALL.map(|two| [one, two]));
    pairs.flat_map(|types| {
        let charged = types[0].gives_plus() != types[1].gives_plus();
        [Some(false), charged.then_some(true)]
            .into_iter()
            .flatten()
            .map(move |charged| Channel { types, charged })
    })
}

fn neutral(amplitudes: &[Amplitudes; 5], types: [Type; 2], chiralities: [Chirality; 2]) -> Amplitudes {
    let z = [0, 1].map(|line: usize| types[line].fermion().to_z(chiralities[line]));
    let photon = types.map(|of| of.fermion().to_photon());
    let couplings = [z[0] * z[1], z[0] * photon[1], photon[0] * z[1], photon[0] * photon[1]];
    let mut sum = [Complex64::ZERO; OPERATORS];
    for (amplitudes, coupling) in amplitudes.iter().zip(couplings) {
        for (sum, amplitude) in sum.iter_mut().zip(amplitudes) {
            *sum += amplitude * coupling;
        }
    }
    sum
}
