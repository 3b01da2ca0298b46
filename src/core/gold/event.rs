//! Mining of one event.

use std::time::Duration;

use super::hypotheses::{Denominator, Numerator, PathDensity, hypotheses_stream};
use super::retry::{failed_event, failed_run, run_with_retries};
use crate::error::{Error, Result};
use crate::trace::{Instrumented, Mined, Parameter, Rejected, Stream, TimeLimit, guarded};

/// Row of each array of a data set, to which an event is written.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) x: &'a mut [f64],
    pub(super) theta0: &'a mut [f64],
    pub(super) y: &'a mut f64,
    pub(super) joint_log_ratio: &'a mut f64,
    pub(super) joint_score0: &'a mut [f64],
    /// Empty where paths have no weights.
    pub(super) weights: &'a mut [f64],
}

impl Row<'_> {
    fn reborrow(&mut self) -> Row<'_> {
        Row {
            x: self.x,
            theta0: self.theta0,
            y: self.y,
            joint_log_ratio: self.joint_log_ratio,
            joint_score0: self.joint_score0,
            weights: self.weights,
        }
    }
}

/// Settings that all events of a data set share.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) seed: u64,
    /// Number of times that a discarded run is simulated again.
    pub(super) retries: u16,
    pub(super) time_limit: Option<Duration>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) numerator: Numerator,
    pub(super) denominator: Denominator,
}

/// One event to be mined, by its number.
pub(super) struct Event<'a> {
    pub(super) simulator: &'a dyn Instrumented,
    pub(super) rules: &'a Rules,
    pub(super) number: u64,
}

impl Event<'_> {
    /// Draws the event and computes its gold; returns the number of discarded runs.
    pub(super) fn mine(&self, mut row: Row<'_>, memory: &mut Vec<f64>) -> Result<u64> {
        let _limit = TimeLimit::begin(self.rules.time_limit);
        // Runs are guarded one by one: a panic that arrives here was raised when a path was scored again.
        guarded(|| Ok(self.mine_unguarded(row.reborrow(), memory))).unwrap_or_else(|rejected| {
            let event = (self.rules.seed, self.number);
            Err(failed_run(self.simulator, event, 0, row.theta0, rejected))
        })
    }

    fn mine_unguarded(&self, row: Row<'_>, memory: &mut Vec<f64>) -> Result<u64> {
        let Some(theta1) = self.draw_hypotheses(row.theta0)? else {
            let theta0 = &*row.theta0;
            let (mined, n_discarded) = self.run(theta0, |rng| self.simulator.mine(theta0, rng, memory))?;
            self.label_numerator(&mined, row, memory)?;
            return Ok(n_discarded);
        };
        let ((x, log_probability), n_discarded) = self.run(theta1, |rng| self.simulator.record(theta1, rng, memory))?;
        self.label_denominator(theta1, &x, log_probability, row, memory)?;
        Ok(n_discarded)
    }

    /// Draws θ0, and returns the point of the denominator that the event is drawn from; `None` if it is drawn from θ0.
    pub(super) fn draw_hypotheses(&self, theta0: &mut [f64]) -> Result<Option<&[f64]>> {
        let mut hypotheses = hypotheses_stream(self.rules.seed, self.number);
        // θ0 comes first: it is drawn alike for both classes.
        self.rules
            .numerator
            .draw(&self.rules.parameters, &mut hypotheses, theta0)?;
        let odd = self.number % 2 == 1;
        Ok(self.rules.denominator.source(&mut hypotheses).filter(|_| odd))
    }

    /// Labels an event with y = 0: the score comes with the run, and the path is scored again under the denominator.
    pub(super) fn label_numerator(&self, mined: &Mined, row: Row<'_>, memory: &[f64]) -> Result<()> {
        let theta0 = &*row.theta0;
        *row.y = 0.0;
        self.observe(&mined.x, row.x)?;
        row.joint_score0.copy_from_slice(&mined.score);
        let above = self.density(theta0, theta0, memory, mined.log_probability)?;
        let below = self.denominator(theta0, memory)?;
        if !matches!(self.rules.denominator, Denominator::None) {
            *row.joint_log_ratio = above.log - below.log;
        }
        write_weights(above, below, row.weights);
        self.check(theta0, theta0, *row.joint_log_ratio, row.joint_score0)
    }

    /// Labels an event with y = 1, drawn at `theta1` with `log_probability`: ratio and score come from its path, scored at θ0.
    pub(super) fn label_denominator(
        &self,
        theta1: &[f64],
        x: &[f64],
        log_probability: f64,
        row: Row<'_>,
        memory: &[f64],
    ) -> Result<()> {
        let theta0 = &*row.theta0;
        *row.y = 1.0;
        self.observe(x, row.x)?;
        let above = PathDensity::with_score(self.simulator, theta0, memory, row.joint_score0);
        let above = above.map_err(|rejected| self.failed(theta1, rejected))?;
        let below = match self.rules.denominator {
            Denominator::Mixture(_) => self.denominator(theta1, memory)?,
            Denominator::None | Denominator::Point(_) => self.density(theta1, theta1, memory, log_probability)?,
        };
        *row.joint_log_ratio = above.log - below.log;
        write_weights(above, below, row.weights);
        self.check(theta1, theta0, *row.joint_log_ratio, row.joint_score0)
    }

    /// Runs the simulator until a run is not discarded.
    fn run<T>(&self, theta: &[f64], simulate: impl FnMut(&mut Stream) -> Result<T, Rejected>) -> Result<(T, u64)> {
        run_with_retries(
            self.simulator,
            (self.rules.seed, self.number),
            self.rules.retries,
            theta,
            simulate,
        )
    }

    fn denominator(&self, drawn_at: &[f64], memory: &[f64]) -> Result<PathDensity> {
        self.rules
            .denominator
            .density(self.simulator, memory)
            .map_err(|rejected| self.failed(drawn_at, rejected))
    }

    /// Density at `theta` of a path of which ln |p(x,z|θ)| is known.
    fn density(&self, drawn_at: &[f64], theta: &[f64], memory: &[f64], log: f64) -> Result<PathDensity> {
        PathDensity::of(self.simulator, theta, memory, log).map_err(|rejected| self.failed(drawn_at, rejected))
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

    /// Refuses gold that is not finite.
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
                    "the path has probability zero or NaN under the other hypothesis (joint log ratio \
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
        failed_event(self.simulator, self.number, theta, reason)
    }
}

/// Writes the weights of an event under θ0 and under the denominator, as far as there is room.
fn write_weights(above: PathDensity, below: PathDensity, to: &mut [f64]) {
    let weights = [above.weight, below.weight];
    to.iter_mut().zip(weights).for_each(|(to, weight)| *to = weight);
}
