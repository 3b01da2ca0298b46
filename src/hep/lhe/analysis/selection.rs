//! Observables, cuts and efficiencies: from particles to a row of numbers.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::lhe::{Detector, Event, Expression, Object, Objects};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Stream;

/// Definition of an observable: a formula, or one with a default value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "an observable is a formula in quotes, or { definition = \"formula\", default = number }"
)]
pub enum ObservableConfig {
    /// Events in which it is undefined are left out.
    Required(String),
    /// A formula with a default value for events in which it is undefined.
    Optional(OptionalObservable),
}

/// A formula with a value for where it is undefined.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionalObservable {
    /// The formula.
    pub definition: String,
    /// The value where it is undefined; without, such events are left out.
    pub default: Option<f64>,
}

/// Numbers of the hardest particles for the usual observables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsualObservables {
    /// Electrons and muons.
    #[serde(default = "two")]
    pub leptons: usize,
    /// Photons.
    #[serde(default = "two")]
    pub photons: usize,
    /// Quarks and gluons.
    #[serde(default = "two")]
    pub jets: usize,
}

fn two() -> usize {
    2
}

impl UsualObservables {
    /// Missing and visible energy, numbers of leptons, photons and jets, and energy, pT, η and φ of the hardest of each, under the
    /// names that MadMiner gives them.
    pub fn all(&self) -> IndexMap<String, ObservableConfig> {
        let mut all: Vec<(String, String, Option<f64>)> = vec![
            ("et_miss".into(), "met.pt".into(), None),
            ("phi_miss".into(), "met.phi".into(), None),
            ("e_visible".into(), "visible.e".into(), None),
            // Undefined where nothing is seen across the beam.
            ("eta_visible".into(), "visible.eta".into(), Some(0.0)),
        ];
        for (list, n) in [("l", self.leptons), ("a", self.photons), ("j", self.jets)] {
            all.push((format!("n_{list}s"), format!("len({list})"), None));
            for i in 0..n {
                let properties: &[&str] = match list {
                    "l" => &["e", "pt", "eta", "phi", "charge"],
                    _ => &["e", "pt", "eta", "phi"],
                };
                let one = |property: &&str| {
                    (
                        format!("{property}_{list}{}", i + 1),
                        format!("{list}[{i}].{property}"),
                        Some(0.0),
                    )
                };
                all.extend(properties.iter().map(one));
            }
        }
        let config = |(name, definition, default)| {
            (
                name,
                ObservableConfig::Optional(OptionalObservable { definition, default }),
            )
        };
        all.into_iter().map(config).collect()
    }
}

/// An observable of an analysis.
#[derive(Debug, Clone)]
pub struct DefinedObservable {
    /// Name.
    pub name: String,
    /// Formula.
    pub expression: Expression,
    /// The value where it is undefined; without, such events are left out.
    pub default: Option<f64>,
}

/// Selection of events by cuts and efficiencies, and their observables.
#[derive(Debug, Clone)]
pub struct Selection {
    detector: Detector,
    observables: Vec<DefinedObservable>,
    cuts: Vec<Expression>,
    efficiencies: Vec<Expression>,
}

/// Numbers of events that were left out, by reason.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CutFlow {
    /// Events that were seen.
    pub n_seen: u64,
    /// Events that were kept.
    pub n_kept: u64,
    /// Events left out by each observable that was undefined.
    pub undefined: Vec<u64>,
    /// Events left out by each cut, of those that passed the ones before.
    pub cut: Vec<u64>,
    /// Events left out for an efficiency of zero.
    pub n_inefficient: u64,
    /// Events left out because they lack a weight.
    pub n_incomplete: u64,
    /// Particles of kinds that are taken for invisible, and are no neutrinos.
    pub n_unknown: u64,
}

/// Buffers that a selection reuses from event to event.
#[derive(Debug, Clone, Default)]
pub struct SelectionBuffers {
    objects: Objects,
    measured: Vec<Object>,
    values: Vec<Option<f64>>,
}

