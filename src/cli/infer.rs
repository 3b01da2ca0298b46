//! `motherlode infer`.

use std::path::PathBuf;

use clap::Args;
use ndarray::{Array1, Array2, ArrayView2};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::Registry;
use super::say::{Say, table};
use super::theta::Edges;
use crate::dataset::{AugmentedData, Header, is_data_set};
use crate::error::{Error, Result};
use crate::estimator::ModelFile;
use crate::gold::{Design, Prior, observations};
use crate::inference::{
    Distribution, Estimate, Function, Interpolation, Likelihood, Neyman, Space, Surface, covariance, intervals,
    maximise,
};
use crate::likelihood::{LogRatio, Truth};
use crate::trace::{Hypotheses, Instrumented};

/// How far off an interpolated ln L may be: intervals move by less than 2 % of their length.
const TOLERANCE: f64 = 0.02;
/// Hypotheses along a parameter, and along each of two for toys.
const POINTS: usize = 101;
const POINTS_OF_TWO: usize = 11;
/// Where every one costs a pass over the events.
const FEW_POINTS: usize = 31;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The model file: an estimator of ratios.
    model: PathBuf,
    /// The data set whose observations are taken as observed. Whatever gold it has is not looked at.
    observed: PathBuf,
    /// Use only the first of the events, this many.
    #[arg(long, value_name = "EVENTS")]
    events: Option<usize>,
    /// Let the events stand for this many: expected results from a large sample (the Asimov data set).
    #[arg(long, value_name = "EVENTS")]
    expect: Option<f64>,
    /// The hypotheses that are considered, given as low:high for each parameter (default: the box that the model was trained in).
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Confidence levels.
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', default_values_t = [0.68, 0.95])]
    levels: Vec<f64>,
    /// Find out how the test statistic is distributed with this many toy data sets of each hypothesis, instead of trusting Wilks'
    /// theorem (one or two parameters; the simulator must be known here).
    #[arg(long, value_name = "TOYS", conflicts_with = "expect")]
    toys: Option<usize>,
    /// The seed of the toys.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    if is_data_set(&options.model)? {
        return Err(Error::usage(format!(
            "`{}` is a data set: give the model first, then what was observed",
            options.model.display()
        )));
    }
    let model = ModelFile::read(&options.model)?;
    let data = AugmentedData::read(&options.observed)?;
    model.check_events(&data.header)?;
    needs_ratio(&model)?;
    let simulator = registry.iter().find(|known| known.name() == data.header.simulator);
    let simulator = simulator.map(AsRef::as_ref);
    let n = options.events.unwrap_or(data.n_events());
    if !(1..=data.n_events()).contains(&n) {
        return Err(Error::usage(format!(
            "--events {n} of {}: give at least 1, and no more than there are",
            data.n_events()
        )));
    }
    one_hypothesis(&data.header)?;
    let question = Question {
        x: data.x.slice_axis(ndarray::Axis(0), (0..n).into()),
        reference: reference(&model, simulator)?,
        space: space(options.edges.clone(), &model, simulator)?,
        parameters: &data.header.parameters,
        options: &options,
    };
    let mut answers = vec![question.answer(&model.name(), &model)?];
    if let Some(toys) = options.toys {
        answers[0].by_toys = Some(question.by_toys(&model, simulator, toys, say)?);
    }
    if let Some(truth) = simulator.and_then(Instrumented::truth) {
        let name = format!("exact answer ({})", truth.route());
        answers.push(question.answer(&name, &Exactly(truth))?);
    }
    let events = |n: f64| {
        if n == 1.0 {
            "1 event".to_owned()
        } else {
            format!("{n} events")
        }
    };
    let heading = match options.expect {
        Some(expected) => format!("{} of {}, expected from {n}", events(expected), data.header.simulator),
        None => format!("{} of {}", events(n as f64), data.header.simulator),
    };
    let warning = seen_in_training(&model, &data.header);
    let in_words = warning
        .as_ref()
        .map_or(String::new(), |warning| format!("\nwarning: {warning}"));
    let tables: Vec<String> = answers.iter().map(|answer| question.words(answer)).collect();
    say.result(
        &format!("{heading}\n\n{}{in_words}", tables.join("\n")),
        json!({
            "simulator": data.header.simulator, "n_events": n, "n_expected": options.expect,
            "box": question.space.edges(), "warnings": warning.into_iter().collect::<Vec<_>>(),
            "answers": answers.iter().map(|a| question.json(a)).collect::<Vec<_>>(),
        }),
    )
}

