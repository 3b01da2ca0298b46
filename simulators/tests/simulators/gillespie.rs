//! A run that is drawn as a whole is the run that is drawn event by event, and ends where exact laws say.

use crate::tolerance::{ALGEBRA, close, z_score};
use motherlode_core::trace::density::Race;
use motherlode_core::trace::{
    Density, Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace, stream,
};
use motherlode_core::{Real, Special};
use motherlode_simulators::gillespie::{Reactions, Run, Schedule, Statistics};
use motherlode_simulators::{LotkaVolterra, Sir};

/// Sums of thousands of terms in another order.
const SUMS: f64 = 1e-9;

/// A network of four reactions at most, event by event through the trace: each waiting time and each choice is a draw.
///
/// Its observation is the state at `looks` + 1 times, one species after the other.
struct EventByEvent<'a> {
    of: &'a dyn Instrumented,
    rates: fn(f64, f64, usize) -> f64,
    logarithmic: bool,
    changes: &'a [[f64; 2]],
    start: [f64; 2],
    end: f64,
    looks: usize,
}

impl Simulator for EventByEvent<'_> {
    fn name(&self) -> &str {
        "event by event"
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.of.parameters()
    }

    fn observables(&self) -> Vec<Observable> {
        vec![]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        self.of.hypotheses().ok()
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let constants: Vec<R> = theta
            .iter()
            .map(|&t| if self.logarithmic { t.exp() } else { t })
            .collect();
        let ([mut a, mut b], mut time) = (self.start, 0.0);
        let mut states = [vec![], vec![]];
        loop {
            let rates: Vec<R> = constants
                .iter()
                .enumerate()
                .map(|(j, &k)| k * (self.rates)(a, b, j))
                .collect();
            let next = trace.draw(Race::new(&rates, self.end - time)?);
            let until = next.map_or(self.end, |(dt, _)| time + dt);
            while states[0].len() <= self.looks && self.end * (states[0].len() as f64 / self.looks as f64) <= until {
                states[0].push(a);
                states[1].push(b);
            }
            let Some((_, j)) = next else {
                return Ok(states.concat());
            };
            (a, b, time) = (a + self.changes[j][0], b + self.changes[j][1], until);
        }
    }
}

/// Same stream, same run: observation, ln r and score of the first events agree.
fn assert_same(whole: &dyn Instrumented, single: &dyn Instrumented, observe: impl Fn(&[f64]) -> Vec<f64>) {
    let Hypotheses { theta0, theta1, .. } = whole.hypotheses().unwrap();
    for event in 0..5 {
        let (mut remembered, mut choices) = (vec![], vec![]);
        let run = whole.mine(&theta0, &mut stream(3, event, 0), &mut remembered).unwrap();
        let steps = single.mine(&theta0, &mut stream(3, event, 0), &mut choices).unwrap();
        for (found, expected) in run.x.iter().zip(observe(&steps.x)) {
            assert!(close(*found, expected, SUMS), "{found} is not {expected}");
        }
        let n: f64 = remembered[..theta0.len()].iter().sum();
        assert_eq!(
            n as usize,
            (choices.len() - 1) / 3,
            "a step is three numbers, the end is one"
        );
        for (found, expected) in run.score.iter().zip(&steps.score) {
            assert!((found - expected).abs() < SUMS * n, "{found} is not {expected}");
        }
        let below = whole.log_probability_at(&theta1, &remembered).unwrap();
        let found = run.log_probability - below;
        let expected = steps.log_probability - single.log_probability_at(&theta1, &choices).unwrap();
        assert!((found - expected).abs() < SUMS * n, "{found} is not {expected}");
    }
}

