//! Arguments that are one of a few named values.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Parser of one of several values, each with its name and its help, which may be empty.
pub(super) fn one_of<T, const N: usize>(
    values: [(&'static str, &'static str, T); N],
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let possible = values.map(|(name, help, _)| match help {
        "" => PossibleValue::new(name),
        help => PossibleValue::new(name).help(help),
    });
    PossibleValuesParser::new(possible).try_map(move |given| {
        let found = values.iter().find(|(name, ..)| *name == given);
        found.map(|(.., value)| *value).ok_or("unknown name")
    })
}
