//! A check of something that has a known answer, and how it came out.

use serde::{Deserialize, Serialize};

use crate::mean::{Mean, number_or_null};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be, as far as can be seen.
    Pass,
    /// Off, but by too little to do harm.
    Warn,
    /// Wrong.
    Fail,
}

impl Outcome {
    /// The outcome of a deviation that is beyond chance or not, and if so does harm or not.
    pub fn new(is_significant: bool, is_harmful: bool) -> Self {
        match (is_significant, is_harmful) {
            (false, _) => Self::Pass,
            (true, false) => Self::Warn,
            (true, true) => Self::Fail,
        }
    }
}

/// A value that was found, the one that was expected, and the verdict on the two.
///
/// ```
/// use motherlode_core::{Check, Outcome};
///
/// let check = Check::new("mean weight", 1.3, 1.0).with_standard_error(0.1);
/// assert_eq!((check.outcome, check.z_score().map(f64::round)), (Outcome::Pass, Some(3.0)));
/// let failed = check.with_outcome(Outcome::Fail, "calibrate the model");
/// assert_eq!(failed.remedy.as_deref(), Some("calibrate the model"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// The quantity or the identity that was checked.
    pub name: String,
    /// The parameter, observable or hypothesis that it was checked for, where there is a choice; may be empty.
    pub subject: String,
    /// The value found; for an algebraic identity the largest relative deviation among the events.
    #[serde(deserialize_with = "number_or_null")]
    pub value: f64,
    /// Standard error of `value` − `expected`; none for an algebraic identity, infinite where too few events carry the mean.
    pub standard_error: Option<f64>,
    /// The value that a perfect answer gives, if there is one.
    pub expected: Option<f64>,
    /// The verdict.
    pub outcome: Outcome,
    /// Number of events behind a mean.
    pub n_events: Option<u64>,
    /// For a mean of weights, the number of equally weighted events that carry as much information, (Σw)²/Σw².
    pub effective_events: Option<f64>,
    /// Advice, where the check is not passed.
    pub remedy: Option<String>,
    /// Anything to add, such as the message of a fault; may be empty.
    pub note: String,
}

impl Check {
    /// A check that is passed, without a standard error.
    pub fn new(name: impl Into<String>, value: f64, expected: impl Into<Option<f64>>) -> Self {
        Self {
            name: name.into(),
            subject: String::new(),
            value,
            standard_error: None,
            expected: expected.into(),
            outcome: Outcome::Pass,
            n_events: None,
            effective_events: None,
            remedy: None,
            note: String::new(),
        }
    }

    /// A check that is passed, of a mean with its standard error.
    pub fn from_mean(name: impl Into<String>, mean: Mean, expected: impl Into<Option<f64>>) -> Self {
        Self::new(name, mean.value, expected).with_standard_error(mean.standard_error)
    }

    /// Sets the standard error; NaN stands for none.
    pub fn with_standard_error(mut self, standard_error: f64) -> Self {
        self.standard_error = Some(standard_error).filter(|error| !error.is_nan());
        self
    }

    /// Sets the parameter, observable or hypothesis that was checked.
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Sets the verdict, and what to do if it is not a pass.
    pub fn with_outcome(mut self, outcome: Outcome, remedy: &str) -> Self {
        self.outcome = outcome;
        self.remedy = (outcome != Outcome::Pass && !remedy.is_empty()).then(|| remedy.to_owned());
        self
    }

    /// Sets the number of events behind a mean.
    pub fn with_events(mut self, n_events: u64) -> Self {
        self.n_events = Some(n_events);
        self
    }

    /// Sets the number of events behind a mean of weights, and their effective number.
    pub fn with_weighted_events(self, n_events: u64, effective_events: f64) -> Self {
        Self {
            effective_events: Some(effective_events),
            ..self.with_events(n_events)
        }
    }

    /// Sets the note.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// (value − expected) in standard errors, if there are both; zero if value and expectation are equal.
    pub fn z_score(&self) -> Option<f64> {
        let deviation = self.value - self.expected?;
        let error = self.standard_error?;
        Some(if deviation == 0.0 { 0.0 } else { deviation / error })
    }

    /// Returns true unless a few large weights carry the mean, so that its standard error means nothing.
    pub fn is_decided(&self) -> bool {
        let weighted = self.effective_events.zip(self.n_events);
        weighted.is_none_or(|(effective, n)| decides(effective, n as f64))
    }

    /// Returns true if the check has not failed.
    pub fn passes(&self) -> bool {
        self.outcome != Outcome::Fail
    }
}

/// Returns true if the mean of `n` ratios with this effective sample size has a standard error that means anything: the mean of
/// a log-normal ratio has skewness n/n_eff^(3/2), at most one. Fewer than twenty events say nothing of their own spread.
pub fn decides(effective: f64, n: f64) -> bool {
    /// Fewest effective events.
    const FEWEST: f64 = 20.0;
    effective >= FEWEST && effective.powi(3) >= n * n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_survive_json_without_nan_and_infinity() {
        let check = Check::new("power", f64::NAN, None)
            .with_standard_error(f64::NAN)
            .with_weighted_events(100, 3.5)
            .with_outcome(Outcome::Warn, "more events");
        let json = serde_json::to_string(&check).unwrap();
        let again: Check = serde_json::from_str(&json).unwrap();
        assert!(again.value.is_nan() && again.standard_error.is_none() && again.expected.is_none());
        assert_eq!(again.remedy.as_deref(), Some("more events"));
        assert_eq!(serde_json::to_string(&again).unwrap(), json);
    }

    #[test]
    fn a_remedy_is_for_what_is_not_passed() {
        let check = Check::new("mean", 1.0, 1.0).with_standard_error(0.0);
        assert_eq!(check.z_score(), Some(0.0));
        assert_eq!(check.with_outcome(Outcome::Pass, "nothing").remedy, None);
        assert_eq!(Outcome::new(true, false), Outcome::Warn);
        assert_eq!(Outcome::new(false, true), Outcome::Pass);
    }

    /// 50³ = 125 000 is above 300², and below 400².
    #[test]
    fn few_effective_events_decide_nothing() {
        let of = |n| Check::new("ratio", 1.0, 1.0).with_weighted_events(n, 50.0);
        assert!(of(300).is_decided() && !of(400).is_decided());
    }
}
