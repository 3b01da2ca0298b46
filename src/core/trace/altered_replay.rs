//! A record of choices that may have been altered: whether it is a path of the simulator, and how probable it is.

use super::{Choice, Choices, Density, Kind, LogProbability, Rejected, Stream, Trace, stream};

/// Makes the choices of a record that was altered, and adds up all of their probability, that of
/// [`noise`](Trace::noise) included.
///
/// A [`Replay`](super::Replay) trusts its record and leaves out what cancels in ratios. Here, the record may say what no
/// path says: then there is no probability. And alternatives to a path are weighed against one another, where noise
/// does not cancel: a latent may be hidden in it.
#[derive(Debug)]
pub struct AlteredReplay<'a> {
    choices: Choices<'a>,
    path: LogProbability<f64>,
    kinds: &'a mut Vec<Kind>,
    /// What was read last, written down again.
    written: Vec<f64>,
    /// Draws once the record has turned out to be none, so that the simulation still ends.
    astray: Option<Stream>,
}

impl<'a> AlteredReplay<'a> {
    /// Makes the choices of `record`, and says of what kinds they are.
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

    /// The next choice, if writing it down gives the numbers that were read: a half is no yes, though it reads as one.
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
