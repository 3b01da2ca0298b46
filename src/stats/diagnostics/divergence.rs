//! Divergence of an estimate from the joint labels of test events.

use serde::{Deserialize, Deserializer, Serialize};

use motherlode_core::mean::Mean;

/// Into how many blocks the events are divided: enough that a standard error is known to a tenth.
pub(super) const BLOCKS: usize = 50;

/// The mean Kullback-Leibler divergence of s(x,z) = 1/(1 + r(x,z)) from ŝ(x) = 1/(1 + r̂(x)), block by block of the events.
///
/// ⟨s ln(s/ŝ) + (1 − s) ln((1 − s)/(1 − ŝ))⟩, half of the events from θ0 and half from θ1: the loss of ALICE less the
/// entropy of its labels, so that what scatters with the labels alone is gone. Its expectation is
///
/// E[KL(s(x) ‖ ŝ(x))] + E[KL(s(x,z) ‖ s(x))]:
///
/// the error of the estimate, about E[s (1 − s) (log r̂ − log r)²]/2 where it is small, and what the latent path knows
/// beyond x, which is the same for all estimates and unknown. All estimates are examined on the same events, so blocks are
/// compared one by one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Divergence {
    /// The mean of each block, in nats; blocks hold equally many events of every hypothesis.
    #[serde(deserialize_with = "numbers_or_null")]
    pub blocks: Vec<f64>,
}

impl Divergence {
    /// Over all events.
    pub fn mean(&self) -> Mean {
        Mean::from_values(self.blocks.iter().copied())
    }

    /// Difference from another divergence on the same events; its standard error is that of the paired difference.
    pub fn minus(&self, other: &Self) -> Mean {
        Mean::from_values(self.blocks.iter().zip(&other.blocks).map(|(a, b)| a - b))
    }

    /// The mean of several, block by block; nothing if there are none.
    pub fn average<'a>(all: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut all = all.into_iter();
        let mut blocks = all.next()?.blocks.clone();
        let mut n = 1.0;
        for other in all {
            n += 1.0;
            blocks.iter_mut().zip(&other.blocks).for_each(|(sum, b)| *sum += b);
        }
        blocks.iter_mut().for_each(|sum| *sum /= n);
        Some(Self { blocks })
    }
}

/// KL(s ‖ ŝ) of one event, from its joint log ratio and the estimated log ratio.
pub(super) fn divergence(log_ratio: f64, joint_log_ratio: f64) -> f64 {
    let s = (1.0 + joint_log_ratio.exp()).recip();
    let lost = |weight: f64, sign: f64| match weight {
        0.0 => 0.0, // an estimate may be infinite where it is right
        weight => weight * (softplus(sign * log_ratio) - softplus(sign * joint_log_ratio)),
    };
    lost(s, 1.0) + lost(1.0 - s, -1.0)
}

/// ln(1 + eˣ) without overflow.
pub(super) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn numbers_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let values = Vec::<Option<f64>>::deserialize(deserializer)?;
    Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: s = 1/5 against ŝ = 1/2, 0.2 ln 0.4 + 0.8 ln 1.6.
    #[test]
    fn the_divergence_of_two_coins_is_known() {
        let found = divergence(0.0, 4f64.ln());
        assert!((found - (0.2 * 0.4f64.ln() + 0.8 * 1.6f64.ln())).abs() < 1e-15);
        assert_eq!(divergence(1.3, 1.3), 0.0);
    }

    #[test]
    fn certain_labels_are_no_trouble() {
        assert_eq!(divergence(f64::INFINITY, 2_000.0), 0.0);
        assert_eq!(divergence(2.0, 2_000.0), softplus(-2.0));
        assert_eq!(divergence(f64::NEG_INFINITY, 2_000.0), f64::INFINITY);
        assert!(divergence(f64::NAN, 0.0).is_nan());
    }
}
