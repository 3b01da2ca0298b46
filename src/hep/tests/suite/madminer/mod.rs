//! Weights, cross sections, ratios, scores and information of the events of a file agree with MadMiner.
//!
//! Reference numbers: MadMiner 0.9.6 and 0.8.3, recomputed with NumPy to 1e-11; where MadMiner is wrong (errors of cross sections between
//! benchmarks), by NumPy alone.

mod caveats;
mod contradictions;
mod crafted;
mod differences;
mod draws;
mod files;
mod finite_difference_file;
mod gold;
mod information;
mod merging;
mod morphing;
mod negative_weights;
mod redundant_benchmarks;
mod rows;

use std::path::{Path, PathBuf};

use motherlode_hep::madminer::{EventFile, Selection, WeightedEvents};
use ndarray::Axis;
use serde_json::Value;

use crate::shared::shared;

/// Relative: what the two programs add up in another order.
const SUMS: f64 = 1e-9;

/// A file with its reference numbers, or why it is not there.
pub fn toy(name: &str) -> Option<(EventFile, Value)> {
    read(shared(&format!("data/madminer/{name}.h5"))?.parent()?, name)
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
        .join("../../tests/data/madminer")
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
