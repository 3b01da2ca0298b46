//! The events of a MadMiner file have the weights, cross sections, ratios, scores and information that MadMiner says they have.
//!
//! Reference numbers: MadMiner 0.9.6 and 0.8.3, recomputed with NumPy to 1e-11; where MadMiner is wrong (errors of cross sections between
//! benchmarks), by NumPy alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use motherlode::gold::{algebraic_identities, identities};
use motherlode::inference::Information;
use motherlode::interop::madminer::{
    BasisSearch, BenchmarkEvents, EventFile, EventSimulator, FiniteDifferences, MergeOptions, Morphing, Portion,
    Selection, WeightedEvents, merge,
};
use motherlode::trace::{Instrumented, stream};
use ndarray::{Array1, Array2, Axis};
use serde_json::Value;

use crate::tolerance::{ALGEBRA, z_score};

/// Relative: what the two programs add up in another order.
const SUMS: f64 = 1e-9;

/// A file with its reference numbers, or why it is not there.
pub fn toy(name: &str) -> Option<(EventFile, Value)> {
    // Beside the repository, or beside the folder of worktrees.
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = near
        .map(|folder| folder.join("shared/data/madminer"))
        .find(|folder| folder.exists());
    read(&found.unwrap_or_else(|| "shared/data/madminer".into()), name)
}

fn read(folder: &Path, name: &str) -> Option<(EventFile, Value)> {
    let path = folder.join(format!("{name}.h5"));
    if !path.exists() {
        println!("skipped: {} is not here", path.display());
        return None;
    }
    let reference = std::fs::read_to_string(folder.join(format!("{name}.reference.json"))).unwrap();
    Some((
        EventFile::read(&path).unwrap(),
        serde_json::from_str(&reference).unwrap(),
    ))
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/data/madminer")
        .join(name)
}

pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(all) => all.iter().flat_map(numbers).collect(),
        one => vec![one.as_f64().unwrap()],
    }
}

/// Relative to the largest of the expected numbers.
fn assert_close<'a>(found: impl IntoIterator<Item = &'a f64>, expected: &Value, tolerance: f64, what: &str) {
    let (found, expected): (Vec<f64>, _) = (found.into_iter().copied().collect(), numbers(expected));
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(0.0f64, |size, value| size.max(value.abs()));
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() <= tolerance * size, "{what}: {a} is not {b}");
    }
}

fn all_events(file: &EventFile) -> WeightedEvents {
    WeightedEvents::new(file, &Selection::default()).unwrap()
}

#[test]
fn morphing_is_that_of_the_file() {
    for name in ["toy2d_quadratic", "toy2d_nuisance"] {
        let Some((file, reference)) = toy(name) else { return };
        let stored = file.setup.morphing.as_ref().unwrap();
        let points: Vec<&[f64]> = file.setup.physical().map(|(_, b)| b.theta.as_slice()).collect();
        let recomputed = Morphing::of_bases(Morphing::monomials(&[2, 2], 2), &points).unwrap();
        assert_close(
            stored.matrix(),
            &reference["setup"]["morphing_matrix"],
            ALGEBRA,
            "stored",
        );
        assert_close(
            recomputed.matrix(),
            &reference["setup"]["morphing_matrix"],
            SUMS,
            "recomputed",
        );
        for at in reference["morphing"].as_array().unwrap() {
            let (weights, gradients) = recomputed.weights(&numbers(&at["theta"]));
            assert_close(&weights, &at["weights"], SUMS, "weights");
            assert_close(&gradients, &at["gradients"], SUMS, "gradients");
        }
    }
}

#[test]
fn two_bases_are_averaged_and_a_degenerate_one_is_refused() {
    let line = Morphing::monomials(&[2], 2);
    assert_eq!(line, [[0], [1], [2]]);
    let points: [&[f64]; 6] = [&[0.0], &[1.0], &[-1.0], &[0.0], &[2.0], &[-2.0]];
    let (weights, _) = Morphing::of_bases(line.clone(), &points).unwrap().weights(&[2.0]);
    // Lagrange's polynomials at 2 by hand, halved: of the second basis, the point itself.
    assert_close(
        &weights,
        &serde_json::json!([-1.5, 1.5, 0.5, 0.0, 0.5, 0.0]),
        ALGEBRA,
        "two bases",
    );
    let error = Morphing::of_bases(line, &[&[0.0], &[1.0], &[1.0]])
        .unwrap_err()
        .to_string();
    assert!(error.contains("condition number"), "{error}");
}

