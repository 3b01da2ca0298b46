//! Estimators as MadMiner saves them: settings, weights, and the scaling of their inputs, in files side by side.
//!
//! # Source
//! MadMiner 0.9.6, `madminer/ml` (Brehmer, Kling, Espejo and Cranmer 2019, arXiv:1907.10621).

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use motherlode_core::arrays::StateDict;
use motherlode_core::arrays::npy;
use motherlode_core::error::{Error, Result};

/// The most members of an ensemble.
const MOST_MEMBERS: usize = 1_000;

/// Types of estimators, as MadMiner's settings name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EstimatorType {
    /// ℓ(x, θ) against a reference that is not saved.
    ParameterizedRatio,
    /// ℓ(x, θ0, θ1).
    DoubleParameterizedRatio,
    /// t̂(x).
    Score,
    /// ln p̂(x|θ).
    Likelihood,
}

/// `NAME_settings.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Settings {
    pub estimator_type: EstimatorType,
    /// After the choice of features.
    pub n_observables: usize,
    pub n_parameters: usize,
    /// Columns of x that the network sees.
    #[serde(default, deserialize_with = "optional")]
    pub features: Option<Vec<usize>>,
    /// Widths of the hidden layers.
    pub n_hidden: Vec<usize>,
    pub activation: String,
    #[serde(default)]
    pub dropout_prob: f64,
    #[serde(default)]
    pub nuisance_mode_default: Option<String>,
    #[serde(default)]
    pub n_components: Option<usize>,
    #[serde(default)]
    pub n_mades: Option<usize>,
    #[serde(default, deserialize_with = "optional")]
    pub batch_norm: Option<f64>,
    /// Only of a morphing-aware estimator, which calls itself a parameterised one.
    #[serde(default)]
    pub components: Option<Value>,
}

/// Shift and scale of each input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    pub means: Vec<f64>,
    pub sds: Vec<f64>,
}

/// One network with what MadMiner knows of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SavedEstimator {
    pub settings: Settings,
    /// The settings as they were written.
    pub written_settings: Value,
    pub weights: StateDict,
    /// Scaling of all columns of x, before the choice of features; absent if x is not scaled.
    pub x: Option<Moments>,
    /// Absent if θ is not scaled.
    pub theta: Option<Moments>,
    /// Names of the files that were read.
    pub files: Vec<String>,
}

impl SavedEstimator {
    /// Reads the estimator that was saved as `name`, or, if that is a folder, the members of an ensemble.
    pub(crate) fn read_all(name: &Path) -> Result<Vec<Self>> {
        if !name.is_dir() {
            return Self::read(name).map(|single| vec![single]);
        }
        let n = n_members(&name.join("ensemble.json"))?;
        (0..n)
            .map(|member| Self::read(&name.join(format!("estimator_{member}"))))
            .collect()
    }

    fn read(name: &Path) -> Result<Self> {
        let mut files = Vec::new();
        let mut read = |path: PathBuf| {
            files.extend(path.file_name().map(|file| file.to_string_lossy().into_owned()));
            path
        };
        let path = read(beside(name, "_settings.json"));
        let written_settings: Value = json(&path)?;
        let settings = Settings::of(&path, &written_settings)?;
        let safe = beside(name, "_state_dict.safetensors");
        let pickled = beside(name, "_state_dict.pt");
        let weights = StateDict::read(&read(if safe.exists() && !pickled.exists() {
            safe
        } else {
            pickled
        }))?;
        let mut moments = |of: &str| -> Result<Option<Moments>> {
            let [means, sds] = ["means", "stds"].map(|what| beside(name, &format!("_{of}_{what}.npy")));
            match (means.exists(), sds.exists()) {
                (false, false) => Ok(None),
                _ => Moments::read(&read(means), &read(sds)).map(Some),
            }
        };
        let x = moments("x")?;
        // MadMiner has nothing to scale in a score estimator, and would not look at such files.
        let theta = match settings.estimator_type {
            EstimatorType::Score => None,
            _ => moments("theta")?,
        };
        Ok(Self {
            settings,
            written_settings,
            weights,
            x,
            theta,
            files,
        })
    }
}

impl Settings {
    fn of(path: &Path, written: &Value) -> Result<Self> {
        match written.get("estimator_type") {
            None => Err(Error::file(
                path,
                "has no `estimator_type`: either it belongs to no estimator, or MadMiner before 0.3 has written it; load and \
                 save it with MadMiner 0.9 first",
            )),
            Some(_) => serde_json::from_value(written.clone())
                .map_err(|error| Error::file(path, format!("holds no settings of an estimator of MadMiner ({error})"))),
        }
    }
}

impl Moments {
    fn read(means: &Path, sds: &Path) -> Result<Self> {
        let moments = Self {
            means: npy::read_row(means)?,
            sds: npy::read_row(sds)?,
        };
        if moments.means.len() != moments.sds.len() {
            let (found, needed) = (moments.sds.len(), moments.means.len());
            return Err(Error::file(
                sds,
                format!("has {found} values, but there are {needed} means"),
            ));
        }
        match moments.sds.iter().find(|sd| **sd <= 0.0) {
            Some(sd) => Err(Error::file(sds, format!("has a standard deviation of {sd}"))),
            None => Ok(moments),
        }
    }

    /// Returns true if it changes nothing.
    pub(crate) fn is_identity(&self) -> bool {
        self.means.iter().all(|mean| *mean == 0.0) && self.sds.iter().all(|sd| *sd == 1.0)
    }
}

/// The path that begins with the name of an estimator.
fn beside(name: &Path, ending: &str) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

fn json(path: &Path) -> Result<Value> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::usage(format!(
                "there is no `{}`: give the name that the estimator was saved under, without _settings.json, or the folder \
                 of an ensemble",
                path.display()
            )));
        }
        other => other.map_err(|error| Error::io(path, error))?,
    };
    serde_json::from_slice(&bytes).map_err(|error| Error::file(path, format!("is no JSON file ({error})")))
}

fn n_members(path: &Path) -> Result<usize> {
    let n = json(path)?.get("n_estimators").and_then(Value::as_u64);
    match n.and_then(|n| usize::try_from(n).ok()) {
        Some(n) if (1..=MOST_MEMBERS).contains(&n) => Ok(n),
        _ => Err(Error::file(
            path,
            format!("has no `n_estimators` between 1 and {MOST_MEMBERS}"),
        )),
    }
}

/// A value that some versions write as the word "None".
fn optional<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(none) if none == "None" => Ok(None),
        value => serde_json::from_value(value)
            .map(Some)
            .map_err(serde::de::Error::custom),
    }
}
