//! Predators and prey, one birth and one death at a time: the stochastic Lotka-Volterra model.
//!
//! X predators and Y prey live through four reactions, at rates whose logarithms are θ:
//!
//! | reaction | rate |
//! |---|---|
//! | a predator is born | exp(θ₁) X Y |
//! | a predator dies | exp(θ₂) X |
//! | a prey is born | exp(θ₃) Y |
//! | a prey is eaten | exp(θ₄) X Y |
//!
//! A run begins with 50 predators and 100 prey and lasts 30 units of time, in which some 5 000 things happen. *z* is all
//! of them, *x* nine summary statistics of the two populations, observed every 0.2. All four reactions depend on θ. No
//! way is known to p(x|θ); the joint score is t_j = N_j − exp(θ_j) A_j ([`gillespie`](crate::gillespie)), a martingale
//! of variance E\[N_j\] ≈ 1 360: events know θ to about 0.03, and ratios of hypotheses much further apart are too
//! wild to learn from.
//!
//! The populations are observed at the exact time; the published code observes them after the next event, a shift of some
//! 0.005 in time while there are many animals. The last interval, in which nothing more happens, is part of the path.
//!
//! Where the predators die out, nothing stops the prey. A run of more than 100 000 events is discarded, so that the
//! model is conditioned on fewer. This is not in p(x,z|θ): strictly, E\[t\] = 0 and E\[r\] = 1 hold for all runs,
//! those discarded included. In the default box 0.6 % are, a fraction that changes by some 0.02 per unit of a θ_j: ⟨t_j⟩ of
//! the runs kept is about as far from 0, where the spread of t_j is 37, and ⟨r⟩ is off by less than 0.001.
//!
//! # Source
//! Papamakarios and Murray 2016, arXiv:1605.06376, appendix F; Brehmer, Louppe, Pavez and Cranmer 2018,
//! arXiv:1805.12244, section 4.2, whose hypotheses are used here.

mod summary;

use motherlode_core::trace::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real, Result};

use crate::gillespie::{Reactions, Run, Schedule, Statistics};
use summary::{SUMMARIES, summarise};

const DURATION: f64 = 30.0;
const LOOKS: usize = 150;
const MOST_STEPS: u64 = 100_000;
const MOST_ANIMALS: u32 = 100_000;
const RANGE: (f64, f64) = (-10.0, 5.0);

/// Predators and prey with unknown rates of birth and death.
#[derive(Debug, Clone)]
pub struct LotkaVolterra {
    start: [f64; 2],
    schedule: Schedule,
    hypotheses: Hypotheses,
}

impl Default for LotkaVolterra {
    /// The box ± 0.01 around θ₁ = (−4.61, −0.69, 0, −4.61), "zoom" in the published code: the ratios of
    /// hypotheses so close together have a variance of about 0.2.
    fn default() -> Self {
        let theta1: [f64; 4] = [-4.61, -0.69, 0.0, -4.61];
        let theta0 = [-4.602, -0.698, 0.008, -4.602];
        Self {
            start: [50.0, 100.0],
            schedule: Schedule::every(LOOKS, DURATION).with_most_steps(MOST_STEPS),
            hypotheses: Hypotheses::new(theta0, theta1, theta1.map(|mid| (mid - 0.01, mid + 0.01))),
        }
    }
}

impl LotkaVolterra {
    /// The "focus" box of the published code, ± 0.25 wide.
    ///
    /// Ratios between its ends are worth nothing as labels, their variance is astronomical. It is for methods that learn from
    /// the score alone, or from simulations without gold.
    pub fn focus() -> Self {
        let prior = [(-5.0, -4.5), (-0.8, -0.3), (-0.3, 0.2), (-5.0, -4.5)];
        let published = [0.01f64, 0.5, 1.0, 0.01].map(f64::ln);
        Self {
            hypotheses: Hypotheses::new(published, [-4.5, -0.5, 0.0, -4.5], prior),
            ..Self::default()
        }
    }

    /// With other numbers of animals to begin with.
    ///
    /// # Errors
    /// If there are none at all, or more than 100 000 of a kind.
    pub fn with_start(mut self, predators: u32, prey: u32) -> Result<Self> {
        if predators.max(prey) > MOST_ANIMALS || predators + prey == 0 {
            return Err(Error::usage(format!(
                "{predators} predators and {prey} prey to begin with: give at least one animal, and at most \
                 {MOST_ANIMALS} of a kind"
            )));
        }
        self.start = [f64::from(predators), f64::from(prey)];
        Ok(self)
    }

    fn rates<R: Real>(theta: &[R]) -> [R; 4] {
        std::array::from_fn(|j| theta[j].exp())
    }
}

/// The four reactions.
struct Nature;

impl Reactions<2, 4> for Nature {
    const CHANGES: [[f64; 2]; 4] = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]];

    #[inline]
    fn propensities(&self, [predators, prey]: [f64; 2]) -> [f64; 4] {
        let meetings = predators * prey;
        [meetings, predators, prey, meetings]
    }
}

impl Simulator for LotkaVolterra {
    fn name(&self) -> &str {
        "lotka-volterra"
    }

    fn about(&self) -> &str {
        "predators and prey are born and die one by one; nine summary statistics of their numbers are observed"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let (low, high) = RANGE;
        let parameter = |name, about| Parameter::new(name, low, high).with_about(about);
        vec![
            parameter(
                "log_predator_birth",
                "log rate of a predator's birth, for each pair of predator and prey",
            ),
            parameter("log_predator_death", "log rate of a predator's death"),
            parameter("log_prey_birth", "log rate of a prey's birth"),
            parameter(
                "log_prey_death",
                "log rate of a prey's death, for each pair of predator and prey",
            ),
        ]
    }

    fn observables(&self) -> Vec<Observable> {
        SUMMARIES.map(Observable::new).into()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(self.hypotheses.clone())
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let path = trace.draw(Run::new(&Nature, Self::rates(theta), self.start, &self.schedule)?);
        if path.given_up {
            return Err(Rejected::Discarded(format!("more than {MOST_STEPS} births and deaths")));
        }
        path.statistics.remember(trace);
        Ok(summarise(&path.states))
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    /// Σ_j N_j θ_j − exp(θ_j) A_j.
    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        Ok(Statistics::from_memory(memory)?.log_probability(&Self::rates(theta)))
    }
}
