//! Training: the loop, the batches it sees, the settings it follows.

mod contrasted;
mod curve;
mod encoding;
mod fit;
mod objective;
mod optimizer;
mod recalled;
mod rows;
mod settings;
mod source;
mod stored;

pub(super) use contrasted::Contrasted;
pub use curve::Curve;
pub use encoding::Encoding;
pub(super) use fit::{Trainer, fit};
pub(super) use objective::Objective;
use optimizer::Adam;
pub(super) use optimizer::Filled;
pub(super) use recalled::Recalled;
pub(super) use rows::{Batch, Rows};
pub use settings::{DensityKind, Head, Labels, Optimizer, Settings};
pub(super) use source::Source;
