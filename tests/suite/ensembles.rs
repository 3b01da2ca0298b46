//! Ensembles: members are what they are alone, means and spreads are those of the members, and one file holds them all.

use std::sync::Mutex;

use motherlode::dataset::AugmentedData;
use motherlode::gold::Design;
use motherlode::likelihood::{LogRatio, Score, Truth};
use motherlode::nn::{Ensemble, Method, Model, Settings};
use motherlode::trace::Instrumented;
use motherlode_simulators::Galton;
use ndarray::{Array1, Array2, array};
use tempfile::TempDir;

use crate::bad_input::replaced;
use crate::mined;
use crate::tolerance::{ALGEBRA, close};

const THETA0: [f64; 1] = [-0.8];
const THETA1: [f64; 1] = [-0.6];

fn mined(design: Design, n: u64) -> AugmentedData {
    mined::mined(&Galton::default(), design, 11, n)
}

fn over_the_prior(n: u64) -> AugmentedData {
    mined::over_the_prior(&Galton::default(), 11, n)
}

fn data_for(method: Method) -> AugmentedData {
    match method {
        Method::Sally => mined(Design::Reference { theta: THETA0.to_vec() }, 600),
        _ => over_the_prior(600),
    }
}

/// Seeds 5, 6 and so on.
fn short() -> Settings {
    Settings {
        steps: Some(60),
        hidden: vec![9, 7],
        seed: 5,
        ..Settings::default()
    }
}

fn trained(method: Method, n: usize) -> Ensemble {
    Ensemble::train(method, &data_for(method), &short(), n, &()).unwrap()
}

fn truth() -> Box<dyn Truth> {
    Instrumented::truth(&Galton::default()).unwrap()
}

fn positions() -> Array2<f64> {
    truth().support().unwrap()
}

/// What a model says of all positions, to the last bit.
fn answers(model: &Model) -> (Option<Array1<f64>>, Array2<f64>) {
    let x = positions();
    let ratio = model
        .knows_ratio()
        .then(|| model.log_ratio(x.view(), &THETA0, &THETA1).unwrap());
    (ratio, model.score(x.view(), &THETA0).unwrap())
}

/// A ratio, a score and a likelihood estimator.
const KINDS: [Method; 3] = [Method::Alices, Method::Sally, Method::Nde];

#[test]
fn members_trained_side_by_side_are_those_trained_alone() {
    for method in KINDS {
        let data = data_for(method);
        let ensemble = trained(method, 3);
        for (k, member) in ensemble.members().iter().enumerate() {
            let settings = Settings {
                seed: 5 + k as u64,
                ..short()
            };
            let alone = Model::train(method, &data, &settings, &()).unwrap();
            assert_eq!(member.provenance(), alone.provenance(), "{method}, member {k}");
            assert_eq!(answers(member), answers(&alone), "{method}, member {k}");
        }
        let [first, second] = [0, 1].map(|k| answers(&ensemble.members()[k]));
        assert_ne!(first, second, "{method}: another seed gives another network");
    }
}

#[test]
fn means_and_spreads_are_those_of_the_members() {
    let ensemble = trained(Method::Alices, 3);
    let x = positions();
    let (mean, spread) = ensemble.log_ratio_and_spread(x.view(), &THETA0, &THETA1).unwrap();
    let (mean_score, spread_of_score) = ensemble.score_and_spread(x.view(), &THETA0).unwrap();
    assert_eq!(mean, ensemble.log_ratio(x.view(), &THETA0, &THETA1).unwrap());
    assert_eq!(mean_score, ensemble.score(x.view(), &THETA0).unwrap());
    let members: Vec<_> = ensemble.members().iter().map(answers).collect();
    for event in 0..x.nrows() {
        let of = |value: &dyn Fn(usize) -> f64| {
            let [a, b, c] = [0, 1, 2].map(value);
            let mean = (a + b + c) / 3.0;
            let squares = (a - mean).powi(2) + (b - mean).powi(2) + (c - mean).powi(2);
            (mean, (squares / 2.0).sqrt())
        };
        let (by_hand, spread_by_hand) = of(&|k| members[k].0.as_ref().unwrap()[event]);
        assert!(close(mean[event], by_hand, ALGEBRA) && close(spread[event], spread_by_hand, ALGEBRA));
        let (by_hand, spread_by_hand) = of(&|k| members[k].1[[event, 0]]);
        assert!(close(mean_score[[event, 0]], by_hand, ALGEBRA));
        assert!(close(spread_of_score[[event, 0]], spread_by_hand, ALGEBRA));
        assert!(spread[event] > 0.0);
    }
}

#[test]
fn the_covariance_is_that_of_the_summed_ratios() {
    let ensemble = trained(Method::Alices, 3);
    let x = positions();
    let grid = [-0.9, -0.7, -0.6, -0.5].map(|theta| vec![theta]);
    let (mean, covariance) = ensemble
        .summed_log_ratio_and_covariance(x.view(), &grid, &THETA1)
        .unwrap();
    let sum = |k: usize, theta: &[f64]| {
        let member = &ensemble.members()[k];
        member.log_ratio(x.view(), theta, &THETA1).unwrap().sum()
    };
    for (a, theta_a) in grid.iter().enumerate() {
        for (b, theta_b) in grid.iter().enumerate() {
            let [first, second] = [theta_a, theta_b].map(|theta| [0, 1, 2].map(|k| sum(k, theta)));
            let [mean_a, mean_b] = [first, second].map(|sums| sums.iter().sum::<f64>() / 3.0);
            let products = (0..3).map(|k| (first[k] - mean_a) * (second[k] - mean_b));
            assert!(close(mean[a], mean_a, ALGEBRA));
            assert!(close(covariance[[a, b]], products.sum::<f64>() / 2.0, ALGEBRA));
        }
    }
    assert_eq!(
        covariance.row(2),
        array![0.0, 0.0, 0.0, 0.0],
        "of θ1 to itself the ratio is one"
    );
}

