//! Steps of ln p(x,z|θ) in θ, which no derivative sees.

use super::checks::{Fault, Identity, algebraic};
use super::events::Events;
use crate::check::Check;
use crate::format::number;

/// Number of events whose probability is followed along each parameter.
const FOLLOWED: usize = 4;
/// Number of parts into which the way is cut at first.
const SEGMENTS: usize = 2;
/// Most halvings of a part: a billionth of it is left, where a smooth function has no visible curvature.
const HALVINGS: usize = 30;
/// Mismatch of a step, absolute and relative to ln p, that rounding does not explain.
const MISMATCH: (f64, f64) = (1e-6, 1e-10);
/// Share of a step that its slope may explain: near a zero of p, ln p is steep and has no step.
const EXPLAINED: f64 = 0.1;

/// ln p(x,z|θ) of a path and its slope, at a share of the way from one hypothesis to another.
#[derive(Debug, Clone, Copy)]
struct Node {
    at: f64,
    log: f64,
    slope: f64,
}

/// A step of ln p(x,z|θ).
#[derive(Debug, Clone, Copy)]
struct Jump {
    at: f64,
    size: f64,
}

/// Follows ln p(x,z|θ) of a few paths from `theta` to far values of one parameter after the other, and looks for steps.
pub(in crate::gold) fn continuity(events: &Events) -> Result<Vec<Check>, Fault> {
    let mined = events.mined(events.n_each.min(FOLLOWED), Ok)?;
    let of_parameter = |k: usize| {
        let values = events.far_values(k);
        let pairs = mined
            .iter()
            .flat_map(|gold| values.iter().map(move |value| (gold, *value)));
        let jumps: Vec<Jump> = pairs
            .filter_map(|(gold, value)| jump_along(events, &gold.memory, k, value))
            .collect();
        check(events, k, &jumps)
    };
    Ok((0..events.theta.len()).map(of_parameter).collect())
}

/// A step on the way to another value of parameter `k`, and where it is.
fn jump_along(events: &Events, memory: &[f64], k: usize, value: f64) -> Option<Jump> {
    let way = value - events.theta[k];
    let Jump { at, size } = jump(events, memory, &events.moved(k, way))?;
    let at = events.theta[k] + at * way;
    Some(Jump { at, size })
}

fn check(events: &Events, k: usize, jumps: &[Jump]) -> Check {
    let name = &events.parameters[k];
    let largest = jumps.iter().max_by(|a, b| a.size.abs().total_cmp(&b.size.abs()));
    let check = algebraic(
        Identity::Continuity,
        name,
        largest.map_or(0.0, |jump| jump.size.abs()),
        0.0,
    );
    match largest {
        None => check,
        Some(jump) => check.with_note(format!(
            "ln p of the same choices has a step of {} where `{name}` passes {}: a branch on the value of `{name}`",
            number(jump.size, 3),
            number(jump.at, 6)
        )),
    }
}

/// Returns true if ln p(x,z|θ) of one path has a step on the straight way from `theta` to `theta1`.
pub(in crate::gold) fn has_step(events: &Events) -> bool {
    let mined = events.mined(1, Ok);
    mined.is_ok_and(|mined| jump(events, &mined[0].memory, events.theta1).is_some())
}

/// A step of ln p(x,z|θ) of a path on the straight way from `theta` to `to`; its place is the share of the way.
fn jump(events: &Events, memory: &[f64], to: &[f64]) -> Option<Jump> {
    let mut theta = events.theta.to_vec();
    let mut node = |at: f64| {
        let ways = events.theta.iter().zip(to);
        theta
            .iter_mut()
            .zip(ways)
            .for_each(|(theta, (from, to))| *theta = from + at * (to - from));
        let (log, score) = events.log_probability_and_score(&theta, memory)?;
        let ways = events.theta.iter().zip(to).map(|(from, to)| to - from);
        let slope = score.iter().zip(ways).map(|(t, way)| t * way).sum();
        Some(Node { at, log, slope })
    };
    let nodes: Vec<_> = (0..=SEGMENTS).map(|i| node(i as f64 / SEGMENTS as f64)).collect();
    nodes
        .windows(2)
        .find_map(|pair| step_between(&mut node, pair[0]?, pair[1]?))
}

/// Halves a part as long as ln p changes by another amount than its slopes say.
fn step_between(node: &mut impl FnMut(f64) -> Option<Node>, mut a: Node, mut b: Node) -> Option<Jump> {
    for _ in 0..HALVINGS {
        let middle = node(0.5 * (a.at + b.at))?;
        if is_smooth(a, middle, b) {
            return None;
        }
        match mismatch(a, middle) > mismatch(middle, b) {
            true => b = middle,
            false => a = middle,
        }
    }
    let steep = (a.slope.abs() + b.slope.abs()) * (b.at - a.at).abs();
    let is_step = steep < EXPLAINED * mismatch(a, b);
    is_step.then_some(Jump {
        at: 0.5 * (a.at + b.at),
        size: b.log - a.log,
    })
}

/// Returns true if the slopes explain the change of ln p, by Simpson's rule.
fn is_smooth(a: Node, middle: Node, b: Node) -> bool {
    let by_slopes = (a.slope + 4.0 * middle.slope + b.slope) / 6.0 * (b.at - a.at);
    let (absolute, relative) = MISMATCH;
    (b.log - a.log - by_slopes).abs() <= absolute + relative * a.log.abs().max(b.log.abs())
}

/// Change of ln p beyond that of its slopes, by the trapezoidal rule.
fn mismatch(a: Node, b: Node) -> f64 {
    (b.log - a.log - 0.5 * (a.slope + b.slope) * (b.at - a.at)).abs()
}
