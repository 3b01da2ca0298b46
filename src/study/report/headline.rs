//! What the study found, in sentences.

use super::BASELINE;
use super::look::look;
use super::words::{about_events, count, matches, number, short, trivial, uncertain};
use crate::{Bounded, Match, Measure, Results, Summary};

/// Differences of fewer standard errors than this are not seen.
const SEEN: f64 = 2.0;

/// The finding of the study in a sentence, as plain text.
pub fn found(results: &Results) -> String {
    let measure = results.measure();
    let found = matches(results, measure);
    if let Some(&(method, found)) = found.first() {
        return unresolved(results, method, found).unwrap_or_else(|| headline_of(measure, &look(method).label, found));
    }
    let median = |cell: &Summary| measure.of_summary(cell)[0];
    let cells = results.summaries().into_iter().filter(|cell| median(cell).is_finite());
    match cells.min_by(|a, b| median(a).total_cmp(&median(b))) {
        Some(best) => format!(
            "The smallest {} of log r is {}, of {} with {} simulated events. There is nothing to compare it with: {} was not run next to another method.",
            short(measure),
            number(median(&best), 2),
            look(&best.method).label,
            count(best.n_events),
            look(BASELINE).label,
        ),
        None => format!("No training came to a finite {}.", short(measure)),
    }
}

/// What is to be said instead where the held-out events do not tell a method from the baseline.
fn unresolved(results: &Results, method: &str, found: Match) -> Option<String> {
    let difference = results.excess((BASELINE, found.n_baseline), (method, found.n_baseline))?;
    (difference.z_score(0.0).abs() < SEEN).then(|| {
        format!(
            "With {} simulated events held-out events do not tell {} from {}: their divergences differ by {} nats. Hold out more \
             events.",
            count(found.n_baseline),
            look(BASELINE).label,
            look(method).label,
            uncertain(difference)
        )
    })
}

/// Against what is measured, where it is not exact answers; plain text.
pub fn yardstick(results: &Results) -> Option<String> {
    let n = count(results.held_out.as_ref()?.n_events);
    let what = match &results.truth {
        None => format!(
            "There is no exact truth for {}: estimates are measured against the joint labels of {n} held-out events",
            results.simulator
        ),
        Some(_) => format!("Estimates are ordered by the joint labels of {n} held-out events, not by the exact truth"),
    };
    Some(format!(
        "{what}. These labels say which estimate is closer to the truth, and by how much; they do not say how far the closest \
         still is from it."
    ))
}

fn headline_of(measure: Measure, method: &str, found: Match) -> String {
    let baseline = look(BASELINE).label;
    let (n, error) = (count(found.n_baseline), number(found.error, 2));
    let mark = match measure {
        Measure::Excess => {
            format!("With {n} simulated events {baseline} is {error} nats from the closest estimate of all")
        }
        _ => format!("With {n} simulated events {baseline} reaches a mean squared error of log r of {error}"),
    };
    let events = about_events(found.needed.value());
    let factor = number(found.gain.value(), 2);
    match found.needed {
        Bounded::About(_) if found.gain.value() > 1.0 => {
            format!("{mark}; {method} needs about {events} for the same: {factor} times fewer.")
        }
        Bounded::LessThan(_) => {
            format!("{mark}; {method} needs less than {events} for the same: more than {factor} times fewer.")
        }
        _ => format!("{mark}; no other method gets there with fewer."),
    }
}

/// What is to be said if the baseline, with its largest budget, is no better than the answer log r = 0; plain text.
pub fn caution(results: &Results) -> Option<String> {
    let measure = results.measure();
    let (_, found) = *matches(results, measure).first()?;
    (found.error >= trivial(results, measure)).then(|| {
        format!(
            "Even with its largest budget {} is no better than the answer log r = 0, so this comparison says little: give it \
             more events.",
            look(BASELINE).label
        )
    })
}
