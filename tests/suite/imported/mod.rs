//! A network that MadMiner trained answers here what it answers there; what is wrong with that is said, and not a line of
//! a file that somebody else wrote is executed.

mod answers;
mod commands;
mod files;
mod refusals;
mod remarks;

use std::fs;
use std::path::{Path, PathBuf};

use motherlode::nn::{ImportOptions, ImportedEstimator, Model};
use ndarray::{Array, Array1, Array2, Dimension};
use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::numbers;
use crate::tolerance::close;

/// Absolute, and relative where answers are larger than 1: both sides compute in f32, and round x at different places.
const ANSWERS: f64 = 1e-6;

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/madminer_estimators")
        .join(path)
}

fn reference(folder: &str) -> Value {
    let text = fs::read_to_string(data(folder).join("reference.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn row(value: &Value) -> Array1<f64> {
    Array1::from(numbers(value, ""))
}

fn rows(value: &Value) -> Array2<f64> {
    let rows: Vec<_> = value.as_array().unwrap().iter().map(row).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

fn at(theta_ref: &[f64]) -> ImportOptions {
    ImportOptions {
        theta_ref: Some(theta_ref.to_vec()),
        ..ImportOptions::default()
    }
}

/// Imports, writes, and reads again: what is tested is what a file holds.
fn imported(name: &Path, options: &ImportOptions) -> ImportedEstimator {
    let estimator = ImportedEstimator::from_madminer(name, options).unwrap();
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("imported.model");
    let import = estimator.import().clone();
    Model::Imported(estimator).write(&path, false).unwrap();
    let Model::Imported(read) = Model::read(&path).unwrap() else {
        panic!("an imported network became one that was trained here")
    };
    assert_eq!(read.import(), &import);
    read
}

fn assert_rows_agree<D: Dimension>(found: &Array<f64, D>, expected: &Array<f64, D>, what: &str) {
    assert_rows_agree_to(ANSWERS, found, expected, what);
}

fn assert_rows_agree_to<D: Dimension>(tolerance: f64, found: &Array<f64, D>, expected: &Array<f64, D>, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            close(*found, *expected, tolerance),
            "{what}: {found} against {expected}"
        );
    }
}

/// An estimator in a folder of its own, to be changed.
fn copied(name: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    for entry in fs::read_dir(data("edge")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if let Some(ending) = file.strip_prefix(&format!("{name}_"))
            && ["settings", "state_dict", "x_", "theta_"]
                .iter()
                .any(|part| ending.starts_with(part))
        {
            fs::copy(data("edge").join(&file), dir.path().join(format!("copy_{ending}"))).unwrap();
        }
    }
    let name = dir.path().join("copy");
    (dir, name)
}

fn beside(name: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}_{ending}", name.display()))
}

fn with_setting(name: &Path, key: &str, value: Value) {
    let path = beside(name, "settings.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    settings[key] = value;
    fs::write(path, settings.to_string()).unwrap();
}
