//! Labels at any hypothesis: each time an event is shown, it is shown with hypotheses that it has not met before.

use super::data_scan::negative_ratio;
use super::row_source::EventBlock;
use super::{RowSource, RowSources, Rows, ScoreScale};
use crate::{Architecture, Head, Method, Scaling, Settings};
use motherlode_core::Progress;
use motherlode_core::error::Result;
use motherlode_core::gold::{Label, Paths, Proposal, Relabeler};
use motherlode_core::real::MAX_PARAMETERS;
use motherlode_core::trace::Stream;

/// Events between two questions whether to stop.
const EVENTS_AT_ONCE: usize = 4_096;

/// Events whose labels are computed from their stored choices, at hypotheses drawn afresh.
#[derive(Debug)]
pub(crate) struct RelabeledEvents<'a> {
    relabeler: &'a Relabeler<'a>,
    paths: Vec<Paths<'static>>,
    /// Observations as the network takes them, `[n, columns]`.
    x: Vec<f32>,
    columns: usize,
    scaling: &'a Scaling,
    architecture: &'a Architecture,
    method: Method,
    settings: &'a Settings,
    per_event: usize,
    score_scale: Option<&'a ScoreScale>,
}

impl<'a> RelabeledEvents<'a> {
    /// No events yet; each is to be shown with as many hypotheses at a time as the settings say.
    pub(crate) fn new(relabeler: &'a Relabeler<'a>, parts: &RowSources<'a>) -> Self {
        Self {
            relabeler,
            paths: vec![],
            x: vec![],
            columns: parts.architecture.n_columns(parts.scaling),
            scaling: parts.scaling,
            architecture: parts.architecture,
            method: parts.method,
            settings: parts.settings,
            per_event: parts.settings.hypotheses.unwrap_or(1),
            score_scale: parts.score_scale,
        }
    }

    /// The hypotheses that an event is shown with. Where they compete with one another, all are drawn from the prior.
    fn proposals(&self, event: usize, rng: &mut Stream) -> Result<Vec<Proposal>> {
        if self.method.needs_memories() {
            return self.relabeler.hypotheses(self.per_event, rng);
        }
        let propose = |_| self.relabeler.propose(&self.paths[event], rng);
        (0..self.per_event).map(propose).collect()
    }

    /// One row: an event with θ, against the denominator of the data.
    fn push(&self, event: usize, proposal: &Proposal, rows: &mut Rows) -> Result<()> {
        let label = self.label(event, proposal, 1.0, rows)?;
        self.push_x(event, rows);
        self.scaling.push_theta(&proposal.theta, &mut rows.inputs);
        rows.numerator.push((proposal.weight * label.numerator) as f32);
        // A likelihood has no denominator.
        let denominator = if self.method.learns_likelihood() {
            0.0
        } else {
            label.denominator
        };
        rows.denominator.push((proposal.weight * denominator) as f32);
        if self.method.regresses_ratio() {
            self.check_sign(label.numerator, label.denominator)?;
            rows.joint_log_ratio.push(label.joint_log_ratio() as f32);
        }
        Ok(())
    }

    /// One row: an event with θ0 and θ1, both drawn afresh; their scores side by side, that of θ1 with the sign that it has
    /// in the log ratio.
    fn push_pair(&self, event: usize, pair: [&Proposal; 2], rows: &mut Rows) -> Result<()> {
        let [above, below] = [
            self.label(event, pair[0], 1.0, rows)?,
            self.label(event, pair[1], -1.0, rows)?,
        ];
        self.push_x(event, rows);
        for proposal in pair {
            self.scaling.push_theta(&proposal.theta, &mut rows.inputs);
        }
        let weight = pair[0].weight * pair[1].weight;
        rows.numerator.push((weight * above.numerator) as f32);
        rows.denominator.push((weight * below.numerator) as f32);
        if self.method.regresses_ratio() {
            self.check_sign(above.numerator, below.numerator)?;
            rows.joint_log_ratio
                .push((above.joint_log_ratio() - below.joint_log_ratio()) as f32);
        }
        Ok(())
    }

    /// Refuses an event whose ratio, of these weights, has no logarithm.
    fn check_sign(&self, above: f64, below: f64) -> Result<()> {
        match above * below < 0.0 {
            true => Err(negative_ratio(self.method, "an event".into())),
            false => Ok(()),
        }
    }

    fn push_x(&self, event: usize, rows: &mut Rows) {
        let x = &self.x[event * self.columns..(event + 1) * self.columns];
        rows.inputs.extend_from_slice(x);
    }

    /// The label of an event at a hypothesis; its score, where the method learns from it, goes to `rows`.
    fn label(&self, event: usize, proposal: &Proposal, sign: f64, rows: &mut Rows) -> Result<Label> {
        let paths = &self.paths[event];
        if !self.method.needs_score() {
            return self.relabeler.label(&proposal.theta, paths);
        }
        let mut score = [0.0; MAX_PARAMETERS];
        let score = &mut score[..proposal.theta.len()];
        let label = self.relabeler.label_and_score(&proposal.theta, paths, score)?;
        score.iter_mut().for_each(|t| *t *= sign);
        self.scaling.push_score(&*score, &mut rows.joint_score);
        Ok(label)
    }
}

impl RowSource for RelabeledEvents<'_> {
    fn take(&mut self, block: &EventBlock, progress: &dyn Progress) -> Result<()> {
        let Settings { paths, seed, .. } = self.settings;
        let seed = block.seed(*seed);
        let paths = self.relabeler.paths(&block.data, paths.unwrap_or(1), seed, progress)?;
        for (event, (paths, row)) in paths.into_iter().zip(block.data.x.rows()).enumerate() {
            if event.is_multiple_of(EVENTS_AT_ONCE) {
                progress.check()?;
            }
            self.paths.push(paths.into_owned());
            self.architecture.push_x(row, self.scaling, &mut self.x);
        }
        Ok(())
    }

    fn n_events(&self) -> usize {
        self.paths.len()
    }

    fn per_event(&self) -> usize {
        self.per_event
    }

    fn rows(&self, events: &[u32], rng: &mut Stream) -> Result<Rows> {
        let hypotheses = if self.settings.head == Head::Antisymmetric {
            2
        } else {
            1
        };
        let width = hypotheses * self.scaling.n_parameters();
        let n = events.len() * self.per_event;
        let mut rows = Rows {
            n_inputs: self.columns + width,
            n_parameters: width,
            per_event: self.per_event,
            inputs: Vec::with_capacity(n * (self.columns + width)),
            numerator: Vec::with_capacity(n),
            denominator: Vec::with_capacity(n),
            ..Rows::default()
        };
        for event in events.iter().map(|&event| event as usize) {
            for proposal in self.proposals(event, rng)? {
                if self.settings.head == Head::Antisymmetric {
                    let other = self.relabeler.propose(&self.paths[event], rng)?;
                    self.push_pair(event, [&proposal, &other], &mut rows)?;
                } else {
                    self.push(event, &proposal, &mut rows)?;
                }
            }
        }
        rows.weigh_scores(self.score_scale);
        Ok(rows)
    }
}
