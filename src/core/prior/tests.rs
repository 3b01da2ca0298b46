use std::sync::Arc;

use super::*;
use crate::mean::Mean;
use crate::trace::{Stream, stream};

fn anywhere(n: usize) -> Vec<Parameter> {
    (0..n)
        .map(|k| Parameter::new(&format!("p{k}"), f64::NEG_INFINITY, f64::INFINITY))
        .collect()
}

fn draws(prior: &Prior, parameters: &[Parameter], n: usize) -> Vec<Vec<f64>> {
    let mut rng = stream(1, 2, 3);
    let draw = |_| {
        let mut theta = vec![0.0; parameters.len()];
        prior.draw(parameters, &mut rng, &mut theta).unwrap();
        theta
    };
    (0..n).map(draw).collect()
}

fn moment(draws: &[Vec<f64>], of: impl Fn(&[f64]) -> f64 + Clone) -> Mean {
    Mean::from_values(draws.iter().map(move |theta| of(theta)))
}

/// A prior of each kind, of two parameters, with the ranges of the parameters.
fn all() -> Vec<(Prior, Vec<Parameter>)> {
    let normal =
        |mean: [f64; 2], rho: f64| CorrelatedNormal::new(mean.to_vec(), vec![vec![1.0, rho], vec![rho, 1.0]]).unwrap();
    let positive = vec![Parameter::new("a", 0.0, 10.0), Parameter::new("b", -5.0, 5.0)];
    let marginals = vec![
        Marginal::LogNormal {
            location: 0.2,
            scale: 0.5,
        },
        Marginal::TruncatedNormal {
            mean: 0.0,
            sd: 1.0,
            low: -0.5,
            high: 2.0,
        },
    ];
    let independent = Prior::independent(marginals);
    let correlated = Prior::Correlated(normal([0.5, -0.5], 0.8));
    let one = |marginal: Marginal| Prior::independent(vec![marginal]);
    vec![
        (Prior::uniform([(0.0, 2.0), (-1.0, 3.0)]).unwrap(), positive.clone()),
        (
            Prior::Gaussian {
                mean: vec![1.0, 0.0],
                sd: vec![1.0, 2.0],
            },
            positive.clone(),
        ),
        (independent.clone(), positive.clone()),
        (correlated.clone(), anywhere(2)),
        (
            Prior::Product {
                parts: vec![
                    one(Marginal::LogUniform { low: 0.1, high: 10.0 }),
                    one(Marginal::Normal { mean: 1.0, sd: 0.3 }),
                ],
            },
            positive,
        ),
        (
            Prior::Mixture {
                weights: vec![1.0, 3.0],
                parts: vec![correlated, Prior::Correlated(normal([3.0, 2.0], -0.5))],
            },
            anywhere(2),
        ),
    ]
}

/// ∫ π = 1: the mean of π/u over draws of a wide uniform density u, and draws have the mean and the square of the density.
#[test]
fn densities_are_normalised_and_those_of_the_draws() {
    for (prior, parameters) in all() {
        prior.check(&parameters).unwrap();
        let wide = Prior::uniform([(-8.0, 11.0), (-9.0, 9.0)]).unwrap();
        let points = wide.spread_points(&anywhere(2), 200_000, &mut stream(4, 0, 0)).unwrap();
        let log_wide = wide.log_density(&[], &points[0]);
        let density = |theta: &[f64]| (prior.log_density(&parameters, theta) - log_wide).exp();
        let integral = moment(&points, density);
        assert!(integral.z_score(1.0).abs() < 4.5, "{prior}: {integral:?}");
        let drawn = draws(&prior, &parameters, 100_000);
        let moments: [fn(&[f64]) -> f64; 4] = [|t| t[0], |t| t[1] * t[1], |t| t[0] * t[1], |t| (0.3 * t[0]).sin()];
        for of in moments {
            let (expected, found) = (moment(&points, |t| of(t) * density(t)), moment(&drawn, of));
            let error = expected.standard_error.hypot(found.standard_error);
            assert!(
                (expected.value - found.value).abs() < 4.5 * error,
                "{prior}: {found:?}, expected {expected:?}"
            );
        }
        // The unit cube has the same moments.
        let even = prior.spread_points(&parameters, 20_000, &mut stream(5, 0, 0)).unwrap();
        let (expected, found) = (moment(&drawn, |t| t[0]), moment(&even, |t| t[0]));
        let error = expected.standard_error.hypot(found.standard_error);
        assert!((expected.value - found.value).abs() < 4.5 * error, "{prior}: {found:?}");
    }
}

#[test]
fn gradients_are_differences() {
    for (prior, parameters) in all() {
        for theta in draws(&prior, &parameters, 20) {
            let gradient = prior.gradient(&parameters, &theta);
            for k in 0..2 {
                let at = |step: f64| {
                    let mut moved = theta.clone();
                    moved[k] += step;
                    prior.log_density(&parameters, &moved)
                };
                let difference = (at(1e-6) - at(-1e-6)) / 2e-6;
                let close = (gradient[k] - difference).abs() < 1e-5 * (1.0 + difference.abs());
                assert!(
                    close || !difference.is_finite(),
                    "{prior}: {} {difference}",
                    gradient[k]
                );
            }
        }
    }
}