/// What is observed was drawn at one hypothesis, whichever it is.
pub(super) fn one_hypothesis(observed: &Header) -> Result<()> {
    match &observed.design {
        Design::Reference { .. } => Ok(()),
        design => Err(Error::usage(format!(
            "these events were drawn at several hypotheses ({design}), and no one of them fits all: mine events of one with \
             --reference"
        ))),
    }
}

/// Event i of a seed is drawn from the same stream at every hypothesis.
pub(super) fn seen_in_training(model: &ModelFile, observed: &Header) -> Option<String> {
    let ModelFile::Trained(model) = model else { return None };
    let trained_on = &model.provenance().data;
    (trained_on.seed == observed.seed).then(|| {
        format!(
            "the model was trained on events of the same seed, {}, and these may be among them: mine others with --seed",
            observed.seed
        )
    })
}

/// Only ratios tell hypotheses apart.
pub(super) fn needs_ratio(model: &ModelFile) -> Result<()> {
    match model.knows_ratio() {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "{} knows no ratio of hypotheses: train one that does, such as alices",
            model.name()
        ))),
    }
}

/// An exact truth, as an estimator of ratios.
pub(super) struct Exactly(pub(super) Box<dyn Truth>);

impl LogRatio for Exactly {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        self.0.log_ratio(x, theta0, theta1)
    }
}

/// Ratios are taken to a point that the estimator knows; which one does not matter.
pub(super) fn reference(model: &ModelFile, simulator: Option<&dyn Instrumented>) -> Result<Vec<f64>> {
    let known = simulator.map(|simulator| simulator.hypotheses().theta1);
    let middle = || match model {
        ModelFile::Trained(model) => prior_of(model.provenance().data.design.prior()?)
            .map(|edges| edges.iter().map(|(low, high)| 0.5 * (low + high)).collect()),
        ModelFile::Imported(_) => None,
    };
    known
        .or_else(middle)
        .ok_or_else(|| Error::usage("no point is known to take ratios to: the simulator is not known here"))
}

fn prior_of(prior: &Prior) -> Option<Vec<(f64, f64)>> {
    match prior {
        Prior::Box { edges } => Some(edges.clone()),
        Prior::Gaussian { .. } => None,
    }
}

