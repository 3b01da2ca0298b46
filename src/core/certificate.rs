//! Certificates: what an examination on held-out data found of a trained estimator.
//!
//! Training makes them, model files hold them, and whatever prints an interval repeats them.

mod ranges;

use serde::{Deserialize, Serialize};

use crate::format::{number, percent, percent_with_error};
use crate::mean::Mean;
pub use ranges::{ObservableRanges, OutsideRanges};

/// Probability of a coverage so low by chance, below which regions count as too small: three standard errors, one-sided.
const CHANCE: f64 = 0.001_35;
/// Probability of a coverage so low by chance, below which it is doubtful that regions are large enough: one in twenty.
const DOUBTFUL: f64 = 0.05;
/// Largest share of data sets without a decision for a verdict.
const MOST_UNDECIDED: f64 = 0.5;

/// Result of the examination that ends a training.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Means over the held-out events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOutMeans>,
    /// Coverage of credible regions for data sets of different sizes, ascending.
    #[serde(default)]
    pub coverage: Vec<SizeCoverage>,
    /// Reason why coverage was not measured, or only for single events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limitation: Option<String>,
    /// Ranges of the observables in the training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<ObservableRanges>,
}

/// Means over held-out events whose value is known for the exact answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldOutMeans {
    /// Mean ratio under the denominator; 1 for the exact ratio.
    pub mean_ratio: Option<Mean>,
    /// Mean inverse ratio under the numerator; 1 for the exact ratio.
    pub mean_inverse: Option<Mean>,
    /// Mean score of each parameter, `[p]`; 0 for the exact score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean_score: Vec<Mean>,
    /// Root mean square score of the network for each parameter, `[p]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub score_size: Vec<f64>,
    /// Cross-entropy; ln 2 for an estimator that says nothing.
    pub cross_entropy: Option<Mean>,
    /// Cross-entropy of log r = 0 minus that of the network, event by event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain: Option<Mean>,
    /// Mean difference between predicted and found class shares.
    pub calibration_error: Option<f64>,
    /// Difference expected from chance alone.
    pub calibration_chance: Option<f64>,
}

/// Coverage for data sets of one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeCoverage {
    /// Number of events in each data set.
    pub events: usize,
    /// Number of data sets whose posterior was resolved.
    pub data_sets: usize,
    /// Number of other data sets, whose posterior had too few effective draws.
    pub undecided: usize,
    /// Coverage at each credible level.
    pub regions: Vec<RegionCoverage>,
}

/// Coverage of credible regions of one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegionCoverage {
    /// Credible level.
    pub level: f64,
    /// Number of data sets whose region contains the truth.
    pub covered: usize,
    /// Number of data sets.
    pub of: usize,
}

impl Certificate {
    /// Returns the entry whose data sets are nearest in size to `events`, by ratio, of those with a verdict if there are any; none if no
    /// coverage was measured.
    pub fn nearest(&self, events: f64) -> Option<&SizeCoverage> {
        self.coverage.iter().min_by(|a, b| {
            let undecided = a.is_undecided().cmp(&b.is_undecided());
            undecided.then(a.distance(events).total_cmp(&b.distance(events)))
        })
    }

    /// Returns the entries whose regions are too small.
    pub fn too_small(&self) -> Vec<SizeCoverage> {
        self.coverage
            .iter()
            .filter(|entry| entry.is_too_small())
            .cloned()
            .collect()
    }
}

impl SizeCoverage {
    /// Counts ranks of truths among posterior draws; `undecided` data sets have none.
    pub fn new(events: usize, ranks: &[f64], undecided: usize, levels: &[f64]) -> Self {
        let region = |&level: &f64| RegionCoverage {
            level,
            covered: ranks.iter().filter(|rank| **rank < level).count(),
            of: ranks.len(),
        };
        Self {
            events,
            data_sets: ranks.len(),
            undecided,
            regions: levels.iter().map(region).collect(),
        }
    }

    /// Distance of the size of the data sets from this number of events, |ln| of their ratio.
    pub fn distance(&self, events: f64) -> f64 {
        (events.max(1.0) / self.events.max(1) as f64).ln().abs()
    }

