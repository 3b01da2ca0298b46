//! Densities on the counts 0, 1, 2, …

use rand::RngExt;
use rand_distr::{Binomial as DrawBinomial, Geometric as DrawGeometric, Poisson as DrawPoisson};
use statrs::function::factorial::ln_factorial;

use super::{Density, LogProbability, Rejected, Stream, impossible, require};
use crate::real::Real;

/// Up to this count, factors one by one are cheaper than a logarithm.
const FEW: u64 = 16;

/// Counts up to 2⁵³ are exact as floating-point numbers, which is how they are recorded.
const MOST: f64 = 9_007_199_254_740_992.0;

/// Binomial distribution, successes in n independent trials: C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ.
#[derive(Debug, Clone, Copy)]
pub struct Binomial<R> {
    n: u64,
    p: R,
}

impl<R: Real> Binomial<R> {
    /// `n` trials, each a success with probability `p`.
    ///
    /// # Errors
    /// If `p` is not within [0, 1] or `n` is larger than 2⁵³.
    #[inline]
    pub fn new(n: u64, p: R) -> Result<Self, Rejected> {
        require((0.0..=1.0).contains(&p.re()) && n as f64 <= MOST, || {
            format!("Binomial needs n ≤ 2⁵³ and 0 ≤ p ≤ 1, got n = {n}, p = {}", p.re())
        })?;
        Ok(Self { n, p })
    }
}

impl<R: Real> Density<R> for Binomial<R> {
    type Draw = u64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> u64 {
        let binomial = DrawBinomial::new(self.n, self.p.re()).expect("p was checked to be a probability");
        rng.sample(binomial)
    }

    fn log_density(&self, draw: &u64) -> R {
        let k = *draw;
        if k > self.n {
            return impossible();
        }
        let failures = self.n - k;
        let ways = ln_factorial(self.n) - ln_factorial(k) - ln_factorial(failures);
        times(k, || self.p.ln()) + times(failures, || (-self.p).ln_1p()) + ways
    }

    #[inline]
    fn accumulate(&self, draw: &u64, path: &mut LogProbability<R>) {
        let k = *draw;
        if self.n > FEW || k > self.n {
            return path.add(self.log_density(draw));
        }
        for i in 0..k {
            path.multiply(self.p * ((self.n - i) as f64 / (i + 1) as f64));
        }
        for _ in k..self.n {
            path.multiply(-self.p + 1.0);
        }
    }
}

/// Poisson distribution, independent events with the expected number λ: λᵏ exp(−λ) / k!.
#[derive(Debug, Clone, Copy)]
pub struct Poisson<R> {
    rate: R,
}

impl<R: Real> Poisson<R> {
    /// `rate` expected events; with none expected, none happen.
    ///
    /// # Errors
    /// If `rate` is not within [0, 10¹⁵]: larger counts would not be recorded exactly.
    #[inline]
    pub fn new(rate: R) -> Result<Self, Rejected> {
        require((0.0..=1e15).contains(&rate.re()), || {
            format!("Poisson needs 0 ≤ rate ≤ 1e15, got rate = {}", rate.re())
        })?;
        Ok(Self { rate })
    }
}

impl<R: Real> Density<R> for Poisson<R> {
    type Draw = u64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> u64 {
        if self.rate.re() == 0.0 {
            return 0;
        }
        let poisson = DrawPoisson::new(self.rate.re()).expect("rate was checked to be positive and not too large");
        rng.sample(poisson) as u64
    }

    fn log_density(&self, draw: &u64) -> R {
        times(*draw, || self.rate.ln()) - self.rate - ln_factorial(*draw)
    }

    #[inline]
    fn accumulate(&self, draw: &u64, path: &mut LogProbability<R>) {
        if *draw > FEW {
            return path.add(self.log_density(draw));
        }
        path.add(-self.rate);
        for i in 1..=*draw {
            path.multiply(self.rate / i as f64);
        }
    }
}

/// Geometric distribution, failures before the first success: p (1 − p)ᵏ.
#[derive(Debug, Clone, Copy)]
pub struct Geometric<R> {
    p: R,
}

impl<R: Real> Geometric<R> {
    /// Trials that succeed with probability `p`.
    ///
    /// # Errors
    /// If `p` is not within [10⁻¹², 1]: without a success there is no end, and larger counts than such a `p` gives
    /// would not be recorded exactly.
    #[inline]
    pub fn new(p: R) -> Result<Self, Rejected> {
        require((1e-12..=1.0).contains(&p.re()), || {
            format!("Geometric needs 1e-12 ≤ p ≤ 1, got p = {}", p.re())
        })?;
        Ok(Self { p })
    }
}

impl<R: Real> Density<R> for Geometric<R> {
    type Draw = u64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> u64 {
        let geometric = DrawGeometric::new(self.p.re()).expect("p was checked to be a probability");
        rng.sample(geometric)
    }

    fn log_density(&self, draw: &u64) -> R {
        self.p.ln() + times(*draw, || (-self.p).ln_1p())
    }

    #[inline]
    fn accumulate(&self, draw: &u64, path: &mut LogProbability<R>) {
        if *draw > FEW {
            return path.add(self.log_density(draw));
        }
        path.multiply(self.p);
        for _ in 0..*draw {
            path.multiply(-self.p + 1.0);
        }
    }
}

/// `count` times a logarithm; nothing for a count of 0, even of the logarithm of 0.
#[inline]
fn times<R: Real>(count: u64, log: impl FnOnce() -> R) -> R {
    if count == 0 {
        return R::from(0.0);
    }
    log() * count as f64
}
