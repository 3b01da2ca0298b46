//! Exchanges of neutral bosons between two fermion lines.

use num_complex::Complex64;

use super::{Amplitudes, Chirality, Invariants, LEPTON, Line, NEUTRAL, OPERATORS, Operator, Quadratic};

/// Couplings of a line to the Z and to the photon.
pub type Couplings = [f64; 2];

/// Amplitudes of each exchange of [`NEUTRAL`], without the couplings of the lines.
pub fn exchanges(invariants: &Invariants) -> [Amplitudes; 4] {
    NEUTRAL.map(|exchange| invariants.amplitudes(exchange))
}

/// The sum over exchanges between lines with given couplings.
pub fn coupled(exchanges: &[Amplitudes; 4], [z1, photon1]: Couplings, [z2, photon2]: Couplings) -> Amplitudes {
    let couplings = [z1 * z2, z1 * photon2, photon1 * z2, photon1 * photon2];
    let mut sum = [Complex64::ZERO; OPERATORS];
    for (amplitudes, coupling) in exchanges.iter().zip(couplings) {
        for (sum, amplitude) in sum.iter_mut().zip(amplitudes) {
            *sum += amplitude * coupling;
        }
    }
    sum
}

/// `factor` times |M|² of two lines of charged leptons, summed over their chiralities.
pub fn leptonic(lines: [&Line; 2], operators: &[Operator], factor: f64) -> Quadratic {
    let mut form = Quadratic::new(operators);
    let couplings = |chirality| [LEPTON.to_z(chirality), LEPTON.to_photon()];
    for first in Chirality::BOTH {
        for second in Chirality::BOTH {
            let exchanges = exchanges(&Invariants::new(lines, [first, second]));
            let amplitudes = coupled(&exchanges, couplings(first), couplings(second));
            form.add(&amplitudes, operators, factor);
        }
    }
    form
}
