//! Summary statistics whose density is estimated: what was done before networks learned ratios, and what SALLY still needs.
//!
//! A [`SummaryStatistic`] makes few numbers of an observation: an estimated score, its projection, or chosen observables. A
//! [`ReweightingPool`](motherlode_core::gold::ReweightingPool) of instrumented events serves all hypotheses: reweighted by w = p(x,z|θ)/q(x,z), its events fill a histogram of the
//! summary at any θ. [`SummaryDensity`] has the same cells for all hypotheses, so that an event is the number of its cell;
//! [`ScoreDensity`] lays them along the line between two hypotheses (SALLINO). Both are
//! [`LogRatio`](motherlode_core::likelihood::LogRatio), like a network that has learned ratios.

mod binning;
mod histogram;
mod kernel;
mod score_density;
mod space_filling;
mod statistic;
mod summary_density;

pub use binning::BinLayout;
pub use binning::Binning;
pub use score_density::ScoreDensity;
pub use statistic::SummaryStatistic;
pub use summary_density::{SparsestPoint, SummaryDensity, SummarySettings};
