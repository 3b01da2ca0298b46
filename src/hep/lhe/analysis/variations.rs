//! Weights that a file declares for systematic errors.

use super::config::{Combination, SystematicConfig};
use crate::lhe::Run;

/// Weights in a file that belong to a systematic error: at +1 and at −1 standard deviation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variation {
    pub positive: Shift,
    pub negative: Option<Shift>,
}

/// A weight at one standard deviation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shift {
    /// A weight of this name.
    Named(String),
    /// A factor on the weight at the reference.
    Factor(f64),
    /// The spread of all members of a set of parton densities.
    Spread(Vec<String>, Combination),
}

impl Variation {
    /// Returns a variation of the same shape that changes nothing.
    pub(super) fn without_effect(&self) -> Self {
        Self {
            positive: Shift::Factor(1.0),
            negative: self.negative.as_ref().map(|_| Shift::Factor(1.0)),
        }
    }
}

impl SystematicConfig {
    /// Name of the varied scale: `mu` for both, `mur`, or `muf`.
    pub(super) fn varied_scale(&self) -> &str {
        self.varies.as_deref().unwrap_or("mu")
    }

    /// Finds the weights of this systematic that a file declares.
    pub(super) fn variations(&self, run: &Run) -> Result<Vec<Variation>, String> {
        match (self.norm, &self.pdf, &self.scale) {
            (Some(norm), ..) => Ok(vec![Variation {
                positive: Shift::Factor(norm),
                negative: None,
            }]),
            (_, Some(set), _) => Ok(combined(members(run, set)?, self.combine)),
            (_, _, Some(scales)) => self.scale_variation(run, scales),
            _ => Err("it says neither norm nor pdf nor scale".into()),
        }
    }

    /// The weights at the last and at the first of the scale factors.
    fn scale_variation(&self, run: &Run, scales: &[f64]) -> Result<Vec<Variation>, String> {
        let (Some(first), Some(last)) = (scales.first(), scales.last()) else {
            return Err("its list of scale factors is empty".into());
        };
        let find = |factor: f64| {
            let (mur, muf) = match self.varied_scale() {
                "mu" => (factor, factor),
                "mur" => (factor, 1.0),
                "muf" => (1.0, factor),
                other => return Err(format!("it varies `{other}`, and there are mu, mur and muf")),
            };
            let weight = scale_weight(run, mur, muf);
            weight.map(Shift::Named).ok_or_else(|| {
                format!(
                    "none is declared with MUR={mur} and MUF={muf}; it declares {}",
                    declared(run)
                )
            })
        };
        Ok(vec![Variation {
            positive: find(*last)?,
            negative: Some(find(*first)?),
        }])
    }
}

/// The weight at two scale factors, of those that change nothing else.
fn scale_weight(run: &Run, mur: f64, muf: f64) -> Option<String> {
    let near = |found: Option<f64>, wanted: f64| (found.unwrap_or(1.0) - wanted).abs() < 1e-6;
    let groups = run.weight_groups.iter().filter(|group| {
        let name = group.name.to_ascii_lowercase();
        name.contains("scale") && name.contains("variation")
    });
    let mut weights = groups.flat_map(|group| &group.weights);
    let found = weights.find(|weight| {
        let (r, f) = (
            weight.number(&["mur", "renscfact"]),
            weight.number(&["muf", "facscfact"]),
        );
        let dynamic = ["dyn_scale", "dyn_scale_choice"]
            .iter()
            .any(|key| weight.attributes.contains_key(*key));
        !dynamic && (r.is_some() || f.is_some()) && near(r, mur) && near(f, muf)
    });
    found.map(|weight| weight.id.clone())
}

/// The weights of the members of a set of parton densities: all but the central one, whose number is a multiple of 1000.
fn members(run: &Run, set: &str) -> Result<Vec<String>, String> {
    let group = run.weight_groups.iter().find(|group| group.name.contains(set));
    let group = group.ok_or_else(|| format!("no group is called `{set}`; it declares {}", declared(run)))?;
    let is_member = |number: f64| number % 1000.0 != 0.0;
    let members = group
        .weights
        .iter()
        .filter(|weight| weight.number(&["pdf"]).is_some_and(is_member));
    let members: Vec<String> = members.map(|weight| weight.id.clone()).collect();
    match members.is_empty() {
        true => Err(format!(
            "the group `{}` has no weight with PDF=NUMBER of a member",
            group.name
        )),
        false => Ok(members),
    }
}

/// One variation of all members together, or one of each.
fn combined(members: Vec<String>, combination: Option<Combination>) -> Vec<Variation> {
    let only = |positive: Shift| Variation {
        positive,
        negative: None,
    };
    match combination {
        Some(combination) => vec![only(Shift::Spread(members, combination))],
        None => members.into_iter().map(|member| only(Shift::Named(member))).collect(),
    }
}

fn declared(run: &Run) -> String {
    let groups = run
        .weight_groups
        .iter()
        .map(|group| format!("`{}` with {} weights", group.name, group.weights.len()));
    let groups: Vec<String> = groups.collect();
    match groups.is_empty() {
        true => "no weights at all".into(),
        false => groups.join(", "),
    }
}
