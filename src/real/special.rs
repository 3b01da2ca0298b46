//! Special functions of densities, with their derivative rules.

use num_dual::DualNum;
use statrs::function::{erf, gamma};

/// Special functions that num-dual lacks.
///
/// Derivatives are exact to first order, which is what a score needs; each rule is the textbook derivative, not a
/// difference quotient.
pub trait Special: Sized {
    /// ln Γ(x) for x > 0; its derivative is the digamma function.
    fn ln_gamma_function(self) -> Self;
    /// The error function; its derivative is 2/√π · exp(−x²).
    fn error_function(self) -> Self;
    /// ln Φ(x), the logarithm of the standard normal distribution function, accurate far into the left tail.
    fn ln_normal_cdf(self) -> Self;
    /// ln I₀(x), the logarithm of the modified Bessel function of order zero; its derivative is I₁(x)/I₀(x).
    fn ln_bessel_i0(self) -> Self;
}

impl<R: DualNum<Primitive = f64> + Copy> Special for R {
    fn ln_gamma_function(self) -> Self {
        let x = self.re();
        chain(self, gamma::ln_gamma(x), || gamma::digamma(x))
    }

    fn error_function(self) -> Self {
        let x = self.re();
        chain(self, erf::erf(x), || std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp())
    }

    fn ln_normal_cdf(self) -> Self {
        let x = self.re();
        let log = ln_phi(x);
        // φ(x)/Φ(x) from logarithms: both underflow long before their quotient does.
        chain(self, log, || (-0.5 * x * x - LN_SQRT_2PI - log).exp())
    }

    fn ln_bessel_i0(self) -> Self {
        let x = self.re();
        let (log, ratio) = ln_i0_and_ratio(x);
        chain(self, log, || ratio)
    }
}

/// ln √(2π).
pub(crate) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// f(x) with its first derivative. The derivative is only computed where there is something to differentiate.
fn chain<R: DualNum<Primitive = f64> + Copy>(x: R, f: f64, df: impl FnOnce() -> f64) -> R {
    if R::NDERIV == 0 {
        return R::from(f);
    }
    (x - x.re()) * df() + f
}

/// ln Φ(x): by erfc where that does not underflow, by the continued fraction of Mills' ratio beyond.
fn ln_phi(x: f64) -> f64 {
    if x > -20.0 {
        return (0.5 * erf::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)).ln();
    }
    // Φ(x) = φ(x)/(|x| + 1/(|x| + 2/(|x| + …))), Abramowitz & Stegun 26.2.14; five terms give 1e-13 at |x| = 20.
    let a = -x;
    let tail = (1..=8).rev().fold(a, |tail, k| a + f64::from(k) / tail);
    -0.5 * x * x - LN_SQRT_2PI - tail.ln()
}

/// ln I₀(x) and I₁(x)/I₀(x): power series for small |x|, asymptotic series (Abramowitz & Stegun 9.7.1) beyond.
fn ln_i0_and_ratio(x: f64) -> (f64, f64) {
    let a = x.abs();
    let (log, ratio) = if a < 30.0 {
        let q = 0.25 * a * a;
        let (mut t0, mut t1, mut i0, mut i1) = (1.0, 0.5 * a, 1.0, 0.5 * a);
        let mut k = 1.0;
        while t0 > i0 * f64::EPSILON || t1 > i1 * f64::EPSILON {
            t0 *= q / (k * k);
            t1 *= q / (k * (k + 1.0));
            i0 += t0;
            i1 += t1;
            k += 1.0;
        }
        (i0.ln(), i1 / i0)
    } else {
        let (s0, s1) = (asymptotic(0.0, a), asymptotic(4.0, a));
        (a - 0.5 * (std::f64::consts::TAU * a).ln() + s0.ln(), s1 / s0)
    };
    (log, ratio.copysign(x))
}

/// 1 − (μ−1)/(8x) + (μ−1)(μ−9)/(2!(8x)²) − … with μ = 4ν².
fn asymptotic(mu: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..=14 {
        let k = f64::from(k);
        term *= -(mu - (2.0 * k - 1.0).powi(2)) / (k * 8.0 * x);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_dual::Dual64;

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * b.abs().max(1.0)
    }

    // Values: mpmath 1.3, 30 digits.
    #[test]
    fn values_are_those_of_mpmath() {
        assert!(close(0.3.ln_gamma_function(), 1.095_797_994_818_075_6, 1e-12));
        assert!(close(0.7.error_function(), 0.677_801_193_837_418_4, 1e-12));
        assert!(close((-3.0).ln_normal_cdf(), -6.607_726_221_510_350, 1e-12));
        assert!(close((-30.0).ln_normal_cdf(), -454.321_243_956_343_2, 1e-12));
        assert!(close(2.5.ln_bessel_i0(), 1.190_838_671_196_028, 1e-12));
        assert!(close(50.0.ln_bessel_i0(), 47.127_575_501_871_805, 1e-12));
    }

    #[test]
    fn derivatives_are_those_of_central_differences() {
        let functions: [fn(Dual64) -> Dual64; 4] = [
            Special::ln_gamma_function,
            Special::error_function,
            Special::ln_normal_cdf,
            Special::ln_bessel_i0,
        ];
        for f in functions {
            for x in [0.2, 1.7, 12.0, 35.0] {
                let h = 1e-5;
                let numeric = (f(Dual64::from(x + h)).re - f(Dual64::from(x - h)).re) / (2.0 * h);
                let exact = f(Dual64::new(x, 1.0)).eps;
                assert!(close(exact, numeric, 1e-6), "{exact} against {numeric} at {x}");
            }
        }
        let left = Dual64::new(-25.0, 1.0).ln_normal_cdf();
        let h = 1e-4;
        let numeric = ((-25.0 + h).ln_normal_cdf() - (-25.0 - h).ln_normal_cdf()) / (2.0 * h);
        assert!(close(left.eps, numeric, 1e-6));
    }
}
