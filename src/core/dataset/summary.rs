//! Counts and ranges of a data set, and checks of the identities that its gold must obey.

use serde::Serialize;

use super::{AugmentedData, Header};
use crate::check::{Check, Outcome};
use crate::gold::{Failures, Identity, Regions, rounding_of_score};

/// Running moments of a quantity.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    mean: f64,
    /// Σ (value − mean)², updated without cancellation (Welford).
    spread: f64,
}

impl Moments {
    fn take(&mut self, value: f64) {
        self.n += 1.0;
        let step = value - self.mean;
        self.mean += step / self.n;
        self.spread += step * (value - self.mean);
    }

    fn standard_error(&self) -> f64 {
        (self.spread / (self.n - 1.0) / self.n).sqrt()
    }

    /// (Σw)²/Σw².
    fn effective_events(&self) -> f64 {
        let mean_square = self.spread / self.n + self.mean * self.mean;
        self.n * self.mean * self.mean / mean_square
    }
}

/// Counts and ranges of a data set, and the moments of its gold; filled in one pass over the events.
#[derive(Debug, Clone, Default)]
pub struct DatasetSummary {
    n_events: [u64; 2],
    x: Vec<ColumnRange>,
    theta0: Vec<ColumnRange>,
    score: Vec<Moments>,
    ratio: Moments,
    inverse_ratio: Moments,
    /// r under the numerator and 1/r under the denominator: the mean squares of these ratios, where they are rare.
    squares: [Moments; 2],
    /// Weights of the events with y = 0 and y = 1, and how many are negative.
    weights: [Moments; 2],
    n_negative: u64,
    /// Events by hypothesis, and those of them that lack observables.
    regions: Option<Regions>,
    by_region: Vec<u64>,
    missing: Vec<u64>,
    /// Events that lack all observables.
    n_without_any: u64,
}

/// Lowest, mean and highest value of a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ColumnRange {
    /// Lowest value.
    pub low: f64,
    /// Mean value.
    pub mean: f64,
    /// Highest value.
    pub high: f64,
    /// Sums of the weights, and of the values times their weights.
    #[serde(skip)]
    sums: [f64; 2],
}

impl ColumnRange {
    const EMPTY: Self = Self {
        low: f64::INFINITY,
        mean: 0.0,
        high: f64::NEG_INFINITY,
        sums: [0.0; 2],
    };

    /// Difference of highest and lowest value; if it is 0, the size of the value, but at least 1.
    pub(crate) fn width(&self) -> f64 {
        match self.high > self.low {
            true => self.high - self.low,
            false => self.low.abs().max(1.0),
        }
    }

    fn take(&mut self, value: f64, weight: f64) {
        self.sums[0] += weight;
        self.sums[1] += weight * value;
        self.mean = self.sums[1] / self.sums[0];
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }
}

/// Largest deviation in standard errors that counts as chance, and that leaves a doubt: of ten checks, one is beyond the first by chance
/// in one of forty data sets, and beyond the second in less than one of a thousand.
const STANDARD_ERRORS: [f64; 2] = [3.0, 4.0];

impl DatasetSummary {
    /// Adds events.
    pub fn take(&mut self, data: &AugmentedData) {
        self.x.resize(data.n_observables(), ColumnRange::EMPTY);
        self.theta0.resize(data.n_parameters(), ColumnRange::EMPTY);
        self.score.resize(data.n_parameters(), Moments::default());
        self.count_regions(data);
        for event in 0..data.n_events() {
            let from_denominator = data.y[event] == 1.0;
            let (class, weight) = (usize::from(from_denominator), data.weight(event));
            self.n_events[class] += 1;
            self.weights[class].take(weight);
            self.n_negative += u64::from(weight < 0.0);
            self.x
                .iter_mut()
                .zip(data.x.row(event))
                .filter(|(_, x)| !x.is_nan())
                .for_each(|(range, &x)| range.take(x, weight));
            self.theta0
                .iter_mut()
                .zip(data.theta0.row(event))
                .for_each(|(range, &theta)| range.take(theta, 1.0));
            if let Some(log) = data.joint_log_ratio.as_ref().map(|log_ratio| log_ratio[event]) {
                // The contribution of the event to the mean of r under the denominator, or of 1/r under the numerator.
                let times = data.weight_of_ratio(event);
                if from_denominator {
                    self.ratio.take(times * log.exp());
                    self.squares[1].take(times * (-log).exp());
                } else {
                    self.inverse_ratio.take(times * (-log).exp());
                    self.squares[0].take(times * log.exp());
                }
            }
            if let Some(score) = data.joint_score0.as_ref().filter(|_| !from_denominator) {
                self.score
                    .iter_mut()
                    .zip(score.row(event))
                    .for_each(|(moments, &t)| moments.take(data.weight(event) * t));
            }
        }
    }

