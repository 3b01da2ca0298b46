//! Counts variations of weights that no factor of a nuisance parameter can give.

use ndarray::ArrayView1;

use super::systematics::{Factor, MOST};
use super::{NuisanceParameter, Setup};
use motherlode_core::format::{counted, number, percent};
use motherlode_core::trace::Caveat;

/// Counts the events whose [factors](super::SystematicFactors) are not those of their weights at the variations.
///
/// A factor is an exponential, and therefore above 0: a variation of weight 0, or of the other sign than the weight at the reference, is taken
/// to have no effect on its event, and one by more than e¹⁰ to have a smaller one, as in MadMiner.
#[derive(Debug, Clone)]
pub(super) struct VariationChecker {
    tallies: Vec<Tally>,
    n_events: usize,
}

/// The variations of a nuisance parameter.
#[derive(Debug, Clone)]
struct Tally {
    nuisance: NuisanceParameter,
    n_affected: usize,
    /// Σw at ν = 1 as the file has it, in pb.
    given: f64,
    /// Σw at ν = 1 with the factors that are used instead, in pb.
    used: f64,
}

impl VariationChecker {
    /// Prepares for the nuisance parameters of a setup.
    pub(super) fn new(setup: &Setup) -> Self {
        let tally = |nuisance: &NuisanceParameter| Tally {
            nuisance: nuisance.clone(),
            n_affected: 0,
            given: 0.0,
            used: 0.0,
        };
        Self {
            tallies: setup.nuisances.iter().map(tally).collect(),
            n_events: 0,
        }
    }

    /// Adds an event with its weights at all benchmarks, of which `reference` is the one of the nuisance parameters, times `scale`.
    pub(super) fn add(&mut self, weights: ArrayView1<'_, f64>, reference: usize, scale: f64, factor: Factor<'_>) {
        self.n_events += 1;
        for (k, tally) in self.tallies.iter_mut().enumerate() {
            let (a, b) = (factor.linear().at(k), factor.quadratic().at(k));
            tally.add(weights, weights[reference], scale, (a, b));
        }
    }

    /// Adds the events of another checker of the same setup.
    pub(super) fn merge(&mut self, other: &Self) {
        self.n_events += other.n_events;
        for (tally, more) in self.tallies.iter_mut().zip(&other.tallies) {
            tally.n_affected += more.n_affected;
            tally.given += more.given;
            tally.used += more.used;
        }
    }

    /// Caveats of every result computed with these factors, one for each nuisance parameter that is affected.
    pub(super) fn caveats(&self) -> impl Iterator<Item = Caveat> {
        let affected = self.tallies.iter().filter(|tally| tally.n_affected > 0);
        affected.map(|tally| tally.caveat(self.n_events))
    }
}

impl Tally {
    fn add(&mut self, weights: ArrayView1<'_, f64>, zero: f64, scale: f64, (a, b): (f64, f64)) {
        let plus = weights[self.nuisance.positive];
        self.given += scale * plus;
        let minus = self.nuisance.negative.map(|negative| weights[negative]);
        let all = || [Some(plus), minus].into_iter().flatten();
        // An event without weight at the reference and its variations is affected by nothing.
        let happens = zero != 0.0 || all().any(|weight| weight != 0.0);
        let has_factor = all().all(|weight| weight / zero > 0.0) && a.abs() < MOST && b.abs() < MOST;
        self.used += match happens && !has_factor {
            true => scale * zero * (a + b).exp(),
            false => scale * plus,
        };
        self.n_affected += usize::from(happens && !has_factor);
    }

    fn caveat(&self, n_events: usize) -> Caveat {
        let name = &self.nuisance.name;
        Caveat {
            kind: "variation_without_factor",
            message: format!(
                "{} of {} ({}) have weights at the variations of the nuisance parameter `{name}` of which no factor is made: zero, of the other sign than \
                 at the reference, or more than e^10 away from it; they are taken to have no effect, or a smaller one, so that the cross section \
                 at `{name}` = 1 is {} pb, and {} pb with the weights of the file",
                self.n_affected,
                counted(n_events, "event"),
                percent(self.n_affected as f64 / n_events as f64),
                number(self.used, 5),
                number(self.given, 5),
            ),
            remedy: format!(
                "check the weights of these events at the benchmarks of `{name}`, and leave out the events, or the nuisance parameter, if they are \
                 wrong"
            ),
        }
    }
}
