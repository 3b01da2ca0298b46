//! Two crescents, against published draws and closed forms.

use std::f64::consts::{PI, SQRT_2};

use motherlode_core::gold::{Identity, identities};
use motherlode_core::mean::Mean;
use motherlode_core::trace::Instrumented;
use motherlode_simulators::sbibm::{Task, TwoMoons};
use ndarray::{Array2, ArrayView1};

use super::{assert_same, mean};
use crate::known::{mined, truth};
use crate::tolerance::z_score;

/// Published draws with their observation: `data/README.md` says where they are from.
const PUBLISHED: &str = include_str!("data/two_moons.csv");

fn published() -> Vec<([f64; 2], Array2<f64>)> {
    let rows: Vec<Vec<f64>> = PUBLISHED
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|number| number.parse().unwrap()).collect())
        .collect();
    let of = |observation: usize| rows.iter().filter(move |row| row[0] == observation as f64);
    let one = |observation| {
        let draws: Vec<[f64; 2]> = of(observation).map(|row| [row[3], row[4]]).collect();
        let x = of(observation).next().map(|row| [row[1], row[2]]).unwrap();
        (x, Array2::from(draws))
    };
    (0..10).map(one).collect()
}

#[test]
fn posteriors_are_the_published_ones() {
    type Function = fn(ArrayView1<f64>) -> f64;
    // Modes, places of crescents and their shapes.
    let functions: [(&str, Function); 6] = [
        ("sign", |t| (t[0] + t[1]).signum()),
        ("|sum|", |t| (t[0] + t[1]).abs()),
        ("difference", |t| t[1] - t[0]),
        ("square of the sum", |t| (t[0] + t[1]).powi(2)),
        ("square of the difference", |t| (t[1] - t[0]).powi(2)),
        ("product", |t| (t[0] + t[1]).abs() * (t[1] - t[0])),
    ];
    for (x, expected) in published() {
        assert_eq!(expected.dim(), (300, 2));
        let draws = TwoMoons.posterior(&x, 20_000, 1).unwrap().draws;
        for (what, of) in functions {
            assert_same(mean(&draws, of), mean(&expected, of), &format!("{what} at {x:?}"));
        }
        // No published draw is impossible.
        for theta in expected.rows() {
            let log = truth(&TwoMoons)
                .log_likelihood(ndarray::aview2(&[x]), &theta.to_vec())
                .unwrap()[0];
            assert!(log.is_finite(), "{theta} at {x:?}");
        }
    }
}

#[test] // ∫ p(x|θ) dx = 1, in polar coordinates around the centre of the crescent
fn density_is_normalised() {
    let theta = [0.3, 0.1];
    let centre = [0.25 - 0.4 / SQRT_2, -0.2 / SQRT_2];
    let n = 400;
    let (dr, da) = (0.16 / n as f64, PI / n as f64);
    let (mut points, mut radii) = (vec![], vec![]);
    for i in 0..n {
        for j in 0..n {
            let (r, a) = (0.02 + dr * (i as f64 + 0.5), da * (j as f64 + 0.5) - 0.5 * PI);
            points.push([centre[0] + r * a.cos(), centre[1] + r * a.sin()]);
            radii.push(r);
        }
    }
    let log = truth(&TwoMoons)
        .log_likelihood(Array2::from(points).view(), &theta)
        .unwrap();
    let integral: f64 = log.iter().zip(radii).map(|(log, r)| log.exp() * r * dr * da).sum();
    assert!((integral - 1.0).abs() < 1e-9, "{integral}");
}

// ⟨1/r⟩ of N(0.1, 0.01) is 10 (1 + 0.01 + 3e-4 + 1.5e-5 + …)
#[test]
fn score_leaves_through_the_edges() {
    let theta = [0.25, 0.25];
    let expected = -SQRT_2 / PI * 10.103_16;
    let events = mined(&TwoMoons, &theta, 100_000, 6);
    let exact = truth(&TwoMoons);
    for k in 0..2 {
        let away: Vec<f64> = events.iter().map(|(event, _)| event.score[k] - expected).collect();
        assert!(z_score(&away).abs() < 5.0, "{:?}", Mean::from_values(away.into_iter()));
    }
    // Gold has no noise.
    for (event, _) in &events[..100] {
        let score = exact
            .score(ndarray::aview2(&[[event.x[0], event.x[1]]]), &theta)
            .unwrap();
        assert_eq!(score.row(0).to_vec(), event.score);
    }
}

/// Identities of algebra hold, and exactly those fail that need a common support.
#[test]
fn identities_name_the_moving_support() {
    let hypotheses = TwoMoons.hypotheses().unwrap();
    let found = identities(&TwoMoons, &hypotheses.theta0, &hypotheses.theta1, 10_000, 4).unwrap();
    let failed = found.failures().filter_map(|check| Identity::from_name(&check.name));
    let allowed = [
        Identity::Support,
        Identity::Score,
        Identity::Ratio,
        Identity::InverseRatio,
        Identity::Derivative,
        Identity::FiniteDifference, // a step across an edge
    ];
    let failed: Vec<Identity> = failed.collect();
    assert!(
        failed.contains(&Identity::Support) && failed.contains(&Identity::Score),
        "{failed:?}"
    );
    assert!(failed.iter().all(|identity| allowed.contains(identity)), "{failed:?}");
}
