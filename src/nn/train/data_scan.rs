//! First scan of the events: all that must be known of them before the first step.

use std::hash::{DefaultHasher, Hasher};

use ndarray::Array2;

use super::TrainingPlan;
use crate::density::Distinct;
use crate::{Method, Scaling};
use motherlode_core::Progress;
use motherlode_core::certificate::ObservableRanges;
use motherlode_core::dataset::{
    AugmentedData, Constancy, ConstantColumns, DatasetSummary, Events, Fields, n_different,
};
use motherlode_core::error::{Error, Result};

/// Results of a scan of all events; the memory does not grow with their number beyond [`Settings::memory`](super::Settings::memory).
#[derive(Debug)]
pub(crate) struct DataScan {
    pub scaling: Scaling,
    /// The events that the transforms are fitted on: all to train on, if they fit into memory.
    pub fitted: AugmentedData,
    /// The events to validate with.
    pub validation: AugmentedData,
    /// All distinct observations, `[n, m]`, or too many to be classes; none unless a likelihood is learned.
    pub observations: Array2<f64>,
    /// How many equally weighted events are as good as all of them, for methods that regress on the ratio: a share.
    pub effective_share: Option<f64>,
    /// Ranges of the observables among the events in memory.
    pub ranges: Option<ObservableRanges>,
    /// Observables that never, or hardly ever, vary.
    pub constant: Vec<ConstantColumns>,
    /// Differs between data that a training could tell apart.
    pub fingerprint: u64,
}

impl DataScan {
    /// Goes through the events as `plan` has it, and checks that `method` can learn from them.
    ///
    /// # Errors
    /// If the data lack what the method needs, cannot be read, or are not what the settings say about them; or if `progress` stops it.
    pub(crate) fn new(events: Events, method: Method, plan: &TrainingPlan, progress: &dyn Progress) -> Result<Self> {
        let observables = &events.header().observables;
        let inputs = plan.settings.input_plan(method, observables)?;
        let mut witnesses = events.portion(0..1, plan.fields, progress)?.into_owned();
        let mut kept: [Option<AugmentedData>; 2] = [None, None];
        let mut lacking = vec![false; observables.len()];
        let mut distinct = Distinct::default();
        let mut summary = method.regresses_ratio().then(DatasetSummary::default);
        let mut constancy = Constancy::default();
        let mut hasher = DefaultHasher::new();
        for block in plan.windows.all() {
            progress.check()?;
            let data = events.portion(block.clone(), plan.fields, progress)?;
            let lacks = inputs.lacking(data.x.view(), block.start, observables)?;
            if method.learns_likelihood() && lacks.contains(&true) {
                return Err(no_density(method));
            }
            lacking.iter_mut().zip(lacks).for_each(|(any, here)| *any |= here);
            for (all, some) in kept.iter_mut().zip(plan.held_in_memory(block.clone(), &data)) {
                append(all, data.select(&some));
            }
            if method.learns_likelihood() {
                distinct.take(data.x.view());
            }
            if method.regresses_ratio() {
                check_signs(&data, block.start, method)?;
            }
            constancy.take(data.x.view());
            add_witnesses(&mut witnesses, &data);
            summary.iter_mut().for_each(|summary| summary.take(&data));
            hash(&data, plan.fields, &mut hasher);
        }
        method.check(&witnesses)?;
        let some = |events: &AugmentedData| events.n_events() > 0;
        let [Some(fitted), Some(validation)] = kept.map(|events| events.filter(some)) else {
            return Err(Error::data(
                "the events were drawn from so few rows of an event file that none is left to train on or to validate with: mine from more rows",
            ));
        };
        let mut scaling = Scaling::fit(&inputs, fitted.x.view(), fitted.theta0.view(), observables)?;
        scaling.inputs.admit_missing(&lacking);
        Ok(Self {
            scaling,
            ranges: ranges(&fitted, &validation, plan),
            observations: distinct.observations(observables.len()),
            fitted,
            validation,
            constant: constancy.found(events.header()),
            effective_share: summary.and_then(|summary| summary.effective_share()),
            fingerprint: hasher.finish(),
        })
    }
}

