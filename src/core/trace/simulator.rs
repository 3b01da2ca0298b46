//! Interface that the author of a simulator implements.

use super::{Caveat, Instrumented, Layout, Replay, Trace};
use crate::dataset::Portion;
use crate::likelihood::Truth;
use crate::parameter_box::ParameterBox;
use crate::real::Real;

/// A simulator whose random choices can be scored under any parameters.
///
/// One function, generic in the number type of θ, is all of the instrumentation. Draws come back as plain numbers,
/// so the types guarantee that the latent is held fixed while θ is varied.
///
/// ```
/// use motherlode_core::trace::{density::Bernoulli, *};
/// use motherlode_core::Real;
///
/// /// Ten tosses of a coin that shows heads with probability θ.
/// struct Coin;
///
/// impl Simulator for Coin {
///     fn name(&self) -> &str { "coin" }
///     fn parameters(&self) -> Vec<Parameter> { vec![Parameter::new("theta", 0.0, 1.0)] }
///     fn observables(&self) -> Vec<Observable> { vec![Observable::new("heads")] }
///     fn hypotheses(&self) -> Option<Hypotheses> { Some(Hypotheses::new([0.4], [0.6], [(0.3, 0.7)])) }
///     fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
///         let mut heads = 0.0;
///         for _ in 0..10 {
///             if trace.draw(Bernoulli::new(theta[0])?) { heads += 1.0; }
///         }
///         Ok(vec![heads])
///     }
/// }
///
/// let mut memory = Vec::new();
/// let mined = Coin.mine(&[0.3], &mut stream(1, 0, 0), &mut memory)?;
/// let heads = mined.x[0];
/// assert!((mined.score[0] - (heads / 0.3 - (10.0 - heads) / 0.7)).abs() < 1e-12);
/// # Ok::<(), Rejected>(())
/// ```
pub trait Simulator: Send + Sync {
    /// Name of the simulator on the command line and in files.
    fn name(&self) -> &str;

    /// Rows that events are drawn from, where the simulator is an event file.
    fn portion(&self) -> Portion {
        Portion::All
    }

    /// Description of the simulator in one sentence.
    fn about(&self) -> &str {
        ""
    }

    /// Parameters θ, in order.
    fn parameters(&self) -> Vec<Parameter>;

    /// Components of the observation x, in order.
    fn observables(&self) -> Vec<Observable>;

    /// Structure of the observation, from which the default encoder of a network follows: a vector, a set of particles or an image. `None`
    /// says nothing of it; observations of many components are then learned from as a vector, with a warning.
    fn layout(&self) -> Option<Layout> {
        None
    }

    /// Hypotheses that commands and studies use where none are given; `None` if the simulator has no such defaults.
    ///
    /// Mining needs none, as long as its [`Design`](crate::gold::Design) is given in full.
    fn hypotheses(&self) -> Option<Hypotheses> {
        None
    }

    /// Runs once. `theta` has shape `[p]`; the observation has shape `[m]`.
    ///
    /// # Errors
    /// [`Rejected`] if this run yields no observation, or a density was given impossible parameters.
    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected>;

    /// Kind of memory from which the probability of a path is computed again at any θ.
    fn memory(&self) -> Memory {
        Memory::Choices
    }

