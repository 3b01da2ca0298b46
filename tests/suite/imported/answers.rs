//! Ratios, scores and densities are those of MadMiner, whatever the network is made of.

use std::fs;
use std::path::Path;

use motherlode::Estimator;
use motherlode::likelihood::{LogRatio, Score};
use motherlode::nn::ImportOptions;

use super::{assert_rows_agree, at, data, imported, reference, row, rows};

/// The volume of scaled x in user units, by hand from the scales that MadMiner has saved in single precision.
fn log_volume(name: &Path) -> f64 {
    let bytes = fs::read(format!("{}_x_stds.npy", name.display())).unwrap();
    let scales = bytes[128..].chunks_exact(4);
    scales
        .map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())).ln())
        .sum()
}

#[test]
fn the_toys_of_madminer_answer_as_they_did() {
    for (folder, p) in [("toy2d_quadratic", 2), ("toy2d_nuisance", 4)] {
        let all = reference(folder);
        let name = |estimator: &str| data(folder).join(estimator);
        let origin = vec![0.0; p];

        let (sally, expected) = (imported(&name("sally"), &at(&origin)), &all["sally"]);
        let score = sally.score(rows(&expected["x"]).view(), &origin).unwrap();
        assert_rows_agree(&score, &rows(&expected["t_hat"]), &format!("{folder}, sally"));

        let (ensemble, expected) = (imported(&name("ensemble"), &at(&origin)), &all["ensemble"]);
        assert_eq!(ensemble.n_members(), 2);
        let (score, spread) = ensemble
            .score_with_spread(rows(&expected["x"]).view(), &origin)
            .unwrap();
        assert_rows_agree(&score, &rows(&expected["mean_score"]), &format!("{folder}, ensemble"));
        assert!(spread.unwrap().iter().all(|spread| *spread > 0.0));

        let (alices, expected) = (imported(&name("alices"), &ImportOptions::default()), &all["alices"]);
        let (x, theta) = (rows(&expected["x"]), rows(&expected["theta"]));
        let [at_0, at_1] = [0, 1].map(|k| theta.row(k).to_vec());
        for (k, theta) in [&at_0, &at_1].into_iter().enumerate() {
            let log_ratio = alices.log_ratio_to_denominator(x.view(), theta).unwrap();
            assert_rows_agree(
                &log_ratio,
                &row(&expected["log_r_hat"][k]),
                &format!("{folder}, alices"),
            );
        }
        let difference = row(&expected["log_r_hat"][0]) - row(&expected["log_r_hat"][1]);
        let log_ratio = alices.log_ratio(x.view(), &at_0, &at_1).unwrap();
        assert_rows_agree(&log_ratio, &difference, &format!("{folder}, ratio of alices"));
        let score = alices.score(x.view(), &at_1).unwrap();
        assert_rows_agree(
            &score,
            &rows(&expected["score_at_theta_1"]),
            &format!("{folder}, score of alices"),
        );

        let (scandal, expected) = (imported(&name("scandal"), &ImportOptions::default()), &all["scandal"]);
        let volume = log_volume(&name("scandal"));
        for k in 0..2 {
            let theta = rows(&expected["theta"]).row(k).to_vec();
            let log_likelihood = scandal.log_likelihood(rows(&expected["x"]).view(), &theta).unwrap();
            let scaled = log_likelihood + volume;
            assert_rows_agree(&scaled, &row(&expected["log_p_hat"][k]), &format!("{folder}, scandal"));
        }
    }
}

#[test]
fn every_activation_and_scaling_answers_as_in_madminer() {
    let all = reference("edge");
    let (x, thetas) = (rows(&all["x"]), rows(&all["theta"]));
    let names = [
        "ratio_tanh",
        "ratio_softplus",
        "ratio_relu",
        "ratio_lrelu",
        "ratio_elu",
        "ratio_selu",
        "ratio_log_sigmoid",
        "ratio_unscaled_theta",
        "ratio_features",
    ];
    for name in names {
        let estimator = imported(&data("edge").join(name), &ImportOptions::default());
        let expected = &all["estimators"][name];
        for (k, theta) in thetas.rows().into_iter().enumerate() {
            let theta = theta.to_vec();
            let log_ratio = estimator.log_ratio_to_denominator(x.view(), &theta).unwrap();
            assert_rows_agree(&log_ratio, &row(&expected["log_r_hat"][k]), name);
            let score = estimator.score(x.view(), &theta).unwrap();
            assert_rows_agree(&score, &rows(&expected["t_hat"][k]), name);
        }
    }
    let score = imported(&data("edge/score_features"), &at(&[0.5, 20.0]));
    let found = score.score(x.view(), &[0.5, 20.0]).unwrap();
    assert_rows_agree(
        &found,
        &rows(&all["estimators"]["score_features"]["t_hat"]),
        "score_features",
    );
    assert!(score.score(x.view(), &[0.5, 21.0]).is_err());
    assert!(score.log_ratio(x.view(), &[0.5, 20.0], &[0.5, 21.0]).is_err());
}
