//! Decisions about a training that need no events: from the method, the settings and the header.

use std::ops::Range;

use super::posterior_events::HYPOTHESES;
use super::{Encoding, Finding, HeldOutEvents, Labels, Settings, Windows};
use crate::{Head, Method, TrainingData};
use motherlode_core::Progress;
use motherlode_core::dataset::{AugmentedData, Fields, HeldOut};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Relabeler, Resolution, n_derivatives};
use motherlode_core::prior::Prior;
use motherlode_core::trace::Instrumented;

/// Events kept for validation at the most.
const MOST_VALIDATED: u64 = 32_768;
/// Events that transforms are fitted on, however little memory there is.
const FEWEST_FITTED: u64 = 1_000;
/// Numbers that a path takes besides what it remembers.
const PATH: u64 = 8;
/// Points that fill the prior evenly, and how many of them nine in ten events must see where hypotheses that are drawn from it compete with
/// one another.
const POINTS: (f64, f64) = (128.0, 2.0);
/// Share of the events whose own posterior may be unknown.
const MOST_UNKNOWN: f64 = 0.01;
/// Events that the resolution of the prior is estimated from.
const FIRST: u64 = 256;
/// Sets the events that transforms are fitted on apart from those to validate with.
const SALT: u64 = 0x5CA1_E0F0_7111_95ED;

/// Plan of a training: its settings, and the way its events come into memory.
#[derive(Debug, Clone)]
pub(crate) struct TrainingPlan {
    /// The settings with what was left open filled in, but for what only the events can tell.
    pub settings: Settings,
    /// Fields that the first scan reads.
    pub fields: Fields,
    /// Fields that training reads.
    pub shown: Fields,
    /// Windows in which events come into memory.
    pub windows: Windows,
    /// Events kept for validation.
    pub held_out: HeldOutEvents,
    /// How little labels at other hypotheses are known, if too little.
    pub unresolved: Option<Finding>,
    /// Training events that the transforms are fitted on; all, if they fit into memory.
    pub fitted_on: Option<HeldOut>,
}

impl TrainingPlan {
    /// The plan of a training whose settings were checked.
    ///
    /// # Errors
    /// If the settings ask for what the method or the data cannot have, or there are fewer than two events.
    pub(crate) fn new(
        method: Method,
        data: TrainingData<'_>,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let (n_events, n_remembered) = (data.events.n_events(), data.events.n_remembered().unwrap_or(0));
        let (labels, unresolved) = labels(method, data, settings, progress)?;
        let relabeled = labels == Labels::Relabeled;
        let layout = data.events.header().layout.clone();
        let layout = layout.or_else(|| data.simulator.and_then(|simulator| simulator.layout()));
        let encodes = !method.learns_likelihood() && settings.head == Head::Plain;
        let declared = layout
            .filter(|_| encodes)
            .and_then(|layout| Encoding::declared(&layout, &data.events.header().observables));
        let settings = Settings {
            encoding: settings.encoding.clone().or(declared),
            labels: Some(labels),
            steps: Some(settings.steps_for(method, n_events)),
            paths: relabeled.then(|| settings.paths_for(n_events, n_remembered)),
            ..settings.for_method(method)
        };
        let fields = fields(method, relabeled);
        let remembered = if fields.memories {
            n_remembered.div_ceil(n_events.max(1))
        } else {
            0
        };
        let bytes = event_bytes(method, data, remembered, settings.paths.unwrap_or(1) as u64);
        let windows = Windows::new(n_events, bytes, settings.memory, settings.seed);
        // Validation events share the memory; of any number that matters they take a small part.
        let most_validated = MOST_VALIDATED.min(settings.memory / (8 * bytes)).max(1);
        let fitted = windows.largest().max(FEWEST_FITTED);
        let fitted_on = (windows.count() > 1 && fitted < n_events).then(|| {
            let share = fitted as f64 / n_events as f64;
            HeldOut::new(n_events, share, fitted, settings.seed ^ SALT)
        });
        let drawn = |simulator: &dyn Instrumented| simulator.n_rows().is_some();
        let stored = data.events.header().stored.is_some() || data.simulator.is_some_and(drawn);
        let (share, seed) = (settings.validation, settings.seed);
        Ok(Self {
            held_out: HeldOutEvents::new(n_events, share, most_validated, seed, stored)?,
            fitted_on: fitted_on.transpose()?,
            unresolved,
            fields,
            shown: Fields {
                memories: fields.memories,
                ..if relabeled { Fields::NONE } else { fields }
            },
            windows,
            settings,
        })
    }

    /// The events of a range, which are `data`, that are kept in memory from the first pass on: those that transforms are fitted on,
    /// and those to validate with.
    pub(crate) fn held_in_memory(&self, events: Range<u64>, data: &AugmentedData) -> [Vec<usize>; 2] {
        let [mut train, validation] = self.held_out.split(events.clone(), data);
        if let Some(chosen) = &self.fitted_on {
            let [_, chosen] = chosen.split(events);
            train.retain(|event| chosen.binary_search(event).is_ok());
        }
        [train, validation]
    }
}

