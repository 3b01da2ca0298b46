use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array1, Array2};

use super::super::batch_loader::Cursor;
use super::*;
use crate::network::{Activation, MlpConfig};
use crate::train::checkpoint::step_of;
use crate::train::{Optimizer, RowSources, StoredLabels};
use crate::{Architecture, Head, Method, RatioErrors, Scaling};

/// Few events with random labels, and their like to validate with.
fn noise(scaling: &Scaling, data: &[Array2<f64>; 2], y: &Array1<f64>) -> [Rows; 2] {
    let rows = |y: &Array1<f64>| Rows::of_classes(&data[0], &data[1], y, scaling);
    [rows(y), rows(&y.mapv(|y| 1.0 - y))]
}

/// How a training of theirs differs from the ordinary.
#[derive(Default)]
struct Case<'a> {
    optimizer: Optimizer,
    clip: Option<f64>,
    learning_rate: Option<f64>,
    keep: Option<&'a Path>,
    copy: Option<(usize, &'a Path)>,
    steps: Option<usize>,
    /// Stops the training at this question; a checkpoint is then written at the stop only.
    stop: Option<usize>,
}

/// Copies the checkpoint at a step, and stops after another.
struct Observer<'a> {
    case: &'a Case<'a>,
    asked: AtomicUsize,
}

impl Progress for Observer<'_> {
    fn report(&self, step: u64, _: u64) {
        if let (Some((at, to)), Some(from)) = (self.case.copy, self.case.keep)
            && step == at as u64
        {
            std::fs::copy(from, to).unwrap();
        }
    }

    /// The loop asks once after each step, and before each block of a validation.
    fn is_stopped(&self) -> bool {
        let question = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        self.case.stop.is_some_and(|stop| question >= stop)
    }
}

/// The network is soon worse on new events than it was.
fn overfit(case: &Case) -> Result<(Fitted, f64)> {
    let n = 60;
    let x = Array2::from_shape_fn((n, 1), |(i, _)| ((i * 7919) % 101) as f64);
    let theta = Array2::from_shape_fn((n, 1), |(i, _)| ((i * 104_729) % 89) as f64);
    let y = Array1::from_shape_fn(n, |i| ((i * 31) % 7 % 2) as f64);
    let scaling = Scaling::of(x.view(), theta.view());
    let [rows, others] = noise(&scaling, &[x, theta], &y);
    let settings = Settings {
        steps: Some(case.steps.unwrap_or(2_000)),
        patience: 1.0,
        optimizer: case.optimizer,
        clip: case.clip,
        learning_rate: case.learning_rate,
        ..Settings::default()
    };
    let settings = settings.for_method(Method::Alice);
    let device = Device::flex().autodiff();
    let config = MlpConfig {
        inputs: 2,
        hidden: vec![60, 60],
        outputs: 1,
        activation: Activation::Silu,
    };
    let architecture = Architecture::Perceptron(config);
    let objective = Objective {
        method: Method::Carl,
        head: Head::Plain,
        ratio_errors: RatioErrors::Squared,
        alpha: 0.0,
        n_parameters: 1,
    };
    let keeper = case.keep.map(|path| {
        let keeper = CheckpointKeeper::new(path, &"noise").unwrap();
        if case.stop.is_some() { keeper } else { keeper.eager() }
    });
    let from = keeper.as_ref().and_then(|keeper| keeper.load().unwrap());
    let start = from.as_ref().map_or(Cursor::default(), |from| from.state.cursor);
    let mut source = StoredLabels::new(&RowSources {
        method: Method::Carl,
        settings: &settings,
        scaling: &scaling,
        architecture: &architecture,
        relabeler: None,
        derived_by: None,
        augmentation: None,
        score_scale: None,
    });
    source.rows = rows;
    let mut batches = BatchLoader::from_rows(Box::new(source), start, &settings);
    let task = |keeper| Task {
        objective,
        validation: &others,
        settings: &settings,
        device: &device,
        keeper,
    };
    let progress = Observer {
        case,
        asked: AtomicUsize::new(0),
    };
    let network = architecture.init(1, &device)?;
    let fitted = fit(network, from, &mut batches, task(keeper), &progress)?;
    let losses = evaluate(&fitted.network, &objective, &task(None), &())?;
    let loss = losses.iter().sum::<f64>() / losses.len() as f64;
    Ok((fitted, loss))
}

