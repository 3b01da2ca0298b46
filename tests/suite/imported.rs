//! A network that MadMiner trained answers here what it answers there; what is wrong with that is said, and not a line of
//! a file that somebody else wrote is executed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use motherlode::dataset::{AugmentedData, FORMAT_VERSION, Header};
use motherlode::estimator::{ImportOptions, ImportedEstimator, Model, ModelFile};
use motherlode::gold::Design;
use motherlode::interop::StateDict;
use motherlode::likelihood::{LogRatio, Score};
use ndarray::{Array, Array1, Array2, Dimension, array};
use serde_json::Value;
use tempfile::TempDir;

use crate::tolerance::close;

/// Absolute, and relative where answers are larger than 1: both sides compute in f32, and round x at different places.
const ANSWERS: f64 = 1e-6;
/// The same, for gradients in f32 of a flow, some of whose units are saturated at bare θ.
const SINGLE: f64 = 1e-5;

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/data/madminer_estimators")
        .join(path)
}

fn reference(folder: &str) -> Value {
    let text = fs::read_to_string(data(folder).join("reference.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn row(value: &Value) -> Array1<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
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
    estimator.write(&path, false).unwrap();
    let ModelFile::Imported(read) = ModelFile::read(&path).unwrap() else {
        panic!("an imported network became one that was trained here")
    };
    assert_eq!(read.import(), estimator.import());
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

/// The volume of scaled x in user units, by hand from the scales that MadMiner has saved in single precision.
fn log_volume(name: &Path) -> f64 {
    let bytes = fs::read(format!("{}_x_stds.npy", name.display())).unwrap();
    let scales = bytes[128..].chunks_exact(4);
    scales
        .map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())).ln())
        .sum()
}

#[test]
fn the_toys_of_madminer_answer_as_they_did() {
    for (folder, p) in [("toy2d_quadratic", 2), ("toy2d_nuisance", 4)] {
        let all = reference(folder);
        let name = |estimator: &str| data(folder).join(estimator);
        let origin = vec![0.0; p];

        let (sally, expected) = (imported(&name("sally"), &at(&origin)), &all["sally"]);
        let score = sally.score(rows(&expected["x"]).view(), &origin).unwrap();
        assert_rows_agree(&score, &rows(&expected["t_hat"]), &format!("{folder}, sally"));

        let (ensemble, expected) = (imported(&name("ensemble"), &at(&origin)), &all["ensemble"]);
        assert_eq!(ensemble.n_members(), 2);
        let (score, spread) = ensemble.score_and_spread(rows(&expected["x"]).view(), &origin).unwrap();
        assert_rows_agree(&score, &rows(&expected["mean_score"]), &format!("{folder}, ensemble"));
        assert!(spread.unwrap().iter().all(|spread| *spread > 0.0));

        let (alices, expected) = (imported(&name("alices"), &ImportOptions::default()), &all["alices"]);
        let (x, theta) = (rows(&expected["x"]), rows(&expected["theta"]));
        let [at_0, at_1] = [0, 1].map(|k| theta.row(k).to_vec());
        for (k, theta) in [&at_0, &at_1].into_iter().enumerate() {
            let log_ratio = alices.log_ratio_to_denominator(x.view(), theta).unwrap();
            assert_rows_agree(
                &log_ratio,
                &row(&expected["log_r_hat"][k]),
                &format!("{folder}, alices"),
            );
        }
        let difference = row(&expected["log_r_hat"][0]) - row(&expected["log_r_hat"][1]);
        let log_ratio = alices.log_ratio(x.view(), &at_0, &at_1).unwrap();
        assert_rows_agree(&log_ratio, &difference, &format!("{folder}, ratio of alices"));
        let score = alices.score(x.view(), &at_1).unwrap();
        assert_rows_agree(
            &score,
            &rows(&expected["score_at_theta_1"]),
            &format!("{folder}, score of alices"),
        );

        let (scandal, expected) = (imported(&name("scandal"), &ImportOptions::default()), &all["scandal"]);
        let volume = log_volume(&name("scandal"));
        for k in 0..2 {
            let theta = rows(&expected["theta"]).row(k).to_vec();
            let log_likelihood = scandal.log_likelihood(rows(&expected["x"]).view(), &theta).unwrap();
            let scaled = log_likelihood + volume;
            assert_rows_agree(&scaled, &row(&expected["log_p_hat"][k]), &format!("{folder}, scandal"));
        }
    }
}

