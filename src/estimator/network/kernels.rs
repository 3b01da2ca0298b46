//! Activations as operations of the CPU backend: vectorised, with their own rules on the way back.
//!
//! The stock operations call the C library once an element, and again on the way back: half of a training step. Here
//! tanh is a ratio of polynomials (fitted by `tests/python/fit_tanh.py`; largest error 3.3e-7 in f32), the logistic
//! function is had from it, and the compiler vectorises the loops for the instruction set that `pulp` finds at run
//! time.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, binary, unary};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::Activation;

/// Whether the kernels serve this tensor: f32 on the CPU backend. Elsewhere the stock operations do.
pub(super) fn serve<const D: usize>(z: &Tensor<D>) -> bool {
    z.dtype() == DType::F32 && z.device().inner() == Device::flex()
}

/// h(z), elementwise.
pub(super) fn value<const D: usize>(z: Tensor<D>, activation: Activation) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as Elementwise>::value(z.into_dispatch(), activation))
}

/// h′(z) g, elementwise.
pub(super) fn slope<const D: usize>(z: Tensor<D>, g: Tensor<D>, activation: Activation) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as Elementwise>::slope(
        z.into_dispatch(),
        g.into_dispatch(),
        activation,
    ))
}

#[backend_extension(Flex, Autodiff)]
pub(super) trait Elementwise: Backend {
    fn value(z: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self>;
    fn slope(z: FloatTensor<Self>, g: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self>;
}

/// What the way back through [`Elementwise::slope`] needs; nothing goes back through this.
pub(super) trait Curvature: Backend {
    /// h″(z) g.
    fn curvature(z: FloatTensor<Self>, g: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self>;
}

impl Elementwise for Flex {
    fn value(z: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        match activation {
            Activation::Tanh => map(z, tanh),
            Activation::Silu => map(z, |z| z * logistic(z)),
            Activation::Softplus => map(z, |z| z.max(0.0) + (-z.abs()).exp().ln_1p()),
        }
    }

    fn slope(z: FloatTensor<Self>, g: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        match activation {
            Activation::Tanh => zip(z, g, |z, g| g * (1.0 - tanh(z).powi(2))),
            Activation::Silu => zip(z, g, |z, g| {
                let s = logistic(z);
                g * s * (1.0 + z * (1.0 - s))
            }),
            Activation::Softplus => zip(z, g, |z, g| g * logistic(z)),
        }
    }
}

impl Curvature for Flex {
    fn curvature(z: FloatTensor<Self>, g: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        match activation {
            Activation::Tanh => zip(z, g, |z, g| {
                let h = tanh(z);
                -2.0 * g * h * (1.0 - h * h)
            }),
            Activation::Silu => zip(z, g, |z, g| {
                let s = logistic(z);
                g * s * (1.0 - s) * (2.0 + z * (1.0 - 2.0 * s))
            }),
            Activation::Softplus => zip(z, g, |z, g| {
                let s = logistic(z);
                g * s * (1.0 - s)
            }),
        }
    }
}

impl<B: Elementwise + Curvature, C: CheckpointStrategy> Elementwise for Autodiff<B, C> {
    fn value(z: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Value;

        impl<B: Elementwise> Backward<B, 1> for Value {
            type State = (B::FloatTensorPrimitive, Activation);

            fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
                let (z, activation) = ops.state;
                unary::<B, _>(ops.parents, ops.node, grads, |up| B::slope(z, up, activation));
            }
        }

        match Value.prepare::<C>([z.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let z = z.into_primitive();
                prep.finish((z.clone(), activation), B::value(z, activation))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::value(z.into_primitive(), activation)),
        }
    }

    fn slope(z: FloatTensor<Self>, g: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Slope;

        impl<B: Elementwise + Curvature> Backward<B, 2> for Slope {
            type State = (B::FloatTensorPrimitive, B::FloatTensorPrimitive, Activation);

            fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
                let (z, g, activation) = ops.state;
                let at = z.clone();
                binary::<B, _, _>(
                    ops.parents,
                    ops.node,
                    grads,
                    |up| B::curvature(z, B::float_mul(g, up), activation),
                    |up| B::slope(at, up, activation),
                );
            }
        }

        match Slope.prepare::<C>([z.node(), g.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let (z, g) = (z.into_primitive(), g.into_primitive());
                prep.finish((z.clone(), g.clone(), activation), B::slope(z, g, activation))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::slope(z.into_primitive(), g.into_primitive(), activation)),
        }
    }
}

/// Beyond this the f32 tanh is ±1.
const LIMIT: f32 = 9.0;
const P: [f32; 5] = [
    0.999_999_98,
    0.133_810_19,
    0.003_495_579_7,
    2.060_894_4e-5,
    1.335_447_4e-8,
];
const Q: [f32; 5] = [1.0, 0.467_143_34, 0.025_876_95, 0.000_328_562_1, 7.776_480_5e-7];

#[inline(always)]
fn tanh(z: f32) -> f32 {
    let z = z.clamp(-LIMIT, LIMIT);
    let u = z * z;
    let p = P[0] + u * (P[1] + u * (P[2] + u * (P[3] + u * P[4])));
    let q = Q[0] + u * (Q[1] + u * (Q[2] + u * (Q[3] + u * Q[4])));
    z * p / q
}

/// σ(z) = ½ (1 + tanh ½z).
#[inline(always)]
fn logistic(z: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * z)
}

/// f of every element, in a new buffer: the old one is kept for the way back.
#[inline(always)]
fn map(z: FlexTensor, f: impl Fn(f32) -> f32) -> FlexTensor {
    let z = whole(z);
    let values = pulp::Arch::new().dispatch(
        #[inline(always)]
        || z.storage::<f32>().iter().map(|&z| f(z)).collect(),
    );
    from_values(values, &z)
}

/// f of every pair of elements.
#[inline(always)]
fn zip(z: FlexTensor, g: FlexTensor, f: impl Fn(f32, f32) -> f32) -> FlexTensor {
    let (z, g) = (whole(z), whole(g));
    let values = pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            z.storage::<f32>()
                .iter()
                .zip(g.storage::<f32>())
                .map(|(&z, &g)| f(z, g))
                .collect()
        },
    );
    from_values(values, &z)
}

fn from_values(values: Vec<f32>, like: &FlexTensor) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, like.shape()))
}

/// The tensor as the whole of a buffer, in order, so that two buffers can be walked side by side.
fn whole(x: FlexTensor) -> FlexTensor {
    let x = x.to_contiguous();
    if x.storage::<f32>().len() == x.layout().num_elements() {
        x
    } else {
        FlexTensor::from_data(x.into_data())
    }
}
