//! p p → j j H: the gold of events, by any operators, of any hypotheses, with and without flavours.

use crate::tolerance::{ALGEBRA, close, z_score};
use motherlode_core::gold::identities;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::{Instrumented, stream};
use motherlode_simulators::Fusion;
use motherlode_simulators::collider::Operator;
use ndarray::Array2;
use rand::RngExt;

const ALL: [Operator; 5] = [Operator::W, Operator::B, Operator::Ww, Operator::Bb, Operator::WDual];

#[test]
fn identities_hold_for_all_operators_and_far_away() {
    let all = Fusion::new(&ALL).unwrap().with_shower();
    let far = Fusion::four_leptons().at_parton_level();
    let flavour = Fusion::default().by_flavour();
    for (simulator, theta0, theta1) in [
        (
            &all as &dyn Instrumented,
            vec![0.3, -0.1, 0.2, -0.4, 0.3, 0.2],
            vec![0.2, 0.1, 0.3, -0.2, 0.2, -0.1],
        ),
        (&far, vec![-40.0, 35.0], vec![20.0, 35.0]),
        (&flavour, vec![0.2, -0.3], vec![0.4, 0.5]),
    ] {
        let found = identities(simulator, &theta0, &theta1, 1_000, 4).unwrap();
        let failures: Vec<_> = found.failures().collect();
        assert!(failures.is_empty(), "{}: {failures:#?}", simulator.name());
    }
}

#[test] // Rao and Blackwell: the ratio of the flavours has the ratio of their sum as its mean, and varies more
fn sum_over_flavours_is_the_mean_of_flavours() {
    let (theta0, theta1) = ([0.4, -0.4], [0.0, 0.0]);
    let (sum, flavour) = (
        Fusion::default().at_parton_level(),
        Fusion::default().at_parton_level().by_flavour(),
    );
    let log_ratio = |simulator: &dyn Instrumented, event: u64| {
        let mut memory = vec![];
        let (x, above) = simulator
            .record(&theta1, &mut stream(35, event, 0), &mut memory)
            .unwrap();
        (x, simulator.log_probability_at(&theta0, &memory).unwrap() - above)
    };
    let (mut off, mut correlated, mut spreads) = (vec![], vec![], [0.0; 2]);
    for event in 0..10_000 {
        let ((x, of_sum), (y, of_flavour)) = (log_ratio(&sum, event), log_ratio(&flavour, event));
        assert_eq!(x, y, "the same momenta");
        off.push(of_flavour.exp() - of_sum.exp());
        correlated.push(off[off.len() - 1] * of_sum);
        spreads[0] += (of_sum.exp() - 1.0).powi(2);
        spreads[1] += (of_flavour.exp() - 1.0).powi(2);
    }
    assert!(z_score(&off).abs() < 5.0 && z_score(&correlated).abs() < 5.0);
    assert!(spreads[1] > spreads[0], "{spreads:?}");
}

#[test]
fn wild_coefficients_give_finite_events() {
    let simulators = [
        Fusion::new(&ALL).unwrap().with_shower(),
        Fusion::new(&ALL)
            .unwrap()
            .with_four_leptons()
            .unwrap()
            .with_shower()
            .by_flavour(),
    ];
    for simulator in simulators {
        let (mut rng, mut memory) = (stream(9, 0, 0), vec![]);
        for event in 0..100 {
            let mut theta: Vec<f64> = (0..5).map(|_| 200.0 * rng.random::<f64>() - 100.0).collect();
            theta.push([-0.5, 0.0, 0.5][event as usize % 3]);
            let mined = Instrumented::mine(&simulator, &theta, &mut stream(10, event, 0), &mut memory).unwrap();
            assert!(mined.x.iter().chain(&mined.score).all(|number| number.is_finite()));
            assert!(mined.log_probability.is_finite());
            let again = simulator.log_probability_at(&theta, &memory).unwrap();
            assert!(close(again, mined.log_probability, 1e3 * ALGEBRA), "{again}");
        }
    }
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    for operators in [&[][..], &[Operator::W, Operator::W], &[Operator::StandardModel]] {
        let error = Fusion::new(operators).unwrap_err();
        assert!(
            error.is_usage() && error.to_string().contains("once") || operators.is_empty(),
            "{error}"
        );
    }
    for simulator in [Fusion::default(), Fusion::four_leptons()] {
        assert!(simulator.log_probability_at(&[0.0, 0.0], &[1.0; 5]).is_err());
        for theta in [[f64::NAN, 0.0], [1e200, 0.0]] {
            assert!(Instrumented::sample(&simulator, &theta, &mut stream(1, 0, 0)).is_err());
        }
    }
    let shower = Fusion::default().with_shower();
    assert!(shower.log_probability_at(&[0.0; 3], &[1.0; 6]).is_err());
    assert!(Instrumented::sample(&shower, &[0.0, 0.0, 0.7], &mut stream(1, 0, 0)).is_err());
}

