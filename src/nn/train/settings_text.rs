//! Settings in words, for reports.

use std::collections::BTreeMap;

use super::settings::PATHS;
use super::{Labels, RatioErrors, Settings};
use crate::Method;

impl Settings {
    /// The settings in words, by name, for these methods.
    pub fn described(&self, methods: &[Method]) -> BTreeMap<String, String> {
        let layers = self.hidden.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
        let or = |value: Option<f64>, absent: &str| value.map_or(absent.to_owned(), |value| value.to_string());
        let by_method = |value: &dyn Fn(Self) -> String| {
            let values: Vec<(Method, String)> = methods.iter().map(|&m| (m, value(self.for_method(m)))).collect();
            match values.iter().all(|(_, value)| value == &values[0].1) {
                true => values.first().map_or(String::new(), |(_, value)| value.clone()),
                false => values
                    .iter()
                    .map(|(m, value)| format!("{m}: {value}"))
                    .collect::<Vec<_>>()
                    .join(", "),
            }
        };
        let activation = by_method(&|settings| format!("{:?}", settings.activation.unwrap_or_default()).to_lowercase());
        let rate = by_method(&|settings| settings.learning_rate_at(0).to_string());
        let transforms = self.transforms.iter().map(|(name, kind)| format!("{name}: {kind}"));
        let missing = self
            .missing
            .iter()
            .map(|(name, value)| format!("{name} is missing where it is {value}"));
        let observables = transforms.chain(missing).collect::<Vec<_>>().join(", ");
        let observables = if observables.is_empty() {
            "chosen automatically".to_owned()
        } else {
            observables
        };
        [
            ("hidden layers", layers),
            ("activation", activation),
            ("optimiser", format!("{:?}", self.optimizer).to_lowercase()),
            (
                "gradient steps",
                match self.steps {
                    Some(steps) => format!("{steps} at every budget, fewer if validation stops improving"),
                    None => {
                        "4000, more for more than 2500 events with gold; fewer if validation stops improving".to_owned()
                    }
                },
            ),
            ("batch", self.batch.to_string()),
            ("learning rate", rate),
            (
                "final learning rate",
                format!("{}, reached geometrically", self.final_learning_rate),
            ),
            (
                "labels",
                match self.labels {
                    Some(Labels::Stored) => "stored: one hypothesis for each event".to_owned(),
                    _ => "recalled at fresh hypotheses, by methods with the joint ratio".to_owned(),
                },
            ),
            (
                "latent paths",
                match (self.labels, self.paths) {
                    (Some(Labels::Stored), _) => "1".to_owned(),
                    (_, Some(n)) => format!("{n} an event, where the simulator has others and labels are recalled"),
                    (_, None) => {
                        format!("up to {PATHS} an event, where the simulator has others and labels are recalled")
                    }
                },
            ),
            ("weight averaging", format!("{} of each step", self.averaging)),
            ("validation share", self.validation.to_string()),
            ("patience", format!("{} of the steps", self.patience)),
            ("gradient norm limit", or(self.clip, "none")),
            ("score weight alpha", or(self.alpha, "from the data")),
            ("transforms of observables", observables),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .chain(self.described_ratio_errors(methods))
        .collect()
    }

    /// The errors of the ratio in words, if a method regresses on it.
    fn described_ratio_errors(&self, methods: &[Method]) -> Option<(String, String)> {
        let words = match self.ratio_errors {
            Some(RatioErrors::Squared) => "squared",
            Some(RatioErrors::Relative) => "relative",
            None => "squared, relative where some joint ratios outweigh half of the others",
        };
        let regress = methods.iter().any(|method| method.regresses_ratio());
        regress.then(|| ("errors of the ratio".to_owned(), words.to_owned()))
    }
}
