//! e⁻ e⁺ → μ⁻ μ⁺ H through an exchanged Z or photon.

mod process;

pub use process::{Angles, Outgoing, Process, WINDOW};
