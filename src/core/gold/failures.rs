//! Shares of failed runs by hypothesis: where they differ, events that succeeded are a selection that depends on θ.

use super::Design;
use crate::check::{Check, Outcome};
use crate::format::{point, ranges};
use crate::parameter_box::ParameterBox;

/// Parts that the range of each parameter is divided into.
const PARTS: usize = 3;
/// Deviations in standard errors beyond which a difference of shares is doubtful, and beyond which it is certain.
const STANDARD_ERRORS: [f64; 2] = [3.0, 4.0];
/// Fewest runs of a part whose share is compared.
const FEWEST_RUNS: u64 = 20;

/// Parts of the hypotheses in which failed runs are counted: those of the numerator, those of the denominator, and thirds of the range of
/// each parameter of the numerator.
#[derive(Debug, Clone)]
pub(crate) struct Regions {
    theta0: Option<Vec<f64>>,
    theta1: Option<Vec<f64>>,
    bulk: Option<ParameterBox>,
}

impl Regions {
    pub(crate) fn new(design: &Design, n_parameters: usize) -> Self {
        let theta0 = match design {
            Design::Pair { theta0: theta, .. } | Design::Reference { theta } => Some(theta.clone()),
            Design::Prior { .. } | Design::Mixture { .. } | Design::Joint { .. } => None,
        };
        Self {
            theta0,
            theta1: design.theta1().map(<[f64]>::to_vec),
            bulk: design.prior().and_then(|prior| prior.bulk(n_parameters)),
        }
    }

    /// Number of regions.
    pub(crate) fn len(&self) -> usize {
        2 + PARTS * self.edges().len()
    }

    /// Adds `n` to the counts of all regions that an event belongs to.
    pub(crate) fn add<'a>(&self, y: f64, theta0: impl IntoIterator<Item = &'a f64>, n: u64, counts: &mut Vec<u64>) {
        counts.resize(self.len(), 0);
        if y == 1.0 {
            counts[1] += n;
            return;
        }
        counts[0] += n;
        for (k, (&value, &(low, high))) in theta0.into_iter().zip(self.edges()).enumerate() {
            if high > low {
                let part = ((value - low) / (high - low) * PARTS as f64).clamp(0.0, PARTS as f64 - 1.0) as usize;
                counts[2 + PARTS * k + part] += n;
            }
        }
    }

    fn edges(&self) -> &[(f64, f64)] {
        self.bulk.as_ref().map_or(&[], ParameterBox::edges)
    }

    /// A region in words.
    fn name(&self, region: usize, parameters: &[String]) -> String {
        match (region, &self.theta0, &self.theta1) {
            (0, Some(theta), _) => format!("θ0 = {}", point(theta)),
            (0, None, _) => "all θ0".into(),
            (1, _, Some(theta)) => format!("θ1 = {}", point(theta)),
            (1, _, None) => "the denominator".into(),
            (region, ..) => {
                let (k, part) = ((region - 2) / PARTS, (region - 2) % PARTS);
                let (low, high) = self.edges()[k];
                let edge = |j: usize| low + (high - low) * j as f64 / PARTS as f64;
                let name = parameters.get(k).map_or("theta", String::as_str);
                format!("{name} from {}", ranges(&[(edge(part), edge(part + 1))]))
            }
        }
    }
}

/// Runs and failed runs of a part of the hypotheses.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FailureShare {
    /// The part in words.
    pub hypotheses: String,
    /// Number of runs.
    pub n_runs: u64,
    /// Number of those that failed.
    pub n_failed: u64,
}

impl FailureShare {
    /// Share of runs that failed.
    pub fn share(&self) -> f64 {
        self.n_failed as f64 / self.n_runs as f64
    }

    /// ln of the share of runs that succeeded, and its variance; the error of none and of all is that of one run.
    fn log_success(&self) -> (f64, f64) {
        let (n, failed) = (self.n_runs as f64, self.n_failed as f64);
        let success = ((n - failed).max(0.5) / n).ln();
        (success, failed.max(0.5) / (n * (n - failed).max(0.5)))
    }
}

/// Shares of failed runs by hypothesis.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Failures {
    /// The shares: of all θ0, of the denominator, and of the thirds of the ranges of parameters, where there are runs.
    pub shares: Vec<FailureShare>,
    /// Number of runs.
    pub n_runs: u64,
    /// Number of failed runs.
    pub n_failed: u64,
}

/// Largest difference of ln(share of runs that succeed) between two parts of the hypotheses.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SelectionBias {
    /// The difference: by this, ln r of an event that succeeded differs from that given success.
    pub log_ratio: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The two parts.
    pub between: [FailureShare; 2],
}

impl Failures {
    pub(crate) fn new(regions: &Regions, n_runs: &[u64], n_failed: &[u64], parameters: &[String]) -> Self {
        let failed = |region: usize| n_failed.get(region).copied().unwrap_or(0);
        let shares = n_runs.iter().enumerate().filter(|(_, runs)| **runs > 0);
        let shares = shares.map(|(region, &n_runs)| FailureShare {
            hypotheses: regions.name(region, parameters),
            n_runs,
            n_failed: failed(region),
        });
        Self {
            shares: shares.collect(),
            n_runs: n_runs.iter().take(2).sum(),
            n_failed: failed(0) + failed(1),
        }
    }

