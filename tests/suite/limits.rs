//! `motherlode limit EVENTS`: what a histogram and the number of events are expected to say.

use std::path::Path;

use motherlode::dataset::AugmentedData;
use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::{json, number, numbers, refused, run, said};

/// A folder with an event file of two parameters: that of the book's analysis, generated at 0,0.
fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    let analysis = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src/analysis.toml");
    run(dir.path(), &format!("import {} -o events.h5", analysis.display()));
    dir
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6 * (1.0 + b.abs())
}

/// Cross sections of the file give q of the number of events, and Wilks' theorem for two parameters its p-value.
#[test]
fn the_number_of_events_tells_what_cross_sections_say() {
    let dir = folder();
    let inside = json(dir.path(), "inspect events.h5");
    let sigma = |name: &str| {
        let all = inside["benchmarks"].as_array().unwrap().iter();
        let one = all.clone().find(|benchmark| benchmark["name"] == name).unwrap();
        number(one, "/cross_section/value")
    };
    let found = json(
        dir.path(),
        "limit events.h5 --at 0,0 --luminosity 500 --box 0:0.9,0:0.1 --grid 2,2",
    );
    let (n, other) = (500.0 * sigma("sm"), 500.0 * sigma("w"));
    let q = 2.0 * (n * (n / other).ln() - n + other);
    assert!(close(number(&found, "/n_events"), n), "{found}");
    assert_eq!(found["grid"]["theta"][3], serde_json::json!([0.9, 0.1]));
    assert!(close(numbers(&found, "/grid/q")[3], q), "{q}: {found}");
    assert!(close(numbers(&found, "/grid/p_values")[3], (-0.5 * q).exp()));
    assert!(close(numbers(&found, "/grid/p_values")[0], 1.0));
}

/// All that is measured fits best at the truth, so that what shape and number say adds up.
#[test]
fn shape_and_number_add_up() {
    let dir = folder();
    let limit = |more: &str| {
        let box_and_grid = "--box -1:1,-1:1 --grid 5,5";
        json(
            dir.path(),
            &format!("limit events.h5 --at 0.1,-0.2 --luminosity 2000 {box_and_grid} {more}"),
        )
    };
    let number = limit("");
    let edges = "--observables pt_j1,delta_phi_jj --edges pt_j1=60,100,160 --edges delta_phi_jj=-1.5,0,1.5";
    let both = limit(edges);
    let shape = limit(&format!("{edges} --no-rate"));
    let q = |found: &Value| numbers(found, "/grid/q");
    for ((number, shape), both) in q(&number).iter().zip(q(&shape)).zip(q(&both)) {
        assert!(close(number + shape, both), "{number} + {shape} is not {both}");
    }
    assert!(
        q(&shape).iter().all(|q| *q > 0.01),
        "no grid point is the truth: {shape}"
    );
    assert_eq!(q(&limit("--observables met --bins 1")), q(&number));
    let best = numbers(&both, "/answer/best_fit");
    // ln L is interpolated to 0.02.
    for (k, truth) in [0.1, -0.2].into_iter().enumerate() {
        let error = both["answer"]["covariance"][k][k].as_f64().unwrap().sqrt();
        assert!((best[k] - truth).abs() < 0.2 * error, "{best:?} ± {error}");
    }
    // Each interval has the truth in it, the one of the higher level is the longer one.
    for (k, truth) in [0.1, -0.2].into_iter().enumerate() {
        let piece = |level: usize| {
            let pieces = both["answer"]["intervals"][level][k].as_array().unwrap();
            let ends = |piece: &Value| (piece[0].as_f64().unwrap(), piece[1].as_f64().unwrap());
            pieces
                .iter()
                .map(ends)
                .find(|(low, high)| *low < truth && truth < *high)
                .unwrap()
        };
        let ((low, high), (lowest, highest)) = (piece(0), piece(1));
        assert!(lowest < low && high < highest);
    }
}

