//! How few events a mean rests on.

use serde::Serialize;

use motherlode_core::mean::effective_sample_size;

/// Effective events below which a standard error is itself uncertain, and the largest share of one event.
const FEWEST: f64 = 100.0;
const LARGEST: f64 = 0.02;

/// How few events a sum rests on: where its terms have a heavy tail, the standard error is too small as a rule, for the largest terms are those
/// that a sample lacks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Concentration {
    /// Effective number of events, (Σ|a|)²/Σa².
    pub effective: f64,
    /// Share of the largest term, max |a|/Σ|a|.
    pub largest: f64,
}

impl Concentration {
    /// Of the terms a of a sum, one for each event; `None` if all are 0.
    pub(super) fn of(terms: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let terms = terms.map(f64::abs);
        let (sum, largest) = terms
            .clone()
            .fold((0.0, 0.0f64), |(sum, largest), a| (sum + a, largest.max(a)));
        (sum > 0.0).then(|| Self {
            effective: effective_sample_size(terms),
            largest: largest / sum,
        })
    }

    /// Returns true if fewer than 100 effective events carry the sum, or a single one carries more than 2 % of it.
    pub fn is_few(&self) -> bool {
        self.effective < FEWEST || self.largest > LARGEST
    }
}

#[cfg(test)]
mod tests {
    use super::Concentration;

    /// 10 000 terms of 1 and one of 300: (10 300)²/(10 000 + 90 000), and 300/10 300.
    #[test]
    fn one_large_term_is_seen_in_both_numbers() {
        let terms = (0..10_000).map(|_| -1.0).chain([300.0]);
        let found = Concentration::of(terms).unwrap();
        assert!((found.effective - 1060.9).abs() < 1e-9 && (found.largest - 300.0 / 10_300.0).abs() < 1e-12);
        assert!(found.is_few(), "2.9 % of one event");
        assert!(
            !Concentration::of((0..101).map(f64::from).map(|_| 1.0))
                .unwrap()
                .is_few()
        );
        assert!(Concentration::of((0..99).map(|_| 1.0)).unwrap().is_few());
        assert_eq!(Concentration::of([0.0; 3].into_iter()), None);
    }
}
