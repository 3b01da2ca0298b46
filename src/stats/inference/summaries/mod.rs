//! Summary statistics whose density is estimated: what was done before networks learned ratios, and what SALLY still needs.
//!
//! A [`Summary`] makes few numbers of an observation: an estimated score, its projection, or chosen observables. A
//! [`Pool`](motherlode_core::gold::Pool) of instrumented events serves all hypotheses: reweighted by w = p(x,z|θ)/q(x,z), its events fill a histogram of the
//! summary at any θ. [`SummaryDensity`] has the same cells for all hypotheses, so that an event is the number of its cell;
//! [`ScoreDensity`] lays them along the line between two hypotheses (SALLINO). Both are
//! [`LogRatio`](motherlode_core::likelihood::LogRatio), like a network that has learned ratios.

mod along;
mod cells;
mod contents;
mod density;
mod filling;
mod kernel;
mod summary;

pub use along::ScoreDensity;
pub use cells::Cells;
pub use cells::Layout;
pub use density::{Scarcest, SummaryDensity, SummarySettings};
pub use summary::Summary;
