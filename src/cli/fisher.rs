//! `motherlode fisher`.

use std::path::{Path, PathBuf};

use clap::Args;
use ndarray::{Array2, Axis};
use serde_json::{Value, json};

use super::say::{Say, table};
use super::theta::{Theta, check_length, written};
use super::{Registry, simulator};
use crate::diagnostics::Mean;
use crate::error::{Error, Result};
use crate::estimator::ModelFile;
use crate::file::write_atomically;
use crate::gold::{Design, Miner};
use crate::inference::{Information, Layout, Measured, Summary, SummarySettings, critical_value};
use crate::likelihood::Score;
use crate::report::{self, Ellipse};
use crate::trace::Instrumented;

/// Observables up to which each has a histogram of its own unless others are asked for.
const FEW_OBSERVABLES: usize = 8;
/// Parameters up to which all elements of the matrices are told.
const FEW_PARAMETERS: usize = 3;
/// A resolution with a larger relative error than this may as well be infinite.
const UNTOLD: f64 = 0.3;
/// Events that are mined at a time.
const PORTION: u64 = 2_000;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// A simulator, or files of models that were trained on one.
    #[arg(required = true, value_name = "SIMULATOR_OR_MODEL")]
    sources: Vec<String>,
    /// The hypothesis, as comma-separated values [default: where a model knows the score, or the middle of the simulator's box].
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    at: Option<Theta>,
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
    let (simulator, models) = sources(registry, &options.sources)?;
    let parameters: Vec<String> = simulator.parameters().into_iter().map(|p| p.name).collect();
    let theta = theta(&options, simulator, &models)?;
    check_length(&theta, &parameters)?;
    let plane = options
        .figure
        .as_ref()
        .map(|file| plane(file, &options, &parameters))
        .transpose()?;
    let rate = Rate::of(simulator, &theta)?;
    let expected = match (options.luminosity, &rate) {
        (Some(luminosity), Some(rate)) => luminosity * rate.value,
        (Some(_), None) => {
            return Err(Error::usage(format!(
                "{} knows no cross section: give the number of expected events, with --expect",
                simulator.name()
            )));
        }
        (None, _) => options.expect,
    };
    if !(expected > 0.0 && expected.is_finite()) {
        return Err(Error::usage(format!(
            "{expected} events are expected: the number must be finite and above 0"
        )));
    }
    let rate = rate
        .map(|rate| {
            Information::of_count(
                expected,
                &rate
                    .log_gradient
                    .iter()
                    .map(|slope| expected * slope)
                    .collect::<Vec<_>>(),
            )
        })
        .transpose()?;
    let sample = Sample::new(simulator, &theta, &options, say)?;
    let report = Report {
        measured: sample.measured(&models, &options)?,
        rate,
        parameters,
        expected,
    };
    let drawn = match (&options.figure, plane) {
        (Some(file), Some(plane)) => {
            write_atomically(file, report.drawn(plane, &theta)?.as_bytes())?;
            format!("\n\nwrote {}", file.display())
        }
        _ => String::new(),
    };
    let heading = format!(
        "{} expected of {} at {}, from {} simulated ones",
        counted(expected),
        simulator.name(),
        written(&theta),
        options.events
    );
    say.result(
        &format!("{heading}\n\n{}{drawn}", report.words()?),
        json!({
            "simulator": simulator.name(), "theta": theta, "n_events": options.events, "n_expected": expected,
            "parameters": report.parameters, "sources": report.json()?, "figure": options.figure,
            "rate": report.rate.as_ref().map(rows),
        }),
    )
}

fn counted(n: f64) -> String {
    match n {
        1.0 => "1 event".into(),
        n if n.fract() == 0.0 => format!("{n} events"),
        n => format!("{} events", exact(n)),
    }
}

/// The one simulator of all that was named, and the models with the names of their files.
fn sources<'a>(registry: &'a Registry, named: &[String]) -> Result<(&'a dyn Instrumented, Vec<(String, ModelFile)>)> {
    let mut simulators: Vec<String> = Vec::new();
    let mut models = Vec::new();
    for name in named {
        if registry.iter().any(|known| known.name() == name) {
            simulators.push(name.clone());
            continue;
        }
        if !Path::new(name).exists() {
            return Err(Error::usage(format!(
                "`{name}` is neither a simulator nor a file: `motherlode list` shows the simulators"
            )));
        }
        let model = ModelFile::read(Path::new(name))?;
        if let ModelFile::Trained(model) = &model {
            simulators.push(model.provenance().data.simulator.clone());
        }
        if !model.knows_score() {
            return Err(Error::usage(format!(
                "`{name}` ({}) knows no score, and so no information",
                model.name()
            )));
        }
        models.push((name.clone(), model));
    }
    simulators.dedup();
    match simulators.as_slice() {
        [one] => Ok((simulator(registry, one)?, models)),
        [] => Err(Error::usage(
            "models that were trained elsewhere know no simulator: name it first",
        )),
        several => Err(Error::usage(format!(
            "{} are several simulators: compare what one observation tells",
            several.join(", ")
        ))),
    }
}

