//! Expected bands: the spread of results over data sets of the same size.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use serde::Serialize;

use super::{Neyman, critical_value, intervals};
use crate::serialized::list;
use motherlode_core::error::Result;

/// Cumulative probabilities of a normal at −2, −1, 0, 1 and 2 standard deviations.
const QUANTILES: [f64; 5] = [
    0.022_750_131_948,
    0.158_655_253_931,
    0.5,
    0.841_344_746_069,
    0.977_249_868_052,
];

/// Quantiles over data sets at −2, −1, 0, 1 and 2 standard deviations.
pub type Quantiles = [f64; 5];

/// Quantiles of q and of interval ends of one parameter, over data sets of one hypothesis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Band {
    /// Ascending values of the parameter.
    #[serde(serialize_with = "list")]
    pub values: Array1<f64>,
    /// Quantiles of q at each value, all other parameters profiled.
    pub q: Vec<Quantiles>,
    /// Quantiles of the lower and the upper end of the interval at each level, by Wilks' theorem.
    pub ends: Vec<[Quantiles; 2]>,
}

/// Computes the bands of each parameter, from data sets given by their ln L at the nodes, `[T, K]`.
///
/// # Source
/// Cowan, Cranmer, Gross and Vitells 2011, arXiv:1007.1727, section 4.
///
/// # Errors
/// If a level is not between 0 and 1.
pub fn bands(neyman: &Neyman, toys: ArrayView2<f64>, levels: &[f64]) -> Result<Vec<Band>> {
    let logs = neyman.log_likelihoods(toys);
    let limits: Vec<f64> = levels
        .iter()
        .map(|&level| critical_value(level, 1))
        .collect::<Result<_>>()?;
    let band = |k: usize| {
        let values = neyman.values(k);
        let profiles = profiles(neyman, logs.view(), k);
        let ends = |&limit: &f64| {
            let of_toys = profiles.rows().into_iter().map(|q| ends(values.view(), q, limit));
            let (lower, upper): (Vec<f64>, Vec<f64>) = of_toys.unzip();
            [quantiles(lower), quantiles(upper)]
        };
        Band {
            q: profiles.columns().into_iter().map(|q| quantiles(q.to_vec())).collect(),
            ends: limits.iter().map(ends).collect(),
            values,
        }
    };
    Ok((0..neyman.grid().ncols()).map(band).collect())
}

/// q of each value of parameter `k` in each data set, `[T, n]`.
fn profiles(neyman: &Neyman, logs: ArrayView2<f64>, k: usize) -> Array2<f64> {
    let mut profiles = Array2::from_elem((logs.nrows(), neyman.values(k).len()), f64::INFINITY);
    for (logs, mut profile) in logs.rows().into_iter().zip(profiles.rows_mut()) {
        for (g, q) in neyman.joint(logs).into_iter().enumerate() {
            let lowest = &mut profile[neyman.value_index(g, k)];
            *lowest = lowest.min(q);
        }
    }
    profiles
}

/// The outermost ends of the accepted values.
fn ends(values: ArrayView1<f64>, q: ArrayView1<f64>, limit: f64) -> (f64, f64) {
    let found = intervals(values, q, limit);
    let ends = |(low, high): (f64, f64), &(a, b): &(f64, f64)| (low.min(a), high.max(b));
    found.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends)
}

fn quantiles(mut values: Vec<f64>) -> Quantiles {
    values.sort_by(f64::total_cmp);
    QUANTILES.map(|share| {
        let place = share * (values.len() - 1) as f64;
        let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
        below + place.fract() * (above - below)
    })
}
