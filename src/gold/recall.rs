//! Labels of remembered events at any hypothesis: one simulation serves them all.

use std::borrow::Cow;

use rand::RngExt;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use super::hypotheses::{Denominator, log_mean_exp, log_probabilities};
use super::resample::{Accepted, Resampler, Walker};
use super::{Design, Prior};
use crate::dataset::{AugmentedData, Header, Memories};
use crate::error::{Error, Result};
use crate::real::MAX_PARAMETERS;
use crate::trace::{Instrumented, Parameter, Rejected, Stream, stream};

/// Points that stand for the whole prior in the density the events were drawn from.
const PRIOR_POINTS: usize = 128;
/// The stream of these points; events have smaller numbers.
const POINTS: u64 = (1 << 48) - 1;
/// The stream in which an event looks for other paths.
const PATHS: u64 = 1 << 13;
/// Events that are asked whether there are other paths at all.
const PROBED: usize = 64;
/// Differences of ln p below this are rounding.
const SAME: f64 = 1e-9;
/// How much wider hypotheses are proposed around what an event makes probable than it says.
const WIDER: f64 = 1.5;

/// Recalls what events of a data set say about hypotheses that they were not simulated at.
///
/// All events together were drawn from q(x,z) = ½ E_π[p(x,z|θ)] + ½ p_den(x,z), whatever their own θ0. An event with the
/// weights w0 = p(x,z|θ)/q(x,z) and w1 = p_den(x,z)/q(x,z) therefore stands for a draw from the numerator *and* for one
/// from the denominator, at any θ in the prior: every sum over both classes keeps its expectation,
///
/// ⟨w0 f⟩_q = ⟨f⟩_θ, ⟨w1 f⟩_q = ⟨f⟩_den.
///
/// E_π is a mean over 128 points that fill the prior evenly; what it is wrong by multiplies both weights of an event
/// alike. Where a path tells much about θ, w0 is large at few hypotheses and next to nothing at all others;
/// [`propose`](Self::propose) therefore looks for hypotheses where the event has something to say, and takes the weight
/// down by as much as it looked there more often.
pub struct Recall<'a> {
    simulator: &'a dyn Instrumented,
    parameters: Vec<Parameter>,
    prior: Prior,
    /// Points of the prior, in its own coordinates and as parameters.
    points: Vec<(Vec<f64>, Vec<f64>)>,
    denominator: Denominator,
}

impl std::fmt::Debug for Recall<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recall")
            .field("simulator", &self.simulator.name())
            .field("prior", &self.prior)
            .finish_non_exhaustive()
    }
}

/// What an event remembers: the path it was simulated along, and perhaps others that end in the same observation.
///
/// The others are draws from q(z|x), as the first is. A label averaged over all of them has the same mean, and less noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths<'a> {
    paths: Vec<Path<'a>>,
    /// Where the paths are probable: mean and spread of θ given them, in coordinates of the prior, `[p]`.
    posterior: Vec<Normal>,
}

/// One path, and what its probability is measured against.
#[derive(Debug, Clone, PartialEq)]
struct Path<'a> {
    memory: Cow<'a, [f64]>,
    /// The share of the draws that this path is.
    share: f64,
    /// ln q(x,z), up to a constant.
    log_sampling: f64,
    /// ln p_den(x,z), up to the same constant.
    log_denominator: f64,
}

/// ln p(x,z|·) of a path wherever events are drawn from.
struct Seen {
    at_points: Vec<f64>,
    at_denominator: Vec<f64>,
    log_prior: f64,
    log_denominator: f64,
}

/// A hypothesis to ask an event about.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The hypothesis, `[p]`.
    pub theta: Vec<f64>,
    /// The prior density of θ over the density it was proposed with.
    pub weight: f64,
}

/// What an event says about one hypothesis θ.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Label {
    /// w0 = p(x,z|θ)/q(x,z).
    pub numerator: f64,
    /// w1 = p_den(x,z)/q(x,z).
    pub denominator: f64,
}

