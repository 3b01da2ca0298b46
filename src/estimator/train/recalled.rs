//! Labels at any hypothesis: each time an event is shown, it is shown with hypotheses that it has not met before.

use super::{Rows, Settings, Source};
use crate::dataset::AugmentedData;
use crate::error::Result;
use crate::estimator::{Method, Scaling};
use crate::gold::{Paths, Question, Recall};
use crate::trace::{Instrumented, Stream};

/// Events whose labels are recalled at hypotheses drawn afresh.
#[derive(Debug)]
pub(crate) struct Recalled<'a> {
    recall: Recall<'a>,
    paths: Vec<Paths<'a>>,
    /// Standardised observations, `[n, m]`.
    x: Vec<f32>,
    scaling: &'a Scaling,
    method: Method,
    per_event: usize,
}

impl<'a> Recalled<'a> {
    /// The events of `data`, each to be shown with `per_event` hypotheses at a time.
    ///
    /// # Errors
    /// If the events have no memories or no prior, or are not of the simulator.
    pub(crate) fn new(
        data: &'a AugmentedData,
        simulator: &'a dyn Instrumented,
        method: Method,
        scaling: &'a Scaling,
        settings: &Settings,
    ) -> Result<Self> {
        let recall = Recall::new(simulator, &data.header)?;
        let paths = recall.paths(data, settings.paths_for(data), settings.seed)?;
        let mut x = Vec::with_capacity(data.x.len());
        data.x.rows().into_iter().for_each(|row| scaling.push_x(row, &mut x));
        Ok(Self {
            recall,
            paths,
            x,
            scaling,
            method,
            per_event: settings.hypotheses.unwrap_or(1),
        })
    }

    /// The hypotheses that an event is shown with. Where they compete with one another, all are drawn from the prior.
    fn questions(&self, event: usize, rng: &mut Stream) -> Result<Vec<Question>> {
        if self.method.needs_memories() {
            return self.recall.hypotheses(self.per_event, rng);
        }
        let propose = |_| self.recall.propose(&self.paths[event], rng);
        (0..self.per_event).map(propose).collect()
    }

    fn push(&self, event: usize, Question { theta, weight }: &Question, rows: &mut Rows) -> Result<()> {
        let paths = &self.paths[event];
        let label = if self.method.needs_score() {
            let mut score = [0.0; crate::real::MAX_PARAMETERS];
            let score = &mut score[..theta.len()];
            let label = self.recall.label_and_score(theta, paths, score)?;
            self.scaling.push_score(score, &mut rows.joint_score);
            label
        } else {
            self.recall.label(theta, paths)?
        };
        let m = self.scaling.n_observables();
        rows.inputs.extend_from_slice(&self.x[event * m..(event + 1) * m]);
        self.scaling.push_theta(theta, &mut rows.inputs);
        rows.numerator.push((weight * label.numerator) as f32);
        rows.denominator.push((weight * label.denominator) as f32);
        if self.method.regresses_ratio() {
            rows.joint_log_ratio.push(label.joint_log_ratio() as f32);
        }
        Ok(())
    }
}

impl Source for Recalled<'_> {
    fn n_events(&self) -> usize {
        self.paths.len()
    }

    fn per_event(&self) -> usize {
        self.per_event
    }

    fn rows(&self, events: &[u32], rng: &mut Stream) -> Result<Rows> {
        let (m, p) = (self.scaling.n_observables(), self.scaling.n_parameters());
        let n = events.len() * self.per_event;
        let mut rows = Rows {
            n_inputs: m + p,
            n_parameters: p,
            per_event: self.per_event,
            inputs: Vec::with_capacity(n * (m + p)),
            numerator: Vec::with_capacity(n),
            denominator: Vec::with_capacity(n),
            ..Rows::default()
        };
        for &event in events {
            for question in self.questions(event as usize, rng)? {
                self.push(event as usize, &question, &mut rows)?;
            }
        }
        Ok(rows)
    }
}
