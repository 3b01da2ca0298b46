//! Trainings that are killed go on where they were, to the same weights.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use motherlode::dataset::AugmentedData;
use motherlode::nn::{Labels, Method, Model, Settings, TrainingData};
use motherlode_simulators::Galton;
use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::command;
use crate::mined::over_the_prior;

fn mined(seed: u64, n: u64) -> AugmentedData {
    over_the_prior(&Galton::default(), seed, n)
}

fn run(dir: &Path, arguments: &str) -> Output {
    command(dir, arguments).output().unwrap()
}

/// Starts a training of `killed.model` and kills it once `state` is there.
fn kill(dir: &Path, arguments: &str, state: &Path) {
    let mut child = command(dir, arguments).stdout(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !state.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "the child keeps no state");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    assert!(
        !dir.join("killed.model").exists(),
        "the training was too short to be killed"
    );
}

/// Trains as `arguments` say to the end, and again with a kill at the moment when the checkpoint `state` appears.
fn survives(arguments: &str, state: &str) {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    mined(11, 20_000).write(&dir.join("data.h5")).unwrap();
    let untouched = run(dir, &arguments.replace("killed", "untouched"));
    assert!(
        untouched.status.success(),
        "{}",
        String::from_utf8_lossy(&untouched.stderr)
    );
    kill(dir, arguments, &dir.join(state));

    let other = run(dir, &format!("{arguments} --batch 100"));
    let message = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(
        !other.status.success() && message.contains("interrupted training of another"),
        "{message}"
    );
    let resumed = run(dir, arguments);
    let said: Value = serde_json::from_slice(&resumed.stdout).unwrap();
    let steps = said["resumed_at"].as_array().unwrap();
    assert!(
        !steps.is_empty() && steps.iter().all(|step| step.as_u64().unwrap() > 0),
        "{said}"
    );
    let read = |name| fs::read(dir.join(name)).unwrap();
    assert!(
        read("killed.model") == read("untouched.model"),
        "the resumed model differs"
    );
    let left = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left
        .filter(|name| name.to_string_lossy().contains(".training"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// In windows of half a mebibyte, and long enough to be killed in the middle.
#[test]
fn a_training_survives_sigkill() {
    survives(
        "train alices data.h5 -o killed.model --labels stored --memory 1 --hidden 50,50 --steps 8000 --json",
        "killed.model.training",
    );
}

/// The third member begins when one of the others is through, which is not trained again.
#[test]
fn an_ensemble_survives_sigkill() {
    survives(
        "train cascal data.h5 -o killed.model --members 3 --hidden 30,30 --steps 4000 --json",
        "killed.model.training.2",
    );
}

/// The same header, and other events.
#[test]
fn states_of_other_data_are_refused() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("some.training");
    let settings = Settings {
        steps: Some(30),
        hidden: vec![5],
        labels: Some(Labels::Stored),
        ..Settings::default()
    };
    let train = |data: &AugmentedData, settings: &Settings| {
        let data = TrainingData::from(data).resumed_from(&state);
        Model::train(Method::Alice, data, settings, &())
    };
    let data = mined(1, 300);
    let first = train(&data, &settings).unwrap();
    assert_eq!(TrainingData::from(&data).resumed_from(&state).interrupted_at(), [30]);
    let again = train(&data, &settings).unwrap();
    assert_eq!(first.provenance(), again.provenance());

    let mut altered = data.clone();
    if let Some(ratio) = &mut altered.joint_log_ratio {
        ratio[7] += 1e-9;
    }
    let other_seed = Settings {
        seed: 1,
        ..settings.clone()
    };
    for (data, settings) in [(&altered, &settings), (&data, &other_seed), (&mined(2, 300), &settings)] {
        let message = train(data, settings).unwrap_err().to_string();
        assert!(message.contains("other data, settings"), "{message}");
    }
    TrainingData::from(&data)
        .resumed_from(&state)
        .remove_checkpoints()
        .unwrap();
    assert!(!state.exists());
    assert!(train(&altered, &settings).is_ok());
}
