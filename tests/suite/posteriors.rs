//! Posteriors by NPE and ANPE, against closed forms.

use motherlode::analysis::{Analysis, Observations, PosteriorSettings};
use motherlode::dataset::AugmentedData;
use motherlode::diagnostics::two_samples;
use motherlode::gold::{Design, SimulatedEvents};
use motherlode::inference::ChainSettings;
use motherlode::likelihood::{LogRatio, Score};
use motherlode::nn::{DensityKind, Ensemble, Finding, Method, Model, PosteriorEstimator, RoundSettings, Settings};
use motherlode::posterior::Posterior;
use motherlode::prior::{Marginal, Prior};
use motherlode::trace::Instrumented;
use motherlode::{Estimator, Result};
use motherlode_simulators::LinearGaussian;
use motherlode_simulators::sbibm::{GaussianLinear, Task};
use ndarray::{Array2, Axis, array};

use crate::mined::mined;

fn joint(simulator: &dyn Instrumented, prior: Prior, n: u64) -> AugmentedData {
    mined(simulator, Design::Joint { prior }, 4, n)
}

fn trained(method: Method, simulator: &dyn Instrumented, data: &AugmentedData, steps: usize) -> PosteriorEstimator {
    let settings = Settings::default().with_hidden(vec![64, 64]).with_steps(steps);
    let events = SimulatedEvents {
        events: data,
        simulator,
    };
    PosteriorEstimator::train(method, events, &settings, &()).unwrap()
}

fn log_normal() -> Prior {
    Prior::independent(vec![Marginal::LogNormal {
        location: 0.5,
        scale: 0.6,
    }])
}

/// θ ~ N(0, 0.1) and x ~ N(θ, 0.1) in ten dimensions, variances: θ ~ N(x/2, 0.05) given x. A classifier that knows nothing tells half of the
/// draws apart; published NPE reaches 0.694 with 1000 simulations (arXiv:2101.04653).
#[test]
fn posteriors_of_ten_parameters_are_those_of_the_closed_form() -> Result<()> {
    let task = GaussianLinear::default();
    let data = joint(&task, task.prior()?, 1_000);
    let mut found = Vec::new();
    for method in [Method::Npe, Method::Anpe] {
        let posterior = trained(method, &task, &data, 1_000);
        let x = array![0.3, -0.3, 0.1, 0.0, 0.5, -0.5, 0.2, -0.2, 0.4, -0.1];
        let exact = task.posterior(x.as_slice().unwrap(), 1_000, 5)?.draws;
        let drawn = posterior.draw(x.view(), 1_000, 6)?;
        assert_eq!(drawn.inside, 1.0);
        let (mean, sd) = (
            drawn.theta.mean_axis(Axis(0)).unwrap(),
            drawn.theta.std_axis(Axis(0), 1.0),
        );
        for ((mean, sd), x) in mean.iter().zip(sd).zip(&x) {
            assert!(
                (mean - 0.5 * x).abs() < 0.08 && (sd / 0.05_f64.sqrt() - 1.0).abs() < 0.12,
                "{mean} {sd}"
            );
        }
        found.push(two_samples(exact.view(), drawn.theta.view())?.value);
    }
    let [plain, gold] = found[..] else {
        panic!("two methods")
    };
    assert!(gold < 0.6 && gold < plain + 0.02, "{gold} with gold, {plain} without");
    Ok(())
}

