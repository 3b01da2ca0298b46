//! Events of generators: what MadMiner and the generators themselves say of them.
//!
//! Reference numbers: MadMiner 0.9.6 (`tests/data/lhe/lhe.reference.json`); the weights that MadGraph has written into its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use motherlode::interop::lhe::analysis::{Analysis, BenchmarkPlan, Conversion};
use motherlode::interop::lhe::{Event, EventReader, Tally};
use motherlode::interop::madminer::{BasisSearch, EventFile, Samples};
use motherlode_simulators as _;
use serde_json::Value;
use tempfile::TempDir;

/// Three standard errors.
fn assert_within(found: f64, expected: f64, standard_error: f64, what: &str) {
    assert!(
        (found - expected).abs() < 3.0 * standard_error,
        "{what}: {found} is not {expected} ± {standard_error}"
    );
}

fn data(name: &str) -> PathBuf {
    let folder = if name.ends_with(".h5") { "madminer" } else { "lhe" };
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/data")
        .join(folder)
        .join(name)
}

/// A file that is not part of the project, or why it is not there.
fn shared(name: &str) -> Option<PathBuf> {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = near
        .map(|folder| folder.join("shared/data/lhe").join(name))
        .find(|path| path.exists());
    if found.is_none() {
        println!("skipped: shared/data/lhe/{name} is not here");
    }
    found
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
    let converted = Analysis::read(&path).and_then(|analysis| analysis.convert(&output, seed, |_| ()));
    let conversion = converted.map_err(|error| error.to_string())?;
    let file = EventFile::read(&output).unwrap();
    Ok((conversion, file, folder))
}

fn samples(file: &EventFile) -> &Samples {
    file.samples.as_ref().unwrap()
}

/// The observables of the reference, in its order.
fn observables(reference: &Value) -> String {
    let definitions = reference["observable_definitions"].as_object().unwrap().iter();
    let lines = definitions.map(|(name, definition)| format!("{name} = {definition}\n"));
    format!("\n[observables]\n{}", lines.collect::<String>())
}

fn reference() -> Value {
    serde_json::from_str(&fs::read_to_string(data("lhe.reference.json")).unwrap()).unwrap()
}

/// Both files with the benchmark at which they were generated, and what else their analysis needs.
const MADMINER: [(&str, &str, &str); 2] = [
    ("lhe_average", "sm", ""),
    ("lhe_sum_scalevar", "w", "[systematics.mu]\nscale = [0.5, 1, 2]\n"),
];

fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1e-6),
        "{what}: {found} is not {expected}"
    );
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

const HIGGSSTRAHLUNG: &str = r#"
reference = "sm"
[parameters]
theta_W = { range = [-0.5, 0.5], card = ["dim6", 2] }
theta_WW = { range = [-0.5, 0.5], card = ["dim6", 7] }
[benchmarks]
sm = [0, 0]
w_p = [0.5, 0]
w_m = [-0.5, 0]
ww_p = [0, 0.5]
ww_m = [0, -0.5]
w_ww = [0.4, 0.4]
chk_0 = [0.3, -0.2]
chk_1 = [-0.1, 0.15]
chk_2 = [0.05, -0.05]
[[samples]]
file = "FILE"
benchmark = "chk_2"
[observables]
m_mumu = "(mu[0] + mu[1]).m"
m_bb = "sum(j).m"
recoil = "(mu[0] + mu[1]).e + sum(j).e"
"#;

/// The amplitude is linear in both coefficients, and weights are printed with eight digits: six points give all others.
#[test]
fn a_matrix_element_morphs_as_the_generator_reweights() {
    let whole = shared("eemumuH_250GeV_eft.lhe.gz");
    for path in [Some(data("eemumuH_60.lhe.gz")), whole].into_iter().flatten() {
        let (conversion, file, _folder) =
            convert(&HIGGSSTRAHLUNG.replace("FILE", &path.display().to_string()), 0).unwrap();
        let morphing = file.setup.morphing.as_ref().unwrap();
        for check in ["chk_0", "chk_1", "chk_2"] {
            let b = file.setup.benchmark(check).unwrap();
            let (basis, _) = morphing.weights(&file.setup.benchmarks[b].theta);
            for (event, row) in samples(&file).weights.rows().into_iter().enumerate() {
                let morphed: f64 = basis.iter().zip(row).map(|(weight, at)| weight * at).sum();
                assert_close(morphed, row[b], 2e-7, &format!("event {event} at {check}"));
            }
        }
        // All energy of the beams is in the two muons and the two b quarks.
        let energies = samples(&file).observations.column(2);
        energies
            .iter()
            .for_each(|energy| assert_close(*energy, 250.0, 1e-8, "energy"));
        let said = conversion.samples[0]
            .remarks
            .iter()
            .any(|remark| remark.contains("asked for 6000 events, and there are 60"));
        assert_eq!(said, path.ends_with("eemumuH_60.lhe.gz"));
    }
}

