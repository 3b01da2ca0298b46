//! Observables that never vary, or vary by little more than rounding.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{Header, Reader};
use crate::error::Result;
use crate::format::number;

/// Largest range of an observable, as a share of its size, that counts as nearly none: single precision tells less than two hundred values
/// apart in it.
const NEARLY: f64 = 1e-5;
/// Names in a message.
const NAMED: usize = 5;
/// Events that are looked at in a file.
const EVENTS: u64 = 65_536;

/// Ranges of observables, in one pass over the events; NaN is left out.
#[derive(Debug, Clone, Default)]
pub struct Constancy {
    ranges: Vec<(f64, f64)>,
}

/// Observables with no, or hardly any, variation; [`Display`](std::fmt::Display) gives them in words, with the remedy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConstantColumns {
    /// They have one value in all events.
    Constant {
        /// Their names.
        names: Vec<String>,
    },
    /// Their range is tiny compared with their size.
    NearlyConstant {
        /// Their names.
        names: Vec<String>,
        /// The smallest range of one of them, as a share of its size.
        share: f64,
    },
}

impl Constancy {
    /// Takes in events, `[n, m]`.
    pub fn take(&mut self, x: ArrayView2<f64>) {
        self.ranges.resize(x.ncols(), (f64::INFINITY, f64::NEG_INFINITY));
        for row in x.rows() {
            for ((low, high), value) in self.ranges.iter_mut().zip(row) {
                *low = low.min(*value);
                *high = high.max(*value);
            }
        }
    }

    /// Findings about the observables that are in no set or image: there, an empty place is no surprise.
    pub fn found(&self, header: &Header) -> Vec<ConstantColumns> {
        let names = &header.observables;
        let block = header.layout.as_ref().map_or(0..0, |layout| layout.block(names));
        let (mut constant, mut nearly, mut share) = (vec![], vec![], f64::INFINITY);
        for (k, (name, (low, high))) in names.iter().zip(&self.ranges).enumerate() {
            let size = low.abs().max(high.abs());
            if block.contains(&k) || low > high {
                continue;
            } else if low == high {
                constant.push(name.clone());
            } else if high - low < NEARLY * size {
                nearly.push(name.clone());
                share = share.min((high - low) / size);
            }
        }
        let constant = (!constant.is_empty()).then_some(ConstantColumns::Constant { names: constant });
        let nearly = (!nearly.is_empty()).then_some(ConstantColumns::NearlyConstant { names: nearly, share });
        constant.into_iter().chain(nearly).collect()
    }

    /// Findings about the first 65 536 events of a file.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of_file(path: &std::path::Path) -> Result<Vec<ConstantColumns>> {
        let reader = Reader::open(path)?;
        let mut constancy = Self::default();
        let n = reader.n_events().min(EVENTS);
        // One event is as constant as an event can be.
        if n < 2 {
            return Ok(vec![]);
        }
        constancy.take(reader.rows(0..n)?.x.view());
        Ok(constancy.found(reader.header()))
    }
}

impl std::fmt::Display for ConstantColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let listed = |names: &[String]| {
            let named: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
            let more = names.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            (
                named.join(", ") + &more,
                if names.len() == 1 {
                    ("has", "it")
                } else {
                    ("have", "them")
                },
            )
        };
        match self {
            Self::Constant { names } => {
                let (listed, (has, them)) = listed(names);
                write!(
                    f,
                    "{listed} {has} the same value in all events, from which nothing can be learned: remove {them}, or check where the \
                     events come from"
                )
            }
            Self::NearlyConstant { names, share } => {
                let (listed, (has, them)) = listed(names);
                write!(
                    f,
                    "{listed} {has} a range of only {} of the size of the values, which may be rounding and is lost in single precision: \
                     subtract the offset where it is computed, or remove {them}",
                    number(*share, 2)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::gold::Design;
    use crate::trace::Layout;

    fn found(layout: Option<Layout>) -> Vec<String> {
        let names = ["pt", "mass", "year", "charge"].map(str::to_owned);
        let mut header = Header::imported(
            vec!["theta".into()],
            names.into(),
            Design::Reference { theta: vec![0.0] },
        );
        header.layout = layout;
        let x = Array2::from_shape_fn((100, 4), |(i, k)| {
            [i as f64, 125.0 + 1e-9 * i as f64, 2026.0, f64::NAN][k]
        });
        let mut constancy = Constancy::default();
        constancy.take(x.view());
        constancy.found(&header).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn constant_and_nearly_constant_columns_are_named_with_a_remedy() {
        let found = found(None);
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("`year` has the same value"), "{found:?}");
        assert!(
            found[1].starts_with("`mass` has a range of only") && found[1].contains("subtract"),
            "{found:?}"
        );
    }

    #[test]
    fn empty_places_of_a_set_are_no_surprise() {
        let set = Layout::Set {
            first: "pt".into(),
            particles: 2,
            observables: 2,
        };
        assert!(found(Some(set)).is_empty());
    }
}
