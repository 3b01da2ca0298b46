//! The tasks of the benchmark: their densities, and draws from their posteriors.

mod closed_forms;
mod equations;
mod glm;
mod posteriors;
mod tasks;
mod two_moons;

use motherlode_core::mean::Mean;
use motherlode_core::trace::stream;
use motherlode_simulators::sbibm::Task;
use ndarray::{Array2, ArrayView1, Axis};

/// Means are judged at this many standard errors.
const FAR: f64 = 4.5;

/// θ from the prior of a task, and an observation.
fn pair(task: &dyn Task, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let parameters = task.parameters();
    let (mut theta, mut rng) = (vec![0.0; parameters.len()], stream(seed, 0, 0));
    task.prior().unwrap().draw(&parameters, &mut rng, &mut theta).unwrap();
    let x = task.sample(&theta, &mut rng).unwrap();
    (theta, x)
}

/// The mean of a function of θ over draws `[n, p]`.
fn mean(draws: &Array2<f64>, of: impl Fn(ArrayView1<f64>) -> f64) -> Mean {
    let values: Vec<f64> = draws.axis_iter(Axis(0)).map(of).collect();
    Mean::from_values(values.into_iter())
}

fn assert_same(found: Mean, expected: Mean, what: &str) {
    let error = found.standard_error.hypot(expected.standard_error);
    let far = (found.value - expected.value).abs() / error;
    assert!(far < FAR, "{what}: {found:?}, expected {expected:?}");
}
