//! Files of particle physics: events of MadMiner and of generators, workspaces of pyhf, and the binned likelihoods of both.
//!
//! Files become plain numbers here; what networks are made of them is the business of `motherlode_nn`.
#![forbid(unsafe_code)]

pub mod binned;
pub mod histfactory;
pub mod lhe;
pub mod limits;
pub mod madminer;
pub mod pyhf;

pub use binned::{BinnedEvents, Bins};
