//! `motherlode export --pyhf`.

use std::path::{Path, PathBuf};

use clap::Args;
use ndarray::ArrayView2;
use serde_json::json;

use super::fisher::Rate;
use super::say::Say;
use super::simulated::simulated;
use super::theta::{Theta, check_length, written};
use super::{Chosen, Registry, simulator};
use crate::dataset::{AugmentedData, is_data_set};
use crate::error::{Error, Result};
use crate::estimator::ModelFile;
use crate::file::write_atomically;
use crate::gold::{Design, Miner};
use crate::interop::is_event_file;
use crate::interop::madminer::{EventFile, EventSimulator};
use crate::interop::pyhf::{Binning, Blueprint, Built, Measured, Process, Templates};
use crate::likelihood::{LogRatio, Score};
use crate::trace::Instrumented;

#[derive(Debug, Args)]
pub(super) struct WorkspaceOptions {
    /// Write histograms of what a model has learned, or of an observable, as a workspace of pyhf (HistFactory): signal and background, or
    /// templates, with the systematics that the event file knows and the errors of the simulation.
    #[arg(long, requires_all = ["output", "luminosity"], conflicts_with_all = ["madminer", "double"])]
    pub(super) pyhf: bool,
    /// The simulator or event file whose events fill the histograms (default: that of the model).
    #[arg(long, value_name = "SIMULATOR", requires = "pyhf")]
    of: Option<String>,
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
    #[arg(long, value_name = "VALUES", requires = "pyhf", allow_hyphen_values = true)]
    theta0: Option<Theta>,
    /// The denominator of the log ratio (default: the reference hypothesis).
    #[arg(long, value_name = "VALUES", requires = "pyhf", allow_hyphen_values = true)]
    theta1: Option<Theta>,
    /// The hypothesis whose signal is scaled by `mu` (default: the simulator's θ0).
    #[arg(
        long,
        value_name = "VALUES",
        requires = "pyhf",
        allow_hyphen_values = true,
        conflicts_with = "templates"
    )]
    signal: Option<Theta>,
    /// Take everything at this hypothesis for background (default: the background events of the file, or everything at the reference
    /// hypothesis).
    #[arg(
        long,
        value_name = "VALUES",
        requires = "pyhf",
        allow_hyphen_values = true,
        conflicts_with = "templates"
    )]
    background: Option<Theta>,
    /// Write the signal at each basis point of an event file's morphing as a sample with a free factor, instead of one signal; how the
    /// factors follow from the parameters is written to a second file.
    #[arg(long, requires = "pyhf")]
    templates: bool,
    /// The reference hypothesis: it chooses the bins, and with --templates the expected data (default: the simulator's θ1).
    #[arg(long, value_name = "VALUES", requires = "pyhf", allow_hyphen_values = true)]
    reference: Option<Theta>,
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

const USUAL_BINS: usize = 10;
const USUAL_EVENTS: u64 = 20_000;

pub(super) fn run(
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
    let (blueprint, reference, templates) = match &chosen {
        Chosen::OfFile(simulator) => question.of_file(simulator)?,
        Chosen::Registered(simulator) => question.of_simulator(*simulator, say)?,
    };
    let binning = match options.edges.is_empty() {
        true => Binning::of_equal_probability(&reference.0, &reference.1, options.bins.unwrap_or(USUAL_BINS))?,
        false => Binning::new(options.edges.clone())?,
    };
    let built = blueprint.build(binning)?;
    built.workspace.write(output)?;
    if let Some(templates) = &templates {
        let text = format!("{:#}\n", question.explained(templates));
        write_atomically(&morphing, text.as_bytes())?;
    }
    let morphing = templates.is_some().then_some(morphing);
    tell(output, &question, &built, morphing.as_deref(), say)
}

