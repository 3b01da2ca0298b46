//! `motherlode abc`: approximate Bayesian computation.

use std::path::PathBuf;

use clap::Args;
use motherlode_core::Estimator;
use motherlode_core::error::Result;
use motherlode_nn::Model;
use motherlode_stats::analysis::{AbcMethod, AbcResult, AbcSettings, Analysis, ParameterSummary};
use ndarray::Axis;

use super::console::{Console, json, table, warning_lines};
use super::observed::{DrawsOptions, ObservedOptions};
use super::one_of::one_of;
use super::prior::PriorText;
use super::sample::{posterior_text, summary_cells};
use super::theta::Edges;
use super::{Registry, SimulatorName, infer, open_simulator};
use crate::count::count;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    observed: ObservedOptions,
    /// Sampler: sequential Monte Carlo with decreasing distance (smc), or rejection of draws from the prior (rejection).
    #[arg(long, default_value = "smc", value_parser = one_of([
        ("smc", "", AbcMethod::Population),
        ("rejection", "", AbcMethod::Rejection),
    ]))]
    method: AbcMethod,
    /// Largest number of simulated data sets; each has as many events as the observed one.
    #[arg(long, value_name = "SIMULATIONS", default_value_t = 20_000, value_parser = count::<usize>)]
    budget: usize,
    /// Number of hypotheses to keep.
    #[arg(long, value_name = "HYPOTHESES", default_value_t = 1_000, value_parser = count::<usize>)]
    particles: usize,
    /// Distance to stop at, in standard deviations of the statistics over the prior [default: the smallest that the budget allows].
    #[arg(long, value_name = "DISTANCE")]
    tolerance: Option<f64>,
    /// Correct the kept hypotheses for their distance to the observed data by linear regression.
    #[arg(long)]
    adjust: bool,
    /// Compare data sets by the mean score of this model, best trained with sally at one point [default: by the means of the observables].
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// Box of the uniform prior, or to which a given prior is cut, low:high for each parameter [default: the simulator's box].
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Prior: NAME=DISTRIBUTION for each parameter, separated by semicolons, such as "a=normal(0, 0.5); b=log-uniform(0.1, 10)", or a .json
    /// file [default: uniform in the box].
    #[arg(long, value_name = "PRIOR")]
    prior: Option<PriorText>,
    /// Seed of the random numbers; the same seed gives the same result.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    draws: DrawsOptions,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let _lock = options.draws.lock()?;
    let model = options.model.as_ref().map(|path| Model::read(path)).transpose()?;
    let estimator = model.as_ref().map(|model| model as &dyn Estimator);
    let observed = options.observed.read(registry, estimator)?;
    let simulator = open_simulator(registry, &SimulatorName::from(observed.header()))?;
    let mut analysis = Analysis::of_simulator(&*simulator).with_observations(&observed);
    if let Some(estimator) = estimator {
        analysis = analysis.with_estimator(estimator);
    }
    if let Some(Edges(edges)) = &options.edges {
        analysis = analysis.with_box(edges.clone());
    }
    if let Some(prior) = &options.prior {
        analysis = analysis.with_prior(prior.prior(&observed.header().parameters, None)?);
    }
    let result = analysis.abc(&options.settings(), &console.progress("data sets"))?;
    let names = &observed.header().parameters;
    let columns = names.iter().cloned().zip(result.particles.theta.columns());
    let mut arrays: Vec<_> = columns
        .map(|(name, column)| (name, column.insert_axis(Axis(0))))
        .collect();
    arrays.push(("weights".into(), result.particles.weights.view().insert_axis(Axis(0))));
    options.draws.write(&arrays)?;
    let mut parts = vec![format!("{}\n{}", observed.description(), result.prior), text(&result)];
    let held = infer::held(names, result.parameter_box.edges());
    parts.extend(
        result
            .exact
            .as_ref()
            .map(|exact| posterior_text(exact, held.as_deref())),
    );
    parts.extend(warning_lines(&result.warnings));
    console.print(&parts.join("\n\n"), json(&result)?)
}

impl Options {
    fn settings(&self) -> AbcSettings {
        AbcSettings {
            method: self.method,
            budget: self.budget,
            particles: self.particles,
            tolerance: self.tolerance,
            adjust: self.adjust,
            seed: self.seed,
        }
    }
}

fn text(result: &AbcResult) -> String {
    let row = |parameter: &ParameterSummary| {
        let mut row = vec![format!("    {}", parameter.name)];
        row.extend(summary_cells(parameter));
        row
    };
    let rows: Vec<Vec<String>> = result.parameters.iter().map(row).collect();
    format!(
        "{} by {}{}\n{}\n    {} data sets simulated, {} hypotheses within a distance of {:.4}, worth {:.0} draws",
        result.method,
        result.statistics,
        if result.adjusted { ", adjusted" } else { "" },
        table(
            &["    parameter", "mean", "std. dev.", "2.5 %", "50 %", "97.5 %"],
            &rows
        ),
        result.simulations,
        result.n_particles,
        result.particles.tolerance,
        result.effective_size
    )
}
