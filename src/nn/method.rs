//! The methods, by name: what each needs and what it learns.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;

use super::methods::{Colour, Display, Line, Marker};

/// How a network is trained: which labels it sees and which loss makes use of them; [`methods`](super::methods) has a page
/// on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The plain classifier: class labels only.
    Carl,
    /// The plain classifier of events with their own hypothesis against events with another's (NRE).
    Nre,
    /// NRE that tells the hypothesis of an event from several others.
    Cnre,
    /// NRE held in balance; wants large batches.
    Bnre,
    /// Regression on the joint ratio.
    Rolr,
    /// Cross-entropy with the soft label of the joint ratio: against a mixture of hypotheses, NRE with gold.
    Alice,
    /// CNRE with the soft labels of the joint ratios to several hypotheses.
    Calice,
    /// CARL with the joint score.
    Cascal,
    /// ROLR with the joint score.
    Rascal,
    /// ALICE with the joint score.
    Alices,
    /// CALICE with the joint score.
    Calices,
    /// Regression on the joint score: at one reference point, or over a prior at any.
    Sally,
    /// SALLY, whose score is then projected onto the line between the hypotheses: a histogram of one dimension.
    Sallino,
    /// Regression on the first and second derivatives of the joint ratio at one reference point.
    Derivatives,
    /// The likelihood itself, by a conditional density: no gold.
    Nde,
    /// NDE with the joint score.
    Scandal,
}

/// The part of a loss that learns the ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Which of two hypotheses?
    CrossEntropy,
    /// The same, held in balance.
    Balanced,
    /// Which of several hypotheses?
    Contrastive,
    /// How large is the ratio?
    Ratio,
    /// How probable is x?
    Likelihood,
}

impl Method {
    /// All methods, those without gold first.
    pub const ALL: [Self; 16] = [
        Self::Carl,
        Self::Nre,
        Self::Cnre,
        Self::Bnre,
        Self::Rolr,
        Self::Alice,
        Self::Calice,
        Self::Cascal,
        Self::Rascal,
        Self::Alices,
        Self::Calices,
        Self::Sally,
        Self::Sallino,
        Self::Derivatives,
        Self::Nde,
        Self::Scandal,
    ];

