//! The rules of differentiation, one by one, against central differences.

use super::*;

type Rule = fn(Dual) -> Dual;

/// A constant of the shape of `like`, between 0.5 and 1.5.
fn constant(like: &Dual) -> Dual {
    let [_, n, w] = like.value().dims();
    let values = (0..n * w).map(|i| 0.5 + (0.618_034 * i as f64).fract());
    Dual::constant(rows(values.collect(), w, &like.value().device()))
}

fn mask(like: &Dual) -> Tensor<3> {
    constant(like)
        .value()
        .clone()
        .greater_elem(1.0)
        .float()
        .cast(DType::F64)
}

fn positive(theta: Dual) -> Dual {
    theta.square().shift(0.3)
}

const RULES: [(&str, Rule); 28] = [
    ("add", |t| t.clone() + t.square()),
    ("add a constant", |t| t.clone() + constant(&t)),
    ("add to a constant", |t| constant(&t) + t),
    ("sub", |t| t.clone() - t.square()),
    ("sub a constant", |t| t.clone() - constant(&t)),
    ("sub from a constant", |t| constant(&t) - t),
    ("mul", |t| t.clone() * t.square()),
    ("mul by a constant", |t| t.clone() * constant(&t)),
    ("mul a constant", |t| constant(&t) * t),
    ("mul by a column", |t| t.clone() * t.sum_rows()),
    ("div", |t| t.clone() / positive(t)),
    ("div by a constant", |t| t.clone() / constant(&t)),
    ("div a constant", |t| constant(&t) / positive(t)),
    ("exp", Differentiable::exp),
    ("ln", |t| positive(t).ln()),
    ("square", Differentiable::square),
    ("scale and shift", |t| t.scale(-1.7).shift(0.4)),
    ("tanh", |t| t.activate(Activation::Tanh)),
    ("silu", |t| t.activate(Activation::Silu)),
    ("softplus", Differentiable::softplus),
    ("bounded", |t| t.scale(3.0).bounded(2.0)),
    ("sum", Differentiable::sum_rows),
    ("softmax", |t| t.scale(2.0).softmax_rows()),
    ("log sum exp", Differentiable::log_sum_exp_rows),
    ("pick", |t| {
        t.clone().square().pick(&Dual::constant(mask(&t).squeeze_dim(0)))
    }),
    ("columns and beside", |t| {
        t.columns(1, 3).square().beside(constant(&t)).beside(t.columns(0, 1))
    }),
    ("rows of another length", |t| t.square().in_rows_of(1)),
    ("choice", |t| {
        let mask = mask(&t).greater_elem(0.5);
        let one_way = t.clone().square().or_where_not(&mask, constant(&t));
        let other_way = constant(&t).or_where_not(&mask, t.clone().exp());
        one_way * other_way + t.clone().or_where_not(&mask, t.square())
    }),
];

/// Three columns made of `p` parameters: the parameters themselves, or sums of them.
fn columns(theta: Dual) -> Dual {
    match theta.value().dims() {
        [_, _, 3] => theta,
        [_, _, p] => {
            let matrix = scattered(p, 3, 1.0, 6, &theta.value().device());
            theta.matmul(matrix)
        }
    }
}

/// One tensor for each parameter.
fn slices(tangents: Option<Tensor<3>>) -> Vec<Tensor<3>> {
    let tangents = tangents.unwrap();
    (0..tangents.dims()[0])
        .map(|j| tangents.clone().narrow(0, j, 1))
        .collect()
}

#[test]
fn every_rule_is_the_derivative() {
    let device = Device::flex();
    for (p, (name, rule)) in [1, 3].into_iter().flat_map(|p| RULES.map(|rule| (p, rule))) {
        let theta = scattered(8, p, 1.0, 1, &device);
        let (value, tangents) = rule(columns(Dual::parameters(theta.clone()))).into_parts();
        let plain = |theta| doubles(rule(columns(Dual::constant(theta))).into_value());
        assert_eq!(doubles(value), plain(theta.clone()), "{name}");
        let tangents = slices(tangents);
        assert_eq!(tangents.len(), p, "{name}");
        for (j, tangent) in tangents.into_iter().enumerate() {
            let expected = difference(plain, &theta, j);
            assert_all_close(&doubles(tangent), &expected, FINITE_DIFFERENCE, name);
        }
    }
}

#[test]
fn a_layer_maps_value_and_tangents() {
    let device = Device::flex();
    let theta = scattered(8, 3, 1.0, 1, &device);
    let [weight, bias] = [scattered(3, 4, 1.0, 2, &device), scattered(1, 4, 1.0, 3, &device)];
    let layer = |theta: Dual| theta.affine(weight.clone(), bias.clone().squeeze_dim(0)).square();
    let (_, tangents) = layer(Dual::parameters(theta.clone())).into_parts();
    for (j, tangent) in slices(tangents).into_iter().enumerate() {
        let expected = difference(|theta| doubles(layer(Dual::constant(theta)).into_value()), &theta, j);
        assert_all_close(&doubles(tangent), &expected, FINITE_DIFFERENCE, "layer");
    }
}

#[test]
fn burn_differentiates_the_tangents_once_more() {
    let device = Device::flex().autodiff();
    for (p, (name, rule)) in [1, 3].into_iter().flat_map(|p| RULES.map(|rule| (p, rule))) {
        let theta = scattered(8, p, 1.0, 1, &device).require_grad();
        let energy = |theta: Tensor<2>| {
            let (value, tangents) = rule(columns(Dual::parameters(theta))).into_parts();
            value.sum() + tangents.unwrap().square().sum()
        };
        let gradient = theta.grad(&energy(theta.clone()).backward()).unwrap();
        // The energy is a sum over rows, so moving all rows at once gives the sum of a column of the gradient.
        for j in 0..p {
            let expected = difference(|theta| doubles(energy(theta)), &theta.clone().detach(), j);
            let found = doubles(gradient.clone().narrow(1, j, 1).sum());
            assert_all_close(&found, &expected, FINITE_DIFFERENCE, name);
        }
    }
}

#[test]
fn what_does_not_depend_on_theta_has_no_tangents() {
    let device = Device::flex();
    for (name, rule) in RULES {
        let (_, tangents) = rule(Dual::constant(scattered(8, 3, 1.0, 1, &device))).into_parts();
        assert!(tangents.is_none(), "{name}");
    }
}
