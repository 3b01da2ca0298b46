//! Cross sections, ratios, scores and information of weighted events.

use std::collections::HashMap;
use std::path::Path;

use motherlode_core::trace::Instrumented;
use motherlode_hep::madminer::{EventFile, EventSimulator, Portion, Selection, WeightedEvents};
use motherlode_stats::inference::Information;
use ndarray::{Array2, Axis};
use serde_json::Value;

use super::{SUMS, all_events, assert_close, numbers, toy};

#[test]
fn cross_sections_are_those_of_madminer() {
    for name in ["toy2d_quadratic", "toy2d_nuisance"] {
        let Some((file, reference)) = toy(name) else { return };
        for part in reference["xsecs_pb"].as_array().unwrap() {
            let portion = match part["partition"].as_str().unwrap() {
                "train" => Portion::Train,
                "validation" => Portion::Validation,
                "test" => Portion::Test,
                _ => Portion::All,
            };
            let nearest = part["sample_only_from_closest_benchmark"].as_bool().unwrap();
            let points = part["thetas"].as_array().unwrap().iter();
            for (theta, expected) in points.zip(part["values_and_madminer_uncertainties"].as_array().unwrap()) {
                let theta = numbers(theta);
                let mut selection = Selection::default().with_portion(portion);
                selection.nearest_to = nearest.then(|| theta.clone());
                let events = WeightedEvents::new(&file, &selection).unwrap();
                let found = events.cross_section(&theta).unwrap();
                assert_close([&found.value], &expected[0], SUMS, &format!("{portion:?} {nearest}"));
            }
        }
        let events = all_events(&file);
        let points: Vec<Vec<f64>> = reference["xsecs_pb"][0]["thetas"]
            .as_array()
            .unwrap()
            .iter()
            .map(numbers)
            .collect();
        let errors: Vec<f64> = points
            .iter()
            .map(|at| events.cross_section(at).unwrap().standard_error)
            .collect();
        assert_close(&errors, &reference["xsec_correct_uncertainty_all"], SUMS, "errors");
        let slopes = points
            .iter()
            .map(|at| events.gradients(at).unwrap().sum_axis(Axis(0)).to_vec());
        let slopes: Vec<f64> = slopes.flat_map(|slope| slope[..2].to_vec()).collect();
        assert_close(&slopes, &reference["xsec_gradients_pb_all"], SUMS, "gradients");
        let at = |(b, _): (usize, _)| events.cross_section(&file.setup.benchmarks[b].theta).unwrap();
        let physical: Vec<f64> = file.setup.physical().map(|b| at(b).value).collect();
        let known = Value::from(numbers(&reference["benchmark_xsecs_pb"]["values"])[..physical.len()].to_vec());
        assert_close(&physical, &known, SUMS, "benchmarks");
    }
}

