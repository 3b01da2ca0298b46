//! `motherlode inspect`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::say::{Say, table};
use crate::dataset::{Header, Identity, Range, Reader, Summary};
use crate::error::Result;

/// Events read at once, so that memory does not grow with the file.
const EVENTS_AT_ONCE: u64 = 65_536;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The data set.
    file: PathBuf,
}

pub(super) fn run(options: Options, say: &Say) -> Result<()> {
    let reader = Reader::open(&options.file)?;
    let mut summary = Summary::default();
    let mut progress = say.progress("reading");
    let n = reader.n_events();
    for start in (0..n).step_by(EVENTS_AT_ONCE as usize) {
        summary.take(&reader.rows(start..(start + EVENTS_AT_ONCE).min(n))?);
        progress.show(start, n);
    }
    drop(progress);
    let header = reader.header();
    let identities = summary.identities(&header.parameters);
    let verdicts: Vec<_> = identities
        .iter()
        .map(|i| json!({ "identity": i, "z_score": i.z_score(), "holds": i.holds() }))
        .collect();
    let json = json!({
        "header": header,
        "n_events": n,
        "n_numerator": summary.n_events()[0],
        "n_denominator": summary.n_events()[1],
        "x": summary.x(),
        "theta0": summary.theta0(),
        "identities": verdicts,
    });
    say.result(&in_words(header, &summary, &identities), json)
}

fn in_words(header: &Header, summary: &Summary, identities: &[Identity]) -> String {
    let [numerator, denominator] = summary.n_events();
    let column = |(name, range): (&String, &Range)| {
        vec![name.clone(), number(range.low), number(range.mean), number(range.high)]
    };
    let observables = header.observables.iter().zip(summary.x()).map(column);
    let theta0 = header
        .parameters
        .iter()
        .zip(summary.theta0())
        .map(|(name, range)| column((&format!("θ0 {name}"), range)));
    let identity_rows: Vec<Vec<String>> = identities
        .iter()
        .map(|identity| {
            vec![
                format!("⟨{}⟩", identity.name),
                number(identity.mean),
                number(identity.standard_error),
                number(identity.expected),
                identity.effective_events.map_or("".into(), |n| format!("{n:.0}")),
                if identity.holds() {
                    "holds".into()
                } else {
                    format!("VIOLATED by {:.1} s.e.", identity.z_score())
                },
            ]
        })
        .collect();
    format!(
        "{} events of {} (seed {}, first event {}, motherlode {}, format {})\n\
         {numerator} from the numerator (y = 0), {denominator} from the denominator (y = 1), {} runs discarded\n\
         design: {}\n\n{}\n\n{}",
        numerator + denominator,
        header.simulator,
        header.seed,
        header.first_event,
        header.crate_version,
        header.format_version,
        header.n_discarded,
        header.design,
        table(
            &["", "lowest", "mean", "highest"],
            &observables.chain(theta0).collect::<Vec<_>>()
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
    )
}

/// A number in few digits.
fn number(value: f64) -> String {
    let size = value.abs();
    match size == 0.0 || (1e-3..1e5).contains(&size) {
        true => format!("{value:.4}"),
        false => format!("{value:.3e}"),
    }
}
