//! Inference by comparing simulated data sets with the observed one: approximate Bayesian computation, the baseline of
//! all others.
//!
//! No estimator is needed: hypotheses are kept whose data sets resemble what was observed. What resembles is for a
//! [`Comparison`] to say, which reduces data sets to summary statistics. Two methods share it: [`reject`] draws
//! hypotheses from the prior, [`population`] from those that did well before. Both answer with [`Particles`], weighted
//! hypotheses.
//!
//! They are as good as the statistics. What a score estimator says of the data is, close to its reference point,
//! sufficient, and there are only as many numbers of it as parameters.
//!
//! # Source
//! Beaumont, Zhang and Balding 2002, Genetics 162, 2025; Beaumont, Cornuet, Marin and Robert 2009, arXiv:0805.2256;
//! Toni et al. 2009, arXiv:0901.1925.

mod adjustment;
mod comparison;
mod particles;
mod population;
mod rejection;

pub use comparison::{Comparison, DataSet, data_sets, means};
pub use particles::Particles;
pub use population::{PopulationSettings, population};
pub use rejection::{Keep, reject};
