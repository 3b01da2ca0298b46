//! Numbers in few digits, for messages and figures.

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

/// A number with so many decimals; zero has no sign.
pub fn decimals(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| matches!(c, '0' | '.')) => zero.to_owned(),
        _ => text,
    }
}

/// A point in parameter space: "(-0.8, 0.1)", without brackets where there is one parameter.
pub fn point(theta: &[f64]) -> String {
    let values: Vec<String> = theta.iter().copied().map(shortest).collect();
    match values.as_slice() {
        [value] => value.clone(),
        values => format!("({})", values.join(", ")),
    }
}

/// A number to six digits, in as few as it takes.
fn shortest(value: f64) -> String {
    format!("{value:.5e}").parse::<f64>().unwrap_or(value).to_string()
}

/// A box in parameter space: "(-1 to 1, 0 to 2)", without brackets where there is one parameter; one that is held fixed has one value.
pub fn ranges(edges: &[(f64, f64)]) -> String {
    let one = |&(low, high): &(f64, f64)| match low == high {
        true => shortest(low),
        false => format!("{} to {}", shortest(low), shortest(high)),
    };
    let each: Vec<String> = edges.iter().map(one).collect();
    match each.as_slice() {
        [range] => range.clone(),
        each => format!("({})", each.join(", ")),
    }
}

/// A number of things: "1 event", "3 events".
pub fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
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
    }
}
