//! `motherlode export --pyhf`.

mod filling;
mod reduction;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::say::Say;
use super::theta::{Point, written};
use super::{Chosen, Registry, SimulatorName, simulator};
use filling::Question;
use motherlode_core::dataset::Portion;
use motherlode_core::dataset::is_data_set;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_hep::pyhf::{Binning, Built};
use motherlode_nn::ModelFile;

/// Bins unless others are asked for.
const USUAL_BINS: usize = 10;

#[derive(Debug, Args)]
pub(crate) struct WorkspaceOptions {
    /// Write histograms of what a model has learned, or of an observable, as a workspace of pyhf (HistFactory): signal and background, or
    /// templates, with the systematics that the event file knows and the errors of the simulation.
    #[arg(long, requires_all = ["output", "luminosity"], conflicts_with_all = ["madminer", "double"])]
    pub(crate) pyhf: bool,
    /// The simulator or event file whose events fill the histograms (default: that of the model; of an event file, whose train rows
    /// have taught it, the test rows).
    #[arg(long, value_name = "SIMULATOR", requires = "pyhf")]
    of: Option<SimulatorName>,
    /// The luminosity of the measurement, in 1/(unit of the cross section): 1/pb for event files.
    #[arg(long, value_name = "LUMINOSITY", requires = "pyhf", allow_hyphen_values = true)]
    luminosity: Option<f64>,
    /// Fill histograms of this observable, by name.
    #[arg(long, value_name = "NAME", requires = "pyhf", conflicts_with_all = ["score", "theta0", "theta1"])]
    observable: Option<String>,
    /// Fill histograms of this component of the model's score, by the name of the parameter.
    #[arg(long, value_name = "PARAMETER", requires = "pyhf", conflicts_with_all = ["theta0", "theta1"])]
    score: Option<String>,
    /// Fill histograms of the model's log ratio with this numerator (default: the signal hypothesis).
    #[arg(long, value_name = "POINT", requires = "pyhf", allow_hyphen_values = true)]
    theta0: Option<Point>,
    /// The denominator of the log ratio (default: the reference hypothesis).
    #[arg(long, value_name = "POINT", requires = "pyhf", allow_hyphen_values = true)]
    theta1: Option<Point>,
    /// The hypothesis whose signal is scaled by `mu` (default: the simulator's θ0).
    #[arg(
        long,
        value_name = "POINT",
        requires = "pyhf",
        allow_hyphen_values = true,
        conflicts_with = "templates"
    )]
    signal: Option<Point>,
    /// Take everything at this hypothesis for background (default: the background events of the file, or everything at the reference
    /// hypothesis).
    #[arg(
        long,
        value_name = "POINT",
        requires = "pyhf",
        allow_hyphen_values = true,
        conflicts_with = "templates"
    )]
    background: Option<Point>,
    /// Write the signal at each basis point of an event file's morphing as a sample with a free factor, instead of one signal; how the
    /// factors follow from the parameters is written to a second file.
    #[arg(long, requires = "pyhf")]
    templates: bool,
    /// The reference hypothesis: it chooses the bins, and with --templates the expected data (default: the simulator's θ1).
    #[arg(long, value_name = "POINT", requires = "pyhf", allow_hyphen_values = true)]
    reference: Option<Point>,
    /// Number of bins, equally probable under the reference hypothesis (default: 10).
    #[arg(long, value_name = "BINS", requires = "pyhf")]
    bins: Option<usize>,
    /// The edges of the bins, separated by commas; -inf and inf are edges, too.
    #[arg(
        long,
        value_name = "EDGES",
        requires = "pyhf",
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "bins"
    )]
    edges: Vec<f64>,
    /// The signal strength in the expected data (default: 0).
    #[arg(long, value_name = "STRENGTH", requires = "pyhf", conflicts_with_all = ["templates", "observed"])]
    inject: Option<f64>,
    /// A data set whose events are the observed ones (default: what is expected, the Asimov data set).
    #[arg(long, value_name = "FILE", requires = "pyhf")]
    observed: Option<PathBuf>,
    /// Number of events that a simulator simulates of each hypothesis (default: 20000).
    #[arg(long, value_name = "EVENTS", requires = "pyhf")]
    events: Option<u64>,
    /// The seed of these events (default: 0).
    #[arg(long, value_name = "SEED", requires = "pyhf")]
    seed: Option<u64>,
}