/// A density of one positive parameter under a log-normal prior: its integral is 1, its draws have its mean, its ratios are those of the exact
/// likelihood, and its scores the slopes of its ratios.
#[test]
fn densities_draws_ratios_and_scores_agree() -> Result<()> {
    let simulator = LinearGaussian::new(1)?;
    let data = joint(&simulator, log_normal(), 4_000);
    let posterior = trained(Method::Anpe, &simulator, &data, 1_500);
    let x = array![[2.0]];
    let (n, width) = (4_000, 0.005);
    let theta = Array2::from_shape_fn((n, 1), |(i, _)| (i as f64 + 0.5) * width);
    let rows = Array2::from_elem((n, 1), x[[0, 0]]);
    let density = posterior.log_posterior(rows.view(), theta.view())?.mapv(f64::exp);
    assert!((density.sum() * width - 1.0).abs() < 1e-3, "{}", density.sum() * width);
    let mean = (&density * &theta.column(0)).sum() * width;
    let drawn = posterior.draw(x.row(0), 20_000, 1)?.theta;
    let (found, sd) = (drawn.mean().unwrap_or(f64::NAN), drawn.std(1.0));
    assert!(
        (found - mean).abs() < 5.0 * sd / 20_000_f64.sqrt(),
        "{found}, not {mean}"
    );

    let exact = simulator.truth().unwrap();
    for (above, below) in [(2.0, 1.0), (1.2, 2.6)] {
        let ratio = posterior.log_ratio(x.view(), &[above], &[below])?[0];
        let expected = exact.log_ratio(x.view(), &[above], &[below])?[0];
        assert!((ratio - expected).abs() < 0.2, "{ratio}, not {expected}");
    }
    let step = 1e-3;
    let slope = posterior.log_ratio(x.view(), &[1.5 + step], &[1.5 - step])?[0] / (2.0 * step);
    let score = posterior.score(x.view(), &[1.5])?[[0, 0]];
    assert!((slope - score).abs() < 0.02, "{score}, not {slope}");

    let beyond = posterior.log_posterior(x.view(), array![[-1.0]].view())?;
    assert_eq!(beyond[0], f64::NEG_INFINITY);
    let refused = posterior.log_ratio(x.view(), &[-1.0], &[1.0]).unwrap_err();
    assert!(refused.to_string().contains("prior"), "{refused}");
    Ok(())
}

/// Under another prior draws are kept in proportion to its quotient: of N(0, 1) and x = 1 with the variance 1, posteriors are N(½, ½) under the
/// prior of the training and N(⅕, ⅕) under N(0, ¼).
#[test]
fn another_prior_is_computed_by_weight() -> Result<()> {
    let simulator = LinearGaussian::new(1)?;
    let normal = |sd: f64| Prior::Gaussian {
        mean: vec![0.0],
        sd: vec![sd],
    };
    let data = joint(&simulator, normal(1.0), 4_000);
    let model = Model::Posterior(trained(Method::Anpe, &simulator, &data, 1_000));
    let observed = Observations::from_columns(array![[1.0]], &["x"], &["theta"])?;
    let settings = PosteriorSettings {
        chains: ChainSettings {
            chains: 4,
            draws: 2_500,
            warmup: 1,
            seed: 2,
        },
        predictive: None,
    };
    let analysis = Analysis::new(&model).with_observations(&observed);
    let own = analysis.clone().sample(&settings, &())?;
    let other = analysis.with_prior(normal(0.5)).sample(&settings, &())?;
    for (result, mean, variance, kept) in [(own, 0.5, 0.5, 1.0), (other, 0.2, 0.2, 0.6)] {
        let (answer, direct) = (&result.answers[0].parameters[0], result.answers[0].direct.unwrap());
        let sd = f64::sqrt(variance);
        assert!(
            (answer.mean - mean).abs() < 0.05 && (answer.standard_deviation - sd).abs() < 0.04,
            "{answer:?}"
        );
        assert!(direct.inside > 0.99 && (direct.kept - kept).abs() < 0.25, "{direct:?}");
    }
    Ok(())
}

#[test]
fn posteriors_survive_the_disk_and_make_ensembles() -> Result<()> {
    let simulator = LinearGaussian::new(1)?;
    let data = joint(&simulator, log_normal(), 500);
    let settings = Settings::default().with_hidden(vec![16]).with_steps(100);
    let train = |seed| Model::train(Method::Npe, &data, &settings.clone().with_seed(seed), &());
    let members = vec![train(1)?, train(2)?];
    let (x, theta) = (array![[1.5]], array![[1.0]]);
    let log = |model: &Model| {
        Ok::<_, motherlode::Error>(model.as_posterior().unwrap().log_posterior(x.view(), theta.view())?[0])
    };
    let each = [log(&members[0])?, log(&members[1])?];
    let ensemble = Model::Ensemble(Ensemble::new(members)?);
    let again = Model::from_bytes(&ensemble.to_bytes()?)?;
    let mixture = each.map(f64::exp).iter().sum::<f64>() / 2.0;
    assert!((log(&again)? - mixture.ln()).abs() < 1e-9);
    let drawn = again.as_posterior().unwrap().draw(x.row(0), 101, 3)?.theta;
    assert_eq!(drawn, ensemble.as_posterior().unwrap().draw(x.row(0), 101, 3)?.theta);
    assert!(drawn.dim() == (101, 1) && drawn.iter().all(|theta| *theta > 0.0));
    let refused = ensemble.to_onnx(false).unwrap_err();
    assert!(refused.to_string().contains("posterior"), "{refused}");
    Ok(())
}

