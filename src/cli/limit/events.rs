//! `motherlode limit EVENTS`: what a histogram and the number of events are expected to say of the parameters.

use ndarray::{Array1, Array2, Axis};
use serde_json::json;

use super::asked::EventOptions;
use super::{Options, short};
use crate::infer::{Context, constraints};
use crate::observed::observations_of;
use crate::say::{Say, counted, table};
use crate::simulated::few_simulated;
use crate::theta::{Edges, completed, written};
use crate::{Chosen, Registry, simulator};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::ranges;
use motherlode_core::trace::{Instrumented, Simulator};
use motherlode_hep::binned::{BinnedEvents, Bins};
use motherlode_hep::madminer::EventSimulator;
use motherlode_stats::inference::{
    Answer, BinLayout, Landscape, Likelihood, ParameterBox, RatioTest, SummarySettings, SummaryStatistic, Test,
};

/// Levels of confidence unless others are asked for.
const LEVELS: [f64; 2] = [0.68, 0.95];
/// Expected events below which the formulae for many events are doubtful, and effective simulated ones below which a bin is.
const FEW: f64 = 10.0;

pub(super) fn run(registry: &Registry, options: &Options, say: &Say) -> Result<()> {
    let chosen = simulator(registry, &options.file)?;
    let Chosen::OfFile(simulator) = &chosen else {
        return Err(Error::usage(format!(
            "`{}` is a simulator, and no event file",
            options.file
        )));
    };
    let question = Question::new(simulator, options)?;
    let grid = question.grid()?;
    let histogram = question.histogram()?;
    let data = question.data(&histogram)?;
    let rate = |theta: &[f64]| Ok(question.luminosity * histogram.cross_sections(theta)?.sum());
    let mut likelihood = Likelihood::new(&histogram, data.bins.view(), &question.theta)
        .with_weights(data.weights.view())?
        .standing_for(data.n)?;
    if !options.events.no_rate {
        likelihood = likelihood.with_rate(&rate, data.n);
    }
    for constraint in constraints(Some(&**simulator)) {
        likelihood = likelihood.with_constraint(constraint)?;
    }
    let progress = say.progress("fits");
    let landscape = Landscape::new(likelihood.clone(), &question.space);
    let answer = Answer {
        name: question.measured(&histogram),
        estimate: landscape.estimate(&progress)?,
        regions: None,
        bands: Vec::new(),
    };
    drop(progress);
    let tests = match &grid {
        Some(grid) => question.tests(&likelihood, &answer.estimate.best.theta, grid)?,
        None => Vec::new(),
    };
    let warnings = question.warnings(&histogram, data.n)?;
    let heading = question.heading(data.n, &chosen);
    question.tell(&heading, data.n, &answer, &tests, warnings, say)
}

/// What was counted, or is expected.
struct Data {
    /// Bins that hold something, `[k, 1]`.
    bins: Array2<f64>,
    /// How much of all each of them holds, up to a factor, `[k]`.
    weights: Array1<f64>,
    /// Number of events, of all bins.
    n: f64,
}

/// What is asked of an event file.
struct Question<'a> {
    simulator: &'a EventSimulator,
    options: &'a EventOptions,
    luminosity: f64,
    levels: Vec<f64>,
    /// The truth, or a hypothesis that ratios are taken to, with systematics at 0, `[p + k]`.
    theta: Vec<f64>,
    parameters: Vec<String>,
    /// Number of parameters of the theory p.
    p: usize,
    space: ParameterBox,
}

