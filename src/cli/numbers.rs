//! Numbers in words.

use motherlode_core::mean::Mean;

/// Smaller errors are shown not at all, relative to a value of this size or to 1: they are rounding.
const ROUNDING: f64 = 1e-12;
/// Numbers between these are written out, others with a power of ten.
const PLAIN: std::ops::Range<f64> = 1e-3..1e6;

/// A number with its standard error, to two digits of it.
pub(super) fn measured(Mean { value, standard_error }: Mean) -> String {
    let size = value.abs().max(standard_error);
    if !value.is_finite() {
        return "–".into();
    }
    // What has no size of its own has none in the unit of others either.
    if !(standard_error > ROUNDING * value.abs() && standard_error.is_finite() && size > f64::MIN_POSITIVE) {
        return exact(value);
    }
    if PLAIN.contains(&size) {
        return format!("{value:.0$} ± {standard_error:.0$}", decimals(standard_error, 2.0));
    }
    let power = size.log10().floor() as i32;
    let unit = 10f64.powi(power);
    let places = decimals(standard_error / unit, 2.0);
    format!(
        "({:.places$} ± {:.places$})e{power}",
        value / unit,
        standard_error / unit
    )
}

/// To four digits.
pub(super) fn exact(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if PLAIN.contains(&size) => format!("{value:.0$}", decimals(value, 4.0)),
        _ => format!("{value:.3e}"),
    }
}

/// Decimals that show `n` digits of a number of this size.
fn decimals(size: f64, n: f64) -> usize {
    (n - 1.0 - size.abs().log10().floor()).clamp(0.0, 12.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_two_digits_whatever_the_size() {
        for (value, standard_error, words) in [
            (0.991143, 0.0741, "0.991 ± 0.074"),
            (1234.6, 12.3, "1235 ± 12"),
            (2.894732e-19, 9.2e-20, "(2.89 ± 0.92)e-19"),
            (6.99671e8, 2.2e7, "(7.00 ± 0.22)e8"),
            (-0.5, 0.25, "-0.50 ± 0.25"),
            (0.0, 0.02, "0.000 ± 0.020"),
            (1.0, 0.0, "1.000"),
            (1.0, 1e-15, "1.000"),
            (0.0, 0.0, "0"),
            (0.0, 1e-300, "(0.0 ± 1.0)e-300"),
            (f64::NAN, 1.0, "–"),
        ] {
            assert_eq!(measured(Mean { value, standard_error }), words);
        }
        assert_eq!(exact(997.0), "997.0");
        assert_eq!(exact(3.21e7), "3.210e7");
    }
}
