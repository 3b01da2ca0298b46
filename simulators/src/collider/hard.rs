//! A hard process as a density: drawn and scored at any hypothesis, exactly.
//!
//! With c = (1, θ), the rate of a point z of phase space is c^T R(z) c and the cross section is c^T S c, S = ∫ R, so that
//!
//! p(z|θ) = c^T R(z) c / c^T S c.
//!
//! Points are proposed below a [bound](super::largest) that does not depend on θ. So proposals are accepted with the same
//! frequency at all hypotheses, and rejections carry no information on θ.

use motherlode_core::Real;
use motherlode_core::trace::{Choice, Choices, Density, Rejected, Stream};
use rand::RngExt;

use super::{OPERATORS, Quadratic};

/// A process that proposes points of its phase space, whatever θ is.
pub trait HardProcess: Send + Sync {
    /// Coordinates of a point.
    type Place: Choice + Copy;

    /// S: the total rate.
    fn total(&self) -> &Quadratic;

    /// Draws a proposal; nothing if it fell outside of phase space.
    fn propose(&self, rng: &mut Stream) -> Option<Point<Self::Place>>;

    /// Draws what the rate does not depend on, once a proposal is accepted; `false` if it is no point of this process
    /// after all.
    fn complete(&self, point: &mut Point<Self::Place>, rng: &mut Stream) -> bool;

    /// The density at θ, `[operators]`.
    ///
    /// # Errors
    /// If θ has a total rate that is no number.
    fn at<'a, R: Real>(&'a self, theta: &'a [R]) -> Result<Hard<'a, Self, R>, Rejected> {
        let total = self.total().at(theta);
        if !(total.re() > 0.0 && total.re().is_finite()) {
            return Err(Rejected::Invalid(format!(
                "the total rate is {}: the coefficients of operators must be finite numbers, and not too large",
                total.re()
            )));
        }
        Ok(Hard {
            process: self,
            theta,
            total,
        })
    }
}

/// p(z|θ).
#[derive(Debug)]
pub struct Hard<'a, P: ?Sized, R> {
    process: &'a P,
    theta: &'a [R],
    total: R,
}

/// A point of phase space with its rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point<Z> {
    /// Coordinates of the point.
    pub place: Z,
    /// R(z), over the density of proposals: all that the density needs to know of it.
    pub rate: Quadratic,
    /// Upper bound of c^T R c / c^T S c here.
    pub bound: f64,
}

impl<P: HardProcess + ?Sized, R: Real> Density<R> for Hard<'_, P, R> {
    type Draw = Point<P::Place>;

    fn sample(&self, rng: &mut Stream) -> Self::Draw {
        let mut theta = [0.0; OPERATORS];
        let theta = &mut theta[..self.theta.len()];
        theta
            .iter_mut()
            .zip(self.theta)
            .for_each(|(value, theta)| *value = theta.value());
        let total = self.total.value();
        loop {
            let Some(mut point) = self.process.propose(rng) else {
                continue;
            };
            let accepted = rng.random::<f64>() * (point.bound * total) < point.rate.at(theta);
            if accepted && self.process.complete(&mut point, rng) {
                return point;
            }
        }
    }

    /// NaN if the density exceeds its bound: it was drawn too rarely there.
    fn log_density(&self, point: &Self::Draw) -> R {
        let density = point.rate.at(self.theta) / self.total;
        match density.re() <= point.bound {
            true => density.ln(),
            false => R::from(f64::NAN),
        }
    }
}

impl<Z: Choice> Choice for Point<Z> {
    fn write(&self, record: &mut Vec<f64>) {
        self.place.write(record);
        record.extend([self.bound, self.rate.upper().len() as f64]);
        record.extend(self.rate.upper());
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let (place, bound) = Choice::read(record)?;
        let upper: Vec<f64> = Choice::read(record)?;
        let rate = Quadratic::from_upper(&upper)?;
        Some(Self { place, rate, bound })
    }
}