/// Six monomials of two coefficients: with one point of its own, an analysis needs five more, and they are as good as those that a person
/// chose (mean squared weight of the six above: 1.6 times as large).
#[test]
fn benchmarks_are_proposed_before_there_are_events() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("plan.toml");
    let plan = |text: &str| {
        fs::write(&path, text).unwrap();
        BenchmarkPlan::read(&path, BasisSearch::default())
    };
    let (parameters, _) = HIGGSSTRAHLUNG.split_once("w_p =").unwrap();
    let found = plan(parameters).unwrap();
    assert_eq!((found.proposed.len(), found.morphing.components().len()), (5, 6));
    let whole = plan(HIGGSSTRAHLUNG).unwrap();
    assert!(whole.proposed.is_empty() && found.mean_squared_weight < whole.mean_squared_weight);
    // At every benchmark, its own weight is 1 and all others are 0.
    for (b, benchmark) in found.proposed.iter().enumerate() {
        let (weights, _) = found.morphing.weights(&benchmark.theta);
        assert!(
            weights
                .iter()
                .enumerate()
                .all(|(i, weight)| (weight - f64::from(u8::from(i == b + 1))).abs() < 1e-9)
        );
    }
    let degenerate = parameters.replace("sm = [0, 0]", "sm = [0, 0]\nagain = [0, 0]");
    assert!(plan(&degenerate).unwrap_err().to_string().contains("0"));
}

/// The physics would be wrong without a word: the first weight of an event is that of where it was generated.
#[test]
fn samples_that_were_generated_elsewhere_are_refused_and_benchmarks_that_are_elsewhere_are_told() {
    let analysis = HIGGSSTRAHLUNG.replace("FILE", &data("eemumuH_60.lhe.gz").display().to_string());
    let elsewhere = convert(&analysis.replace("benchmark = \"chk_2\"", "benchmark = \"sm\""), 0).unwrap_err();
    assert!(
        elsewhere.contains("was not generated at `sm`") && elsewhere.contains("that of chk_2"),
        "{elsewhere}"
    );
    let (right, _, _folder) = convert(&analysis, 0).unwrap();
    assert_eq!(right.misfits(), Vec::<String>::new());
    let (wrong, _, _folder) = convert(&analysis.replace("w_p = [0.5, 0]", "w_p = [0.4, 0]"), 0).unwrap();
    assert!(
        wrong.misfits()[0].contains("at the benchmark chk_0 its weights give"),
        "{:?}",
        wrong.misfits()
    );
}

/// What six generators have written: events, weights beside the first, and negative ones.
#[test]
fn files_of_all_generators_are_read() {
    let expected = [
        ("pylhe-testfile-madgraph5-3.5.8-pp_to_jj.lhe.gz", 1000, 145, 0),
        ("pylhe-testfile-powheg-box-v2-hvq.lhe", 6, 45, 2),
        ("pylhe-testfile-pr180.lhe", 10, 0, 0),
        ("pylhe-testfile-pythia-8.3.14-weakbosons.lhe", 100, 0, 0),
        ("pylhe-testfile-whizard-3.1.4-eeWW.lhe", 10, 1, 0),
        ("pylhe-testlhef3.lhe", 59, 9, 0),
        ("wbf_hjj_13TeV_eft.lhe.gz", 5000, 7, 0),
    ];
    for (name, n_events, n_weights, n_negative) in expected {
        let Some(path) = shared(name) else { return };
        let tally = Tally::of(&path).unwrap();
        assert_eq!(
            (tally.n_events, tally.n_negative, tally.is_closed),
            (n_events, n_negative, true),
            "{name}"
        );
        let mut reader = EventReader::open(&path).unwrap();
        let mut event = Event::default();
        let mut sum = 0.0;
        while reader.read(&mut event).unwrap() {
            assert_eq!(event.weights.len(), n_weights, "{name}");
            assert!(event.weights.iter().all(|weight| weight.is_finite()), "{name}");
            sum += event.weight;
            check_balance(&event, name);
        }
        assert_eq!(reader.n_read(), n_events);
        assert!((sum - tally.sum).abs() < 1e-12 * sum.abs());
        assert_eq!(
            reader.run().weights().count(),
            if name.contains("whizard") { 0 } else { n_weights },
            "{name}"
        );
    }
}