#[test]
fn files_come_back() {
    for (prior, _) in all() {
        let cut = prior
            .within(&ParameterBox::new([(0.0, 1.0), (0.0, 1.0)]).unwrap())
            .unwrap();
        for prior in [prior, cut] {
            let json = serde_json::to_string(&prior).unwrap();
            assert_eq!(serde_json::from_str::<Prior>(&json).unwrap(), prior, "{json}");
        }
    }
}

/// A correlated normal cut off at a box: draws lie in it, and have the mean of the density there.
#[test]
fn truncated_priors_end_at_the_edges() {
    let (prior, parameters) = all().swap_remove(3);
    let edges = ParameterBox::new([(0.0, 1.0), (-2.0, 0.0)]).unwrap();
    let cut = prior.within(&edges).unwrap();
    let drawn = draws(&cut, &parameters, 50_000);
    assert!(drawn.iter().all(|theta| edges.contains(theta)));
    assert!(!cut.contains(&[1.5, -1.0]) && !cut.has_quantiles());
    let points = Prior::spread(2, 50_000, &mut stream(6, 0, 0));
    let points: Vec<Vec<f64>> = points.iter().map(|shares| edges.at(shares)).collect();
    let weighted = points.iter().map(|t| (t[0], cut.log_density(&parameters, t).exp()));
    let expected = Mean::weighted(weighted);
    let found = moment(&drawn, |t| t[0]);
    let error = expected.standard_error.hypot(found.standard_error);
    assert!(
        (expected.value - found.value).abs() < 4.5 * error,
        "{found:?} {expected:?}"
    );
}

struct Triangle {
    scale: f64,
}

impl PriorDensity for Triangle {
    fn name(&self) -> &str {
        "triangle"
    }

    fn bulk(&self) -> ParameterBox {
        ParameterBox::new([(0.0, 1.0)]).unwrap()
    }

    fn sample(&self, rng: &mut Stream) -> Vec<f64> {
        use rand::RngExt;
        vec![rng.random::<f64>().sqrt()]
    }

    fn log_density(&self, theta: &[f64]) -> f64 {
        match (0.0..=1.0).contains(&theta[0]) {
            true => (2.0 * self.scale * theta[0]).ln(),
            false => f64::NEG_INFINITY,
        }
    }
}

/// p(θ) = 2θ: the mean is ⅔, the slope of its logarithm 1/θ; a density that is half as high is refused.
#[test]
fn own_priors_are_checked_and_used() {
    let own = OwnPrior::new(Arc::new(Triangle { scale: 1.0 })).unwrap();
    let prior = Prior::Own(own);
    let parameters = [Parameter::new("a", -1.0, 2.0)];
    let mean = moment(&draws(&prior, &parameters, 20_000), |t| t[0]);
    assert!(mean.z_score(2.0 / 3.0).abs() < 4.0, "{mean:?}");
    assert!((prior.gradient(&parameters, &[0.4])[0] - 2.5).abs() < 1e-6);
    let refused = OwnPrior::new(Arc::new(Triangle { scale: 0.5 }))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("do not agree"), "{refused}");
    let read: Prior = serde_json::from_str(&serde_json::to_string(&prior).unwrap()).unwrap();
    assert_eq!(read, prior);
    let unknown = read.check(&parameters).unwrap_err().to_string();
    assert!(unknown.contains("`triangle` is defined in the code"), "{unknown}");
}

#[test]
fn what_is_no_prior_is_refused() {
    let parameters = [Parameter::new("a", 0.0, 1.0)];
    let refused = |prior: Prior| prior.check(&parameters).unwrap_err().to_string();
    let one = |marginal| Prior::independent(vec![marginal]);
    let log_uniform = refused(one(Marginal::LogUniform { low: 0.0, high: 1.0 }));
    assert!(
        log_uniform.contains("the lower edge 0: give a positive number"),
        "{log_uniform}"
    );
    let outside = refused(one(Marginal::TruncatedNormal {
        mean: -40.0,
        sd: 1.0,
        low: 0.0,
        high: 1.0,
    }));
    assert!(outside.contains("no probability"), "{outside}");
    let empty = refused(Prior::Mixture {
        weights: vec![0.0],
        parts: vec![one(Marginal::fixed(0.5))],
    });
    assert!(empty.contains("positive weight"), "{empty}");
    let singular = CorrelatedNormal::new(vec![0.0; 2], vec![vec![1.0, 1.0], vec![1.0, 1.0]]);
    assert!(singular.unwrap_err().to_string().contains("positive definite"));
}

#[test]
fn distributions_are_read_from_text() {
    assert_eq!("normal(0, 0.5)".parse(), Ok(Marginal::Normal { mean: 0.0, sd: 0.5 }));
    assert_eq!(
        " log-uniform( 1e-3,2 ) ".parse(),
        Ok(Marginal::LogUniform { low: 1e-3, high: 2.0 })
    );
    let wrong = "gauss(0, 1)".parse::<Marginal>().unwrap_err();
    assert!(wrong.contains("write one of uniform(low, high)"), "{wrong}");
    let short = "normal(0)".parse::<Marginal>().unwrap_err();
    assert!(short.contains("write normal(mean, sd)"), "{short}");
}