/// Where events come from, and the model if one was given.
fn source<'a>(
    registry: &'a Registry,
    file: &Path,
    options: &WorkspaceOptions,
) -> Result<(Chosen<'a>, Option<ModelFile>)> {
    let name = file.to_string_lossy();
    let is_simulator = registry.iter().any(|known| known.name() == name) || is_event_file(file);
    if is_simulator || !file.exists() {
        return Ok((simulator(registry, &name)?, None));
    }
    if is_data_set(file)? {
        return Err(Error::usage(format!(
            "`{name}` is a data set, and its events have no cross section: give a model, an event file of MadMiner or a simulator"
        )));
    }
    let model = ModelFile::read(file)?;
    let of = match (&options.of, &model) {
        (Some(of), _) => of.clone(),
        (None, ModelFile::Trained(model)) => model.provenance().data.simulator.clone(),
        (None, ModelFile::Imported(_)) => {
            return Err(Error::usage(format!(
                "`{name}` was trained elsewhere and knows no simulator: name it, or an event file, with --of"
            )));
        }
    };
    Ok((simulator(registry, &of)?, Some(model)))
}

/// What each event is reduced to.
enum Reduction {
    Column(usize),
    Score { component: usize, theta: Vec<f64> },
    LogRatio { theta0: Vec<f64>, theta1: Vec<f64> },
}

/// Values and weights of events.
type Weighted = (Vec<f64>, Vec<f64>);

struct Question<'a> {
    simulator: &'a dyn Instrumented,
    model: Option<&'a ModelFile>,
    options: &'a WorkspaceOptions,
    luminosity: f64,
    signal: Vec<f64>,
    reference: Vec<f64>,
    background: Option<Vec<f64>>,
    reduction: Reduction,
    /// What the reduction is called.
    name: String,
}

impl<'a> Question<'a> {
    fn new(chosen: &'a Chosen<'_>, model: Option<&'a ModelFile>, options: &'a WorkspaceOptions) -> Result<Self> {
        let simulator: &dyn Instrumented = &**chosen;
        let luminosity = options.luminosity.unwrap_or(f64::NAN);
        if !(luminosity > 0.0 && luminosity.is_finite()) {
            return Err(Error::usage(format!(
                "--luminosity {luminosity}: give a number above 0, in inverse units of the simulator's cross section"
            )));
        }
        // Systematics are parameters of the simulator, too, and have none of the hypotheses.
        let all: Vec<String> = simulator
            .parameters()
            .into_iter()
            .map(|parameter| parameter.name)
            .collect();
        let p = match chosen {
            Chosen::OfFile(simulator) => all.len() - simulator.events().factors().len(),
            Chosen::Registered(_) => all.len(),
        };
        let usual = simulator.hypotheses();
        let theta = |given: &Option<Theta>, usual: &[f64]| -> Result<Vec<f64>> {
            let theta = given.as_ref().map_or(usual[..p].to_vec(), |Theta(theta)| theta.clone());
            check_length(&theta, &all[..p]).map(|()| theta)
        };
        let (signal, reference) = (
            theta(&options.signal, &usual.theta0)?,
            theta(&options.reference, &usual.theta1)?,
        );
        let given = options.background.is_some();
        let background = given.then(|| theta(&options.background, &usual.theta1)).transpose()?;
        if let Some(model) = model {
            let design = Design::Reference {
                theta: usual.theta1.clone(),
            };
            model.check_events(&Miner::new(simulator, design, 0)?.header())?;
        }
        let (reduction, name) = reduction(simulator, model, options, [&signal, &reference])?;
        Ok(Self {
            simulator,
            model,
            options,
            luminosity,
            signal,
            reference,
            background,
            reduction,
            name,
        })
    }

    /// The number that each event is reduced to, `[n]`.
    fn values(&self, x: ArrayView2<f64>) -> Result<Vec<f64>> {
        let values = match (&self.reduction, self.model) {
            (Reduction::Column(column), _) => x.column(*column).to_vec(),
            (Reduction::Score { component, theta }, Some(model)) => model.score(x, theta)?.column(*component).to_vec(),
            (Reduction::LogRatio { theta0, theta1 }, Some(model)) => model.log_ratio(x, theta0, theta1)?.to_vec(),
            (_, None) => return Err(Error::usage("scores and ratios need a model")),
        };
        match values.iter().position(|value| value.is_nan()) {
            Some(event) => Err(Error::usage(format!(
                "{} of event {event} is no number: look at this event",
                self.name
            ))),
            None => Ok(values),
        }
    }

