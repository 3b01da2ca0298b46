//! The tasks of the benchmark of simulation-based inference (sbibm), instrumented.
//!
//! Every task has its prior and draws from its exact posterior ([`Task`]), so that any method which infers a posterior can be compared
//! with the truth. Latent variables are added such that the density p(x|θ) of each task is unchanged: published results apply.
//!
//! | task | p, m | latent z | joint score |
//! |---|---|---|---|
//! | [`GaussianLinear`] | 10, 10 | half of the noise | scatters about the score |
//! | [`GaussianLinearUniform`] | 10, 10 | half of the noise | scatters about the score |
//! | [`GaussianMixture`] | 2, 2 | the component | scatters about the score |
//! | [`TwoMoons`] | 2, 2 | none | is the score; its mean is not zero |
//! | [`Slcp`] | 5, 8 | four points, half of the noise | scatters about the score |
//! | [`BernoulliGlm`] | 10, 10 | 100 responses of a neuron | is the score |
//! | [`SirOde`] | 2, 10 | counts before a second thinning | scatters about the score |
//! | [`LotkaVolterraOde`] | 4, 20 | half of the noise | scatters about the score |
//!
//! # Source
//! Lueckmann, Boelts, Greenberg, Gonçalves and Macke 2021, "Benchmarking simulation-based inference", arXiv:2101.04653.

mod bernoulli_glm;
mod gaussian_linear;
mod gaussian_linear_uniform;
mod gaussian_mixture;
mod lotka_volterra_ode;
mod posterior;
mod sir_ode;
mod slcp;
mod stimulus;
mod task;
mod taylor;
mod two_moons;

pub use bernoulli_glm::BernoulliGlm;
pub use gaussian_linear::GaussianLinear;
pub use gaussian_linear_uniform::GaussianLinearUniform;
pub use gaussian_mixture::GaussianMixture;
pub use lotka_volterra_ode::LotkaVolterraOde;
pub use posterior::ReferencePosterior;
pub use sir_ode::SirOde;
pub use slcp::Slcp;
pub use task::{Task, prior, reference_posterior, task, tasks};
pub use two_moons::TwoMoons;
