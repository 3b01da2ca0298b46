//! Why a file of TOML cannot be understood, in the words of who wrote it.

use toml::de::Error;

/// Keys that belong to no table.
const ABOVE_ALL: [&str; 6] = ["setup", "max_power", "reference", "cuts", "efficiencies", "met_noise"];
/// Tables of which there may be several.
const SEVERAL: [&str; 2] = ["samples", "smearing"];

/// Values and types as the reader of TOML calls them, and as people do.
const WORDS: [(&str, &str); 16] = [
    ("invalid type: ", "here is "),
    ("invalid value: ", "here is "),
    (", expected ", ", and what is needed is "),
    ("integer ", "the number "),
    ("floating point ", "the number "),
    ("string ", "the text "),
    ("boolean ", "the word "),
    ("a sequence", "a list in brackets, [ … ]"),
    ("sequence", "a list"),
    ("a map", "a table, { NAME = … }"),
    ("map", "a table"),
    ("path string", "the name of a file in quotes"),
    ("a string", "text in quotes"),
    ("usize", "a whole number, 0 or more"),
    ("u32", "a whole number, 0 or more"),
    ("f64", "a number"),
];

/// The place, what is wrong there, and what to do.
pub(super) fn told(text: &str, error: &Error) -> String {
    let place = error.to_string();
    // The reader shows the line and points at the place; what it says of it stands below.
    let place = place.trim_end().trim_end_matches(error.message().trim_end());
    let place = place.replacen("TOML parse error at line", "in line", 1);
    let what = match unquoted(text, error) {
        Some(meant) => meant,
        None => in_words(error.message()),
    };
    let more = remedy(text, error).map_or(String::new(), |remedy| format!("\n{remedy}"));
    format!("{place}{what}{more}")
}

/// The line of an error, without spaces around it, and what stands above.
fn line<'a>(text: &'a str, error: &Error) -> Option<(&'a str, &'a str)> {
    let above = text.get(..error.span()?.start)?;
    let line = text.lines().nth(above.matches('\n').count())?;
    Some((line.trim(), above))
}

fn in_words(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return format!(
            "there is nothing called {}",
            rest.replacen(", expected one of ", " here: there are ", 1)
        );
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return format!(
            "there is no {}",
            rest.replacen(", expected one of ", ": say one of ", 1)
                .replacen(", expected ", ": say ", 1)
        );
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("{field} is missing here");
    }
    if message == "duplicate key" {
        return "this name was given before: names must differ".into();
    }
    match message.starts_with("invalid ") {
        true => typed(message),
        false => message.to_owned(),
    }
}

/// Of a value of the wrong type; what stands in quotes is the user's own, and remains.
fn typed(message: &str) -> String {
    let translated = |part: &str| {
        WORDS
            .iter()
            .fold(part.to_owned(), |part, (from, to)| part.replace(from, to))
    };
    // What is expected stands last; the value may say so, too.
    let (found, needed) = message.rsplit_once(", expected ").unwrap_or((message, ""));
    let (kind, value) = match found.find(['"', '`']) {
        Some(at) => found.split_at(at),
        None => (found, ""),
    };
    let needed = match needed {
        "" => String::new(),
        needed => translated(&format!(", expected {needed}")),
    };
    format!("{}{}{needed}", translated(kind), value.replace('`', ""))
}

/// What to do, where it can be guessed.
fn remedy(text: &str, error: &Error) -> Option<String> {
    let (line, above) = line(text, error)?;
    if let Some(name) = SEVERAL.iter().find(|name| line == format!("[{name}]")) {
        return Some(format!(
            "write [[{name}]], in double brackets: there may be several of them"
        ));
    }
    let key = line.split_once('=')?.0.trim();
    let is_in_a_table = above.lines().any(|line| line.trim_start().starts_with('['));
    (ABOVE_ALL.contains(&key) && is_in_a_table).then(|| {
        format!("`{key}` belongs above the first [table] of the file: what follows a [table] is part of that table")
    })
}

/// Of a value that is none in the language of TOML: a formula without quotes, or a number with a unit.
fn unquoted(text: &str, error: &Error) -> Option<String> {
    const REFUSALS: [&str; 3] = ["expected newline", "must be quoted", "missing comma"];
    if !REFUSALS.iter().any(|words| error.message().contains(words)) {
        return None;
    }
    let (key, value) = line(text, error)?.0.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    let percent = value
        .strip_suffix('%')
        .and_then(|number| number.trim().parse::<f64>().ok());
    if let Some(percent) = percent {
        let share = percent / 100.0;
        return Some(format!(
            "numbers stand alone, without `%`: {percent} % of something are {share}, and the factor of an uncertainty of {percent} % is {}",
            1.0 + share
        ));
    }
    let quoted = match value.starts_with('[') || value.contains('"') {
        true => "[\"j[0].pt > 30\", \"met.pt > 20\"]".to_owned(),
        false => format!("\"{value}\""),
    };
    Some(format!("formulas and names stand in quotes, as in {key} = {quoted}"))
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use super::told;

    fn refusal(text: &str) -> String {
        told(text, &toml::from_str::<Words>(text).unwrap_err())
    }

    #[test]
    fn no_word_of_the_parser_is_told() {
        for (text, words) in [
            ("[observables]\na = j[0].pt", "in quotes, as in a = \"j[0].pt\""),
            ("[observables]\na = met.pt", "in quotes, as in a = \"met.pt\""),
            ("cuts = [j[0].pt > 3]", "as in cuts = [\"j[0].pt > 30\""),
            (
                "cuts = \"j[0].pt > 3, expected 4\"",
                "here is the text \"j[0].pt > 3, expected 4\", and what is needed is a list",
            ),
            ("[systematics.a]\nnorm = 2 %", "an uncertainty of 2 % is 1.02"),
            (
                "[systematics.a]\nscale = true",
                "here is the word true, and what is needed is a list",
            ),
            (
                "[systematics.a]\nnorm = \"map of f64\"",
                "here is the text \"map of f64\", and what is needed is a number",
            ),
            (
                "[benchmarks]\nsm = { a = 0 }",
                "here is a table, and what is needed is a list",
            ),
            ("[[samples]]\nbenchmark = \"sm\"", "`file` is missing here"),
            ("[benchmarks]\nsm = [0]\nsm = [1]", "names must differ"),
            (
                "[systematics.a]\npdf = \"A\"\ncombine = \"both\"",
                "there is no `both`: say `replicas` or `hessian`",
            ),
            ("[samples]\nfile = \"a\"", "write [[samples]], in double brackets"),
            ("[observables]\na = \"1\"\ncuts = []", "`cuts` belongs above"),
        ] {
            let found = refusal(text);
            assert!(found.contains(words), "{text}: {found}");
            for rust in [
                "TOML",
                "expected one",
                "f64",
                "invalid",
                "sequence",
                "newline",
                "untagged",
            ] {
                assert!(
                    !found.replace(text, "").contains(rust) || text.contains(rust),
                    "{text}: {found}"
                );
            }
        }
        assert!(!refusal("cuts = 3").contains("belongs above"));
    }
}
