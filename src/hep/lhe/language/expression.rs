//! A parsed formula, in which numbers and particles are different types.

use std::fmt;

use super::super::objects::List;

/// A formula for a number, made of the particles of an event.
///
/// | in an expression | is |
/// | --- | --- |
/// | `e`, `mu`, `tau`, `l`, `a`, `j`, `v` | electrons, muons, taus, electrons and muons, photons, quarks and gluons, neutrinos, by falling pT |
/// | `p`, `p_truth` | all particles in the order of the file, as measured and as generated |
/// | `met`, `visible` | what is missing across the beam, and the sum of all that is visible |
/// | `j[0]`, `j[-1]`, `j[0] + l[0]`, `sum(j)` | particles, and several taken together |
/// | `.pt` `.phi` `.eta` `.theta` `.costheta` `.rapidity` `.e` `.px` `.py` `.pz` `.p` `.m` `.mt` `.et` `.beta` `.gamma` | kinematics, in GeV |
/// | `.charge` `.pdgid` `.spin` `.b_tag` `.t_tag` `.tau_tag` | what it is |
/// | `.deltaphi(q)` `.deltaeta(q)` `.deltaR(q)` `.deltaangle(q)` `.dot(q)` | with another |
/// | `.boostCM_of(q)` | the particle as seen where `q` is at rest |
/// | `len(j)`, `sum(j.pt)` | how many there are, and sums over them |
/// | `scale`, `alpha_qed`, `alpha_qcd`, `n_particles`, `pi` | numbers |
/// | `+ - * / // % **`, `< <= > >= == !=`, `and or not`, `a if b else c` | as in Python |
/// | `abs min max sqrt exp log log10 pow sin cos tan asin acos atan atan2 sinh cosh tanh floor ceil float int` | as in Python |
///
/// Names of observables that were defined before stand for their values. An expression is a formula, not a program: it knows these words and
/// no others, and there is nothing in it that could read a file. Where it has no value (`j[1]` in an event with one jet, a division by zero)
/// it is undefined.
#[derive(Debug, Clone)]
pub struct Expression {
    pub(super) text: String,
    pub(super) formula: Number,
}

impl Expression {
    /// Text of the formula.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Node of the syntax tree of a number.
#[derive(Debug, Clone)]
pub(super) enum Number {
    Constant(f64),
    /// The value of an observable that was defined before.
    Observable(usize),
    Event(EventNumber),
    Count(List),
    /// A property of a particle.
    Of(Property, Box<Particle>),
    /// A property of two.
    Between(Relation, Box<Particle>, Box<Particle>),
    /// The sum of a property over a list.
    SumOf(Property, List),
    Call1(fn(f64) -> f64, Box<Number>),
    Call2(fn(f64, f64) -> f64, Box<Number>, Box<Number>),
    /// `a < b < c`
    Compare(Box<Number>, Vec<(Comparison, Number)>),
    And(Box<Number>, Box<Number>),
    Or(Box<Number>, Box<Number>),
    Not(Box<Number>),
    If(Box<Choice<Number>>),
}

/// A particle, or the sum of several.
#[derive(Debug, Clone)]
pub(super) enum Particle {
    /// A particle of a list; from its end, if the number is negative.
    Member(List, i64),
    Missing,
    Visible,
    Sum(List),
    Together(Box<Particle>, Box<Particle>),
    Without(Box<Particle>, Box<Particle>),
    AtRestOf(Box<Particle>, Box<Particle>),
    If(Box<Choice<Particle>>),
}

/// One of two: the first where the condition is not zero.
#[derive(Debug, Clone)]
pub(super) struct Choice<T> {
    pub(super) condition: Number,
    pub(super) then: T,
    pub(super) otherwise: T,
}

/// Numbers that belong to the event.
#[derive(Debug, Clone, Copy)]
pub(super) enum EventNumber {
    Scale,
    AlphaQed,
    AlphaQcd,
    Particles,
}

/// Numbers that belong to a particle.
#[derive(Debug, Clone, Copy)]
pub(super) enum Property {
    Pt,
    Phi,
    Eta,
    Theta,
    CosTheta,
    Rapidity,
    E,
    Px,
    Py,
    Pz,
    P,
    M,
    Mt,
    Et,
    Beta,
    Gamma,
    Charge,
    PdgId,
    Spin,
    BTag,
    TTag,
    TauTag,
}

impl Property {
    pub(super) const NAMES: [(&str, Self); 28] = [
        ("pt", Self::Pt),
        ("phi", Self::Phi),
        ("eta", Self::Eta),
        ("pseudorapidity", Self::Eta),
        ("theta", Self::Theta),
        ("costheta", Self::CosTheta),
        ("rapidity", Self::Rapidity),
        ("e", Self::E),
        ("E", Self::E),
        ("energy", Self::E),
        ("px", Self::Px),
        ("py", Self::Py),
        ("pz", Self::Pz),
        ("p", Self::P),
        ("m", Self::M),
        ("M", Self::M),
        ("mass", Self::M),
        ("mt", Self::Mt),
        ("et", Self::Et),
        ("Et", Self::Et),
        ("beta", Self::Beta),
        ("gamma", Self::Gamma),
        ("charge", Self::Charge),
        ("pdgid", Self::PdgId),
        ("spin", Self::Spin),
        ("b_tag", Self::BTag),
        ("t_tag", Self::TTag),
        ("tau_tag", Self::TauTag),
    ];
}

/// Numbers that belong to two particles.
#[derive(Debug, Clone, Copy)]
pub(super) enum Relation {
    DeltaPhi,
    DeltaEta,
    DeltaR,
    DeltaAngle,
    Dot,
}

impl Relation {
    pub(super) const NAMES: [(&str, Self); 6] = [
        ("deltaphi", Self::DeltaPhi),
        ("deltaeta", Self::DeltaEta),
        ("deltaR", Self::DeltaR),
        ("deltar", Self::DeltaR),
        ("deltaangle", Self::DeltaAngle),
        ("dot", Self::Dot),
    ];
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    Unequal,
}

impl Comparison {
    pub(super) fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
            Self::Equal => a == b,
            Self::Unequal => a != b,
        }
    }
}
