//! Computations as other programs run them: graphs of operators in the Open Neural Network Exchange format.
//!
//! A graph is built value by value: each operator takes values and gives one. Which operators make a network is the
//! business of [`estimator`](crate).
//!
//! # Source
//! ONNX, operator set 17 (<https://onnx.ai/onnx/operators>), which ONNX Runtime reads from version 1.12 on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use motherlode_core::arrays::Precision;
use onnx_rs::ast;

/// The version of the operators.
const OPERATORS: i64 = 17;
/// The version of the messages, the one that came with these operators.
const MESSAGES: i64 = 8;

/// A result of an operator, an input, or a constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value(String);

/// A setting of an operator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Setting {
    /// Never zero: the encoder leaves zeros out, and some readers then miss them.
    Number(i64),
    List(Vec<i64>),
}

/// The settings of an operator, by name.
type Settings = Vec<(&'static str, Setting)>;

/// An operator, what it is applied to, and its settings: two that are equal give one value.
type Operation = (&'static str, Vec<String>, Settings);

/// A computation with named inputs and outputs.
///
/// Equal constants and equal results are kept once, so that networks may be put in again for another hypothesis; nodes that no
/// output needs are left out.
#[derive(Debug)]
pub(crate) struct Graph {
    name: String,
    precision: Precision,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    constants: Vec<Constant>,
    nodes: Vec<Node>,
    known: BTreeMap<Operation, Value>,
    metadata: Vec<(String, String)>,
}

/// An input or an output.
#[derive(Debug)]
struct Port {
    name: String,
    rows: &'static str,
    columns: Option<usize>,
    meaning: String,
}

#[derive(Debug)]
struct Node {
    operator: &'static str,
    name: String,
    inputs: Vec<String>,
    settings: Settings,
}

#[derive(Debug)]
struct Constant {
    name: String,
    shape: Vec<i64>,
    numbers: Numbers,
}

#[derive(Debug, PartialEq)]
enum Numbers {
    Singles(Vec<f32>),
    Doubles(Vec<f64>),
    Integers(Vec<i64>),
}

impl Graph {
    /// Creates an empty graph whose inputs and outputs have this precision.
    pub(crate) fn new(name: &str, precision: Precision) -> Self {
        Self {
            name: name.to_owned(),
            precision,
            inputs: Vec::new(),
            outputs: Vec::new(),
            constants: Vec::new(),
            nodes: Vec::new(),
            known: BTreeMap::new(),
            metadata: Vec::new(),
        }
    }

    /// An input, `[rows, columns]`, in double precision from here on; `rows` is the name of their number.
    pub(crate) fn input(&mut self, name: &str, rows: &'static str, columns: usize, meaning: &str) -> Value {
        self.inputs.push(Port {
            name: name.to_owned(),
            rows,
            columns: Some(columns),
            meaning: meaning.to_owned(),
        });
        self.cast(&Value(name.to_owned()), Precision::Double)
    }

    /// A number as an input has it, rounded to its precision: what equals it is recognised.
    pub(crate) fn as_given(&self, number: f64) -> f64 {
        match self.precision {
            Precision::Single => f64::from(number as f32),
            Precision::Double => number,
        }
    }

    /// Makes a value an output, `[n]` without `columns`, else `[n, columns]`.
    pub(crate) fn output(&mut self, name: &str, value: &Value, columns: Option<usize>, meaning: &str) {
        self.outputs.push(Port {
            name: name.to_owned(),
            rows: "n",
            columns,
            meaning: meaning.to_owned(),
        });
        let to = ("to", Setting::Number(data_type(self.precision) as i64));
        self.add(name.to_owned(), "Cast", &[value], vec![to]);
    }

    /// Says something about the whole.
    pub(crate) fn say(&mut self, key: &str, what: impl Into<String>) {
        self.metadata.push((key.to_owned(), what.into()));
    }

    /// A constant in single precision.
    pub(crate) fn singles(&mut self, shape: &[usize], numbers: &[f32]) -> Value {
        self.constant(shape, Numbers::Singles(numbers.to_vec()))
    }

    /// A constant in double precision.
    pub(crate) fn doubles(&mut self, shape: &[usize], numbers: &[f64]) -> Value {
        self.constant(shape, Numbers::Doubles(numbers.to_vec()))
    }

    /// A list of whole numbers.
    pub(crate) fn integers(&mut self, numbers: &[i64]) -> Value {
        self.constant(&[numbers.len()], Numbers::Integers(numbers.to_vec()))
    }

    fn constant(&mut self, shape: &[usize], numbers: Numbers) -> Value {
        let shape: Vec<i64> = shape.iter().map(|&axis| axis as i64).collect();
        let known = self
            .constants
            .iter()
            .find(|known| known.shape == shape && known.numbers == numbers);
        if let Some(known) = known {
            return Value(known.name.clone());
        }
        let name = format!("constant_{}", self.constants.len());
        self.constants.push(Constant {
            name: name.clone(),
            shape,
            numbers,
        });
        Value(name)
    }

    /// The result of an operator.
    pub(crate) fn apply(&mut self, operator: &'static str, to: &[&Value]) -> Value {
        self.apply_set(operator, to, vec![])
    }

    /// The result of an operator with settings, none of which is zero.
    pub(crate) fn apply_with(
        &mut self,
        operator: &'static str,
        to: &[&Value],
        settings: &[(&'static str, i64)],
    ) -> Value {
        let settings = settings.iter().map(|&(name, number)| (name, Setting::Number(number)));
        self.apply_set(operator, to, settings.collect())
    }

    /// The result of an operator whose settings are lists.
    pub(crate) fn apply_with_lists(
        &mut self,
        operator: &'static str,
        to: &[&Value],
        settings: &[(&'static str, &[i64])],
    ) -> Value {
        let settings = settings
            .iter()
            .map(|&(name, list)| (name, Setting::List(list.to_vec())));
        self.apply_set(operator, to, settings.collect())
    }

    fn apply_set(&mut self, operator: &'static str, to: &[&Value], settings: Settings) -> Value {
        let inputs = to.iter().map(|value| value.0.clone()).collect();
        let operation = (operator, inputs, settings);
        if let Some(known) = self.known.get(&operation) {
            return known.clone();
        }
        let name = format!("{}_{}", operator.to_lowercase(), self.nodes.len());
        let value = self.add(name, operator, to, operation.2.clone());
        self.known.insert(operation, value.clone());
        value
    }

    fn add(&mut self, name: String, operator: &'static str, to: &[&Value], settings: Settings) -> Value {
        self.nodes.push(Node {
            operator,
            name: name.clone(),
            inputs: to.iter().map(|value| value.0.clone()).collect(),
            settings,
        });
        Value(name)
    }

    /// A value, or flags as 0 and 1, in another precision.
    pub(crate) fn cast(&mut self, value: &Value, precision: Precision) -> Value {
        let to = ("to", data_type(precision) as i64);
        self.apply_with("Cast", &[value], &[to])
    }

    /// Some columns of `[n, …]`.
    pub(crate) fn columns(&mut self, value: &Value, range: Range<usize>) -> Value {
        let [from, to, axis] = [range.start as i64, range.end as i64, 1].map(|number| self.integers(&[number]));
        self.apply("Slice", &[value, &from, &to, &axis])
    }

    /// Values `[n, …]` side by side.
    pub(crate) fn beside(&mut self, values: &[Value]) -> Value {
        match values {
            [only] => only.clone(),
            several => {
                let several: Vec<&Value> = several.iter().collect();
                self.apply_with("Concat", &several, &[("axis", 1)])
            }
        }
    }

    /// Reshapes a value; one axis of the shape may be open, −1.
    pub(crate) fn reshaped(&mut self, value: &Value, shape: &[i64]) -> Value {
        let shape = self.integers(shape);
        self.apply("Reshape", &[value, &shape])
    }

    /// The sum over an axis, which stays with length 1.
    pub(crate) fn sum(&mut self, value: &Value, axis: i64) -> Value {
        let axis = self.integers(&[axis]);
        self.apply("ReduceSum", &[value, &axis])
    }

    /// The file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        onnx_rs::encode(&ast::Model {
            ir_version: MESSAGES,
            opset_import: vec![ast::OperatorSetId {
                domain: "",
                version: OPERATORS,
            }],
            producer_name: "motherlode",
            producer_version: env!("CARGO_PKG_VERSION"),
            graph: Some(self.messages()),
            metadata_props: self
                .metadata
                .iter()
                .map(|(key, value)| ast::StringStringEntry { key, value })
                .collect(),
            ..ast::Model::default()
        })
    }

    /// The names of the values that outputs need, those of the outputs among them.
    fn needed(&self) -> BTreeSet<&String> {
        let mut needed: BTreeSet<&String> = self.outputs.iter().map(|port| &port.name).collect();
        // What a node takes was there before it.
        for node in self.nodes.iter().rev() {
            if needed.contains(&node.name) {
                needed.extend(&node.inputs);
            }
        }
        needed
    }

    fn messages(&self) -> ast::Graph<'_> {
        let needed = self.needed();
        let nodes = self.nodes.iter().filter(|node| needed.contains(&node.name));
        let constants = self.constants.iter();
        let constants = constants.filter(|constant| needed.contains(&constant.name));
        ast::Graph {
            name: &self.name,
            node: nodes.map(Node::message).collect(),
            initializer: constants.map(Constant::message).collect(),
            input: self.inputs.iter().map(|port| port.message(self.precision)).collect(),
            output: self.outputs.iter().map(|port| port.message(self.precision)).collect(),
            ..ast::Graph::default()
        }
    }
}

impl Port {
    fn message(&self, precision: Precision) -> ast::ValueInfo<'_> {
        let axes = [
            Some(ast::Dimension::Param(self.rows)),
            self.columns.map(|columns| ast::Dimension::Value(columns as i64)),
        ];
        let dim = axes.into_iter().flatten().map(|value| ast::TensorShapeDimension {
            value,
            ..ast::TensorShapeDimension::default()
        });
        let tensor = ast::TensorTypeProto {
            elem_type: data_type(precision),
            shape: Some(ast::TensorShape { dim: dim.collect() }),
        };
        ast::ValueInfo {
            name: &self.name,
            r#type: Some(ast::TypeProto {
                value: Some(ast::TypeValue::Tensor(tensor)),
                ..ast::TypeProto::default()
            }),
            doc_string: &self.meaning,
            ..ast::ValueInfo::default()
        }
    }
}

