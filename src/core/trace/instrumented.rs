//! Object-safe face of a simulator: plain parameters in, gold out.

use ndarray::{ArrayView1, ArrayView2};
use num_dual::DualSVec64;

use super::handlers::KeepStatistics;
use super::{
    AlteredReplay, Caveat, ChoiceFactor, DrawOnly, Hypotheses, Kind, Layout, Memory, Mine, Observable, Parameter,
    Record, Rejected, Simulator, Stream,
};
use crate::dataset::Portion;
use crate::error::{Error, Result};
use crate::likelihood::Truth;
use crate::real::{MAX_PARAMETERS, Real, lift, second_derivatives, split, with_derivatives};

/// One event with its gold, drawn at θ.
#[derive(Debug, Clone, PartialEq)]
pub struct Mined {
    /// The observation, `[m]`.
    pub x: Vec<f64>,
    /// ln p(x,z|θ), up to a θ-independent constant.
    pub log_probability: f64,
    /// Joint score ∇θ ln p(x,z|θ), `[p]`.
    pub score: Vec<f64>,
}

/// A [`Simulator`] for any number of `f64` parameters from 1 to 16, usable as `dyn Instrumented`.
///
/// Every [`Simulator`] is one. A simulator that is written in another language implements this trait itself, and may mine
/// [many events in one call](Self::mine_block). `memory` holds the numbers that an event remembers of its path; it is cleared
/// first.
pub trait Instrumented: Send + Sync {
    /// See [`Simulator::name`].
    fn name(&self) -> &str;
    /// See [`Simulator::portion`].
    fn portion(&self) -> Portion {
        Portion::All
    }
    /// Returns the name with the [portion](Portion::label) of its rows, for messages.
    fn label(&self) -> String {
        self.portion().label(self.name())
    }
    /// See [`Simulator::about`].
    fn about(&self) -> &str {
        ""
    }
    /// See [`Simulator::parameters`].
    fn parameters(&self) -> Vec<Parameter>;
    /// See [`Simulator::observables`].
    fn observables(&self) -> Vec<Observable>;
    /// See [`Simulator::layout`].
    fn layout(&self) -> Option<Layout> {
        None
    }
    /// Returns the default hypotheses. See [`Simulator::hypotheses`].
    ///
    /// # Errors
    /// A usage error if the simulator has none.
    fn hypotheses(&self) -> Result<Hypotheses> {
        Err(no_hypotheses(self.name()))
    }
    /// See [`Simulator::without_gold`].
    fn without_gold(&self) -> Option<&str> {
        None
    }
    /// Names of the parameters, `[p]`.
    fn parameter_names(&self) -> Vec<String> {
        self.parameters().into_iter().map(|one| one.name).collect()
    }
    /// Names of the observables, `[m]`.
    fn observable_names(&self) -> Vec<String> {
        self.observables().into_iter().map(|one| one.name).collect()
    }
    /// See [`Simulator::n_rows`].
    fn n_rows(&self) -> Option<u64> {
        None
    }
    /// See [`Simulator::n_effective`].
    fn n_effective(&self, _theta: &[f64]) -> Option<f64> {
        None
    }
    /// Returns true if a new hypothesis for every event is slow: with nuisance parameters, each reads all rows of an event file.
    fn has_slow_hypotheses(&self) -> bool {
        self.n_rows().is_some() && self.parameters().iter().any(|one| one.constraint.is_some())
    }
    /// See [`Simulator::caveats`].
    fn caveats(&self) -> Vec<Caveat> {
        Vec::new()
    }
    /// See [`Simulator::truth`].
    fn truth(&self) -> Option<Box<dyn Truth>> {
        None
    }
    /// See [`Simulator::is_weighted`].
    fn is_weighted(&self) -> bool {
        false
    }
    /// See [`Simulator::weight`].
    ///
    /// # Errors
    /// As [`log_probability_at`](Self::log_probability_at).
    fn weight_at(&self, _theta: &[f64], _memory: &[f64]) -> Result<f64, Rejected> {
        Ok(1.0)
    }
    /// See [`Simulator::log_probability_and_weight`].
    ///
    /// # Errors
    /// As [`log_probability_at`](Self::log_probability_at).
    fn log_probability_and_weight_at(&self, theta: &[f64], memory: &[f64]) -> Result<(f64, f64), Rejected> {
        Ok((self.log_probability_at(theta, memory)?, self.weight_at(theta, memory)?))
    }
    /// As [`log_probability_and_weight_at`](Self::log_probability_and_weight_at), with the joint score written to `score`, `[p]`.
    ///
    /// # Errors
    /// As [`score_at`](Self::score_at).
    fn score_and_weight_at(&self, theta: &[f64], memory: &[f64], score: &mut [f64]) -> Result<(f64, f64), Rejected> {
        Ok((self.score_at(theta, memory, score)?, self.weight_at(theta, memory)?))
    }
    /// See [`Simulator::weights`].
    ///
    /// # Errors
    /// As [`log_probability_at`](Self::log_probability_at).
    fn weights_at(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        memories.iter().map(|memory| self.weight_at(theta, memory)).collect()
    }
    /// See [`Simulator::unweighted`].
    ///
    /// # Errors
    /// [`Rejected::Invalid`] if it cannot be made.
    fn unweighted(&self) -> Result<Option<&dyn Instrumented>, Rejected> {
        Ok(None)
    }

