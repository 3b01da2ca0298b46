//! Reliability of the probabilities ŝ = 1/(1 + r̂).

use ndarray::{Array1, ArrayView1};
use serde::Serialize;

use super::divergence::softplus;
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::Mean;

/// Bins of the probability, of as many events each.
const BINS: usize = 20;

/// The probability ŝ(x) = 1/(1 + r̂(x)) that an event came from θ1, where both hypotheses are as probable, against the share of
/// events that did.
///
/// # Source
/// Cranmer, Pavez and Louppe, arXiv:1506.02169; Guo et al. 2017, arXiv:1706.04599, for the expected calibration error;
/// Nguyen and O'Connor 2015, arXiv:1508.05154, for bins of as many events each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// Bins of as many events each, ascending in ŝ.
    pub bins: Vec<ReliabilityBin>,
    /// The mean |share − ŝ| over bins: 0 for the exact ratio, as far as their number allows.
    pub calibration_error: f64,
    /// Error expected from chance alone: the mean standard error of a share.
    pub chance: f64,
    /// The mean squared error of ŝ against the labels (Brier 1950): the lowest for the exact ratio.
    pub brier: Mean,
    /// The binary cross-entropy: the lowest for the exact ratio, ln 2 for log r̂ = 0.
    pub cross_entropy: Mean,
    /// E_θ1\[r̂\]: 1 for the exact ratio.
    pub mean_ratio: Mean,
    /// E_θ0\[1/r̂\]: 1 for the exact ratio.
    pub mean_inverse: Mean,
}

/// Events whose ŝ is in one bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Mean ŝ.
    pub said: f64,
    /// Share of them from θ1.
    pub found: Mean,
    /// Their share of all events.
    pub probability: f64,
}

impl Reliability {
    /// Of log ratios `[n]`, with what each event counts as one of θ0 and as one of θ1, `[n]`, of any scale.
    ///
    /// # Errors
    /// If the lengths differ, or a hypothesis has no events.
    pub fn new(log_ratio: &Array1<f64>, numerator: ArrayView1<f64>, denominator: ArrayView1<f64>) -> Result<Self> {
        Self::of_rows(log_ratio, numerator, denominator, None)
    }

    /// As [`new`](Self::new), with errors for events that are draws of stored rows: `rows` numbers them, `[n]`, and draws of one row fluctuate
    /// together.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_rows(
        log_ratio: &Array1<f64>,
        numerator: ArrayView1<f64>,
        denominator: ArrayView1<f64>,
        rows: Option<&[usize]>,
    ) -> Result<Self> {
        let (above, below) = (numerator.sum(), denominator.sum());
        let n = log_ratio.len();
        if numerator.len() != n || denominator.len() != n || !(above > 0.0 && below > 0.0) {
            return Err(Error::data(format!(
                "reliability of {n} log ratios with weights that sum to {above} and {below}: there must be events of both \
                 hypotheses"
            )));
        }
        // Both hypotheses count alike.
        let mut events: Vec<Event> = (0..n)
            .map(|i| Event {
                log_ratio: log_ratio[i],
                weights: [0.5 * numerator[i] / above, 0.5 * denominator[i] / below],
                row: rows.map(|rows| rows[i]),
            })
            .collect();
        events.sort_by(|a, b| b.log_ratio.total_cmp(&a.log_ratio));
        let bins: Vec<ReliabilityBin> = bins(&events).map(of_bin).collect();
        let apart = bins
            .iter()
            .map(|bin| bin.probability * (bin.found.value - bin.said).abs());
        Ok(Self {
            calibration_error: apart.sum(),
            chance: bins
                .iter()
                .map(|bin| bin.probability * bin.found.standard_error)
                .filter(|e| e.is_finite())
                .sum(),
            brier: mean(&events, |s| s * s, |s| (1.0 - s).powi(2)),
            cross_entropy: ratio_of_sums(&events, |event| {
                let lost = event.weights[0] * softplus(-event.log_ratio) + event.weights[1] * softplus(event.log_ratio);
                (lost, event.weight())
            }),
            mean_ratio: weighted(&events, 1, f64::exp),
            mean_inverse: weighted(&events, 0, |log| (-log).exp()),
            bins,
        })
    }
}

struct Event {
    log_ratio: f64,
    weights: [f64; 2],
    /// The stored row that it was drawn from.
    row: Option<usize>,
}

impl Event {
    fn weight(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// ŝ.
    fn said(&self) -> f64 {
        1.0 / (1.0 + self.log_ratio.exp())
    }
}

/// Events in bins of about equal weight; those of one log r̂ stay together.
fn bins(events: &[Event]) -> impl Iterator<Item = &[Event]> {
    let mut below = 0.0;
    let mut number = 0;
    let mut last = f64::NAN;
    let mut bin_of = move |event: &Event| {
        if event.log_ratio != last {
            number = ((below * BINS as f64) as usize).min(BINS - 1);
        }
        last = event.log_ratio;
        below += event.weight();
        number
    };
    let numbers: Vec<usize> = events.iter().map(&mut bin_of).collect();
    let mut from = 0;
    let ends: Vec<usize> = numbers.chunk_by(|a, b| a == b).map(<[usize]>::len).collect();
    ends.into_iter().map(move |length| {
        from += length;
        &events[from - length..from]
    })
}

fn of_bin(events: &[Event]) -> ReliabilityBin {
    let probability: f64 = events.iter().map(Event::weight).sum();
    ReliabilityBin {
        said: events.iter().map(|event| event.weight() * event.said()).sum::<f64>() / probability,
        found: ratio_of_sums(events, |event| (event.weights[1], event.weight())),
        probability,
    }
}

/// The mean of `numerator`(ŝ) over events of θ0 and of `denominator`(ŝ) over those of θ1.
fn mean(events: &[Event], numerator: impl Fn(f64) -> f64 + Clone, denominator: impl Fn(f64) -> f64 + Clone) -> Mean {
    let term = |event: &Event| {
        let s = event.said();
        let lost = event.weights[0] * numerator(s) + event.weights[1] * denominator(s);
        (lost, event.weight())
    };
    ratio_of_sums(events, term)
}

/// ⟨a⟩/⟨b⟩ over events, or over rows where they are known.
fn ratio_of_sums<'e>(
    events: impl IntoIterator<Item = &'e Event, IntoIter: Clone>,
    term: impl Fn(&Event) -> (f64, f64) + Clone,
) -> Mean {
    let events = events.into_iter();
    let rows: Option<Vec<usize>> = events.clone().map(|event| event.row).collect();
    let terms = events.map(term);
    match rows {
        Some(rows) => Mean::ratio_of_rows(terms, &rows),
        None => Mean::ratio_of_sums(terms),
    }
}

/// ⟨f(log r̂)⟩ of one hypothesis; an event that it makes impossible does not count, whatever f is.
fn weighted(events: &[Event], class: usize, f: impl Fn(f64) -> f64 + Clone) -> Mean {
    let possible = events.iter().filter(|event| event.weights[class] != 0.0);
    ratio_of_sums(possible, |event| {
        (event.weights[class] * f(event.log_ratio), event.weights[class])
    })
}
