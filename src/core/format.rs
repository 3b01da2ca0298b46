//! Text of numbers, points and ranges, for messages and figures.

/// A number with `digits` significant digits, as plain text; "–" if it is not finite.
pub fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    // the exponent after rounding: 9.99e-1 to two digits is 1.0
    let rounded = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        return format!("{mantissa}e{exponent}");
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    format!("{:.decimals$}", rounded.parse::<f64>().unwrap_or(value))
}

/// A share as a percentage, to a hundredth of a percent; what is nearly all is not rounded to all.
pub fn percent(share: f64) -> String {
    let rounded = (share * 1e4).round() / 100.0;
    match rounded == 100.0 && share < 1.0 {
        true => {
            let decimals = (-(1.0 - share).log10()).ceil().clamp(2.0, 14.0) as usize - 1;
            format!("{:.decimals$} %", 100.0 * share)
        }
        false => format!("{rounded} %"),
    }
}

/// A share with its standard error, as whole percentages: "28 % (± 4 %)".
pub fn percent_with_error(share: f64, error: f64) -> String {
    format!("{:.0} % (± {:.0} %)", 100.0 * share, 100.0 * error)
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number with a fixed count of decimals; zero has no sign.
pub fn decimals(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| matches!(c, '0' | '.')) => zero.to_owned(),
        _ => text,
    }
}

/// Sizes whose digits are written out; others have a power of ten.
const WRITTEN_OUT: std::ops::Range<f64> = 1e-5..1e15;

/// The fewest digits that give a number again: for what was given by a user or a file.
pub fn exact(value: f64) -> String {
    match value == 0.0 || !value.is_finite() || WRITTEN_OUT.contains(&value.abs()) {
        true => value.to_string(),
        false => format!("{value:e}"),
    }
}

/// A point in parameter space with all its digits; otherwise as [`point`].
pub fn exact_point(theta: &[f64]) -> String {
    bracketed(theta.iter().copied().map(exact).collect())
}

/// A point in parameter space: "(-0.8, 0.1)", without brackets where there is one parameter.
pub fn point(theta: &[f64]) -> String {
    bracketed(theta.iter().copied().map(shortest).collect())
}

fn bracketed(values: Vec<String>) -> String {
    match values.as_slice() {
        [value] => value.clone(),
        values => format!("({})", values.join(", ")),
    }
}

/// Values separated by commas, as they are given on a command line.
pub fn comma_separated(values: &[f64]) -> String {
    values.iter().copied().map(exact).collect::<Vec<_>>().join(",")
}

/// A number rounded to six digits, without trailing zeros.
fn shortest(value: f64) -> String {
    exact(format!("{value:.5e}").parse().unwrap_or(value))
}

/// A box in parameter space: "(-1 to 1, 0 to 2)", without brackets where there is one parameter; a fixed parameter has one value.
pub fn ranges(edges: &[(f64, f64)]) -> String {
    let one = |&(low, high): &(f64, f64)| match low == high {
        true => shortest(low),
        false => format!("{} to {}", shortest(low), shortest(high)),
    };
    bracketed(edges.iter().map(one).collect())
}

/// A number of things: "1 event", "3 events".
pub fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
}

/// Errors below this, relative to the value, are rounding and are not shown.
const ROUNDING: f64 = 1e-12;
/// Sizes that are written without a power of ten.
const PLAIN: std::ops::Range<f64> = 1e-3..1e6;

/// A value with its standard error, to two digits of the error: "0.512 ± 0.013", "(7.00 ± 0.22)e8"; "–" if the value is not finite.
///
/// Without an error, or with one that is rounding, the value has four digits.
pub fn value_with_error(value: f64, error: f64) -> String {
    let size = value.abs().max(error);
    if !value.is_finite() {
        return "–".into();
    }
    // A value and an error that both underflow have no digits to show.
    if !(error > ROUNDING * value.abs() && error.is_finite() && size > f64::MIN_POSITIVE) {
        return four_digits(value);
    }
    if PLAIN.contains(&size) {
        return format!("{value:.0$} ± {error:.0$}", decimals_of(error, 2.0));
    }
    let power = size.log10().floor() as i32;
    let unit = 10f64.powi(power);
    let places = decimals_of(error / unit, 2.0);
    format!("({:.places$} ± {:.places$})e{power}", value / unit, error / unit)
}

/// A number to four digits, with a power of ten where it is very small or large.
pub fn four_digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if PLAIN.contains(&size) => format!("{value:.0$}", decimals_of(value, 4.0)),
        _ => format!("{value:.3e}"),
    }
}

/// Decimals that show `n` digits of a number of this size.
fn decimals_of(size: f64, n: f64) -> usize {
    (n - 1.0 - size.abs().log10().floor()).clamp(0.0, 12.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_written_where_they_are_needed() {
        assert_eq!(number(1.63662, 5), "1.6366");
        assert_eq!(number(1.2345e-7, 3), "1.23e-7");
        assert_eq!(number(0.9996, 3), "1.00");
        assert_eq!(decimals(-0.0004, 3), "0.000");
        assert_eq!(point(&[1.0, -0.5]), "(1, -0.5)");
        assert_eq!(point(&[2.0]), "2");
        assert_eq!(point(&[0.791_767_238]), "0.791767");
        assert_eq!(ranges(&[(-1.0, 0.5), (0.0, 0.0)]), "(-1 to 0.5, 0)");
        assert_eq!(ranges(&[(-1e300, 2e16)]), "-1e300 to 2e16");
        assert_eq!(point(&[1e300]), "1e300");
        assert_eq!(comma_separated(&[1e300, -2.5e-310, 100.0]), "1e300,-2.5e-310,100");
    }

    #[test]
    fn exact_numbers_are_told_apart_and_can_be_read_again() {
        for value in [
            0.0,
            1.0,
            -0.1,
            100.000_000_1,
            1e15,
            1.25e300,
            -5e-324,
            1.0 / 3.0,
            f64::INFINITY,
        ] {
            assert_eq!(exact(value).parse::<f64>(), Ok(value));
            assert!(exact(value).len() < 25, "{}", exact(value));
        }
        assert_eq!(exact_point(&[100.000_000_1, 1e22]), "(100.0000001, 1e22)");
        assert_eq!(point(&[100.000_000_1]), "100");
    }

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
            assert_eq!(value_with_error(value, standard_error), words);
        }
        assert_eq!(four_digits(997.0), "997.0");
        assert_eq!(four_digits(3.21e7), "3.210e7");
    }
}
