//! Data and assumptions of an inference in words.

use super::super::NamedConstraint;
use super::run::IntervalRun;
use crate::inference::Constraint;

impl IntervalRun<'_> {
    pub(super) fn about(&self) -> String {
        let observations = self.observations;
        let about = match self.settings.expect {
            Some(n) => format!(
                "{n} event{} of {}, expected from {}",
                if n == 1.0 { "" } else { "s" },
                observations.source(),
                observations.n_events()
            ),
            None => observations.description(),
        };
        match self.settings.luminosity {
            Some(luminosity) => {
                let unit = self.analysis.luminosity_unit.unwrap_or_default();
                format!("{about}, and their number, for a luminosity of {luminosity}{unit}")
            }
            None => about,
        }
    }

    pub(super) fn assumptions(&self, uses_pool: bool) -> String {
        let known: Vec<String> = self
            .named_constraints()
            .iter()
            .map(|NamedConstraint { name, mean, sd }| format!("{name} = {mean} ± {sd}"))
            .collect();
        let known = match known.is_empty() {
            true => String::new(),
            false => format!("; from other measurements {}", known.join(", ")),
        };
        let pool = self.analysis.pool.filter(|_| uses_pool);
        let pool = pool.map_or_else(String::new, |pool| {
            format!("; densities and toys by events of {}", pool.label())
        });
        format!("hypotheses {}{known}{pool}", self.parameter_box)
    }

    pub(super) fn named_constraints(&self) -> Vec<NamedConstraint> {
        let named = |Constraint { parameter, mean, sd }: &Constraint| NamedConstraint {
            name: self.parameters[*parameter].clone(),
            mean: *mean,
            sd: *sd,
        };
        self.constraints.iter().map(named).collect()
    }
}
