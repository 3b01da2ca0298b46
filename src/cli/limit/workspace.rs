//! `motherlode limit WORKSPACE`: upper limits on a signal strength.

use std::path::Path;

use motherlode_core::error::{Error, Result};
use motherlode_core::format::comma_separated;
use motherlode_hep::histfactory::StrengthTest;
use motherlode_hep::limits::{WorkspaceLimitResult, WorkspaceLimitSettings, limits_of_workspace};
use motherlode_hep::pyhf::Workspace;
use serde_json::json as object;

use super::{Options, patches, short};
use crate::console::{Console, counted, json, table, warning_lines};

pub(super) fn run(options: &Options, console: &Console) -> Result<()> {
    let settings = settings(options)?;
    let file = options.file.to_string();
    let path = Path::new(&file);
    if let Some(patch) = &options.patch {
        return patches::run(path, patch, &settings, console);
    }
    let result = limits_of_workspace(&Workspace::read(path)?, &settings, &console.progress("limits"))?;
    let mut json = json(&result)?;
    json["workspace"] = object!(path);
    console.print(
        &format!("{}\n\n{}", heading(&path.display().to_string(), &result), text(&result)),
        json,
    )
}

fn settings(options: &Options) -> Result<WorkspaceLimitSettings> {
    let default = WorkspaceLimitSettings::default();
    let level = match options.level[..] {
        [] => default.level,
        [level] => level,
        _ => {
            return Err(Error::usage(format!(
                "--level {}: give one level for the upper limit of a workspace",
                comma_separated(&options.level)
            )));
        }
    };
    Ok(WorkspaceLimitSettings {
        measurement: options.measurement.clone(),
        level,
        strengths: options.test.clone(),
    })
}

pub(super) fn heading(name: &str, result: &WorkspaceLimitResult) -> String {
    format!(
        "{name}: {}, {} with {} events, {}; measurement `{}`",
        counted(result.n_channels, "channel"),
        counted(result.n_bins, "bin"),
        short(result.n_events),
        counted(result.n_parameters, "parameter"),
        result.measurement
    )
}

pub(super) fn text(result: &WorkspaceLimitResult) -> String {
    let name = &result.parameter;
    let [lowest, low, median, high, highest] = &result.limits.expected.map(short);
    let rows = [
        vec![
            "    observed".to_owned(),
            short(result.limits.observed),
            String::new(),
            String::new(),
        ],
        vec![
            "    expected without signal".into(),
            median.clone(),
            format!("{low} to {high}"),
            format!("{lowest} to {highest}"),
        ],
    ];
    let heading = format!("upper limit on {name} at {} %", (1e6 * result.level).round() / 1e4);
    let mut parts = vec![
        format!("best fit with {name} at 0 or above: {}", short(result.best_fit)),
        table(&[&heading, "CLs", "68 % of data", "95 % of data"], &rows),
    ];
    if !result.tests.is_empty() {
        parts.push(test_table(result));
    }
    parts.extend(warning_lines(&result.warnings));
    parts.join("\n\n")
}

fn test_table(result: &WorkspaceLimitResult) -> String {
    let row = |test: &StrengthTest| {
        let [lowest, low, median, high, highest] = test.expected.map(short);
        vec![
            format!("    {}", test.strength),
            short(test.statistic),
            short(test.observed),
            median,
            format!("{low} to {high}"),
            format!("{lowest} to {highest}"),
        ]
    };
    let rows: Vec<Vec<String>> = result.tests.iter().map(row).collect();
    let name = format!("    {}", result.parameter);
    table(&[&name, "q", "CLs", "expected", "68 % of data", "95 % of data"], &rows)
}
