//! `motherlode infer`.

mod premises;
mod summaries;
mod toys;
mod words;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use ndarray::ArrayView2;
use serde_json::{Value, json};

use super::Registry;
use super::observed::ObservedOptions;
use super::say::Say;
use super::theta::Edges;
use crate::error::{Error, Result};
use crate::inference::{Answer, Constraint, Landscape, Likelihood, Regions, Space, ToyPlan, Toys};
use crate::likelihood::LogRatio;
use crate::report;
use crate::trace::Instrumented;
pub(super) use premises::{
    constraints, few_points, needs_ratio, one_hypothesis, read_model, reference, seen_in_training, several_hypotheses,
    space, was_trained_at,
};
use summaries::{Densities, SummaryOptions};
use toys::Ledger;
pub(super) use words::{Context, held};

/// Toys beyond the highest confidence level, at least.
const TOYS_BEYOND: f64 = 5.0;
/// A sample from which smaller ones are drawn is so many times larger.
const LARGER: f64 = 10.0;
/// Standard deviations by which a number of events is far from the expected one.
const FAR: f64 = 5.0;

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
    several_hypotheses(&model, observed.x(), &space)?;
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
fn no_bands(space: &Space, n: usize, expected: Option<f64>) -> Option<String> {
    let few = expected.filter(|expected| expected * LARGER > n as f64);
    let reason = match (space.dimensions(), few) {
        (3.., _) => "with one or two free parameters (two equal ends in --box hold one fixed)".into(),
        (_, Some(expected)) => format!(
            "from {LARGER} times as many events as are expected, and of {} there are {n}",
            LARGER * expected
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

/// What was observed, and what is asked of it.
struct Question<'a> {
    x: ArrayView2<'a, f64>,
    reference: Vec<f64>,
    space: Space,
    parameters: &'a [String],
    simulator: Option<&'a dyn Instrumented>,
    /// Whose events stand for those of any hypothesis.
    stand_ins: Option<&'a dyn Instrumented>,
    options: &'a Options,
}

impl Question<'_> {
    /// With regions by toys, if they were asked for and there is a file to keep the toys in.
    fn answer(&self, name: &str, estimator: &dyn LogRatio, ledger: Option<&str>, say: &Say) -> Result<Answer> {
        let options = self.options;
        let expected = |theta: &[f64]| self.expected(theta);
        let mut likelihood = Likelihood::new(estimator, self.x, &self.reference);
        if let Some(n) = options.expect {
            likelihood = likelihood.standing_for(n)?;
        }
        if options.luminosity.is_some() {
            likelihood = likelihood.with_rate(&expected, options.expect.unwrap_or(self.x.nrows() as f64));
        }
        for constraint in self.constraints()? {
            likelihood = likelihood.with_constraint(constraint)?;
        }
        let landscape = Landscape::new(likelihood, &self.space);
        let bands = match options.expect {
            Some(n) => landscape.bands(n, &options.levels, options.seed)?,
            None => Vec::new(),
        };
        let mut progress = say.progress("fits");
        let estimate = landscape.estimate(&mut |done, all| progress.show(done, all))?;
        drop(progress);
        let by_toys = options.toys.zip(ledger);
        let by_toys = by_toys.map(|(toys, ledger)| self.by_toys(&landscape, estimator, toys, ledger, say));
        Ok(Answer {
            name: name.into(),
            estimate,
            regions: by_toys.transpose()?,
            bands,
        })
    }

    /// Regions by toys, which are kept in the file `ledger`.
    fn by_toys(
        &self,
        landscape: &Landscape<'_>,
        estimator: &dyn LogRatio,
        toys: usize,
        ledger: &str,
        say: &Say,
    ) -> Result<Regions> {
        let simulator = self
            .stand_ins
            .ok_or_else(|| Error::usage("toys need the simulator, which is not known here"))?;
        let construction = landscape.construction(&self.options.levels)?;
        let plan = ToyPlan {
            events: self.x.nrows(),
            toys,
            seed: self.options.seed,
        };
        let intent = json!({
            "toys": toys, "seed": plan.seed, "levels": self.options.levels, "observed": landscape.fingerprint(),
            "version": env!("CARGO_PKG_VERSION"),
        });
        let open = |dir: &PathBuf| Ledger::open(dir, ledger, &intent, self.options.force);
        let ledger = self.options.output.as_ref().map(open).transpose()?;
        let mut progress = say.progress("events of a pool");
        let mut show = |done: usize, all: usize| progress.show(done as u64, all as u64);
        let seen = (estimator, self.reference.as_slice());
        let toys = Toys::new(simulator, seen, landscape.interpolation()?, plan, &mut show)?;
        drop(progress);
        toys::regions(&construction, &toys, ledger, say)
    }

    /// Which hypotheses are considered, and what is taken from other measurements.
    fn premises(&self) -> Result<String> {
        let known = self.constraints()?;
        let known = known.iter().map(|Constraint { parameter, mean, sd }| {
            let name = &self.parameters[*parameter];
            format!("{name} = {mean} ± {sd}")
        });
        let known: Vec<String> = known.collect();
        let known = match known.is_empty() {
            true => String::new(),
            false => format!("; from other measurements {}", known.join(", ")),
        };
        Ok(format!("hypotheses {}{known}", self.space))
    }

    /// Those that were given, and those of the simulator for other parameters; nothing else is known of what is held fixed.
    fn constraints(&self) -> Result<Vec<Constraint>> {
        let given = self
            .options
            .constraint
            .iter()
            .map(|constraint| self.constraint(constraint));
        let mut all = given.collect::<Result<Vec<_>>>()?;
        let own = match self.options.unconstrained {
            true => Vec::new(),
            false => constraints(self.simulator),
        };
        if let Some(held) = all.iter().find(|given| self.space.held(given.parameter).is_some()) {
            return Err(Error::usage(format!(
                "--constraint {}: the parameter is held fixed, as the model has never seen it vary or --box says; leave one of them out",
                self.parameters[held.parameter]
            )));
        }
        let is_given = |own: &Constraint| all.iter().any(|given| given.parameter == own.parameter);
        let is_free = |own: &Constraint| self.space.held(own.parameter).is_none();
        let others: Vec<Constraint> = own.into_iter().filter(|own| is_free(own) && !is_given(own)).collect();
        all.extend(others);
        match self.options.toys.is_some() && !all.is_empty() {
            false => Ok(all),
            true => Err(Error::usage(
                "toys know nothing of other measurements, which constrain nuisance parameters: leave --toys out, or say --unconstrained",
            )),
        }
    }

    fn constraint(&self, NamedConstraint { name, mean, sd }: &NamedConstraint) -> Result<Constraint> {
        let parameter = self.parameters.iter().position(|known| known == name);
        Ok(Constraint {
            parameter: parameter.ok_or_else(|| {
                let known = self.parameters.join(", ");
                Error::usage(format!(
                    "--constraint {name}: there is no such parameter; there are {known}"
                ))
            })?,
            mean: *mean,
            sd: *sd,
        })
    }

    /// ν(θ) = L σ(θ).
    fn expected(&self, theta: &[f64]) -> Result<f64> {
        let (Some(simulator), Some(luminosity)) = (self.simulator, self.options.luminosity) else {
            return Err(Error::usage("a rate needs the simulator, which is not known here"));
        };
        let p = theta.len();
        let (mut gradient, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
        let log_rate = simulator.log_rate_at(theta, &mut gradient, &mut hessian);
        let log_rate = log_rate.map_err(|rejected| Error::simulation(rejected.to_string()))?;
        match log_rate.is_nan() {
            false => Ok(luminosity * log_rate.exp()),
            true => Err(Error::simulation(format!(
                "{} knows no cross section at {theta:?}",
                simulator.name()
            ))),
        }
    }

    /// What can be seen to be wrong before anything is computed.
    fn check(&self) -> Result<()> {
        let p = self.space.dimensions();
        match self.options.toys {
            Some(_) if self.options.expect.is_some() || self.options.luminosity.is_some() => {
                return Err(Error::usage(
                    "toys are data sets of as many events as were observed: leave out --toys, or else --expect and --luminosity",
                ));
            }
            Some(_) if p > 2 => {
                let reason = format!("toys on a grid of {p} parameters are too many: at most two");
                return Err(Error::usage(reason));
            }
            Some(toys) => {
                let highest = self.options.levels.iter().copied().fold(0.0, f64::max);
                let needed = (TOYS_BEYOND / (1.0 - highest)).ceil();
                if (toys as f64) < needed {
                    return Err(Error::usage(format!(
                        "--toys {toys}: a level of {highest} is read off the toys beyond it, and takes {needed} at least"
                    )));
                }
            }
            None => (),
        }
        match self.options.luminosity {
            Some(luminosity) if !(luminosity > 0.0 && luminosity.is_finite()) => Err(Error::usage(format!(
                "--luminosity {luminosity}: give a number above 0, in inverse units of the simulator's cross-section"
            ))),
            Some(_) => self.check_rate(),
            None => Ok(()),
        }
    }

    /// What a best fit tells of its own premises.
    fn doubts(&self, answer: &Answer) -> Result<Vec<String>> {
        let best = &answer.estimate.best;
        let mut doubts = Vec::new();
        if !best.at_edge.is_empty() {
            let names: Vec<&str> = best.at_edge.iter().map(|&k| self.parameters[k].as_str()).collect();
            doubts.push(format!(
                "{}: the best fit is at the edge of the box in {}; if the truth lies outside, these intervals say nothing: train \
                 over a wider box",
                answer.name,
                names.join(", ")
            ));
        }
        if self.options.luminosity.is_some() {
            let expected = self.expected(&best.theta)?;
            let counted = self.options.expect.unwrap_or(self.x.nrows() as f64);
            if (counted - expected).abs() > FAR * expected.sqrt() {
                doubts.push(format!(
                    "{}: {expected:.1} events are expected at the best fit, and there are {counted}: is the luminosity right?",
                    answer.name
                ));
            }
        }
        Ok(doubts)
    }

    /// A simulator that says nothing of its cross-section has one that is 1 everywhere.
    fn check_rate(&self) -> Result<()> {
        let rates = [0.21, 0.5, 0.83].map(|share| self.expected(&self.space.at(&vec![share; self.space.dimensions()])));
        let [a, b, c] = rates;
        if a? == b? && Some(c?) == self.options.luminosity {
            return Err(Error::usage(
                "--luminosity: the simulator knows no cross-section, so the number of events says nothing of θ; leave it out",
            ));
        }
        Ok(())
    }

    fn tell(&self, heading: &str, premises: &str, answers: &[Answer], warnings: Vec<String>, say: &Say) -> Result<()> {
        let context = Context {
            parameters: self.parameters,
            levels: &self.options.levels,
            edges: self.space.edges(),
        };
        let tables: Vec<String> = answers
            .iter()
            .map(|answer| context.words(answer))
            .collect::<Result<_>>()?;
        let in_words: String = warnings.iter().map(|warning| format!("\nwarning: {warning}")).collect();
        let found: Vec<Value> = answers
            .iter()
            .map(|answer| context.json(answer))
            .collect::<Result<_>>()?;
        let json = json!({
            "about": heading, "premises": premises, "n_events": self.x.nrows(), "n_expected": self.options.expect,
            "luminosity": self.options.luminosity,
            "parameters": self.parameters, "box": self.space.edges(), "warnings": warnings, "answers": found,
        });
        let words = format!("{heading}\n{premises}\n\n{}{in_words}", tables.join("\n"));
        let Some(dir) = &self.options.output else {
            return say.result(&words, json);
        };
        let page = report::Inference {
            title: heading,
            parameters: self.parameters,
            levels: &self.options.levels,
            answers,
            words: &words,
        };
        report::write_inference(&page, &json, dir)?;
        say.result(
            &format!("{words}\nwrote {}", dir.join("inference.html").display()),
            json,
        )
    }
}
