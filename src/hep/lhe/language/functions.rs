//! The functions that formulas may call.

/// A function of one number.
pub(super) type Function1 = fn(f64) -> f64;
/// A function of two.
pub(super) type Function2 = fn(f64, f64) -> f64;

pub(super) const ONE_ARGUMENT: [(&str, Function1); 20] = [
    ("abs", f64::abs),
    ("sqrt", f64::sqrt),
    ("exp", f64::exp),
    ("log", f64::ln),
    ("log10", f64::log10),
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("asin", f64::asin),
    ("acos", f64::acos),
    ("atan", f64::atan),
    ("sinh", f64::sinh),
    ("cosh", f64::cosh),
    ("tanh", f64::tanh),
    ("floor", f64::floor),
    ("ceil", f64::ceil),
    ("float", |value| value),
    ("int", f64::trunc),
    ("bool", |value| f64::from(u8::from(value != 0.0))),
    ("fabs", f64::abs),
];

pub(super) const TWO_ARGUMENTS: [(&str, Function2); 4] = [
    ("pow", f64::powf),
    ("atan2", f64::atan2),
    ("min", f64::min),
    ("max", f64::max),
];

pub(super) fn one_argument(name: &str) -> Option<Function1> {
    let found = ONE_ARGUMENT.iter().find(|(known, _)| *known == name);
    found.map(|(_, function)| *function)
}

pub(super) fn two_arguments(name: &str) -> Option<Function2> {
    let found = TWO_ARGUMENTS.iter().find(|(known, _)| *known == name);
    found.map(|(_, function)| *function)
}