impl<'a> Question<'a> {
    fn new(simulator: &'a EventSimulator, options: &'a Options) -> Result<Self> {
        let asked = &options.events;
        let (true, Some(luminosity)) = (asked.is_asked(), asked.luminosity) else {
            return Err(Error::usage(format!(
                "`{}` is an event file: say with --at which hypothesis is true, or with --observed what was observed, and with --luminosity how \
                 much data there is",
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
        let mut theta = match &asked.at {
            Some(truth) => truth.of_theory(simulator, p)?,
            None => Instrumented::hypotheses(simulator)?.theta1[..p].to_vec(),
        };
        theta.resize(parameters.len(), 0.0);
        let space = space(simulator, asked.hypotheses.as_ref(), &parameters[..p])?;
        if asked.at.is_some() && !space.contains(&theta) {
            return Err(Error::usage(format!(
                "{} is said to be true, and the hypotheses are {}: give a box around it with --box",
                written(&theta[..p]),
                ranges(&space.edges()[..p])
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

    /// The data in bins.
    fn data(&self, histogram: &BinnedEvents<'_>) -> Result<Data> {
        let Some(path) = &self.options.observed else {
            let (bins, weights) = histogram.expected_at(&self.theta)?;
            let n = self.luminosity * weights.sum();
            return Ok(Data { bins, weights, n });
        };
        let known = Simulator::observables(self.simulator);
        let names: Vec<String> = known.into_iter().map(|observable| observable.name).collect();
        let x = observations_of(path, &names)?;
        let mut counts = vec![0.0; histogram.n_bins()];
        for bin in histogram.bins_of(x.view())? {
            counts[bin as usize] += 1.0;
        }
        let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
        let (bins, weights): (Vec<f64>, Vec<f64>) = filled.map(|(bin, count)| (bin as f64, *count)).unzip();
        Ok(Data {
            bins: Array1::from(bins).insert_axis(Axis(1)),
            weights: weights.into(),
            n: x.nrows() as f64,
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
        let summary = SummaryStatistic::of_observables(&known, &names)?;
        let bins = match (
            options.observables.is_empty(),
            options.bins.is_empty(),
            options.edges.is_empty(),
        ) {
            (true, ..) => Bins::Edges(vec![Vec::new()]),
            (_, false, _) => Bins::Equal(options.bins.clone()),
            (_, _, false) => Bins::Edges(self.edges()?),
            _ => Bins::Equal(SummarySettings::default_bins(BinLayout::EqualProbability, names.len())),
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

    /// The grid of hypotheses that was asked for, of the parameters of the theory.
    fn grid(&self) -> Result<Option<Array2<f64>>> {
        if self.options.grid.is_empty() {
            return Ok(None);
        }
        ParameterBox::new(&self.space.edges()[..self.p])?
            .grid(&self.options.grid)
            .map(Some)
    }

    /// Tests those hypotheses, the parameters of systematics profiled.
    fn tests(&self, likelihood: &Likelihood<'_>, best: &[f64], grid: &Array2<f64>) -> Result<Vec<Test>> {
        let log_likelihood = |theta: &[f64]| likelihood.at(theta);
        let mut test = RatioTest::new(&log_likelihood, self.space.clone())?;
        // The truth fits the expected data best, and no fit is as precise.
        let best = self.options.at.as_ref().map_or(best, |_| &self.theta);
        let best: Vec<(usize, f64)> = best.iter().copied().enumerate().collect();
        test.test(&best)?;
        let fixed = |theta: ndarray::ArrayView1<f64>| theta.iter().copied().enumerate().collect::<Vec<_>>();
        grid.rows().into_iter().map(|theta| test.test(&fixed(theta))).collect()
    }

    fn warnings(&self, histogram: &BinnedEvents<'_>, n: f64) -> Result<Vec<String>> {
        let mut warnings = Vec::new();
        if n < FEW {
            warnings.push(format!(
                "there are {} events in all: the formulae are those for many events, and the limits are rough",
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
        warnings.extend(few_simulated(self.simulator.events().len() as f64, n));
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

    fn heading(&self, n: f64, chosen: &Chosen<'_>) -> String {
        let what = match &self.options.observed {
            None => format!("{} events expected at {}", short(n), written(&self.theta[..self.p])),
            Some(path) => format!("{n} events observed in {}", path.display()),
        };
        format!(
            "{}: {what} for {}, from {} simulated ones",
            self.simulator.label(),
            chosen.luminosity(self.luminosity),
            self.simulator.events().len()
        )
    }

    fn tell(
        &self,
        heading: &str,
        n: f64,
        answer: &Answer,
        tests: &[Test],
        warnings: Vec<String>,
        say: &Say,
    ) -> Result<()> {
        let context = Context {
            parameters: &self.parameters,
            levels: &self.levels,
            edges: self.space.edges(),
        };
        let name = self.simulator.label();
        let truth = &self.theta[..self.p];
        let mut parts = vec![heading.to_owned(), context.words(answer)?];
        parts.extend((!tests.is_empty()).then(|| self.tested(tests)));
        parts.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
        let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
        let points: Vec<&[f64]> = tests.iter().map(|test| &test.theta[..self.p]).collect();
        let of_tests = |what: fn(&Test) -> f64| -> Vec<f64> { tests.iter().map(what).collect() };
        say.result(
            &parts.join("\n\n"),
            json!({
                "events": name, "at": self.options.at.as_ref().map(|_| truth), "observed": self.options.observed,
                "luminosity": self.luminosity, "n_events": n, "parameters": self.parameters,
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
        let p_value = format!("p-value ({} degrees of freedom)", self.p);
        heading.extend(["q", &p_value]);
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
fn space(simulator: &EventSimulator, given: Option<&Edges>, theory: &[String]) -> Result<ParameterBox> {
    let usual = Instrumented::hypotheses(simulator)?.prior;
    let Some(Edges(given)) = given else {
        return ParameterBox::new(usual);
    };
    let edges = completed(given, &Simulator::parameters(simulator), |k, _| usual[k]);
    match edges.len() == usual.len() {
        true => ParameterBox::new(edges),
        false => Err(Error::usage(format!(
            "--box has {}; needed are those of {}, with those of {} or without",
            counted(given.len(), "range"),
            theory.join(", "),
            counted(usual.len() - theory.len(), "nuisance parameter")
        ))),
    }
}
