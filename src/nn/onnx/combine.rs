//! From the answers of the members to those of the whole.

use super::NetworkOutputs;
use crate::onnx::graph::{Graph, Value};

/// Meanings of the outputs, in words.
pub(super) struct Meanings {
    /// Name of the first output: `log_r` or `log_p`.
    pub name: &'static str,
    pub log: String,
    pub score: String,
}

/// Makes the answers outputs: of one member as they are, of several their mean and spread.
pub(super) fn outputs(graph: &mut Graph, answers: &[NetworkOutputs], p: usize, meanings: &Meanings) {
    let all = |part: fn(&NetworkOutputs) -> &Option<Value>| -> Vec<&Value> {
        answers.iter().filter_map(|answer| part(answer).as_ref()).collect()
    };
    let logs = all(|answer| &answer.log);
    if !logs.is_empty() {
        let Meanings { name, log: meaning, .. } = meanings;
        let (mean, spread) = mean_and_spread(graph, &logs);
        let mean = without_columns(graph, &mean);
        graph.output(name, &mean, None, meaning);
        if let Some(spread) = spread {
            let spread = without_columns(graph, &spread);
            graph.output(&format!("{name}_spread"), &spread, None, &spread_of(name));
            let members: Vec<Value> = logs.iter().map(|&value| value.clone()).collect();
            let members = graph.beside(&members);
            graph.output(
                &format!("{name}_members"),
                &members,
                Some(answers.len()),
                &format!("{meaning}; of each member"),
            );
        }
    }
    let scores = all(|answer| &answer.score);
    if !scores.is_empty() {
        let (mean, spread) = mean_and_spread(graph, &scores);
        graph.output("score", &mean, Some(p), &meanings.score);
        if let Some(spread) = spread {
            graph.output("score_spread", &spread, Some(p), &spread_of("score"));
        }
    }
}

fn spread_of(what: &str) -> String {
    format!("standard deviation of {what} over the members; its own error is another matter")
}

/// `[n, 1]` → `[n]`.
fn without_columns(graph: &mut Graph, value: &Value) -> Value {
    let axis = graph.integers(&[1]);
    graph.apply("Squeeze", &[value, &axis])
}

fn mean_and_spread(graph: &mut Graph, members: &[&Value]) -> (Value, Option<Value>) {
    if let [only] = members {
        return ((*only).clone(), None);
    }
    let [count, freedom] = [0.0, 1.0].map(|less| graph.doubles(&[1, 1], &[members.len() as f64 - less]));
    let sum = graph.apply("Sum", members);
    let mean = graph.apply("Div", &[&sum, &count]);
    let squares: Vec<Value> = members
        .iter()
        .map(|member| {
            let deviation = graph.apply("Sub", &[member, &mean]);
            graph.apply("Mul", &[&deviation, &deviation])
        })
        .collect();
    let squares = graph.apply("Sum", &squares.iter().collect::<Vec<_>>());
    let variance = graph.apply("Div", &[&squares, &freedom]);
    (mean, Some(graph.apply("Sqrt", &[&variance])))
}
