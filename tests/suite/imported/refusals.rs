//! Settings that are not understood, and options that do not fit, are refused in words.

use std::path::Path;

use motherlode::nn::{ImportOptions, ImportedEstimator};
use serde_json::Value;

use super::{at, copied, data, with_setting};

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
