//! Posteriors of any number of parameters, by Markov chains that follow the score.
//!
//! The prior is uniform in a box. A [`Target`] is ln L(θ) of independent events with its gradient, both from one
//! estimator; [`sample`] runs several chains of the No-U-Turn sampler on it, or on any other log density, and
//! [`Chains`] say what they found, with the numbers that tell whether they have converged.
//!
//! ```
//! use motherlode_stats::inference::{ChainSettings, ParameterBox, sample};
//!
//! // A standard normal, cut off at 0.
//! let density = |theta: &[f64]| Ok((-0.5 * theta[0] * theta[0], vec![-theta[0]]));
//! let plan = ChainSettings { chains: 4, draws: 500, warmup: 300, seed: 1 };
//! let chains = sample(&density, &ParameterBox::new([(0.0, 6.0)])?, plan, &())?;
//! let found = chains.marginal(0);
//! assert!((found.mean() - (2.0 / std::f64::consts::PI).sqrt()).abs() < 0.1);
//! assert!(chains.r_hat(0) < 1.05);
//! # Ok::<(), motherlode_core::Error>(())
//! ```

mod chain_diagnostics;
mod draws;
mod nuts;
mod target;

pub use chain_diagnostics::{bulk_effective_size, effective_size, r_hat, split_r_hat, tail_effective_size};
pub use draws::{ChainSettings, Chains, sample};
pub use target::{Density, Differentiable, Target};