/// Optional fields that a method learns from.
pub(crate) fn fields(method: Method, relabeled: bool) -> Fields {
    Fields {
        theta1: method.learns_likelihood(),
        joint_log_ratio: method.needs_ratio(),
        joint_score0: method.needs_score(),
        memories: relabeled || method.needs_memories() || method.learns_derivatives(),
    }
}

/// Bytes of an event in memory, whatever form it is in.
fn event_bytes(method: Method, data: TrainingData<'_>, remembered: u64, paths: u64) -> u64 {
    let header = data.events.header();
    let (m, p) = (header.observables.len(), header.parameters.len());
    let derivatives = if method.learns_derivatives() {
        n_derivatives(p)
    } else {
        0
    };
    let hypotheses = if method.augments_hypotheses() {
        HYPOTHESES * p / 2
    } else {
        0
    };
    let paths = if remembered > 0 { paths * (remembered + PATH) } else { 0 };
    8 * ((m + 2 * p + 3 + derivatives + hypotheses) as u64 + paths)
}

/// Where the labels come from, and how little others are known, if too little: unless the settings say otherwise, events are
/// relabeled wherever that is possible and what their paths tell of θ is known.
fn labels(
    method: Method,
    data: TrainingData<'_>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<(Labels, Option<Finding>)> {
    let possible = method.can_relabel()
        && data.simulator.is_some()
        && data.events.n_remembered().is_some()
        && data.events.header().design.prior().is_some_and(Prior::has_quantiles);
    // Either no data would do, or others.
    let refused = |message| match method.can_relabel() {
        true => Error::data(message),
        false => Error::usage(message),
    };
    if settings.head == Head::Antisymmetric && !(possible && method.learns_ratio()) {
        return Err(refused(format!(
            "an antisymmetric head is trained on pairs of hypotheses drawn afresh, which {method} cannot recall here: that \
             takes a method with the joint ratio, the simulator, and events over a prior that remember their paths"
        )));
    }
    match settings.labels {
        Some(Labels::Relabeled) if !possible => Err(refused(format!(
            "{method} cannot recall labels here: that takes a method with the joint ratio, sally or scandal, the simulator, \
             and events over a prior that remember their paths"
        ))),
        _ if method.contrasts_gold() && !possible => Err(Error::data(format!(
            "{method} needs labels at several hypotheses for each event, and so the simulator and events over a prior"
        ))),
        Some(Labels::Stored) if settings.head == Head::Antisymmetric => Err(Error::usage(
            "an antisymmetric head is trained on recalled labels: leave out --labels stored",
        )),
        Some(Labels::Stored) => Ok((Labels::Stored, None)),
        None if !possible => Ok((Labels::Stored, without_fresh_hypotheses(method, data))),
        asked => {
            let insists = asked.is_some() || method.contrasts_gold() || settings.head == Head::Antisymmetric;
            let found = resolution(data, progress)?;
            let unresolved = found.and_then(|found| unresolved(method, found, insists));
            let labels = if unresolved.is_some() && !insists {
                Labels::Stored
            } else {
                Labels::Relabeled
            };
            Ok((labels, unresolved))
        }
    }
}

/// Finding about events whose labels cannot be had at fresh hypotheses, if they are the worse for it.
fn without_fresh_hypotheses(method: Method, data: TrainingData<'_>) -> Option<Finding> {
    let design = &data.events.header().design;
    if method.learns_posterior() {
        return design.has_ratio().then_some(Finding::UnusedEvents);
    }
    let remembered = data.simulator.is_some() && data.events.n_remembered().is_some();
    let unmapped = |prior: &Prior| prior.has_density() && !prior.has_quantiles();
    (method.can_relabel() && remembered && design.prior().is_some_and(unmapped)).then_some(Finding::UnmappedPrior)
}

/// What is said of labels at other hypotheses that are not known well enough.
fn unresolved(method: Method, found: Resolution, relabeled: bool) -> Option<Finding> {
    match method.contrasts_gold() {
        true => {
            let points = found.share * POINTS.0;
            (points < POINTS.1).then_some(Finding::Unresolved { points, relabeled })
        }
        false => (found.unknown > MOST_UNKNOWN).then_some(Finding::UnknownPosteriors {
            share: found.unknown,
            relabeled,
        }),
    }
}

/// What is known of labels at other hypotheses, by the first events.
fn resolution(data: TrainingData<'_>, progress: &dyn Progress) -> Result<Option<Resolution>> {
    let Some(simulator) = data.simulator else {
        return Ok(None);
    };
    let fields = Fields {
        memories: true,
        ..Fields::NONE
    };
    let first = data.events.portion(0..data.events.n_events().min(FIRST), fields, &())?;
    Relabeler::new(simulator, data.events.header())?
        .resolution(&first, progress)
        .map(Some)
}
