//! Files of other programs: events, weights, likelihoods and limits as those programs know them. A module for each format.

mod histfactory;
mod les_houches;
mod limits;
mod madminer;
mod mutations;
mod patches;
mod shared;

#[allow(dead_code, reason = "shared with the tests of other crates")]
#[path = "../../../../tests/tolerance.rs"]
mod tolerance;
