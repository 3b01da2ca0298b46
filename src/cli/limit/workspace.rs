//! `motherlode limit WORKSPACE`: which signal strengths its data exclude.

use std::path::Path;

use serde_json::{Value, json};

use super::{Options, short};
use crate::say::{Say, counted, table};
use motherlode_core::error::{Error, Result};
use motherlode_hep::histfactory::{CLs, HistFactory, StrengthTest, UpperLimits};
use motherlode_hep::pyhf::Workspace;

/// Expected events below which the formulae for many events are doubtful.
const FEW: f64 = 5.0;
/// The confidence level unless another is asked for.
const LEVEL: f64 = 0.95;

pub(super) fn run(options: &Options, say: &Say) -> Result<()> {
    let level = match options.level[..] {
        [] => LEVEL,
        [level] => level,
        _ => {
            return Err(Error::usage(format!(
                "--level {:?}: the upper limit on a signal strength has one level",
                options.level
            )));
        }
    };
    let file = options.file.to_string();
    let path = Path::new(&file);
    let workspace = Workspace::read(path)?;
    let measurement = workspace.measurement(options.measurement.as_deref())?;
    let model = HistFactory::new(&workspace, options.measurement.as_deref())?;
    let cls = CLs::new(&model)?;
    let tests: Vec<StrengthTest> = options.test.iter().map(|at| cls.test(*at)).collect::<Result<_>>()?;
    let progress = say.progress("limits");
    let limits = cls.upper_limits_with_progress(level, &progress)?;
    drop(progress);
    let told = Told {
        name: &measurement.config.poi,
        level,
        best: cls.best_strength(),
        limits,
        tests,
        warnings: warnings(&model, &cls, &measurement.config.poi),
    };
    let counts = model.observed().counts;
    let heading = format!(
        "{}: {}, {} with {} events, {}; measurement `{}`",
        path.display(),
        counted(workspace.channels.len(), "channel"),
        counted(counts.len(), "bin"),
        short(counts.iter().sum()),
        counted(model.parameters().len(), "parameter"),
        measurement.name
    );
    say.result(
        &format!("{heading}\n\n{}", told.words()),
        told.json(json!({ "workspace": path, "measurement": measurement.name })),
    )
}

fn warnings(model: &HistFactory, cls: &CLs<'_>, name: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    if cls.is_at_edge() {
        warnings.push(format!(
            "the best fit of {name} is at the upper edge of its range: give it wider bounds in the measurement, for these limits mean nothing"
        ));
    }
    let expected: f64 = model.counts(&cls.best().theta).iter().sum();
    if expected < FEW {
        warnings.push(format!(
            "{} events are expected in all: the formulae are those for many events, and the limits are rough",
            short(expected)
        ));
    }
    warnings
}

struct Told<'a> {
    name: &'a str,
    level: f64,
    best: f64,
    limits: UpperLimits,
    tests: Vec<StrengthTest>,
    warnings: Vec<String>,
}

impl Told<'_> {
    fn words(&self) -> String {
        let name = self.name;
        let expected = self.limits.expected.map(short);
        let [lowest, low, median, high, highest] = &expected;
        let rows = [
            vec![
                "    observed".to_owned(),
                short(self.limits.observed),
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
        let heading = format!("upper limit on {name} at {} %", (1e6 * self.level).round() / 1e4);
        let mut parts = vec![
            format!("best fit with {name} at 0 or above: {}", short(self.best)),
            table(&[&heading, "CLs", "68 % of data", "95 % of data"], &rows),
        ];
        if !self.tests.is_empty() {
            parts.push(self.tested());
        }
        parts.extend(self.warnings.iter().map(|warning| format!("warning: {warning}")));
        parts.join("\n\n")
    }

    fn tested(&self) -> String {
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
        let rows: Vec<Vec<String>> = self.tests.iter().map(row).collect();
        let name = format!("    {}", self.name);
        table(&[&name, "q", "CLs", "expected", "68 % of data", "95 % of data"], &rows)
    }

    fn json(&self, about: Value) -> Value {
        let test = |test: &StrengthTest| {
            json!({
                "value": test.strength, "statistic": test.statistic, "expected_statistic": test.expected_statistic,
                "cls": test.observed, "expected_cls": test.expected,
            })
        };
        let mut json = json!({
            "parameter": self.name, "level": self.level, "best_fit": self.best,
            "upper_limit": self.limits.observed, "expected_upper_limits": self.limits.expected,
            "tests": self.tests.iter().map(test).collect::<Vec<_>>(), "warnings": self.warnings,
        });
        for (key, value) in about.as_object().into_iter().flatten() {
            json[key] = value.clone();
        }
        json
    }
}
