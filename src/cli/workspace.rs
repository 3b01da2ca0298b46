//! `motherlode export --pyhf`: histograms as a workspace of pyhf.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json as object;

use super::console::{Console, check_no_input, json, lock_new, note_lines, warning_text};
use super::observed::read_observations;
use super::theta::Point;
use super::{Registry, SimulatorName, SimulatorSource, open_simulator};
use crate::count::count;
use motherlode_core::Estimator;
use motherlode_core::dataset::is_data_set;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::comma_separated;
use motherlode_hep::pyhf::{EventSource, Quantity, SampleTotal, WorkspaceResult, WorkspaceSettings};
use motherlode_nn::Model;
use motherlode_stats::analysis::Warning;

#[derive(Debug, Args)]
#[group(requires = "pyhf")]
pub(crate) struct WorkspaceOptions {
    /// Write histograms of a model's estimate or of an observable as a workspace of pyhf (HistFactory), with signal and background or
    /// templates, the systematics of the event file and the statistical errors of the simulation.
    #[arg(long, requires_all = ["output", "luminosity"], conflicts_with_all = ["madminer", "double"])]
    pub(crate) pyhf: bool,
    /// Simulator or event file whose events fill the histograms [default: the training simulator of the model; for a model trained on the
    /// train rows of an event file, its test rows].
    #[arg(long, value_name = "SIMULATOR")]
    of: Option<SimulatorName>,
    /// Luminosity of the measurement, in inverse units of the cross section (1/pb for event files).
    #[arg(long, value_name = "LUMINOSITY", allow_hyphen_values = true)]
    luminosity: Option<f64>,
    /// Fill histograms of this observable.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["score", "theta0", "theta1"])]
    observable: Option<String>,
    /// Fill histograms of the model's score for this parameter [default: the log ratio, if the model estimates one].
    #[arg(long, value_name = "PARAMETER", conflicts_with_all = ["theta0", "theta1"])]
    score: Option<String>,
    /// Numerator of the log ratio that fills histograms [default: the signal hypothesis].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta0: Option<Point>,
    /// Denominator of the log ratio [default: the reference hypothesis].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta1: Option<Point>,
    /// Hypothesis of the signal, which `mu` scales [default: the simulator's θ0].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true, conflicts_with = "templates")]
    signal: Option<Point>,
    /// Use all events at this hypothesis as background [default: the background events of the file or, without such, all events at the
    /// reference hypothesis].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true, conflicts_with = "templates")]
    background: Option<Point>,
    /// Write a sample with a free factor for each basis point of an event file's morphing, instead of one signal. A second file,
    /// .morphing.json, gives the factors as functions of the parameters.
    #[arg(long)]
    templates: bool,
    /// Reference hypothesis, which determines the bins and, with --templates, the expected data [default: the simulator's θ1].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    reference: Option<Point>,
    /// Number of bins, equally probable under the reference hypothesis [default: 10].
    #[arg(long, value_name = "BINS", value_parser = count::<usize>)]
    bins: Option<usize>,
    /// Edges of the bins, separated by commas; -inf and inf are allowed [default: equally probable bins].
    #[arg(
        long,
        value_name = "EDGES",
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "bins"
    )]
    edges: Vec<f64>,
    /// Signal strength in the expected data [default: 0].
    #[arg(long, value_name = "STRENGTH", conflicts_with_all = ["templates", "observed"])]
    inject: Option<f64>,
    /// Data set of observed events [default: the expected data, an Asimov data set].
    #[arg(long, value_name = "FILE")]
    observed: Option<PathBuf>,
    /// Number of events to simulate at each hypothesis, where a simulator fills the histograms [default: 20000].
    #[arg(long, value_name = "EVENTS", value_parser = count::<u64>)]
    events: Option<u64>,
    /// Seed of the simulated events [default: 0].
    #[arg(long, value_name = "SEED")]
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
    let morphing = options.templates.then(|| output.with_extension("morphing.json"));
    check_no_input(Some(output), std::iter::once(file).chain(options.observed.as_deref()))?;
    let _lock = lock_new(Some(output), force)?;
    let _morphing_lock = lock_new(morphing.as_deref(), force)?;
    let (source, model) = open_source(registry, file, options)?;
    let read = |path: &PathBuf| read_observations(path, &source.observable_names());
    let observed = options.observed.as_ref().map(read).transpose()?;
    let settings = options.settings(&source)?;
    let events = match &source {
        SimulatorSource::EventFile(simulator) => EventSource::File(simulator),
        SimulatorSource::Registered(simulator) => EventSource::Simulator(*simulator),
    };
    let trained = model
        .as_ref()
        .map(|model| Warning::of_training(model, None))
        .unwrap_or_default();
    let model = model.as_ref().map(|model| model as &dyn Estimator);
    let result = events.workspace(model, observed.as_ref(), &settings, &console.progress("events"))?;
    result.workspace.write(output)?;
    if let (Some(path), Some(factors)) = (&morphing, &result.factors) {
        factors.write(path)?;
    }
    let mut json = json(&result)?;
    json["output"] = object!(output);
    json["morphing"] = object!(morphing);
    json["warnings"] = object!(trained);
    let luminosity = format!("a luminosity of {}{}", result.luminosity, source.luminosity_unit());
    let kind = if observed.is_some() { "observed" } else { "expected" };
    let text = text(&result, output, morphing.as_deref(), &luminosity, kind) + &warning_text(&trained);
    console.print(&text, json)
}

