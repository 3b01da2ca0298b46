//! Distributions of hypotheses as they are asked for on the command line, of event files with nuisance parameters above all.

use std::path::Path;

use motherlode::dataset::AugmentedData;
use motherlode::gold::Design;
use tempfile::TempDir;

use crate::command_line::{failure, json, numbers, refused, run};
use crate::event_files::events;
use crate::tolerance::z_score;

/// Events of the file of two parameters of the theory and two of systematics.
fn mined(n: usize, options: &str) -> AugmentedData {
    let dir = TempDir::new().unwrap();
    run(dir.path(), &format!("mine {} -n {n} -o mined.h5 {options}", events()));
    AugmentedData::read(&dir.path().join("mined.h5")).unwrap()
}

fn refusal(options: &str) -> String {
    let dir = TempDir::new().unwrap();
    let (_, message) = failure(dir.path(), &format!("mine {} -n 10 -o mined.h5 {options}", events()));
    assert!(!dir.path().join("mined.h5").exists(), "{options}");
    message
}

fn column(data: &AugmentedData, j: usize) -> Vec<f64> {
    data.theta0.column(j).to_vec()
}

fn distinct(data: &AugmentedData) -> usize {
    let mut points: Vec<Vec<u64>> = data
        .theta0
        .rows()
        .into_iter()
        .map(|row| row.iter().map(|v| v.to_bits()).collect())
        .collect();
    points.sort_unstable();
    points.dedup();
    points.len()
}

/// The first moments of a uniform and of a normal distribution.
#[test]
fn theory_is_flat_and_systematics_are_as_constrained() {
    let data = mined(4_000, "--box=-0.5:1,0:0.5 --nuisance gaussian");
    for (j, (middle, half)) in [(0.25, 0.75), (0.25, 0.25)].into_iter().enumerate() {
        let values = column(&data, j);
        assert!(values.iter().all(|value| (value - middle).abs() <= half));
        let moments = |k: i32| {
            values
                .iter()
                .map(|value| ((value - middle) / half).powi(k))
                .collect::<Vec<_>>()
        };
        assert!(z_score(&moments(1)).abs() < 5.0);
        assert!(z_score(&moments(2).iter().map(|square| square - 1.0 / 3.0).collect::<Vec<_>>()).abs() < 5.0);
    }
    for j in 2..4 {
        let values = column(&data, j);
        let fourth: Vec<f64> = values.iter().map(|value| value.powi(4) - 3.0).collect();
        let square: Vec<f64> = values.iter().map(|value| value.powi(2) - 1.0).collect();
        for moment in [&values, &square, &fourth] {
            assert!(z_score(moment).abs() < 5.0, "{}", z_score(moment));
        }
    }
    assert!(matches!(data.header.design, Design::Prior { theta1, .. } if theta1[2..] == [0.0, 0.0]));
}

#[test]
fn systematics_vary_in_their_box_or_stay_nominal() {
    let flat = mined(500, "--box=-0.5:1,0:0.5 --nuisance flat");
    assert!(column(&flat, 2).iter().all(|nu| nu.abs() <= 3.0) && column(&flat, 2).iter().any(|nu| nu.abs() > 2.5));
    let nominal = mined(50, "--gaussian=0:0.2,0:0.2 --nuisance nominal");
    assert!(
        nominal
            .theta0
            .rows()
            .into_iter()
            .all(|theta| theta[2] == 0.0 && theta[3] == 0.0 && theta[0] != 0.0)
    );
    // A point of the theory, and what is known of systematics around it.
    let around = mined(50, "--theta0 0.5,-0.3 --nuisance gaussian");
    assert!(
        around
            .theta0
            .rows()
            .into_iter()
            .all(|theta| theta[0] == 0.5 && theta[1] == -0.3 && theta[2] != 0.0)
    );
}

#[test]
fn points_are_given_by_their_names_without_systematics_or_in_full() {
    let dir = TempDir::new().unwrap();
    let inspected = json(dir.path(), &format!("inspect {}", events()));
    let benchmarks = inspected["benchmarks"].as_array().unwrap();
    let benchmark = benchmarks
        .iter()
        .find(|benchmark| benchmark["theta"][0] != 0.0)
        .unwrap();
    let name = benchmark["name"].as_str().unwrap();
    let theta = numbers(benchmark, "/theta");
    let written = format!("{},{}", theta[0], theta[1]);
    let by_name = mined(20, &format!("--theta0 {name} --theta1 0,0"));
    let by_values = mined(20, &format!("--theta0={written} --theta1 0,0,0,0"));
    assert_eq!(by_name, by_values);
    assert_eq!(by_name.theta0.row(0).to_vec(), [theta[0], theta[1], 0.0, 0.0]);

    let several = mined(300, &format!("--theta0 {name} --theta0 0,0 --theta0 0.5,-0.3,1,1"));
    assert_eq!(distinct(&several), 3);
    let log_ratio = several.joint_log_ratio.as_ref().unwrap();
    assert!(log_ratio.iter().any(|log_ratio| *log_ratio != 0.0));
}

#[test]
fn few_points_of_a_prior_stand_for_it() {
    let data = mined(2_000, "--nuisance gaussian --points 40");
    assert_eq!(distinct(&data), 40);
    // Labels of other points than these are not asked for, and those that are there suffice.
    let dir = TempDir::new().unwrap();
    run(
        dir.path(),
        &format!("mine {} -n 400 --points 5000 -o mined.h5", events()),
    );
    let model = json(
        dir.path(),
        "train alices mined.h5 -o alices.model --steps 50 --hidden 5",
    );
    assert!(model.to_string().contains("stored"), "{model}");
}

#[test]
fn what_does_not_go_together_is_named() {
    let cases = [
        (
            "--box=0:1,0:1,0:0,0:0 --nuisance gaussian",
            "give 2 values for the others, not 4",
        ),
        (
            "--theta0 0,0 --theta0 1,0 --nuisance flat",
            "needs a prior or one --theta0",
        ),
        ("--theta0 0,0,1,0 --nuisance flat", "omit their values"),
        ("--theta0 nowhere", "there is no benchmark `nowhere`"),
        ("--theta0 1,2,3", "give 2 finite values (CWL2, CPWL2); or 4"),
        ("--points 0", "give 1 to 10000"),
        ("--points 10001", "give 1 to 10000"),
    ];
    for (options, expected) in cases {
        let message = refusal(options);
        assert!(message.contains(expected), "{options}: {message}");
    }
    refused(
        Path::new("."),
        "mine galton -n 10 -o mined.h5 --nuisance flat",
        "has no nuisance parameters",
    );
}
