//! Special functions of densities, with their derivative rules.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use libm::{erf, erfc};
use num_dual::DualNum;
use statrs::function::gamma;

/// Special functions that num-dual lacks.
///
/// Derivatives are exact to second order, which is what a score and its curvature need; each rule is the textbook
/// derivative, not a difference quotient.
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
        chain(self, gamma::ln_gamma(x), || gamma::digamma(x), || trigamma(x))
    }

    fn error_function(self) -> Self {
        let x = self.re();
        let slope = || FRAC_2_SQRT_PI * (-x * x).exp();
        chain(self, erf(x), slope, || -2.0 * x * slope())
    }

    fn ln_normal_cdf(self) -> Self {
        let x = self.re();
        let (log, hazard) = ln_phi_and_hazard(x);
        chain(self, log, || hazard, || -hazard * (x + hazard))
    }

    fn ln_bessel_i0(self) -> Self {
        let x = self.re();
        let (log, ratio) = ln_i0_and_ratio(x);
        // I₁(x)/x → ½ for x → 0.
        let over_x = if x == 0.0 { 0.5 } else { ratio / x };
        chain(self, log, || ratio, || 1.0 - over_x - ratio * ratio)
    }
}

/// ln √(2π).
pub(crate) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// f(x) with its first two derivatives. A derivative is only computed where there is something to differentiate.
fn chain<R: DualNum<Primitive = f64> + Copy>(x: R, f: f64, df: impl FnOnce() -> f64, d2f: impl FnOnce() -> f64) -> R {
    if R::NDERIV == 0 {
        return R::from(f);
    }
    let step = x - x.re();
    if R::NDERIV == 1 {
        return step * df() + f;
    }
    // Taylor's series: the square of a number without a real part has second derivatives only.
    step * df() + step * step * (0.5 * d2f()) + f
}

/// ψ'(x), the derivative of the digamma function: its recurrence up to 15, then the asymptotic series (Abramowitz &
/// Stegun 6.4.12).
fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 15.0 {
        sum += (x * x).recip();
        x += 1.0;
    }
    let y = (x * x).recip();
    let bernoulli = [5.0 / 66.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 1.0 / 6.0];
    let series = bernoulli.iter().fold(0.0, |series, b| series * y + b);
    sum + x.recip() * (1.0 + y * series) + 0.5 * y
}

/// Distance from the centre, in standard deviations, from which ln Φ is a continued fraction: beyond 38, Φ underflows.
const TAIL: f64 = 8.0;

/// (1 − Φ(a))/φ(a) = 1/(a + 1/(a + 2/(a + …))) for a ≥ 8 (Abramowitz & Stegun 26.2.14).
fn mills_ratio(a: f64) -> f64 {
    // Full precision from 8 on: compared with mpmath.
    (1..=16).rev().fold(a, |tail, k| a + f64::from(k) / tail).recip()
}

