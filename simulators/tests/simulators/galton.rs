//! The Galton board as the sum over all its paths.

use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_simulators::Galton;

use crate::known::{DIGITS, PRINTED, log_likelihood, score, truth};
use crate::tolerance::close;

/// Every path of the Galton board as a record of its 20 choices.
fn galton_paths() -> impl Iterator<Item = [f64; 20]> {
    (0..1u32 << 20).map(|path| std::array::from_fn(|row| f64::from(path >> row & 1)))
}

fn galton_bin(path: &[f64; 20]) -> usize {
    let step = |column: usize, (row, &left): (usize, &f64)| column + usize::from(left == 0.0) - row % 2;
    path.iter().enumerate().fold(15, step)
}

// Published table of p(x|−0.8), x = 5 … 25: an independent dynamic programme, checked with 10⁶ events.
const GALTON: [f64; 21] = [
    0.001097667,
    0.006536836,
    0.018737114,
    0.035224458,
    0.050121448,
    0.059202478,
    0.062186502,
    0.061345171,
    0.059370715,
    0.058283678,
    0.059266900,
    0.062791663,
    0.068618155,
    0.075520075,
    0.080849576,
    0.080534262,
    0.070635571,
    0.050905704,
    0.027495538,
    0.009655675,
    0.001620812,
];

#[test] // the exact p(x|θ) and score against the sum over all 2²⁰ paths, which share no code with it but the nails
fn galton_is_the_sum_over_all_paths() {
    let (galton, theta) = (Galton::default(), [-0.8]);
    let (mut p, mut tilted, mut t) = ([0.0; 32], [0.0; 32], [0.0]);
    for path in galton_paths() {
        let log = galton.score_at(&theta, &path, &mut t).unwrap();
        p[galton_bin(&path)] += log.exp();
        tilted[galton_bin(&path)] += log.exp() * t[0];
    }
    let truth = truth(&galton);
    for (k, published) in GALTON.iter().enumerate() {
        let bin = k + 5;
        assert!((p[bin] - published).abs() < 1e-9);
        assert!(close(log_likelihood(&*truth, bin as f64, &theta), p[bin].ln(), DIGITS));
        assert!(close(
            score(&*truth, bin as f64, &theta)[0],
            tilted[bin] / p[bin],
            DIGITS
        ));
    }
    assert_eq!(log_likelihood(&*truth, 4.0, &theta), f64::NEG_INFINITY);
    assert_eq!(log_likelihood(&*truth, 7.5, &theta), f64::NEG_INFINITY);
}

#[test] // θ, Fisher information of p(x), Var t(x,z), E[x]: an independent dynamic programme
fn galton_carries_the_information_it_should() {
    let (galton, truth) = (Galton::default(), truth(&Galton::default()));
    let support = truth.support().unwrap();
    for (theta, fisher, variance, mean) in [
        (-1.0, 0.954962, 1.738409, 15.704633),
        (-0.8, 1.412325, 2.354694, 15.583061),
        (-0.6, 1.998620, 3.002046, 15.435786),
        (-0.4, 2.517165, 3.405382, 15.273194),
    ] {
        let p = truth.log_likelihood(support.view(), &[theta]).unwrap().exp();
        let t = truth.score(support.view(), &[theta]).unwrap().column(0).to_owned();
        assert!(((&p * &t * &t).sum() - fisher).abs() < PRINTED);
        assert!(((&p * &support.column(0)).sum() - mean).abs() < PRINTED);
        let mut t = [0.0];
        let found: f64 = galton_paths()
            .map(|path| galton.score_at(&[theta], &path, &mut t).unwrap().exp() * t[0] * t[0])
            .sum();
        assert!((found - variance).abs() < PRINTED, "{found} is not {variance}");
    }
}

/// θ0, θ1, MSE of log r = 0 under p1 and p0, E1[r(x)²], E1[r(x,z)²], KL(p0‖p1), cross-entropy of the exact ratio.
const PAIRS: [[f64; 8]; 4] = [
    [-0.8, -0.6, 0.063246, 0.074334, 1.075435, 1.118517, 0.034865, 0.684716],
    [-1.0, -0.4, 0.516433, 0.876062, 2.051858, 2.775593, 0.336138, 0.620819],
    [-0.8, -0.7, 0.015082, 0.016018, 1.016063, 1.025872, 0.007832, 0.691211],
    [-1.0, -0.6, 0.214713, 0.258834, 1.270691, 1.450983, 0.117587, 0.665191],
];

#[test] // an independent dynamic programme
fn galton_pairs_differ_as_they_should() {
    let (galton, truth) = (Galton::default(), truth(&Galton::default()));
    let support = truth.support().unwrap();
    for [theta0, theta1, mse1, mse0, r2, joint_r2, kl, xe] in PAIRS {
        let p0 = truth.log_likelihood(support.view(), &[theta0]).unwrap().exp();
        let p1 = truth.log_likelihood(support.view(), &[theta1]).unwrap().exp();
        let log_r = truth.log_ratio(support.view(), &[theta0], &[theta1]).unwrap();
        let entropy = |p: &ndarray::Array1<f64>, sign: f64| (p * &log_r.mapv(|l| (sign * l).exp().ln_1p())).sum();
        let found = [
            (&p1 * &log_r * &log_r).sum(),
            (&p0 * &log_r * &log_r).sum(),
            (&p1 * &log_r.mapv(|l| (2.0 * l).exp())).sum(),
            galton_paths()
                .map(|path| {
                    let at = |theta: f64| galton.log_probability_at(&[theta], &path).unwrap();
                    (2.0 * at(theta0) - at(theta1)).exp()
                })
                .sum(),
            (&p0 * &log_r).sum(),
            0.5 * (entropy(&p0, -1.0) + entropy(&p1, 1.0)),
        ];
        for (found, expected) in found.into_iter().zip([mse1, mse0, r2, joint_r2, kl, xe]) {
            assert!(
                (found - expected).abs() < PRINTED,
                "{found} is not {expected} at ({theta0}, {theta1})"
            );
        }
    }
}
