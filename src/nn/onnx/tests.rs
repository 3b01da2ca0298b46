//! Graphs say what the networks say that they were made of.

use std::collections::HashMap;

use burn::tensor::Device;
use ndarray::{Array2, ArrayD, ArrayView2, Axis, array};

use super::interpreter::evaluate;
use super::*;
use crate::density::{CategoricalConfig, Classes, CountsConfig, DensityConfig, FlowConfig, MixtureConfig, Transform};
use crate::input::{InputPlan, Inputs};
use crate::network::{DeepSetConfig, EncodedMlpConfig, MlpConfig, QuadraticConfig, ResidualCnnConfig};
use crate::onnx::graph::Graph;
use crate::testing::ACTIVATIONS;
use crate::{Activation, Expansion, Scaling};

/// Absolute, and relative where answers are larger than 1: networks compute in f32, the interpreter in f64.
const SINGLE: f64 = 1e-5;
const THETA0: [f64; 2] = [0.3, 12.0];
const THETA1: [f64; 2] = [-0.4, 9.0];

fn perceptron(inputs: usize, hidden: &[usize], outputs: usize, activation: Activation) -> MlpConfig {
    MlpConfig {
        inputs,
        hidden: hidden.to_vec(),
        outputs,
        activation,
    }
}

/// Three observables of very different sizes.
fn observations() -> Array2<f64> {
    let wave = |i: usize, j: usize| ((7 * i + 3 * j) as f64).sin();
    Array2::from_shape_fn((40, 3), |(i, j)| {
        [0.0, 125.0, -1e4][j] + [1.0, 3.0, 1e3][j] * wave(i, j)
    })
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|k| format!("x{k}")).collect()
}

fn plain(x: ArrayView2<f64>) -> Inputs {
    InputPlan::default().fit(x, &names(x.ncols())).unwrap()
}

/// A network with weights and biases that are all different.
fn network(architecture: Architecture, inputs: Inputs) -> Network {
    let net = architecture.init(3, &Device::flex()).unwrap();
    let values = net.tensors().into_iter().flat_map(|tensor| tensor.values).enumerate();
    let scattered = values.map(|(k, value)| value + 0.3 * (2.0 * (k as f32 * 0.618_034).fract() - 1.0));
    let scattered: Vec<f32> = scattered.collect();
    Network {
        net: net.filled(&scattered),
        architecture,
        scaling: Scaling {
            inputs,
            theta_mean: vec![0.1, 10.0],
            theta_sd: vec![0.5, 3.0],
        },
    }
}

/// The outputs of a graph of the network: `log_r`, `[n, 1]`, and `score`.
fn in_graph(
    network: &Network,
    kind: &OutputKind,
    x: ArrayView2<f64>,
    thetas: &[&[f64]],
) -> HashMap<String, ArrayD<f64>> {
    let mut graph = Graph::new("test", Precision::Double);
    let input = graph.input("x", "n", x.ncols(), "");
    let names = ["theta0", "theta1"];
    let hypotheses: Vec<Value> = (0..thetas.len())
        .map(|k| graph.input(names[k], "n_theta", 2, ""))
        .collect();
    let answer = network_outputs(&mut graph, network, kind, &input, &hypotheses).unwrap();
    for (name, value) in [("log_r", &answer.log), ("score", &answer.score)] {
        value.iter().for_each(|value| graph.output(name, value, Some(1), ""));
    }
    let bytes = graph.encode();
    let model = onnx_rs::parse(&bytes).unwrap();
    let rows = |theta: &[f64]| ArrayD::from_shape_vec(vec![1, 2], theta.to_vec()).unwrap();
    let mut inputs = vec![("x", x.to_owned().into_dyn())];
    inputs.extend(names.into_iter().zip(thetas.iter().map(|theta| rows(theta))));
    evaluate(model.graph.as_ref().unwrap(), &inputs)
}

#[track_caller]
fn assert_close(found: &ArrayD<f64>, expected: ArrayView2<f64>, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let limit = SINGLE * expected.abs().max(1.0);
        assert!((found - expected).abs() <= limit, "{what}: {found} against {expected}");
    }
}

