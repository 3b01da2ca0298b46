//! Paths of an event: the simulated one, and others that end in the same observation.

use std::borrow::Cow;

use rand::RngExt;
use rayon::prelude::*;

use super::posterior::{Moments, PathPosterior};
use super::{Nearby, Relabeler, unusable_memory};
use crate::dataset::{AugmentedData, Memories};
use crate::error::Result;
use crate::gold::hypotheses::{Denominator, PathDensity};
use crate::gold::resample::{Accepted, Resampler, Walker};
use crate::importance::pick;
use crate::mean::log_mean_exp;
use crate::progress::Progress;
use crate::trace::{Stream, stream};

/// Stream number of the search for other paths of an event.
const PATHS: u64 = 1 << 13;
/// Number of events with which the existence of other paths is tested.
const PROBED: usize = 64;
/// Differences of ln p below this are rounding.
const SAME: f64 = 1e-9;

/// Paths of an event: the one it was simulated along, and possibly others that end in the same observation.
///
/// The others are draws from q(z|x), as the first is. A label averaged over all of them has the same mean, and less noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths<'a> {
    pub(super) paths: Vec<Path<'a>>,
    /// Posterior of θ given the paths, as a proposal density in coordinates of the prior, `[p]`.
    pub(super) posterior: Vec<Nearby>,
    /// w1, the weight as an event of the denominator, which does not depend on θ.
    pub(super) denominator: f64,
}

/// One path, with the sampling density and the denominator of its labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path<'a> {
    pub(super) memory: Cow<'a, [f64]>,
    /// Fraction of the draws that are this path.
    pub(super) share: f64,
    /// ln q(x,z), up to a constant.
    pub(super) log_sampling: f64,
    /// Density of the denominator, up to the same constant.
    of_denominator: PathDensity,
}

/// ln q(x,z|θ) of a path at the points that events are drawn from.
struct PathProbabilities {
    at_points: Vec<f64>,
    at_denominator: Vec<f64>,
    posterior: PathPosterior,
    /// None without a denominator.
    log_denominator: Option<f64>,
    of_denominator: PathDensity,
}

/// Search for the paths of the events of a data set.
///
/// An event has its own path, and others if there are any. Others are found by a Markov chain over altered records, for simulators that
/// remember their choices. It moves through q(x,z) at fixed x: a hypothesis is drawn given the path, then the path is altered under that
/// hypothesis, and so on. If none of the first events has another path, no other paths are searched for.
#[derive(Debug)]
pub struct PathSearch<'d> {
    relabeler: &'d Relabeler<'d>,
    data: &'d AugmentedData,
    memories: &'d Memories,
    seed: u64,
    /// Source of other paths, and their number.
    others: Option<(Resampler<'d>, usize)>,
}

impl<'d> PathSearch<'d> {
    /// Searches for `n_paths` paths of each event, its own among them.
    ///
    /// # Errors
    /// If the events have no memories, or these are not of the simulator.
    pub fn new(relabeler: &'d Relabeler<'d>, data: &'d AugmentedData, n_paths: usize, seed: u64) -> Result<Self> {
        let mut search = Self {
            relabeler,
            data,
            memories: data.remembered("labels at other hypotheses")?,
            seed,
            others: None,
        };
        if n_paths > 1 {
            search.others = search.resampler()?.map(|resampler| (resampler, n_paths - 1));
        }
        Ok(search)
    }

    /// Finds the paths of an event, the same whatever other events were asked for.
    ///
    /// # Errors
    /// If its memory is not of the simulator.
    ///
    /// # Panics
    /// If there is no such event.
    pub fn paths(&self, event: usize) -> Result<Paths<'d>> {
        let (x, others) = (self.data.x.row(event).to_vec(), self.others.as_ref());
        let walker = Walker::new(event, &x, self.memories.event(event));
        let others = others.map(|(resampler, n)| (resampler, *n));
        self.relabeler
            .paths_of(self.memories.event(event), walker, others, &mut self.rng(event))
    }

    /// Finds the paths of all events, `[n]`, in parallel.
    ///
    /// # Errors
    /// As [`paths`](Self::paths), or if `progress` stops the search.
    pub fn all(&self, progress: &dyn Progress) -> Result<Vec<Paths<'d>>> {
        (0..self.data.n_events())
            .into_par_iter()
            .map(|event| progress.check().and_then(|()| self.paths(event)))
            .collect()
    }

    /// The stream of an event, of their own for these events: those of another part of the data have another number of them.
    fn rng(&self, event: usize) -> Stream {
        let n_numbers = self.memories.memory_end.len() as u64;
        stream(self.seed.wrapping_add(n_numbers), event as u64, PATHS)
    }

    /// Creates the sampler of other paths, if the first events have any with other labels.
    fn resampler(&self) -> Result<Option<Resampler<'d>>> {
        let resampler = Resampler::new(self.relabeler.simulator, self.memories);
        let mut accepted = Accepted::default();
        let mut differ = false;
        for event in 0..self.data.n_events().min(PROBED) {
            let (x, mut rng) = (self.data.x.row(event).to_vec(), self.rng(event));
            let mut walker = Walker::new(event, &x, self.memories.event(event));
            let probabilities = self.relabeler.probabilities_of(self.memories.event(event))?;
            let source = self.relabeler.source(&probabilities, &mut rng);
            let moves = resampler.round(source, &mut walker, &mut rng);
            accepted.iter_mut().zip(moves).for_each(|(sum, n)| *sum += n);
            let moved = self.relabeler.probabilities_of(&walker.memory)?;
            differ |= moved.differs_from(&probabilities);
        }
        Ok(differ.then(|| resampler.tuned(accepted)))
    }
}

