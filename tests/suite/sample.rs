//! Posteriors by chains and by comparing simulations: a trained network against the closed form, and the commands.

use motherlode::dataset::AugmentedData;
use motherlode::gold::observations;
use motherlode::inference::{ChainSettings, Likelihood, ParameterBox, Posterior, Target, sample};
use motherlode::likelihood::Score;
use motherlode::nn::{Method, Model, Settings};
use motherlode::trace::Simulator;
use motherlode_simulators::LinearGaussian;

use crate::command_line::{command, fails, failure, json, number, refused, run};
use crate::infer::prepared;
use crate::mined::over_the_prior;

/// A small ALICES: its chains are its own posterior on a grid, and off the exact one by what its scores are off,
/// δθ = V Σ_i (t̂(x_i) − t(x_i)) to first order.
#[test]
fn chains_of_a_network_are_its_posterior() {
    let simulator = LinearGaussian::new(1).unwrap();
    let data = over_the_prior(&simulator, 1, 4_000);
    let settings = Settings {
        steps: Some(1_500),
        hidden: vec![20],
        ..Settings::default()
    };
    let model = Model::train(Method::Alices, &data, &settings, &()).unwrap();
    let x = observations(&simulator, &[0.25], 20, 9).unwrap();
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    let plan = ChainSettings {
        chains: 4,
        draws: 1_000,
        warmup: 500,
        seed: 3,
    };
    let likelihood = Likelihood::new(&model, x.view(), &[-0.5]);
    let grid = Posterior::new(&|theta| likelihood.at(theta), &space, &[400]).unwrap();
    for target in [
        Target::new(&model, x.view(), &[-0.5], &space, &()),
        Target::direct(&model, x.view(), &[-0.5], &space),
    ] {
        let chains = sample(&|theta: &[f64]| target.at(theta), &space, plan, &()).unwrap();
        assert!(
            chains.mean(0).z_score(grid.mean()[0]).abs() < 4.0,
            "{:?} is not {}",
            chains.mean(0),
            grid.mean()[0]
        );
        let (found, expected) = (chains.marginal(0).standard_deviation(), grid.standard_deviation()[0]);
        assert!(
            (found / expected - 1.0).abs() < 4.0 / (2.0 * chains.tail_effective_size(0)).sqrt(),
            "{found} {expected}"
        );
        assert!(chains.r_hat(0) < 1.01 && chains.divergences() == 0);
        let acceptance = chains.acceptance().mean().unwrap();
        assert!(
            acceptance > 0.7,
            "the score is not the slope of the ratio: {acceptance}"
        );
    }
    let truth = simulator.truth().unwrap();
    let exact = Posterior::new(&|t| Ok(truth.log_likelihood(x.view(), t)?.sum()), &space, &[400]).unwrap();
    let mean = exact.mean()[0];
    let off = model.score(x.view(), &[mean]).unwrap().sum() - truth.score(x.view(), &[mean]).unwrap().sum();
    let allowed = exact.standard_deviation()[0].powi(2) * off.abs();
    let found = (grid.mean()[0] - mean).abs();
    // The curvature of the network is not that of the truth, either; a twentieth of a deviation is nothing.
    assert!(
        found < 1.5 * allowed + 0.05 * exact.standard_deviation()[0],
        "{found} is more than {allowed}"
    );
    assert!((grid.standard_deviation()[0] / exact.standard_deviation()[0] - 1.0).abs() < 0.15);
}

/// Of 40 events x ~ N(θ, 1): N(x̄, 1/40), the edges of the box are out of reach.
#[test]
fn the_exact_posterior_is_sampled_beside_that_of_the_model() {
    let dir = prepared();
    let mean = AugmentedData::read(&dir.path().join("observed.h5"))
        .unwrap()
        .x
        .mean()
        .unwrap();
    let arguments = "sample alices.model observed.h5 --draws 2000 --predictive 200 --seed 4";
    let found = json(dir.path(), arguments);
    assert_eq!(found["answers"].as_array().unwrap().len(), 2);
    let exact = |path: &str| number(&found, &format!("/answers/1/{path}"));
    let error = exact("parameters/0/monte_carlo_error");
    assert!((exact("parameters/0/mean") - mean).abs() < 4.0 * error && error < 0.01);
    let sd = 40.0f64.sqrt().recip();
    assert!(
        (exact("parameters/0/standard_deviation") / sd - 1.0).abs()
            < 4.0 / (2.0 * exact("parameters/0/tail_ess")).sqrt()
    );
    assert!(exact("parameters/0/r_hat") < 1.01);
    // 1 − 12/(40 · 2²)
    assert!((exact("parameters/0/contraction") - 0.925).abs() < 0.01);
    assert_eq!(found["answers"][1]["warnings"], serde_json::json!([]));
    for predicted in found["predictive"].as_array().unwrap() {
        assert!(predicted["p_value"].as_f64().unwrap() > 0.001, "{predicted}");
    }
    // The same draws again, on one thread as on many.
    let one = command(dir.path(), &format!("{arguments} --json"))
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap();
    assert_eq!(found, serde_json::from_slice::<serde_json::Value>(&one.stdout).unwrap());
}

