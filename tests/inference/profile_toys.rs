//! Toys at the ends of intervals of three parameters, against χ² and against an estimator that is wrong by a known factor.

use motherlode::Result;
use motherlode::analysis::{Analysis, IntervalSettings, Observations};
use motherlode::inference::{Likelihood, LikelihoodScan, ParameterBox, ToyPlan, critical_value, p_value};
use motherlode::likelihood::LogRatio;
use motherlode::trace::Instrumented;
use motherlode_simulators::LinearGaussian;
use ndarray::{Array1, Array2, ArrayView2};

const P: usize = 3;
const EVENTS: usize = 100;
const TOYS: usize = 400;

/// The exact ratio of x ~ N(θ, 1) to a power.
struct Power<'a>(&'a dyn LogRatio, f64);

impl LogRatio for Power<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        Ok(self.0.log_ratio(x, theta0, theta1)? * self.1)
    }
}

/// Deterministic measurements around zero.
fn observed() -> Array2<f64> {
    Array2::from_shape_fn((EVENTS, P), |(event, k)| ((event * P + k) as f64 * 0.7).sin() * 1.4)
}

/// For normals q of one parameter, all others profiled, has the distribution χ² with one degree of freedom; a power g multiplies it, and the
/// end of an interval at q = 3.84 has the p-value P(χ² > 3.84/g).
#[test]
fn p_values_by_toys_are_those_of_the_true_distribution() {
    let simulator = LinearGaussian::new(P).unwrap();
    let exact = simulator.truth().unwrap();
    let space = ParameterBox::new([(-1.0, 1.0); P]).unwrap();
    let x = observed();
    let plan = ToyPlan {
        events: EVENTS,
        toys: TOYS,
        seed: 3,
    };
    for power in [1.0, 4.0] {
        let ratio = Power(&exact, power);
        let scan = LikelihoodScan::new(Likelihood::new(&ratio, x.view(), &[0.0; P]), &space);
        let estimate = scan.estimate(&()).unwrap();
        for k in 0..P {
            let ends = estimate.intervals(k, 0.95).unwrap()[0];
            let tests = scan
                .profile_toys(&simulator, &[(k, ends.0), (k, ends.1)], plan, &())
                .unwrap();
            for test in tests {
                let expected = p_value(critical_value(0.95, 1).unwrap() / power, 1).unwrap();
                let error = (expected * (1.0 - expected) / TOYS as f64).sqrt();
                let found = test.p_value_by_toys.value;
                assert!((found - expected).abs() < 5.0 * error, "{power}, {test:?}: {expected}");
                assert!((test.p_value_by_wilks - 0.05).abs() < 2e-3, "{test:?}");
                assert_eq!((test.parameter, test.theta.len()), (k, P));
            }
        }
    }
}

/// An inference tests both ends of each interval at each level, and its JSON has the tests.
#[test]
fn an_inference_of_three_parameters_has_a_test_for_each_end() {
    let simulator = LinearGaussian::new(P).unwrap();
    let exact = simulator.truth().unwrap();
    let observations = Observations::from_array(observed(), &simulator).unwrap();
    let settings = IntervalSettings {
        levels: vec![0.68],
        toys: Some(50),
        ..IntervalSettings::default()
    };
    let found = Analysis::new(&exact)
        .with_observations(&observations)
        .with_simulator(&simulator)
        .with_pool(&simulator, None)
        .infer(&settings, &())
        .unwrap();
    let answer = &found.answers[0];
    assert_eq!(answer.profile_toys.len(), 2 * P);
    let json = serde_json::to_value(answer).unwrap();
    assert_eq!(json["profile_toys"][0]["toys"], 50);
    assert!(answer.intervals_by_toys.is_none());
}