impl Relabeler<'_> {
    /// Finds the paths of each event of `data`, `[n]`; see [`PathSearch`].
    ///
    /// # Errors
    /// As [`PathSearch::new`] and [`PathSearch::all`].
    pub fn paths<'d>(
        &'d self,
        data: &'d AugmentedData,
        n_paths: usize,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Vec<Paths<'d>>> {
        PathSearch::new(self, data, n_paths, seed)?.all(progress)
    }

    fn paths_of<'d>(
        &self,
        memory: &'d [f64],
        mut walker: Walker<'_>,
        others: Option<(&Resampler<'_>, usize)>,
        rng: &mut Stream,
    ) -> Result<Paths<'d>> {
        let mut probabilities = self.probabilities_of(memory)?;
        let share = (others.map_or(0, |(_, n)| n) as f64 + 1.0).recip();
        let mut paths = vec![probabilities.path(Cow::Borrowed(memory), share)];
        let mut posteriors = vec![(share, self.moments(&probabilities))];
        if let Some((resampler, n)) = others {
            for _ in 0..n {
                let accepted = resampler.round(self.source(&probabilities, rng), &mut walker, rng);
                if accepted.iter().any(|n| *n > 0) {
                    let next = self.probabilities_of(&walker.memory)?;
                    if next.differs_from(&probabilities) {
                        paths.push(next.path(Cow::Owned(walker.memory.clone()), 0.0));
                        posteriors.push((0.0, self.moments(&next)));
                    }
                    probabilities = next;
                }
                if let (Some(path), Some(posterior)) = (paths.last_mut(), posteriors.last_mut()) {
                    path.share += share;
                    posterior.0 += share;
                }
            }
        }
        Ok(Paths {
            denominator: paths.iter().map(Path::denominator).sum(),
            paths,
            posterior: (0..self.parameters.len())
                .map(|j| self.nearby(j, &posteriors))
                .collect::<Result<_>>()?,
        })
    }

    fn has_denominator(&self) -> bool {
        !matches!(self.denominator, Denominator::None)
    }

    fn moments(&self, probabilities: &PathProbabilities) -> Option<Vec<Moments>> {
        probabilities.posterior.moments(&self.points)
    }

    fn probabilities_of(&self, memory: &[f64]) -> Result<PathProbabilities> {
        let at_points = self.at_points(memory).map_err(unusable_memory)?;
        let of_denominator = self.denominator.densities(self.simulator, memory);
        let of_denominator = of_denominator.map_err(unusable_memory)?;
        let at_denominator: Vec<f64> = of_denominator.iter().map(|density| density.log_sampling()).collect();
        Ok(PathProbabilities {
            posterior: self.path_posterior(memory, &at_points)?,
            log_denominator: self.has_denominator().then(|| log_mean_exp(&at_denominator)),
            of_denominator: PathDensity::mean(&of_denominator),
            at_points,
            at_denominator,
        })
    }

    /// Draws a hypothesis given the path.
    fn source<'s>(&'s self, probabilities: &'s PathProbabilities, rng: &mut Stream) -> &'s [f64] {
        let posterior = &probabilities.posterior;
        let from_prior = rng.random::<f64>() < 0.5 * (posterior.log_prior - probabilities.log_sampling()).exp();
        match &self.denominator {
            Denominator::Point(point) if !from_prior => point,
            Denominator::Mixture(points) if !from_prior && !points.is_empty() => {
                let log_mean = log_mean_exp(&probabilities.at_denominator);
                &points[pick(&probabilities.at_denominator, log_mean, rng)]
            }
            _ => {
                let points = posterior.moved.as_ref().unwrap_or(&self.points);
                &points.theta[pick(&posterior.log_weights, posterior.log_prior, rng)]
            }
        }
    }
}

impl Paths<'_> {
    /// Copies the borrowed memories.
    pub fn into_owned(self) -> Paths<'static> {
        let owned = |path: Path<'_>| Path {
            memory: Cow::Owned(path.memory.into_owned()),
            ..path
        };
        Paths {
            paths: self.paths.into_iter().map(owned).collect(),
            posterior: self.posterior,
            denominator: self.denominator,
        }
    }
}

impl Path<'_> {
    /// Part of w1 that this path contributes.
    fn denominator(&self) -> f64 {
        self.share * self.of_denominator.over(self.log_sampling)
    }
}

impl PathProbabilities {
    /// ln q(x,z), of the prior and of the denominator if there is one.
    fn log_sampling(&self) -> f64 {
        match self.log_denominator {
            Some(log_denominator) => log_mean_exp(&[self.posterior.log_prior, log_denominator]),
            None => self.posterior.log_prior,
        }
    }

    /// Returns true if another path has other probabilities under the hypotheses.
    fn differs_from(&self, other: &Self) -> bool {
        let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a == b || (a - b).abs() <= SAME);
        !same(&self.at_points, &other.at_points) || !same(&self.at_denominator, &other.at_denominator)
    }

    fn path<'a>(&self, memory: Cow<'a, [f64]>, share: f64) -> Path<'a> {
        Path {
            memory,
            share,
            log_sampling: self.log_sampling(),
            of_denominator: self.of_denominator,
        }
    }
}
