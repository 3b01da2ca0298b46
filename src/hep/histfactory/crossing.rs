//! Root of a falling function.

use motherlode_core::error::Result;

/// Accuracy of the place, relative, and of the value there.
const ACCURACY: f64 = 1e-8;
/// Largest number of doublings or halvings of the range to enclose the root.
const MOST_DOUBLINGS: usize = 60;
const MOST_STEPS: usize = 200;

/// The x > 0 at which `f` falls through 0, near a guess; none, if it does not between 2⁻⁶⁰ and 2⁶⁰ of the guess.
pub(super) fn falls_through_zero(guess: f64, mut f: impl FnMut(f64) -> Result<f64>) -> Result<Option<f64>> {
    let (mut low, mut high) = (guess, guess);
    let (mut at_low, mut at_high) = (f(guess)?, f64::NAN);
    if at_low > 0.0 {
        for _ in 0..MOST_DOUBLINGS {
            high *= 2.0;
            at_high = f(high)?;
            if at_high <= 0.0 {
                break;
            }
            (low, at_low) = (high, at_high);
        }
    } else {
        at_high = at_low;
        for _ in 0..MOST_DOUBLINGS {
            low *= 0.5;
            at_low = f(low)?;
            if at_low > 0.0 {
                break;
            }
            (high, at_high) = (low, at_low);
        }
    }
    if !(at_low > 0.0 && at_high <= 0.0) {
        return Ok(None);
    }
    // Regula falsi with the weight of an end that stays halved (Illinois).
    let (mut weight_low, mut weight_high) = (at_low, at_high);
    for _ in 0..MOST_STEPS {
        if high - low <= ACCURACY * high {
            break;
        }
        let middle = (low * weight_high - high * weight_low) / (weight_high - weight_low);
        let middle = if middle > low && middle < high {
            middle
        } else {
            0.5 * (low + high)
        };
        let value = f(middle)?;
        if value > 0.0 {
            (low, weight_low) = (middle, value);
            weight_high *= 0.5;
        } else {
            (high, weight_high) = (middle, value);
            weight_low *= 0.5;
        }
        if value.abs() < ACCURACY {
            return Ok(Some(middle));
        }
    }
    Ok(Some(0.5 * (low + high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_found_from_afar() {
        for (guess, at) in [(1.0, 3.7e5), (1.0, 2.2e-6), (5.0, 5.0), (0.3, 0.31)] {
            let found = falls_through_zero(guess, |x| Ok((at / x).powi(3) - 1.0))
                .unwrap()
                .unwrap();
            assert!((found / at - 1.0).abs() < 1e-7, "{found} for {at}");
        }
        assert_eq!(falls_through_zero(1.0, |_| Ok(1.0)).unwrap(), None);
    }
}