/// Points at random in a box, of a fixed seed.
fn points_in(ranges: &[(f64, f64)], n: u64) -> Vec<Vec<f64>> {
    let point = |i| {
        let mut rng = stream(9, i, 0);
        let uniform = |(low, high): &(f64, f64)| low + (high - low) * rand::RngExt::random::<f64>(&mut rng);
        ranges.iter().map(uniform).collect()
    };
    (0..n).map(point).collect()
}

#[test]
fn a_basis_that_is_looked_for_is_no_worse_than_that_of_madminer() {
    for name in ["toy2d_quadratic", "toy2d_nuisance"] {
        let Some((file, _)) = toy(name) else { return };
        let setup = &file.setup;
        let ranges: Vec<(f64, f64)> = setup.parameters.iter().map(|parameter| parameter.range).collect();
        let physical = setup.physical().map(|(_, benchmark)| benchmark);
        let fixed = physical.filter(|benchmark| !benchmark.name.starts_with("morphing_basis_vector"));
        let fixed: Vec<&[f64]> = fixed.map(|benchmark| benchmark.theta.as_slice()).collect();
        let theirs = setup.morphing.as_ref().unwrap();
        let components = theirs.components().to_vec();
        let (points, ours) = Morphing::completed(components, &ranges, &fixed, BasisSearch::default()).unwrap();
        assert_eq!(points.len(), 6);
        assert!(points.iter().zip(&fixed).all(|(found, fixed)| found == fixed));
        let [ours, theirs] = [&ours, theirs].map(|morphing| {
            let exact = morphing.mean_squared_weight(&ranges).unwrap();
            let squares = points_in(&ranges, 4_000);
            let squares = squares
                .iter()
                .map(|theta| morphing.weights(theta).0.mapv(|weight| weight * weight).sum());
            let off: Vec<f64> = squares.map(|square| square - exact).collect();
            assert!(z_score(&off).abs() < 5.0, "{exact}");
            exact
        });
        println!("{name}: {ours:.4}, MadMiner {theirs:.4}");
        assert!(ours <= theirs, "{name}: {ours} {theirs}");
    }
}

