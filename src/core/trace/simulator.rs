//! What the author of a simulator writes.

use super::{Replay, Trace};
use crate::dataset::Portion;
use crate::likelihood::Truth;
use crate::real::Real;

/// A simulator whose random choices can be scored under any parameters.
///
/// One function, generic in the number type of θ, is all of the instrumentation. Draws come back as plain numbers,
/// so the type says the theorem: the latent is held fixed while θ is varied.
///
/// ```
/// use motherlode::trace::{density::Bernoulli, *};
/// use motherlode::Real;
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
    /// The name by which the command line and files know it.
    fn name(&self) -> &str;

    /// Rows that events are drawn from, where the simulator is an event file.
    fn portion(&self) -> Portion {
        Portion::All
    }

    /// One sentence on what is simulated.
    fn about(&self) -> &str {
        ""
    }

    /// θ, in order.
    fn parameters(&self) -> Vec<Parameter>;

    /// x, in order.
    fn observables(&self) -> Vec<Observable>;

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

    /// What an event keeps of its path, so that its probability can be had again at any θ.
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

    /// The same of several paths at one θ: to be written by a simulator for which much is the same for all of them.
    ///
    /// # Errors
    /// As [`log_probability`](Self::log_probability).
    fn log_probabilities(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        let one = |memory: &&[f64]| self.log_probability(theta, memory);
        memories.iter().map(one).collect()
    }

    /// ln σ(θ) of the total rate (cross-section) σ, up to a constant; `None`, at every θ, if the simulator has no rate.
    ///
    /// A simulator with a rate returns NaN at a θ where σ(θ) is not positive. In effective theories, the differential rate
    /// σ(θ) p(x,z|θ) is a polynomial of θ, and p(x,z|θ) is this polynomial divided by σ(θ). Derivative learning expands the
    /// polynomial, and needs σ(θ) for that.
    fn log_rate<R: Real>(&self, _theta: &[R]) -> Option<R> {
        None
    }

    /// Why p(x,z|θ) has no ratios between hypotheses, for a simulator that must say so; `None` where there is gold.
    ///
    /// A parameter that moves the state by a map without chance, and is that of no draw, leaves no trace in the probability of
    /// a path: the joint score says zero, and is wrong. Events of such a simulator can be drawn, but not mined. Words
    /// to end a sentence with, and what to do instead.
    fn without_gold(&self) -> Option<&str> {
        None
    }

    /// Number of stored events that runs are drawn from with replacement; `None` where every run is a new event.
    fn n_rows(&self) -> Option<u64> {
        None
    }

    /// The exact likelihood and score, where there is a way to them.
    fn truth(&self) -> Option<Box<dyn Truth>> {
        None
    }
}

/// What an event keeps of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Every random choice, in order.
    Choices,
    /// The path's own sufficient statistics.
    Statistics,
}

/// A parameter of a simulator.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The range in which the simulator is defined.
    pub range: (f64, f64),
    /// Its unit; empty if it has none.
    pub unit: String,
    /// What it means.
    pub about: String,
    /// What other measurements say of it, mean and standard deviation: inference takes it for granted.
    pub constraint: Option<(f64, f64)>,
}

impl Parameter {
    /// A parameter without unit, defined on `low..=high`.
    pub fn new(name: &str, low: f64, high: f64) -> Self {
        Self {
            name: name.into(),
            range: (low, high),
            unit: String::new(),
            about: String::new(),
            constraint: None,
        }
    }

    /// Known from elsewhere to be `mean` ± `sd`, as nuisance parameters are.
    pub fn constrained(mut self, mean: f64, sd: f64) -> Self {
        self.constraint = Some((mean, sd));
        self
    }

    /// With a unit.
    pub fn with_unit(mut self, unit: &str) -> Self {
        self.unit = unit.into();
        self
    }

    /// With its meaning.
    pub fn with_about(mut self, about: &str) -> Self {
        self.about = about.into();
        self
    }
}

/// A component of the observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Observable {
    /// Its name.
    pub name: String,
    /// Its unit; empty if it has none.
    pub unit: String,
}

impl Observable {
    /// An observable without unit.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            unit: String::new(),
        }
    }

    /// With a unit.
    pub fn with_unit(mut self, unit: &str) -> Self {
        self.unit = unit.into();
        self
    }
}

/// The hypotheses that a study of a simulator compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypotheses {
    /// The numerator of the pair at which estimators are compared.
    pub theta0: Vec<f64>,
    /// The denominator: the fixed reference hypothesis of the ratio estimators.
    pub theta1: Vec<f64>,
    /// The box from which θ0 is drawn for training.
    pub prior: Vec<(f64, f64)>,
    /// Points that have a name, such as the benchmarks of an event file.
    pub named: Vec<(String, Vec<f64>)>,
}

impl Hypotheses {
    /// A pair of hypotheses inside a box.
    pub fn new(theta0: impl Into<Vec<f64>>, theta1: impl Into<Vec<f64>>, prior: impl Into<Vec<(f64, f64)>>) -> Self {
        Self {
            theta0: theta0.into(),
            theta1: theta1.into(),
            prior: prior.into(),
            named: Vec::new(),
        }
    }

    /// Gives names to some points.
    pub fn with_named(mut self, named: impl IntoIterator<Item = (String, Vec<f64>)>) -> Self {
        self.named.extend(named);
        self
    }

    /// The middle of the box: where a score estimator is trained.
    pub fn theta_ref(&self) -> Vec<f64> {
        self.prior.iter().map(|(low, high)| 0.5 * (low + high)).collect()
    }
}

/// A run that gave no observation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Rejected {
    /// The simulator discards this run (no trigger, too many steps). Counted, and simulated again.
    #[error("run discarded: {0}")]
    Discarded(String),
    /// A density was given parameters for which it does not exist, or the simulator cannot be run any more.
    #[error("{0}")]
    Invalid(String),
    /// A replay made other choices than the record holds.
    #[error(
        "the replayed run made other choices than the recorded one: the simulator branches on a parameter without a \
         draw, or the record belongs to another simulator"
    )]
    Strayed,
}
