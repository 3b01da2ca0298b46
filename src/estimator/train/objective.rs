//! What a method minimises.

use burn::tensor::Tensor;

use super::Batch;
use crate::estimator::Method;
use crate::estimator::loss::{alice, carl, rolr, sally, score_term};
use crate::estimator::network::Mlp;

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
        if self.method == Method::Sally {
            return sally(network.forward(batch.inputs), score(batch.joint_score));
        }
        if !self.method.needs_score() {
            let log_ratio = network.forward(batch.inputs).squeeze_dim(1);
            return self.ratio_loss(log_ratio, batch.joint_log_ratio, batch.y);
        }
        let (log_ratio, gradient) = network.forward_with_gradient(batch.inputs, self.n_parameters);
        let term = score_term(gradient, score(batch.joint_score), batch.y.clone());
        self.ratio_loss(log_ratio.squeeze_dim(1), batch.joint_log_ratio, batch.y) + term * self.alpha
    }

    fn ratio_loss(&self, log_ratio: Tensor<1>, joint_log_ratio: Option<Tensor<1>>, y: Tensor<1>) -> Tensor<1> {
        match (self.method, joint_log_ratio) {
            (Method::Alice | Method::Alices, Some(joint)) => alice(log_ratio, joint),
            (Method::Rolr | Method::Rascal, Some(joint)) => rolr(log_ratio, joint, y),
            _ => carl(log_ratio, y),
        }
    }
}

fn score(joint_score: Option<Tensor<2>>) -> Tensor<2> {
    joint_score.expect("`Method::check` demands the joint score before training")
}
