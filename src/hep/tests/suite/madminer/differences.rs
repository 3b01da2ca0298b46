//! Files without morphing have derivatives at benchmarks.

use motherlode_hep::madminer::{BenchmarkEvents, EventFile, Selection, WeightedEvents};
use motherlode_stats::inference::Information;
use ndarray::Axis;

use super::finite_difference_file::with_finite_differences;
use super::{SUMS, all_events, check_round_trip, data};

#[test]
fn finite_differences_give_score_and_information_at_a_benchmark() {
    let original = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let all = all_events(&original);
    let file = with_finite_differences(original, 1e-6);
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
    let information = Information::from_weights(found.weights.view(), found.gradients.view()).unwrap();
    let needed = Information::from_weights(weights.view(), exact.view()).unwrap();
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
}

#[test] // the difference over another shift than that between the benchmarks is no derivative
fn a_shift_that_the_benchmarks_contradict_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("differences.h5");
    let original = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let message = |change: fn(&mut EventFile)| {
        let mut file = with_finite_differences(original.clone(), 0.5);
        change(&mut file);
        file.write(&path).unwrap();
        EventFile::read(&path).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(message(|_| ()), Ok(()));
    let rounded = |file: &mut EventFile| file.setup.benchmarks[6].theta[0] += 1e-8;
    assert_eq!(message(rounded), Ok(()));
    let wrong: [fn(&mut EventFile); 4] = [
        |file| file.setup.finite_differences.as_mut().unwrap().epsilon = 0.4,
        |file| file.setup.finite_differences.as_mut().unwrap().epsilon = -0.5,
        |file| file.setup.benchmarks[7].theta[0] += 0.1,
        |file| file.setup.finite_differences.as_mut().unwrap().shifted[0].1.swap(0, 1),
    ];
    for change in wrong {
        let error = message(change).unwrap_err();
        assert!(
            error.contains("as the benchmark `sm` at (0, 0)") && error.contains("epsilon"),
            "{error}"
        );
    }
}
