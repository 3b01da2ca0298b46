//! Warnings about the result of a conversion.

use super::config::AnalysisConfig;
use super::conversion::Conversion;
use crate::madminer::{Setup, Systematic};
use motherlode_core::format::number;
use motherlode_core::real::MAX_PARAMETERS;

/// Largest relative difference between a cross section and the one that morphing gives.
const MORPHED: f64 = 1e-3;

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

    /// Warnings where morphing does not reproduce the cross section of a sample at a benchmark beyond the basis.
    ///
    /// The parameters of a benchmark are wrong, or a weight, or amplitudes are not polynomials of this degree.
    pub fn misfits(&self) -> Vec<String> {
        let Some(morphing) = &self.setup.morphing else {
            return Vec::new();
        };
        let basis = morphing.matrix().ncols();
        let mut misfits = Vec::new();
        for sample in self.samples.iter().filter(|sample| sample.benchmark.is_some()) {
            for (b, benchmark) in self.setup.physical().skip(basis) {
                let (factors, _) = morphing.weights(&benchmark.theta);
                let morphed: f64 = factors
                    .iter()
                    .enumerate()
                    .map(|(i, factor)| factor * sample.cross_section(i).value)
                    .sum();
                let found = sample.cross_section(b).value;
                if (morphed - found).abs() > MORPHED * found.abs() {
                    misfits.push(format!(
                        "{}: at the benchmark {} its weights give {} pb, and morphing from the first {basis} benchmarks gives {} pb: a \
                         benchmark has other parameters than the analysis says, or weights are no polynomials of this degree",
                        sample.path.display(),
                        benchmark.name,
                        number(found, 5),
                        number(morphed, 5)
                    ));
                }
            }
        }
        misfits
    }
}

/// Warns of a normalisation factor far from 1.
fn unlikely(systematic: &Systematic) -> Option<String> {
    let factor: f64 = systematic.values.parse().ok().filter(|_| systematic.kind == "norm")?;
    (!LIKELY.contains(&factor)).then(|| {
        format!(
            "the systematic `{0}` multiplies the cross section by norm = {factor} at one standard deviation: norm is a factor, and an uncertainty \
             of 2 % is written norm = 1.02",
            systematic.name
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
