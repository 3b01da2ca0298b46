//! A setup as the groups of a file that MadMiner 0.9.6 opens.

use super::skeleton::{Content, Skeleton, WORD};
use super::{FiniteDifferences, Morphing, Setup, Systematic};
use motherlode_core::error::{Error, Result};

impl Setup {
    /// Puts all but the events into a file.
    pub(super) fn describe(&self, skeleton: &mut Skeleton) -> Result<()> {
        self.describe_parameters(skeleton)?;
        self.describe_benchmarks(skeleton)?;
        if let Some(morphing) = &self.morphing {
            describe_morphing(morphing, self.parameters.len(), skeleton)?;
        }
        if let Some(differences) = &self.finite_differences {
            self.describe_finite_differences(differences, skeleton)?;
        }
        if !self.systematics.is_empty() {
            describe_systematics(&self.systematics, skeleton)?;
        }
        if !self.nuisances.is_empty() {
            self.describe_nuisances(skeleton)?;
        }
        if self.observables.is_empty() {
            return Ok(());
        }
        let n = self.observables.len();
        let names = self.observables.iter().map(|(name, _)| name.as_str());
        let definitions = self
            .observables
            .iter()
            .map(|(_, text)| text.as_deref().unwrap_or("None"));
        let sets = vec![
            ("names", vec![n], words(names)),
            ("definitions", vec![n], words(definitions)),
        ];
        skeleton.group("observables", sets)
    }

    fn describe_parameters(&self, skeleton: &mut Skeleton) -> Result<()> {
        let (p, all) = (self.parameters.len(), || self.parameters.iter());
        let ranges = all().flat_map(|one| [one.range.0, one.range.1]);
        let sets = vec![
            ("names", vec![p], words(all().map(|one| one.name.as_str()))),
            ("lha_blocks", vec![p], words(all().map(|one| one.card.0.as_str()))),
            (
                "lha_ids",
                vec![p],
                Content::Integers(all().map(|one| one.card.1).collect()),
            ),
            (
                "max_power",
                vec![p],
                Content::Integers(all().map(|one| one.max_power.into()).collect()),
            ),
            ("val_ranges", vec![p, 2], Content::Reals(ranges.collect())),
            (
                "transforms",
                vec![p],
                words(all().map(|one| one.transform.as_deref().unwrap_or("_"))),
            ),
        ];
        skeleton.group("parameters", sets)
    }

    fn describe_benchmarks(&self, skeleton: &mut Skeleton) -> Result<()> {
        let (b, all) = (self.benchmarks.len(), || self.benchmarks.iter());
        let values = all().flat_map(|one| one.theta.iter().copied());
        let sets = vec![
            ("names", vec![b], words(all().map(|one| one.name.as_str()))),
            (
                "values",
                vec![b, self.parameters.len()],
                Content::Reals(values.collect()),
            ),
            (
                "is_nuisance",
                vec![b],
                Content::Integers(all().map(|one| one.is_nuisance.into()).collect()),
            ),
            (
                "is_reference",
                vec![b],
                Content::Integers(all().map(|one| one.is_reference.into()).collect()),
            ),
        ];
        skeleton.group("benchmarks", sets)
    }

    fn describe_finite_differences(&self, differences: &FiniteDifferences, skeleton: &mut Skeleton) -> Result<()> {
        let (f, all) = (differences.shifted.len(), || differences.shifted.iter());
        let name = |b: &usize| self.benchmarks[*b].name.as_str();
        let sets = vec![
            ("base_benchmarks", vec![f], words(all().map(|(base, _)| name(base)))),
            (
                "shifted_benchmarks",
                vec![f, self.parameters.len()],
                words(all().flat_map(|(_, shifted)| shifted.iter().map(name))),
            ),
            ("epsilon", vec![], Content::Reals(vec![differences.epsilon])),
        ];
        skeleton.group("finite_differences", sets)
    }

    fn describe_nuisances(&self, skeleton: &mut Skeleton) -> Result<()> {
        let (k, all) = (self.nuisances.len(), || self.nuisances.iter());
        let name = |b: usize| self.benchmarks[b].name.as_str();
        let sets = vec![
            ("names", vec![k], words(all().map(|one| one.name.as_str()))),
            (
                "systematics",
                vec![k],
                words(all().map(|one| one.systematic.as_deref().unwrap_or("None"))),
            ),
            (
                "benchmark_positive",
                vec![k],
                words(all().map(|one| name(one.positive))),
            ),
            (
                "benchmark_negative",
                vec![k],
                words(all().map(|one| one.negative.map_or("None", name))),
            ),
        ];
        skeleton.group("nuisance_parameters", sets)
    }

