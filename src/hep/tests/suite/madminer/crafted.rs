//! Small event files, data set by data set, so that they can contradict themselves.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use hdf5_pure::FileBuilder;
use motherlode_core::error::Result;
use motherlode_hep::madminer::EventFile;

/// Rows of a file.
pub const N: usize = 40;

enum Values {
    Words(Vec<String>),
    Numbers(Vec<f64>),
}

/// One parameter g, weights (1 + g z)² / n at g = 0, 1 and −1, and the observable z; the data sets of a file by their names.
pub struct CraftedFile {
    sets: BTreeMap<String, (Vec<usize>, Values)>,
}

/// Weights of an event with the observable z.
fn weights(z: f64) -> [f64; 3] {
    [0.0, 1.0, -1.0].map(|g: f64| (1.0 + g * z).powi(2) / N as f64)
}

fn z() -> impl Iterator<Item = f64> {
    (0..N).map(|i| (i as f64 + 0.5) / N as f64)
}

impl CraftedFile {
    /// A file that makes sense, of signal generated at g = 0.
    pub fn new() -> Self {
        let sets = BTreeMap::new();
        Self { sets }
            .words("parameters/names", &["g"])
            .numbers("parameters/max_power", &[1], &[2.0])
            .numbers("parameters/val_ranges", &[1, 2], &[-1.0, 1.0])
            .words("benchmarks/names", &["b0", "b1", "b2"])
            .numbers("benchmarks/values", &[3, 1], &[0.0, 1.0, -1.0])
            .numbers("benchmarks/is_nuisance", &[3], &[0.0; 3])
            .numbers("benchmarks/is_reference", &[3], &[1.0, 0.0, 0.0])
            .numbers("morphing/components", &[3, 1], &[0.0, 1.0, 2.0])
            .words("observables/names", &["z"])
            .numbers("samples/observations", &[N, 1], &z().collect::<Vec<f64>>())
            .numbers("samples/weights", &[N, 3], &z().flat_map(weights).collect::<Vec<f64>>())
            .numbers("samples/sampling_benchmarks", &[N], &[0.0; N])
            .numbers("sample_summary/signal_events", &[3], &[N as f64, 0.0, 0.0])
            .numbers("sample_summary/background_events", &[], &[0.0])
    }

    /// A nuisance parameter `nu`, with the factors `plus` and `minus` on the weights of each row.
    pub fn with_nuisance(self, plus: impl Fn(usize) -> f64, minus: impl Fn(usize) -> f64) -> Self {
        let row = |(i, z)| {
            let [b0, b1, b2] = weights(z);
            [b0, b1, b2, b0 * plus(i), b0 * minus(i)]
        };
        self.words("benchmarks/names", &["b0", "b1", "b2", "np", "nn"])
            .numbers("benchmarks/values", &[5, 1], &[0.0, 1.0, -1.0, 0.0, 0.0])
            .numbers("benchmarks/is_nuisance", &[5], &[0.0, 0.0, 0.0, 1.0, 1.0])
            .numbers("benchmarks/is_reference", &[5], &[1.0, 0.0, 0.0, 0.0, 0.0])
            .words("nuisance_parameters/names", &["nu"])
            .words("nuisance_parameters/benchmark_positive", &["np"])
            .words("nuisance_parameters/benchmark_negative", &["nn"])
            .numbers(
                "samples/weights",
                &[N, 5],
                &z().enumerate().flat_map(row).collect::<Vec<f64>>(),
            )
    }

    /// Replaces a data set, or adds it.
    pub fn words(mut self, name: &str, words: &[&str]) -> Self {
        let all = words.iter().map(|word| (*word).to_owned()).collect();
        self.sets.insert(name.into(), (vec![words.len()], Values::Words(all)));
        self
    }

    /// Replaces a data set, or adds it.
    pub fn numbers(mut self, name: &str, shape: &[usize], values: &[f64]) -> Self {
        let numbers = Values::Numbers(values.to_vec());
        self.sets.insert(name.into(), (shape.to_vec(), numbers));
        self
    }

    /// Removes a data set.
    pub fn without(mut self, name: &str) -> Self {
        self.sets.remove(name).unwrap();
        self
    }

    pub fn write(&self, path: &Path) {
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (group, set) in self.sets.keys().filter_map(|name| name.split_once('/')) {
            groups.entry(group).or_default().push(set);
        }
        let mut builder = FileBuilder::new();
        for (name, sets) in groups {
            let mut group = builder.create_group(name);
            for set in sets {
                let (shape, values) = &self.sets[&format!("{name}/{set}")];
                let into = group.create_dataset(set);
                match values {
                    Values::Words(words) => {
                        let words: Vec<&str> = words.iter().map(String::as_str).collect();
                        into.with_ascii_strings_sized(&words, 256).unwrap();
                    }
                    Values::Numbers(values) => {
                        into.with_f64_data(values);
                    }
                }
                into.with_shape(&shape.iter().map(|n| *n as u64).collect::<Vec<u64>>());
            }
            builder.add_group(group.finish());
        }
        builder.finish_to(File::create(path).unwrap()).unwrap();
    }

    /// The file as it is read.
    pub fn read(&self) -> Result<EventFile> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crafted.h5");
        self.write(&path);
        EventFile::read(&path)
    }
}
