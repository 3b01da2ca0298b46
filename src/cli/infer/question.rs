//! What is asked of a data set, and how it is answered.

use std::path::PathBuf;

use ndarray::ArrayView2;
use serde_json::{Value, json};

use super::super::say::Say;
use super::premises::constraints;
use super::toys::{self, Ledger};
use super::words::Context;
use super::{NamedConstraint, Options};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_stats::inference::{Answer, Constraint, Landscape, Likelihood, ParameterBox, Regions, ToyPlan, Toys};
use motherlode_study::report;

/// Toys beyond the highest confidence level, at least.
const TOYS_BEYOND: f64 = 5.0;
/// Standard deviations by which a number of events is far from the expected one.
const FAR: f64 = 5.0;

/// What was observed, and what is asked of it.
pub(super) struct Question<'a> {
    pub(super) x: ArrayView2<'a, f64>,
    pub(super) reference: Vec<f64>,
    pub(super) space: ParameterBox,
    pub(super) parameters: &'a [String],
    pub(super) simulator: Option<&'a dyn Instrumented>,
    /// Whose events stand for those of any hypothesis.
    pub(super) stand_ins: Option<&'a dyn Instrumented>,
    pub(super) options: &'a Options,
}

impl Question<'_> {
    /// With regions by toys, if they were asked for and there is a file to keep the toys in.
    pub(super) fn answer(
        &self,
        name: &str,
        estimator: &dyn LogRatio,
        ledger: Option<&str>,
        say: &Say,
    ) -> Result<Answer> {
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
        let progress = say.progress("fits");
        let estimate = landscape.estimate(&progress)?;
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
        let progress = say.progress("events of a pool");
        let seen = (estimator, self.reference.as_slice());
        let toys = Toys::new(simulator, seen, landscape.interpolation()?, plan, &progress)?;
        drop(progress);
        toys::regions(&construction, &toys, ledger, say)
    }

    /// Which hypotheses are considered, and what is taken from other measurements.
    pub(super) fn premises(&self) -> Result<String> {
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
        let Some(log_rate) = log_rate else {
            return Err(Error::usage(
                "--luminosity: the simulator knows no cross-section, so the number of events says nothing of θ; leave it out",
            ));
        };
        match log_rate.is_nan() {
            false => Ok(luminosity * log_rate.exp()),
            true => Err(Error::simulation(format!(
                "{} knows no cross section at {theta:?}",
                simulator.label()
            ))),
        }
    }

    /// What can be seen to be wrong before anything is computed.
    pub(super) fn check(&self) -> Result<()> {
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
            Some(_) => self.expected(&self.space.middle()).map(|_| ()),
            None => Ok(()),
        }
    }

    /// What a best fit tells of its own premises.
    pub(super) fn doubts(&self, answer: &Answer) -> Result<Vec<String>> {
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

    pub(super) fn tell(
        &self,
        heading: &str,
        premises: &str,
        answers: &[Answer],
        warnings: Vec<String>,
        say: &Say,
    ) -> Result<()> {
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
        let page = report::InferenceReport {
            title: heading,
            parameters: self.parameters,
            levels: &self.options.levels,
            answers,
            text: &words,
        };
        report::write_inference(&page, &json, dir)?;
        say.result(
            &format!("{words}\nwrote {}", dir.join("inference.html").display()),
            json,
        )
    }
}
