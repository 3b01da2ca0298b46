//! Replay of a record of choices that may have been altered.

use super::guard::Clock;
use super::{Choice, Choices, Density, Kind, LogProbability, Rejected, Stream, Trace, stream};

/// Probability of one choice of a replayed run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChoiceFactor {
    /// Name of the type of its density, without path and type parameters, such as "Normal".
    pub density: &'static str,
    /// True if it was drawn as [noise](Trace::noise), and has no part in the gold.
    pub is_noise: bool,
    /// ln of its probability (density); −∞ if it is impossible.
    pub log_probability: f64,
}

/// Replays a record that was altered, and adds up the probability of all choices, including [`noise`](Trace::noise).
///
/// A [`Replay`](super::Replay) trusts its record and omits factors that cancel in ratios. An altered record may be no path of the
/// simulator: then it has no probability. Alternative paths are compared with each other, so noise does not cancel: it may
/// contain a latent.
#[derive(Debug)]
pub struct AlteredReplay<'a> {
    choices: Choices<'a>,
    path: LogProbability<f64>,
    kinds: &'a mut Vec<Kind>,
    /// Numbers of the last choice, written again for comparison.
    written: Vec<f64>,
    /// Stream of draws once the record is not a path, so that the simulation still ends.
    astray: Option<Stream>,
    clock: Clock,
    /// Probability of each choice, where it is wanted.
    factors: Option<&'a mut Vec<ChoiceFactor>>,
}

impl<'a> AlteredReplay<'a> {
    /// Replays `record`, and writes the kind of each number to `kinds`.
    pub fn new(record: &'a [f64], kinds: &'a mut Vec<Kind>) -> Self {
        kinds.clear();
        Self {
            choices: Choices::new(record),
            path: LogProbability::certain(),
            kinds,
            written: Vec::new(),
            astray: None,
            clock: Clock::default(),
            factors: None,
        }
    }

    /// Writes the probability of each choice to `factors`, too, which is cleared first.
    pub fn with_factors(self, factors: &'a mut Vec<ChoiceFactor>) -> Self {
        factors.clear();
        Self {
            factors: Some(factors),
            ..self
        }
    }

    /// ln p(x,z|θ) of the path, noise included; −∞ if it is impossible.
    ///
    /// # Errors
    /// [`Rejected::Strayed`] if the record is not one of a path.
    pub fn log_probability(self) -> Result<f64, Rejected> {
        if self.astray.is_some() || !self.choices.is_exhausted() {
            return Err(Rejected::Strayed);
        }
        Ok(self.path.total())
    }

    #[inline]
    fn choose<D: Density<f64>>(&mut self, density: &D, is_noise: bool) -> D::Draw {
        if self.astray.is_none()
            && let Some(draw) = self.read::<D::Draw>()
        {
            accumulate(density, &draw, &mut self.path);
            if let Some(factors) = &mut self.factors {
                factors.push(factor(density, &draw, is_noise));
            }
            return draw;
        }
        self.clock.tick();
        density.sample(self.astray.get_or_insert_with(|| stream(0, 0, 0)))
    }

    /// Next choice, if writing it gives the numbers that were read: 0.5 reads as true, but is not written as true.
    #[inline]
    fn read<C: Choice>(&mut self) -> Option<C> {
        let mut before = self.choices.clone();
        let choice = C::read(&mut self.choices)?;
        self.written.clear();
        choice.write(&mut self.written);
        choice.kinds(self.kinds);
        let same = self.written.iter().all(|number| before.next_number() == Some(*number));
        same.then_some(choice)
    }
}

/// Takes a choice into the probability of a path, also one that the density cannot draw.
#[inline]
fn accumulate<D: Density<f64>>(density: &D, draw: &D::Draw, path: &mut LogProbability<f64>) {
    match density.draws(draw) {
        true => density.accumulate(draw, path),
        false => path.add(f64::NEG_INFINITY),
    }
}

fn factor<D: Density<f64>>(density: &D, draw: &D::Draw, is_noise: bool) -> ChoiceFactor {
    let mut alone = LogProbability::certain();
    accumulate(density, draw, &mut alone);
    ChoiceFactor {
        density: short_name(std::any::type_name::<D>()),
        is_noise,
        log_probability: alone.total(),
    }
}

/// Name of a type without its path and its type parameters.
fn short_name(name: &'static str) -> &'static str {
    let plain = name.split('<').next().unwrap_or(name);
    plain.rsplit("::").next().unwrap_or(plain)
}

impl Trace<f64> for AlteredReplay<'_> {
    #[inline]
    fn draw<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        self.choose(&density, false)
    }

    #[inline]
    fn noise<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        self.choose(&density, true)
    }
}
