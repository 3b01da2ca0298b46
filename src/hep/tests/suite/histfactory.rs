//! Workspaces of pyhf: our likelihood and our limits against its own.

use std::path::Path;

use motherlode_hep::histfactory::{CLs, Constraint, HistFactory, Parameter};
use motherlode_hep::limits::{WorkspaceLimitSettings, limits_of_workspace};
use motherlode_hep::pyhf::Workspace;
use motherlode_stats::analysis::Warning;
use motherlode_stats::inference::{ParameterBox, maximise};
use serde_json::Value;

use crate::tolerance::{ALGEBRA, close};

/// Relative, of what pyhf finds by fits that stop where it no longer changes in six digits.
const FITTED: f64 = 1e-6;

const MODELS: [&str; 7] = [
    "uncorrelated_background",
    "uncorrelated_excess",
    "correlated_background",
    "few_events",
    "many_modifiers",
    "data_driven",
    "exported",
];

/// The workspace and pyhf's answers, recorded by tests/python/pyhf_reference.py.
fn recorded(name: &str) -> (Workspace, Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/data/pyhf/{name}.json"));
    let mut record: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let workspace = Workspace::from_json(record["workspace"].to_string().as_bytes()).unwrap();
    (workspace, record["expected"].take())
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap())
        .collect()
}

#[test]
fn counts_and_densities_are_those_of_pyhf() {
    for name in MODELS {
        let (workspace, expected) = recorded(name);
        let model = HistFactory::new(&workspace, None).unwrap();
        for point in expected["points"].as_array().unwrap() {
            let value = |parameter: &Parameter| point["parameters"][&parameter.name].as_f64();
            let theta: Vec<f64> = model
                .parameters()
                .iter()
                .map(|parameter| value(parameter).unwrap())
                .collect();
            assert_eq!(theta.len(), point["parameters"].as_object().unwrap().len());
            for (found, expected) in model.counts(&theta).iter().zip(numbers(&point["counts"])) {
                assert!(
                    close(*found, expected, ALGEBRA),
                    "{name}: {found} and {expected} at {theta:?}"
                );
            }
            let (found, expected) = (
                model.log_density(&model.observed(), &theta),
                point["log_density"].as_f64().unwrap(),
            );
            assert!(
                close(found, expected, 10.0 * ALGEBRA),
                "{name}: {found} and {expected} at {theta:?}"
            );
        }
    }
}

#[test]
fn fits_are_those_of_pyhf() {
    for name in MODELS {
        let (workspace, expected) = recorded(name);
        let model = HistFactory::new(&workspace, None).unwrap();
        let tests = CLs::new(&model).unwrap();
        let expected = &expected["best_fit"];
        let found = model.log_density(&model.observed(), &tests.best().theta);
        let expected_density = expected["log_density"].as_f64().unwrap();
        assert!(
            found > expected_density - 1e-9,
            "{name}: {found} and {expected_density}"
        );
        assert!(
            close(found, expected_density, FITTED),
            "{name}: {found} and {expected_density}"
        );
        assert!(
            close(tests.best_strength(), expected["mu"].as_f64().unwrap(), 1e-3),
            "{name}"
        );
    }
}

#[test]
fn limits_are_those_of_pyhf() {
    for name in MODELS {
        let (workspace, expected) = recorded(name);
        let model = HistFactory::new(&workspace, None).unwrap();
        let tests = CLs::new(&model).unwrap();
        let mut worst = 0.0f64;
        for test in expected["cls"].as_array().unwrap() {
            let found = tests.test(test["mu"].as_f64().unwrap()).unwrap();
            let all = [vec![test["observed"].as_f64().unwrap()], numbers(&test["expected"])].concat();
            for (found, expected) in [vec![found.observed], found.expected.to_vec()].concat().iter().zip(all) {
                worst = worst.max((found - expected).abs());
            }
        }
        let limits = tests.upper_limits(0.95).unwrap();
        let expected = &expected["upper_limit"];
        let all = [
            vec![expected["observed"].as_f64().unwrap()],
            numbers(&expected["expected"]),
        ]
        .concat();
        let mut worst_limit = 0.0f64;
        for (found, expected) in [vec![limits.observed], limits.expected.to_vec()]
            .concat()
            .iter()
            .zip(all)
        {
            worst_limit = worst_limit.max((found / expected - 1.0).abs());
        }
        assert!(worst < FITTED && worst_limit < FITTED, "{name}: {worst} {worst_limit}");
    }
}

