//! Closure test: events of the denominator, reweighted by r̂, against events of the numerator.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::Reliability;
use super::classifier_test::ClassifierTest;
use motherlode_core::check::decides;
use motherlode_core::error::Result;
use motherlode_core::mean::{Mean, effective_sample_size, number_or_null};

/// Largest number of observables in the test: those whose means differ most between the hypotheses.
const MOST_OBSERVABLES: usize = 50;

/// Remaining difference of two hypotheses after events of θ1 are reweighted by r̂(x) to θ0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Closure {
    /// ⟨r̂⟩ under θ1: 1 for the exact ratio. Without a standard error where too few events carry it: the mean of a
    /// log-normal weight has skewness n/n_eff^(3/2), and above one nothing is concluded.
    pub normalisation: Mean,
    /// (Σ w)²/Σ w² over the events of θ1, as a share of their number: what the weights leave of the sample.
    #[serde(deserialize_with = "number_or_null")]
    pub effective: f64,
    /// Mean over the observables, 50 of them at most, and their squares of (difference of means)²/(its standard error)²: about 1 for the exact
    /// ratio, more the worse an observable closes.
    #[serde(deserialize_with = "number_or_null")]
    pub moments: f64,
    /// Area under the curve of a classifier, fitted to these weights, with each event judged by a fit that has not seen it: 1/2 for the exact
    /// ratio.
    pub auc: Mean,
}

/// Events of both hypotheses.
#[derive(Debug)]
pub(super) struct Reweighting {
    x: Array2<f64>,
    numerator: Vec<bool>,
    /// Observables in units of their standard deviations, and the squares of these, `[n, 2 k]`.
    moments: Array2<f64>,
    classifier: ClassifierTest,
}

impl Reweighting {
    /// Events with their class labels: y = 0 from θ0.
    pub(super) fn new(x: Array2<f64>, y: &Array1<f64>) -> Self {
        let numerator: Vec<bool> = y.iter().map(|y| *y == 0.0).collect();
        let standard = standardised(&x, &numerator);
        Self {
            moments: ndarray::concatenate![Axis(1), standard, standard.mapv(|z| z * z)],
            classifier: ClassifierTest::new(&standard, numerator.clone()),
            x,
            numerator,
        }
    }

    pub(super) fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    /// Closure with these log ratios at [`x`](Self::x), `[n]`.
    pub(super) fn closure(&self, log_ratio: &Array1<f64>) -> Closure {
        let ratios = self.of(false).map(|i| log_ratio[i].exp());
        let mut normalisation = Mean::from_values(ratios.clone());
        let n = ratios.clone().count() as f64;
        let effective = effective_sample_size(ratios);
        if !decides(effective, n) {
            normalisation.standard_error = f64::NAN;
        }
        // Weights are of any scale: the largest is one, so none overflows.
        let largest = self.of(false).map(|i| log_ratio[i]).fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = log_ratio.iter().map(|log| (log - largest).exp()).collect();
        Closure {
            normalisation,
            effective: effective / n,
            moments: self.moments(&weights),
            auc: self.classifier.auc(&weights),
        }
    }

    /// Reliability of the probabilities that follow from these log ratios at [`x`](Self::x), `[n]`.
    pub(super) fn reliability(&self, log_ratio: &Array1<f64>) -> Result<Reliability> {
        let weights = |wanted: bool| self.numerator.iter().map(move |&is| f64::from(u8::from(is == wanted)));
        let [numerator, denominator] = [true, false].map(|class| weights(class).collect::<Array1<f64>>());
        Reliability::new(log_ratio, numerator.view(), denominator.view())
    }

    fn moments(&self, weights: &[f64]) -> f64 {
        let squares: Vec<f64> = self
            .moments
            .columns()
            .into_iter()
            .map(|f| {
                let numerator = Mean::from_values(self.of(true).map(|i| f[i]));
                let denominator = Mean::ratio_of_sums(self.of(false).map(|i| (weights[i] * f[i], weights[i])));
                let error = numerator.standard_error.hypot(denominator.standard_error);
                ((numerator.value - denominator.value) / error).powi(2)
            })
            .collect();
        squares.iter().sum::<f64>() / squares.len() as f64
    }

    /// The numbers of the events of a class.
    pub(super) fn of(&self, numerator: bool) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..self.numerator.len()).filter(move |&i| self.numerator[i] == numerator)
    }
}

/// The observables that vary at all, each with mean zero and standard deviation one; those first that differ most.
fn standardised(x: &Array2<f64>, numerator: &[bool]) -> Array2<f64> {
    let deviation = x.std_axis(Axis(0), 0.0);
    let difference = |column: ArrayView1<f64>| {
        let signed = column.iter().zip(numerator);
        let signed = signed.map(|(value, first)| if *first { *value } else { -value });
        signed.sum::<f64>().abs()
    };
    let varying = x.columns().into_iter().zip(&deviation).enumerate();
    let mut differing: Vec<(usize, f64)> = varying
        .filter(|(_, (_, deviation))| **deviation > 0.0)
        .map(|(j, (column, deviation))| (j, difference(column) / deviation))
        .collect();
    differing.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let kept: Vec<usize> = differing.iter().take(MOST_OBSERVABLES).map(|(j, _)| *j).collect();
    let x = x.select(Axis(1), &kept);
    let middle = x.mean_axis(Axis(0)).expect("held-out events are many");
    (x - middle) / deviation.select(Axis(0), &kept)
}
