//! `motherlode export --pyhf`: histograms as a workspace of pyhf.

mod event_value;
mod processes;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::console::{Console, note_lines};
use super::theta::{Point, theta_text};
use super::{Registry, SimulatorName, SimulatorSource, open_simulator};
use motherlode_core::dataset::Portion;
use motherlode_core::dataset::is_data_set;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_hep::pyhf::{Binning, Built};
use motherlode_nn::Model;
use processes::WorkspaceInputs;

/// Default number of bins.
const DEFAULT_BINS: usize = 10;

#[derive(Debug, Args)]
pub(crate) struct WorkspaceOptions {
    /// Write histograms of a model's estimate or of an observable as a workspace of pyhf (HistFactory), with signal and background or
    /// templates, the systematics of the event file and the statistical errors of the simulation.
    #[arg(long, requires_all = ["output", "luminosity"], conflicts_with_all = ["madminer", "double"])]
    pub(crate) pyhf: bool,
    /// Simulator or event file whose events fill the histograms [default: the training simulator of the model; for a model trained on the
    /// train rows of an event file, its test rows].
    #[arg(long, value_name = "SIMULATOR", requires = "pyhf")]
    of: Option<SimulatorName>,
    /// Luminosity of the measurement, in inverse units of the cross section (1/pb for event files).
    #[arg(long, value_name = "LUMINOSITY", requires = "pyhf", allow_hyphen_values = true)]
    luminosity: Option<f64>,
    /// Fill histograms of this observable.
    #[arg(long, value_name = "NAME", requires = "pyhf", conflicts_with_all = ["score", "theta0", "theta1"])]
    observable: Option<String>,
    /// Fill histograms of the model's score for this parameter [default: the log ratio, if the model estimates one].
    #[arg(long, value_name = "PARAMETER", requires = "pyhf", conflicts_with_all = ["theta0", "theta1"])]
    score: Option<String>,
    /// Numerator of the log ratio that fills histograms [default: the signal hypothesis].
    #[arg(long, value_name = "POINT", requires = "pyhf", allow_hyphen_values = true)]
    theta0: Option<Point>,
    /// Denominator of the log ratio [default: the reference hypothesis].
    #[arg(long, value_name = "POINT", requires = "pyhf", allow_hyphen_values = true)]
    theta1: Option<Point>,
    /// Hypothesis of the signal, which `mu` scales [default: the simulator's θ0].
    #[arg(
        long,
        value_name = "POINT",
        requires = "pyhf",
        allow_hyphen_values = true,
        conflicts_with = "templates"
    )]
    signal: Option<Point>,
    /// Use all events at this hypothesis as background [default: the background events of the file or, without such, all events at the
    /// reference hypothesis].
    #[arg(
        long,
        value_name = "POINT",
        requires = "pyhf",
        allow_hyphen_values = true,
        conflicts_with = "templates"
    )]
    background: Option<Point>,
    /// Write a sample with a free factor for each basis point of an event file's morphing, instead of one signal. A second file,
    /// .morphing.json, gives the factors as functions of the parameters.
    #[arg(long, requires = "pyhf")]
    templates: bool,
    /// Reference hypothesis, which determines the bins and, with --templates, the expected data [default: the simulator's θ1].
    #[arg(long, value_name = "POINT", requires = "pyhf", allow_hyphen_values = true)]
    reference: Option<Point>,
    /// Number of bins, equally probable under the reference hypothesis [default: 10].
    #[arg(long, value_name = "BINS", requires = "pyhf")]
    bins: Option<usize>,
    /// Edges of the bins, separated by commas; -inf and inf are allowed [default: equally probable bins].
    #[arg(
        long,
        value_name = "EDGES",
        requires = "pyhf",
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "bins"
    )]
    edges: Vec<f64>,
    /// Signal strength in the expected data [default: 0].
    #[arg(long, value_name = "STRENGTH", requires = "pyhf", conflicts_with_all = ["templates", "observed"])]
    inject: Option<f64>,
    /// Data set of observed events [default: the expected data, an Asimov data set].
    #[arg(long, value_name = "FILE", requires = "pyhf")]
    observed: Option<PathBuf>,
    /// Number of events to simulate at each hypothesis, where a simulator fills the histograms [default: 20000].
    #[arg(long, value_name = "EVENTS", requires = "pyhf")]
    events: Option<u64>,
    /// Seed of the simulated events [default: 0].
    #[arg(long, value_name = "SEED", requires = "pyhf")]
    seed: Option<u64>,
}

