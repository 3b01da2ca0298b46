//! Monte Carlo errors of the bins of a histogram in its likelihood.

use ndarray::{Array1, ArrayView1};

use crate::binned::BinnedEvents;
use motherlode_core::error::Result;

/// Iterations for the normalisation of a histogram whose number of events is no data.
const ITERATIONS: usize = 50;
/// Relative change of the normalisation at which it has converged.
const CONVERGED: f64 = 1e-13;

/// Adds to ln L what the Monte Carlo errors of the bins allow: each bin has a factor γ of its own, with a Gaussian constraint 1 ± δ, where
/// δ is the relative Monte Carlo error √Σw²/Σw of the bin at the hypothesis, and all factors are profiled.
///
/// # Source
/// Barlow and Beeston 1993, Comput. Phys. Commun. 77, 219, in the light form of Conway 2011, arXiv:1103.0354, which is `staterror` in pyhf.
pub(super) struct TemplateErrors<'a> {
    pub(super) histogram: &'a BinnedEvents<'a>,
    /// Numbers of events in all bins, `[bins]`.
    pub(super) counts: Array1<f64>,
    /// Luminosity in 1/pb; `None` if the number of events is no data.
    pub(super) luminosity: Option<f64>,
}

impl TemplateErrors<'_> {
    /// ln L with profiled factors minus ln L without factors, at θ.
    pub(super) fn at(&self, theta: &[f64]) -> Result<f64> {
        let sections = self.histogram.cross_sections(theta)?;
        let effective = self.histogram.effective(theta)?;
        let errors = effective.mapv(|n| if n > 0.0 { n.powf(-0.5) } else { 0.0 });
        Ok(match self.luminosity {
            Some(luminosity) => gain(self.counts.view(), (sections * luminosity).view(), errors.view()),
            None => {
                let expected = &sections * (self.counts.sum() / sections.sum());
                gain_of_shape(self.counts.view(), expected.view(), errors.view())
            }
        })
    }
}

/// Σ over bins of max_γ [n ln γ − (γ − 1) ν − (γ − 1)²/(2δ²)].
fn gain(counts: ArrayView1<f64>, expected: ArrayView1<f64>, errors: ArrayView1<f64>) -> f64 {
    let bins = counts.iter().zip(expected).zip(errors);
    bins.map(|((&n, &nu), &delta)| {
        let gamma = factor(n, nu, delta);
        let events = if n > 0.0 { n * gamma.ln() } else { 0.0 };
        let pull = if delta > 0.0 { (gamma - 1.0) / delta } else { 0.0 };
        events - (gamma - 1.0) * nu - 0.5 * pull * pull
    })
    .sum()
}

/// As [`gain`], where a common factor of all bins is free: their sum of γν stays at the number of events.
fn gain_of_shape(counts: ArrayView1<f64>, expected: ArrayView1<f64>, errors: ArrayView1<f64>) -> f64 {
    let total = counts.sum();
    let mut scale = 1.0;
    for _ in 0..ITERATIONS {
        let bins = counts.iter().zip(expected).zip(errors);
        let sum: f64 = bins.map(|((&n, &nu), &delta)| factor(n, scale * nu, delta) * nu).sum();
        let next = total / sum;
        let change = (next / scale - 1.0).abs();
        scale = next;
        if change < CONVERGED {
            break;
        }
    }
    let scaled = expected.mapv(|nu| scale * nu);
    let normalised = total * scale.ln() - (scale - 1.0) * expected.sum();
    normalised + gain(counts, scaled.view(), errors)
}

