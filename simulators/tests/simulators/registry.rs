//! Each simulator of the registry draws from the density that its exact truth says, and is what it always was.

use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_simulators::registry;
use ndarray::Array2;

use crate::known::{mined, moves_its_support};
use crate::tolerance::{ALGEBRA, close, z_score};

#[test] // events of each simulator against its truth: E[log p(x|θ0) / p(x|θ1)] and the share of variance that t explains
fn simulators_draw_from_their_truths() {
    for simulator in registry() {
        let hypotheses = simulator.hypotheses().unwrap();
        let Some(truth) = simulator.truth() else { continue };
        if moves_its_support(&*simulator) {
            continue;
        }
        let events = mined(&*simulator, &hypotheses.theta1, 20_000, 11);
        let m = simulator.observables().len();
        let x: Vec<f64> = events.iter().flat_map(|(event, _)| event.x.clone()).collect();
        let x = Array2::from_shape_vec((events.len(), m), x).unwrap();
        let ratio = truth
            .log_ratio(x.view(), &hypotheses.theta0, &hypotheses.theta1)
            .unwrap();
        let r: Vec<f64> = ratio.iter().map(|log| log.exp() - 1.0).collect();
        assert!(z_score(&r).abs() < 5.0, "{}: E1[r(x)] is not 1", simulator.name());
        let scores = truth.score(x.view(), &hypotheses.theta1).unwrap();
        for (k, exact) in scores.columns().into_iter().enumerate() {
            // E[t(x,z)|x] = t(x), tested against t(x) itself, and E[t(x)] = 0.
            let pairs = events.iter().zip(exact);
            let noise: Vec<f64> = pairs
                .map(|((event, _), exact)| (event.score[k] - exact) * exact)
                .collect();
            let rounding = noise.iter().all(|noise| close(*noise, 0.0, ALGEBRA));
            assert!(
                rounding || z_score(&noise).abs() < 5.0,
                "{}: E[t|x] is not t(x)",
                simulator.name()
            );
            assert!(
                z_score(&exact.to_vec()).abs() < 5.0,
                "{}: E[t(x)] is not 0",
                simulator.name()
            );
        }
    }
}

#[test]
fn registry_is_complete_and_consistent() {
    let names: Vec<String> = registry().iter().map(|simulator| simulator.name().to_owned()).collect();
    let expected = [
        "galton",
        "random-walk",
        "projectile",
        "linear-gaussian",
        "linear-gaussian-10",
        "coins",
        "interference",
        "lotka-volterra",
        "sir",
        "sir-final-size",
        "branches",
        "nested-draws",
        "chutes-and-ladders",
        "epidemiology",
        "epidemiology-2",
        "bumpers",
        "bumpers-restitution",
        "bumpers-rough",
        "neural-mass",
        "higgsstrahlung",
        "higgsstrahlung-partons",
        "fusion",
        "fusion-4l",
        "fusion-4l-partons",
        "lensing",
        "lensing-summary",
        "lensing-count",
        "lensing-masses",
        "gaussian-linear",
        "gaussian-linear-uniform",
        "gaussian-mixture",
        "two-moons",
        "slcp",
        "bernoulli-glm",
        "sir-ode",
        "lotka-volterra-ode",
    ];
    assert_eq!(names, expected);
    for simulator in registry() {
        let (hypotheses, parameters) = (simulator.hypotheses().unwrap(), simulator.parameters());
        assert!(!simulator.about().is_empty());
        for theta in [&hypotheses.theta0, &hypotheses.theta1, &hypotheses.theta_ref()] {
            assert_eq!(theta.len(), parameters.len());
            for ((value, (low, high)), parameter) in theta.iter().zip(hypotheses.prior.edges()).zip(&parameters) {
                assert!(low <= value && value <= high, "{}", simulator.name());
                assert!(parameter.range.0 <= *low && *high <= parameter.range.1);
            }
        }
    }
}

/// Observation (first component) and ln r(x,z) of the first events of seed 7 at θ0.
fn first_events(simulator: &dyn Instrumented) -> Vec<(f64, f64)> {
    let hypotheses = simulator.hypotheses().unwrap();
    mined(simulator, &hypotheses.theta0, 4, 7)
        .into_iter()
        .map(|(event, memory)| {
            let other = simulator.log_probability_at(&hypotheses.theta1, &memory).unwrap();
            (event.x[0], event.log_probability - other)
        })
        .collect()
}

#[test] // golden: these are the first events of seed 7 for ever; a change is a changelog line under "Results"
fn first_events_are_stable() {
    let golden: [[(f64, f64); 4]; 7] = [
        [
            (18.0, -0.031983460936727326),
            (13.0, -0.36280552727833637),
            (23.0, 0.7335276387227356),
            (21.0, 0.5549796112618193),
        ],
        [
            (25.0, 2.0084402650336415),
            (49.0, 8.829911141189086),
            (34.0, 2.0084402650336415),
            (33.0, 0.4342546782285126),
        ],
        [
            (15.78374740069126, 2.8996441383339278),
            (15.429444027844106, 0.08600928845352751),
            (15.520789174322019, 2.699387567969391),
            (15.22477085320179, 0.937807943919739),
        ],
        [
            (1.1260018939728567, -0.2698651730327708),
            (-0.05288644142502591, 0.6410783503536202),
            (0.562681524833349, -1.1177050226291285),
            (-0.3278394171666261, -0.8751818390284157),
        ],
        [
            (0.7841157769812755, 0.9530893992782321),
            (-0.3947725584166069, 0.9945826322517526),
            (0.220795407841768, 1.8676871112319748),
            (-0.6697255341582071, -0.06259545018106216),
        ],
        [
            (4.0, -0.6095750807094396),
            (6.0, 0.20135513550688877),
            (1.0, -1.8259704050339325),
            (8.0, 1.012285351723217),
        ],
        [
            (1.9424966473344798, 1.0517187120112508),
            (-0.0025194939362402913, 0.24550097796285897),
            (1.776534765495084, 0.9446862765752864),
            (0.2881342258308197, -0.07365966469399543),
        ],
    ];
    for (simulator, golden) in registry().iter().zip(golden) {
        let found = first_events(&**simulator);

        for ((x, log), (golden_x, golden_log)) in found.iter().zip(golden) {
            let same = close(*x, golden_x, ALGEBRA) && close(*log, golden_log, ALGEBRA);
            assert!(same, "{}: {found:?}", simulator.name());
        }
    }
}

/// Only simulators of weighted processes have a total rate; all others say so, and write no derivatives.
#[test]
fn simulators_without_a_rate_say_so() {
    for simulator in registry() {
        let theta = simulator.hypotheses().unwrap().theta0;
        let p = theta.len();
        let (mut gradient, mut hessian) = (vec![f64::MAX; p], vec![f64::MAX; p * p]);
        let log_rate = simulator.log_rate_at(&theta, &mut gradient, &mut hessian).unwrap();
        let name = simulator.name();
        let has_rate = ["interference", "higgsstrahlung", "fusion"]
            .iter()
            .any(|process| name.starts_with(process));
        assert_eq!(log_rate.is_some(), has_rate, "{name}");
        let derivatives = || gradient.iter().chain(&hessian);
        match log_rate {
            Some(log_rate) => assert!(log_rate.is_finite() && derivatives().all(|d| d.is_finite() && *d != f64::MAX)),
            None => assert!(derivatives().all(|d| *d == f64::MAX), "{name}"),
        }
    }
}