fn overfitted(optimizer: Optimizer, clip: Option<f64>) -> (Fitted, f64) {
    let case = Case {
        optimizer,
        clip,
        ..Case::default()
    };
    overfit(&case).unwrap()
}

#[test]
fn the_weights_of_the_lowest_validation_loss_come_back() {
    let (fitted, loss) = overfitted(Optimizer::Adam, None);
    let lowest = fitted.curve.validation.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(loss, lowest);
    assert!(
        fitted.curve.validation.last().unwrap() > &(lowest * 1.1),
        "the test wants a network that overfits: {:?}",
        fitted.curve
    );
    assert!(fitted.best_step < fitted.steps);
    assert!(matches!(fitted.findings[..], [Finding::Overfitted { .. }]));
}

#[test]
fn an_interrupted_training_goes_on_to_the_same_weights() {
    let directory = tempfile::TempDir::new().unwrap();
    for optimizer in [Optimizer::Adam, Optimizer::Amsgrad] {
        let [state, killed] = ["state", "killed"].map(|name| directory.path().join(name));
        let case = |keep, copy| Case {
            optimizer,
            keep,
            copy,
            steps: Some(250),
            ..Case::default()
        };
        let (untouched, _) = overfit(&case(None, None)).unwrap();
        let (kept, _) = overfit(&case(Some(&state), Some((150, &killed)))).unwrap();
        // The state of step 150, whose validation had not ended.
        let (resumed, _) = overfit(&case(Some(&killed), None)).unwrap();
        // And that of the end.
        let (through, _) = overfit(&case(Some(&state), None)).unwrap();
        for other in [kept, resumed, through] {
            assert_eq!(other.network.tensors(), untouched.network.tensors());
            assert_eq!(
                (other.curve, other.best_step),
                (untouched.curve.clone(), untouched.best_step)
            );
        }
        for file in [state, killed] {
            std::fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn a_stopped_training_leaves_a_checkpoint_and_goes_on_to_the_same_weights() {
    let directory = tempfile::TempDir::new().unwrap();
    let state = directory.path().join("state");
    let case = |keep, stop| Case {
        keep,
        stop,
        steps: Some(100),
        ..Case::default()
    };
    let (untouched, _) = overfit(&case(None, None)).unwrap();
    // Of two steps, the second is validated on 20 blocks: the third question is that before the first of these.
    for (stop, step) in [(1, 1), (3, 2), (37, 4), (88, 8), (1_079, 99), (1_090, 100)] {
        let error = overfit(&case(Some(&state), Some(stop))).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!(step_of(&state), Some(step));
        let (resumed, _) = overfit(&case(Some(&state), None)).unwrap();
        assert_eq!(resumed.network.tensors(), untouched.network.tensors());
        assert_eq!(
            (resumed.curve, resumed.best_step),
            (untouched.curve.clone(), untouched.best_step)
        );
        std::fs::remove_file(&state).unwrap();
    }
}

#[test]
fn when_the_loss_is_no_number_the_best_weights_so_far_are_kept() {
    let at_once = Case {
        learning_rate: Some(1e30),
        ..Case::default()
    };
    let message = overfit(&at_once).err().unwrap().to_string();
    assert!(message.contains("lower --learning-rate"), "{message}");
}

#[test]
fn training_is_reproducible_to_the_last_bit() {
    for optimizer in [Optimizer::Adam, Optimizer::Amsgrad] {
        let [(a, _), (b, _)] = [overfitted(optimizer, Some(0.5)), overfitted(optimizer, Some(0.5))];
        assert_eq!(a.network.tensors(), b.network.tensors());
    }
    let parameters = |optimizer, clip| overfitted(optimizer, clip).0.network.tensors();
    let plain = parameters(Optimizer::Adam, None);
    assert_ne!(plain, parameters(Optimizer::Amsgrad, None));
    assert_ne!(plain, parameters(Optimizer::Adam, Some(1e-3)));
}