/// The γ that fits n events best where ν are expected, with the constraint 1 ± δ: the root of γ² + (νδ² − 1) γ − nδ² that is not negative.
fn factor(n: f64, nu: f64, delta: f64) -> f64 {
    if nu <= 0.0 || delta <= 0.0 {
        return 1.0;
    }
    let variance = delta * delta;
    let linear = 1.0 - nu * variance;
    0.5 * (linear + (linear * linear + 4.0 * n * variance).sqrt())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::histfactory::HistFactory;
    use crate::pyhf::Workspace;

    /// ln L with given factors, on a grid of which the best is taken.
    fn by_search(n: f64, nu: f64, delta: f64) -> f64 {
        let log = |gamma: f64| n * gamma.ln() - (gamma - 1.0) * nu - 0.5 * ((gamma - 1.0) / delta).powi(2);
        (1..400_000)
            .map(|i| log(i as f64 * 1e-5))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    #[test]
    fn the_best_factor_is_found() {
        for (n, nu, delta) in [(10.0, 12.0, 0.1), (3.0, 1.0, 0.7), (0.0, 2.0, 0.3), (100.0, 60.0, 0.05)] {
            let found = gain(array![n].view(), array![nu].view(), array![delta].view());
            let needed = by_search(n, nu, delta);
            assert!(
                (found - needed).abs() < 1e-6 && found >= 0.0,
                "{n} {nu} {delta}: {found} {needed}"
            );
        }
        assert_eq!(gain(array![5.0].view(), array![4.0].view(), array![0.0].view()), 0.0);
    }

    /// The density of a model of pyhf with `staterror`, which is compared with pyhf elsewhere: the profiled factors are those of its
    /// background alone, 1 + (γ − 1)(μs + b)/b.
    #[test]
    fn factors_are_those_of_staterror() {
        let workspace: Workspace = serde_json::from_value(serde_json::json!({
            "channels": [{"name": "c", "samples": [
                {"name": "signal", "data": [2.0, 5.0, 3.0],
                 "modifiers": [{"name": "mu", "type": "normfactor", "data": null}]},
                {"name": "background", "data": [10.0, 20.0, 5.0],
                 "modifiers": [{"name": "stat", "type": "staterror", "data": [2.0, 1.5, 2.0]}]}
            ]}],
            "observations": [{"name": "c", "data": [15.0, 17.0, 12.0]}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "version": "1.0.0"
        }))
        .unwrap();
        let model = HistFactory::new(&workspace, None).unwrap();
        let (observed, poi) = (model.observed(), model.poi().unwrap());
        let gammas: Vec<usize> = (0..4).filter(|k| *k != poi).collect();
        let (signal, background) = (array![2.0, 5.0, 3.0], array![10.0, 20.0, 5.0]);
        let (counts, absolute) = (array![15.0, 17.0, 12.0], array![2.0, 1.5, 2.0]);
        for mu in [0.0, 0.7, 2.5] {
            let expected = &signal * mu + &background;
            let errors = &absolute / &expected;
            let log = |move_by: f64| {
                let mut theta = model.start();
                theta[poi] = mu;
                for (bin, &k) in gammas.iter().enumerate() {
                    let gamma = factor(counts[bin], expected[bin], errors[bin]) + move_by;
                    theta[k] = 1.0 + (gamma - 1.0) * expected[bin] / background[bin];
                }
                model.log_density(&observed, &theta)
            };
            let mut without = model.start();
            without[poi] = mu;
            let found = gain(counts.view(), expected.view(), errors.view());
            let needed = log(0.0) - model.log_density(&observed, &without);
            assert!((found - needed).abs() < 1e-9, "{mu}: {found} {needed}");
            assert!(log(1e-3) < log(0.0) && log(-1e-3) < log(0.0));
        }
    }

    /// A shape gains nothing from a factor that all bins share.
    #[test]
    fn a_shape_has_no_normalisation() {
        let (counts, expected) = (array![20.0, 30.0, 50.0], array![20.0, 30.0, 50.0]);
        let errors = array![0.2, 0.1, 0.3];
        assert!(gain_of_shape(counts.view(), expected.view(), errors.view()).abs() < 1e-10);
        let other = array![30.0, 30.0, 40.0];
        let gains = gain_of_shape(counts.view(), other.view(), errors.view());
        // At most what the bins lose without factors: the factors could make up for all of it.
        let saturated: f64 = counts
            .iter()
            .zip(&other)
            .map(|(n, nu)| n * (n / nu).ln() - n + nu)
            .sum();
        assert!(gains > 0.0 && gains < saturated, "{gains} {saturated}");
    }
}
