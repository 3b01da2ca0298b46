//! Labels of remembered events at any hypothesis, without a new simulation.

mod paths;
mod posterior;

use rand::RngExt;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

use super::Design;
use super::hypotheses::{Denominator, PathDensity, densities};
use crate::dataset::{AugmentedData, Header};
use crate::error::{Error, Result};
use crate::prior::Prior;
use crate::progress::Progress;
use crate::real::MAX_PARAMETERS;
use crate::trace::{Instrumented, Parameter, Rejected, Stream};
use paths::Path;
pub use paths::{PathSearch, Paths};
use posterior::{Moments, Points, even_points};

/// Factor by which the proposal of hypotheses is wider than the posterior of an event.
const WIDER: f64 = 1.5;

/// Labels the events of a data set at hypotheses that they were not simulated at.
///
/// All events together were drawn from q(x,z) = ½ E_π[p(x,z|θ)] + ½ p_den(x,z), whatever their own θ0. An event with the
/// weights w0 = p(x,z|θ)/q(x,z) and w1 = p_den(x,z)/q(x,z) therefore stands for a draw from the numerator *and* for one
/// from the denominator, at any θ in the prior: every sum over both classes keeps its expectation,
///
/// ⟨w0 f⟩_q = ⟨f⟩_θ, ⟨w1 f⟩_q = ⟨f⟩_den.
///
/// Where paths [have weights](crate::trace::Simulator::weight), q is made of the densities with which they are drawn, and w0 and w1 have the
/// sign of the path.
///
/// E_π is a mean over points that fill the prior evenly: 32 for one parameter, 64 for two, 128 for more. What it is wrong by multiplies both
/// weights of an event alike. If a path constrains θ strongly, few of these points count; they then move to where the posterior of the path is.
/// There w0 is large, and almost zero at all other hypotheses. [`propose`](Self::propose) therefore proposes hypotheses near the posterior of the event, and corrects for that by a weight.
pub struct Relabeler<'a> {
    simulator: &'a dyn Instrumented,
    parameters: Vec<Parameter>,
    prior: Prior,
    /// Points that fill the prior evenly.
    points: Points,
    /// Points that fill the unit cube evenly, which those that move are made of.
    even: Vec<Vec<f64>>,
    denominator: Denominator,
}

impl std::fmt::Debug for Relabeler<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relabeler")
            .field("simulator", &self.simulator.name())
            .field("prior", &self.prior)
            .finish_non_exhaustive()
    }
}

/// Knowledge of θ that paths hold, and the share of events for which it could not be found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// Share of the prior that the posterior of θ given a path fills, `E_π[p]²/E_π[p²]` with p the probability of the path: the 10 % quantile
    /// over events.
    pub share: f64,
    /// Share of the events whose own posterior could not be integrated, by points that moved to it: their weights are wrong by orders of
    /// magnitude, and a few of them outweigh all others.
    pub unknown: f64,
}

/// Hypothesis at which an event is labelled.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The hypothesis, `[p]`.
    pub theta: Vec<f64>,
    /// Prior density of θ divided by its proposal density.
    pub weight: f64,
}

/// Weights of an event at one hypothesis θ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// w0 = p(x,z|θ)/q(x,z).
    pub numerator: f64,
    /// w1 = p_den(x,z)/q(x,z).
    pub denominator: f64,
}

impl<'a> Relabeler<'a> {
    /// Creates a relabeler for the events of a data set, whose design must have a prior.
    ///
    /// # Errors
    /// If the design has no prior, the header is that of another simulator, or the prior does not fit it.
    pub fn new(simulator: &'a dyn Instrumented, header: &Header) -> Result<Self> {
        let parameters = simulator.parameters();
        header.check_simulator(simulator, "recall them")?;
        header.design.check(&parameters)?;
        let prior = header.design.prior().filter(|prior| prior.has_quantiles());
        let prior = prior.ok_or_else(|| {
            Error::data(format!(
                "labels at other hypotheses need a continuous prior to draw them from, and these events have none ({}): mine \
                 without --theta0, --reference and --points",
                header.design
            ))
        })?;
        let denominator = match &header.design {
            Design::Mixture { .. } => Denominator::Mixture(header.mixture.clone()),
            design => Denominator::from_design(design, &parameters, header.seed)?,
        };
        let shares = even_points(parameters.len(), header.seed as u32);
        let theta = shares.iter().map(|shares| prior.at(&parameters, shares));
        Ok(Self {
            simulator,
            points: Points {
                theta: theta.collect::<Result<_>>()?,
                shares,
            },
            even: even_points(parameters.len(), !header.seed as u32),
            prior: prior.clone(),
            parameters,
            denominator,
        })
    }

    /// Estimates how much paths know of θ, by points of the prior and by others that move to the posterior of each path.
    ///
    /// # Errors
    /// If the events have no memories, or these are not of the simulator, or `progress` stops the estimate.
    pub fn resolution(&self, data: &AugmentedData, progress: &dyn Progress) -> Result<Resolution> {
        let memories = data.remembered("labels at other hypotheses")?;
        let (mut shares, mut unknown) = (vec![], 0);
        for event in 0..data.n_events() {
            progress.check()?;
            let memory = memories.event(event);
            let at_points = self.at_points(memory).map_err(unusable_memory)?;
            let posterior = self.path_posterior(memory, &at_points)?;
            shares.push(posterior.share);
            unknown += usize::from(!posterior.is_integrated());
        }
        shares.sort_by(f64::total_cmp);
        Ok(Resolution {
            share: shares.get(shares.len() / 10).copied().unwrap_or(1.0),
            unknown: unknown as f64 / shares.len().max(1) as f64,
        })
    }

