//! Numbers and sentences as the reports print them.

use crate::BoundedValue;
pub(super) use crate::plot::{count, minus};
pub(super) use motherlode_core::format::number;
use motherlode_core::format::{self, value_with_error};
use motherlode_stats::diagnostics::Mean;

/// Number of events to two significant digits, grouped.
pub fn approximate_count(n: f64) -> String {
    number(n, 2).parse::<f64>().map_or("–".into(), |n| count(n as usize))
}

/// Number of events, or its bound: "12 000", "> 12 000".
pub fn bounded_count(n: BoundedValue) -> String {
    format!("{}{}", sign(n), approximate_count(n.value()))
}

/// Factor, or its bound: "12×", "> 12×".
pub fn factor(factor: BoundedValue) -> String {
    format!("{}{}×", sign(factor), number(factor.value(), 2))
}

fn sign(value: BoundedValue) -> &'static str {
    match value {
        BoundedValue::About(_) => "",
        BoundedValue::MoreThan(_) => "> ",
        BoundedValue::LessThan(_) => "< ",
    }
}

/// Duration in seconds, minutes or hours.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => "–".into(),
        s if s < 60.0 => format!("{} s", number(s, 2)),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Point in parameter space with true minus signs: "(−0.8, 0.1)".
pub fn point(theta: &[f64]) -> String {
    minus(&format::point(theta))
}

/// Value with two digits of its standard error: "0.512 ± 0.013"; "–" if either is not finite.
pub fn uncertain(mean: Mean) -> String {
    let Mean { value, standard_error } = mean;
    if !value.is_finite() || !standard_error.is_finite() {
        return "–".into();
    }
    if standard_error == 0.0 {
        return number(value, 3);
    }
    minus(&value_with_error(value, standard_error))
}

/// Sentence with a capital at its beginning and a full stop at its end.
pub fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}
