//! The parameters of a workspace: names, ranges and constraints.

use crate::pyhf::{Config, ParameterConfig};
use motherlode_core::error::{Error, Result};

/// Ranges of factors and of factors of single bins, as in pyhf.
const FACTORS: (f64, f64) = (0.0, 10.0);
const BIN_FACTORS: (f64, f64) = (1e-10, 10.0);
/// The range of parameters of variations, in standard deviations.
const DEVIATIONS: (f64, f64) = (-5.0, 5.0);

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name; with an index from 0 in brackets if several parameters share it.
    pub name: String,
    /// Start value of fits.
    pub start: f64,
    /// Allowed range.
    pub range: (f64, f64),
    /// True if the parameter is fixed to its start value.
    pub fixed: bool,
    /// Constraint from an auxiliary measurement.
    pub constraint: Option<Constraint>,
    /// Result of the auxiliary measurement; 0 without one.
    pub auxiliary: f64,
}

/// An auxiliary measurement of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Constraint {
    /// A value with this standard deviation.
    Gaussian {
        /// In the unit of the parameter.
        sigma: f64,
    },
    /// A count, with the number expected for each unit of the parameter.
    Poisson {
        /// τ.
        factor: f64,
    },
}

/// Kinds of parameters; a name belongs to one kind only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    NormFactor,
    /// Variation of a norm or a shape.
    Variation,
    Lumi,
    ShapeSys,
    StatError,
    ShapeFactor,
}

impl Kind {
    fn is_scalar(self) -> bool {
        matches!(self, Self::NormFactor | Self::Variation | Self::Lumi)
    }

    fn name(self) -> &'static str {
        match self {
            Self::NormFactor => "a normfactor",
            Self::Variation => "a normsys or histosys",
            Self::Lumi => "a lumi",
            Self::ShapeSys => "a shapesys",
            Self::StatError => "a staterror",
            Self::ShapeFactor => "a shapefactor",
        }
    }

    /// The usual one; errors of bins are relative ones, and a bin without has no free factor.
    fn parameter(self, relative_error: f64) -> Parameter {
        let free = |start: f64, range: (f64, f64)| Parameter {
            name: String::new(),
            start,
            range,
            fixed: false,
            constraint: None,
            auxiliary: 0.0,
        };
        let certain = relative_error == 0.0;
        match self {
            Self::NormFactor | Self::ShapeFactor => free(1.0, FACTORS),
            Self::Variation => Parameter {
                constraint: Some(Constraint::Gaussian { sigma: 1.0 }),
                ..free(0.0, DEVIATIONS)
            },
            Self::Lumi => Parameter {
                constraint: Some(Constraint::Gaussian { sigma: f64::NAN }),
                auxiliary: f64::NAN,
                ..free(f64::NAN, (f64::NAN, f64::NAN)) // the measurement must give all of it
            },
            Self::StatError => Parameter {
                constraint: Some(Constraint::Gaussian {
                    sigma: if certain { 1.0 } else { relative_error },
                }),
                fixed: certain,
                auxiliary: 1.0,
                ..free(1.0, BIN_FACTORS)
            },
            Self::ShapeSys => {
                let factor = if certain { 1.0 } else { relative_error.powi(-2) };
                Parameter {
                    constraint: Some(Constraint::Poisson { factor }),
                    fixed: certain,
                    auxiliary: factor,
                    ..free(1.0, BIN_FACTORS)
                }
            }
        }
    }
}

/// All parameters, in sets of one name.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) all: Vec<Parameter>,
    sets: Vec<Set>,
}

#[derive(Debug)]
struct Set {
    name: String,
    kind: Kind,
    /// The numbers of its parameters.
    members: Vec<usize>,
}

impl Parameters {
    /// The number of the parameter of a scalar modifier, which is new or known.
    pub(super) fn scalar(&mut self, name: &str, kind: Kind) -> Result<usize> {
        self.shared(name, kind, 1)
    }

    /// Index of the first of `n` parameters, which are added if they are new.
    pub(super) fn shared(&mut self, name: &str, kind: Kind, n: usize) -> Result<usize> {
        match self.find(name, kind)? {
            None => self.add(name, kind, &vec![1.0; n]),
            Some(set) if set.members.len() == n => Ok(set.members[0]),
            Some(set) => Err(Error::data(format!(
                "the {} `{name}` has {} bins in one channel and {n} in another: give each a name of its own",
                kind.name().trim_start_matches("a "),
                set.members.len()
            ))),
        }
    }

    /// The number of the first of some new parameters, one for each bin, with these relative errors. Of a name that is known they are
    /// further members.
    pub(super) fn add(&mut self, name: &str, kind: Kind, relative_errors: &[f64]) -> Result<usize> {
        let first = self.all.len();
        self.find(name, kind)?;
        let at = self.sets.iter().position(|set| set.name == name).unwrap_or_else(|| {
            self.sets.push(Set {
                name: name.into(),
                kind,
                members: Vec::new(),
            });
            self.sets.len() - 1
        });
        let members = &mut self.sets[at].members;
        for error in relative_errors {
            let name = match kind.is_scalar() {
                true => name.into(),
                false => format!("{name}[{}]", members.len()),
            };
            members.push(self.all.len());
            self.all.push(Parameter {
                name,
                ..kind.parameter(*error)
            });
        }
        Ok(first)
    }