    fn of_file(&self, simulator: &EventSimulator) -> Result<(Blueprint, Weighted, Option<Templates>)> {
        let file = EventFile::read(Path::new(simulator_name(simulator)))?;
        let events = simulator.events();
        let values = self.values(events.x())?;
        let measured = Measured {
            file: &file,
            events,
            values: &values,
            luminosity: self.luminosity,
        };
        let templates = self
            .options
            .templates
            .then(|| measured.templates(&self.reference))
            .transpose()?;
        let processes = match &templates {
            Some(templates) => templates.processes.clone(),
            None => {
                let has_background = file.samples()?.background_events > 0;
                let background = self.background.as_deref();
                let background = background.or((!has_background).then_some(self.reference.as_slice()));
                measured.signal_and_background(&self.signal, background)?
            }
        };
        let everything = events.weights(&self.reference)?;
        let reference = (values.clone(), everything.to_vec());
        Ok((self.blueprint(processes, templates.as_ref())?, reference, templates))
    }

    fn of_simulator(
        &self,
        simulator: &dyn Instrumented,
        say: &Say,
    ) -> Result<(Blueprint, Weighted, Option<Templates>)> {
        if self.options.templates {
            return Err(Error::usage(format!(
                "--templates: {} has no morphing; give an event file of MadMiner that has one",
                simulator.name()
            )));
        }
        let n = self.options.events.unwrap_or(USUAL_EVENTS);
        if n == 0 {
            return Err(Error::usage("--events 0: histograms need events"));
        }
        let seed = self.options.seed.unwrap_or(0);
        let process = |name: &str, theta: &[f64], seed: u64| -> Result<Process> {
            let rate = Rate::of(simulator, theta)?.ok_or_else(|| {
                Error::usage(format!(
                    "{} knows no cross section, and so not how many events are expected: take one that does",
                    simulator.name()
                ))
            })?;
            let values = self.values(simulated(simulator, theta, n, seed, say)?.0.view())?;
            Ok(Process {
                name: name.into(),
                weights: vec![self.luminosity * rate.value / n as f64; values.len()],
                values,
                systematics: Vec::new(),
                factor: None,
                without_signal: 1.0,
                in_data: 1.0,
            })
        };
        let background = self.background.as_ref().unwrap_or(&self.reference);
        let background = process("background", background, seed)?;
        let signal = Process {
            factor: Some("mu".into()),
            without_signal: 0.0,
            ..process("signal", &self.signal, seed.wrapping_add(1))?
        };
        let reference = (background.values.clone(), background.weights.clone());
        Ok((self.blueprint(vec![background, signal], None)?, reference, None))
    }

    fn blueprint(&self, mut processes: Vec<Process>, templates: Option<&Templates>) -> Result<Blueprint> {
        let injected = self.options.inject.unwrap_or(0.0);
        if !injected.is_finite() {
            return Err(Error::usage(format!("--inject {injected}: give a finite number")));
        }
        if templates.is_none() {
            let signal = processes.iter_mut().filter(|process| process.factor.is_some());
            signal.for_each(|process| process.in_data = injected);
        }
        let observed = self
            .options
            .observed
            .as_ref()
            .map(|path| self.observed(path))
            .transpose()?;
        Ok(Blueprint {
            channel: self.name.clone(),
            measurement: "measurement".into(),
            processes,
            poi: templates.map_or("mu", |_| "").into(),
            parameters: templates
                .map(|templates| templates.parameters.clone())
                .unwrap_or_default(),
            together: templates.map(|templates| templates.together.clone()),
            observed,
        })
    }

    fn observed(&self, path: &Path) -> Result<Vec<f64>> {
        let data = AugmentedData::read(path)?;
        let known: Vec<String> = self.simulator.observables().into_iter().map(|one| one.name).collect();
        match data.header.observables == known {
            true => self.values(data.x.view()),
            false => Err(Error::usage(format!(
                "the observed events have the observables {}, and {} are needed",
                data.header.observables.join(", "),
                known.join(", ")
            ))),
        }
    }