/// What comes in goes out.
fn check_balance(event: &Event, name: &str) {
    let sum = |status: i32| {
        let some = event.particles.iter().filter(|particle| particle.status == status);
        some.fold(motherlode::interop::lhe::Momentum::default(), |sum, particle| {
            sum + particle.momentum
        })
    };
    let missing = sum(-1) - sum(1);
    let size = sum(-1).e;
    for component in [missing.px, missing.py, missing.pz, missing.e] {
        assert!(
            component.abs() < 1e-5 * size,
            "{name}: {missing:?} of {size} GeV is missing"
        );
    }
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

/// Two benchmarks, between which nothing is known.
const COUNTING: &str = "[parameters]\na = { range = [0, 1], power = 1 }\n[benchmarks]\nsm = [0]\nup = [1]\n[observables]\nn = \"len(l)\"\n\
                        m = \"(l[0] + l[1]).m\"\n";

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

#[test]
fn weights_add_up_to_cross_sections_however_they_are_normalised() {
    for (head, weights, says, expected) in [
        (" average = event_norm", vec![2.0, 4.0], "", 3.0),
        (" sum = event_norm ! a comment", vec![1.0, 2.0], "", 3.0),
        (" unity = event_norm", vec![1.0, 1.0, 1.0], "", 3.0),
        ("", vec![2.0, 4.0], "", 3.0),
        ("", vec![1.0, 1.0], "normalisation = \"unit\"", 3.0),
        ("", vec![1.0, -0.5], "normalisation = \"sum\"", 0.5),
    ] {
        let sample = format!("[[samples]]\nfile = \"HERE/x.lhe\"\nbenchmark = \"sm\"\n{says}\n");
        let (sums, conversion, _) = counted(&[("x.lhe", lhe(head, &weights))], &sample).unwrap();
        assert_close(sums[0], expected, 1e-12, head);
        assert_close(sums[1], 2.0 * expected, 1e-12, head);
        assert_eq!(
            conversion.samples[0].n_negative,
            weights.iter().filter(|weight| **weight < 0.0).count() as u64
        );
    }
}

#[test]
fn parts_of_a_sample_share_and_processes_add_up() {
    let files = [("a.lhe", lhe("", &[3.0; 10])), ("b.lhe", lhe("", &[3.0; 30]))];
    let two = |a: &str, b: &str| {
        format!("[[samples]]\nfile = \"HERE/a.lhe\"\n{a}\n[[samples]]\nfile = \"HERE/b.lhe\"\n{b}\n")
    };
    let at_sm = "benchmark = \"sm\"";
    let cross_sections = |samples: &str| counted(&files, samples).unwrap().0;
    // The same process twice is one sample of 40 events.
    assert_close(cross_sections(&two(at_sm, at_sm))[0], 3.0, 1e-12, "parts");
    let other = format!("{at_sm}\nprocess = \"other\"");
    assert_close(cross_sections(&two(at_sm, &other))[0], 6.0, 1e-12, "processes");
    let heavier = format!("{other}\nk_factor = 1.5");
    assert_close(cross_sections(&two(at_sm, &heavier))[0], 7.5, 1e-12, "k-factor");
    // Background has the same weights everywhere, and those of its two processes add up.
    let sums = cross_sections(&format!(
        "{}[[samples]]\nfile = \"HERE/a.lhe\"\n{at_sm}\n",
        two("background = true", "background = true")
    ));
    assert_close(sums[0], 9.0, 1e-12, "background");
    assert_close(sums[1], 6.0 + 6.0, 1e-12, "background");
    // Generated at two benchmarks, each has all of the cross section: what is merged is their mean.
    let moved = "benchmark = \"up\"\nweights = { sm = \"up\", up = \"its own\" }";
    let sums = cross_sections(&two(at_sm, moved));
    assert_close(sums[0], 0.25 * 3.0 + 0.75 * 6.0, 1e-12, "merged");
    assert_close(sums[1], 0.25 * 6.0 + 0.75 * 3.0, 1e-12, "merged");
}

/// Rows of the first and of the second sample come in random order, the same for the same seed.
#[test]
fn samples_are_mixed_as_if_they_were_shuffled() {
    let files = [("a.lhe", lhe("", &[3.0; 1000])), ("b.lhe", lhe("", &[3.0; 3000]))];
    let both = "[[samples]]\nfile = \"HERE/a.lhe\"\nbenchmark = \"sm\"\n[[samples]]\nfile = \"HERE/b.lhe\"\nbackground = true\n";
    let (_, _, file) = counted(&files, both).unwrap();
    let sampled = samples(&file).sampling_benchmarks.as_ref().unwrap();
    let n = sampled.len() as f64;
    let ranks: Vec<f64> = sampled
        .iter()
        .enumerate()
        .filter(|(_, at)| at.is_some())
        .map(|(row, _)| row as f64)
        .collect();
    assert_eq!(ranks.len(), 1000);
    // Ranks of 1 000 of 4 000 without replacement have this mean and variance.
    let mean = ranks.iter().sum::<f64>() / 1000.0;
    let variance = (n * n - 1.0) / 12.0 / 1000.0 * (n - 1000.0) / (n - 1.0);
    assert_within(mean, 0.5 * (n - 1.0), variance.sqrt(), "mean rank");
    let (_, _, again) = counted(&files, both).unwrap();
    assert_eq!(samples(&again).sampling_benchmarks, samples(&file).sampling_benchmarks);
}

#[test]
fn smearing_has_the_resolution_it_was_given() {
    let analysis = |smearing: &str| {
        format!(
            "{COUNTING}pt = \"mu[0].pt if mu[0].charge < 0 else mu[1].pt\"\neta = \"mu[0].eta\"\nphi = \"mu[0].deltaphi(mu[1])\"\n\
             mass = \"mu[0].m\"\n[[samples]]\nfile = \"FOLDER/x.lhe\"\nbenchmark = \"sm\"\n{smearing}"
        )
    };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.lhe"), lhe("", &[3.0; 4000])).unwrap();
    let columns = |smearing: &str, seed: u64| -> BTreeMap<String, Vec<f64>> {
        let text = analysis(smearing).replace("FOLDER", &folder.path().display().to_string());
        let (_, file, _written) = convert(&text, seed).unwrap();
        let names = file.setup.observables.iter().enumerate();
        names
            .map(|(i, (name, _))| (name.clone(), samples(&file).observations.column(i).to_vec()))
            .collect()
    };
    // Deviation with its standard error, √(2/n) of it.
    let deviates = |values: &[f64], mean: f64, sigma: f64| {
        let n = values.len() as f64;
        assert_within(values.iter().sum::<f64>() / n, mean, sigma / n.sqrt(), "mean");
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
        assert_within(variance, sigma * sigma, sigma * sigma * (2.0 / n).sqrt(), "variance");
    };
    let muons =
        "[[smearing]]\nparticles = [\"mu\"]\npt = [0.5, 0.02]\nenergy = \"mass-shell\"\neta = 0.03\nphi = 0.04\n";
    let smeared = columns(muons, 1);
    deviates(&smeared["pt"], 45.6, 0.5 + 0.02 * 45.6);
    deviates(&smeared["eta"], 0.0, 0.03);
    let turned: Vec<f64> = smeared["phi"]
        .iter()
        .map(|phi| phi.rem_euclid(std::f64::consts::TAU))
        .collect();
    deviates(&turned, std::f64::consts::PI, 0.04 * std::f64::consts::SQRT_2);
    assert!(
        smeared["mass"].iter().all(|mass| mass.abs() < 1e-4),
        "on the mass shell"
    );
    assert_eq!(columns(muons, 1), smeared, "same seed");
    assert_ne!(columns(muons, 2), smeared, "another seed");
    // The last that speaks of a particle counts.
    let last = format!("{muons}[[smearing]]\nparticles = [13, -13]\n");
    assert!(columns(&last, 1)["pt"].iter().all(|pt| *pt == 45.6));
}

/// Noise of what is missing grows with the scalar sum of pT, which is 91.2 GeV.
#[test]
fn what_is_missing_has_the_noise_it_was_given() {
    let samples = format!("{ONE}[usual_observables]\nleptons = 1\n");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.lhe"), lhe("", &[3.0; 4000])).unwrap();
    let text = format!(
        "met_noise = [1, 0.1]\n{COUNTING}{}",
        samples.replace("HERE", &folder.path().display().to_string())
    );
    let (_, file, _written) = convert(&text, 3).unwrap();
    let names: Vec<&str> = file.setup.observables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names[..6],
        ["et_miss", "phi_miss", "e_visible", "eta_visible", "n_ls", "e_l1"]
    );
    assert_eq!(names[names.len() - 2..], ["n", "m"]);
    // Of two Gaussian components, the mean square is twice the variance; it has a standard deviation as large.
    let missing = self::samples(&file).observations.column(0).mapv(|met| met * met);
    let expected = 2.0 * 10.12f64.powi(2);
    assert_within(
        missing.sum() / 4000.0,
        expected,
        expected / 4000.0f64.sqrt(),
        "missing momentum",
    );
}

