//! One event of a file.

use super::Momentum;

/// One event: the particles of a process, and its weights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event {
    /// The number of its process.
    pub process: i32,
    /// First weight (XWGTUP).
    pub weight: f64,
    /// Number of trials that it took, where the generator says it: the cross section is Σ weight / Σ trials.
    pub trials: Option<f64>,
    /// The scale of the process, in GeV.
    pub scale: f64,
    /// α of electromagnetism.
    pub alpha_qed: f64,
    /// α of the strong force.
    pub alpha_qcd: f64,
    /// All particles, in the order of the file.
    pub particles: Vec<Particle>,
    /// Other weights, in the order of [`EventReader::weight_names`](super::EventReader::weight_names); not a number where the event does
    /// not have it.
    pub weights: Vec<f64>,
}

/// A particle as it was generated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Particle {
    /// Kind (PDG).
    pub id: i32,
    /// −1 comes in, 1 goes out, 2 has decayed.
    pub status: i32,
    /// Energy and momentum.
    pub momentum: Momentum,
    /// The cosine between spin and momentum; 9 if it is not known.
    pub spin: f64,
}

impl Particle {
    /// Returns true if the particle leaves the process.
    pub fn is_final(&self) -> bool {
        self.status == 1
    }
}
