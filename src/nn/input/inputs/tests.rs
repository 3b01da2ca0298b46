use ndarray::{Array2, array};

use super::super::{InputPlan, TransformKind};
use super::*;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn plan(transforms: &[(&str, &str)], missing: &[(&str, f64)], together: &[&[&str]]) -> InputPlan {
    InputPlan {
        transforms: transforms
            .iter()
            .map(|(name, kind)| ((*name).into(), kind.parse().unwrap()))
            .collect(),
        missing: missing.iter().map(|(name, value)| ((*name).into(), *value)).collect(),
        together: together.iter().map(|group| names(group)).collect(),
    }
}

#[test]
fn a_missing_value_is_the_mean_and_says_so() {
    for (sentinel, lacking) in [
        (None, f64::NAN),
        (Some(-999.0), -999.0),
        (Some(-999.0), f64::NAN),
        (Some(f64::MAX), f64::MAX),
    ] {
        let sentinel: Vec<(&str, f64)> = sentinel.map(|value| ("a", value)).into_iter().collect();
        let x = array![[1.0, 5.0], [3.0, 6.0], [lacking, 7.0], [1.0, 8.0], [3.0, 9.0]];
        let inputs = plan(&[], &sentinel, &[]).fit(x.view(), &names(&["a", "b"])).unwrap();
        assert_eq!(inputs.feature_names(), ["a", "a missing", "b"]);
        let features = inputs.features(x.view()).unwrap();
        assert_eq!(features.column(0).to_vec(), [-1.0, 1.0, 0.0, -1.0, 1.0]);
        assert_eq!(features.column(1).to_vec(), [0.0, 0.0, 1.0, 0.0, 0.0]);
    }
}

