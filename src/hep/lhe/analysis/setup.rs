//! Parameters, benchmarks and systematics of an analysis.

use std::cmp::Ordering;
use std::path::Path;

use super::selection::Selection;
use super::words::{Combination, SampleWords, SystematicWords, Words};
use crate::lhe::Run;
use crate::madminer::{Benchmark, EventFile, MorphedParameter, Morphing, NuisanceParameter, Setup, Systematic};
use motherlode_core::error::{Error, Result, listed};

/// Weights in a file that belong to a systematic error: at +1 and at −1 standard deviation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variation {
    pub positive: Shift,
    pub negative: Option<Shift>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shift {
    /// A weight of this name.
    Named(String),
    /// A factor on the weight at the reference.
    Factor(f64),
    /// What all members of a set of parton densities tell together.
    Spread(Vec<String>, Combination),
}

impl Variation {
    /// The same, of a sample that it does not change.
    pub(super) fn without_effect(&self) -> Self {
        Self {
            positive: Shift::Factor(1.0),
            negative: self.negative.as_ref().map(|_| Shift::Factor(1.0)),
        }
    }
}

impl Words {
    /// Parameters, benchmarks and morphing, as yet without systematics.
    pub(super) fn theory(&self, folder: &Path) -> Result<Setup> {
        let mut setup = match &self.setup {
            Some(path) => EventFile::read(&folder.join(path))?.setup,
            None => self.theory_of_its_own()?,
        };
        // What an event file has of an analysis before this one is not of this one.
        setup.benchmarks.retain(|benchmark| !benchmark.is_nuisance);
        (setup.systematics, setup.nuisances, setup.observables) = (Vec::new(), Vec::new(), Vec::new());
        let reference = match &self.reference {
            None => setup.reference(),
            Some(name) => setup
                .benchmark(name)
                .ok_or_else(|| no_benchmark("reference", name, &setup))?,
        };
        for (b, benchmark) in setup.benchmarks.iter_mut().enumerate() {
            benchmark.is_reference = b == reference;
        }
        Ok(setup)
    }

    fn theory_of_its_own(&self) -> Result<Setup> {
        if self.parameters.is_empty() || self.benchmarks.is_empty() {
            return Err(Error::usage(
                "an analysis needs `setup`, a file of MadMiner, or [parameters] and [benchmarks] of its own",
            ));
        }
        let p = self.parameters.len();
        let parameters = self.parameters.iter().map(|(name, words)| MorphedParameter {
            name: name.clone(),
            range: words.range.into(),
            max_power: words.power,
            card: words.card.clone(),
            transform: None,
        });
        let parameters: Vec<MorphedParameter> = parameters.collect();
        if let Some(bad) = parameters
            .iter()
            .find(|parameter| parameter.range.0.partial_cmp(&parameter.range.1) != Some(Ordering::Less))
        {
            return Err(Error::usage(format!(
                "the parameter {} has the range from {} to {}: a lower and a higher end are needed, in this order",
                bad.name, bad.range.0, bad.range.1
            )));
        }
        let benchmarks = self.benchmarks.iter().map(|(name, theta)| {
            let fits = theta.len() == p && theta.iter().all(|value| value.is_finite());
            fits.then(|| Benchmark {
                name: name.clone(),
                theta: theta.clone(),
                is_nuisance: false,
                is_reference: false,
            })
            .ok_or_else(|| {
                let names: Vec<String> = parameters.iter().map(|parameter| parameter.name.clone()).collect();
                Error::usage(format!(
                    "the benchmark {name} = {theta:?}: {p} finite values are needed, of {}",
                    listed(&names)
                ))
            })
        });
        let benchmarks: Vec<Benchmark> = benchmarks.collect::<Result<_>>()?;
        Ok(Setup {
            morphing: self.morphing(&parameters, &benchmarks)?,
            parameters,
            benchmarks,
            finite_differences: None,
            systematics: Vec::new(),
            nuisances: Vec::new(),
            observables: Vec::new(),
        })
    }

    /// From the first benchmarks, if there are enough of them.
    fn morphing(&self, parameters: &[MorphedParameter], benchmarks: &[Benchmark]) -> Result<Option<Morphing>> {
        let components = self.monomials(parameters);
        let points: Vec<&[f64]> = benchmarks.iter().map(|benchmark| benchmark.theta.as_slice()).collect();
        match points.get(..components.len()) {
            None => Ok(None),
            Some(basis) => Morphing::of_bases(components, basis).map(Some),
        }
    }

