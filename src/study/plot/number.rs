//! Numbers as figures and pages print them.

/// A count with its digits in groups of three.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        // four digits stay together, as in running text
        if i > 0 && digits.len() > 4 && (digits.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with a true minus sign.
pub fn minus(number: &str) -> String {
    number.replace('-', "−")
}

/// A number without the zeros after its last significant digit.
pub fn trim(number: &str) -> String {
    match number.contains('.') && !number.contains('e') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number.to_owned(),
    }
}
