//! Readings of the check of a simulator besides the gold: choices, slopes, rates and events to compare with.

use super::{Events, Fault, Ratio, fault};
use crate::trace::{ChoiceFactor, Rejected, guarded};

/// Batch of the events at `theta1` that are compared with reweighted ones: independent of those of all other means.
const REWEIGHTED: u64 = 1 << 20;

/// Distance from the edges of the box to which parameters are moved far, as a fraction of it: at the edge itself, a density may end.
const MARGIN: f64 = 0.02;

impl Events<'_> {
    /// Values of parameter `k` that are far from that of `theta`: near the ends of the box, if there is one, and that of `theta1`.
    pub(in crate::gold::identities) fn far_values(&self, k: usize) -> Vec<f64> {
        let (low, high) = self.reach[k];
        let margin = MARGIN * (high - low);
        let ends = [low + margin, high - margin];
        let here = self.theta[k];
        let mut values: Vec<f64> = if self.has_box { ends.into() } else { Vec::new() };
        values.push(self.theta1[k]);
        values.retain(|value| *value != here);
        values
    }

    /// The observation of event `event` at `theta`, with its choices written to `choices`; `None` if the simulator writes none down.
    pub(in crate::gold::identities) fn choices(
        &self,
        event: usize,
        choices: &mut Vec<f64>,
    ) -> Result<Option<Vec<f64>>, Fault> {
        self.run(0, event, |rng| {
            let x = self.simulator.record_choices(self.theta, rng, choices)?;
            x.map(|x| self.shaped(x)).transpose()
        })
    }

    /// Runs along recorded choices at `theta`.
    pub(in crate::gold::identities) fn replayed(
        &self,
        theta: &[f64],
        choices: &[f64],
    ) -> Result<(Vec<f64>, Vec<ChoiceFactor>), Rejected> {
        guarded(|| {
            let mut factors = Vec::new();
            let x = self.simulator.replay_choices(theta, choices, &mut factors)?;
            Ok((self.shaped(x)?, factors))
        })
    }

    /// ln p(x,z|θ) of a remembered path with its joint score; `None` if they are not finite.
    pub(in crate::gold::identities) fn log_probability_and_score(
        &self,
        theta: &[f64],
        memory: &[f64],
    ) -> Option<(f64, Vec<f64>)> {
        let mut score = vec![0.0; theta.len()];
        let log = guarded(|| self.simulator.score_at(theta, memory, &mut score)).ok()?;
        let is_finite = log.is_finite() && score.iter().all(|t| t.is_finite());
        is_finite.then_some((log, score))
    }

    /// Returns true if parameter `k` changes the total rate at `theta`.
    pub(in crate::gold::identities) fn changes_rate(&self, k: usize) -> bool {
        let p = self.theta.len();
        let (mut gradient, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
        let rate = guarded(|| self.simulator.log_rate_at(self.theta, &mut gradient, &mut hessian));
        matches!(rate, Ok(Some(_))) && gradient[k] != 0.0
    }

    /// Observations at `theta1` with the joint ratios of their paths.
    pub(in crate::gold::identities) fn denominator(&self) -> Result<Vec<(Vec<f64>, Ratio)>, Fault> {
        let mut memory = Vec::new();
        (0..self.n_events)
            .map(|event| {
                let x = self.run(REWEIGHTED, event, |rng| {
                    let (x, _) = self.simulator.record(self.theta1, rng, &mut memory)?;
                    self.shaped(x)
                })?;
                let weight = self.weight(self.theta1, &memory).map_err(|problem| fault(&problem))?;
                Ok((x, self.ratio(&memory, weight)?))
            })
            .collect()
    }
}
