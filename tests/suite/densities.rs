//! Every density draws what it says, knows its logarithm to the last digits, and has a score of mean zero.
//!
//! Reference values: mpmath 1.3 with 40 digits (300 for differences of distribution functions) at the binary values of
//! the arguments, by the formula written beside each table, for instance
//! `python3 -c "from mpmath import *; mp.dps = 40; t, d = mpf(2.5), 16; print(d*log(t) - t - log(factorial(d)))"`.

mod angular;
mod choices;
mod composite;
mod count;
mod discrete;
mod interval;
mod positive;
mod real_line;
mod record;
mod truncated;
mod vector;

use motherlode::Real;
use motherlode::trace::{
    Choice, Density, Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Stream, Trace, stream,
};

use crate::tolerance::{ALGEBRA, FINITE_DIFFERENCE, close, z_score};

/// How many draws a statistical test takes.
const DRAWS: u64 = 20_000;

/// A density as a function of θ.
pub trait Family: Send + Sync {
    /// Gives the density at θ to `sink`, and the numbers of its draw back.
    fn visit<R: Real>(&self, theta: &[R], sink: &mut impl Sink<R>) -> Result<Vec<f64>, Rejected>;
}

/// What takes a density and draws from it.
pub trait Sink<R: Real> {
    /// The numbers of one draw, as they are recorded.
    fn take<D: Density<R>>(&mut self, density: D) -> Vec<f64>;
}

/// Names a family: its fixed numbers, if any, and its density.
macro_rules! family {
    ($name:ident { $($field:ident),* }, |$theta:ident| $density:expr) => {
        #[derive(Clone, Copy)]
        struct $name {
            $($field: f64),*
        }

        impl $crate::densities::Family for $name {
            fn visit<R: motherlode::Real>(
                &self,
                $theta: &[R],
                sink: &mut impl $crate::densities::Sink<R>,
            ) -> Result<Vec<f64>, motherlode::trace::Rejected> {
                let Self { $($field),* } = *self;
                Ok(sink.take($density))
            }
        }
    };
}
use family;

/// The density taken into a path by its logarithm only.
struct ByLog<D>(D);

impl<R: Real, D: Density<R>> Density<R> for ByLog<D> {
    type Draw = D::Draw;

    fn sample(&self, rng: &mut Stream) -> D::Draw {
        self.0.sample(rng)
    }

    fn log_density(&self, draw: &D::Draw) -> R {
        self.0.log_density(draw)
    }
}

/// A simulator of one draw, which it observes.
struct One<F> {
    family: F,
    by_log: bool,
}

struct Drawn<'a, T> {
    trace: &'a mut T,
    by_log: bool,
}

impl<R: Real, T: Trace<R>> Sink<R> for Drawn<'_, T> {
    fn take<D: Density<R>>(&mut self, density: D) -> Vec<f64> {
        let mut numbers = Vec::new();
        match self.by_log {
            true => self.trace.draw(ByLog(density)).write(&mut numbers),
            false => self.trace.draw(density).write(&mut numbers),
        }
        numbers
    }
}