fn theta(options: &Options, simulator: &dyn Instrumented, models: &[(String, ModelFile)]) -> Result<Vec<f64>> {
    let known: Vec<&[f64]> = models.iter().filter_map(|(_, model)| model.theta_ref()).collect();
    let asked = options.at.as_ref().map(|Theta(theta)| theta.clone());
    let theta = asked
        .or_else(|| known.first().map(|theta| theta.to_vec()))
        .unwrap_or_else(|| simulator.hypotheses().theta_ref());
    match known.iter().find(|known| **known != theta) {
        Some(known) => Err(Error::theta(format!(
            "a model knows the score at {} only, not at {}: choose it with --at, or leave the model out",
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

/// The cross section of a simulator that knows one.
struct Rate {
    value: f64,
    log_gradient: Vec<f64>,
}

impl Rate {
    fn of(simulator: &dyn Instrumented, theta: &[f64]) -> Result<Option<Self>> {
        let p = theta.len();
        let (mut log_gradient, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
        let log = simulator
            .log_rate_at(theta, &mut log_gradient, &mut hessian)
            .map_err(|rejected| Error::simulation(rejected.to_string()))?;
        // A rate that nobody has written is 1 everywhere.
        let known = log != 0.0 || log_gradient.iter().chain(&hessian).any(|&d| d != 0.0);
        Ok(known.then(|| Self {
            value: log.exp(),
            log_gradient,
        }))
    }
}

/// Events of one hypothesis with their joint scores.
struct Sample<'a> {
    simulator: &'a dyn Instrumented,
    theta: Vec<f64>,
    x: Array2<f64>,
    joint_scores: Array2<f64>,
}

/// What something tells of θ.
struct Source {
    name: String,
    found: Measured,
    /// The information that a model believes in.
    believed: Option<Measured>,
}

impl<'a> Sample<'a> {
    fn new(simulator: &'a dyn Instrumented, theta: &[f64], options: &Options, say: &Say) -> Result<Self> {
        let design = Design::Reference { theta: theta.to_vec() };
        let miner = Miner::new(simulator, design, options.seed)?.with_memories(false);
        let mut progress = say.progress("events");
        let (m, p) = (simulator.observables().len(), theta.len());
        let (mut x, mut joint_scores) = (Array2::zeros((0, m)), Array2::zeros((0, p)));
        for first in (0..options.events).step_by(PORTION as usize) {
            let data = miner.events(first..(first + PORTION).min(options.events))?;
            let fits = |error: ndarray::ShapeError| Error::simulation(error.to_string());
            x.append(Axis(0), data.x.view()).map_err(fits)?;
            if let Some(scores) = &data.joint_score0 {
                joint_scores.append(Axis(0), scores.view()).map_err(fits)?;
            }
            progress.show(first, options.events);
        }
        Ok(Self {
            simulator,
            theta: theta.to_vec(),
            x,
            joint_scores,
        })
    }

    fn measured(&self, models: &[(String, ModelFile)], options: &Options) -> Result<Vec<Source>> {
        let source = |name: String, found| Source {
            name,
            found,
            believed: None,
        };
        let mut sources = vec![source(
            "latent path (upper bound)".into(),
            Measured::of_scores(self.joint_scores.view())?,
        )];
        if let Some(truth) = self.simulator.truth() {
            let found = match Measured::summed(truth.as_ref(), &self.theta)? {
                Some(summed) => summed,
                None => Measured::of_scores(truth.score(self.x.view(), &self.theta)?.view())?,
            };
            sources.push(source("observation, exactly".into(), found));
        }
        for (file, model) in models {
            let scores = model.score(self.x.view(), &self.theta)?;
            sources.push(Source {
                name: format!("{} ({file})", model.name()),
                found: Measured::of_learned_score(scores.view(), self.joint_scores.view())?,
                believed: Some(Measured::of_scores(scores.view())?),
            });
        }
        let histograms = self.histograms(options);
        if !options.bins.is_empty() && histograms.iter().all(|names| names.len() != options.bins.len()) {
            return Err(Error::usage(format!(
                "--bins {:?}: no histogram is of {} observables; name them with --observables",
                options.bins,
                options.bins.len()
            )));
        }
        for names in histograms {
            let summary = Summary::of_observables(&self.simulator.observables(), &names)?;
            let usual = || SummarySettings::usual_bins(Layout::EqualProbability, names.len());
            let bins = Some(&options.bins).filter(|bins| bins.len() == names.len()).cloned();
            let values = summary.values(self.x.view())?;
            let bins = bins.unwrap_or_else(usual);
            let joint = self.joint_scores.view();
            let found = Measured::of_histogram(values.view(), joint, Layout::EqualProbability, &bins)?;
            sources.push(source(format!("histogram of {}", summary.name()), found));
        }
        Ok(sources)
    }

    fn histograms(&self, options: &Options) -> Vec<Vec<String>> {
        let asked = options.observables.iter();
        let asked: Vec<Vec<String>> = asked
            .map(|names| names.split(',').map(|name| name.trim().to_owned()).collect())
            .collect();
        let all = self.simulator.observables();
        match asked.is_empty() && all.len() <= FEW_OBSERVABLES {
            true => all.into_iter().map(|observable| vec![observable.name]).collect(),
            false => asked,
        }
    }
}

/// All that is told.
struct Report {
    measured: Vec<Source>,
    rate: Option<Information>,
    parameters: Vec<String>,
    expected: f64,
}

impl Report {
    fn words(&self) -> Result<String> {
        let mut parts = vec![self.matrices(), self.resolutions(None)?];
        if let Some(rate) = &self.rate {
            parts.push(self.resolutions(Some(rate))?);
        }
        parts.extend(self.warning());
        Ok(parts.join("\n\n"))
    }

    /// The elements that are told: all of few parameters, of many those of each with itself.
    fn elements(&self) -> Vec<(usize, usize)> {
        let p = self.parameters.len();
        let all = (0..p).flat_map(|i| (i..p).map(move |j| (i, j)));
        all.filter(|(i, j)| p <= FEW_PARAMETERS || i == j).collect()
    }

    fn matrices(&self) -> String {
        let elements = self.elements();
        let named = |&(i, j): &(usize, usize)| format!("{}, {}", self.parameters[i], self.parameters[j]);
        let mut heading = vec!["information on".to_owned()];
        heading.extend(elements.iter().map(named));
        let of = |information: &Information, found: Option<&Measured>, factor: f64| -> Vec<String> {
            let cell = |&(i, j): &(usize, usize)| {
                number(Mean {
                    value: factor * information.matrix()[(i, j)],
                    standard_error: found.map_or(0.0, |found| factor * found.standard_error(i, j)),
                })
            };
            elements.iter().map(cell).collect()
        };
        let row = |name: &str, cells: Vec<String>| [vec![format!("    {name}")], cells].concat();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for source in &self.measured {
            let cells = |found: &Measured| of(found.information(), Some(found), self.expected);
            rows.push(row(&source.name, cells(&source.found)));
            if let Some(believed) = &source.believed {
                rows.push(row("  as it believes itself", cells(believed)));
            }
        }
        rows.extend(
            self.rate
                .iter()
                .map(|rate| row("number of events", of(rate, None, 1.0))),
        );
        self.laid_out(heading, rows)
    }

    /// One line for each source; of many parameters, one column.
    fn laid_out(&self, heading: Vec<String>, rows: Vec<Vec<String>>) -> String {
        let all = [vec![heading], rows].concat();
        let lines = match self.parameters.len() <= FEW_PARAMETERS {
            true => all,
            false => (0..all[0].len())
                .map(|column| all.iter().map(|line| line[column].trim().to_owned()).collect())
                .collect(),
        };
        let heading: Vec<&str> = lines[0].iter().map(String::as_str).collect();
        table(&heading, &lines[1..])
    }

    fn resolutions(&self, rate: Option<&Information>) -> Result<String> {
        let with = if rate.is_some() {
            ", with the number of events"
        } else {
            ""
        };
        let mut heading = vec![format!("smallest standard error{with}")];
        let several = self.parameters.len() > 1;
        for name in &self.parameters {
            heading.push(name.clone());
            heading.extend(several.then(|| format!("{name}, others unknown")));
        }
        let mut rows = Vec::new();
        for source in &self.measured {
            let mut row = vec![format!("    {}", source.name)];
            for k in 0..self.parameters.len() {
                let (alone, profiled) = source.found.resolution(k, self.expected, rate)?;
                row.push(told(alone));
                row.extend(several.then(|| profiled.map_or("–".into(), told)));
            }
            rows.push(row);
        }
        Ok(self.laid_out(heading, rows))
    }

    /// Models that believe in more than they tell.
    fn warning(&self) -> Option<String> {
        let overconfident = |source: &&Source| {
            source.believed.as_ref().is_some_and(|believed| {
                (0..self.parameters.len()).any(|k| {
                    let excess = believed.information().matrix()[(k, k)] - source.found.information().matrix()[(k, k)];
                    let error = believed.standard_error(k, k).hypot(source.found.standard_error(k, k));
                    excess > 3.0 * error && excess > 0.05 * source.found.information().matrix()[(k, k)].abs()
                })
            })
        };
        let named: Vec<&str> = self
            .measured
            .iter()
            .filter(overconfident)
            .map(|source| source.name.as_str())
            .collect();
        (!named.is_empty()).then(|| {
            format!(
                "warning: {} believes in more information than there is in what it says: train it on more events",
                named.join(", ")
            )
        })
    }

    fn json(&self) -> Result<Vec<Value>> {
        self.measured.iter().map(|source| self.json_of(source)).collect()
    }

    fn json_of(&self, source: &Source) -> Result<Value> {
        let p = self.parameters.len();
        let resolutions = |rate: Option<&Information>| -> Result<Vec<Value>> {
            let of = |k| {
                let (alone, profiled) = source.found.resolution(k, self.expected, rate)?;
                Ok(json!({ "parameter": self.parameters[k], "others_known": alone, "others_unknown": profiled }))
            };
            (0..p).map(of).collect()
        };
        let errors = |found: &Measured| -> Vec<Vec<f64>> {
            let row = |i| (0..p).map(|j| self.expected * found.standard_error(i, j)).collect();
            (0..p).map(row).collect()
        };
        let matrix = |found: &Measured| rows(&found.information().times(self.expected));
        Ok(json!({
            "name": source.name,
            "information": matrix(&source.found), "standard_errors": errors(&source.found),
            "believed": source.believed.as_ref().map(matrix),
            "resolution": resolutions(None)?,
            "resolution_with_rate": self.rate.as_ref().map(|rate| resolutions(Some(rate))).transpose()?,
        }))
    }

    fn drawn(&self, plane: [usize; 2], theta: &[f64]) -> Result<String> {
        let mut shown = Vec::new();
        for source in &self.measured {
            let mut information = source.found.information().times(self.expected);
            if let Some(rate) = &self.rate {
                information = information.with(rate)?;
            }
            // Where the data do not fix the other parameters, nothing is known of these two either.
            if let Ok(two) = information.profiled(&plane) {
                let two = two.matrix();
                shown.push(Ellipse {
                    name: source.name.clone(),
                    information: [two[(0, 0)], two[(0, 1)], two[(1, 1)]],
                });
            }
        }
        let names = plane.map(|k| self.parameters[k].as_str());
        let with = if self.rate.is_some() { ", with their number" } else { "" };
        let caption = format!("68 % of {}{with}", counted(self.expected));
        let level = critical_value(0.68, 2)?;
        let centre = plane.map(|k| theta[k]);
        Ok(report::ellipses(names, &caption, centre, level, &shown))
    }
}

fn rows(information: &Information) -> Vec<Vec<f64>> {
    information
        .matrix()
        .row_iter()
        .map(|row| row.iter().copied().collect())
        .collect()
}

/// A resolution, unless the events that were simulated do not tell whether there is any.
fn told(resolution: Mean) -> String {
    match resolution.standard_error < UNTOLD * resolution.value {
        true => number(resolution),
        false => "–".into(),
    }
}

/// A number with its standard error, to two digits of it.
fn number(Mean { value, standard_error }: Mean) -> String {
    match (value.is_finite(), standard_error > 0.0 && standard_error.is_finite()) {
        (false, _) => "–".into(),
        (true, true) => format!("{value:.0$} ± {standard_error:.0$}", decimals(standard_error, 2.0)),
        (true, false) => exact(value),
    }
}

/// To four digits.
fn exact(value: f64) -> String {
    match value == 0.0 {
        true => "0".into(),
        false => format!("{value:.0$}", decimals(value, 4.0)),
    }
}

/// Decimals that show `n` digits of a number of this size.
fn decimals(size: f64, n: f64) -> usize {
    (n - 1.0 - size.abs().log10().floor()).clamp(0.0, 12.0) as usize
}
