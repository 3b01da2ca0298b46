//! What a user writes: names that are nearly right, counts with suffixes, errors for machines, threads.

use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::{command, fails, json, refused, run};

#[test]
fn unknown_names_get_the_nearest_known_one() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    run(dir, "mine galton -n 200 --seed 4 -o a.h5");
    run(dir, "mine galton -n 20 --reference -0.7 -o seen.h5");
    run(dir, "train alice a.h5 -o a.model --steps 20 --hidden 8");
    for (arguments, expected) in [
        ("mine gallton -n 10 -o new.h5", "`gallton` (`galton`?): choose one of"),
        ("fisher gallton", "`gallton` (`galton`?)"),
        (
            "train alcies a.h5 -o new.model",
            "`alcies` (`alices`?); the methods are",
        ),
        ("compare galton --methods carl,rascall -o new", "`rascall` (`rascal`?)"),
        ("compare galton --measure heldout -o new", "`heldout` (`held-out`?)"),
        (
            "train alice a.h5 -o new.model --transform bin=standardize2",
            "(`standardise`?)",
        ),
        (
            "train alice a.h5 -o new.model --transform bins=quantile",
            "`bins` (`bin`?)",
        ),
        ("train alice a.h5 -o new.model --head plane", "'plain'"),
        ("infer a.model seen.h5 --constraint thta=0:1", "thta (`theta`?)"),
        ("infer a.model seen.h5 --histogram bins", "bins (`bin`?)"),
    ] {
        refused(dir, arguments, expected);
    }
    // A name that is near to none gets the list alone.
    fails(
        dir,
        "mine pachinko -n 10 -o new.h5",
        "no simulator `pachinko`: choose one of",
    );
}

#[test]
fn counts_are_written_as_people_write_them() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    for (count, name) in [("2k", "a"), ("2e3", "b"), ("0.002M", "c"), ("2000", "d")] {
        run(dir, &format!("mine galton -n {count} --seed 4 -o {name}.h5"));
    }
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    assert!(["a.h5", "b.h5", "c.h5"].iter().all(|name| read(name) == read("d.h5")));
    let trained = json(dir, "train alice a.h5 -o a.model --steps 0.1k --hidden 1e1,10");
    assert_eq!(trained["provenance"]["settings"]["hidden"], Value::from(vec![10, 10]));
    refused(dir, "mine galton -n 1.5 -o new.h5", "20000, 20k, 2e4 or 1.5M");
    refused(dir, "mine galton -n 1e30 -o new.h5", "too large");
}

#[test]
fn errors_are_json_with_json() {
    let dir = TempDir::new().unwrap();
    run(dir.path(), "mine galton -n 20 -o a.h5");
    for (arguments, kind, code) in [
        ("inspect missing.h5 --json", "io", 1),
        ("train sally a.h5 -o a.model --json --steps 0", "usage", 2),
        ("mine nothing -n 9 -o new.h5 --json", "usage", 2),
        ("--json dig galton", "usage", 2),
        ("mine galton -n many -o new.h5 --json", "usage", 2),
        ("mine --json", "usage", 2),
    ] {
        let output = command(dir.path(), arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let error: Value =
            serde_json::from_str(words.lines().last().unwrap_or_default()).unwrap_or_else(|_| panic!("{words}"));
        assert_eq!(
            (&error["kind"], &error["exit_code"]),
            (&Value::from(kind), &Value::from(code)),
            "{error}"
        );
        assert!(!error["error"].as_str().unwrap().is_empty() && output.stdout.is_empty());
        assert_eq!(output.status.code(), Some(code));
    }
    let text = command(dir.path(), "mine").output().unwrap();
    assert!(String::from_utf8_lossy(&text.stderr).starts_with("error: "));
}

#[test]
fn the_number_of_threads_is_checked_and_changes_nothing() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    run(dir, "mine galton -n 500 --threads 1 -o one.h5");
    run(dir, "--threads 3 mine galton -n 500 -o three.h5");
    assert!(std::fs::read(dir.join("one.h5")).unwrap() == std::fs::read(dir.join("three.h5")).unwrap());
    refused(dir, "list --threads 0", "from 1 to 1024");
    refused(dir, "list --threads 1e9", "from 1 to 1024");
    let many = command(dir, "list")
        .env("RAYON_NUM_THREADS", "100000")
        .output()
        .unwrap();
    assert_eq!(many.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&many.stderr).contains("RAYON_NUM_THREADS 100000"));
}