#[test] // golden: the first events of seed 7 for ever; a change is a changelog line under "Results"
fn first_events_are_stable() {
    let mut memory = vec![];
    for (simulator, golden) in [
        (Fusion::default(), GOLDEN),
        (Fusion::four_leptons(), GOLDEN_FOUR_LEPTONS),
    ] {
        let mut events = vec![];
        for event in 0..3 {
            let mined = Instrumented::mine(&simulator, &[0.3, -0.3], &mut stream(7, event, 0), &mut memory).unwrap();
            let log = mined.log_probability - simulator.log_probability_at(&[0.0, 0.0], &memory).unwrap();
            events.push([mined.x[0], *mined.x.last().unwrap(), log, mined.score[0]]);
        }
        let pairs = events.iter().flatten().zip(golden.iter().flatten());
        let off = pairs
            .clone()
            .filter(|(found, golden)| !close(**found, **golden, 1e-8))
            .count();
        assert_eq!(off, 0, "{}: {events:?}", Instrumented::name(&simulator));
    }
}

/// First and last observable, ln r(x,z) against the standard model, first component of the score.
const GOLDEN: [[f64; 4]; 3] = [
    [728.5650224500527, 3.0, 0.14280143965483205, 0.07688330369999719],
    [81.71526240891222, 2.0, 0.10824444459192817, -0.11787246250942403],
    [188.34484700504504, 4.0, -0.3014180346084845, -0.3902800191989986],
];
const GOLDEN_FOUR_LEPTONS: [[f64; 4]; 3] = [
    [
        860.0436757688643,
        -1.438010585661289,
        0.12381105456609687,
        0.027303778569495764,
    ],
    [
        91.41739470377742,
        -0.46274735085052576,
        -0.029751029572052,
        -0.2602420391489408,
    ],
    [
        2152.576549697298,
        2.6969288050541103,
        -0.0011946068041819302,
        -0.13628403095350827,
    ],
];

#[test] // but for which jet comes from which proton, momenta tell all
fn momenta_are_nearly_their_own_latent() {
    let simulator = Fusion::four_leptons().at_parton_level();
    let truth = Instrumented::truth(&simulator).unwrap();
    let (theta0, theta1) = ([0.3, -0.4], [0.0, 0.0]);
    let mut memory = vec![];
    let mut off = vec![];
    for event in 0..1_000 {
        let (x, above) = Instrumented::record(&simulator, &theta1, &mut stream(37, event, 0), &mut memory).unwrap();
        let gold = simulator.log_probability_at(&theta0, &memory).unwrap() - above;
        let x = Array2::from_shape_vec((1, 42), x).unwrap();
        let exact = truth.log_ratio(x.view(), &theta0, &theta1).unwrap()[0];
        off.push(gold.exp() - exact.exp());
    }
    assert!(z_score(&off).abs() < 5.0);
    off.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    assert!(off[900].abs() < 1e-2 && off[999].abs() > 0.0, "{}", off[900]);
    // Momentum that is not conserved.
    let mut x = Array2::zeros((1, 42));
    x.fill(50.0);
    assert_eq!(truth.log_likelihood(x.view(), &theta1).unwrap()[0], f64::NEG_INFINITY);
}
