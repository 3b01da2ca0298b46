//! Conditional densities find the exact likelihood, its score and its samples.

use motherlode::Result;
use motherlode::dataset::AugmentedData;
use motherlode::likelihood::{LogLikelihood, LogRatio, Score};
use motherlode::nn::{DensityKind, LikelihoodEstimator, Method, Model, Settings};
use motherlode::trace::Instrumented;
use motherlode_simulators::{Galton, LinearGaussian};

use crate::mined::over_the_prior;

const THETA0: [f64; 1] = [-0.8];
const THETA1: [f64; 1] = [-0.6];

fn mined(simulator: &dyn Instrumented, n: u64) -> AugmentedData {
    over_the_prior(simulator, 21, n)
}

fn settings() -> Settings {
    Settings {
        steps: Some(1_500),
        ..Settings::default()
    }
}

fn train(method: Method, simulator: &dyn Instrumented, n: u64, settings: &Settings) -> LikelihoodEstimator {
    let data = mined(simulator, n);
    LikelihoodEstimator::train(method, data.with_simulator(simulator), settings, &()).unwrap()
}

/// Σ p(x|θ1) (log r̂ − log r)² over all bins; the answer 0 gets 0.0632.
fn ratio_error(estimator: &LikelihoodEstimator) -> f64 {
    let truth = Instrumented::truth(&Galton::default()).unwrap();
    let x = truth.support().unwrap();
    let exact = truth.log_ratio(x.view(), &THETA0, &THETA1).unwrap();
    let found = estimator.log_ratio(x.view(), &THETA0, &THETA1).unwrap();
    let weight = truth.log_likelihood(x.view(), &THETA1).unwrap().mapv(f64::exp);
    (found - exact).mapv(|d| d * d).dot(&weight)
}

#[test]
fn classes_find_the_exact_probabilities_and_gold_helps() {
    let galton = Galton::default();
    let [plain, gold] = [Method::Nde, Method::Scandal].map(|method| train(method, &galton, 4_000, &settings()));
    let [plain, gold] = [plain, gold].map(|estimator| ratio_error(&estimator));
    assert!(gold < 0.0015, "scandal: {gold}");
    assert!(plain > 3.0 * gold, "nde: {plain}, scandal: {gold}");
}

/// Probabilities of all bins add up to one, at any θ.
#[test]
fn probabilities_of_classes_are_normalised_and_drawn() -> Result<()> {
    let galton = Galton::default();
    let settings = Settings {
        steps: Some(300),
        ..settings()
    };
    let estimator = train(Method::Scandal, &galton, 2_000, &settings);
    let x = Instrumented::truth(&galton).unwrap().support().unwrap();
    let p = estimator.log_likelihood(x.view(), &[-0.55])?.mapv(f64::exp);
    // The simulated events may have left out the outermost bins: the classes there are open.
    assert!((0.999..1.1).contains(&p.sum()), "{}", p.sum());
    let n = 20_000;
    let drawn = estimator.sample(&[-0.55], n, 3)?;
    assert_eq!(drawn, estimator.sample(&[-0.55], n, 3)?);
    for (bin, p) in x.column(0).iter().zip(&p).filter(|(_, p)| **p > 0.02) {
        let share = drawn.iter().filter(|x| *x == bin).count() as f64 / n as f64;
        let error = (p * (1.0 - p) / n as f64).sqrt();
        assert!(
            (share - p).abs() < 5.0 * error,
            "bin {bin}: {share} of the draws, probability {p}"
        );
    }
    Ok(())
}

/// The exact density of a linear Gaussian, in user units, and its score.
#[test]
fn continuous_densities_find_the_exact_likelihood_and_score() -> Result<()> {
    let simulator = LinearGaussian::new(2)?;
    let truth = Instrumented::truth(&simulator).unwrap();
    let data = mined(&simulator, 400);
    for (kind, limits) in [
        (DensityKind::Spline, [0.02, 0.05]),
        (DensityKind::Mixture, [0.02, 0.05]),
    ] {
        let settings = Settings {
            density: Some(kind),
            ..settings()
        };
        let estimator = train(Method::Scandal, &simulator, 4_000, &settings);
        let theta = simulator.hypotheses().unwrap().theta0;
        let exact = truth.log_likelihood(data.x.view(), &theta)?;
        let found = estimator.log_likelihood(data.x.view(), &theta)?;
        let weight = exact.mapv(f64::exp);
        let error = (&found - &exact).mapv(|d| d * d).dot(&weight) / weight.sum();
        assert!(error < limits[0], "{kind:?}: {error}");
        let exact = truth.score(data.x.view(), &theta)?;
        let found = estimator.score(data.x.view(), &theta)?;
        let squares = (&found - &exact).mapv(|d| d * d).sum_axis(ndarray::Axis(1));
        let relative = squares.dot(&weight) / exact.mapv(|t| t * t).sum_axis(ndarray::Axis(1)).dot(&weight);
        assert!(relative < limits[1], "{kind:?}: {relative}");
    }
    Ok(())
}

#[test]
fn likelihoods_survive_the_disk() -> Result<()> {
    let dir = tempfile::tempdir().unwrap();
    let (galton, gaussian) = (Galton::default(), LinearGaussian::new(2)?);
    let settings = Settings {
        steps: Some(40),
        ..settings()
    };
    let cases: [(&dyn Instrumented, _); 3] = [
        (&galton, DensityKind::Categorical),
        (&gaussian, DensityKind::Spline),
        (&gaussian, DensityKind::Mixture),
    ];
    for (number, (simulator, kind)) in cases.into_iter().enumerate() {
        let settings = Settings {
            density: Some(kind),
            ..settings.clone()
        };
        let estimator = train(Method::Nde, simulator, 300, &settings);
        let (data, theta) = (mined(simulator, 50), simulator.hypotheses().unwrap().theta0);
        let expected = estimator.log_likelihood(data.x.view(), &theta)?;
        let path = dir.path().join(format!("{number}.model"));
        Model::Likelihood(estimator).write(&path, false)?;
        let Model::Likelihood(back) = Model::read(&path)? else {
            panic!("a likelihood became something else")
        };
        assert_eq!(back.log_likelihood(data.x.view(), &theta)?, expected);
    }
    Ok(())
}

#[test]
fn what_is_no_density_is_refused() {
    let galton = Galton::default();
    let data = mined(&galton, 100);
    let said = |method, settings: &Settings| {
        let trained = LikelihoodEstimator::train(method, &data, settings, &());
        trained.unwrap_err().to_string()
    };
    assert!(said(Method::Alice, &settings()).contains("does not learn a likelihood"));
    let affine = Settings {
        density: Some(DensityKind::Affine),
        ..settings()
    };
    assert!(said(Method::Nde, &affine).contains("choose a spline flow or a mixture"));
    let missing = Settings {
        missing: [("bin".to_owned(), 0.0)].into(),
        ..settings()
    };
    assert!(said(Method::Nde, &missing).contains("as they are"));
}
