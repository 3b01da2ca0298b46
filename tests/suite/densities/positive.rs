//! Positive numbers.

use motherlode::trace::density::{Exponential, Gamma, LogNormal};

use super::{agrees_with, family, has_moments, has_vanishing_mean_score, is_impossible, refuses};

family!(Wait {}, |theta| Exponential::new(theta[0])?);
family!(Sum {}, |theta| Gamma::new(theta[0], theta[1])?);
family!(Product {}, |theta| LogNormal::new(theta[0], theta[1])?);

#[test]
fn exponential() {
    // log(t) - t*d
    agrees_with(
        Wait {},
        &[
            (&[0.25], &[3.0], -2.136294361119891),
            (&[1.5], &[0.0], 0.4054651081081644),
            (&[10000.0], &[0.0002], 7.210340371976183),
        ],
    );
    for rate in [0.25, 1.5, 10_000.0] {
        has_vanishing_mean_score(Wait {}, &[rate]);
        has_moments(Wait {}, &[rate], |x| x[0], 1.0 / rate, 1.0 / (rate * rate));
    }
    refuses(
        Wait {},
        "Exponential",
        &[
            (&[0.0], "rate = 0"),
            (&[-2.0], "rate = -2"),
            (&[f64::NAN], "NaN"),
            (&[f64::INFINITY], "inf"),
        ],
    );
    is_impossible(Wait {}, &[1.0], &[-0.5]);
}

#[test]
fn gamma() {
    // k*log(r) + (k - 1)*log(d) - r*d - loggamma(k)
    agrees_with(
        Sum {},
        &[
            (&[1.0, 2.0], &[0.7], -0.7068528194400546),
            (&[0.3, 0.5], &[0.0001], 5.143446111397269),
            (&[12.5, 3.0], &[5.0], -1.4931579105929202),
            (&[800.0, 0.1], &[8100.0], -6.638340177846758),
        ],
    );
    for (shape, rate) in [(1.0, 2.0), (0.3, 0.5), (12.5, 3.0), (800.0, 0.1)] {
        has_vanishing_mean_score(Sum {}, &[shape, rate]);
        has_moments(Sum {}, &[shape, rate], |x| x[0], shape / rate, shape / (rate * rate));
    }
    refuses(
        Sum {},
        "Gamma",
        &[
            (&[0.0, 1.0], "shape = 0"),
            (&[1.0, -3.0], "rate = -3"),
            (&[f64::NAN, 1.0], "shape = NaN"),
            (&[1.0, f64::INFINITY], "rate = inf"),
        ],
    );
    is_impossible(Sum {}, &[2.0, 1.0], &[0.0]);
}

#[test] // shape 0.001 puts half of the mass below the smallest number
fn draws_of_tiny_shapes_keep_a_finite_log_density() {
    use motherlode::trace::{Instrumented, stream};
    for event in 0..200 {
        let mined = super::one(Sum {})
            .mine(&[1e-3, 1.0], &mut stream(5, event, 0), &mut Vec::new())
            .unwrap();
        assert!(mined.x[0] >= f64::MIN_POSITIVE && mined.log_probability.is_finite());
        assert!(mined.score.iter().all(|score| score.is_finite()));
    }
}

#[test]
fn log_normal() {
    // -((log(d) - m)/s)**2/2 - log(s) - log(d) - log(2*pi)/2
    agrees_with(
        Product {},
        &[
            (&[0.0, 1.0], &[1.0], -0.9189385332046728),
            (&[-0.5, 0.25], &[0.5], 0.8620563416091143),
            (&[3.0, 2.0], &[1000.0], -10.42865990779835),
        ],
    );
    for (mean, sd) in [(0.0, 1.0), (-0.5, 0.25), (3.0, 2.0)] {
        has_vanishing_mean_score(Product {}, &[mean, sd]);
        has_moments(Product {}, &[mean, sd], |x| x[0].ln(), mean, sd * sd);
    }
    refuses(
        Product {},
        "LogNormal",
        &[
            (&[0.0, 0.0], "log_sd = 0"),
            (&[f64::INFINITY, 1.0], "log_mean = inf"),
            (&[0.0, f64::NAN], "log_sd = NaN"),
        ],
    );
    is_impossible(Product {}, &[0.0, 1.0], &[-1.0]);
}
