//! A note on a score that was trained at many hypotheses.

use super::Provenance;

impl Provenance {
    /// Returns a note if a score was trained at many hypotheses, where users of SALLY expect one.
    pub fn score_note(&self) -> Option<&'static str> {
        let many = self.method.learns_score() && self.data.design.prior().is_some();
        many.then_some(
            "the events come from many hypotheses, so the score was trained as a function of θ; for the score at one reference point, \
             mine with --reference",
        )
    }
}
