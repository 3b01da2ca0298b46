//! `motherlode limit WORKSPACE --patch FILE`: upper limits on each signal of a patch set.

use std::path::Path;

use motherlode_core::error::Result;
use motherlode_hep::limits::{PatchLimits, SignalLimits, WorkspaceLimitSettings, limits_of_patches};
use motherlode_hep::pyhf::{PatchedWorkspaces, Signal};
use serde_json::json as object;

use super::short;
use super::workspace::{heading, text};
use crate::console::{Console, json, table, warning_lines};

pub(super) fn run(workspace: &Path, patch: &Path, settings: &WorkspaceLimitSettings, console: &Console) -> Result<()> {
    let patched = read(workspace, patch)?;
    let limits = limits_of_patches(&patched, settings, &console.progress("limits"))?;
    let mut parts = match &limits.signals[..] {
        [one] => {
            let name = format!("{} with {}", workspace.display(), described(&one.signal));
            vec![heading(&name, &one.result), text(&one.result)]
        }
        all => vec![signal_table(workspace, all)],
    };
    parts.extend(warnings(&limits));
    let mut json = json(&limits)?;
    json["workspace"] = object!(workspace);
    json["patch"] = object!(patch);
    console.print(&parts.join("\n\n"), json)
}

/// Reads `FILE` or, where there is no file of this name, `FILE:NAME`.
fn read(workspace: &Path, patch: &Path) -> Result<PatchedWorkspaces> {
    let named = patch.to_string_lossy();
    match named.rsplit_once(':') {
        Some((file, name)) if !patch.exists() => PatchedWorkspaces::read(workspace, Path::new(file))?.select(name),
        _ => PatchedWorkspaces::read(workspace, patch),
    }
}

fn described(signal: &Signal) -> String {
    let values = signal.values.iter().map(|(label, value)| format!("{label} = {value}"));
    match values.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => signal.name.clone(),
        values => format!("{} ({values})", signal.name),
    }
}

fn signal_table(workspace: &Path, signals: &[SignalLimits]) -> String {
    let row = |SignalLimits { signal, result }: &SignalLimits| {
        let [lowest, low, median, high, highest] = result.limits.expected.map(short);
        vec![
            format!("    {}", described(signal)),
            short(result.limits.observed),
            median,
            format!("{low} to {high}"),
            format!("{lowest} to {highest}"),
        ]
    };
    let rows: Vec<Vec<String>> = signals.iter().map(row).collect();
    let first = &signals[0].result;
    let heading = format!(
        "{}: upper limits on {} at {} % by CLs, for {} signals",
        workspace.display(),
        first.parameter,
        (1e6 * first.level).round() / 1e4,
        signals.len()
    );
    let names = ["    signal", "observed", "expected", "68 % of data", "95 % of data"];
    format!("{heading}\n\n{}", table(&names, &rows))
}

/// Warnings about the patches, and about each signal of several by its name.
fn warnings(limits: &PatchLimits) -> Vec<String> {
    let mut lines: Vec<String> = warning_lines(&limits.warnings).into_iter().collect();
    if limits.signals.len() > 1 {
        let named = limits.signals.iter().flat_map(|SignalLimits { signal, result }| {
            result
                .warnings
                .iter()
                .map(|warning| format!("{}: {warning}", signal.name))
        });
        lines.extend(warning_lines(named));
    }
    lines
}