/// Ranges of the observables, with the number of different events.
fn ranges(fitted: &AugmentedData, validation: &AugmentedData, plan: &TrainingPlan) -> Option<ObservableRanges> {
    let ranges = ObservableRanges::new(fitted.x.view())?.joined(&ObservableRanges::new(validation.x.view())?);
    Some(match plan.held_out.rows() {
        None => ranges,
        Some(_) => ranges.with_different(n_different(fitted.x.view()) + n_different(validation.x.view())),
    })
}

/// Checks that the gold which `method` needs is there, by the first event: found out now rather than after a pass over a
/// large file.
///
/// # Errors
/// If it is not, or the data cannot be read.
pub(crate) fn check_gold(events: Events, method: Method) -> Result<()> {
    let fields = super::plan::fields(method, false);
    let mut alike = events.portion(0..events.n_events().min(1), fields, &())?.into_owned();
    alike.y.fill(0.0);
    if method.learns_ratio() && !method.learns_derivatives() {
        let mut other = alike.clone();
        other.y.fill(1.0);
        alike.append(&other);
    }
    method.check(&alike)
}

/// Refuses events whose weights have other signs under their two hypotheses: the logarithm of their ratio does not exist.
///
/// # Errors
/// If there is one, whose number counts from `first`.
fn check_signs(data: &AugmentedData, first: u64, method: Method) -> Result<()> {
    let differs = |event: &usize| data.weights_of(*event).iter().product::<f64>() < 0.0;
    match (0..data.n_events()).find(differs) {
        None => Ok(()),
        Some(event) => Err(negative_ratio(
            method,
            format!("event {} (counted from 0)", first + event as u64),
        )),
    }
}

/// The error of a method that learns a density from events that lack observables.
fn no_density(method: Method) -> Error {
    Error::data(format!(
        "some events lack observables (NaN), and {method} learns the density of the observables as they are: choose a method that learns a \
         ratio, such as alices, for which a missing value is an observation of its own. Without these events the answer is another one if runs \
         fail more often at some parameters"
    ))
}

/// The error of a method that learns the ratio itself from an event with a negative one.
pub(super) fn negative_ratio(method: Method, event: String) -> Error {
    Error::data(format!(
        "the weight of {event} is positive at one of its hypotheses and negative at the other, so that its joint ratio is negative: {method} learns \
         from the logarithm of the ratio; choose alice or alices, which learn from both weights"
    ))
}

/// Appends events to those so far, if there are any.
pub(super) fn append(all: &mut Option<AugmentedData>, some: AugmentedData) {
    match all {
        Some(all) => all.append(&some),
        None => *all = Some(some),
    }
}

/// Keeps an event of each class, and one of another hypothesis: all that a check of the whole data set depends on.
fn add_witnesses(witnesses: &mut AugmentedData, data: &AugmentedData) {
    let classes = |data: &AugmentedData| [0.0, 1.0].map(|y| data.y.iter().position(|&label| label == y));
    let known = classes(witnesses);
    let new = classes(data).into_iter().zip(known);
    let class = new.filter_map(|(new, known)| new.filter(|_| known.is_none()));
    let reference = witnesses.theta0.row(0).to_owned();
    let differs = |data: &AugmentedData| data.theta0.rows().into_iter().position(|theta| theta != reference);
    let hypothesis = differs(data).filter(|_| differs(witnesses).is_none());
    let events: Vec<usize> = class.chain(hypothesis).collect();
    witnesses.append(&data.select(&events));
}

/// Takes in all numbers of the fields that are read.
fn hash(data: &AugmentedData, fields: Fields, to: &mut DefaultHasher) {
    let mut take = |value: &f64| to.write_u64(value.to_bits());
    data.x.iter().for_each(&mut take);
    data.theta0.iter().for_each(&mut take);
    data.y.iter().for_each(&mut take);
    let matrices = [(&data.theta1, fields.theta1), (&data.joint_score0, fields.joint_score0)];
    for (matrix, _) in matrices.into_iter().filter(|(_, wanted)| *wanted) {
        matrix.iter().flatten().for_each(&mut take);
    }
    let ratios = data.joint_log_ratio.iter().filter(|_| fields.joint_log_ratio);
    ratios.flatten().for_each(&mut take);
    data.weights.iter().flatten().for_each(&mut take);
    let memories = data.memories.iter().filter(|_| fields.memories);
    memories.flat_map(|memories| &memories.memory).for_each(&mut take);
}
