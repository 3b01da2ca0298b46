//! Classifier between two samples, fitted anew to each: logistic regression on products of observables.

use nalgebra::{DMatrix, DVector};
use ndarray::{Array1, Array2, Axis, concatenate};

use super::auc::{Scored, auc};
use motherlode_core::mean::Mean;

/// Number of observables of which it uses the products.
const MOST_IN_PRODUCTS: usize = 10;
/// Standard deviations at which an observable is cut off: one far event must not bend the classifier.
const FAR: f64 = 4.0;
/// The ridge, relative to the weight of all events.
const RIDGE: f64 = 1e-3;
/// Parts into which events are divided, to be tried one after the other.
const FOLDS: usize = 5;
/// Steps of the fit; the first all but suffices where nothing is left to find.
const STEPS: usize = 50;

/// Logistic regression on observables, their squares and their products, fitted to one half of the events, tried on the other.
///
/// It is not a network: the fit to the weights of an estimate takes a fraction of a second and has one optimum. Its area under the curve
/// without weights says how large a difference it can see.
#[derive(Debug)]
pub(super) struct ClassifierTest {
    /// `[n, d]`, a constant first.
    features: Array2<f64>,
    /// True for events of the numerator.
    numerator: Vec<bool>,
}

impl ClassifierTest {
    /// `x`, `[n, m]`, in units of its standard deviations, the observables that differ most first.
    pub(super) fn new(x: &Array2<f64>, numerator: Vec<bool>) -> Self {
        Self {
            features: features(x),
            numerator,
        }
    }

    /// The share of events that it puts into the right class, each by a fit to four fifths of the events without it; of as many events
    /// of both classes, the two that stand at the same place in their class go together.
    pub(super) fn accuracy(&self) -> Mean {
        let n = self.numerator.len();
        let mut places = [0; 2];
        let fold_of = |&first: &bool| {
            places[usize::from(first)] += 1;
            places[usize::from(first)] % FOLDS
        };
        let folds: Vec<usize> = self.numerator.iter().map(fold_of).collect();
        let ones = vec![1.0; n];
        let mut right = Vec::with_capacity(n);
        for fold in 0..FOLDS {
            let [train, test]: [Vec<usize>; 2] =
                [false, true].map(|inside| (0..n).filter(|&i| (folds[i] == fold) == inside).collect());
            let slopes = self.fit(&train, &ones, &self.numerator);
            right.extend(test.into_iter().map(|i| {
                let says_first = self.features.row(i).dot(&slopes) > 0.0;
                f64::from(u8::from(says_first == self.numerator[i]))
            }));
        }
        Mean::from_values(right.into_iter())
    }

    /// The mean of (d − 1/2)² over rows `x`, `[k, m]`, where d is the probability of the first class, fitted to all events, as if
    /// `first` were their classes.
    pub(super) fn departure(&self, first: &[bool], x: &Array2<f64>) -> f64 {
        let all: Vec<usize> = (0..first.len()).collect();
        let slopes = self.fit(&all, &vec![1.0; first.len()], first);
        let probability = features(x).dot(&slopes).mapv(|f| (1.0 + (-f).exp()).recip());
        probability.mapv(|d| (d - 0.5).powi(2)).mean().unwrap_or(f64::NAN)
    }

    /// Its area under the curve, numerator against weighted denominator; weights of the numerator are not looked at.
    pub(super) fn auc(&self, weights: &[f64]) -> Mean {
        let weights = self.balanced(weights);
        let [train, test]: [Vec<usize>; 2] =
            [0, 1].map(|half| (0..weights.len()).filter(|i| i / 2 % 2 == half).collect());
        let slopes = self.fit(&train, &weights, &self.numerator);
        let scored = |&i: &usize| Scored {
            score: self.features.row(i).dot(&slopes),
            weight: weights[i],
            first: self.numerator[i],
        };
        auc(&test.iter().map(scored).collect::<Vec<_>>())
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

    /// Slopes that minimise the weighted cross-entropy with a ridge.
    ///
    /// Newton's method with the curvature replaced by its upper bound, which is attained where both classes are as
    /// probable: no step goes too far, and one factorisation serves them all (Böhning and Lindsay 1988).
    fn fit(&self, events: &[usize], weights: &[f64], first: &[bool]) -> Array1<f64> {
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