impl WorkspaceOptions {
    fn settings(&self, source: &SimulatorSource<'_>) -> Result<WorkspaceSettings> {
        let theory = |point: &Option<Point>| point.as_ref().map(|point| source.theory_values(point)).transpose();
        let all = |point: &Option<Point>| point.as_ref().map(|point| point.values(&**source)).transpose();
        let has_pair = self.theta0.is_some() || self.theta1.is_some();
        let quantity = match (&self.observable, &self.score) {
            (Some(name), _) => Some(Quantity::Observable(name.clone())),
            (None, Some(parameter)) => Some(Quantity::Score(parameter.clone())),
            (None, None) if has_pair => Some(Quantity::LogRatio {
                theta0: all(&self.theta0)?,
                theta1: all(&self.theta1)?,
            }),
            (None, None) => None,
        };
        let default = WorkspaceSettings::new(self.luminosity.unwrap_or(f64::NAN));
        Ok(WorkspaceSettings {
            quantity,
            signal: theory(&self.signal)?,
            background: theory(&self.background)?,
            templates: self.templates,
            reference: theory(&self.reference)?,
            bins: self.bins.unwrap_or(default.bins),
            edges: (!self.edges.is_empty()).then(|| self.edges.clone()),
            inject: self.inject.unwrap_or(default.inject),
            events: self.events.unwrap_or(default.events),
            seed: self.seed.unwrap_or(default.seed),
            ..default
        })
    }
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
        return Err(Error::file(
            file,
            "is a data set, whose events have no cross section: give a model, an event file of MadMiner or a simulator",
        ));
    }
    let model = Model::read(file)?;
    let of = match (&options.of, model.provenance()) {
        (Some(of), _) => of.clone(),
        (None, Some(provenance)) => SimulatorName::to_examine(&provenance.data),
        (None, None) => {
            return Err(Error::usage(format!(
                "`{name}` was trained by another program and names no simulator: give the simulator or an event file with --of"
            )));
        }
    };
    Ok((open_simulator(registry, &of)?, Some(model)))
}

fn text(result: &WorkspaceResult, output: &Path, morphing: Option<&Path>, luminosity: &str, kind: &str) -> String {
    let part = |sample: &SampleTotal| format!("{} {:.2}", sample.name, sample.events);
    let parts: Vec<String> = result.samples.iter().map(part).collect();
    let mut lines = vec![format!(
        "{}: {} bins of {} of {}, for {luminosity}: {}; {:.2} events in the {kind} data",
        output.display(),
        result.edges.len() - 1,
        result.observable,
        result.source,
        parts.join(", "),
        result.n_data,
    )];
    lines.push(match morphing {
        Some(path) => format!("{}: the factors as functions of the parameters", path.display()),
        None => format!(
            "signal at {}, times mu; `motherlode limit {}` gives the upper limit on mu",
            comma_separated(&result.signal),
            output.display()
        ),
    });
    lines.extend(note_lines(result.background_note().iter().chain(&result.notes)));
    lines.join("\n")
}
