//! Parts of the rows of an event file: those that train, validate and test.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// A part of the rows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Portion {
    /// All rows.
    #[default]
    All,
    /// The first 60 %.
    Train,
    /// The next 20 %.
    Validation,
    /// The last 20 %.
    Test,
}

impl Portion {
    const NAMED: [(&'static str, Self); 4] = [
        ("all", Self::All),
        ("train", Self::Train),
        ("validation", Self::Validation),
        ("test", Self::Test),
    ];

    /// The path of a file and the portion that the name of a simulator says: `events.h5:test` are the test rows of `events.h5`.
    pub fn split(name: &str) -> (&str, Self) {
        let found = name
            .rsplit_once(':')
            .and_then(|(path, word)| Some((path, word.parse().ok()?)));
        found.unwrap_or((name, Self::All))
    }

    /// The name of the simulator that has this portion of the rows of a file.
    pub fn of(self, path: &str) -> String {
        match self {
            Self::All => path.to_owned(),
            portion => format!("{path}:{portion}"),
        }
    }

    /// Whether two portions of a file have rows in common.
    pub fn overlaps(self, other: Self) -> bool {
        self == other || self == Self::All || other == Self::All
    }

    /// How many of `n` rows.
    pub fn len(self, n: usize) -> usize {
        self.rows(n).0.len()
    }

    /// Rows, and what they are multiplied by to stand for all. One row at each boundary belongs to no portion, as in MadMiner.
    pub fn rows(self, n: usize) -> (std::ops::Range<usize>, f64) {
        let round = |share: f64| (share * n as f64).round_ties_even() as usize;
        let (a, b) = (round(0.6), round(0.8));
        match self {
            Portion::All => (0..n, 1.0),
            Portion::Train => (0..a, 1.0 / 0.6),
            Portion::Validation => (a + 1..b.max(a + 1), 1.0 / 0.2),
            Portion::Test => (b + 1..n.max(b + 1), 1.0 / 0.2),
        }
    }
}

impl Display for Portion {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let named = Self::NAMED.iter().find(|(_, portion)| portion == self);
        f.write_str(named.map_or("all", |(name, _)| name))
    }
}

impl FromStr for Portion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::NAMED.iter().find(|(name, _)| *name == text);
        let unknown = || format!("`{text}` is no portion: there are all, train, validation and test");
        named.map(|(_, portion)| *portion).ok_or_else(unknown)
    }
}
