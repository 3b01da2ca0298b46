//! Particles and missing momentum are measured with the resolution that an analysis gives.

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;

use super::{COUNTING, ONE, assert_within, convert, lhe, samples};

#[test]
fn smearing_has_the_resolution_it_was_given() {
    let analysis = |smearing: &str| {
        format!(
            "{COUNTING}pt = \"mu[0].pt if mu[0].charge < 0 else mu[1].pt\"\neta = \"mu[0].eta\"\nphi = \"mu[0].deltaphi(mu[1])\"\n\
             mass = \"mu[0].m\"\n[[samples]]\nfile = \"FOLDER/x.lhe\"\nbenchmark = \"sm\"\n{smearing}"
        )
    };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.lhe"), lhe("", &[3.0; 4000])).unwrap();
    let columns = |smearing: &str, seed: u64| -> BTreeMap<String, Vec<f64>> {
        let text = analysis(smearing).replace("FOLDER", &folder.path().display().to_string());
        let (_, file, _written) = convert(&text, seed).unwrap();
        let names = file.setup.observables.iter().enumerate();
        names
            .map(|(i, (name, _))| (name.clone(), samples(&file).observations.column(i).to_vec()))
            .collect()
    };
    // Deviation with its standard error, √(2/n) of it.
    let deviates = |values: &[f64], mean: f64, sigma: f64| {
        let n = values.len() as f64;
        assert_within(values.iter().sum::<f64>() / n, mean, sigma / n.sqrt(), "mean");
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
        assert_within(variance, sigma * sigma, sigma * sigma * (2.0 / n).sqrt(), "variance");
    };
    let muons =
        "[[smearing]]\nparticles = [\"mu\"]\npt = [0.5, 0.02]\nenergy = \"mass-shell\"\neta = 0.03\nphi = 0.04\n";
    let smeared = columns(muons, 1);
    deviates(&smeared["pt"], 45.6, 0.5 + 0.02 * 45.6);
    deviates(&smeared["eta"], 0.0, 0.03);
    let turned: Vec<f64> = smeared["phi"]
        .iter()
        .map(|phi| phi.rem_euclid(std::f64::consts::TAU))
        .collect();
    deviates(&turned, std::f64::consts::PI, 0.04 * std::f64::consts::SQRT_2);
    assert!(
        smeared["mass"].iter().all(|mass| mass.abs() < 1e-4),
        "on the mass shell"
    );
    assert_eq!(columns(muons, 1), smeared, "same seed");
    assert_ne!(columns(muons, 2), smeared, "another seed");
    // The last that speaks of a particle counts.
    let last = format!("{muons}[[smearing]]\nparticles = [13, -13]\n");
    assert!(columns(&last, 1)["pt"].iter().all(|pt| *pt == 45.6));
}

/// Noise of what is missing grows with the scalar sum of pT, which is 91.2 GeV.
#[test]
fn what_is_missing_has_the_noise_it_was_given() {
    let samples = format!("{ONE}[usual_observables]\nleptons = 1\n");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.lhe"), lhe("", &[3.0; 4000])).unwrap();
    let text = format!(
        "met_noise = [1, 0.1]\n{COUNTING}{}",
        samples.replace("HERE", &folder.path().display().to_string())
    );
    let (_, file, _written) = convert(&text, 3).unwrap();
    let names: Vec<&str> = file.setup.observables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names[..6],
        ["et_miss", "phi_miss", "e_visible", "eta_visible", "n_ls", "e_l1"]
    );
    assert_eq!(names[names.len() - 2..], ["n", "m"]);
    // Of two Gaussian components, the mean square is twice the variance; it has a standard deviation as large.
    let missing = self::samples(&file).observations.column(0).mapv(|met| met * met);
    let expected = 2.0 * 10.12f64.powi(2);
    assert_within(
        missing.sum() / 4000.0,
        expected,
        expected / 4000.0f64.sqrt(),
        "missing momentum",
    );
}