impl<F: Family> Simulator for One<F> {
    fn name(&self) -> &str {
        "one draw"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    fn observables(&self) -> Vec<Observable> {
        Vec::new()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        None
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let by_log = self.by_log;
        self.family.visit(theta, &mut Drawn { trace, by_log })
    }
}

fn one<F: Family>(family: F) -> One<F> {
    One { family, by_log: false }
}

/// θ, the numbers of a draw, and the log density there.
type Point = (&'static [f64], &'static [f64], f64);

/// Log densities are those of the table on both ways into a path, and their derivatives agree with differences.
fn agrees_with<F: Family + Copy>(family: F, points: &[Point]) {
    for &(theta, draw, expected) in points {
        let mut by_product = vec![0.0; theta.len()];
        let mut by_log = vec![0.0; theta.len()];
        let multiplied = one(family).score_at(theta, draw, &mut by_product).unwrap();
        let logarithm = One { family, by_log: true }.score_at(theta, draw, &mut by_log).unwrap();
        let plain = one(family).log_probability_at(theta, draw).unwrap();
        assert!(
            close(logarithm, expected, ALGEBRA),
            "{logarithm} at {theta:?}, {draw:?}, not {expected}"
        );
        assert!(
            close(multiplied, expected, ALGEBRA),
            "{multiplied} at {theta:?}, {draw:?}, not {expected}"
        );
        assert!(
            close(plain, expected, ALGEBRA),
            "{plain} at {theta:?}, {draw:?}, not {expected}"
        );
        for i in 0..theta.len() {
            assert!(
                close(by_product[i], by_log[i], ALGEBRA),
                "{by_product:?} against {by_log:?} at {theta:?}"
            );
            let difference = central_difference(family, theta, draw, i);
            assert!(
                close(by_log[i], difference, FINITE_DIFFERENCE),
                "derivative {i} is {}, not {difference}, at {theta:?}, {draw:?}",
                by_log[i]
            );
        }
    }
}

/// ∂ ln p/∂θᵢ from four neighbours: the error is of fourth order, so the step may stay clear of rounding.
fn central_difference<F: Family + Copy>(family: F, theta: &[f64], draw: &[f64], i: usize) -> f64 {
    let step = 1e-4 * if theta[i] == 0.0 { 1.0 } else { theta[i].abs().min(1.0) };
    let at = |steps: f64| {
        let mut moved = theta.to_vec();
        moved[i] += steps * step;
        one(family).log_probability_at(&moved, draw).unwrap()
    };
    (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * step)
}

/// E[t] = 0 for each parameter, within 5 standard errors.
fn has_vanishing_mean_score<F: Family>(family: F, theta: &[f64]) {
    let scores = mined_scores(family, theta);
    for i in 0..theta.len() {
        let component: Vec<f64> = scores.iter().map(|score| score[i]).collect();
        let z = z_score(&component);
        assert!(
            z.abs() < 5.0,
            "mean score {i} is {z} standard errors from 0 at {theta:?}"
        );
    }
}

fn mined_scores<F: Family>(family: F, theta: &[f64]) -> Vec<Vec<f64>> {
    let (simulator, mut memory) = (one(family), Vec::new());
    (0..DRAWS)
        .map(|event| {
            simulator
                .mine(theta, &mut stream(11, event, 0), &mut memory)
                .unwrap()
                .score
        })
        .collect()
}

fn draws<F: Family>(family: F, theta: &[f64]) -> Vec<Vec<f64>> {
    let simulator = one(family);
    (0..DRAWS)
        .map(|event| simulator.sample(theta, &mut stream(12, event, 0)).unwrap())
        .collect()
}

/// A statistic of the draws has this mean and this variance, both within 5 standard errors.
fn has_moments<F: Family>(family: F, theta: &[f64], statistic: impl Fn(&[f64]) -> f64, mean: f64, variance: f64) {
    let off: Vec<f64> = draws(family, theta).iter().map(|draw| statistic(draw) - mean).collect();
    let square: Vec<f64> = off.iter().map(|off| off * off - variance).collect();
    let (first, second) = (z_score(&off), z_score(&square));
    assert!(
        first.abs() < 5.0,
        "the mean is {first} standard errors off at {theta:?}"
    );
    assert!(
        second.abs() < 5.0,
        "the variance is {second} standard errors off at {theta:?}"
    );
}

/// χ² of the counts of 0, 1, … against their probabilities, with 5 standard deviations above its mean allowed. What
/// is beyond the last probability is counted together.
fn has_frequencies<F: Family>(family: F, theta: &[f64], probabilities: &[f64]) {
    let last = probabilities.len();
    let mut counts = vec![0.0; last + 1];
    for draw in draws(family, theta) {
        counts[(draw[0] as usize).min(last)] += 1.0;
    }
    let beyond = 1.0 - probabilities.iter().sum::<f64>();
    let cells = probabilities
        .iter()
        .chain([&beyond])
        .zip(&counts)
        .filter(|(p, _)| **p > 1e-12);
    let (mut chi2, mut freedom) = (0.0, -1.0);
    for (p, count) in cells {
        let expected = p * DRAWS as f64;
        assert!(expected > 5.0, "a cell expects only {expected} draws: χ² needs more");
        chi2 += (count - expected).powi(2) / expected;
        freedom += 1.0;
    }
    let limit: f64 = freedom + 5.0 * (2.0_f64 * freedom).sqrt();
    assert!(chi2 < limit, "χ² = {chi2} for {freedom} degrees of freedom");
}

/// Each θ is refused, and the message names the density, what it needs and the offending value.
fn refuses<F: Family + Copy>(family: F, density: &str, cases: &[(&[f64], &str)]) {
    for &(theta, offending) in cases {
        match one(family).sample(theta, &mut stream(1, 0, 0)) {
            Err(Rejected::Invalid(message)) => {
                assert!(message.starts_with(density), "{message}");
                assert!(message.contains("need") || message.contains("accepts"), "{message}");
                assert!(message.contains(offending), "`{offending}` is not in: {message}");
            }
            other => panic!("{theta:?} gave {other:?}"),
        }
    }
}

/// Draws outside the support have log density −∞ on both ways.
fn is_impossible<F: Family + Copy>(family: F, theta: &[f64], draw: &[f64]) {
    for by_log in [false, true] {
        let log = One { family, by_log }.log_probability_at(theta, draw).unwrap();
        assert_eq!(log, f64::NEG_INFINITY, "at {theta:?}, {draw:?}");
    }
}
