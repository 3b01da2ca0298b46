//! Training: the loop, the batches it sees, the settings it follows.

mod batch;
mod curve;
mod fit;
mod objective;
mod optimizer;
mod settings;

pub(super) use batch::{Batch, Rows};
pub use curve::Curve;
pub(super) use fit::{Trainer, fit};
pub(super) use objective::Objective;
use optimizer::Adam;
pub use settings::{Optimizer, Settings};
