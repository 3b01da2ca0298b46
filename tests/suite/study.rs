//! A study can be interrupted and resumed, and its results are those of an uninterrupted one.

use motherlode::{ErrorKind, Progress};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use motherlode::nn::{Method, Settings};
use motherlode::study::{Results, Run, StudyPlan, compare, compare_and_report};
use motherlode_simulators::{Coins, Galton};

use crate::tolerance::close;

fn plan() -> StudyPlan {
    StudyPlan {
        methods: vec![Method::Carl, Method::Alices, Method::Sally],
        budgets: vec![100, 200],
        seeds: 2,
        mixture: None,
        evaluation: None,
        held_out: None,
        settings: Settings {
            steps: Some(60),
            hidden: vec![10],
            ..Settings::default()
        },
    }
}

fn run(dir: &Path) -> Results {
    compare(&Galton::default(), &plan(), dir, false, &()).unwrap()
}

/// Runs without the measured times.
fn timeless(results: &Results) -> Vec<Run> {
    results
        .runs
        .iter()
        .cloned()
        .map(|run| Run {
            train_seconds: 0.0,
            ..run
        })
        .collect()
}

/// Stops after so many trainings.
struct StopAfter {
    reports: AtomicUsize,
    limit: usize,
}

impl StopAfter {
    fn new(limit: usize) -> Self {
        let reports = AtomicUsize::new(0);
        Self { reports, limit }
    }
}

impl Progress for StopAfter {
    fn report(&self, _: u64, _: u64) {
        self.reports.fetch_add(1, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.reports.load(Ordering::Relaxed) > self.limit
    }
}

#[test]
fn a_study_resumes_between_trainings() {
    let [whole, stopped] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let expected = run(whole.path());

    // Stopped between trainings, and one stored training is cut off in the middle.
    let interrupted = compare(&Galton::default(), &plan(), stopped.path(), false, &StopAfter::new(5));
    assert_eq!(interrupted.unwrap_err().kind(), ErrorKind::Interrupted);
    assert!(!stopped.path().join("results.json").exists());
    let kept = std::fs::read_dir(stopped.path().join("runs")).unwrap().count();
    assert!((3..12).contains(&kept), "{kept} files");
    let some = std::fs::read_dir(stopped.path().join("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let some = some.filter(|path| !path.ends_with("plan.json")).min().unwrap();
    let bytes = std::fs::read(&some).unwrap();
    std::fs::write(&some, &bytes[..bytes.len() / 2]).unwrap();

    let resumed = run(stopped.path());
    assert_eq!(timeless(&resumed), timeless(&expected));
    assert_eq!(resumed.figure_data, expected.figure_data);
    assert!(!stopped.path().join("runs").exists());
}

/// Stops at the given question whether to stop.
struct StopAt {
    asked: AtomicUsize,
    limit: usize,
}

impl Progress for StopAt {
    fn is_stopped(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.limit
    }
}

/// The loop of a training asks once for each of its 2000 steps: after 500 questions no training of the study is finished.
#[test]
fn a_study_stops_inside_a_training_and_resumes() {
    let [whole, stopped] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let plan = StudyPlan {
        methods: vec![Method::Alices, Method::Sally],
        budgets: vec![200],
        seeds: 1,
        settings: Settings {
            steps: Some(2_000),
            ..plan().settings
        },
        ..plan()
    };
    let expected = compare(&Galton::default(), &plan, whole.path(), false, &()).unwrap();

    let stop = StopAt {
        asked: AtomicUsize::new(0),
        limit: 500,
    };
    let interrupted = compare(&Galton::default(), &plan, stopped.path(), false, &stop);
    assert_eq!(interrupted.unwrap_err().kind(), ErrorKind::Interrupted);
    let asked = stop.asked.into_inner();
    assert!((500..600).contains(&asked), "{asked} questions");
    let stored = std::fs::read_dir(stopped.path().join("runs")).unwrap().count();
    assert_eq!(stored, 1, "the plan alone");

    let resumed = compare(&Galton::default(), &plan, stopped.path(), false, &()).unwrap();
    assert_eq!(timeless(&resumed), timeless(&expected));
    assert_eq!(resumed.figure_data, expected.figure_data);
}

#[test]
fn an_unfinished_study_of_other_settings_is_not_mixed_up() {
    let dir = tempfile::tempdir().unwrap();
    let stop = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        compare(&Galton::default(), &plan(), dir.path(), false, &|_, _| panic!("stop"))
    }));
    assert!(stop.is_err());
    let other = StudyPlan { seeds: 1, ..plan() };
    let refused = compare(&Galton::default(), &other, dir.path(), false, &()).unwrap_err();
    assert!(refused.to_string().contains("other settings"), "{refused}");
    let forced = compare(&Galton::default(), &other, dir.path(), true, &()).unwrap();
    assert_eq!(forced.runs.len(), 6);
}

