//! Observables, weights and cuts agree with MadMiner.

use std::fs;

use serde_json::Value;

use super::{assert_close, convert, data, samples};

/// Both files with their benchmarks, and the rest of their analysis.
const MADMINER: [(&str, &str, &str); 2] = [
    ("lhe_average", "sm", ""),
    ("lhe_sum_scalevar", "w", "[systematics.mu]\nscale = [0.5, 1, 2]\n"),
];

fn reference() -> Value {
    serde_json::from_str(&fs::read_to_string(data("lhe.reference.json")).unwrap()).unwrap()
}

/// The observables of the reference, in its order.
fn observables(reference: &Value) -> String {
    let definitions = reference["observable_definitions"].as_object().unwrap().iter();
    let lines = definitions.map(|(name, definition)| format!("{name} = {definition}\n"));
    format!("\n[observables]\n{}", lines.collect::<String>())
}

#[test]
fn observables_and_weights_are_those_of_madminer() {
    let all = reference();
    for (name, benchmark, more) in MADMINER {
        let reference = &all[name];
        let analysis = format!(
            "setup = \"SETUP\"\nreference = \"{benchmark}\"\n[[samples]]\nfile = \"DATA/{name}.lhe.gz\"\nbenchmark = \"{benchmark}\"\n{more}{}",
            observables(reference)
        );
        let (_, file, _folder) = convert(&analysis, 0).unwrap();
        for (i, (observable, _)) in file.setup.observables.iter().enumerate() {
            let column = samples(&file).observations.column(i).to_vec();
            let expected = reference["observations"][observable].as_array().unwrap();
            for (event, (found, expected)) in column.iter().zip(expected).enumerate() {
                let expected = expected.as_f64().unwrap();
                // What is missing is the rounding of the file: 1e-9 GeV, and no two programs round alike.
                let near = if observable == "met" {
                    (found - expected).abs() < 1e-8
                } else {
                    (found - expected).abs() <= 1e-9 * expected.abs()
                };
                assert!(near, "{name}, {observable} of event {event}: {found} is not {expected}");
            }
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            let expected = reference["observation_means"][observable].as_f64().unwrap();
            assert!(
                (mean - expected).abs() < 1e-9 * (1.0 + expected.abs()),
                "{name}: mean {observable} {mean}, not {expected}"
            );
        }
        for (b, benchmark) in file.setup.benchmarks.iter().enumerate() {
            let column = samples(&file).weights.column(b).to_vec();
            let expected = reference["weights"][&benchmark.name].as_array().unwrap();
            for (found, expected) in column.iter().zip(expected) {
                assert_close(*found, expected.as_f64().unwrap(), 1e-9, &benchmark.name);
            }
            assert_close(
                column.iter().sum(),
                reference["weight_sums"][&benchmark.name].as_f64().unwrap(),
                1e-9,
                &benchmark.name,
            );
        }
    }
}

#[test]
fn cuts_efficiencies_and_k_factors_are_those_of_madminer() {
    let all = reference();
    for (name, benchmark, _) in MADMINER {
        let reference = &all[name];
        let selected = &reference["with_cuts_efficiency_kfactor"];
        let analysis = format!(
            "setup = \"SETUP\"\ncuts = {}\nefficiencies = {}\n[[samples]]\nfile = \"DATA/{name}.lhe.gz\"\nbenchmark = \"{benchmark}\"\n\
             k_factor = {}{}",
            selected["cuts"],
            selected["efficiencies"],
            selected["k_factor"],
            observables(reference)
        );
        let (conversion, file, _folder) = convert(&analysis, 0).unwrap();
        let sample = &conversion.samples[0];
        assert_eq!(sample.flow.n_kept, selected["n_pass"].as_u64().unwrap());
        assert_eq!(
            sample.flow.n_seen - sample.flow.n_kept,
            sample.flow.cut.iter().sum::<u64>()
        );
        for (b, benchmark) in file.setup.benchmarks.iter().enumerate() {
            let expected = selected["weight_sums"][&benchmark.name].as_f64().unwrap();
            assert_close(samples(&file).weights.column(b).sum(), expected, 1e-9, &benchmark.name);
            assert_close(sample.cross_section(b).value, expected, 1e-9, &benchmark.name);
        }
    }
}
