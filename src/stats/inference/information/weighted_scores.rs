//! Scores of events that may have weights, and may be draws of the same stored events.

use std::collections::HashMap;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

/// Scores of events, `[N, p]`, with weights, `[N]`, where these are not all 1, and the stored events that they are draws of.
#[derive(Debug, Clone)]
pub struct WeightedScores<'a> {
    pub(super) scores: ArrayView2<'a, f64>,
    pub(super) weights: Option<ArrayView1<'a, f64>>,
    /// The group of each event, `[N]`, of those that are draws of the same; `None` if all events are different.
    groups: Option<Vec<usize>>,
    n_groups: usize,
}

impl<'a> WeightedScores<'a> {
    /// Sets the weights of the events, `[N]`, which may be negative; `None` if all are 1.
    pub fn new(scores: ArrayView2<'a, f64>, weights: Option<ArrayView1<'a, f64>>) -> Self {
        Self {
            n_groups: scores.nrows(),
            scores,
            weights,
            groups: None,
        }
    }

    /// Sets the numbers of the stored events that these were drawn from with replacement, `[N]`. Draws of the same event are not independent,
    /// and standard errors are then those of drawing and of the stored events together.
    pub fn with_rows(mut self, rows: &[usize]) -> Self {
        let mut known = HashMap::new();
        let groups = rows.iter().map(|row| {
            let next = known.len();
            *known.entry(*row).or_insert(next)
        });
        self.groups = Some(groups.collect());
        self.n_groups = known.len();
        self
    }

    /// Returns true if there is one weight and one stored event for each score, where there are any.
    pub(super) fn is_consistent(&self) -> bool {
        let n = self.scores.nrows();
        let positive = |weights: ArrayView1<f64>| weights.len() == n && weights.sum() > 0.0;
        self.weights.is_none_or(positive) && self.groups.as_ref().is_none_or(|groups| groups.len() == n)
    }

    pub(super) fn group(&self, event: usize) -> usize {
        self.groups.as_ref().map_or(event, |groups| groups[event])
    }

    pub(super) fn weight(&self, event: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[event])
    }

    /// The sum of the weights of all draws of the same event, for each event, `[number of different events]`.
    pub(super) fn group_weights(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_groups];
        (0..self.scores.nrows()).for_each(|event| sums[self.group(event)] += self.weight(event));
        sums
    }

    /// Rows times the weights of their events over the mean weight.
    pub(super) fn weighted(&self, rows: &Array2<f64>) -> Array2<f64> {
        match self.weights.zip(self.weights.and_then(|weights| weights.mean())) {
            Some((weights, mean)) => rows * &weights.mapv(|w| w / mean).insert_axis(Axis(1)),
            None => rows.clone(),
        }
    }

    /// Sums of rows over all draws of the same event, `[number of different events, q]`.
    pub(super) fn grouped(&self, rows: Array2<f64>) -> Array2<f64> {
        if self.groups.is_none() {
            return rows;
        }
        let mut sums = Array2::zeros((self.n_groups, rows.ncols()));
        for (event, row) in rows.rows().into_iter().enumerate() {
            let mut sum = sums.row_mut(self.group(event));
            sum += &row;
        }
        sums
    }
}

impl<'a> From<ArrayView2<'a, f64>> for WeightedScores<'a> {
    fn from(scores: ArrayView2<'a, f64>) -> Self {
        Self::new(scores, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{BinLayout, InformationEstimate};

    /// Every event three times tells as much as every event once.
    #[test]
    fn draws_of_the_same_event_do_not_make_errors_smaller() {
        let value = |event: usize, k: f64| ((event + 1) as f64 * k).sin();
        let scores = |rows: &[usize]| Array2::from_shape_fn((rows.len(), 2), |(i, k)| value(rows[i], 1.3 + k as f64));
        let once: Vec<usize> = (0..40).collect();
        let thrice: Vec<usize> = (0..120).map(|i| (7 * i) % 40).collect();
        let [a, b] = [&once, &thrice].map(|rows| (scores(rows), rows.clone()));
        let all = |(scores, rows): &(Array2<f64>, Vec<usize>)| {
            let x = Array2::from_shape_fn((rows.len(), 1), |(i, _)| value(rows[i], 0.7));
            let weights: ndarray::Array1<f64> = rows.iter().map(|row| 1.0 + 0.5 * value(*row, 2.1)).collect();
            let joint = || WeightedScores::new(scores.view(), Some(weights.view())).with_rows(rows);
            let width = BinLayout::EqualWidth;
            [
                InformationEstimate::from_scores(joint()).unwrap(),
                InformationEstimate::from_learned_score(scores.view(), joint()).unwrap(),
                InformationEstimate::from_histogram(x.view(), joint(), width, &[5]).unwrap(),
            ]
        };
        for (once, thrice) in all(&a).iter().zip(&all(&b)) {
            for (i, j) in [(0, 0), (0, 1), (1, 1)] {
                let numbers =
                    |one: &InformationEstimate| [one.information().matrix()[(i, j)], one.standard_error(i, j)];
                for (x, y) in numbers(once).iter().zip(numbers(thrice)) {
                    assert!((x - y).abs() < 1e-12 * x.abs().max(1.0), "{x} {y}");
                }
            }
            let effective = |one: &InformationEstimate| one.concentration()[1].unwrap().effective;
            assert!((effective(once) - effective(thrice)).abs() < 1e-9);
        }
        let short = WeightedScores::new(b.0.view(), None).with_rows(&once);
        assert!(InformationEstimate::from_scores(short).is_err());
    }
}
