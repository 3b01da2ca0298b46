//! Colliders: hard processes whose amplitudes are exact polynomials in the coefficients of effective operators.
//!
//! Vectors are (E, p_x, p_y, p_z) in GeV, the metric is (+, −, −, −), ħ = c = 1. Coefficients are dimensionless,
//! θ = f v²/Λ². External fermions are massless, widths are fixed.

mod current;
mod detector;
mod electroweak;
pub mod higgsstrahlung;
mod momentum;
mod quadratic;
mod shower;
mod vertex;

pub use current::Line;
pub use detector::Detector;
pub use electroweak::{CONVERSION, Chirality, DOWN, ELECTROWEAK, Electroweak, Fermion, HIGGS, LEPTON, Pole, UP, W, Z};
pub use momentum::Momentum;
pub use quadratic::Quadratic;
pub use shower::{Emission, Shower};
pub use vertex::{Amplitudes, Exchange, Invariants, NEUTRAL, OPERATORS, Operator};
