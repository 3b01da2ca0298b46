//! Files that are to be merged, and have the same events.

use std::collections::HashMap;

use super::EventReader;
use motherlode_core::error::{Error, Result};

/// Refuses two files with the same events in the same order, one of which is a copy of the other, or the other itself.
pub(super) fn check_different(files: &[EventReader]) -> Result<()> {
    // Copies are found among files with as many events and the same first event, which are few.
    let mut alike = HashMap::<_, Vec<&EventReader>>::new();
    for file in files {
        let first = file.samples(0..1)?;
        let numbers = first.observations.iter().chain(&first.weights);
        let bits: Vec<u64> = numbers.map(|value| value.to_bits()).collect();
        let others = alike.entry((file.n_events(), bits)).or_default();
        for other in others.iter() {
            if is_copy(file, other)? {
                return Err(Error::file(
                    file.path(),
                    format!(
                        "has the same {} events as `{}`: each would count twice; give the file once, or the parts of a sample that differ",
                        file.n_events(),
                        other.path().display()
                    ),
                ));
            }
        }
        others.push(file);
    }
    Ok(())
}

/// Compares all rows of two files with as many events.
fn is_copy(one: &EventReader, other: &EventReader) -> Result<bool> {
    for (a, b) in one.row_chunks().zip(other.row_chunks()) {
        let (a, b) = (a?, b?);
        if a.observations != b.observations || a.weights != b.weights {
            return Ok(false);
        }
    }
    Ok(true)
}
