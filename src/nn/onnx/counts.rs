//! Counts as their density takes them, as operators.

use crate::density::CountsConfig;
use crate::onnx::graph::{Graph, Value};
use motherlode_core::arrays::Precision;

/// Middle and half the width of the bin of each count, and 0 where it is open below: `[n, 1]` in double precision → `[n, 3]` in single.
pub(super) fn bins_in_graph(graph: &mut Graph, config: &CountsConfig, x: &Value) -> Value {
    let [half, one, centre, scale] =
        [0.5, 1.0, config.centre, config.scale].map(|number| graph.doubles(&[1, 1], &[number]));
    let [below, above] = ["Sub", "Add"].map(|side| {
        let edge = graph.apply(side, &[x, &half]);
        let size = graph.apply("Abs", &[&edge]);
        let size = graph.apply("Add", &[&size, &one]);
        let log = graph.apply("Log", &[&size]);
        let sign = graph.apply("Sign", &[&edge]);
        let log = graph.apply("Mul", &[&log, &sign]);
        let log = graph.apply("Sub", &[&log, &centre]);
        graph.apply("Div", &[&log, &scale])
    });
    let parts = ["Add", "Sub"].map(|part| {
        let both = graph.apply(part, &[&above, &below]);
        graph.apply("Mul", &[&both, &half])
    });
    let least = graph.doubles(&[1, 1], &[config.least.unwrap_or(f64::NEG_INFINITY)]);
    let closed = graph.apply("Greater", &[x, &least]);
    let closed = graph.cast(&closed, Precision::Double);
    let [middle, width] = parts;
    let bins = graph.beside(&[middle, width, closed]);
    graph.cast(&bins, Precision::Single)
}
