//! An epidemic that is over: how many were infected, and its exact distribution.

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Real, Result};
use ndarray::{Array2, ArrayView2};

use super::Outbreak;
use crate::gillespie::{Schedule, Statistics};

/// An epidemic of which the number of infections is known, and nothing else; θ = R₀.
///
/// Time is counted in units of the mean duration of an infection: γ = 1, β = R₀.
#[derive(Debug, Clone)]
pub struct SirFinalSize(Outbreak);

impl Default for SirFinalSize {
    /// 50 people, of whom one is infectious.
    fn default() -> Self {
        Self(Outbreak::of([49.0, 1.0], Schedule::until_rest()))
    }
}

impl SirFinalSize {
    /// An epidemic that begins with these numbers of people who can be infected, and who are infectious.
    ///
    /// # Errors
    /// If one of the numbers is zero or above 10 000.
    pub fn new(susceptible: u32, infectious: u32) -> Result<Self> {
        Outbreak::new(susceptible, infectious, Schedule::until_rest()).map(Self)
    }
}

impl Simulator for SirFinalSize {
    fn name(&self) -> &str {
        "sir-final-size"
    }

    fn about(&self) -> &str {
        "an epidemic spreads by single infections and recoveries; how many were infected in the end is observed"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("r0", 0.0, 20.0).with_about("people whom the first one infects, on average, among many")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("infected")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([2.0], [1.6], [(1.2, 2.4)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let rates = [theta[0], R::from(1.0)];
        let path = self.0.run(rates, trace)?;
        Ok(vec![path.statistics.counts[0]])
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    /// N ln R₀ − R₀ ∫ S I / n dt − ∫ I dt; the last term does not depend on θ, but it is in the sum of the draws.
    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        Ok(Statistics::from_memory(memory)?.log_probability(&[theta[0], R::from(1.0)]))
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        let [susceptible, infectious] = self.0.start.map(|number| number as usize);
        Some(Box::new(Exact(FinalSize {
            susceptible,
            infectious,
        })))
    }
}

/// The distribution of the number of infections, over the sequence of infections and recoveries.
///
/// When things happen does not matter for it. With s people left to infect, the next thing is an infection with
/// probability R₀ s / (R₀ s + n), however many are infectious: so the probability to come by (s, i) follows from those
/// of (s + 1, i − 1) and (s, i + 1), and the epidemic ends where i = 0.
struct FinalSize {
    susceptible: usize,
    infectious: usize,
}

impl FinalSize {
    /// p(number of infections | R₀), `[susceptible + 1]`.
    fn distribution<R: Real>(&self, r0: R) -> Vec<R> {
        let people = (self.susceptible + self.infectious) as f64;
        // visits[i]: the probability to come by i infectious, with as many people left to infect as in this round.
        let mut visits = vec![R::from(0.0); self.susceptible + self.infectious + 2];
        visits[self.infectious] = R::from(1.0);
        let mut sizes = Vec::with_capacity(self.susceptible + 1);
        for left in (0..=self.susceptible).rev() {
            let most = self.infectious + self.susceptible - left;
            let pressure = r0 * left as f64;
            let (infection, recovery) = (pressure / (pressure + people), (pressure + people).recip() * people);
            for i in (1..most).rev() {
                let from_above = visits[i + 1] * recovery;
                visits[i] += from_above;
            }
            sizes.push(visits[1] * recovery);
            for i in (2..=most + 1).rev() {
                visits[i] = visits[i - 1] * infection;
            }
            visits[1] = R::from(0.0); // an infection leaves at least two infectious
        }
        sizes
    }
}

impl ExactDensity for FinalSize {
    fn route(&self) -> &str {
        "dynamic programme over infections and recoveries"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let impossible = R::from(f64::NEG_INFINITY);
        let sizes = self.distribution(theta[0]);
        let one = |size: f64| match sizes.get(size as usize) {
            Some(p) if size >= 0.0 && size.fract() == 0.0 && p.re() > 0.0 => p.ln(),
            _ => impossible,
        };
        x.column(0).iter().map(|&size| one(size)).collect()
    }

    fn support(&self) -> Option<Array2<f64>> {
        Some(Array2::from_shape_fn((self.susceptible + 1, 1), |(k, _)| k as f64))
    }
}
