//! Parts of the rows of an event file: for training, validation and testing.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::nearest;

/// A part of the rows of an event file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

    /// Returns true if it is all rows.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// Formats the name of a simulator with the portion of its rows: `events.h5:test`, or `events.h5` for all rows.
    pub fn label(self, simulator: &str) -> String {
        match self {
            Self::All => simulator.to_owned(),
            portion => format!("{simulator}:{portion}"),
        }
    }

    /// Returns true if two portions of a file have rows in common.
    pub fn overlaps(self, other: Self) -> bool {
        self == other || self == Self::All || other == Self::All
    }

    /// Portion to examine what was trained on this one with: another, unless this one is all rows.
    pub fn to_examine(self) -> Self {
        match self {
            Self::All => Self::All,
            Self::Train | Self::Validation => Self::Test,
            Self::Test => Self::Train,
        }
    }

    /// Portion to calibrate what was trained on this one with; it leaves the test rows of a usual training alone.
    pub fn to_calibrate(self) -> Self {
        match self {
            Self::Train => Self::Validation,
            other => other.to_examine(),
        }
    }

    /// Number of rows of this portion in a file of `n` rows.
    pub fn len(self, n: usize) -> usize {
        self.rows(n).0.len()
    }

    /// Rows of this portion in a file of `n` rows, and the factor by which their weights are multiplied to represent the whole file.
    ///
    /// One row at each boundary belongs to no portion, as in MadMiner.
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
        let unknown = || {
            format!(
                "`{text}`{} is not a portion: use all, train, validation or test",
                nearest(text, Self::NAMED.iter().map(|(name, _)| *name))
            )
        };
        named.map(|(_, portion)| *portion).ok_or_else(unknown)
    }
}