    /// Returns true if there are parameters of this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.sets.iter().any(|set| set.name == name)
    }

    fn find(&self, name: &str, kind: Kind) -> Result<Option<&Set>> {
        let set = self.sets.iter().find(|set| set.name == name);
        match set {
            Some(set) if set.kind != kind => Err(Error::data(format!(
                "`{name}` is the name of {} and of {}: give each a name of its own",
                set.kind.name(),
                kind.name()
            ))),
            set => Ok(set),
        }
    }

    /// Applies the settings of a measurement; returns the index of the parameter of interest.
    pub(super) fn configure(&mut self, config: &Config) -> Result<Option<usize>> {
        for (i, parameter) in config.parameters.iter().enumerate() {
            if config.parameters[..i].iter().any(|other| other.name == parameter.name) {
                return Err(Error::data(format!(
                    "the measurement has the parameter `{}` twice",
                    parameter.name
                )));
            }
            if let Some(set) = self.sets.iter().find(|set| set.name == parameter.name) {
                let wrong =
                    |error: Error| Error::data(format!("the measurement, parameter `{}`: {error}", parameter.name));
                apply_config(&mut self.all, &set.members, parameter).map_err(wrong)?;
            }
        }
        self.all.iter().try_for_each(check)?;
        if config.poi.is_empty() {
            return Ok(None);
        }
        let known = self.sets.iter().find(|set| set.name == config.poi);
        match known.filter(|set| set.kind.is_scalar()) {
            Some(set) => Ok(Some(set.members[0])),
            None => Err(Error::data(format!(
                "the parameter of interest `{}` is none of a single parameter; there are {}",
                config.poi,
                self.scalars().join(", ")
            ))),
        }
    }

    fn scalars(&self) -> Vec<&str> {
        let scalars = self.sets.iter().filter(|set| set.kind.is_scalar());
        scalars.map(|set| set.name.as_str()).collect()
    }
}

/// Applies the settings of a measurement to the parameters of one name.
fn apply_config(all: &mut [Parameter], members: &[usize], config: &ParameterConfig) -> Result<()> {
    fn each<'a, T>(what: &str, values: &'a Option<Vec<T>>, n: usize) -> Result<Option<&'a [T]>> {
        match values {
            Some(values) if values.len() != n => Err(Error::data(format!(
                "has {} values as {what}, and {n} are needed",
                values.len()
            ))),
            values => Ok(values.as_deref()),
        }
    }
    let n = members.len();
    let (inits, bounds) = (each("inits", &config.inits, n)?, each("bounds", &config.bounds, n)?);
    let (auxdata, sigmas) = (each("auxdata", &config.auxdata, n)?, each("sigmas", &config.sigmas, n)?);
    let factors = each("factors", &config.factors, n)?;
    for (i, &member) in members.iter().enumerate() {
        let parameter = &mut all[member];
        parameter.start = inits.map_or(parameter.start, |inits| inits[i]);
        parameter.range = bounds.map_or(parameter.range, |bounds| bounds[i]);
        parameter.fixed = config.fixed.unwrap_or(parameter.fixed);
        parameter.auxiliary = auxdata.map_or(parameter.auxiliary, |auxdata| auxdata[i]);
        match (&mut parameter.constraint, sigmas, factors) {
            (Some(Constraint::Gaussian { sigma }), sigmas, None) => *sigma = sigmas.map_or(*sigma, |sigmas| sigmas[i]),
            (Some(Constraint::Poisson { factor }), None, factors) => {
                *factor = factors.map_or(*factor, |factors| factors[i]);
            }
            (None, None, None) if auxdata.is_none() => (),
            _ => {
                return Err(Error::data(
                    "has no such auxiliary measurement: leave auxdata, sigmas or factors out",
                ));
            }
        }
    }
    Ok(())
}

fn check(parameter: &Parameter) -> Result<()> {
    let Parameter {
        name,
        start,
        range,
        auxiliary,
        ..
    } = parameter;
    let known = match parameter.constraint {
        Some(Constraint::Gaussian { sigma }) => sigma > 0.0 && sigma.is_finite(),
        Some(Constraint::Poisson { factor }) => factor > 0.0 && factor.is_finite() && *auxiliary >= 0.0,
        None => true,
    };
    if name == "lumi" && (start.is_nan() || !known || auxiliary.is_nan() || range.0.is_nan()) {
        return Err(Error::data(
            "the measurement does not say what is known of `lumi`: its parameters need inits, bounds, auxdata and sigmas of it",
        ));
    }
    let is_range = range.0 < range.1 && range.0.is_finite() && range.1.is_finite();
    let what = match known && auxiliary.is_finite() {
        _ if !is_range => format!(
            "has the bounds {} and {}: the first must be below the second, and both finite",
            range.0, range.1
        ),
        _ if !(range.0..=range.1).contains(start) => format!(
            "starts at {start}, which is outside of its bounds {} and {}: give it `inits` between them, or wider `bounds` in the measurement",
            range.0, range.1
        ),
        false => format!(
            "has {} and {auxiliary} found: both must be finite, errors and counts for each unit above 0",
            match parameter.constraint {
                Some(Constraint::Gaussian { sigma }) => format!("an error of {sigma}"),
                Some(Constraint::Poisson { factor }) => format!("{factor} counts for each unit"),
                None => "no constraint".to_owned(),
            }
        ),
        true => return Ok(()),
    };
    Err(Error::data(format!("the parameter `{name}` {what}")))
}