    /// The monomials that the square of an amplitude is made of.
    pub(super) fn monomials(&self, parameters: &[MorphedParameter]) -> Vec<Vec<u32>> {
        Setup::monomials(parameters, self.max_power)
    }

    /// The variations of each systematic in a sample, in the order of [`Words::systematics`]; of those that it does not have, none.
    pub(super) fn variations(
        &self,
        sample: &SampleWords,
        run: &Run,
        path: &Path,
    ) -> Result<Vec<(String, Vec<Variation>)>> {
        let is_used = |name: &String| sample.systematics.as_ref().is_none_or(|used| used.contains(name));
        let all = self.systematics.iter().map(|(name, words)| {
            let found = if is_used(name) {
                words.variations(run)
            } else {
                Ok(Vec::new())
            };
            let found = found
                .map_err(|what| Error::file(path, format!("has no weights for the systematic `{name}`: {what}")))?;
            Ok((name.clone(), found))
        });
        all.collect()
    }

    /// Adds systematics with as many nuisance parameters each, and the observables.
    pub(super) fn complete(
        &self,
        mut setup: Setup,
        variations: &[(String, Vec<Variation>)],
        selection: &Selection,
    ) -> Result<Setup> {
        let p = setup.parameters.len();
        for (name, variations) in variations {
            for (i, variation) in variations.iter().enumerate() {
                let parameter = format!("{name}_nuisance_param_{i}");
                let mut add = |sign: usize| {
                    setup.benchmarks.push(Benchmark {
                        name: format!("{parameter}_benchmark_{sign}"),
                        theta: vec![0.0; p],
                        is_nuisance: true,
                        is_reference: false,
                    });
                    setup.benchmarks.len() - 1
                };
                let positive = add(0);
                let negative = variation.negative.as_ref().map(|_| add(1));
                setup.nuisances.push(NuisanceParameter {
                    name: parameter,
                    systematic: Some(name.clone()),
                    positive,
                    negative,
                });
            }
        }
        let systematics = self.systematics.iter().map(|(name, words)| words.described(name));
        setup.systematics = systematics.collect::<Result<_>>()?;
        let observables = selection.observables().iter();
        setup.observables = observables
            .map(|observable| (observable.name.clone(), Some(observable.expression.text().to_owned())))
            .collect();
        Ok(setup)
    }
}

pub(super) fn no_benchmark(what: &str, name: &str, setup: &Setup) -> Error {
    let names = setup
        .physical()
        .map(|(_, benchmark)| benchmark.name.as_str())
        .collect::<Vec<_>>();
    Error::usage(format!(
        "the {what} is the benchmark `{name}`, which is not among {}: add it to [benchmarks], with its parameters",
        names.join(", ")
    ))
}

impl SystematicWords {
    fn described(&self, name: &str) -> Result<Systematic> {
        let (kind, values, scale) = match (self.norm, &self.pdf, &self.scale) {
            _ if self.combine.is_some() && self.pdf.is_none() => {
                return Err(Error::usage(format!(
                    "the systematic `{name}` says how members combine, and names no set of parton densities with pdf"
                )));
            }
            (Some(norm), None, None) if norm > 0.0 && norm.is_finite() => ("norm", norm.to_string(), None),
            (Some(norm), None, None) => {
                return Err(Error::usage(format!(
                    "the systematic `{name}` has norm = {norm}: it is the factor on the cross section at one standard deviation, above 0; an \
                     uncertainty of 2 % is norm = 1.02"
                )));
            }
            (None, Some(pdf), None) => ("pdf", pdf.clone(), None),
            (None, None, Some(scales)) if scales.len() > 1 => {
                let words: Vec<String> = scales.iter().map(f64::to_string).collect();
                ("scale", words.join(","), Some(self.varied().to_owned()))
            }
            _ => {
                return Err(Error::usage(format!(
                    "the systematic `{name}` needs one, and only one, of norm = 1.1, pdf = \"NAME OF A SET\", and scale = [0.5, 1, 2]"
                )));
            }
        };
        Ok(Systematic {
            name: name.to_owned(),
            kind: kind.into(),
            values,
            scale,
        })
    }

    fn varied(&self) -> &str {
        self.varies.as_deref().unwrap_or("mu")
    }

    fn variations(&self, run: &Run) -> Result<Vec<Variation>, String> {
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
            let (mur, muf) = match self.varied() {
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
