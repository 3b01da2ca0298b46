//! `motherlode sample`.

use std::path::PathBuf;

use clap::Args;
use ndarray::{Array1, ArrayView2, Axis};
use serde_json::{Value, json};

use super::Registry;
use super::infer;
use super::observed::{DrawsOptions, Observed, ObservedOptions};
use super::say::{Say, table};
use super::theta::Edges;
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::decimals;
use motherlode_core::trace::Instrumented;
use motherlode_stats::diagnostics::{Predicted, predictive};
use motherlode_stats::inference::abc::data_sets;
use motherlode_stats::inference::{
    ChainSettings, Chains, Constraint, Differentiable, Marginal, ParameterBox, Target, sample,
};

/// Chains have converged below this R̂, and with as many effective draws each (Vehtari et al. 2021).
const MOST_R_HAT: f64 = 1.01;
const FEWEST_EFFECTIVE: f64 = 100.0;
/// Of more parameters no polynomial has few enough terms for ln L to be interpolated.
const MOST_INTERPOLATED: usize = 10;
/// Statistics of predicted data that are shown, those first that fit worst.
const SHOWN: usize = 10;

/// A share of predicted data sets as far off as this is doubted.
const DOUBTED: f64 = 0.02;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The model file: an estimator of ratios.
    model: PathBuf,
    #[command(flatten)]
    observed: ObservedOptions,
    /// The prior is uniform in this box, but for parameters that other measurements know (nuisance parameters), given as low:high for each parameter (default: the box that the model was
    /// trained in).
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    #[command(flatten)]
    chains: ChainOptions,
    /// Draw a data set at each of this many draws of the posterior, and say whether they look like what was observed
    /// (the simulator must be known here).
    #[arg(long, value_name = "DRAWS")]
    predictive: Option<usize>,
    #[command(flatten)]
    draws: DrawsOptions,
}

#[derive(Debug, Args)]
pub(super) struct ChainOptions {
    /// Chains, which start at different places. A draw costs microseconds where ln L can be interpolated; where it
    /// cannot, it costs some ten passes over all events.
    #[arg(long, value_name = "CHAINS", default_value_t = 4)]
    chains: usize,
    /// Draws of each chain that are kept.
    #[arg(long = "draws", id = "kept", value_name = "DRAWS", default_value_t = 1_000)]
    kept: usize,
    /// Draws of each chain in which it adapts its steps.
    #[arg(long, value_name = "DRAWS", default_value_t = 1_000)]
    warmup: usize,
    /// The seed: same seed, same draws.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    options.draws.check()?;
    let model = infer::read_model(&options.model)?;
    let observed = options.observed.read(registry, Some(&model))?;
    infer::needs_ratio(&model)?;
    let chosen = observed.simulator(registry);
    let simulator = chosen.as_deref();
    let space = infer::space(options.edges, &model, simulator)?;
    infer::several_hypotheses(&model)?;
    let question = Question {
        observed: &observed,
        reference: infer::reference(simulator, &space),
        space,
        constraints: infer::constraints(simulator),
        plan: ChainSettings {
            chains: options.chains.chains,
            draws: options.chains.kept,
            warmup: options.chains.warmup,
            seed: options.chains.seed,
        },
    };
    let mut answers = vec![question.answer(&model.name(), &model, say)?];
    answers.extend(question.exactly(simulator, say)?);
    let chains = &answers[0].chains;
    let parameters = &observed.header().parameters;
    let names = parameters.iter().cloned().enumerate();
    options.draws.write(
        &names
            .map(|(k, name)| (name, chains.draws().index_axis(Axis(2), k)))
            .collect::<Vec<_>>(),
    )?;
    let predicted = options
        .predictive
        .map(|n| question.predicted(simulator, chains, n))
        .transpose()?;
    let mut warnings = observed.warnings(Some(&model), chosen.as_ref(), false);
    warnings.extend(infer::few_points(&model));
    warnings.extend(
        predicted
            .iter()
            .flatten()
            .filter_map(|(name, found)| unlike(name, found)),
    );
    let mut words: Vec<String> = answers.iter().map(|answer| question.words(answer)).collect();
    words.extend(predicted.as_deref().map(predicted_in_words));
    words.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    say.result(
        &format!("{}\n\n{}", observed.in_words(), words.join("\n\n")),
        json!({
            "simulator": observed.header().simulator_label(), "n_events": observed.x().nrows(), "box": question.space.edges(),
            "chains": question.plan.chains, "draws": question.plan.draws, "warmup": question.plan.warmup,
            "seed": question.plan.seed,
            "warnings": warnings,
            "answers": answers.iter().map(|answer| question.json(answer)).collect::<Vec<_>>(),
            "predictive": predicted.map(|all| all.iter().map(|(name, p)| json!({
                "statistic": name, "observed": p.observed, "mean": p.mean, "standard_deviation": p.standard_deviation,
                "p_value": p.p_value,
            })).collect::<Vec<_>>()),
        }),
    )
}

