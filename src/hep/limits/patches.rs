//! Upper limits on each signal of a patch set.

use serde::Serialize;

use super::{WorkspaceLimitResult, WorkspaceLimitSettings, limits_of_workspace};
use crate::pyhf::{PatchedWorkspaces, Signal};
use motherlode_core::Progress;
use motherlode_core::error::Result;
use motherlode_core::progress::Phase;
use motherlode_stats::analysis::Warning;

/// Upper limits on the strengths of several signals.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PatchLimits {
    /// Limits on each signal, in the order of the patches.
    pub signals: Vec<SignalLimits>,
    /// Warnings about the patches; those about a limit are in its result.
    pub warnings: Vec<Warning>,
}

/// Upper limits on the strength of one signal.
#[derive(Debug, Clone, Serialize)]
pub struct SignalLimits {
    /// The signal.
    pub signal: Signal,
    /// Its limits.
    #[serde(flatten)]
    pub result: WorkspaceLimitResult,
}

/// Upper limits on the strength of each signal that patches add to a workspace.
///
/// # Errors
/// As [`limits_of_workspace`], and if a patch does not fit the workspace; the message names the patch.
pub fn limits_of_patches(
    patched: &PatchedWorkspaces,
    settings: &WorkspaceLimitSettings,
    progress: &dyn Progress,
) -> Result<PatchLimits> {
    let n = patched.signals().count() as u64;
    let limits = |(k, found): (u64, Result<(&Signal, _)>)| {
        let (signal, workspace) = found?;
        let result = limits_of_workspace(&workspace, settings, &Phase::new(progress, k, n))
            .map_err(|error| error.within(&format!("signal `{}`", signal.name)))?;
        Ok(SignalLimits {
            signal: signal.clone(),
            result,
        })
    };
    let other = patched.other_digest();
    Ok(PatchLimits {
        signals: (0..).zip(patched.workspaces()).map(limits).collect::<Result<_>>()?,
        warnings: other
            .map(|(declared, found)| Warning::OtherWorkspace { declared, found })
            .into_iter()
            .collect(),
    })
}
