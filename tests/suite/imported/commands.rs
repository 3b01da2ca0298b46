//! An imported network on the command line.

use std::fs;

use motherlode::dataset::{AugmentedData, Header};
use motherlode::gold::Design;
use motherlode::nn::Model;
use ndarray::{Array1, Array2, Axis};
use tempfile::TempDir;

use super::{ANSWERS, data, reference, row, rows};
use crate::command_line::{failure, json, number, refused, said};
use crate::tolerance::close;

/// Ten events of the toy, as a data set of this crate.
fn toy_events(x: Array2<f64>, observables: &[&str]) -> AugmentedData {
    let (n, names) = (x.nrows(), |names: &[&str]| {
        names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    });
    AugmentedData {
        header: Header::new(
            "toy2d",
            names(&["CWL2", "CPWL2"]),
            names(observables),
            Design::Reference { theta: vec![0.0, 0.0] },
        ),
        x,
        theta0: Array2::zeros((n, 2)),
        theta1: None,
        y: Array1::zeros(n),
        joint_log_ratio: None,
        joint_score0: Some(Array2::zeros((n, 2))),
        weights: None,
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
    let good = |arguments: &str| said(dir.path(), arguments);
    let [alices, sally] = ["alices", "sally"].map(|name| data("toy2d_quadratic").join(name).display().to_string());
    let names = observables.join(",");
    let words = good(&format!("import {alices} -o alices.model --observables {names}"));
    assert!(
        words.contains("MadMiner") && words.contains("reference hypothesis"),
        "{words}"
    );
    assert!(words.ends_with(&good("inspect alices.model")), "{words}");
    let thetas = "--theta0 0.30000001192092896,0.30000001192092896 --theta1 0,0";
    let words = good(&format!("evaluate alices.model toy.h5 -o alices.csv {thetas}"));
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

    good(&format!("import {sally} -o sally.model --reference 0,0"));
    let found = json(dir.path(), "evaluate sally.model toy.h5");
    let mean = rows(&all["sally"]["t_hat"]).column(0).mean().unwrap();
    assert!(close(number(&found, "/quantities/0/mean"), mean, ANSWERS), "{found}");

    // What does not fit is refused, and nothing is replaced unasked.
    let refused = |arguments: &str, expected: &str| refused(dir.path(), arguments, expected);
    refused(&format!("import {alices} -o alices.model"), "--force");
    refused(&format!("import {sally} -o new.model"), "--reference");
    refused("import nothing -o new.model", "nothing_settings.json");
    assert!(!dir.path().join("new.model").exists());
    let other = toy_events(rows(&all["alices"]["x"]), &["a", "b", "c", "d", "e"]);
    other.write(&dir.path().join("other.h5")).unwrap();
    let unfit = |arguments: &str, named: &str| {
        let (code, words) = failure(dir.path(), arguments);
        assert!(code == 1 && words.contains(named), "{arguments}: {code}, {words}");
    };
    unfit(&format!("evaluate alices.model other.h5 {thetas}"), "pt_j1");
    let narrow = toy_events(
        rows(&all["alices"]["x"]).select(Axis(1), &[0, 1, 2, 3]),
        &observables[..4],
    );
    narrow.write(&dir.path().join("narrow.h5")).unwrap();
    unfit("evaluate sally.model narrow.h5", "5");
    let model = fs::read(dir.path().join("alices.model")).unwrap();
    fs::write(dir.path().join("half.model"), &model[..model.len() / 2]).unwrap();
    let (code, words) = failure(dir.path(), &format!("evaluate half.model toy.h5 {thetas}"));
    assert!(code == 1 && words.contains("no model file"), "{code}: {words}");
    let read = Model::read(&dir.path().join("alices.model")).unwrap();
    assert!(read.imported().is_some() && read.provenance().is_none());
}
