//! Classifier between two samples, fitted anew to each: logistic regression on products of observables, and boosted trees.

use nalgebra::{DMatrix, DVector};
use ndarray::{Array1, Array2, Axis, concatenate};

use super::auc::{Scored, auc};
use super::boosted_trees::{BinnedRows, BoostedTrees, Classes};
use motherlode_core::mean::Mean;

/// Number of observables of which it uses the products.
const MOST_IN_PRODUCTS: usize = 10;
/// Standard deviations at which an observable is cut off: one far event must not bend the classifier.
const FAR: f64 = 4.0;
/// The ridge, relative to the weight of all events.
const RIDGE: f64 = 1e-3;
/// Parts into which events are divided: each is judged by a classifier that was fitted to the others.
const FOLDS: usize = 5;
/// Parts of samples with more than this number of events, of which half are enough for a fit.
const FOLDS_OF_MANY: usize = 2;
const MANY: usize = 8_000;
/// One event of so many is held back from the trees, and tells how many of them are of use.
const HELD_BACK: usize = 5;
/// Steps of the fit; the first all but suffices where nothing is left to find.
const STEPS: usize = 50;
/// Largest change of a slope in the last step.
const CONVERGED: f64 = 1e-6;

/// Log odds of two classes: logistic regression on observables, their squares and their products, and [`BoostedTrees`] on top.
///
/// The regression alone finds all that differs in means, spreads and correlations, the trees what else does. Both take a fraction of a
/// second and no tuning. The area under the curve without weights says how large a difference they can see.
#[derive(Debug)]
pub(super) struct ClassifierTest {
    /// `[n, d]`, a constant first.
    features: Array2<f64>,
    rows: BinnedRows,
    /// True for events of the numerator.
    numerator: Vec<bool>,
    /// Place of each event among those of its class.
    places: Vec<usize>,
}

/// A fitted classifier.
struct Fitted {
    slopes: Array1<f64>,
    trees: BoostedTrees,
}

impl ClassifierTest {
    /// `x`, `[n, m]`, in units of its standard deviations, the observables that differ most first.
    pub(super) fn new(x: &Array2<f64>, numerator: Vec<bool>) -> Self {
        let mut counts = [0; 2];
        let place = |&first: &bool| {
            counts[usize::from(first)] += 1;
            counts[usize::from(first)] - 1
        };
        Self {
            features: features(x),
            rows: BinnedRows::new(x),
            places: numerator.iter().map(place).collect(),
            numerator,
        }
    }

    /// The share of events that it puts into the right class; of as many events of both classes, the two that stand at the same place in
    /// their class are judged by the same fit.
    pub(super) fn accuracy(&self) -> Mean {
        let ones = vec![1.0; self.numerator.len()];
        let log_odds = self.cross_fitted(&ones);
        let right = |(log_odds, first): (&f64, &bool)| f64::from(u8::from((*log_odds > 0.0) == *first));
        let right: Vec<f64> = log_odds.iter().zip(&self.numerator).map(right).collect();
        Mean::from_values(right.into_iter())
    }

    /// The mean of (d − 1/2)² over rows `x`, `[k, m]`, where d is the probability of the first class, fitted to all events, as if
    /// `first` were their classes.
    pub(super) fn departure(&self, first: &[bool], x: &Array2<f64>) -> f64 {
        let all: Vec<usize> = (0..first.len()).collect();
        let fitted = self.fit(&all, &vec![1.0; first.len()], first);
        let (rows, linear) = (self.rows.like(x), features(x).dot(&fitted.slopes));
        let log_odds = linear.iter().zip(0..).map(|(f, row)| f + fitted.trees.at(&rows, row));
        let probability = log_odds.map(|f| (1.0 + (-f).exp()).recip());
        probability.map(|d| (d - 0.5).powi(2)).sum::<f64>() / x.nrows() as f64
    }

    /// Its area under the curve, numerator against weighted denominator; weights of the numerator are not looked at.
    ///
    /// It is the mean of those of the folds, because log odds of different fits are not on one scale.
    pub(super) fn auc(&self, weights: &[f64]) -> Mean {
        let weights = self.balanced(weights);
        let log_odds = self.cross_fitted(&weights);
        let scored = |i: usize| Scored {
            score: log_odds[i],
            weight: weights[i],
            first: self.numerator[i],
        };
        let folds = self.folds();
        let of_fold = |fold: usize| auc(&self.inside(fold).map(scored).collect::<Vec<_>>());
        let found: Vec<Mean> = (0..folds).map(of_fold).collect();
        let square: f64 = found.iter().map(|mean| mean.standard_error.powi(2)).sum();
        Mean {
            value: found.iter().map(|mean| mean.value).sum::<f64>() / folds as f64,
            standard_error: square.sqrt() / folds as f64,
        }
    }