    /// Draws an observation, `[m]`, without gold and without weight: where paths [have weights](Simulator::weight), from the simulator
    /// [without](Simulator::unweighted).
    ///
    /// # Errors
    /// If the run is rejected.
    fn sample(&self, theta: &[f64], rng: &mut Stream) -> Result<Vec<f64>, Rejected>;

    /// Draws an observation and remembers its path; returns the observation and ln p(x,z|θ).
    ///
    /// # Errors
    /// If the run is rejected.
    fn record(&self, theta: &[f64], rng: &mut Stream, memory: &mut Vec<f64>) -> Result<(Vec<f64>, f64), Rejected>;

    /// Draws an observation, remembers its path, and computes the joint score at `theta`.
    ///
    /// # Errors
    /// If the run is rejected.
    fn mine(&self, theta: &[f64], rng: &mut Stream, memory: &mut Vec<f64>) -> Result<Mined, Rejected>;

    /// Returns true if [`mine_block`](Self::mine_block) is faster than a call for each event; the miner then calls it.
    fn mines_in_blocks(&self) -> bool {
        false
    }

    /// Mines a block of events: event i at row i of `theta`, `[n, p]`, from the stream `rngs[i]`, `[n]`.
    ///
    /// Returns each event with the memory of its path, `[n]`, or why its run was rejected. An event must not depend on the
    /// others of its block, so that a data set does not depend on how it is divided. `log_probability` must be the number
    /// that [`record`](Self::record) returns, bit for bit. By default, [`mine`](Self::mine) is called for each event.
    fn mine_block(&self, theta: ArrayView2<'_, f64>, rngs: &mut [Stream]) -> Vec<Result<(Mined, Vec<f64>), Rejected>> {
        let event = |(theta, rng): (ArrayView1<'_, f64>, &mut Stream)| {
            let mut memory = Vec::new();
            let mined = self.mine(&theta.to_vec(), rng, &mut memory)?;
            Ok((mined, memory))
        };
        theta.outer_iter().zip(rngs).map(event).collect()
    }

    /// ln p(x,z|θ) of a remembered path at any θ, up to a θ-independent constant.
    ///
    /// # Errors
    /// If the memory does not belong to this simulator, or a density does not exist at `theta`.
    fn log_probability_at(&self, theta: &[f64], memory: &[f64]) -> Result<f64, Rejected>;

    /// ln p(x,z|θ) of several remembered paths at one θ, `[n]`.
    ///
    /// # Errors
    /// As [`log_probability_at`](Self::log_probability_at).
    fn log_probabilities_at(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        let one = |memory: &&[f64]| self.log_probability_at(theta, memory);
        memories.iter().map(one).collect()
    }