    /// How the factors of templates follow from the parameters.
    fn explained(&self, templates: &Templates) -> serde_json::Value {
        let names = templates
            .parameters
            .iter()
            .map(|parameter| &parameter.name)
            .collect::<Vec<_>>();
        let p = self.reference.len();
        let parameters: Vec<String> = self
            .simulator
            .parameters()
            .into_iter()
            .take(p)
            .map(|one| one.name)
            .collect();
        json!({
            "about": "factors[b] = sum over k of matrix[k][b] times the product over i of parameters[i] to the power components[k][i]",
            "parameters": parameters, "factors": names, "points": templates.points,
            "components": templates.components, "matrix": templates.matrix, "reference": self.reference,
        })
    }
}

/// The simulator of a file is called by its path.
fn simulator_name(simulator: &EventSimulator) -> &str {
    crate::trace::Simulator::name(simulator)
}

fn reduction(
    simulator: &dyn Instrumented,
    model: Option<&ModelFile>,
    options: &WorkspaceOptions,
    [signal, reference]: [&Vec<f64>; 2],
) -> Result<(Reduction, String)> {
    let observables: Vec<String> = simulator.observables().into_iter().map(|one| one.name).collect();
    let parameters: Vec<String> = simulator.parameters().into_iter().map(|one| one.name).collect();
    if let Some(name) = &options.observable {
        let column = observables.iter().position(|known| known == name);
        let column = column.ok_or_else(|| {
            Error::usage(format!(
                "there is no observable `{name}`; there are {}",
                observables.join(", ")
            ))
        })?;
        return Ok((Reduction::Column(column), name.clone()));
    }
    let Some(model) = model else {
        return Err(Error::usage(format!(
            "which number of an event is to be filled? name one with --observable ({}), or give a model",
            observables.join(", ")
        )));
    };
    let with_systematics = |theta: &[f64]| -> Result<Vec<f64>> {
        let mut theta = theta.to_vec();
        if theta.len() == signal.len() {
            theta.resize(parameters.len(), 0.0);
        }
        check_length(&theta, &parameters).map(|()| theta)
    };
    if options.score.is_none() && model.knows_ratio() {
        let point = |given: &Option<Theta>, usual: &Vec<f64>| {
            with_systematics(given.as_ref().map_or(usual, |Theta(theta)| theta))
        };
        let (theta0, theta1) = (point(&options.theta0, signal)?, point(&options.theta1, reference)?);
        if theta0 == theta1 {
            return Err(Error::usage(format!(
                "the log ratio of {} to itself is 0: choose another hypothesis with --theta0",
                written(&theta0)
            )));
        }
        return Ok((Reduction::LogRatio { theta0, theta1 }, "log_ratio".into()));
    }
    if options.theta0.is_some() || options.theta1.is_some() || !model.knows_score() {
        return Err(Error::usage(format!(
            "{} knows no {}",
            model.name(),
            if options.score.is_some() { "score" } else { "ratio" }
        )));
    }
    let component = match &options.score {
        Some(name) => parameters.iter().position(|known| known == name),
        None => (parameters.len() == 1).then_some(0),
    };
    let component = component.ok_or_else(|| {
        Error::usage(format!(
            "which component of the score? name one with --score: {}",
            parameters.join(", ")
        ))
    })?;
    let theta = match model.theta_ref() {
        Some(theta) => theta.to_vec(),
        None => with_systematics(reference)?,
    };
    Ok((
        Reduction::Score { component, theta },
        format!("score_{}", parameters[component]),
    ))
}

fn tell(output: &Path, question: &Question<'_>, built: &Built, morphing: Option<&Path>, say: &Say) -> Result<()> {
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
        "{}: {} bins of {} of {}, for a luminosity of {}: {}; {data:.2} events in the {kind} data",
        output.display(),
        built.binning.n_bins(),
        question.name,
        question.simulator.name(),
        question.luminosity,
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
    lines.extend(built.remarks.iter().map(|remark| format!("note: {remark}")));
    let totals = samples
        .iter()
        .map(|sample| json!({ "name": sample.name, "events": total(&sample.data) }));
    // JSON has no infinite numbers; outer edges that are open are null.
    say.result(
        &lines.join("\n"),
        json!({
            "output": output, "morphing": morphing, "observable": question.name, "luminosity": question.luminosity,
            "signal": question.signal, "reference": question.reference, "edges": built.binning.edges(),
            "samples": totals.collect::<Vec<_>>(), "n_data": data, "remarks": built.remarks,
        }),
    )
}