    /// Runs at two hypotheses, with their names.
    pub(crate) fn between(runs: [(&str, u64, u64); 2]) -> Self {
        let share = |(name, n_runs, n_failed): (&str, u64, u64)| FailureShare {
            hypotheses: name.into(),
            n_runs,
            n_failed,
        };
        Self {
            shares: runs.map(share).into(),
            n_runs: runs.iter().map(|run| run.1).sum(),
            n_failed: runs.iter().map(|run| run.2).sum(),
        }
    }

    /// Share of runs that failed.
    pub fn share(&self) -> f64 {
        self.n_failed as f64 / self.n_runs as f64
    }

    /// The most significant difference between two parts, if there are two with enough runs.
    pub fn bias(&self) -> Option<SelectionBias> {
        let judged: Vec<&FailureShare> = self.shares.iter().filter(|one| one.n_runs >= FEWEST_RUNS).collect();
        let pairs = judged
            .iter()
            .enumerate()
            .flat_map(|(i, a)| judged[i + 1..].iter().map(move |b| (*a, *b)));
        let differences = pairs.map(|(a, b)| {
            let ((log_a, var_a), (log_b, var_b)) = (a.log_success(), b.log_success());
            SelectionBias {
                log_ratio: log_a - log_b,
                standard_error: (var_a + var_b).sqrt(),
                between: [a.clone(), b.clone()],
            }
        });
        differences.max_by(|a, b| a.z_score().abs().total_cmp(&b.z_score().abs()))
    }

    /// The difference as a check: doubtful beyond three standard errors, failed beyond four.
    pub fn check(&self, name: &str, remedy: &str) -> Option<Check> {
        let bias = self.bias()?;
        let z = bias.z_score().abs();
        let [chance, doubt] = STANDARD_ERRORS;
        let check = Check::new(name, bias.log_ratio, 0.0).with_standard_error(bias.standard_error);
        let check = check.with_events(self.n_runs).with_note(self.to_string());
        Some(check.with_outcome(Outcome::new(z > chance, z > doubt), remedy))
    }

    /// The bias, if it is beyond chance.
    pub fn significant_bias(&self) -> Option<SelectionBias> {
        self.bias().filter(|bias| bias.z_score().abs() > STANDARD_ERRORS[0])
    }
}

impl SelectionBias {
    /// The difference in standard errors.
    pub fn z_score(&self) -> f64 {
        self.log_ratio / self.standard_error
    }
}

impl std::fmt::Display for SelectionBias {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b] = &self.between;
        write!(
            f,
            "ln(share that succeeds for {} / for {}) = {}",
            a.hypotheses,
            b.hypotheses,
            crate::format::value_with_error(self.log_ratio, self.standard_error)
        )
    }
}

impl std::fmt::Display for Failures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let one = |share: &FailureShare| format!("{:.3} % for {}", 100.0 * share.share(), share.hypotheses);
        f.write_str(&self.shares.iter().map(one).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prior::Prior;

    /// 50 % against 25 % of 1000 runs each: ln(0.5/0.75) = −0.405 with the error √(0.5/500 + 0.25/750) = 0.0365.
    #[test]
    fn a_difference_has_its_binomial_error() {
        let failures = Failures::between([("θ0 = 1", 1000, 500), ("θ1 = 0", 1000, 250)]);
        let bias = failures.significant_bias().unwrap();
        assert!((bias.log_ratio + 0.405_465).abs() < 1e-6 && (bias.standard_error - 0.036_515).abs() < 1e-6);
        let check = failures.check("accepted", "keep them").unwrap();
        assert_eq!(
            (check.outcome, check.remedy.as_deref()),
            (Outcome::Fail, Some("keep them"))
        );
        let alike = Failures::between([("θ0 = 1", 1000, 250), ("θ1 = 0", 1000, 260)]);
        assert_eq!(alike.significant_bias(), None);
    }

    /// The shares that the inference of a data set depends on are named.
    #[test]
    fn thirds_of_a_prior_are_told_apart() {
        let design = Design::Prior {
            prior: Prior::uniform([(-3.0, 3.0)]).unwrap(),
            theta1: vec![0.0],
        };
        let regions = Regions::new(&design, 1);
        let (mut runs, mut failed) = (vec![], vec![]);
        for (theta, n_failed) in [(-3.0, 10), (-1.0, 20), (0.5, 30), (3.0, 90)] {
            regions.add(0.0, &[theta], 100, &mut runs);
            regions.add(0.0, &[theta], n_failed, &mut failed);
        }
        regions.add(1.0, &[0.0], 400, &mut runs);
        let failures = Failures::new(&regions, &runs, &failed, &["a".into()]);
        let words = failures.to_string();
        assert_eq!(
            words,
            "37.500 % for all θ0, 0.000 % for θ1 = 0, 10.000 % for a from -3 to -1, 25.000 % for a from -1 to 1, 90.000 % for a from 1 to 3"
        );
    }
}