/// A parameter that the prior holds fixed stays where it is.
#[test]
fn fixed_parameters_stay_fixed() -> Result<()> {
    let simulator = LinearGaussian::new(2)?;
    let data = joint(&simulator, Prior::uniform([(-1.0, 1.0), (0.5, 0.5)])?, 500);
    let posterior = trained(Method::Anpe, &simulator, &data, 100);
    let drawn = posterior.draw(array![0.3, 0.7].view(), 50, 1)?.theta;
    assert!(
        drawn
            .rows()
            .into_iter()
            .all(|theta| theta[1] == 0.5 && theta[0].abs() <= 1.0)
    );
    assert_eq!(posterior.score(array![[0.3, 0.7]].view(), &[0.2, 0.5])?[[0, 1]], 0.0);
    Ok(())
}

#[test]
fn what_has_no_posterior_is_refused_in_words() -> Result<()> {
    let simulator = LinearGaussian::new(1)?;
    let refused = |method: Method, data: &AugmentedData, settings: &Settings| {
        Model::train(method, data, settings, &()).unwrap_err().to_string()
    };
    let settings = Settings::default().with_steps(10);
    let reference = mined(&simulator, Design::Reference { theta: vec![0.0] }, 1, 100);
    assert!(refused(Method::Npe, &reference, &settings).contains("--joint"));
    let data = joint(&simulator, log_normal(), 100);
    let without = refused(Method::Anpe, &data, &settings);
    assert!(without.contains("simulator") && without.contains("npe"), "{without}");
    let counts = refused(Method::Npe, &data, &settings.clone().with_density(DensityKind::Counts));
    assert!(counts.contains("mixture"), "{counts}");
    for method in [Method::Carl, Method::Alice] {
        assert!(refused(method, &data, &settings).contains("mine"), "{method}");
    }
    Ok(())
}

/// NRE learns from all events of a joint design, none of which is of a denominator.
#[test]
fn events_without_a_denominator_are_all_used() -> Result<()> {
    let simulator = LinearGaussian::new(1)?;
    let data = joint(&simulator, Prior::uniform([(-1.0, 1.0)])?, 4_000);
    assert!(data.y.iter().all(|y| *y == 0.0) && data.joint_log_ratio.is_none() && data.joint_score0.is_some());
    let exact = simulator.truth().unwrap();
    let x = array![[0.8], [-0.3]];
    for method in [Method::Nre, Method::Cnre, Method::Bnre] {
        let settings = Settings::default().with_steps(1_500).with_learning_rate(1e-3);
        let model = Model::train(method, &data, &settings, &())?;
        let found = model.log_ratio(x.view(), &[0.6], &[-0.6])?;
        let expected = exact.log_ratio(x.view(), &[0.6], &[-0.6])?;
        assert!(
            (&found - &expected).iter().all(|off| off.abs() < 0.4),
            "{method}: {found}, not {expected}"
        );
    }
    Ok(())
}

/// Each event is a data set of its own, of parameters of its own: its posterior is that which it has alone.
#[test]
fn events_are_sampled_one_by_one() -> Result<()> {
    let simulator = LinearGaussian::new(1)?;
    let data = joint(&simulator, log_normal(), 1_000);
    let model = Model::Posterior(trained(Method::Anpe, &simulator, &data, 200));
    let x = array![[1.0], [3.0], [5.0]];
    let observed = Observations::from_columns(x.clone(), &["x"], &["theta"])?;
    let chains = ChainSettings {
        chains: 2,
        draws: 500,
        warmup: 1,
        seed: 7,
    };
    let all = Analysis::new(&model)
        .with_observations(&observed)
        .sample_each(chains, &())?;
    assert_eq!(all.events.len(), 3);
    let means: Vec<f64> = all.events.iter().map(|one| one.parameters[0].mean).collect();
    assert!(means.is_sorted(), "{means:?}");
    let alone = Observations::from_columns(x.slice_axis(Axis(0), (1..2).into()).to_owned(), &["x"], &["theta"])?;
    let settings = PosteriorSettings {
        chains: ChainSettings { seed: 8, ..chains },
        predictive: None,
    };
    let alone = Analysis::new(&model).with_observations(&alone).sample(&settings, &())?;
    assert_eq!(alone.answers[0].parameters[0].mean, means[1]);
    Ok(())
}

