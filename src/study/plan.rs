//! Plan of a study: methods, budgets, seeds.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use motherlode_core::cost::{Cost, check_count, check_memory};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use motherlode_core::names::nearest;
use motherlode_core::prior::Prior;
use motherlode_core::trace::Hypotheses;
use motherlode_nn::{Method, Settings};
use motherlode_stats::diagnostics::MIN_TEST_EVENTS as MIN_HELD_OUT;

/// Plan of a study: every method is trained at every budget with every seed.
///
/// Methods and budgets of one seed share its events; a smaller budget takes the first events of a larger one. SALLY, which learns at
/// one point, has the same number of events of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudyPlan {
    /// The methods.
    pub methods: Vec<Method>,
    /// Numbers of simulated events.
    pub budgets: Vec<usize>,
    /// Number of seeds.
    pub seeds: u64,
    /// Number of points of the mixture over the prior that is the denominator of the ratios, which keeps them small; θ1 of the simulator
    /// if absent. Errors are those of the ratio to θ1 in both cases.
    #[serde(default)]
    pub mixture: Option<usize>,
    /// Reference that errors are measured against; if absent, the exact answers where there are any.
    #[serde(default, rename = "yardstick")]
    pub evaluation: Option<Evaluation>,
    /// Number of held-out events, if these are the reference; if absent,
    /// [the usual number](motherlode_stats::diagnostics::TestEvents::default_events).
    #[serde(default)]
    pub held_out: Option<usize>,
    /// Settings of every training, apart from the seed.
    pub settings: Settings,
}

impl Default for StudyPlan {
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
            evaluation: None,
            held_out: None,
            settings: Settings::default(),
        }
    }
}

/// Reference that the errors of estimates are measured against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evaluation {
    /// The exact log ratio and score.
    #[default]
    Exact,
    /// The joint labels of events that no training has seen; see [`diagnostics`](motherlode_stats::diagnostics).
    HeldOut,
}

impl Evaluation {
    const ALL: [Self; 2] = [Self::Exact, Self::HeldOut];

    /// Name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::HeldOut => "held-out",
        }
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Evaluation {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|evaluation| evaluation.name() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(" or ");
            let near = nearest(name, Self::ALL.map(Self::name));
            Error::usage(format!(
                "estimates cannot be measured against `{name}`{near}: use {names}"
            ))
        })
    }
}

/// Default number of points of the mixture over the prior.
const MIXTURE: usize = 100;

/// Smallest budget.
const MIN_EVENTS: usize = 20;

/// Largest budget: a study holds the events of all seeds in memory.
const MAX_EVENTS: usize = 10_000_000;

/// Most seeds.
const MOST_SEEDS: u64 = 10_000;
/// Bytes of an event, at least: one observable, one parameter, the labels.
const FEWEST_BYTES: f64 = 48.0;

/// One training of a study.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Job {
    pub method: Method,
    pub n_events: usize,
    pub seed: u64,
}

impl StudyPlan {
    /// Checks that the study can be run.
    ///
    /// # Errors
    /// If it is empty, a number of events is out of range, or a setting is invalid.
    pub fn check(&self) -> Result<()> {
        if self.methods.is_empty() || self.budgets.is_empty() || self.seeds == 0 {
            return Err(Error::usage(
                "a study needs at least one method, one budget and one seed",
            ));
        }
        if let Some(budget) = self.budgets.iter().find(|budget| **budget < MIN_EVENTS) {
            return Err(Error::usage(format!(
                "a budget of {budget} events is too small: use {MIN_EVENTS} or more"
            )));
        }
        if let Some(budget) = self.budgets.iter().find(|budget| **budget > MAX_EVENTS) {
            return Err(Error::usage(format!(
                "a budget of {budget} events is too large: use {MAX_EVENTS} or fewer"
            )));
        }
        if let Some(n) = self.held_out.filter(|n| !(MIN_HELD_OUT..=MAX_EVENTS).contains(n)) {
            return Err(Error::usage(format!(
                "{n} events cannot be held out: use {MIN_HELD_OUT} to {MAX_EVENTS}"
            )));
        }
        check_count("seeds", self.seeds, MOST_SEEDS, Cost::Seconds(10.0))?;
        let events = self.seeds as f64 * self.largest_budget() as f64;
        check_memory(&format!("{events:.0} events of all seeds"), events * FEWEST_BYTES)?;
        self.settings.check()
    }

    /// Design of the events: θ0 from the prior of the simulator, against θ1 or against a mixture.
    pub(super) fn design(&self, hypotheses: Hypotheses) -> Design {
        let Hypotheses { theta1, prior, .. } = hypotheses;
        let prior = Prior::Box { edges: prior };
        match self.mixture {
            Some(n_points) => Design::Mixture { prior, n_points },
            None => Design::Prior { prior, theta1 },
        }
    }

    /// Descriptions of the settings, by name.
    pub(super) fn described(&self) -> BTreeMap<String, String> {
        let denominator = match self.mixture {
            Some(n_points) => format!("a mixture of {n_points} points drawn from the prior"),
            None => "θ1".to_owned(),
        };
        let mut settings = self.settings.described(&self.methods);
        settings.insert("learned against".to_owned(), denominator);
        settings
    }

    /// All trainings, the longest first, so that no thread starts a long one at the end.
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
