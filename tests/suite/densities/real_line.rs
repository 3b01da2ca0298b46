//! Normal and uniform draws.

use motherlode::trace::density::{Normal, Uniform};

use super::{agrees_with, family, has_moments, has_vanishing_mean_score, is_impossible, mined_scores, refuses};
use crate::tolerance::{ALGEBRA, close};

family!(Bell {}, |theta| Normal::new(theta[0], theta[1])?);
family!(Flat {}, |theta| Uniform::new(theta[0], theta[1])?);

#[test]
fn normal() {
    // -((d - m)/s)**2/2 - log(s) - log(2*pi)/2
    agrees_with(
        Bell {},
        &[
            (&[0.0, 1.0], &[0.0], -0.9189385332046728),
            (&[-1.5, 0.2], &[-1.1], -1.3095006207705713),
            (&[3.0, 40.0], &[-100.0], -7.923130487318609),
        ],
    );
    for (mean, sd) in [(0.0, 1.0), (-1.5, 0.2), (3.0, 40.0)] {
        has_vanishing_mean_score(Bell {}, &[mean, sd]);
        has_moments(Bell {}, &[mean, sd], |x| x[0], mean, sd * sd);
    }
    refuses(
        Bell {},
        "Normal",
        &[
            (&[0.0, 0.0], "sd = 0"),
            (&[0.0, -1.0], "sd = -1"),
            (&[f64::NAN, 1.0], "mean = NaN"),
            (&[0.0, f64::INFINITY], "sd = inf"),
        ],
    );
}

#[test]
fn uniform() {
    // -log(b - a)
    agrees_with(
        Flat {},
        &[
            (&[0.0, 1.0], &[0.4], 0.0),
            (&[-2.5, 0.25], &[-2.4], -1.0116009116784799),
            (&[1000.0, 1000000.0], &[50000.0], -13.81451005763069),
        ],
    );
    for (low, high) in [(0.0, 1.0), (-2.5, 0.25)] {
        let width: f64 = high - low;
        has_moments(
            Flat {},
            &[low, high],
            |x| x[0],
            0.5 * (low + high),
            width * width / 12.0,
        );
    }
    refuses(
        Flat {},
        "Uniform",
        &[
            (&[1.0, 1.0], "high = 1"),
            (&[2.0, 1.0], "low = 2"),
            (&[f64::NAN, 1.0], "low = NaN"),
            (&[0.0, f64::INFINITY], "high = inf"),
            (&[-1e308, 1e308], "low = -1"),
        ],
    );
    is_impossible(Flat {}, &[0.0, 1.0], &[1.5]);
    is_impossible(Flat {}, &[0.0, 1.0], &[f64::NAN]);
}

#[test] // 1/(b − a) for the lower bound, −1/(b − a) for the upper, in every event
fn a_moving_support_spoils_the_mean_score_as_documented() {
    for score in mined_scores(Flat {}, &[-1.0, 3.0]) {
        assert!(close(score[0], 0.25, ALGEBRA) && close(score[1], -0.25, ALGEBRA));
    }
}