    /// ln p(x,z|θ) of a remembered path, with the joint score ∇θ ln p(x,z|θ) written to `score`, `[p]`.
    ///
    /// # Errors
    /// As [`log_probability_at`](Self::log_probability_at).
    fn score_at(&self, theta: &[f64], memory: &[f64], score: &mut [f64]) -> Result<f64, Rejected>;

    /// Runs along the choices of a memory that may have been altered; returns the observation and ln p(x,z|θ).
    ///
    /// ln p includes the probability of [`noise`](super::Trace::noise), and is −∞ if a choice is impossible. The kind of each
    /// number of the memory is written to `kinds`, which is cleared first.
    ///
    /// # Errors
    /// If the simulator does not remember its choices, the run is rejected, or no run makes these choices.
    fn replay(&self, _theta: &[f64], _memory: &[f64], _kinds: &mut Vec<Kind>) -> Result<(Vec<f64>, f64), Rejected> {
        Err(Rejected::Strayed)
    }

    /// Draws an observation and writes down every random choice, whatever the simulator [remembers](Simulator::memory): `choices` is
    /// cleared first.
    ///
    /// The run is the same as that of [`record`](Self::record). `None` if choices do not pass through a [`Trace`](super::Trace), as in a
    /// simulator of another language.
    ///
    /// # Errors
    /// If the run is rejected.
    fn record_choices(
        &self,
        _theta: &[f64],
        _rng: &mut Stream,
        _choices: &mut Vec<f64>,
    ) -> Result<Option<Vec<f64>>, Rejected> {
        Ok(None)
    }

    /// Runs along [recorded choices](Self::record_choices) at any θ; returns the observation, and writes the probability of each choice to
    /// `factors`, which is cleared first.
    ///
    /// # Errors
    /// [`Rejected::Strayed`] if the simulator makes other choices at this θ, or writes none down; or if the run is rejected.
    fn replay_choices(
        &self,
        _theta: &[f64],
        _choices: &[f64],
        _factors: &mut Vec<ChoiceFactor>,
    ) -> Result<Vec<f64>, Rejected> {
        Err(Rejected::Strayed)
    }

    /// ln p(x,z|θ) of a remembered path, with the joint score in `score`, `[p]`, and the second derivatives ∂ᵢ∂ⱼ ln p(x,z|θ) in
    /// `hessian`, `[p × p]`, row by row.
    ///
    /// # Errors
    /// As [`log_probability_at`](Self::log_probability_at), or if `score` or `hessian` have other lengths, or the simulator has
    /// no second derivatives.
    fn curvature_at(
        &self,
        _theta: &[f64],
        _memory: &[f64],
        _score: &mut [f64],
        _hessian: &mut [f64],
    ) -> Result<f64, Rejected> {
        Err(Rejected::Invalid(format!("{} has no second derivatives", self.name())))
    }

    /// Computes ln σ(θ), with its gradient `[p]` and its second derivatives `[p × p]`; `None` if the simulator has no rate, and
    /// then nothing is written. See [`Simulator::log_rate`].
    ///
    /// # Errors
    /// If `gradient` or `hessian` have other lengths.
    fn log_rate_at(
        &self,
        _theta: &[f64],
        _gradient: &mut [f64],
        _hessian: &mut [f64],
    ) -> Result<Option<f64>, Rejected> {
        Ok(None)
    }
}

impl<S: Simulator> Instrumented for S {
    fn name(&self) -> &str {
        Simulator::name(self)
    }

    fn portion(&self) -> Portion {
        Simulator::portion(self)
    }

    fn about(&self) -> &str {
        Simulator::about(self)
    }

    fn parameters(&self) -> Vec<Parameter> {
        Simulator::parameters(self)
    }

    fn observables(&self) -> Vec<Observable> {
        Simulator::observables(self)
    }

