//! Parameters, benchmarks and systematics of an analysis.

use std::cmp::Ordering;
use std::path::Path;

use super::config::{AnalysisConfig, SampleConfig, SystematicConfig};
use super::selection::Selection;
use super::variations::Variation;
use crate::lhe::Run;
use crate::madminer::{Benchmark, EventFile, MorphedParameter, Morphing, NuisanceParameter, Setup, Systematic};
use motherlode_core::error::{Error, Result, listed};
use motherlode_core::format::exact;

impl AnalysisConfig {
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
            return Err(Error::data(
                "an analysis needs `setup`, a file of MadMiner, or [parameters] and [benchmarks] of its own",
            ));
        }
        let p = self.parameters.len();
        let parameters = self.parameters.iter().map(|(name, config)| MorphedParameter {
            name: name.clone(),
            range: config.range.into(),
            max_power: config.power,
            card: config.card.clone(),
            transform: None,
        });
        let parameters: Vec<MorphedParameter> = parameters.collect();
        if let Some(bad) = parameters
            .iter()
            .find(|parameter| parameter.range.0.partial_cmp(&parameter.range.1) != Some(Ordering::Less))
        {
            return Err(Error::data(format!(
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
                Error::data(format!(
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

    /// Morphing from the first benchmarks, if there are enough of them.
    fn morphing(&self, parameters: &[MorphedParameter], benchmarks: &[Benchmark]) -> Result<Option<Morphing>> {
        let components = self.monomials(parameters);
        let points: Vec<&[f64]> = benchmarks.iter().map(|benchmark| benchmark.theta.as_slice()).collect();
        match points.get(..components.len()) {
            None => Ok(None),
            Some(basis) => Morphing::of_bases(components, basis).map(Some),
        }
    }

    /// Monomials of the squared amplitude.
    pub(super) fn monomials(&self, parameters: &[MorphedParameter]) -> Vec<Vec<u32>> {
        Setup::monomials(parameters, self.max_power)
    }

    /// The variations of each systematic in a sample, in the order of [`AnalysisConfig::systematics`]; of those that it does not have, none.
    pub(super) fn variations(
        &self,
        sample: &SampleConfig,
        run: &Run,
        path: &Path,
    ) -> Result<Vec<(String, Vec<Variation>)>> {
        let is_used = |name: &String| sample.systematics.as_ref().is_none_or(|used| used.contains(name));
        let all = self.systematics.iter().map(|(name, config)| {
            let found = if is_used(name) {
                config.variations(run)
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
        let systematics = self.systematics.iter().map(|(name, config)| config.described(name));
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
    Error::data(format!(
        "the {what} is the benchmark `{name}`, which is not among {}: add it to [benchmarks], with its parameters",
        names.join(", ")
    ))
}

impl SystematicConfig {
    fn described(&self, name: &str) -> Result<Systematic> {
        let (kind, values, scale) = match (self.norm, &self.pdf, &self.scale) {
            _ if self.combine.is_some() && self.pdf.is_none() => {
                return Err(Error::data(format!(
                    "the systematic `{name}` says how members combine, and names no set of parton densities with pdf"
                )));
            }
            (Some(norm), None, None) if norm > 0.0 && norm.is_finite() => ("norm", norm.to_string(), None),
            (Some(norm), None, None) => {
                return Err(Error::data(format!(
                    "the systematic `{name}` has norm = {}: it is the factor on the cross section at one standard deviation, above 0; an \
                     uncertainty of 2 % is norm = 1.02",
                    exact(norm)
                )));
            }
            (None, Some(pdf), None) => ("pdf", pdf.clone(), None),
            (None, None, Some(scales)) if scales.len() > 1 => {
                let config: Vec<String> = scales.iter().map(f64::to_string).collect();
                ("scale", config.join(","), Some(self.varied_scale().to_owned()))
            }
            _ => {
                return Err(Error::data(format!(
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
}
