//! `motherlode limit EVENTS`: what a histogram and the number of events are expected to say of the parameters.

use std::str::FromStr;

use clap::Args;
use serde_json::json;

use super::{Options, counted, short};
use crate::cli::infer::{Context, constraints};
use crate::cli::say::{Say, table};
use crate::cli::theta::{Edges, Theta, check_length, written};
use crate::cli::{Chosen, Registry, simulator};
use crate::error::{Error, Result};
use crate::inference::{
    Answer, BinnedEvents, Bins, Landscape, Layout, Likelihood, RatioTest, Space, Summary, SummarySettings, Test,
};
use crate::interop::madminer::EventSimulator;
use crate::trace::Simulator;

/// Levels of confidence unless others are asked for.
const LEVELS: [f64; 2] = [0.68, 0.95];
/// Expected events below which the formulae for many events are doubtful, and effective simulated ones below which a bin is.
const FEW: f64 = 10.0;

#[derive(Debug, Args)]
pub(super) struct EventOptions {
    /// Of an event file: the hypothesis that is true, as comma-separated values. What is expected there is taken for the data (the Asimov
    /// data set).
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true, requires = "luminosity")]
    at: Option<Theta>,
    /// The luminosity of the measurement, in 1/pb.
    #[arg(long, value_name = "LUMINOSITY", allow_hyphen_values = true, requires = "at")]
    luminosity: Option<f64>,
    /// The observables of the histogram, separated by commas [default: none, but the number of events alone].
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "at")]
    observables: Vec<String>,
    /// Bins along each observable, which hold equally many simulated events [default: 25, 15,5 or 12,5,5].
    #[arg(long, value_name = "BINS", value_delimiter = ',', requires = "observables")]
    bins: Vec<usize>,
    /// The edges between the bins of an observable, as name=edge,edge,…; the outer bins are open. To be given for each.
    #[arg(
        long,
        value_name = "NAME=EDGES",
        allow_hyphen_values = true,
        requires = "observables",
        conflicts_with = "bins"
    )]
    edges: Vec<NamedEdges>,
    /// Leave out what the number of events says.
    #[arg(long, requires = "observables")]
    no_rate: bool,
    /// The hypotheses that are considered, given as low:high for each parameter [default: the ranges that the file gives].
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true, requires = "at")]
    hypotheses: Option<Edges>,
    /// Test the hypotheses of a grid over the box, with so many values of each parameter, separated by commas.
    #[arg(long, value_name = "VALUES", value_delimiter = ',', requires = "at")]
    grid: Vec<usize>,
}

/// `name=edge,edge,…`.
#[derive(Debug, Clone)]
struct NamedEdges {
    name: String,
    edges: Vec<f64>,
}

