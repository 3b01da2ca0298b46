//! Events without negative weights, for toys and simulated measurements.

use std::sync::Arc;

use kdtree::KdTree;
use kdtree::distance::squared_euclidean;
use ndarray::{Array2, Axis};

use super::event_collector::Signs;
use super::events::dot;
use super::rows::RowsBuilder;
use super::weight_sign::{Sign, SignFinder};
use super::{Setup, WeightedEvents};
use motherlode_core::error::{Error, Result};

/// Events of a cell at the most.
const MOST_EVENTS: usize = 10_000;

/// Events whose negative weights were shared with their neighbours.
#[derive(Debug)]
pub(super) struct PositiveEvents {
    pub(super) events: WeightedEvents,
    /// Median over the cells of the distance from the negative event to the farthest one, in standard deviations of the observables.
    pub(super) radius: f64,
}

/// Shares the weight of each event that is negative somewhere with its nearest neighbours, until the sum of their weights is negative
/// nowhere in the box of the parameters.
///
/// An observable that changes little within the cells keeps its distribution. The weights of a cell are shared as the absolute weights of its
/// events at the centre of the box are. With systematics, each event keeps the factor that it had, which changes little within a cell.
///
/// # Errors
/// If the observations are not finite, or an event has no neighbours that make up for it.
///
/// # Source
/// Andersen and Maier 2021, arXiv:2109.07851.
pub(super) fn without_negative_weights(events: &WeightedEvents, setup: &Setup) -> Result<PositiveEvents> {
    let edges: Vec<(f64, f64)> = setup.parameters.iter().map(|one| one.range).collect();
    let centre: Vec<f64> = edges.iter().map(|(low, high)| 0.5 * (low + high)).collect();
    let x = standardised(&events.x()?);
    let tree = tree(&x)?;
    let mut cells = Cells {
        finder: SignFinder::new(&events.morphing, &edges),
        at_centre: events.monomials_at(&centre),
        coefficients: coefficients(events)?,
    };
    let signs = &events.signs;
    let seeds = (0..events.len()).filter(|&i| signs.negative.contains(i) || signs.changing.contains(i));
    let mut radii = Vec::new();
    for seed in seeds {
        radii.extend(cells.share(&tree, x.row(seed).to_vec(), seed)?);
    }
    radii.sort_by(f64::total_cmp);
    Ok(PositiveEvents {
        radius: radii.get(radii.len() / 2).copied().unwrap_or(0.0),
        events: with_coefficients(events, &cells.coefficients)?,
    })
}

/// The numbers of events by their observations.
type Tree = KdTree<f64, usize, Vec<f64>>;

/// Coefficients of the weights, which change as cells are made.
struct Cells {
    finder: SignFinder,
    /// Monomials at the centre of the box, `[c]`.
    at_centre: Vec<f64>,
    /// `[n][c]`.
    coefficients: Vec<Vec<f64>>,
}

impl Cells {
    /// Makes a cell around an event, and returns its radius; `None` if the weight of the event is positive by now.
    fn share(&mut self, tree: &Tree, at: Vec<f64>, seed: usize) -> Result<Option<f64>> {
        let mut sum = self.coefficients[seed].clone();
        if self.is_positive(&sum) {
            return Ok(None);
        }
        let neighbours = tree.iter_nearest(&at, &squared_euclidean);
        let neighbours = neighbours.map_err(|error| Error::data(format!("events have no neighbours: {error}")))?;
        let mut members = vec![seed];
        for (distance, &event) in neighbours.filter(|(_, event)| **event != seed).take(MOST_EVENTS) {
            members.push(event);
            let terms = sum.iter_mut().zip(&self.coefficients[event]);
            terms.for_each(|(sum, value)| *sum += value);
            if self.is_positive(&sum) {
                self.distribute(&members, &sum);
                return Ok(Some(distance.sqrt()));
            }
        }
        Err(Error::data(format!(
            "event {seed} (counted from 0) has a negative weight that its {} nearest neighbours do not make up for: the density of these events \
             is negative there, so toys and simulated measurements cannot be drawn from them",
            members.len() - 1
        )))
    }

    fn is_positive(&self, coefficients: &[f64]) -> bool {
        self.finder.everywhere(coefficients) == Sign::Positive || self.finder.in_box(coefficients) == Sign::Positive
    }

    /// Shares the sum of the weights of some events among them.
    fn distribute(&mut self, members: &[usize], sum: &[f64]) {
        let size = |event: &usize| dot(self.coefficients[*event].iter().copied(), &self.at_centre).abs();
        let sizes: Vec<f64> = members.iter().map(size).collect();
        let total: f64 = sizes.iter().sum();
        for (&event, size) in members.iter().zip(&sizes) {
            let share = if total > 0.0 {
                size / total
            } else {
                1.0 / members.len() as f64
            };
            let coefficients = self.coefficients[event].iter_mut().zip(sum);
            coefficients.for_each(|(own, all)| *own = share * all);
        }
    }
}

fn tree(x: &Array2<f64>) -> Result<Tree> {
    let mut tree = Tree::new(x.ncols());
    for (event, row) in x.outer_iter().enumerate() {
        tree.add(row.to_vec(), event).map_err(|error| {
            Error::data(format!(
                "the observations of event {event} (counted from 0) are not finite ({error}), and its weight cannot be shared with its neighbours"
            ))
        })?;
    }
    Ok(tree)
}

/// Columns in units of their standard deviations.
fn standardised(x: &Array2<f64>) -> Array2<f64> {
    let deviations = x.std_axis(Axis(0), 0.0).mapv(|sd| if sd > 0.0 { sd } else { 1.0 });
    x / &deviations
}

fn coefficients(events: &WeightedEvents) -> Result<Vec<Vec<f64>>> {
    let mut all = Vec::with_capacity(events.len());
    events.visit(|block| all.extend((0..block.len()).map(|i| block.coefficients(i).iter().collect::<Vec<f64>>())))?;
    Ok(all)
}

/// The events with other coefficients, which are negative nowhere in the box of the parameters.
fn with_coefficients(events: &WeightedEvents, coefficients: &[Vec<f64>]) -> Result<WeightedEvents> {
    let width = events.rows.width();
    let mut rows = RowsBuilder::new(
        std::path::Path::new("events without negative weights"),
        width,
        events.len(),
        usize::MAX,
    )?;
    let mut signs = Signs::default();
    let mut written = Ok(());
    events.visit(|block| {
        for i in 0..block.len() {
            let of_event = coefficients[block.first + i].iter().copied();
            let pushed = rows.push(of_event, block.factor(i), block.x(i).iter().copied());
            written = std::mem::replace(&mut written, Ok(())).and(pushed);
            signs.negative.push(false);
            signs.changing.push(false);
        }
    })?;
    written?;
    Ok(WeightedEvents {
        rows: Arc::new(rows.finish()?),
        signs,
        ..events.clone()
    })
}

#[cfg(test)]
mod tests;