#[test]
fn every_activation_and_scaling_answers_as_in_madminer() {
    let all = reference("edge");
    let (x, thetas) = (rows(&all["x"]), rows(&all["theta"]));
    let names = [
        "ratio_tanh",
        "ratio_softplus",
        "ratio_relu",
        "ratio_lrelu",
        "ratio_elu",
        "ratio_selu",
        "ratio_log_sigmoid",
        "ratio_unscaled_theta",
        "ratio_features",
    ];
    for name in names {
        let estimator = imported(&data("edge").join(name), &ImportOptions::default());
        let expected = &all["estimators"][name];
        for (k, theta) in thetas.rows().into_iter().enumerate() {
            let theta = theta.to_vec();
            let log_ratio = estimator.log_ratio_to_denominator(x.view(), &theta).unwrap();
            assert_rows_agree(&log_ratio, &row(&expected["log_r_hat"][k]), name);
            let score = estimator.score(x.view(), &theta).unwrap();
            assert_rows_agree(&score, &rows(&expected["t_hat"][k]), name);
        }
    }
    let score = imported(&data("edge/score_features"), &at(&[0.5, 20.0]));
    let found = score.score(x.view(), &[0.5, 20.0]).unwrap();
    assert_rows_agree(
        &found,
        &rows(&all["estimators"]["score_features"]["t_hat"]),
        "score_features",
    );
    assert!(score.score(x.view(), &[0.5, 21.0]).is_err());
    assert!(score.log_ratio(x.view(), &[0.5, 20.0], &[0.5, 21.0]).is_err());
}

/// MadMiner forgets the scaling of θ when it evaluates these: so do we, and say so, unless asked not to.
#[test]
fn forgotten_scalings_are_kept_and_named_or_mended_on_demand() {
    let all = reference("edge");
    let (x, thetas) = (rows(&all["x"]), rows(&all["theta"]));
    let [first, second] = [0, 1].map(|k| thetas.row(k).to_vec());
    for (scale_theta, suffix, word) in [
        (false, "", "does not when it evaluates"),
        (true, "_of_scaled_theta", "as in training"),
    ] {
        let options = ImportOptions {
            scale_theta,
            ..ImportOptions::default()
        };
        let answer = |name: &str, what: &str| all["estimators"][name][format!("{what}{suffix}")].clone();
        let double = imported(&data("edge/double"), &options);
        assert!(double.import().remarks.iter().any(|remark| remark.contains(word)));
        let log_ratio = double.log_ratio(x.view(), &first, &second).unwrap();
        assert_rows_agree(&log_ratio, &row(&answer("double", "log_r_hat")[0]), "double");
        assert_eq!(double.log_ratio(x.view(), &second, &first).unwrap(), -log_ratio);
        let score = double.score(x.view(), &first).unwrap();
        assert_rows_agree(&score, &rows(&answer("double", "t_hat")[0]), "score of double");

        for name in ["flow", "flow_deep", "flow_narrow"] {
            let flow = imported(&data("edge").join(name), &options);
            assert!(flow.import().remarks.iter().any(|remark| remark.contains(word)));
            let volume = all["estimators"][name]["log_volume"].as_f64().unwrap();
            for (k, theta) in [&first, &second].into_iter().enumerate() {
                let scaled = flow.log_likelihood(x.view(), theta).unwrap() + volume;
                assert_rows_agree(&scaled, &row(&answer(name, "log_p_hat")[k]), name);
                let score = flow.score(x.view(), theta).unwrap();
                let expected = rows(&answer(name, "t_hat")[k]);
                assert_rows_agree_to(SINGLE, &score, &expected, &format!("score of {name}"));
            }
        }
    }
}