/// The optimiser without derivatives finds the same place, and no better one.
#[test]
fn fits_are_those_of_another_optimiser() {
    for name in ["correlated_background", "uncorrelated_excess", "many_modifiers"] {
        let model = HistFactory::new(&recorded(name).0, None).unwrap();
        let free: Vec<usize> = (0..model.parameters().len())
            .filter(|&i| !model.parameters()[i].fixed)
            .collect();
        let filled = |values: &[f64]| {
            let mut theta = model.start();
            free.iter().zip(values).for_each(|(&i, value)| theta[i] = *value);
            theta
        };
        let data = model.observed();
        let density = |values: &[f64]| Ok(model.log_density(&data, &filled(values)));
        let edges: Vec<(f64, f64)> = free.iter().map(|&i| model.parameters()[i].range).collect();
        let fit = maximise(&density, &ParameterBox::new(edges).unwrap()).unwrap();
        let best = CLs::new(&model).unwrap().best().theta.clone();
        assert!(
            (model.log_density(&data, &best) - fit.log_likelihood).abs() < 1e-8,
            "{name}"
        );
        for (found, expected) in best.iter().zip(filled(&fit.theta)) {
            assert!((found - expected).abs() < 1e-3, "{name}: {best:?} and {:?}", fit.theta);
        }
    }
}

/// Data as expected without signal fit perfectly, and the observed limit is the median one.
#[test]
fn expected_data_give_the_expected_limit() {
    let model = HistFactory::new(&recorded("many_modifiers").0, None).unwrap();
    let mut theta = model.start();
    theta[model.poi().unwrap()] = 0.0;
    let tests = CLs::of_data(&model, model.expected(&theta)).unwrap();
    assert!(tests.best_strength() < 1e-4 && tests.best().half_deviance < 1e-8);
    let limits = tests.upper_limits(0.9).unwrap();
    assert!(close(limits.observed, limits.expected[2], 1e-5), "{limits:?}");
    let at_limit = tests.test(limits.observed).unwrap();
    assert!((at_limit.observed - 0.1).abs() < 1e-7);
    assert!(limits.expected.is_sorted() && at_limit.expected.is_sorted());
    assert!((tests.test(0.0).unwrap().observed - 1.0).abs() < 1e-12);
}

/// Workspaces are read back number for number.
#[test]
fn workspaces_survive_files() {
    let folder = tempfile::TempDir::new().unwrap();
    for name in MODELS {
        let workspace = recorded(name).0;
        let path = folder.path().join("workspace.json");
        workspace.write(&path).unwrap();
        assert_eq!(Workspace::read(&path).unwrap(), workspace);
    }
}

/// A statistical error is that of the counts, whatever the sign of the templates; an error of an empty bin is lost, with a warning.
#[test]
fn errors_of_negative_templates_count() {
    let text = r#"{"channels": [{"name": "c", "samples": [
        {"name": "s", "data": [5.0, 5.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": null}]},
        {"name": "b", "data": [50.0, 50.0], "modifiers": []},
        {"name": "i", "data": [-8.0, 0.0], "modifiers": [{"name": "stat", "type": "staterror", "data": [2.0, 1.0]}]}]}],
        "observations": [{"name": "c", "data": [48.0, 55.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}], "version": "1.0.0"}"#;
    let workspace = Workspace::from_json(text.as_bytes()).unwrap();
    let model = HistFactory::new(&workspace, None).unwrap();
    let stat = model
        .parameters()
        .iter()
        .position(|parameter| parameter.name == "stat[0]")
        .unwrap();
    let Some(Constraint::Gaussian { sigma }) = model.parameters()[stat].constraint else {
        panic!("{:?}", model.parameters()[stat])
    };
    assert!(!model.parameters()[stat].fixed);
    let mut theta = model.start();
    let nominal = model.counts(&theta)[0];
    theta[stat] += sigma;
    assert!(close((model.counts(&theta)[0] - nominal).abs(), 2.0, ALGEBRA));
    let limits = limits_of_workspace(&workspace, &WorkspaceLimitSettings::default(), &()).unwrap();
    assert!(
        limits.warnings.contains(&Warning::ErrorsOfEmptyBins { n: 1 }),
        "{:?}",
        limits.warnings
    );
}

