//! Files with derivatives at benchmarks instead of a morphing.

use motherlode_hep::madminer::{EventFile, FiniteDifferences};
use ndarray::Axis;

/// Replaces the morphing of a file by benchmarks at a distance `epsilon` from the first one; removes the systematics.
pub fn with_finite_differences(mut file: EventFile, epsilon: f64) -> EventFile {
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
    file
}