#[test]
fn weights_are_the_same_in_every_file_that_holds_them() {
    let plain = StateDict::read(&data("edge/ratio_tanh_state_dict.pt")).unwrap();
    let names: Vec<_> = plain.names().filter(|name| name.starts_with("layers.")).collect();
    assert_eq!(names.len(), 6);
    for file in [
        "double_precision.pt",
        "checkpoint.pt",
        "before_1.6.pt",
        "strided.pt",
        "plain.safetensors",
    ] {
        let other = StateDict::read(&data("edge").join(file)).unwrap();
        for name in &names {
            let shape = plain.shape(name).unwrap();
            assert_eq!(
                other.values(name, shape).unwrap(),
                plain.values(name, shape).unwrap(),
                "{file}"
            );
        }
    }
    let half = StateDict::read(&data("edge/half_precision.pt")).unwrap();
    let refused = half.values("layers.0.bias", &[7]).unwrap_err().to_string();
    assert!(refused.contains("F16") && refused.contains("precision"), "{refused}");
    let missing = plain.values("layers.9.bias", &[7]).unwrap_err().to_string();
    assert!(
        missing.contains("layers.9.bias") && missing.contains("layers.0.bias"),
        "{missing}"
    );
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

#[test]
fn what_is_not_read_is_refused_in_words() {
    let refused = |estimator: &str, key: &str, value: Value, words: &[&str]| {
        let (_dir, name) = copied(estimator);
        with_setting(&name, key, value);
        let options = match estimator.starts_with("score") {
            true => at(&[0.0, 0.0]),
            false => ImportOptions::default(),
        };
        let error = ImportedEstimator::from_madminer(&name, &options)
            .unwrap_err()
            .to_string();
        assert!(
            words.iter().all(|word| error.contains(word)),
            "{estimator}, {key}: {error}"
        );
    };
    refused("ratio_relu", "activation", "rrelu".into(), &["rrelu", "tanh"]);
    refused("ratio_relu", "activation", "prelu".into(), &["prelu"]);
    refused("ratio_relu", "dropout_prob", 0.2.into(), &["dropout", "train again"]);
    refused("ratio_relu", "components", vec![1].into(), &["morphing"]);
    refused("ratio_relu", "estimator_type", "magic".into(), &["magic"]);
    refused("ratio_relu", "estimator_type", "score".into(), &["--reference"]);
    refused(
        "ratio_relu",
        "estimator_type",
        "double_parameterized_ratio".into(),
        &["5 inputs", "7"],
    );
    refused("ratio_relu", "n_hidden", vec![7, 6].into(), &["[7, 5]", "[7, 6]"]);
    refused("ratio_relu", "n_hidden", Value::Null, &["settings"]);
    refused("ratio_relu", "n_parameters", 3.into(), &["5 inputs", "6"]);
    refused("ratio_relu", "n_parameters", u64::MAX.into(), &["5 inputs"]);
    refused("ratio_relu", "n_observables", 0.into(), &["no observables"]);
    refused("ratio_relu", "n_observables", 4.into(), &["5 inputs", "6"]);
    refused("ratio_features", "features", vec![0, 3].into(), &["[0, 3]", "2 of 3"]);
    refused("ratio_features", "features", vec![0].into(), &["[0]", "2 of 3"]);
    refused(
        "ratio_features",
        "features",
        vec![2, 2].into(),
        &["[2, 2]", "each once"],
    );
    refused("ratio_relu", "n_observables", u64::MAX.into(), &["5 inputs"]);
    refused(
        "score_features",
        "nuisance_mode_default",
        "profile".into(),
        &["profile", "keep"],
    );
    refused("flow", "batch_norm", 0.1.into(), &["batch normalisation", "NaN"]);
    refused("flow", "n_components", 2.into(), &["mixture"]);
    refused("flow", "n_mades", 4.into(), &["mades.3.Ws.0"]);
    refused("flow", "n_mades", u64::MAX.into(), &["mades.3.Ws.0"]);
    refused("flow", "n_mades", 0.into(), &["layer"]);
    refused("flow", "n_hidden", vec![u64::MAX].into(), &["mades.0.Ws.0"]);
    refused("flow", "n_hidden", Value::Array(vec![]), &["hidden"]);
    refused("flow", "features", vec![0, 1, 2].into(), &["some columns"]);

    let refused = |name: &Path, options: &ImportOptions, word: &str| {
        let error = ImportedEstimator::from_madminer(name, options).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    };
    refused(&data("edge/ratio_relu"), &at(&[0.0, 0.0]), "leave out --reference");
    refused(&data("edge/score_features"), &at(&[0.0]), "2 components");
    let scaled = ImportOptions {
        scale_theta: true,
        ..ImportOptions::default()
    };
    refused(&data("edge/ratio_unscaled_theta"), &scaled, "--scale-theta");
    let named = ImportOptions {
        observables: Some(vec!["a".into(), "b".into()]),
        ..ImportOptions::default()
    };
    refused(&data("edge/ratio_relu"), &named, "2 names of observables");
    refused(
        &data("edge/nothing"),
        &ImportOptions::default(),
        "edge/nothing_settings.json",
    );
    refused(&data("edge"), &ImportOptions::default(), "ensemble.json");
}

/// Where MadMiner's own files say something that is not so.
#[test]
fn sigmoids_that_are_relus_and_scalings_of_nothing_are_named() {
    let all = reference("edge");
    let x = rows(&all["x"]);
    let theta = rows(&all["theta"]).row(0).to_vec();
    let (_dir, name) = copied("ratio_relu");
    with_setting(&name, "activation", "sigmoid".into());
    let relu = imported(&name, &ImportOptions::default());
    assert!(relu.import().remarks.iter().any(|remark| remark.contains("sigmoid")));
    let log_ratio = relu.log_ratio_to_denominator(x.view(), &theta).unwrap();
    assert_rows_agree(
        &log_ratio,
        &row(&all["estimators"]["ratio_relu"]["log_r_hat"][0]),
        "sigmoid",
    );

    let unscaled = imported(&data("edge/ratio_unscaled_x"), &ImportOptions::default());
    assert!(
        unscaled
            .import()
            .remarks
            .iter()
            .any(|remark| remark.contains("not scaled"))
    );
    assert!(unscaled.log_ratio_to_denominator(x.view(), &theta).is_ok());

    let (_dir, name) = copied("ratio_relu");
    for file in ["x_means.npy", "x_stds.npy"] {
        fs::remove_file(beside(&name, file)).unwrap();
    }
    let left_behind = imported(&name, &ImportOptions::default());
    assert!(
        left_behind
            .import()
            .remarks
            .iter()
            .any(|remark| remark.contains("left behind"))
    );
    assert_ne!(
        left_behind.log_ratio_to_denominator(x.view(), &theta).unwrap(),
        log_ratio
    );
}

#[test]
fn damaged_files_end_in_words() {
    for (estimator, ending) in [
        ("ratio_tanh", "state_dict.pt"),
        ("ratio_tanh", "x_means.npy"),
        ("ratio_tanh", "settings.json"),
        ("flow", "state_dict.pt"),
    ] {
        let (_dir, name) = copied(estimator);
        let path = beside(&name, ending);
        let good = fs::read(&path).unwrap();
        let import = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            ImportedEstimator::from_madminer(&name, &ImportOptions::default())
        };
        for end in (0..good.len()).step_by(1 + good.len() / 60) {
            let error = import(&good[..end]).unwrap_err().to_string();
            assert!(
                error.contains(ending) && error.len() > ending.len() + 20,
                "{end} bytes: {error}"
            );
        }
        // Bits flipped one at a time: whatever comes of it, it is no panic.
        let mut n_refused = 0;
        for byte in (0..good.len()).step_by(1 + good.len() / 150) {
            let mut bytes = good.clone();
            bytes[byte] ^= 1 << (byte % 8);
            n_refused += usize::from(import(&bytes).is_err());
        }
        assert!(n_refused > 10, "{ending}: {n_refused}");
        for garbage in [
            &b"this is no such file"[..],
            b"",
            b"PK\x03\x04",
            b"\x80\x02}q\x00.",
            &[0xff; 4096],
        ] {
            let error = import(garbage).unwrap_err().to_string();
            assert!(error.contains(ending), "{error}");
        }
        fs::remove_file(&path).unwrap();
        let error = ImportedEstimator::from_madminer(&name, &ImportOptions::default()).unwrap_err();
        assert!(error.to_string().contains(ending), "{error}");
    }
    let (_dir, name) = copied("ratio_tanh");
    fs::rename(beside(&name, "state_dict.pt"), name.with_extension("away")).unwrap();
    let path = beside(&name, "state_dict.safetensors");
    let good = fs::read(data("edge/plain.safetensors")).unwrap();
    fs::write(&path, &good).unwrap();
    assert!(ImportedEstimator::from_madminer(&name, &ImportOptions::default()).is_ok());
    for end in (0..good.len()).step_by(7) {
        fs::write(&path, &good[..end]).unwrap();
        let error = ImportedEstimator::from_madminer(&name, &ImportOptions::default()).unwrap_err();
        assert!(error.to_string().contains("safetensors"), "{error}");
    }
}