/// The nine statistics as their definition says, without a thought for speed.
fn nine(states: &[f64]) -> Vec<f64> {
    let (x, y) = states.split_at(151);
    let mean = |v: &[f64]| v.iter().sum::<f64>() / 151.0;
    let variance = |v: &[f64]| v.iter().map(|a| (a - mean(v)).powi(2)).sum::<f64>() / 150.0;
    let standard = |v: &[f64]| -> Vec<f64> { v.iter().map(|a| (a - mean(v)) / variance(v).sqrt()).collect() };
    let (sx, sy) = (standard(x), standard(y));
    let correlation = |a: &[f64], b: &[f64], lag: usize| (lag..151).map(|k| a[k - lag] * b[k]).sum::<f64>() / 150.0;
    vec![
        mean(x),
        mean(y),
        (variance(x) + 1.0).ln(),
        (variance(y) + 1.0).ln(),
        correlation(&sx, &sx, 1),
        correlation(&sx, &sx, 2),
        correlation(&sy, &sy, 1),
        correlation(&sy, &sy, 2),
        correlation(&sx, &sy, 0),
    ]
}

#[test]
fn predators_and_prey_are_their_births_and_deaths() {
    let whole = LotkaVolterra::default();
    let single = EventByEvent {
        of: &whole,
        rates: |x, y, j| [x * y, x, y, x * y][j],
        logarithmic: true,
        changes: &[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]],
        start: [50.0, 100.0],
        end: 30.0,
        looks: 150,
    };
    assert_same(&whole, &single, nine);
}

#[test]
fn epidemics_are_their_infections_and_recoveries() {
    let whole = Sir::default();
    let single = EventByEvent {
        of: &whole,
        rates: |s, i, j| [s * i / 100.0, i][j],
        logarithmic: false,
        changes: &[[-1.0, 1.0], [0.0, -1.0]],
        start: [95.0, 5.0],
        end: 10.0,
        looks: 10,
    };
    assert_same(&whole, &single, |states| states[12..].to_vec());
}

/// Compares the frequency of each number with its probability.
fn assert_distribution(numbers: &[f64], log_probability: impl Fn(f64) -> f64, support: std::ops::Range<u32>) {
    let mut total = 0.0;
    for value in support.map(f64::from) {
        let p = log_probability(value).exp();
        total += p;
        if p * numbers.len() as f64 > 10.0 {
            let hits: Vec<f64> = numbers.iter().map(|n| f64::from(u8::from(*n == value)) - p).collect();
            assert!(z_score(&hits).abs() < 5.0, "{value}: {}", z_score(&hits));
        }
    }
    assert!(close(total, 1.0, 1e-6), "{total}");
}

fn ln_choose(n: f64, k: f64) -> f64 {
    let ln_factorial = |k: f64| (k + 1.0).ln_gamma_function();
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Memories of events at a θ of moderate rates: births of prey at 1/20, deaths of predators at 1/20.
fn memories(simulator: &LotkaVolterra) -> Vec<Vec<f64>> {
    let theta = [-4.61, 0.05f64.ln(), 0.05f64.ln(), -4.61];
    (0..20_000)
        .map(|event| {
            let mut memory = vec![];
            simulator.mine(&theta, &mut stream(4, event, 0), &mut memory).unwrap();
            memory
        })
        .collect()
}

#[test] // without predators, prey is born only: Yule's process, p = exp(−λT), C(y − 1, y − y₀) p^y₀ (1 − p)^(y − y₀)
fn prey_without_predators_is_negative_binomial() {
    let prey: Vec<f64> = memories(&LotkaVolterra::default().with_start(0, 5).unwrap())
        .iter()
        .map(|memory| 5.0 + memory[2])
        .collect();
    let p = (-1.5f64).exp();
    let law = |y: f64| ln_choose(y - 1.0, y - 5.0) + 5.0 * p.ln() + (y - 5.0) * (1.0 - p).ln();
    assert_distribution(&prey, law, 5..500);
}

#[test] // without prey, predators die only: each lives on with probability exp(−μT)
fn predators_without_prey_are_binomial() {
    let predators: Vec<f64> = memories(&LotkaVolterra::default().with_start(50, 0).unwrap())
        .iter()
        .map(|memory| 50.0 - memory[1])
        .collect();
    let p = (-1.5f64).exp();
    let law = |x: f64| ln_choose(50.0, x) + x * p.ln() + (50.0 - x) * (1.0 - p).ln();
    assert_distribution(&predators, law, 0..51);
}

/// Two things that decay, the second not at all where its rate is zero; a third reaction needs both, and is explosive.
#[derive(Debug)]
struct Decay;

impl Reactions<2, 3> for Decay {
    const CHANGES: [[f64; 2]; 3] = [[-1.0, 0.0], [0.0, -1.0], [1e200, 1e200]];

    fn propensities(&self, [a, b]: [f64; 2]) -> [f64; 3] {
        [a, b, a * b]
    }
}

/// [`Decay`] for two units of time, remembered choice by choice.
struct Whole(Schedule);

impl Simulator for Whole {
    fn name(&self) -> &str {
        "whole"
    }

    fn parameters(&self) -> Vec<Parameter> {
        ["a", "b", "c"].map(|name| Parameter::new(name, 0.0, 1.0)).into()
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("a"), Observable::new("b")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new(
            [0.5, 0.0, 0.0],
            [0.4, 0.0, 0.0],
            [(0.3, 0.6), (0.0, 0.0), (0.0, 0.0)],
        ))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let path = trace.draw(Run::new(&Decay, [theta[0], theta[1], theta[2]], [10.0, 3.0], &self.0)?);
        match path.given_up {
            true => Err(Rejected::Discarded("given up".into())),
            false => Ok(path.states[2].into()),
        }
    }
}