#[test]
fn angles_and_categories_may_be_missing_too() {
    let x = array![[0.0, 2.0], [f64::NAN, f64::NAN], [0.0, 1.0]];
    let inputs = plan(&[("phi", "angle"), ("type", "categorical")], &[], &[]);
    let inputs = inputs.fit(x.view(), &names(&["phi", "type"])).unwrap();
    let features = inputs.features(x.view()).unwrap();
    assert_eq!(features.row(0).to_vec(), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(features.row(1).to_vec(), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn an_observable_that_is_always_missing_says_nothing_else() {
    let x = array![[f64::NAN], [f64::NAN]];
    for kind in ["standardise", "signed-log", "quantile"] {
        let inputs = plan(&[("a", kind)], &[], &[]).fit(x.view(), &names(&["a"])).unwrap();
        assert_eq!(inputs.features(x.view()).unwrap(), array![[0.0, 1.0], [0.0, 1.0]]);
    }
}

#[test]
fn bad_values_are_named_with_their_event() {
    let x = array![[1.0, 5.0], [3.0, f64::NEG_INFINITY]];
    let error = InputPlan::default().fit(x.view(), &names(&["a", "b"])).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("`b` of event 1 is -inf"), "{message}");

    let inputs = InputPlan::default()
        .fit(array![[1.0], [2.0]].view(), &names(&["a"]))
        .unwrap();
    for (x, words) in [
        (array![[1.0], [f64::INFINITY]], "`a` of event 1 is inf"),
        (array![[1e200]], "no larger than 1e150"),
        (array![[f64::NAN]], "no training event lacks it"),
        (array![[1.0, 2.0]], "2 columns"),
    ] {
        let message = inputs.features(x.view()).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn validation_events_may_lack_what_no_training_event_lacks() {
    let mut inputs = InputPlan::default()
        .fit(array![[1.0], [3.0]].view(), &names(&["a"]))
        .unwrap();
    let validation = array![[f64::NAN]];
    let lacking = InputPlan::default()
        .lacking(validation.view(), 0, &names(&["a"]))
        .unwrap();
    inputs.admit_missing(&lacking);
    assert_eq!(inputs.features(validation.view()).unwrap(), array![[0.0, 1.0]]);
}

#[test]
fn plans_that_do_not_fit_are_refused_in_words() {
    let x = array![[1.0, 2.0], [3.0, 4.0]];
    for (plan, words) in [
        (plan(&[("c", "quantile")], &[], &[]), "`c`; the observables are a, b"),
        (plan(&[], &[("c", 0.0)], &[]), "`c`; the observables are a, b"),
        (
            plan(&[], &[("a", f64::INFINITY)], &[]),
            "inf was given for a missing `a`",
        ),
        (plan(&[], &[], &[&["a", "c"]]), "`c`; the observables are a, b"),
        (plan(&[], &[], &[&["a", "b"], &["b"]]), "`b` is named twice"),
        (
            plan(&[("a", "quantile"), ("b", "angle")], &[], &[&["a", "b"]]),
            "the same",
        ),
    ] {
        let message = plan.fit(x.view(), &names(&["a", "b"])).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
    assert!(InputPlan::default().fit(x.view(), &names(&["a"])).is_err());
}

#[test]
fn observables_that_belong_together_have_one_scale_and_one_width() {
    let x = array![[1.0, 10.0, 3.0], [1.0, 20.0, f64::NAN]];
    let inputs = plan(&[], &[], &[&["p1", "p2"]])
        .fit(x.view(), &names(&["p1", "e", "p2"]))
        .unwrap();
    assert_eq!(inputs.feature_names(), ["p1", "p1 missing", "e", "p2", "p2 missing"]);
    let features = inputs.features(x.view()).unwrap();
    let sd = 8_f32.sqrt() / 3.0; // of 1, 1, 3
    assert!((features[[0, 0]] + 2.0 / 3.0 / sd).abs() < 1e-6 && (features[[0, 3]] - 4.0 / 3.0 / sd).abs() < 1e-6);
    assert_eq!(inputs.features_of(&names(&["e", "p2"])), Some(2..5));
    assert_eq!(inputs.features_of(&names(&["p1", "p2"])), None);
}

#[test]
fn inputs_survive_their_file() {
    let n = 400;
    let x = Array2::from_shape_fn((n, 6), |(i, k)| match k {
        0 => i as f64,
        1 => (i as f64 - 200.0).powi(5),
        2 => (i as f64 * 0.1).exp(),
        3 => i as f64 * 0.01,
        4 => (i % 3) as f64,
        _ if i == 7 => f64::NAN,
        _ => 0.5,
    });
    let observables = names(&["a", "b", "c", "d", "e", "f"]);
    let plan = plan(
        &[("c", "quantile"), ("d", "angle"), ("e", "categorical")],
        &[("a", 0.0)],
        &[],
    );
    let inputs = plan.fit(x.view(), &observables).unwrap();
    let json = serde_json::to_string(&inputs).unwrap();
    let read: Inputs = serde_json::from_str(&json).unwrap();
    assert_eq!(read, inputs);
    assert_eq!(read.features(x.view()).unwrap(), inputs.features(x.view()).unwrap());
    assert_eq!(inputs.inconsistency(), None);
    let kinds = inputs
        .columns
        .iter()
        .map(|column| std::mem::discriminant(&column.transform));
    assert_eq!(kinds.collect::<std::collections::HashSet<_>>().len(), 6, "{json}");
    let read: InputPlan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(read, plan);
    assert_eq!(
        plan.transforms["d"],
        TransformKind::Angle {
            period: std::f64::consts::TAU
        }
    );
}

#[test]
fn damaged_inputs_are_found_out() {
    let x = array![[1.0], [2.0]];
    let fitted = |kind: &str| {
        let inputs = plan(&[("a", kind)], &[], &[]).fit(x.view(), &names(&["a"])).unwrap();
        serde_json::to_string(&inputs).unwrap()
    };
    for (json, from, to) in [
        (fitted("standardise"), "\"sd\":0.5", "\"sd\":0.0"),
        (fitted("quantile"), "[1.0,2.0]", "[2.0,1.0]"),
        (fitted("quantile"), "[1.0,2.0]", "[1.0]"),
        (fitted("angle:3"), "3.0", "-3.0"),
        (fitted("standardise"), "\"of\":[0]", "\"of\":[1]"),
        (fitted("standardise"), "\"of\":[0]", "\"of\":[0,0]"),
    ] {
        assert!(json.contains(from), "{json}");
        let damaged: Inputs = serde_json::from_str(&json.replace(from, to)).unwrap();
        assert!(damaged.inconsistency().is_some(), "{json}");
    }
}
