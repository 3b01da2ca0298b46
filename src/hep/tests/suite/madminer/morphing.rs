//! Weights at a few points give those at all: the matrix, the basis, and how it is found.

use motherlode_core::trace::stream;
use motherlode_hep::madminer::{BasisSearch, Morphing};
use ndarray::Array1;

use crate::tolerance::{ALGEBRA, z_score};

use super::{SUMS, assert_close, numbers, toy};

#[test]
fn morphing_is_that_of_the_file() {
    for name in ["toy2d_quadratic", "toy2d_nuisance"] {
        let Some((file, reference)) = toy(name) else { return };
        let stored = file.setup.morphing.as_ref().unwrap();
        let points: Vec<&[f64]> = file.setup.physical().map(|(_, b)| b.theta.as_slice()).collect();
        let recomputed = Morphing::of_bases(Morphing::monomials(&[2, 2], 2), &points).unwrap();
        assert_close(
            stored.matrix(),
            &reference["setup"]["morphing_matrix"],
            ALGEBRA,
            "stored",
        );
        assert_close(
            recomputed.matrix(),
            &reference["setup"]["morphing_matrix"],
            SUMS,
            "recomputed",
        );
        for at in reference["morphing"].as_array().unwrap() {
            let (weights, gradients) = recomputed.weights(&numbers(&at["theta"]));
            assert_close(&weights, &at["weights"], SUMS, "weights");
            assert_close(&gradients, &at["gradients"], SUMS, "gradients");
        }
    }
}

#[test]
fn two_bases_are_averaged_and_a_degenerate_one_is_refused() {
    let line = Morphing::monomials(&[2], 2);
    assert_eq!(line, [[0], [1], [2]]);
    let points: [&[f64]; 6] = [&[0.0], &[1.0], &[-1.0], &[0.0], &[2.0], &[-2.0]];
    let (weights, _) = Morphing::of_bases(line.clone(), &points).unwrap().weights(&[2.0]);
    // Lagrange's polynomials at 2 by hand, halved: of the second basis, the point itself.
    assert_close(
        &weights,
        &serde_json::json!([-1.5, 1.5, 0.5, 0.0, 0.5, 0.0]),
        ALGEBRA,
        "two bases",
    );
    let error = Morphing::of_bases(line, &[&[0.0], &[1.0], &[1.0]])
        .unwrap_err()
        .to_string();
    assert!(error.contains("condition number"), "{error}");
}

/// Points at random in a box, of a fixed seed.
fn points_in(ranges: &[(f64, f64)], n: u64) -> Vec<Vec<f64>> {
    let point = |i| {
        let mut rng = stream(9, i, 0);
        let uniform = |(low, high): &(f64, f64)| low + (high - low) * rand::RngExt::random::<f64>(&mut rng);
        ranges.iter().map(uniform).collect()
    };
    (0..n).map(point).collect()
}

#[test]
fn a_basis_that_is_looked_for_is_no_worse_than_that_of_madminer() {
    for name in ["toy2d_quadratic", "toy2d_nuisance"] {
        let Some((file, _)) = toy(name) else { return };
        let setup = &file.setup;
        let ranges: Vec<(f64, f64)> = setup.parameters.iter().map(|parameter| parameter.range).collect();
        let physical = setup.physical().map(|(_, benchmark)| benchmark);
        let fixed = physical.filter(|benchmark| !benchmark.name.starts_with("morphing_basis_vector"));
        let fixed: Vec<&[f64]> = fixed.map(|benchmark| benchmark.theta.as_slice()).collect();
        let theirs = setup.morphing.as_ref().unwrap();
        let components = theirs.components().to_vec();
        let (points, ours) = Morphing::completed(components, &ranges, &fixed, BasisSearch::default()).unwrap();
        assert_eq!(points.len(), 6);
        assert!(points.iter().zip(&fixed).all(|(found, fixed)| found == fixed));
        let [ours, theirs] = [&ours, theirs].map(|morphing| {
            let exact = morphing.mean_squared_weight(&ranges).unwrap();
            let squares = points_in(&ranges, 4_000);
            let squares = squares
                .iter()
                .map(|theta| morphing.weights(theta).0.mapv(|weight| weight * weight).sum());
            let off: Vec<f64> = squares.map(|square| square - exact).collect();
            assert!(z_score(&off).abs() < 5.0, "{exact}");
            exact
        });
        println!("{name}: {ours:.4}, MadMiner {theirs:.4}");
        assert!(ours <= theirs, "{name}: {ours} {theirs}");
    }
}

#[test]
fn a_basis_of_production_and_decay_gives_back_any_polynomial() {
    // One parameter of production and decay, one of production alone: powers up to 4 and 2, 4 in all.
    let components = Morphing::monomials(&[4, 2], 4);
    assert_eq!(components.len(), 12);
    let ranges = [(-2.0, 3.0), (0.0, 10.0)];
    let search = BasisSearch::default();
    let (points, morphing) = Morphing::completed(components.clone(), &ranges, &[&[0.0, 0.0]], search).unwrap();
    let again = Morphing::completed(components.clone(), &ranges, &[&[0.0, 0.0]], search).unwrap();
    assert_eq!(again.0, points);
    let value = |theta: &[f64]| (1.0 + theta[0] - 0.3 * theta[1]).powi(2) * (1.0 - 0.5 * theta[0]).powi(2);
    let at_points: Vec<f64> = points.iter().map(|point| value(point)).collect();
    for theta in points_in(&ranges, 20) {
        let found = morphing.weights(&theta).0.dot(&Array1::from(at_points.clone()));
        let size = at_points.iter().fold(1.0f64, |size, value| size.max(value.abs()));
        assert!((found - value(&theta)).abs() < 1e-9 * size, "{found} {}", value(&theta));
    }
    let message = |ranges: &[(f64, f64)], fixed: &[&[f64]]| {
        let error = Morphing::completed(components.clone(), ranges, fixed, BasisSearch::default());
        error.unwrap_err().to_string()
    };
    for (error, words) in [
        (message(&ranges, &[&[1.0, 2.0], &[1.0, 2.0]]), "fewer than 2 weights"),
        (message(&ranges, &[[1.0].as_slice(); 2]), "for 2 parameters"),
        (
            message(&ranges, &[[1.0, 2.0].as_slice(); 13]),
            "13 fixed points for a basis of 12",
        ),
        (message(&[(0.0, 0.0), (0.0, 1.0)], &[]), "from 0 to 0"),
        // Powers that overflow: the singular values of such a matrix are searched without end.
        (message(&ranges, &[&[1e308, 0.0], &[0.0, 1.0]]), "too large for numbers"),
        (message(&ranges, &[&[1e60, 0.0], &[0.0, 1.0]]), "too large for numbers"),
    ] {
        assert!(error.contains(words), "{error}");
    }
}
