//! What an inference takes for granted: which hypotheses are considered, against which ratios are taken, and what was observed.

use std::path::Path;

use super::super::theta::Edges;
use crate::dataset::{Header, is_data_set};
use crate::error::{Error, Result};
use crate::estimator::{Model, ModelFile};
use crate::gold::Design;
use crate::inference::{Constraint, Space};
use crate::interop::is_event_file;
use crate::interop::madminer::Portion;
use crate::trace::{Hypotheses, Instrumented};

/// Reads the model that observed events are held against.
pub(in crate::cli) fn read_model(path: &Path) -> Result<ModelFile> {
    if is_data_set(path)? {
        return Err(Error::usage(format!(
            "`{}` is a data set: give the model first, then what was observed",
            path.display()
        )));
    }
    ModelFile::read(path)
}

/// What is observed was drawn at one hypothesis, whichever it is.
pub(in crate::cli) fn one_hypothesis(observed: &Header) -> Result<()> {
    match &observed.design {
        Design::Reference { .. } => Ok(()),
        design => Err(Error::usage(format!(
            "these events were drawn at several hypotheses ({design}), and no one of them fits all: mine events of one with \
             --reference"
        ))),
    }
}

/// Event i of a seed is drawn from the same stream at every hypothesis.
pub(in crate::cli) fn seen_in_training(model: &ModelFile, observed: &Header) -> Option<String> {
    let ModelFile::Trained(model) = model else { return None };
    let trained_on = &model.provenance().data;
    let (path, rows) = Portion::split(&trained_on.simulator);
    let (_, observed_rows) = Portion::split(&observed.simulator);
    if is_event_file(Path::new(path)) {
        return (rows.overlaps(observed_rows)).then(|| {
            format!(
                "the model was trained on rows of {path} that may be among those observed: mine with --portion train to train, and with --portion \
                 test to observe"
            )
        });
    }
    (trained_on.seed == observed.seed).then(|| {
        format!(
            "the model was trained on events of the same seed, {}, and these may be among them: mine others with --seed",
            observed.seed
        )
    })
}

/// Only ratios tell hypotheses apart.
pub(in crate::cli) fn needs_ratio(model: &ModelFile) -> Result<()> {
    match model.knows_ratio() {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "{} knows no ratio of hypotheses: train one that does, such as alices",
            model.name()
        ))),
    }
}

/// Ratios are taken to a point that the estimator knows; which one does not matter.
pub(in crate::cli) fn reference(model: &ModelFile, simulator: Option<&dyn Instrumented>) -> Result<Vec<f64>> {
    let known = simulator.map(|simulator| simulator.hypotheses().theta1);
    let middle = || match model {
        ModelFile::Trained(model) => {
            trained_in(model, None).map(|edges| edges.iter().map(|(low, high)| 0.5 * (low + high)).collect())
        }
        ModelFile::Imported(_) => None,
    };
    known
        .or_else(middle)
        .ok_or_else(|| Error::usage("no point is known to take ratios to: the simulator is not known here"))
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

/// What other measurements know of a simulator's parameters, as of nuisance parameters.
pub(in crate::cli) fn constraints(simulator: Option<&dyn Instrumented>) -> Vec<Constraint> {
    let parameters = simulator.map(|simulator| simulator.parameters()).unwrap_or_default();
    let constrained = parameters.iter().enumerate().filter_map(|(parameter, about)| {
        let (mean, sd) = about.constraint?;
        Some(Constraint { parameter, mean, sd })
    });
    constrained.collect()
}

/// Where the model was trained: it knows nothing of other hypotheses.
pub(in crate::cli) fn space(
    given: Option<Edges>,
    model: &ModelFile,
    simulator: Option<&dyn Instrumented>,
) -> Result<Space> {
    let trained = match model {
        ModelFile::Trained(model) => trained_in(model, simulator),
        ModelFile::Imported(_) => None,
    };
    let known = || {
        simulator
            .map(|simulator| simulator.hypotheses())
            .map(|Hypotheses { prior, .. }| prior)
    };
    let known = trained.or_else(known);
    let Some(Edges(given)) = given else {
        return Space::new(known.ok_or_else(|| {
            Error::usage("the model does not say in which box of hypotheses it was trained: give one with --box")
        })?);
    };
    let given = Space::new(given)?;
    let within = |known: &[(f64, f64)]| {
        let inside = |(given, known): (&(f64, f64), &(f64, f64))| known.0 <= given.0 && given.1 <= known.1;
        given.dimensions() == known.len() && given.edges().iter().zip(known).all(inside)
    };
    match known {
        Some(known) if !within(&known) => Err(Error::usage(format!(
            "--box {:?}: the model was trained in {known:?} and knows nothing beyond; give edges within, two for each parameter",
            given.edges()
        ))),
        _ => Ok(given),
    }
}
