//! What a study compares: methods, budgets, seeds.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Prior};
use motherlode_core::trace::Hypotheses;
use motherlode_nn::{Method, Settings};
use motherlode_stats::diagnostics::MIN_TEST_EVENTS as FEWEST_HELD_OUT;

/// A study: every method is trained at every budget with every seed.
///
/// Seeds make data: methods and budgets of one seed share its events, a smaller budget being the first events of a
/// larger one. SALLY, which learns at one point, has its own events, as many as the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The methods.
    pub methods: Vec<Method>,
    /// Numbers of simulated events.
    pub budgets: Vec<usize>,
    /// Number of seeds.
    pub seeds: u64,
    /// Points of the mixture over the prior that ratios are learned against, which keeps them from growing large; θ1 of the
    /// simulator if absent. Errors are of the ratio to θ1 either way.
    #[serde(default)]
    pub mixture: Option<usize>,
    /// What estimates are measured against; the exact answers where there are any, if absent.
    #[serde(default)]
    pub yardstick: Option<Yardstick>,
    /// Number of events that are held out for the examination, where it is by held-out events; if absent,
    /// [as many as usual](motherlode_stats::diagnostics::TestEvents::default_events).
    #[serde(default)]
    pub held_out: Option<usize>,
    /// Settings of every training; the seed in them is replaced.
    pub settings: Settings,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            methods: vec![
                Method::Carl,
                Method::Rolr,
                Method::Alice,
                Method::Cascal,
                Method::Rascal,
                Method::Alices,
                Method::Sally,
            ],
            budgets: vec![500, 1_000, 2_000, 5_000, 10_000],
            seeds: 5,
            mixture: Some(MIXTURE),
            yardstick: None,
            held_out: None,
            settings: Settings::default(),
        }
    }
}

/// What estimates are measured against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Yardstick {
    /// The exact log ratio and score.
    #[default]
    Exact,
    /// The joint labels of events that no training has seen; see [`diagnostics`](motherlode_stats::diagnostics).
    HeldOut,
}

impl Yardstick {
    const ALL: [Self; 2] = [Self::Exact, Self::HeldOut];

    /// The name by which the command line and files know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::HeldOut => "held-out",
        }
    }
}

impl fmt::Display for Yardstick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Yardstick {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|yardstick| yardstick.name() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(" or ");
            Error::usage(format!("nothing is measured against `{name}`: use {names}"))
        })
    }
}

/// Points that stand for the prior where ratios are learned against all of it.
const MIXTURE: usize = 100;

/// The fewest events a training makes sense with.
const MIN_TEST_EVENTS: usize = 20;

/// The most events of a budget: a study holds the events of all seeds in memory.
const MOST_EVENTS: usize = 10_000_000;

/// One training of a study.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Job {
    pub method: Method,
    pub n_events: usize,
    pub seed: u64,
}

impl Plan {
    /// Checks that the study can be run.
    ///
    /// # Errors
    /// If it is empty, a budget is too small, or a setting makes no sense.
    pub fn check(&self) -> Result<()> {
        if self.methods.is_empty() || self.budgets.is_empty() || self.seeds == 0 {
            return Err(Error::usage(
                "a study needs at least one method, one budget and one seed",
            ));
        }
        if let Some(budget) = self.budgets.iter().find(|budget| **budget < MIN_TEST_EVENTS) {
            return Err(Error::usage(format!(
                "a budget of {budget} events is too small: use {MIN_TEST_EVENTS} or more"
            )));
        }
        if let Some(budget) = self.budgets.iter().find(|budget| **budget > MOST_EVENTS) {
            return Err(Error::usage(format!(
                "a budget of {budget} events is too large: use {MOST_EVENTS} or fewer"
            )));
        }
        if let Some(n) = self.held_out.filter(|n| !(FEWEST_HELD_OUT..=MOST_EVENTS).contains(n)) {
            return Err(Error::usage(format!(
                "{n} events cannot be held out: use {FEWEST_HELD_OUT} to {MOST_EVENTS}"
            )));
        }
        self.settings.check()
    }

    /// Where the events come from: θ0 over the prior of the simulator, against θ1 or against a mixture.
    pub(super) fn design(&self, hypotheses: Hypotheses) -> Design {
        let Hypotheses { theta1, prior, .. } = hypotheses;
        let prior = Prior::Box { edges: prior };
        match self.mixture {
            Some(n_points) => Design::Mixture { prior, n_points },
            None => Design::Prior { prior, theta1 },
        }
    }

    /// The settings in words, by name.
    pub(super) fn described(&self) -> BTreeMap<String, String> {
        let denominator = match self.mixture {
            Some(n_points) => format!("a mixture of {n_points} points drawn from the prior"),
            None => "θ1".to_owned(),
        };
        let mut settings = self.settings.described(&self.methods);
        settings.insert("learned against".to_owned(), denominator);
        settings
    }

    /// All trainings, the longest first, so that no thread is left with a long one at the end.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let mut budgets = self.budgets.clone();
        budgets.sort_unstable_by(|a, b| b.cmp(a));
        budgets.dedup();
        let mut methods = self.methods.clone();
        methods.sort();
        methods.dedup();
        methods.sort_by_key(|method| std::cmp::Reverse(method.needs_score() && method.learns_ratio()));
        let mut jobs = Vec::new();
        for &n_events in &budgets {
            for &method in &methods {
                jobs.extend((0..self.seeds).map(|seed| Job { method, n_events, seed }));
            }
        }
        jobs
    }

    /// The largest budget.
    pub(super) fn largest_budget(&self) -> usize {
        self.budgets.iter().copied().max().unwrap_or(0)
    }
}
