//! Bernoulli and categorical draws.

use motherlode::trace::density::{Bernoulli, Categorical};

use super::{
    agrees_with, draws, family, has_frequencies, has_moments, has_vanishing_mean_score, is_impossible, refuses,
};

family!(Coin {}, |theta| Bernoulli::new(theta[0])?);
family!(Choose {}, |theta| Categorical::new(theta)?);

#[test]
fn bernoulli() {
    // log p, log(1 − p)
    agrees_with(
        Coin {},
        &[
            (&[0.3], &[1.0], -1.2039728043259361),
            (&[0.3], &[0.0], -0.35667494393873234),
            (&[0.97], &[0.0], -3.506557897319981),
        ],
    );
    for p in [0.02, 0.4, 0.97] {
        has_vanishing_mean_score(Coin {}, &[p]);
        has_moments(Coin {}, &[p], |x| x[0], p, p * (1.0 - p));
    }
    refuses(
        Coin {},
        "Bernoulli",
        &[(&[-0.1], "-0.1"), (&[1.5], "1.5"), (&[f64::NAN], "NaN")],
    );
    is_impossible(Coin {}, &[0.0], &[1.0]);
}

#[test]
fn categorical() {
    // log(t[d]/sum(t))
    agrees_with(
        Choose {},
        &[
            (&[0.5, 1.25, 3.0], &[0.0], -2.2512917986064953),
            (&[0.5, 1.25, 3.0], &[1.0], -1.33500106673234),
            (&[2.0, 0.001, 0.7], &[1.0], -7.901377353792616),
            (&[2.0, 0.001, 0.7], &[2.0], -1.350297018749211),
        ],
    );
    has_vanishing_mean_score(Choose {}, &[0.5, 1.25, 3.0]);
    has_vanishing_mean_score(Choose {}, &[20.0, 0.1, 7.0, 3.0]);
    has_frequencies(Choose {}, &[0.5, 0.0, 1.5, 3.0], &[0.1, 0.0, 0.3, 0.6]);
    assert!(draws(Choose {}, &[0.0, 4.0, 0.0]).iter().all(|draw| draw[0] == 1.0));
    refuses(
        Choose {},
        "Categorical",
        &[
            (&[0.1, -0.2], "weight 1 = -0.2"),
            (&[f64::NAN, 1.0], "weight 0 = NaN"),
            (&[f64::INFINITY, 1.0], "weight 0 = inf"),
            (&[0.0, 0.0], "2 weights that add up to 0"),
            (&[1e308, 1e308], "add up to inf"),
            (&[], "0 weights"),
        ],
    );
    is_impossible(Choose {}, &[0.5, 0.5], &[2.0]);
    is_impossible(Choose {}, &[0.5, 0.0], &[1.0]);
}