    /// Says that intervals are too narrow, and what to use instead.
    ///
    /// `intervals` is the subject with its verb: "intervals of this network are". `first_remedy` precedes those that always help.
    pub fn too_narrow(coverage: &[Self], intervals: &str, first_remedy: &str) -> String {
        let each: Vec<String> = coverage.iter().map(Self::to_string).collect();
        format!(
            "{intervals} too narrow, {}: use {first_remedy}intervals by toys (`infer --toys`), more events or another method",
            each.join("; ")
        )
    }

    /// Returns true if too many data sets have no resolved posterior for a verdict.
    pub fn is_undecided(&self) -> bool {
        self.undecided as f64 > MOST_UNDECIDED * (self.data_sets + self.undecided) as f64
    }

    /// Returns true if a coverage is below its level by more than chance.
    pub fn is_too_small(&self) -> bool {
        !self.is_undecided() && self.regions.iter().any(RegionCoverage::is_too_small)
    }

    /// Returns true if a coverage is so low that more data sets are needed to tell whether that is chance.
    pub fn is_doubtful(&self) -> bool {
        !self.is_too_small() && self.regions.iter().any(RegionCoverage::is_doubtful)
    }

    /// The region of this level, if it was examined.
    pub fn at(&self, level: f64) -> Option<&RegionCoverage> {
        self.regions.iter().find(|region| (region.level - level).abs() < 1e-9)
    }
}

impl RegionCoverage {
    /// Share of data sets whose region contains the truth.
    pub fn coverage(&self) -> f64 {
        self.covered as f64 / self.of.max(1) as f64
    }

    /// Interval of one standard error (Wilson 1927), which does not shrink to a point at 0 and 1.
    pub fn interval(&self) -> (f64, f64) {
        let n = self.of.max(1) as f64;
        let p = self.coverage();
        let centre = (p + 0.5 / n) / (1.0 + 1.0 / n);
        let half = (p * (1.0 - p) / n + 0.25 / (n * n)).sqrt() / (1.0 + 1.0 / n);
        ((centre - half).max(0.0), (centre + half).min(1.0))
    }

    /// Half of the [`interval`](Self::interval).
    pub fn standard_error(&self) -> f64 {
        let (low, high) = self.interval();
        0.5 * (high - low)
    }

    /// Returns true if the coverage is below the level by more than three standard errors: exactly, by the binomial distribution.
    pub fn is_too_small(&self) -> bool {
        self.chance() < CHANCE
    }

    /// Returns true if so low a coverage is rare by chance.
    pub fn is_doubtful(&self) -> bool {
        self.chance() < DOUBTFUL
    }

    /// Probability of a coverage so low or lower, if the regions are right.
    fn chance(&self) -> f64 {
        match self.of {
            0 => 1.0,
            of => binomial_at_most(self.covered, of, self.level),
        }
    }
}

/// Probability of `k` successes or fewer among `n`.
fn binomial_at_most(k: usize, n: usize, p: f64) -> f64 {
    let mut log_term = n as f64 * (1.0 - p).ln();
    let mut sum = log_term.exp();
    for i in 0..k.min(n) {
        log_term += ((n - i) as f64 / (i + 1) as f64).ln() + (p / (1.0 - p)).ln();
        sum += log_term.exp();
    }
    sum.min(1.0)
}

impl std::fmt::Display for RegionCoverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let covers = percent_with_error(self.coverage(), self.standard_error());
        write!(f, "regions of {} cover {covers}", percent(self.level))
    }
}

impl std::fmt::Display for SizeCoverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let size = match self.events {
            1 => "single events".to_owned(),
            n => format!("data sets of {n} events"),
        };
        if self.is_undecided() {
            let all = self.data_sets + self.undecided;
            return write!(
                f,
                "for {size}, {} of {all} posteriors were not resolved",
                self.undecided
            );
        }
        let regions: Vec<String> = self.regions.iter().map(RegionCoverage::to_string).collect();
        write!(f, "for {size}, {}", regions.join(" and "))?;
        match self.undecided {
            0 => Ok(()),
            1 => write!(f, " (1 more data set was not resolved)"),
            n => write!(f, " ({n} more data sets were not resolved)"),
        }
    }
}

impl std::fmt::Display for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let means = self.held_out.iter().flat_map(HeldOutMeans::lines);
        let coverage = self.coverage.iter().map(SizeCoverage::to_string);
        let lines: Vec<String> = means.chain(coverage).chain(self.limitation.clone()).collect();
        write!(f, "certificate, from held-out data:\n    {}", lines.join("\n    "))
    }
}

