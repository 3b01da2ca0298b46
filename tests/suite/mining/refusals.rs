//! What mining refuses, and whether it says why.

use motherlode::gold::{Design, Miner};
use motherlode::prior::{Marginal, Prior};
use motherlode_simulators::Galton;

use super::designs;
use super::fixtures::{Coin, Fault, Faulty, Walk};

fn refusal(design: Design) -> String {
    let error = Miner::new(&Walk, design, 1).expect_err("the design does not fit");
    assert!(error.is_usage());
    error.to_string()
}

#[test]
fn designs_that_do_not_fit_name_parameter_value_and_range() {
    let good = vec![0.6, 0.1];
    let wide = |edges: [(f64, f64); 2]| {
        let marginals = edges.map(|(low, high)| Marginal::Flat { low, high });
        Prior::independent(marginals.to_vec())
    };
    let normal = |mean: [f64; 2], sd: [f64; 2]| Prior::Gaussian {
        mean: mean.to_vec(),
        sd: sd.to_vec(),
    };
    let pair = |theta0: &[f64]| Design::Pair {
        theta0: theta0.to_vec(),
        theta1: good.clone(),
    };
    let prior = |prior| Design::Prior {
        prior,
        theta1: good.clone(),
    };
    let cases: [(Design, &[&str]); 11] = [
        (
            pair(&[0.6]),
            &["theta0", "1 values", "2 parameters", "persistence, length"],
        ),
        (pair(&[0.6, 7.0]), &["theta0", "`length`", "7", "-5 to 5"]),
        (pair(&[f64::NAN, 0.0]), &["`persistence`", "NaN", "0 to 0.99"]),
        (pair(&[0.6, f64::INFINITY]), &["`length`", "inf"]),
        (
            prior(wide([(0.5, 1.5), (0.0, 1.0)])),
            &["upper edge", "`persistence`", "1.5"],
        ),
        (prior(wide([(0.5, 0.6), (1.0, 0.0)])), &["`length`", "1 down to 0"]),
        (
            prior(normal([0.5, 9.0], [0.1, 1.0])),
            &["mean of the prior", "`length`", "9"],
        ),
        (
            prior(normal([0.5, 0.0], [-0.1, 1.0])),
            &["standard deviation", "`persistence`", "-0.1"],
        ),
        (
            prior(Prior::Gaussian {
                mean: good.clone(),
                sd: vec![1.0],
            }),
            &["standard deviation", "1 values"],
        ),
        (
            Design::Mixture {
                prior: wide([(0.5, 0.6), (0.0, 1.0)]),
                n_points: 0,
            },
            &["mixture", "no points"],
        ),
        (
            Design::Reference { theta: vec![-0.1, 0.0] },
            &["theta", "`persistence`", "-0.1"],
        ),
    ];
    for (design, words) in cases {
        let message = refusal(design.clone());
        for word in words {
            assert!(message.contains(word), "{design:?}: {message:?} does not say {word:?}");
        }
    }
    let bad_theta1 = Design::Pair {
        theta0: good.clone(),
        theta1: vec![0.6, 6.0],
    };
    assert!(refusal(bad_theta1).contains("theta1"));
}