    /// Checks for contents that a file cannot hold, or that MadMiner would not open.
    pub(super) fn check_writable(&self) -> Result<()> {
        let refuse = |what: String| {
            Err(Error::data(format!(
                "this cannot be written as a file of MadMiner: {what}"
            )))
        };
        let (p, b) = (self.parameters.len(), self.benchmarks.len());
        if p == 0 || self.physical().next().is_none() {
            return refuse("it needs a parameter and a benchmark that is a parameter point".into());
        }
        if let Some(benchmark) = self.benchmarks.iter().find(|benchmark| benchmark.theta.len() != p) {
            return refuse(format!(
                "the benchmark `{}` has {} values for {p} parameters",
                benchmark.name,
                benchmark.theta.len()
            ));
        }
        if !self.benchmarks.is_sorted_by_key(|benchmark| benchmark.is_nuisance) {
            return refuse("parameter points come first among the benchmarks, those of systematics last".into());
        }
        let references = self
            .benchmarks
            .iter()
            .filter(|benchmark| benchmark.is_reference)
            .count();
        if references > 1 || (references == 0 && !self.nuisances.is_empty()) {
            return refuse(format!(
                "{references} benchmarks are marked as reference, and one must be where there are systematics"
            ));
        }
        let mut named = self
            .nuisances
            .iter()
            .flat_map(|one| [Some(one.positive), one.negative])
            .flatten()
            .chain(
                self.finite_differences
                    .iter()
                    .flat_map(|all| &all.shifted)
                    .flat_map(|(base, shifted)| std::iter::once(*base).chain(shifted.iter().copied())),
            );
        if let Some(beyond) = named.find(|number| *number >= b) {
            return refuse(format!(
                "benchmark {beyond} is named, and there are {b}, counted from 0"
            ));
        }
        let differences = self.finite_differences.iter().flat_map(|all| &all.shifted);
        if differences.into_iter().any(|(_, shifted)| shifted.len() != p) {
            return refuse(format!(
                "derivatives from differences need a shifted benchmark for each of {p} parameters"
            ));
        }
        self.check_morphing().or_else(refuse)?;
        match self
            .words()
            .find(|word| !word.is_ascii() || word.len() > WORD || word.contains('\0'))
        {
            Some(word) => refuse(format!(
                "`{word}` has {} bytes, and up to {WORD} in ASCII fit: shorten it; an observable needs no definition",
                word.len()
            )),
            None => Ok(()),
        }
    }

    fn check_morphing(&self) -> Result<(), String> {
        let Some(morphing) = &self.morphing else { return Ok(()) };
        let (points, needed) = (self.physical().count(), morphing.matrix().ncols());
        match morphing
            .components()
            .iter()
            .all(|powers| powers.len() == self.parameters.len())
            && points >= needed
        {
            true => Ok(()),
            false => Err(format!(
                "its morphing is of {needed} parameter points and monomials of other parameters than the {} with {points} points that it has",
                self.parameters.len()
            )),
        }
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        let parameters = self
            .parameters
            .iter()
            .flat_map(|one| [Some(&one.name), Some(&one.card.0), one.transform.as_ref()]);
        let benchmarks = self.benchmarks.iter().map(|one| Some(&one.name));
        let systematics = self
            .systematics
            .iter()
            .flat_map(|one| [Some(&one.name), Some(&one.kind), Some(&one.values), one.scale.as_ref()]);
        let nuisances = self.nuisances.iter().map(|one| Some(&one.name));
        let observables = self
            .observables
            .iter()
            .flat_map(|(name, text)| [Some(name), text.as_ref()]);
        let all = parameters
            .chain(benchmarks)
            .chain(systematics)
            .chain(nuisances)
            .chain(observables);
        all.flatten().map(String::as_str)
    }
}

fn words<'a>(all: impl Iterator<Item = &'a str>) -> Content<'a> {
    Content::Words(all.collect())
}

fn describe_morphing(morphing: &Morphing, p: usize, skeleton: &mut Skeleton) -> Result<()> {
    let (c, matrix) = (morphing.components().len(), morphing.matrix());
    let powers = morphing.components().iter().flatten();
    let sets = vec![
        (
            "components",
            vec![c, p],
            Content::Integers(powers.map(|power| i64::from(*power)).collect()),
        ),
        (
            "morphing_matrix",
            vec![c, matrix.ncols()],
            Content::Reals(matrix.iter().copied().collect()),
        ),
    ];
    skeleton.group("morphing", sets)
}

/// Scales first, and in `scales` nothing but these: MadMiner 0.9.6 opens no file in which a systematic has no scale, but reads as many
/// systematics as there are scales.
fn describe_systematics(systematics: &[Systematic], skeleton: &mut Skeleton) -> Result<()> {
    let (scales, others): (Vec<_>, Vec<_>) = systematics.iter().partition(|one| one.scale.is_some());
    let (s, all) = (systematics.len(), || scales.iter().chain(&others));
    let which = scales.iter().flat_map(|one| one.scale.as_deref());
    let sets = vec![
        ("names", vec![s], words(all().map(|one| one.name.as_str()))),
        ("types", vec![s], words(all().map(|one| one.kind.as_str()))),
        ("values", vec![s], words(all().map(|one| one.values.as_str()))),
        ("scales", vec![scales.len()], words(which)),
    ];
    skeleton.group("systematics", sets)
}
