//! A quarter of the weights is negative: rows are drawn as often as their absolute weights say, and carry their sign.
//!
//! dσ/dz = 1 pb (1 + g z)² for z from 0 to 1, and zs = z + N(0, 0.05): means are closed forms (`tests/data/cases/README.md`), and σ = 1 + g + g²/3.

use motherlode_core::dataset::AugmentedData;
use motherlode_core::gold::{Design, Miner, ReweightingPool, identities, observations};
use motherlode_core::mean::Mean;
use motherlode_core::prior::Prior;
use motherlode_core::trace::{Instrumented, Simulator, stream, unweighted};
use motherlode_hep::madminer::{EventFile, EventSimulator, Selection, WeightedEvents};
use ndarray::Array1;

use super::data;

fn file() -> EventFile {
    EventFile::read(&data("../cases/negative_weights.h5")).unwrap()
}

fn simulator() -> EventSimulator {
    EventSimulator::new("negative", &file()).unwrap()
}

/// Σ w zs / Σ w over the file.
fn mean_of_file(events: &WeightedEvents, theta: f64) -> f64 {
    let weights = events.weights(&[theta]).unwrap();
    events.x().unwrap().column(0).dot(&weights) / weights.sum()
}

/// ⟨z⟩ of (1 + g z)².
fn mean_of_formula(g: f64) -> f64 {
    (0.5 + 2.0 / 3.0 * g + 0.25 * g * g) / (1.0 + g + g * g / 3.0)
}

fn weighted_mean(data: &AugmentedData, class: f64) -> Mean {
    let events: Vec<(f64, f64)> = (0..data.n_events())
        .filter(|event| data.y[*event] == class)
        .map(|event| (data.x[[event, 0]], data.weight(event)))
        .collect();
    Mean::weighted(events.into_iter())
}

#[test]
fn events_carry_their_sign() {
    let simulator = simulator();
    let events = simulator.events();
    assert!(Simulator::is_weighted(&simulator) && events.n_changing() == 0);
    let (theta0, theta1) = (vec![0.5], vec![-0.5]);
    let pair = Design::Pair { theta0, theta1 };
    let data = Miner::new(&simulator, pair, 3).unwrap().events(0..40_000).unwrap();
    let share = data.weights.iter().flatten().filter(|weight| **weight < 0.0).count() as f64 / 80_000.0;
    assert!((share - 0.25).abs() < 0.03, "{share}");
    for (class, theta) in [(0.0, 0.5), (1.0, -0.5)] {
        let found = weighted_mean(&data, class);
        assert!(
            found.z_score(mean_of_file(events, theta)).abs() < 4.0,
            "{theta}: {found:?}"
        );
        // And the file agrees with the formula within its own fluctuations, those of some 2 000 events.
        assert!((mean_of_file(events, theta) - mean_of_formula(theta)).abs() < 4.0 * 0.28 / 2_000f64.sqrt());
    }
}

#[test]
fn the_mixture_of_signed_densities_has_a_mean() {
    let simulator = simulator();
    let prior = Prior::uniform([(-1.0, 1.0)]).unwrap();
    let design = Design::Mixture { prior, n_points: 20 };
    let miner = Miner::new(&simulator, design, 5).unwrap();
    let data = miner.events(0..40_000).unwrap();
    let events = simulator.events();
    let points = &miner.header().mixture;
    let expected = points.iter().map(|point| mean_of_file(events, point[0])).sum::<f64>() / points.len() as f64;
    let found = weighted_mean(&data, 1.0);
    assert!(found.z_score(expected).abs() < 4.0, "{found:?} {expected}");
}

#[test]
fn identities_hold_with_their_weights() {
    let found = identities(&simulator(), &[0.5], &[-0.3], 20_000, 7).unwrap();
    assert!(found.pass(), "{:#?}", found.failures().collect::<Vec<_>>());
    assert!(found.checks.len() > 8);
}

#[test]
fn a_pool_reweights_with_signs() {
    let simulator = simulator();
    let pool = ReweightingPool::mine(&simulator, &[vec![-0.8], vec![0.0], vec![0.8]], 60_000, 1, &()).unwrap();
    for theta in [-0.6, 0.4] {
        let weights = pool.weights(&[theta]).unwrap();
        let pairs: Vec<(f64, f64)> = pool.x().column(0).iter().copied().zip(weights).collect();
        let found = Mean::weighted(pairs.into_iter());
        assert!(
            found.z_score(mean_of_file(simulator.events(), theta)).abs() < 4.0,
            "{found:?}"
        );
    }
}

#[test]
fn observations_have_no_weights() {
    let simulator = simulator();
    for theta in [0.5, -0.5] {
        let x = observations(&simulator, &[theta], 20_000, 1).unwrap();
        let found = Mean::from_values(x.iter().copied());
        assert!(
            found.z_score(mean_of_file(simulator.events(), theta)).abs() < 4.0,
            "{theta}: {found:?}"
        );
    }
    let without = unweighted(&simulator).unwrap();
    assert!(!without.is_weighted() && without.about().contains("shared with neighbours"));
    let mut memory = Vec::new();
    without.mine(&[0.5], &mut stream(1, 0, 0), &mut memory).unwrap();
    assert_eq!(without.weight_at(&[0.5], &memory), Ok(1.0));
}

/// Weights that cancel but for a few teach nothing.
#[test]
fn too_many_negative_weights_are_refused_with_their_share() {
    let mut file = file();
    let weights = &mut file.samples.as_mut().unwrap().weights;
    let mut rows = weights.outer_iter_mut().enumerate();
    // As many of either sign, but for a few.
    rows.by_ref().for_each(|(i, mut row)| {
        let sign = if i % 100 < 48 { -1.0 } else { 1.0 };
        row.mapv_inplace(|weight| sign * weight.abs());
    });
    let simulator = EventSimulator::new("cancelling", &file).unwrap();
    let mut memory = Vec::new();
    let error = simulator
        .mine(&[0.0], &mut stream(1, 0, 0), &mut memory)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("% of the weights of cancelling at 0 are negative") && error.contains("nothing can be learned"),
        "{error}"
    );
}

/// A line is positive in its box, and no square; a fourth power is one.
#[test]
fn signs_are_judged_in_the_box() {
    let file = file();
    let events = WeightedEvents::new(&file, &Selection::default()).unwrap();
    let weights: Array1<f64> = events.weights(&[0.3]).unwrap();
    assert_eq!(
        weights.iter().filter(|weight| **weight < 0.0).count(),
        events.n_negative()
    );
}
