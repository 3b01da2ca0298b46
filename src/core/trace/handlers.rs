//! Handlers of traces: one simulation, read in several ways.

use super::guard::Clock;
use super::{Choice, Choices, Density, LogProbability, Rejected, Stream, stream};
use crate::real::Real;

/// Interface through which a simulator makes every random choice.
///
/// A draw is made of plain numbers: the latent is held fixed, so no derivative can leak through it.
pub trait Trace<R: Real> {
    /// A random choice whose probability depends on θ.
    fn draw<D: Density<R>>(&mut self, density: D) -> D::Draw;

    /// A random choice whose probability does not depend on θ: it cancels in the joint ratio and the joint score, and
    /// is not scored.
    fn noise<D: Density<f64>>(&mut self, density: D) -> D::Draw;

    /// Stores numbers from which [`Simulator::log_probability`](super::Simulator::log_probability) is computed again; only a
    /// simulator whose [`Memory`](super::Memory) is `Statistics` calls it.
    fn remember(&mut self, _statistics: &[f64]) {}
}

/// Handler that only draws.
#[derive(Debug)]
pub struct DrawOnly<'a> {
    rng: &'a mut Stream,
    clock: Clock,
}

impl<'a> DrawOnly<'a> {
    /// Draws from `rng`.
    pub fn new(rng: &'a mut Stream) -> Self {
        Self {
            rng,
            clock: Clock::default(),
        }
    }
}

impl<R: Real> Trace<R> for DrawOnly<'_> {
    #[inline]
    fn draw<D: Density<R>>(&mut self, density: D) -> D::Draw {
        self.clock.tick();
        density.sample(self.rng)
    }

    #[inline]
    fn noise<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        self.clock.tick();
        density.sample(self.rng)
    }
}

/// Handler that draws and adds up ln p(x,z|θ).
#[derive(Debug)]
pub struct Mine<'a, R> {
    rng: &'a mut Stream,
    clock: Clock,
    path: LogProbability<R>,
}

impl<'a, R: Real> Mine<'a, R> {
    /// Draws from `rng`.
    pub fn new(rng: &'a mut Stream) -> Self {
        Self {
            rng,
            clock: Clock::default(),
            path: LogProbability::certain(),
        }
    }

    /// ln p(x,z|θ) of the path taken, up to a θ-independent constant.
    pub fn log_probability(self) -> R {
        self.path.total()
    }
}

impl<R: Real> Trace<R> for Mine<'_, R> {
    #[inline]
    fn draw<D: Density<R>>(&mut self, density: D) -> D::Draw {
        self.clock.tick();
        let draw = density.sample(self.rng);
        density.accumulate(&draw, &mut self.path);
        draw
    }

    #[inline]
    fn noise<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        self.clock.tick();
        density.sample(self.rng)
    }
}

/// Handler that records every choice of another handler.
#[derive(Debug)]
pub struct Record<'a, T> {
    inner: T,
    choices: &'a mut Vec<f64>,
}

impl<'a, T> Record<'a, T> {
    /// Appends the choices of `inner` to `choices`.
    pub fn new(inner: T, choices: &'a mut Vec<f64>) -> Self {
        Self { inner, choices }
    }

    /// Returns the inner handler.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<R: Real, T: Trace<R>> Trace<R> for Record<'_, T> {
    #[inline]
    fn draw<D: Density<R>>(&mut self, density: D) -> D::Draw {
        let draw = self.inner.draw(density);
        draw.write(self.choices);
        draw
    }

    #[inline]
    fn noise<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        let draw = self.inner.noise(density);
        draw.write(self.choices);
        draw
    }
}

/// Handler that stores the sufficient statistics of a path, for simulators that provide them, instead of its choices.
#[derive(Debug)]
pub(crate) struct KeepStatistics<'a, T> {
    inner: T,
    statistics: &'a mut Vec<f64>,
}

impl<'a, T> KeepStatistics<'a, T> {
    pub(crate) fn new(inner: T, statistics: &'a mut Vec<f64>) -> Self {
        Self { inner, statistics }
    }

    pub(crate) fn into_inner(self) -> T {
        self.inner
    }
}

impl<R: Real, T: Trace<R>> Trace<R> for KeepStatistics<'_, T> {
    #[inline]
    fn draw<D: Density<R>>(&mut self, density: D) -> D::Draw {
        self.inner.draw(density)
    }

    #[inline]
    fn noise<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        self.inner.noise(density)
    }

    fn remember(&mut self, statistics: &[f64]) {
        self.statistics.extend_from_slice(statistics);
    }
}

/// Handler that repeats recorded choices, and adds up their probability at other parameters.
#[derive(Debug)]
pub struct Replay<'a, R> {
    choices: Choices<'a>,
    path: LogProbability<R>,
    /// Draws once the record is exhausted, so that a simulation that left its path still ends.
    astray: Option<Stream>,
    clock: Clock,
}

impl<'a, R: Real> Replay<'a, R> {
    /// Replays `choices`.
    #[inline]
    pub fn new(choices: &'a [f64]) -> Self {
        Self {
            choices: Choices::new(choices),
            path: LogProbability::certain(),
            astray: None,
            clock: Clock::default(),
        }
    }

    /// ln p(x,z|θ) of the recorded path, up to a θ-independent constant.
    ///
    /// # Errors
    /// [`Rejected::Strayed`] if the simulator made other choices than the record holds: it branched on a parameter
    /// without a draw.
    #[inline]
    pub fn log_probability(self) -> Result<R, Rejected> {
        if self.astray.is_some() || !self.choices.is_exhausted() {
            return Err(Rejected::Strayed);
        }
        Ok(self.path.total())
    }

    #[inline]
    fn next<C: Choice>(&mut self, sample: impl FnOnce(&mut Stream) -> C) -> C {
        if self.astray.is_none()
            && let Some(choice) = C::read(&mut self.choices)
        {
            return choice;
        }
        self.clock.tick();
        sample(self.astray.get_or_insert_with(|| stream(0, 0, 0)))
    }
}

impl<R: Real> Trace<R> for Replay<'_, R> {
    #[inline]
    fn draw<D: Density<R>>(&mut self, density: D) -> D::Draw {
        let draw = self.next(|rng| density.sample(rng));
        density.accumulate(&draw, &mut self.path);
        draw
    }

    #[inline]
    fn noise<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        self.next(|rng| density.sample(rng))
    }
}
