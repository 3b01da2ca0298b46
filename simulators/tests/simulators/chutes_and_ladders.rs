//! Chutes and ladders: the game ends as its Markov chain says, and two numbers remember it.

use crate::tolerance::{ALGEBRA, close, z_score};
use motherlode_core::trace::{Instrumented, stream};
use motherlode_simulators::ChutesAndLadders;
use ndarray::{Array2, aview2};

/// Powers of a matrix of 100 × 100.
const DIGITS: f64 = 1e-10;

fn game() -> ChutesAndLadders {
    ChutesAndLadders::default()
}

// numpy 2: Qⁿ⁻¹ r of the board's transition matrix; scores by complex step. θ, x, ln p(x|θ), score.
const KNOWN: [[f64; 4]; 8] = [
    [0.0, 7.0, -6.494944105550108, 3.157446808510638],
    [0.0, 20.0, -3.7031118731728316, 0.5316797544996789],
    [0.0, 150.0, -8.700714158833692, -3.860872951081319],
    [0.1, 39.0, -4.155829914106281, 0.027491126647923178],
    [0.1, 500.0, -24.80852938880228, -17.685515432737215],
    [-0.3, 20.0, -3.8893115085177894, 0.6105768747468621],
    [0.5, 7.0, -5.644609797593457, 0.5163384424062927],
    [0.5, 150.0, -9.44759867779857, 6.235354734910446],
];

#[test]
fn truth_is_the_power_of_the_transition_matrix() {
    let truth = game().truth().unwrap();
    for [theta, x, log, score] in KNOWN {
        let found = truth.log_likelihood(aview2(&[[x]]), &[theta]).unwrap()[0];
        assert!(close(found, log, DIGITS), "{found} is not {log} at {x}");
        let found = truth.score(aview2(&[[x]]), &[theta]).unwrap()[[0, 0]];
        assert!(close(found, score, DIGITS), "score {found} is not {score} at {x}");
    }
    for x in [0.0, 6.0, 7.5, -3.0, 1e300, f64::NAN, f64::INFINITY] {
        let found = truth.log_likelihood(aview2(&[[x]]), &[0.0]).unwrap()[0];
        assert_eq!(found, f64::NEG_INFINITY, "{x}");
    }
}

#[test] // mean lengths (1 − Q)⁻¹ 1 by numpy; the one of the fair die is Althoen, King and Schilling's 39.2
fn games_last_as_long_as_they_should() {
    let truth = game().truth().unwrap();
    let x = Array2::from_shape_fn((4_000, 1), |(i, _)| (i + 1) as f64);
    for (theta, mean) in [
        (0.0, 39.22512230823491),
        (0.1, 37.42213114788531),
        (-0.3, 46.57987278740235),
        (0.5, 35.02431148402829),
    ] {
        let p = truth.log_likelihood(x.view(), &[theta]).unwrap().exp();
        assert!(close(p.sum(), 1.0, DIGITS));
        assert!(close((&p * &x.column(0)).sum(), mean, DIGITS));
        let rolls = |event| game().sample(&[theta], &mut stream(3, event, 0)).unwrap()[0] - mean;
        assert!(z_score(&(0..20_000).map(rolls).collect::<Vec<_>>()).abs() < 5.0);
    }
}

#[test] // t = Σ s − x ⟨s⟩, and a fair die has ⟨s⟩ = 0
fn joint_score_of_a_fair_die_is_what_the_rolls_favour() {
    let mut memory = Vec::new();
    for event in 0..50 {
        let mined = game().mine(&[0.0], &mut stream(1, event, 0), &mut memory).unwrap();
        assert_eq!(memory.len(), 2);
        assert_eq!(memory[1], mined.x[0]);
        assert!(close(mined.score[0], memory[0], ALGEBRA));
        assert!(close(mined.log_probability, -mined.x[0] * 6f64.ln(), ALGEBRA));
    }
    assert!(game().log_probability_at(&[0.0], &[1.0]).is_err());
}

#[test] // golden: seed 7 gives these games for ever
fn values_are_stable() {
    let rolls = |event| game().sample(&[0.1], &mut stream(7, event, 0)).unwrap()[0];
    assert_eq!([0, 1, 2, 3, 4, 5].map(rolls), [88.0, 28.0, 68.0, 15.0, 14.0, 31.0]);
}

#[test]
fn games_end_at_the_ends_of_the_range() {
    for theta in [-1.0, 1.0] {
        for event in 0..200 {
            let mined = game()
                .mine(&[theta], &mut stream(1, event, 0), &mut Vec::new())
                .unwrap();
            assert!(mined.x[0] >= 7.0 && mined.score[0].is_finite());
        }
    }
}
