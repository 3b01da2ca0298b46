//! The weights of a file at several benchmarks give those anywhere, as the generator would reweight it.

use std::fs;

use motherlode_hep::lhe::analysis::BenchmarkPlan;
use motherlode_hep::madminer::BasisSearch;
use tempfile::TempDir;

use super::{assert_close, convert, data, samples};
use crate::shared::shared;

const HIGGSSTRAHLUNG: &str = r#"
reference = "sm"
[parameters]
theta_W = { range = [-0.5, 0.5], card = ["dim6", 2] }
theta_WW = { range = [-0.5, 0.5], card = ["dim6", 7] }
[benchmarks]
sm = [0, 0]
w_p = [0.5, 0]
w_m = [-0.5, 0]
ww_p = [0, 0.5]
ww_m = [0, -0.5]
w_ww = [0.4, 0.4]
chk_0 = [0.3, -0.2]
chk_1 = [-0.1, 0.15]
chk_2 = [0.05, -0.05]
[[samples]]
file = "FILE"
benchmark = "chk_2"
[observables]
m_mumu = "(mu[0] + mu[1]).m"
m_bb = "sum(j).m"
recoil = "(mu[0] + mu[1]).e + sum(j).e"
"#;

/// The amplitude is linear in both coefficients, and weights are printed with eight digits: six points give all others.
#[test]
fn a_matrix_element_morphs_as_the_generator_reweights() {
    let whole = shared("data/lhe/eemumuH_250GeV_eft.lhe.gz");
    for path in [Some(data("eemumuH_60.lhe.gz")), whole].into_iter().flatten() {
        let (conversion, file, _folder) =
            convert(&HIGGSSTRAHLUNG.replace("FILE", &path.display().to_string()), 0).unwrap();
        let morphing = file.setup.morphing.as_ref().unwrap();
        for check in ["chk_0", "chk_1", "chk_2"] {
            let b = file.setup.benchmark(check).unwrap();
            let (basis, _) = morphing.weights(&file.setup.benchmarks[b].theta);
            for (event, row) in samples(&file).weights.rows().into_iter().enumerate() {
                let morphed: f64 = basis.iter().zip(row).map(|(weight, at)| weight * at).sum();
                assert_close(morphed, row[b], 2e-7, &format!("event {event} at {check}"));
            }
        }
        // All energy of the beams is in the two muons and the two b quarks.
        let energies = samples(&file).observations.column(2);
        energies
            .iter()
            .for_each(|energy| assert_close(*energy, 250.0, 1e-8, "energy"));
        let said = conversion.samples[0]
            .notes
            .iter()
            .any(|note| note.contains("asked for 6000 events, and there are 60"));
        assert_eq!(said, path.ends_with("eemumuH_60.lhe.gz"));
    }
}

/// Six monomials of two coefficients: with one point of its own, an analysis needs five more, and they are as good as those that a person
/// chose (mean squared weight of the six above: 1.6 times as large).
#[test]
fn benchmarks_are_proposed_before_there_are_events() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("plan.toml");
    let plan = |text: &str| {
        fs::write(&path, text).unwrap();
        BenchmarkPlan::read(&path, BasisSearch::default())
    };
    let (parameters, _) = HIGGSSTRAHLUNG.split_once("w_p =").unwrap();
    let found = plan(parameters).unwrap();
    assert_eq!((found.proposed.len(), found.morphing.components().len()), (5, 6));
    let whole = plan(HIGGSSTRAHLUNG).unwrap();
    assert!(whole.proposed.is_empty() && found.mean_squared_weight < whole.mean_squared_weight);
    // At every benchmark, its own weight is 1 and all others are 0.
    for (b, benchmark) in found.proposed.iter().enumerate() {
        let (weights, _) = found.morphing.weights(&benchmark.theta);
        assert!(
            weights
                .iter()
                .enumerate()
                .all(|(i, weight)| (weight - f64::from(u8::from(i == b + 1))).abs() < 1e-9)
        );
    }
    let degenerate = parameters.replace("sm = [0, 0]", "sm = [0, 0]\nagain = [0, 0]");
    assert!(plan(&degenerate).unwrap_err().to_string().contains("0"));
}

/// The physics would be wrong without a word: the first weight of an event is that of where it was generated.
#[test]
fn samples_that_were_generated_elsewhere_are_refused_and_benchmarks_that_are_elsewhere_are_named() {
    let analysis = HIGGSSTRAHLUNG.replace("FILE", &data("eemumuH_60.lhe.gz").display().to_string());
    let elsewhere = convert(&analysis.replace("benchmark = \"chk_2\"", "benchmark = \"sm\""), 0).unwrap_err();
    assert!(
        elsewhere.contains("was not generated at `sm`") && elsewhere.contains("that of chk_2"),
        "{elsewhere}"
    );
    let (right, _, _folder) = convert(&analysis, 0).unwrap();
    assert_eq!(right.misfits(), Vec::<String>::new());
    let check = right.morphing_check().unwrap();
    assert_eq!((check.n_benchmarks, check.n_components, check.n_events), (9, 6, 60));
    assert!(check.worst.is_some_and(|worst| worst.rms < 1e-5 && worst.share == 0.0));
    let (wrong, _, _folder) = convert(&analysis.replace("w_p = [0.5, 0]", "w_p = [0.4, 0]"), 0).unwrap();
    let misfits = wrong.misfits();
    assert!(
        misfits[0].contains("the benchmark `w_p`, without which the others agree") && wrong.warnings() == misfits,
        "{misfits:?}"
    );
}