pub(crate) fn run(
    registry: &Registry,
    file: &Path,
    output: &Path,
    force: bool,
    options: &WorkspaceOptions,
    console: &Console,
) -> Result<()> {
    let morphing = output.with_extension("morphing.json");
    let existing = [Some(output), options.templates.then_some(morphing.as_path())];
    if let Some(existing) = existing.into_iter().flatten().find(|path| path.exists() && !force) {
        return Err(Error::exists(existing));
    }
    let (source, model) = open_source(registry, file, options)?;
    let inputs = WorkspaceInputs::new(&source, model.as_ref(), options)?;
    let contents = match &source {
        SimulatorSource::EventFile(simulator) => inputs.contents_from_file(simulator)?,
        SimulatorSource::Registered(simulator) => inputs.contents_from_simulator(*simulator, console)?,
    };
    let binning = match options.edges.is_empty() {
        true => {
            let (values, weights) = &contents.reference;
            Binning::of_equal_probability(values, weights, options.bins.unwrap_or(DEFAULT_BINS))?
        }
        false => Binning::new(options.edges.clone())?,
    };
    let built = contents.blueprint.build(binning)?;
    built.workspace.write(output)?;
    if let Some(templates) = &contents.templates {
        let text = format!("{:#}\n", inputs.morphing_json(templates));
        write_atomically(&morphing, text.as_bytes())?;
    }
    let morphing = contents.templates.is_some().then_some(morphing);
    let luminosity = format!("a luminosity of {}{}", inputs.luminosity, source.luminosity_unit());
    render(output, &inputs, (&built, &luminosity), morphing.as_deref(), console)
}

/// Opens the simulator of the events, and the model if one is given.
fn open_source<'a>(
    registry: &'a Registry,
    file: &Path,
    options: &WorkspaceOptions,
) -> Result<(SimulatorSource<'a>, Option<Model>)> {
    let name = file.to_string_lossy();
    let Ok(simulator_name) = name.parse::<SimulatorName>();
    if simulator_name.is_known(registry) || !file.exists() {
        return match &options.of {
            Some(of) => Err(Error::usage(format!(
                "--of {of}: the events come from `{name}` already: omit --of, or give a model instead of `{name}`"
            ))),
            None => Ok((open_simulator(registry, &simulator_name)?, None)),
        };
    }
    if is_data_set(file)? {
        return Err(Error::usage(format!(
            "`{name}` is a data set, whose events have no cross section: give a model, an event file of MadMiner or a simulator"
        )));
    }
    let model = Model::read(file)?;
    let of = match (&options.of, model.provenance()) {
        (Some(of), _) => of.clone(),
        (None, Some(provenance)) => with_test_rows(SimulatorName::from(&provenance.data)),
        (None, None) => {
            return Err(Error::usage(format!(
                "`{name}` was trained by another program and names no simulator: give the simulator or an event file with --of"
            )));
        }
    };
    Ok((open_simulator(registry, &of)?, Some(model)))
}

/// Replaces the training rows of an event file by its test rows.
fn with_test_rows(simulator_name: SimulatorName) -> SimulatorName {
    match simulator_name.portion {
        Portion::Train => SimulatorName {
            portion: Portion::Test,
            ..simulator_name
        },
        _ => simulator_name,
    }
}

fn render(
    output: &Path,
    inputs: &WorkspaceInputs<'_>,
    (built, luminosity): (&Built, &str),
    morphing: Option<&Path>,
    console: &Console,
) -> Result<()> {
    let samples = &built.workspace.channels[0].samples;
    let total = |data: &[f64]| data.iter().sum::<f64>();
    let parts: Vec<String> = samples
        .iter()
        .map(|sample| format!("{} {:.2}", sample.name, total(&sample.data)))
        .collect();
    let data = total(&built.workspace.observations[0].data);
    let kind = if inputs.options.observed.is_some() {
        "observed"
    } else {
        "expected"
    };
    let mut lines = vec![format!(
        "{}: {} bins of {} of {}, for {}: {}; {data:.2} events in the {kind} data",
        output.display(),
        built.binning.n_bins(),
        inputs.event_value.name,
        inputs.simulator.label(),
        luminosity,
        parts.join(", "),
    )];
    match morphing {
        Some(path) => lines.push(format!(
            "{}: the factors as functions of the parameters",
            path.display()
        )),
        None => lines.push(format!(
            "signal at {}, times mu; `motherlode limit {}` gives the upper limit on mu",
            theta_text(&inputs.signal),
            output.display()
        )),
    }
    if inputs.background.is_some() && morphing.is_none() {
        lines.push(format!(
            "note: the signal consists of all events at {}, added to all events at another hypothesis; use --templates for operators that \
             interfere with the background",
            theta_text(&inputs.signal)
        ));
    }
    lines.extend(note_lines(&built.remarks));
    let totals = samples
        .iter()
        .map(|sample| json!({ "name": sample.name, "events": total(&sample.data) }));
    // JSON has no infinite numbers: open outer edges are null.
    console.print(
        &lines.join("\n"),
        json!({
            "output": output, "morphing": morphing, "observable": inputs.event_value.name, "luminosity": inputs.luminosity,
            "signal": inputs.signal, "reference": inputs.reference, "edges": built.binning.edges(),
            "samples": totals.collect::<Vec<_>>(), "n_data": data, "remarks": built.remarks,
        }),
    )
}