#[test]
fn what_does_not_fit_is_said() {
    let sample = "/channels/0/samples/1";
    for (name, change, value, words) in [
        (
            "many_modifiers",
            format!("{sample}/modifiers/0/type"),
            "\"normfactors\"",
            "unknown variant `normfactors`",
        ),
        (
            "many_modifiers",
            format!("{sample}/data"),
            "[1.0, 2.0]",
            "has 2 bins, and the channel has 3",
        ),
        (
            "many_modifiers",
            "/observations/1/data".into(),
            "[1.0, 2.0]",
            "has 2 bins, and the channel has 3",
        ),
        (
            "many_modifiers",
            "/observations/1/data/0".into(),
            "-1.0",
            "must not be negative",
        ),
        (
            "many_modifiers",
            "/observations/1/name".into(),
            "\"elsewhere\"",
            "has no observation of the channel `signal region`",
        ),
        (
            "many_modifiers",
            format!("{sample}/modifiers/1/data/hi_data"),
            "[1.0]",
            "has 1 bins",
        ),
        (
            "many_modifiers",
            format!("{sample}/modifiers/2/data/hi"),
            "-0.1",
            "must be 0 or above",
        ),
        (
            "many_modifiers",
            format!("{sample}/modifiers/2/name"),
            "\"mu\"",
            "is the name of a normfactor and of a normsys",
        ),
        (
            "many_modifiers",
            format!("{sample}/modifiers/0/name"),
            "\"luminosity\"",
            "must have the name `lumi`",
        ),
        (
            "many_modifiers",
            "/measurements/0/config/parameters".into(),
            "[]",
            "what is known of `lumi`",
        ),
        (
            "many_modifiers",
            "/measurements/0/config/parameters/0/sigmas/0".into(),
            "0.0",
            "what is known of `lumi`",
        ),
        (
            "many_modifiers",
            "/measurements/0/config/poi".into(),
            "\"fake rate\"",
            "is none of a single parameter",
        ),
        (
            "many_modifiers",
            "/measurements/0/config/poi".into(),
            "\"\"",
            "no parameter of interest",
        ),
        (
            "data_driven",
            "/measurements/0/config/parameters/0/bounds".into(),
            "[[5.0, 1.0]]",
            "has the bounds 5 and 1: the first must be below the second",
        ),
        // pyhf 0.7.6 refuses the next three: the parameter of interest is fixed, or 0 or the start outside of its bounds.
        (
            "few_events",
            "/measurements/0/config/parameters".into(),
            "[{\"name\": \"mu\", \"fixed\": true}]",
            "the parameter of interest `mu` is fixed at 1",
        ),
        (
            "few_events",
            "/measurements/0/config/parameters".into(),
            "[{\"name\": \"mu\", \"bounds\": [[0.2, 10]]}]",
            "has the bounds 0.2 and 10, and limits need the fit without signal",
        ),
        (
            "few_events",
            "/measurements/0/config/parameters".into(),
            "[{\"name\": \"mu\", \"bounds\": [[0, 0.8]]}]",
            "the parameter `mu` starts at 1, which is outside of its bounds 0 and 0.8",
        ),
        (
            "data_driven",
            "/measurements/0/config/parameters/0/inits".into(),
            "[1.0, 2.0]",
            "has 2 values as inits",
        ),
        ("data_driven", "/version".into(), "\"2.0.0\"", "of version 2.0.0"),
        ("few_events", format!("{sample}/data/1"), "null", "invalid type: null"),
        (
            "few_events",
            "/channels/0/samples/0/name".into(),
            "\"background\"",
            "twice",
        ),
        (
            "uncorrelated_background",
            format!("{sample}/data"),
            "[0.0, 52.0]",
            "give the bin some background",
        ),
        (
            "uncorrelated_background",
            "/channels/0/samples/0/data".into(),
            "[0.0, 0.0]",
            "however large",
        ),
    ] {
        let record = recorded(name).0;
        let mut json: Value = serde_json::to_value(&record).unwrap();
        *json.pointer_mut(&change).unwrap() = serde_json::from_str(value).unwrap();
        let limit = Workspace::from_json(json.to_string().as_bytes())
            .and_then(|workspace| HistFactory::new(&workspace, None))
            .and_then(|model| CLs::new(&model)?.upper_limits(0.95));
        let error = limit.expect_err(&format!("{change} = {value}")).to_string();
        assert!(error.contains(words), "{change} = {value}: {error}");
    }
    let nan = serde_json::to_string(&recorded("few_events").0)
        .unwrap()
        .replace("3.0", "NaN");
    assert!(
        Workspace::from_json(nan.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("is no workspace")
    );
    let model = HistFactory::new(&recorded("few_events").0, None).unwrap();
    let tests = CLs::new(&model).unwrap();
    assert!(tests.test(-1.0).is_err() && tests.test(f64::NAN).is_err() && tests.upper_limits(1.0).is_err());
    assert!(HistFactory::new(&recorded("few_events").0, Some("other")).is_err());
}
