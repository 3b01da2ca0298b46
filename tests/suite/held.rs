//! Models that never saw some parameters vary, through the commands that ask what data say of the others.

use tempfile::TempDir;

use crate::command_line::{fails, failure, json, number, numbers, refused, run, said};
use crate::event_files::events;

/// A model of the parameters that a design varies, a few steps old, and 60 observed events.
fn trained(design: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    for arguments in [
        format!("mine {} --portion train -n 2000 -o train.h5 {design}", events()),
        "train alices train.h5 -o alices.model --steps 150 --hidden 20".into(),
        format!(
            "mine {} --portion test -n 60 --reference 0.1,0.1 -o observed.h5",
            events()
        ),
    ] {
        run(dir.path(), &arguments);
    }
    dir
}

/// A fixed parameter has one value, no error, and a mark; the box of the others is that of the training.
fn says_of(dir: &TempDir, options: &str, held: &[usize]) {
    let found = json(dir.path(), &format!("infer alices.model observed.h5 {options}"));
    let answer = &found["answers"][0];
    for k in 0..4 {
        let width = number(&found, &format!("/box/{k}/1")) - number(&found, &format!("/box/{k}/0"));
        let values = numbers(answer, &format!("/profiles/{k}/values")).len();
        match held.contains(&k) {
            true => assert!(width == 0.0 && values == 1, "{found}"),
            false => assert!(width > 0.0 && values > 1, "{found}"),
        }
        if held.contains(&k) && !answer["covariance"].is_null() {
            assert_eq!(number(answer, &format!("/covariance/{k}/{k}")), 0.0);
        }
    }
    let text = said(dir.path(), &format!("infer alices.model observed.h5 {options}"));
    assert_eq!(text.contains("held fixed: "), !held.is_empty(), "{text}");
    let sampled = json(
        dir.path(),
        &format!("sample alices.model observed.h5 --draws 60 --warmup 60 {options}"),
    );
    let named = sampled["answers"][0]["parameters"].as_array().unwrap().len();
    assert_eq!(named, 4 - held.len());
}

#[test]
fn nominal_systematics_are_held_and_others_may_be() {
    let dir = trained("--nuisance nominal");
    says_of(&dir, "", &[2, 3]);
    says_of(&dir, "--box=-0.5:0.5,0.2:0.2", &[1, 2, 3]);
    refused(
        dir.path(),
        "infer alices.model observed.h5 --box=0:0,0:0",
        "no hypotheses are left",
    );
    refused(
        dir.path(),
        "infer alices.model observed.h5 --box=-1:1,-1:1,-1:1,0:0",
        "was trained at 0 and knows nothing beyond",
    );
    refused(
        dir.path(),
        "infer alices.model observed.h5 --box=-1:1",
        "1 range, and one is needed for each of",
    );
    // The page of a model with two free parameters shows both, and contours.
    run(dir.path(), "infer alices.model observed.h5 -o page");
    assert!(dir.path().join("page/figures/contours.svg").exists());
    // What it says of another nuisance parameter is extrapolated.
    for (theta0, outside) in [("0.2,0.2,1,0", true), ("0.2,0.2", false)] {
        let found = json(
            dir.path(),
            &format!("evaluate alices.model observed.h5 --theta0 {theta0} --theta1 0,0"),
        );
        assert_eq!(
            found["warnings"].to_string().contains("extrapolated"),
            outside,
            "{found}"
        );
    }
}

#[test]
fn one_point_of_the_theory_holds_it() {
    let dir = trained("--theta0 0.5,-0.3 --nuisance gaussian");
    says_of(&dir, "", &[0, 1]);
}

/// Points remember the prior that they were drawn from.
#[test]
fn the_box_of_points_is_that_of_their_prior() {
    let dir = trained("--box=-0.5:0.5,-0.7:0.7 --nuisance flat --points 300");
    says_of(&dir, "--box=-0.5:0.5,-0.7:0.7", &[]);
    let found = json(dir.path(), "infer alices.model observed.h5");
    assert_eq!(numbers(&found, "/box/1"), [-0.7, 0.7]);
}

/// An array alone does not say what it is of.
#[test]
fn an_array_may_be_of_a_simulator_that_is_named() {
    let dir = trained("--nuisance nominal");
    run(dir.path(), "export observed.h5 -o observed.npz");
    let named = format!("infer alices.model observed.npz --simulator {}:train", events());
    let (array, data_set) = (
        json(dir.path(), &named),
        json(dir.path(), "infer alices.model observed.h5"),
    );
    assert_eq!(array["answers"], data_set["answers"]);
    let of_another = "infer alices.model observed.npz --simulator galton";
    fails(dir.path(), of_another, "a row of 1 is needed");
    let redundant = format!("infer alices.model observed.h5 --simulator {}", events());
    assert!(failure(dir.path(), &redundant).1.contains("leave out --simulator"));
}

/// With systematics fixed, limits from a histogram are narrower, and say what is fixed.
#[test]
fn limits_hold_systematics() {
    let dir = TempDir::new().unwrap();
    let limit = |range: &str| {
        let limit = format!(
            "limit {} --at 0,0 --luminosity 300 --observables pt_j1 --bins 5",
            events()
        );
        json(dir.path(), &format!("{limit} --box={range}"))
    };
    let (free, fixed) = (limit("-1:1,0:0"), limit("-1:1,0:0,0:0,0:0"));
    let error = |found: &serde_json::Value| number(found, "/answer/covariance/0/0").sqrt();
    assert!(error(&fixed) < error(&free), "{fixed} {free}");
}

/// The rows that were observed do not fill the histograms that they are compared with, however the observed events were given.
#[test]
fn histograms_are_filled_with_other_rows() {
    let dir = trained("--nuisance nominal");
    run(dir.path(), "export observed.h5 -o observed.npz");
    let options = "--histogram pt_j1 --bins 4 --pool 2000 --box=-0.5:0.5,0:0";
    let of = |file: &str| json(dir.path(), &format!("infer alices.model {file} {options}"));
    let (data_set, array) = (of("observed.h5"), of("observed.npz"));
    assert_eq!(data_set["answers"], array["answers"]);
    assert!(
        data_set["premises"].as_str().unwrap().contains(".h5:train"),
        "{data_set}"
    );
    run(
        dir.path(),
        &format!("mine {} -n 40 --reference 0,0 -o anywhere.h5", events()),
    );
    for (file, doubted) in [("observed.h5", false), ("anywhere.h5", true)] {
        let text = of(file)["warnings"].to_string();
        assert_eq!(text.contains("follow the fluctuations"), doubted, "{text}");
    }
}

#[test]
fn one_pair_tells_nothing_of_other_hypotheses() {
    let dir = trained("--theta0 0.5,-0.3 --theta1 0,0");
    for command in ["infer", "sample"] {
        refused(
            dir.path(),
            &format!("{command} alices.model observed.h5"),
            "knows no other hypothesis",
        );
    }
}