/// Trainings of one step are not shown in a table of others because the file that says whose they are is lost.
#[test]
fn trainings_of_another_study_are_not_reused_without_its_plan() {
    let dir = tempfile::tempdir().unwrap();
    let with_steps = |steps| StudyPlan {
        settings: Settings {
            steps: Some(steps),
            ..plan().settings
        },
        ..plan()
    };
    let stopped = compare(
        &Galton::default(),
        &with_steps(1),
        dir.path(),
        false,
        &StopAfter::new(5),
    );
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
    std::fs::remove_file(dir.path().join("runs/plan.json")).unwrap();
    let refused = compare(&Galton::default(), &with_steps(20), dir.path(), false, &()).unwrap_err();
    assert!(refused.to_string().contains("other settings"), "{refused}");
    // The study itself goes on without its plan.
    let own = compare(&Galton::default(), &with_steps(1), dir.path(), false, &()).unwrap();
    assert!(own.runs.iter().all(|run| run.steps == 1));
    let forced = compare(&Galton::default(), &with_steps(20), dir.path(), true, &()).unwrap();
    assert!(forced.runs.iter().all(|run| run.steps == 20));
}

/// A folder where the report should be makes its writing fail.
#[test]
fn a_report_that_cannot_be_written_leaves_a_study_to_go_on_from() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("report.html");
    std::fs::create_dir_all(blocked.join("inside")).unwrap();
    let run = || compare_and_report(&Galton::default(), &plan(), dir.path(), false, &());
    assert!(run().is_err());
    assert!(!dir.path().join("results.json").exists() && dir.path().join("runs/plan.json").exists());
    std::fs::remove_dir_all(&blocked).unwrap();
    let trained = std::time::Instant::now();
    let results = run().unwrap();
    assert_eq!(results.runs.len(), 12);
    assert!(results.seconds <= trained.elapsed().as_secs_f64());
    assert!(blocked.is_file() && dir.path().join("results.json").is_file());
    assert!(!dir.path().join("runs").exists());
}

/// The errors of the trivial answers are those of `simulators`: 0.0632 at the pair; 0.0746 averaged over the prior; and
/// the mean square of the score is the Fisher information, 1.412325.
#[test]
fn the_trivial_answers_have_their_known_errors() {
    let dir = tempfile::tempdir().unwrap();
    let results = run(dir.path());
    assert!(close(results.trivial_pair, 0.063246, 1e-6), "{}", results.trivial_pair);
    assert!(
        (results.trivial_prior - 0.0746).abs() < 1e-4,
        "{}",
        results.trivial_prior
    );
    assert!(
        close(results.trivial_score, 1.412325, 1e-6),
        "{}",
        results.trivial_score
    );
    assert!(results.label_noise_pair > 0.0);
    assert_eq!(results.runs.len(), 12);
    assert!(
        results
            .runs
            .iter()
            .all(|run| run.mse_log_ratio.is_finite() && run.mse_score.is_finite())
    );
}

/// Ten coins leave no choice unobserved: the joint ratio is the ratio, and the label noise is nothing.
#[test]
fn labels_without_latents_have_no_noise() {
    let dir = tempfile::tempdir().unwrap();
    let plan = StudyPlan {
        methods: vec![Method::Alice],
        budgets: vec![100],
        seeds: 1,
        ..plan()
    };
    let results = compare(&Coins::new(10).unwrap(), &plan, dir.path(), false, &()).unwrap();
    assert!(results.label_noise_pair < 1e-20, "{}", results.label_noise_pair);
    assert!(results.label_noise_prior < 1e-20, "{}", results.label_noise_prior);
}

/// The denominator of the training changes the networks, but not the test sets: a network trained against a mixture gives the ratio to θ1.
#[test]
fn a_network_trained_against_a_mixture_gives_the_ratio_to_theta1() {
    let [against_theta1, against_mixture] = [None, Some(10)].map(|mixture| {
        let dir = tempfile::tempdir().unwrap();
        let plan = StudyPlan {
            methods: vec![Method::Alice],
            budgets: vec![200],
            mixture,
            settings: Settings {
                steps: Some(1_000),
                hidden: vec![30, 30],
                learning_rate: Some(0.01),
                ..Settings::default()
            },
            ..plan()
        };
        compare(&Galton::default(), &plan, dir.path(), false, &()).unwrap()
    });
    assert_eq!(against_theta1.trivial_prior, against_mixture.trivial_prior);
    assert_eq!(against_theta1.settings["learned against"], "θ1");
    assert!(against_mixture.settings["learned against"].contains("10 points"));
    for (a, b) in against_theta1.runs.iter().zip(&against_mixture.runs) {
        assert_ne!(a.mse_log_ratio, b.mse_log_ratio);
        assert!(b.mse_log_ratio_prior < 0.1 * against_mixture.trivial_prior, "{b:?}");
    }
}
