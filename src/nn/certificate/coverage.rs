//! Coverage of credible regions over the prior.

use motherlode_core::Progress;
use motherlode_core::certificate::SizeCoverage;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations_until_stopped;
use motherlode_core::trace::{Instrumented, Parameter, Stream, stream};
use motherlode_stats::diagnostics::HighestDensity;
use ndarray::{Array2, Axis};
use rand::RngExt;

use super::log_likelihood::LogLikelihood;
use super::{Budget, Examination};

/// Credible levels.
const LEVELS: [f64; 2] = [0.68, 0.95];
/// Sizes of data sets, with how many there are and the share of the work up to their end.
const SIZES: [(usize, usize, f64); 3] = [(1, 100, 0.1), (10, 100, 0.3), (100, 100, 1.0)];
/// Fewest data sets of a size that say something.
const FEWEST: usize = 10;
/// Separates the random numbers of the examination from other uses of the seed.
const SALT: u64 = 0xCE27_1F1C_A7E5_0C0B;

/// Source of data sets with known hypotheses.
#[derive(Clone, Copy)]
pub(super) enum DataSets<'a> {
    /// Simulated, of any size.
    Simulated(&'a dyn Instrumented),
    /// The validation events, one by one.
    HeldOut,
}

/// An examination of the coverage.
pub(super) struct CoverageExam<'a> {
    pub examination: &'a Examination<'a>,
    pub data_sets: DataSets<'a>,
    pub budget: Budget,
}

impl CoverageExam<'_> {
    /// Coverage for each size of data sets that the budget allows; none for a prior of chosen points.
    ///
    /// # Errors
    /// If a simulation or an evaluation fails, or `progress` stops it.
    pub fn run(&self, progress: &dyn Progress) -> Result<Vec<SizeCoverage>> {
        let header = &self.examination.events.header;
        let parameters = self.parameters();
        let likelihood = LogLikelihood::new(self.examination.network);
        let sums = |x: ndarray::ArrayView2<f64>, thetas: &[Vec<f64>]| {
            progress.check()?;
            likelihood.sums(x, thetas)
        };
        let prior = header.design.prior().ok_or_else(no_prior)?;
        let Some(posteriors) = HighestDensity::new(prior, &parameters, &sums) else {
            return Ok(Vec::new());
        };
        let mut simulated = 0.0;
        let mut coverage = Vec::new();
        for (events, data_sets, share) in self.sizes() {
            let (mut ranks, mut undecided) = (Vec::new(), 0);
            for data_set in 0..data_sets {
                simulated += events as f64;
                let worked = likelihood.evaluations() > share * self.budget.evaluations;
                if worked || simulated > self.budget.events {
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

    fn sizes(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let most = match self.data_sets {
            DataSets::Simulated(_) => usize::MAX,
            DataSets::HeldOut => 1,
        };
        SIZES.into_iter().filter(move |(events, ..)| *events <= most)
    }

    /// The parameters; without the simulator, their ranges are not known.
    fn parameters(&self) -> Vec<Parameter> {
        match self.data_sets {
            DataSets::Simulated(simulator) => simulator.parameters(),
            DataSets::HeldOut => {
                let names = self.examination.events.header.parameters.iter();
                names
                    .map(|name| Parameter::new(name, f64::NEG_INFINITY, f64::INFINITY))
                    .collect()
            }
        }
    }

    fn stream(&self, events: usize, data_set: usize) -> Stream {
        stream(self.examination.settings.seed ^ SALT, events as u64, data_set as u64)
    }

    /// A hypothesis, and a data set drawn at it; none where there are no more.
    fn draw(
        &self,
        posteriors: &HighestDensity,
        (events, data_set): (usize, usize),
        rng: &mut Stream,
        progress: &dyn Progress,
    ) -> Result<Option<(Vec<f64>, Array2<f64>)>> {
        match self.data_sets {
            DataSets::Simulated(simulator) => {
                let truth = posteriors.draw(rng)?;
                let x = observations_until_stopped(simulator, &truth, events, rng.random(), progress)?;
                Ok(Some((truth, x)))
            }
            DataSets::HeldOut => {
                let held_out = self.examination.events;
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

fn no_prior() -> Error {
    Error::data("coverage needs events over a prior")
}
