//! Errors of single events are judged by what they do to as many events as are diagnosed.

use motherlode::diagnostics::{Check, Closure, DiagnosticResults, Mean, Outcome};

fn mean(value: f64, standard_error: f64) -> Mean {
    Mean { value, standard_error }
}

/// A mean score of b √I shifts the best fit of n events by √n b/√I of its standard deviations: 0.02 matters from (0.3/0.02)² = 225 on.
#[test]
fn a_mean_score_is_judged_by_the_shift_of_the_best_fit() {
    let check = |events, score: Mean| -> Check {
        let found = DiagnosticResults {
            scores: &[("mass".to_owned(), score)],
            events,
            ..DiagnosticResults::default()
        };
        found.checks().remove(0)
    };
    for (events, outcome) in [(10, Outcome::Pass), (100, Outcome::Warn), (1_000, Outcome::Fail)] {
        let found = check(events, mean(0.02, 0.001));
        assert_eq!(found.outcome, outcome, "{found:?}");
        assert!((found.value - (events as f64).sqrt() * 0.02).abs() < 1e-12);
        let names_number = |remedy: &String| remedy.contains("from 225 events on");
        assert_eq!(
            found.remedy.as_ref().is_some_and(names_number),
            outcome != Outcome::Pass,
            "{found:?}"
        );
    }
    // Two standard errors are no finding; a score that is not a number is.
    assert_eq!(check(10_000, mean(0.02, 0.01)).outcome, Outcome::Pass);
    assert_eq!(check(1, mean(f64::NAN, f64::NAN)).outcome, Outcome::Fail);
}

/// A mean weight of 1 + δ shifts ln L by √n δ/s of its standard deviations; what a classifier sees is compared with what it saw before.
#[test]
fn weights_and_classifiers_are_judged_by_what_there_is_to_see() {
    let outcomes = |events, deviation, power| -> Vec<Outcome> {
        let closure = Closure {
            normalisation: mean(1.02, 0.001),
            effective: 1.0,
            moments: 1.0,
            auc: mean(0.53, 0.004),
        };
        let found = DiagnosticResults {
            closure: Some(&closure),
            power: Some(mean(power, 0.004)),
            events,
            log_ratio_deviation: Some(deviation),
            ..DiagnosticResults::default()
        };
        found.checks().iter().map(|check| check.outcome).collect()
    };
    use Outcome::{Fail, Pass, Warn};
    // 0.02/2 of a standard deviation: from 900 events on; a tenth of 0.4 is more than 0.03.
    assert_eq!(outcomes(10, 2.0, 0.9), [Pass, Warn, Pass]);
    assert_eq!(outcomes(100, 2.0, 0.9), [Warn, Warn, Pass]);
    assert_eq!(outcomes(1_000, 2.0, 0.9), [Fail, Warn, Pass]);
    // 0.02/0.1: from 2.25 events on; a tenth of 0.1 is less than 0.03.
    assert_eq!(outcomes(10, 0.1, 0.6), [Fail, Fail, Pass]);
}

#[test]
fn what_was_not_checked_is_said_with_its_reason() {
    let not_checked = [("posteriors".to_owned(), "too rough".to_owned())];
    let found = DiagnosticResults {
        not_checked: &not_checked,
        ..DiagnosticResults::default()
    };
    let check = &found.checks()[0];
    assert_eq!(
        (check.name.as_str(), check.outcome),
        ("posteriors: not checked", Outcome::Warn)
    );
    assert_eq!(check.remedy.as_deref(), Some("too rough"));
}
