//! Description of a data set, with the identities of its gold.

use std::path::Path;

use serde_json::{Value, json};

use crate::console::{Console, table, warning_lines};
use motherlode_core::dataset::{ColumnRange, DatasetSummary, Header, Reader};
use motherlode_core::error::Result;
use motherlode_core::gold::Identity;
use motherlode_core::{Check, Outcome, Progress};

/// Events read at a time, so that memory does not grow with the file.
const EVENTS_AT_ONCE: u64 = 65_536;

/// Tables of more than `MOST_OBSERVABLES` observables, as the pixels of an image, show the first `SOME_OBSERVABLES`.
const MOST_OBSERVABLES: usize = 60;
const SOME_OBSERVABLES: usize = 10;

/// Describes a data set and checks the identities of its gold.
pub(super) fn describe(path: &Path, console: &Console) -> Result<()> {
    let reader = Reader::open(path)?;
    let mut summary = DatasetSummary::default();
    let progress = console.progress("reading");
    let n = reader.n_events();
    for start in (0..n).step_by(EVENTS_AT_ONCE as usize) {
        summary.take(&reader.rows(start..(start + EVENTS_AT_ONCE).min(n))?);
        progress.report(start, n);
    }
    drop(progress);
    let header = reader.header();
    let (discarded, missing) = (summary.discarded(header), summary.missing(header));
    let mut checks = summary.checks(&header.parameters);
    let kept = discarded.as_ref();
    checks.extend(
        kept.and_then(|discarded| discarded.check("kept runs, ln of their shares", Identity::Acceptance.remedy())),
    );
    let json = json!({
        "header": header,
        "n_events": n,
        "n_numerator": summary.n_events()[0],
        "n_denominator": summary.n_events()[1],
        "discarded": discarded,
        "missing": missing,
        "n_negative": summary.n_negative(),
        "effective_events": summary.effective_events(),
        "x": summary.x(),
        "theta0": summary.theta0(),
        "identities": checks.iter().map(check_json).collect::<Vec<_>>(),
    });
    let failures = [
        discarded
            .filter(|discarded| discarded.significant_bias().is_some())
            .map(|discarded| format!("runs discarded: {discarded}\n")),
        missing.map(|missing| format!("events that lack observables (NaN): {missing}\n")),
    ];
    let faults = warning_lines(&header.faults).into_iter().map(|line| line + "\n");
    let failures: String = failures.into_iter().flatten().chain(faults).collect();
    console.print(&data_set_text(header, &summary, &checks, &failures), json)
}

fn check_json(check: &Check) -> Value {
    json!({
        "identity": {
            "name": check.name, "mean": check.value, "standard_error": check.standard_error, "expected": check.expected,
            "effective_events": check.effective_events, "events": check.n_events,
        },
        "z_score": check.z_score(), "decided": check.is_decided(), "holds": check.passes(), "outcome": check.outcome,
        "remedy": check.remedy,
    })
}

fn verdict(check: &Check) -> String {
    let errors = check.z_score().unwrap_or(f64::NAN);
    match (check.is_decided(), check.outcome) {
        (false, _) => "undecided: too few effective events".into(),
        (true, Outcome::Pass) => "holds".into(),
        (true, Outcome::Warn) => format!("DOUBTFUL, off by {errors:.1} s.e."),
        (true, Outcome::Fail) => format!("VIOLATED by {errors:.1} s.e."),
    }
}

fn data_set_text(header: &Header, summary: &DatasetSummary, checks: &[Check], failures: &str) -> String {
    let [numerator, denominator] = summary.n_events();
    let column = |(name, range): (&String, &ColumnRange)| {
        vec![name.clone(), number(range.low), number(range.mean), number(range.high)]
    };
    let shown = if header.observables.len() > MOST_OBSERVABLES {
        SOME_OBSERVABLES
    } else {
        MOST_OBSERVABLES
    };
    let observables = header.observables.iter().zip(summary.x()).take(shown).map(column);
    let others = header.observables.len().saturating_sub(shown);
    let others = (others > 0).then(|| {
        vec![
            format!("and {others} more"),
            String::new(),
            String::new(),
            String::new(),
        ]
    });
    let theta0 = header
        .parameters
        .iter()
        .zip(summary.theta0())
        .map(|(name, range)| column((&format!("θ0 {name}"), range)));
    let identity_rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| {
            vec![
                format!("⟨{}⟩", check.name),
                number(check.value),
                number(check.standard_error.unwrap_or(f64::NAN)),
                number(check.expected.unwrap_or(f64::NAN)),
                check.effective_events.map_or("".into(), |n| format!("{n:.0}")),
                verdict(check),
            ]
        })
        .collect();
    format!(
        "{} events of {} (seed {}, first event {}, motherlode {}, format {})\n\
         {numerator} from the numerator (y = 0), {denominator} from the denominator (y = 1), {} runs discarded\n{failures}{}\
         design: {}\n\n{}\n\n{}",
        numerator + denominator,
        header.simulator_label(),
        header.seed,
        header.first_event,
        header.crate_version,
        header.format_version,
        header.n_discarded,
        weights_text(header, summary),
        header.design,
        table(
            &["", "lowest", "mean", "highest"],
            &observables.chain(others).chain(theta0).collect::<Vec<_>>()
        ),
        table(
            &[
                "identity",
                "found",
                "std. error",
                "expected",
                "effective events",
                "verdict"
            ],
            &identity_rows
        ),
    ) + &remedies(checks)
}

/// A line about the weights of events, if they have some.
fn weights_text(header: &Header, summary: &DatasetSummary) -> String {
    if !header.weighted {
        return String::new();
    }
    let [numerator, denominator] = summary.effective_events();
    let n_events: u64 = summary.n_events().iter().sum();
    format!(
        "{} of {n_events} events have a negative weight: they are worth {numerator:.0} unweighted ones of y = 0, and {denominator:.0} of y = 1\n",
        summary.n_negative()
    )
}

/// Remedies of the identities that do not hold, each once.
fn remedies(checks: &[Check]) -> String {
    let mut named: Vec<&str> = checks.iter().filter_map(|check| check.remedy.as_deref()).collect();
    named.dedup();
    warning_lines(named).iter().map(|line| format!("\n\n{line}")).collect()
}

/// A number with four decimals, or with a power of ten where it is very small or large.
fn number(value: f64) -> String {
    let size = value.abs();
    match size == 0.0 || (1e-3..1e5).contains(&size) {
        true => format!("{value:.4}"),
        false => format!("{value:.3e}"),
    }
}
