//! Asymptotic distributions of the likelihood-ratio statistic, for many events.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use motherlode_core::error::{Error, Result};

fn chi_squared(parameters: usize) -> Result<ChiSquared> {
    ChiSquared::new(parameters as f64).map_err(|_| Error::usage("a test needs at least one parameter of interest"))
}

/// Returns P(q ≥ `q`) for a χ² distribution with one degree of freedom for each of `parameters` parameters of interest (Wilks 1938).
///
/// The formula fails for few events, next to edges, and for likelihoods that are flat or have several maxima: use
/// [toys](super::Neyman) then.
///
/// # Errors
/// If there are no parameters of interest.
pub fn p_value(q: f64, parameters: usize) -> Result<f64> {
    Ok(chi_squared(parameters)?.sf(q.max(0.0)))
}

/// Returns the q that is exceeded with probability 1 − `level`.
///
/// # Errors
/// If `level` is not between 0 and 1, or there are no parameters of interest.
pub fn critical_value(level: f64, parameters: usize) -> Result<f64> {
    if !(0.0 < level && level < 1.0) {
        return Err(Error::usage(format!(
            "a confidence level of {level}: give a number between 0 and 1, such as 0.95"
        )));
    }
    Ok(chi_squared(parameters)?.inverse_cdf(level))
}

/// Returns P(q ≥ `q`) for one parameter whose true value is at its bound: q follows χ² with one degree of freedom in half of the
/// cases, and is zero otherwise (Chernoff 1954).
pub fn p_value_at_bound(q: f64) -> f64 {
    match q > 0.0 {
        true => ChiSquared::new(1.0).map_or(f64::NAN, |one| 0.5 * one.sf(q)),
        false => 1.0,
    }
}
