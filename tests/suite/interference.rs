//! Rates that are quadratic in θ: the simulator of two interfering amplitudes, and what the physics-aware estimators make of
//! it.

use motherlode::Result;
use motherlode::dataset::AugmentedData;
use motherlode::gold::{Design, identities, ratio_derivatives};
use motherlode::likelihood::{LogRatio, Score, Truth};
use motherlode::nn::{Head, Method, Model, RatioEstimator, Settings, TrainingData};
use motherlode::trace::{Instrumented, stream};
use motherlode_simulators::{Interference, registry};
use ndarray::{Array2, aview2};

use crate::mined;
use crate::tolerance::{ALGEBRA, FINITE_DIFFERENCE, close, z_score};

fn truth() -> Box<dyn Truth> {
    Instrumented::truth(&Interference).expect("a closed form exists")
}

fn mined(design: Design, n: u64, seed: u64) -> AugmentedData {
    mined::mined(&Interference, design, seed, n)
}

fn over_the_prior(n: u64, seed: u64) -> AugmentedData {
    mined::over_the_prior(&Interference, seed, n)
}

fn at_reference(n: u64, seed: u64) -> AugmentedData {
    mined(Design::Reference { theta: vec![0.0] }, n, seed)
}

/// Observations that cover ±4 standard deviations, with the probabilities of θ = 0.
fn grid() -> (Array2<f64>, Vec<f64>) {
    let x = Array2::from_shape_fn((161, 1), |(i, _)| 0.056 * (i as f64 - 80.0));
    let density: Vec<f64> = x.iter().map(|x| (-0.5 * x * x / 1.25).exp()).collect();
    let total: f64 = density.iter().sum();
    (x, density.iter().map(|p| p / total).collect())
}

/// ⟨(log r̂ − log r)²⟩ under θ = 0, for θ against 0.
fn error(estimate: &dyn LogRatio, theta: f64) -> f64 {
    let (x, weights) = grid();
    let found = estimate.log_ratio(x.view(), &[theta], &[0.0]).unwrap();
    let exact = truth().log_ratio(x.view(), &[theta], &[0.0]).unwrap();
    let squares = found.iter().zip(&exact).map(|(a, b)| (a - b).powi(2));
    squares.zip(weights).map(|(square, weight)| square * weight).sum()
}

fn mean_error(estimate: &dyn LogRatio, thetas: &[f64]) -> f64 {
    thetas.iter().map(|&theta| error(estimate, theta)).sum::<f64>() / thetas.len() as f64
}

const INSIDE: [f64; 5] = [-1.0, -0.5, 0.25, 0.5, 1.0];
const OUTSIDE: [f64; 4] = [-2.0, -1.5, 1.5, 2.0];

fn settings(head: Head) -> Settings {
    Settings {
        steps: Some(1_000),
        hidden: vec![40, 40],
        head,
        ..Settings::default()
    }
}

fn trained(method: Method, data: &AugmentedData, settings: &Settings) -> RatioEstimator {
    RatioEstimator::train(method, data.with_simulator(&Interference), settings, &()).unwrap()
}

#[test]
fn the_identities_of_gold_hold() {
    let found = identities(&Interference, &[0.5], &[0.0], 10_000, 21).unwrap();
    assert!(found.pass(), "{:#?}", found.failures().collect::<Vec<_>>());
}

// The rectangle rule, which for a smooth integrand that vanishes at both ends is exact to rounding.
#[test]
fn the_truth_is_the_integral_over_the_latent() {
    let (step, n) = (0.001, 12_000);
    for (x, theta) in [(0.3, 0.5), (-1.2, 1.0), (2.0, -0.7), (0.0, 0.0)] {
        let normal = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
        let rate = |z: f64| normal(z) * (1.0 + theta * z).powi(2) / (1.0 + theta * theta);
        let seen = |z: f64| normal((x - z) / 0.5) / 0.5;
        let integral: f64 = (-n..=n)
            .map(|i| f64::from(i) * step)
            .map(|z| rate(z) * seen(z) * step)
            .sum();
        let found = truth().log_likelihood(aview2(&[[x]]), &[theta]).unwrap()[0];
        assert!(close(found, integral.ln(), 1e-10), "{found} is not {}", integral.ln());
    }
}

/// E z = 2θ/(1 + θ²), E z² = (1 + 3θ²)/(1 + θ²); E x = E z, E x² = E z² + ¼.
#[test]
fn draws_have_the_moments_of_their_density() {
    for theta in [-1.0f64, 0.4, 3.0] {
        let draws: Vec<f64> = (0..20_000)
            .map(|event| Interference.sample(&[theta], &mut stream(4, event, 0)).unwrap()[0])
            .collect();
        let rate = 1.0 + theta * theta;
        let first: Vec<f64> = draws.iter().map(|x| x - 2.0 * theta / rate).collect();
        let second: Vec<f64> = draws
            .iter()
            .map(|x| x * x - (1.0 + 3.0 * theta * theta) / rate - 0.25)
            .collect();
        assert!(z_score(&first).abs() < 5.0 && z_score(&second).abs() < 5.0, "{theta}");
    }
}

