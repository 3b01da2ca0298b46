//! Coins: the binomial distribution, and gold without noise.

use motherlode_simulators::Coins;

use crate::known::{Known, assert_known, log_likelihood, mined, score, truth};
use crate::tolerance::{ALGEBRA, close};

// scipy.stats.binom(10, 0.3).logpmf; the score is k/θ − (n − k)/(1 − θ)
#[test]
fn coins_are_binomial() {
    let known: [Known; 3] = [
        (0.0, -3.566_749_439_387_324_5, &[-10.0 / 0.7]),
        (3.0, -1.321_151_277_766_889, &[0.0]),
        (10.0, -12.039_728_043_259_36, &[10.0 / 0.3]),
    ];
    assert_known(&Coins::default(), &[0.3], &known);
    let truth = truth(&Coins::new(25).unwrap());
    let support = truth.support().unwrap();
    assert_eq!(support.nrows(), 26);
    assert!(close(
        truth.log_likelihood(support.view(), &[0.42]).unwrap().exp().sum(),
        1.0,
        ALGEBRA
    ));
    assert_eq!(log_likelihood(&*truth, 0.0, &[0.0]), 0.0);
    for x in [-1.0, 26.0, 2.5] {
        assert_eq!(log_likelihood(&*truth, x, &[0.42]), f64::NEG_INFINITY);
    }
    assert!(Coins::new(0).is_err() && Coins::new(10_000_000).is_err());
}

#[test]
fn coins_give_gold_without_noise() {
    let coins = Coins::default();
    let truth = truth(&coins);
    for (event, _) in mined(&coins, &[0.3], 50, 6) {
        assert!(close(event.score[0], score(&*truth, event.x[0], &[0.3])[0], ALGEBRA));
    }
}
