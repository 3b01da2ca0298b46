//! Fisher information found from simulated events, with its standard errors.

use nalgebra::DMatrix;
use ndarray::{Array2, ArrayView2, Axis};

use super::super::summaries::{BinLayout, Binning};
use super::concentration::Concentration;
use super::dependence::Dependence;
use super::{Information, WeightedScores};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::Truth;
use motherlode_core::mean::Mean;

/// Smallest number of events from which a covariance is estimated.
const FEWEST_EVENTS: usize = 20;

/// The information of one event, as found from N events drawn at θ.
///
/// With the joint score t(x,z) as label, whatever function u(x) predicts it leaves the squared error
/// E\[(t − u)(t − u)^T\]; what it explains of E\[t t^T\],
///
/// E\[u t^T + t u^T − u u^T\] = I(θ) − E\[(u − t(x))(u − t(x))^T\],
///
/// is never above the information I(θ) of x, and reaches it for the score t(x). The best prediction that a summary of x allows
/// explains exactly the information of that summary.
#[derive(Debug, Clone, PartialEq)]
pub struct InformationEstimate {
    information: Information,
    /// Covariance of its elements (i, j), i ≤ j, row by row: `[q, q]` with q = p(p + 1)/2.
    covariance: DMatrix<f64>,
    /// How few events each diagonal element rests on, `[p]`; `None` of an exact sum, or without information.
    concentration: Vec<Option<Concentration>>,
}

