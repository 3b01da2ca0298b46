//! Replay of a record of choices that may have been altered.

use super::{Choice, Choices, Density, Kind, LogProbability, Rejected, Stream, Trace, stream};

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
    fn choose<D: Density<f64>>(&mut self, density: &D) -> D::Draw {
        if self.astray.is_none()
            && let Some(draw) = self.read::<D::Draw>()
        {
            match density.draws(&draw) {
                true => density.accumulate(&draw, &mut self.path),
                false => self.path.add(f64::NEG_INFINITY),
            }
            return draw;
        }
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

impl Trace<f64> for AlteredReplay<'_> {
    #[inline]
    fn draw<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        self.choose(&density)
    }

    #[inline]
    fn noise<D: Density<f64>>(&mut self, density: D) -> D::Draw {
        self.choose(&density)
    }
}
