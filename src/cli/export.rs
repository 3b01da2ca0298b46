//! `motherlode export`: models as ONNX, data sets as NumPy arrays, histograms as workspaces of pyhf.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Registry;
use super::console::{Console, check_no_input, lock_folder, warning_text};
use super::workspace::{self, WorkspaceOptions};
use motherlode_core::arrays::Precision;
use motherlode_core::dataset::{AugmentedData, is_data_set};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_core::format::number;
use motherlode_core::{Estimator, OutputLock};
use motherlode_nn::{Model, OnnxExport};
use motherlode_stats::analysis::Warning;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model to write as ONNX, or data set to write as NumPy arrays; with --pyhf, a model, an event file of MadMiner or a simulator.
    file: PathBuf,
    /// File to write: .onnx for a model; .npz for a data set, with those of x, theta0, theta1, y, joint_log_ratio and joint_score0 that it
    /// has; .json with --pyhf.
    #[arg(short, long, value_name = "FILE", required_unless_present = "madminer")]
    output: Option<PathBuf>,
    /// Write a data set to this folder as MadMiner's training files (x_train.npy, theta0_train.npy, …).
    #[arg(long, value_name = "FOLDER", conflicts_with = "output")]
    madminer: Option<PathBuf>,
    /// Use double precision for the inputs and outputs of a network [default: single, or double where single precision changes the answers,
    /// as for observables that vary little about a large mean]. Transforms are always computed in double precision.
    #[arg(long)]
    double: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
    /// Replace files that exist.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    if let (true, Some(output)) = (options.workspace.pyhf, &options.output) {
        check_name(output, "json", "a workspace")?;
        return workspace::run(
            registry,
            &options.file,
            output,
            options.force,
            &options.workspace,
            console,
        );
    }
    check_no_input(options.output.as_deref(), [&*options.file])?;
    let _lock = match (&options.output, &options.madminer) {
        (Some(output), _) => Some(OutputLock::new_file(output, options.force)?),
        (None, folder) => lock_folder(folder.as_deref())?,
    };
    let is_data = is_data_set(&options.file)?;
    match (&options.output, &options.madminer) {
        (Some(output), _) if is_data => archive(&options, output, console),
        (Some(output), _) => network(&options, output, console),
        (None, Some(folder)) if is_data => for_madminer(&options, folder, console),
        _ => Err(Error::file(
            &options.file,
            "is not a data set, which --madminer needs: give a data set, or write a model with -o FILE.onnx",
        )),
    }
}

fn network(options: &Options, output: &Path, console: &Console) -> Result<()> {
    check_name(output, "onnx", "a network")?;
    let model = Model::read(&options.file)?;
    let export = model.to_checked_onnx(options.double)?;
    write_atomically(output, &export.bytes)?;
    let precision = match export.precision {
        Precision::Double => "double",
        Precision::Single => "single",
    };
    let text = format!(
        "{}: {} as ONNX, with inputs and outputs in user units and {precision} precision",
        output.display(),
        model.name(),
    );
    let warnings = Warning::of_training(&model, None);
    console.print(
        &(text + &check_text(&export) + &warning_text(&warnings)),
        json!({
            "output": output, "model": model.name(), "n_members": model.n_members(), "precision": precision,
            "difference": export.difference, "difference_in_single": export.in_single, "compared_events": export.n_events,
            "warnings": warnings,
        }),
    )
}

/// Result of the comparison of a graph with its model, in words.
fn check_text(export: &OnnxExport) -> String {
    let of = |difference: Option<f64>| difference.map_or("–".to_owned(), |difference| number(difference, 2));
    let found = match export.difference {
        Some(_) => format!(
            "\ncompared with the model on {} events like those of training: differs by at most {}",
            export.n_events,
            of(export.difference)
        ),
        None => {
            "\nnote: the model has no answer at one hypothesis alone, and the graph was not compared with it".into()
        }
    };
    let chosen = export.in_single.map_or_else(String::new, |difference| {
        format!(
            "\nnote: inputs and outputs have double precision: with single precision, answers would be off by {}, because some observable \
             varies little about a large mean",
            of(Some(difference))
        )
    });
    let doubt = match export.is_faithful() {
        true => String::new(),
        false => warning_text(["the graph does not say what the model says: evaluate the model itself".to_owned()]),
    };
    found + &chosen + &doubt
}

fn archive(options: &Options, output: &Path, console: &Console) -> Result<()> {
    check_name(output, "npz", "a data set")?;
    let data = AugmentedData::read(&options.file)?;
    data.write_npz(output)?;
    let text = format!(
        "{}: {} events of {}",
        output.display(),
        data.n_events(),
        data.header.simulator_label()
    );
    console.print(&text, json!({ "output": output, "n_events": data.n_events() }))
}

fn for_madminer(options: &Options, folder: &Path, console: &Console) -> Result<()> {
    let data = AugmentedData::read(&options.file)?;
    let files = data.write_for_madminer(folder, options.force)?;
    let written: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let text = format!(
        "{} events of {} in {}",
        data.n_events(),
        data.header.simulator_label(),
        written.join(", ")
    );
    console.print(&text, json!({ "files": files, "n_events": data.n_events() }))
}

fn check_name(path: &Path, ending: &str, what: &str) -> Result<()> {
    match path.extension().is_some_and(|extension| extension == ending) {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "the output is {what}: give `{}` a name that ends in .{ending}",
            path.display()
        ))),
    }
}
