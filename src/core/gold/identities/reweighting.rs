//! Events of one hypothesis, reweighted by the joint ratio, against those of another.

use statrs::function::erf::erfc_inv;

use super::checks::{Fault, Identity, mean};
use super::events::{Events, Ratio};
use crate::check::{Check, Outcome, decides};
use crate::mean::{Mean, effective_sample_size};

/// Quantiles of an observable whose cumulative shares are compared.
const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];
/// Quantiles to which observables are cut before means and variances are taken, so that these have standard errors.
const TAILS: (f64, f64) = (0.005, 0.995);
/// Probabilities, over all comparisons, of a doubt and of a failure by chance.
const BY_CHANCE: (f64, f64) = (1e-2, 1e-5);
/// Fewest events on each side of a quantile, so that a share has a standard error.
const FEWEST: usize = 30;
/// Events that tell how many a comparison would have, and the smallest share of them that it needs.
const PILOT: (usize, f64) = (200, 0.2);

/// An observation with the weight that makes the two hypotheses alike.
type Weighted = (Vec<f64>, f64);

/// Returns true if events of `theta` still count when they are reweighted to what both hypotheses have in common.
pub(in crate::gold) fn comparable(events: &Events) -> bool {
    let n = events.n_events.min(PILOT.0);
    let weights = events.mined(n, |gold| Ok(common(events.ratio(&gold.memory, gold.weight)?, false)));
    weights.is_ok_and(|weights| effective_sample_size(weights) >= PILOT.1 * n as f64)
}

/// Compares the distribution of each observable in events of `theta`, with weights r⁻¹/(1 + r⁻¹), and of `theta1`, with weights r/(1 + r).
///
/// Both are p₀p₁/(p₀ + p₁) up to a constant. Unlike r, these weights are bounded, so that all means have standard errors. The constant
/// is divided out: where runs are discarded, it is not the same.
pub(in crate::gold) fn reweighting(events: &Events) -> Result<Vec<Check>, Fault> {
    let above: Vec<Weighted> = events.mined(events.n_events, |gold| {
        let ratio = events.ratio(&gold.memory, gold.weight)?;
        Ok((gold.x, common(ratio, false)))
    })?;
    let below = events.denominator()?;
    let below: Vec<Weighted> = below.into_iter().map(|(x, ratio)| (x, common(ratio, true))).collect();
    if ![&above, &below].into_iter().all(|sample| is_decided(sample)) {
        return Ok(Vec::new());
    }
    let features: Vec<Vec<Feature>> = (0..events.observables.len())
        .map(|j| features(j, &above, &below))
        .collect();
    let n = features.iter().map(Vec::len).sum();
    let checks = features.iter().zip(&events.observables);
    Ok(checks.map(|(features, name)| worst(features, name, n)).collect())
}

/// p₁/(p₀ + p₁) for an event of the numerator, p₀/(p₀ + p₁) for one of the denominator, with the weight of the event.
fn common(ratio: Ratio, of_denominator: bool) -> f64 {
    match of_denominator {
        true => ratio.weight * ratio.sign / (1.0 + ratio.log.exp().recip()),
        false => ratio.weight / (1.0 + ratio.log.exp()),
    }
}

fn is_decided(sample: &[Weighted]) -> bool {
    let effective = effective_sample_size(sample.iter().map(|(_, weight)| *weight));
    decides(effective, sample.len() as f64)
}

/// A function of an observable, with its means over both samples.
struct Feature {
    name: String,
    difference: Mean,
}

fn features(j: usize, above: &[Weighted], below: &[Weighted]) -> Vec<Feature> {
    let mut sorted: Vec<f64> = above.iter().chain(below).map(|(x, _)| x[j]).collect();
    sorted.sort_by(f64::total_cmp);
    let quantile = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize];
    let (low, middle, high) = (quantile(TAILS.0), quantile(0.5), quantile(TAILS.1));
    if low == high {
        return Vec::new(); // a constant has nothing to compare
    }
    let feature = |name: String, f: &dyn Fn(f64) -> f64| {
        let of = |sample: &[Weighted]| Mean::weighted(sample.iter().map(|(x, weight)| (f(x[j]), *weight)));
        let (above, below) = (of(above), of(below));
        let difference = Mean {
            value: above.value - below.value,
            standard_error: above.standard_error.hypot(below.standard_error),
        };
        Feature { name, difference }
    };
    let cut = |x: f64| x.clamp(low, high) - middle;
    let mut all = vec![
        feature("mean".into(), &cut),
        feature("variance".into(), &|x| cut(x).powi(2)),
    ];
    let mut edges: Vec<f64> = QUANTILES.map(quantile).into();
    edges.dedup();
    edges.retain(|edge| {
        let below = sorted.partition_point(|x| x <= edge);
        below.min(sorted.len() - below) >= FEWEST
    });
    all.extend(edges.into_iter().map(|edge| {
        let name = format!("share up to {}", crate::format::number(edge, 4));
        feature(name, &|x| f64::from(u8::from(x <= edge)))
    }));
    all
}

/// The check of an observable: that of its feature that differs most, of `n` features that are compared in all.
fn worst(features: &[Feature], observable: &str, n: usize) -> Check {
    let errors = |feature: &Feature| {
        let Mean { value, standard_error } = feature.difference;
        if value == 0.0 {
            0.0
        } else {
            value.abs() / standard_error
        }
    };
    let Some(worst) = features.iter().max_by(|a, b| errors(a).total_cmp(&errors(b))) else {
        return mean(
            Identity::Reweighting,
            observable,
            Mean {
                value: 0.0,
                standard_error: 0.0,
            },
            0.0,
        );
    };
    // Two-sided, and divided among the comparisons (Bonferroni).
    let limit = |by_chance: f64| std::f64::consts::SQRT_2 * erfc_inv(by_chance / n as f64);
    let outcome = Outcome::new(errors(worst) > limit(BY_CHANCE.0), errors(worst) > limit(BY_CHANCE.1));
    let check = Check::from_mean(Identity::Reweighting.name(), worst.difference, 0.0).with_subject(observable);
    let note = format!(
        "the {} of `{observable}` differs by {:.1} standard errors between events that are reweighted and events that are simulated",
        worst.name,
        errors(worst)
    );
    let note = if outcome == Outcome::Pass { String::new() } else { note };
    check
        .with_outcome(outcome, Identity::Reweighting.remedy())
        .with_note(note)
}
