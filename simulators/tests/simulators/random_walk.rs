//! The walk between its two barriers of time: Skellam, with its information.

use motherlode_core::trace::Instrumented;
use motherlode_simulators::RandomWalk;
use ndarray::Array2;

use crate::known::{DIGITS, assert_known, log_likelihood, mined, truth};
use crate::tolerance::{ALGEBRA, close, z_score};

// mpmath 1.3, 30 digits: log of e^{-(θ+100)} (θ/100)^{x/2} I_|x|(2 √(100 θ)) and its numerical derivative.
#[test]
fn random_walk_ends_as_skellam_says() {
    assert_known(
        &RandomWalk,
        &[130.0],
        &[
            (0.0, -5.598_053_894_054_523, &[-0.124_867_175_238_091_46]),
            (30.0, -3.637_449_053_106_718_7, &[-0.001_892_246_306_425_54]),
            (60.0, -5.592_836_845_116_33, &[0.135_879_079_489_856_97]),
            (-45.0, -15.936_707_602_112_05, &[-0.280_957_286_887_344_5]),
            (150.0, -33.761_213_307_013_98, &[0.625_377_125_048_489]),
        ],
    );
    assert_known(
        &RandomWalk,
        &[55.5],
        &[
            (-45.0, -3.442_834_649_306_638, &[-0.007_340_621_695_103_485]),
            (60.0, -39.549_811_969_135_94, &[0.983_723_879_897_563_5]),
        ],
    );
    let truth = truth(&RandomWalk);
    for x in [0.5, f64::NAN, f64::INFINITY] {
        assert_eq!(log_likelihood(&*truth, x, &[130.0]), f64::NEG_INFINITY);
    }
}

#[test] // Fisher information by mpmath as above, summed over x from −120 to 199; Var t(x,z) = 1/θ, closed form
fn random_walk_carries_the_information_it_should() {
    let truth = truth(&RandomWalk);
    let x = Array2::from_shape_fn((400, 1), |(i, _)| i as f64 - 170.0);
    let p = truth.log_likelihood(x.view(), &[130.0]).unwrap().exp();
    let t = truth.score(x.view(), &[130.0]).unwrap().column(0).to_owned();
    assert!(close(p.sum(), 1.0, ALGEBRA));
    assert!(close((&p * &t * &t).sum() / 0.004_354_959_415_594_13, 1.0, DIGITS));
    let squares: Vec<f64> = mined(&RandomWalk, &[130.0], 5_000, 3)
        .iter()
        .map(|(m, _)| m.score[0].powi(2) - 1.0 / 130.0)
        .collect();
    assert!(z_score(&squares).abs() < 5.0);
}

#[test] // ln p = n₊ ln θ + n₋ ln 100 − (θ + 100) T
fn a_random_walk_that_never_steps_up_has_a_density() {
    let x = ndarray::array![[0.0], [-1.0]]; // only ways down are left: Poisson(100)
    let found = truth(&RandomWalk).log_likelihood(x.view(), &[0.0]).unwrap();
    let off = [found[0] + 100.0, found[1] - (100f64.ln() - 100.0)];
    assert!(off.iter().all(|off| off.abs() < 1e-9), "{found}");
}

#[test]
fn random_walk_is_remembered_by_its_counts() {
    for (event, memory) in mined(&RandomWalk, &[130.0], 50, 4) {
        let [up, down, duration] = memory[..] else {
            panic!("three numbers")
        };
        assert_eq!(event.x, [up - down]);
        assert_eq!(duration, 1.0);
        assert!(close(event.score[0], up / 130.0 - 1.0, ALGEBRA));
        let log = up * 130f64.ln() + down * 100f64.ln() - 230.0;
        assert!(close(event.log_probability, log, ALGEBRA));
    }
    assert!(RandomWalk.log_probability_at(&[130.0], &[1.0]).is_err());
}
