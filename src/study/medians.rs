//! Summary of the results: medians over the seeds, and the number of simulations that gold saves.

use super::{BoundedValue, BudgetSummary, Evaluation, Metric, Results, Run};

/// Number of events that a method needs to be as good as a baseline at its largest budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaselineComparison {
    /// Largest budget of the baseline.
    pub n_baseline: usize,
    /// Median error of the baseline there.
    pub error: f64,
    /// Number of events with which the method reaches that error.
    pub needed: BoundedValue,
    /// Ratio of the two numbers of events.
    pub gain: BoundedValue,
}

impl Results {
    /// The metrics of the study; the first one orders the estimates.
    pub fn metrics(&self) -> Vec<Metric> {
        let exact = [Metric::Prior, Metric::Pair, Metric::Score];
        let held_out = [Metric::Excess, Metric::Unexplained];
        match (self.evaluation, &self.truth) {
            (Evaluation::Exact, _) => exact.to_vec(),
            (Evaluation::HeldOut, None) => held_out.to_vec(),
            (Evaluation::HeldOut, Some(_)) => [&held_out[..], &exact].concat(),
        }
    }

    /// The metric that orders the estimates: the prior error, or the excess divergence on held-out events.
    pub fn metric(&self) -> Metric {
        self.metrics()[0]
    }

    /// Error of the trivial answer: log r = 0, or t = 0.
    pub fn trivial_error(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Prior => self.trivial_prior,
            Metric::Pair => self.trivial_pair,
            Metric::Score => self.trivial_score,
            Metric::Excess => self.trivial_excess(),
            Metric::Unexplained => 1.0,
        }
    }

    /// The methods, in the order in which they were run.
    pub fn methods(&self) -> Vec<&str> {
        let mut methods = Vec::new();
        for run in &self.runs {
            if !methods.contains(&run.method.as_str()) {
                methods.push(run.method.as_str());
            }
        }
        methods
    }

    /// The budgets, in events, from the smallest to the largest.
    pub fn budgets(&self) -> Vec<usize> {
        let mut budgets: Vec<usize> = self.runs.iter().map(|run| run.n_events).collect();
        budgets.sort_unstable();
        budgets.dedup();
        budgets
    }

    /// The seeds, from the lowest to the highest.
    pub fn seeds(&self) -> Vec<u64> {
        let mut seeds: Vec<u64> = self.runs.iter().map(|run| run.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    /// Median and range of the errors over the seeds, method by method, from the smallest budget to the largest.
    ///
    /// NaN ranks above all numbers, so that a failed training is visible: the highest value is then NaN, and if half the trainings
    /// failed, so is the median.
    pub fn summaries(&self) -> Vec<BudgetSummary> {
        let cells = self.cells().into_iter();
        cells
            .filter_map(|(method, n_events)| self.summary(method, n_events))
            .collect()
    }

    /// All pairs of a method and a budget, method by method.
    pub(super) fn cells(&self) -> Vec<(&str, usize)> {
        let budgets = self.budgets();
        let methods = self.methods().into_iter();
        methods
            .flat_map(|method| budgets.iter().map(move |&n| (method, n)))
            .collect()
    }

    /// Trainings of one method at one budget.
    pub(super) fn runs_of(&self, (method, n_events): (&str, usize)) -> impl Iterator<Item = &Run> {
        let runs = self.runs.iter();
        runs.filter(move |run| run.method == method && run.n_events == n_events)
    }

    /// Median and range of the errors of one method at one budget; `None` if it was not run there.
    pub fn summary(&self, method: &str, n_events: usize) -> Option<BudgetSummary> {
        let runs: Vec<&Run> = self.runs_of((method, n_events)).collect();
        let spread = |value: &dyn Fn(&Run) -> f64| median_and_range(runs.iter().map(|run| value(run)).collect());
        Some(BudgetSummary {
            method: method.to_owned(),
            n_events,
            prior: spread(&|run| Metric::Prior.of(run))?,
            pair: spread(&|run| Metric::Pair.of(run))?,
            score: spread(&|run| Metric::Score.of(run))?,
            excess: spread(&|run| Metric::Excess.of(run))?,
            unexplained: spread(&|run| Metric::Unexplained.of(run))?,
            train_seconds: spread(&|run| run.train_seconds)?[0],
        })
    }

    /// Number of events that `method` needs until its median error is as low as `error`.
    ///
    /// The median errors at the budgets are joined by straight lines in ln(error) against ln(events), and the first
    /// crossing counts. `None` if `method` was not run, has no finite error, or if `error` is NaN.
    pub fn events_needed(&self, error: f64, method: &str, metric: Metric) -> Option<BoundedValue> {
        if error.is_nan() {
            return None;
        }
        let curve = self.median_curve(method, metric);
        let (&(first, start), &(last, _)) = (curve.first()?, curve.last()?);
        if start == error {
            return Some(BoundedValue::About(first));
        }
        if start < error {
            return Some(BoundedValue::LessThan(first));
        }
        let below = curve.windows(2).find(|pair| pair[1].1 <= error);
        Some(below.map_or(BoundedValue::MoreThan(last), |pair| {
            BoundedValue::About(crossing(pair[0], pair[1], error))
        }))
    }

    /// Factor by which `baseline` needs more events than the method for the error that the method has at `n_events`.
    pub fn gain(&self, method: &str, n_events: usize, baseline: &str, metric: Metric) -> Option<BoundedValue> {
        let [median, ..] = metric.of_summary(&self.summary(method, n_events)?);
        let needed = self.events_needed(median, baseline, metric)?;
        Some(needed.divided_by(n_events as f64))
    }

    /// Number of events that `method` needs to be as good as `baseline` at its largest budget.
    ///
    /// This is one comparison for each method, at the best error of the baseline: the number to quote.
    pub fn compare(&self, method: &str, baseline: &str, metric: Metric) -> Option<BaselineComparison> {
        let &(n_baseline, error) = self.median_curve(baseline, metric).last()?;
        let needed = self.events_needed(error, method, metric)?;
        Some(BaselineComparison {
            n_baseline: n_baseline as usize,
            error,
            needed,
            gain: needed.divide(n_baseline),
        })
    }

    /// Budgets and finite median errors of a method.
    fn median_curve(&self, method: &str, metric: Metric) -> Vec<(f64, f64)> {
        self.budgets()
            .into_iter()
            .filter_map(|n_events| self.summary(method, n_events))
            .map(|summary| (summary.n_events as f64, metric.of_summary(&summary)[0]))
            .filter(|(_, error)| error.is_finite())
            .collect()
    }
}

/// Number of events at which the line through two points reaches `error`, in double logarithmic coordinates.
fn crossing((n1, e1): (f64, f64), (n2, e2): (f64, f64), error: f64) -> f64 {
    if e2 <= 0.0 {
        return n2; // a vanishing error has no logarithm: only the budget itself is sure
    }
    let share = (e1 / error).ln() / (e1 / e2).ln();
    n1 * (n2 / n1).powf(share)
}

/// Median, lowest and highest value; NaN ranks above all numbers.
pub(super) fn median_and_range(values: Vec<f64>) -> Option<[f64; 3]> {
    let mut values: Vec<f64> = values
        .into_iter()
        .map(|value| if value.is_nan() { f64::NAN } else { value })
        .collect();
    values.sort_by(|a, b| a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(b)));
    let (&lowest, &highest) = (values.first()?, values.last()?);
    let half = values.len() / 2;
    let median = match values.len() % 2 {
        1 => values[half],
        _ => 0.5 * (values[half - 1] + values[half]),
    };
    Some([median, lowest, highest])
}
