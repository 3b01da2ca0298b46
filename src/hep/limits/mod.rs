//! Limits without any network: from histograms of weighted events, and from workspaces.

mod event_fit;
mod events;
mod patches;
mod template_errors;
mod workspace;

pub use events::{EventData, EventLimitResult, EventLimitSettings, HypothesisTest};
pub use patches::{PatchLimits, SignalLimits, limits_of_patches};
pub use workspace::{WorkspaceLimitResult, WorkspaceLimitSettings, limits_of_workspace};
