//! Many coins of one kind, thrown at once.

use motherlode_core::Real;
use motherlode_core::trace::{Density, LogProbability, Rejected, Stream};
use rand::Rng;

/// A subset of a set of at most 53, into which each member gets with probability p, independently.
///
/// Sets are the bits of a number. All members are compared with p at once, binary digit by binary digit: half of
/// those still undecided are decided by each, so that a few random words do for all.
#[derive(Debug, Clone, Copy)]
pub struct Subset<R> {
    of: u64,
    p: R,
}

impl<R: Real> Subset<R> {
    /// Creates a subset of the members of `of`, each included with probability `p`.
    ///
    /// # Errors
    /// If `p` is not within [0, 1].
    #[inline]
    pub fn new(of: u64, p: R) -> Result<Self, Rejected> {
        if !(0.0..=1.0).contains(&p.re()) {
            return Err(Rejected::Invalid(format!(
                "a host changes with a probability 0 ≤ p ≤ 1 per step, got p = {}",
                p.re()
            )));
        }
        Ok(Self { of, p })
    }

    /// Number of members that are included, and of those that are not; `None` if a draw is not a subset.
    #[inline]
    fn counts(&self, draw: u64) -> Option<(i32, i32)> {
        let (inside, outside) = (draw.count_ones(), (self.of & !draw).count_ones());
        (draw & !self.of == 0).then_some((inside as i32, outside as i32))
    }
}

impl<R: Real> Density<R> for Subset<R> {
    type Draw = u64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> u64 {
        if self.p.re() >= 1.0 {
            return self.of;
        }
        let (mut undecided, mut inside) = (self.of, 0);
        let mut bits = (self.p.re() * (1u64 << 63) as f64) as u64 * 2;
        while undecided != 0 && bits != 0 {
            let ones = rng.next_u64();
            if bits >> 63 == 1 {
                inside |= undecided & !ones;
                undecided &= ones;
            } else {
                undecided &= !ones;
            }
            bits <<= 1;
        }
        inside
    }

    fn log_density(&self, draw: &u64) -> R {
        let mut path = LogProbability::certain();
        self.accumulate(draw, &mut path);
        path.total()
    }

    #[inline]
    fn accumulate(&self, draw: &u64, path: &mut LogProbability<R>) {
        let Some((inside, outside)) = self.counts(*draw) else {
            return path.add(R::from(f64::NEG_INFINITY));
        };
        if inside > 0 {
            path.multiply(self.p.powi(inside));
        }
        if outside > 0 {
            path.multiply((-self.p + 1.0).powi(outside));
        }
    }
}
