//! Every malformed request ends in a message that says what was found and what to do, a non-zero exit code, no panic,
//! and no file half-written.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::command_line::{command, failure, run};

/// A folder with a good data set, a good model and several damaged files.
fn workplace() -> TempDir {
    let dir = TempDir::new().unwrap();
    let good = |arguments: &str| run(dir.path(), arguments);
    good("mine galton -n 200 --seed 1 -o good.h5");
    good("mine galton -n 200 --reference -0.7 -o reference.h5");
    good("mine coins -n 200 -o coins.h5");
    good("train carl good.h5 -o good.model --steps 20 --hidden 8");
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    let [data, model] = ["good.h5", "good.model"].map(|name| std::fs::read(dir.path().join(name)).unwrap());
    write("truncated.h5", &data[..data.len() / 2]);
    write("truncated.model", &model[..model.len() / 2]);
    write("garbage.h5", b"this is no HDF5 file");
    write("garbage.model", b"this is no model file");
    write(
        "newer.h5",
        &replaced(&data, "\"format_version\":1", "\"format_version\":9"),
    );
    write(
        "newer.model",
        &replaced(&model, r#"\"format_version\":1"#, r#"\"format_version\":9"#),
    );
    write("empty.h5", b"");
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    dir
}

/// `bytes` with the first occurrence of `from` replaced by `to`, of the same length.
pub fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap_or_else(|| panic!("{from} is not there"));
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn every_bad_request_is_refused_in_words() {
    let dir = workplace();
    let before = files(dir.path());
    // Arguments; exit code; words that the message must contain.
    let cases: &[(&str, i32, &[&str])] = &[
        ("mine pachinko -n 10 -o new.h5", 2, &["pachinko", "galton"]),
        ("compare pachinko -o new", 2, &["pachinko", "galton"]),
        ("train magic good.h5 -o new.model", 2, &["magic", "alices"]),
        ("compare galton --methods carl,magic -o new", 2, &["magic", "alices"]),
        (
            "mine galton -n 10 -o new.h5 --theta0 7 --theta1 -0.6",
            2,
            &["theta", "7", "-2", "2"],
        ),
        (
            "mine galton -n 10 -o new.h5 --theta0 -0.8,-0.7 --theta1 -0.6",
            2,
            &["2", "1"],
        ),
        ("mine galton -n 10 -o new.h5 --theta0 NaN --theta1 -0.6", 2, &["NaN"]),
        ("mine galton -n 10 -o new.h5 --theta1 inf", 2, &["inf"]),
        ("mine galton -n 10 -o new.h5 --theta1 abc", 2, &["abc", "not a number"]),
        ("mine galton -n 10 -o new.h5 --box -0.4:-1", 2, &["-0.4", "-1"]),
        ("mine galton -n 10 -o new.h5 --box -9:9", 2, &["-9"]),
        ("mine galton -n 10 -o new.h5 --gaussian -0.7:-1", 2, &["-1"]),
        (
            "mine galton -n 10 -o new.h5 --mixture 99999999999",
            2,
            &["99999999999", "1000000"],
        ),
        (
            "compare galton --budgets 99999999999 -o new",
            2,
            &["99999999999", "too large"],
        ),
        (
            "mine galton -n 10 -o new.h5 --mixture 0",
            2,
            &["no points", "at least one"],
        ),
        ("mine galton -n 10 -o new.h5 --shard 4/3", 2, &["4/3"]),
        ("mine galton -n 10 -o new.h5 --shard 0/3", 2, &["0/3"]),
        ("mine galton -n 999999999999999 -o new.h5", 2, &["281474976710656"]),
        ("mine galton -n 0 -o new.h5", 2, &["at least 1"]),
        ("mine galton -n 10 -o good.h5", 2, &["good.h5", "--force"]),
        ("mine galton -n 10 -o nowhere/new.h5", 1, &["nowhere"]),
        ("mine galton -n 10 -o folder", 2, &["folder"]),
        ("inspect missing.h5", 1, &["missing.h5"]),
        ("inspect folder", 1, &["folder"]),
        ("inspect garbage.h5", 1, &["garbage.h5", "HDF5"]),
        ("inspect empty.h5", 1, &["empty.h5", "HDF5"]),
        ("inspect truncated.h5", 1, &["truncated.h5"]),
        ("inspect newer.h5", 1, &["newer.h5", "damaged", "header_sha256"]),
        ("train carl truncated.h5 -o new.model", 1, &["truncated.h5"]),
        (
            "train alices reference.h5 -o new.model",
            1,
            &["alices", "joint_log_ratio", "mine again"],
        ),
        (
            "train carl reference.h5 -o new.model",
            1,
            &["carl", "both hypotheses", "--theta1"],
        ),
        (
            "train derivatives good.h5 -o new.model",
            1,
            &["derivatives", "--reference"],
        ),
        ("train carl good.h5 -o good.model", 2, &["good.model", "--force"]),
        (
            "train carl good.h5 -o nowhere/new.model --steps 5 --hidden 4",
            1,
            &["nowhere"],
        ),
        ("train carl good.h5 -o new.model --steps 0", 2, &["steps", "0"]),
        (
            "train carl good.h5 -o new.model --learning-rate NaN",
            2,
            &["learning rate", "NaN"],
        ),
        (
            "train carl good.h5 -o new.model --validation 1",
            2,
            &["validation", "1"],
        ),
        ("train carl good.h5 -o new.model --averaging 0", 2, &["averaging", "0"]),
        ("train carl good.h5 -o new.model --members 0", 2, &["two members", "0"]),
        (
            "train carl good.h5 -o new.model --members 99999999999",
            2,
            &["99999999999", "1000"],
        ),
        ("train carl good.h5 -o new.model --hidden 0", 2, &["width 0"]),
        (
            "train carl good.h5 -o new.model --transform bin=log",
            2,
            &["`log`", "signed-log"],
        ),
        (
            "train carl good.h5 -o new.model --transform bim=quantile",
            2,
            &["`bim`", "observables are bin"],
        ),
        (
            "train carl good.h5 -o new.model --transform quantile",
            2,
            &["NAME=VALUE", "quantile"],
        ),
        ("train carl good.h5 -o new.model --missing bin=NaN", 2, &["NaN", "bin"]),
        ("evaluate garbage.model good.h5", 1, &["garbage.model", "model file"]),
        (
            "evaluate truncated.model good.h5",
            1,
            &["truncated.model", "model file"],
        ),
        ("evaluate newer.model good.h5", 1, &["newer.model", "9", "version"]),
        ("evaluate good.h5 good.h5", 1, &["good.h5", "model file"]),
        ("evaluate good.model coins.h5", 1, &["coins", "galton"]),
        ("evaluate good.model good.h5 --theta0 1,2", 2, &["1,2", "theta"]),
        ("evaluate good.model good.h5 --theta0 5", 2, &["theta0", "5", "-2 to 2"]),
        ("evaluate good.model good.h5 -o good.h5", 2, &["good.h5", "an input"]),
        (
            "evaluate good.model good.h5 -o good.h5 --force",
            2,
            &["good.h5", "an input"],
        ),
        ("train carl good.h5 -o good.h5 --force", 2, &["good.h5", "an input"]),
        ("compare galton --budgets 3 -o new", 2, &["3", "too small"]),
        ("compare galton --seeds 0 -o new", 2, &["at least one"]),
        ("compare galton -o good.h5/new", 1, &["good.h5"]),
        ("merge good.h5 reference.h5 -o new.h5", 1, &["reference.h5"]),
        ("dig galton", 2, &["dig"]),
    ];
    for (arguments, code, words) in cases {
        let output = command(dir.path(), arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!message.contains("panicked"), "{arguments}: {message}");
        assert_eq!(output.status.code(), Some(*code), "{arguments}: {message}");
        assert!(output.stdout.is_empty(), "{arguments}: errors belong on standard error");
        for word in *words {
            assert!(
                message.contains(word),
                "{arguments}: the message does not speak of `{word}`: {message}"
            );
        }
        assert_eq!(files(dir.path()), before, "{arguments}: a file was left behind");
    }
}

#[test]
fn a_data_set_cut_off_anywhere_is_refused_and_never_panics() {
    let dir = workplace();
    let whole = std::fs::read(dir.path().join("good.h5")).unwrap();
    for share in 0..20 {
        std::fs::write(dir.path().join("cut.h5"), &whole[..whole.len() * share / 20]).unwrap();
        let (code, message) = failure(dir.path(), "inspect cut.h5");
        assert_eq!(code, 1, "cut at {share}/20: {message}");
        assert!(!message.contains("panicked"), "cut at {share}/20: {message}");
    }
}

#[test]
fn errors_are_json_where_json_was_asked_for() {
    let dir = TempDir::new().unwrap();
    let (_, words) = failure(dir.path(), "inspect missing.h5 --json");
    let error: serde_json::Value = serde_json::from_str(&words).unwrap();
    assert!(error["error"].as_str().unwrap().contains("missing.h5"));
}
