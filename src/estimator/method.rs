//! The methods, by name: what each needs and what it learns.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::dataset::AugmentedData;
use crate::error::{Error, Result};

/// How a network is trained: which labels it sees and which loss makes use of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The plain classifier: class labels only.
    Carl,
    /// Regression on the joint ratio.
    Rolr,
    /// Cross-entropy with the soft label of the joint ratio.
    Alice,
    /// CARL with the joint score.
    Cascal,
    /// ROLR with the joint score.
    Rascal,
    /// ALICE with the joint score.
    Alices,
    /// Regression on the joint score at one reference point.
    Sally,
}

impl Method {
    /// All methods, the plain classifier first.
    pub const ALL: [Self; 7] = [
        Self::Carl,
        Self::Rolr,
        Self::Alice,
        Self::Cascal,
        Self::Rascal,
        Self::Alices,
        Self::Sally,
    ];

    /// The name, in lower case, as the papers have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Carl => "carl",
            Self::Rolr => "rolr",
            Self::Alice => "alice",
            Self::Cascal => "cascal",
            Self::Rascal => "rascal",
            Self::Alices => "alices",
            Self::Sally => "sally",
        }
    }

    /// Whether it learns from the joint log ratio.
    pub fn needs_ratio(self) -> bool {
        matches!(self, Self::Rolr | Self::Rascal | Self::Alice | Self::Alices)
    }

    /// Whether it learns from the joint score.
    pub fn needs_score(self) -> bool {
        matches!(self, Self::Cascal | Self::Rascal | Self::Alices | Self::Sally)
    }

    /// Whether it learns a ratio; SALLY learns a score.
    pub fn learns_ratio(self) -> bool {
        self != Self::Sally
    }

    /// Checks that a data set holds what the method learns from.
    ///
    /// # Errors
    /// If the gold it needs, or one of the two classes, is missing.
    pub fn check(self, data: &AugmentedData) -> Result<()> {
        if self.needs_ratio() && data.joint_log_ratio.is_none() {
            let remedy = "mine again with two hypotheses, or choose `sally` or `carl`";
            return Err(Error::missing_gold(self.name(), "`joint_log_ratio`", remedy));
        }
        if self.needs_score() && data.joint_score0.is_none() {
            let remedy = "mine again with the score, or choose a method that needs the ratio only";
            return Err(Error::missing_gold(self.name(), "`joint_score0`", remedy));
        }
        let n_denominator = data.y.iter().filter(|&&y| y == 1.0).count();
        if self.learns_ratio() && (n_denominator == 0 || n_denominator == data.n_events()) {
            let remedy = "mine with --theta1 or --mixture, which draw both classes";
            return Err(Error::missing_gold(self.name(), "events of both hypotheses", remedy));
        }
        if self == Self::Sally
            && (n_denominator > 0 || data.theta0.rows().into_iter().any(|row| row != data.theta0.row(0)))
        {
            let remedy = "mine with --reference, which draws all events from one point";
            return Err(Error::missing_gold(
                self.name(),
                "events of one reference point",
                remedy,
            ));
        }
        Ok(())
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|method| method.name() == name)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::name).join(", ");
                Error::usage(format!("there is no method `{name}`; the methods are {known}"))
            })
    }
}
