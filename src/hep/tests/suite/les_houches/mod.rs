//! Events of generators, compared with MadMiner and with the generators themselves.
//!
//! Reference numbers: MadMiner 0.9.6 (`tests/data/lhe/lhe.reference.json`); the weights that MadGraph has written into its files.

mod cross_sections;
mod detector;
mod files;
mod madminer;
mod refusals;
mod reweighting;
mod weights_and_runs;

use std::fs;
use std::path::{Path, PathBuf};

use motherlode_hep::lhe::analysis::{Analysis, Conversion};
use motherlode_hep::madminer::{EventFile, EventTable};
use tempfile::TempDir;

/// Two benchmarks, between which nothing is known.
const COUNTING: &str = "[parameters]\na = { range = [0, 1], power = 1 }\n[benchmarks]\nsm = [0]\nup = [1]\n[observables]\nn = \"len(l)\"\n\
                        m = \"(l[0] + l[1]).m\"\n";

const ONE: &str = "[[samples]]\nfile = \"HERE/x.lhe\"\nbenchmark = \"sm\"\n";

/// Three standard errors.
fn assert_within(found: f64, expected: f64, standard_error: f64, what: &str) {
    assert!(
        (found - expected).abs() < 3.0 * standard_error,
        "{what}: {found} is not {expected} ± {standard_error}"
    );
}

fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1e-6),
        "{what}: {found} is not {expected}"
    );
}

fn data(name: &str) -> PathBuf {
    let folder = if name.ends_with(".h5") { "madminer" } else { "lhe" };
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data")
        .join(folder)
        .join(name)
}

/// Converts an analysis whose samples lie in the folder of the tests.
fn convert(analysis: &str, seed: u64) -> Result<(Conversion, EventFile, TempDir), String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("analysis.toml");
    let text = analysis.replace("DATA/", &format!("{}/", data("").display()));
    fs::write(
        &path,
        text.replace("SETUP", &data("toy2d_quadratic.setup.h5").display().to_string()),
    )
    .unwrap();
    let output = folder.path().join("events.h5");
    let converted = Analysis::read(&path).and_then(|analysis| analysis.convert(&output, seed, &()));
    let conversion = converted.map_err(|error| error.to_string())?;
    let file = EventFile::read(&output).unwrap();
    Ok((conversion, file, folder))
}

fn samples(file: &EventFile) -> &EventTable {
    file.samples.as_ref().unwrap()
}

/// A file with these events, each a line of weight, and an energy.
fn lhe(head: &str, weights: &[f64]) -> String {
    let event = |weight: &f64| {
        format!(
            "<event>\n 4 1 {weight} 91. 0.0078 0.118\n 11 -1 0 0 0 0 0 0 45.6 45.6 0 0 9\n -11 -1 0 0 0 0 0 0 -45.6 45.6 0 0 9\n \
             13 1 1 2 0 0 45.6 0 0 45.6 0 0 1\n -13 1 1 2 0 0 -45.6 0 0 45.6 0 0 -1\n<rwgt>\n<wgt id=\"up\">{}</wgt>\n</rwgt>\n</event>\n",
            2.0 * weight
        )
    };
    format!(
        "<LesHouchesEvents version=\"3.0\">\n<header>\n{head}\n</header>\n<init>\n 11 -11 45.6 45.6 0 0 0 0 -4 1\n 3.0 0.1 3.0 1\n</init>\n{}\
         </LesHouchesEvents>\n",
        weights.iter().map(event).collect::<String>()
    )
}

/// The sums of weights at the two benchmarks, of an analysis whose samples are written here.
fn counted(files: &[(&str, String)], samples: &str) -> Result<(Vec<f64>, Conversion, EventFile), String> {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let analysis = format!(
        "{COUNTING}{}",
        samples.replace("HERE", &folder.path().display().to_string())
    );
    let (conversion, file, _written) = convert(&analysis, 1)?;
    let factors = self::samples(&file).merging_factors();
    let sum = |b: usize| -> f64 {
        self::samples(&file)
            .weights
            .column(b)
            .iter()
            .zip(&factors)
            .map(|(w, k)| w * k)
            .sum()
    };
    Ok((vec![sum(0), sum(1)], conversion, file))
}
