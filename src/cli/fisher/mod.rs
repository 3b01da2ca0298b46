//! `motherlode fisher`: Fisher information of the truth, of models and of histograms.

mod render;

use std::path::{Path, PathBuf};

use clap::Args;
use motherlode_core::Estimator;
use motherlode_core::dataset::is_data_set;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_core::names::nearest;
use motherlode_nn::Model;
use motherlode_stats::analysis::{Analysis, InformationSettings};
use serde_json::json as object;

use super::console::{Console, json, lock_new};
use super::theta::Point;
use super::{Registry, SimulatorName, SimulatorSource, open_simulator};
use crate::count::count;

/// A model with the name of its file.
type NamedModel = (String, Model);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Simulator or event file of MadMiner, or model files that were trained on one.
    #[arg(required = true, value_name = "SIMULATOR_OR_MODEL")]
    sources: Vec<String>,
    /// Hypothesis, as comma-separated values or the name of a benchmark; nuisance parameters may be omitted [default: the point of a
    /// model's score, or the middle of the simulator's box].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    at: Option<Point>,
    /// Number of events to simulate.
    #[arg(long, value_name = "EVENTS", default_value_t = 20_000, value_parser = count::<u64>)]
    events: u64,
    /// Expected number of events of the measurement.
    #[arg(long, value_name = "EVENTS", default_value_t = 1.0, conflicts_with = "luminosity")]
    expect: f64,
    /// Luminosity of the measurement, in inverse units of the simulator's cross section; it replaces --expect.
    #[arg(long, value_name = "LUMINOSITY")]
    luminosity: Option<f64>,
    /// Observables of a histogram, separated by commas; repeat the option for several histograms [default: one for each observable, if
    /// they are few].
    #[arg(long, value_name = "NAMES")]
    observables: Vec<String>,
    /// Number of bins along each observable, for histograms with as many observables [default: 25, 15,5 or 12,5,5, of equal
    /// probability].
    #[arg(long, value_name = "BINS", value_delimiter = ',', value_parser = count::<usize>)]
    bins: Vec<usize>,
    /// Seed of the simulated events.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Draw the 68 % regions of two parameters, with all others profiled, in this SVG file.
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
    /// Two parameters of the figure, separated by a comma [default: the first two].
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "figure")]
    plane: Vec<String>,
    /// Replace the figure if it exists.
    #[arg(long, requires = "figure")]
    force: bool,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let (source, models) = sources(registry, &options.sources)?;
    let simulator = &*source;
    let parameters = simulator.parameter_names();
    let estimators: Vec<(String, &dyn Estimator)> = models
        .iter()
        .map(|(name, model)| (name.clone(), model as &dyn Estimator))
        .collect();
    let analysis = Analysis::of_simulator(simulator);
    let given = options.at.as_ref().map(|point| point.values(simulator)).transpose()?;
    let theta = analysis.information_point(given, &estimators)?;
    let plane = options
        .figure
        .as_ref()
        .map(|_| plane(&options, &parameters))
        .transpose()?;
    let _lock = lock_new(options.figure.as_deref(), options.force)?;
    let names = |list: &String| list.split(',').map(|name| name.trim().to_owned()).collect();
    let settings = InformationSettings {
        events: options.events,
        expect: options.expect,
        luminosity: options.luminosity,
        histograms: options.observables.iter().map(names).collect(),
        bins: options.bins.clone(),
        seed: options.seed,
        ..InformationSettings::at(&theta)
    };
    let result = analysis.information(&estimators, &settings, &console.progress("events"))?;
    let mut text = render::text(&result);
    if let (Some(file), Some(plane)) = (&options.figure, plane) {
        write_atomically(file, render::ellipses(&result, plane)?.as_bytes())?;
        text += &format!("\n\nwrote {}", file.display());
    }
    let mut json = json(&result)?;
    json["figure"] = object!(options.figure);
    console.print(&text, json)
}

/// Opens the models, and the one simulator that all names refer to.
fn sources<'a>(registry: &'a Registry, named: &[String]) -> Result<(SimulatorSource<'a>, Vec<NamedModel>)> {
    let (mut named_simulators, mut trained_on) = (Vec::<SimulatorName>::new(), Vec::<SimulatorName>::new());
    let mut models = Vec::new();
    for name in named {
        let Ok(named) = name.parse::<SimulatorName>();
        if named.is_known(registry) {
            named_simulators.push(named);
            continue;
        }
        if !Path::new(name).exists() {
            return Err(Error::usage(format!(
                "`{name}`{} is neither a simulator nor a file: `motherlode list` shows the simulators",
                nearest(name, registry.iter().map(|simulator| simulator.name()))
            )));
        }
        if is_data_set(Path::new(name))? {
            return Err(Error::file(
                Path::new(name),
                "is a data set: give a simulator and models",
            ));
        }
        let model = Model::read(Path::new(name))?;
        if let Some(provenance) = model.provenance() {
            trained_on.push(SimulatorName::from(&provenance.data));
        }
        if !model.knows_score() {
            return Err(Error::file(
                Path::new(name),
                format!(
                    "({}) estimates no score, which the information needs: omit this model",
                    model.name()
                ),
            ));
        }
        models.push((name.clone(), model));
    }
    // A named portion of a file replaces the portion that a model was trained on.
    trained_on.retain(|trained_on| named_simulators.iter().all(|named| named.name != trained_on.name));
    let mut simulators = named_simulators;
    simulators.append(&mut trained_on);
    simulators.dedup();
    match simulators.as_slice() {
        [one] => Ok((open_simulator(registry, one)?, models)),
        [] => Err(Error::usage(
            "models of other programs name no simulator: give the simulator first",
        )),
        several => Err(Error::usage(format!(
            "{} are several simulators: give one",
            several
                .iter()
                .map(SimulatorName::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

/// Indices of the two parameters of the figure.
fn plane(options: &Options, parameters: &[String]) -> Result<[usize; 2]> {
    let find = |name: &String| parameters.iter().position(|parameter| parameter == name);
    let indices: Vec<Option<usize>> = match options.plane.is_empty() {
        true => (0..2).map(|k| (k < parameters.len()).then_some(k)).collect(),
        false => options.plane.iter().map(find).collect(),
    };
    let unknown = options.plane.iter().find(|name| !parameters.contains(name));
    let near = unknown.map_or(String::new(), |name| nearest(name, parameters));
    match indices[..] {
        [Some(a), Some(b)] if a != b => Ok([a, b]),
        _ => Err(Error::usage(format!(
            "the figure shows two parameters{near}, and {} has {}: name two with --plane",
            options.sources.join(", "),
            parameters.join(", ")
        ))),
    }
}