impl<'a> Recall<'a> {
    /// What can be recalled of the events of a data set, which has to be one over a prior.
    ///
    /// # Errors
    /// If the design has no prior, the header is that of another simulator, or the prior does not fit it.
    pub fn new(simulator: &'a dyn Instrumented, header: &Header) -> Result<Self> {
        let parameters = simulator.parameters();
        if header.simulator != simulator.name() {
            return Err(Error::usage(format!(
                "the events are of {}, and {} was given to recall them",
                header.simulator,
                simulator.name()
            )));
        }
        header.design.check(&parameters)?;
        let prior = header.design.prior().ok_or_else(|| {
            Error::usage(format!(
                "labels at other hypotheses need a prior to draw them from, and these events have none ({}): mine with \
                 --prior or --mixture",
                header.design
            ))
        })?;
        let denominator = match &header.design {
            Design::Mixture { .. } => Denominator::Mixture(header.mixture.clone()),
            design => Denominator::of(design, &parameters, header.seed)?,
        };
        let mut rng = stream(header.seed, POINTS, 0);
        let points = Prior::spread(parameters.len(), PRIOR_POINTS, &mut rng)
            .into_iter()
            .map(|shares| Ok((prior.at(&parameters, &shares)?, shares)))
            .map(|point: Result<_>| point.map(|(theta, shares)| (shares, theta)))
            .collect::<Result<_>>()?;
        Ok(Self {
            simulator,
            points,
            prior: prior.clone(),
            parameters,
            denominator,
        })
    }

