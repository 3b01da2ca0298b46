//! The list of methods, and the questions that can be put to each.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use motherlode_core::names::nearest;

use super::*;

/// Builds the enum from its lines: variant, file, documentation.
macro_rules! methods {
    ($($variant:ident, $file:ident, $doc:literal;)*) => {
        /// A way to train a network: the labels that it learns from, and the loss that makes use of them.
        ///
        /// The module [`methods`](crate::methods) has a page on each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Method {
            $(#[doc = $doc] $variant,)*
        }

        impl Method {
            /// All methods, in the order of tables.
            pub const ALL: [Self; [$(stringify!($variant)),*].len()] = [$(Self::$variant),*];

            /// All that sets it apart from others.
            pub(crate) fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$variant => &$file::SPEC,)*
                }
            }
        }
    };
}

methods! {
    Carl, carl, "The plain classifier: class labels only.";
    Nre, nre, "The plain classifier of events with their own hypothesis against events with another's (NRE).";
    Cnre, cnre, "NRE that tells the hypothesis of an event from several others.";
    Bnre, bnre, "NRE held in balance; wants large batches.";
    Rolr, rolr, "Regression on the joint ratio.";
    Alice, alice, "Cross-entropy with the soft label of the joint ratio: against a mixture of hypotheses, NRE with gold.";
    Calice, calice, "CNRE with the soft labels of the joint ratios to several hypotheses.";
    Cascal, cascal, "CARL with the joint score.";
    Rascal, rascal, "ROLR with the joint score.";
    Alices, alices, "ALICE with the joint score.";
    Calices, calices, "CALICE with the joint score.";
    Sally, sally, "Regression on the joint score: at one reference point, or over a prior at any.";
    Sallino, sallino, "SALLY, whose score is then projected onto the line between the hypotheses: a histogram of one dimension.";
    Derivatives, derivatives, "Regression on the first and second derivatives of the joint ratio at one reference point.";
    Nde, nde, "The likelihood itself, by a conditional density: no gold.";
    Scandal, scandal, "NDE with the joint score.";
    Npe, npe, "The posterior itself, by a conditional density of the parameters: no gold.";
    Anpe, anpe, "NPE with hypotheses drawn given the path of each event (Gibbs augmentation).";
}

impl Method {
    /// The name, in lower case, as the papers have it.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Name and style in tables and figures.
    pub fn display(self) -> Display {
        self.spec().display
    }

    /// Returns true if it learns from the joint log ratio.
    pub fn needs_ratio(self) -> bool {
        self.spec().ratio_label != RatioLabel::Unused
    }

    /// Returns true if it learns from the joint score.
    pub fn needs_score(self) -> bool {
        self.spec().needs_score
    }

    /// Returns true if it learns a ratio, or the derivatives of one.
    pub fn learns_ratio(self) -> bool {
        matches!(self.spec().target, Target::Ratio | Target::Derivatives)
    }

    /// Returns true if it learns the score, and nothing else. Such methods train the same network and differ in its use.
    pub fn learns_score(self) -> bool {
        self.spec().target == Target::Score
    }

    /// Returns true if it learns the likelihood itself.
    pub fn learns_likelihood(self) -> bool {
        self.spec().target == Target::Likelihood
    }

    /// Returns true if it learns the posterior itself.
    pub fn learns_posterior(self) -> bool {
        self.spec().target == Target::Posterior
    }

    /// Returns true if hypotheses are drawn given the paths of events, which takes the paths and the simulator.
    pub fn augments_hypotheses(self) -> bool {
        self.spec().augments_hypotheses
    }

    /// Returns true if it learns second derivatives at one point, which take the simulator.
    pub fn learns_derivatives(self) -> bool {
        self.spec().target == Target::Derivatives
    }

    /// Returns true if it needs gold at any hypothesis, which only events that remember their path can have.
    pub fn needs_memories(self) -> bool {
        self.augments_hypotheses() || self.contrasts_gold()
    }

    /// Returns true if it needs gold at several hypotheses for one event at once.
    pub(crate) fn contrasts_gold(self) -> bool {
        self.spec().n_hypotheses > 1 && self.needs_ratio()
    }

    /// Returns true if its labels can be computed at any hypothesis, from the stored choices: all but a score beside class labels.
    pub fn can_relabel(self) -> bool {
        self.needs_ratio() || (self.needs_score() && !self.learns_ratio())
    }

    /// Returns true if its network takes θ besides x: unless all that it learns is at one reference point.
    pub(crate) fn takes_theta(self, design: &Design) -> bool {
        self.spec().loss.is_some() || (self.learns_score() && design.prior().is_some())
    }

    /// Returns true if an event stands for both classes, in the shares that the joint ratio gives.
    pub(crate) fn has_soft_labels(self) -> bool {
        self.spec().ratio_label == RatioLabel::Soft
    }

    /// Returns true if it learns the ratio to one denominator from a cross-entropy alone.
    pub(crate) fn only_classifies(self) -> bool {
        let plain =
            self.spec().target == Target::Ratio && !self.spec().contrasts_hypotheses && self.spec().n_hypotheses == 1;
        plain && !self.needs_score() && !self.regresses_ratio()
    }

    /// Returns true if the joint ratio itself is the target.
    pub(crate) fn regresses_ratio(self) -> bool {
        self.spec().ratio_label == RatioLabel::Target
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
                let near = nearest(name, Self::ALL.map(Self::name));
                Error::usage(format!("there is no method `{name}`{near}; the methods are {known}"))
            })
    }
}
