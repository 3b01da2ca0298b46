//! Differences between two setups.

use super::{Benchmark, Setup};
use motherlode_core::format::{exact, exact_point};

/// Describes one kind of entries of a setup.
type Entries = fn(&Setup) -> Vec<String>;

impl Setup {
    /// Describes a difference from another setup that forbids the use of events of both together; `None` if there is none.
    ///
    /// Benchmarks and what refers to them are compared by name, for their order may be another one; ranges of parameters and expressions
    /// in the card say nothing of events.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let parts: [(&str, Entries); 7] = [
            ("parameters with their largest powers", Self::described_parameters),
            ("observables with their definitions", Self::described_observables),
            ("benchmarks", Self::described_benchmarks),
            ("monomials of the morphing", Self::described_monomials),
            ("systematics", Self::described_systematics),
            ("nuisance parameters", Self::described_nuisances),
            ("finite differences", Self::described_differences),
        ];
        parts.into_iter().find_map(|(what, entries)| {
            let (here, there) = unequal(&entries(self), &entries(other))?;
            Some(format!("other {what}: {here} here, {there} there"))
        })
    }

    fn described_parameters(&self) -> Vec<String> {
        let all = self.parameters.iter();
        all.map(|one| format!("`{}` with powers up to {}", one.name, one.max_power))
            .collect()
    }

    fn described_observables(&self) -> Vec<String> {
        let all = self.observables.iter();
        all.map(|(name, definition)| match definition {
            Some(definition) => format!("`{name}` = {definition}"),
            None => format!("`{name}`, without an expression"),
        })
        .collect()
    }

    fn described_benchmarks(&self) -> Vec<String> {
        let described = |one: &Benchmark| {
            let kind = match one.is_nuisance {
                true => "of a systematic ",
                false => "",
            };
            let reference = if one.is_reference { ", the reference" } else { "" };
            format!("`{}` {kind}at {}{reference}", one.name, exact_point(&one.theta))
        };
        sorted(self.benchmarks.iter().map(described))
    }

    fn described_monomials(&self) -> Vec<String> {
        let Some(morphing) = &self.morphing else {
            return Vec::new();
        };
        let factor = |(power, name): (&u32, &str)| match power {
            0 => None,
            1 => Some(name.to_owned()),
            power => Some(format!("{name}^{power}")),
        };
        let monomial = |powers: &Vec<u32>| {
            let names = self.parameters.iter().map(|one| one.name.as_str());
            let factors: Vec<String> = powers.iter().zip(names).filter_map(factor).collect();
            match factors.is_empty() {
                true => "1".into(),
                false => factors.join(" "),
            }
        };
        morphing.components().iter().map(monomial).collect()
    }

    fn described_systematics(&self) -> Vec<String> {
        let all = self.systematics.iter();
        sorted(all.map(|one| format!("`{}` ({})", one.name, one.about())))
    }

    fn described_nuisances(&self) -> Vec<String> {
        let name = |b: usize| self.benchmarks[b].name.as_str();
        let all = self.nuisances.iter();
        all.map(|one| {
            let of = one.systematic.as_ref();
            let of = of.map_or_else(String::new, |systematic| format!(" of `{systematic}`"));
            let negative = one.negative.map(|b| format!(" and `{}`", name(b)));
            let negative = negative.unwrap_or_default();
            format!(
                "`{}`{of} with the benchmark `{}`{negative}",
                one.name,
                name(one.positive)
            )
        })
        .collect()
    }

    fn described_differences(&self) -> Vec<String> {
        let Some(all) = &self.finite_differences else {
            return Vec::new();
        };
        let name = |b: &usize| format!("`{}`", self.benchmarks[*b].name);
        let points = all.shifted.iter().map(|(base, shifted)| {
            let shifted: Vec<String> = shifted.iter().map(name).collect();
            format!("{} with {}", name(base), shifted.join(", "))
        });
        [format!("shifts of {}", exact(all.epsilon))]
            .into_iter()
            .chain(points)
            .collect()
    }
}

fn sorted(entries: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = entries.collect();
    all.sort();
    all
}

/// The first entries that differ; "none" where a list has ended.
fn unequal(here: &[String], there: &[String]) -> Option<(String, String)> {
    let at = (0..here.len().max(there.len())).find(|at| here.get(*at) != there.get(*at))?;
    let entry = |entries: &[String]| entries.get(at).cloned().unwrap_or_else(|| "none".into());
    Some((entry(here), entry(there)))
}
