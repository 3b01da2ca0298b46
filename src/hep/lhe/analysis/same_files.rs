//! Files of an analysis that have the same events.

use std::collections::HashMap;
use std::path::Path;

use super::sample_file::SampleFile;
use crate::lhe::{Event, EventReader};
use motherlode_core::error::{Error, Result};

/// Refuses two files with the same events in the same order: one named twice, or a copy of it.
pub(super) fn check_different(samples: &[SampleFile]) -> Result<()> {
    // Copies are found among files with as many events and the same sum of weights; single events may be alike by chance.
    let mut alike = HashMap::<_, Vec<&Path>>::new();
    for sample in samples {
        let summary = &sample.summary;
        let others = alike.entry((summary.n_events, summary.sum.to_bits())).or_default();
        for other in others.iter() {
            if is_copy(&sample.path, other, summary.n_events)? {
                return Err(Error::file(
                    &sample.path,
                    format!(
                        "has the same {} events as `{}`, another file of the analysis: each would count twice; name the file once",
                        summary.n_events,
                        other.display()
                    ),
                ));
            }
        }
        others.push(&sample.path);
    }
    Ok(())
}

/// Compares the events of two files that have `n` each, until one differs.
fn is_copy(one: &Path, other: &Path, n: u64) -> Result<bool> {
    let same_path = || Some(one.canonicalize().ok()? == other.canonicalize().ok()?);
    if same_path() == Some(true) {
        return Ok(true);
    }
    let (mut one, mut other) = (EventReader::open(one)?, EventReader::open(other)?);
    let (mut a, mut b) = (Event::default(), Event::default());
    while one.read(&mut a)? && other.read(&mut b)? {
        if !is_same(&a, &b) {
            return Ok(false);
        }
    }
    Ok(n > 1)
}

/// Compares two events; a weight that neither has is the same.
fn is_same(a: &Event, b: &Event) -> bool {
    let bits = |event: &Event| event.weights.iter().map(|weight| weight.to_bits()).collect::<Vec<_>>();
    a.process == b.process && a.weight == b.weight && a.particles == b.particles && bits(a) == bits(b)
}