    /// What each event of `data` remembers, `[n]`: its own path, and `n_paths − 1` others where there are any; in parallel.
    ///
    /// Others are found by a Markov chain over altered records, for simulators that remember their choices. It moves
    /// through q(x,z) at fixed x: a hypothesis is drawn from where the path says it may come from, then the path is altered
    /// under that hypothesis, and so on. If none of the first events has another path, none is looked for.
    ///
    /// # Errors
    /// If the events have no memories, or these are not of the simulator.
    pub fn paths<'d>(&self, data: &'d AugmentedData, n_paths: usize, seed: u64) -> Result<Vec<Paths<'d>>> {
        let memories = memories_of(data)?;
        let x: Vec<f64> = data.x.iter().copied().collect();
        let m = data.n_observables();
        let walker = |event: usize| Walker::new(event, &x[event * m..(event + 1) * m], memories.event(event));
        // A stream of their own for these events: those of another part of the data have another number of them.
        let rng = |event: usize| stream(seed.wrapping_add(memories.memory_end.len() as u64), event as u64, PATHS);
        let resampler = match n_paths {
            0 | 1 => None,
            _ => self.resampler(memories, &walker, &rng)?,
        };
        (0..data.n_events())
            .into_par_iter()
            .map(|event| {
                let others = resampler.as_ref().map(|resampler| (resampler, n_paths - 1));
                self.paths_of(memories.event(event), walker(event), others, &mut rng(event))
            })
            .collect()
    }

    /// How other paths are found, if the first events have any with other labels.
    fn resampler<'d>(
        &'d self,
        memories: &'d Memories,
        walker: &dyn Fn(usize) -> Walker<'d>,
        rng: &dyn Fn(usize) -> Stream,
    ) -> Result<Option<Resampler<'d>>> {
        let resampler = Resampler::new(self.simulator, memories);
        let mut accepted = Accepted::default();
        let mut differ = false;
        for event in 0..memories.memory_end.len().min(PROBED) {
            let (mut walker, mut rng) = (walker(event), rng(event));
            let seen = self.see(memories.event(event)).map_err(forgotten)?;
            let moves = resampler.round(self.source(&seen, &mut rng), &mut walker, &mut rng);
            accepted.iter_mut().zip(moves).for_each(|(sum, n)| *sum += n);
            differ |= self.see(&walker.memory).map_err(forgotten)?.differs_from(&seen);
        }
        Ok(differ.then(|| resampler.tuned(accepted)))
    }

    fn paths_of<'d>(
        &self,
        memory: &'d [f64],
        mut walker: Walker<'_>,
        others: Option<(&Resampler<'_>, usize)>,
        rng: &mut Stream,
    ) -> Result<Paths<'d>> {
        let mut seen = self.see(memory).map_err(forgotten)?;
        let mut weights = seen.weights();
        let share = (others.map_or(0, |(_, n)| n) as f64 + 1.0).recip();
        let mut paths = vec![seen.path(Cow::Borrowed(memory), share)];
        if let Some((resampler, n)) = others {
            weights.iter_mut().for_each(|w| *w *= share);
            for _ in 0..n {
                let accepted = resampler.round(self.source(&seen, rng), &mut walker, rng);
                if accepted.iter().any(|n| *n > 0) {
                    let next = self.see(&walker.memory).map_err(forgotten)?;
                    if next.differs_from(&seen) {
                        paths.push(next.path(Cow::Owned(walker.memory.clone()), 0.0));
                    }
                    seen = next;
                }
                if let Some(path) = paths.last_mut() {
                    path.share += share;
                }
                weights
                    .iter_mut()
                    .zip(seen.weights())
                    .for_each(|(sum, w)| *sum += w * share);
            }
        }
        Ok(Paths {
            paths,
            posterior: (0..self.parameters.len())
                .map(|j| self.posterior(j, &weights))
                .collect::<Result<_>>()?,
        })
    }

    fn see(&self, memory: &[f64]) -> Result<Seen, Rejected> {
        let points = self.points.iter().map(|(_, theta)| theta);
        let at_points = log_probabilities(self.simulator, points, memory)?;
        let at_denominator = match &self.denominator {
            Denominator::None => vec![0.0],
            Denominator::Point(point) => log_probabilities(self.simulator, [point], memory)?,
            Denominator::Mixture(points) => log_probabilities(self.simulator, points, memory)?,
        };
        Ok(Seen {
            log_prior: log_mean_exp(&at_points),
            log_denominator: log_mean_exp(&at_denominator),
            at_points,
            at_denominator,
        })
    }

    /// A hypothesis that the path may come from, as probable as it makes the path.
    fn source(&self, seen: &Seen, rng: &mut Stream) -> &[f64] {
        let from_prior =
            rng.random::<f64>() < (seen.log_prior - log_mean_exp(&[seen.log_prior, seen.log_denominator])).exp() * 0.5;
        match &self.denominator {
            Denominator::Point(point) if !from_prior => point,
            Denominator::Mixture(points) if !from_prior => {
                &points[pick(&seen.at_denominator, seen.log_denominator, rng)]
            }
            _ => &self.points[pick(&seen.at_points, seen.log_prior, rng)].1,
        }
    }

    /// A normal as wide as the weights of the points say, and wider.
    fn posterior(&self, j: usize, weights: &[f64]) -> Result<Normal> {
        let mean_of = |f: &dyn Fn(f64) -> f64| {
            let sum: f64 = self
                .points
                .iter()
                .zip(weights)
                .map(|((shares, _), w)| w * f(shares[j]))
                .sum();
            sum / PRIOR_POINTS as f64
        };
        let centre = mean_of(&|share| share);
        let grain = (PRIOR_POINTS as f64).recip();
        let spread = mean_of(&|share| (share - centre).powi(2)).sqrt().max(grain);
        // A path that no point of the prior explains says nothing about where to look.
        let (centre, spread) = if (centre + spread).is_finite() {
            (centre, spread)
        } else {
            (0.5, 1.0)
        };
        Normal::new(centre, WIDER * spread).map_err(|error| Error::simulation(error.to_string()))
    }

    /// `n` hypotheses that fill the prior evenly, each distributed like the prior.
    ///
    /// # Errors
    /// As [`Prior::at`].
    pub fn hypotheses(&self, n: usize, rng: &mut Stream) -> Result<Vec<Question>> {
        Prior::spread(self.parameters.len(), n, rng)
            .into_iter()
            .map(|shares| {
                Ok(Question {
                    theta: self.prior.at(&self.parameters, &shares)?,
                    weight: 1.0,
                })
            })
            .collect()
    }

    /// A hypothesis from the prior or, as often, from where the event has something to say.
    ///
    /// # Errors
    /// As [`Prior::at`].
    pub fn propose(&self, paths: &Paths<'_>, rng: &mut Stream) -> Result<Question> {
        let near: bool = rng.random();
        let shares: Vec<f64> = paths
            .posterior
            .iter()
            .map(|normal| {
                if near {
                    truncated(normal, rng.random())
                } else {
                    rng.random()
                }
            })
            .collect();
        let density: f64 = paths
            .posterior
            .iter()
            .zip(&shares)
            .map(|(n, share)| truncated_density(n, *share))
            .product();
        Ok(Question {
            theta: self.prior.at(&self.parameters, &shares)?,
            weight: 2.0 / (1.0 + density),
        })
    }

    /// What an event says about θ: the mean over its paths.
    ///
    /// # Errors
    /// If the memory is not of the simulator.
    pub fn label(&self, theta: &[f64], paths: &Paths<'_>) -> Result<Label> {
        let mut label = Label::default();
        for path in &paths.paths {
            let log = self
                .simulator
                .log_probability_at(theta, &path.memory)
                .map_err(forgotten)?;
            label.add(path, log);
        }
        Ok(label)
    }

    /// The same, with the joint score at θ written to `score`, `[p]`: ⟨w0 t⟩/⟨w0⟩ over the paths, zero where all are
    /// impossible.
    ///
    /// # Errors
    /// If the memory is not of the simulator.
    pub fn label_and_score(&self, theta: &[f64], paths: &Paths<'_>, score: &mut [f64]) -> Result<Label> {
        let mut label = Label::default();
        let mut sum = [0.0; MAX_PARAMETERS];
        for path in &paths.paths {
            let log = self.simulator.score_at(theta, &path.memory, score).map_err(forgotten)?;
            let weight = label.add(path, log);
            if weight > 0.0 {
                sum.iter_mut().zip(&*score).for_each(|(sum, t)| *sum += weight * t);
            }
        }
        let total = label.numerator;
        let mean = |sum: f64| if total > 0.0 { sum / total } else { 0.0 };
        score.iter_mut().zip(sum).for_each(|(t, sum)| *t = mean(sum));
        Ok(label)
    }
}

