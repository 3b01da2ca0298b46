//! Colliders: hard processes whose amplitudes are exact polynomials in the coefficients of effective operators.
//!
//! Vectors are (E, p_x, p_y, p_z) in GeV, the metric is (+, −, −, −), ħ = c = 1. Coefficients are dimensionless,
//! θ = f v²/Λ². External fermions are massless, widths are fixed.

mod adapted;
mod current;
mod detector;
mod electroweak;
pub mod fusion;
mod grid;
mod hard;
pub mod higgsstrahlung;
mod largest;
mod momentum;
mod neutral;
mod quadratic;
mod shower;
mod vertex;

pub use adapted::{Adapted, PhaseSpace};
pub use current::Line;
pub use detector::Detector;
pub use electroweak::{CONVERSION, Chirality, DOWN, ELECTROWEAK, Electroweak, Fermion, HIGGS, LEPTON, Pole, UP, W, Z};
pub use hard::{Hard, HardProcess, Point};
pub use momentum::Momentum;
pub use quadratic::Quadratic;
pub use shower::{Emission, Shower};
pub use vertex::{Amplitudes, Exchange, Invariants, NEUTRAL, OPERATORS, Operator};

use motherlode_core::trace::Parameter;

/// Far beyond what an expansion in 1/Λ² can mean.
const LARGEST: f64 = 100.0;

/// Coefficients of operators; with `shower`, the shift of its coupling is the last one.
fn parameters(operators: &[Operator], shower: bool) -> Vec<Parameter> {
    let coefficient = |operator: &Operator| {
        Parameter::new(operator.coefficient(), -LARGEST, LARGEST).with_about("f v²/Λ² of an operator of dimension six")
    };
    let mut parameters: Vec<Parameter> = operators.iter().map(coefficient).collect();
    if shower {
        let shift = Parameter::new("alpha_s_shift", -shower::LARGEST_SHIFT, shower::LARGEST_SHIFT);
        parameters.push(shift.with_about("relative shift of the strong coupling in the shower"));
    }
    parameters
}