fn refusal(samples: &str, text: &str) -> String {
    counted(&[("x.lhe", text.to_owned())], samples).unwrap_err()
}

const ONE: &str = "[[samples]]\nfile = \"HERE/x.lhe\"\nbenchmark = \"sm\"\n";

#[test]
fn a_file_that_makes_no_sense_says_where_and_why() {
    let good = lhe("", &[3.0, 3.0]);
    for (from, to, reason) in [
        (
            "<LesHouchesEvents version=\"3.0\">",
            "<xml>",
            "line 1 must be <LesHouchesEvents",
        ),
        ("<init>", "<begin>", "comes before any <init> block"),
        (
            " 11 -11 45.6 45.6 0 0 0 0 -4 1\n",
            " 11 -11 45.6\n",
            "must have the beams",
        ),
        (" 3.0 0.1 3.0 1\n", " three 0.1 3.0 1\n", "must have the a process"),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " 4 1 3\n",
            "must open event 1 with six finite numbers",
        ),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " 4 1 NaN 91. 0.0078 0.118\n",
            "finite weight",
        ),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " -4 1 3 91. 0.0078 0.118\n",
            "has -4 particles",
        ),
        (" 4 1 3 91. 0.0078 0.118\n", " 1e9 1 3 91. 0.0078 0.118\n", "particles"),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " 9 1 3 91. 0.0078 0.118\n",
            "must be particle 5 of 9 in event 1",
        ),
        (
            "45.6 0 0 45.6 0 0 1\n",
            "45.6 0 inf 45.6 0 0 1\n",
            "must be particle 3 of 4 in event 1",
        ),
        (
            "<wgt id=\"up\">6</wgt>",
            "<wgt id=\"up\">nan</wgt>",
            "weight `nan` of the name `up`",
        ),
        ("<wgt id=\"up\">6</wgt>", "", "has no weight `up` for the benchmark up"),
        ("</event>\n", "", "opens an event before event 1 has ended"),
    ] {
        assert!(good.contains(from), "{from}");
        let refusal = refusal(ONE, &good.replacen(from, to, 1));
        assert!(refusal.contains(reason), "{from} -> {to}: {refusal}");
    }
    let late = good.replace(
        "<wgt id=\"up\">6</wgt>\n</rwgt>\n</event>\n</Les",
        "</rwgt>\n</event>\n</Les",
    );
    assert!(refusal(ONE, &late).contains("has no weight `up` in event 2"));
    assert!(refusal(ONE, &lhe("", &[])).contains("has no events"));
    for weights in [[0.0, 0.0], [1.0, -1.0], [1.0, -2.0]] {
        assert!(refusal(ONE, &lhe("", &weights)).contains("whose weights add up to"));
    }
}

