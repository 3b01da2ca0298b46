//! The von Mises density.

use std::f64::consts::PI;

use motherlode::trace::density::VonMises;

use super::{agrees_with, draws, family, has_moments, has_vanishing_mean_score, refuses};

family!(Compass {}, |theta| VonMises::new(theta[0], theta[1])?);
family!(Nowhere {}, |theta| VonMises::new(theta[0], R::from(0.0))?);

// k*cos(d - m) - log(2*pi*besseli(0, k))
#[test]
fn log_densities_are_those_of_mpmath() {
    agrees_with(
        Compass {},
        &[
            (&[-1.0, 0.3], &[2.5], -2.1411887612186264),
            (&[2.0, 7.0], &[1.5], -0.8222920482595852),
            (&[0.0, 500.0], &[0.03], 1.9631321399777162),
        ],
    );
    agrees_with(Nowhere {}, &[(&[0.4], &[2.0], -1.8378770664093456)]);
}

// A = besseli(1, k)/besseli(0, k) is the mean of cos(x - m); the variance of the cosine is 1 - A/k - A**2, that of
// the sine A/k.
#[test]
fn draws_have_the_moments_and_the_score_of_the_density() {
    for (mean, k, a) in [
        (-1.0, 0.3, 0.14833742694087526),
        (2.0, 7.0, 0.9255322107941522),
        (3.1, 500.0, 0.9989994989968619),
    ] {
        has_vanishing_mean_score(Compass {}, &[mean, k]);
        has_moments(Compass {}, &[mean, k], |x| (x[0] - mean).cos(), a, 1.0 - a / k - a * a);
        has_moments(Compass {}, &[mean, k], |x| (x[0] - mean).sin(), 0.0, a / k);
        assert!(draws(Compass {}, &[mean, k]).iter().all(|x| -PI < x[0] && x[0] <= PI));
    }
}

#[test] // variance π²/3 of a uniform angle, and 1/κ of a narrow normal one
fn extreme_concentrations_have_their_limits() {
    has_moments(Compass {}, &[0.0, 0.0], |x| x[0], 0.0, PI * PI / 3.0);
    has_moments(Compass {}, &[0.0, 1e-9], |x| x[0], 0.0, PI * PI / 3.0);
    has_moments(Compass {}, &[0.0, 1e12], |x| x[0], 0.0, 1e-12);
}

#[test]
fn impossible_concentrations_are_refused() {
    refuses(
        Compass {},
        "VonMises",
        &[
            (&[0.0, -0.1], "-0.1"),
            (&[f64::NAN, 1.0], "mean = NaN"),
            (&[0.0, f64::NAN], "concentration = NaN"),
        ],
    );
}
