//! `motherlode abc`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ndarray::{Array1, ArrayView2, Axis};
use serde_json::json;

use super::observed::{DrawsOptions, ObservedOptions};
use super::sample::{self, Question};
use super::say::{Say, table};
use super::theta::Edges;
use super::{Registry, SimulatorName, simulator};
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Prior;
use motherlode_core::likelihood::Score;
use motherlode_nn::ModelFile;
use motherlode_stats::inference::abc::{
    Comparison, Keep, Particles, PopulationSettings, data_sets, means, population, reject,
};
use motherlode_stats::inference::{ChainSettings, ParameterBox};

/// Simulations that find out the units of the statistics, at the most, and the share of the budget.
const PILOT: usize = 500;
const SHARE_OF_PILOT: usize = 10;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    observed: ObservedOptions,
    /// How hypotheses are found: in rounds that close in on the data (smc), or all from the prior (rejection).
    #[arg(long, value_enum, default_value_t = Method::Smc)]
    method: Method,
    /// Data sets that may be simulated, each of as many events as were observed.
    #[arg(long, value_name = "SIMULATIONS", default_value_t = 20_000)]
    budget: usize,
    /// Hypotheses that are kept.
    #[arg(long, value_name = "HYPOTHESES", default_value_t = 1_000)]
    particles: usize,
    /// The distance at which it ends, in units of how statistics scatter over the prior (default: as near as the budget
    /// allows).
    #[arg(long, value_name = "DISTANCE")]
    tolerance: Option<f64>,
    /// Move the hypotheses kept to where they would be, had their data been those observed, by linear regression.
    #[arg(long)]
    adjust: bool,
    /// Compare the mean score that this model estimates, which is best at the point that it was trained at (sally)
    /// (default: the means of the observables).
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// The prior is uniform in this box, given as low:high for each parameter (default: the simulator's own box).
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// The seed: same seed, same result.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    draws: DrawsOptions,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    Smc,
    Rejection,
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    options.draws.check()?;
    let model = options.model.as_ref().map(|path| ModelFile::read(path)).transpose()?;
    let observed = options.observed.read(registry, model.as_ref())?;
    let chosen = simulator(registry, &SimulatorName::from(observed.header()))?;
    let simulator = &*chosen;
    let edges = match options.edges.clone() {
        Some(Edges(edges)) => edges,
        None => simulator.hypotheses()?.prior,
    };
    let (space, prior, parameters) = (
        ParameterBox::new(edges.clone())?,
        Prior::Box { edges },
        simulator.parameters(),
    );
    if let Some(model) = &model {
        knows_score(model)?;
    }
    let middle = space.middle();
    let statistics = |x: ArrayView2<f64>| match &model {
        Some(model) => mean_score(model, x, model.theta_ref().unwrap_or(&middle)),
        None => means(x),
    };
    let data_set = data_sets(simulator, observed.x().nrows(), &statistics);
    let pilot = PILOT.min(options.budget / SHARE_OF_PILOT);
    let comparison =
        Comparison::new(&prior, &parameters, &data_set, statistics(observed.x())?)?.scaled(pilot, options.seed)?;
    let particles = options.particles(&comparison, options.budget - pilot, say)?;
    let particles = match options.adjust {
        true => comparison.adjusted(&particles)?,
        false => particles,
    };
    let names = &observed.header().parameters;
    let mut arrays: Vec<_> = names
        .iter()
        .cloned()
        .zip(particles.theta.columns())
        .map(|(name, column)| (name, column.insert_axis(Axis(0))))
        .collect();
    arrays.push(("weights".into(), particles.weights.view().insert_axis(Axis(0))));
    options.draws.write(&arrays)?;
    let question = Question {
        observed: &observed,
        reference: simulator.hypotheses()?.theta1,
        space,
        constraints: Vec::new(), // the prior of the method is uniform
        plan: ChainSettings {
            chains: 4,
            draws: 1_000,
            warmup: 500,
            seed: options.seed,
        },
    };
    let exact = question.exactly(Some(simulator), say)?;
    let summary = match &model {
        Some(model) => format!("the mean score of {}", model.name()),
        None => "the means of observables".into(),
    };
    let warnings = observed.warnings(model.as_ref(), Some(&chosen), false);
    let rows = names.iter().enumerate().map(|(k, name)| {
        let mut row = vec![format!("    {name}")];
        row.extend(sample::in_numbers(&particles.marginal(k), question.space.edges()[k]));
        row
    });
    let mut words = vec![format!(
        "{} by {summary}{}\n{}\n    {} data sets simulated, {} hypotheses within a distance of {:.4}, \
         worth {:.0} draws",
        options.method.name(),
        if options.adjust { ", adjusted" } else { "" },
        table(
            &["    parameter", "mean", "std. dev.", "2.5 %", "50 %", "97.5 %"],
            &rows.collect::<Vec<_>>()
        ),
        particles.simulations + pilot,
        particles.weights.len(),
        particles.tolerance,
        particles.effective_size()
    )];
    words.extend(exact.as_ref().map(|exact| question.words(exact)));
    words.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    say.result(
        &format!("{}\n\n{}", observed.in_words(), words.join("\n\n")),
        json!({
            "simulator": observed.header().simulator_label(), "n_events": observed.x().nrows(), "box": question.space.edges(),
            "method": options.method.name(), "statistics": summary, "adjusted": options.adjust, "seed": options.seed,
            "simulations": particles.simulations + pilot, "tolerance": finite(particles.tolerance),
            "particles": particles.weights.len(), "effective_size": particles.effective_size(),
            "rounds": particles.rounds.iter().map(|(tolerance, share)| json!({
                "tolerance": finite(*tolerance), "acceptance": share,
            })).collect::<Vec<_>>(),
            "parameters": names.iter().enumerate()
                .map(|(k, name)| sample::of_marginal(name, &particles.marginal(k), question.space.edges()[k]))
                .collect::<Vec<_>>(),
            "warnings": warnings,
            "exact": exact.map(|exact| question.json(&exact)),
        }),
    )
}

/// JSON has no infinity: everything was accepted.
fn finite(tolerance: f64) -> Option<f64> {
    tolerance.is_finite().then_some(tolerance)
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Smc => "population Monte Carlo",
            Self::Rejection => "rejection",
        }
    }
}

impl Options {
    fn particles(&self, comparison: &Comparison<'_>, simulations: usize, say: &Say) -> Result<Particles> {
        let progress = say.progress("data sets");
        match self.method {
            Method::Smc => {
                let plan = PopulationSettings {
                    particles: self.particles,
                    simulations,
                    tolerance: self.tolerance.unwrap_or(0.0),
                    seed: self.seed,
                };
                population(comparison, plan, &progress)
            }
            Method::Rejection => {
                let best = Keep::Best((self.particles as f64 / simulations as f64).min(1.0));
                reject(
                    comparison,
                    simulations,
                    self.tolerance.map_or(best, Keep::Within),
                    self.seed,
                    &progress,
                )
            }
        }
    }
}

fn knows_score(model: &ModelFile) -> Result<()> {
    match model.knows_score() {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "{} knows no score to compare data sets by: train sally, or leave --model out to compare means",
            model.name()
        ))),
    }
}

/// Σ_i t̂(x_i)/n, `[p]`: next to the point where it is taken, all that the data say.
fn mean_score(model: &ModelFile, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
    means(model.score(x, theta)?.view())
}
