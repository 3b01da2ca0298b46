//! Where the draws of a prior lie.

use super::{Marginal, Prior};
use crate::estimator::Domain;
use crate::parameter_box::ParameterBox;
use crate::trace::Parameter;

/// Standard deviations of a normal that hold nearly all draws, and all draws that anybody will ever see.
const NEARLY_ALL: f64 = 3.0;
const ALL: f64 = 8.0;

impl Prior {
    /// Box beyond which there are no draws in practice: eight standard deviations of a normal, cut to the ranges of the parameters; `None` if it is
    /// not finite.
    pub fn reach(&self, parameters: &[Parameter]) -> Option<ParameterBox> {
        let reach = self.extent(parameters.len(), ALL)?;
        let edges = reach.edges().iter().zip(parameters);
        let cut = |(&(low, high), one): (&(f64, f64), &Parameter)| (low.max(one.range.0), high.min(one.range.1));
        ParameterBox::new(edges.map(cut).collect::<Vec<_>>()).ok()
    }

    /// Box that holds nearly all draws; `None` if it is not finite.
    ///
    /// It is the box itself, three standard deviations of a normal, the bulk of the distribution that points were drawn from, or the
    /// range of chosen points.
    pub fn bulk(&self, n_parameters: usize) -> Option<ParameterBox> {
        self.extent(n_parameters, NEARLY_ALL)
    }

    /// Box that reaches this number of standard deviations from the middle of a normal.
    fn extent(&self, n_parameters: usize, deviations: f64) -> Option<ParameterBox> {
        match self {
            Self::Points {
                drawn_from: Some(prior),
                ..
            } => prior.extent(n_parameters, deviations),
            Self::Truncated { prior, edges } => {
                let bulk = prior.extent(n_parameters, deviations)?;
                let both = bulk.edges().iter().zip(edges.edges());
                let both = both.map(|(bulk, cut)| (bulk.0.max(cut.0), bulk.1.min(cut.1)));
                ParameterBox::new(both.collect::<Vec<_>>()).ok()
            }
            Self::Own(own) => {
                let wider = |&(low, high): &(f64, f64)| {
                    let more = (deviations / NEARLY_ALL - 1.0) * (high - low);
                    (low - more, high + more)
                };
                ParameterBox::new(own.bulk().edges().iter().map(wider).collect::<Vec<_>>()).ok()
            }
            _ => {
                let edges = (0..n_parameters).map(|j| self.extent_of(j, deviations));
                ParameterBox::new(edges.collect::<Option<Vec<_>>>()?).ok()
            }
        }
    }

    /// The edges of the extent along parameter `j`.
    fn extent_of(&self, j: usize, deviations: f64) -> Option<(f64, f64)> {
        match self {
            Self::Points { points, .. } => Some(span(points.iter().filter_map(|point| point.get(j)))),
            Self::Correlated(normal) => Some(
                Marginal::Normal {
                    mean: *normal.mean().get(j)?,
                    sd: *normal.sd().get(j)?,
                }
                .extent(deviations),
            ),
            Self::Product { parts } => {
                let (part, block) = self.blocks(parts).find(|(_, block)| block.contains(&j))?;
                let bulk = part.extent(part.n_parameters(), deviations)?;
                bulk.edges().get(j - block.start).copied()
            }
            Self::Mixture { parts, .. } => {
                let bulks = parts.iter().map(|part| part.extent(part.n_parameters(), deviations));
                let bulks = bulks.collect::<Option<Vec<_>>>()?;
                let edges: Vec<(f64, f64)> = bulks.iter().filter_map(|bulk| bulk.edges().get(j).copied()).collect();
                Some(span(edges.iter().flat_map(|(low, high)| [low, high])))
            }
            _ => self.marginal(j).map(|marginal| marginal.extent(deviations)),
        }
    }

    /// Hypotheses known to an estimator that is trained on events of this prior: its [bulk](Self::bulk).
    pub fn domain(&self, n_parameters: usize) -> Domain {
        let Some(bulk) = self.bulk(n_parameters) else {
            return Domain::Unknown;
        };
        match self {
            Self::Points {
                points,
                drawn_from: None,
            } => Domain::Points {
                hull: bulk,
                n: points.len(),
            },
            _ => Domain::Box(bulk),
        }
    }

    /// Returns true if a point can be drawn, or lies between the points of a list.
    pub fn contains(&self, theta: &[f64]) -> bool {
        match self {
            Self::Points { .. } => self.bulk(theta.len()).is_some_and(|bulk| bulk.contains(theta)),
            _ => self.log_density(&[], theta) > f64::NEG_INFINITY,
        }
    }
}

/// Smallest and largest of some values.
pub fn span<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let wider = |(low, high): (f64, f64), value: &f64| (low.min(*value), high.max(*value));
    values.into_iter().fold(start, wider)
}
