//! Documentation inside an exported graph.

use serde_json::json;

use super::OutputKind;
use super::combine::Meanings;
use crate::onnx::graph::Graph;
use crate::{Model, Provenance};
use motherlode_core::Estimator;
use motherlode_core::dataset::Header;
use motherlode_core::gold::Design;

impl Model {
    pub(super) fn meaning_of_x(&self) -> String {
        let names = match self.provenance() {
            Some(Provenance { data, .. }) => Some(with_units(&data.observables, &data.observable_units)),
            None => self
                .import()
                .and_then(|import| Some(import.observables.as_ref()?.join(", "))),
        };
        described("observations, one a row", names)
    }

    pub(super) fn meaning_of_theta(&self, role: &str) -> String {
        let names = match self.provenance() {
            Some(Provenance { data, .. }) => Some(with_units(&data.parameters, &data.parameter_units)),
            None => self
                .import()
                .and_then(|import| Some(import.parameters.as_ref()?.join(", "))),
        };
        described(&format!("{role}, one row for each of x, or one for all"), names)
    }

    pub(super) fn meanings(&self, kind: &OutputKind) -> Meanings {
        let log = match kind {
            OutputKind::Calibrated { reference } => format!(
                "ln p(x|theta) - ln p(x|reference), calibrated, with the reference theta = {reference:?}, for theta in the box of the \
                 calibration; the ratio of two hypotheses is the difference of two such"
            ),
            OutputKind::Density => "ln p(x|theta), a density in the units of x, or a probability where x is one of a few values; the ratio of \
                                  two hypotheses is the difference of two such"
                .to_owned(),
            OutputKind::RatioOfTwo => "ln p(x|theta0) - ln p(x|theta1)".to_owned(),
            _ => format!(
                "ln p(x|theta) - ln p(x|denominator), with {}; the ratio of two hypotheses is the difference of two such",
                self.denominator()
            ),
        };
        let at = match kind {
            OutputKind::RatioOfTwo => "theta0".to_owned(),
            OutputKind::ScoreThere => format!("theta = {:?}", self.theta_ref().unwrap_or_default()),
            OutputKind::Ratio { only: Some(theta), .. } => format!("theta = {theta:?}"),
            _ => "theta".to_owned(),
        };
        let name = if *kind == OutputKind::Density { "log_p" } else { "log_r" };
        Meanings {
            name,
            log,
            score: format!("gradient of ln p(x|theta) with respect to theta, at {at}"),
        }
    }

    /// Denominator of the ratio of a network with one θ, in words.
    fn denominator(&self) -> String {
        let Some(provenance) = self.provenance() else {
            return "the denominator it was trained on, which no file says and which cancels".into();
        };
        match &provenance.data.design {
            Design::Pair { theta0, theta1 } => {
                format!("theta = {theta0:?}, the only one it has seen, and the denominator theta1 = {theta1:?}")
            }
            Design::Prior { theta1, .. } => format!("the denominator theta1 = {theta1:?}"),
            Design::Mixture { n_points, .. } => {
                format!("the denominator a mixture over {n_points} points of the prior")
            }
            Design::Joint { .. } => "the denominator that all hypotheses of the prior make together".into(),
            Design::Reference { theta } => format!("the denominator theta = {theta:?}"),
        }
    }

    /// Where it comes from.
    pub(super) fn label(&self, graph: &mut Graph, kind: &OutputKind) {
        let answers = self.meanings(kind);
        graph.say("estimator", self.name());
        graph.say("n_members", self.n_members().to_string());
        if self.knows_ratio() {
            graph.say(answers.name, answers.log);
        }
        if self.knows_score() {
            graph.say("score", answers.score);
        }
        if let Some(theta_ref) = self.theta_ref() {
            graph.say("theta_ref", json!(theta_ref).to_string());
        }
        if let Some(provenance) = self.provenance() {
            graph.say("method", provenance.method.name());
            describe_data(graph, &provenance.data);
            graph.say("n_events", provenance.n_events.to_string());
            graph.say("settings", json!(provenance.settings).to_string());
            graph.say("steps", provenance.steps.to_string());
            graph.say("findings", json!(provenance.warnings()).to_string());
        }
        if let Some(import) = self.import() {
            graph.say("import", json!(import).to_string());
        }
    }
}

fn describe_data(graph: &mut Graph, data: &Header) {
    graph.say("simulator", data.simulator_label());
    for (key, names) in [
        ("parameters", &data.parameters),
        ("parameter_units", &data.parameter_units),
        ("observables", &data.observables),
        ("observable_units", &data.observable_units),
    ] {
        graph.say(key, json!(names).to_string());
    }
    graph.say("design", data.design.to_string());
    graph.say("seed", data.seed.to_string());
    graph.say("motherlode_of_the_data", &data.crate_version);
}

fn with_units(names: &[String], units: &[String]) -> String {
    let named = names.iter().enumerate().map(|(k, name)| match units.get(k) {
        Some(unit) if !unit.is_empty() => format!("{name} [{unit}]"),
        _ => name.clone(),
    });
    named.collect::<Vec<_>>().join(", ")
}

fn described(what: &str, names: Option<String>) -> String {
    names.map_or_else(|| what.to_owned(), |names| format!("{what}: {names}"))
}
