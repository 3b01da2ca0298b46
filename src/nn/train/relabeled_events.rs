//! Labels at any hypothesis: each time an event is shown, it is shown with hypotheses that it has not met before.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::data_scan::negative_ratio;
use super::row_source::EventBlock;
use super::{RowSource, RowSources, Rows, ScoreScale};
use crate::{Architecture, Head, Method, Scaling, Settings};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Label, PathSearch, Paths, Proposal, Relabeler};
use motherlode_core::real::MAX_PARAMETERS;
use motherlode_core::trace::Stream;

/// Events between two questions whether to stop.
const EVENTS_AT_ONCE: usize = 4_096;

/// Events whose labels are computed from their stored choices, at hypotheses drawn afresh.
#[derive(Debug)]
pub(crate) struct RelabeledEvents<'a> {
    relabeler: &'a Relabeler<'a>,
    /// Paths of each event, found when it is first shown.
    paths: Vec<OnceLock<Paths<'a>>>,
    /// Search for those that are not known yet.
    search: Option<PathSearch<'a>>,
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
            search: None,
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

    /// The events of a block, whose paths are found when they are wanted: a short training shows few of many events.
    ///
    /// # Errors
    /// If paths cannot be searched for, or `progress` stops the work.
    pub(crate) fn on_demand(
        relabeler: &'a Relabeler<'a>,
        parts: &RowSources<'a>,
        block: &'a EventBlock,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let mut events = Self::new(relabeler, parts);
        let Settings { paths, seed, .. } = events.settings;
        events.push_observations(block, progress)?;
        events.paths.resize_with(block.data.n_events(), OnceLock::new);
        events.search = Some(PathSearch::new(
            relabeler,
            &block.data,
            paths.unwrap_or(1),
            block.seed(*seed),
        )?);
        Ok(events)
    }

    fn push_observations(&mut self, block: &EventBlock, progress: &dyn Progress) -> Result<()> {
        for (event, row) in block.data.x.rows().into_iter().enumerate() {
            if event.is_multiple_of(EVENTS_AT_ONCE) {
                progress.check()?;
            }
            self.architecture.push_x(row, self.scaling, &mut self.x);
        }
        Ok(())
    }

    /// The paths of an event.
    fn paths(&self, event: usize) -> Result<&Paths<'a>> {
        let known = &self.paths[event];
        match (known.get(), &self.search) {
            (Some(paths), _) => Ok(paths),
            (None, Some(search)) => {
                let found = search.paths(event)?;
                Ok(known.get_or_init(|| found))
            }
            (None, None) => Err(Error::training("an event has no paths")),
        }
    }

    /// The hypotheses that an event is shown with. Where they compete with one another, all are drawn from the prior.
    fn proposals(&self, event: usize, rng: &mut Stream) -> Result<Vec<Proposal>> {
        if self.method.contrasts_gold() {
            return self.relabeler.hypotheses(self.per_event, rng);
        }
        let paths = self.paths(event)?;
        (0..self.per_event)
            .map(|_| self.relabeler.propose(paths, rng))
            .collect()
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
        let paths = self.paths(event)?;
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
        self.paths
            .extend(paths.into_iter().map(|paths| OnceLock::from(paths.into_owned())));
        self.push_observations(block, progress)
    }

    fn prepare(&self, events: &[u32], progress: &dyn Progress) -> Result<()> {
        let unknown = |event: &u32| self.paths[*event as usize].get().is_none();
        let unknown: Vec<u32> = events.iter().copied().filter(unknown).collect();
        unknown.into_par_iter().try_for_each(|event| {
            progress.check()?;
            self.paths(event as usize).map(|_| ())
        })
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
                    let other = self.relabeler.propose(self.paths(event)?, rng)?;
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