pub(crate) fn run(
    registry: &Registry,
    file: &Path,
    output: &Path,
    force: bool,
    options: &WorkspaceOptions,
    say: &Say,
) -> Result<()> {
    let morphing = output.with_extension("morphing.json");
    let existing = [Some(output), options.templates.then_some(morphing.as_path())];
    if let Some(existing) = existing.into_iter().flatten().find(|path| path.exists() && !force) {
        return Err(Error::exists(existing));
    }
    let (chosen, model) = source(registry, file, options)?;
    let question = Question::new(&chosen, model.as_ref(), options)?;
    let filling = match &chosen {
        Chosen::OfFile(simulator) => question.of_file(simulator)?,
        Chosen::Registered(simulator) => question.of_simulator(*simulator, say)?,
    };
    let binning = match options.edges.is_empty() {
        true => {
            let (values, weights) = &filling.reference;
            Binning::of_equal_probability(values, weights, options.bins.unwrap_or(USUAL_BINS))?
        }
        false => Binning::new(options.edges.clone())?,
    };
    let built = filling.blueprint.build(binning)?;
    built.workspace.write(output)?;
    if let Some(templates) = &filling.templates {
        let text = format!("{:#}\n", question.explained(templates));
        write_atomically(&morphing, text.as_bytes())?;
    }
    let morphing = filling.templates.is_some().then_some(morphing);
    let luminosity = format!("a luminosity of {}{}", question.luminosity, chosen.luminosity_unit());
    tell(output, &question, (&built, &luminosity), morphing.as_deref(), say)
}

/// Where events come from, and the model if one was given.
fn source<'a>(
    registry: &'a Registry,
    file: &Path,
    options: &WorkspaceOptions,
) -> Result<(Chosen<'a>, Option<ModelFile>)> {
    let name = file.to_string_lossy();
    let Ok(named) = name.parse::<SimulatorName>();
    if named.is_known(registry) || !file.exists() {
        return match &options.of {
            Some(of) => Err(Error::usage(format!(
                "--of {of}: the events are those of `{name}`; leave it out, or give a model first"
            ))),
            None => Ok((simulator(registry, &named)?, None)),
        };
    }
    if is_data_set(file)? {
        return Err(Error::usage(format!(
            "`{name}` is a data set, and its events have no cross section: give a model, an event file of MadMiner or a simulator"
        )));
    }
    let model = ModelFile::read(file)?;
    let of = match (&options.of, &model) {
        (Some(of), _) => of.clone(),
        (None, ModelFile::Trained(model)) => not_those_that_trained(SimulatorName::from(&model.provenance().data)),
        (None, ModelFile::Imported(_)) => {
            return Err(Error::usage(format!(
                "`{name}` was trained elsewhere and knows no simulator: name it, or an event file, with --of"
            )));
        }
    };
    Ok((simulator(registry, &of)?, Some(model)))
}

/// Replaces the training rows of an event file by its test rows.
fn not_those_that_trained(named: SimulatorName) -> SimulatorName {
    match named.portion {
        Portion::Train => SimulatorName {
            portion: Portion::Test,
            ..named
        },
        _ => named,
    }
}

fn tell(
    output: &Path,
    question: &Question<'_>,
    (built, luminosity): (&Built, &str),
    morphing: Option<&Path>,
    say: &Say,
) -> Result<()> {
    let samples = &built.workspace.channels[0].samples;
    let total = |data: &[f64]| data.iter().sum::<f64>();
    let parts: Vec<String> = samples
        .iter()
        .map(|sample| format!("{} {:.2}", sample.name, total(&sample.data)))
        .collect();
    let data = total(&built.workspace.observations[0].data);
    let kind = if question.options.observed.is_some() {
        "observed"
    } else {
        "expected"
    };
    let mut lines = vec![format!(
        "{}: {} bins of {} of {}, for {}: {}; {data:.2} events in the {kind} data",
        output.display(),
        built.binning.n_bins(),
        question.reduction.name,
        question.simulator.label(),
        luminosity,
        parts.join(", "),
    )];
    match morphing {
        Some(path) => lines.push(format!(
            "{}: how the factors follow from the parameters",
            path.display()
        )),
        None => lines.push(format!(
            "signal at {} times mu; `motherlode limit {}` says which mu are excluded",
            written(&question.signal),
            output.display()
        )),
    }
    if question.background.is_some() && morphing.is_none() {
        lines.push(format!(
            "note: the signal is everything at {}, on top of everything at another hypothesis: for operators that interfere with the \
             background, --templates says what is meant",
            written(&question.signal)
        ));
    }
    lines.extend(built.remarks.iter().map(|remark| format!("note: {remark}")));
    let totals = samples
        .iter()
        .map(|sample| json!({ "name": sample.name, "events": total(&sample.data) }));
    // JSON has no infinite numbers; outer edges that are open are null.
    say.result(
        &lines.join("\n"),
        json!({
            "output": output, "morphing": morphing, "observable": question.reduction.name, "luminosity": question.luminosity,
            "signal": question.signal, "reference": question.reference, "edges": built.binning.edges(),
            "samples": totals.collect::<Vec<_>>(), "n_data": data, "remarks": built.remarks,
        }),
    )
}
