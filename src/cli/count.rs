//! Whole numbers as people write them: 20000, 20k, 2e4, 1.5M.

/// Letters that a number may end in, with their powers of ten.
const SUFFIXES: [(char, u32); 4] = [('k', 3), ('K', 3), ('M', 6), ('G', 9)];
/// Powers of ten that a count has at the most: u64 ends at 1.8e19.
const MOST_POWER: u32 = 19;

/// Parses a whole number of things.
pub(super) fn count<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let whole = digits(text).ok_or("give a whole number, such as 20000, 20k, 2e4 or 1.5M")?;
    let too_large = || "the number is too large".to_owned();
    let number = whole.and_then(|whole| T::try_from(whole).ok());
    number.ok_or_else(too_large)
}

/// The number, exactly; the inner `None` if it is too large.
fn digits(text: &str) -> Option<Option<u64>> {
    let (text, suffix) = match SUFFIXES.iter().find(|(letter, _)| text.ends_with(*letter)) {
        Some((_, power)) => (&text[..text.len() - 1], *power),
        None => (text, 0),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+').unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let after = after.trim_end_matches('0');
    if before.is_empty() || exponent.is_empty() || ![before, after, exponent].into_iter().all(are_digits) {
        return None;
    }
    let number = format!("{before}{after}");
    let number = number.trim_start_matches('0');
    if number.is_empty() {
        return Some(Some(0));
    }
    // An exponent of more digits than a number has is too large in any case.
    let power = exponent.parse::<u32>().ok().and_then(|power| power.checked_add(suffix));
    let Some(power) = power else {
        return Some(None);
    };
    let zeros = power.checked_sub(u32::try_from(after.len()).ok()?)?;
    if zeros > MOST_POWER {
        return Some(None);
    }
    let number = number.parse::<u64>().ok();
    Some(number.and_then(|number| number.checked_mul(10_u64.checked_pow(zeros)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_exactly() {
        let cases = [
            ("0", 0),
            ("007", 7),
            ("10k", 10_000),
            ("10K", 10_000),
            ("1e4", 10_000),
            ("1E+4", 10_000),
            ("2.5e5", 250_000),
            ("2.50e1", 25),
            ("1M", 1_000_000),
            ("1.5M", 1_500_000),
            ("1e3k", 1_000_000),
            ("0.5k", 500),
            ("2G", 2_000_000_000),
            ("0e99", 0),
            ("18446744073709551615", u64::MAX),
            ("18.446744073709551615e18", u64::MAX),
        ];
        for (text, expected) in cases {
            assert_eq!(count::<u64>(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "k", "1.5", "1.5e0", "-1", "+1", "1e-3", "1e", "e4", ".5k", "1_000", "1 k", "nan", "1kk", "٣", "1e1.5",
        ] {
            assert!(count::<u64>(text).unwrap_err().contains("whole number"), "{text}");
        }
        for text in [
            "18446744073709551616",
            "1e20",
            "1e400",
            "1e99999999999",
            "99G999",
            "2e19",
        ] {
            assert!(count::<u64>(text).is_err(), "{text}");
        }
        assert_eq!(count::<u8>("256").unwrap_err(), "the number is too large");
    }
}
