//! Metrics of a training, and values that may only be bounded.

use std::fmt;

use super::{BudgetSummary, HeldOutMetrics, Run};

/// Error of an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Prior error: mean squared error of log r̂, averaged over the prior box.
    Prior,
    /// Pair error: mean squared error of log r̂ at (θ0, θ1).
    Pair,
    /// Score error: mean squared error of the score.
    Score,
    /// Excess divergence: divergence of r̂ from the joint labels of held-out events, minus the lowest of all trainings.
    Excess,
    /// Share of the joint score of held-out events that t̂ does not explain.
    Unexplained,
}

impl Metric {
    /// Value for one run; NaN if it was not measured.
    pub fn of(self, run: &Run) -> f64 {
        let held_out = |metric: fn(&HeldOutMetrics) -> f64| run.held_out.as_ref().map_or(f64::NAN, metric);
        match self {
            Metric::Prior => run.mse_log_ratio_prior,
            Metric::Pair => run.mse_log_ratio,
            Metric::Score => run.mse_score,
            Metric::Excess => held_out(|metrics| metrics.excess),
            Metric::Unexplained => held_out(|metrics| metrics.score.unexplained.value),
        }
    }

    /// Median, lowest and highest value over the seeds.
    pub fn of_summary(self, summary: &BudgetSummary) -> [f64; 3] {
        match self {
            Metric::Prior => summary.prior,
            Metric::Pair => summary.pair,
            Metric::Score => summary.score,
            Metric::Excess => summary.excess,
            Metric::Unexplained => summary.unexplained,
        }
    }
}

/// Number that a study measures, or only bounds where its budgets do not reach far enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BoundedValue {
    /// Value between two budgets.
    About(f64),
    /// Lower bound: beyond the largest budget.
    MoreThan(f64),
    /// Upper bound: below the smallest budget.
    LessThan(f64),
}

impl BoundedValue {
    /// The value or its bound.
    pub fn value(self) -> f64 {
        match self {
            BoundedValue::About(value) | BoundedValue::MoreThan(value) | BoundedValue::LessThan(value) => value,
        }
    }

    /// Divides by `n`, a positive number.
    pub fn divided_by(self, n: f64) -> Self {
        match self {
            BoundedValue::About(value) => BoundedValue::About(value / n),
            BoundedValue::MoreThan(value) => BoundedValue::MoreThan(value / n),
            BoundedValue::LessThan(value) => BoundedValue::LessThan(value / n),
        }
    }

    /// Divides `n`, a positive number, by this value: a lower bound becomes an upper bound.
    pub fn divide(self, n: f64) -> Self {
        match self {
            BoundedValue::About(value) => BoundedValue::About(n / value),
            BoundedValue::MoreThan(value) => BoundedValue::LessThan(n / value),
            BoundedValue::LessThan(value) => BoundedValue::MoreThan(n / value),
        }
    }
}

impl fmt::Display for BoundedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BoundedValue::About(_) => "",
            BoundedValue::MoreThan(_) => "more than ",
            BoundedValue::LessThan(_) => "less than ",
        })?;
        self.value().fmt(f)
    }
}
