//! Trains inference networks on what a simulator already knows.
//!
//! A simulator knows the probability of every random choice it makes. An instrumented one reports it, and each simulated
//! event then carries *gold*: the joint log ratio ln p(x,z|θ0) − ln p(x,z|θ1) and the joint score ∇θ ln p(x,z|θ). Networks
//! trained on gold learn the likelihood ratio and the score of the observation x alone, from far fewer simulations
//! than a plain classifier needs.
//!
//! ```text
//! theta ──► Simulator ──draws through──► Trace            trace
//!               │                          │
//!               ▼                          ▼
//!               x                  ln p(x,z|·)             recorded with the event: valid for any θ
//!               └──────────► gold ◄────────┘               gold: designs, the miner, identities
//!                             ▼
//!                       augmented data                     dataset, arrays; events of other programs: hep
//!                             ▼
//!                        estimators                        nn: CARL, ROLR, ALICE, CASCAL, RASCAL, ALICES, SALLY, ...
//!                             ▼
//!                 log ratio, score, likelihood             likelihood: traits of networks and of exact truths
//!               ┌─────────────┴─────────────┐
//!               ▼                           ▼
//!      fits, limits, regions        identities, coverage   inference; diagnostics, calibration
//!                                           ▼
//!            study: which method needs how many events?    study: tables, figures, reports
//! ```
//!
//! | crate | modules of this facade | feature |
//! | --- | --- | --- |
//! | `motherlode-core` | [`trace`], [`gold`], [`dataset`], [`arrays`], [`likelihood`] | always |
//! | `motherlode-stats` | [`inference`], [`calibration`], [`diagnostics`] | always |
//! | `motherlode-hep` | `hep`: files of MadMiner, Les Houches and pyhf | `hep` |
//! | `motherlode-nn` | `nn`: networks and their training | `nn` |
//! | `motherlode-study` | `study`: sample-efficiency studies | `study` |
//! | `motherlode-cli` | `cli`: the command line | `cli`: default, brings all above |
//! | `motherlode-simulators` | `simulators`: the simulators of this project | `simulators`: default |
//!
//! Each crate uses only those above it. A crate of simulators switches the default features off and builds no network
//! library. Start with [`trace::Simulator`], the one trait that the author of a simulator implements, with `cli::main`, which
//! turns simulators into a command line, and with the [`prelude`].
//!
//! # A new simulator
//!
//! A template to copy. Random choices whose probability depends on θ are [drawn](trace::Trace::draw), all others are
//! [noise](trace::Trace::noise); [`trace::density`] has the densities. The [identities](gold::identities) check the gold at
//! two hypotheses, and [`gold::check_simulator`] the instrumentation, at many.
//!
//! ```
//! use motherlode::prelude::*;
//!
//! /// Signal and background events in a detector that counts them and measures their total weight.
//! struct Counter;
//!
//! impl Simulator for Counter {
//!     fn name(&self) -> &str { "counter" } // `motherlode mine counter`
//!     fn parameters(&self) -> Vec<Parameter> { // each with the range in which the simulator is defined
//!         vec![Parameter::new("signal", 0.1, 10.0), Parameter::new("background", 0.1, 100.0)]
//!     }
//!     fn observables(&self) -> Vec<Observable> { vec![Observable::new("count"), Observable::new("weight")] }
//!     fn hypotheses(&self) -> Option<Hypotheses> { // θ0, θ1, and the box from which θ is drawn for training
//!         Some(Hypotheses::new([3.0, 20.0], [2.0, 20.0], [(1.0, 4.0), (15.0, 25.0)]))
//!     }
//!     fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
//!         let signal = trace.draw(Poisson::new(theta[0])?) as f64; // depends on θ: scored
//!         let background = trace.draw(Poisson::new(theta[1])?) as f64;
//!         let error = trace.noise(Normal::new(0.0, 0.5)?); // does not: cancels
//!         Ok(vec![signal + background, 5.0 * signal + background + error])
//!     }
//! }
//!
//! // A `main` of your own: motherlode::cli::main(vec![Box::new(Counter)])
//! let found = identities(&Counter, &[3.0, 20.0], &[2.0, 20.0], 2_000, 1)?;
//! assert!(found.pass(), "{:?}", found.failures().collect::<Vec<_>>());
//! # Ok::<(), motherlode::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod prelude;

pub use motherlode_core::{
    Check, Domain, Error, ErrorKind, Estimator, Outcome, ParameterBox, Progress, Real, Result, Special, arrays,
    dataset, gold, likelihood, posterior, prior, trace,
};
pub use motherlode_stats::{analysis, calibration, diagnostics, inference};

#[cfg(feature = "cli")]
pub use motherlode_cli as cli;
#[cfg(feature = "hep")]
pub use motherlode_hep as hep;
#[cfg(feature = "nn")]
pub use motherlode_nn as nn;
#[cfg(feature = "simulators")]
pub use motherlode_simulators as simulators;
#[cfg(feature = "study")]
pub use motherlode_study as study;

/// The program of the README, compiled and run.
#[cfg(all(doctest, feature = "nn"))]
#[doc = include_str!("../README.md")]
struct Readme;
