//! Evaluates graphs of the few operators that estimators are made of, as their specification says: a second opinion on what
//! was written, without another program.
//!
//! It reads what this crate has written, and nothing else: an operator or a shape that is not among these is a broken invariant.

use std::collections::HashMap;

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};
use onnx_rs::ast::{Attribute, Graph, TensorProto};

/// The values of a graph, by name; all numbers are kept in double precision.
///
/// # Panics
/// If the graph is not one of this crate, or the inputs are not those that it takes.
pub(super) fn evaluate(graph: &Graph, inputs: &[(&str, ArrayD<f64>)]) -> HashMap<String, ArrayD<f64>> {
    let mut values: HashMap<String, ArrayD<f64>> = HashMap::new();
    values.extend(inputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    values.extend(
        graph
            .initializer
            .iter()
            .map(|tensor| (tensor.name().to_owned(), constant(tensor))),
    );
    for node in &graph.node {
        let inputs: Vec<&ArrayD<f64>> = node.input.iter().map(|name| &values[*name]).collect();
        let value = apply(node.op_type.as_str(), &inputs, &node.attribute);
        values.insert(node.output[0].to_owned(), value);
    }
    values
}

fn constant(tensor: &TensorProto) -> ArrayD<f64> {
    let singles = tensor
        .as_f32()
        .map(|numbers| numbers.iter().map(|n| f64::from(*n)).collect());
    let doubles = || tensor.as_f64().map(|numbers| numbers.to_vec());
    let integers = || {
        tensor
            .as_i64()
            .map(|numbers| numbers.iter().map(|n| *n as f64).collect())
    };
    let numbers: Vec<f64> = singles
        .or_else(doubles)
        .or_else(integers)
        .expect("a constant of numbers");
    let shape: Vec<usize> = tensor.dims().iter().map(|&axis| axis as usize).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), numbers).unwrap()
}

fn apply(operator: &str, of: &[&ArrayD<f64>], settings: &[Attribute]) -> ArrayD<f64> {
    let setting = |name| {
        settings
            .iter()
            .find(|setting| setting.name == name)
            .map(|setting| setting.i)
    };
    let sides = |name| {
        let setting = settings.iter().find(|setting| setting.name == name);
        let list = &setting.expect("a setting that is a list").ints;
        [list[0] as usize, list[1] as usize]
    };
    let list = |k: usize| of[k].iter().map(|&number| number as isize).collect::<Vec<_>>();
    let each = |f: fn(f64) -> f64| of[0].mapv(f);
    let flag = |is: bool| f64::from(u8::from(is));
    match operator {
        "Cast" => match setting("to") {
            Some(1) => each(|v| f64::from(v as f32)),
            _ => of[0].clone(),
        },
        "Tanh" => each(f64::tanh),
        "Sigmoid" => each(|v| 1.0 / (1.0 + (-v).exp())),
        "Softplus" => each(|v| v.max(0.0) + (-v.abs()).exp().ln_1p()),
        "Relu" => each(|v| v.max(0.0)),
        "LeakyRelu" => each(|v| if v > 0.0 { v } else { 0.01 * v }),
        "Elu" => each(|v| if v > 0.0 { v } else { v.exp_m1() }),
        "Selu" => each(|v| 1.050_700_987 * if v > 0.0 { v } else { 1.673_263_242 * v.exp_m1() }),
        "Neg" => each(|v| -v),
        "Abs" => each(f64::abs),
        "Sign" => each(|v| if v == 0.0 { 0.0 } else { v.signum() }),
        "Log" => each(f64::ln),
        "Exp" => each(f64::exp),
        "Sqrt" => each(f64::sqrt),
        "Sin" => each(f64::sin),
        "Cos" => each(f64::cos),
        "IsNaN" => of[0].mapv(|v| flag(v.is_nan())),
        "Add" => pairwise(of, |a, b| a + b),
        "Sub" => pairwise(of, |a, b| a - b),
        "Mul" => pairwise(of, |a, b| a * b),
        "Div" => pairwise(of, |a, b| a / b),
        "Min" => pairwise(of, f64::min),
        "Max" => pairwise(of, f64::max),
        "Mod" => pairwise(of, |a, b| a % b),
        "Equal" => pairwise(of, |a, b| f64::from(u8::from(a == b))),
        "Greater" => pairwise(of, |a, b| f64::from(u8::from(a > b))),
        "GreaterOrEqual" => pairwise(of, |a, b| f64::from(u8::from(a >= b))),
        "Or" => pairwise(of, f64::max),
        "Sum" => of[1..]
            .iter()
            .fold(of[0].clone(), |sum, value| pairwise(&[&sum, value], |a, b| a + b)),
        "Clip" => {
            let above = pairwise(&[of[0], of[1]], f64::max);
            pairwise(&[&above, of[2]], f64::min)
        }
        "Where" => {
            // Flags are 0 or 1, and what is not chosen may be NaN.
            let chosen = pairwise(&[of[0], of[1]], |flag, a| if flag == 1.0 { a } else { f64::INFINITY });
            let other = pairwise(&[of[0], of[2]], |flag, b| if flag == 1.0 { f64::INFINITY } else { b });
            pairwise(&[&chosen, &other], |a, b| if a == f64::INFINITY { b } else { a })
        }
        "MatMul" => product(of[0], of[1]),
        "Gemm" => {
            let right = if setting("transB") == Some(1) {
                of[1].t().to_owned()
            } else {
                of[1].clone()
            };
            let product = product(of[0], &right);
            of.get(2)
                .map_or(product.clone(), |bias| pairwise(&[&product, bias], |a, b| a + b))
        }
        "Conv" => {
            assert_eq!(sides("pads"), [1, 1]);
            convolution(of, sides("strides"))
        }
        "AveragePool" => averages(of[0], sides("kernel_shape"), sides("strides")),
        "Transpose" => of[0].t().to_owned(),
        "ReduceSum" => {
            let axis = Axis(of[1][0] as usize);
            of[0].sum_axis(axis).insert_axis(axis)
        }
        "Squeeze" => of[0].clone().remove_axis(Axis(of[1][0] as usize)),
        "Concat" => {
            let parts: Vec<ArrayViewD<f64>> = of.iter().map(|part| part.view()).collect();
            ndarray::concatenate(Axis(setting("axis").unwrap() as usize), &parts).unwrap()
        }
        "Slice" => {
            let range = Slice::from(list(1)[0]..list(2)[0]);
            of[0].slice_axis(Axis(list(3)[0] as usize), range).to_owned()
        }
        "ArgMax" => first_largest(of[0]),
        "ArgMin" => first_largest(&of[0].mapv(|v| -v)),
        "GatherElements" => ArrayD::from_shape_fn(of[1].raw_dim(), |at| of[0][[at[0], of[1][&at] as usize]]),
        "Softmax" => {
            let terms = each(f64::exp);
            &terms / &terms.sum_axis(Axis(1)).insert_axis(Axis(1))
        }
        "Gather" => of[1].mapv(|index| of[0][index as usize]),
        "Reshape" => {
            let known: isize = list(1).iter().filter(|axis| **axis > 0).product();
            let open = of[0].len() / known as usize;
            let axis = |axis: &isize| if *axis < 0 { open } else { *axis as usize };
            let shape: Vec<usize> = list(1).iter().map(axis).collect();
            of[0].to_shape(IxDyn(&shape)).unwrap().to_owned()
        }
        other => panic!("no rule for {other}"),
    }
}