/// Wherever a file ends, it is an error, or the events that are whole.
#[test]
fn a_file_that_ends_early_is_never_a_panic() {
    let good = lhe(
        "<initrwgt>\n<weightgroup name='x'>\n<weight id='up' MUR=\"2\">a & b < c</weight>\n</weightgroup>\n</initrwgt>",
        &[3.0, 3.0],
    );
    let mut event = Event::default();
    for end in 0..good.len() {
        let Ok(mut reader) = EventReader::over(Path::new("x"), &good.as_bytes()[..end]) else {
            continue;
        };
        while let Ok(true) = reader.read(&mut event) {
            assert_eq!(event.particles.len(), 4);
        }
        assert!(!reader.is_closed() || end + 4 > good.len());
    }
    let zipped = fs::read(data("lhe_average.lhe.gz")).unwrap();
    for end in (0..zipped.len()).step_by(997) {
        let Ok(mut reader) = EventReader::over(Path::new("x"), &zipped[..end]) else {
            continue;
        };
        let last = std::iter::repeat_with(|| reader.read(&mut event)).find(|read| !matches!(read, Ok(true)));
        let error = last.unwrap().unwrap_err().to_string();
        assert!(
            error.contains("truncated or damaged") || error.contains("ends within event"),
            "{error}"
        );
    }
}

