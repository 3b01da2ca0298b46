//! Interpolation between the variations at −1, 0 and +1.

/// A factor that is `hi` at 1 and `lo` at −1: a power of them beyond, and within the polynomial of degree six whose value and first two
/// derivatives fit there. Code 4 of HistFactory. A factor of 0 counts with the slope 0, as in ROOT, for it has no logarithm.
///
/// # Source
/// `flexibleInterpSingle` in RooFit's `MathFuncs.h` (code 5 there).
#[derive(Debug, Clone)]
pub(super) struct Factor {
    hi: f64,
    lo: f64,
    /// Coefficients of α to α⁶.
    coefficients: [f64; 6],
}

impl Factor {
    /// Both factors are 0 or above.
    pub(super) fn new(hi: f64, lo: f64) -> Self {
        let (log_hi, log_lo) = (logarithm(hi), logarithm(lo));
        let above = [hi, hi * log_hi, hi * log_hi.powi(2)];
        let below = [lo, -lo * log_lo, lo * log_lo.powi(2)];
        // The odd and the even part of f − 1 at 1, with their derivatives.
        let odd = [above[0] - below[0], above[1] + below[1], above[2] - below[2]].map(|sum| 0.5 * sum);
        let mut even = [above[0] + below[0], above[1] - below[1], above[2] + below[2]].map(|sum| 0.5 * sum);
        even[0] -= 1.0;
        let a5 = (odd[2] - 3.0 * odd[1] + 3.0 * odd[0]) / 8.0;
        let a3 = 0.5 * (odd[1] - odd[0]) - 2.0 * a5;
        let a6 = (even[2] - 5.0 * even[1] + 8.0 * even[0]) / 8.0;
        let a4 = 0.5 * even[1] - even[0] - 2.0 * a6;
        let coefficients = [odd[0] - a3 - a5, even[0] - a4 - a6, a3, a4, a5, a6];
        Self { hi, lo, coefficients }
    }

    /// f(α) and its derivative.
    pub(super) fn at(&self, alpha: f64) -> (f64, f64) {
        match alpha {
            alpha if alpha >= 1.0 => (self.hi.powf(alpha), logarithm(self.hi) * self.hi.powf(alpha)),
            alpha if alpha <= -1.0 => (self.lo.powf(-alpha), -logarithm(self.lo) * self.lo.powf(-alpha)),
            alpha => {
                let (mut value, mut slope) = (0.0, 0.0);
                for coefficient in self.coefficients.iter().rev() {
                    slope = slope * alpha + value + coefficient;
                    value = (value + coefficient) * alpha;
                }
                (1.0 + value, slope)
            }
        }
    }
}

/// ln f, and 0 for a factor of 0.
fn logarithm(factor: f64) -> f64 {
    if factor > 0.0 { factor.ln() } else { 0.0 }
}

/// Shift of a content that is `nominal + up` at 1 and `nominal − down` at −1: linear beyond, and within the polynomial of degree
/// six whose value and first two derivatives fit there. Code 4p of pyhf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shift {
    up: f64,
    down: f64,
}

impl Shift {
    pub(super) fn new(nominal: f64, hi: f64, lo: f64) -> Self {
        Self {
            up: hi - nominal,
            down: nominal - lo,
        }
    }

    /// δ(α) and its derivative.
    pub(super) fn at(self, alpha: f64) -> (f64, f64) {
        match alpha {
            alpha if alpha > 1.0 => (self.up * alpha, self.up),
            alpha if alpha < -1.0 => (self.down * alpha, self.down),
            alpha => {
                let (mean, bend) = (0.5 * (self.up + self.down), (self.up - self.down) / 16.0);
                let square = alpha * alpha;
                (
                    alpha * (mean + alpha * bend * (15.0 + square * (3.0 * square - 10.0))),
                    mean + alpha * bend * (30.0 + square * (18.0 * square - 40.0)),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values and two derivatives fit at ±1, where the pieces meet, and the value at 0 is the nominal one.
    #[test]
    fn pieces_meet_smoothly() {
        let (factor, shift) = (Factor::new(1.3, 0.85), Shift::new(10.0, 14.0, 9.0));
        assert_eq!((factor.at(0.0).0, shift.at(0.0).0), (1.0, 0.0));
        const STEP: f64 = 1e-6;
        for at in [&(|alpha| factor.at(alpha)) as &dyn Fn(f64) -> (f64, f64), &|alpha| {
            shift.at(alpha)
        }] {
            for edge in [-1.0, 1.0] {
                let (inside, outside) = (at(edge * (1.0 - STEP)), at(edge * (1.0 + STEP)));
                assert!((inside.0 - outside.0).abs() < 1e-4 && (inside.1 - outside.1).abs() < 1e-5);
            }
            for alpha in [-2.5, -0.7, 0.0, 0.3, 1.8] {
                let difference = (at(alpha + STEP).0 - at(alpha - STEP).0) / (2.0 * STEP);
                assert!((at(alpha).1 - difference).abs() < 1e-8, "{alpha}");
            }
        }
        // With lo = 0 the conditions of the polynomial are f = 0 and f′ = f″ = 0 at −1.
        let zero = Factor::new(1.2, 0.0);
        assert_eq!([zero.at(-1.0), zero.at(-1.7)], [(0.0, 0.0); 2]);
        assert_eq!(zero.at(0.0).0, 1.0);
        // Values of RooFit's formula.
        for (factor, alpha, value) in [
            (&zero, -0.5, 0.304796669984308),
            (&zero, 0.3, 1.1853317647725161),
            (&factor, -0.4, 0.9301766042128674),
        ] {
            assert!((factor.at(alpha).0 - value).abs() < 1e-14);
        }
        let (inside, slope) = zero.at(-1.0 + STEP);
        assert!(inside.abs() < 1e-15 && slope.abs() < 1e-9, "{inside}, {slope}");
        assert!((zero.at(1.0 - STEP).1 - 1.2 * 1.2_f64.ln()).abs() < 1e-5);
        assert!((factor.at(1.0 - 1e-12).0 - 1.3).abs() < 1e-10 && (factor.at(1e-12 - 1.0).0 - 0.85).abs() < 1e-10);
        assert!((shift.at(1.0).0 - 4.0).abs() < 1e-12 && (shift.at(-1.0).0 + 1.0).abs() < 1e-12);
    }
}