/// Second derivatives of every simulator against central differences of its score.
#[test]
fn curvatures_are_derivatives_of_scores() {
    for simulator in registry() {
        let theta = simulator.hypotheses().unwrap().theta0;
        let p = theta.len();
        let mut memory = vec![];
        for event in 0..5 {
            let mined = simulator.mine(&theta, &mut stream(8, event, 0), &mut memory).unwrap();
            let (mut score, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
            let log = simulator
                .curvature_at(&theta, &memory, &mut score, &mut hessian)
                .unwrap();
            assert!(close(log, mined.log_probability, ALGEBRA));
            assert!(score.iter().zip(&mined.score).all(|(a, b)| close(*a, *b, ALGEBRA)));
            for i in 0..p {
                let step = 1e-5 * theta[i].abs().max(0.1);
                let at = |sign: f64| {
                    let mut there = theta.clone();
                    there[i] += sign * step;
                    let mut score = vec![0.0; p];
                    simulator.score_at(&there, &memory, &mut score).unwrap();
                    score
                };
                let (above, below) = (at(1.0), at(-1.0));
                for j in 0..p {
                    let numeric = (above[j] - below[j]) / (2.0 * step);
                    let found = hessian[i * p + j];
                    assert!(
                        close(found, numeric, FINITE_DIFFERENCE),
                        "{}: {found} {numeric}",
                        simulator.name()
                    );
                }
            }
        }
        let said = simulator.curvature_at(&theta, &memory, &mut vec![0.0; p], &mut vec![0.0; p * p + 1]);
        assert!(said.unwrap_err().to_string().contains("derivatives"));
    }
}

/// At θ = 0, r(x,z|θ) has the derivatives 2z and 2z² − 2; both have the mean 0.
#[test]
fn derivatives_of_the_joint_ratio_are_known() -> Result<()> {
    let data = at_reference(2_000, 6);
    let derivatives = ratio_derivatives(&Interference, &data, &())?;
    let memories = data.memories.as_ref().unwrap();
    for (event, row) in derivatives.rows().into_iter().enumerate() {
        let z = memories.event(event)[0];
        assert!(close(row[0], 2.0 * z, ALGEBRA) && close(row[1], 2.0 * z * z - 2.0, ALGEBRA));
    }
    assert!(
        derivatives
            .columns()
            .into_iter()
            .all(|column| z_score(&column.to_vec()).abs() < 5.0)
    );
    let said = ratio_derivatives(&Interference, &over_the_prior(10, 1), &()).unwrap_err();
    assert!(said.to_string().contains("--reference"));
    Ok(())
}

/// Events of θ = 0 alone give the ratio of any θ. The answer log r = 0 has an error of 1.03.
#[test]
fn derivative_learning_recovers_the_ratio_from_one_point() {
    let estimator = trained(Method::Derivatives, &at_reference(20_000, 3), &settings(Head::Plain));
    let found = mean_error(&estimator, &INSIDE);
    assert!(found < 0.15, "{found}");
    // Within two standard deviations of x: beyond them the ratio comes close to zero, and its logarithm has no slope to learn.
    let x = Array2::from_shape_fn((101, 1), |(i, _)| 0.045 * (i as f64 - 50.0));
    let exact = truth().score(x.view(), &[0.3]).unwrap();
    let wrong = estimator.score(x.view(), &[0.3]).unwrap() - &exact;
    let share = wrong.mapv(|t| t * t).sum() / exact.mapv(|t| t * t).sum();
    assert!(share < 0.1, "{share}");
}

/// Where the denominator is a point, a quadratic head needs no event to know the ratio there.
#[test]
fn the_quadratic_head_is_better_than_the_plain_one_and_extrapolates() {
    let data = over_the_prior(4_000, 1);
    let [plain, quadratic] = [Head::Plain, Head::Quadratic].map(|head| trained(Method::Alice, &data, &settings(head)));
    let inside = [&plain, &quadratic].map(|estimator| mean_error(estimator, &INSIDE));
    let outside = [&plain, &quadratic].map(|estimator| mean_error(estimator, &OUTSIDE));
    assert!(inside[1] < 0.02 && inside[1] < 0.2 * inside[0], "{inside:?}");
    assert!(outside[1] < 0.1 && outside[1] < 0.1 * outside[0], "{outside:?}");
    let (x, _) = grid();
    let at_origin = quadratic.log_ratio_to_denominator(x.view(), &[0.0]).unwrap();
    assert!(at_origin.iter().all(|&log| log == 0.0));
}

#[test]
fn derivatives_survive_the_disk_and_say_what_they_lack() -> Result<()> {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings {
        steps: Some(40),
        hidden: vec![8],
        ..settings(Head::Plain)
    };
    let data = at_reference(500, 2);
    let estimator = trained(Method::Derivatives, &data, &settings);
    let (x, _) = grid();
    let expected = estimator.log_ratio(x.view(), &[0.4], &[-0.3])?;
    let path = dir.path().join("derivatives.model");
    Model::Ratio(estimator).write(&path, false)?;
    let Model::Ratio(back) = Model::read(&path)? else {
        panic!("an estimator of derivatives became another")
    };
    assert_eq!(back.log_ratio(x.view(), &[0.4], &[-0.3])?, expected);
    assert!(back.log_ratio(x.view(), &[0.4, 1.0], &[-0.3]).is_err());

    let refused = |data: &AugmentedData, with_simulator: bool| {
        let data = if with_simulator {
            data.with_simulator(&Interference).into()
        } else {
            TrainingData::from(data)
        };
        let trained = RatioEstimator::train(Method::Derivatives, data, &settings, &());
        trained.unwrap_err().to_string()
    };
    assert!(refused(&data, false).contains("take the simulator"));
    assert!(refused(&over_the_prior(100, 2), true).contains("--reference"));
    let mut forgotten = data.clone();
    forgotten.memories = None;
    assert!(refused(&forgotten, true).contains("--forget"));
    Ok(())
}
