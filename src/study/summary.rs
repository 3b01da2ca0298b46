//! What a study says in few numbers: medians over the seeds, and how many simulations the gold saves.

use std::fmt;

use super::{Marks, Results, Run, Summary, Yardstick};

/// Which of the errors of a run is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The error of log r̂ averaged over the prior box.
    Prior,
    /// The error of log r̂ at (θ0, θ1).
    Pair,
    /// The error of the score.
    Score,
    /// The divergence of r̂ from the joint labels of held-out events, less the lowest of all trainings.
    Excess,
    /// The share of the joint score of held-out events that t̂ does not explain.
    Unexplained,
}

impl Measure {
    /// This error of a run; NaN if it was not measured.
    pub fn of(self, run: &Run) -> f64 {
        let held_out = |mark: fn(&Marks) -> f64| run.held_out.as_ref().map_or(f64::NAN, mark);
        match self {
            Measure::Prior => run.mse_log_ratio_prior,
            Measure::Pair => run.mse_log_ratio,
            Measure::Score => run.mse_score,
            Measure::Excess => held_out(|marks| marks.excess),
            Measure::Unexplained => held_out(|marks| marks.score.unexplained.value),
        }
    }

    /// Median, lowest and highest of this error over the seeds.
    pub fn of_summary(self, summary: &Summary) -> [f64; 3] {
        match self {
            Measure::Prior => summary.prior,
            Measure::Pair => summary.pair,
            Measure::Score => summary.score,
            Measure::Excess => summary.excess,
            Measure::Unexplained => summary.unexplained,
        }
    }
}

/// A number that a study measures, or, where its budgets do not reach far enough, only bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bounded {
    /// Found between two budgets.
    About(f64),
    /// Beyond the largest budget.
    MoreThan(f64),
    /// Below the smallest budget.
    LessThan(f64),
}

impl Bounded {
    /// The number, or its bound.
    pub fn value(self) -> f64 {
        match self {
            Bounded::About(value) | Bounded::MoreThan(value) | Bounded::LessThan(value) => value,
        }
    }

    /// This number divided by `n`, a positive number.
    pub fn per(self, n: f64) -> Self {
        match self {
            Bounded::About(value) => Bounded::About(value / n),
            Bounded::MoreThan(value) => Bounded::MoreThan(value / n),
            Bounded::LessThan(value) => Bounded::LessThan(value / n),
        }
    }

    /// `n`, a positive number, divided by this one: what bounds it from below now bounds from above.
    pub fn under(self, n: f64) -> Self {
        match self {
            Bounded::About(value) => Bounded::About(n / value),
            Bounded::MoreThan(value) => Bounded::LessThan(n / value),
            Bounded::LessThan(value) => Bounded::MoreThan(n / value),
        }
    }
}

impl fmt::Display for Bounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Bounded::About(_) => "",
            Bounded::MoreThan(_) => "more than ",
            Bounded::LessThan(_) => "less than ",
        })?;
        self.value().fmt(f)
    }
}

/// How a method catches up with a baseline at the baseline's largest budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// The largest budget of the baseline.
    pub n_baseline: usize,
    /// The median error of the baseline there: the mark to reach.
    pub error: f64,
    /// The number of events with which the method reaches it.
    pub needed: Bounded,
    /// How many times fewer that is.
    pub gain: Bounded,
}

impl Results {
    /// What was measured; the first is what the estimates are ordered by.
    pub fn measures(&self) -> Vec<Measure> {
        let exact = [Measure::Prior, Measure::Pair, Measure::Score];
        let held_out = [Measure::Excess, Measure::Unexplained];
        match (self.yardstick, &self.truth) {
            (Yardstick::Exact, _) => exact.to_vec(),
            (Yardstick::HeldOut, None) => held_out.to_vec(),
            (Yardstick::HeldOut, Some(_)) => [&held_out[..], &exact].concat(),
        }
    }