impl Node {
    fn message(&self) -> ast::Node<'_> {
        let attribute = |(name, setting): &(&'static str, Setting)| {
            let (r#type, i, ints) = match setting {
                Setting::Number(number) => (ast::AttributeType::Int, *number, vec![]),
                Setting::List(list) => (ast::AttributeType::Ints, 0, list.clone()),
            };
            ast::Attribute {
                name,
                r#type,
                i,
                ints,
                ..ast::Attribute::default()
            }
        };
        ast::Node {
            name: &self.name,
            op_type: self.operator.into(),
            input: self.inputs.iter().map(String::as_str).collect(),
            output: vec![&self.name],
            attribute: self.settings.iter().map(attribute).collect(),
            ..ast::Node::default()
        }
    }
}

impl Constant {
    fn message(&self) -> ast::TensorProto<'_> {
        let shape = self.shape.clone();
        match &self.numbers {
            Numbers::Singles(numbers) => ast::TensorProto::from_f32(&self.name, shape, numbers.clone()),
            Numbers::Doubles(numbers) => ast::TensorProto::from_f64(&self.name, shape, numbers.clone()),
            Numbers::Integers(numbers) => ast::TensorProto::from_i64(&self.name, shape, numbers.clone()),
        }
    }
}

fn data_type(precision: Precision) -> ast::DataType {
    match precision {
        Precision::Single => ast::DataType::Float,
        Precision::Double => ast::DataType::Double,
    }
}