#[test]
fn nuisance_parameters_change_weights_as_in_madminer() {
    let Some((file, reference)) = toy("toy2d_nuisance") else {
        return;
    };
    let (events, expected) = (all_events(&file), &reference["nuisance_morpher"]);
    let first = |all: ndarray::ArrayView2<f64>| {
        all.slice_axis(Axis(0), (0..20).into())
            .t()
            .iter()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_close(&first(events.factors().unwrap().linear()), &expected["a"], SUMS, "a");
    assert_close(&first(events.factors().unwrap().quadratic()), &expected["b"], SUMS, "b");
    for at in reference["xsecs_with_nuisance_pb_all"].as_array().unwrap() {
        let point = [numbers(&at["theta"]), numbers(&at["nu"])].concat();
        assert_close(
            [&events.cross_section(&point).unwrap().value],
            &at["value"],
            SUMS,
            "cross section",
        );
    }
}

/// Compares the gold of the first events of a file with the reference.
fn check_gold(file: &EventFile, expected: &Value, theta0: &[f64], theta1: &[f64]) {
    let simulator = EventSimulator::new("toy", file).unwrap();
    let mut score = vec![0.0; theta0.len()];
    let (mut ratios, mut scores) = (Vec::new(), Vec::new());
    for row in 0..numbers(&expected["r_xz"]).len() {
        let memory = [row as f64];
        let above = simulator.score_at(theta0, &memory, &mut score).unwrap();
        scores.extend(score.clone());
        ratios.push((above - simulator.log_probability_at(theta1, &memory).unwrap()).exp());
    }
    assert_close(&ratios, &expected["r_xz"], SUMS, "r");
    assert_close(&scores, &expected["t_xz_theta0"], SUMS, "t");
}

#[test]
fn ratio_and_score_of_events_are_those_of_madminer() {
    let Some((file, reference)) = toy("toy2d_quadratic") else {
        return;
    };
    check_gold(&file, &reference["augmented_per_event"], &[0.5, -0.3], &[0.0, 0.0]);
    let Some((file, reference)) = toy("toy2d_nuisance") else {
        return;
    };
    let expected = &reference["augmented_per_event_nuisance"];
    check_gold(&file, expected, &[0.5, -0.3, 1.0, -0.5], &[0.0; 4]);
}

/// The part on the two parameters of the theory. For what systematics do to sums over events, MadMiner takes logarithms of the sums and not
/// sums of the logarithms that it has for each event: up to 5 % apart in these files.
fn theory(matrix: &nalgebra::DMatrix<f64>) -> Vec<f64> {
    vec![matrix[(0, 0)], matrix[(0, 1)], matrix[(1, 0)], matrix[(1, 1)]]
}

fn theory_of(matrix: &Value) -> Value {
    let rows = matrix.as_array().unwrap();
    Value::from([0, 1].map(|i| numbers(&rows[i])[..2].to_vec()).concat())
}

#[test]
fn information_is_that_of_madminer() {
    for name in ["toy2d_quadratic", "toy2d_nuisance"] {
        let Some((file, reference)) = toy(name) else { return };
        let (events, expected) = (all_events(&file), &reference["fisher"]);
        let (theta, luminosity) = (
            numbers(&expected["truth"]["theta"]),
            expected["truth"]["luminosity"].as_f64().unwrap(),
        );
        let (weights, gradients) = (
            events.weights(&theta).unwrap() * luminosity,
            events.gradients(&theta).unwrap() * luminosity,
        );
        let truth = Information::from_weights(weights.view(), gradients.view()).unwrap();
        let p = numbers(&expected["truth"]["information"]).len().isqrt();
        assert_eq!(gradients.ncols(), p);
        assert_close(truth.matrix(), &expected["truth"]["information"], SUMS, "truth");
        let one_cell = vec![0; weights.len()];
        let rate = Information::from_weighted_cells(weights.view(), gradients.view(), &one_cell).unwrap();
        assert_close(
            &theory(rate.matrix()),
            &theory_of(&expected["rate"]["information"]),
            SUMS,
            "rate",
        );
        let histogram = &expected["histogram_1d"];
        let observable = |(name, _): &(String, Option<String>)| Some(name.as_str()) == histogram["observable"].as_str();
        let column = file.setup.observables.iter().position(observable).unwrap();
        let edges = numbers(&histogram["edges"]);
        // With bins below and above, as NumPy's `searchsorted` numbers them.
        let cells: Vec<usize> = events
            .x()
            .unwrap()
            .column(column)
            .iter()
            .map(|x| edges.partition_point(|edge| edge < x))
            .collect();
        let found = Information::from_weighted_cells(weights.view(), gradients.view(), &cells).unwrap();
        assert_close(
            &theory(found.matrix()),
            &theory_of(&histogram["information"]),
            SUMS,
            "histogram",
        );
    }
}

#[test]
fn derivatives_of_rate_and_probability_agree_with_differences() {
    let Some((file, _)) = toy("toy2d_nuisance") else { return };
    let simulator = EventSimulator::new("toy", &file).unwrap();
    let theta = [0.3, -0.2, 0.7, -0.4];
    let (mut score, mut hessian, mut slope, mut bend) = (vec![0.0; 4], vec![0.0; 16], vec![0.0; 4], vec![0.0; 16]);
    simulator
        .curvature_at(&theta, &[7.0], &mut score, &mut hessian)
        .unwrap();
    simulator.log_rate_at(&theta, &mut slope, &mut bend).unwrap();
    let h = 1e-5;
    for i in 0..4 {
        let at = |step: f64| {
            let mut moved = theta.to_vec();
            moved[i] += step;
            let (mut t, mut s, mut scrap) = (vec![0.0; 4], vec![0.0; 4], vec![0.0; 16]);
            let log = simulator.score_at(&moved, &[7.0], &mut t).unwrap();
            let rate = simulator.log_rate_at(&moved, &mut s, &mut scrap).unwrap().unwrap();
            (log, t, rate, s)
        };
        let (high, low) = (at(h), at(-h));
        let check = |exact: f64, high: f64, low: f64, what: &str| {
            let difference = (high - low) / (2.0 * h);
            assert!(
                (exact - difference).abs() < 1e-6 * exact.abs().max(1.0),
                "{what} {i}: {exact} is not {difference}"
            );
        };
        check(score[i], high.0, low.0, "score");
        check(slope[i], high.2, low.2, "slope of the rate");
        for j in 0..4 {
            check(hessian[i * 4 + j], high.1[j], low.1[j], "curvature");
            check(bend[i * 4 + j], high.3[j], low.3[j], "curvature of the rate");
        }
    }
}

/// An array of NumPy, `[n, columns]`, of either precision.
fn array(path: &Path) -> Array2<f64> {
    let bytes = std::fs::read(path).unwrap();
    let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..data]).into_owned();
    let values: Vec<f64> = match header.contains("<f4") {
        true => bytes[data..]
            .as_chunks()
            .0
            .iter()
            .map(|four| f32::from_le_bytes(*four).into())
            .collect(),
        false => bytes[data..]
            .as_chunks()
            .0
            .iter()
            .map(|eight| f64::from_le_bytes(*eight))
            .collect(),
    };
    let shape = header.split(['(', ')']).nth(1).unwrap();
    let n = shape.split(',').next().unwrap().parse().unwrap();
    Array2::from_shape_vec((n, values.len() / n), values).unwrap()
}

