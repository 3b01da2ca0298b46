//! Suggestions for names and signs of other languages, and for names that are nearly right.

use super::super::expression::{Property, Relation};
use crate::lhe::List;

/// Signs of other languages, with their translations.
const SIGNS: [(&str, &str); 10] = [
    ("&&", "write `and`"),
    ("&", "write `and`"),
    ("||", "write `or`"),
    ("|", "write `or`, and `abs(x)` for a magnitude"),
    ("!", "write `not`"),
    ("=", "write `==` to compare"),
    ("^", "write `**` for a power"),
    ("AND", "write `and`"),
    ("OR", "write `or`"),
    ("NOT", "write `not`"),
];

/// Suggests the sign of this language for one of another.
pub(super) fn by_sign(rest: &str) -> Option<&'static str> {
    let found = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
    found.map(|(_, suggestion)| *suggestion)
}

/// Finds a property or a relation whose name differs in capitals or underscores, or is abbreviated.
pub(super) fn property(name: &str) -> Option<&'static str> {
    const SHORT: [(&str, &str); 6] = [
        ("dphi", "deltaphi"),
        ("deta", "deltaeta"),
        ("dr", "deltar"),
        ("ptmiss", "pt"),
        ("pid", "pdgid"),
        ("y", "rapidity"),
    ];
    let bare = |name: &str| name.replace('_', "").to_lowercase();
    let wanted = bare(name);
    let wanted = SHORT
        .iter()
        .find(|(short, _)| *short == wanted)
        .map_or(wanted.as_str(), |(_, long)| long);
    let properties = Property::NAMES.iter().map(|(known, _)| *known);
    let relations = Relation::NAMES.iter().map(|(known, _)| *known);
    properties.chain(relations).find(|known| bare(known) == wanted)
}

/// Returns true if the property takes another particle.
pub(super) fn is_relation(name: &str) -> bool {
    Relation::NAMES.iter().any(|(known, _)| *known == name)
}

/// Finds the list behind a name such as `j1` or `j_1`.
pub(super) fn member(name: &str) -> Option<&str> {
    let list = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_numbered = list.len() < name.len();
    let list = list.trim_end_matches('_');
    (is_numbered && List::named(list).is_some()).then_some(list)
}
