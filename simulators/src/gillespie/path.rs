//! A path of a reaction network, and the numbers of it that its probability asks for.

use motherlode_core::Real;
use motherlode_core::trace::{Choice, Choices, Rejected, Trace};

/// Number of events and exposure of each reaction: the sufficient statistics of a path for its rate constants.
///
/// Events remember it as 2J numbers, N_1 … N_J and then A_1 … A_J.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics<const J: usize> {
    /// N_j, the number of times that reaction j happened, `[j]`.
    pub counts: [f64; J],
    /// A_j = ∫ h_j dt over the time observed, `[j]`, in units of time.
    pub exposures: [f64; J],
}

impl<const J: usize> Statistics<J> {
    /// Before anything happened.
    pub(super) fn new() -> Self {
        Self {
            counts: [0.0; J],
            exposures: [0.0; J],
        }
    }

    /// From what an event remembers, `[2j]`.
    ///
    /// # Errors
    /// If there are not 2J numbers.
    pub fn from_memory(memory: &[f64]) -> Result<Self, Rejected> {
        let halves = memory.split_at_checked(J);
        let halves = halves.and_then(|(counts, exposures)| Some((counts.try_into().ok()?, exposures.try_into().ok()?)));
        let (counts, exposures) = halves.ok_or_else(|| {
            Rejected::Invalid(format!(
                "a path of {J} reactions is remembered by {} numbers ({J} counts, {J} exposures), got {}",
                2 * J,
                memory.len()
            ))
        })?;
        Ok(Self { counts, exposures })
    }

    /// Has the event remember them.
    pub fn remember<R: Real>(&self, trace: &mut impl Trace<R>) {
        trace.remember(&self.counts);
        trace.remember(&self.exposures);
    }

    /// Σ_j N_j ln k_j − k_j A_j at the rate constants `rates`: ln p of the path up to a constant.
    ///
    /// A reaction that never happened is no contradiction to a rate constant of zero.
    pub fn log_probability<R: Real>(&self, rates: &[R; J]) -> R {
        let terms = rates.iter().zip(self.counts.iter().zip(&self.exposures));
        terms.fold(R::from(0.0), |sum, (&rate, (&count, &exposure))| {
            let happened = if count > 0.0 { rate.ln() * count } else { R::from(0.0) };
            sum + happened - rate * exposure
        })
    }
}

/// Path of a network of J reactions among S species, with its states at the times of observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Path<const S: usize, const J: usize> {
    /// Sufficient statistics of its probability.
    pub statistics: Statistics<J>,
    /// The states at the times of the [`Schedule`](super::Schedule), in order.
    pub states: Vec<[f64; S]>,
    /// True if the run was given up before its end: it had too many steps, or a rate was not finite.
    pub given_up: bool,
}

impl<const S: usize, const J: usize> Choice for Path<S, J> {
    fn write(&self, record: &mut Vec<f64>) {
        record.extend(self.statistics.counts);
        record.extend(self.statistics.exposures);
        self.given_up.write(record);
        self.states.len().write(record);
        record.extend(self.states.as_flattened());
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let statistics = Statistics {
            counts: numbers(record)?,
            exposures: numbers(record)?,
        };
        let given_up = bool::read(record)?;
        let n_states = usize::read(record)?;
        let states = (0..n_states).map(|_| numbers(record)).collect::<Option<_>>()?;
        Some(Self {
            statistics,
            states,
            given_up,
        })
    }
}

fn numbers<const K: usize>(record: &mut Choices<'_>) -> Option<[f64; K]> {
    let mut numbers = [0.0; K];
    for number in &mut numbers {
        *number = record.next_number()?;
    }
    Some(numbers)
}
