//! Structure of an observation: which of its components are one set or one image.

use serde::{Deserialize, Serialize};

/// Structure of an observation, from which the default encoder of a network follows.
///
/// Components that are in no set or image pass the encoder by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Layout {
    /// Numbers that each have a meaning of their own.
    Vector,
    /// A set of particles, particle after particle, whose order means nothing.
    Set {
        /// The first observable of the first particle.
        first: String,
        /// Particles, present or not.
        particles: usize,
        /// Observables of a particle.
        observables: usize,
    },
    /// An image or another grid, channel after channel, row after row.
    Image {
        /// The first pixel.
        first: String,
        /// Channels, height and width.
        image: [usize; 3],
    },
}

impl Layout {
    /// Numbers of the components that are one set or one image; none for a vector, or where they do not fit.
    pub fn block(&self, observables: &[String]) -> std::ops::Range<usize> {
        let (first, length) = match self {
            Self::Vector => return 0..0,
            Self::Set {
                first,
                particles,
                observables,
            } => (first, particles.checked_mul(*observables)),
            Self::Image {
                first,
                image: [c, h, w],
            } => (first, c.checked_mul(*h).and_then(|pixels| pixels.checked_mul(*w))),
        };
        let start = observables.iter().position(|name| name == first);
        let end = start.zip(length).and_then(|(start, length)| start.checked_add(length));
        match (start, end) {
            (Some(start), Some(end)) if end <= observables.len() => start..end,
            _ => 0..0,
        }
    }
}
