//! Balls among bumpers: an empty box in closed form, and where gold exists and where it does not.

use motherlode_core::gold::{Design, Miner, identities};
use motherlode_core::prior::Prior;
use motherlode_core::trace::Instrumented;
use motherlode_simulators::Bumpers;

use crate::known::mined;
use crate::tolerance::{ALGEBRA, close, z_score};

/// In a box without bumpers, a ball falls for T = 1.43 s (143 steps of 10 ms, √(2·10 m/g) = 1.428 s) and lands at
/// 5 m + u T, so that the count of a bin is binomial with P = Φ((9 − x̄)/s) − Φ((7 − x̄)/s), x̄ = 5 + ⟨u⟩ T, s = 0.3 T
/// (numbers for ⟨u⟩ = 2 m/s by Python's math.erf).
#[test]
fn counts_in_an_empty_box_are_binomial() {
    let events = mined(&Bumpers::default(), &[1e-9, 2.0], 2_000, 3);
    for (observable, p) in [(0, 0.973_562_436_192), (1, 0.022_499_596_533)] {
        let deviations: Vec<f64> = events.iter().map(|(event, _)| event.x[observable] - 20.0 * p).collect();
        assert!(z_score(&deviations).abs() < 4.0, "P is not {p}");
        let squares: Vec<f64> = deviations.iter().map(|d| d * d - 20.0 * p * (1.0 - p)).collect();
        assert!(z_score(&squares).abs() < 4.0);
    }
}

#[test] // E[n] = Var n = λ, and the joint score (n − λ)/λ has variance 1/λ; that of the speeds has variance 20/0.3²
fn gold_is_that_of_the_draws() {
    let theta = [16.0, 0.1];
    let events = mined(&Bumpers::default(), &theta, 2_000, 4);
    for (event, memory) in &events {
        assert!(close(event.score[0], memory[0] / theta[0] - 1.0, ALGEBRA));
        assert!(close(event.score[1], (memory[2] - 20.0 * theta[1]) / 0.09, 1e-10));
    }
    for (k, variance) in [(0, 1.0 / theta[0]), (1, 20.0 / 0.09)] {
        let squares: Vec<f64> = events
            .iter()
            .map(|(event, _)| event.score[k].powi(2) - variance)
            .collect();
        assert!(z_score(&squares).abs() < 4.0);
    }
}

#[test]
fn a_map_without_chance_has_no_gold_and_says_so() {
    let bumpers = Bumpers::default().with_restitution();
    let hypotheses = bumpers.hypotheses().unwrap();
    let prior = Prior::Box {
        edges: hypotheses.prior,
    };
    let design = Design::Prior {
        prior,
        theta1: hypotheses.theta1,
    };
    let error = Miner::new(&bumpers, design, 1).unwrap_err();
    assert!(error.is_usage());
    assert!(
        error
            .to_string()
            .starts_with("bumpers-restitution has no gold: restitution moves"),
        "{error}"
    );
}

/// Were it silent, the identities would tell: counts change with the restitution, and the joint score denies it. Where each
/// bounce is drawn, the same change is in the gold.
#[test]
fn identities_tell_a_map_without_chance_from_draws() {
    let theta = |restitution| [20.0, 0.0, restitution];
    let check = |bumpers: Bumpers, restitution| {
        let found = identities(&bumpers, &theta(restitution), &theta(0.6), 4_000, 5).unwrap();
        found.failures().map(|check| check.name.clone()).collect::<Vec<_>>()
    };
    let silent = check(Bumpers::default().with_restitution(), 0.8);
    assert!(!silent.is_empty(), "nothing was found");
    assert_eq!(
        check(Bumpers::default().with_rough_bumpers(), 0.61),
        Vec::<String>::new()
    );
}

#[test]
fn memories_of_others_are_refused() {
    for numbers in [0, 3, 7] {
        let error = Bumpers::default()
            .log_probability_at(&[20.0, 0.0], &vec![1.0; numbers])
            .unwrap_err();
        assert!(error.to_string().contains("remembered by 4 numbers"), "{error}");
    }
}

#[test] // golden: these are the first events of seed 7 for ever; a change is a changelog line under "Results"
fn first_events_are_stable() {
    let golden = [
        [2.0, 1.43, 21.37598818301288, 91.1267323254401],
        [5.0, 1.47, -23.12586475267742, -90.00632046708171],
        [0.0, 1.43, -28.47235995584914, 0.0], // no ball met a bumper
    ];
    let events = mined(&Bumpers::default().with_rough_bumpers(), &[16.0, 0.1, 0.62], 3, 7);
    let found = Vec::from_iter(
        events
            .iter()
            .map(|(event, _)| [event.x[0], event.x[2], event.score[1], event.score[2]]),
    );
    let mut numbers = found.as_flattened().iter().zip(golden.as_flattened());
    assert!(numbers.all(|(a, b)| close(*a, *b, ALGEBRA)), "{found:?}");
}
