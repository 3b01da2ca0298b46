//! The two tasks with differential equations: their solutions.

use motherlode_core::trace::Instrumented;
use motherlode_simulators::sbibm::{LotkaVolterraOde, SirOde};

use super::pair;
use crate::tolerance::close;

type State = [f64; 2];

/// States at `n` times, `every` apart, by the classical method of fourth order with many steps.
fn runge_kutta(slope: impl Fn(State) -> State, start: State, every: f64, n: usize, steps: usize) -> Vec<State> {
    let h = every / steps as f64;
    let moved = |state: State, slope: State, h: f64| [state[0] + h * slope[0], state[1] + h * slope[1]];
    let mut states = vec![start];
    for _ in 1..n {
        let mut state = states[states.len() - 1];
        for _ in 0..steps {
            let a = slope(state);
            let b = slope(moved(state, a, 0.5 * h));
            let c = slope(moved(state, b, 0.5 * h));
            let d = slope(moved(state, c, h));
            for k in 0..2 {
                state[k] += h / 6.0 * (a[k] + 2.0 * b[k] + 2.0 * c[k] + d[k]);
            }
        }
        states.push(state);
    }
    states
}

/// Relative accuracy that is asked for: 1e-6; nine digits are there, as many as the method of comparison has.
const DIGITS: f64 = 1e-9;

#[test]
fn epidemics_solve_their_equations() {
    let typical = (0..8).map(|seed| pair(&SirOde, seed).0);
    for theta in typical.chain([vec![0.1, 0.2], vec![2.0, 0.1], vec![0.05, 0.25]]) {
        let slope = |[s, i]: State| {
            let infections = theta[0] * s * i / 1e6;
            [-infections, infections - theta[1] * i]
        };
        let expected = runge_kutta(slope, [999_999.0, 1.0], 17.0, 10, 20_000);
        let found = SirOde::infected(&theta).unwrap();
        for (found, [_, infected]) in found.iter().zip(expected) {
            let expected = (infected / 1e6).max(1e-12);
            assert!((found / expected - 1.0).abs() < DIGITS, "{theta:?}: {found} {expected}");
        }
    }
}

#[test]
fn predators_and_prey_solve_their_equations() {
    let typical = (0..8).map(|seed| pair(&LotkaVolterraOde, seed).0);
    for theta in typical.chain([vec![2.5, 0.02, 0.4, 0.15], vec![0.3, 0.15, 2.5, 0.02]]) {
        let slope = |[x, y]: State| [theta[0] * x - theta[1] * x * y, -theta[2] * y + theta[3] * x * y];
        let expected = runge_kutta(slope, [30.0, 1.0], 2.1, 10, 20_000);
        let found = LotkaVolterraOde::animals(&theta).unwrap();
        for (k, state) in expected.iter().enumerate() {
            for (found, expected) in [found[k], found[10 + k]].into_iter().zip(*state) {
                let expected = expected.clamp(1e-10, 1e4);
                assert!(
                    (found / expected - 1.0).abs() < 10.0 * DIGITS,
                    "{theta:?}: {found} {expected}"
                );
            }
        }
    }
}

/// At the ends of the ranges, far outside of the priors, runs end in finite numbers, or are refused in words.
#[test]
fn extreme_rates_do_no_harm() {
    for task in [&SirOde as &dyn Instrumented, &LotkaVolterraOde] {
        let ranges: Vec<(f64, f64)> = task.parameters().iter().map(|parameter| parameter.range).collect();
        for corner in 0..1usize << ranges.len() {
            let at = |(k, range): (usize, &(f64, f64))| if corner >> k & 1 == 0 { range.0 } else { range.1 };
            let theta: Vec<f64> = ranges.iter().enumerate().map(at).collect();
            let mut memory = vec![];
            match task.mine(&theta, &mut motherlode_core::trace::stream(1, 0, 0), &mut memory) {
                Ok(mined) => {
                    let numbers = mined.x.iter().chain(&mined.score).chain([&mined.log_probability]);
                    assert!(
                        numbers.into_iter().all(|number| number.is_finite()),
                        "{theta:?}: {mined:?}"
                    );
                    let again = task.log_probability_at(&theta, &memory).unwrap();
                    assert!(close(again, mined.log_probability, 1e-12));
                }
                Err(rejected) => assert!(rejected.to_string().contains("steps"), "{theta:?}: {rejected}"),
            }
        }
    }
}
