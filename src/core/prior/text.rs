//! Distributions of one parameter as text, such as `normal(0, 0.5)`.

use std::str::FromStr;

use super::Marginal;
use crate::names::nearest;

/// Names of the distributions, with their numbers.
const KNOWN: [(&str, &str); 6] = [
    ("uniform", "low, high"),
    ("normal", "mean, sd"),
    ("log-normal", "mean of the logarithm, sd of the logarithm"),
    ("log-uniform", "low, high"),
    ("truncated-normal", "mean, sd, low, high"),
    ("fixed", "value"),
];

impl FromStr for Marginal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let all: Vec<String> = KNOWN
                .iter()
                .map(|(name, numbers)| format!("{name}({numbers})"))
                .collect();
            format!("`{text}` is no distribution: write one of {}", all.join(", "))
        };
        let (name, rest) = text.trim().split_once('(').ok_or_else(wrong)?;
        let inside = rest.trim_end().strip_suffix(')').ok_or_else(wrong)?;
        let numbers = inside.split(',').map(|number| number.trim().parse::<f64>());
        let numbers = numbers.collect::<Result<Vec<f64>, _>>().map_err(|_| wrong())?;
        let name = name.trim();
        match (name, &numbers[..]) {
            ("uniform", &[low, high]) => Ok(Self::Flat { low, high }),
            ("normal", &[mean, sd]) => Ok(Self::Normal { mean, sd }),
            ("log-normal", &[location, scale]) => Ok(Self::LogNormal { location, scale }),
            ("log-uniform", &[low, high]) => Ok(Self::LogUniform { low, high }),
            ("truncated-normal", &[mean, sd, low, high]) => Ok(Self::TruncatedNormal { mean, sd, low, high }),
            ("fixed", &[value]) => Ok(Self::fixed(value)),
            _ => match KNOWN.iter().find(|(known, _)| *known == name) {
                Some((_, needed)) => Err(format!(
                    "`{text}` has {} numbers: write {name}({needed})",
                    numbers.len()
                )),
                None => Err(format!(
                    "{}{}",
                    wrong(),
                    nearest(name, KNOWN.iter().map(|(name, _)| *name))
                )),
            },
        }
    }
}
