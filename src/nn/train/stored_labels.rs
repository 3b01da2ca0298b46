//! The labels that a data set holds: one hypothesis for each event.

use ndarray::Array2;

use super::row_source::EventBlock;
use super::{RowSource, RowSources, Rows, ScoreScale};
use crate::methods::alice::soft_weights;
use crate::methods::carl::class_weights;
use crate::{Architecture, Expansion, Method, Scaling};
use motherlode_core::Progress;
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::Result;
use motherlode_core::trace::Stream;

/// Events between two questions whether to stop.
const EVENTS_AT_ONCE: usize = 4_096;

/// Events with the labels that their data set holds, or with derivatives: the same rows every time.
#[derive(Debug)]
pub(crate) struct StoredLabels<'a> {
    pub rows: Rows,
    method: Method,
    scaling: &'a Scaling,
    architecture: &'a Architecture,
    score_scale: Option<&'a ScoreScale>,
}

impl<'a> StoredLabels<'a> {
    /// No events yet.
    pub(crate) fn new(parts: &RowSources<'a>) -> Self {
        Self {
            rows: Rows {
                per_event: 1,
                ..Rows::default()
            },
            method: parts.method,
            scaling: parts.scaling,
            architecture: parts.architecture,
            score_scale: parts.score_scale,
        }
    }
}

impl RowSource for StoredLabels<'_> {
    fn take(&mut self, block: &EventBlock, progress: &dyn Progress) -> Result<()> {
        let mut rows = match (self.architecture, &block.derivatives) {
            (Architecture::Expansion(expansion), Some(derivatives)) => {
                Rows::derivatives(&block.data, derivatives, self.scaling, expansion)
            }
            _ => Rows::stored(&block.data, self.method, self.scaling, self.architecture, progress)?,
        };
        rows.weigh_scores(self.score_scale);
        self.rows.append(rows);
        Ok(())
    }

    fn n_events(&self) -> usize {
        self.rows.n_events()
    }

    fn per_event(&self) -> usize {
        1
    }

    fn rows(&self, events: &[u32], _: &mut Stream) -> Result<Rows> {
        Ok(self.rows.gather(events))
    }
}

impl Rows {
    /// The events of `data`, with the labels that `method` learns from and no other.
    ///
    /// # Errors
    /// If `progress` stops it.
    pub(crate) fn stored(
        data: &AugmentedData,
        method: Method,
        scaling: &Scaling,
        architecture: &Architecture,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let ratio = data.joint_log_ratio.as_ref().filter(|_| method.needs_ratio());
        let score = data.joint_score0.as_ref().filter(|_| method.needs_score());
        let with_theta = method.takes_theta(&data.header.design);
        let p = data.n_parameters();
        let mut rows = Self {
            n_inputs: architecture.n_columns(scaling) + if with_theta { p } else { 0 },
            n_parameters: p,
            per_event: 1,
            ..Self::default()
        };
        for event in 0..data.n_events() {
            if event.is_multiple_of(EVENTS_AT_ONCE) {
                progress.check()?;
            }
            let Some(theta) = hypothesis(data, method, event) else {
                continue;
            };
            architecture.push_x(data.x.row(event), scaling, &mut rows.inputs);
            if with_theta {
                scaling.push_theta(theta, &mut rows.inputs);
            }
            let soft = ratio.filter(|_| method.has_soft_labels()).map(|ratio| ratio[event]);
            let (numerator, denominator) = weights(data, event, soft);
            rows.numerator.push(numerator);
            rows.denominator.push(denominator);
            if let Some(ratio) = ratio.filter(|_| method.regresses_ratio()) {
                rows.joint_log_ratio.push(ratio[event] as f32);
            }
            if let Some(score) = score {
                scaling.push_score(score.row(event), &mut rows.joint_score);
            }
        }
        Ok(rows)
    }

    /// Events with the derivatives of their joint ratios, `[n, k]`, in units of the scale of `expansion`.
    fn derivatives(data: &AugmentedData, labels: &Array2<f64>, scaling: &Scaling, expansion: &Expansion) -> Self {
        let n = data.n_events();
        let mut rows = Self {
            n_inputs: scaling.n_features(),
            n_parameters: labels.ncols(),
            per_event: 1,
            numerator: (0..n).map(|event| 2.0 * data.weight(event) as f32).collect(),
            denominator: vec![0.0; n],
            ..Self::default()
        };
        for (x, derivatives) in data.x.rows().into_iter().zip(labels.rows()) {
            scaling.push_x(x, &mut rows.inputs);
            expansion.push_scaled(derivatives, &mut rows.joint_score);
        }
        rows
    }
}

/// The weights of an event as one of the numerator and one of the denominator: those of its class, or of its soft label, which the log ratio
/// gives. An event that itself has weights is multiplied by them; its soft label is that of the densities that events are drawn with.
fn weights(data: &AugmentedData, event: usize, soft: Option<f64>) -> (f32, f32) {
    let [above, below] = data.weights_of(event);
    let (numerator, denominator) = match soft {
        Some(log_ratio) => soft_weights(log_ratio - above.abs().ln() + below.abs().ln()),
        None => class_weights(data.y[event]),
    };
    (numerator * above as f32, denominator * below as f32)
}

/// The hypothesis that an event is shown with: θ0, or for a likelihood the one that it was drawn from, where that is known.
/// A regression on the score has no use for events that were not drawn from θ0.
fn hypothesis(data: &AugmentedData, method: Method, event: usize) -> Option<ndarray::ArrayView1<'_, f64>> {
    if method.learns_likelihood() && data.y[event] == 1.0 {
        return data.theta1.as_ref().map(|theta1| theta1.row(event));
    }
    if method.learns_score() && data.y[event] == 1.0 {
        return None;
    }
    Some(data.theta0.row(event))
}
