//! The report agrees with the results, and its page needs no other file.
//!
//! `results_example.json` is synthetic; results_example.py made it.

use std::fs;

use motherlode::ErrorKind;
use motherlode::diagnostics::{BaselineMetrics, Closure, Divergence, Mean, RatioMetrics, ScoreMetrics};
use motherlode::study::report;
use motherlode::study::{BoundedValue, Evaluation, HeldOutMetrics, Metric, Results, Run};

use crate::tolerance::{ALGEBRA, close};

fn example() -> Results {
    serde_json::from_str(include_str!("../data/results_example.json")).expect("the example is a study")
}

/// The example with other runs: method, number of events, and one error for all measures.
fn with_runs(runs: &[(&str, usize, f64)]) -> Results {
    let run = |&(method, n_events, error): &(&str, usize, f64)| Run {
        simulator: "made up".into(),
        method: method.into(),
        n_events,
        seed: 1,
        mse_log_ratio: error,
        mse_log_ratio_prior: error,
        mse_score: error,
        held_out: None,
        train_seconds: 1.0,
        steps: 0,
        best_step: 0,
        curve: Default::default(),
    };
    Results {
        runs: runs.iter().map(run).collect(),
        trivial_prior: f64::INFINITY,
        ..example()
    }
}

/// Errors 1/n for CARL and 1/(10 n) for ALICES: the same error with a tenth of the events, in closed form.
fn tenfold() -> Results {
    let budgets = [100, 1000, 10_000, 100_000];
    let carl = budgets.map(|n| ("carl", n, 1.0 / n as f64));
    let alices = budgets.map(|n| ("alices", n, 0.1 / n as f64));
    with_runs(&[carl, alices].concat())
}

fn page(results: &Results) -> String {
    let dir = tempfile::tempdir().expect("a temporary folder");
    report::write(results, dir.path()).expect("a report");
    fs::read_to_string(dir.path().join("report.html")).expect("the page")
}

#[test]
fn tenfold_gain_is_found() {
    let results = tenfold();
    for n in [100, 1000] {
        let gain = results.gain("alices", n, "carl", Metric::Prior);
        assert!(
            matches!(gain, Some(BoundedValue::About(gain)) if close(gain, 10.0, ALGEBRA)),
            "{gain:?} at {n}"
        );
    }
    let found = results.compare("alices", "carl", Metric::Prior).expect("both were run");
    assert!(
        matches!(found.gain, BoundedValue::About(gain) if close(gain, 10.0, ALGEBRA)),
        "{found:?}"
    );
    assert!(page(&results).contains("ALICES needs about 10\u{202f}000 for the same: 10 times fewer."));
}

#[test]
fn between_budgets_errors_follow_a_power_law() {
    // 0.4 n^(-1/2) passes 0.02 at n = 400
    let results = with_runs(&[("carl", 100, 0.04), ("carl", 10_000, 0.004)]);
    let needed = results.events_needed(0.02, "carl", Metric::Pair);
    assert!(
        matches!(needed, Some(BoundedValue::About(n)) if close(n, 400.0, ALGEBRA)),
        "{needed:?}"
    );
}

#[test]
fn beyond_the_budgets_there_are_only_bounds() {
    let results = tenfold();
    let needed = |error| results.events_needed(error, "carl", Metric::Score);
    assert_eq!(needed(1e-6), Some(BoundedValue::MoreThan(100_000.0)));
    assert_eq!(needed(0.5), Some(BoundedValue::LessThan(100.0)));
    assert_eq!(needed(f64::NAN), None);
    assert_eq!(results.events_needed(0.1, "rolr", Metric::Score), None);
    assert_eq!(
        results
            .gain("alices", 10_000, "carl", Metric::Prior)
            .map(|gain| gain.to_string()),
        Some("10".into()),
    );
    assert_eq!(
        results
            .gain("alices", 100_000, "carl", Metric::Prior)
            .map(|gain| gain.to_string()),
        Some("more than 1".into()),
    );
    let swift = with_runs(&[("carl", 100, 1.0), ("carl", 1000, 0.5), ("sally", 100, 0.1)]);
    let found = swift.compare("sally", "carl", Metric::Prior).expect("both were run");
    assert_eq!(
        (found.needed, found.gain),
        (BoundedValue::LessThan(100.0), BoundedValue::MoreThan(10.0))
    );
}

#[test]
fn the_first_crossing_counts() {
    // a curve that goes up again must not make the baseline look slower than it was
    let results = with_runs(&[
        ("carl", 100, 1.0),
        ("carl", 200, 0.1),
        ("carl", 400, 0.5),
        ("carl", 800, 0.1),
    ]);
    assert_eq!(
        results.events_needed(0.1, "carl", Metric::Prior),
        Some(BoundedValue::About(200.0))
    );
}

#[test]
fn failed_trainings_rank_last() {
    let mut results = with_runs(&[("carl", 100, 0.3), ("carl", 100, f64::NAN), ("carl", 100, 0.1)]);
    let [median, low, high] = results.summaries()[0].prior;
    assert_eq!((median, low), (0.3, 0.1));
    assert!(high.is_nan());
    results.runs.pop();
    assert!(results.summaries()[0].prior[0].is_nan(), "half of the trainings failed");
}

