//! Priors on the command line.

use std::path::Path;
use std::str::FromStr;

use motherlode_core::error::{Error, Result};
use motherlode_core::names::nearest;
use motherlode_core::prior::{Marginal, Prior};

/// A prior: a distribution for each named parameter, or a file of JSON as the header of a data set has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PriorText {
    Named(Vec<(String, Marginal)>),
    File(std::path::PathBuf),
}

impl FromStr for PriorText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if Path::new(text).extension().is_some_and(|extension| extension == "json") {
            return Ok(Self::File(text.into()));
        }
        let one = |part: &str| {
            let (name, distribution) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not of the form NAME=DISTRIBUTION, and not a .json file"))?;
            Ok((name.trim().to_owned(), distribution.parse()?))
        };
        let parts = text.split(';').filter(|part| !part.trim().is_empty());
        parts.map(one).collect::<Result<_, String>>().map(Self::Named)
    }
}

impl PriorText {
    /// The prior over parameters with these names; `others` has the distributions of those that are not named.
    ///
    /// # Errors
    /// If a file cannot be read, or a parameter is unknown, named twice, or has no distribution.
    pub(super) fn prior(&self, names: &[String], others: Option<&[Marginal]>) -> Result<Prior> {
        let named = match self {
            Self::File(path) => return read(path),
            Self::Named(named) => named,
        };
        let unknown = named.iter().find(|(name, _)| !names.contains(name));
        if let Some((name, _)) = unknown {
            return Err(Error::usage(format!(
                "--prior {name}{}: there is no such parameter; the parameters are {}",
                nearest(name, names),
                names.join(", ")
            )));
        }
        let of = |(k, name): (usize, &String)| {
            let mut given = named.iter().filter(|(known, _)| known == name);
            match (given.next(), given.next(), others.and_then(|others| others.get(k))) {
                (Some((_, marginal)), None, _) => Ok(*marginal),
                (None, _, Some(other)) => Ok(*other),
                (Some(_), Some(_), _) => Err(Error::usage(format!(
                    "--prior gives `{name}` twice: give one distribution"
                ))),
                (None, _, None) => Err(Error::usage(format!(
                    "--prior gives no distribution of `{name}`: give one for each of {}",
                    names.join(", ")
                ))),
            }
        };
        let marginals = names.iter().enumerate().map(of).collect::<Result<Vec<_>>>()?;
        Ok(Prior::independent(marginals))
    }
}

fn read(path: &Path) -> Result<Prior> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| {
        Error::file(
            path,
            format!(
                "is no prior ({error}): give JSON as the header of a data set has it, such as {{\"kind\": \"correlated\", \"mean\": [0, 0], \
                 \"covariance\": [[1, 0.5], [0.5, 1]]}}"
            ),
        )
    })
}
