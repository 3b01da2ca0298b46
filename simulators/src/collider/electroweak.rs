//! Inputs of the electroweak theory at tree level, in the (G_F, m_W, m_Z) scheme. Masses and widths in GeV.

use std::sync::LazyLock;

/// The Fermi constant, GeV⁻².
pub const FERMI: f64 = 1.166_378_7e-5;
/// Mass and width of the Z.
pub const Z: Pole = Pole::new(91.1876, 2.4952);
/// Mass and width of the W.
pub const W: Pole = Pole::new(80.379, 2.085);
/// Mass and width of the Higgs boson.
pub const HIGGS: Pole = Pole::new(125.0, 4.088e-3);
/// (ħc)², fb GeV².
pub const CONVERSION: f64 = 0.389_379_372_1e12;

/// A particle with a mass and a width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pole {
    /// The mass, GeV.
    pub mass: f64,
    /// The total width, GeV.
    pub width: f64,
}

impl Pole {
    const fn new(mass: f64, width: f64) -> Self {
        Self { mass, width }
    }
}

/// Quantities derived from the inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Electroweak {
    /// v = (√2 G_F)^(−1/2), GeV.
    pub vacuum: f64,
    /// Sine of the weak mixing angle.
    pub sine: f64,
    /// Cosine of the weak mixing angle.
    pub cosine: f64,
    /// g, the weak coupling.
    pub weak: f64,
    /// e, the electric charge of the positron.
    pub charge: f64,
}

/// The theory, computed once.
pub static ELECTROWEAK: LazyLock<Electroweak> = LazyLock::new(|| {
    let vacuum = (std::f64::consts::SQRT_2 * FERMI).powf(-0.5);
    let cosine = W.mass / Z.mass;
    let sine = (1.0 - cosine * cosine).sqrt();
    let weak = 2.0 * W.mass / vacuum;
    Electroweak {
        vacuum,
        sine,
        cosine,
        weak,
        charge: weak * sine,
    }
});

/// The electric charge and the third component of the weak isospin of a fermion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fermion {
    /// Q, in units of e.
    pub charge: f64,
    /// T₃ of its left-handed part.
    pub isospin: f64,
}

/// An electron, muon or tau.
pub const LEPTON: Fermion = Fermion {
    charge: -1.0,
    isospin: -0.5,
};
/// An up or charm quark.
pub const UP: Fermion = Fermion {
    charge: 2.0 / 3.0,
    isospin: 0.5,
};
/// A down or strange quark.
pub const DOWN: Fermion = Fermion {
    charge: -1.0 / 3.0,
    isospin: -0.5,
};

/// The two chiralities of a massless fermion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chirality {
    /// Right-handed.
    Right,
    /// Left-handed.
    Left,
}

impl Chirality {
    /// Both of them.
    pub const BOTH: [Self; 2] = [Self::Right, Self::Left];
}

impl Fermion {
    /// Its coupling to the Z: (g/c)(T₃ − s² Q), T₃ for the left-handed part only.
    pub fn to_z(self, chirality: Chirality) -> f64 {
        let theory = &*ELECTROWEAK;
        let isospin = match chirality {
            Chirality::Left => self.isospin,
            Chirality::Right => 0.0,
        };
        theory.weak / theory.cosine * (isospin - theory.sine * theory.sine * self.charge)
    }

    /// Its coupling to the photon: e Q.
    pub fn to_photon(self) -> f64 {
        ELECTROWEAK.charge * self.charge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs of the reference that the amplitudes are compared with.
    #[test]
    fn derived_inputs_are_those_of_the_reference() {
        let theory = &*ELECTROWEAK;
        assert!((theory.vacuum - 246.219_650_794_137_38).abs() < 1e-11);
        assert!((theory.sine * theory.sine - 0.223_013_225_326_783_36).abs() < 1e-15);
        assert!((theory.weak - 0.652_904_833_068_781_8).abs() < 1e-15);
        assert!((theory.charge - 0.308_329_581_045_475_64).abs() < 1e-15);
    }
}
