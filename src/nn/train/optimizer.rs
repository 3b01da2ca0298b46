//! Adam over all parameters of a module at once, with the running average of the weights.
//!
//! The state is flat: one number a parameter, in the order in which burn walks the module. A step is one vectorised
//! loop over each parameter, its gradient, its moments and its average, where the optimiser of the tensor library makes
//! some fifteen tensors a parameter and the average three more.
//!
//! # Measured
//! No figure against burn's own Adam is recorded; `benches/training.rs` measures the whole step.

use std::ops::Range;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor, TensorData};

use super::{Optimizer, Settings};
use crate::network::floats;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;
/// Partial sums of a norm: as many as a vector register holds, so that the order of summation is the same everywhere.
const LANES: usize = 16;

/// Adam, or AMSGrad, with a running average of the weights.
///
/// With g the gradient of the t-th step, clipped first,
///
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − η m̂/(√v̂ + ε), a ← (1 − s)a + s w,
///
/// m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ), β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, s the share of a step in the average. AMSGrad puts
/// the largest v so far in the place of v. A parameter that got no gradient stays as it is.
///
/// # Source
/// Kingma and Ba 2014, arXiv:1412.6980; Reddi, Kale and Kumar 2018, arXiv:1904.09237; averaging: Polyak and Juditsky
/// 1992, SIAM J. Control Optim. 30, 838.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Adam {
    optimizer: Optimizer,
    /// Largest norm of the gradient of one weight matrix or bias.
    clip: Option<f64>,
    /// Share of a step in the average.
    share: f64,
    /// How many parameters lie in each weight matrix and bias, in order.
    blocks: Vec<usize>,
    steps: u32,
    first_moment: Vec<f32>,
    second_moment: Vec<f32>,
    /// The largest second moment so far; of AMSGrad only.
    largest_moment: Vec<f32>,
    average: Vec<f32>,
}

impl Adam {
    /// At the start of the training of `module`.
    pub(crate) fn new<M: Module>(module: &M, settings: &Settings) -> Self {
        let mut row = Flattened::default();
        module.visit(&mut row);
        let average = row.weights;
        let zeros = vec![0.0; average.len()];
        Self {
            optimizer: settings.optimizer,
            clip: settings.clip,
            share: settings.averaging,
            blocks: row.lengths,
            steps: 0,
            largest_moment: match settings.optimizer {
                Optimizer::Adam => vec![],
                Optimizer::Amsgrad => zeros.clone(),
            },
            first_moment: zeros.clone(),
            second_moment: zeros,
            average,
        }
    }

    /// Sets the number of parameters in each weight matrix and bias, in order, for a module that keeps several of them in one tensor.
    /// Gradients are clipped matrix by matrix.
    ///
    /// # Panics
    /// If these are not all parameters of the module.
    pub(crate) fn with_blocks(self, blocks: Vec<usize>) -> Self {
        assert_eq!(blocks.iter().sum::<usize>(), self.average.len());
        Self { blocks, ..self }
    }

    /// Takes `module` one step on, at learning rate `rate`.
    ///
    /// # Panics
    /// If `module` has not the parameters of the one this optimiser was made for.
    pub(crate) fn step<M: Module>(&mut self, module: &mut M, gradients: &mut Gradients, rate: f64) {
        self.steps += 1;
        let rule = self.rule(rate);
        let mut step = Step {
            adam: self,
            rule,
            gradients,
            at: 0,
        };
        *module = module.clone().map(&mut step);
    }

    /// `module` with the average of its weights over the last steps.
    ///
    /// # Panics
    /// If `module` has not the parameters of the one this optimiser was made for.
    pub(crate) fn averaged<M: Module>(&self, module: M) -> M {
        module.map(&mut Filled(&self.average))
    }

    /// The rows of numbers that change from step to step, by name.
    pub(crate) fn state(&self) -> [(&'static str, &Vec<f32>); 4] {
        [
            ("first_moment", &self.first_moment),
            ("second_moment", &self.second_moment),
            ("largest_moment", &self.largest_moment),
            ("average", &self.average),
        ]
    }

    /// Sets the number of steps taken, and gives the rows that belong to it, to be filled.
    pub(crate) fn resume_at(&mut self, steps: usize) -> [(&'static str, &mut Vec<f32>); 4] {
        self.steps = steps as u32;
        [
            ("first_moment", &mut self.first_moment),
            ("second_moment", &mut self.second_moment),
            ("largest_moment", &mut self.largest_moment),
            ("average", &mut self.average),
        ]
    }

    fn rule(&self, rate: f64) -> Rule {
        let corrected = |beta: f64| 1.0 - beta.powf(f64::from(self.steps));
        Rule {
            rate: (rate / corrected(BETA1)) as f32,
            root: corrected(BETA2).sqrt().recip() as f32,
            share: self.share as f32,
        }
    }
}

/// Numbers of a step that are the same for all parameters.
#[derive(Clone, Copy)]
struct Rule {
    /// η/(1 − β₁ᵗ).
    rate: f32,
    /// 1/√(1 − β₂ᵗ).
    root: f32,
    share: f32,
}

/// One tensor of parameters, and all that goes with it.
struct Slices<'a> {
    weight: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    /// Empty for Adam.
    largest: &'a mut [f32],
    average: &'a mut [f32],
}

impl Rule {
    /// The step of one tensor, its gradient shortened by the factor `scale`.
    fn apply(self, slices: Slices, scale: f32) {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || self.walk(slices, scale),
        );
    }