impl InformationEstimate {
    /// E\[t t^T\]: of exact scores `[N, p]` the information of x, of joint scores that of (x, z), an upper bound. Of scores that a
    /// network has learned it is what the network believes.
    ///
    /// # Errors
    /// If there are fewer than 20 events, or scores are not finite.
    pub fn from_scores<'a>(scores: impl Into<WeightedScores<'a>>) -> Result<Self> {
        let scores = scores.into();
        Self::explained(scores.scores, &scores)
    }

    /// The information of a learned score, `[N, p]`, as a summary statistic, right or not: that of its best linear
    /// combinations, C^T V⁻¹ C with C = E\[t̂ t^T\] = ∂E\[t̂\] and V its covariance.
    ///
    /// # Errors
    /// If there are fewer than 20 events, numbers are not finite, or components of the score depend on one another.
    ///
    /// # Source
    /// Godambe 1960, Annals of Mathematical Statistics 31, 1208.
    pub fn from_learned_score<'a>(
        learned: ArrayView2<f64>,
        joint_scores: impl Into<WeightedScores<'a>>,
    ) -> Result<Self> {
        Self::of_learned_score(learned, &joint_scores.into(), |k| format!("component {}", k + 1))
    }

    /// As [`from_learned_score`](Self::from_learned_score), with the names of the parameters, `[p]`, for errors.
    ///
    /// # Errors
    /// As there.
    pub fn from_named_score<'a>(
        learned: ArrayView2<f64>,
        joint_scores: impl Into<WeightedScores<'a>>,
        names: &[String],
    ) -> Result<Self> {
        Self::of_learned_score(learned, &joint_scores.into(), |k| {
            names.get(k).cloned().unwrap_or_default()
        })
    }

    fn of_learned_score(
        learned: ArrayView2<f64>,
        joint_scores: &WeightedScores<'_>,
        name: impl Fn(usize) -> String,
    ) -> Result<Self> {
        check(learned, joint_scores)?;
        let means = joint_scores.weighted(&learned.to_owned()).mean_axis(Axis(0));
        let centred = &learned - &means.unwrap_or_default();
        let weighted = joint_scores.weighted(&centred);
        let n = learned.nrows() as f64;
        let variance = matrix(&weighted.t().dot(&centred)) / n;
        let slope = matrix(&weighted.t().dot(&joint_scores.scores)) / n;
        let dependence = Dependence::find(&variance);
        let root = match (&dependence, variance.cholesky()) {
            (None, Some(root)) => root,
            (Some(dependence), _) => return Err(dependence.error(name)),
            (None, None) => {
                return Err(Error::numerical(
                    "the covariance of the learned score is no covariance: train again, on more events",
                ));
            }
        };
        let combinations = root.solve(&slope);
        let p = learned.ncols();
        let combinations = Array2::from_shape_fn((p, p), |(i, j)| combinations[(i, j)]);
        Self::explained(centred.dot(&combinations).view(), joint_scores)
    }

    /// The information of a histogram of `values`, `[N, k]`, with numbers of bins along each component: Σ_b ∂p_b ∂p_b^T/p_b, with
    /// ∂p_b = p_b E\[t|b\] from the joint scores `[N, p]`.
    ///
    /// The square of a mean over n_b events is too large by their covariance over n_b. It is left out, so that the result is
    /// right on average however few events there are, and may be negative where there is little to see.
    ///
    /// # Errors
    /// If there are fewer than 20 events, numbers are not finite, there is not one number of bins for each component, or there are fewer
    /// than two events for each cell.
    pub fn from_histogram<'a>(
        values: ArrayView2<f64>,
        joint_scores: impl Into<WeightedScores<'a>>,
        layout: BinLayout,
        bins: &[usize],
    ) -> Result<Self> {
        let joint_scores = &joint_scores.into();
        check(values, joint_scores)?;
        if bins.len() != values.ncols() || bins.contains(&0) || layout == BinLayout::Kernel {
            return Err(Error::usage(format!(
                "bins {bins:?} for a histogram of {} numbers: give a number of bins for each, at least 1",
                values.ncols()
            )));
        }
        let n = values.nrows();
        let crowded = || {
            Error::usage(format!(
                "{n} events in a histogram with bins {bins:?}: take fewer bins, or simulate more events"
            ))
        };
        let product = bins.iter().try_fold(1usize, |cells, &bins| cells.checked_mul(bins));
        if layout == BinLayout::EqualWidth && product.is_none_or(|cells| cells > n) {
            return Err(crowded()); // before there are as many cells
        }
        let cells = Binning::new(layout, values, bins);
        if 2 * cells.n_cells() > n {
            return Err(crowded());
        }
        let cell_of = cells.of_each(values);
        let scores = joint_scores.scores;
        let group_weights = joint_scores.group_weights();
        let (mut counts, mut squares) = (vec![0.0; cells.n_cells()], vec![0.0; cells.n_cells()]);
        let mut sums = Array2::zeros((cells.n_cells(), scores.ncols()));
        for (event, (&cell, score)) in cell_of.iter().zip(scores.rows()).enumerate() {
            let weight = joint_scores.weight(event);
            counts[cell as usize] += weight;
            squares[cell as usize] += weight * group_weights[joint_scores.group(event)];
            sums.row_mut(cell as usize).scaled_add(weight, &score);
        }
        // The mean over the other events of the cell: an event does not predict itself, nor another draw of it.
        let others = Array2::from_shape_fn(scores.dim(), |(event, i)| {
            let (cell, weight) = (cell_of[event] as usize, group_weights[joint_scores.group(event)]);
            let pairs = counts[cell] * counts[cell] - squares[cell];
            match pairs > 0.0 {
                true => (sums[[cell, i]] - weight * scores[[event, i]]) * counts[cell] / pairs,
                false => 0.0,
            }
        });
        let means = Array2::from_shape_fn(scores.dim(), |(event, i)| {
            let cell = cell_of[event] as usize;
            match counts[cell] > 0.0 {
                true => sums[[cell, i]] / counts[cell],
                false => 0.0,
            }
        });
        let found = Self::explained(means.view(), joint_scores)?;
        let product = joint_scores.weighted(&others).t().dot(&scores) / scores.nrows() as f64;
        let symmetric = matrix(&((&product + &product.t()) * 0.5));
        Ok(Self {
            information: Information(symmetric),
            ..found
        })
    }

    /// The exact information of x, where all observations can be listed: a sum without an error.
    ///
    /// # Errors
    /// If the truth fails at `theta`; nothing if there is no list.
    pub fn summed(truth: &dyn Truth, theta: &[f64]) -> Result<Option<Self>> {
        let Some(support) = truth.support() else {
            return Ok(None);
        };
        let weights = truth.log_likelihood(support.view(), theta)?.mapv(f64::exp);
        let mut scores = truth.score(support.view(), theta)?;
        for (mut score, weight) in scores.rows_mut().into_iter().zip(&weights) {
            match *weight > 0.0 {
                true => score *= weight.sqrt(),
                false => score.fill(0.0), // ∇ ln p of what is impossible is no number
            }
        }
        let p = theta.len();
        Ok(Some(Self {
            information: Information(matrix(&scores.t().dot(&scores))),
            covariance: DMatrix::zeros(p * (p + 1) / 2, p * (p + 1) / 2),
            concentration: vec![None; p],
        }))
    }

    /// Mean and covariance of u t^T + t u^T − u u^T.
    fn explained(predicted: ArrayView2<f64>, joint_scores: &WeightedScores<'_>) -> Result<Self> {
        check(predicted, joint_scores)?;
        let (n, p) = joint_scores.scores.dim();
        let pairs: Vec<(usize, usize)> = (0..p).flat_map(|i| (i..p).map(move |j| (i, j))).collect();
        let mut parts = Array2::zeros((n, pairs.len()));
        for ((mut part, u), t) in parts
            .rows_mut()
            .into_iter()
            .zip(predicted.rows())
            .zip(joint_scores.scores.rows())
        {
            for (value, &(i, j)) in part.iter_mut().zip(&pairs) {
                *value = u[i] * t[j] + t[i] * u[j] - u[i] * u[j];
            }
        }
        let terms = joint_scores.weighted(&parts);
        let means = terms.mean_axis(Axis(0)).unwrap_or_default();
        let concentration = concentration(&joint_scores.grouped(terms), &pairs);
        parts -= &means;
        let parts = joint_scores.grouped(joint_scores.weighted(&parts));
        let different = parts.nrows() as f64;
        let covariance = matrix(&parts.t().dot(&parts)) * (different / ((different - 1.0).max(1.0) * (n * n) as f64));
        let mut information = DMatrix::zeros(p, p);
        for (&mean, &(i, j)) in means.iter().zip(&pairs) {
            information[(i, j)] = mean;
            information[(j, i)] = mean;
        }
        Ok(Self {
            information: Information(information),
            covariance,
            concentration,
        })
    }

    /// The information of one event.
    pub fn information(&self) -> &Information {
        &self.information
    }

    /// How few events the information on each parameter rests on, `[p]`; `None` where it is an exact sum, or there is none.
    pub fn concentration(&self) -> &[Option<Concentration>] {
        &self.concentration
    }

    /// The standard error of element (i, j).
    pub fn standard_error(&self, i: usize, j: usize) -> f64 {
        let mut derivative = DMatrix::zeros(self.information.0.nrows(), self.information.0.nrows());
        derivative[(i, j)] = 1.0;
        self.error_of(&derivative)
    }

    /// The smallest standard deviation that an unbiased estimate of parameter `k` can have with `n` events and what `other` tells,
    /// all other parameters known, and none of them known; the latter only where the data fix all.
    ///
    /// # Errors
    /// If there is no parameter `k`, or `other` is of other parameters.
    pub fn resolution(&self, k: usize, n: f64, other: Option<&Information>) -> Result<(Mean, Option<Mean>)> {
        let mut total = self.information.times(n);
        if let Some(other) = other {
            total = total.with(other)?;
        }
        let alone = total.projected(&[k])?.0[(0, 0)];
        let p = total.0.nrows();
        let deviation = |variance: f64, derivative: DMatrix<f64>| {
            let value = variance.sqrt();
            let standard_error = self.error_of(&derivative) * n / (2.0 * value);
            Mean { value, standard_error }
        };
        let mut derivative = DMatrix::zeros(p, p);
        derivative[(k, k)] = alone.powi(-2);
        let profiled = total.covariance().ok().map(|covariance| {
            let column = covariance.column(k);
            deviation(covariance[(k, k)], column * column.transpose())
        });
        Ok((deviation(alone.recip(), derivative), profiled))
    }

    /// The standard error of a function of the information, given its derivatives to all elements, `[p, p]`, to first order.
    pub fn error_of(&self, derivative: &DMatrix<f64>) -> f64 {
        let p = derivative.nrows();
        let packed: Vec<f64> = (0..p)
            .flat_map(|i| (i..p).map(move |j| (i, j)))
            .map(|(i, j)| {
                if i == j {
                    derivative[(i, i)]
                } else {
                    derivative[(i, j)] + derivative[(j, i)]
                }
            })
            .collect();
        let packed = nalgebra::DVector::from_vec(packed);
        (packed.transpose() * &self.covariance * &packed)[(0, 0)]
            .max(0.0)
            .sqrt()
    }
}

