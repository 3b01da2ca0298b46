//! `motherlode inspect`: what is in a data set or an event file, and how a model was trained.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::import::{account, described};
use super::say::{Say, table};
use super::train::{record, warnings};
use super::{analysis, event_file, generator_file};
use motherlode_core::Check;
use motherlode_core::Progress;
use motherlode_core::dataset::{ColumnRange, DatasetSummary, Header, Reader, is_data_set};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_hep::lhe;
use motherlode_hep::madminer::EventReader;
use motherlode_hep::madminer::is_event_file;
use motherlode_nn::{Model, ModelFile, Provenance};
use motherlode_study::report;

/// Events read at once, so that memory does not grow with the file.
const EVENTS_AT_ONCE: u64 = 65_536;

/// With more observables than the first number, a table shows the second: nobody reads the pixels of an image one by one.
const MOST_OBSERVABLES: usize = 60;
const SOME_OBSERVABLES: usize = 10;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The data set, the model, a file of MadMiner, a Les Houches file of a generator, or an analysis (.toml): for this, at which
    /// benchmarks events have to be weighted.
    file: PathBuf,
    /// Draw the losses in the course of the training of a model, as an SVG file.
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
    /// Replace the figure if it exists.
    #[arg(long, requires = "figure")]
    force: bool,
}

/// Lines of a curve that are shown.
const LINES: usize = 10;

pub(super) fn run(options: Options, say: &Say) -> Result<()> {
    if is_event_file(&options.file) {
        return of_madminer(&options, say);
    }
    if lhe::is_event_file(&options.file) {
        return of_generator(&options, say);
    }
    if options.file.extension().is_some_and(|extension| extension == "toml") {
        let (words, json) = analysis::inspect(&options.file)?;
        return say.result(&words, json);
    }
    match is_data_set(&options.file)? {
        true if options.figure.is_some() => Err(Error::usage(format!(
            "`{}` is a data set, and --figure draws how a model was trained: give a model",
            options.file.display()
        ))),
        true => data_set(&options, say),
        false => model(&options, say),
    }
}

/// Shows what a file of MadMiner holds.
fn of_madminer(options: &Options, say: &Say) -> Result<()> {
    if options.figure.is_some() {
        return Err(Error::usage(format!(
            "`{}` is an event file, and --figure draws how a model was trained: give a model",
            options.file.display()
        )));
    }
    let (words, json) = event_file::account(&EventReader::open(&options.file)?)?;
    say.result(&words, json)
}

/// Shows what a generator has written.
fn of_generator(options: &Options, say: &Say) -> Result<()> {
    if options.figure.is_some() {
        return Err(Error::usage(format!(
            "`{}` is a file of events, and --figure draws how a model was trained: give a model",
            options.file.display()
        )));
    }
    let (words, json) = generator_file::account(&options.file, say)?;
    say.result(&words, json)
}

/// Shows how a model was trained.
fn model(options: &Options, say: &Say) -> Result<()> {
    let read = ModelFile::read(&options.file).map_err(|error| match looks_like_a_model(&options.file) {
        true => error,
        false => Error::file(
            &options.file,
            "is neither an HDF5 file, as data sets are, nor a model of motherlode: give one that was mined or trained",
        ),
    })?;
    let model = match read {
        ModelFile::Trained(model) => model,
        ModelFile::Imported(_) if options.figure.is_some() => {
            return Err(Error::file(
                &options.file,
                "was trained elsewhere, and keeps no losses of its training",
            ));
        }
        ModelFile::Imported(imported) => return say.result(&described(&imported), account(&imported)),
    };
    let members: Vec<&Provenance> = model.members().iter().map(Model::provenance).collect();
    let drawn = options.figure.iter().map(|to| {
        if to.exists() && !options.force {
            return Err(Error::exists(to));
        }
        let drawing = report::loss_curves(&members);
        let drawing = drawing.ok_or_else(|| Error::file(&options.file, "keeps no losses of its training"))?;
        write_atomically(to, drawing.as_bytes())?;
        Ok(format!("\nwrote {}", to.display()))
    });
    let drawn = drawn.collect::<Result<String>>()?;
    let mut json = match members[..] {
        [single] => record(single),
        _ => json!({ "members": members.iter().map(|member| record(member)).collect::<Vec<_>>() }),
    };
    json["architecture"] = json!(model.architecture());
    json["calibration"] = match &*model {
        Model::Calibrated(calibrated) => {
            json!({ "method": calibrated.calibration().method.name(), "n_events": calibrated.calibration().n_events })
        }
        _ => Value::Null,
    };
    json["weights"] = json!(model.n_weights());
    json["figure"] = json!(options.figure);
    say.result(&(trained(&model, &members) + &warnings(&members) + &drawn), json)
}

/// Whether a file begins as models do: eight bytes of length, then JSON.
fn looks_like_a_model(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.get(8) == Some(&b'{'))
}