const RATIO: OutputKind = OutputKind::Ratio {
    only: None,
    knows_score: true,
};

/// The ratio and the score of a network, by the graph and by the network itself.
fn check_ratio(network: &Network, what: &str) {
    let x = observations();
    let (expected, score) = network.values_and_gradients(x.view(), &[&THETA0]).unwrap();
    let found = in_graph(network, &RATIO, x.view(), &[&THETA0]);
    assert_close(&found["log_r"], expected.to_shape((40, 1)).unwrap().view(), what);
    assert_close(&found["score"], score.view(), what);
}

#[test]
fn perceptrons_of_all_activations_answer_the_same() {
    let x = observations();
    for activation in ACTIVATIONS {
        for hidden in [&[7][..], &[6, 5, 4]] {
            let architecture = Architecture::Perceptron(perceptron(5, hidden, 1, activation));
            check_ratio(
                &network(architecture, plain(x.view())),
                &format!("{activation:?} {hidden:?}"),
            );
        }
    }
}

/// A flow of small networks.
fn flow(transform: Transform, hidden: &[usize], layers: usize) -> DensityConfig {
    DensityConfig::Flow(FlowConfig {
        transform,
        hidden: hidden.to_vec(),
        layers,
        activation: Activation::Tanh,
        ..FlowConfig::affine(3, 2)
    })
}

/// The log density and the score of a network, by the graph and by the network itself.
fn check_density(config: DensityConfig, x: ArrayView2<f64>) {
    let what = format!("{config:?}");
    let volume = |network: &Network| network.architecture.log_volume(&network.scaling);
    let network = network(Architecture::Density(config), plain(x));
    let (expected, score) = network.values_and_gradients(x, &[&THETA0]).unwrap();
    let expected = expected.mapv(|log| log - volume(&network)).insert_axis(Axis(1));
    let found = in_graph(&network, &OutputKind::Density, x, &[&THETA0]);
    assert_close(&found["log_r"], expected.view(), &what);
    assert_close(&found["score"], score.view(), &what);
}

#[test]
fn flows_answer_the_same() {
    let x = observations();
    let spline = Transform::Spline { bins: 5, bound: 1.2 };
    for (transform, hidden, layers) in [
        (Transform::Affine, &[6, 5][..], 3),
        (Transform::Unbounded, &[6], 2),
        // Many observables lie beyond the bound.
        (spline, &[6], 2),
        (spline, &[], 1),
    ] {
        check_density(flow(transform, hidden, layers), x.view());
    }
}

#[test]
fn mixtures_answer_the_same() {
    let x = observations();
    for (m, components) in [(1, 4), (3, 1), (3, 3)] {
        let config = MixtureConfig {
            components,
            hidden: vec![6, 5],
            ..MixtureConfig::new(m, 2)
        };
        let columns: Vec<usize> = (0..m).collect();
        check_density(DensityConfig::Mixture(config), x.select(Axis(1), &columns).view());
    }
}

/// Also of values that were never seen, whose class is that of the nearest.
#[test]
fn classes_answer_the_same() {
    let seen = [
        array![[3.0], [-1.0], [0.0], [2.0]],
        array![[1.0, 0.5], [0.0, 2.0], [1.0, -0.5], [7.0, 0.5]],
    ];
    for seen in seen {
        let config = CategoricalConfig {
            hidden: vec![6],
            ..CategoricalConfig::new(Classes::of(seen.view()).unwrap(), 2)
        };
        let shifted = seen.mapv(|value| 1.1 * value - 0.3);
        let x = ndarray::concatenate(Axis(0), &[seen.view(), shifted.view()]).unwrap();
        check_density(DensityConfig::Categorical(config), x.view());
    }
}

#[test]
fn counts_answer_the_same() {
    let config = CountsConfig {
        hidden: vec![6],
        ..CountsConfig::new(0.0, 3_000.0, 2)
    };
    let x = array![[0.0], [1.0], [2.0], [17.0], [300.0], [2_981.0]];
    check_density(DensityConfig::Counts(config), x.view());
    let signed = CountsConfig {
        hidden: vec![6],
        ..CountsConfig::new(-40.0, 900.0, 2)
    };
    check_density(
        DensityConfig::Counts(signed),
        array![[-40.0], [-1.0], [0.0], [5.0]].view(),
    );
}