    /// Log odds of each event by a fit to the other folds, `[n]`.
    fn cross_fitted(&self, weights: &[f64]) -> Vec<f64> {
        let mut log_odds = vec![0.0; self.numerator.len()];
        for fold in 0..self.folds() {
            let train: Vec<usize> = self.outside(fold).collect();
            let fitted = self.fit(&train, weights, &self.numerator);
            for i in self.inside(fold) {
                log_odds[i] = self.features.row(i).dot(&fitted.slopes) + fitted.trees.at(&self.rows, i);
            }
        }
        log_odds
    }

    fn folds(&self) -> usize {
        if self.numerator.len() > MANY {
            FOLDS_OF_MANY
        } else {
            FOLDS
        }
    }

    fn inside(&self, fold: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.places.len()).filter(move |&i| self.places[i] % self.folds() == fold)
    }

    fn outside(&self, fold: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.places.len()).filter(move |&i| self.places[i] % self.folds() != fold)
    }

    /// Weights of one for the numerator, and of one on average for the denominator.
    fn balanced(&self, weights: &[f64]) -> Vec<f64> {
        let of = |wanted: bool| {
            weights
                .iter()
                .zip(&self.numerator)
                .filter(move |(_, first)| **first == wanted)
        };
        let scale = of(false).count() as f64 / of(false).map(|(weight, _)| weight).sum::<f64>();
        let weights = weights.iter().zip(&self.numerator);
        weights
            .map(|(weight, first)| if *first { 1.0 } else { weight * scale })
            .collect()
    }

    fn fit(&self, events: &[usize], weights: &[f64], first: &[bool]) -> Fitted {
        let slopes = self.slopes(events, weights, first);
        let mut log_odds = vec![0.0; weights.len()];
        for &i in events {
            log_odds[i] = self.features.row(i).dot(&slopes);
        }
        let classes = Classes {
            weights,
            first,
            log_odds: &log_odds,
        };
        let is_held = |&i: &usize| (self.places[i] / self.folds()).is_multiple_of(HELD_BACK);
        let (held, grown): (Vec<usize>, Vec<usize>) = events.iter().copied().partition(is_held);
        Fitted {
            trees: BoostedTrees::fit(&self.rows, classes, &grown, &held),
            slopes,
        }
    }

    /// Slopes that minimise the weighted cross-entropy with a ridge.
    ///
    /// Newton's method with the curvature replaced by its upper bound, which is attained where both classes are as
    /// probable: no step goes too far, and one factorisation serves them all (Böhning and Lindsay 1988).
    fn slopes(&self, events: &[usize], weights: &[f64], first: &[bool]) -> Array1<f64> {
        let z = self.features.select(Axis(0), events);
        let weight: Array1<f64> = events.iter().map(|&i| weights[i]).collect();
        let class: Array1<f64> = events.iter().map(|&i| f64::from(u8::from(first[i]))).collect();
        let d = z.ncols();
        let ridge = RIDGE * weight.sum();
        let weighted = &z * &weight.view().insert_axis(Axis(1));
        let curvature = z.t().dot(&weighted) * 0.25;
        let bound = DMatrix::from_fn(d, d, |i, j| curvature[(i, j)] + if i == j { ridge } else { 0.0 });
        let mut slopes = Array1::zeros(d);
        let Some(factor) = bound.cholesky() else {
            return slopes * f64::NAN; // weights that are no numbers
        };
        for _ in 0..STEPS {
            let probability = z.dot(&slopes).mapv(|f| (1.0 + (-f).exp()).recip());
            let uphill: Array1<f64> = weighted.t().dot(&(&class - &probability)) - &slopes * ridge;
            let step = factor.solve(&DVector::from_iterator(d, uphill.iter().copied()));
            slopes
                .iter_mut()
                .zip(step.iter())
                .for_each(|(slope, step)| *slope += step);
            if step.amax() < CONVERGED {
                break;
            }
        }
        slopes
    }
}

/// A constant, values, squares and products of `x`, `[n, m]`: shape `[n, d]`.
fn features(x: &Array2<f64>) -> Array2<f64> {
    let near = x.mapv(|value| value.clamp(-FAR, FAR));
    let observable = |j: usize| near.column(j).insert_axis(Axis(1)).to_owned();
    let mut columns = vec![Array2::ones((x.nrows(), 1)), near.clone(), near.powi(2)];
    for i in 0..near.ncols().min(MOST_IN_PRODUCTS) {
        columns.extend((0..i).map(|j| observable(i) * observable(j)));
    }
    let columns: Vec<_> = columns.iter().map(|column| column.view()).collect();
    concatenate(Axis(1), &columns).expect("columns are of one length")
}