#[test]
fn an_even_number_of_seeds_has_its_median_in_the_middle() {
    let results = with_runs(&[
        ("carl", 100, 0.4),
        ("carl", 100, 0.1),
        ("carl", 100, 0.2),
        ("carl", 100, 1.0),
    ]);
    assert!(close(results.summaries()[0].pair[0], 0.3, ALGEBRA));
}

#[test]
fn table_holds_the_medians() {
    // medians by numpy over results_example.json: np.median of mse_log_ratio_prior, three seeds each
    let results = example();
    let (page, table) = (page(&results), report::table(&results));
    let medians = [
        ("CARL ", 200, "0.233"),
        ("CARL ", 20000, "0.00675"),
        ("ROLR ", 1000, "0.0131"),
        ("CASCAL ", 5000, "0.00797"),
        ("RASCAL ", 500, "0.00941"),
        ("ALICES ", 10000, "0.000445"),
        ("SALLY ", 2000, "0.0112"),
    ];
    for (method, n_events, median) in medians {
        assert!(
            page.contains(&format!("<b>{median}</b>")),
            "{method} at {n_events}: {median} is not on the page"
        );
        let line = table
            .lines()
            .find(|line| line.starts_with(method))
            .expect("a line for each method");
        assert!(
            line.split_whitespace().any(|word| word == median),
            "{median} is not in `{line}`"
        );
    }
}

#[test]
fn page_stands_alone() {
    for results in [
        example(),
        awkward(),
        bare(),
        without_baseline(),
        tenfold(),
        on_held_out_events(),
    ] {
        let page = page(&results);
        for foreign in [
            "http:", "https:", "url(", "<script", "<link", "<img", "src=", "@import", "//",
        ] {
            assert!(!page.contains(foreign), "the page asks for `{foreign}`");
        }
        assert!(
            !page.contains("NaN,") && !page.contains("inf,"),
            "a coordinate is not finite"
        );
        assert_balanced(&page);
    }
}

#[test]
fn all_figures_are_written_and_show_every_method() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    report::write(&example(), dir.path()).expect("a report");
    let mut names: Vec<_> = fs::read_dir(dir.path().join("figures"))
        .expect("a folder of figures")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a plain name")
        })
        .collect();
    names.sort();
    let expected = [
        "error_pair.svg",
        "error_prior.svg",
        "error_score.svg",
        "gold.svg",
        "ratio_against_exact.svg",
        "ratio_along_observable.svg",
        "score.svg",
        "training.svg",
    ];
    assert_eq!(names, expected, "all figures, and no drafts");
    for name in names {
        let figure = fs::read_to_string(dir.path().join("figures").join(&name)).expect("a figure");
        assert_balanced(&figure);
        for method in ["CARL", "ROLR", "ALICE", "CASCAL", "RASCAL", "ALICES", "SALLY"] {
            let shown = figure.contains(&format!("<tspan>{method}</tspan>"));
            // what the simulator knows of its events is the same for all methods
            assert!(shown || name == "gold.svg", "{method} is missing in {name}");
        }
    }
}

#[test]
fn names_are_escaped_and_failures_listed() {
    let page = page(&awkward());
    assert!(page.contains("my &lt;net&gt;") && !page.contains("<net>"));
    assert!(page.contains("<h2>Not finite</h2>"));
    assert!(page.contains("<li>ROLR, 2000 events, seed 1: error of log r, averaged over the prior is NaN</li>"));
}

#[test]
fn without_the_baseline_nothing_is_compared() {
    let page = page(&without_baseline());
    assert!(!page.contains("of CARL") && !page.contains("times fewer"));
    assert!(page.contains("ALICES with 20\u{202f}000 simulated events"));
}

#[test]
fn a_baseline_that_learned_nothing_is_named() {
    let mut results = tenfold();
    results.trivial_prior = 1e-6;
    assert!(page(&results).contains("no better than the answer"));
}

#[test]
fn a_report_replaces_the_one_before() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    report::write(&example(), dir.path()).expect("a report");
    let first = fs::read(dir.path().join("report.html")).expect("the page");
    report::write(&example(), dir.path()).expect("a report");
    assert_eq!(
        first,
        fs::read(dir.path().join("report.html")).expect("the page"),
        "same results, same bytes"
    );
}

#[test]
fn a_study_without_runs_has_no_report() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let error = report::write(
        &Results {
            runs: vec![],
            ..example()
        },
        dir.path(),
    )
    .expect_err("nothing to report");
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(fs::read_dir(dir.path()).expect("the folder").count(), 0);
    assert!(
        report::table(&Results {
            runs: vec![],
            ..example()
        })
        .contains("No training")
    );
}