#[test]
fn a_prior_box_is_read_as_its_edges_and_refused_where_they_are_wrong() {
    let read = |edges: &str| serde_json::from_str::<Prior>(&format!(r#"{{"kind":"box","edges":{edges}}}"#));
    let prior = read("[[0.5,0.6],[0.0,0.0]]").unwrap();
    assert_eq!(prior, Prior::uniform([(0.5, 0.6), (0.0, 0.0)]).unwrap());
    let written = serde_json::to_string(&prior).unwrap();
    assert_eq!(written, r#"{"kind":"box","edges":[[0.5,0.6],[0.0,0.0]]}"#);
    for (edges, words) in [("[[1.0,0.0]]", "from 1 to 0"), ("[]", "at least one parameter")] {
        let error = read(edges).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_prior_far_from_the_allowed_range_is_refused() {
    // The mean is the lowest persistence allowed, the width is tiny: half of all draws are outside, no more.
    let edge = Prior::Gaussian {
        mean: vec![0.0, 0.0],
        sd: vec![1e-3, 1.0],
    };
    let design = Design::Prior {
        prior: edge,
        theta1: vec![0.5, 0.0],
    };
    assert!(Miner::new(&Walk, design, 1).unwrap().events(0..100).is_ok());
    // A normal a million times wider than the range has next to no draw inside.
    let far = Prior::Gaussian {
        mean: vec![0.5, 0.0],
        sd: vec![1e9, 1.0],
    };
    let design = Design::Prior {
        prior: far,
        theta1: vec![0.5, 0.0],
    };
    let message = Miner::new(&Walk, design, 1)
        .and_then(|miner| miner.events(0..10))
        .expect_err("no draw is inside")
        .to_string();
    assert!(
        message.contains("`persistence`") && message.contains("narrower"),
        "{message}"
    );
}

/// What mining ten events with a fault reports.
fn fault(fault: Fault) -> String {
    let faulty = Faulty(fault);
    let [pair, ..] = designs(&faulty);
    let mined = Miner::new(&faulty, pair, 1).and_then(|miner| miner.events(0..10));
    mined.expect_err("the simulator has a fault").to_string()
}

#[test]
fn faulty_simulators_are_named_with_event_point_and_reason() {
    let cases: [(Fault, &[&str]); 6] = [
        (Fault::Lost, &["event 0", "[0.35]", "30001 runs", "the coin is lost"]),
        (Fault::Invalid, &["event 0", "[0.35]", "-1"]),
        (Fault::Strays, &["event 0", "[0.35]", "branches on a parameter"]),
        (Fault::NotFinite, &["event 0", "NaN", "1 finite values"]),
        (Fault::TooLong, &["event 0", "[1.0, 2.0]", "1 finite values"]),
        (Fault::Forgets, &["remembers", "[0.35]", "every draw"]),
    ];
    for (fault_, words) in cases {
        let message = fault(fault_);
        for word in words {
            assert!(message.contains(word), "{fault_:?}: {message:?} does not say {word:?}");
        }
    }
}

#[test]
fn hypotheses_with_different_supports_are_named() {
    // A coin that always shows tails cannot have made a path with heads.
    for (theta0, theta1) in [(0.5, 0.0), (0.0, 0.5)] {
        let design = Design::Pair {
            theta0: vec![theta0],
            theta1: vec![theta1],
        };
        let miner = Miner::new(&Coin, design, 1).expect("both points are allowed");
        let message = miner.events(0..100).expect_err("the supports differ").to_string();
        assert!(
            message.contains("supports") && message.contains("mixture design"),
            "{message}"
        );
    }
}

#[test]
fn ranges_beyond_the_last_event_are_refused() {
    let [pair, ..] = designs(&Coin);
    let miner = Miner::new(&Coin, pair, 1).unwrap();
    assert!(miner.events((1 << 48)..(1 << 48) + 1).unwrap_err().is_usage());
    assert!(miner.events(0..u64::MAX).unwrap_err().is_usage());
    assert_eq!(miner.events(5..5).unwrap().n_events(), 0);
}

#[test] // the first event that fails is reported, on any number of threads
fn reported_event_does_not_depend_on_threads() {
    let design = Design::Pair {
        theta0: vec![0.5],
        theta1: vec![0.0],
    };
    let miner = Miner::new(&Coin, design, 1).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| miner.events(1..20_001).unwrap_err().to_string())
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn seeds_give_different_events() {
    let galton = Galton::default();
    let [pair, ..] = designs(&galton);
    let with = |seed| {
        Miner::new(&galton, pair.clone(), seed)
            .unwrap()
            .events(0..50)
            .unwrap()
            .x
    };
    assert_ne!(with(1), with(2));
}
