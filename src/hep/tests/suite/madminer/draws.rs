//! Events are drawn as often as their weights say, quickly.

use motherlode_core::gold::{algebraic_identities, identities};
use motherlode_core::trace::{Instrumented, stream};
use motherlode_hep::madminer::{EventFile, EventSimulator};
use ndarray::{Array1, Array2, Axis};

use crate::tolerance::z_score;

use super::{data, toy};

#[test]
fn events_are_drawn_in_proportion_to_their_weights() {
    for (name, theta0) in [
        ("toy2d_quadratic", vec![0.5, -0.3]),
        ("toy2d_nuisance", vec![0.5, -0.3, 1.0, -0.5]),
    ] {
        let Some((file, _)) = toy(name) else { return };
        let simulator = EventSimulator::new("toy", &file).unwrap();
        let events = simulator.events();
        let weights = events.weights(&theta0).unwrap();
        let total = weights.sum();
        let mean: Array1<f64> = events.x().unwrap().t().dot(&weights) / total;
        let drawn: Vec<Vec<f64>> = (0..20_000)
            .map(|i| simulator.sample(&theta0, &mut stream(5, i, 0)).unwrap())
            .collect();
        let drawn = Array2::from_shape_fn((drawn.len(), mean.len()), |(i, j)| drawn[i][j]);
        for (j, expected) in mean.iter().enumerate() {
            let off: Vec<f64> = drawn.column(j).iter().map(|x| x - expected).collect();
            assert!(z_score(&off).abs() < 5.0, "{name}, observable {j}");
        }
        let theta1 = vec![0.0; theta0.len()];
        // With nuisance parameters, every hypothesis is a sum over the file.
        let found = match theta0.len() {
            2 => identities(&simulator, &theta0, &theta1, 5_000, 3).unwrap(),
            _ => algebraic_identities(&simulator, &theta0, &theta1, 100, 3).unwrap(),
        };
        assert!(found.pass(), "{:?}", found.failures().collect::<Vec<_>>());
    }
}

#[test]
fn many_hypotheses_of_a_large_file_are_quick() {
    let Some((mut file, _)) = toy("toy2d_quadratic") else {
        return;
    };
    // Ten times the events.
    let samples = file.samples.as_mut().unwrap();
    let ten = |all: &Array2<f64>| ndarray::concatenate(Axis(0), &[all.view(); 10]).unwrap();
    (samples.weights, samples.observations) = (ten(&samples.weights), ten(&samples.observations));
    samples.sampling_benchmarks = samples.sampling_benchmarks.as_ref().map(|all| all.repeat(10));
    let simulator = EventSimulator::new("toy", &file).unwrap();
    let start = std::time::Instant::now();
    for i in 0..100 {
        let theta = [0.01 * i as f64 - 0.5, 0.3 - 0.005 * i as f64];
        simulator.sample(&theta, &mut stream(1, i, 0)).unwrap();
    }
    // 14 CPU seconds in MadMiner. A generous bound: other tests run beside this one.
    let took = start.elapsed().as_secs_f64();
    println!("100 hypotheses, 200 000 events: {took:.2} s");
    assert!(took < 1.4, "{took} s");
}

/// χ² of the numbers of times that rows are drawn, in units of its standard deviation from its mean; rows of which less than five are
/// expected count as one.
fn disagreement(simulator: &EventSimulator, theta: &[f64], n: u64) -> f64 {
    let weights = simulator.events().weights(theta).unwrap().mapv(f64::abs);
    let expected = &weights * (n as f64 / weights.sum());
    let (mut found, mut memory) = (vec![0.0; weights.len()], Vec::new());
    for i in 0..n {
        simulator.record(theta, &mut stream(11, i, 0), &mut memory).unwrap();
        found[memory[0] as usize] += 1.0;
    }
    let (mut rare, mut chi2, mut cells) = ((0.0, 0.0), 0.0, -1.0);
    for (found, expected) in found.iter().zip(&expected) {
        if *expected < 5.0 {
            assert!(*expected > 0.0 || *found == 0.0, "an event without weight was drawn");
            rare = (rare.0 + found, rare.1 + expected);
        } else {
            chi2 += (found - expected).powi(2) / expected;
            cells += 1.0;
        }
    }
    if rare.1 >= 5.0 {
        chi2 += (rare.0 - rare.1).powi(2) / rare.1;
        cells += 1.0;
    }
    (chi2 - cells) / f64::sqrt(2.0 * cells)
}

#[test]
fn rows_are_drawn_as_often_as_their_weights_say() {
    let file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let mut nominal = file.clone();
    nominal.setup.nuisances.clear();
    // A third of the events gets a polynomial that is negative in places.
    let mut negative = file.clone();
    let weights = &mut negative.samples.as_mut().unwrap().weights;
    weights
        .column_mut(1)
        .iter_mut()
        .step_by(3)
        .for_each(|weight| *weight *= -0.5);
    let changing = EventSimulator::new("toy", &negative).unwrap().events().n_changing();
    assert!(changing > 100, "{changing}");
    for (what, file, theta) in [
        ("theory alone", &nominal, vec![0.5, -0.3]),
        ("an edge", &nominal, vec![-1.0, 1.0]),
        ("beyond the ranges, by running sums", &nominal, vec![1.5, 0.2]),
        ("nuisance parameters", &file, vec![-0.4, 0.6, 1.3, -2.1]),
        ("negative weights", &negative, vec![0.8, 0.7, 0.0, 0.0]),
        ("both", &negative, vec![0.8, 0.7, -1.0, 0.4]),
    ] {
        let simulator = EventSimulator::new("toy", file).unwrap();
        let off = disagreement(&simulator, &theta, 30_000);
        println!("{what}: {off:.2}");
        assert!(off.abs() < 5.0, "{what}: {off}");
    }
}