fn product(a: &ArrayD<f64>, b: &ArrayD<f64>) -> ArrayD<f64> {
    let [a, b] = [a, b].map(|matrix| matrix.view().into_dimensionality::<ndarray::Ix2>().unwrap());
    a.dot(&b).into_dyn()
}

/// A 3 × 3 convolution with zeros beyond the edge, from maps `[n, c, h, w]`, weights `[f, c, 3, 3]` and biases `[f]`.
fn convolution(of: &[&ArrayD<f64>], strides: [usize; 2]) -> ArrayD<f64> {
    let [maps, weight, bias] = [of[0], of[1], of[2]];
    let (n, channels, filters) = (maps.shape()[0], maps.shape()[1], bias.len());
    let within = |at: usize, k: usize, side: usize| (at + k).checked_sub(1).filter(|place| *place < side);
    let sides = [0, 1].map(|k| (maps.shape()[2 + k] - 1) / strides[k] + 1);
    ArrayD::from_shape_fn(vec![n, filters, sides[0], sides[1]], |at| {
        let patch = (0..channels).flat_map(|c| (0..3).flat_map(move |i| (0..3).map(move |j| [c, i, j])));
        let terms = patch.filter_map(|[c, i, j]| {
            let row = within(at[2] * strides[0], i, maps.shape()[2])?;
            let column = within(at[3] * strides[1], j, maps.shape()[3])?;
            Some(maps[[at[0], c, row, column]] * weight[[at[1], c, i, j]])
        });
        bias[[at[1]]] + terms.sum::<f64>()
    })
}

/// Means over windows that lie side by side, `[n, c, h, w]`.
fn averages(maps: &ArrayD<f64>, window: [usize; 2], strides: [usize; 2]) -> ArrayD<f64> {
    assert_eq!(window, strides);
    let [height, width] = window;
    let shape = maps.shape();
    ArrayD::from_shape_fn(vec![shape[0], shape[1], shape[2] / height, shape[3] / width], |at| {
        let places = (0..height).flat_map(|i| (0..width).map(move |j| [i, j]));
        let seen = places.map(|[i, j]| maps[[at[0], at[1], at[2] * height + i, at[3] * width + j]]);
        seen.sum::<f64>() / (height * width) as f64
    })
}

/// The place of the largest number of each row, the first of equal ones.
fn first_largest(of: &ArrayD<f64>) -> ArrayD<f64> {
    let place = |row: ArrayViewD<f64>| {
        let larger = |best: usize, k: usize| if row[k] > row[best] { k } else { best };
        (1..row.len()).fold(0, larger) as f64
    };
    let places = of.rows().into_iter().map(|row| place(row.into_dyn()));
    let places: Vec<f64> = places.collect();
    ArrayD::from_shape_vec(IxDyn(&[places.len(), 1]), places).unwrap()
}

/// A function of two values, either of which may have fewer rows or columns.
fn pairwise(of: &[&ArrayD<f64>], f: impl Fn(f64, f64) -> f64) -> ArrayD<f64> {
    let [a, b] = [of[0], of[1]];
    let rank = a.ndim().max(b.ndim());
    let axis = |array: &ArrayD<f64>, k: usize| match (k + array.ndim()).checked_sub(rank) {
        Some(own) => array.shape()[own],
        None => 1,
    };
    let shape: Vec<usize> = (0..rank).map(|k| axis(a, k).max(axis(b, k))).collect();
    let [a, b] = [a, b].map(|array| array.broadcast(IxDyn(&shape)).expect("values of matching shapes"));
    ArrayD::from_shape_vec(IxDyn(&shape), a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()).unwrap()
}