#[test]
fn a_basis_of_production_and_decay_gives_back_any_polynomial() {
    // One parameter of production and decay, one of production alone: powers up to 4 and 2, 4 in all.
    let components = Morphing::monomials(&[4, 2], 4);
    assert_eq!(components.len(), 12);
    let ranges = [(-2.0, 3.0), (0.0, 10.0)];
    let search = BasisSearch::default();
    let (points, morphing) = Morphing::completed(components.clone(), &ranges, &[&[0.0, 0.0]], search).unwrap();
    let again = Morphing::completed(components.clone(), &ranges, &[&[0.0, 0.0]], search).unwrap();
    assert_eq!(again.0, points);
    let value = |theta: &[f64]| (1.0 + theta[0] - 0.3 * theta[1]).powi(2) * (1.0 - 0.5 * theta[0]).powi(2);
    let at_points: Vec<f64> = points.iter().map(|point| value(point)).collect();
    for theta in points_in(&ranges, 20) {
        let found = morphing.weights(&theta).0.dot(&Array1::from(at_points.clone()));
        let size = at_points.iter().fold(1.0f64, |size, value| size.max(value.abs()));
        assert!((found - value(&theta)).abs() < 1e-9 * size, "{found} {}", value(&theta));
    }
    let told = |ranges: &[(f64, f64)], fixed: &[&[f64]]| {
        let error = Morphing::completed(components.clone(), ranges, fixed, BasisSearch::default());
        error.unwrap_err().to_string()
    };
    for (error, words) in [
        (told(&ranges, &[&[1.0, 2.0], &[1.0, 2.0]]), "fewer than 2 weights"),
        (told(&ranges, &[[1.0].as_slice(); 2]), "for 2 parameters"),
        (
            told(&ranges, &[[1.0, 2.0].as_slice(); 13]),
            "13 fixed points for a basis of 12",
        ),
        (told(&[(0.0, 0.0), (0.0, 1.0)], &[]), "from 0 to 0"),
    ] {
        assert!(error.contains(words), "{error}");
    }
}

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
                let nearest_to = nearest.then(|| theta.clone());
                let events = WeightedEvents::new(&file, &Selection { portion, nearest_to }).unwrap();
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
    let (events, told) = (all_events(&file), &reference["nuisance_morpher"]);
    let first = |all: ndarray::ArrayView2<f64>| {
        all.slice_axis(Axis(0), (0..20).into())
            .t()
            .iter()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_close(&first(events.factors().linear()), &told["a"], SUMS, "a");
    assert_close(&first(events.factors().quadratic()), &told["b"], SUMS, "b");
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

/// Of the first events of a file, at the points that the reference names.
fn check_gold(file: &EventFile, told: &Value, theta0: &[f64], theta1: &[f64]) {
    let simulator = EventSimulator::new("toy", file).unwrap();
    let mut score = vec![0.0; theta0.len()];
    let (mut ratios, mut scores) = (Vec::new(), Vec::new());
    for row in 0..numbers(&told["r_xz"]).len() {
        let memory = [row as f64];
        let above = simulator.score_at(theta0, &memory, &mut score).unwrap();
        scores.extend(score.clone());
        ratios.push((above - simulator.log_probability_at(theta1, &memory).unwrap()).exp());
    }
    assert_close(&ratios, &told["r_xz"], SUMS, "r");
    assert_close(&scores, &told["t_xz_theta0"], SUMS, "t");
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
    let told = &reference["augmented_per_event_nuisance"];
    check_gold(&file, told, &[0.5, -0.3, 1.0, -0.5], &[0.0; 4]);
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
        let (events, told) = (all_events(&file), &reference["fisher"]);
        let (theta, luminosity) = (
            numbers(&told["truth"]["theta"]),
            told["truth"]["luminosity"].as_f64().unwrap(),
        );
        let (weights, gradients) = (
            events.weights(&theta).unwrap() * luminosity,
            events.gradients(&theta).unwrap() * luminosity,
        );
        let truth = Information::of_weights(weights.view(), gradients.view()).unwrap();
        let p = numbers(&told["truth"]["information"]).len().isqrt();
        assert_eq!(gradients.ncols(), p);
        assert_close(truth.matrix(), &told["truth"]["information"], SUMS, "truth");
        let one_cell = vec![0; weights.len()];
        let rate = Information::of_weighted_cells(weights.view(), gradients.view(), &one_cell).unwrap();
        assert_close(
            &theory(rate.matrix()),
            &theory_of(&told["rate"]["information"]),
            SUMS,
            "rate",
        );
        let histogram = &told["histogram_1d"];
        let observable = |(name, _): &(String, Option<String>)| Some(name.as_str()) == histogram["observable"].as_str();
        let column = file.setup.observables.iter().position(observable).unwrap();
        let edges = numbers(&histogram["edges"]);
        // With bins below and above, as NumPy's `searchsorted` numbers them.
        let cells: Vec<usize> = events
            .x()
            .column(column)
            .iter()
            .map(|x| edges.partition_point(|edge| edge < x))
            .collect();
        let found = Information::of_weighted_cells(weights.view(), gradients.view(), &cells).unwrap();
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
            let rate = simulator.log_rate_at(&moved, &mut s, &mut scrap).unwrap();
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

#[test]
fn events_are_drawn_in_proportion_to_their_weights() {
    for (name, theta0) in [
        ("toy2d_quadratic", vec![0.5, -0.3]),
        ("toy2d_nuisance", vec![0.5, -0.3, 1.0, -0.5]),
    ] {
        let Some((file, _)) = toy(name) else { return };
        let simulator = EventSimulator::new("toy", &file).unwrap();
        let events = simulator.events();
        let weights = events.weights(&theta0).unwrap();
        let total = weights.sum();
        let mean: Array1<f64> = events.x().t().dot(&weights) / total;
        let drawn: Vec<Vec<f64>> = (0..20_000)
            .map(|i| simulator.sample(&theta0, &mut stream(5, i, 0)).unwrap())
            .collect();
        let drawn = Array2::from_shape_fn((drawn.len(), mean.len()), |(i, j)| drawn[i][j]);
        for (j, expected) in mean.iter().enumerate() {
            let off: Vec<f64> = drawn.column(j).iter().map(|x| x - expected).collect();
            assert!(z_score(&off).abs() < 5.0, "{name}, observable {j}");
        }
        let theta1 = vec![0.0; theta0.len()];
        // With nuisance parameters, every hypothesis is a sum over the file.
        let found = match theta0.len() {
            2 => identities(&simulator, &theta0, &theta1, 5_000, 3).unwrap(),
            _ => algebraic_identities(&simulator, &theta0, &theta1, 100, 3).unwrap(),
        };
        assert!(found.pass(), "{:?}", found.failures().collect::<Vec<_>>());
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
        let told = |what: &str| array(&folder.join(format!("{what}_{sample}.npy")));
        let [x, theta0, theta1, y, r] = ["x", "theta0", "theta1", "y", "r_xz"].map(told);
        let t = told(if sample == "more_ratios" { "t_xz0" } else { "t_xz" });
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
                let nearest_to = Some(drawn_at[..2].to_vec());
                let selection = Selection {
                    portion: Portion::Train,
                    nearest_to,
                };
                let simulator = EventSimulator::selected("toy", &file, &selection).unwrap();
                let rows = simulator.events().x().outer_iter().map(single).zip(0..).collect();
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
            for (found, told) in score.iter().zip(t.row(i)) {
                assert!(
                    (found - told).abs() < 1e-6 * told.abs().max(1.0),
                    "{name}, {sample}: {found} {told}"
                );
            }
        }
    }
}

#[test]
fn files_of_old_versions_are_read() {
    let folder = data("");
    let (file, reference) = read(&folder, "toy2d_v083").unwrap();
    let events = all_events(&file);
    for (points, nu) in [("xsecs", vec![0.0, 0.0]), ("xsecs_nu_1_0.5", vec![1.0, 0.5])] {
        let values = if nu[0] == 0.0 {
            &reference[points]["values"]
        } else {
            &reference[points]
        };
        let thetas = reference["xsecs"]["thetas"].as_array().unwrap().iter();
        let found: Vec<f64> = thetas
            .map(|at| events.cross_section(&[numbers(at), nu.clone()].concat()).unwrap().value)
            .collect();
        assert_close(&found, values, SUMS, points);
    }
    let n = numbers(&reference["a"][0].clone()).len();
    let first = |all: ndarray::ArrayView2<f64>| {
        all.slice_axis(Axis(0), (0..n).into())
            .t()
            .iter()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_close(&first(events.factors().linear()), &reference["a"], SUMS, "a");
    assert_close(&first(events.factors().quadratic()), &reference["b"], SUMS, "b");
    assert_eq!(file.setup.nuisances[0].negative, None);
    assert_eq!(file.setup.systematics[1].about(), "scale mu 0.5,1.0,2.0");
    assert!(
        file.setup
            .observables
            .iter()
            .any(|(_, definition)| definition.is_none())
    );
}

/// A file read, written and read again is the file; systematics that are scales come first then.
fn check_round_trip(mut file: EventFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.h5");
    file.write(&path).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "remains");
    let again = EventFile::read(&path).unwrap();
    file.setup
        .systematics
        .sort_by_key(|systematic| systematic.scale.is_none());
    assert_eq!(again.setup, file.setup);
    assert!(again.samples == file.samples, "{}", file.path.display());
}

/// A file with benchmarks beside the first one instead of a morphing; what it knew before.
fn with_differences(epsilon: f64) -> (EventFile, WeightedEvents) {
    let mut file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let all = all_events(&file);
    let morphing = file.setup.morphing.take().unwrap();
    (file.setup.nuisances, file.setup.systematics) = (Vec::new(), Vec::new());
    file.setup.benchmarks.truncate(6);
    let samples = file.samples.as_mut().unwrap();
    let old = samples.weights.select(Axis(1), &[0, 1, 2, 3, 4, 5]);
    let mut columns = vec![old.clone()];
    for i in 0..2 {
        let mut benchmark = file.setup.benchmarks[0].clone();
        benchmark.theta[i] += epsilon;
        (benchmark.name, benchmark.is_reference) = (format!("shifted_{i}"), false);
        columns.push(old.dot(&morphing.weights(&benchmark.theta).0).insert_axis(Axis(1)));
        file.setup.benchmarks.push(benchmark);
    }
    let columns: Vec<_> = columns.iter().map(|column| column.view()).collect();
    samples.weights = ndarray::concatenate(Axis(1), &columns).unwrap();
    samples.signal_events.truncate(8);
    let shifted = vec![(0, vec![6, 7])];
    file.setup.finite_differences = Some(FiniteDifferences { epsilon, shifted });
    (file, all)
}

#[test]
fn finite_differences_give_score_and_information_at_a_benchmark() {
    let (file, all) = with_differences(1e-6);
    check_round_trip(file.clone());
    let all_rows = Selection::default();
    let found = BenchmarkEvents::new(&file, "sm", &all_rows).unwrap();
    let (weights, gradients) = (all.weights(&[0.0, 0.0]).unwrap(), all.gradients(&[0.0, 0.0]).unwrap());
    assert!(
        found
            .weights
            .iter()
            .zip(&weights)
            .all(|(a, b)| (a / b - 1.0).abs() < SUMS)
    );
    let exact = gradients.select(Axis(1), &[0, 1]);
    let size = exact.iter().fold(0.0f64, |size, value| size.max(value.abs()));
    assert!(
        found
            .gradients
            .iter()
            .zip(&exact)
            .all(|(a, b)| (a - b).abs() < 1e-5 * size)
    );
    // The mean score is 0; the information is that of all derivatives.
    let mean = found.scores().t().dot(&found.weights);
    assert!(mean.iter().all(|mean| mean.abs() < 1e-12), "{mean}");
    let information = Information::of_weights(found.weights.view(), found.gradients.view()).unwrap();
    let needed = Information::of_weights(weights.view(), exact.view()).unwrap();
    assert!((information.matrix() - needed.matrix()).norm() < 1e-5 * needed.matrix().norm());
    // A shifted benchmark takes the gradient of the one it was shifted from; others have none.
    let beside = BenchmarkEvents::new(&file, "shifted_1", &all_rows).unwrap();
    assert_eq!(beside.gradients, found.gradients);
    for (error, words) in [
        (
            BenchmarkEvents::new(&file, "w", &all_rows).unwrap_err(),
            "they are known at `sm`",
        ),
        (
            WeightedEvents::new(&file, &all_rows).unwrap_err(),
            "known at some benchmarks",
        ),
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
    // As the program tells it.
    let folder = tempfile::tempdir().unwrap();
    file.write(&folder.path().join("toy.h5")).unwrap();
    let (success, words) = program(folder.path(), &["inspect", "toy.h5"]);
    assert!(
        success && words.contains(&format!("{:.5}", information.matrix()[(0, 1)])),
        "{words}"
    );
    let (success, words) = program(folder.path(), &["mine", "toy.h5", "-n", "9", "-o", "x.h5"]);
    assert!(!success && words.contains("nothing elsewhere"), "{words}");
}

#[test]
fn files_are_written_as_they_were_read() {
    check_round_trip(EventFile::read(&data("toy2d_quadratic.setup.h5")).unwrap());
    check_round_trip(EventFile::read(&data("toy2d_v083.h5")).unwrap());
    for name in ["toy2d_quadratic", "toy2d_nuisance"] {
        let Some((file, _)) = toy(name) else { return };
        check_round_trip(file);
    }
}

#[test]
fn a_file_that_madminer_would_not_open_is_not_written() {
    let file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.h5");
    let told = |change: fn(&mut EventFile)| {
        let mut other = file.clone();
        change(&mut other);
        other.write(&path).unwrap_err().to_string()
    };
    for (error, words) in [
        (
            told(|file| file.setup.benchmarks[0].is_reference = false),
            "0 benchmarks are marked",
        ),
        (told(|file| file.setup.benchmarks.rotate_right(1)), "come first"),
        (
            told(|file| file.setup.observables[0].1 = Some("x".repeat(300))),
            "300 bytes",
        ),
        (told(|file| file.setup.parameters[0].name = "θ".into()), "in ASCII"),
        (
            told(|file| file.samples.as_mut().unwrap().weights[[7, 3]] = f64::NAN),
            "NaN",
        ),
        (
            told(|file| file.samples.as_mut().unwrap().sampling_benchmarks = None),
            "does not say",
        ),
        (
            told(|file| file.samples.as_mut().unwrap().signal_events[0] = 0.0),
            "were generated",
        ),
    ] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "remains");
}

/// Some rows of a file.
pub fn part(file: &EventFile, rows: &[usize]) -> EventFile {
    let mut part = file.clone();
    let samples = part.samples.as_mut().unwrap();
    samples.observations = samples.observations.select(Axis(0), rows);
    samples.weights = samples.weights.select(Axis(0), rows);
    let sampled = samples.sampling_benchmarks.as_mut().unwrap();
    *sampled = rows.iter().map(|row| sampled[*row]).collect();
    for b in 0..samples.signal_events.len() {
        samples.signal_events[b] = samples.n_sampled_at(b) as f64;
    }
    let sampled = samples.sampling_benchmarks.iter().flatten();
    samples.background_events = sampled.filter(|b| b.is_none()).count();
    part
}

/// Rows with the name of the benchmark they were generated at, sorted.
fn sorted_rows(file: &EventFile) -> Vec<(Vec<u64>, Option<String>)> {
    let samples = file.samples.as_ref().unwrap();
    let sampled = samples.sampling_benchmarks.as_ref().unwrap();
    let name = |row: usize| sampled[row].map(|b| file.setup.benchmarks[b].name.clone());
    let row = |row: usize| {
        let numbers = samples
            .observations
            .row(row)
            .into_iter()
            .chain(samples.weights.row(row));
        (numbers.map(|value| value.to_bits()).collect(), name(row))
    };
    let mut rows: Vec<_> = (0..samples.n_events()).map(row).collect();
    rows.sort();
    rows
}

fn merged(folder: &Path, files: &[EventFile], k_factors: &[f64], seed: u64) -> Result<EventFile, motherlode::Error> {
    let paths = (0..files.len()).map(|i| folder.join(format!("{i}.h5")));
    let paths: Vec<PathBuf> = paths.collect();
    files
        .iter()
        .zip(&paths)
        .for_each(|(file, path)| file.write(path).unwrap());
    let out = folder.join("merged.h5");
    let options = MergeOptions {
        k_factors: k_factors.to_vec(),
        seed,
        force: true,
        progress: &mut |_, _| (),
    };
    merge(&paths, &out, options)?;
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), files.len() + 1, "remains");
    EventFile::read(&out)
}