    /// The name, in lower case, as the papers have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Carl => "carl",
            Self::Nre => "nre",
            Self::Cnre => "cnre",
            Self::Bnre => "bnre",
            Self::Rolr => "rolr",
            Self::Alice => "alice",
            Self::Calice => "calice",
            Self::Cascal => "cascal",
            Self::Rascal => "rascal",
            Self::Alices => "alices",
            Self::Calices => "calices",
            Self::Sally => "sally",
            Self::Sallino => "sallino",
            Self::Derivatives => "derivatives",
            Self::Nde => "nde",
            Self::Scandal => "scandal",
        }
    }

    /// How it is named and drawn in tables and figures.
    pub fn display(self) -> Display {
        let (label, gold, colour, line, marker) = match self {
            Self::Carl => ("CARL", "no gold", Colour::Black, Line::Dashed, Marker::Disc),
            Self::Nre => ("NRE", "no gold", Colour::Grey, Line::Dotted, Marker::TriangleUp),
            Self::Cnre => ("CNRE", "no gold", Colour::Black, Line::Dotted, Marker::Diamond),
            Self::Bnre => ("BNRE", "no gold", Colour::Grey, Line::DashDotted, Marker::TriangleDown),
            Self::Rolr => ("ROLR", "ratio", Colour::Orange, Line::Solid, Marker::Square),
            Self::Alice => ("ALICE", "ratio", Colour::Vermillion, Line::Solid, Marker::TriangleUp),
            Self::Calice => ("CALICE", "ratio", Colour::Vermillion, Line::DashDotted, Marker::Diamond),
            Self::Cascal => ("CASCAL", "score", Colour::Sky, Line::Solid, Marker::Diamond),
            Self::Rascal => ("RASCAL", "ratio and score", Colour::Blue, Line::Solid, Marker::Square),
            Self::Alices => ("ALICES", "ratio and score", Colour::Green, Line::Solid, Marker::Disc),
            Self::Calices => (
                "CALICES",
                "ratio and score",
                Colour::Green,
                Line::DashDotted,
                Marker::Square,
            ),
            Self::Sally => ("SALLY", "score", Colour::Purple, Line::Solid, Marker::TriangleDown),
            Self::Sallino => ("SALLINO", "score", Colour::Purple, Line::Dotted, Marker::TriangleUp),
            Self::Derivatives => (
                "DERIVATIVES",
                "second derivatives",
                Colour::Olive,
                Line::Dotted,
                Marker::Disc,
            ),
            Self::Nde => ("NDE", "no gold", Colour::Grey, Line::Dashed, Marker::Square),
            Self::Scandal => ("SCANDAL", "score", Colour::Olive, Line::Solid, Marker::Diamond),
        };
        Display {
            label,
            gold,
            colour,
            line,
            marker,
        }
    }

    /// Whether it learns from the joint log ratio.
    pub fn needs_ratio(self) -> bool {
        self.has_soft_labels() || self.regresses_ratio()
    }

    /// Whether it learns from the joint score.
    pub fn needs_score(self) -> bool {
        let beside_others = matches!(
            self,
            Self::Cascal | Self::Rascal | Self::Alices | Self::Calices | Self::Scandal
        );
        beside_others || self.learns_score()
    }

    /// Whether it learns a ratio.
    pub fn learns_ratio(self) -> bool {
        !self.learns_score() && !self.learns_likelihood()
    }

    /// Whether it learns the score, and nothing else. Such methods train the same network and differ in its use.
    pub fn learns_score(self) -> bool {
        matches!(self, Self::Sally | Self::Sallino)
    }

    /// Whether it learns the likelihood itself.
    pub fn learns_likelihood(self) -> bool {
        matches!(self, Self::Nde | Self::Scandal)
    }

    /// Whether it compares the hypothesis of an event with those of others, and needs no denominator.
    pub fn contrasts_hypotheses(self) -> bool {
        matches!(self, Self::Nre | Self::Cnre | Self::Bnre)
    }

    /// Whether several hypotheses compete for each event.
    pub fn compares_several(self) -> bool {
        self.loss() == Some(Loss::Contrastive)
    }

    /// Whether it needs gold at several hypotheses for one event, which only events that remember their path can have.
    pub fn needs_memories(self) -> bool {
        self.compares_several() && self.needs_ratio()
    }

    /// Whether its labels can be recalled at any hypothesis.
    pub fn can_recall(self) -> bool {
        self.needs_ratio() || self == Self::Scandal || self.learns_score()
    }

    /// Whether its network takes θ besides x: it does unless all it learns is at one reference point.
    pub(crate) fn takes_theta(self, design: &Design) -> bool {
        self.loss().is_some() || (self.learns_score() && design.prior().is_some())
    }

    /// Whether an event stands for both classes, in the shares that the joint ratio gives.
    pub(crate) fn has_soft_labels(self) -> bool {
        matches!(self, Self::Alice | Self::Alices | Self::Calice | Self::Calices)
    }

    /// Whether its main labels are those of single draws, a class or an observation: a network soon knows them by heart.
    pub(crate) fn learns_by_heart(self) -> bool {
        self != Self::Scandal && !self.learns_score() && !self.needs_ratio()
    }

    /// Whether the joint ratio itself is the target.
    pub(crate) fn regresses_ratio(self) -> bool {
        matches!(self, Self::Rolr | Self::Rascal)
    }

    /// The part of its loss that learns the ratio; a regression on x alone, or on scores, has none.
    pub(crate) fn loss(self) -> Option<Loss> {
        match self {
            Self::Carl | Self::Nre | Self::Alice | Self::Cascal | Self::Alices => Some(Loss::CrossEntropy),
            Self::Bnre => Some(Loss::Balanced),
            Self::Cnre | Self::Calice | Self::Calices => Some(Loss::Contrastive),
            Self::Rolr | Self::Rascal => Some(Loss::Ratio),
            Self::Nde | Self::Scandal => Some(Loss::Likelihood),
            Self::Sally | Self::Sallino | Self::Derivatives => None,
        }
    }

    /// Checks that a data set holds what the method learns from.
    ///
    /// # Errors
    /// If the gold it needs, or one of the two classes, is missing.
    pub fn check(self, data: &AugmentedData) -> Result<()> {
        if self.needs_ratio() && data.joint_log_ratio.is_none() {
            let remedy = match is_reference(data) || matches!(data.header.design, Design::Reference { .. }) {
                true => "mine again without --reference, or choose `sally`, which learns from events of one point",
                false => "mine again with two hypotheses, or choose `carl`",
            };
            return Err(Error::missing_gold(self.name(), "`joint_log_ratio`", remedy));
        }
        if self.needs_score() && data.joint_score0.is_none() {
            let remedy = "mine again with the score, or choose a method that needs the ratio only";
            return Err(Error::missing_gold(self.name(), "`joint_score0`", remedy));
        }
        if self == Self::Derivatives {
            return check_reference_memories(data);
        }
        if self.needs_memories() && data.memories.is_none() {
            let remedy = "mine again without --forget, or choose alice or alices";
            return Err(Error::missing_gold(self.name(), "`memory`", remedy));
        }
        let n_denominator = data.y.iter().filter(|&&y| y == 1.0).count();
        if self.contrasts_hypotheses() && data.header.design.prior().is_none() {
            let remedy = "mine without --theta0, or with --mixture: both draw a hypothesis for every event";
            return Err(Error::missing_gold(self.name(), "events of many hypotheses", remedy));
        }
        if self.learns_ratio() && (n_denominator == 0 || n_denominator == data.n_events()) {
            let remedy = "mine with --theta1 or --mixture, which draw both classes";
            return Err(Error::missing_gold(self.name(), "events of both hypotheses", remedy));
        }
        if self.learns_score() && data.header.design.prior().is_none() && !is_reference(data) {
            let remedy = "mine with --reference, which draws all events from one point, or without --theta0";
            let needs = "events of one reference point or of a prior";
            return Err(Error::missing_gold(self.name(), needs, remedy));
        }
        if self.learns_score() && n_denominator == data.n_events() {
            let remedy = "take all events of the file, not those of the denominator alone";
            return Err(Error::missing_gold(self.name(), "events of the numerator", remedy));
        }
        Ok(())
    }
}

/// Whether all events were drawn from one θ0.
fn is_reference(data: &AugmentedData) -> bool {
    let at_one_point = data.theta0.rows().into_iter().all(|row| row == data.theta0.row(0));
    at_one_point && data.y.iter().all(|&y| y == 0.0)
}

/// Derivatives are taken at the point that the events were drawn from, along the paths that they remember.
fn check_reference_memories(data: &AugmentedData) -> Result<()> {
    let name = Method::Derivatives.name();
    if !is_reference(data) || !matches!(data.header.design, Design::Reference { .. }) {
        let remedy = "mine with --reference, which draws all events from one point";
        return Err(Error::missing_gold(name, "events of one reference point", remedy));
    }
    data.remembered(name).map(|_| ())
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
