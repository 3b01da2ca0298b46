//! Warnings about the result of a conversion.

use super::config::AnalysisConfig;
use super::conversion::{Conversion, ConvertedSample};
use crate::madminer::{Setup, Systematic};
use motherlode_core::format::exact;
use motherlode_core::real::MAX_PARAMETERS;

/// Plausible factors of a normalisation: an uncertainty of 2 % is the factor 1.02, and a user may write 0.02 by mistake.
const LIKELY: std::ops::RangeInclusive<f64> = 0.5..=2.0;

impl Conversion {
    /// Warnings about probable mistakes: too few benchmarks, factors far from 1, and [`misfits`](Self::misfits).
    pub fn warnings(&self) -> Vec<String> {
        let far = self.setup.systematics.iter().filter_map(unlikely);
        let lacking = self.lacking.iter().cloned();
        lacking
            .chain(self.too_many_parameters())
            .chain(far)
            .chain(self.misfits())
            .collect()
    }

    /// Warns of more parameters than can be learned.
    fn too_many_parameters(&self) -> Option<String> {
        let (theory, nuisance) = (self.setup.parameters.len(), self.setup.nuisances.len());
        (theory + nuisance > MAX_PARAMETERS).then(|| {
            format!(
                "there are {theory} parameters and {nuisance} nuisance parameters, and up to {MAX_PARAMETERS} in all can be learned, so that `mine` \
                 will refuse this file: leave some systematics out; members of a set of parton densities make one of them all with combine = \
                 \"replicas\" or \"hessian\""
            )
        })
    }

    /// Warnings where weights at redundant benchmarks [do not agree](crate::madminer::MorphingCheck): of all samples together, or of those
    /// alone that are concerned.
    ///
    /// The parameters of a benchmark are wrong, or a weight, or weights are polynomials of a higher degree.
    pub fn misfits(&self) -> Vec<String> {
        let signal = || self.samples.iter().filter(|sample| sample.benchmark.is_some());
        let of_sample = |sample: &ConvertedSample| {
            let caveat = sample.morphing_check()?.caveat()?;
            Some(format!("{}: {caveat}", sample.path.display()))
        };
        let misfits: Vec<String> = signal().filter_map(of_sample).collect();
        if !misfits.is_empty() && misfits.len() < signal().count() {
            return misfits;
        }
        let caveat = self.morphing_check().and_then(|check| check.caveat());
        caveat.iter().map(ToString::to_string).collect()
    }
}

/// Warns of a normalisation factor far from 1.
fn unlikely(systematic: &Systematic) -> Option<String> {
    let factor: f64 = systematic.values.parse().ok().filter(|_| systematic.kind == "norm")?;
    (!LIKELY.contains(&factor)).then(|| {
        format!(
            "the systematic `{0}` multiplies the cross section by norm = {1} at one standard deviation: norm is a factor, and an uncertainty \
             of 2 % is written norm = 1.02",
            systematic.name,
            exact(factor)
        )
    })
}

/// Describes how many benchmarks the morphing lacks, and what to do; `None` if there is a morphing.
pub(super) fn missing_benchmarks(setup: &Setup, config: &AnalysisConfig) -> Option<String> {
    let remedy = match (&setup.morphing, &config.setup) {
        (Some(_), _) => return None,
        (None, None) => {
            "generate or reweight events at more of them, and name them in the analysis; `motherlode inspect` of the analysis proposes which"
        }
        (None, Some(_)) => "set a morphing up in MadMiner (`set_morphing`), and take that setup",
    };
    let few = setup.few_benchmarks(config.max_power);
    let few = few.unwrap_or_else(|| "the setup has no morphing".into());
    Some(format!(
        "{few}: weights are known at the benchmarks only, and nothing in between can be learned, so that `mine` will refuse this file; {remedy}"
    ))
}
