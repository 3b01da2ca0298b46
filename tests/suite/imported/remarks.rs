//! What MadMiner evaluates otherwise than it trains, and what its files say that is not so, is named.

use std::fs;

use motherlode::likelihood::{LogRatio, Score};
use motherlode::nn::ImportOptions;

use super::{
    assert_rows_agree, assert_rows_agree_to, beside, copied, data, imported, reference, row, rows, with_setting,
};

/// Absolute, and relative where larger than 1: for gradients in f32 of a flow, some of whose units are saturated at bare θ.
const SINGLE: f64 = 1e-5;

/// MadMiner forgets the scaling of θ when it evaluates these: so do we, and say so, unless asked not to.
#[test]
fn forgotten_scalings_are_kept_and_named_or_mended_on_demand() {
    let all = reference("edge");
    let (x, thetas) = (rows(&all["x"]), rows(&all["theta"]));
    let [first, second] = [0, 1].map(|k| thetas.row(k).to_vec());
    for (scale_theta, suffix, word) in [
        (false, "", "does not when it evaluates"),
        (true, "_of_scaled_theta", "as in training"),
    ] {
        let options = ImportOptions {
            scale_theta,
            ..ImportOptions::default()
        };
        let answer = |name: &str, what: &str| all["estimators"][name][format!("{what}{suffix}")].clone();
        let double = imported(&data("edge/double"), &options);
        assert!(double.import().remarks.iter().any(|remark| remark.contains(word)));
        let log_ratio = double.log_ratio(x.view(), &first, &second).unwrap();
        assert_rows_agree(&log_ratio, &row(&answer("double", "log_r_hat")[0]), "double");
        assert_eq!(double.log_ratio(x.view(), &second, &first).unwrap(), -log_ratio);
        let score = double.score(x.view(), &first).unwrap();
        assert_rows_agree(&score, &rows(&answer("double", "t_hat")[0]), "score of double");

        for name in ["flow", "flow_deep", "flow_narrow"] {
            let flow = imported(&data("edge").join(name), &options);
            assert!(flow.import().remarks.iter().any(|remark| remark.contains(word)));
            let volume = all["estimators"][name]["log_volume"].as_f64().unwrap();
            for (k, theta) in [&first, &second].into_iter().enumerate() {
                let scaled = flow.log_likelihood(x.view(), theta).unwrap() + volume;
                assert_rows_agree(&scaled, &row(&answer(name, "log_p_hat")[k]), name);
                let score = flow.score(x.view(), theta).unwrap();
                let expected = rows(&answer(name, "t_hat")[k]);
                assert_rows_agree_to(SINGLE, &score, &expected, &format!("score of {name}"));
            }
        }
    }
}

/// Where MadMiner's own files say something that is not so.
#[test]
fn sigmoids_that_are_relus_and_scalings_of_nothing_are_named() {
    let all = reference("edge");
    let x = rows(&all["x"]);
    let theta = rows(&all["theta"]).row(0).to_vec();
    let (_dir, name) = copied("ratio_relu");
    with_setting(&name, "activation", "sigmoid".into());
    let relu = imported(&name, &ImportOptions::default());
    assert!(relu.import().remarks.iter().any(|remark| remark.contains("sigmoid")));
    let log_ratio = relu.log_ratio_to_denominator(x.view(), &theta).unwrap();
    assert_rows_agree(
        &log_ratio,
        &row(&all["estimators"]["ratio_relu"]["log_r_hat"][0]),
        "sigmoid",
    );

    let unscaled = imported(&data("edge/ratio_unscaled_x"), &ImportOptions::default());
    assert!(
        unscaled
            .import()
            .remarks
            .iter()
            .any(|remark| remark.contains("not scaled"))
    );
    assert!(unscaled.log_ratio_to_denominator(x.view(), &theta).is_ok());

    let (_dir, name) = copied("ratio_relu");
    for file in ["x_means.npy", "x_stds.npy"] {
        fs::remove_file(beside(&name, file)).unwrap();
    }
    let left_behind = imported(&name, &ImportOptions::default());
    assert!(
        left_behind
            .import()
            .remarks
            .iter()
            .any(|remark| remark.contains("left behind"))
    );
    assert_ne!(
        left_behind.log_ratio_to_denominator(x.view(), &theta).unwrap(),
        log_ratio
    );
}