fn motherlode(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motherlode"))
        .args(arguments)
        .current_dir(dir)
        .output()
        .expect("the binary was built with the tests")
}

fn written(output: &Output) -> (String, String) {
    let [out, error] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    (out, error)
}

#[test]
fn pickled_code_is_not_executed() {
    let dir = TempDir::new().unwrap();
    for ending in [
        "settings.json",
        "x_means.npy",
        "x_stds.npy",
        "theta_means.npy",
        "theta_stds.npy",
    ] {
        let from = data("edge").join(format!("ratio_tanh_{ending}"));
        fs::copy(from, dir.path().join(format!("code_{ending}"))).unwrap();
    }
    let code = data("edge/code_state_dict.pt");
    assert!(fs::read(&code).unwrap().windows(9).any(|window| window == b"touch pic"));
    fs::copy(code, dir.path().join("code_state_dict.pt")).unwrap();
    let output = motherlode(dir.path(), &["import", "code", "-o", "code.model"]);
    let (_, error) = written(&output);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("code_state_dict.pt"), "{error}");
    assert!(!dir.path().join("pickled_code_was_run").exists());
}

/// Ten events of the toy, as a data set of this crate.
fn toy_events(x: Array2<f64>, observables: &[&str]) -> AugmentedData {
    let (n, names) = (x.nrows(), |names: &[&str]| {
        names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    });
    AugmentedData {
        header: Header {
            format_version: FORMAT_VERSION,
            crate_version: "0.1.0".into(),
            simulator: "toy2d".into(),
            parameters: names(&["CWL2", "CPWL2"]),
            parameter_units: names(&["", ""]),
            observables: names(observables),
            observable_units: vec![String::new(); observables.len()],
            design: Design::Reference { theta: vec![0.0, 0.0] },
            mixture: Vec::new(),
            seed: 0,
            first_event: 0,
            n_discarded: 0,
        },
        x,
        theta0: Array2::zeros((n, 2)),
        theta1: None,
        y: Array1::zeros(n),
        joint_log_ratio: None,
        joint_score0: Some(Array2::zeros((n, 2))),
        memories: None,
    }
}

