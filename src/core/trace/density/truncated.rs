//! The normal density cut off at fixed bounds.

use rand::RngExt;
use rand_distr::{Exp1, StandardNormal};

use super::{Density, Rejected, Stream, impossible, is_positive, require};
use crate::real::{LN_SQRT_2PI, Real};

/// The farthest that the bounds may lie from the mean, in standard deviations.
const REACH: f64 = 1e5;

/// A normal density with mean μ and standard deviation σ (before the cut), restricted to an interval.
///
/// The interval may lie far in a tail. Its bounds are plain numbers, which may be infinite: one that moved with θ
/// would spoil the joint score, see [`Uniform`](super::Uniform).
///
/// # Precision
/// In a tail, u standard deviations from the mean, the log density is the difference of two numbers near u²/2, so
/// its absolute error is about 10⁻¹⁶ u². Draws have full precision everywhere.
#[derive(Debug, Clone, Copy)]
pub struct TruncatedNormal<R> {
    mean: R,
    sd: R,
    low: f64,
    high: f64,
}

impl<R: Real> TruncatedNormal<R> {
    /// Mean `mean` and standard deviation `sd` before the cut, from `low` to `high`.
    ///
    /// # Errors
    /// If `mean` is not finite, `sd` is not positive, the bounds are not in order, or all of the interval lies more
    /// than 10⁵ standard deviations from the mean.
    #[inline]
    pub fn new(mean: R, sd: R, low: f64, high: f64) -> Result<Self, Rejected> {
        let exists = mean.re().is_finite() && is_positive(sd) && low < high;
        let within_reach = || (mean.re().clamp(low, high) - mean.re()).abs() <= REACH * sd.re();
        require(exists && within_reach(), || {
            format!(
                "TruncatedNormal needs a finite mean, sd > 0 and bounds low < high that reach within {REACH} sd of the \
                 mean, got mean = {}, sd = {}, low = {low}, high = {high}",
                mean.re(),
                sd.re()
            )
        })?;
        Ok(Self { mean, sd, low, high })
    }

    /// A bound in standard deviations from the mean.
    #[inline]
    fn standard(&self, bound: f64) -> R {
        (-self.mean + bound) / self.sd
    }

    /// The logarithm of the normal probability between the bounds.
    fn ln_mass(&self) -> R {
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) => ln_normal_between(self.standard(self.low), self.standard(self.high)),
            (true, false) => (-self.standard(self.low)).ln_normal_cdf(),
            (false, true) => self.standard(self.high).ln_normal_cdf(),
            (false, false) => R::from(0.0),
        }
    }
}

impl<R: Real> Density<R> for TruncatedNormal<R> {
    type Draw = f64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        let (mean, sd) = (self.mean.re(), self.sd.re());
        let mode = mean.clamp(self.low, self.high);
        let slope = (mode - mean) / sd;
        let width = (self.high - self.low) / sd;
        // Towards the inside of the interval, from the bound where the density is largest.
        let draw = if slope > 0.5 {
            mode + sd * tail(slope, width, rng)
        } else if slope < -0.5 {
            mode - sd * tail(-slope, width, rng)
        } else if width > 2.5 {
            self.central(rng)
        } else {
            self.flat(slope, rng)
        };
        draw.clamp(self.low, self.high)
    }

    fn log_density(&self, draw: &f64) -> R {
        if !(self.low..=self.high).contains(draw) {
            return impossible();
        }
        let u = self.standard(*draw);
        -u * u * 0.5 - self.sd.ln() - LN_SQRT_2PI - self.ln_mass()
    }
}

impl<R: Real> TruncatedNormal<R> {
    /// By normal proposals. At least 3 in 10 lie in an interval 2.5 wide that begins half a standard deviation off.
    fn central(&self, rng: &mut Stream) -> f64 {
        loop {
            let z: f64 = rng.sample(StandardNormal);
            let draw = self.mean.re() + self.sd.re() * z;
            if (self.low..=self.high).contains(&draw) {
                return draw;
            }
        }
    }

    /// By uniform proposals, of which at least a third is accepted on an interval up to 2.5 wide.
    fn flat(&self, slope: f64, rng: &mut Stream) -> f64 {
        loop {
            let draw = self.low + (self.high - self.low) * rng.random::<f64>();
            let u = (draw - self.mean.re()) / self.sd.re();
            if rng.random::<f64>() < (0.5 * (slope * slope - u * u)).exp() {
                return draw;
            }
        }
    }
}

/// Draws the distance beyond `start` > ½ of a normal number, given that it lies between `start` and `start + width`.
///
/// The proposal is an exponential of rate `start`, cut off at `width`; a step s is accepted with probability
/// exp(−s²/2), 4 times in 10 or more (after Robert 1995, arXiv:0907.4010, with the rate of the tangent).
fn tail(start: f64, width: f64, rng: &mut Stream) -> f64 {
    let reach = (-start * width).exp_m1();
    loop {
        let step = -(rng.random::<f64>() * reach).ln_1p() / start;
        let patience: f64 = rng.sample(Exp1);
        if 0.5 * step * step <= patience {
            return step;
        }
    }
}

/// ln (Φ(b) − Φ(a)) for a < b.
fn ln_normal_between<R: Real>(a: R, b: R) -> R {
    let (half, middle) = ((b - a) * 0.5, (a + b) * 0.5);
    if half.re() <= 0.25 && (half.re() * middle.re()).abs() <= 2.0 {
        ln_normal_around(middle, half)
    } else if a.re() > 0.0 {
        ln_difference((-a).ln_normal_cdf(), (-b).ln_normal_cdf())
    } else if b.re() < 0.0 {
        ln_difference(b.ln_normal_cdf(), a.ln_normal_cdf())
    } else {
        (-(a.ln_normal_cdf().exp() + (-b).ln_normal_cdf().exp())).ln_1p()
    }
}

/// ln (eᵖ − eᑫ) for p > q.
fn ln_difference<R: Real>(p: R, q: R) -> R {
    p + (-(q - p).exp_m1()).ln()
}

/// Positive nodes and weights of the Gauss–Legendre rule with ten nodes (`numpy.polynomial.legendre.leggauss(10)`).
const NODES: [(f64, f64); 5] = [
    (0.148_874_338_981_631_22, 0.295_524_224_714_752_8),
    (0.433_395_394_129_247_2, 0.269_266_719_309_996_5),
    (0.679_409_568_299_024_4, 0.219_086_362_515_982),
    (0.865_063_366_688_984_5, 0.149_451_349_150_580_4),
    (0.973_906_528_517_171_7, 0.066_671_344_308_688_14),
];

/// ln of the normal probability of `middle` ± `half`, for a narrow interval: a difference of distribution functions
/// would cancel, the integral of φ(m) exp(−s²/2) cosh(ms) over |s| < h does not.
fn ln_normal_around<R: Real>(middle: R, half: R) -> R {
    let mean = NODES.iter().fold(R::from(0.0), |sum, &(node, weight)| {
        let s = half * node;
        sum + (-s * s * 0.5).exp() * (middle * s).cosh() * weight
    });
    -middle * middle * 0.5 - LN_SQRT_2PI + (half * 2.0 * mean).ln()
}
