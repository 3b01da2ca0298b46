//! The likelihood of a workspace of pyhf, and the limits that follow from it.
//!
//! A [`HistFactory`] is the product of the Poisson probabilities of all bins and of the constraints of what is known of the parameters;
//! [`CLs`] tests signal strengths with it, by the asymptotic formulae.
//!
//! # Source
//! Cranmer, Lewis, Moneta, Shibata and Verkerke 2012, CERN-OPEN-2012-016; where that leaves a choice, pyhf 0.7 (Heinrich, Feickert,
//! Stark and Cranmer 2021).

mod cls;
mod crossing;
mod density;
mod fit;
mod interpolation;
mod model;
mod parameters;
mod rates;

pub use cls::{CLs, StrengthTest, UpperLimits};
pub use density::Data;
pub use fit::BestFit;
pub use model::HistFactory;
pub(crate) use model::errors_of_empty_bins;
pub use parameters::{Constraint, Parameter};
