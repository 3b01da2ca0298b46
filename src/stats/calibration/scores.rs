//! Estimated log ratios of events that are weighted to two hypotheses.

use ndarray::{ArrayView1, Zip};

use motherlode_core::error::{Error, Result};

/// Smallest effective number of events of each hypothesis.
const FEWEST_EFFECTIVE: f64 = 100.0;

/// Log ratios of events, each with its weight as an event of θ0 and as one of θ1; in ascending order.
///
/// Events that were drawn from one hypothesis and know nothing of the other have one weight of zero. With gold every event has
/// both: what scatters with the label is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    sorted: Vec<Score>,
    effective: [f64; 2],
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    pub log_ratio: f64,
    /// Its weights; those of a hypothesis sum to its effective number of events, (Σw)²/Σw².
    pub weights: [f64; 2],
}

impl Score {
    /// Σw of both hypotheses.
    pub fn weight(&self) -> f64 {
        self.weights[0] + self.weights[1]
    }
}

impl Scores {
    /// Takes log ratios `[n]`, with the weights `[n]` of events of θ0, the numerator, and of θ1, of any scale.
    ///
    /// # Errors
    /// If a log ratio is NaN, a weight is negative or not finite, or fewer than 100 events remain of a hypothesis.
    pub fn new(log_ratio: ArrayView1<f64>, numerator: ArrayView1<f64>, denominator: ArrayView1<f64>) -> Result<Self> {
        if numerator.len() != log_ratio.len() || denominator.len() != log_ratio.len() {
            return Err(Error::usage(format!(
                "{} log ratios with {} and {} weights: give two for each",
                log_ratio.len(),
                numerator.len(),
                denominator.len()
            )));
        }
        if log_ratio.iter().any(|log| log.is_nan()) {
            return Err(Error::numerical(
                "an estimate that is not a number cannot be calibrated: evaluate the model to see for which events",
            ));
        }
        let scales = [scale(numerator, "numerator")?, scale(denominator, "denominator")?];
        let mut sorted = Vec::with_capacity(log_ratio.len());
        Zip::from(log_ratio)
            .and(numerator)
            .and(denominator)
            .for_each(|&log_ratio, above, below| {
                let weights = [above * scales[0].0, below * scales[1].0];
                if weights[0] + weights[1] > 0.0 {
                    sorted.push(Score { log_ratio, weights });
                }
            });
        sorted.sort_by(|a, b| a.log_ratio.total_cmp(&b.log_ratio));
        Ok(Self {
            sorted,
            effective: scales.map(|(_, effective)| effective),
        })
    }

    /// (Σw)²/Σw² of the numerator and of the denominator: as many unweighted events are worth as much.
    pub fn effective(&self) -> [f64; 2] {
        self.effective
    }

    pub(super) fn sorted(&self) -> &[Score] {
        &self.sorted
    }

    /// ⟨f⟩ under the numerator (0) or the denominator (1).
    pub(super) fn mean(&self, class: usize, f: impl Fn(f64) -> f64) -> f64 {
        let terms = self.sorted.iter().filter(|score| score.weights[class] > 0.0);
        let sum: f64 = terms.map(|score| score.weights[class] * f(score.log_ratio)).sum();
        sum / self.effective[class]
    }
}

/// The factor by which weights sum to their effective number, and that number.
fn scale(weights: ArrayView1<f64>, which: &str) -> Result<(f64, f64)> {
    let sum = weights.sum();
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    let effective = sum * sum / squares;
    let broken = weights.iter().any(|w| !(0.0..f64::INFINITY).contains(w));
    if broken || effective.is_nan() || effective < FEWEST_EFFECTIVE {
        return Err(Error::numerical(format!(
            "{} weighted events of the {which} are worth {effective:.0} events; a calibration needs {FEWEST_EFFECTIVE} at \
             least: draw more, or compare hypotheses that are closer to each other",
            weights.len()
        )));
    }
    Ok((sum / squares, effective))
}