    /// ln p(x,z|θ) of a remembered path, up to the same θ-independent constant as its draws add up to.
    ///
    /// By default the recorded choices are replayed. A simulator whose memory is [`Memory::Statistics`] computes it
    /// from the numbers it gave to [`Trace::remember`]; a constant that the draws contribute must be among them, for the
    /// two routes to the same number are subtracted from one another.
    ///
    /// # Errors
    /// [`Rejected`] as from [`simulate`](Self::simulate), or if the memory is not one of this simulator.
    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        let mut replay = Replay::new(memory);
        self.simulate(theta, &mut replay)?;
        replay.log_probability()
    }

    /// ln p(x,z|θ) of several remembered paths at one θ, for simulators that can share work between paths.
    ///
    /// # Errors
    /// As [`log_probability`](Self::log_probability).
    fn log_probabilities(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        let one = |memory: &&[f64]| self.log_probability(theta, memory);
        memories.iter().map(one).collect()
    }

    /// Returns true if paths have [weights](Self::weight).
    fn is_weighted(&self) -> bool {
        false
    }

    /// Weight p(x,z|θ)/q(x,z|θ) of a remembered path, where q is the density with which [`simulate`](Self::simulate) draws paths.
    ///
    /// The weight is 1 for a simulator that draws paths with their probability. The events of generators at next-to-leading order have weights
    /// of both signs: they are drawn with probability |w|/Σ|w|, and have the weight ±Σ|w|/Σw. The density p(x|θ) of observations is
    /// positive although single weights are not; [`log_probability`](Self::log_probability) is ln |p(x,z|θ)|.
    ///
    /// # Errors
    /// As [`log_probability`](Self::log_probability).
    fn weight(&self, _theta: &[f64], _memory: &[f64]) -> Result<f64, Rejected> {
        Ok(1.0)
    }

    /// ln |p(x,z|θ)| and weight of a remembered path, for simulators that can share work between the two.
    ///
    /// # Errors
    /// As [`log_probability`](Self::log_probability).
    fn log_probability_and_weight<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<(R, f64), Rejected> {
        let log = self.log_probability(theta, memory)?;
        if !self.is_weighted() {
            return Ok((log, 1.0));
        }
        let point: Vec<f64> = theta.iter().map(|value| value.re()).collect();
        Ok((log, self.weight(&point, memory)?))
    }

    /// Weights of several remembered paths at one θ, for simulators that can share work between paths.
    ///
    /// # Errors
    /// As [`weight`](Self::weight).
    fn weights(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        memories.iter().map(|memory| self.weight(theta, memory)).collect()
    }

    /// The simulator without weights, if paths [have some](Self::is_weighted): its observations have nearly the same density p(x|θ), and toys
    /// and simulated measurements are drawn from it.
    ///
    /// # Errors
    /// [`Rejected::Invalid`] if it cannot be made.
    fn unweighted(&self) -> Result<Option<&dyn Instrumented>, Rejected> {
        Ok(None)
    }

    /// ln σ(θ) of the total rate (cross-section) σ, up to a constant; `None`, at every θ, if the simulator has no rate.
    ///
    /// A simulator with a rate returns NaN at a θ where σ(θ) is not positive. In effective theories, the differential rate
    /// σ(θ) p(x,z|θ) is a polynomial of θ, and p(x,z|θ) is this polynomial divided by σ(θ). Derivative learning expands the
    /// polynomial, and needs σ(θ) for that.
    fn log_rate<R: Real>(&self, _theta: &[R]) -> Option<R> {
        None
    }

    /// Reason that a simulator has no gold, and what to do instead, as the end of a sentence; `None` if it has gold.
    ///
    /// A parameter that acts through a deterministic map, and through no draw, does not appear in the probability of a path: the
    /// joint score would be zero, which is wrong. Events of such a simulator can be drawn, but not mined.
    fn without_gold(&self) -> Option<&str> {
        None
    }

    /// Number of stored events that runs are drawn from with replacement; `None` where every run is a new event.
    fn n_rows(&self) -> Option<u64> {
        None
    }

    /// Effective number (Σw)²/Σw² of the stored events at θ: as many unweighted ones have the same fluctuations; `None` where every run is a
    /// new event, or the number is unknown.
    fn n_effective(&self, _theta: &[f64]) -> Option<f64> {
        None
    }

    /// Problems that every result computed with this simulator inherits: none by default.
    fn caveats(&self) -> Vec<Caveat> {
        Vec::new()
    }

    /// Exact likelihood and score, if they can be computed.
    fn truth(&self) -> Option<Box<dyn Truth>> {
        None
    }
}

/// Kind of memory that an event has of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Every random choice, in order.
    Choices,
    /// The path's own sufficient statistics.
    Statistics,
}

