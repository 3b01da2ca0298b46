//! `motherlode fisher`.

mod render;

use std::path::{Path, PathBuf};

use clap::Args;
use motherlode_core::Estimator;
use motherlode_core::dataset::is_data_set;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_core::trace::Instrumented;
use motherlode_nn::ModelFile;
use motherlode_stats::analysis::{Analysis, InformationSettings};
use serde_json::json as object;

use super::say::{Say, json};
use super::theta::{Point, check_length, written};
use super::{Chosen, Registry, SimulatorName, simulator};

/// A model with the name of its file.
type Named = (String, ModelFile);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// A simulator or an event file of MadMiner, or files of models that were trained on one.
    #[arg(required = true, value_name = "SIMULATOR_OR_MODEL")]
    sources: Vec<String>,
    /// The hypothesis, as comma-separated values or the name of a benchmark; nuisance parameters may be left out [default: where a model knows the score, or the middle of the simulator's box].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    at: Option<Point>,
    /// Number of events that are simulated.
    #[arg(long, value_name = "EVENTS", default_value_t = 20_000)]
    events: u64,
    /// Number of events that are expected in the measurement.
    #[arg(long, value_name = "EVENTS", default_value_t = 1.0, conflicts_with = "luminosity")]
    expect: f64,
    /// The luminosity of the measurement, in 1/(unit of the cross section), where the simulator knows one.
    #[arg(long, value_name = "LUMINOSITY")]
    luminosity: Option<f64>,
    /// The observables of a histogram, separated by commas; may be given several times [default: each by itself, if they are few].
    #[arg(long, value_name = "NAMES")]
    observables: Vec<String>,
    /// Bins along each observable of a histogram, for those of as many observables [default: 25, 15,5 or 12,5,5 of equal
    /// probability].
    #[arg(long, value_name = "BINS", value_delimiter = ',')]
    bins: Vec<usize>,
    /// The seed of the simulated events.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Draw what each tells of two parameters, as an SVG file: regions of 68 %, all other parameters unknown.
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
    /// The two parameters of the figure [default: the first two].
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "figure")]
    plane: Vec<String>,
    /// Replace the figure if it exists.
    #[arg(long, requires = "figure")]
    force: bool,
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    let (chosen, models) = sources(registry, &options.sources)?;
    let simulator = &*chosen;
    let parameters: Vec<String> = simulator.parameters().into_iter().map(|p| p.name).collect();
    let theta = theta(&options, simulator, &models)?;
    check_length(&theta, &parameters)?;
    let plane = options
        .figure
        .as_ref()
        .map(|file| plane(file, &options, &parameters))
        .transpose()?;
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
    let estimators: Vec<(String, &dyn Estimator)> = models
        .iter()
        .map(|(name, model)| (name.clone(), model as &dyn Estimator))
        .collect();
    let analysis = Analysis::of_simulator(simulator);
    let result = analysis.information(&estimators, &settings, &say.progress("events"))?;
    let mut text = render::text(&result)?;
    if let (Some(file), Some(plane)) = (&options.figure, plane) {
        write_atomically(file, render::ellipses(&result, plane)?.as_bytes())?;
        text += &format!("\n\nwrote {}", file.display());
    }
    let mut json = json(&result)?;
    json["figure"] = object!(options.figure);
    say.result(&text, json)
}

/// The one simulator of all that was named, and the models with the names of their files.
fn sources<'a>(registry: &'a Registry, named: &[String]) -> Result<(Chosen<'a>, Vec<Named>)> {
    let (mut named_ones, mut simulators) = (Vec::<SimulatorName>::new(), Vec::<SimulatorName>::new());
    let mut models = Vec::new();
    for name in named {
        let Ok(named) = name.parse::<SimulatorName>();
        if named.is_known(registry) {
            named_ones.push(named);
            continue;
        }
        if !Path::new(name).exists() {
            return Err(Error::usage(format!(
                "`{name}` is neither a simulator nor a file: `motherlode list` shows the simulators"
            )));
        }
        if is_data_set(Path::new(name))? {
            return Err(Error::usage(format!(
                "`{name}` is a data set: give a simulator, which simulates its own events, and models"
            )));
        }
        let model = ModelFile::read(Path::new(name))?;
        if let ModelFile::Trained(model) = &model {
            simulators.push(SimulatorName::from(&model.provenance().data));
        }
        if !model.knows_score() {
            return Err(Error::usage(format!(
                "`{name}` ({}) knows no score, and so no information",
                model.name()
            )));
        }
        models.push((name.clone(), model));
    }
    // Whatever portion of a file a model was trained on, the one that is named is asked.
    simulators.retain(|trained_on| named_ones.iter().all(|named| named.name != trained_on.name));
    simulators.splice(0..0, named_ones);
    simulators.dedup();
    match simulators.as_slice() {
        [one] => Ok((simulator(registry, one)?, models)),
        [] => Err(Error::usage(
            "models that were trained elsewhere know no simulator: name it first",
        )),
        several => Err(Error::usage(format!(
            "{} are several simulators: compare what one observation tells",
            several
                .iter()
                .map(SimulatorName::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

fn theta(options: &Options, simulator: &dyn Instrumented, models: &[Named]) -> Result<Vec<f64>> {
    let known: Vec<(&str, &[f64])> = models
        .iter()
        .filter_map(|(name, model)| Some((name.as_str(), model.theta_ref()?)))
        .collect();
    let given = options.at.as_ref().map(|point| point.of(simulator)).transpose()?;
    let theta = match given.or_else(|| known.first().map(|(_, theta)| theta.to_vec())) {
        Some(theta) => theta,
        None => simulator.hypotheses()?.theta_ref(),
    };
    match known.iter().find(|(_, known)| *known != theta) {
        Some((name, known)) => Err(Error::usage(format!(
            "`{name}` knows the score at {} only, not at {}: choose it with --at, or leave the model out",
            written(known),
            written(&theta)
        ))),
        None => Ok(theta),
    }
}

/// The numbers of the parameters of the figure.
fn plane(file: &Path, options: &Options, parameters: &[String]) -> Result<[usize; 2]> {
    if file.exists() && !options.force {
        return Err(Error::exists(file));
    }
    let find = |name: &String| parameters.iter().position(|parameter| parameter == name);
    let chosen: Vec<Option<usize>> = match options.plane.is_empty() {
        true => (0..2).map(|k| (k < parameters.len()).then_some(k)).collect(),
        false => options.plane.iter().map(find).collect(),
    };
    match chosen[..] {
        [Some(a), Some(b)] if a != b => Ok([a, b]),
        _ => Err(Error::usage(format!(
            "the figure shows two parameters, and {} has {}: name two with --plane",
            options.sources.join(", "),
            parameters.join(", ")
        ))),
    }
}
