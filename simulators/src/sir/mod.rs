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
//! *z* is the whole epidemic: who was infected and who recovered, and when. Two simulators observe it. [`Sir`] counts the
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

use motherlode_core::trace::{Rejected, Trace};
use motherlode_core::{Error, Real, Result};

use crate::gillespie::{Path, Reactions, Run, Schedule};

const MOST_PEOPLE: u32 = 10_000;

/// An epidemic as it begins: infection and recovery among S and I.
#[derive(Debug, Clone)]
struct Outbreak {
    start: [f64; 2],
    /// n.
    people: f64,
    schedule: Schedule,
}

impl Reactions<2, 2> for Outbreak {
    const CHANGES: [[f64; 2]; 2] = [[-1.0, 1.0], [0.0, -1.0]];

    #[inline]
    fn propensities(&self, [susceptible, infectious]: [f64; 2]) -> [f64; 2] {
        [susceptible * infectious / self.people, infectious]
    }
}

impl Outbreak {
    /// With these numbers of people who can be infected, and who are infectious.
    fn new(susceptible: u32, infectious: u32, schedule: Schedule) -> Result<Self> {
        if susceptible == 0 || infectious == 0 || susceptible.max(infectious) > MOST_PEOPLE {
            return Err(Error::usage(format!(
                "an epidemic that begins with {susceptible} people who can be infected and {infectious} who are infectious: \
                 give 1 to {MOST_PEOPLE} of each"
            )));
        }
        Ok(Self::of([f64::from(susceptible), f64::from(infectious)], schedule))
    }

    /// Makes the model without checking its numbers.
    fn of(start: [f64; 2], schedule: Schedule) -> Self {
        Self {
            start,
            people: start.iter().sum(),
            schedule,
        }
    }

    /// Runs the epidemic at the rates (β, γ), and stores its sufficient statistics.
    fn run<R: Real>(&self, rates: [R; 2], trace: &mut impl Trace<R>) -> Result<Path<2, 2>, Rejected> {
        let path = trace.draw(Run::new(self, rates, self.start, &self.schedule)?);
        path.statistics.remember(trace);
        Ok(path)
    }
}
