//! A signal that a patch adds to a workspace.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Name and parameter values of a signal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signal {
    /// Name of the patch.
    pub name: String,
    /// Label and value of each parameter, such as a mass.
    #[serde(serialize_with = "as_map")]
    pub values: Vec<(String, Value)>,
}

impl Signal {
    /// Creates a signal without parameters.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            values: Vec::new(),
        }
    }
}

fn as_map<S: Serializer>(values: &[(String, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(values.iter().map(|(label, value)| (label, value)))
}
