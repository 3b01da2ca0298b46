//! The truncated normal, in the middle and in the tails.

use std::f64::consts::LN_2;

use motherlode::trace::density::TruncatedNormal;

use super::{agrees_with, draws, family, has_moments, has_vanishing_mean_score, is_impossible, refuses};

family!(Cut { low, high }, |theta| TruncatedNormal::new(
    theta[0], theta[1], low, high
)?);

const INF: f64 = f64::INFINITY;

// -((d - m)/s)**2/2 - log(s) - log(2*pi)/2 - log(ncdf((high - m)/s) - ncdf((low - m)/s)), 300 digits
#[test]
fn log_densities_are_those_of_mpmath() {
    agrees_with(
        Cut { low: -1.0, high: 2.0 },
        &[
            (&[0.3, 0.8], &[0.0], -0.6947461801745228),
            (&[-4.0, 0.5], &[-0.9], 1.2909775973299784),
            (&[0.0, 50.0], &[1.5], -1.0988623126660526),
            (&[1.0, 1000.0], &[1.5], -1.0986119136682597),
        ],
    );
    agrees_with(
        Cut { low: 5.0, high: INF },
        &[
            (&[0.0, 1.0], &[5.1], 1.1410598607840547),
            (&[-20.0, 0.8], &[5.002], 3.5880561942033213),
            (&[7.0, 3.0], &[5.5], -1.8515398313204738),
        ],
    );
    agrees_with(
        Cut { low: -INF, high: -8.0 },
        &[
            (&[0.0, 1.0], &[-8.3], -0.35050137329012876),
            (&[3.0, 0.5], &[-8.01], 3.346045184736199),
        ],
    );
    agrees_with(
        Cut { low: 0.25, high: 0.375 },
        &[
            (&[0.3, 1.0], &[0.3], 2.080170437153144),
            (&[0.0, 0.1], &[0.26], 3.09963583483922),
            (&[3.0, 0.125], &[0.37], 4.285418840328722),
        ],
    );
    agrees_with(
        Cut { low: -INF, high: INF },
        &[(&[0.5, 2.0], &[3.0], -2.393335713764618)],
    );
}

#[test] // half of a normal density
fn a_cut_at_the_mean_doubles_the_density() {
    let whole = -0.9189385332046728; // -log(2*pi)/2
    agrees_with(
        Cut { low: 0.0, high: INF },
        &[
            (&[0.0, 1.0], &[0.0], whole + LN_2),
            (&[0.0, 1.0], &[2.0], whole - 2.0 + LN_2),
        ],
    );
}

// With a, b the bounds in standard deviations, f = npdf, z the probability between them and k = (f(a) - f(b))/z:
// mean m + s*k, variance s*s*(1 + (a*f(a) - b*f(b))/z - k*k), 300 digits.
#[test]
fn draws_have_the_moments_and_the_score_of_the_cut_density() {
    let cases = [
        (-1.0, 2.0, 0.3, 0.8, 0.3556894114500079, 0.45696552871929247),
        (-1.0, 2.0, 1.4, 0.4, 1.3444841023621092, 0.123608438713699),
        (-1.0, 2.0, 0.0, 50.0, 0.49985001800012824, 0.7499099903620023),
        (5.0, INF, 0.0, 1.0, 5.186503967125842, 0.032696434617112226),
        (5.0, INF, -20.0, 0.8, 5.025547837621, 0.0006513674679016304),
        (5.0, INF, 7.0, 3.0, 8.28205277499449, 4.79223513213995),
        (5.0, INF, 4.7, 1.0, 5.698165968858484, 0.30311448927035034),
        (-INF, -8.0, 0.0, 1.0, -8.121368112236112, 0.014324883443340911),
        (-INF, -8.0, 3.0, 0.5, -8.02263431401885, 0.0005102336215366658),
        (0.25, 0.375, 0.0, 0.1, 0.2805915508953426, 0.0006962452033287952),
        (0.25, 0.375, 0.3, 1.0, 0.3124837324345224, 0.001301405132401467),
        (0.25, 0.375, 3.0, 0.125, 0.36907431298993565, 3.4957680792622306e-05),
        (30.0, 31.0, 0.0, 1.0, 30.033259667433622, 0.0011037715118352822),
    ];
    for (low, high, mean, sd, cut_mean, cut_variance) in cases {
        has_vanishing_mean_score(Cut { low, high }, &[mean, sd]);
        has_moments(Cut { low, high }, &[mean, sd], |x| x[0], cut_mean, cut_variance);
        let outside = |x: &Vec<f64>| x[0] < low || x[0] > high;
        assert!(!draws(Cut { low, high }, &[mean, sd]).iter().any(outside));
    }
}

#[test]
fn impossible_cuts_are_refused() {
    let cut = Cut { low: 0.0, high: 1.0 };
    refuses(
        cut,
        "TruncatedNormal",
        &[
            (&[f64::NAN, 1.0], "mean = NaN"),
            (&[0.0, -1.0], "sd = -1"),
            (&[0.0, f64::NAN], "sd = NaN"),
            (&[1e6, 1.0], "mean = 1000000"),
        ],
    );
    let theta: &[f64] = &[0.0, 1.0];
    refuses(Cut { low: 1.0, high: 1.0 }, "TruncatedNormal", &[(theta, "low = 1")]);
    refuses(
        Cut {
            low: f64::NAN,
            high: f64::NAN,
        },
        "TruncatedNormal",
        &[(theta, "low = NaN")],
    );
    refuses(
        Cut {
            low: f64::NAN,
            high: 1.0,
        },
        "TruncatedNormal",
        &[(theta, "low = NaN")],
    );
    refuses(Cut { low: INF, high: INF }, "TruncatedNormal", &[(theta, "low = inf")]);
    is_impossible(cut, theta, &[1.5]);
    is_impossible(cut, theta, &[f64::NAN]);
}
