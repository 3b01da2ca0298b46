//! `motherlode inspect`: the contents of data sets, event files and models.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::console::{Console, table};
use super::import::{import_json, import_text};
use super::train::{training_json, training_warnings};
use super::{convert, event_file, generator_file};
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

/// Events read at a time, so that memory does not grow with the file.
const EVENTS_AT_ONCE: u64 = 65_536;

/// Tables of more than `MOST_OBSERVABLES` observables, as the pixels of an image, show the first `SOME_OBSERVABLES`.
const MOST_OBSERVABLES: usize = 60;
const SOME_OBSERVABLES: usize = 10;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// File to describe: a data set, a model, a file of MadMiner, a Les Houches file, or an analysis (.toml), for which the benchmarks
    /// of the generator's weights are listed.
    file: PathBuf,
    /// Draw the loss curves of a model's training in this SVG file.
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
    /// Replace the figure if it exists.
    #[arg(long, requires = "figure")]
    force: bool,
}

/// Rows of the loss table.
const LOSS_LINES: usize = 10;

pub(super) fn run(options: Options, console: &Console) -> Result<()> {
    if is_event_file(&options.file) {
        return describe_event_file(&options, console);
    }
    if lhe::is_event_file(&options.file) {
        return describe_generator_file(&options, console);
    }
    if options.file.extension().is_some_and(|extension| extension == "toml") {
        let (text, json) = convert::inspect(&options.file)?;
        return console.print(&text, json);
    }
    match is_data_set(&options.file)? {
        true => describe_data_set(&options, console),
        false => describe_model(&options, console),
    }
}

/// Refuses `--figure` for a file that is not a model.
fn refuse_figure(options: &Options, kind: &str) -> Result<()> {
    match options.figure {
        None => Ok(()),
        Some(_) => Err(Error::usage(format!(
            "`{}` is {kind}, and --figure draws the training of a model: give a model, or omit --figure",
            options.file.display()
        ))),
    }
}

/// Describes a setup or event file of MadMiner.
fn describe_event_file(options: &Options, console: &Console) -> Result<()> {
    refuse_figure(options, "an event file")?;
    let (text, json) = event_file::summary(&EventReader::open(&options.file)?)?;
    console.print(&text, json)
}

/// Describes a Les Houches file.
fn describe_generator_file(options: &Options, console: &Console) -> Result<()> {
    refuse_figure(options, "a file of events")?;
    let (text, json) = generator_file::summary(&options.file, console)?;
    console.print(&text, json)
}

/// Describes a model and its training.
fn describe_model(options: &Options, console: &Console) -> Result<()> {
    let read = ModelFile::read(&options.file).map_err(|error| match looks_like_a_model(&options.file) {
        true => error,
        false => Error::file(
            &options.file,
            "is neither a data set (HDF5) nor a model of motherlode: give a file that `mine` or `train` wrote",
        ),
    })?;
    let model = match read {
        ModelFile::Trained(model) => model,
        ModelFile::Imported(_) if options.figure.is_some() => {
            return Err(Error::file(
                &options.file,
                "was trained by another program and has no loss curves: omit --figure",
            ));
        }
        ModelFile::Imported(imported) => return console.print(&import_text(&imported), import_json(&imported)),
    };
    let members: Vec<&Provenance> = model.members().iter().map(Model::provenance).collect();
    let figure_note = options.figure.iter().map(|to| {
        if to.exists() && !options.force {
            return Err(Error::exists(to));
        }
        let drawing = report::loss_curves(&members);
        let drawing = drawing.ok_or_else(|| Error::file(&options.file, "has no loss curves: omit --figure"))?;
        write_atomically(to, drawing.as_bytes())?;
        Ok(format!("\nwrote {}", to.display()))
    });
    let figure_note = figure_note.collect::<Result<String>>()?;
    let mut json = match members[..] {
        [single] => training_json(single),
        _ => json!({ "members": members.iter().map(|member| training_json(member)).collect::<Vec<_>>() }),
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
    console.print(
        &(model_text(&model, &members) + &training_warnings(&members) + &figure_note),
        json,
    )
}

/// Returns true if a file begins as a model file: eight bytes of length, then JSON.
fn looks_like_a_model(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.get(8) == Some(&b'{'))
}

/// Text that describes a model and its training.
fn model_text(model: &Model, members: &[&Provenance]) -> String {
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
    let training_lines: String = members.iter().map(|member| training_line(member)).collect();
    let curve = match members {
        [single] => "\n".to_owned() + &loss_table(single) + "\n",
        _ => String::new(),
    };
    format!(
        "{many}{method}, trained on {} events of {} (seed {}, first event {}, motherlode {})\ndesign: {}\n\
         network: {}; {} weights\n{calibrated}{training_lines}\n{}\n{curve}",
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

/// One line about the training of a network.
fn training_line(provenance: &Provenance) -> String {
    let curve = &provenance.curve;
    let last = |losses: &[f64]| losses.last().copied().unwrap_or(f64::NAN);
    format!(
        "training seed {}: {} of {} steps, final training loss {:.6} and validation loss {:.6}; kept the weights of step {} \
         with validation loss {:.6}\n",
        provenance.settings.seed,
        provenance.steps,
        provenance.settings.steps,
        last(&curve.train),
        last(&curve.validation),
        provenance.best_step,
        provenance.best_loss().unwrap_or(f64::NAN),
    )
}

/// Losses at some steps of the training.
fn loss_table(provenance: &Provenance) -> String {
    let curve = &provenance.curve;
    let n = curve.step.len();
    let mut shown: Vec<usize> = (0..n)
        .step_by(n.div_ceil(LOSS_LINES).max(1))
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

/// Describes a data set and checks the identities of its gold.
fn describe_data_set(options: &Options, console: &Console) -> Result<()> {
    refuse_figure(options, "a data set")?;
    let reader = Reader::open(&options.file)?;
    let mut summary = DatasetSummary::default();
    let progress = console.progress("reading");
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
        "identities": checks.iter().map(check_json).collect::<Vec<_>>(),
    });
    console.print(&data_set_text(header, &summary, &checks), json)
}

fn check_json(check: &Check) -> Value {
    json!({
        "identity": {
            "name": check.name, "mean": check.value, "standard_error": check.standard_error, "expected": check.expected,
            "effective_events": check.effective_events, "events": check.n_events,
        },
        "z_score": check.z_score(), "decided": check.is_decided(), "holds": check.passes(),
    })
}

fn data_set_text(header: &Header, summary: &DatasetSummary, checks: &[Check]) -> String {
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
                    false => "undecided: too few effective events".into(),
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

/// A number with four decimals, or with a power of ten where it is very small or large.
fn number(value: f64) -> String {
    let size = value.abs();
    match size == 0.0 || (1e-3..1e5).contains(&size) {
        true => format!("{value:.4}"),
        false => format!("{value:.3e}"),
    }
}
