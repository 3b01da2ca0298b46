//! Strains of a bacterium that spread among the children of a day care centre (Numminen, Cheng, Gyllenberg and Corander 2013).
//!
//! Each of n individuals carries any of K strains, or none; at first nobody carries any. In a time step dt = 0.1, one of
//! 100, all from the state at its beginning, who carries strain k loses it with probability γ dt, and who does not
//! acquires it with probability
//!
//! a (β E_k + Λ P_k) dt, a = 1 for who carries nothing and θ_co for who carries another strain.
//!
//! E_k = Σ_i s_ik / ((n − 1) Σ_k' s_ik') is the exposure to carriers within the centre, and P_k the share of strain k in the
//! community outside. *x* are six summaries of who carries what at the end. *z* is the whole history, n K yes or no in
//! each of the steps, 170 000 in all, and every one of them depends on θ.
//!
//! In a step, all who carry a strain, all others who carry something, and all who carry nothing have one probability each: a
//! choice is a subset of them. Sets are the bits of a number, so there are at most 53 individuals, and an
//! event remembers three numbers, or fewer, for a strain and a step.

mod model;
mod subset;
mod summary;

use model::{Carriage, Rates, STEP, STEPS, Variant};
use motherlode_core::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real, Result};
use subset::Subset;

const MOST_INDIVIDUALS: usize = 53;

/// Individuals who transmit strains to one another.
#[derive(Debug, Clone)]
pub struct Epidemiology {
    individuals: usize,
    strains: usize,
    variant: Variant,
}

impl Default for Epidemiology {
    /// 53 individuals and 33 strains, with all four parameters.
    fn default() -> Self {
        Self {
            individuals: MOST_INDIVIDUALS,
            strains: model::PREVALENCE.len(),
            variant: Variant::Full,
        }
    }
}

impl Epidemiology {
    /// 53 individuals and 33 strains, with the parameters β and θ_co.
    pub fn two_parameters() -> Self {
        Self {
            variant: Variant::Pair,
            ..Self::default()
        }
    }

    /// `individuals` who transmit the first `strains` of the community's list, with all four parameters.
    ///
    /// # Errors
    /// If there are not 1 to 53 individuals and 1 to 33 strains.
    pub fn new(individuals: usize, strains: usize) -> Result<Self> {
        let most = model::PREVALENCE.len();
        if !(1..=MOST_INDIVIDUALS).contains(&individuals) || !(1..=most).contains(&strains) {
            return Err(Error::usage(format!(
                "an epidemic of {strains} strains among {individuals} individuals: ask for 1 to {most} strains and 1 to \
                 {MOST_INDIVIDUALS} individuals"
            )));
        }
        Ok(Self {
            individuals,
            strains,
            variant: Variant::Full,
        })
    }

    /// One step: all are drawn from the state at its beginning.
    #[inline]
    fn step<R: Real>(&self, now: &Carriage, rates: &Rates<R>, trace: &mut impl Trace<R>) -> Result<Carriage, Rejected> {
        let (carrying, exposure) = (now.anyone(), now.exposure());
        let everyone = u64::MAX >> (64 - self.individuals);
        let mut next = now.clone();
        for (strain, set) in next.sets_mut().iter_mut().enumerate() {
            let acquire = rates.acquire(strain, exposure[strain]);
            let mut draw = |of: u64, p: R| match of {
                0 => Ok(0),
                of => Ok(trace.draw(Subset::new(of, p)?)),
            };
            let cleared = draw(*set, rates.clear * STEP)?;
            let first = draw(everyone & !carrying, acquire)?;
            let further = draw(carrying & !*set, acquire * rates.competition)?;
            *set = *set & !cleared | first | further;
        }
        Ok(next)
    }
}

impl Simulator for Epidemiology {
    fn name(&self) -> &str {
        self.variant.name()
    }

    fn about(&self) -> &str {
        "33 strains of a bacterium spread among 53 individuals; six summaries of who carries what are observed"
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.variant.parameters()
    }

    fn observables(&self) -> Vec<Observable> {
        summary::NAMES.map(Observable::new).into()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(self.variant.hypotheses())
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let rates = self.variant.rates(theta);
        let mut carriage = Carriage::nobody(self.strains, self.individuals);
        for _ in 0..STEPS {
            carriage = self.step(&carriage, &rates, trace)?;
        }
        Ok(summary::summarise(&carriage))
    }
}
