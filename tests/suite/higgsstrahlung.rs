//! e⁻ e⁺ → μ⁻ μ⁺ H: amplitudes and cross sections are those of an independent program, and the gold follows.

use std::sync::LazyLock;

use motherlode_simulators::collider::higgsstrahlung::{Outgoing, Process};
use motherlode_simulators::collider::{Momentum, Operator};
use serde_json::Value;

/// Relative, of squared amplitudes; see the README of the data.
const AMPLITUDE: f64 = 1e-9;
/// Relative, for printed digits of totals.
const TOTAL: f64 = 1e-6;

const ALL: [Operator; 5] = [Operator::W, Operator::B, Operator::Ww, Operator::Bb, Operator::WDual];

static REFERENCE: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/data/collider/reference_points.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
});

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap())
        .collect()
}

fn points() -> impl Iterator<Item = (&'static Value, f64, Outgoing)> {
    REFERENCE["process_A"].as_array().unwrap().iter().map(|point| {
        let momentum = |name: &str| {
            let p = numbers(&point["momenta"][name]);
            Momentum::new(p[0], p[1], p[2], p[3])
        };
        let out = Outgoing {
            lepton: momentum("mum"),
            antilepton: momentum("mup"),
            higgs: momentum("H"),
        };
        (point, point["sqrt_s"].as_f64().unwrap(), out)
    })
}

// numpy, an independent reference; its |M|² agree with MadGraph5_aMC@NLO's (model EWdim6) to 1e-12
#[test]
fn squared_amplitudes_are_those_of_the_reference() {
    assert_eq!(points().count(), 10);
    for (point, energy, out) in points() {
        let form = Process::new(energy, &ALL).squared_amplitude(&out);
        let expected: Vec<Vec<f64>> = point["R_theta"].as_array().unwrap().iter().map(numbers).collect();
        for (i, row) in expected.iter().enumerate() {
            for (j, &element) in row.iter().enumerate() {
                let bound = (expected[i][i] * expected[j][j]).sqrt();
                assert!(
                    (form.element(i, j) - element).abs() < AMPLITUDE * bound,
                    "R_{i}{j} at {energy} GeV"
                );
            }
        }
        for at in point["me2"].as_array().unwrap() {
            let (found, expected) = (form.at(&numbers(&at["theta"])), at["value"].as_f64().unwrap());
            assert!(
                (found / expected - 1.0).abs() < AMPLITUDE,
                "{found} is not {expected} at {energy} GeV"
            );
        }
        let z_only = point["me2_SM_Z_only"].as_f64().unwrap();
        assert!((form.element(0, 0) / z_only - 1.0).abs() < AMPLITUDE);
    }
}
