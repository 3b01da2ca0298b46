//! What an inference takes for granted: against what ratios are taken, what was observed, and what else is known.

use std::path::Path;

use motherlode_core::Estimator;
use motherlode_core::dataset::{Header, is_data_set};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use motherlode_core::trace::Instrumented;
use motherlode_hep::madminer::is_event_file;
use motherlode_nn::ModelFile;
use motherlode_stats::inference::{Constraint, ParameterBox};

/// Reads the model that observed events are held against.
pub(crate) fn read_model(path: &Path) -> Result<ModelFile> {
    if is_data_set(path)? {
        return Err(Error::usage(format!(
            "`{}` is a data set: give the model first, then what was observed",
            path.display()
        )));
    }
    ModelFile::read(path)
}

/// What is observed was drawn at one hypothesis, whichever it is.
pub(crate) fn one_hypothesis(observed: &Header) -> Result<()> {
    match &observed.design {
        Design::Reference { .. } => Ok(()),
        design => Err(Error::usage(format!(
            "these events were drawn at several hypotheses ({design}), and no one of them fits all: mine events of one with \
             --reference"
        ))),
    }
}

/// Event i of a seed is drawn from the same stream at every hypothesis.
pub(crate) fn seen_in_training(model: &ModelFile, observed: &Header) -> Option<String> {
    let ModelFile::Trained(model) = model else { return None };
    let trained_on = &model.provenance().data;
    let path = &trained_on.simulator;
    if is_event_file(Path::new(path)) {
        return trained_on.portion.overlaps(observed.portion).then(|| {
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
pub(crate) fn needs_ratio(model: &ModelFile) -> Result<()> {
    match model.knows_ratio() {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "{} knows no ratio of hypotheses: train one that does, such as alices",
            model.name()
        ))),
    }
}

/// Ratios are taken to a point that the estimator knows; which one does not matter.
pub(crate) fn reference(simulator: Option<&dyn Instrumented>, space: &ParameterBox) -> Vec<f64> {
    let default = simulator.and_then(|simulator| simulator.hypotheses().ok());
    default.map_or_else(|| space.middle(), |hypotheses| hypotheses.theta1)
}

/// What other measurements know of a simulator's parameters, as of nuisance parameters.
pub(crate) fn constraints(simulator: Option<&dyn Instrumented>) -> Vec<Constraint> {
    let parameters = simulator.map(|simulator| simulator.parameters()).unwrap_or_default();
    let constrained = parameters.iter().enumerate().filter_map(|(parameter, about)| {
        let (mean, sd) = about.constraint?;
        Some(Constraint { parameter, mean, sd })
    });
    constrained.collect()
}
