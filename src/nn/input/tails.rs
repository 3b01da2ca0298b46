//! The automatic choice of a transform: are the tails heavy?

use super::{Moments, TransformKind};

/// Quantiles are taken from at most so many values, evenly spaced; the standard deviation from all, for a rare value
/// far out is what it must see.
const JUDGED: usize = 20_000;
/// Fewer values are not judged.
const FEWEST: usize = 100;
/// The interquartile range of a standard normal distribution.
const NORMAL_IQR: f64 = 1.349;
/// Below this share of the standard deviation, what the middle half says of the width is too little.
const HEAVY: f64 = 0.6;

impl TransformKind {
    /// Chooses the kind that suits these values, by the rule of [this module](super).
    pub(super) fn automatic(values: &[f64]) -> Self {
        match tail_ratio(values) {
            Some(ratio) if ratio > 0.0 && ratio < HEAVY => Self::SignedLog,
            _ => Self::Standardise,
        }
    }
}

/// IQR/1.349 in units of the standard deviation, of all values but the most frequent one.
fn tail_ratio(values: &[f64]) -> Option<f64> {
    let stride = values.len().div_ceil(JUDGED).max(1);
    let mut judged: Vec<f64> = values.iter().step_by(stride).copied().collect();
    judged.sort_by(f64::total_cmp);
    let spike = judged.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?[0];
    judged.retain(|value| *value != spike);
    if judged.len() < FEWEST {
        return None;
    }
    let at = |share: f64| judged[(share * (judged.len() - 1) as f64).round() as usize];
    let sd = Moments::of(values.iter().filter(|value| **value != spike)).sd;
    Some((at(0.75) - at(0.25)) / NORMAL_IQR / sd).filter(|ratio| ratio.is_finite())
}

#[cfg(test)]
mod tests {
    use rand::distr::Distribution;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Bernoulli, Cauchy, Exp, LogNormal, Normal, Poisson, StudentT, Uniform};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn draw(n: usize, distribution: &impl Distribution<f64>) -> Vec<f64> {
        let mut rng = Pcg64Mcg::seed_from_u64(5);
        (0..n).map(|_| rng.sample(distribution)).collect()
    }

    fn ratio(distribution: &impl Distribution<f64>) -> f64 {
        tail_ratio(&draw(50_000, distribution)).unwrap()
    }

    /// Closed forms; 5 standard errors of the quartiles and of the standard deviation are about 0.03.
    #[test]
    fn the_ratio_is_that_of_the_distribution() {
        for (found, exact) in [
            (ratio(&Normal::new(1e6, 3.0).unwrap()), 1.0),
            (
                ratio(&Uniform::new(-2.0, 5.0).unwrap()),
                0.5 * 12_f64.sqrt() / NORMAL_IQR,
            ),
            (ratio(&Exp::new(0.01).unwrap()), 3_f64.ln() / NORMAL_IQR),
        ] {
            assert!((found - exact).abs() < 0.03, "{found} against {exact}");
        }
    }

    #[test]
    fn heavy_tails_are_seen_and_moderate_ones_are_left() {
        let heavy = |values: &[f64]| TransformKind::automatic(values) == TransformKind::SignedLog;
        for n in [1_000, 100_000] {
            assert!(heavy(&draw(n, &Cauchy::new(1e4, 2.0).unwrap())));
            assert!(heavy(&draw(n, &LogNormal::new(5.0, 1.5).unwrap())));
            assert!(!heavy(&draw(n, &Normal::new(0.0, 1.0).unwrap())));
            assert!(!heavy(&draw(n, &Exp::new(3.0).unwrap())));
            assert!(!heavy(&draw(n, &StudentT::new(5.0).unwrap())));
            assert!(!heavy(&draw(n, &Poisson::new(0.2).unwrap())));
        }
        let rare = Bernoulli::new(0.01).unwrap();
        assert!(!heavy(&draw(100_000, &rare.map(f64::from))));
        assert!(!heavy(&[]) && !heavy(&[1.0; 500]) && !heavy(&draw(80, &Cauchy::new(0.0, 1.0).unwrap())));
    }

    /// Most events have none of it; those that have it, have it with a heavy tail.
    #[test]
    fn a_spike_is_no_width() {
        let tail = draw(3_000, &LogNormal::new(0.0, 2.0).unwrap());
        let values: Vec<f64> = tail.into_iter().flat_map(|value| [value, 0.0, 0.0]).collect();
        assert_eq!(TransformKind::automatic(&values), TransformKind::SignedLog);
    }

    /// One event in a million steps can be absurd: the others must keep their width.
    #[test]
    fn a_single_value_far_out_is_seen() {
        let mut values = draw(200_000, &Normal::new(0.0, 1.0).unwrap());
        values[77_777] = 1e9;
        assert_eq!(TransformKind::automatic(&values), TransformKind::SignedLog);
    }
}