    fn layout(&self) -> Option<Layout> {
        Simulator::layout(self)
    }

    fn hypotheses(&self) -> Result<Hypotheses> {
        Simulator::hypotheses(self).ok_or_else(|| no_hypotheses(Simulator::name(self)))
    }

    fn without_gold(&self) -> Option<&str> {
        Simulator::without_gold(self)
    }

    fn n_rows(&self) -> Option<u64> {
        Simulator::n_rows(self)
    }

    fn n_effective(&self, theta: &[f64]) -> Option<f64> {
        Simulator::n_effective(self, theta)
    }

    fn caveats(&self) -> Vec<Caveat> {
        Simulator::caveats(self)
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Simulator::truth(self)
    }

    fn is_weighted(&self) -> bool {
        Simulator::is_weighted(self)
    }

    fn weight_at(&self, theta: &[f64], memory: &[f64]) -> Result<f64, Rejected> {
        self.weight(theta, memory)
    }

    fn log_probability_and_weight_at(&self, theta: &[f64], memory: &[f64]) -> Result<(f64, f64), Rejected> {
        self.log_probability_and_weight(theta, memory)
    }

    fn score_and_weight_at(&self, theta: &[f64], memory: &[f64], score: &mut [f64]) -> Result<(f64, f64), Rejected> {
        check_number(theta)?;
        with_derivatives!(theta.len(), score_at::<S>(self, theta, memory, score))
    }

    fn weights_at(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        self.weights(theta, memories)
    }

    fn unweighted(&self) -> Result<Option<&dyn Instrumented>, Rejected> {
        Simulator::unweighted(self)
    }

    fn sample(&self, theta: &[f64], rng: &mut Stream) -> Result<Vec<f64>, Rejected> {
        match Simulator::unweighted(self)? {
            Some(unweighted) => unweighted.sample(theta, rng),
            None => self.simulate(theta, &mut DrawOnly::new(rng)),
        }
    }

    fn record(&self, theta: &[f64], rng: &mut Stream, memory: &mut Vec<f64>) -> Result<(Vec<f64>, f64), Rejected> {
        remembered(self, theta, rng, memory)
    }

    fn mine(&self, theta: &[f64], rng: &mut Stream, memory: &mut Vec<f64>) -> Result<Mined, Rejected> {
        check_number(theta)?;
        with_derivatives!(theta.len(), mine::<S>(self, theta, rng, memory))
    }

    fn log_probability_at(&self, theta: &[f64], memory: &[f64]) -> Result<f64, Rejected> {
        self.log_probability(theta, memory)
    }

    fn log_probabilities_at(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        self.log_probabilities(theta, memories)
    }

    fn score_at(&self, theta: &[f64], memory: &[f64], score: &mut [f64]) -> Result<f64, Rejected> {
        self.score_and_weight_at(theta, memory, score).map(|(log, _)| log)
    }

    fn replay(&self, theta: &[f64], memory: &[f64], kinds: &mut Vec<Kind>) -> Result<(Vec<f64>, f64), Rejected> {
        if self.memory() != Memory::Choices {
            return Err(Rejected::Strayed);
        }
        let mut trace = AlteredReplay::new(memory, kinds);
        let x = self.simulate(theta, &mut trace)?;
        Ok((x, trace.log_probability()?))
    }

    fn record_choices(
        &self,
        theta: &[f64],
        rng: &mut Stream,
        choices: &mut Vec<f64>,
    ) -> Result<Option<Vec<f64>>, Rejected> {
        choices.clear();
        self.simulate(theta, &mut Record::new(Mine::new(rng), choices))
            .map(Some)
    }

    fn replay_choices(
        &self,
        theta: &[f64],
        choices: &[f64],
        factors: &mut Vec<ChoiceFactor>,
    ) -> Result<Vec<f64>, Rejected> {
        let mut kinds = Vec::new();
        let mut trace = AlteredReplay::new(choices, &mut kinds).with_factors(factors);
        let x = self.simulate(theta, &mut trace)?;
        trace.log_probability().map(|_| x)
    }

