//! Beta and power-law draws.

use motherlode::trace::density::{Beta, PowerLaw};

use super::{agrees_with, draws, family, has_moments, has_vanishing_mean_score, is_impossible, refuses};

family!(Fraction {}, |theta| Beta::new(theta[0], theta[1])?);
family!(Spectrum { low, high }, |theta| PowerLaw::new(theta[0], low, high)?);

const WIDE: Spectrum = Spectrum { low: 0.5, high: 20.0 };
const VAST: Spectrum = Spectrum { low: 1.0, high: 1e12 };

#[test]
fn beta() {
    // (a - 1)*log(d) + (b - 1)*log1p(-d) - log(beta(a, b))
    agrees_with(
        Fraction {},
        &[
            (&[1.0, 1.0], &[0.3], 0.0),
            (&[0.6, 0.8], &[0.01], 1.1741716909244932),
            (&[2.5, 7.0], &[0.3], 0.8793904681929501),
            (&[200.0, 90.0], &[0.7], 2.6313598877205293),
        ],
    );
    for (a, b) in [(1.0, 1.0), (0.6, 0.8), (2.5, 7.0), (200.0, 90.0)] {
        has_vanishing_mean_score(Fraction {}, &[a, b]);
        let total: f64 = a + b;
        let variance = a * b / (total * total * (total + 1.0));
        has_moments(Fraction {}, &[a, b], |x| x[0], a / total, variance);
    }
    refuses(
        Fraction {},
        "Beta",
        &[
            (&[0.0, 1.0], "a = 0"),
            (&[1.0, -1.0], "b = -1"),
            (&[f64::NAN, 1.0], "a = NaN"),
            (&[1.0, 1e200], "b = 1"),
        ],
    );
    for outside in [-0.1, 0.0, 1.0, 1.5] {
        is_impossible(Fraction {}, &[2.0, 2.0], &[outside]);
    }
}

#[test]
fn draws_at_the_ends_keep_a_finite_log_density() {
    use motherlode::trace::{Instrumented, stream};
    for event in 0..200 {
        let mined = super::one(Fraction {})
            .mine(&[1e-3, 1e-3], &mut stream(5, event, 0), &mut Vec::new())
            .unwrap();
        assert!(mined.log_probability.is_finite() && mined.score.iter().all(|score| score.is_finite()));
    }
}

#[test]
fn power_law() {
    // e*log(d) - log((high**(e + 1) - low**(e + 1))/(e + 1)), and e*log(d) - log(log(high/low)) at e = -1
    agrees_with(
        WIDE,
        &[
            (&[-1.0], &[3.0], -2.4039350296313464),
            (&[-1.0000001], &[3.0], -2.403935024363326),
            (&[-2.35], &[0.75], 0.04730665487681435),
            (&[0.0], &[7.0], -2.970414465569701),
            (&[1.5], &[19.0], -2.1562826572011473),
            (&[-0.5], &[1.0], -2.0189027904705017),
            (&[-1.3], &[0.5], -0.10936210893117704),
        ],
    );
    agrees_with(
        Spectrum {
            low: 1e7,
            high: 1e7 + 1.0,
        },
        &[
            (&[-1.9], &[10000000.25], 4.7499995922916965e-08),
            (&[-1.0], &[10000000.25], 2.4999998229166787e-08),
            (&[3.0], &[10000000.25], -7.499999968749986e-08),
        ],
    );
    agrees_with(
        VAST,
        &[
            (&[-40.0], &[1.05], 1.7119550793523646),
            (&[30.0], &[950000000000.0], -25.735832743069917),
        ],
    );
    // With I(k) the integral of x**(e + k): mean I(1)/I(0), variance I(2)/I(0) - mean**2
    let moments = [
        (WIDE, -1.0, 5.286158098295427, 26.239653067353803),
        (WIDE, -1.0000001, 5.286157601911247, 26.239651018190333),
        (WIDE, -2.35, 1.4079583656126662, 3.245189743341492),
        (WIDE, 1.5, 14.287090859569766, 18.12320569798264),
        (VAST, -40.0, 1.0263157894736843, 0.0007299543310623643),
    ];
    for (spectrum, exponent, mean, variance) in moments {
        has_vanishing_mean_score(spectrum, &[exponent]);
        has_moments(spectrum, &[exponent], |x| x[0], mean, variance);
        let outside = |x: &Vec<f64>| x[0] < spectrum.low || x[0] > spectrum.high;
        assert!(!draws(spectrum, &[exponent]).iter().any(outside));
    }
}

#[test]
fn impossible_power_laws_are_refused() {
    refuses(WIDE, "PowerLaw", &[(&[f64::NAN], "NaN"), (&[f64::INFINITY], "inf")]);
    let theta: &[f64] = &[-2.0];
    refuses(Spectrum { low: 0.0, high: 1.0 }, "PowerLaw", &[(theta, "low = 0")]);
    refuses(Spectrum { low: 2.0, high: 1.0 }, "PowerLaw", &[(theta, "high = 1")]);
    refuses(
        Spectrum {
            low: 1.0,
            high: f64::INFINITY,
        },
        "PowerLaw",
        &[(theta, "high = inf")],
    );
    refuses(
        Spectrum {
            low: f64::NAN,
            high: 1.0,
        },
        "PowerLaw",
        &[(theta, "low = NaN")],
    );
    is_impossible(WIDE, theta, &[0.4]);
    is_impossible(WIDE, theta, &[20.5]);
}
