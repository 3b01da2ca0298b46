//! Mines a block of events of a simulator that simulates many events in one call.

use ndarray::Array2;

use super::columns::Rows;
use super::event::{Event, Rules};
use super::retry::failed_run;
use crate::error::{Error, Result};
use crate::trace::{Instrumented, Mined, Rejected, Stream, TimeLimit, check_time, guarded, stream};

/// A run, the memory of its path, and the number of runs that were discarded before it.
struct Run {
    mined: Mined,
    memory: Vec<f64>,
    n_discarded: u64,
}

/// Mines the events from number `first` on into `rows`; returns the memory of the path of each, and the number of runs that were
/// discarded before it.
pub(super) fn mine_block(
    simulator: &dyn Instrumented,
    rules: &Rules,
    first: u64,
    rows: &mut Rows<'_>,
) -> Result<Vec<(Vec<f64>, u64)>> {
    let events = (first..).take(rows.len()).map(|number| Event {
        simulator,
        rules,
        number,
    });
    let events: Vec<Event<'_>> = events.collect();
    let mut drawn_at = Array2::zeros((rows.len(), rules.parameters.len()));
    let mut is_denominator = vec![false; rows.len()];
    for (i, (event, mut theta)) in events.iter().zip(drawn_at.outer_iter_mut()).enumerate() {
        let row = rows.row(i);
        let source = event.draw_hypotheses(row.theta0)?;
        is_denominator[i] = source.is_some();
        let point = source.unwrap_or(row.theta0);
        theta.iter_mut().zip(point).for_each(|(to, from)| *to = *from);
    }
    let mut mined_events = Vec::with_capacity(rows.len());
    for (i, run) in simulate(simulator, rules, first, &drawn_at)?.into_iter().enumerate() {
        let (mined, event) = (&run.mined, &events[i]);
        match is_denominator[i] {
            false => event.label_numerator(mined, rows.row(i), &run.memory)?,
            true => {
                let theta1 = drawn_at.row(i).to_vec();
                event.label_denominator(&theta1, &mined.x, mined.log_probability, rows.row(i), &run.memory)?;
            }
        }
        mined_events.push((run.memory, run.n_discarded));
    }
    Ok(mined_events)
}

/// Simulates all events of a block, and again those whose runs were discarded.
fn simulate(simulator: &dyn Instrumented, rules: &Rules, first: u64, theta: &Array2<f64>) -> Result<Vec<Run>> {
    let (seed, retries) = (rules.seed, u64::from(rules.retries));
    let limit = rules.time_limit.map(|limit| limit.saturating_mul(theta.nrows() as u32));
    let _limit = TimeLimit::begin(limit);
    let mut runs: Vec<Option<Run>> = (0..theta.nrows()).map(|_| None).collect();
    let mut pending: Vec<usize> = (0..theta.nrows()).collect();
    for attempt in 0..=retries {
        let number = |i: usize| first + i as u64;
        let mut rngs: Vec<Stream> = pending.iter().map(|&i| stream(seed, number(i), attempt)).collect();
        let points = theta.select(ndarray::Axis(0), &pending);
        let results = guarded(|| {
            check_time();
            Ok(simulator.mine_block(points.view(), &mut rngs))
        });
        let results = results.map_err(|rejected| failed_block(simulator, rules, first, theta, &rejected))?;
        let mut discarded = Vec::new();
        for (i, result) in pending.into_iter().zip(results) {
            match result {
                Ok((mined, memory)) => {
                    runs[i] = Some(Run {
                        mined,
                        memory,
                        n_discarded: attempt,
                    });
                }
                Err(Rejected::Discarded(_)) if attempt < retries => discarded.push(i),
                Err(rejected) => {
                    let point = theta.row(i).to_vec();
                    return Err(failed_run(simulator, (seed, number(i)), attempt, &point, rejected));
                }
            }
        }
        pending = discarded;
        if pending.is_empty() {
            break;
        }
    }
    let missing = || {
        let found = runs.iter().flatten().count();
        Error::simulation(format!(
            "{} returned {found} events of a block of {}: `mine_block` must return one result for each event",
            simulator.label(),
            theta.nrows()
        ))
    };
    match runs.iter().all(Option::is_some) {
        true => Ok(runs.into_iter().flatten().collect()),
        false => Err(missing()),
    }
}

/// Error of a call for several events that did not return.
fn failed_block(
    simulator: &dyn Instrumented,
    rules: &Rules,
    first: u64,
    theta: &Array2<f64>,
    rejected: &Rejected,
) -> Error {
    let n = theta.nrows() as u64;
    Error::simulation(format!(
        "{} failed in one call for the events {first} to {} of seed {}, the first of them at theta = {:?}: {rejected}",
        simulator.label(),
        first + n.saturating_sub(1),
        rules.seed,
        theta.row(0).to_vec()
    ))
}