/// A network without hidden layers is linear: its gradient is the difference of its answers.
#[test]
fn a_linear_network_has_its_weights_for_a_score() {
    let x = observations();
    let network = network(
        Architecture::Perceptron(perceptron(5, &[], 1, Activation::Tanh)),
        plain(x.view()),
    );
    let at = |theta: [f64; 2]| in_graph(&network, &RATIO, x.view(), &[&theta]);
    let [here, there] = [THETA0, [THETA0[0] + 1.0, THETA0[1]]].map(at);
    let difference = (&there["log_r"] - &here["log_r"]).into_dimensionality().unwrap();
    let score = here["score"].select(Axis(1), &[0]);
    assert_eq!(here["score"].shape(), [40, 2]);
    assert_close(&score, difference.view(), "slope");
}

#[test]
fn heads_and_sets_answer_the_same() {
    let x = observations();
    let like = perceptron(0, &[6, 5], 1, Activation::Silu);
    for origin in [None, Some(vec![0.4, -1.3])] {
        let config = QuadraticConfig::new(3, 2, origin, &like);
        check_ratio(&network(Architecture::Quadratic(config), plain(x.view())), "quadratic");
    }
    for absent in [None, Some(1)] {
        let set = DeepSetConfig {
            inputs: 5,
            first: 1,
            particles: 2,
            features: 2,
            absent,
            hidden: vec![4],
            width: 3,
            activation: Activation::Tanh,
        };
        let config = EncodedMlpConfig::new(EncoderConfig::DeepSet(set), 5, 2, like.clone()).unwrap();
        // The last two observables are two particles; some events lack one or both.
        let mut x = observations();
        x.column_mut(2).iter_mut().take(10).for_each(|value| *value = f64::NAN);
        x.column_mut(1)
            .iter_mut()
            .skip(5)
            .take(10)
            .for_each(|value| *value = f64::NAN);
        let network = network(Architecture::Encoded(config), plain(x.view()));
        let (expected, score) = network.values_and_gradients(x.view(), &[&THETA0]).unwrap();
        let found = in_graph(&network, &RATIO, x.view(), &[&THETA0]);
        assert_close(&found["log_r"], expected.to_shape((40, 1)).unwrap().view(), "set");
        assert_close(&found["score"], score.view(), "set");
    }
}

/// Two channels of 8 × 12 pixels between two other observables, with steep and with gentle transforms, which the pixels of a
/// channel share.
#[test]
fn images_answer_the_same() {
    let (pixels, n) = (8 * 12, 20);
    let m = 1 + 2 * pixels + 1;
    let x = Array2::from_shape_fn((n, m), |(i, j)| {
        let t = ((31 * i + 7 * j) as f64 * 0.618_034).fract() - 0.5;
        if (1..=pixels).contains(&j) {
            3.0 * t
        } else {
            1e4 * t.powi(3)
        }
    });
    let channels = [1, 1 + pixels].map(|first| names(m)[first..first + pixels].to_vec());
    let plan = InputPlan {
        transforms: names(m)[1 + pixels..]
            .iter()
            .map(|name| (name.clone(), "signed-log".parse().unwrap()))
            .collect(),
        together: channels.to_vec(),
        ..InputPlan::default()
    };
    let inputs = plan.fit(x.view(), &names(m)).unwrap();
    for (cells, blocks) in [([2, 3], 2), ([1, 1], 0)] {
        let cnn = ResidualCnnConfig {
            inputs: m,
            first: 1,
            image: [2, 8, 12],
            filters: 3,
            blocks,
            cells,
            width: 4,
            activation: Activation::Silu,
        };
        let like = perceptron(0, &[6], 1, Activation::Silu);
        let config = EncodedMlpConfig::new(EncoderConfig::ResidualCnn(cnn), m, 2, like).unwrap();
        let network = network(Architecture::Encoded(config), inputs.clone());
        let (expected, score) = network.values_and_gradients(x.view(), &[&THETA0]).unwrap();
        let found = in_graph(&network, &RATIO, x.view(), &[&THETA0]);
        assert_close(&found["log_r"], expected.to_shape((n, 1)).unwrap().view(), "image");
        assert_close(&found["score"], score.view(), "image");
    }
}

