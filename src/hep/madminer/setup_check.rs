//! Contradictions within a setup that was read.

use std::collections::HashSet;

use super::tables::Tables;
use super::{NuisanceParameter, Setup};
use motherlode_core::error::Result;
use motherlode_core::format::exact;

impl Setup {
    /// Refuses a setup that says two things at once, of which a reader would take one.
    pub(super) fn check(&self, tables: &Tables) -> Result<()> {
        self.check_names(tables)?;
        self.check_reference(tables)?;
        self.check_variations(tables)?;
        self.check_ranges(tables)?;
        self.check_powers(tables)
    }

    /// A range bounds what is drawn, trained and fitted.
    fn check_ranges(&self, tables: &Tables) -> Result<()> {
        let Some(bad) = self.parameters.iter().find(|one| one.range.0 >= one.range.1) else {
            return Ok(());
        };
        let what = format!(
            "gives `{}` the range from {} to {}: the lower end comes first, and must be below the upper one",
            bad.name,
            exact(bad.range.0),
            exact(bad.range.1)
        );
        Err(tables.wrong("parameters/val_ranges", &what))
    }

    /// Components have no powers beyond those that are declared; fewer are a choice, such as of interference alone.
    fn check_powers(&self, tables: &Tables) -> Result<()> {
        const NAME: &str = "parameters/max_power";
        // Amplitudes of several regions have powers for each, and components are products of these.
        let declared = tables
            .numbers(NAME)?
            .filter(|found| found.values.len() == self.parameters.len());
        let (Some(_), Some(morphing)) = (declared, &self.morphing) else {
            return Ok(());
        };
        for (i, parameter) in self.parameters.iter().enumerate() {
            let used = morphing.components().iter().map(|powers| powers[i]).max().unwrap_or(0);
            if used > parameter.max_power {
                let what = format!(
                    "is {} for `{}`, and `morphing/components` has powers up to {used} of it: correct the power, or set the morphing up again \
                     (`set_morphing` in MadMiner)",
                    parameter.max_power, parameter.name
                );
                return Err(tables.wrong(NAME, &what));
            }
        }
        Ok(())
    }

    /// Refuses names that are given twice: a reference to one would find the first.
    fn check_names(&self, tables: &Tables) -> Result<()> {
        let parameters = self.parameters.iter().map(|one| &one.name);
        let nuisances = self.nuisances.iter().map(|one| &one.name);
        let systematics = self.systematics.iter().map(|one| &one.name);
        let benchmarks = self.benchmarks.iter().map(|one| &one.name);
        let observables = self.observables.iter().map(|(name, _)| name);
        let all: [(&str, Vec<&String>); 4] = [
            (
                "parameters/names, with nuisance_parameters/names,",
                parameters.chain(nuisances).collect(),
            ),
            ("systematics/names", systematics.collect()),
            ("benchmarks/names", benchmarks.collect()),
            ("observables/names", observables.collect()),
        ];
        for (set, names) in all {
            if let Some(name) = repeated(&names) {
                let what = format!(
                    "has the name `{name}` twice: which one is meant is not known; rename one of them, or leave it out"
                );
                return Err(tables.wrong(set, &what));
            }
        }
        Ok(())
    }

    fn check_reference(&self, tables: &Tables) -> Result<()> {
        const NAME: &str = "benchmarks/is_reference";
        let marked: Vec<_> = self.benchmarks.iter().filter(|one| one.is_reference).collect();
        let what = match marked.as_slice() {
            [] if self.nuisances.is_empty() => return Ok(()),
            [] => "marks no benchmark, and the weights of nuisance parameters are relative to one: mark the parameter point at which they were \
                   computed"
                .into(),
            [one] if one.is_nuisance => format!(
                "marks `{}`, a systematic variation: mark the parameter point that variations are relative to",
                one.name
            ),
            [_] => return Ok(()),
            [first, second, ..] => format!(
                "marks both `{}` and `{}`: systematic variations are relative to one parameter point; mark that alone",
                first.name, second.name
            ),
        };
        Err(tables.wrong(NAME, &what))
    }

    /// Weights of a variation are those at the reference, changed; weights at a parameter point are not.
    fn check_variations(&self, tables: &Tables) -> Result<()> {
        let variations = |one: &NuisanceParameter| {
            [Some(one.positive), one.negative]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        };
        let mut owners: Vec<Option<&str>> = vec![None; self.benchmarks.len()];
        for nuisance in &self.nuisances {
            for b in variations(nuisance) {
                let name = &self.benchmarks[b].name;
                let what = match owners[b].replace(&nuisance.name) {
                    _ if !self.benchmarks[b].is_nuisance => format!(
                        "takes the benchmark `{name}` for a variation of `{}`, and `benchmarks/is_nuisance` says that it is a parameter point: \
                         correct one of the two",
                        nuisance.name
                    ),
                    Some(other) => format!(
                        "takes the benchmark `{name}` for a variation of `{}` and for another one of `{other}`: each variation has a benchmark of \
                         its own",
                        nuisance.name
                    ),
                    None => continue,
                };
                return Err(tables.wrong("nuisance_parameters", &what));
            }
        }
        Ok(())
    }
}

/// A name that is there twice.
fn repeated<'a>(names: &[&'a String]) -> Option<&'a str> {
    let mut seen = HashSet::new();
    names.iter().find(|name| !seen.insert(**name)).map(|name| name.as_str())
}
