//! Densities made of others.

use motherlode::Real;
use motherlode::trace::density::{Categorical, Mixture, Normal, Rejection, Uniform};
use motherlode::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace, stream};

use super::{
    DRAWS, agrees_with, family, has_moments, has_vanishing_mean_score, is_impossible, mined_scores, one, refuses,
};

// Weights θ₀ : 3, means θ₁ and 2, standard deviations 1 and θ₂.
family!(TwoPeaks {}, |theta| Mixture::new(
    &[theta[0], R::from(3.0)],
    &[
        Normal::new(theta[1], R::from(1.0))?,
        Normal::new(R::from(2.0), theta[2])?
    ],
)?);
family!(Boxes {}, |theta| Mixture::new(
    theta,
    &[
        Uniform::new(R::from(0.0), R::from(1.0))?,
        Uniform::new(R::from(2.0), R::from(3.0))?,
    ],
)?);

// 1 + θx² on [−1, 1], whose integral is 2 + 2θ/3; the uniform proposal has density ½.
family!(Bowl { slack }, |theta| {
    let theta = theta[0];
    let bound = (2.0 * (1.0 + theta.value().max(0.0))).ln() + slack;
    let unnormalised = move |x: &f64| (theta * (x * x) + 1.0).ln();
    Rejection::new(
        Uniform::new(-1.0, 1.0)?,
        unnormalised,
        (theta * (2.0 / 3.0) + 2.0).ln(),
        bound,
    )?
});
// Nothing is ever accepted.
family!(Empty {}, |theta| {
    let nothing = |_: &f64| R::from(f64::NEG_INFINITY);
    Rejection::new(Uniform::new(-1.0, 1.0)?, nothing, theta[0], 0.0)?
});
// Not a density at all.
family!(Undefined {}, |theta| {
    let undefined = |_: &f64| R::from(f64::NAN);
    Rejection::new(Uniform::new(-1.0, 1.0)?, undefined, theta[0], 0.0)?
});

#[test]
fn mixture() {
    // log((w*npdf(d, m, 1) + 3*npdf(d, 2, s))/(w + 3)); at 60 both components are below the smallest number
    agrees_with(
        TwoPeaks {},
        &[
            (&[1.0, -1.0, 0.5], &[0.3], -3.107994847830953),
            (&[0.2, 0.0, 2.0], &[-1.0], -2.5792013744304785),
            (&[5.0, 3.0, 0.25], &[60.0], -1625.8889421624503),
        ],
    );
    for [w, m, s] in [[1.0, -1.0, 0.5], [0.2, 0.0, 2.0]] {
        has_vanishing_mean_score(TwoPeaks {}, &[w, m, s]);
        let mean = (w * m + 6.0) / (w + 3.0);
        let square = (w * (m * m + 1.0) + 3.0 * (4.0 + s * s)) / (w + 3.0);
        has_moments(TwoPeaks {}, &[w, m, s], |x| x[0], mean, square - mean * mean);
    }
    is_impossible(Boxes {}, &[1.0, 2.0], &[1.5]);
    refuses(
        Boxes {},
        "Mixture",
        &[
            (&[1.0], "1 weights and 2 components"),
            (&[1.0, -1.0], "weight 1 = -1"),
            (&[0.0, 0.0], "add up to 0"),
        ],
    );
}

/// The same two peaks with the component drawn first.
struct Labelled;

impl Simulator for Labelled {
    fn name(&self) -> &str {
        "labelled"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    fn observables(&self) -> Vec<Observable> {
        Vec::new()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        None
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let unit = R::from(1.0);
        let peaks = [Normal::new(theta[1], unit)?, Normal::new(unit * 2.0, theta[2])?];
        let label = trace.draw(Categorical::new(&[theta[0], R::from(3.0)])?);
        Ok(vec![trace.draw(peaks[label])])
    }
}

#[test]
fn marginalising_the_component_lowers_the_variance_of_the_score() {
    let theta = [2.0, 1.0, 1.5];
    let second_moment = |scores: &[Vec<f64>], i: usize| scores.iter().map(|t| t[i] * t[i]).sum::<f64>() / DRAWS as f64;
    let labelled: Vec<Vec<f64>> = (0..DRAWS)
        .map(|event| {
            Labelled
                .mine(&theta, &mut stream(13, event, 0), &mut Vec::new())
                .unwrap()
                .score
        })
        .collect();
    let marginal = mined_scores(TwoPeaks {}, &theta);
    for i in 0..theta.len() {
        assert!(second_moment(&marginal, i) < 0.9 * second_moment(&labelled, i));
    }
}

#[test]
fn rejection() {
    // log((1 + t*d**2)/(2 + 2*t/3))
    for slack in [0.0, 1.0] {
        agrees_with(
            Bowl { slack },
            &[
                (&[1.5], &[0.75], -0.4868107475621168),
                (&[-0.5], &[-0.25], -0.542574322080571),
                (&[0.25], &[0.0], -0.773189888233482),
            ],
        );
        for theta in [1.5, -0.5] {
            has_vanishing_mean_score(Bowl { slack }, &[theta]);
            // (2/3 + 2t/5)/(2 + 2t/3)
            let variance = (1.0 / 3.0 + theta / 5.0) / (1.0 + theta / 3.0);
            has_moments(Bowl { slack }, &[theta], |x| x[0], 0.0, variance);
        }
    }
}

#[test]
fn contradictory_rejections_are_refused() {
    refuses(
        Bowl { slack: -1.0 },
        "Rejection",
        &[(&[1.5], "log_bound = 0.6"), (&[f64::NAN], "log_normaliser = NaN")],
    );
    refuses(Bowl { slack: f64::NAN }, "Rejection", &[(&[1.5], "log_bound = NaN")]);
    refuses(Bowl { slack: 20.0 }, "Rejection", &[(&[1.5], "1.2e-9")]);
}

#[test] // a bound 10 % too low is exceeded near the ends; only there does the path become NaN
fn an_exceeded_bound_shows_in_the_path() {
    let bowl = Bowl { slack: 0.9f64.ln() };
    let (mut caught, mut passed) = (0, 0);
    for event in 0..1_000 {
        let mined = one(bowl)
            .mine(&[1.5], &mut stream(3, event, 0), &mut Vec::new())
            .unwrap();
        let exceeds = 1.0 + 1.5 * mined.x[0] * mined.x[0] > 0.9 * 2.5;
        assert_eq!(mined.log_probability.is_nan(), exceeds, "{mined:?}");
        assert_eq!(mined.score[0].is_nan(), exceeds, "{mined:?}");
        if exceeds { caught += 1 } else { passed += 1 }
    }
    assert!(caught > 50 && passed > 50, "{caught} caught, {passed} passed");
}

#[test]
fn a_density_that_cannot_be_drawn_shows_in_the_path() {
    let empty = one(Empty {})
        .mine(&[-2.0], &mut stream(3, 0, 0), &mut Vec::new())
        .unwrap();
    assert!(empty.log_probability.is_nan());
    let undefined = one(Undefined {})
        .mine(&[-2.0], &mut stream(3, 0, 0), &mut Vec::new())
        .unwrap();
    assert!(undefined.log_probability.is_nan());
}