impl FromStr for NamedEdges {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, edges) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` is not of the form name=edge,edge,…"))?;
        let Theta(edges) = edges.parse()?;
        Ok(Self {
            name: name.into(),
            edges,
        })
    }
}

impl EventOptions {
    /// Whether anything was asked of an event file; all else requires this.
    pub(super) fn is_asked(&self) -> bool {
        self.at.is_some()
    }
}

pub(super) fn run(registry: &Registry, options: &Options, say: &Say) -> Result<()> {
    let chosen = simulator(registry, &options.file)?;
    let Chosen::OfFile(simulator) = &chosen else {
        return Err(Error::usage(format!(
            "`{}` is a simulator, and no event file",
            options.file
        )));
    };
    let question = Question::new(simulator, options)?;
    let histogram = question.histogram()?;
    let (bins, expected) = histogram.expected_at(&question.theta)?;
    let n = question.luminosity * expected.sum();
    let rate = |theta: &[f64]| Ok(question.luminosity * histogram.cross_sections(theta)?.sum());
    let mut likelihood = Likelihood::new(&histogram, bins.view(), &question.theta)
        .with_weights(expected.view())?
        .standing_for(n)?;
    if !options.events.no_rate {
        likelihood = likelihood.with_rate(&rate, n);
    }
    for constraint in constraints(Some(&**simulator)) {
        likelihood = likelihood.with_constraint(constraint)?;
    }
    let answer = Answer {
        name: question.measured(&histogram),
        estimate: Landscape::new(likelihood.clone(), &question.space).estimate()?,
        regions: None,
        bands: Vec::new(),
    };
    let tests = question.tests(&likelihood)?;
    let warnings = question.warnings(&histogram, n)?;
    question.tell(n, &answer, &tests, warnings, say)
}

/// What is asked of an event file.
struct Question<'a> {
    simulator: &'a EventSimulator,
    options: &'a EventOptions,
    luminosity: f64,
    levels: Vec<f64>,
    /// The truth, with systematics at 0, `[p + k]`.
    theta: Vec<f64>,
    parameters: Vec<String>,
    /// Number of parameters of the theory p.
    p: usize,
    space: Space,
}

impl<'a> Question<'a> {
    fn new(simulator: &'a EventSimulator, options: &'a Options) -> Result<Self> {
        let asked = &options.events;
        let (Some(Theta(truth)), Some(luminosity)) = (&asked.at, asked.luminosity) else {
            return Err(Error::usage(format!(
                "`{}` is an event file: say with --at which hypothesis is true, and with --luminosity how much data there is",
                options.file
            )));
        };
        if !(luminosity > 0.0 && luminosity.is_finite()) {
            return Err(Error::usage(format!(
                "--luminosity {luminosity}: give a number above 0, in 1/pb"
            )));
        }
        let parameters: Vec<String> = Simulator::parameters(simulator)
            .into_iter()
            .map(|one| one.name)
            .collect();
        let p = parameters.len() - simulator.events().n_nuisances();
        check_length(truth, &parameters[..p])?;
        let mut theta = truth.clone();
        theta.resize(parameters.len(), 0.0);
        let space = space(simulator, asked.hypotheses.as_ref(), &parameters[..p])?;
        if !space.contains(&theta) {
            return Err(Error::theta(format!(
                "{} is said to be true, and the hypotheses are {:?}: give a box around it with --box",
                written(truth),
                &space.edges()[..p]
            )));
        }
        Ok(Self {
            simulator,
            options: asked,
            luminosity,
            levels: if options.level.is_empty() {
                LEVELS.to_vec()
            } else {
                options.level.clone()
            },
            theta,
            parameters,
            p,
            space,
        })
    }

    /// That of the observables; without any, a single bin.
    fn histogram(&self) -> Result<BinnedEvents<'a>> {
        let known = Simulator::observables(self.simulator);
        let options = self.options;
        let names = match options.observables.is_empty() {
            true => known.iter().take(1).map(|one| one.name.clone()).collect(),
            false => options.observables.clone(),
        };
        let summary = Summary::of_observables(&known, &names)?;
        let bins = match (
            options.observables.is_empty(),
            options.bins.is_empty(),
            options.edges.is_empty(),
        ) {
            (true, ..) => Bins::Edges(vec![Vec::new()]),
            (_, false, _) => Bins::Equal(options.bins.clone()),
            (_, _, false) => Bins::Edges(self.edges()?),
            _ => Bins::Equal(SummarySettings::usual_bins(Layout::EqualProbability, names.len())),
        };
        BinnedEvents::new(self.simulator.events(), summary, &bins)
    }

    /// Those of each observable.
    fn edges(&self) -> Result<Vec<Vec<f64>>> {
        let (names, given) = (&self.options.observables, &self.options.edges);
        let of = |name: &String| {
            let mut found = given.iter().filter(|edges| edges.name == *name);
            found
                .next()
                .filter(|_| found.next().is_none())
                .map(|one| one.edges.clone())
        };
        let all: Option<Vec<Vec<f64>>> = names.iter().map(of).collect();
        all.filter(|all| all.len() == given.len()).ok_or_else(|| {
            let given: Vec<&str> = given.iter().map(|edges| edges.name.as_str()).collect();
            Error::usage(format!(
                "--edges of {} for a histogram of {}: give those of each observable, once",
                given.join(", "),
                names.join(", ")
            ))
        })
    }

    /// What is measured, in words.
    fn measured(&self, histogram: &BinnedEvents<'_>) -> String {
        match (self.options.observables.is_empty(), self.options.no_rate) {
            (true, _) => "number of events".to_owned(),
            (false, no_rate) => {
                let bins = counted(histogram.n_bins(), "bin");
                let rate = if no_rate { "" } else { ", and number of events" };
                format!("histogram of {} in {bins}{rate}", self.options.observables.join(", "))
            }
        }
    }

    /// Hypotheses on a grid of the parameters of the theory, those of systematics profiled.
    fn tests(&self, likelihood: &Likelihood<'_>) -> Result<Vec<Test>> {
        if self.options.grid.is_empty() {
            return Ok(Vec::new());
        }
        let grid = Space::new(&self.space.edges()[..self.p])?.grid(&self.options.grid)?;
        let log_likelihood = |theta: &[f64]| likelihood.at(theta);
        let mut test = RatioTest::new(&log_likelihood, self.space.clone())?;
        // The truth fits the expected data best, and no fit is as precise.
        let truth: Vec<(usize, f64)> = self.theta.iter().copied().enumerate().collect();
        test.test(&truth)?;
        let fixed = |theta: ndarray::ArrayView1<f64>| theta.iter().copied().enumerate().collect::<Vec<_>>();
        grid.rows().into_iter().map(|theta| test.test(&fixed(theta))).collect()
    }

    fn warnings(&self, histogram: &BinnedEvents<'_>, n: f64) -> Result<Vec<String>> {
        let mut warnings = Vec::new();
        if n < FEW {
            warnings.push(format!(
                "{} events are expected in all: the formulae are those for many events, and the limits are rough",
                short(n)
            ));
        }
        if histogram.n_bins() == 1 && self.p > 1 {
            warnings.push(format!(
                "one number does not fix {} parameters: the best fit is one of many that are as good; name --observables, or look at q on a \
                 --grid",
                self.p
            ));
        }
        let effective = histogram.effective(&self.theta)?;
        let poor = effective.iter().filter(|effective| **effective < FEW).count();
        if poor > 0 {
            warnings.push(format!(
                "{poor} of {} hold less than {FEW} effective simulated events, whose fluctuations would be taken for what the parameters do: take \
                 fewer bins, or simulate more",
                counted(effective.len(), "bin")
            ));
        }
        Ok(warnings)
    }

    fn tell(&self, n: f64, answer: &Answer, tests: &[Test], warnings: Vec<String>, say: &Say) -> Result<()> {
        let context = Context {
            parameters: &self.parameters,
            levels: &self.levels,
            edges: self.space.edges(),
        };
        let name = Simulator::name(self.simulator);
        let truth = &self.theta[..self.p];
        let heading = format!(
            "{name}: {} events expected at {} for a luminosity of {}",
            short(n),
            written(truth),
            self.luminosity
        );
        let mut parts = vec![heading, context.words(answer)?];
        parts.extend((!tests.is_empty()).then(|| self.tested(tests)));
        parts.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
        let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
        let points: Vec<&[f64]> = tests.iter().map(|test| &test.theta[..self.p]).collect();
        let of_tests = |what: fn(&Test) -> f64| -> Vec<f64> { tests.iter().map(what).collect() };
        say.result(
            &parts.join("\n\n"),
            json!({
                "events": name, "at": truth, "luminosity": self.luminosity, "n_expected": n, "parameters": self.parameters,
                "box": self.space.edges(), "observables": self.options.observables, "with_rate": !self.options.no_rate,
                "warnings": warnings, "answer": context.json(answer)?,
                "grid": {
                    "theta": points, "q": of_tests(|test| test.statistic), "p_values": of_tests(|test| test.p_value),
                },
            }),
        )
    }

    fn tested(&self, tests: &[Test]) -> String {
        let mut heading: Vec<&str> = self.parameters[..self.p].iter().map(String::as_str).collect();
        let first = format!("    {}", heading[0]);
        heading[0] = &first;
        heading.extend(["q", "p-value"]);
        let row = |test: &Test| {
            let mut row: Vec<String> = test.theta[..self.p].iter().map(f64::to_string).collect();
            row[0] = format!("    {}", row[0]);
            row.extend([short(test.statistic), short(test.p_value)]);
            row
        };
        table(&heading, &tests.iter().map(row).collect::<Vec<_>>())
    }
}

/// The hypotheses that are considered: of theory as given, of systematics as usual.
fn space(simulator: &EventSimulator, given: Option<&Edges>, theory: &[String]) -> Result<Space> {
    let mut edges = Simulator::hypotheses(simulator).prior;
    if let Some(Edges(given)) = given {
        if given.len() != theory.len() {
            return Err(Error::usage(format!(
                "--box has {} ranges; needed are those of {}",
                given.len(),
                theory.join(", ")
            )));
        }
        edges[..given.len()].copy_from_slice(given);
    }
    Space::new(edges)
}
