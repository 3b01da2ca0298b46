//! Studies on held-out events: they rank trainings as the exact truth does, and the report says so.

use std::path::Path;

use motherlode::nn::{Method, Settings};
use motherlode::study::report;
use motherlode::study::{Evaluation, Metric, Results, StudyPlan, compare};
use motherlode::trace::Instrumented;
use motherlode_simulators::{Galton, LotkaVolterra};

fn plan(methods: &[Method], budgets: &[usize], steps: usize) -> StudyPlan {
    StudyPlan {
        methods: methods.to_vec(),
        budgets: budgets.to_vec(),
        seeds: 2,
        mixture: None,
        settings: Settings {
            steps: Some(steps),
            hidden: vec![20, 20],
            ..Settings::default()
        },
        ..StudyPlan::default()
    }
}

fn run(simulator: &dyn Instrumented, plan: &StudyPlan, dir: &Path) -> Results {
    compare(simulator, plan, dir, false, &()).unwrap()
}

/// A study without an exact truth, too short to learn much.
fn without_truth(dir: &Path) -> Results {
    let plan = StudyPlan {
        held_out: Some(4_000),
        ..plan(&[Method::Carl, Method::Alices, Method::Sally], &[100, 200], 50)
    };
    run(&LotkaVolterra::default(), &plan, dir)
}

/// If the exact prior errors of two trainings differ by a factor of two or more, the held-out events rank them in the same order.
#[test]
fn trainings_are_ranked_as_by_their_exact_errors() {
    let dir = tempfile::tempdir().unwrap();
    let plan = StudyPlan {
        evaluation: Some(Evaluation::HeldOut),
        held_out: Some(40_000),
        ..plan(
            &[Method::Carl, Method::Alice, Method::Alices, Method::Sally],
            &[200, 2_000],
            600,
        )
    };
    let results = run(&Galton::default(), &plan, dir.path());
    assert!(results.truth.is_some());
    let mut compared = 0;
    for a in &results.runs {
        for b in &results.runs {
            if a.mse_log_ratio_prior < 0.5 * b.mse_log_ratio_prior {
                compared += 1;
                let [of_a, of_b] = [a, b].map(|run| Metric::Excess.of(run));
                assert!(
                    of_a < of_b,
                    "{} {} {of_a} against {} {} {of_b}",
                    a.method,
                    a.n_events,
                    b.method,
                    b.n_events
                );
            }
        }
    }
    assert!(compared > 30, "{compared} pairs are hardly a test");
    let lowest = results
        .runs
        .iter()
        .map(|run| Metric::Excess.of(run))
        .fold(f64::NAN, f64::min);
    assert_eq!(lowest, 0.0);
    assert!(results.trivial_excess() > 10.0 * results.excess_resolution());
    let difference = results.excess(("carl", 2_000), ("alices", 2_000)).unwrap();
    assert!(difference.z_score(0.0) > 5.0, "{difference:?}");
}

#[test]
fn a_simulator_without_truth_is_compared_on_held_out_events() {
    let dir = tempfile::tempdir().unwrap();
    let results = without_truth(dir.path());
    assert_eq!(
        (results.truth.as_ref(), results.evaluation),
        (None, Evaluation::HeldOut)
    );
    assert_eq!(results.metrics(), [Metric::Excess, Metric::Unexplained]);
    assert_eq!(results.runs.len(), 12);
    for run in &results.runs {
        assert!(run.mse_log_ratio.is_nan() && run.mse_log_ratio_prior.is_nan() && run.mse_score.is_nan());
        assert!(
            results.metrics().iter().all(|metric| metric.of(run).is_finite()),
            "{run:?}"
        );
    }
    let (table, sentence) = (report::table(&results), "There is no exact truth for lotka-volterra");
    assert!(
        table.contains(sentence) && table.contains("median excess divergence"),
        "{table}"
    );
    report::write(&results, dir.path()).unwrap();
    let page = std::fs::read_to_string(dir.path().join("report.html")).unwrap();
    assert!(page.contains(sentence) && page.contains("Metrics on held-out events"));
    assert!(
        !page.contains("Error of log"),
        "an error that was not measured is named"
    );
    assert!(!page.contains("<h2>Not finite</h2>"));
    assert!(dir.path().join("figures/error_excess.svg").exists());
    assert!(!dir.path().join("figures/error_prior.svg").exists());
}

/// JSON has no NaN: what was not measured is null, and the file is read back as it was written.
#[test]
fn results_without_truth_are_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let results = without_truth(dir.path());
    let text = std::fs::read_to_string(dir.path().join("results.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(json["truth"].is_null() && json["trivial_prior"].is_null());
    assert!(json["runs"][0]["mse_log_ratio_prior"].is_null());
    assert_eq!(
        (json["yardstick"].as_str(), json["format_version"].as_u64()),
        (Some("held-out"), Some(2))
    );
    let read: Results = serde_json::from_str(&text).unwrap();
    assert_eq!(read.held_out, results.held_out);
    assert_eq!(report::table(&read), report::table(&results));
}

#[test]
fn missing_exact_answers_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let plan = StudyPlan {
        evaluation: Some(Evaluation::Exact),
        ..plan(&[Method::Carl], &[100], 50)
    };
    let refused = compare(&LotkaVolterra::default(), &plan, dir.path(), false, &()).unwrap_err();
    assert!(
        refused.is_usage() && refused.to_string().contains("no exact truth"),
        "{refused}"
    );
    let few = StudyPlan {
        evaluation: None,
        held_out: Some(100),
        ..plan
    };
    let refused = compare(&LotkaVolterra::default(), &few, dir.path(), false, &()).unwrap_err();
    assert!(
        refused.is_usage() && refused.to_string().contains("100 events cannot be held out"),
        "{refused}"
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
