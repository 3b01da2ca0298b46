//! Rows that may fill histograms, and warnings as other programs read them.

use motherlode_core::Estimator;
use motherlode_core::dataset::{AugmentedData, Header, Portion};
use motherlode_core::gold::Design;
use ndarray::{Array1, Array2};
use serde_json::json;

use super::{Observations, Warning, pool_rows};

/// An estimator that was trained on these rows of a file.
struct Trained(&'static str, Portion);

impl Estimator for Trained {
    fn name(&self) -> String {
        "trained".into()
    }

    fn n_parameters(&self) -> usize {
        1
    }

    fn training_events(&self) -> Option<Header> {
        Some(header(self.0, self.1))
    }
}

fn header(file: &str, rows: Portion) -> Header {
    let design = Design::Reference { theta: vec![0.0] };
    Header::new(file, vec!["theta".into()], vec!["x".into()], design).with_portion(rows)
}

fn observed(rows: Portion) -> Observations {
    let data = AugmentedData {
        header: header("a.h5", rows),
        x: Array2::zeros((3, 1)),
        theta0: Array2::zeros((3, 1)),
        theta1: None,
        y: Array1::zeros(3),
        joint_log_ratio: None,
        joint_score0: None,
        weights: None,
        memories: None,
    };
    Observations::from_data_set(data).unwrap()
}

#[test]
fn histograms_are_filled_with_rows_that_were_not_observed() {
    use Portion::{All, Test, Train, Validation};
    for (trained, rows, expected) in [
        (Trained("a.h5", Train), Test, Some(Train)),
        (Trained("a.h5", Validation), Test, Some(Validation)),
        (Trained("a.h5", Train), Train, Some(Test)),
        (Trained("a.h5", All), Test, Some(Train)),
        (Trained("a.h5", Train), All, None),
        (Trained("b.h5", Validation), Test, Some(Train)), // rows of another file tell nothing
    ] {
        assert_eq!(pool_rows(&observed(rows), &trained), expected, "{rows:?}");
    }
}

#[test]
fn a_warning_serialises_its_kind_message_and_remedy() {
    let warning = Warning::SameSeed { seed: 7 };
    let found = serde_json::to_value(&warning).unwrap();
    let expected = json!({ "kind": "same_seed", "message": warning.message(), "remedy": warning.remedy() });
    assert_eq!(found, expected);
    assert!(warning.message().contains("seed, 7"), "{warning}");
    assert_eq!(
        warning.to_string(),
        format!("{}; {}", warning.message(), warning.remedy())
    );
}