/// A posterior is examined like any other model, under the prior of its training: regions for single events, and for several.
#[test]
fn posteriors_have_certificates() -> Result<()> {
    let simulator = LinearGaussian::new(1)?;
    let data = joint(&simulator, log_normal(), 4_000);
    let posterior = trained(Method::Anpe, &simulator, &data, 1_500);
    let certificate = posterior.certificates().remove(0);
    let single = certificate.nearest(1.0).unwrap();
    assert!(
        single.events == 1 && single.data_sets >= 50 && certificate.too_small().is_empty(),
        "{certificate}"
    );
    for region in &single.regions {
        let found = region.covered as f64 / region.of as f64;
        assert!((found - region.level).abs() < 0.2, "{certificate}");
    }
    Ok(())
}

/// A training names events that it does not use, and labels that it cannot have.
#[test]
fn events_that_are_not_used_are_named() -> Result<()> {
    let simulator = LinearGaussian::new(1)?;
    let findings = |method: Method, prior: Prior| {
        let theta1 = vec![0.0];
        let data = mined(&simulator, Design::Prior { prior, theta1 }, 4, 400);
        let events = SimulatedEvents {
            events: &data,
            simulator: &simulator,
        };
        let model = Model::train(method, events, &Settings::default().with_steps(20), &()).unwrap();
        model.provenance().unwrap().findings.clone()
    };
    let uniform = Prior::uniform([(-1.0, 1.0)])?;
    assert!(findings(Method::Npe, uniform.clone()).contains(&Finding::UnusedEvents));
    let truncated = Prior::Gaussian {
        mean: vec![0.0],
        sd: vec![1.0],
    };
    let truncated = truncated.within(&motherlode::ParameterBox::new(vec![(-1.0, 1.0)])?)?;
    assert!(findings(Method::Alice, truncated).contains(&Finding::UnmappedPrior));
    assert!(!findings(Method::Alice, uniform).contains(&Finding::UnmappedPrior));
    Ok(())
}

/// Two rounds on a prior that is fifty posteriors wide: the second simulates near the posterior, keeps the events of the first that lie there,
/// and finds N(x, 1/10).
#[test]
fn rounds_come_to_the_posterior_of_an_observation() -> Result<()> {
    let simulator = LinearGaussian::new(1)?.with_variances(0.005, 0.005)?;
    let prior = Prior::Gaussian {
        mean: vec![0.0],
        sd: vec![5.0],
    };
    let settings = RoundSettings {
        method: Method::Anpe,
        rounds: 2,
        simulations: 600,
        training: Settings::default().with_hidden(vec![32]).with_steps(600),
        seed: 3,
    };
    let x = array![[2.0]];
    let (posterior, rounds) = PosteriorEstimator::in_rounds(&simulator, &prior, x.view(), &settings, &())?;
    let [first, second] = &rounds[..] else {
        panic!("two rounds")
    };
    assert!(
        (first.simulated, first.used, first.share) == (300, 300, 1.0) && second.simulated == 300,
        "{rounds:?}"
    );
    assert!(
        second.used > 300 && second.used < 500 && second.share < 0.2,
        "{rounds:?}"
    );
    let drawn = posterior.draw(x.row(0), 4_000, 1)?.theta;
    let (mean, sd) = (drawn.mean().unwrap_or(f64::NAN), drawn.std(1.0));
    assert!((mean - 2.0).abs() < 0.03 && (sd - 0.1).abs() < 0.02, "{mean} {sd}");
    assert_eq!(posterior.prior(), &second.prior);
    assert!(posterior.log_posterior(x.view(), array![[-5.0]].view())?[0] == f64::NEG_INFINITY);
    let none = RoundSettings { rounds: 0, ..settings };
    assert!(PosteriorEstimator::in_rounds(&simulator, &prior, x.view(), &none, &()).is_err());
    Ok(())
}
