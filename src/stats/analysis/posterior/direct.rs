//! Independent draws of a posterior that the estimator knows.

use ndarray::{Array2, Axis};
use rand::RngExt;
use serde::Serialize;

use super::PosteriorOfEstimator;
use super::run::PosteriorRun;
use crate::inference::Chains;
use motherlode_core::error::{Error, Result};
use motherlode_core::posterior::Posterior;
use motherlode_core::trace::stream;
use motherlode_core::{Estimator, Progress};

/// Stream of the decisions which draws are kept under another prior.
const KEPT: u64 = 1 << 41;
/// Draws by which the largest weight under another prior is found.
const FIRST: usize = 10_000;
/// Smallest share of draws that another prior may keep.
const FEWEST_KEPT: f64 = 1e-3;

/// Account of independent draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DirectDraws {
    /// Share of the draws that lay within the support of the prior of the training; the others were drawn again.
    pub inside: f64,
    /// Share of these that were kept, by their weight under the prior of the analysis; 1 under the prior of the training.
    pub kept: f64,
}

impl PosteriorRun<'_> {
    /// Draws from the posterior that the estimator itself knows, of a single observed event; none if it knows none, or there are more events.
    pub(super) fn direct(
        &self,
        estimator: &dyn Estimator,
        progress: &dyn Progress,
    ) -> Result<Option<PosteriorOfEstimator>> {
        let x = self.analysis.observations()?.x();
        let (Some(posterior), 1) = (estimator.as_posterior(), x.nrows()) else {
            return Ok(None);
        };
        progress.begin("draws");
        let n = self.plan.chains * self.plan.draws;
        let (theta, direct) = self.accepted(posterior, n, progress)?;
        let draws = Chains::of_independent(theta, self.plan.chains);
        let mut answer = self.answer(&estimator.name(), draws, false);
        answer.direct = Some(direct);
        Ok(Some(answer))
    }

    /// `n` draws under the prior of the analysis: those under the prior of the training, kept in proportion to the quotient of the two.
    fn accepted(
        &self,
        posterior: &dyn Posterior,
        n: usize,
        progress: &dyn Progress,
    ) -> Result<(Array2<f64>, DirectDraws)> {
        let x = self.analysis.observations()?.x();
        let (seed, x) = (self.plan.seed, x.row(0));
        let same = &self.prior.distribution == posterior.prior() && self.prior.constraints.is_empty();
        if same {
            let drawn = posterior.draw(x, n, seed)?;
            let inside = drawn.inside;
            return Ok((drawn.theta, DirectDraws { inside, kept: 1.0 }));
        }
        let (mut kept, mut n_drawn, mut insides) = (Vec::new(), 0_usize, Vec::new());
        let mut rng = stream(seed, 0, KEPT);
        let mut bound = None;
        while kept.len() < n {
            progress.check()?;
            if n_drawn >= FIRST && (kept.len() as f64) < FEWEST_KEPT * n_drawn as f64 {
                return Err(Error::numerical(format!(
                    "{} of {n_drawn} draws under the prior of the training are left under the prior of the analysis: the two priors hardly \
                     overlap where the posterior is; train under a prior that is nearer",
                    kept.len()
                )));
            }
            let drawn = posterior.draw(x, FIRST, seed.wrapping_add(1 + insides.len() as u64))?;
            insides.push(drawn.inside);
            let log_weights = self.log_weights(posterior, &drawn.theta)?;
            let bound = *bound.get_or_insert_with(|| log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            for (theta, log_weight) in drawn.theta.axis_iter(Axis(0)).zip(log_weights) {
                if kept.len() == n {
                    break;
                }
                n_drawn += 1;
                if rng.random::<f64>().ln() < log_weight - bound {
                    kept.push(theta.to_vec());
                }
            }
        }
        let direct = DirectDraws {
            inside: insides.iter().sum::<f64>() / insides.len().max(1) as f64,
            kept: kept.len() as f64 / n_drawn.max(1) as f64,
        };
        let p = self.parameter_box.n_parameters();
        Ok((Array2::from_shape_fn((kept.len(), p), |(i, k)| kept[i][k]), direct))
    }

    /// ln of the prior of the analysis over that of the training, `[n]`, up to a constant.
    fn log_weights(&self, posterior: &dyn Posterior, theta: &Array2<f64>) -> Result<Vec<f64>> {
        let weight = |theta: ndarray::ArrayView1<f64>| {
            let theta = theta.to_vec();
            let (log_prior, _) = self.prior.at(&theta)?;
            Ok(log_prior - posterior.prior().log_density(posterior.parameters(), &theta))
        };
        theta.axis_iter(Axis(0)).map(weight).collect()
    }
}