#[test]
fn an_imported_network_is_evaluated_from_the_command_line() {
    let dir = TempDir::new().unwrap();
    let all = reference("toy2d_quadratic");
    let observables = ["pt_j1", "delta_phi", "m_jj", "pt_ll", "met"];
    let path = dir.path().join("toy.h5");
    toy_events(rows(&all["alices"]["x"]), &observables)
        .write(&path)
        .unwrap();
    let good = |arguments: &[&str]| {
        let output = motherlode(dir.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", written(&output).1);
        written(&output).0
    };
    let alices = data("toy2d_quadratic/alices");
    let names = observables.join(",");
    let words = good(&[
        "import",
        alices.to_str().unwrap(),
        "-o",
        "alices.model",
        "--observables",
        &names,
    ]);
    assert!(
        words.contains("MadMiner") && words.contains("reference hypothesis"),
        "{words}"
    );
    assert!(words.ends_with(&good(&["inspect", "alices.model"])), "{words}");
    let thetas = ["--theta0", "0.30000001192092896,0.30000001192092896", "--theta1", "0,0"];
    let words = good(&[&["evaluate", "alices.model", "toy.h5", "-o", "alices.csv"], &thetas[..]].concat());
    assert!(
        words.contains("MadMiner") && words.contains("no exact answer"),
        "{words}"
    );
    let csv = fs::read_to_string(dir.path().join("alices.csv")).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next().unwrap(), "log_ratio,score_CWL2,score_CPWL2");
    let log_ratio = row(&all["alices"]["log_r_hat"][1]) - row(&all["alices"]["log_r_hat"][0]);
    let score = rows(&all["alices"]["score_at_theta_1"]);
    for (event, line) in lines.enumerate() {
        let found: Vec<f64> = line.split(',').map(|value| value.parse().unwrap()).collect();
        let expected = [log_ratio[event], score[[event, 0]], score[[event, 1]]];
        assert!(
            found.iter().zip(expected).all(|(a, b)| close(*a, b, ANSWERS)),
            "{found:?}, {expected:?}"
        );
    }

    let sally = data("toy2d_quadratic/sally");
    good(&[
        "import",
        sally.to_str().unwrap(),
        "-o",
        "sally.model",
        "--reference",
        "0,0",
    ]);
    let json: Value = serde_json::from_str(&good(&["evaluate", "sally.model", "toy.h5", "--json"])).unwrap();
    let mean = rows(&all["sally"]["t_hat"]).column(0).mean().unwrap();
    assert!(
        close(json["quantities"][0]["mean"].as_f64().unwrap(), mean, ANSWERS),
        "{json}"
    );

    // What does not fit is refused, and nothing is replaced unasked.
    let refused = |arguments: &[&str], code: i32, word: &str| {
        let output = motherlode(dir.path(), arguments);
        let (_, error) = written(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(word), "{arguments:?}: {error}");
    };
    refused(
        &["import", alices.to_str().unwrap(), "-o", "alices.model"],
        2,
        "--force",
    );
    refused(
        &["import", sally.to_str().unwrap(), "-o", "new.model"],
        2,
        "--reference",
    );
    refused(&["import", "nothing", "-o", "new.model"], 2, "nothing_settings.json");
    assert!(!dir.path().join("new.model").exists());
    let other = toy_events(rows(&all["alices"]["x"]), &["a", "b", "c", "d", "e"]);
    other.write(&dir.path().join("other.h5")).unwrap();
    refused(
        &[&["evaluate", "alices.model", "other.h5"], &thetas[..]].concat(),
        2,
        "pt_j1",
    );
    let narrow = toy_events(
        rows(&all["alices"]["x"]).select(ndarray::Axis(1), &[0, 1, 2, 3]),
        &observables[..4],
    );
    narrow.write(&dir.path().join("narrow.h5")).unwrap();
    refused(&["evaluate", "sally.model", "narrow.h5"], 2, "5");
    let model = fs::read(dir.path().join("alices.model")).unwrap();
    fs::write(dir.path().join("half.model"), &model[..model.len() / 2]).unwrap();
    refused(
        &[&["evaluate", "half.model", "toy.h5"], &thetas[..]].concat(),
        1,
        "no model file",
    );
    let error = Model::read(&dir.path().join("alices.model")).unwrap_err().to_string();
    assert!(error.contains("trained elsewhere"), "{error}");
}

