//! The hard process: two quarks exchange vector bosons, which fuse into a Higgs boson.

use super::pdf::Densities;
use crate::collider::neutral::{Couplings, coupled, exchanges};
use crate::collider::{
    Chirality, DOWN, ELECTROWEAK, Exchange, Fermion, Invariants, Line, Momentum, Operator, Quadratic, UP,
};

/// √S of the proton beams, GeV.
pub const ENERGY: f64 = 13_000.0;

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

    /// The other one of its doublet.
    fn partner(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
            Self::AntiUp => Self::AntiDown,
            Self::AntiDown => Self::AntiUp,
        }
    }

    /// For a chirality of the quark.
    fn couplings(self, chirality: Chirality) -> Couplings {
        let fermion = self.fermion();
        [fermion.to_z(chirality), fermion.to_photon()]
    }

    fn is_anti(self) -> bool {
        matches!(self, Self::AntiUp | Self::AntiDown)
    }

    /// Returns true if it emits a W⁺, false if a W⁻.
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
pub struct Event {
    /// Incoming.
    pub partons: [Momentum; 2],
    /// Outgoing, in the same order.
    pub jets: [Momentum; 2],
    /// The Higgs boson.
    pub higgs: Momentum,
}

impl Event {
    /// With the partons that it takes.
    pub fn new(jets: [Momentum; 2], higgs: Momentum) -> Self {
        let total = jets[0] + jets[1] + higgs;
        let [first, second] = [0.5 * (total.e + total.z), 0.5 * (total.e - total.z)];
        Self {
            partons: [
                Momentum::new(first, 0.0, 0.0, first),
                Momentum::new(second, 0.0, 0.0, -second),
            ],
            jets,
            higgs,
        }
    }
}

impl Event {
    /// Momentum fractions of the partons.
    pub fn fractions(&self) -> [f64; 2] {
        self.partons.map(|parton| 2.0 * parton.e / ENERGY)
    }

    /// Turned about the beams.
    pub fn turned(self, phi: f64) -> Self {
        Self {
            partons: self.partons,
            jets: self.jets.map(|jet| jet.turned(1.0, phi)),
            higgs: self.higgs.turned(1.0, phi),
        }
    }

    /// Momenta with the first jet from the second parton.
    pub fn exchanged(self) -> Self {
        let [first, second] = self.jets;
        Self {
            jets: [second, first],
            ..self
        }
    }
}

/// A way in which the event can have come about: the types of both lines, and whether they exchange W bosons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// Types of the incoming partons.
    pub types: [Type; 2],
    /// True if W bosons are exchanged.
    pub charged: bool,
}

impl Channel {
    /// The types of the jets: a W boson makes the other quark of the doublet of each.
    pub fn outgoing(&self) -> [Type; 2] {
        match self.charged {
            true => self.types.map(Type::partner),
            false => self.types,
        }
    }
}

/// Both lines of an event with currents of all chiralities, without the couplings of the quarks.
#[derive(Debug, Clone)]
pub struct Currents {
    /// By the chiralities of the first and of the second line.
    by_chirality: [[Invariants; 2]; 2],
}

impl Currents {
    /// Computes the currents of an event.
    pub fn new(event: &Event) -> Self {
        let [first, second] = [0, 1].map(|line| Line::scattered(event.partons[line], event.jets[line]));
        let of = |a| Chirality::BOTH.map(|b| Invariants::new([&first, &second], [a, b]));
        Self {
            by_chirality: Chirality::BOTH.map(of),
        }
    }

    /// Chiralities of the currents of both lines, with what the vertex needs of them.
    fn all(&self) -> impl Iterator<Item = ([Chirality; 2], &Invariants)> {
        let pairs = Chirality::BOTH
            .into_iter()
            .flat_map(|a| Chirality::BOTH.map(|b| [a, b]));
        pairs.zip(self.by_chirality.as_flattened())
    }

    /// |M|² of a channel, averaged over spins; colour gives one.
    pub fn squared_amplitude(&self, channel: Channel, operators: &[Operator]) -> Quadratic {
        let mut form = Quadratic::new(operators);
        let [one, two] = channel.types;
        for ([a, b], invariants) in self.all() {
            let chiralities = [one.as_quark(a), two.as_quark(b)];
            if !channel.charged {
                let [first, second] = [one.couplings(chiralities[0]), two.couplings(chiralities[1])];
                form.add(&coupled(&exchanges(invariants), first, second), operators, SPINS);
            } else if chiralities == [Chirality::Left; 2] {
                form.add(
                    &invariants.amplitudes(Exchange::Ww),
                    operators,
                    SPINS * squared_charged_coupling(),
                );
            }
        }
        form
    }

    /// Σ x₁f₁ x₂f₂ |M|² over all channels.
    ///
    /// The channels are not visited one by one. Neutral currents of all types of a line enter by the matrix of their
    /// couplings to Z and photon, which two lines alone can have as well; W bosons couple to all types alike.
    pub fn summed(&self, densities: [&Densities; 2], operators: &[Operator]) -> Quadratic {
        let mut form = Quadratic::new(operators);
        let [first, second] = densities.map(|line| Chirality::BOTH.map(|chirality| Source::new(line, chirality)));
        let pairs = first.iter().flat_map(|a| second.iter().map(move |b| (a, b)));
        for ((one, two), (_, invariants)) in pairs.zip(self.all()) {
            let neutral = exchanges(invariants);
            for (a, b) in one.neutral.iter().flat_map(|a| two.neutral.iter().map(move |b| (a, b))) {
                form.add(&coupled(&neutral, *a, *b), operators, SPINS);
            }
            let opposite = one.plus * two.minus + one.minus * two.plus;
            let charged = SPINS * squared_charged_coupling() * opposite;
            form.add(&invariants.amplitudes(Exchange::Ww), operators, charged);
        }
        form
    }
}

/// The average over the spins of both partons.
const SPINS: f64 = 0.25;

/// (g/√2)⁴, of both lines together.
fn squared_charged_coupling() -> f64 {
    (0.5 * ELECTROWEAK.weak * ELECTROWEAK.weak).powi(2)
}

/// Contribution of all types of one line to a current of one chirality.
struct Source {
    /// Couplings to Z and photon of two lines that do not interfere and replace all of them: rows of the root of
    /// Σ x f g gᵀ.
    neutral: [Couplings; 2],
    /// Σ x f of those that give a W⁺.
    plus: f64,
    /// Σ x f of those that give a W⁻.
    minus: f64,
}

impl Source {
    fn new(densities: &Densities, chirality: Chirality) -> Self {
        let [mut zz, mut z_photon, mut photons, mut plus, mut minus] = [0.0; 5];
        for (of, density) in Type::ALL.into_iter().zip(densities.by_type) {
            let chirality = of.as_quark(chirality);
            let [z, photon] = of.couplings(chirality);
            zz += density * z * z;
            z_photon += density * z * photon;
            photons += density * photon * photon;
            match (chirality, of.gives_plus()) {
                (Chirality::Left, true) => plus += density,
                (Chirality::Left, false) => minus += density,
                (Chirality::Right, _) => {}
            }
        }
        let root = zz.sqrt();
        let along = z_photon / root;
        let rest = (photons - along * along).max(0.0).sqrt();
        Self {
            neutral: [[root, along], [0.0, rest]],
            plus,
            minus,
        }
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
