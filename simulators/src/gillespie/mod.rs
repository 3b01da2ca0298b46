//! Reaction networks, simulated event by event, each run drawn as a whole.
//!
//! A network is a set of reactions: reaction j happens at the rate k_j h_j(state), and changes the state by a fixed
//! amount. *z* is the path: what happened, and when. Its probability density is
//!
//! ln p = Σ events ln(k_j h_j) − ∫ Σ_j k_j h_j dt,
//!
//! over the events and over the time observed, that after the last event included. Of all this, only two numbers of
//! each reaction meet the rate constants: how often it happened, N_j, and how exposed the state was to it,
//! A_j = ∫ h_j dt. Up to Σ ln h_j, which does not depend on the rate constants,
//!
//! ln p = Σ_j N_j ln k_j − k_j A_j.
//!
//! That is why a path of thousands of events is one draw here ([`Run`]): it is simulated in plain numbers, at the cost of
//! a simulation without gold, and its probability and derivatives are taken once, from 2J numbers
//! ([`Statistics`]) that are also all an event has to remember.
//!
//! # Source
//! Gillespie 1977, J. Phys. Chem. 81, 2340; the likelihood as in Wilkinson, Stochastic Modelling for Systems Biology,
//! chapter 10.

mod path;
mod run;

pub use path::{Path, Statistics};
pub use run::{Run, Schedule};

/// J reactions among S species.
///
/// ```
/// use motherlode_core::trace::{Density, stream};
/// use motherlode_simulators::gillespie::{Reactions, Run, Schedule};
///
/// /// Nuclei are produced at a constant rate, and decay.
/// struct Activation;
///
/// impl Reactions<1, 2> for Activation {
///     const CHANGES: [[f64; 1]; 2] = [[1.0], [-1.0]];
///
///     fn propensities(&self, [nuclei]: [f64; 1]) -> [f64; 2] {
///         [1.0, nuclei]
///     }
/// }
///
/// let schedule = Schedule::every(1, 50.0);
/// let path = Run::new(&Activation, [4.0, 0.1], [0.0], &schedule)?.sample(&mut stream(1, 0, 0));
/// let [produced, decayed] = path.statistics.counts;
/// assert_eq!(path.states, [[0.0], [produced - decayed]]);
/// assert!((path.statistics.exposures[0] - 50.0).abs() < 1e-9);
/// # Ok::<(), motherlode_core::trace::Rejected>(())
/// ```
pub trait Reactions<const S: usize, const J: usize> {
    /// Change of the number of each species by each reaction.
    const CHANGES: [[f64; S]; J];

    /// h_j(state): the rate of each reaction for the rate constant 1, finite, and zero where the reaction cannot happen.
    fn propensities(&self, state: [f64; S]) -> [f64; J];
}
