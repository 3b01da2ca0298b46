//! Parameter boxes of an analysis, from the estimator, the simulator and the user.

use super::Warning;
use super::constraints::constraints_of;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::{comma_separated, counted, exact};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::{Instrumented, Parameter};
use motherlode_core::{Domain, Estimator, ParameterBox};

/// Returns the parameter box of an analysis: `given`, or where the estimator was trained, or that of the simulator.
///
/// Ranges of nuisance parameters may all be left out of `given`. Parameters that never varied in training are held where they were.
///
/// # Errors
/// If no box is known, `given` reaches beyond the training, or no parameter is free.
pub fn parameter_box(
    given: Option<&[(f64, f64)]>,
    estimator: &dyn Estimator,
    names: &[String],
    simulator: Option<&dyn Instrumented>,
) -> Result<ParameterBox> {
    let known = known_box(estimator, simulator)?;
    let parameter_box = match (given, known) {
        (Some(given), known) => {
            let given = with_nuisance_ranges(given, known.as_ref(), simulator);
            check_ranges(&given, known.as_ref(), names, simulator)?;
            ParameterBox::new(given)?
        }
        (None, Some(known)) => known,
        (None, None) => {
            return Err(Error::usage(
                "the model does not record the parameter box of its training: give one with --box",
            ));
        }
    };
    match parameter_box.dimensions() {
        0 => Err(Error::usage(format!(
            "no hypotheses are left to compare: {} held fixed at {}; give a --box in which a parameter varies, or train over several hypotheses",
            if names.len() == 1 {
                "the parameter is"
            } else {
                "all parameters are"
            },
            comma_separated(&parameter_box.middle())
        ))),
        _ => Ok(parameter_box),
    }
}

/// Checks that an estimator knows more hypotheses than one pair.
///
/// # Errors
/// If it was trained on a pair.
pub fn check_several_hypotheses(estimator: &dyn Estimator) -> Result<()> {
    match estimator.domain() {
        Domain::Pair { theta0, theta1 } => Err(Error::usage(format!(
            "the model was trained to separate θ0 = {} from θ1 = {} and knows no other hypothesis: use `evaluate` for this pair, or train over \
             a parameter box to infer",
            comma_separated(&theta0),
            comma_separated(&theta1)
        ))),
        _ => Ok(()),
    }
}

/// Returns the ratios of an estimator.
///
/// # Errors
/// If it knows no ratios.
pub fn known_ratio(estimator: &dyn Estimator) -> Result<&dyn LogRatio> {
    estimator.as_ratio().ok_or_else(|| {
        Error::usage(format!(
            "{} knows no ratio of hypotheses: train a method that learns ratios, such as alices",
            estimator.name()
        ))
    })
}

/// Returns true if an estimator was trained at `theta`, or has it as the denominator; `None` if its training is not recorded.
pub fn was_trained_at(estimator: &dyn Estimator, simulator: Option<&dyn Instrumented>, theta: &[f64]) -> Option<bool> {
    let trained = trained_box(estimator, simulator)?;
    let design = estimator.training_events().map(|events| events.design);
    let is_denominator = design.is_some_and(|design| design.theta1() == Some(theta));
    Some(is_denominator || trained.is_ok_and(|trained| trained.contains(theta)))
}

/// Returns a warning if a hypothesis, named `name`, lies outside of the box in which an estimator of ratios was trained.
pub fn extrapolated(
    estimator: &dyn Estimator,
    simulator: Option<&dyn Instrumented>,
    name: &str,
    theta: &[f64],
) -> Option<Warning> {
    let outside = estimator.as_ratio().is_some() && was_trained_at(estimator, simulator, theta) == Some(false);
    outside.then(|| Warning::Extrapolated {
        name: name.into(),
        theta: theta.to_vec(),
    })
}