/// Where the model was trained: it knows nothing of other hypotheses.
pub(super) fn space(given: Option<Edges>, model: &ModelFile, simulator: Option<&dyn Instrumented>) -> Result<Space> {
    let trained = match model {
        ModelFile::Trained(model) => model.provenance().data.design.prior().and_then(prior_of),
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

/// What was observed, and what is asked of it.
struct Question<'a> {
    x: ArrayView2<'a, f64>,
    reference: Vec<f64>,
    space: Space,
    parameters: &'a [String],
    options: &'a Options,
}

/// Confidence intervals for each level and parameter.
type Regions = Vec<Vec<Vec<(f64, f64)>>>;

/// What one estimator says.
struct Answer {
    name: String,
    estimate: Estimate,
    intervals: Regions,
    /// The same by toys.
    by_toys: Option<Regions>,
}

impl Question<'_> {
    fn answer(&self, name: &str, estimator: &dyn LogRatio) -> Result<Answer> {
        let likelihood = Likelihood::new(estimator, self.x, &self.reference);
        let likelihood = match self.options.expect {
            Some(n) => likelihood.standing_for(n)?,
            None => likelihood,
        };
        // Many events fix θ to a small part of the box, and only there need ln L be known to a fraction of one.
        let (space, interpolation) = match self.interpolation(estimator, &self.space) {
            Ok(interpolation) => (self.space.clone(), Ok(interpolation)),
            Err(_) => {
                let near = vicinity(&|theta| likelihood.at(theta), &self.space)?;
                let interpolation = self.interpolation(estimator, &near);
                (near, interpolation)
            }
        };
        let estimate = match interpolation {
            Ok(interpolation) => {
                let surface = Surface::new(&likelihood, interpolation)?;
                Estimate::new(&|theta| Ok(surface.at(theta)), &space, POINTS)?
            }
            // Too rough, or of too many parameters: ask for every hypothesis.
            Err(_) => Estimate::new(&|theta| likelihood.at(theta), &space, FEW_POINTS)?,
        };
        let at_level = |&level: &f64| {
            (0..self.parameters.len())
                .map(|k| estimate.intervals(k, level))
                .collect()
        };
        Ok(Answer {
            name: name.into(),
            intervals: self.options.levels.iter().map(at_level).collect::<Result<_>>()?,
            estimate,
            by_toys: None,
        })
    }

    fn interpolation(&self, estimator: &dyn LogRatio, space: &Space) -> Result<Interpolation> {
        let n = self.options.expect.unwrap_or(self.x.nrows() as f64);
        Interpolation::for_estimator(space, estimator, self.x, &self.reference, n, TOLERANCE)
    }

    /// The hypotheses that toys do not reject, for each level, as the range of each parameter.
    fn by_toys(
        &self,
        estimator: &dyn LogRatio,
        simulator: Option<&dyn Instrumented>,
        n_toys: usize,
        say: &Say,
    ) -> Result<Regions> {
        let simulator = simulator.ok_or_else(|| Error::usage("toys need the simulator, which is not known here"))?;
        let shape = match self.parameters.len() {
            1 => vec![POINTS],
            2 => vec![POINTS_OF_TWO; 2],
            more => {
                return Err(Error::usage(format!(
                    "toys on a grid of {more} parameters are too many: at most two"
                )));
            }
        };
        let interpolation = self.interpolation(estimator, &self.space)?;
        let neyman = Neyman::new(estimator, &self.reference, interpolation, self.space.grid(&shape)?)?;
        let (n, hypotheses) = (self.x.nrows(), neyman.grid().nrows());
        let observed = neyman.statistics(self.x)?;
        let mut progress = say.progress("hypotheses");
        let mut distributions: Vec<Distribution> = Vec::with_capacity(hypotheses);
        for g in 0..hypotheses {
            let draw = |theta: &[f64], n: usize, toy: u64| -> Result<Array2<f64>> {
                let seed = self.options.seed ^ (1 + g as u64 * n_toys as u64 + toy).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                observations(simulator, theta, n, seed)
            };
            distributions.push(neyman.distribution(g, n, n_toys, &draw)?);
            progress.show(g as u64 + 1, hypotheses as u64);
        }
        let region = |&level: &f64| -> Vec<Vec<(f64, f64)>> {
            let excess: Vec<f64> = (0..hypotheses)
                .into_par_iter()
                .map(|g| observed[g] - distributions[g].critical_value(level))
                .collect();
            match self.parameters.len() {
                1 => vec![intervals(neyman.grid().column(0), ndarray::aview1(&excess), 0.0)],
                _ => (0..2).map(|k| range(neyman.grid(), &excess, k)).collect(),
            }
        };
        Ok(self.options.levels.iter().map(region).collect())
    }

    fn words(&self, answer: &Answer) -> String {
        let percent = |level: &f64| format!("{} %", (level * 1e4).round() / 100.0);
        let mut heading = vec!["    parameter".to_owned(), "best fit".into(), "std. error".into()];
        heading.extend(self.options.levels.iter().map(percent));
        if answer.by_toys.is_some() {
            heading.extend(self.options.levels.iter().map(|level| percent(level) + " by toys"));
        }
        let rows: Vec<Vec<String>> = (0..self.parameters.len()).map(|k| self.row(answer, k)).collect();
        let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
        format!("{}\n{}", answer.name, table(&heading, &rows))
    }

    fn row(&self, answer: &Answer, k: usize) -> Vec<String> {
        let digits = self.digits(k);
        let error = answer.estimate.covariance.as_ref().map(|c| c[(k, k)].sqrt());
        let mut row = vec![
            format!("    {}", self.parameters[k]),
            format!("{:.digits$}", answer.estimate.best.theta[k]),
            error.map_or("at an edge".into(), |error| format!("{error:.digits$}")),
        ];
        let levels = answer.intervals.iter().chain(answer.by_toys.iter().flatten());
        row.extend(levels.map(|of_parameters| written(&of_parameters[k], digits, self.space.edges()[k])));
        row
    }

    /// As many decimals as tell a thousandth of the box.
    fn digits(&self, k: usize) -> usize {
        let (low, high) = self.space.edges()[k];
        (3.0 - (high - low).log10().floor()).clamp(0.0, 12.0) as usize
    }

    fn json(&self, answer: &Answer) -> Value {
        let covariance = answer.estimate.covariance.as_ref();
        json!({
            "name": answer.name,
            "best_fit": answer.estimate.best.theta,
            "at_edge": answer.estimate.best.at_edge,
            "covariance": covariance.map(|c| c.row_iter().map(|row| row.iter().copied().collect()).collect::<Vec<Vec<f64>>>()),
            "levels": self.options.levels,
            "intervals": answer.intervals,
            "intervals_by_toys": answer.by_toys,
            "profiles": answer.estimate.profiles.iter().map(|(values, q)| json!({ "values": values.to_vec(), "q": q.to_vec() }))
                .collect::<Vec<_>>(),
        })
    }
}