/// How a model was trained, in words.
fn trained(model: &Model, members: &[&Provenance]) -> String {
    let first = members[0];
    let Provenance { method, data, .. } = first;
    let described = first.settings.described(&[*method]);
    let settings: Vec<Vec<String>> = described.into_iter().map(|(name, value)| vec![name, value]).collect();
    let calibrated = match model {
        Model::Calibrated(calibrated) => {
            let calibration = calibrated.calibration();
            format!(
                "calibrated by {}, at {} hypotheses with {} events (seed {})\n",
                calibration.method.name(),
                calibration.n_nodes(),
                calibration.n_events,
                calibration.seed
            )
        }
        _ => String::new(),
    };
    let many = match members.len() {
        1 => String::new(),
        n => format!("an ensemble of {n} members of "),
    };
    let courses: String = members.iter().map(|member| course(member)).collect();
    let curve = match members {
        [single] => "\n".to_owned() + &losses(single) + "\n",
        _ => String::new(),
    };
    format!(
        "{many}{method}, trained on {} events of {} (seed {}, first event {}, motherlode {})\ndesign: {}\n\
         network: {}; {} weights\n{calibrated}{courses}\n{}\n{curve}",
        first.n_events,
        data.simulator_label(),
        data.seed,
        data.first_event,
        data.crate_version,
        data.design,
        model.architecture(),
        model.n_weights(),
        table(&["setting", ""], &settings),
    )
    .trim_end()
    .to_owned()
}

/// How one training went, in a line.
fn course(provenance: &Provenance) -> String {
    let curve = &provenance.curve;
    let last = |losses: &[f64]| losses.last().copied().unwrap_or(f64::NAN);
    format!(
        "training seed {}: {} of {} steps, at the last one training loss {:.6} and validation loss {:.6}; weights of step {} \
         kept, validation loss {:.6}\n",
        provenance.settings.seed,
        provenance.steps,
        provenance.settings.steps,
        last(&curve.train),
        last(&curve.validation),
        provenance.best_step,
        provenance.best_loss().unwrap_or(f64::NAN),
    )
}

/// The losses on the way, as a table of a few lines.
fn losses(provenance: &Provenance) -> String {
    let curve = &provenance.curve;
    let n = curve.step.len();
    let mut shown: Vec<usize> = (0..n)
        .step_by(n.div_ceil(LINES).max(1))
        .chain(n.checked_sub(1))
        .collect();
    shown.extend(curve.step.iter().position(|&step| step == provenance.best_step));
    shown.sort_unstable();
    shown.dedup();
    let line = |&at: &usize| {
        let step = curve.step[at];
        let kept = if step == provenance.best_step { "kept" } else { "" };
        let [train, validation] = [curve.train[at], curve.validation[at]].map(|loss| format!("{loss:.6}"));
        vec![step.to_string(), train, validation, kept.into()]
    };
    table(
        &["step", "training loss", "validation loss", ""],
        &shown.iter().map(line).collect::<Vec<_>>(),
    )
}

/// Shows what a data set holds.
fn data_set(options: &Options, say: &Say) -> Result<()> {
    let reader = Reader::open(&options.file)?;
    let mut summary = DatasetSummary::default();
    let progress = say.progress("reading");
    let n = reader.n_events();
    for start in (0..n).step_by(EVENTS_AT_ONCE as usize) {
        summary.take(&reader.rows(start..(start + EVENTS_AT_ONCE).min(n))?);
        progress.report(start, n);
    }
    drop(progress);
    let header = reader.header();
    let checks = summary.checks(&header.parameters);
    let json = json!({
        "header": header,
        "n_events": n,
        "n_numerator": summary.n_events()[0],
        "n_denominator": summary.n_events()[1],
        "x": summary.x(),
        "theta0": summary.theta0(),
        "identities": checks.iter().map(as_json).collect::<Vec<_>>(),
    });
    say.result(&in_words(header, &summary, &checks), json)
}

fn as_json(check: &Check) -> Value {
    json!({
        "identity": {
            "name": check.name, "mean": check.value, "standard_error": check.standard_error, "expected": check.expected,
            "effective_events": check.effective_events, "events": check.n_events,
        },
        "z_score": check.z_score(), "decided": check.is_decided(), "holds": check.passes(),
    })
}

fn in_words(header: &Header, summary: &DatasetSummary, checks: &[Check]) -> String {
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
                match check.is_decided() {
                    false => "too few effective events to say".into(),
                    true if check.passes() => "holds".into(),
                    true => format!("VIOLATED by {:.1} s.e.", check.z_score().unwrap_or(f64::NAN)),
                },
            ]
        })
        .collect();
    format!(
        "{} events of {} (seed {}, first event {}, motherlode {}, format {})\n\
         {numerator} from the numerator (y = 0), {denominator} from the denominator (y = 1), {} runs discarded\n\
         design: {}\n\n{}\n\n{}",
        numerator + denominator,
        header.simulator_label(),
        header.seed,
        header.first_event,
        header.crate_version,
        header.format_version,
        header.n_discarded,
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
