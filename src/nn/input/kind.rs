//! The transforms by name.

use std::f64::consts::TAU;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};
use motherlode_core::names::nearest;

/// How an observable is made into features; by name `standardise`, `signed-log`, `quantile`, `angle`, `angle:PERIOD` or
/// `categorical`.
///
/// [The room](super) says which is for what.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum TransformKind {
    /// (x − mean)/sd.
    Standardise,
    /// ±ln(1 + |x − c|/s), standardised: linear around c, logarithmic in the tails.
    ///
    /// c is 0, or the median where 0 is farther from it than ten interquartile ranges; s is the first quartile of the
    /// |x − c| that are not 0.
    SignedLog,
    /// The normal score of the empirical distribution function: Φ⁻¹(F(x)), linear between at most 512 knots and beyond
    /// the first and the last.
    Quantile,
    /// (sin, cos) of 2π x/period.
    Angle {
        /// The period, in the units of the observable: 2π unless told.
        period: f64,
    },
    /// One feature for each value that occurs in training, 1 where it is the value.
    ///
    /// An event of a value that did not occur has 0 in all of them, "none of those known": rare values need not occur
    /// in every training set, and must not stop an evaluation.
    Categorical,
}

impl std::fmt::Display for TransformKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Standardise => f.write_str("standardise"),
            Self::SignedLog => f.write_str("signed-log"),
            Self::Quantile => f.write_str("quantile"),
            Self::Angle { period } if *period == TAU => f.write_str("angle"),
            Self::Angle { period } => write!(f, "angle:{period}"),
            Self::Categorical => f.write_str("categorical"),
        }
    }
}

impl From<TransformKind> for String {
    fn from(kind: TransformKind) -> Self {
        kind.to_string()
    }
}

impl TryFrom<String> for TransformKind {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        name.parse()
    }
}

impl FromStr for TransformKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "standardise" | "standardize" => Ok(Self::Standardise),
            "signed-log" => Ok(Self::SignedLog),
            "quantile" => Ok(Self::Quantile),
            "angle" => Ok(Self::Angle { period: TAU }),
            "categorical" => Ok(Self::Categorical),
            _ => {
                let period = name.strip_prefix("angle:").and_then(|period| period.parse().ok());
                let period = period.filter(|period: &f64| period.is_finite() && *period > 0.0);
                period.map(|period| Self::Angle { period }).ok_or_else(|| {
                    let near = nearest(name, ["standardise", "signed-log", "quantile", "angle", "categorical"]);
                    Error::usage(format!(
                        "there is no transform `{name}`{near}; the transforms are standardise, signed-log, quantile, angle (in \
                         radians), angle:PERIOD with a positive period, and categorical"
                    ))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_the_kinds_they_name() {
        for name in [
            "standardise",
            "signed-log",
            "quantile",
            "angle",
            "angle:360",
            "categorical",
        ] {
            let kind: TransformKind = name.parse().unwrap();
            assert_eq!(kind.to_string(), name);
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{name}\""));
            assert_eq!(serde_json::from_str::<TransformKind>(&json).unwrap(), kind);
        }
    }

    #[test]
    fn other_names_are_refused_in_words() {
        for name in ["log", "", "angle:", "angle:0", "angle:-1", "angle:inf", "angle:NaN"] {
            let message = name.parse::<TransformKind>().unwrap_err().to_string();
            assert!(message.contains("signed-log") && message.contains(name), "{message}");
        }
    }
}
