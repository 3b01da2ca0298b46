//! The density of a whole path: Euler and Maruyama, and the sums that it comes down to.

use motherlode_core::Real;
use motherlode_core::trace::{Choice, Choices, Density, Rejected, Stream, Trace};
use rand::RngExt;
use rand_distr::StandardNormal;

/// A step, s.
pub(super) const STEP: f64 = 1e-3;
/// Steps before the observation: half a second, for the transient after the start from rest.
const FORGOTTEN: usize = 500;
/// Steps that are observed.
const OBSERVED: usize = 2_000;
/// Duration of a path, s.
pub(super) const DURATION: f64 = STEP * (FORGOTTEN + OBSERVED) as f64;

/// Largest excitatory and inhibitory potential, mV.
const GAIN: [f64; 2] = [3.25, 22.0];
/// Their inverse time constants, 1/s.
const RATE: [f64; 2] = [100.0, 50.0];
/// Synapses between the populations.
const SYNAPSES: f64 = 135.0;
/// Largest firing rate, 1/s; potential of half of it, mV; steepness, 1/mV.
const FIRING: [f64; 3] = [5.0, 6.0, 0.56];

/// The rate at which a population of potential `v`, mV, fires, 1/s.
#[inline]
fn firing(v: f64) -> f64 {
    let [most, half, steepness] = FIRING;
    most / (1.0 + (steepness * (half - v)).exp())
}

/// Σv, ΣvS, ΣS dt and ΣS² dt: the sufficient statistics of a path for θ.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Statistics([f64; 4]);

impl Statistics {
    /// From what an event remembers, `[4]`.
    ///
    /// # Errors
    /// If there are not four numbers.
    pub fn from_memory(memory: &[f64]) -> Result<Self, Rejected> {
        let sums = memory.try_into().map_err(|_| {
            let found = memory.len();
            Rejected::Invalid(format!(
                "a path of a neural mass is remembered by 4 sums, got {found} numbers"
            ))
        })?;
        Ok(Self(sums))
    }

    /// Has the event remember them.
    pub fn remember<R: Real>(&self, trace: &mut impl Trace<R>) {
        trace.remember(&self.0);
    }

    /// A step in which the feedback fired at `rate` and `pulses` arrived.
    #[inline]
    fn add(&mut self, rate: f64, pulses: f64) {
        let [v, v_s, s, s_s] = &mut self.0;
        *v += pulses;
        *v_s += pulses * rate;
        *s += rate * STEP;
        *s_s += rate * rate * STEP;
    }

    /// ln of the density of the path, relative to that of pulses without a mean (Girsanov's formula in discrete time).
    pub fn log_probability<R: Real>(&self, input: R, feedback: R, noise: f64) -> R {
        let [v, v_s, s, s_s] = self.0;
        let square = input * input * DURATION + input * feedback * (2.0 * s) + feedback * feedback * s_s;
        (input * v + feedback * v_s - square * 0.5) / (noise * noise)
    }
}

/// Path with its observed part.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    statistics: Statistics,
    signal: Vec<f64>,
    excitation: Vec<f64>,
}

impl Path {
    /// The electroencephalogram y₁ − y₂, mV, every millisecond for two seconds.
    pub fn signal(&self) -> &[f64] {
        &self.signal
    }

    /// Its excitatory part y₁, mV.
    pub fn excitation(&self) -> &[f64] {
        &self.excitation
    }

    pub(super) fn statistics(&self) -> &Statistics {
        &self.statistics
    }
}

impl Choice for Path {
    fn write(&self, record: &mut Vec<f64>) {
        record.extend(self.statistics.0);
        record.extend(&self.signal);
        record.extend(&self.excitation);
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let mut numbers = |n: usize| (0..n).map(|_| record.next_number()).collect::<Option<Vec<f64>>>();
        Some(Self {
            statistics: Statistics(numbers(4)?.try_into().ok()?),
            signal: numbers(OBSERVED)?,
            excitation: numbers(OBSERVED)?,
        })
    }
}

/// The density of a path from rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<R> {
    input: R,
    feedback: R,
    noise: f64,
}

impl<R: Real> Run<R> {
    /// With the mean `input`, 1/s, the strength of the `feedback`, and the `noise`, pulses/√s.
    ///
    /// # Errors
    /// If input or feedback are not finite.
    pub fn new(input: R, feedback: R, noise: f64) -> Result<Self, Rejected> {
        if input.re().is_finite() && feedback.re().is_finite() {
            return Ok(Self { input, feedback, noise });
        }
        let (input, feedback) = (input.re(), feedback.re());
        Err(Rejected::Invalid(format!(
            "a neural mass needs a finite input and feedback, got {input} and {feedback}"
        )))
    }
}

impl<R: Real> Density<R> for Run<R> {
    type Draw = Path;

    fn sample(&self, rng: &mut Stream) -> Path {
        let (input, feedback) = (self.input.value(), self.feedback.value());
        let spread = self.noise * STEP.sqrt();
        let mut path = Path {
            statistics: Statistics::default(),
            signal: Vec::with_capacity(OBSERVED),
            excitation: Vec::with_capacity(OBSERVED),
        };
        let mut column = Column::default();
        for step in 0..FORGOTTEN + OBSERVED {
            let rate = firing(SYNAPSES * column.potential[0]);
            let pulses = (input + feedback * rate) * STEP + spread * rng.sample::<f64, _>(StandardNormal);
            path.statistics.add(rate, pulses);
            column.step(pulses);
            if step >= FORGOTTEN {
                path.signal.push(column.signal());
                path.excitation.push(column.potential[1]);
            }
        }
        path
    }

    fn log_density(&self, path: &Path) -> R {
        path.statistics.log_probability(self.input, self.feedback, self.noise)
    }
}

/// The three potentials, mV, and how they change, mV/s.
#[derive(Debug, Clone, Copy, Default)]
struct Column {
    potential: [f64; 3],
    change: [f64; 3],
}

impl Column {
    fn signal(&self) -> f64 {
        self.potential[1] - self.potential[2]
    }

    /// A step of Euler and Maruyama, in which `pulses` arrive at the excitatory synapses of the pyramidal cells.
    #[inline]
    fn step(&mut self, pulses: f64) {
        let ([excitatory, inhibitory], [fast, slow]) = (GAIN, RATE);
        let inhibition = 0.25 * SYNAPSES * firing(0.25 * SYNAPSES * self.potential[0]);
        let arriving = [STEP * firing(self.signal()), pulses, STEP * inhibition];
        for (i, (gain, rate)) in [(excitatory, fast), (excitatory, fast), (inhibitory, slow)]
            .into_iter()
            .enumerate()
        {
            let (potential, change) = (self.potential[i], self.change[i]);
            self.potential[i] += STEP * change;
            self.change[i] += gain * rate * arriving[i] - STEP * rate * (2.0 * change + rate * potential);
        }
    }
}
