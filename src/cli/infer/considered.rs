//! Which hypotheses are considered: those that a model was trained at, or a part of them.

use super::super::say::counted;
use super::super::theta::{Edges, completed, written};
use super::premises::constraints;
use motherlode_core::Domain;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Prior;
use motherlode_core::trace::Instrumented;
use motherlode_nn::{Model, ModelFile};
use motherlode_stats::inference::ParameterBox;

/// Where the model was trained, or a part of it: it knows nothing of other hypotheses.
///
/// Parameters that never varied in training are held where they were.
pub(crate) fn space(
    given: Option<Edges>,
    model: &ModelFile,
    simulator: Option<&dyn Instrumented>,
) -> Result<ParameterBox> {
    let known = known(model, simulator);
    let names = model.header().parameters;
    let edges = match (given, &known) {
        (Some(Edges(given)), known) => within(
            known.as_deref(),
            with_nuisance(&given, known.as_deref(), simulator),
            &names,
            simulator,
        )?,
        (None, Some(known)) => known.clone(),
        (None, None) => {
            return Err(Error::usage(
                "the model does not say in which box of hypotheses it was trained: give one with --box",
            ));
        }
    };
    let space = ParameterBox::new(edges)?;
    match space.dimensions() {
        0 => Err(Error::usage(format!(
            "no hypotheses are left to tell apart: {} held fixed at {}; give a --box in which one may vary, or train over several hypotheses",
            if names.len() == 1 {
                "the parameter is"
            } else {
                "all parameters are"
            },
            written(&space.middle())
        ))),
        _ => Ok(space),
    }
}

/// Refuses an estimator of one ratio, which tells no other hypotheses apart.
pub(crate) fn several_hypotheses(model: &ModelFile) -> Result<()> {
    match model.inner().domain() {
        Domain::Pair { theta0, theta1 } => Err(Error::usage(format!(
            "the model was trained to tell θ0 = {} from θ1 = {} and knows no other hypothesis: `evaluate` says what it knows; train over a box \
             of hypotheses to infer",
            written(&theta0),
            written(&theta1)
        ))),
        _ => Ok(()),
    }
}

/// A warning, if a model has seen a few hypotheses that somebody chose.
pub(crate) fn few_points(model: &ModelFile) -> Option<String> {
    match model.header().design.prior()? {
        Prior::Points {
            points,
            drawn_from: None,
        } => Some(format!(
            "the model was trained at {} hypotheses, and what it says of those in between is interpolated: train over a box to infer",
            points.len()
        )),
        _ => None,
    }
}

/// Whether an estimator was trained at a hypothesis; nothing if it does not say where.
pub(crate) fn was_trained_at(model: &ModelFile, simulator: Option<&dyn Instrumented>, theta: &[f64]) -> Option<bool> {
    let edges = trained(model, simulator)?;
    let is_denominator = model.header().design.theta1() == Some(theta);
    Some(is_denominator || ParameterBox::new(edges).is_ok_and(|space| space.contains(theta)))
}

fn trained(model: &ModelFile, simulator: Option<&dyn Instrumented>) -> Option<Vec<(f64, f64)>> {
    match model {
        ModelFile::Trained(model) => trained_in(model, simulator),
        ModelFile::Imported(_) => None,
    }
}

/// Where nearly all hypotheses of the training events were.
fn trained_in(model: &Model, simulator: Option<&dyn Instrumented>) -> Option<Vec<(f64, f64)>> {
    let data = &model.provenance().data;
    let mut edges = data.design.prior()?.bulk(data.parameters.len());
    let parameters = simulator.map(|simulator| simulator.parameters()).unwrap_or_default();
    for ((low, high), parameter) in edges.iter_mut().zip(&parameters) {
        *low = low.max(parameter.range.0);
        *high = high.min(parameter.range.1);
    }
    Some(edges)
}

/// Where it was trained, or where a simulator that is known has its hypotheses.
fn known(model: &ModelFile, simulator: Option<&dyn Instrumented>) -> Option<Vec<(f64, f64)>> {
    let usual = || Some(simulator?.hypotheses().ok()?.prior);
    trained(model, simulator).or_else(usual)
}

/// With ranges of nuisance parameters, where only those of the others were given.
fn with_nuisance(
    given: &[(f64, f64)],
    known: Option<&[(f64, f64)]>,
    simulator: Option<&dyn Instrumented>,
) -> Vec<(f64, f64)> {
    let parameters = simulator.map(|simulator| simulator.parameters()).unwrap_or_default();
    match known.filter(|known| known.len() == parameters.len()) {
        Some(known) => completed(given, &parameters, |k, _| known[k]),
        None => given.to_vec(),
    }
}

/// Ranges that were given, if there is one for each parameter and the model was trained there.
fn within(
    known: Option<&[(f64, f64)]>,
    given: Vec<(f64, f64)>,
    names: &[String],
    simulator: Option<&dyn Instrumented>,
) -> Result<Vec<(f64, f64)>> {
    if given.len() != names.len() {
        let more = match constraints(simulator).is_empty() {
            true => "",
            false => "; those of nuisance parameters may all be left out",
        };
        return Err(Error::usage(format!(
            "--box has {}, and one is needed for each of {}{more}",
            counted(given.len(), "range"),
            names.join(", ")
        )));
    }
    let beyond = known.and_then(|known| {
        let mut each = names.iter().zip(given.iter().zip(known));
        each.find(|(_, (given, known))| given.0 < known.0 || given.1 > known.1)
    });
    match beyond {
        Some((name, (&given, &known))) => Err(Error::usage(format!(
            "--box has {name} {}, and the model was trained {} and knows nothing beyond: give a range within, or train over a wider one",
            range(given),
            range(known)
        ))),
        None => Ok(given),
    }
}

fn range((low, high): (f64, f64)) -> String {
    match low == high {
        true => format!("at {low}"),
        false => format!("from {low} to {high}"),
    }
}
