//! What a method minimises.

use burn::tensor::Tensor;

use super::Batch;
use crate::loss::{LOG_RATIO_LIMIT, contrastive, cross_entropy, imbalance, nde, rolr, sally, score_term};
use crate::network::floats;
use crate::{Head, Loss, Method, Net};

/// Weight of the term that keeps a classifier balanced, as in its paper (arXiv:2208.13624, section 4).
const BALANCE: f64 = 100.0;
/// Rows of a batch that it is meant for; the balance of a smaller one is mostly noise, and counts for less.
const BALANCED_ROWS: f64 = 1_024.0;
/// No cross-entropy can tell ratios beyond e³⁰ from one another.
const SATURATION: f32 = 30.0;

/// The loss of a method, with the weight of its score term.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective {
    pub method: Method,
    pub head: Head,
    pub alpha: f64,
    pub n_parameters: usize,
}

impl Objective {
    /// The same without its score term, if it has one beside another of which zero is the best that could be. (The loss of a
    /// likelihood may be anything: a share of it says nothing.)
    pub(crate) fn without_score(self) -> Option<Self> {
        let compared = self.method.learns_ratio() && self.method.needs_score() && self.alpha > 0.0;
        compared.then_some(Self { alpha: 0.0, ..self })
    }

    /// The |log r̂| that few events should be beyond, if a ratio is what the network gives.
    pub(crate) fn limit(self) -> Option<f32> {
        match self.method.loss()? {
            Loss::Ratio => Some(LOG_RATIO_LIMIT),
            Loss::CrossEntropy | Loss::Balanced | Loss::Contrastive => Some(SATURATION),
            Loss::Likelihood => None,
        }
    }

    /// log r̂ of the rows of a batch, `[n]`.
    pub(crate) fn log_ratio(self, network: &Net, batch: Batch) -> Vec<f32> {
        floats(network.forward(batch.inputs))
    }

    /// The loss of a batch, a scalar `[1]`.
    pub(crate) fn loss(&self, network: &Net, batch: Batch) -> Tensor<1> {
        let Some(loss) = self.method.loss() else {
            return sally(network.forward(batch.inputs), score(batch.joint_score), batch.numerator);
        };
        if !self.method.needs_score() {
            let log_ratio = network.forward(batch.inputs.clone()).squeeze_dim(1);
            return main_term(loss, log_ratio, batch);
        }
        let (log_ratio, gradient) = network.forward_with_gradient(batch.inputs.clone(), self.n_parameters);
        let term = self.score_term(gradient, &batch);
        main_term(loss, log_ratio.squeeze_dim(1), batch) + term * self.alpha
    }

    /// Of a ratio of two free hypotheses, each has a score, with the weight of its own class.
    fn score_term(&self, gradient: Tensor<2>, batch: &Batch) -> Tensor<1> {
        let joint_score = score(batch.joint_score.clone());
        if self.head != Head::Antisymmetric {
            return score_term(gradient, joint_score, batch.numerator.clone());
        }
        let p = self.n_parameters;
        let half = |of: &Tensor<2>, at: usize| of.clone().narrow(1, at, p);
        let at_theta0 = score_term(half(&gradient, 0), half(&joint_score, 0), batch.numerator.clone());
        at_theta0 + score_term(half(&gradient, p), half(&joint_score, p), batch.denominator.clone())
    }
}

fn main_term(loss: Loss, log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
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
            let [rows] = log_ratio.dims();
            let term = imbalance(log_ratio.clone(), numerator.clone(), denominator.clone());
            let weight = BALANCE * (rows as f64 / BALANCED_ROWS).min(1.0);
            cross_entropy(log_ratio, numerator, denominator) + term * weight
        }
        Loss::Likelihood => nde(log_ratio, numerator, denominator),
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