    /// What the estimates are ordered by: the prior error, or the excess on held-out events.
    pub fn measure(&self) -> Measure {
        self.measures()[0]
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
    /// An error that is not a number counts as larger than every other, so a training that failed is not forgotten:
    /// the highest value is then NaN, and if half the trainings failed, so is the median.
    pub fn summaries(&self) -> Vec<Summary> {
        let budgets = self.budgets();
        let cells = self
            .methods()
            .into_iter()
            .flat_map(|method| budgets.iter().map(move |&n_events| (method, n_events)));
        cells
            .filter_map(|(method, n_events)| self.summary(method, n_events))
            .collect()
    }

    /// Median and range of the errors of one method at one budget; nothing if it was not run there.
    pub fn summary(&self, method: &str, n_events: usize) -> Option<Summary> {
        let runs: Vec<&Run> = self
            .runs
            .iter()
            .filter(|run| run.method == method && run.n_events == n_events)
            .collect();
        let spread = |value: &dyn Fn(&Run) -> f64| middle_and_ends(runs.iter().map(|run| value(run)).collect());
        Some(Summary {
            method: method.to_owned(),
            n_events,
            prior: spread(&|run| Measure::Prior.of(run))?,
            pair: spread(&|run| Measure::Pair.of(run))?,
            score: spread(&|run| Measure::Score.of(run))?,
            excess: spread(&|run| Measure::Excess.of(run))?,
            unexplained: spread(&|run| Measure::Unexplained.of(run))?,
            train_seconds: spread(&|run| run.train_seconds)?[0],
        })
    }

    /// How many events `method` needs until its median error comes down to `error`.
    ///
    /// The median errors at the budgets are joined by straight lines in ln(error) against ln(events), and the first
    /// crossing counts. Nothing if `method` was not run, has no finite error, or if `error` is NaN.
    pub fn events_needed(&self, error: f64, method: &str, measure: Measure) -> Option<Bounded> {
        if error.is_nan() {
            return None;
        }
        let curve = self.median_curve(method, measure);
        let (&(first, start), &(last, _)) = (curve.first()?, curve.last()?);
        if start == error {
            return Some(Bounded::About(first));
        }
        if start < error {
            return Some(Bounded::LessThan(first));
        }
        let crossing = curve.windows(2).find(|pair| pair[1].1 <= error);
        Some(crossing.map_or(Bounded::MoreThan(last), |pair| {
            Bounded::About(cross(pair[0], pair[1], error))
        }))
    }

    /// How many times fewer events than `baseline` the method needs for the error it has at `n_events`.
    pub fn gain(&self, method: &str, n_events: usize, baseline: &str, measure: Measure) -> Option<Bounded> {
        let [median, ..] = measure.of_summary(&self.summary(method, n_events)?);
        let needed = self.events_needed(median, baseline, measure)?;
        Some(needed.per(n_events as f64))
    }

    /// How many events `method` needs to be as good as `baseline` is with its largest budget.
    ///
    /// One comparison per method, at the best the baseline can do: the number to quote.
    pub fn to_match(&self, method: &str, baseline: &str, measure: Measure) -> Option<Match> {
        let &(n_baseline, error) = self.median_curve(baseline, measure).last()?;
        let needed = self.events_needed(error, method, measure)?;
        Some(Match {
            n_baseline: n_baseline as usize,
            error,
            needed,
            gain: needed.under(n_baseline),
        })
    }

    /// Budgets and finite median errors of a method.
    fn median_curve(&self, method: &str, measure: Measure) -> Vec<(f64, f64)> {
        self.budgets()
            .into_iter()
            .filter_map(|n_events| self.summary(method, n_events))
            .map(|summary| (summary.n_events as f64, measure.of_summary(&summary)[0]))
            .filter(|(_, error)| error.is_finite())
            .collect()
    }
}

/// Where the line through two points reaches `error`, in double logarithmic coordinates.
fn cross((n1, e1): (f64, f64), (n2, e2): (f64, f64), error: f64) -> f64 {
    if e2 <= 0.0 {
        return n2; // a vanishing error has no logarithm: only the budget itself is sure
    }
    let share = (e1 / error).ln() / (e1 / e2).ln();
    n1 * (n2 / n1).powf(share)
}

/// Median, lowest and highest; NaN ranks above everything.
pub(super) fn middle_and_ends(values: Vec<f64>) -> Option<[f64; 3]> {
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