/// Several parameters and observables, names that need escaping, and numbers that are not finite wherever they may be.
fn awkward() -> Results {
    let mut results = example();
    results.parameters = vec!["c <1>".into(), "c & 2".into()];
    results.observables = vec!["p".into(), "\"eta\"".into()];
    results.theta0.push(f64::NAN);
    results.label_noise_prior = f64::NAN;
    results.trivial_pair = 0.0;
    for run in &mut results.runs {
        match (run.method.as_str(), run.n_events) {
            ("rolr", 2000) => run.mse_log_ratio_prior = f64::NAN,
            ("alice", 5000) => run.mse_score = f64::INFINITY,
            ("sally", _) => run.method = "my <net>".into(),
            _ => {}
        }
        run.curve
            .validation
            .iter_mut()
            .take(2)
            .for_each(|loss| *loss = f64::NAN);
    }
    let data = &mut results.figure_data;
    data.exact_log_ratio[3] = f64::NEG_INFINITY;
    data.event_joint_log_ratio[0] = f64::INFINITY;
    for score in [&mut data.exact_score, &mut data.event_joint_score] {
        score.iter_mut().for_each(|score| score.push(2.0 * score[0]));
    }
    for score in data.score.values_mut() {
        score[4][0] = f64::NAN;
    }
    results
}

/// One training, and nothing to show.
fn bare() -> Results {
    Results {
        figure_data: Default::default(),
        ..with_runs(&[("carl", 100, 0.3)])
    }
}

/// Metrics with a divergence that scatters over the blocks of events, by `scatter` up and down; the other values are arbitrary.
fn ratio_marks(divergence: f64, scatter: f64) -> RatioMetrics {
    let mean = |value| Mean {
        value,
        standard_error: 0.01,
    };
    RatioMetrics {
        divergence: Divergence {
            blocks: vec![divergence - scatter, divergence + scatter],
        },
        closure: Closure {
            normalisation: mean(f64::NAN),
            effective: 0.5,
            moments: 2.0,
            auc: mean(0.54),
        },
    }
}

/// A study without an exact truth: the errors of [`tenfold`] become excess divergences above a lowest divergence of 0.25. ALICES
/// scatters about CARL by `scatter`.
fn held_out(scatter: f64) -> Results {
    let mut results = tenfold();
    for run in &mut results.runs {
        let excess = run.mse_log_ratio_prior;
        let scatter = if run.method == "carl" { 0.0 } else { scatter };
        [run.mse_log_ratio, run.mse_log_ratio_prior, run.mse_score] = [f64::NAN; 3];
        let of_score = Mean {
            value: 0.5,
            standard_error: f64::NAN,
        };
        run.held_out = Some(HeldOutMetrics {
            excess,
            ratio: ratio_marks(0.25 + excess, scatter),
            score: ScoreMetrics {
                unexplained: of_score,
                slope: of_score,
            },
        });
    }
    Results {
        truth: None,
        evaluation: Evaluation::HeldOut,
        held_out: Some(BaselineMetrics {
            n_events: 80_000,
            ratio: ratio_marks(0.75, 0.0),
        }),
        figure_data: Default::default(),
        ..results
    }
}

fn on_held_out_events() -> Results {
    held_out(1e-9)
}

#[test]
fn excess_divergences_are_reported_like_errors() {
    let results = on_held_out_events();
    assert!(close(results.trivial_excess(), 0.5, 1e-9));
    assert_eq!(results.closest(), Some(("alices", 100_000)));
    let (page, table) = (page(&results), report::table(&results));
    for sentence in [
        "ALICES needs about 10\u{202f}000 for the same: 10 times fewer.",
        "There is no exact truth for galton: estimates are measured against the joint labels of 80\u{202f}000 held-out events",
    ] {
        assert!(
            page.contains(sentence) && table.contains(sentence),
            "{sentence} is not in {table}"
        );
    }
    let metrics = table
        .lines()
        .rfind(|line| line.starts_with("CARL"))
        .expect("a line of metrics");
    assert!(metrics.ends_with("0.540 ± 0.010*"), "{metrics}");
}

/// If the paired difference is within two standard errors, the report does not say which method is better.
#[test]
fn insignificant_differences_are_reported_as_such() {
    let page = page(&held_out(1e-3));
    assert!(page.contains("the held-out events cannot distinguish CARL from ALICES"));
    assert!(!page.contains("for the same:"));
}

/// Every method but CARL, one seed, one budget.
fn without_baseline() -> Results {
    let mut results = example();
    results
        .runs
        .retain(|run| run.method != "carl" && run.n_events == 20_000 && run.seed == 1);
    results
}

/// Every element that is opened is closed, in order: what a parser of XML would insist on.
fn assert_balanced(text: &str) {
    const VOID: [&str; 3] = ["meta", "!DOCTYPE", "?xml"];
    let mut open = Vec::new();
    for tag in text.split('<').skip(1) {
        let (inside, _) = tag.split_once('>').expect("a tag ends");
        let name = inside
            .split([' ', '\n', '/'])
            .find(|part| !part.is_empty())
            .expect("a tag has a name");
        if inside.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "closed out of order");
        } else if !inside.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} never closed");
}
