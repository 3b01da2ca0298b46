//! What is done with bytes of unknown origin: all that a command would do with the file before it computes anything. Each must end, with
//! an answer or an error.
//!
//! Used by the fuzz targets beside it, and by a test that tries a fixed number of mutations.

#![allow(dead_code, reason = "each fuzz target uses one of them")]

use std::fs;
use std::path::{Path, PathBuf};

use motherlode_core::arrays::SampleOptions;
use motherlode_core::arrays::StateDict;
use motherlode_core::dataset::AugmentedData;
use motherlode_hep::lhe::analysis::Analysis;
use motherlode_hep::lhe::{Event, EventReader, Expression, Objects};
use motherlode_hep::madminer::{EventFile, Selection, WeightedEvents};

/// A reader, and files of the tests that it reads.
pub type Reader = (&'static str, fn(&[u8]), &'static [&'static str]);

/// All of them.
pub const READERS: [Reader; 6] = [
    (
        "les_houches",
        les_houches,
        &["lhe/eemumuH_60.lhe.gz", "lhe/lhe_sum_scalevar.lhe.gz"],
    ),
    ("formula", formula, &["fuzz/formulas.txt"]),
    ("analysis", analysis, &["fuzz/analysis.toml"]),
    (
        "event_file",
        event_file,
        &["madminer/toy2d_quadratic.setup.h5", "madminer/toy2d_v083.h5"],
    ),
    ("arrays", arrays, &["fuzz/sample.npz"]),
    (
        "state_dict",
        state_dict,
        &["madminer_estimators/edge/ratio_tanh_state_dict.pt"],
    ),
];

/// Events of a generator.
pub fn les_houches(bytes: &[u8]) {
    let Ok(mut reader) = EventReader::over(Path::new("events.lhe"), bytes) else {
        return;
    };
    let mut event = Event::default();
    while let Ok(true) = reader.read(&mut event) {
        assert_eq!(event.weights.len(), reader.weight_names().len());
    }
}

/// Observables, one a line; those that are understood are evaluated where there is nothing.
pub fn formula(bytes: &[u8]) {
    for line in String::from_utf8_lossy(bytes).lines() {
        if let Ok(expression) = Expression::parse(line, &["earlier".into()]) {
            let value = expression.value(&Objects::default(), &[Some(1.0)]);
            assert!(value.is_none_or(f64::is_finite));
        }
    }
}

/// An analysis, whose samples do not exist.
pub fn analysis(bytes: &[u8]) {
    let (_folder, path) = file("analysis.toml", bytes);
    let _ = Analysis::read(&path);
}

/// A file of MadMiner with all of its weights.
pub fn event_file(bytes: &[u8]) {
    let (_folder, path) = file("events.h5", bytes);
    if let Ok(file) = EventFile::read(&path) {
        let _ = WeightedEvents::new(&file, &Selection::default());
    }
}

/// A training sample of arrays.
pub fn arrays(bytes: &[u8]) {
    let (_folder, path) = file("sample.npz", bytes);
    let _ = AugmentedData::from_arrays(&path, &SampleOptions::default());
}

/// Weights of a network of PyTorch.
pub fn state_dict(bytes: &[u8]) {
    let (_folder, path) = file("state_dict.pt", bytes);
    let _ = StateDict::read(&path);
}

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("room on the disk");
    (folder, path)
}