/// The part of the box within six standard deviations of the best fit; all of it, where these are not known.
fn vicinity(log_likelihood: Function<'_>, space: &Space) -> Result<Space> {
    const DEVIATIONS: f64 = 6.0;
    let best = maximise(log_likelihood, space)?;
    let Ok(covariance) = covariance(log_likelihood, &best, space) else {
        return Ok(space.clone());
    };
    let near = |(k, &(low, high)): (usize, &(f64, f64))| {
        let reach = DEVIATIONS * covariance[(k, k)].sqrt();
        ((best.theta[k] - reach).max(low), (best.theta[k] + reach).min(high))
    };
    Space::new(space.edges().iter().enumerate().map(near).collect::<Vec<_>>())
}

/// From the lowest to the highest value of parameter `k` among the hypotheses that are not rejected.
fn range(grid: &Array2<f64>, excess: &[f64], k: usize) -> Vec<(f64, f64)> {
    let kept = grid
        .rows()
        .into_iter()
        .zip(excess)
        .filter(|(_, excess)| **excess <= 0.0);
    let ends = kept.fold(None, |ends: Option<(f64, f64)>, (theta, _)| {
        let (low, high) = ends.unwrap_or((theta[k], theta[k]));
        Some((low.min(theta[k]), high.max(theta[k])))
    });
    ends.into_iter().collect()
}

/// Intervals, with the ends that are none because the box ends there.
fn written(intervals: &[(f64, f64)], digits: usize, (lowest, highest): (f64, f64)) -> String {
    let end = |value: f64, edge: f64| match value == edge {
        true => "edge".to_owned(),
        false => format!("{value:.digits$}"),
    };
    let one = |&(low, high): &(f64, f64)| format!("{} to {}", end(low, lowest), end(high, highest));
    match intervals {
        [] => "none".into(),
        some => some.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}
