//! Which observables are a set of particles or an image.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::input::Inputs;
use crate::network::{Activation, DeepSetConfig, EncoderConfig, ResidualCnnConfig};
use motherlode_core::error::{Error, Result, listed};
use motherlode_core::names::nearest;
use motherlode_core::trace::Layout;

/// Observables that an encoder looks at before the network does; the others pass it by.
///
/// They stand one after the other, from the one called `first` on. On the command line, `jet1_pt:6x4` is a set of six
/// particles of four observables each, particle after particle, and `pixel_0:1x64x64` an image of one channel and 64 × 64
/// pixels, row after row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// None: a plain vector, on the command line `vector`.
    Vector,
    /// A set: the network's answer does not depend on the order of the particles, and particles that are missing do not
    /// enter (a deep set, arXiv:1703.06114).
    Set {
        /// The first observable of the first particle.
        first: String,
        /// Particles, present or not.
        particles: usize,
        /// Observables of a particle.
        observables: usize,
    },
    /// An image, for a small residual convolutional network (arXiv:1512.03385).
    Image {
        /// The first pixel.
        first: String,
        /// Channels, height and width; height and width are multiples of 4.
        image: [usize; 3],
    },
}

impl Encoding {
    /// The encoding that follows from a declared structure, if there is an encoder for it.
    pub(crate) fn declared(layout: &Layout, observables: &[String]) -> Option<Self> {
        let encoding = match layout {
            Layout::Vector => return Some(Self::Vector),
            Layout::Set {
                first,
                particles,
                observables,
            } => Self::Set {
                first: first.clone(),
                particles: *particles,
                observables: *observables,
            },
            Layout::Image { first, image } if image[1..].iter().all(|side| side.is_multiple_of(4)) => Self::Image {
                first: first.clone(),
                image: *image,
            },
            _ => return None,
        };
        (!layout.block(observables).is_empty()).then_some(encoding)
    }

    /// Observables that share a transform, so that it respects the symmetry: the same one of all particles, or all pixels of
    /// a channel.
    pub(crate) fn together(&self, observables: &[String]) -> Result<Vec<Vec<String>>> {
        let block = self.block(observables)?;
        Ok(match self {
            Self::Set { observables: f, .. } => (0..*f)
                .map(|j| block.iter().skip(j).step_by(*f).cloned().collect())
                .collect(),
            Self::Vector => vec![],
            Self::Image { image: [_, h, w], .. } => block.chunks(h * w).map(<[String]>::to_vec).collect(),
        })
    }

    /// The encoder of what the transforms make of an event.
    pub(crate) fn encoder(
        &self,
        inputs: &Inputs,
        observables: &[String],
        activation: Activation,
    ) -> Result<EncoderConfig> {
        let block = self.block(observables)?;
        let range = inputs
            .features_of(&block)
            .ok_or_else(|| unknown(self.first(), observables))?;
        let config = match self {
            Self::Vector => EncoderConfig::None,
            Self::Set { particles, .. } => {
                let features = range.len() / particles;
                let of_one = &inputs.feature_names()[range.start..range.start + features];
                EncoderConfig::DeepSet(DeepSetConfig {
                    inputs: inputs.n_features(),
                    first: range.start,
                    particles: *particles,
                    features,
                    absent: of_one.iter().position(|name| name.ends_with(" missing")),
                    hidden: vec![64, 64],
                    width: 32,
                    activation,
                })
            }
            Self::Image { image, .. } => EncoderConfig::ResidualCnn(ResidualCnnConfig {
                inputs: inputs.n_features(),
                first: range.start,
                image: *image,
                filters: 16,
                blocks: 1,
                cells: [1, 2].map(|side| if (image[side] / 4).is_multiple_of(4) { 4 } else { 1 }),
                width: 64,
                activation,
            }),
        };
        config.check(inputs.n_features()).map(|()| config)
    }

    fn first(&self) -> &str {
        match self {
            Self::Vector => "",
            Self::Set { first, .. } | Self::Image { first, .. } => first,
        }
    }

    /// The names of its observables, in order.
    fn block(&self, observables: &[String]) -> Result<Vec<String>> {
        let length = match self {
            Self::Vector => return Ok(vec![]),
            Self::Set {
                particles,
                observables: f,
                ..
            } => particles.checked_mul(*f),
            Self::Image { image: [c, h, w], .. } => c.checked_mul(*h).and_then(|pixels| pixels.checked_mul(*w)),
        };
        let start = observables
            .iter()
            .position(|name| name == self.first())
            .ok_or_else(|| unknown(self.first(), observables))?;
        let rest = &observables[start..];
        match length.filter(|&length| length > 0 && length <= rest.len()) {
            Some(length) => Ok(rest[..length].to_vec()),
            None => Err(Error::usage(format!(
                "{self:?} does not fit: from `{}` on there are {} observables, and a set or an image needs at least one",
                self.first(),
                rest.len()
            ))),
        }
    }
}

fn unknown(first: &str, observables: &[String]) -> Error {
    Error::usage(format!(
        "there is no observable `{first}`{} for a set or an image to begin with; the observables are {}",
        nearest(first, observables),
        listed(observables)
    ))
}

impl FromStr for Encoding {
    type Err = Error;

    /// `vector`, `FIRST:PARTICLESxOBSERVABLES` or `FIRST:CHANNELSxHEIGHTxWIDTH`.
    fn from_str(text: &str) -> Result<Self> {
        if text == "vector" {
            return Ok(Self::Vector);
        }
        let wrong = || {
            Error::usage(format!(
                "`{text}` is neither a set (FIRST:PARTICLESxOBSERVABLES) nor an image (FIRST:CHANNELSxHEIGHTxWIDTH)"
            ))
        };
        let (first, shape) = text.rsplit_once(':').ok_or_else(wrong)?;
        let shape: Vec<usize> = shape
            .split('x')
            .map(|side| side.parse().map_err(|_| wrong()))
            .collect::<Result<_>>()?;
        let first = first.to_owned();
        match shape[..] {
            [particles, observables] => Ok(Self::Set {
                first,
                particles,
                observables,
            }),
            [c, h, w] => Ok(Self::Image {
                first,
                image: [c, h, w],
            }),
            _ => Err(wrong()),
        }
    }
}
