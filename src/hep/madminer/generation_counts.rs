//! Numbers of events in a file, and of generated events.

use super::Setup;
use super::reader::{CHUNK_ROWS, OBSERVATIONS, WEIGHTS, row_ranges, sampled_at};
use super::tables::Tables;
use motherlode_core::error::Result;

/// Numbers of events in the file, and of generated events.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GenerationCounts {
    pub(super) n_events: usize,
    /// Number of signal events generated at each benchmark, `[b]`; counted where the file does not say.
    pub(super) signal_events: Vec<f64>,
    pub(super) background_events: usize,
}

impl GenerationCounts {
    pub(super) fn none(setup: &Setup) -> Self {
        Self {
            n_events: 0,
            signal_events: vec![0.0; setup.benchmarks.len()],
            background_events: 0,
        }
    }

    /// Reads the numbers; `None` if the file holds no events.
    pub(super) fn read(tables: &Tables, setup: &Setup) -> Result<Option<Self>> {
        let (observations, weights) = (tables.shape(OBSERVATIONS)?, tables.shape(WEIGHTS)?);
        if observations.is_none() && weights.is_none() {
            return Ok(None);
        }
        let observations = tables.needed(OBSERVATIONS, observations)?;
        let n = observations.first().copied().unwrap_or(0);
        if n == 0 || setup.observables.is_empty() {
            let what = "has no events of any observable: the file needs both, and `observables/names`";
            return Err(tables.wrong(OBSERVATIONS, what));
        }
        let mut counts = vec![0.0; setup.benchmarks.len()];
        let mut background_events = 0;
        for rows in row_ranges(n, CHUNK_ROWS) {
            for at in sampled_at(tables, setup, n, rows)?.into_iter().flatten() {
                match at {
                    Some(b) => counts[b] += 1.0,
                    None => background_events += 1,
                }
            }
        }
        check_background(tables, background_events)?;
        Ok(Some(Self {
            n_events: n,
            signal_events: signal_events(tables, setup, counts)?,
            background_events,
        }))
    }
}

/// Number of events generated at each benchmark, of any kind: from the file, or by counting.
fn signal_events(tables: &Tables, setup: &Setup, counts: Vec<f64>) -> Result<Vec<f64>> {
    let (b, physical) = (setup.benchmarks.len(), setup.physical().count());
    // Two names, of which the second is that of 0.9.
    for name in [
        "sample_summary/signal_events_per_benchmark",
        "sample_summary/signal_events",
    ] {
        let Some(stored) = tables.numbers(name)? else { continue };
        let fits =
            [b, physical].contains(&stored.values.len()) && stored.values.iter().all(|n| *n >= 0.0 && n.is_finite());
        if !fits {
            return Err(tables.wrong(
                name,
                &format!(
                    "has the shape {:?}: a count is needed for each of {physical} parameter points",
                    stored.shape
                ),
            ));
        }
        let mut whole = stored.values;
        whole.resize(b, 0.0);
        return match (0..b).find(|at| counts[*at] > whole[*at]) {
            None => Ok(whole),
            Some(at) => {
                let place = format!("at `{}`", setup.benchmarks[at].name);
                Err(tables.wrong(name, &more_than_generated(&place, counts[at], whole[at])))
            }
        };
    }
    Ok(counts)
}

/// Background has the same weights everywhere, so that its number matters for nothing but this.
fn check_background(tables: &Tables, there: usize) -> Result<()> {
    const NAME: &str = "sample_summary/background_events";
    let said = tables.finite(NAME, &[])?.and_then(|said| said.first().copied());
    match said {
        Some(said) if there as f64 > said => {
            Err(tables.wrong(NAME, &more_than_generated("of background", there as f64, said)))
        }
        _ => Ok(()),
    }
}

/// After cuts a file has fewer rows than events were generated, and never more.
fn more_than_generated(which: &str, there: f64, said: f64) -> String {
    format!(
        "says that {said} events {which} were generated, and `samples/sampling_benchmarks` has {there} rows of them: the shares of the samples would \
         be wrong; write the number that was generated, or correct where the rows were generated"
    )
}