/// Pixels share the operators of their transform: as many as one pixel needs.
#[test]
fn the_size_of_a_graph_does_not_grow_with_the_image() {
    let nodes = |m: usize| {
        let x = Array2::from_shape_fn((40, m), |(i, j)| ((i + 40 * j) as f64 * 0.618_034).fract().powi(7));
        let plan = InputPlan {
            transforms: names(m)
                .into_iter()
                .map(|name| (name, "quantile".parse().unwrap()))
                .collect(),
            together: vec![names(m)],
            ..InputPlan::default()
        };
        let mut graph = Graph::new("test", Precision::Double);
        let input = graph.input("x", "n", m, "");
        let features = plan
            .fit(x.view(), &names(m))
            .unwrap()
            .in_graph(&mut graph, &input)
            .features;
        graph.output("features", &features, Some(m), "");
        let bytes = graph.encode();
        onnx_rs::parse(&bytes).unwrap().graph.unwrap().node.len()
    };
    assert_eq!(nodes(4), nodes(64));
}

#[test]
fn ratios_of_two_hypotheses_have_the_score_of_the_first() {
    let x = observations();
    let architecture = Architecture::Antisymmetric {
        antisymmetric: perceptron(7, &[6, 5], 1, Activation::Tanh),
        n_parameters: 2,
    };
    let network = network(architecture, plain(x.view()));
    let expected = network.values(x.view(), &[&THETA0, &THETA1]).unwrap();
    let found = in_graph(&network, &OutputKind::RatioOfTwo, x.view(), &[&THETA0, &THETA1]);
    assert_close(&found["log_r"], expected.view(), "ratio");
    let (_, score) = network.values_and_gradients(x.view(), &[&THETA0, &THETA1]).unwrap();
    assert_close(&found["score"], score.view(), "score");
}

#[test]
fn scores_come_in_user_units() {
    let x = observations();
    for (kind, theta, inputs) in [
        (OutputKind::ScoreThere, &[][..], 3),
        (OutputKind::ScoreAnywhere, &[&THETA0[..]][..], 5),
    ] {
        let architecture = Architecture::Perceptron(perceptron(inputs, &[6], 2, Activation::Silu));
        let network = network(architecture, plain(x.view()));
        let expected = network.values(x.view(), theta).unwrap();
        let expected = network.scaling.score_to_user(expected.view());
        let found = in_graph(&network, &kind, x.view(), theta);
        assert_close(&found["score"], expected.view(), "score");
        assert!(!found.contains_key("log_r"));
    }
}

#[test]
fn expansions_answer_the_same_also_below_their_floor() {
    let x = observations();
    let expansion = Expansion {
        network: Box::new(Architecture::Perceptron(perceptron(3, &[6], 5, Activation::Silu))),
        theta_ref: vec![0.1, 8.0],
        scale: vec![4.0, 2.0, 5.0, 1.0, 0.3],
        rate: vec![0.3, -0.02, 0.8, 0.01, 0.06],
    };
    let network = network(Architecture::Expansion(expansion.clone()), plain(x.view()));
    let derivatives = network.values(x.view(), &[]).unwrap();
    let mut floored = 0;
    // On either side of the point, so that some ratio falls below the floor.
    for theta in [THETA0, [-0.1, 4.0]] {
        let expected = expansion.log_ratio(derivatives.view(), &theta);
        let score = expansion.score(derivatives.view(), &theta);
        floored += score
            .rows()
            .into_iter()
            .filter(|row| row.iter().all(|t| *t == 0.0))
            .count();
        let found = in_graph(&network, &RATIO, x.view(), &[&theta]);
        assert_close(&found["log_r"], expected.to_shape((40, 1)).unwrap().view(), "ratio");
        assert_close(&found["score"], score.view(), "score");
    }
    assert!((1..80).contains(&floored), "{floored}");
}

