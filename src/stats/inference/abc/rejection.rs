//! Hypotheses of the prior, the best of which are kept.

use motherlode_core::Progress;
use rayon::prelude::*;

use super::comparison::Attempt;
use super::{Comparison, Particles};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::stream;

/// Number of data sets between two reports of progress.
const BATCH: usize = 2_048;

/// Which hypotheses are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Keep {
    /// This share of all, with the smallest distances.
    Best(f64),
    /// All within this distance.
    Within(f64),
}

/// Simulates `simulations` data sets of hypotheses drawn from the prior and keeps those that resemble the observed one.
/// Attempt i of a seed is always the same. `progress` receives the data sets simulated and planned.
///
/// # Errors
/// If a simulation fails, `keep` makes no sense, or nothing is kept.
pub fn reject(
    comparison: &Comparison<'_>,
    simulations: usize,
    keep: Keep,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Particles> {
    let most = match keep {
        Keep::Best(share) if share > 0.0 && share <= 1.0 => (share * simulations as f64).ceil() as usize,
        Keep::Within(distance) if distance > 0.0 => simulations,
        Keep::Best(share) => {
            return Err(Error::usage(format!(
                "a share of {share} is nothing to keep: give one above 0, up to 1"
            )));
        }
        Keep::Within(distance) => {
            return Err(Error::usage(format!(
                "nothing to keep is within a distance of {distance}: give one above 0"
            )));
        }
    };
    let mut kept: Vec<Attempt> = Vec::new();
    for begin in (0..simulations).step_by(BATCH) {
        let end = (begin + BATCH).min(simulations);
        let tried = (begin..end).into_par_iter().map(|attempt| {
            progress.check()?;
            comparison.try_prior(&mut stream(seed, attempt as u64, 0))
        });
        kept.extend(tried.collect::<Result<Vec<Attempt>>>()?);
        match keep {
            Keep::Best(_) => {
                kept.sort_by(|a, b| a.distance.total_cmp(&b.distance)); // stable: of equals the first
                kept.truncate(most);
            }
            Keep::Within(distance) => kept.retain(|tried| tried.distance <= distance),
        }
        progress.advance(end as u64, simulations as u64)?;
    }
    let tolerance = match keep {
        Keep::Best(_) => kept.last().map_or(f64::NAN, |last| last.distance),
        Keep::Within(distance) => distance,
    };
    if kept.is_empty() || tolerance.is_infinite() {
        return Err(Error::numerical(format!(
            "of {simulations} data sets {} are within {tolerance}: simulate more, or allow a larger distance",
            kept.len()
        )));
    }
    let share = kept.len() as f64 / simulations as f64;
    let mut particles = Particles::new(&kept, comparison.parameters.len(), tolerance, simulations);
    particles.rounds.push((tolerance, share));
    Ok(particles)
}
