//! Ranks of Gaussian measurements, whose coverage is known.

use motherlode_core::certificate::SizeCoverage;
use motherlode_core::trace::{Parameter, stream};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use statrs::distribution::{ContinuousCDF, Normal};

use super::*;

const LEVELS: [f64; 2] = [0.68, 0.95];

/// `n` measurements of each of `p` parameters with the error 1.
fn measured(truth: &[f64], n: usize, rng: &mut Stream) -> Array2<f64> {
    Array2::from_shape_fn((n, truth.len()), |(_, k)| {
        truth[k] + rng.sample::<f64, _>(StandardNormal)
    })
}

/// The likelihood of an estimator that believes in errors that are too small by the factor `overconfident`.
fn sums(x: ArrayView2<f64>, thetas: &[Vec<f64>], overconfident: f64) -> Vec<f64> {
    let sum = |theta: &Vec<f64>| {
        let squares = x.indexed_iter().map(|((_, k), x)| (x - theta[k]).powi(2));
        -0.5 * overconfident.powi(2) * squares.sum::<f64>()
    };
    thetas.iter().map(sum).collect()
}

fn coverage(prior: &Prior, p: usize, n: usize, overconfident: f64, data_sets: u64) -> SizeCoverage {
    let parameters: Vec<Parameter> = (0..p).map(|k| Parameter::new(&format!("t{k}"), -1e3, 1e3)).collect();
    let log_likelihood = |x: ArrayView2<f64>, thetas: &[Vec<f64>]| Ok(sums(x, thetas, overconfident));
    let posteriors = HighestDensity::new(prior, &parameters, &log_likelihood).unwrap();
    let (mut ranks, mut undecided) = (Vec::new(), 0);
    for data_set in 0..data_sets {
        let mut rng = stream(31, n as u64, data_set);
        let truth = posteriors.draw(&mut rng).unwrap();
        let x = measured(&truth, n, &mut rng);
        let rank = posteriors.rank(x.view(), &truth, &mut rng).unwrap();
        match rank.is_resolved() {
            true => ranks.push(rank.rank),
            false => undecided += 1,
        }
    }
    SizeCoverage::new(n, &ranks, undecided, &LEVELS)
}

fn assert_covers(found: &SizeCoverage, level: f64, expected: f64) {
    let region = found.at(level).unwrap();
    // Ranks of some fifty draws blur a level by less than a hundredth.
    let error = (expected * (1.0 - expected) / region.of as f64).sqrt();
    let apart = (region.coverage() - expected).abs();
    assert!(apart < 4.0 * error + 0.01, "{found:?}, expected {expected}");
    assert!(found.undecided * 20 < found.data_sets, "{found:?}");
}

#[test]
fn exact_posteriors_cover_their_level() {
    for (p, n) in [(1, 1), (1, 10), (1, 100), (2, 100), (4, 10), (4, 100)] {
        let prior = Prior::uniform(vec![(-5.0, 5.0); p]).unwrap();
        let found = coverage(&prior, p, n, 1.0, 1_000);
        LEVELS.iter().for_each(|&level| assert_covers(&found, level, level));
        assert!(!found.is_too_small());
    }
}

/// Regions that are too small by a factor c cover Φ(z/c) − Φ(−z/c).
#[test]
fn overconfident_posteriors_cover_less() {
    let prior = Prior::uniform(vec![(-50.0, 50.0)]).unwrap();
    let normal = Normal::standard();
    for factor in [1.5, 3.0] {
        let found = coverage(&prior, 1, 100, factor, 1_000);
        for level in LEVELS {
            let z = normal.inverse_cdf(0.5 + 0.5 * level) / factor;
            assert_covers(&found, level, normal.cdf(z) - normal.cdf(-z));
        }
        assert!(found.is_too_small());
    }
}

/// Ten parameters, whose posteriors the edges of the prior cut off in several directions.
#[test]
fn draws_of_many_parameters_are_resolved() {
    const P: usize = 10;
    let prior = Prior::uniform(vec![(-1.0, 1.0); P]).unwrap();
    let parameters: Vec<Parameter> = (0..P).map(|k| Parameter::new(&format!("t{k}"), -1e3, 1e3)).collect();
    let log_likelihood = |x: ArrayView2<f64>, thetas: &[Vec<f64>]| Ok(sums(x, thetas, 1.0));
    let posteriors = HighestDensity::new(&prior, &parameters, &log_likelihood).unwrap();
    let effective = |data_set| {
        let mut rng = stream(32, 0, data_set);
        let truth = posteriors.draw(&mut rng).unwrap();
        let x = measured(&truth, 10, &mut rng);
        let found = posteriors.draws(x.view(), &truth, 400, &mut rng).unwrap().unwrap();
        found.draws.n_effective()
    };
    let mut found: Vec<f64> = (0..200).map(effective).collect();
    found.sort_by(f64::total_cmp);
    // One in two hundred has so many edges that no normal comes near.
    assert!(found[2] > 100.0, "{found:?}");
}

#[test]
fn normal_priors_and_fixed_parameters_are_held() {
    let prior = Prior::Gaussian {
        mean: vec![1.0, 2.0],
        sd: vec![2.0, 0.0],
    };
    let found = coverage(&prior, 2, 10, 1.0, 1_000);
    LEVELS.iter().for_each(|&level| assert_covers(&found, level, level));
}

#[test]
fn impossible_data_are_undecided() {
    let prior = Prior::uniform(vec![(0.0, 1.0)]).unwrap();
    let parameters = [Parameter::new("t", 0.0, 1.0)];
    let impossible = |_: ArrayView2<f64>, thetas: &[Vec<f64>]| Ok(vec![f64::NAN; thetas.len()]);
    let posteriors = HighestDensity::new(&prior, &parameters, &impossible).unwrap();
    let x = Array2::zeros((10, 1));
    let rank = posteriors.rank(x.view(), &[0.5], &mut stream(1, 0, 0)).unwrap();
    assert!(!rank.is_resolved());
    let chosen = Prior::Points {
        points: vec![vec![0.5]],
        drawn_from: None,
    };
    assert!(HighestDensity::new(&chosen, &parameters, &impossible).is_none());
}