/// In its coordinates a prior has mean 0 and covariance 1, before it is cut off; there and back is the same point, the Jacobian is the limit of
/// differences, and gradients obey the chain rule.
#[test]
fn coordinates_are_centred_and_of_width_one() {
    for (prior, parameters) in all() {
        let coordinates = prior.coordinates(&parameters).unwrap();
        assert_eq!(coordinates.inconsistency(), None);
        let drawn = draws(&prior, &parameters, 2_000);
        for theta in drawn.iter().take(20) {
            let v = coordinates.standard(theta);
            let back = coordinates.parameters(&v);
            assert!(
                back.iter()
                    .zip(theta)
                    .all(|(a, b)| (a - b).abs() < 1e-9 * b.abs().max(1.0)),
                "{prior}"
            );
            check_derivatives(&coordinates, theta);
        }
        let v: Vec<Vec<f64>> = drawn.iter().map(|theta| coordinates.standard(theta)).collect();
        for j in 0..coordinates.dimensions() {
            let mean = moment(&v, move |v| v[j]);
            let square = moment(&v, move |v| v[j] * v[j]);
            assert!(
                mean.value.abs() < 1.2 && (0.2..2.0).contains(&square.value),
                "{prior}: {mean:?} {square:?}"
            );
        }
    }
}

fn check_derivatives(coordinates: &Coordinates, theta: &[f64]) {
    let d = coordinates.dimensions();
    let moved = |k: usize, step: f64| {
        let mut theta = theta.to_vec();
        theta[k] += step;
        coordinates.standard(&theta)
    };
    let step = |k: usize| 1e-6 * theta[k].abs().max(1e-3);
    let columns: Vec<Vec<f64>> = (0..theta.len())
        .map(|k| {
            let ends = moved(k, step(k)).into_iter().zip(moved(k, -step(k)));
            ends.map(|(above, below)| (above - below) / (2.0 * step(k))).collect()
        })
        .collect();
    let slopes: Vec<f64> = (0..d).map(|j| 1.0 + j as f64).collect();
    let chained = columns
        .iter()
        .map(|column| column.iter().zip(&slopes).map(|(a, b)| a * b).sum::<f64>());
    let gradient = coordinates.gradient(theta, &slopes);
    for (exact, found) in chained.zip(&gradient) {
        assert!((exact - found).abs() < 1e-5 * exact.abs().max(1.0), "{exact} {found}");
    }
    // The score is the inverse of the gradient.
    let back = coordinates.score(theta, &gradient);
    assert!(back.iter().zip(&slopes).all(|(a, b)| (a - b).abs() < 1e-9), "{back:?}");
    let matrix = nalgebra::DMatrix::from_fn(d, d, |j, k| columns[k][j]);
    assert!((matrix.determinant().abs().ln() - coordinates.log_jacobian(theta)).abs() < 1e-5);
}

#[test]
fn parameters_that_are_held_fixed_have_no_coordinate() {
    let prior = Prior::Product {
        parts: vec![
            Prior::uniform([(0.0, 2.0), (3.0, 3.0)]).unwrap(),
            Prior::independent(vec![Marginal::LogUniform { low: 0.1, high: 10.0 }]),
        ],
    };
    let coordinates = prior.coordinates(&anywhere(3)).unwrap();
    assert_eq!((coordinates.n_parameters(), coordinates.dimensions()), (3, 2));
    let theta = coordinates.parameters(&[0.0, 0.0]);
    assert!(
        (theta[0] - 1.0).abs() + (theta[1] - 3.0).abs() + (theta[2] - 1.0).abs() < 1e-12,
        "{theta:?}"
    );
    assert_eq!(coordinates.gradient(&theta, &[1.0, 1.0])[1], 0.0);
}

/// A narrow piece of independent distributions is drawn from without rejection: log-normal and normal tails that hold a share of 10⁻⁸.
#[test]
fn narrow_pieces_are_drawn_from() {
    let prior = Prior::independent(vec![
        Marginal::LogNormal {
            location: 0.0,
            scale: 0.5,
        },
        Marginal::Normal { mean: 0.0, sd: 1.0 },
    ]);
    let wide = ParameterBox::new(vec![(4.0, 9.0), (2.0, 9.0)]).unwrap();
    let narrow = ParameterBox::new(vec![(4.0, 4.001), (3.0, 3.001)]).unwrap();
    let twice = prior.within(&wide).unwrap().within(&narrow).unwrap();
    let found = draws(&twice, &anywhere(2), 1_000);
    assert!(found.iter().all(|theta| narrow.contains(theta)));
    let mean = moment(&found, |theta| theta[1]).value;
    assert!((mean - 3.0005).abs() < 1e-4, "{mean}");
    let coordinates = twice.coordinates(&anywhere(2)).unwrap();
    assert_eq!(coordinates.dimensions(), 2);
}