/// MadMiner draws from the training rows that were generated at the benchmark next to the hypothesis, and takes cross sections of both
/// hypotheses from these.
#[test]
fn samples_of_madminer_have_the_ratio_and_score_of_here() {
    for (name, sample) in [
        ("toy2d_quadratic", "train_ratio"),
        ("toy2d_quadratic", "train_ratio_random"),
        ("toy2d_quadratic", "more_ratios"),
        ("toy2d_nuisance", "train_ratio"),
        ("toy2d_nuisance", "train_ratio_random"),
        ("toy2d_nuisance", "more_ratios"),
    ] {
        let Some((file, _)) = toy(name) else { return };
        let folder = file.path.with_file_name(format!("{name}_samples"));
        let saved = |what: &str| array(&folder.join(format!("{what}_{sample}.npy")));
        let [x, theta0, theta1, y, r] = ["x", "theta0", "theta1", "y", "r_xz"].map(saved);
        let t = saved(if sample == "more_ratios" { "t_xz0" } else { "t_xz" });
        let single = |x: ndarray::ArrayView1<f64>| -> Vec<u32> { x.iter().map(|x| (*x as f32).to_bits()).collect() };
        let mut known = Vec::<(usize, EventSimulator, HashMap<Vec<u32>, usize>)>::new();
        for i in 0..x.nrows() {
            let whole = |theta: &Array2<f64>| {
                let mut theta = theta.row(i).to_vec();
                theta.resize(t.ncols(), 0.0);
                theta
            };
            let (theta0, theta1) = (whole(&theta0), whole(&theta1));
            let drawn_at = if y[[i, 0]] == 0.0 { &theta0 } else { &theta1 };
            let distance = |b: usize| -> f64 {
                let at = file.setup.benchmarks[b].theta.iter().zip(drawn_at);
                at.map(|(a, b)| (a - b).powi(2)).sum()
            };
            let signal = &file.samples.as_ref().unwrap().signal_events;
            let generated = (0..signal.len()).filter(|b| signal[*b] > 0.0);
            let nearest = generated.min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap();
            let at = known.iter().position(|(b, ..)| *b == nearest).unwrap_or_else(|| {
                let selection = Selection::default()
                    .with_portion(Portion::Train)
                    .with_nearest_to(drawn_at[..2].to_vec());
                let simulator = EventSimulator::selected("toy", &file, &selection).unwrap();
                let x = simulator.events().x().unwrap();
                let rows = x.outer_iter().map(single).zip(0..).collect();
                known.push((nearest, simulator, rows));
                known.len() - 1
            });
            let (_, simulator, rows) = &known[at];
            let row = [rows[&single(x.row(i))] as f64];
            let mut score = vec![0.0; t.ncols()];
            let above = simulator.score_at(&theta0, &row, &mut score).unwrap();
            let ratio = (above - simulator.log_probability_at(&theta1, &row).unwrap()).exp();
            // In single precision, as are the hypotheses.
            assert!(
                (ratio / r[[i, 0]] - 1.0).abs() < 1e-6,
                "{name}, {sample}: {ratio} {}",
                r[[i, 0]]
            );
            for (found, expected) in score.iter().zip(t.row(i)) {
                assert!(
                    (found - expected).abs() < 1e-6 * expected.abs().max(1.0),
                    "{name}, {sample}: {found} {expected}"
                );
            }
        }
    }
}
