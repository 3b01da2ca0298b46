//! Rates, the community, and the state: who carries which strain.

use motherlode_core::Real;
use motherlode_core::trace::{Hypotheses, Parameter};

/// dt.
pub const STEP: f64 = 0.1;
/// Steps until the observation.
pub const STEPS: usize = 100;

/// P, the share of each strain in the community.
///
/// # Source
/// Numminen, Cheng, Gyllenberg and Corander 2013, Biometrics 69, 748, as in the code of arXiv:1805.12244.
pub const PREVALENCE: [f64; 33] = [
    0.12, 0.11, 0.10, 0.07, 0.06, 0.05, 0.05, 0.05, 0.04, 0.04, 0.03, 0.03, 0.03, 0.02, 0.02, 0.02, 0.015, 0.015,
    0.015, 0.015, 0.015, 0.015, 0.015, 0.01, 0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.005, 0.005,
];

/// β, Λ, θ_co and γ of the published study.
const REFERENCE: [f64; 4] = [3.589, 0.593, 0.097, 1.0];

/// Which rates are parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// β, Λ, θ_co and γ.
    Full,
    /// β and θ_co; Λ = 0.593 and γ = 1, as published.
    Pair,
}

/// The rates of a run.
#[derive(Debug, Clone, Copy)]
pub struct Rates<R> {
    within: R,
    community: R,
    /// θ_co.
    pub competition: R,
    /// γ.
    pub clear: R,
}

impl<R: Real> Rates<R> {
    /// The probability that who carries nothing acquires a strain in a step.
    #[inline]
    pub fn acquire(&self, strain: usize, exposure: f64) -> R {
        self.within * (exposure * STEP) + self.community * (PREVALENCE[strain] * STEP)
    }
}

impl Variant {
    /// By which the command line knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "epidemiology",
            Self::Pair => "epidemiology-2",
        }
    }

    /// Places of the parameters among β, Λ, θ_co and γ.
    fn places(self) -> &'static [usize] {
        match self {
            Self::Full => &[0, 1, 2, 3],
            Self::Pair => &[0, 2],
        }
    }

    /// All rates, from those that are parameters.
    pub fn rates<R: Real>(self, theta: &[R]) -> Rates<R> {
        let mut all = REFERENCE.map(R::from);
        for (&place, &value) in self.places().iter().zip(theta) {
            all[place] = value;
        }
        let [within, community, competition, clear] = all;
        Rates {
            within,
            community,
            competition,
            clear,
        }
    }

    /// The ranges keep every probability of a step below one.
    pub fn parameters(self) -> Vec<Parameter> {
        let all = [
            Parameter::new("beta", 0.0, 9.0).with_about("rate of transmission within the centre"),
            Parameter::new("lambda", 0.0, 5.0).with_about("rate of transmission from the community"),
            Parameter::new("theta_co", 0.0, 1.0).with_about("acquisition of a further strain relative to a first one"),
            Parameter::new("gamma", 0.0, 10.0).with_about("rate of clearance"),
        ];
        self.places().iter().map(|&place| all[place].clone()).collect()
    }

    /// Around the published rates, in a box in which histories can still be mistaken for one another: with a thousand
    /// acquisitions and clearances, the joint ratio would else be carried by a handful of events.
    pub fn hypotheses(self) -> Hypotheses {
        let numerator = [3.689, REFERENCE[1], 0.1, REFERENCE[3]];
        let box_edges = [(3.439, 3.739), (0.563, 0.623), (0.092, 0.102), (0.97, 1.03)];
        let of = |all: [f64; 4]| self.places().iter().map(|&place| all[place]).collect::<Vec<_>>();
        let prior: Vec<_> = self.places().iter().map(|&place| box_edges[place]).collect();
        Hypotheses::new(of(numerator), of(REFERENCE), prior)
    }
}

/// Carriers of each strain: a set of individuals for each strain, as bits.
#[derive(Debug, Clone)]
pub struct Carriage {
    sets: Vec<u64>,
    individuals: usize,
}

impl Carriage {
    /// As it begins.
    pub fn nobody(strains: usize, individuals: usize) -> Self {
        Self {
            sets: vec![0; strains],
            individuals,
        }
    }

    /// Carriers of each strain.
    pub fn sets(&self) -> &[u64] {
        &self.sets
    }

    /// Mutable carriers of each strain.
    pub fn sets_mut(&mut self) -> &mut [u64] {
        &mut self.sets
    }

    /// Number of individuals.
    pub fn individuals(&self) -> usize {
        self.individuals
    }

    /// Carriers of any strain.
    #[inline]
    pub fn anyone(&self) -> u64 {
        self.sets.iter().fold(0, |all, set| all | set)
    }

    /// Number of strains of each individual.
    #[inline]
    pub fn strains_of_each(&self) -> [u32; 64] {
        let mut number = [0; 64];
        for &set in &self.sets {
            members(set).for_each(|individual| number[individual] += 1);
        }
        number
    }

    /// E, for each strain; none where there is nobody else.
    #[inline]
    pub fn exposure(&self) -> [f64; PREVALENCE.len()] {
        let others = self.individuals.saturating_sub(1).max(1) as f64;
        let share = self
            .strains_of_each()
            .map(|number| 1.0 / (others * f64::from(number.max(1))));
        let mut exposure = [0.0; PREVALENCE.len()];
        for (exposure, &set) in exposure.iter_mut().zip(&self.sets) {
            *exposure = members(set).map(|individual| share[individual]).sum();
        }
        exposure
    }
}

/// The members of a set.
#[inline]
fn members(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let member = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(member)
    })
}
