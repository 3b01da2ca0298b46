//! `motherlode sample`: the posterior, by independent draws or by Markov chains.

mod each;

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
use super::console::{Console, json, table, warning_lines};
use super::infer::held;
use super::observed::{DrawsOptions, ObservedOptions, known_simulator, read_model};
use super::prior::PriorText;
use super::theta::Edges;
use crate::count::count;

/// Largest number of parameters for which ln L can be interpolated by a polynomial.
const MOST_INTERPOLATED: usize = 10;
/// Number of statistics of predicted data to print, worst fit first.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model file of an estimator of ratios.
    model: PathBuf,
    #[command(flatten)]
    observed: ObservedOptions,
    /// Box to which the prior is cut, low:high for each parameter [default: none].
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Prior: NAME=DISTRIBUTION for each parameter, separated by semicolons, such as "a=normal(0, 0.5); b=log-uniform(0.1, 10)", or a .json
    /// file [default: the prior of the training, times the constraints of nuisance parameters].
    #[arg(long, value_name = "PRIOR")]
    prior: Option<PriorText>,
    /// Take each event as a data set of its own, which may be of parameters of its own: one posterior for each.
    #[arg(long, conflicts_with = "predictive")]
    each: bool,
    #[command(flatten)]
    chains: ChainOptions,
    /// Number of posterior draws at which to simulate a data set, to compare it with the observed one [default: none]. The program must
    /// have the simulator.
    #[arg(long, value_name = "DRAWS", value_parser = count::<usize>)]
    predictive: Option<usize>,
    #[command(flatten)]
    draws: DrawsOptions,
}

#[derive(Debug, Args)]
pub(super) struct ChainOptions {
    /// Number of chains, which start at different points. A draw takes microseconds if ln L can be interpolated, otherwise about ten passes
    /// over all events.
    #[arg(long, value_name = "CHAINS", default_value_t = 4, value_parser = count::<usize>)]
    chains: usize,
    /// Number of draws of each chain.
    #[arg(long = "draws", id = "chain_draws", value_name = "DRAWS", default_value_t = 1_000, value_parser = count::<usize>)]
    draws: usize,
    /// Number of warm-up draws of each chain, which adapt its steps and are discarded.
    #[arg(long, value_name = "DRAWS", default_value_t = 1_000, value_parser = count::<usize>)]
    warmup: usize,
    /// Seed of the chains; the same seed gives the same draws.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let _lock = options.draws.lock()?;
    let model = read_model(&options.model)?;
    let observed = match options.each {
        true => options.observed.read_each(registry, Some(&model as &dyn Estimator))?,
        false => options.observed.read(registry, Some(&model as &dyn Estimator))?,
    };
    let simulator = known_simulator(registry, &observed);
    let mut analysis = Analysis::new(&model).with_observations(&observed);
    if let Some(simulator) = &simulator {
        analysis = analysis.with_simulator(&**simulator);
    }
    if let Some(Edges(edges)) = options.edges {
        analysis = analysis.with_box(edges);
    }
    if let Some(prior) = &options.prior {
        analysis = analysis.with_prior(prior.prior(&observed.header().parameters, None)?);
    }
    let chains = ChainSettings {
        chains: options.chains.chains,
        draws: options.chains.draws,
        warmup: options.chains.warmup,
        seed: options.chains.seed,
    };
    if options.each {
        let result = analysis.sample_each(chains, &console.progress("events"))?;
        return each::print(&observed, &result, &options.draws, console);
    }
    let settings = PosteriorSettings {
        chains,
        predictive: options.predictive,
    };
    let result = analysis.sample(&settings, &console.progress("draws"))?;
    let draws = result.answers[0].draws.draws();
    let names = observed.header().parameters.iter().cloned().enumerate();
    let arrays = names.map(|(k, name)| (name, draws.index_axis(Axis(2), k)));
    options.draws.write(&arrays.collect::<Vec<_>>())?;
    let mut parts = vec![format!("{}\n{}", observed.description(), result.prior)];
    let held = held(&observed.header().parameters, result.parameter_box.edges());
    let answers = result.answers.iter();
    parts.extend(answers.map(|answer| posterior_text(answer, held.as_deref())));
    parts.extend(result.predictive.as_deref().map(predictive_text));
    let certified = result.certificate.iter();
    parts.extend(certified.map(|certified| format!("certificate: {}", certified.statement)));
    parts.extend(warning_lines(&result.warnings));
    console.print(&parts.join("\n\n"), json(&result)?)
}

/// Table of a posterior, with a line about its chains.
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
        row.extend(summary_cells(parameter));
        if let Some(convergence) = &parameter.convergence {
            row.push(format!("{:.3}", convergence.r_hat));
            row.extend([convergence.bulk_ess, convergence.tail_ess].map(|size| format!("{size:.0}")));
        }
        row
    };
    let rows: Vec<Vec<String>> = answer.parameters.iter().map(row).collect();
    let mut lines = vec![answer.name.clone(), table(&heading, &rows)];
    lines.extend(held.map(|held| format!("    {held}")));
    lines.push(chain_line(answer));
    let warnings = warning_lines(&answer.warnings);
    lines.extend(warnings.iter().map(|line| format!("    {line}")));
    lines.join("\n")
}

fn chain_line(answer: &PosteriorOfEstimator) -> String {
    let (chains, draws, _) = answer.draws.draws().dim();
    if let Some(direct) = answer.direct {
        let kept = match direct.kept < 1.0 {
            true => format!(", {:.3} of them kept under the prior of the analysis", direct.kept),
            false => String::new(),
        };
        return format!(
            "    {} independent draws, {:.3} of all within the prior of the training{kept}",
            chains * draws,
            direct.inside
        );
    }
    let acceptance = answer.acceptance.iter().sum::<f64>() / chains as f64;
    format!(
        "    {chains} chains of {draws} draws, {} divergent, acceptance {acceptance:.2}, {} steps{}",
        answer.divergences,
        answer.evaluations,
        match (answer.interpolated, answer.dimensions <= MOST_INTERPOLATED) {
            (true, _) => " on an interpolated ln L",
            (false, true) => ", each over all events (a smaller --box may allow to interpolate ln L)",
            (false, false) => ", each over all events",
        }
    )
}

fn predictive_text(predicted: &[PredictedStatistic]) -> String {
    let row = |PredictedStatistic { statistic, predicted }: &PredictedStatistic| {
        let numbers = [predicted.observed, predicted.mean, predicted.standard_deviation];
        let mut row = vec![format!("    {statistic}")];
        row.extend(numbers.map(|number| format!("{number:.5}")));
        row.push(format!("{:.4}", predicted.p_value));
        row
    };
    let rows: Vec<Vec<String>> = predicted.iter().take(SHOWN).map(row).collect();
    let more = match predicted.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\n    and {more} that fit better"),
    };
    format!(
        "posterior predictive data\n{}{more}",
        table(
            &["    statistic", "observed", "predicted", "std. dev.", "p-value"],
            &rows
        )
    )
}

/// Mean, standard deviation and quantiles, with decimals to a thousandth of the box, or to two digits of the standard deviation where that is
/// small.
pub(super) fn summary_cells(parameter: &ParameterSummary) -> Vec<String> {
    let (low, high) = parameter.range;
    let of_box = 3.0 - (high - low).log10().floor();
    let of_deviation = 1.0 - parameter.standard_deviation.max(f64::MIN_POSITIVE).log10().floor();
    let digits = of_box.max(of_deviation).clamp(0.0, 12.0) as usize;
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