    /// Counts events by hypothesis, and those that lack observables.
    fn count_regions(&mut self, data: &AugmentedData) {
        let new = || Regions::new(&data.header.design, data.n_parameters());
        let regions = self.regions.get_or_insert_with(new);
        for (event, (theta0, x)) in data.theta0.outer_iter().zip(data.x.outer_iter()).enumerate() {
            regions.add(data.y[event], theta0, 1, &mut self.by_region);
            let lacks = |x: &f64| x.is_nan();
            if data.header.has_missing && x.iter().any(lacks) {
                regions.add(data.y[event], theta0, 1, &mut self.missing);
                self.n_without_any += u64::from(x.iter().all(lacks));
            }
        }
    }

    /// Shares of events that lack observables, by hypothesis; `None` where no event does.
    pub fn missing(&self, header: &Header) -> Option<Failures> {
        let regions = self.regions.as_ref().filter(|_| !self.missing.is_empty())?;
        Some(Failures::new(
            regions,
            &self.by_region,
            &self.missing,
            &header.parameters,
        ))
    }

    /// Number of events that lack all observables.
    pub fn n_without_any(&self) -> u64 {
        self.n_without_any
    }

    /// Shares of runs that the simulator discarded, by hypothesis; `None` where none was, or the file does not say at which hypotheses.
    pub fn discarded(&self, header: &Header) -> Option<Failures> {
        let regions = self.regions.as_ref()?;
        if header.discarded.len() != self.by_region.len() {
            return None;
        }
        let runs = self.by_region.iter().zip(&header.discarded);
        let runs: Vec<u64> = runs
            .map(|(events, discarded)| events.saturating_add(*discarded))
            .collect();
        Some(Failures::new(regions, &runs, &header.discarded, &header.parameters))
    }

    /// Numbers of events with y = 0 and y = 1.
    pub fn n_events(&self) -> [u64; 2] {
        self.n_events
    }

    /// Number of events with a negative weight.
    pub fn n_negative(&self) -> u64 {
        self.n_negative
    }

    /// Effective numbers (Σw)²/Σw² of events with y = 0 and y = 1, of their own weights; 0 where there are none.
    pub fn effective_events(&self) -> [f64; 2] {
        self.weights.map(|weights| match weights.n > 0.0 {
            true => weights.effective_events(),
            false => 0.0,
        })
    }

    /// Ranges of the observables, `[m]`; means are those of weighted events.
    pub fn x(&self) -> &[ColumnRange] {
        &self.x
    }

    /// Ranges of θ0, `[p]`.
    pub fn theta0(&self) -> &[ColumnRange] {
        &self.theta0
    }

    /// The smaller of the effective shares of events that r and 1/r leave, each over the events that it is a weight of: 1
    /// if all weigh the same, 0 if one outweighs all others; nothing without joint ratios.
    pub fn effective_share(&self) -> Option<f64> {
        let ratios = [&self.ratio, &self.inverse_ratio].into_iter();
        let shares = ratios.filter(|moments| moments.n > 0.0).map(|moments| {
            let share = moments.effective_events() / moments.n;
            if share.is_finite() { share } else { 0.0 } // weights that overflow
        });
        shares.reduce(f64::min)
    }

    /// Checks of the identities that the gold must obey, as far as there are events for them.
    ///
    /// A mean that is off by more than three standard errors gives a warning, by more than four it fails; a mean of ratios that a few events
    /// carry does neither.
    pub fn checks(&self, parameters: &[String]) -> Vec<Check> {
        let scores = self.score.iter().zip(parameters.iter().zip(&self.theta0));
        let scores = scores.map(|(moments, (parameter, range))| {
            let name = format!("joint score of {parameter}, events of y = 0");
            let check = check(name, moments, 0.0, rounding_of_score(range.width()))?;
            Some(judged(check.with_subject(parameter), Identity::Score))
        });
        let weights = |name: &str, moments: &Moments, under_other: &Moments, identity: Identity| {
            let check = check(name.into(), moments, 1.0, f64::EPSILON)?;
            // The mean square comes out too small just where it matters; under the other hypothesis these events are common.
            let effective = match under_other.n > 0.0 {
                true => moments.effective_events().min(moments.n / under_other.mean.max(1.0)),
                false => moments.effective_events(),
            };
            let check = check.with_weighted_events(moments.n as u64, effective);
            Some(judged(check, identity))
        };
        let [of_ratio, of_inverse] = &self.squares;
        let ratios = [
            weights("joint ratio r, events of y = 1", &self.ratio, of_ratio, Identity::Ratio),
            weights(
                "1/r, events of y = 0",
                &self.inverse_ratio,
                of_inverse,
                Identity::InverseRatio,
            ),
        ];
        scores.chain(ratios).flatten().collect()
    }
}

fn check(name: String, moments: &Moments, expected: f64, rounding: f64) -> Option<Check> {
    let error = moments.standard_error().hypot(rounding);
    let check = Check::new(name, moments.mean, expected).with_standard_error(error);
    (moments.n > 1.0).then(|| check.with_events(moments.n as u64))
}

fn judged(check: Check, identity: Identity) -> Check {
    let deviation = check.z_score().map_or(f64::INFINITY, f64::abs);
    let [chance, doubt] = STANDARD_ERRORS;
    match check.is_decided() {
        true => check.with_outcome(Outcome::new(deviation > chance, deviation > doubt), identity.remedy()),
        false => check,
    }
}