fn check(values: ArrayView2<f64>, joint_scores: &WeightedScores<'_>) -> Result<()> {
    let WeightedScores { scores, weights, .. } = joint_scores;
    let n = scores.nrows();
    let numbers = values.iter().chain(scores).chain(weights.iter().flatten());
    let finite = numbers.copied().all(f64::is_finite);
    let shaped = values.nrows() == n && values.ncols() > 0 && scores.ncols() > 0;
    if n < FEWEST_EVENTS || !shaped || !finite || !joint_scores.is_consistent() {
        return Err(Error::data(format!(
            "Fisher information from {n} scores and {} values for them: it needs {FEWEST_EVENTS} events or more, and finite \
             numbers",
            values.nrows()
        )));
    }
    Ok(())
}

/// Concentration of the terms of the diagonal elements, from those of all elements, `[N, q]`.
fn concentration(terms: &Array2<f64>, pairs: &[(usize, usize)]) -> Vec<Option<Concentration>> {
    let diagonal = pairs.iter().enumerate().filter(|(_, (i, j))| i == j);
    diagonal
        .map(|(at, _)| Concentration::of(terms.column(at).iter().copied()))
        .collect()
}

fn matrix(array: &Array2<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(array.nrows(), array.ncols(), |i, j| array[[i, j]])
}
