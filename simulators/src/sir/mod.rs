//! An epidemic in a closed population, one infection and one recovery at a time (the SIR model).
//!
//! Of n people, S can be infected, I are infectious, and R have recovered for good. Each infectious person meets others
//! at random:
//!
//! | reaction | rate |
//! |---|---|
//! | an infection, S → I | β S I / n |
//! | a recovery, I → R | γ I |
//!
//! *z* is the whole epidemic: who was infected and who recovered, and when. Two observers look at it. [`Sir`] counts the
//! infectious ten times and wants to know both rates; p(x|θ) would take the forward equations of all thousands of (S, I)
//! at once, and is not worked out here. [`SirFinalSize`] comes when it is over, learns how many were infected, and wants
//! to know R₀ = β/γ, how many one person infects where all others can be infected; then p(x|θ) is known exactly.
//!
//! # Source
//! Bailey 1975, The Mathematical Theory of Infectious Diseases, chapter 6.

mod final_size;
mod prevalence;

pub use final_size::SirFinalSize;
pub use prevalence::Sir;

use motherlode::{Error, Result};

use crate::gillespie::Reactions;

const MOST_PEOPLE: u32 = 10_000;

/// Infection and recovery among S and I.
#[derive(Debug, Clone)]
struct Contagion {
    people: f64,
}

impl Reactions<2, 2> for Contagion {
    const CHANGES: [[f64; 2]; 2] = [[-1.0, 1.0], [0.0, -1.0]];

    #[inline]
    fn propensities(&self, [susceptible, infectious]: [f64; 2]) -> [f64; 2] {
        [susceptible * infectious / self.people, infectious]
    }
}

/// S and I to begin with, checked.
fn outbreak(susceptible: u32, infectious: u32) -> Result<[f64; 2]> {
    if susceptible == 0 || infectious == 0 || susceptible.max(infectious) > MOST_PEOPLE {
        return Err(Error::usage(format!(
            "an epidemic that begins with {susceptible} people who can be infected and {infectious} who are infectious: \
             give 1 to {MOST_PEOPLE} of each"
        )));
    }
    Ok([f64::from(susceptible), f64::from(infectious)])
}