#[test]
fn files_of_a_setup_are_merged_and_shuffled() {
    let mut file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    file.setup
        .systematics
        .sort_by_key(|systematic| systematic.scale.is_none());
    let folder = tempfile::tempdir().unwrap();
    let (some, others): (Vec<usize>, Vec<usize>) = (0..600).partition(|row| row % 3 == 0);
    let mut parts = [part(&file, &some), part(&file, &others)];
    let again = merged(folder.path(), &parts, &[], 1).unwrap();
    assert_eq!(again.setup, file.setup);
    assert_eq!(sorted_rows(&again), sorted_rows(&file));
    let samples = again.samples.as_ref().unwrap();
    assert_eq!(samples.signal_events, file.samples.as_ref().unwrap().signal_events);
    // Shuffled: rows of the first file are not in front, and another seed gives another order.
    let first = file.samples.as_ref().unwrap().observations.select(Axis(0), &some);
    let from_first = |row: usize| first.rows().into_iter().any(|one| one == samples.observations.row(row));
    let in_front = (0..some.len()).filter(|row| from_first(*row)).count();
    assert!((40..100).contains(&in_front), "{in_front} of 200");
    let order = |seed| {
        merged(folder.path(), &parts, &[], seed)
            .unwrap()
            .samples
            .unwrap()
            .observations
    };
    assert_eq!(order(1), samples.observations);
    assert_ne!(order(2), samples.observations);
    // Benchmarks of the second file in another order, and its weights halved.
    let last = |file: &EventFile| all_events(file).cross_section(&[0.4, 0.1]).unwrap().value;
    let turned = &mut parts[1];
    turned.setup.benchmarks.swap(4, 5);
    let points: Vec<Vec<f64>> = turned.setup.physical().map(|(_, b)| b.theta.clone()).collect();
    let points: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
    turned.setup.morphing = Some(Morphing::of_bases(Morphing::monomials(&[2, 2], 2), &points).unwrap());
    let samples = turned.samples.as_mut().unwrap();
    samples.weights = samples.weights.select(Axis(1), &[0, 1, 2, 3, 5, 4, 6, 7, 8]);
    samples.weights *= 0.5;
    let turned = merged(folder.path(), &parts, &[1.0, 2.0], 1).unwrap();
    assert_eq!(sorted_rows(&turned), sorted_rows(&file));
    assert!((last(&turned) / last(&file) - 1.0).abs() < SUMS);
}

