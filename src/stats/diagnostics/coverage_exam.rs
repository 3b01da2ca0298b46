//! Coverage of credible regions over a prior, for the certificates of estimators.

use std::cell::Cell;

use motherlode_core::Progress;
use motherlode_core::certificate::SizeCoverage;
use motherlode_core::dataset::{AugmentedData, HeldOutRows};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations_until_stopped;
use motherlode_core::prior::Prior;
use motherlode_core::trace::{Instrumented, Parameter, Stream, stream};
use ndarray::{Array2, ArrayView2, Axis};
use rand::RngExt;

use super::{HighestDensity, LogLikelihoodSums};

/// Credible levels.
const LEVELS: [f64; 2] = [0.68, 0.95];
/// Sizes of data sets, with how many there are and the share of the work up to their end.
const SIZES: [(usize, usize, f64); 3] = [(1, 100, 0.1), (10, 100, 0.3), (100, 100, 1.0)];
/// Factor on the work where a coverage is so low that it may not be chance.
const CLOSER: f64 = 4.0;
/// Fewest data sets of a size that say something.
const FEWEST: usize = 10;
/// Held-out rows for each event of a data set: the fluctuations of fewer rows would count as errors of the estimator.
const ROWS_FOR_EACH_EVENT: f64 = 10.0;
/// Attempts to draw a data set from held-out rows, each of as many events as are needed on average.
const MOST_ATTEMPTS: usize = 100;
/// Separates the random numbers of the examination from other uses of the seed.
const SALT: u64 = 0xCE27_1F1C_A7E5_0C0B;

/// Source of data sets with known hypotheses.
#[derive(Clone, Copy)]
pub enum ExamData<'a> {
    /// Simulated data sets of 1, 10 and 100 events.
    Simulated(&'a dyn Instrumented),
    /// Data sets drawn from the stored rows that the estimator was not trained on, of at most a tenth as many events.
    HeldOutRows {
        /// Simulator that draws from stored rows.
        simulator: &'a dyn Instrumented,
        /// Choice of the rows.
        rows: &'a HeldOutRows,
    },
    /// Single events that the estimator was not trained on.
    HeldOut(&'a AugmentedData),
}

/// Examination of the coverage of 68 and 95 % credible regions, for data sets of different sizes drawn over a prior.
///
/// How many data sets there are follows from counts of evaluations and of events, never from a clock: the same estimator has the same
/// certificate everywhere.
#[derive(Debug)]
pub struct CoverageExam<'a> {
    /// The prior.
    pub prior: &'a Prior,
    /// Source of the data sets.
    pub data: ExamData<'a>,
    /// Seed of the data sets.
    pub seed: u64,
    /// Most evaluations of the estimator on an event.
    pub evaluations: f64,
    /// Most simulated events.
    pub events: f64,
}

impl ExamData<'_> {
    /// Largest number of events of a data set.
    pub fn most_events(&self) -> usize {
        let [.., (largest, ..)] = SIZES;
        match self {
            Self::Simulated(_) => largest,
            Self::HeldOutRows { simulator, rows } => {
                let held_out = rows.share() * simulator.n_rows().unwrap_or(0) as f64;
                largest.min((held_out / ROWS_FOR_EACH_EVENT) as usize)
            }
            Self::HeldOut(_) => 1,
        }
    }

    /// Says how far coverage can be measured, if not for all sizes.
    fn limitation(&self) -> Option<&'static str> {
        let [.., (largest, ..)] = SIZES;
        match self {
            Self::HeldOut(_) => Some("without the simulator, coverage was measured for single events only"),
            Self::HeldOutRows { .. } if self.most_events() < largest => {
                Some("coverage was measured for data sets of up to a tenth as many events as rows were held out")
            }
            _ => None,
        }
    }
}

impl std::fmt::Debug for ExamData<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Simulated(simulator) => f.debug_tuple("Simulated").field(&simulator.name()).finish(),
            Self::HeldOutRows { simulator, .. } => f.debug_tuple("HeldOutRows").field(&simulator.name()).finish(),
            Self::HeldOut(events) => f.debug_tuple("HeldOut").field(&events.n_events()).finish(),
        }
    }
}

