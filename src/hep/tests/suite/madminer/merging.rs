//! Files of one setup become one, in random order.

use std::path::{Path, PathBuf};

use motherlode_hep::madminer::{EventFile, MergeOptions, Morphing, merge};
use ndarray::Axis;

use super::{SUMS, all_events, data, part};

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

fn merged(
    folder: &Path,
    files: &[EventFile],
    k_factors: &[f64],
    seed: u64,
) -> Result<EventFile, motherlode_core::error::Error> {
    let paths = (0..files.len()).map(|i| folder.join(format!("{i}.h5")));
    let paths: Vec<PathBuf> = paths.collect();
    files
        .iter()
        .zip(&paths)
        .for_each(|(file, path)| file.write(path).unwrap());
    let out = folder.join("merged.h5");
    let options = MergeOptions::new(&())
        .with_k_factors(k_factors.to_vec())
        .with_seed(seed)
        .with_force(true);
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
    let message = |change: fn(&mut EventFile), factors: &[f64]| {
        let mut other = file.clone();
        change(&mut other);
        merged(folder.path(), &[file.clone(), other], factors, 1)
            .unwrap_err()
            .to_string()
    };
    for (error, words) in [
        (
            message(|other| other.setup.observables[1].0 = "mass".into(), &[]),
            "other observables with their definitions: `mass`",
        ),
        (
            message(|other| other.setup.systematics[0].values = "1.2".into(), &[]),
            "norm 1.2) here, ",
        ),
        (
            message(
                |other| {
                    other.setup.benchmarks[1].theta[0] += 1e-9;
                    other.setup.morphing = None;
                },
                &[],
            ),
            "other benchmarks: `",
        ),
        (
            message(
                |other| {
                    other.setup.parameters[1].max_power = 1;
                    other.setup.morphing = None;
                },
                &[],
            ),
            "largest powers",
        ),
        (message(|_| (), &[1.0]), "for 2 files"),
    ] {
        assert!(
            error.contains(words) && !error.contains("Some(") && !error.contains('"'),
            "{error}"
        );
    }
}

#[test]
fn a_file_is_not_merged_with_itself() {
    let folder = tempfile::tempdir().unwrap();
    let [path, copy, out] = ["a.h5", "b.h5", "out.h5"].map(|name| folder.path().join(name));
    let file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    file.write(&path).unwrap();
    file.write(&copy).unwrap();
    let indirect = folder.path().join(".").join("a.h5");
    for other in [&path, &copy, &indirect] {
        let options = MergeOptions::new(&()).with_k_factors(vec![0.5, 0.5]);
        let refused = merge(&[path.clone(), other.clone()], &out, options).unwrap_err();
        assert!(refused.to_string().contains("has the same 600 events as"), "{refused}");
    }
    // Events that begin alike may go on otherwise.
    let mut other = file.clone();
    other.samples.as_mut().unwrap().observations[[599, 0]] += 1.0;
    other.write(&copy).unwrap();
    merge(&[path, copy], &out, MergeOptions::new(&())).unwrap();
}
