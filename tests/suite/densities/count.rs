//! Counts.

use motherlode::trace::density::{Binomial, Geometric, Poisson};

use super::{agrees_with, family, has_frequencies, has_moments, has_vanishing_mean_score, is_impossible, refuses};

family!(Successes { n }, |theta| Binomial::new(n as u64, theta[0])?);
family!(Events {}, |theta| Poisson::new(theta[0])?);
family!(Failures {}, |theta| Geometric::new(theta[0])?);

#[test]
fn binomial() {
    // log(binomial(n, d)) + d*log(p) + (n - d)*log(1 - p)
    agrees_with(
        Successes { n: 7.0 },
        &[
            (&[0.3], &[0.0], -2.4967246075711267),
            (&[0.3], &[3.0], -1.483270127243324),
            (&[0.97], &[6.0], -1.743402993172919),
            (&[0.02], &[7.0], -27.38416103799702),
        ],
    );
    agrees_with(
        Successes { n: 16.0 },
        &[
            (&[0.3], &[0.0], -5.706799103019717),
            (&[0.97], &[15.0], -1.190857287350828),
            (&[0.02], &[16.0], -62.592368086850335),
        ],
    );
    agrees_with(
        Successes { n: 17.0 },
        &[
            (&[0.3], &[3.0], -2.0832748299499086),
            (&[0.97], &[16.0], -1.1606918730191018),
            (&[0.02], &[17.0], -66.50439109227848),
        ],
    );
    agrees_with(
        Successes { n: 400.0 },
        &[
            (&[0.3], &[0.0], -142.66997757549294),
            (&[0.3], &[3.0], -129.03675265660033),
            (&[0.97], &[399.0], -9.66831713661072),
            (&[0.02], &[400.0], -1564.8092021712584),
        ],
    );
    for (n, p) in [(7.0, 0.3), (16.0, 0.97), (400.0, 0.02), (400.0, 0.6)] {
        has_vanishing_mean_score(Successes { n }, &[p]);
        has_moments(Successes { n }, &[p], |x| x[0], n * p, n * p * (1.0 - p));
    }
    // C(3, k) 0.3ᵏ 0.7³⁻ᵏ
    has_frequencies(Successes { n: 3.0 }, &[0.3], &[0.343, 0.441, 0.189, 0.027]);
    refuses(
        Successes { n: 3.0 },
        "Binomial",
        &[(&[-0.1], "-0.1"), (&[1.1], "1.1"), (&[f64::NAN], "NaN")],
    );
    refuses(Successes { n: 1e17 }, "Binomial", &[(&[0.5], "100000000000000000")]);
    is_impossible(Successes { n: 3.0 }, &[0.5], &[4.0]);
    is_impossible(Successes { n: 3.0 }, &[0.0], &[1.0]);
}

#[test]
fn a_certain_binomial_has_log_density_zero() {
    agrees_at_the_edge(Successes { n: 5.0 }, &[0.0], &[0.0]);
    agrees_at_the_edge(Successes { n: 5.0 }, &[1.0], &[5.0]);
    agrees_at_the_edge(Successes { n: 50.0 }, &[0.0], &[0.0]);
    agrees_at_the_edge(Successes { n: 50.0 }, &[1.0], &[50.0]);
    agrees_at_the_edge(Events {}, &[0.0], &[0.0]);
    agrees_at_the_edge(Failures {}, &[1.0], &[0.0]);
}

/// ln 1 = 0 with a finite score, where 0 · ln 0 lurks.
fn agrees_at_the_edge<F: super::Family + Copy>(family: F, theta: &[f64], draw: &[f64]) {
    use motherlode::trace::Instrumented;
    for by_log in [false, true] {
        let mut score = [0.0];
        let simulator = super::One { family, by_log };
        assert_eq!(simulator.score_at(theta, draw, &mut score).unwrap(), 0.0);
        assert!(score[0].is_finite());
        assert_eq!(
            simulator
                .sample(theta, &mut motherlode::trace::stream(1, 0, 0))
                .unwrap(),
            draw
        );
    }
}

#[test]
fn poisson() {
    // d*log(t) - t - log(factorial(d))
    agrees_with(
        Events {},
        &[
            (&[0.03], &[0.0], -0.03),
            (&[2.5], &[1.0], -1.583709268125845),
            (&[2.5], &[16.0], -18.51120839609419),
            (&[2.5], &[17.0], -20.428131008276253),
            (&[140.0], &[151.0], -3.849379872233659),
        ],
    );
    for rate in [0.03, 2.5, 11.9, 12.1, 140.0] {
        has_vanishing_mean_score(Events {}, &[rate]);
        has_moments(Events {}, &[rate], |x| x[0], rate, rate);
    }
    // exp(−1) (1, 1, 1/2, 1/6, 1/24)
    let e = (-1.0f64).exp();
    has_frequencies(Events {}, &[1.0], &[e, e, e / 2.0, e / 6.0, e / 24.0]);
    refuses(
        Events {},
        "Poisson",
        &[(&[-1.0], "-1"), (&[f64::NAN], "NaN"), (&[2e15], "2000000000000000")],
    );
    is_impossible(Events {}, &[0.0], &[1.0]);
}

#[test]
fn geometric() {
    // log(p) + d*log(1 - p)
    agrees_with(
        Failures {},
        &[
            (&[0.3], &[0.0], -1.2039728043259361),
            (&[0.3], &[16.0], -6.910771907345654),
            (&[0.3], &[17.0], -7.267446851284387),
            (&[0.004], &[912.0], -9.176776432417649),
            (&[0.9], &[2.0], -4.710530701645918),
        ],
    );
    for p in [0.004, 0.3, 0.9] {
        has_vanishing_mean_score(Failures {}, &[p]);
        has_moments(Failures {}, &[p], |x| x[0], (1.0 - p) / p, (1.0 - p) / (p * p));
    }
    // 0.4 · 0.6ᵏ
    has_frequencies(Failures {}, &[0.4], &[0.4, 0.24, 0.144, 0.0864]);
    refuses(
        Failures {},
        "Geometric",
        &[(&[0.0], "p = 0"), (&[1.1], "1.1"), (&[f64::NAN], "NaN")],
    );
}