#[test]
fn files_of_different_setups_are_not_merged() {
    let file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let told = |change: fn(&mut EventFile), factors: &[f64]| {
        let mut other = file.clone();
        change(&mut other);
        merged(folder.path(), &[file.clone(), other], factors, 1)
            .unwrap_err()
            .to_string()
    };
    for (error, words) in [
        (
            told(|other| other.setup.observables[1].0 = "mass".into(), &[]),
            "observables",
        ),
        (
            told(|other| other.setup.systematics[0].values = "1.2".into(), &[]),
            "norm 1.2",
        ),
        (
            told(|other| other.setup.parameters[1].max_power = 1, &[]),
            "largest powers",
        ),
        (told(|_| (), &[1.0]), "for 2 files"),
    ] {
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_setup_file_has_no_events_and_says_so() {
    let file = EventFile::read(&data("toy2d_quadratic.setup.h5")).unwrap();
    assert_eq!(file.setup.benchmarks.len(), 6);
    let error = EventSimulator::new("toy", &file).unwrap_err().to_string();
    assert!(error.contains("without events"), "{error}");
}

#[test]
fn a_file_that_ends_early_is_an_error_wherever_it_ends() {
    let whole = std::fs::read(data("toy2d_v083.h5")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for share in 0..40 {
        let path = folder.path().join("cut.h5");
        std::fs::write(&path, &whole[..whole.len() * share / 40]).unwrap();
        let error = EventFile::read(&path).unwrap_err().to_string();
        assert!(error.contains("cut.h5"), "{error}");
    }
}

#[test]
fn many_hypotheses_of_a_large_file_are_quick() {
    let Some((mut file, _)) = toy("toy2d_quadratic") else {
        return;
    };
    // Ten times the events.
    let samples = file.samples.as_mut().unwrap();
    let ten = |all: &Array2<f64>| ndarray::concatenate(Axis(0), &[all.view(); 10]).unwrap();
    (samples.weights, samples.observations) = (ten(&samples.weights), ten(&samples.observations));
    samples.sampling_benchmarks = samples.sampling_benchmarks.as_ref().map(|all| all.repeat(10));
    let simulator = EventSimulator::new("toy", &file).unwrap();
    let start = std::time::Instant::now();
    for i in 0..100 {
        let theta = [0.01 * i as f64 - 0.5, 0.3 - 0.005 * i as f64];
        simulator.sample(&theta, &mut stream(1, i, 0)).unwrap();
    }
    // 14 CPU seconds in MadMiner. A generous bound: other tests run beside this one.
    let took = start.elapsed().as_secs_f64();
    println!("100 hypotheses, 200 000 events: {took:.2} s");
    assert!(took < 1.4, "{took} s");
}

/// What the program answers, and whether it succeeded.
fn program(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_motherlode"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(words).unwrap())
}

#[test]
fn an_event_file_goes_where_a_simulator_goes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(data("toy2d_v083.h5"), folder.path().join("toy.h5")).unwrap();
    let run = |arguments: &[&str]| program(folder.path(), arguments);
    for (arguments, told) in [
        (vec!["list", "toy.h5"], "600 weighted events of MadMiner"),
        (vec!["inspect", "toy.h5"], "scale mu 0.5,1.0,2.0"),
        (vec!["mine", "toy.h5", "-n", "200", "-o", "mined.h5"], "mined toy.h5"),
        (vec!["inspect", "mined.h5"], "200 events of toy.h5"),
        (
            vec!["mine", "toy.h5", "-n", "90", "--portion", "test", "-o", "test.h5"],
            "mined toy.h5:test",
        ),
        (vec!["inspect", "test.h5"], "90 events of toy.h5:test"),
        (vec!["list", "toy.h5:train"], "360 weighted events of MadMiner"),
        (
            vec!["merge", "toy.h5", "-o", "shuffled.h5"],
            "merged 600 events of 1 file",
        ),
        (vec!["inspect", "shuffled.h5"], "scale mu 0.5,1.0,2.0"),
        (
            vec!["fisher", "toy.h5", "--events", "500", "--luminosity", "100"],
            "number of events",
        ),
    ] {
        let (success, words) = run(&arguments);
        assert!(success && words.contains(told), "{arguments:?}: {words}");
    }
    for (arguments, told) in [
        (
            vec!["mine", "mined.h5", "-n", "9", "-o", "x.h5"],
            "not an event file of MadMiner",
        ),
        (
            vec!["mine", "none.h5", "-n", "9", "-o", "x.h5"],
            "there is no file `none.h5`",
        ),
        (
            vec!["mine", "galton", "-n", "9", "--portion", "test", "-o", "x.h5"],
            "has no rows",
        ),
        (
            vec!["mine", "toy.h5", "-n", "9", "--portion", "first", "-o", "x.h5"],
            "is no portion",
        ),
        (
            vec!["mine", "toy.h5:train", "-n", "9", "--portion", "test", "-o", "x.h5"],
            "names a portion itself",
        ),
        (vec!["merge", "toy.h5", "mined.h5", "-o", "x.h5"], "files of one kind"),
        (
            vec!["merge", "mined.h5", "--seed", "1", "-o", "x.h5"],
            "joined as they are",
        ),
    ] {
        let (success, words) = run(&arguments);
        assert!(!success && words.contains(told), "{arguments:?}: {words}");
    }
}

/// χ² of the numbers of times that rows are drawn, in units of its standard deviation from its mean; rows of which less than five are
/// expected count as one.
fn disagreement(simulator: &EventSimulator, theta: &[f64], n: u64) -> f64 {
    let weights = simulator
        .events()
        .weights(theta)
        .unwrap()
        .mapv(|weight| weight.max(0.0));
    let expected = &weights * (n as f64 / weights.sum());
    let (mut found, mut memory) = (vec![0.0; weights.len()], Vec::new());
    for i in 0..n {
        simulator.record(theta, &mut stream(11, i, 0), &mut memory).unwrap();
        found[memory[0] as usize] += 1.0;
    }
    let (mut rare, mut chi2, mut cells) = ((0.0, 0.0), 0.0, -1.0);
    for (found, expected) in found.iter().zip(&expected) {
        if *expected < 5.0 {
            assert!(*expected > 0.0 || *found == 0.0, "an event without weight was drawn");
            rare = (rare.0 + found, rare.1 + expected);
        } else {
            chi2 += (found - expected).powi(2) / expected;
            cells += 1.0;
        }
    }
    if rare.1 >= 5.0 {
        chi2 += (rare.0 - rare.1).powi(2) / rare.1;
        cells += 1.0;
    }
    (chi2 - cells) / f64::sqrt(2.0 * cells)
}

#[test]
fn rows_are_drawn_as_often_as_their_weights_say() {
    let file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let mut nominal = file.clone();
    nominal.setup.nuisances.clear();
    // A third of the events gets a polynomial that is negative in places.
    let mut negative = file.clone();
    let weights = &mut negative.samples.as_mut().unwrap().weights;
    weights
        .column_mut(1)
        .iter_mut()
        .step_by(3)
        .for_each(|weight| *weight *= -0.5);
    let doubtful = EventSimulator::new("toy", &negative).unwrap().events().n_doubtful();
    assert!(doubtful > 100, "{doubtful}");
    for (what, file, theta) in [
        ("theory alone", &nominal, vec![0.5, -0.3]),
        ("an edge", &nominal, vec![-1.0, 1.0]),
        ("beyond the ranges, by running sums", &nominal, vec![1.5, 0.2]),
        ("nuisance parameters", &file, vec![-0.4, 0.6, 1.3, -2.1]),
        ("negative weights", &negative, vec![0.8, 0.7, 0.0, 0.0]),
        ("both", &negative, vec![0.8, 0.7, -1.0, 0.4]),
    ] {
        let simulator = EventSimulator::new("toy", file).unwrap();
        let off = disagreement(&simulator, &theta, 30_000);
        println!("{what}: {off:.2}");
        assert!(off.abs() < 5.0, "{what}: {off}");
    }
}