/// All transforms, with missing values where training events had them.
#[test]
fn transforms_are_part_of_the_graph() {
    let rows = 200;
    let x = Array2::from_shape_fn((rows, 6), |(i, j)| {
        let t = (i as f64 * 0.618_034).fract() - 0.5;
        match j {
            0 => 1e5 * t.powi(5),
            1 => (3.0 * t).exp(),
            2 => 400.0 * t,
            3 => f64::from(u8::try_from(i % 3).unwrap()),
            4 if i % 4 == 0 => -999.0,
            4 => 40.0 * t,
            _ => 2.5,
        }
    });
    let plan = InputPlan {
        transforms: ["signed-log", "quantile", "angle:360", "categorical"]
            .iter()
            .enumerate()
            .map(|(k, kind)| (format!("x{k}"), kind.parse().unwrap()))
            .collect(),
        missing: [("x4".to_owned(), -999.0)].into(),
        ..InputPlan::default()
    };
    let inputs = plan.fit(x.view(), &names(6)).unwrap();
    let n_features = inputs.n_features();
    assert_eq!(n_features, 1 + 1 + 2 + 3 + 2 + 1);
    let architecture = Architecture::Perceptron(perceptron(n_features + 2, &[8], 1, Activation::Silu));
    let network = network(architecture, inputs);
    // Beyond what was seen, too.
    let wider = x.mapv(|value| if value == -999.0 { f64::NAN } else { 1.3 * value + 0.1 });
    let mut unknown = x.clone();
    unknown.column_mut(3).fill(7.0);
    for x in [x.clone(), wider, unknown] {
        let expected = network.values(x.view(), &[&THETA0]).unwrap();
        let found = in_graph(&network, &RATIO, x.view(), &[&THETA0]);
        assert_close(&found["log_r"], expected.view(), "transformed");
    }
    let mut refused = x.select(Axis(0), &[0, 1, 2, 3]);
    (refused[[0, 0]], refused[[1, 4]], refused[[2, 1]]) = (f64::INFINITY, f64::NEG_INFINITY, f64::NAN);
    let found = in_graph(&network, &RATIO, refused.view(), &[&THETA0]);
    let nan: Vec<bool> = found["log_r"].iter().map(|value| value.is_nan()).collect();
    assert_eq!(nan, [true, true, true, false]);
    assert!(found["score"].index_axis(Axis(0), 0).iter().all(|value| value.is_nan()));
    let found = in_graph(&network, &RATIO, x.view(), &[&[f64::NAN, 0.0]]);
    assert!(found["log_r"].iter().all(|value| value.is_nan()));
}

#[test]
fn members_are_averaged_and_their_spread_is_said() {
    let mut graph = Graph::new("test", Precision::Double);
    let x = graph.input("x", "n", 3, "");
    let mut answers = Vec::new();
    for column in 0..3 {
        let value = graph.columns(&x, column..column + 1);
        answers.push(NetworkOutputs {
            log: Some(value),
            score: None,
        });
    }
    let meanings = combine::Meanings {
        name: "log_r",
        log: String::new(),
        score: String::new(),
    };
    combine::outputs(&mut graph, &answers, 1, &meanings);
    let bytes = graph.encode();
    let model = onnx_rs::parse(&bytes).unwrap();
    let x = array![[1.0, 2.0, 6.0], [10.0, 8.0, 9.0]];
    let found = evaluate(model.graph.as_ref().unwrap(), &[("x", x.clone().into_dyn())]);
    // By hand, as in the test of ensembles.
    assert_eq!(found["log_r"], array![3.0, 9.0].into_dyn());
    assert_close(
        &found["log_r_spread"].clone().insert_axis(Axis(1)),
        array![[7.0_f64.sqrt()], [1.0]].view(),
        "spread",
    );
    assert_eq!(found["log_r_members"], x.into_dyn());
}
