//! Networks with a structure: antisymmetric in the hypotheses, or blind to the order of particles.

use motherlode::likelihood::{LogRatio, Score};
use motherlode::nn::{Encoding, Head, Labels, Method, Model, RatioEstimator, Settings};
use motherlode::trace::density::Normal;
use motherlode::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode::{Real, Result};
use motherlode_simulators::Galton;
use ndarray::{Array2, Axis};

use crate::mined::over_the_prior;

fn settings() -> Settings {
    Settings {
        steps: Some(1_500),
        hidden: vec![50, 50],
        ..Settings::default()
    }
}

fn over(simulator: &dyn Instrumented, n: u64) -> motherlode::dataset::AugmentedData {
    over_the_prior(simulator, 8, n)
}

/// The ratio of any two hypotheses is learned as such; exchanging them changes its sign to the last bit.
#[test]
fn an_antisymmetric_head_recovers_ratios_of_any_two_hypotheses() -> Result<()> {
    let galton = Galton::default();
    let data = over(&galton, 4_000);
    let antisymmetric = Settings {
        head: Head::Antisymmetric,
        ..settings()
    };
    let estimator = RatioEstimator::train(Method::Alices, data.with_simulator(&galton), &antisymmetric, &())?;
    let truth = Instrumented::truth(&galton).unwrap();
    let x = truth.support().unwrap();
    for (theta0, theta1) in [([-0.8], [-0.6]), ([-0.5], [-0.9]), ([-0.95], [-0.45])] {
        let found = estimator.log_ratio(x.view(), &theta0, &theta1)?;
        assert_eq!(found, -estimator.log_ratio(x.view(), &theta1, &theta0)?);
        let exact = truth.log_ratio(x.view(), &theta0, &theta1)?;
        let weight = truth.log_likelihood(x.view(), &theta1)?.mapv(f64::exp);
        let [error, trivial] = [&found - &exact, exact].map(|d| d.mapv(|d| d * d).dot(&weight));
        assert!(error < 0.03 * trivial, "{theta0:?} {theta1:?}: {error} of {trivial}");
    }
    let (score, exact) = (estimator.score(x.view(), &[-0.7])?, truth.score(x.view(), &[-0.7])?);
    let weight = truth.log_likelihood(x.view(), &[-0.7])?.mapv(f64::exp);
    let error = (score - exact).column(0).mapv(|d| d * d).dot(&weight);
    assert!(error < 0.05, "{error}"); // the answer 0 gets 1.4
    assert!(estimator.log_ratio_to_denominator(x.view(), &[-0.7]).is_err());

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("antisymmetric.model");
    let expected = estimator.log_ratio(x.view(), &[-0.5], &[-0.9])?;
    Model::Ratio(estimator).write(&path, false)?;
    let Model::Ratio(back) = Model::read(&path)? else {
        panic!("a ratio became something else")
    };
    assert_eq!(back.log_ratio(x.view(), &[-0.5], &[-0.9])?, expected);
    Ok(())
}

#[test]
fn an_antisymmetric_head_wants_recalled_labels() {
    let galton = Galton::default();
    let data = over(&galton, 100);
    let antisymmetric = Settings {
        head: Head::Antisymmetric,
        ..settings()
    };
    let refused = RatioEstimator::train(Method::Alice, &data, &antisymmetric, &());
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("pairs of hypotheses drawn afresh")
    );
    let stored = Settings {
        labels: Some(Labels::Stored),
        ..antisymmetric
    };
    let refused = RatioEstimator::train(Method::Alice, data.with_simulator(&galton), &stored, &());
    assert!(refused.unwrap_err().to_string().contains("leave out --labels stored"));
}

/// Five particles from N(θ, 1), and one number that says nothing.
struct Particles;

const PARTICLES: usize = 5;

impl Simulator for Particles {
    fn name(&self) -> &str {
        "particles"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -5.0, 5.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        let particles = (0..PARTICLES).map(|k| Observable::new(&format!("p{k}")));
        particles.chain([Observable::new("other")]).collect()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.3], [0.0], [(-0.5, 0.5)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let mut x = Vec::with_capacity(PARTICLES + 1);
        for _ in 0..PARTICLES {
            x.push(trace.draw(Normal::new(theta[0], R::from(1.0))?));
        }
        x.push(trace.noise(Normal::new(0.0, 1.0)?));
        Ok(x)
    }
}

/// ln r = Σ (θ0 − θ1)(xₖ − ½(θ0 + θ1)).
#[test]
fn a_set_is_encoded_whatever_its_order() -> Result<()> {
    let data = over(&Particles, 3_000);
    let set = Settings {
        encoding: Some(Encoding::Set {
            first: "p0".into(),
            particles: PARTICLES,
            observables: 1,
        }),
        steps: Some(800),
        ..settings()
    };
    let estimator = RatioEstimator::train(Method::Alices, data.with_simulator(&Particles), &set, &())?;
    let x = data.x.slice_axis(Axis(0), (0..200).into()).to_owned();
    let (theta0, theta1) = (0.4, -0.2);
    let found = estimator.log_ratio(x.view(), &[theta0], &[theta1])?;
    let middle = 0.5 * (theta0 + theta1);
    let exact = x.rows().into_iter().map(|row| {
        let sum: f64 = row.iter().take(PARTICLES).map(|value| value - middle).sum();
        (theta0 - theta1) * sum
    });
    let (mut error, mut trivial) = (0.0, 0.0);
    for (found, exact) in found.iter().zip(exact) {
        error += (found - exact).powi(2);
        trivial += exact.powi(2);
    }
    assert!(error < 0.03 * trivial, "{}", error / trivial);

    let mut reversed = Array2::zeros(x.dim());
    for (mut to, from) in reversed.rows_mut().into_iter().zip(x.rows()) {
        (0..PARTICLES).for_each(|k| to[k] = from[PARTICLES - 1 - k]);
        to[PARTICLES] = from[PARTICLES];
    }
    let again = estimator.log_ratio(reversed.view(), &[theta0], &[theta1])?;
    assert!(found.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-4));

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("set.model");
    Model::Ratio(estimator).write(&path, false)?;
    let Model::Ratio(back) = Model::read(&path)? else {
        panic!("a ratio became something else")
    };
    assert_eq!(back.log_ratio(x.view(), &[theta0], &[theta1])?, found);
    Ok(())
}

#[test]
fn encodings_are_read_and_refused_in_words() {
    let set: Encoding = "jet1_pt:6x4".parse().unwrap();
    assert_eq!(
        set,
        Encoding::Set {
            first: "jet1_pt".into(),
            particles: 6,
            observables: 4
        }
    );
    let image: Encoding = "pixel_0:1x64x64".parse().unwrap();
    assert!(matches!(image, Encoding::Image { image: [1, 64, 64], .. }));
    assert!(
        "p0:4"
            .parse::<Encoding>()
            .unwrap_err()
            .to_string()
            .contains("neither a set")
    );
    let data = over(&Particles, 100);
    for (text, said) in [
        ("q:2x1", "there is no observable `q`"),
        ("p0:9x1", "there are 6 observables"),
        ("p0:1x2x3", "multiples of 4"),
    ] {
        let settings = Settings {
            encoding: Some(text.parse().unwrap()),
            ..settings()
        };
        let refused = RatioEstimator::train(Method::Alice, &data, &settings, &());
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
    }
}
