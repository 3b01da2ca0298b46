use super::*;

fn curve(loss: impl Fn(f64) -> f64, entries: usize) -> Curve {
    let step: Vec<usize> = (1..=entries).map(|k| 20 * k).collect();
    let losses: Vec<f64> = step.iter().map(|&step| loss(step as f64 / 1_000.0)).collect();
    Curve {
        step,
        train: losses.clone(),
        validation: losses,
    }
}

#[test]
fn a_curve_that_levels_off_raises_nothing() {
    let settled = curve(|t| 1.0 + (-10.0 * t).exp(), 50);
    assert_eq!(Finding::in_curve(&settled, 1_000, 1_000), None);
    // Best early by a hair: that is noise.
    let level = curve(|t| 1.0 + (-20.0 * t).exp() + 0.01 * t, 50);
    assert_eq!(Finding::in_curve(&level, 300, 1_000), None);
    assert_eq!(Finding::in_curve(&Curve::default(), 0, 1_000), None);
}

#[test]
fn rising_and_falling_ends_are_found() {
    let rising = curve(|t| 1.0 + (t - 0.2).powi(2), 40);
    let found = Finding::in_curve(&rising, 200, 1_000).unwrap();
    assert!(matches!(
        found,
        Finding::Overfitted {
            best_step: 200,
            steps: 800,
            ..
        }
    ));
    let falling = curve(|t| 1.0 - t, 50);
    let Some(Finding::StillFalling { share }) = Finding::in_curve(&falling, 1_000, 1_000) else {
        panic!("a straight fall is still falling at its end");
    };
    assert!((share - 0.2 / 0.98).abs() < 1e-12);
    // A hair of a large loss is noise.
    assert_eq!(Finding::in_curve(&curve(|t| 1e5 - t, 50), 1_000, 1_000), None);
    // Stopped before the end, it had not improved for a while: nothing to add.
    assert_eq!(Finding::in_curve(&falling, 1_000, 2_000), None);
}

#[test]
fn words_name_a_remedy_and_json_comes_back() {
    for finding in [
        Finding::Diverged { step: 9, best_step: 3 },
        Finding::in_weights(Some(0.001), RatioErrors::Squared).unwrap(),
        Finding::in_weights(Some(0.001), RatioErrors::Relative).unwrap(),
        Finding::in_outputs(&[1.0, -31.0], None, 30.0).unwrap(),
        Finding::in_classes(&[1.0, -8.0, 9.0, 9.0]).unwrap(),
        Finding::ManyInputs { inputs: 4_098 },
        Finding::Constant(ConstantColumns::Constant {
            names: vec!["m".into()],
        }),
        Finding::in_loss(100.0, 0.5, 7.0).unwrap(),
        Finding::StillFalling { share: 0.4 },
        Finding::in_gain(Mean {
            value: -0.0004,
            standard_error: 0.0002,
        })
        .unwrap(),
        Finding::in_coverage(vec![SizeCoverage::new(100, &[0.9; 100], 0, &[0.68, 0.95])]).unwrap(),
        Finding::in_means(
            &HeldOutMeans {
                calibration_error: Some(0.1),
                calibration_chance: Some(0.02),
                ..HeldOutMeans::default()
            },
            &[],
        )
        .unwrap(),
        Finding::Unresolved {
            points: 1.1,
            relabeled: true,
        },
        Finding::Unresolved {
            points: 1.1,
            relabeled: false,
        },
        Finding::UnknownPosteriors {
            share: 0.2,
            relabeled: false,
        },
        Finding::UnmappedPrior,
        Finding::UnusedEvents,
    ] {
        let words = finding.to_string();
        let remedies = ["remove", "--", "choose", "mine more", "bring", "narrow", "calibrate"];
        assert!(
            words.contains(':') && remedies.iter().any(|remedy| words.contains(remedy)),
            "{words}"
        );
        let json = serde_json::to_string(&finding).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&json).unwrap(), finding);
    }
    let learned = Mean {
        value: 0.09,
        standard_error: 0.01,
    };
    assert_eq!(Finding::in_gain(learned), None);
    assert_eq!(Finding::in_coverage(vec![]), None);
    assert_eq!(Finding::in_weights(None, RatioErrors::Squared), None);
    assert_eq!(Finding::in_weights(Some(0.2), RatioErrors::Squared), None);
    assert_eq!(Finding::in_outputs(&[1.0, -2.0], None, 30.0), None);
    // Gold says so, and that is what it is for.
    let sure = [&[2.0, 0.0][..], &[0.0, 2.0][..]];
    assert_eq!(Finding::in_outputs(&[40.0, -40.0], Some(sure), 30.0), None);
    assert_eq!(Finding::in_classes(&[0.5, -0.5, 0.1, 9.0]), None);
    assert_eq!(Finding::in_loss(1.0, 0.5, 7.0), None);
}

fn mean(value: f64, standard_error: f64) -> Mean {
    Mean { value, standard_error }
}

/// A mean counts if it is off by more than chance and by as much as matters. A mean ratio does not: its tail may be unseen.
#[test]
fn biased_means_are_told_from_chance() {
    let names = ["a", "b"].map(String::from);
    let found = |shares: f64, score: Mean| {
        let held_out = HeldOutMeans {
            mean_ratio: Some(mean(0.25, 0.01)),
            calibration_error: Some(shares),
            calibration_chance: Some(0.02),
            mean_score: vec![mean(0.0, 0.01), score],
            score_size: vec![1.0, 2.0],
            ..HeldOutMeans::default()
        };
        match Finding::in_means(&held_out, &names) {
            Some(Finding::Biased { means }) => means,
            _ => vec![],
        }
    };
    let right = mean(0.0, 0.01);
    assert_eq!(found(0.055, right), []);
    let shares = BiasedMean::ClassShares {
        error: 0.07,
        chance: 0.02,
    };
    assert_eq!(found(0.07, right), [shares]);
    let score = BiasedMean::Score {
        parameter: "b".into(),
        mean: mean(-0.2, 0.02),
        size: 2.0,
    };
    assert_eq!(found(0.02, mean(-0.2, 0.02)), [score]);
    assert_eq!(found(0.02, mean(-0.09, 0.01)), []);
}

#[test]
fn uneven_ratios_have_relative_errors() {
    let suited = [None, Some(0.88), Some(0.06)].map(RatioErrors::suited_to);
    assert_eq!(
        suited,
        [RatioErrors::Squared, RatioErrors::Squared, RatioErrors::Relative]
    );
}
