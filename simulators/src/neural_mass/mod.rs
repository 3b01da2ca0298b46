//! A piece of cortex, driven by noise: the neural mass model of Jansen and Rit as a stochastic differential equation.
//!
//! Pyramidal cells excite two kinds of interneurons; one kind excites them in return, the other inhibits them. Each
//! population is no more than a mean potential that answers to pulses like a damped oscillator, and fires at a rate
//! S(v) = 5/s / (1 + exp(0.56 (6 mV − v))) that saturates:
//!
//! | potential, mV | equation | whose |
//! |---|---|---|
//! | y₀ | ÿ₀ = A a S(y₁ − y₂) − 2a ẏ₀ − a² y₀ | interneurons, of pyramidal cells |
//! | y₁ | ÿ₁ = A a (p + c S(C y₀)) − 2a ẏ₁ − a² y₁ | pyramidal cells, excitatory |
//! | y₂ | ÿ₂ = B b C/4 S(C y₀/4) − 2b ẏ₂ − b² y₂ | pyramidal cells, inhibitory |
//!
//! The electroencephalogram is y₁ − y₂: waves of about 10 Hz. Pulses from elsewhere arrive at a rate p = μ + σ dW/dt, white
//! noise. θ is their mean μ and the strength c of the excitatory feedback (0.8 C = 108 in the publication). *z* is every
//! increment of the noise in 2.5 s, 2 500 steps of Euler and Maruyama; *x* is eight summaries of the last two seconds.
//!
//! Where is the gold? The pulses of a step, v = (μ + c S) dt + σ √dt ξ, are drawn from a normal density whose mean is linear in
//! θ. With the path held fixed,
//!
//! ln p(z|θ) = \[μ Σv + c Σ v S − ½ Σ (μ + c S)² dt\]/σ² + const,
//!
//! so an event is remembered by four sums, and the noise of the joint score is known: Var t_μ = 2.5 s/σ². Longer records and
//! less noise make gold worse: they tell of θ more than eight summaries can know. Where is no gold? No noise enters y₀ and y₂.
//! A gain or a time constant of theirs moves the state by a map without chance, paths of one value are impossible
//! under another, and a joint ratio does not exist; nor for σ, which a path of fine steps betrays. They are constants
//! here.
//!
//! No way is known to p(x|θ).
//!
//! # Source
//! Jansen and Rit 1995, Biological Cybernetics 73, 357 (equations, constants); Ableidinger, Buckwar and Hinterleitner 2017,
//! arXiv:1609.05002 (as a stochastic differential equation); Hjorth 1970, Electroencephalography and Clinical
//! Neurophysiology 29, 306 (activity, mobility, complexity).

mod path;
mod summary;

use motherlode_core::trace::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real, Result};
pub use path::Path;
use path::{Run, Statistics};
use summary::{SUMMARIES, summarise};

/// Pulses from elsewhere, √(pulses²/s): over the 10 ms in which a synapse answers, their rate varies by 100/s, the
/// width of the band from 120 to 320 in the publication.
const NOISE: f64 = 10.0;

/// A cortical column with unknown input and feedback.
#[derive(Debug, Clone)]
pub struct NeuralMass {
    noise: f64,
}

impl Default for NeuralMass {
    /// With σ = 10 pulses/√s.
    fn default() -> Self {
        Self { noise: NOISE }
    }
}

impl NeuralMass {
    /// With another strength σ of the noise, pulses/√s.
    ///
    /// # Errors
    /// If it is not positive and at most 1 000.
    pub fn with_noise(noise: f64) -> Result<Self> {
        if noise > 0.0 && noise <= 1_000.0 {
            return Ok(Self { noise });
        }
        Err(Error::usage(format!(
            "a neural mass driven by noise of {noise} pulses/√s: without noise, its path has no density; give a \
             number above 0 and at most 1000"
        )))
    }

    /// Runs once at θ = (μ, c) and tells the electroencephalogram, too.
    ///
    /// # Errors
    /// If θ is not finite.
    pub fn draw<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Path, Rejected> {
        let path = trace.draw(Run::new(theta[0], theta[1], self.noise)?);
        path.statistics().remember(trace);
        Ok(path)
    }
}

impl Simulator for NeuralMass {
    fn name(&self) -> &str {
        "neural-mass"
    }

    fn about(&self) -> &str {
        "a cortical column driven by noise; eight summaries of its electroencephalogram are observed"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter::new("input", 0.0, 1000.0)
                .with_unit("1/s")
                .with_about("mean rate of the pulses from elsewhere"),
            Parameter::new("feedback", 0.0, 1000.0).with_about("strength of the excitatory feedback"),
        ]
    }

    fn observables(&self) -> Vec<Observable> {
        SUMMARIES
            .map(|(name, unit)| Observable::new(name).with_unit(unit))
            .into()
    }

    /// Some five standard deviations of the joint information wide.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new(
            [228.0, 110.0],
            [220.0, 108.0],
            [(205.0, 235.0), (103.0, 113.0)],
        ))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        Ok(summarise(self.draw(theta, trace)?.signal()))
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        Ok(Statistics::from_memory(memory)?.log_probability(theta[0], theta[1], self.noise))
    }
}