impl Label {
    /// Takes in a path of probability exp(`log_probability`); its part of w0.
    fn add(&mut self, path: &Path<'_>, log_probability: f64) -> f64 {
        let weight = path.share * (log_probability - path.log_sampling).exp();
        self.numerator += weight;
        self.denominator += path.share * (path.log_denominator - path.log_sampling).exp();
        weight
    }

    /// ln w0 − ln w1: ln p(x,z|θ) − ln p_den(x,z) for a single path.
    pub fn joint_log_ratio(&self) -> f64 {
        self.numerator.ln() - self.denominator.ln()
    }
}

impl Seen {
    /// How probable each point of the prior is, given the path; their mean is one.
    fn weights(&self) -> Vec<f64> {
        self.at_points.iter().map(|log| (log - self.log_prior).exp()).collect()
    }

    /// Whether another path says something else about the hypotheses.
    fn differs_from(&self, other: &Self) -> bool {
        let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a == b || (a - b).abs() <= SAME);
        !same(&self.at_points, &other.at_points) || !same(&self.at_denominator, &other.at_denominator)
    }

    fn path<'a>(&self, memory: Cow<'a, [f64]>, share: f64) -> Path<'a> {
        Path {
            memory,
            share,
            log_sampling: log_mean_exp(&[self.log_prior, self.log_denominator]),
            log_denominator: self.log_denominator,
        }
    }
}

/// One of several, with probability exp(`logs` − `log_mean`)/n.
fn pick(logs: &[f64], log_mean: f64, rng: &mut Stream) -> usize {
    let mut at = rng.random::<f64>() * logs.len() as f64;
    let passed = |log: &f64| {
        at -= (log - log_mean).exp();
        at < 0.0
    };
    // Rounding may leave a rest; it belongs to the most probable.
    let most = || {
        (0..logs.len())
            .max_by(|&a, &b| logs[a].total_cmp(&logs[b]))
            .unwrap_or(0)
    };
    logs.iter().position(passed).unwrap_or_else(most)
}

/// The value below which a normal, truncated to the unit interval, has the probability `share`.
fn truncated(normal: &Normal, share: f64) -> f64 {
    let (below, above) = (normal.cdf(0.0), normal.cdf(1.0));
    normal.inverse_cdf(below + (above - below) * share).clamp(0.0, 1.0)
}

fn truncated_density(normal: &Normal, at: f64) -> f64 {
    use statrs::distribution::Continuous;
    normal.pdf(at) / (normal.cdf(1.0) - normal.cdf(0.0))
}

/// What the events remember.
///
/// # Errors
/// If they were mined without.
fn memories_of(data: &AugmentedData) -> Result<&Memories> {
    data.memories
        .as_ref()
        .ok_or_else(|| Error::missing_gold("labels at other hypotheses", "`memory`", "mine again without --forget"))
}

fn forgotten(rejected: Rejected) -> Error {
    Error::simulation(format!("a remembered event cannot be scored again: {rejected}"))
}