    /// ln q(x,z|θ) of a path at the points of the prior, `[n]`.
    fn at_points(&self, memory: &[f64]) -> Result<Vec<f64>, Rejected> {
        let found = densities(self.simulator, &self.points.theta, memory)?;
        Ok(found.into_iter().map(PathDensity::log_sampling).collect())
    }

    /// Proposal density of a parameter from the posteriors of the paths of an event, each with its share; widened.
    fn nearby(&self, j: usize, posteriors: &[(f64, Option<Vec<Moments>>)]) -> Result<Nearby> {
        let known = |(share, moments): &(f64, Option<Vec<Moments>>)| Some((*share, moments.as_ref()?[j]));
        let parts: Vec<_> = posteriors.iter().filter_map(known).collect();
        // A path that is impossible at all points of the prior has no posterior to propose from.
        let (centre, spread) = Moments::mixed(&parts).map_or((0.5, 1.0), |all| (all.mean, all.variance.sqrt()));
        Nearby::new(centre, WIDER * spread)
    }

    /// `n` hypotheses that fill the prior evenly, each distributed like the prior.
    ///
    /// # Errors
    /// As [`Prior::at`].
    pub fn hypotheses(&self, n: usize, rng: &mut Stream) -> Result<Vec<Proposal>> {
        let points = self.prior.spread_points(&self.parameters, n, rng)?;
        let proposal = |theta| Proposal { theta, weight: 1.0 };
        Ok(points.into_iter().map(proposal).collect())
    }

    /// Proposes a hypothesis: half of the time from the prior, half of the time near the posterior of the event.
    ///
    /// # Errors
    /// As [`Prior::at`].
    pub fn propose(&self, paths: &Paths<'_>, rng: &mut Stream) -> Result<Proposal> {
        let near: bool = rng.random();
        let shares: Vec<f64> = paths
            .posterior
            .iter()
            .map(|nearby| if near { nearby.at(rng.random()) } else { rng.random() })
            .collect();
        let density: f64 = paths
            .posterior
            .iter()
            .zip(&shares)
            .map(|(nearby, share)| nearby.density(*share))
            .product();
        Ok(Proposal {
            theta: self.prior.at(&self.parameters, &shares)?,
            weight: 2.0 / (1.0 + density),
        })
    }

    /// Label of an event at θ: the mean over its paths.
    ///
    /// # Errors
    /// If the memory is not of the simulator.
    pub fn label(&self, theta: &[f64], paths: &Paths<'_>) -> Result<Label> {
        let mut label = Label::from_denominator(paths);
        for path in &paths.paths {
            let density = PathDensity::at(self.simulator, theta, &path.memory).map_err(unusable_memory)?;
            label.add(path, density);
        }
        Ok(label)
    }

    /// Label of an event at θ, with the joint score written to `score`, `[p]`: ⟨w0 t⟩/⟨w0⟩ over the paths, zero if all of them are
    /// impossible at θ.
    ///
    /// # Errors
    /// If the memory is not of the simulator.
    pub fn label_and_score(&self, theta: &[f64], paths: &Paths<'_>, score: &mut [f64]) -> Result<Label> {
        let mut label = Label::from_denominator(paths);
        let mut sum = [0.0; MAX_PARAMETERS];
        for path in &paths.paths {
            let density = PathDensity::with_score(self.simulator, theta, &path.memory, score);
            let density = density.map_err(unusable_memory)?;
            let weight = label.add(path, density);
            if weight != 0.0 {
                sum.iter_mut().zip(&*score).for_each(|(sum, t)| *sum += weight * t);
            }
        }
        let total = label.numerator;
        let mean = |sum: f64| if total == 0.0 { 0.0 } else { sum / total };
        score.iter_mut().zip(sum).for_each(|(t, sum)| *t = mean(sum));
        Ok(label)
    }
}

impl Label {
    /// Label before any path is added.
    fn from_denominator(paths: &Paths<'_>) -> Self {
        Self {
            numerator: 0.0,
            denominator: paths.denominator,
        }
    }

    /// Adds a path; returns its part of w0.
    fn add(&mut self, path: &Path<'_>, density: PathDensity) -> f64 {
        let weight = path.share * density.over(path.log_sampling);
        self.numerator += weight;
        weight
    }

    /// ln |w0| − ln |w1|: ln p(x,z|θ) − ln p_den(x,z) for a single path.
    pub fn joint_log_ratio(&self) -> f64 {
        self.numerator.abs().ln() - self.denominator.abs().ln()
    }
}

/// Normal density truncated to the unit interval: the proposal density of hypotheses near the posterior of an event.
#[derive(Debug, Clone, PartialEq)]
struct Nearby {
    normal: Normal,
    /// Probability of the untruncated normal below the interval.
    below: f64,
    /// Probability of the untruncated normal inside the interval.
    inside: f64,
}

impl Nearby {
    fn new(centre: f64, spread: f64) -> Result<Self> {
        let normal = Normal::new(centre, spread).map_err(|error| Error::simulation(error.to_string()))?;
        let (below, above) = (normal.cdf(0.0), normal.cdf(1.0));
        Ok(Self {
            normal,
            below,
            inside: above - below,
        })
    }

    /// The value below which it has the probability `share`.
    fn at(&self, share: f64) -> f64 {
        self.normal
            .inverse_cdf(self.below + self.inside * share)
            .clamp(0.0, 1.0)
    }

    fn density(&self, at: f64) -> f64 {
        self.normal.pdf(at) / self.inside
    }
}

pub(super) fn unusable_memory(rejected: Rejected) -> Error {
    Error::simulation(format!("a remembered event cannot be scored again: {rejected}"))
}
