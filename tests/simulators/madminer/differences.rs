//! Files without morphing have derivatives at benchmarks.

use motherlode::hep::madminer::{BenchmarkEvents, EventFile, FiniteDifferences, Selection, WeightedEvents};
use motherlode::inference::Information;
use ndarray::Axis;

use super::{SUMS, all_events, check_round_trip, data, program};

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