/// Returns the denominator of the ratios: that of the simulator, or the middle of the box. Results do not depend on it.
pub fn reference(simulator: Option<&dyn Instrumented>, parameter_box: &ParameterBox) -> Vec<f64> {
    let default = simulator.and_then(|simulator| simulator.hypotheses().ok());
    default.map_or_else(|| parameter_box.middle(), |hypotheses| hypotheses.theta1)
}

/// Completes `given`, one entry for each unconstrained parameter, with `otherwise` for the constrained ones.
///
/// An input of another length is returned unchanged.
pub fn completed<T: Copy>(given: &[T], parameters: &[Parameter], otherwise: impl Fn(usize, (f64, f64)) -> T) -> Vec<T> {
    let free = parameters.iter().filter(|parameter| parameter.constraint.is_none());
    if given.len() != free.count() {
        return given.to_vec();
    }
    let mut given = given.iter();
    let one = |(k, parameter): (usize, &Parameter)| match parameter.constraint {
        Some(constraint) => Some(otherwise(k, constraint)),
        None => given.next().copied(),
    };
    parameters.iter().enumerate().filter_map(one).collect()
}

/// Returns the box in which an estimator was trained, cut to the ranges in which the simulator is defined.
fn trained_box(estimator: &dyn Estimator, simulator: Option<&dyn Instrumented>) -> Option<Result<ParameterBox>> {
    let mut edges = estimator.trained_in()?.edges().to_vec();
    let parameters = simulator.map(|simulator| simulator.parameters()).unwrap_or_default();
    for ((low, high), parameter) in edges.iter_mut().zip(&parameters) {
        *low = low.max(parameter.range.0);
        *high = high.min(parameter.range.1);
    }
    Some(ParameterBox::new(edges))
}

/// Returns the box of the training, or that of the simulator.
fn known_box(estimator: &dyn Estimator, simulator: Option<&dyn Instrumented>) -> Result<Option<ParameterBox>> {
    let simulator_box = || simulator.and_then(|simulator| simulator.hypotheses().ok());
    match trained_box(estimator, simulator) {
        Some(trained) => trained.map(Some),
        None => Ok(simulator_box().map(|hypotheses| hypotheses.prior)),
    }
}

fn with_nuisance_ranges(
    given: &[(f64, f64)],
    known: Option<&ParameterBox>,
    simulator: Option<&dyn Instrumented>,
) -> Vec<(f64, f64)> {
    let parameters = simulator.map(|simulator| simulator.parameters()).unwrap_or_default();
    match known.filter(|known| known.n_parameters() == parameters.len()) {
        Some(known) => completed(given, &parameters, |k, _| known.edges()[k]),
        None => given.to_vec(),
    }
}

/// Checks that there is a range for each parameter and that the estimator was trained there.
fn check_ranges(
    given: &[(f64, f64)],
    known: Option<&ParameterBox>,
    names: &[String],
    simulator: Option<&dyn Instrumented>,
) -> Result<()> {
    if given.len() != names.len() {
        let more = match constraints_of(simulator).is_empty() {
            true => "",
            false => "; the ranges of nuisance parameters may all be left out",
        };
        return Err(Error::usage(format!(
            "--box has {}, and one is needed for each of {}{more}",
            counted(given.len(), "range"),
            names.join(", ")
        )));
    }
    let beyond = known.and_then(|known| {
        let mut each = names.iter().zip(given.iter().zip(known.edges()));
        each.find(|(_, (given, known))| given.0 < known.0 || given.1 > known.1)
    });
    match beyond {
        Some((name, (&given, &known))) => Err(Error::usage(format!(
            "--box has {name} {}, and the model was trained {} and knows nothing beyond: give a range within it, or train over a wider box",
            range(given),
            range(known)
        ))),
        None => Ok(()),
    }
}

fn range((low, high): (f64, f64)) -> String {
    match low == high {
        true => format!("at {}", exact(low)),
        false => format!("from {} to {}", exact(low), exact(high)),
    }
}
