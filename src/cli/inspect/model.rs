//! Description of a model and its training.

use std::path::Path;

use serde_json::{Value, json};

use super::Options;
use crate::console::{Console, check_new, table};
use crate::import::{import_json, import_text};
use crate::train::{certificates, training_json, training_warnings};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_hep::lhe::other_kind;
use motherlode_nn::{Model, Provenance};
use motherlode_stats::calibration::Calibration;
use motherlode_study::report;

/// Rows of the loss table.
const LOSS_LINES: usize = 10;

/// Describes a model and its training.
pub(super) fn describe(options: &Options, console: &Console) -> Result<()> {
    let model = Model::read(&options.file).map_err(|error| match looks_like_a_model(&options.file) {
        true => error,
        false => {
            let what =
                "is neither a data set (HDF5) nor a model of motherlode: give a file that `mine` or `train` wrote";
            other_kind(
                &options.file,
                "a data set, a model or a file of events",
                Error::file(&options.file, what),
            )
        }
    })?;
    if let Some(imported) = model.imported() {
        return match options.figure {
            Some(_) => Err(Error::file(
                &options.file,
                "was trained by another program and has no loss curves: omit --figure",
            )),
            None => {
                let mut json = import_json(imported);
                if let Some(calibration) = model.calibration() {
                    json["calibration"] = calibration_json(calibration);
                }
                console.print(&(calibration_text(&model) + &import_text(imported)), json)
            }
        };
    }
    let members: Vec<&Provenance> = model.members().iter().filter_map(Model::provenance).collect();
    let figure_note = options.figure.iter().map(|to| {
        check_new([to], options.force)?;
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
    json["calibration"] = model.calibration().map_or(Value::Null, calibration_json);
    json["weights"] = json!(model.n_weights());
    json["figure"] = json!(options.figure);
    console.print(
        &(model_text(&model, &members) + &certificates(&members) + &training_warnings(&members) + &figure_note),
        json,
    )
}

/// Returns true if a file begins as a model file: eight bytes of length, then JSON.
fn looks_like_a_model(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.get(8) == Some(&b'{'))
}

fn calibration_json(calibration: &Calibration) -> Value {
    json!({
        "method": calibration.method.name(),
        "n_events": calibration.n_events,
        "certificate": calibration.certificate,
    })
}

/// The calibration of a model, with its certificate; empty without one.
fn calibration_text(model: &Model) -> String {
    model.calibration().map_or_else(String::new, |calibration| {
        let certificate = calibration.certificate.iter();
        format!(
            "calibrated by {}, at {} hypotheses with {} events (seed {})\n{}",
            calibration.method.name(),
            calibration.n_nodes(),
            calibration.n_events,
            calibration.seed,
            certificate
                .map(|found| format!("after calibration: {found}\n"))
                .collect::<String>(),
        )
    })
}

/// Text that describes a model and its training.
fn model_text(model: &Model, members: &[&Provenance]) -> String {
    let first = members[0];
    let Provenance { method, data, .. } = first;
    let described = first.settings.described(&[*method]);
    let mut settings: Vec<Vec<String>> = described.into_iter().map(|(name, value)| vec![name, value]).collect();
    if first.score_scaled {
        settings.push(vec![
            "score errors".into(),
            "relative to the size of the score at each hypothesis".into(),
        ]);
    }
    let calibrated = calibration_text(model);
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
        provenance.settings.planned_steps(),
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