/// A file that says other shapes than it holds is found out before anything is evaluated.
#[test]
fn forged_model_files_are_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("forged.model");
    let estimator = ImportedEstimator::from_madminer(&data("edge/ratio_tanh"), &ImportOptions::default()).unwrap();
    estimator.write(&path, false).unwrap();
    let good = fs::read(&path).unwrap();
    let x = array![[5.0, -3.0, 100.0]];
    assert!(
        ModelFile::read(&path)
            .unwrap()
            .log_ratio_and_spread(x.view(), &[0.0, 20.0], &[0.0, 10.0])
            .is_ok()
    );
    for (from, to) in [
        (r#"\"learned\":\"ratio\""#, r#"\"learned\":\"likes\""#),
        (r#"\"inputs\":5"#, r#"\"inputs\":6"#),
        (r#"\"outputs\":1"#, r#"\"outputs\":2"#),
        (r#"\"hidden\":[7,5]"#, r#"\"hidden\":[5,7]"#),
        (r#"\"networks\":"#, r#"\"notworks\":"#),
    ] {
        let at = good.windows(from.len()).position(|window| window == from.as_bytes());
        let at = at.unwrap_or_else(|| panic!("no {from}"));
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        fs::write(&path, bytes).unwrap();
        let error = ModelFile::read(&path).unwrap_err().to_string();
        assert!(error.contains("no model file"), "{from}: {error}");
    }
}