    #[inline(always)]
    fn walk(self, slices: Slices, scale: f32) {
        let Slices {
            weight,
            gradient,
            first,
            second,
            largest,
            average,
        } = slices;
        let n = weight.len();
        // Equal lengths, once and for all: the loop below is then free of checks.
        let (gradient, first, second, average) = (&gradient[..n], &mut first[..n], &mut second[..n], &mut average[..n]);
        let moments = |g: f32, m: f32, v: f32| {
            let (beta1, beta2) = (BETA1 as f32, BETA2 as f32);
            (
                beta1 * m + (1.0 - BETA1) as f32 * g,
                beta2 * v + (1.0 - BETA2) as f32 * (g * g),
            )
        };
        let moved = |w: f32, m: f32, v: f32| w - self.rate * m / (v.sqrt() * self.root + EPSILON as f32);
        let mixed = |a: f32, w: f32| a * (1.0 - self.share) + w * self.share;
        if largest.is_empty() {
            for i in 0..n {
                (first[i], second[i]) = moments(gradient[i] * scale, first[i], second[i]);
                weight[i] = moved(weight[i], first[i], second[i]);
                average[i] = mixed(average[i], weight[i]);
            }
        } else {
            let largest = &mut largest[..n];
            for i in 0..n {
                (first[i], second[i]) = moments(gradient[i] * scale, first[i], second[i]);
                largest[i] = largest[i].max(second[i]);
                weight[i] = moved(weight[i], first[i], largest[i]);
                average[i] = mixed(average[i], weight[i]);
            }
        }
    }
}

/// ‖g‖, by lanes.
fn norm(gradient: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for chunk in gradient.chunks(LANES) {
        for (lane, g) in lanes.iter_mut().zip(chunk) {
            *lane += g * g;
        }
    }
    lanes.iter().sum::<f32>().sqrt()
}

/// Takes a step tensor by tensor.
struct Step<'a> {
    adam: &'a mut Adam,
    rule: Rule,
    gradients: &'a mut Gradients,
    /// The first parameter of the tensor at hand.
    at: usize,
}

impl Step<'_> {
    /// The step of the parameters from `at` on, their gradient shortened by the factor `scale`.
    fn apply(&mut self, weight: &mut [f32], gradient: &[f32], at: usize, scale: f32) {
        let range = at..at + weight.len();
        let slices = Slices {
            weight,
            gradient,
            first: &mut self.adam.first_moment[range.clone()],
            second: &mut self.adam.second_moment[range.clone()],
            largest: self.adam.largest_moment.get_mut(range.clone()).unwrap_or_default(),
            average: &mut self.adam.average[range],
        };
        self.rule.apply(slices, scale);
    }

    /// The blocks of the tensor that holds the parameters of `range`, counted from its first.
    fn blocks_in(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let ends = self.adam.blocks.iter().scan(0, |end, length| {
            *end += length;
            Some(*end - length..*end)
        });
        ends.filter(|block| range.start <= block.start && block.end <= range.end)
            .map(|block| block.start - range.start..block.end - range.start)
            .collect()
    }
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let range = self.at..self.at + tensor.shape().num_elements();
        self.at = range.end;
        let Some(gradient) = tensor.grad_remove(self.gradients) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let (shape, device) = (tensor.shape(), tensor.device());
        // The module before the step still holds the weights, which are copied; the gradient is nobody else's.
        let (mut weight, gradient) = (floats(tensor.inner()), gradient.into_data());
        let gradient = gradient.as_slice().expect("networks of this crate are f32");
        match self.adam.clip {
            None => self.apply(&mut weight, gradient, range.start, 1.0),
            Some(limit) => {
                for block in self.blocks_in(&range) {
                    let gradient = &gradient[block.clone()];
                    let scale = (limit as f32 / (norm(gradient) + f32::MIN_POSITIVE)).min(1.0);
                    self.apply(&mut weight[block.clone()], gradient, range.start + block.start, scale);
                }
            }
        }
        let tensor = Tensor::from_data(TensorData::new(weight, shape), &device).require_grad();
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// All parameters of a module in a row, and how many belong to each tensor.
#[derive(Default)]
struct Flattened {
    weights: Vec<f32>,
    lengths: Vec<usize>,
}

impl ModuleVisitor for Flattened {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let weights = floats(param.val());
        self.lengths.push(weights.len());
        self.weights.extend(weights);
    }
}

/// All parameters of a module in a row.
pub(crate) fn flattened<M: Module>(module: &M) -> Vec<f32> {
    let mut row = Flattened::default();
    module.visit(&mut row);
    row.weights
}

/// Puts the numbers of a row into a module, one after the other.
pub(crate) struct Filled<'a>(pub &'a [f32]);

impl ModuleMapper for Filled<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let (values, rest) = self.0.split_at(tensor.shape().num_elements());
        self.0 = rest;
        let data = TensorData::new(values.to_vec(), tensor.shape());
        let filled = Tensor::from_data(data, &tensor.device());
        let filled = if tensor.is_require_grad() {
            filled.require_grad()
        } else {
            filled
        };
        Param::from_mapped_value(id, filled, mapper)
    }
}

#[cfg(test)]
mod tests;