#[test] // with its choices as memory, a run is read back as it was written, and scored elsewhere
fn runs_are_replayed() {
    let whole = Whole(Schedule::every(2, 2.0));
    let theta = [0.5, 0.0, 0.0];
    for event in 0..20 {
        let mut memory = vec![];
        let run = whole.mine(&theta, &mut stream(5, event, 0), &mut memory).unwrap();
        let (decayed, lived) = (memory[0], memory[3]);
        assert_eq!(run.x, [10.0 - decayed, 3.0]);
        assert_eq!(memory[1..3], [0.0, 0.0]);
        assert!(close(memory[4], 6.0, ALGEBRA), "three for two units of time");
        assert!(close(memory[5], 3.0 * lived, ALGEBRA));
        assert!(close(run.score[0], decayed / 0.5 - lived, ALGEBRA));
        assert!(
            close(run.score[1], -6.0, ALGEBRA),
            "the rate is zero, its derivative is not"
        );
        let elsewhere = whole.log_probability_at(&[0.4, 0.1, 0.2], &memory).unwrap();
        let expected = decayed * 0.4f64.ln() - 0.4 * lived - 0.1 * 6.0 - 0.2 * 3.0 * lived;
        assert!(close(elsewhere, expected, ALGEBRA));
        assert_eq!(
            whole.log_probability_at(&theta, &memory[1..]).unwrap_err(),
            Rejected::Strayed
        );
    }
}

#[test]
fn runs_that_never_end_are_given_up() {
    let rng = || stream(6, 0, 0);
    let given_up = |whole: &Whole, rate: f64| {
        let found = whole.sample(&[0.5, 0.0, rate], &mut rng());
        matches!(found, Err(Rejected::Discarded(_)))
    };
    let schedule = Schedule::every(2, 2.0);
    assert!(given_up(&Whole(schedule.clone()), 1.0), "a rate is infinite");
    assert!(given_up(&Whole(schedule.clone().with_most_steps(0)), 0.0));
    assert!(
        !given_up(&Whole(schedule.with_most_steps(10)), 0.0),
        "there are ten to decay"
    );
    let rest = Schedule::until_rest();
    let path = Run::new(&Decay, [0.5, 0.5, 0.0], [10.0, 3.0], &rest)
        .unwrap()
        .sample(&mut rng());
    assert_eq!(path.statistics.counts, [10.0, 3.0, 0.0]);
    assert!(path.states.is_empty() && !path.given_up);
    assert!(path.statistics.exposures.iter().all(|exposure| exposure.is_finite()));
}

#[test]
fn runs_say_what_they_need() {
    let schedule = Schedule::until_rest();
    for rate in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = Run::new(&Decay, [0.5, rate, 0.5], [1.0, 1.0], &schedule).unwrap_err();
        assert!(refused.to_string().contains("finite rate constants"), "{refused}");
    }
    let refused = Statistics::<2>::from_memory(&[1.0; 5]).unwrap_err();
    assert!(refused.to_string().contains("4 numbers") && refused.to_string().contains("got 5"));
}