impl CoverageExam<'_> {
    /// Coverage for each size of data sets that the limits allow, by Σ ln p̂(x|θ) over events as `log_likelihood` has it; none for a prior
    /// without a density.
    ///
    /// # Errors
    /// If a simulation or an evaluation fails, or `progress` stops it.
    pub fn run(&self, log_likelihood: &LogLikelihoodSums<'_>, progress: &dyn Progress) -> Result<Vec<SizeCoverage>> {
        let parameters = self.parameters();
        let evaluations = Cell::new(0.0);
        let sums = |x: ArrayView2<f64>, thetas: &[Vec<f64>]| {
            evaluations.set(evaluations.get() + (x.nrows() * thetas.len()) as f64);
            let done = evaluations.get().min(self.evaluations);
            progress.advance(done as u64, self.evaluations as u64)?;
            log_likelihood(x, thetas)
        };
        let Some(posteriors) = HighestDensity::new(self.prior, &parameters, &sums) else {
            return Ok(Vec::new());
        };
        let mut simulated = 0.0;
        let mut coverage = Vec::new();
        for (events, data_sets, share) in self.sizes() {
            let (mut ranks, mut undecided) = (Vec::new(), 0);
            for data_set in 0..data_sets {
                simulated += events as f64;
                let used = |times: f64| {
                    evaluations.get() > times * share * self.evaluations || simulated > times * self.events
                };
                let doubtful = || SizeCoverage::new(events, &ranks, undecided, &LEVELS).is_doubtful();
                if used(CLOSER) || used(1.0) && !doubtful() {
                    break;
                }
                let mut rng = self.stream(events, data_set);
                let Some((truth, x)) = self.draw(&posteriors, (events, data_set), &mut rng, progress)? else {
                    break;
                };
                let rank = posteriors.rank(x.view(), &truth, &mut rng)?;
                match rank.is_resolved() {
                    true => ranks.push(rank.rank),
                    false => undecided += 1,
                }
            }
            if ranks.len() + undecided >= FEWEST {
                coverage.push(SizeCoverage::new(events, &ranks, undecided, &LEVELS));
            }
        }
        Ok(coverage)
    }

    /// Says how far this coverage was measured, if not for all sizes of data sets.
    pub fn limitation(&self, coverage: &[SizeCoverage]) -> Option<String> {
        let measured = coverage.last().map_or(0, |entry| entry.events);
        let sizes = self
            .sizes()
            .map(|(events, ..)| events)
            .filter(|events| *events > measured);
        let missing: Vec<String> = sizes.map(|events| events.to_string()).collect();
        let costly = (!missing.is_empty()).then(|| {
            format!(
                "coverage was not measured for data sets of {} events, which takes more evaluations than an examination has: `diagnose` measures it",
                missing.join(" and ")
            )
        });
        self.data.limitation().map(str::to_owned).or(costly)
    }

    fn sizes(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let most = self.data.most_events();
        SIZES.into_iter().filter(move |(events, ..)| *events <= most)
    }

    /// The parameters; without the simulator, their ranges are not known.
    fn parameters(&self) -> Vec<Parameter> {
        match self.data {
            ExamData::Simulated(simulator) | ExamData::HeldOutRows { simulator, .. } => simulator.parameters(),
            ExamData::HeldOut(events) => {
                let names = events.header.parameters.iter();
                names
                    .map(|name| Parameter::new(name, f64::NEG_INFINITY, f64::INFINITY))
                    .collect()
            }
        }
    }

    fn stream(&self, events: usize, data_set: usize) -> Stream {
        stream(self.seed ^ SALT, events as u64, data_set as u64)
    }

    /// A hypothesis, and a data set drawn at it; none where there are no more.
    fn draw(
        &self,
        posteriors: &HighestDensity,
        (events, data_set): (usize, usize),
        rng: &mut Stream,
        progress: &dyn Progress,
    ) -> Result<Option<(Vec<f64>, Array2<f64>)>> {
        match self.data {
            ExamData::Simulated(simulator) => {
                let truth = posteriors.draw(rng)?;
                let x = observations_until_stopped(simulator, &truth, events, rng.random(), progress)?;
                Ok(Some((truth, x)))
            }
            ExamData::HeldOutRows { simulator, rows } => {
                let truth = posteriors.draw(rng)?;
                let x = draw_held_out(simulator, rows, &truth, events, rng, progress)?;
                Ok(x.map(|x| (truth, x)))
            }
            ExamData::HeldOut(held_out) => {
                let numerators = (0..held_out.n_events()).filter(|&i| held_out.y[i] == 0.0);
                let event = { numerators }.nth(data_set);
                Ok(event.map(|i| {
                    let x = held_out.x.row(i).insert_axis(Axis(0)).to_owned();
                    (held_out.theta0.row(i).to_vec(), x)
                }))
            }
        }
    }
}

/// Draws `events` observations from rows that are held out; none if hardly any is possible at `theta`.
fn draw_held_out(
    simulator: &dyn Instrumented,
    rows: &HeldOutRows,
    theta: &[f64],
    events: usize,
    rng: &mut Stream,
    progress: &dyn Progress,
) -> Result<Option<Array2<f64>>> {
    let at_once = (events as f64 / rows.share()).ceil() as usize;
    let mut kept = Array2::zeros((0, simulator.observables().len()));
    for _ in 0..MOST_ATTEMPTS {
        let x = observations_until_stopped(simulator, theta, at_once, rng.random(), progress)?;
        let held_out: Vec<usize> = (0..x.nrows()).filter(|&row| rows.holds(x.row(row))).collect();
        let of_one_length = kept.append(Axis(0), x.select(Axis(0), &held_out).view());
        of_one_length.map_err(|error| Error::simulation(error.to_string()))?;
        if kept.nrows() >= events {
            return Ok(Some(kept.slice_axis(Axis(0), (..events).into()).to_owned()));
        }
    }
    Ok(None)
}
