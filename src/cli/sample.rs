//! `motherlode sample`.

use std::path::PathBuf;

use clap::Args;
use motherlode_core::Estimator;
use motherlode_core::error::Result;
use motherlode_core::format::decimals;
use motherlode_stats::analysis::{
    Analysis, ParameterSummary, PosteriorOfEstimator, PosteriorSettings, PredictedStatistic,
};
use motherlode_stats::inference::ChainSettings;
use ndarray::Axis;

use super::Registry;
use super::infer::held;
use super::observed::{DrawsOptions, ObservedOptions, read_model, simulator_of};
use super::say::{Say, json, table};
use super::theta::Edges;

/// Of more parameters no polynomial has few enough terms for ln L to be interpolated.
const MOST_INTERPOLATED: usize = 10;
/// Statistics of predicted data to print, those first that fit worst.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model file: an estimator of ratios.
    model: PathBuf,
    #[command(flatten)]
    observed: ObservedOptions,
    /// Box of the uniform prior, low:high for each parameter; parameters that other measurements know (nuisance parameters) have these for
    /// their prior (default: the box that the model was trained in).
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    #[command(flatten)]
    chains: ChainOptions,
    /// Draws of the posterior at which a data set is simulated, to see whether it looks like what was observed (the simulator must be known).
    #[arg(long, value_name = "DRAWS")]
    predictive: Option<usize>,
    #[command(flatten)]
    draws: DrawsOptions,
}

#[derive(Debug, Args)]
pub(super) struct ChainOptions {
    /// Number of chains, which start at different places. A draw costs microseconds where ln L can be interpolated, and some ten passes over
    /// all events where it cannot.
    #[arg(long, value_name = "CHAINS", default_value_t = 4)]
    chains: usize,
    /// Draws of each chain that are kept.
    #[arg(long = "draws", id = "kept", value_name = "DRAWS", default_value_t = 1_000)]
    kept: usize,
    /// Draws of each chain in which it adapts its steps.
    #[arg(long, value_name = "DRAWS", default_value_t = 1_000)]
    warmup: usize,
    /// Seed: same seed, same draws.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    options.draws.check()?;
    let model = read_model(&options.model)?;
    let observed = options.observed.read(registry, Some(&model as &dyn Estimator))?;
    let simulator = simulator_of(registry, &observed);
    let mut analysis = Analysis::new(&model).with_observations(&observed);
    if let Some(simulator) = &simulator {
        analysis = analysis.with_simulator(&**simulator);
    }
    if let Some(Edges(edges)) = options.edges {
        analysis = analysis.with_box(edges);
    }
    let settings = PosteriorSettings {
        chains: ChainSettings {
            chains: options.chains.chains,
            draws: options.chains.kept,
            warmup: options.chains.warmup,
            seed: options.chains.seed,
        },
        predictive: options.predictive,
    };
    let result = analysis.sample(&settings, &say.progress("draws"))?;
    let draws = result.answers[0].draws.draws();
    let names = observed.header().parameters.iter().cloned().enumerate();
    let arrays = names.map(|(k, name)| (name, draws.index_axis(Axis(2), k)));
    options.draws.write(&arrays.collect::<Vec<_>>())?;
    let mut parts = vec![observed.description()];
    let held = held(&observed.header().parameters, &result.edges);
    let answers = result.answers.iter();
    parts.extend(answers.map(|answer| posterior_text(answer, held.as_deref())));
    parts.extend(result.predictive.as_deref().map(predictive_text));
    parts.extend(result.warnings.iter().map(|warning| format!("warning: {warning}")));
    say.result(&parts.join("\n\n"), json(&result)?)
}

/// The table of a posterior by chains, with an account of these.
pub(super) fn posterior_text(answer: &PosteriorOfEstimator, held: Option<&str>) -> String {
    let heading = [
        "    parameter",
        "mean",
        "std. dev.",
        "2.5 %",
        "50 %",
        "97.5 %",
        "R-hat",
        "bulk ESS",
        "tail ESS",
    ];
    let row = |parameter: &ParameterSummary| {
        let mut row = vec![format!("    {}", parameter.name)];
        row.extend(numbers(parameter));
        if let Some(found) = &parameter.convergence {
            row.push(format!("{:.3}", found.r_hat));
            row.extend([found.bulk_ess, found.tail_ess].map(|size| format!("{size:.0}")));
        }
        row
    };
    let rows: Vec<Vec<String>> = answer.parameters.iter().map(row).collect();
    let mut lines = vec![answer.name.clone(), table(&heading, &rows)];
    lines.extend(held.map(|held| format!("    {held}")));
    lines.push(account(answer));
    let warnings = answer.warnings.iter();
    lines.extend(warnings.map(|warning| format!("    warning: {warning}")));
    lines.join("\n")
}

fn account(answer: &PosteriorOfEstimator) -> String {
    let (chains, draws, _) = answer.draws.draws().dim();
    let acceptance = answer.acceptance.iter().sum::<f64>() / chains as f64;
    format!(
        "    {chains} chains of {draws} draws, {} divergent, acceptance {acceptance:.2}, {} steps{}",
        answer.divergences,
        answer.evaluations,
        match (answer.interpolated, answer.dimensions <= MOST_INTERPOLATED) {
            (true, _) => " on an interpolated ln L",
            (false, true) => ", each over all events (in a smaller --box ln L can be interpolated)",
            (false, false) => ", each over all events",
        }
    )
}

fn predictive_text(predicted: &[PredictedStatistic]) -> String {
    let row = |found: &PredictedStatistic| {
        let numbers = [found.observed, found.mean, found.standard_deviation].map(|number| format!("{number:.5}"));
        let mut row = vec![format!("    {}", found.statistic)];
        row.extend(numbers);
        row.push(format!("{:.4}", found.p_value));
        row
    };
    let rows: Vec<Vec<String>> = predicted.iter().take(SHOWN).map(row).collect();
    let more = match predicted.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\n    and {more} that fit better"),
    };
    format!(
        "data of the posterior\n{}{more}",
        table(
            &["    statistic", "observed", "predicted", "std. dev.", "p-value"],
            &rows
        )
    )
}

/// Mean, deviation and quantiles, with as many decimals as resolve a thousandth of the box.
pub(super) fn numbers(parameter: &ParameterSummary) -> Vec<String> {
    let (low, high) = parameter.range;
    let digits = (3.0 - (high - low).log10().floor()).clamp(0.0, 12.0) as usize;
    let quantiles = parameter.quantiles;
    let numbers = [
        parameter.mean,
        parameter.standard_deviation,
        quantiles.lower,
        quantiles.median,
        quantiles.upper,
    ];
    numbers.map(|number| decimals(number, digits)).to_vec()
}