/// ln Φ(x) and its derivative φ(x)/Φ(x).
fn ln_phi_and_hazard(x: f64) -> (f64, f64) {
    if x < -TAIL {
        // φ and Φ underflow long before their quotient does.
        let mills = mills_ratio(-x);
        return (-0.5 * x * x - LN_SQRT_2PI + mills.ln(), mills.recip());
    }
    let log = match x > 0.0 {
        true => (-0.5 * erfc(FRAC_1_SQRT_2 * x)).ln_1p(),
        false => (0.5 * erfc(-FRAC_1_SQRT_2 * x)).ln(),
    };
    (log, (-0.5 * x * x - LN_SQRT_2PI - log).exp())
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
    use num_dual::{Dual64, HyperDual64};

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * b.abs().max(1.0)
    }

    type Function = fn(Dual64) -> Dual64;
    /// Argument, value, derivative.
    type Point = (f64, f64, f64);

    // mpmath 1.3, 40 digits, at the same binary arguments:
    // `mp.dps = 40; (loggamma(x), digamma(x)); (erf(x), 2/sqrt(pi)*exp(-x*x));
    //  (log(ncdf(x)), npdf(x)/ncdf(x)); (log(besseli(0, x)), besseli(1, x)/besseli(0, x))`.
    const CASES: [(Function, &[Point]); 4] = [
        (
            Special::ln_gamma_function,
            &[
                (0.001, 6.907178885383853, -1000.5755719318103),
                (0.3, 1.0957979948180756, -3.502524222200133),
                (1.0001, -5.771334222047127e-05, -0.5770511835143348),
                (2.5, 0.2846828704729192, 0.7031566406452432),
                (17.25, 31.374622313677687, 2.818546676986557),
                (10000.0, 82099.71749644238, 9.210290371142849),
            ],
        ),
        (
            Special::error_function,
            &[
                (-3.5, -0.9999992569016276, 5.399426777384783e-06),
                (-0.5, -0.5204998778130465, 0.8787825789354448),
                (1e-4, 0.00011283791633342487, 1.1283791558117209),
                (0.7, 0.6778011938374184, 0.6912748604105386),
                (2.1, 0.997020533343667, 0.013715649999806834),
                (2.2, 0.9981371537020182, 0.008922155064916197),
            ],
        ),
        (
            Special::ln_normal_cdf,
            &[
                (-300.0, -45006.62273211866, 300.0033332592634),
                (-30.0, -454.3212439563432, 30.033259667433676),
                (-8.001, -35.02155902086489, 8.122353788998423),
                (-7.999, -35.00531628463932, 8.120382438765677),
                (-3.001, -6.61100978489093, 3.284028111475833),
                (-2.999, -6.6044435875705805, 3.282169229855714),
                (-0.5, -1.1759117615936185, 1.1410777703680646),
                (0.1, -0.6165050101150263, 0.7353317485057806),
                (2.9, -0.0018675560981809218, 0.005963659494980552),
                (3.1, -0.0009680716434015497, 0.00326998310235693),
                (9.0, -1.1285884059538405e-19, 1.0279773571668915e-18),
            ],
        ),
        (
            Special::ln_bessel_i0,
            &[
                (-2.5, 1.190838671196028, -0.7649967475888099),
                (0.001, 2.4999998437500175e-07, 0.0004999999375000105),
                (0.7, 0.11894060391060185, 0.33017728953267106),
                (12.0, 9.849502499102844, 0.9573814053952422),
                (29.9, 27.286385310555094, 0.9831328332658057),
                (30.1, 27.483023208951185, 0.983245897153711),
                (1000.0, 995.6273088898695, 0.9994998748748043),
            ],
        ),
    ];

    #[test]
    fn values_and_derivatives_are_those_of_mpmath() {
        for (f, points) in CASES {
            for &(x, value, derivative) in points {
                let found = f(Dual64::new(x, 1.0));
                assert!(close(found.re, value, 1e-13), "{} against {value} at {x}", found.re);
                assert!(
                    close(found.eps, derivative, 1e-13),
                    "{} against {derivative} at {x}",
                    found.eps
                );
            }
        }
    }

    #[test] // -1.1285884059538405e-19: mpmath 1.3, log1p(-erfc(9/sqrt(2))/2)
    fn the_right_tail_of_ln_normal_cdf_keeps_its_digits() {
        assert!((9.0f64.ln_normal_cdf() / -1.128_588_405_953_840_5e-19 - 1.0).abs() < 1e-13);
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
        let second: [fn(HyperDual64) -> HyperDual64; 4] = [
            Special::ln_gamma_function,
            Special::error_function,
            Special::ln_normal_cdf,
            Special::ln_bessel_i0,
        ];
        for (f, second) in functions.into_iter().zip(second) {
            for x in [0.2, 1.7, 12.0, 35.0] {
                let h = 1e-5;
                let numeric = (f(Dual64::new(x + h, 1.0)).eps - f(Dual64::new(x - h, 1.0)).eps) / (2.0 * h);
                let exact = second(HyperDual64::from(x).derivative1().derivative2()).eps1eps2;
                assert!(close(exact, numeric, 1e-6), "{exact} against {numeric} at {x}");
            }
        }
        let left = Dual64::new(-25.0, 1.0).ln_normal_cdf();
        let h = 1e-4;
        let numeric = ((-25.0 + h).ln_normal_cdf() - (-25.0 - h).ln_normal_cdf()) / (2.0 * h);
        assert!(close(left.eps, numeric, 1e-6));
    }
}
