//! Names that are nearly right.

/// Similarity from which a name may have been meant; that of the parser of the command line.
const SIMILAR: f64 = 0.7;

/// The known name nearest to one that is not known, as a question in brackets, with a blank before it; empty if none is near.
///
/// ```
/// use motherlode_core::names::nearest;
///
/// let known = ["coins", "galton"];
/// assert_eq!(format!("there is no simulator `gallton`{}", nearest("gallton", known)), "there is no simulator `gallton` (`galton`?)");
/// assert_eq!(nearest("pachinko", known), "");
/// ```
pub fn nearest<N: AsRef<str>>(name: &str, known: impl IntoIterator<Item = N>) -> String {
    let wanted = name.to_lowercase();
    let similarity = |known: &str| strsim::jaro(&wanted, &known.to_lowercase());
    let rated = known.into_iter().map(|known| (similarity(known.as_ref()), known));
    let near = rated.filter(|(similarity, _)| *similarity > SIMILAR);
    // Of several that are as near, the first.
    let best = near.reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map_or(String::new(), |(_, known)| format!(" (`{}`?)", known.as_ref()))
}
