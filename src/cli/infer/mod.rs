//! `motherlode infer`.

mod considered;
mod premises;
mod question;
mod summaries;
mod toys;
mod words;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::observed::ObservedOptions;
use super::say::Say;
use super::simulated::few_simulated;
use super::theta::Edges;
use super::{Chosen, Registry};
pub(super) use considered::{few_points, several_hypotheses, space, was_trained_at};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Instrumented;
use motherlode_stats::inference::{Landscape, ParameterBox};
pub(super) use premises::{constraints, needs_ratio, one_hypothesis, read_model, reference, seen_in_training};
use question::Question;
use summaries::{Densities, SummaryOptions};
pub(super) use words::{Context, held};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The model file: an estimator of ratios, or of the score, whose density is then estimated from events of the simulator.
    model: PathBuf,
    #[command(flatten)]
    observed: ObservedOptions,
    #[command(flatten)]
    summaries: SummaryOptions,
    /// Let the events stand for this many: expected results from a large sample (the Asimov data set), and how far those of other data
    /// sets of this size lie around them.
    #[arg(long, value_name = "EVENTS")]
    expect: Option<f64>,
    /// The hypotheses that are considered, given as low:high for each parameter (default: the box that the model was trained in).
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Confidence levels, separated by commas.
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', default_values_t = [0.68, 0.95])]
    levels: Vec<f64>,
    /// What another measurement says of a parameter, as name=mean:sd; may be given for several.
    #[arg(long, value_name = "NAME=MEAN:SD", allow_hyphen_values = true)]
    constraint: Vec<NamedConstraint>,
    /// Leave out what the simulator itself says that other measurements know of its parameters, as event files do of nuisance
    /// parameters: 0 ± 1.
    #[arg(long)]
    unconstrained: bool,
    /// Take the number of events as data, too: so many times the cross-section of the simulator are expected.
    #[arg(long, value_name = "LUMINOSITY", allow_hyphen_values = true)]
    luminosity: Option<f64>,
    /// Find out how the test statistic is distributed with this many toy data sets of each hypothesis, instead of trusting Wilks'
    /// theorem (one or two parameters; the simulator must be known here; not with --expect, --constraint or --luminosity).
    #[arg(long, value_name = "TOYS")]
    toys: Option<usize>,
    /// The seed of the toys.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// A folder for figures, a page that holds them, all numbers as JSON, and toys, with which a stopped run goes on.
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Replace the results that the folder holds, and give up toys of other data or settings.
    #[arg(long, requires = "output")]
    force: bool,
}

/// `name=mean:sd`.
#[derive(Debug, Clone)]
struct NamedConstraint {
    name: String,
    mean: f64,
    sd: f64,
}

impl FromStr for NamedConstraint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(name, rest)| {
            let (mean, sd) = rest.split_once(':')?;
            Some((name.to_owned(), mean.parse().ok()?, sd.parse().ok()?))
        });
        let (name, mean, sd) = parts.ok_or_else(|| format!("`{text}` is not of the form name=mean:sd"))?;
        Ok(Self { name, mean, sd })
    }
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    if let Some(found) = options.output.as_ref().map(|dir| dir.join("inference.json"))
        && found.exists()
        && !options.force
    {
        return Err(Error::exists(&found));
    }
    let model = read_model(&options.model)?;
    let observed = options.observed.read(registry, Some(&model))?;
    let chosen = observed.simulator(registry);
    let simulator = chosen.as_deref();
    let space = space(options.edges.clone(), &model, simulator)?;
    several_hypotheses(&model)?;
    let stand_ins = observed.stand_ins(registry, &model);
    let question = Question {
        x: observed.x(),
        reference: reference(simulator, &space),
        space: space.clone(),
        parameters: &observed.header().parameters,
        simulator,
        stand_ins: stand_ins.chosen.as_deref(),
        options: &options,
    };
    let densities = Densities {
        options: &options.summaries,
        simulator: stand_ins.chosen.as_deref(),
        space: &space,
        say,
    };
    question.check()?;
    let mut warnings = observed.warnings(Some(&model), chosen.as_ref(), options.expect.is_some());
    warnings.extend(few_points(&model));
    let has_stand_ins = !model.knows_ratio() || options.summaries.has_histogram() || options.toys.is_some();
    warnings.extend(stand_ins.warning.filter(|_| has_stand_ins));
    if !model.knows_ratio() || options.summaries.has_histogram() {
        let rows = stand_ins.chosen.as_ref().and_then(Chosen::n_rows);
        let pool = options.summaries.pool() as f64;
        let n = options.expect.unwrap_or(observed.x().nrows() as f64);
        warnings.extend(few_simulated(rows.map_or(pool, |rows| pool.min(rows as f64)), n));
    }
    let mut answers = Vec::new();
    let asked = [
        (Some(densities.of_model(&model)?), "toys.jsonl"),
        (densities.of_observables()?, "toys-of-histogram.jsonl"),
    ];
    for (named, ledger) in asked {
        let Some(named) = named else { continue };
        warnings.extend(named.warning);
        let answer = question.answer(&named.name, named.estimator.as_ref(), Some(ledger), say)?;
        warnings.extend(question.doubts(&answer)?);
        answers.push(answer);
    }
    if let Some(truth) = simulator.and_then(Instrumented::truth) {
        let name = format!("exact answer ({})", truth.route());
        answers.push(question.answer(&name, &truth, None, say)?);
    }
    let about = match options.expect {
        Some(n) => format!(
            "{} of {}, expected from {}",
            events(n),
            observed.of(),
            observed.x().nrows()
        ),
        None => observed.in_words(),
    };
    let rate = options.luminosity.map_or_else(String::new, |luminosity| {
        let luminosity = chosen.as_ref().map(|chosen| chosen.luminosity(luminosity));
        format!(", and their number, for {}", luminosity.unwrap_or_default())
    });
    let about = about + &rate;
    let mut premises = vec![question.premises()?];
    premises.extend(
        stand_ins
            .chosen
            .as_ref()
            .filter(|_| has_stand_ins)
            .map(|chosen| format!("densities and toys by events of {}", chosen.name())),
    );
    if options.expect.is_some() && answers.iter().any(|answer| answer.bands.is_empty()) {
        warnings.extend(no_bands(&space, observed.x().nrows(), options.expect));
    }
    question.tell(&about, &premises.join("; "), &answers, warnings, say)
}

/// Why there are none.
fn no_bands(space: &ParameterBox, n: usize, expected: Option<f64>) -> Option<String> {
    let larger = Landscape::LARGER;
    let few = expected.filter(|expected| expected * larger > n as f64);
    let reason = match (space.dimensions(), few) {
        (3.., _) => "with one or two free parameters (two equal ends in --box hold one fixed)".into(),
        (_, Some(expected)) => format!(
            "from {larger} times as many events as are expected, and of {} there are {n}",
            larger * expected
        ),
        (_, None) => return None,
    };
    Some(format!("bands of one and two standard deviations are drawn {reason}"))
}

fn events(n: f64) -> String {
    match n == 1.0 {
        true => "1 event".to_owned(),
        false => format!("{n} events"),
    }
}
