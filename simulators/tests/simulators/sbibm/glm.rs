//! A neuron: gold without noise, and its design.

use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_simulators::sbibm::{BernoulliGlm, Task};
use ndarray::Array2;

use crate::known::{mined, truth};
use crate::tolerance::{ALGEBRA, close, z_score};

/// Joint ratios and scores are those of x alone.
#[test]
fn gold_depends_on_the_observation_only() {
    let task = BernoulliGlm::default();
    let (theta0, theta1) = ([0.4, -0.3, 0.8, 0.1, -0.5, 0.2, 0.0, 0.3, -0.1, 0.6], [0.1; 10]);
    let exact = truth(&task);
    for (event, memory) in mined(&task, &theta0, 50, 2) {
        let x = Array2::from_shape_vec((1, 10), event.x).unwrap();
        let joint = event.log_probability - task.log_probability_at(&theta1, &memory).unwrap();
        let ratio = exact.log_ratio(x.view(), &theta0, &theta1).unwrap()[0];
        assert!(close(joint, ratio, ALGEBRA), "{joint} {ratio}");
        let score = exact.score(x.view(), &theta0).unwrap();
        assert!(score.iter().zip(&event.score).all(|(a, b)| close(*a, *b, ALGEBRA)));
    }
}

// Sums over the 100 numbers of numpy.random.RandomState(42).randn(100) as float32, with NumPy: all of them, all but the last, and so on.
#[test]
fn bins_are_those_of_the_stimulus() {
    let task = BernoulliGlm::default();
    // With a large bias the neuron fires in every bin.
    let mut theta = [0.0; 10];
    theta[0] = 60.0;
    let x = mined(&task, &theta, 1, 1).remove(0).0.x;
    let expected = SUMS;
    assert!(x.iter().zip(expected).all(|(x, sum)| close(*x, sum, 1e-9)), "{x:?}");
    // Without any parameter, in half of the bins.
    let spikes: Vec<f64> = mined(&task, &[0.0; 10], 2_000, 3)
        .iter()
        .map(|(event, _)| event.x[0] - 50.0)
        .collect();
    assert!(z_score(&spikes).abs() < 5.0);
}

// Diagonal of B with NumPy, from the definition of B.
#[test]
fn prior_has_its_widths() {
    let task = BernoulliGlm::default();
    let prior = task.prior().unwrap();
    let log_at = |k: usize, value: f64| {
        let mut theta = vec![0.0; 10];
        theta[k] = value;
        prior.log_density(&task.parameters(), &theta)
    };
    for (k, precision) in PRECISION.into_iter().enumerate() {
        let found = 2.0 * (log_at(k, 0.0) - log_at(k, 1.0));
        assert!(close(found, precision, 1e-9), "{found} {precision}");
    }
}

const SUMS: [f64; 10] = [
    100.0,
    -10.384651257190853,
    -10.150064124260098,
    -10.155177581124008,
    -10.41623284202069,
    -10.712353128008544,
    -9.248838203959167,
    -8.856730061583221,
    -8.529067921452224,
    -7.827014851383865,
];
/// Diagonal of B.
const PRECISION: [f64; 10] = [
    0.5,
    6.0,
    6.777777777777778,
    7.165031263804286,
    7.4880338717125845,
    7.777777777777777,
    8.046267540555416,
    8.299659828522119,
    7.541611985154171,
    3.7745069720530156,
];