/// Parameter of a simulator.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The range in which the simulator is defined.
    pub range: (f64, f64),
    /// Its unit; empty if it has none.
    pub unit: String,
    /// Its meaning.
    pub about: String,
    /// Mean and standard deviation from other measurements, which inference uses as a constraint.
    pub constraint: Option<(f64, f64)>,
}

impl Parameter {
    /// Creates a parameter without unit, defined on `low..=high`.
    pub fn new(name: &str, low: f64, high: f64) -> Self {
        Self {
            name: name.into(),
            range: (low, high),
            unit: String::new(),
            about: String::new(),
            constraint: None,
        }
    }

    /// The parameter with the part of its range that lies in another one.
    pub(crate) fn within(&self, (low, high): (f64, f64)) -> Self {
        Self {
            range: (self.range.0.max(low), self.range.1.min(high)),
            ..self.clone()
        }
    }

    /// Sets the constraint `mean` ± `sd` from other measurements, for nuisance parameters.
    pub fn constrained(mut self, mean: f64, sd: f64) -> Self {
        self.constraint = Some((mean, sd));
        self
    }

    /// Sets the unit.
    pub fn with_unit(mut self, unit: &str) -> Self {
        self.unit = unit.into();
        self
    }

    /// Sets the meaning.
    pub fn with_about(mut self, about: &str) -> Self {
        self.about = about.into();
        self
    }
}

/// Component of the observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Observable {
    /// Its name.
    pub name: String,
    /// Its unit; empty if it has none.
    pub unit: String,
}

impl Observable {
    /// Creates an observable without unit.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            unit: String::new(),
        }
    }

    /// Sets the unit.
    pub fn with_unit(mut self, unit: &str) -> Self {
        self.unit = unit.into();
        self
    }
}

/// Default hypotheses of a simulator.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypotheses {
    /// The numerator of the pair at which estimators are compared.
    pub theta0: Vec<f64>,
    /// The denominator: the fixed reference hypothesis of the ratio estimators.
    pub theta1: Vec<f64>,
    /// The box from which θ0 is drawn for training.
    pub prior: ParameterBox,
    /// Named points, such as the benchmarks of an event file.
    pub named: Vec<(String, Vec<f64>)>,
}

impl Hypotheses {
    /// Creates a pair of hypotheses inside a box.
    ///
    /// # Panics
    /// If the box is wrong: it has no parameters, or an edge that is not finite, or above the other.
    pub fn new(theta0: impl Into<Vec<f64>>, theta1: impl Into<Vec<f64>>, prior: impl Into<Vec<(f64, f64)>>) -> Self {
        Self {
            theta0: theta0.into(),
            theta1: theta1.into(),
            prior: ParameterBox::new(prior).unwrap_or_else(|error| panic!("the box of a simulator: {error}")),
            named: Vec::new(),
        }
    }

    /// Adds named points.
    pub fn with_named(mut self, named: impl IntoIterator<Item = (String, Vec<f64>)>) -> Self {
        self.named.extend(named);
        self
    }

    /// Middle of the box: the reference point of score estimators.
    pub fn theta_ref(&self) -> Vec<f64> {
        self.prior
            .edges()
            .iter()
            .map(|(low, high)| 0.5 * (low + high))
            .collect()
    }
}

/// Reason that a run gave no observation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Rejected {
    /// The simulator discards this run (no trigger, too many steps). Counted, and simulated again.
    #[error("run discarded: {0}")]
    Discarded(String),
    /// A density was given parameters for which it does not exist, or the simulator cannot be run any more.
    #[error("{0}")]
    Invalid(String),
    /// The code of the simulator panicked: the message, and where.
    #[error("the simulator panicked: {0}; correct it there, or return `Rejected::Invalid` with the reason")]
    Panicked(String),
    /// The event took longer than the limit, in seconds.
    #[error(
        "the event took more than the time limit of {0} s: a loop of the simulator may not end; bound it, or give more time with --time-limit"
    )]
    OutOfTime(f64),
    /// A replay made other choices than the record holds.
    #[error(
        "the replayed run made other choices than the recorded one: the simulator branches on a parameter without a \
         draw, or the record belongs to another simulator"
    )]
    Strayed,
}
