//! Faults of a simulator in words.

use std::fmt::{Display, Formatter};

use serde::{Deserialize, Serialize};

use super::Identity;
use crate::check::{Check, Outcome};
use crate::format::number;

/// A fault of an instrumented simulator that its gold inherits, with its remedy.
///
/// [`Display`] gives both in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SimulatorFault {
    /// The [identity](Identity) that is broken, such as "noise" or "finite_difference".
    pub kind: String,
    /// Fault, with the names of the parameter and the observables.
    pub message: String,
    /// Remedy.
    pub remedy: String,
}

impl SimulatorFault {
    /// The fault that a check has found; none if it has not failed.
    pub fn from_check(check: &Check) -> Option<Self> {
        let identity = Identity::from_name(&check.name)?;
        (check.outcome == Outcome::Fail).then(|| Self {
            kind: serde_json::to_value(identity)
                .ok()
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default(),
            message: message(identity, check),
            remedy: identity.remedy().to_owned(),
        })
    }
}

impl Display for SimulatorFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.message, self.remedy)
    }
}

/// Beginning of a note that says where a check failed, and no more.
pub(super) const PLACE: &str = "at θ = ";

fn message(identity: Identity, check: &Check) -> String {
    let subject = &check.subject;
    let said = match identity {
        Identity::FiniteDifference => format!(
            "the joint score of `{subject}` is not the slope of ln p(x,z|θ) that the same choices have at {subject} ± h: it is off by {} of its \
             size",
            number(check.value, 3)
        ),
        // These have all their words in the note.
        Identity::Defined
        | Identity::Path
        | Identity::Replay
        | Identity::Noise
        | Identity::Observation
        | Identity::Continuity
        | Identity::Sensitivity
        | Identity::Reweighting
            if !check.note.is_empty() && !check.note.starts_with(PLACE) =>
        {
            return check.note.clone();
        }
        _ => {
            let of = if subject.is_empty() {
                String::new()
            } else {
                format!(" for {subject}")
            };
            format!("`{}` does not hold{of}: {}", check.name, deviation(check))
        }
    };
    match check.note.as_str() {
        "" => said,
        note if note.starts_with(PLACE) => format!("{said}, {note}"),
        note => format!("{said} ({note})"),
    }
}

fn deviation(check: &Check) -> String {
    let found = number(check.value, 4);
    match (check.expected, check.z_score()) {
        (Some(expected), Some(errors)) => {
            format!(
                "{found} instead of {}, off by {:.1} standard errors",
                number(expected, 4),
                errors.abs()
            )
        }
        (Some(expected), None) => format!("{found} instead of {}", number(expected, 4)),
        (None, _) => found,
    }
}