/// Says so where data of the posterior hardly look like those observed.
fn unlike(name: &str, found: &Predicted) -> Option<String> {
    (found.p_value < DOUBTED).then(|| {
        format!(
            "{name}: data of the posterior hardly look like those observed ({:.4} ± {:.4}, and {:.4}): the truth may lie outside of \
             the box, or the data are not of this simulator",
            found.mean, found.standard_deviation, found.observed
        )
    })
}

/// What was observed, and how it is sampled.
pub(super) struct Question<'a> {
    pub observed: &'a Observed,
    pub reference: Vec<f64>,
    pub space: ParameterBox,
    /// What other measurements know: the prior of nuisance parameters.
    pub constraints: Vec<Constraint>,
    pub plan: ChainSettings,
}

/// What one estimator says.
pub(super) struct Answer {
    name: String,
    chains: Chains,
    interpolated: bool,
}

impl Question<'_> {
    fn answer(&self, name: &str, estimator: &dyn Differentiable, say: &Say) -> Result<Answer> {
        let target = Target::new(estimator, self.observed.x(), &self.reference, &self.space);
        let progress = say.progress("draws");
        let chains = sample(
            &|theta: &[f64]| {
                let (mut log, mut gradient) = target.at(theta)?;
                for constraint in &self.constraints {
                    let (of_it, slope) = constraint.at(theta)?;
                    log += of_it;
                    gradient[constraint.parameter] += slope;
                }
                Ok((log, gradient))
            },
            target.space(),
            self.plan,
            &progress,
        )?;
        Ok(Answer {
            name: name.into(),
            chains,
            interpolated: target.is_interpolated(),
        })
    }

    /// The exact answer, if the simulator has one.
    pub(super) fn exactly(&self, simulator: Option<&dyn Instrumented>, say: &Say) -> Result<Option<Answer>> {
        let Some(truth) = simulator.and_then(Instrumented::truth) else {
            return Ok(None);
        };
        let name = format!("exact answer ({})", truth.route());
        self.answer(&name, &truth, say).map(Some)
    }

    /// The parameters that are not held fixed, by number and name.
    fn free(&self) -> impl Iterator<Item = (usize, &String)> {
        self.space.free().iter().map(|&k| (k, &self.parameters()[k]))
    }

    fn parameters(&self) -> &[String] {
        &self.observed.header().parameters
    }

    pub(super) fn words(&self, answer: &Answer) -> String {
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
        let row = |(k, name): (usize, &String)| {
            let mut row = vec![format!("    {name}")];
            row.extend(in_numbers(&answer.chains.marginal(k), self.space.edges()[k]));
            row.push(format!("{:.3}", answer.chains.r_hat(k)));
            let sizes = [
                answer.chains.bulk_effective_size(k),
                answer.chains.tail_effective_size(k),
            ];
            row.extend(sizes.map(|size| format!("{size:.0}")));
            row
        };
        let rows: Vec<Vec<String>> = self.free().map(row).collect();
        let mut lines = vec![answer.name.clone(), table(&heading, &rows)];
        lines.extend(infer::held(self.parameters(), self.space.edges()).map(|held| format!("    {held}")));
        lines.push(self.account(answer));
        lines.extend(
            self.warnings(&answer.chains)
                .into_iter()
                .map(|warning| format!("    warning: {warning}")),
        );
        lines.join("\n")
    }

    fn account(&self, answer: &Answer) -> String {
        let ChainSettings { chains, draws, .. } = self.plan;
        format!(
            "    {chains} chains of {draws} draws, {} divergent, acceptance {:.2}, {} steps{}",
            answer.chains.divergences(),
            answer.chains.acceptance().mean().unwrap_or(f64::NAN),
            answer.chains.evaluations(),
            match (answer.interpolated, self.space.dimensions() <= MOST_INTERPOLATED) {
                (true, _) => " on an interpolated ln L",
                (false, true) => ", each over all events (in a smaller --box ln L can be interpolated)",
                (false, false) => ", each over all events",
            }
        )
    }

    /// Why the draws may not be those of the posterior, and what to do.
    fn warnings(&self, chains: &Chains) -> Vec<String> {
        let all = self.plan.chains * self.plan.draws;
        let mut warnings = Vec::new();
        for (k, name) in self.free() {
            let (r_hat, needed) = (chains.r_hat(k), FEWEST_EFFECTIVE * self.plan.chains as f64);
            let size = chains.bulk_effective_size(k).min(chains.tail_effective_size(k));
            if r_hat.is_nan() || r_hat >= MOST_R_HAT {
                warnings.push(format!(
                    "the chains do not agree on {name} (R-hat {r_hat:.3}): they are too short, which more --draws and \
                     --warmup cure, or the posterior has several modes; look at its likelihood with infer, and sample each \
                     mode in a --box of its own"
                ));
            } else if size.is_nan() || size < needed {
                let times = (needed / size).ceil().clamp(2.0, 1e6) as usize;
                warnings.push(format!(
                    "the draws of {name} are worth {size:.0} independent ones, and {needed:.0} are needed: --draws {}",
                    times * self.plan.draws
                ));
            }
        }
        if chains.divergences() > 0 {
            warnings.push(format!(
                "{} of {all} trajectories broke off: the posterior has corners that the chains do not get into, or the data \
                 are impossible in a part of the box; take a --box that avoids it, or a longer --warmup",
                chains.divergences()
            ));
        }
        if chains.truncated() > 0 {
            warnings.push(format!(
                "{} of {all} trajectories were cut off after 1023 steps: parameters are strongly correlated, or the --warmup \
                 was too short",
                chains.truncated()
            ));
        }
        warnings
    }

    pub(super) fn json(&self, answer: &Answer) -> Value {
        let chains = &answer.chains;
        let parameter = |(k, name): (usize, &String)| {
            let mut found = of_marginal(name, &chains.marginal(k), self.space.edges()[k]);
            found["monte_carlo_error"] = json!(chains.mean(k).standard_error);
            found["r_hat"] = json!(chains.r_hat(k));
            found["bulk_ess"] = json!(chains.bulk_effective_size(k));
            found["tail_ess"] = json!(chains.tail_effective_size(k));
            found
        };
        json!({
            "name": answer.name,
            "parameters": self.free().map(parameter).collect::<Vec<_>>(),
            "divergences": chains.divergences(), "truncated": chains.truncated(),
            "acceptance": chains.acceptance().to_vec(),
            "evaluations": chains.evaluations(), "interpolated": answer.interpolated, "warnings": self.warnings(chains),
        })
    }

    /// What the posterior predicts of mean and spread of each observable.
    fn predicted(
        &self,
        simulator: Option<&dyn Instrumented>,
        chains: &Chains,
        n: usize,
    ) -> Result<Vec<(String, Predicted)>> {
        let simulator =
            simulator.ok_or_else(|| Error::usage("predictions need the simulator, which is not known here"))?;
        let x = self.observed.x();
        let statistics = statistics(x)?;
        let data_set = data_sets(simulator, x.nrows(), &self::statistics);
        let predicted = predictive(&data_set, chains.thinned(n).view(), statistics.view(), self.plan.seed)?;
        let observables = &self.observed.header().observables;
        let names = ["mean", "std. dev."]
            .into_iter()
            .flat_map(|what| observables.iter().map(move |of| format!("{what} of {of}")));
        let mut named: Vec<(String, Predicted)> = names.zip(predicted).collect();
        named.sort_by(|(_, a), (_, b)| a.p_value.total_cmp(&b.p_value));
        Ok(named)
    }
}