impl HeldOutMeans {
    fn lines(&self) -> Vec<String> {
        let with_error = |mean: Mean| format!("{} ± {}", number(mean.value, 4), number(mean.standard_error, 2));
        let line = |name: &str, mean: Option<Mean>, exact: &str| {
            mean.map(|mean| format!("{name} {} ({exact})", with_error(mean)))
        };
        let scores: Vec<String> = self.mean_score.iter().map(|mean| with_error(*mean)).collect();
        let score = (!scores.is_empty()).then(|| format!("mean score {} (exactly 0)", scores.join(", ")));
        let calibration = self.calibration_error.zip(self.calibration_chance);
        let calibration = calibration.map(|(found, chance)| {
            let [found, chance] = [found, chance].map(|value| number(value, 2));
            format!("class shares are off by {found} on average (by {chance} by chance)")
        });
        [
            line("mean ratio under the denominator", self.mean_ratio, "exactly 1"),
            line("mean inverse ratio under the numerator", self.mean_inverse, "exactly 1"),
            line(
                "cross-entropy",
                self.cross_entropy,
                "0.6931 for a network that says nothing",
            ),
            score,
            calibration,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(covered: usize, of: usize, level: f64) -> RegionCoverage {
        RegionCoverage { level, covered, of }
    }

    /// Binomial probabilities by hand, and the interval of Wilson for 7 of 10 as tabulated.
    #[test]
    fn tails_and_intervals_are_those_of_a_textbook() {
        assert!((binomial_at_most(1, 3, 0.5) - 0.5).abs() < 1e-12);
        assert!((binomial_at_most(0, 4, 0.25) - 0.75_f64.powi(4)).abs() < 1e-12);
        assert!((binomial_at_most(200, 200, 0.95) - 1.0).abs() < 1e-9);
        let (low, high) = region(5, 10, 0.5).interval();
        assert!((low + high - 1.0).abs() < 1e-12 && (high - low) / 2.0 < 0.16);
        assert!(region(100, 100, 0.95).standard_error() > 0.0);
    }

    #[test]
    fn only_a_coverage_below_the_level_is_too_small() {
        assert!(region(28, 100, 0.68).is_too_small());
        assert!(!region(60, 100, 0.68).is_too_small());
        assert!(!region(100, 100, 0.68).is_too_small());
        let entry = SizeCoverage::new(100, &[0.9; 100], 150, &[0.68]);
        assert!(entry.is_undecided() && !entry.is_too_small());
    }

    #[test]
    fn the_nearest_size_is_chosen_by_ratio() {
        let coverage = [1, 10, 100].map(|events| SizeCoverage::new(events, &[0.5], 0, &[0.68]));
        let certificate = Certificate {
            coverage: coverage.to_vec(),
            ..Certificate::default()
        };
        let nearest = |n: f64| certificate.nearest(n).unwrap().events;
        assert_eq!([0.0, 3.0, 4.0, 40.0, 1e6].map(nearest), [1, 1, 10, 100, 100]);
        assert!(Certificate::default().nearest(1.0).is_none());
        // What was not resolved for 100 events may have been measured for 10.
        let coverage = vec![
            SizeCoverage::new(10, &[0.5], 0, &[0.68]),
            SizeCoverage::new(100, &[0.5], 9, &[0.68]),
        ];
        let certificate = Certificate {
            coverage,
            ..Certificate::default()
        };
        assert_eq!(certificate.nearest(100.0).unwrap().events, 10);
    }

    #[test]
    fn files_come_back() {
        let certificate = Certificate {
            held_out: Some(HeldOutMeans::default()),
            coverage: vec![SizeCoverage::new(10, &[0.1, 0.7], 1, &[0.68, 0.95])],
            limitation: None,
            ranges: ObservableRanges::new(ndarray::array![[1.0, f64::NAN], [2.5, f64::NAN]].view()),
        };
        let json = serde_json::to_string(&certificate).unwrap();
        assert_eq!(serde_json::from_str::<Certificate>(&json).unwrap(), certificate);
        assert_eq!(
            certificate.coverage[0].to_string(),
            "for data sets of 10 events, regions of 68 % cover 50 % (± 29 %) and regions of 95 % cover 100 % (± 17 %) \
             (1 more data set was not resolved)"
        );
    }
}
