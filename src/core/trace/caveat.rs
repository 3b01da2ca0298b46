//! Problems of a simulator that its results inherit.

use std::fmt::{Display, Formatter};

/// A problem of a simulator that every result computed with it inherits, with its remedy.
///
/// [`Display`] gives both in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caveat {
    /// Kind of the problem, as it is written to JSON, such as "morphing_misfit".
    pub kind: &'static str,
    /// The problem, without the remedy.
    pub message: String,
    /// The remedy.
    pub remedy: String,
}

impl Display for Caveat {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.message, self.remedy)
    }
}
