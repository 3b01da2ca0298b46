//! Numbers and facts put into words.

use super::BASELINE;
use super::label::Label;
use crate::{Bounded, Match, Measure, Results, Summary};
use motherlode_core::format;
pub(super) use motherlode_core::format::number;
use motherlode_stats::diagnostics::Mean;

/// A count, its digits in groups of three.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        // four digits stay together, as in running text
        if i > 0 && digits.len() > 4 && (digits.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of events to two significant digits, grouped.
pub fn about_events(n: f64) -> String {
    number(n, 2).parse::<f64>().map_or("–".into(), |n| count(n as usize))
}

/// A number of events that is known, or only bounded.
pub fn events(n: Bounded) -> String {
    let sign = match n {
        Bounded::About(_) => "",
        Bounded::MoreThan(_) => "> ",
        Bounded::LessThan(_) => "< ",
    };
    format!("{sign}{}", about_events(n.value()))
}

/// A factor: "12×", "> 12×", "< 0.5×".
pub fn times(factor: Bounded) -> String {
    let sign = match factor {
        Bounded::About(_) => "",
        Bounded::MoreThan(_) => "> ",
        Bounded::LessThan(_) => "< ",
    };
    format!("{sign}{}×", number(factor.value(), 2))
}

/// A duration.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => "–".into(),
        s if s < 60.0 => format!("{} s", number(s, 2)),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// A point in parameter space, with true minus signs: "(−0.8, 0.1)".
pub fn point(theta: &[f64]) -> String {
    minus(&format::point(theta))
}

/// A number with a true minus sign.
pub fn minus(number: &str) -> String {
    number.replace('-', "−")
}

/// Name of an error, for headings.
pub fn title(measure: Measure) -> &'static str {
    match measure {
        Measure::Prior => "Error of log r, averaged over the prior",
        Measure::Pair => "Error of log r, for one pair of hypotheses",
        Measure::Score => "Error of the score",
        Measure::Excess => "Divergence from held-out joint labels, above the lowest of the study",
        Measure::Unexplained => "Share of held-out joint scores that is not explained",
    }
}

/// Name of an error in two words.
pub fn short(measure: Measure) -> &'static str {
    match measure {
        Measure::Prior => "prior error",
        Measure::Pair => "pair error",
        Measure::Score => "score error",
        Measure::Excess => "excess divergence",
        Measure::Unexplained => "unexplained score",
    }
}

/// The error as it stands at an axis.
pub fn symbol(measure: Measure) -> Label {
    match measure {
        Measure::Prior => Label::plain("prior error ⟨(")
            .join(Label::log_r_hat())
            .and(" − ")
            .join(Label::log_r())
            .and(")²⟩"),
        Measure::Pair => Label::plain("pair error ⟨(")
            .join(Label::log_r_hat())
            .and(" − ")
            .join(Label::log_r())
            .and(")²⟩"),
        Measure::Score => Label::plain("score error ⟨|")
            .italic("t\u{302}")
            .and(" − ")
            .italic("t")
            .and("|²⟩/")
            .italic("p"),
        Measure::Excess => Label::plain("⟨KL(")
            .italic("s")
            .and("(")
            .italic("x, z")
            .and(") ‖ ")
            .italic("s\u{302}")
            .and("(")
            .italic("x")
            .and("))⟩ above the lowest"),
        Measure::Unexplained => Label::plain("unexplained share of ")
            .italic("t")
            .and("(")
            .italic("x, z")
            .and(")"),
    }
}

/// Whether two methods answer the same question under this measure. The score error of SALLY is taken at θ_ref, that
/// of the others at θ0: the two do not compare.
pub fn comparable(a: &str, b: &str, measure: Measure) -> bool {
    let of_ratio = !matches!(measure, Measure::Score | Measure::Unexplained);
    of_ratio || at_reference(a) == at_reference(b)
}

/// Whether a method learns the score at θ_ref rather than the ratio.
pub fn at_reference(method: &str) -> bool {
    matches!(method.to_ascii_lowercase().as_str(), "sally" | "sallino")
}

/// The error of the answer zero.
pub fn trivial(results: &Results, measure: Measure) -> f64 {
    match measure {
        Measure::Prior => results.trivial_prior,
        Measure::Pair => results.trivial_pair,
        Measure::Score => results.trivial_score,
        Measure::Excess => results.trivial_excess(),
        Measure::Unexplained => 1.0,
    }
}

/// How many times fewer simulations than the baseline a method needs for the error in this cell; nothing for the
/// baseline itself, and nothing where the error is no better than that of the answer zero, which needs none.
pub fn gain(results: &Results, cell: &Summary, measure: Measure) -> Option<Bounded> {
    let compared = cell.method != BASELINE && comparable(&cell.method, BASELINE, measure);
    let says_something = measure.of_summary(cell)[0] < trivial(results, measure);
    (compared && says_something)
        .then(|| results.gain(&cell.method, cell.n_events, BASELINE, measure))
        .flatten()
}

/// The methods that match the baseline, the thriftiest first; among equals the one that errs least at the smallest budget.
pub fn matches(results: &Results, measure: Measure) -> Vec<(&str, Match)> {
    let others = results.methods().into_iter().filter(|&method| method != BASELINE);
    let mut found: Vec<(&str, Match)> = others
        .filter(|method| comparable(method, BASELINE, measure))
        .filter_map(|method| Some((method, results.to_match(method, BASELINE, measure)?)))
        .collect();
    let least = results.budgets().first().copied().unwrap_or(0);
    let error = |method: &str| {
        results
            .summary(method, least)
            .map_or(f64::INFINITY, |cell| measure.of_summary(&cell)[0])
    };
    found.sort_by(|(a, found_a), (b, found_b)| {
        rank(found_b.gain)
            .total_cmp(&rank(found_a.gain))
            .then(error(a).total_cmp(&error(b)))
    });
    found
}

/// Orders gains; a gain that is only bounded from above counts as none.
fn rank(gain: Bounded) -> f64 {
    match gain {
        Bounded::LessThan(_) => 0.0,
        gain => gain.value(),
    }
}

/// A number with its standard error, of which two digits are shown: "0.512 ± 0.013"; "–" without one.
pub fn uncertain(mean: Mean) -> String {
    let Mean { value, standard_error } = mean;
    if !value.is_finite() || !standard_error.is_finite() {
        return "–".into();
    }
    if standard_error == 0.0 {
        return number(value, 3);
    }
    let decimals = (1.0 - standard_error.log10().floor()).clamp(0.0, 6.0) as usize;
    minus(&format!("{value:.decimals$} ± {standard_error:.decimals$}"))
}

/// A sentence as it stands in a page: it begins with a capital and ends with a full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}