impl Selection {
    /// Reads the formulas.
    ///
    /// # Errors
    /// If there is no observable, or a formula cannot be understood: says which.
    pub fn new(
        detector: Detector,
        observables: &IndexMap<String, ObservableConfig>,
        cuts: &[String],
        efficiencies: &[String],
    ) -> Result<Self> {
        if observables.is_empty() {
            return Err(Error::data(
                "there are no observables: give at least one, as in `pt_j1 = \"j[0].pt\"`",
            ));
        }
        let mut names: Vec<String> = Vec::new();
        let mut defined = Vec::new();
        for (name, config) in observables {
            let (definition, default) = match config {
                ObservableConfig::Required(definition) => (definition, None),
                ObservableConfig::Optional(optional) => (&optional.definition, optional.default),
            };
            let expression =
                Expression::parse(definition, &names).map_err(|error| of(&format!("observable `{name}`"), &error))?;
            if !is_name(name) {
                return Err(Error::data(format!(
                    "an observable is called `{name}`: letters, digits and _ make a name, so that cuts can speak of it"
                )));
            }
            names.push(name.clone());
            defined.push(DefinedObservable {
                name: name.clone(),
                expression,
                default: default.filter(|value| value.is_finite()),
            });
        }
        let read = |kind: &str, all: &[String]| -> Result<Vec<Expression>> {
            let read = all
                .iter()
                .map(|text| Expression::parse(text, &names).map_err(|error| of(kind, &error)));
            read.collect()
        };
        Ok(Self {
            detector,
            cuts: read("a cut", cuts)?,
            efficiencies: read("an efficiency", efficiencies)?,
            observables: defined,
        })
    }

    /// The observables, in order.
    pub fn observables(&self) -> &[DefinedObservable] {
        &self.observables
    }

    /// The cuts, in order.
    pub fn cuts(&self) -> &[Expression] {
        &self.cuts
    }

    /// Counts of nothing yet.
    pub fn cut_flow(&self) -> CutFlow {
        CutFlow {
            undefined: vec![0; self.observables.len()],
            cut: vec![0; self.cuts.len()],
            ..CutFlow::default()
        }
    }

    /// Fills `x` with the observables of an event, and returns the product of the efficiencies; none if the event is left out.
    pub fn apply(
        &self,
        event: &Event,
        rng: &mut Stream,
        space: &mut SelectionBuffers,
        flow: &mut CutFlow,
        x: &mut Vec<f64>,
    ) -> Option<f64> {
        flow.n_seen += 1;
        self.detector.measure(event, rng, &mut space.measured);
        space
            .objects
            .fill(event, &space.measured, |ht| self.detector.noise(ht, rng));
        flow.n_unknown += space.objects.n_unknown() as u64;
        space.values.clear();
        for observable in &self.observables {
            let value = observable.expression.value(&space.objects, &space.values);
            space.values.push(value.or(observable.default));
        }
        x.clear();
        for (i, value) in space.values.iter().enumerate() {
            match value {
                Some(value) => x.push(*value),
                None => {
                    flow.undefined[i] += 1;
                    return None;
                }
            }
        }
        let value = |expression: &Expression| expression.value(&space.objects, &space.values);
        for (cut, n_failed) in self.cuts.iter().zip(&mut flow.cut) {
            if value(cut).is_none_or(|passed| passed == 0.0) {
                *n_failed += 1;
                return None;
            }
        }
        let efficiency: Option<f64> = self.efficiencies.iter().map(value).product();
        match efficiency.filter(|efficiency| *efficiency > 0.0) {
            Some(efficiency) => {
                flow.n_kept += 1;
                Some(efficiency)
            }
            None => {
                flow.n_inefficient += 1;
                None
            }
        }
    }
}

fn of(what: &str, error: &Error) -> Error {
    Error::data(format!("{what}: {error}"))
}

fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
