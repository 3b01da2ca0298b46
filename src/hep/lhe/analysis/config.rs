//! The contents of an analysis file.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

use super::selection::{ObservableConfig, UsualObservables};
use crate::lhe::{Normalisation, Smearing, Spread};
use motherlode_core::error::{Error, Result};

/// Contents of the TOML file of an analysis.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnalysisConfig {
    /// A file of MadMiner with parameters, benchmarks and morphing; in place of the next three.
    pub setup: Option<PathBuf>,
    #[serde(default)]
    pub parameters: IndexMap<String, ParameterConfig>,
    #[serde(default)]
    pub benchmarks: IndexMap<String, Vec<f64>>,
    /// The largest power of all parameters together in the square of an amplitude.
    pub max_power: Option<u32>,
    /// The benchmark that systematic variations are relative to.
    pub reference: Option<String>,
    #[serde(default)]
    pub samples: Vec<SampleConfig>,
    #[serde(default)]
    pub systematics: IndexMap<String, SystematicConfig>,
    #[serde(default)]
    pub observables: IndexMap<String, ObservableConfig>,
    pub usual_observables: Option<UsualObservables>,
    #[serde(default)]
    pub cuts: Vec<String>,
    #[serde(default)]
    pub efficiencies: Vec<String>,
    #[serde(default)]
    pub smearing: Vec<Smearing>,
    #[serde(default)]
    pub met_noise: Spread,
}

/// A parameter in full, or its range alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "a parameter is [lowest, highest], or { range = [lowest, highest], power = 2, card = [\"block\", 1] }"
)]
enum ParameterForm {
    Range([f64; 2]),
    Whole(WholeParameter),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WholeParameter {
    range: [f64; 2],
    #[serde(default = "two")]
    power: u32,
    #[serde(default)]
    card: (String, i64),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(from = "ParameterForm")]
pub(super) struct ParameterConfig {
    /// Range of the measurement.
    pub range: [f64; 2],
    /// Largest power in the square of an amplitude.
    pub power: u32,
    /// Block and number in the parameter card.
    pub card: (String, i64),
}

impl From<ParameterForm> for ParameterConfig {
    fn from(form: ParameterForm) -> Self {
        let (range, power, card) = match form {
            ParameterForm::Range(range) => (range, two(), Default::default()),
            ParameterForm::Whole(WholeParameter { range, power, card }) => (range, power, card),
        };
        Self { range, power, card }
    }
}

fn two() -> u32 {
    2
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleConfig {
    /// The Les Houches file; or several, of which each may be a pattern with `*` and `?`: parts of one sample.
    #[serde(alias = "files")]
    pub file: FileList,
    /// The benchmark at which its events were generated; not for background.
    pub benchmark: Option<String>,
    /// True for background: the same weights at all parameters.
    #[serde(default)]
    pub background: bool,
    /// Files of the same process and benchmark are parts of one sample; those of different processes add up.
    pub process: Option<String>,
    #[serde(default = "one")]
    pub k_factor: f64,
    pub normalisation: Option<Normalisation>,
    /// Names of weights in the file, where they are not those of the benchmarks.
    #[serde(default)]
    pub weights: IndexMap<String, String>,
    /// Systematics that the sample has weights for; all if left out.
    pub systematics: Option<Vec<String>>,
    /// Treatment of events that lack a weight that is needed; an error if absent.
    pub missing_weights: Option<MissingWeights>,
}

/// One file, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "file is the name of a Les Houches file, or a list of names and patterns"
)]
pub(super) enum FileList {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

/// Treatment of events that lack a weight.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MissingWeights {
    /// They are left out and counted.
    LeaveOut,
}

impl FileList {
    /// Paths of all files, relative names taken from `folder`; a pattern gives its matches in alphabetical order.
    ///
    /// # Errors
    /// If a pattern matches nothing, or a file is named twice.
    pub(super) fn paths(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let named = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several.as_slice(),
        };
        let mut paths: Vec<PathBuf> = Vec::new();
        for name in named {
            let path = folder.join(name);
            let found = match path.exists() || !is_pattern(name) {
                true => vec![path],
                false => matches(&path)?,
            };
            for path in found {
                if paths.contains(&path) {
                    return Err(Error::file(
                        &path,
                        "is named twice in one sample: its events would count twice",
                    ));
                }
                paths.push(path);
            }
        }
        match paths.is_empty() {
            true => Err(Error::data("a sample has an empty list of files: name at least one")),
            false => Ok(paths),
        }
    }
}

fn is_pattern(name: &Path) -> bool {
    name.to_string_lossy().contains(['*', '?', '['])
}

/// Files that match a pattern, in alphabetical order.
fn matches(pattern: &Path) -> Result<Vec<PathBuf>> {
    let text = pattern.to_string_lossy();
    let found =
        glob::glob(&text).map_err(|error| Error::file(pattern, format!("is no pattern of file names: {error}")))?;
    let unreadable = |error: glob::GlobError| {
        let path = error.path().to_owned();
        Error::io(&path, error.into())
    };
    let found = found.map(|path| path.map_err(unreadable));
    let found = found.collect::<Result<Vec<_>>>()?;
    match found.is_empty() {
        true => Err(Error::file(
            pattern,
            "matches no file: correct the pattern, which is relative to the folder of the analysis",
        )),
        false => Ok(found),
    }
}

fn one() -> f64 {
    1.0
}

/// Kind of a set of parton densities: how its members give an uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Combination {
    /// They are drawn from the distribution of densities: their standard deviation is the error.
    Replicas,
    /// Each is one standard deviation off along one eigenvector: they add up in quadrature.
    Hessian,
}

/// A systematic error: one of the three.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SystematicConfig {
    /// A factor on the cross section, for one standard deviation.
    pub norm: Option<f64>,
    /// The name of a set of parton densities, whose members have weights.
    pub pdf: Option<String>,
    /// Combination of the members of the set to one error; without it, each is a separate systematic error.
    pub combine: Option<Combination>,
    /// Scale factors from the lowest to the highest.
    pub scale: Option<Vec<f64>>,
    /// `mu` for both scales, `muf`, or `mur`.
    pub varies: Option<String>,
}

impl AnalysisConfig {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io(path, error))?;
        let config: Self =
            toml::from_str(&text).map_err(|error| Error::file(path, format!("cannot be understood: {error}")))?;
        if config.setup.is_some() && !(config.parameters.is_empty() && config.benchmarks.is_empty()) {
            return Err(Error::file(
                path,
                "has both a setup file and parameters or benchmarks of its own: leave one of them out",
            ));
        }
        Ok(config)
    }
}