/// Counts are independent Poisson numbers around the histograms that `export --pyhf` writes; two of them are fitted by two parameters as they are.
#[test]
fn observed_events_are_counted_in_bins() {
    let dir = folder();
    run(
        dir.path(),
        "mine events.h5 -n 400 --reference 0.2,-0.3 --seed 5 -o events_there.h5",
    );
    run(dir.path(), "export events_there.h5 -o observed.npz");
    let x = AugmentedData::read(&dir.path().join("events_there.h5")).unwrap().x;
    let low = x.column(0).iter().filter(|pt| **pt < 100.0).count() as f64;
    let counts = [low, 400.0 - low];
    let found = json(
        dir.path(),
        "limit events.h5 --observed observed.npz --luminosity 300 --observables pt_j1 --edges pt_j1=100 --box=-1:1,-1:1 --grid 5,5",
    );
    assert_eq!(found["n_events"], 400.0);
    run(
        dir.path(),
        "export events.h5 --pyhf -o workspace.json --observable pt_j1 --edges=-inf,100,inf --signal 0.5,0.5 --luminosity 300",
    );
    let workspace: Value = serde_json::from_slice(&std::fs::read(dir.path().join("workspace.json")).unwrap()).unwrap();
    let samples = workspace["channels"][0]["samples"].as_array().unwrap();
    let signal = samples.iter().find(|sample| sample["name"] == "signal").unwrap();
    let expected = numbers(signal, "/data");
    let poisson = |n: f64, nu: f64| 2.0 * (n * (n / nu).ln() - n + nu);
    let q: f64 = counts.iter().zip(&expected).map(|(n, nu)| poisson(*n, *nu)).sum();
    assert_eq!(found["grid"]["theta"][18], serde_json::json!([0.5, 0.5]));
    let tested = numbers(&found, "/grid/q")[18];
    assert!((tested - q).abs() < 1e-3 * q && q > 1.0, "{tested} and not {q}");
}

#[test]
fn words_say_what_was_measured() {
    let dir = folder();
    let said = |arguments: &str| said(dir.path(), arguments);
    let words = said("limit events.h5 --at 0,0 --luminosity 300 --observables pt_j1 --level 0.9 --grid 3,3");
    for part in [
        "events expected at 0,0 for a luminosity of 300",
        "histogram of pt_j1 in 25 bins, and number of events",
        "90 %",
        "p-value",
    ] {
        assert!(words.contains(part), "{words}");
    }
    assert!(said("limit events.h5 --at 0,0 --luminosity 300").contains("does not determine 2 parameters"));
    let doubtful = said("limit events.h5 --at 0,0 --luminosity 5 --observables pt_j1 --bins 60");
    for part in ["hold less than 10 effective simulated events", "events in all"] {
        assert!(doubtful.contains(part), "{doubtful}");
    }
}

#[test]
fn nonsense_is_refused() {
    let dir = folder();
    for (arguments, expected) in [
        ("events.h5", "--at"),
        ("events.h5 --at 0,0", "--luminosity"),
        ("events.h5 --at 0 --luminosity 9", "give 2 finite values"),
        ("events.h5 --at 0,0 --luminosity -1", "above 0"),
        ("events.h5 --at 0,0 --luminosity 9 --observables mass", "of pt_j1"),
        (
            "events.h5 --at 0,0 --luminosity 9 --observables pt_j1 --bins 4,4",
            "for each observable",
        ),
        (
            "events.h5 --at 0,0 --luminosity 9 --observables pt_j1 --bins 0",
            "for each observable",
        ),
        (
            "events.h5 --at 0,0 --luminosity 9 --observables pt_j1 --bins 4000",
            "fewer bins",
        ),
        (
            "events.h5 --at 0,0 --luminosity 9 --observables pt_j1 --edges pt_j1=9,5",
            "ascending",
        ),
        (
            "events.h5 --at 0,0 --luminosity 9 --observables pt_j1 --edges met=9",
            "the edges of each observable once",
        ),
        ("events.h5 --at 0,0 --luminosity 9 --no-rate", "--observables"),
        ("events.h5 --at 5,5 --luminosity 9", "--box"),
        (
            "events.h5 --at 0,0 --luminosity 9 --box 1:-1,0:1",
            "the lower one first",
        ),
        ("events.h5 --at 0,0 --luminosity 9 --box 0:1", "needed are those of"),
        ("events.h5 --at 0,0 --luminosity 9 --grid 3", "one number for each"),
        ("events.h5 --at 0,0 --luminosity 9 --level 2", "between 0 and 1"),
        ("events.h5 --at 0,0 --luminosity 9 --test 1", "--test"),
    ] {
        refused(dir.path(), &format!("limit {arguments}"), expected);
    }
    refused(
        dir.path(),
        "limit nothing.json --at 0,0 --luminosity 9",
        "not an event file",
    );
}