#[test]
fn chains_that_are_too_short_say_so() {
    let dir = prepared();
    let short = json(
        dir.path(),
        "sample alices.model observed.h5 --draws 20 --warmup 20 --chains 2",
    );
    let warnings = short["answers"][0]["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning["remedy"].as_str().unwrap().contains("--draws")),
        "{warnings:?}"
    );
}

/// N(x̄, 1/40) again, from simulations alone; a tolerance widens it, an adjustment does not.
#[test]
fn comparing_simulations_comes_to_the_same_posterior() {
    let dir = prepared();
    run(
        dir.path(),
        "mine linear-gaussian -n 2000 --reference 0 --seed 5 -o reference.h5",
    );
    run(
        dir.path(),
        "train sally reference.h5 -o sally.model --steps 200 --hidden 10",
    );
    let mean = AugmentedData::read(&dir.path().join("observed.h5"))
        .unwrap()
        .x
        .mean()
        .unwrap();
    for arguments in [
        "--budget 5000 --particles 500 --adjust",
        "--budget 5000 --particles 500 --method rejection --adjust",
        "--budget 5000 --particles 500 --method rejection --adjust --model sally.model",
    ] {
        let found = json(dir.path(), &format!("abc observed.h5 {arguments}"));
        let number = |path: &str| number(&found, path);
        let (sd, n) = (40.0f64.sqrt().recip(), number("/effective_size"));
        let off = (number("/parameters/0/mean") - mean).abs() / (sd / n.sqrt());
        assert!(off < 4.0, "{arguments}: {off} standard errors");
        let off = (number("/parameters/0/standard_deviation") / sd - 1.0).abs() * (2.0 * n).sqrt();
        assert!(off < 4.0, "{arguments}: the deviation by {off} standard errors");
        assert!(found["simulations"].as_u64().unwrap() <= 5_000);
        assert_eq!(found["exact"]["warnings"], serde_json::json!([]));
    }
    let arguments = "abc observed.h5 --budget 2000 --particles 200 --events 5 -o draws.npz";
    let found = json(dir.path(), arguments);
    assert!(found["rounds"].as_array().unwrap().len() > 2);
    assert_eq!(found, json(dir.path(), &format!("{arguments} --force")));
}

#[test]
fn draws_are_written_once_and_bad_requests_are_usage_errors() {
    let dir = prepared();
    let arguments = "sample alices.model observed.h5 --draws 50 --warmup 50 -o draws.npz";
    run(dir.path(), arguments);
    let first = std::fs::read(dir.path().join("draws.npz")).unwrap();
    run(dir.path(), &format!("{arguments} --force"));
    assert_eq!(first, std::fs::read(dir.path().join("draws.npz")).unwrap());
    let (code, words) = failure(dir.path(), "sample alices.model train.h5");
    assert!(
        code == 1 && words.contains("drawn at several hypotheses"),
        "{code}: {words}"
    );
    for (arguments, words) in [
        (arguments, "already exists"),
        ("sample alices.model observed.h5 -o draws.h5", "ends in .npz"),
        ("sample alices.model observed.h5 --chains 0", "one chain at least"),
        ("sample alices.model observed.h5 --warmup 0", "some to adapt"),
        ("sample alices.model observed.h5 --box -9:0", "knows nothing beyond"),
        (
            "sample alices.model observed.h5 --draws 50 --predictive 5",
            "take 20 at least",
        ),
        ("abc observed.h5 --budget 10", "no fewer data sets than particles"),
        ("abc observed.h5 --particles 0", "particles at least"),
        ("abc observed.h5 --box -900:0", "choose a value in that range"),
        ("abc observed.h5 --method rejection --tolerance=-1", "nothing to keep"),
    ] {
        refused(dir.path(), arguments, words);
    }
    fails(dir.path(), "sample observed.h5 observed.h5", "is a data set");
}
