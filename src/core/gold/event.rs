//! One event with its gold.

use super::attempts::kept;
use super::hypotheses::{Denominator, Numerator, hypotheses_stream};
use crate::error::{Error, Result};
use crate::trace::{Instrumented, Parameter, Rejected, Stream};

/// How often a run that the simulator discards is simulated again.
const RETRIES: u64 = 5;

/// Where an event is written to: a row of each array of a data set.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) x: &'a mut [f64],
    pub(super) theta0: &'a mut [f64],
    pub(super) y: &'a mut f64,
    pub(super) joint_log_ratio: &'a mut f64,
    pub(super) joint_score0: &'a mut [f64],
}

/// What is the same for all events.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) seed: u64,
    pub(super) parameters: Vec<Parameter>,
    pub(super) numerator: Numerator,
    pub(super) denominator: Denominator,
}

/// An event, and the rules it is made by.
pub(super) struct Event<'a> {
    pub(super) simulator: &'a dyn Instrumented,
    pub(super) rules: &'a Rules,
    pub(super) number: u64,
}

impl Event<'_> {
    /// Draws the event and computes its gold; returns how many runs were discarded on the way.
    pub(super) fn mine(&self, row: Row<'_>, memory: &mut Vec<f64>) -> Result<u64> {
        let mut hypotheses = hypotheses_stream(self.rules.seed, self.number);
        // θ0 comes first: it is drawn alike for both classes.
        self.rules
            .numerator
            .draw(&self.rules.parameters, &mut hypotheses, row.theta0)?;
        let odd = self.number % 2 == 1;
        match self.rules.denominator.source(&mut hypotheses).filter(|_| odd) {
            None => self.mine_numerator(row, memory),
            Some(theta1) => self.mine_denominator(theta1, row, memory),
        }
    }

    /// y = 0: the score comes with the run; the path is then looked at under the denominator.
    fn mine_numerator(&self, row: Row<'_>, memory: &mut Vec<f64>) -> Result<u64> {
        let theta0 = &*row.theta0;
        let (mined, n_discarded) = self.run(theta0, |rng| self.simulator.mine(theta0, rng, memory))?;
        *row.y = 0.0;
        self.observe(&mined.x, row.x)?;
        row.joint_score0.copy_from_slice(&mined.score);
        if !matches!(self.rules.denominator, Denominator::None) {
            *row.joint_log_ratio = mined.log_probability - self.log_denominator(theta0, memory)?;
        }
        self.check(theta0, theta0, *row.joint_log_ratio, row.joint_score0)?;
        Ok(n_discarded)
    }

    /// y = 1: ratio and score come from looking at the path under θ0.
    fn mine_denominator(&self, theta1: &[f64], row: Row<'_>, memory: &mut Vec<f64>) -> Result<u64> {
        let theta0 = &*row.theta0;
        let ((x, at_source), n_discarded) = self.run(theta1, |rng| self.simulator.record(theta1, rng, memory))?;
        *row.y = 1.0;
        self.observe(&x, row.x)?;
        let above = self
            .simulator
            .score_at(theta0, memory, row.joint_score0)
            .map_err(|rejected| self.failed(theta1, rejected))?;
        let below = match self.rules.denominator {
            Denominator::Mixture(_) => self.log_denominator(theta1, memory)?,
            Denominator::None | Denominator::Point(_) => at_source,
        };
        *row.joint_log_ratio = above - below;
        self.check(theta1, theta0, *row.joint_log_ratio, row.joint_score0)?;
        Ok(n_discarded)
    }

    /// Runs the simulator until a run is not discarded.
    fn run<T>(&self, theta: &[f64], simulate: impl FnMut(&mut Stream) -> Result<T, Rejected>) -> Result<(T, u64)> {
        kept(self.simulator, (self.rules.seed, self.number), RETRIES, theta, simulate)
    }

    fn log_denominator(&self, drawn_at: &[f64], memory: &[f64]) -> Result<f64> {
        self.rules
            .denominator
            .log_probability(self.simulator, memory)
            .map_err(|rejected| self.failed(drawn_at, rejected))
    }

    /// Copies an observation into its row.
    fn observe(&self, x: &[f64], row: &mut [f64]) -> Result<()> {
        if x.len() != row.len() || x.iter().any(|value| !value.is_finite()) {
            return Err(Error::simulation(format!(
                "{} gave the observation {x:?} in event {}: it must have {} finite values; correct the simulator",
                self.simulator.name(),
                self.number,
                row.len()
            )));
        }
        row.copy_from_slice(x);
        Ok(())
    }

    /// Whether the gold is made of finite numbers.
    fn check(&self, drawn_at: &[f64], theta0: &[f64], joint_log_ratio: f64, joint_score0: &[f64]) -> Result<()> {
        if !joint_log_ratio.is_finite() {
            let remedy = match self.rules.denominator {
                Denominator::Mixture(_) => "narrow the prior, or give the mixture more points",
                Denominator::None | Denominator::Point(_) => {
                    "choose another theta1, at which all of these paths are possible, or the mixture design"
                }
            };
            return Err(self.failed(
                drawn_at,
                format!(
                    "the path has probability zero, or none at all, under the other hypothesis (joint log ratio \
                     {joint_log_ratio} at theta0 = {theta0:?}): the supports of the hypotheses differ; {remedy}"
                ),
            ));
        }
        if joint_score0.iter().any(|component| !component.is_finite()) {
            return Err(self.failed(
                drawn_at,
                format!(
                    "the joint score at theta0 = {theta0:?} is {joint_score0:?}: it must be finite; keep theta0 away \
                     from the edges of the parameter range, or correct the simulator"
                ),
            ));
        }
        Ok(())
    }

    fn failed(&self, theta: &[f64], reason: impl std::fmt::Display) -> Error {
        Error::simulation(format!(
            "{} failed in event {}, drawn at theta = {theta:?}: {reason}",
            self.simulator.name(),
            self.number
        ))
    }
}
