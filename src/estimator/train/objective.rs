//! What a method minimises.

use burn::tensor::Tensor;

use super::Batch;
use crate::estimator::loss::{contrastive, cross_entropy, imbalance, rolr, sally, score_term};
use crate::estimator::network::Mlp;
use crate::estimator::{Loss, Method};

/// Weight of the term that keeps a classifier balanced, as in its paper (arXiv:2208.13624, section 4).
const BALANCE: f64 = 100.0;

/// The loss of a method, with the weight of its score term.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective {
    pub method: Method,
    pub alpha: f64,
    pub n_parameters: usize,
}

impl Objective {
    /// The loss of a batch, a scalar `[1]`.
    pub(crate) fn loss(&self, network: &Mlp, batch: Batch) -> Tensor<1> {
        let Some(loss) = self.method.loss() else {
            return sally(network.forward(batch.inputs), score(batch.joint_score));
        };
        if !self.method.needs_score() {
            let log_ratio = network.forward(batch.inputs.clone()).squeeze_dim(1);
            return ratio_loss(loss, log_ratio, batch);
        }
        let (log_ratio, gradient) = network.forward_with_gradient(batch.inputs.clone(), self.n_parameters);
        let term = score_term(gradient, score(batch.joint_score.clone()), batch.numerator.clone());
        ratio_loss(loss, log_ratio.squeeze_dim(1), batch) + term * self.alpha
    }
}

fn ratio_loss(loss: Loss, log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
    let Batch {
        numerator,
        denominator,
        joint_log_ratio,
        per_event,
        ..
    } = batch;
    match loss {
        Loss::CrossEntropy => cross_entropy(log_ratio, numerator, denominator),
        Loss::Balanced => {
            let term = imbalance(log_ratio.clone(), numerator.clone(), denominator.clone());
            cross_entropy(log_ratio, numerator, denominator) + term * BALANCE
        }
        Loss::Contrastive => contrastive(log_ratio, numerator, per_event),
        Loss::Ratio => {
            let joint = joint_log_ratio.expect("`Method::check` demands the joint ratio before training");
            rolr(log_ratio, joint, numerator, denominator)
        }
    }
}

fn score(joint_score: Option<Tensor<2>>) -> Tensor<2> {
    joint_score.expect("`Method::check` demands the joint score before training")
}
