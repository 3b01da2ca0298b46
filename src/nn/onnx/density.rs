//! Conditional densities, as operators.

use super::counts::bins_in_graph;
use super::to_user;
use crate::density::{Classes, DensityConfig};
use crate::onnx::graph::{Graph, Value};
use crate::{Net, Network};
use motherlode_core::arrays::Precision;
use motherlode_core::error::{Error, Result};

/// ln p̂(x|θ), `[n, 1]`, and the score, `[n, p]`, both in user units and double precision, from the features of x, x itself in
/// user units and double precision, and the standardised θ.
pub(super) fn network_outputs(
    graph: &mut Graph,
    network: &Network,
    config: &DensityConfig,
    (features, x): (&Value, &Value),
    theta: &Value,
) -> Result<(Value, Value)> {
    let Net::Density(density) = &network.net else {
        return Err(Error::data("this network is no density"));
    };
    let scaling = &network.scaling;
    let x = match config {
        DensityConfig::Counts(config) => &bins_in_graph(graph, config, x),
        DensityConfig::Categorical(config) => &class_in_graph(graph, &config.classes, x),
        _ => features,
    };
    let (log_density, score) = density.in_graph(graph, x, theta, scaling.n_parameters());
    let volume = graph.doubles(&[1, 1], &[config.log_volume(scaling)]);
    let log_density = graph.cast(&log_density, Precision::Double);
    let log_density = graph.apply("Sub", &[&log_density, &volume]);
    let score = graph.beside(&score);
    Ok((log_density, to_user(graph, scaling, &score)))
}

/// See [`Classes::class_of`]: the class of the nearest value, as a number, `[n, m]` → `[n, 1]` in single precision.
fn class_in_graph(graph: &mut Graph, classes: &Classes, x: &Value) -> Value {
    let values: Vec<&[f64]> = (0..classes.len()).filter_map(|class| classes.value_of(class)).collect();
    let m = values.first().map_or(0, |value| value.len());
    let squares: Vec<Value> = (0..m)
        .map(|column| {
            let values: Vec<f64> = values.iter().map(|value| graph.as_given(value[column])).collect();
            let values = graph.doubles(&[1, values.len()], &values);
            let x = graph.columns(x, column..column + 1);
            let distance = graph.apply("Sub", &[&x, &values]);
            graph.apply("Mul", &[&distance, &distance])
        })
        .collect();
    let squares = graph.apply("Sum", &squares.iter().collect::<Vec<_>>());
    let class = graph.apply_with("ArgMin", &[&squares], &[("axis", 1)]);
    graph.cast(&class, Precision::Single)
}