/// Mean and, of several events, standard deviation of each observable.
fn statistics(x: ArrayView2<f64>) -> Result<Array1<f64>> {
    let mut all = motherlode_stats::inference::abc::means(x)?.to_vec();
    if x.nrows() > 1 {
        all.extend(x.std_axis(Axis(0), 1.0));
    }
    Ok(all.into())
}

fn predicted_in_words(predicted: &[(String, Predicted)]) -> String {
    let row = |(name, found): &(String, Predicted)| {
        let numbers = [found.observed, found.mean, found.standard_deviation].map(|number| format!("{number:.5}"));
        let mut row = vec![format!("    {name}")];
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

/// Mean, deviation and quantiles, with as many decimals as tell a thousandth of the box.
pub(super) fn in_numbers(marginal: &Marginal, (low, high): (f64, f64)) -> Vec<String> {
    let digits = (3.0 - (high - low).log10().floor()).clamp(0.0, 12.0) as usize;
    let mut numbers = vec![marginal.mean(), marginal.standard_deviation()];
    numbers.extend([0.025, 0.5, 0.975].map(|share| marginal.quantile(share)));
    numbers.into_iter().map(|number| decimals(number, digits)).collect()
}

/// The same for machines, and the contraction: the share of the variance of the prior that the data took away.
pub(super) fn of_marginal(name: &str, marginal: &Marginal, (low, high): (f64, f64)) -> Value {
    let (sd, prior) = (marginal.standard_deviation(), (high - low) / 12.0f64.sqrt());
    json!({
        "name": name, "mean": marginal.mean(), "standard_deviation": sd, "contraction": 1.0 - (sd / prior).powi(2),
        "quantiles": {
            "0.025": marginal.quantile(0.025), "0.5": marginal.quantile(0.5), "0.975": marginal.quantile(0.975),
        },
    })
}
