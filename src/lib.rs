//! Motherlode trains inference networks on what a simulator already knows.
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
//!               x                  ln p(x,z|·)             what an event remembers
//!               └──────────► gold ◄────────┘               gold: the miner
//!                             ▼
//!                       augmented data                     dataset
//!                             ▼
//!                        estimators                        estimator: CARL, ROLR, ALICE, CASCAL, RASCAL, ALICES, SALLY
//!                             ▼
//!                 log ratio, score, likelihood             likelihood: what a network and an exact truth both are
//!                             ▼
//!              study: who needs how many simulations?      report: figures, tables
//! ```
//!
//! Each room uses those above it. Start with [`trace::Simulator`], which is all that the author of a simulator writes, and
//! [`cli::main`], which makes a command line of it.
#![forbid(unsafe_code)]

pub mod cli;
pub mod dataset;
mod error;
pub mod estimator;
mod file;
pub mod gold;
pub mod interop;
pub mod likelihood;
mod parallel;
mod real;
pub mod report;
pub mod study;
pub mod trace;

pub use error::{Error, Result};
pub use real::{Real, Special};

/// The program of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
