//! An epidemic that is watched: how many are infectious, ten times.

use motherlode_core::trace::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Real, Result};

use super::Outbreak;
use crate::gillespie::{Schedule, Statistics};

const DAYS: f64 = 10.0;
const OBSERVATIONS: usize = 10;

/// An epidemic whose infectious are counted every day, for ten days; θ = (β, γ).
#[derive(Debug, Clone)]
pub struct Sir(Outbreak);

impl Default for Sir {
    /// 100 people, of whom 5 are infectious.
    fn default() -> Self {
        Self(Outbreak::of([95.0, 5.0], Schedule::every(OBSERVATIONS, DAYS)))
    }
}

impl Sir {
    /// An epidemic that begins with these numbers of people who can be infected, and who are infectious.
    ///
    /// # Errors
    /// If one of the numbers is zero or above 10 000.
    pub fn new(susceptible: u32, infectious: u32) -> Result<Self> {
        Outbreak::new(susceptible, infectious, Schedule::every(OBSERVATIONS, DAYS)).map(Self)
    }
}

impl Simulator for Sir {
    fn name(&self) -> &str {
        "sir"
    }

    fn about(&self) -> &str {
        "an epidemic spreads by single infections and recoveries; the infectious are counted ten times"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let rate = |name, about| Parameter::new(name, 0.0, 10.0).with_unit("1/day").with_about(about);
        vec![
            rate(
                "infection",
                "people whom an infectious person meets and would infect, in a day",
            ),
            rate("recovery", "recoveries of an infectious person, in a day"),
        ]
    }

    fn observables(&self) -> Vec<Observable> {
        let days = (1..=OBSERVATIONS).map(|day| DAYS * day as f64 / OBSERVATIONS as f64);
        days.map(|day| Observable::new(&format!("infectious_{day}"))).collect()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([1.6, 0.47], [1.5, 0.5], [(1.3, 1.7), (0.44, 0.56)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let rates = [theta[0], theta[1]];
        let path = self.0.run(rates, trace)?;
        let observed = &path.states[1..]; // the first state is the start, which is known
        Ok(observed.iter().map(|[_, infectious]| *infectious).collect())
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    /// N_i ln β + N_r ln γ − β ∫ S I / n dt − γ ∫ I dt.
    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        Ok(Statistics::from_memory(memory)?.log_probability(&[theta[0], theta[1]]))
    }
}