    fn curvature_at(
        &self,
        theta: &[f64],
        memory: &[f64],
        score: &mut [f64],
        hessian: &mut [f64],
    ) -> Result<f64, Rejected> {
        check_shapes(theta, score, hessian)?;
        second_derivatives(theta, score, hessian, |theta| self.log_probability(theta, memory))
    }

    fn log_rate_at(&self, theta: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> Result<Option<f64>, Rejected> {
        check_shapes(theta, gradient, hessian)?;
        let log_rate = second_derivatives(theta, gradient, hessian, |theta| self.log_rate(theta).ok_or(NoRate));
        Ok(log_rate.ok())
    }
}

/// The simulator of events without weights: another one if paths [have weights](Simulator::weight), otherwise the simulator itself.
///
/// # Errors
/// If it cannot be made.
pub fn unweighted(simulator: &dyn Instrumented) -> Result<&dyn Instrumented> {
    let other = simulator.unweighted();
    let other = other.map_err(|rejected| Error::simulation(format!("{}: {rejected}", simulator.label())));
    Ok(other?.unwrap_or(simulator))
}

/// The reason that [`Instrumented::log_rate_at`] finds no number.
struct NoRate;

fn no_hypotheses(simulator: &str) -> Error {
    Error::usage(format!(
        "{simulator} has no default hypotheses: give the hypotheses and the parameter box as options, or implement \
         `Simulator::hypotheses`"
    ))
}

fn check_shapes(theta: &[f64], gradient: &[f64], hessian: &[f64]) -> Result<(), Rejected> {
    check_number(theta)?;
    let p = theta.len();
    if (gradient.len(), hessian.len()) == (p, p * p) {
        return Ok(());
    }
    Err(Rejected::Invalid(format!(
        "derivatives in {p} parameters are {p} first and {} second ones, but there is room for {} and {}",
        p * p,
        gradient.len(),
        hessian.len()
    )))
}

fn check_number(theta: &[f64]) -> Result<(), Rejected> {
    if theta.len() <= MAX_PARAMETERS {
        return Ok(());
    }
    let found = theta.len();
    Err(Rejected::Invalid(format!(
        "a simulator may have up to {MAX_PARAMETERS} parameters, got {found}"
    )))
}

fn remembered<S: Simulator, R: Real>(
    simulator: &S,
    theta: &[R],
    rng: &mut Stream,
    memory: &mut Vec<f64>,
) -> Result<(Vec<f64>, R), Rejected> {
    memory.clear();
    let miner = Mine::new(rng);
    match simulator.memory() {
        Memory::Choices => {
            let mut trace = Record::new(miner, memory);
            let x = simulator.simulate(theta, &mut trace)?;
            Ok((x, trace.into_inner().log_probability()))
        }
        Memory::Statistics => {
            let mut trace = KeepStatistics::new(miner, memory);
            let x = simulator.simulate(theta, &mut trace)?;
            Ok((x, trace.into_inner().log_probability()))
        }
    }
}

fn mine<S: Simulator, const P: usize>(
    simulator: &S,
    theta: &[f64],
    rng: &mut Stream,
    memory: &mut Vec<f64>,
) -> Result<Mined, Rejected> {
    let lifted: [DualSVec64<P>; P] = lift(theta);
    let (x, dual) = remembered(simulator, &lifted[..theta.len()], rng, memory)?;
    let mut score = vec![0.0; theta.len()];
    let log_probability = split(dual, &mut score);
    Ok(Mined {
        x,
        log_probability,
        score,
    })
}

fn score_at<S: Simulator, const P: usize>(
    simulator: &S,
    theta: &[f64],
    memory: &[f64],
    score: &mut [f64],
) -> Result<(f64, f64), Rejected> {
    let lifted: [DualSVec64<P>; P] = lift(theta);
    let (dual, weight) = simulator.log_probability_and_weight(&lifted[..theta.len()], memory)?;
    Ok((split(dual, score), weight))
}
