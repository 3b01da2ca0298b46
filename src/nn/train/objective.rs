//! The quantity that a training minimises.

use burn::tensor::Tensor;

use crate::batch::Batch;
use crate::methods::cascal::score_term;
use crate::methods::sally::sally;
use crate::{Head, Method, Net, RatioErrors};

/// The loss of a method, with the weight of its score term.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective {
    pub method: Method,
    pub head: Head,
    /// Errors of the ratio, for methods that regress on it.
    pub ratio_errors: RatioErrors,
    pub alpha: f64,
    pub n_parameters: usize,
}

impl Objective {
    /// The objective without its score term, if the rest is a loss with the lower bound zero. (The loss of a likelihood has no
    /// bound: a share of it says nothing.)
    pub(crate) fn without_score(self) -> Option<Self> {
        let compared = self.method.learns_ratio() && self.method.needs_score() && self.alpha > 0.0;
        compared.then_some(Self { alpha: 0.0, ..self })
    }

    /// The loss of a batch, a scalar `[1]`.
    pub(crate) fn loss(&self, network: &Net, batch: Batch) -> Tensor<1> {
        let spec = self.method.spec();
        let loss = match self.ratio_errors {
            RatioErrors::Relative => spec.relative_loss.or(spec.loss),
            RatioErrors::Squared => spec.loss,
        };
        let Some(loss) = loss else {
            let weight = batch.score_weight.unwrap_or(batch.numerator);
            return sally(network.forward(batch.inputs), score(batch.joint_score), weight);
        };
        if !self.method.needs_score() {
            let log_ratio = network.forward(batch.inputs.clone()).squeeze_dim(1);
            return loss(log_ratio, batch);
        }
        let (log_ratio, gradient) = network.forward_with_gradient(batch.inputs.clone(), self.n_parameters);
        let term = self.score_term(gradient, &batch);
        loss(log_ratio.squeeze_dim(1), batch) + term * self.alpha
    }

    /// The score term; in a ratio of two free hypotheses each has a score, with the weight of its own class.
    fn score_term(&self, gradient: Tensor<2>, batch: &Batch) -> Tensor<1> {
        let joint_score = score(batch.joint_score.clone());
        let weight = batch.score_weight.as_ref().unwrap_or(&batch.numerator);
        if self.head != Head::Antisymmetric {
            return score_term(gradient, joint_score, weight.clone());
        }
        let p = self.n_parameters;
        let half = |of: &Tensor<2>, at: usize| of.clone().narrow(1, at, p);
        let at_theta0 = score_term(half(&gradient, 0), half(&joint_score, 0), batch.numerator.clone());
        at_theta0 + score_term(half(&gradient, p), half(&joint_score, p), batch.denominator.clone())
    }
}

fn score(joint_score: Option<Tensor<2>>) -> Tensor<2> {
    joint_score.expect("`Method::check` demands the joint score before training")
}