#[test]
fn an_analysis_that_makes_no_sense_says_so() {
    let good = lhe("", &[3.0, 3.0]);
    let with = |more: &str| refusal(&format!("{ONE}{more}"), &good);
    for (more, reason) in [
        ("k_factor = 0\n", "must be above 0"),
        ("colour = 1\n", "unknown field `colour`"),
        ("background = true\n", "leave one of them out"),
        (
            "weights = { up = \"upp\" }\n",
            "has no weight `upp` for the benchmark up: its weights are up",
        ),
        ("systematics = [\"mu\"]\n", "there is no [systematics.mu]"),
        (
            "[systematics.mu]\nscale = [0.5, 2]\n",
            "none is declared with MUR=2 and MUF=2; it declares no weights at all",
        ),
        ("[systematics.mu]\npdf = \"CT10\"\n", "no group is called `CT10`"),
        ("[systematics.mu]\n", "neither norm nor pdf nor scale"),
        (
            "[[smearing]]\nparticles = [\"jet\"]\n",
            "smearing names particles `jet`",
        ),
        (
            "[[smearing]]\npt = \"mass-shell\"\nenergy = \"mass-shell\"\n",
            "one of them has to be measured",
        ),
        (
            "[[smearing]]\nparticles = \"jets\"\n",
            "smearing names particles `jets`",
        ),
        ("[[smearing]]\npt = -1\n", "untagged"),
    ] {
        let refusal = with(more);
        assert!(refusal.contains(reason), "{more}: {refusal}");
    }
    let of = |analysis: &str| convert(analysis, 0).unwrap_err();
    assert!(of("samples = []").contains("names no samples"));
    assert!(
        of("[[samples]]\nfile = \"x\"\nbenchmark = \"sm\"\n[observables]\na = \"len(j)\"\n")
            .contains("[parameters] and [benchmarks]")
    );
    assert!(of("[[samples]]\nfile = \"x\"\nbenchmark = \"sm\"\n").contains("there are no observables"));
    let counting = |from: &str, to: &str| {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("x.lhe"), &good).unwrap();
        let samples = ONE.replace("HERE", &folder.path().display().to_string());
        convert(&format!("{COUNTING}{samples}").replace(from, to), 0).unwrap_err()
    };
    assert!(counting("len(l)", "length(l)").contains("observable `n`: the expression `length(l)` calls `length`"));
    assert!(counting("n = ", "\"2n\" = ").contains("letters, digits and _"));
    assert!(counting("sm = [0]", "sm = [0, 1]").contains("1 finite values are needed"));
    assert!(
        counting("benchmark = \"sm\"", "benchmark = \"SM\"")
            .contains("which is not among sm, up: add it to [benchmarks]")
    );
    assert!(counting("benchmark = \"sm\"\n", "").contains("or background = true"));
    assert!(counting("range = [0, 1]", "range = [1, 1]").contains("a lower and a higher end"));
    assert!(
        counting("[parameters]", "cuts = [\"m > 100\"]\n[parameters]")
            .contains("of 2 events none is left: left out were 2 by the cut `m > 100`")
    );
    assert!(counting("len(l)", "j[0].pt").contains("left out were 2 where n is undefined"));
}
