//! Weights come from every file that holds them; one that is damaged, forged or holds code ends in words.

use std::fs;

use motherlode::Estimator;
use motherlode::arrays::StateDict;
use motherlode::likelihood::LogRatio;
use motherlode::nn::{Ensemble, ImportOptions, ImportedEstimator, Model};
use ndarray::array;
use serde_json::json;
use tempfile::TempDir;

use super::{beside, copied, data};
use crate::bad_input::replaced;
use crate::command_line::failure;
use crate::tolerance::{ALGEBRA, close};

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
    let (code, error) = failure(dir.path(), "import code -o code.model");
    assert!(code == 1 && error.contains("code_state_dict.pt"), "{code}: {error}");
    assert!(!dir.path().join("pickled_code_was_run").exists());
}

/// A file that says other shapes than it holds is found out before anything is evaluated.
#[test]
fn forged_model_files_are_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("forged.model");
    let estimator = ImportedEstimator::from_madminer(&data("edge/ratio_tanh"), &ImportOptions::default()).unwrap();
    Model::Imported(estimator).write(&path, false).unwrap();
    let good = fs::read(&path).unwrap();
    let x = array![[5.0, -3.0, 100.0]];
    assert!(
        Model::read(&path)
            .unwrap()
            .log_ratio_with_spread(x.view(), &[0.0, 20.0], &[0.0, 10.0])
            .is_ok()
    );
    for (from, to) in [
        (r#"\"learned\":\"ratio\""#, r#"\"learned\":\"likes\""#),
        (r#"\"inputs\":5"#, r#"\"inputs\":6"#),
        (r#"\"outputs\":1"#, r#"\"outputs\":2"#),
        (r#"\"hidden\":[7,5]"#, r#"\"hidden\":[5,7]"#),
        (r#"\"members\":"#, r#"\"numbers\":"#),
    ] {
        fs::write(&path, replaced(&good, from, to)).unwrap();
        let error = Model::read(&path).unwrap_err().to_string();
        assert!(error.contains("no model file"), "{from}: {error}");
    }
}

/// The curve of each node shifts log r by 0.3, so that the ratio to the reference is shifted, and that of two others is not.
#[test]
fn an_imported_network_is_calibrated_and_survives_the_disk() {
    let calibration = serde_json::from_value(json!({
        "method": "expectation", "n_events": 1000, "seed": 1, "effective": 500.0, "edges": [[-1.0, 1.0], [5.0, 25.0]],
        "nodes": [3, 2], "reference": [0.0, 10.0], "curves": vec![json!({ "shift": 0.3 }); 6],
    }))
    .unwrap();
    let import = || ImportedEstimator::from_madminer(&data("edge/ratio_tanh"), &ImportOptions::default()).unwrap();
    let (raw, model) = (import(), Model::Imported(import()).calibrated(calibration).unwrap());
    let back = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(back.calibration(), model.calibration());
    assert_eq!(back.imported().unwrap().import(), raw.import());
    let x = array![[5.0, -3.0, 100.0]];
    let shift = |theta1: &[f64]| {
        let theta0 = [0.5, 20.0];
        back.log_ratio(x.view(), &theta0, theta1).unwrap()[0] - raw.log_ratio(x.view(), &theta0, theta1).unwrap()[0]
    };
    assert!(close(shift(&[0.0, 10.0]), 0.3, ALGEBRA), "{}", shift(&[0.0, 10.0]));
    assert!(shift(&[-0.5, 12.0]).abs() < ALGEBRA, "{}", shift(&[-0.5, 12.0]));
    assert!(back.name().contains("MadMiner") && back.name().ends_with("calibrated (expectation)"));
    assert!(back.to_onnx(false).is_ok());
    assert!(
        Model::Ensemble(Ensemble::of(vec![back, model]).unwrap())
            .to_bytes()
            .is_err()
    );
}