/// ⟨(ℓ̄ − ℓ)²⟩ = mean over members of ⟨(ℓ_k − ℓ)²⟩ − (K − 1)/K ⟨spread²⟩: what averaging gains is what the members
/// disagree by (Krogh and Vedelsby 1995).
#[test]
fn the_mean_is_better_than_the_members_by_their_spread() {
    let data = over_the_prior(1_000);
    // Weights of the last step, at a rate that does not fall: each member strays on its own.
    let settings = Settings {
        steps: Some(800),
        hidden: vec![30, 30],
        averaging: 1.0,
        final_learning_rate: 3e-3,
        ..Settings::default()
    };
    let ensemble = Ensemble::train(Method::Alices, &data, &settings, 4, &()).unwrap();
    let (truth, x) = (truth(), positions());
    let exact = truth.log_ratio(x.view(), &THETA0, &THETA1).unwrap();
    let weight = truth.log_likelihood(x.view(), &THETA1).unwrap().mapv(f64::exp);
    let mean_square = |values: Array1<f64>| values.mapv(|v| v * v).dot(&weight);
    let error = |estimate: &dyn LogRatio| {
        let found = estimate.log_ratio(x.view(), &THETA0, &THETA1).unwrap();
        mean_square(found - &exact)
    };
    let members: Vec<f64> = ensemble.members().iter().map(|member| error(member)).collect();
    let (_, spread) = ensemble.log_ratio_and_spread(x.view(), &THETA0, &THETA1).unwrap();
    let found = error(&ensemble);
    let gained = 0.75 * mean_square(spread);
    assert!(close(found, members.iter().sum::<f64>() / 4.0 - gained, ALGEBRA));
    let worst = members.iter().copied().fold(0.0, f64::max);
    assert!(found < 0.8 * worst, "{found} of {members:?}");
    assert!(found < 0.006, "{found}"); // the answer log r = 0 has the error 0.0632
}

#[test]
fn progress_is_one_number_over_all_members() {
    let reports = Mutex::new(Vec::new());
    let progress = |done: u64, of: u64| reports.lock().unwrap().push((done, of));
    Ensemble::train(Method::Alice, &over_the_prior(300), &short(), 3, &progress).unwrap();
    let reported = reports.into_inner().unwrap();
    assert!(reported.is_sorted() && reported.iter().all(|&(_, of)| of == 180));
    assert_eq!(reported.last(), Some(&(180, 180)));
}

#[test]
fn ensembles_survive_the_disk() {
    let dir = TempDir::new().unwrap();
    for method in KINDS {
        let model = Model::Ensemble(trained(method, 2));
        let path = dir.path().join(method.name());
        model.write(&path, false).unwrap();
        let back = Model::read(&path).unwrap();
        assert_eq!(back.members().len(), 2);
        for (read, written) in back.members().iter().zip(model.members()) {
            assert_eq!(read.provenance(), written.provenance(), "{method}");
            assert_eq!(answers(read), answers(written), "{method}");
        }
        assert_eq!(answers(&back), answers(&model), "{method}");
    }
}

#[test]
fn a_damaged_member_is_refused_in_words() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("ensemble.model");
    Model::Ensemble(trained(Method::Alices, 2)).write(&path, false).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let missing = replaced(&whole, "\"member.1.layers.0.weight\"", "\"member.7.layers.0.weight\"");
    let mut infinite = whole.clone();
    let end = infinite.len();
    infinite[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes()); // tensors lie in the order of their names
    let twins = replaced(&whole, r#"\"seed\":6"#, r#"\"seed\":5"#);
    let mixed = replaced(&whole, r#"\"method\":\"alices\""#, r#"\"method\":\"cascal\""#);
    let cut = whole[..whole.len() - 8].to_vec();
    for (bytes, what) in [
        (&missing, "damaged"),
        (&infinite, "damaged"),
        (&twins, "damaged"),
        (&mixed, "damaged"),
        (&cut, "model file"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let said = Model::read(&path).unwrap_err().to_string();
        assert!(said.contains("ensemble.model") && said.contains(what), "{said}");
    }
}

#[test]
fn what_makes_no_ensemble_is_refused() {
    let data = over_the_prior(300);
    let said = |members: Vec<Model>| Ensemble::new(members).unwrap_err().to_string();
    let single = |method, seed| {
        let settings = Settings { seed, ..short() };
        Model::train(method, &data, &settings, &()).unwrap()
    };
    for n in [0, 1, usize::MAX] {
        assert!(Ensemble::train(Method::Alice, &data, &short(), n, &()).is_err());
    }
    assert!(said(vec![single(Method::Alice, 0), single(Method::Carl, 1)]).contains("differ in the method"));
    assert!(said(vec![single(Method::Alice, 0), single(Method::Alice, 0)]).contains("one training"));
    let inner = Ensemble::new(vec![single(Method::Alice, 0), single(Method::Alice, 1)]).unwrap();
    assert!(said(vec![Model::Ensemble(inner), single(Method::Alice, 2)]).contains("ensemble itself"));
    let scores = trained(Method::Sally, 2);
    let x = positions();
    let refused = scores.log_ratio(x.view(), &THETA0, &THETA1).unwrap_err();
    assert!(refused.to_string().contains("knows no ratios"), "{refused}");
    assert!(
        scores.score(x.view(), &THETA1).is_err(),
        "it knows the score at its reference point only"
    );
}
