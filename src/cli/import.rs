//! `motherlode import`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::say::Say;
use super::theta::Theta;
use crate::error::{Error, Result};
use crate::estimator::{ImportOptions, ImportedEstimator};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The name under which MadMiner has saved the estimator: the path of its files as far as `_settings.json`, or the
    /// folder of an ensemble.
    name: PathBuf,
    /// The model file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The point at which a score was taken: needed for a score estimator (sally, sallino), which does not say it itself.
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    reference: Option<Theta>,
    /// Scale theta as in training where MadMiner's own evaluation forgets to; the answers then differ from MadMiner's.
    #[arg(long)]
    scale_theta: bool,
    /// Names of the parameters, separated by commas: data with other ones are then refused (default: any names will do).
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    parameters: Option<Vec<String>>,
    /// Names of the observables, separated by commas: data with other ones are then refused (default: any names will do).
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    observables: Option<Vec<String>>,
    /// Replace the model file if it exists.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(options: Options, say: &Say) -> Result<()> {
    if options.output.exists() && !options.force {
        return Err(Error::exists(&options.output));
    }
    let import_options = ImportOptions {
        theta_ref: options.reference.map(|Theta(theta)| theta),
        scale_theta: options.scale_theta,
        parameters: options.parameters,
        observables: options.observables,
    };
    let estimator = ImportedEstimator::from_madminer(&options.name, &import_options)?;
    estimator.write(&options.output, options.force)?;
    let words = format!("{}: {}", options.output.display(), described(&estimator));
    let mut json = account(&estimator);
    json["output"] = json!(options.output);
    say.result(&words, json)
}

/// What an imported estimator is, and what one should know about it.
pub(super) fn described(estimator: &ImportedEstimator) -> String {
    let import = estimator.import();
    let networks = match estimator.n_members() {
        1 => "one network".to_owned(),
        n => format!("{n} networks"),
    };
    let remarks: Vec<String> = import
        .remarks
        .iter()
        .map(|remark| format!("\nnote: {remark}"))
        .collect();
    format!(
        "{networks} of {} that learned {}, {} parameters, {} observables\n{}",
        import.program,
        import.learned.name(),
        estimator.n_parameters(),
        estimator.n_observables(),
        remarks.join("\n")
    )
}

/// The same for programs.
pub(super) fn account(estimator: &ImportedEstimator) -> serde_json::Value {
    let import = estimator.import();
    json!({
        "program": import.program, "learned": import.learned, "n_networks": estimator.n_members(),
        "n_parameters": estimator.n_parameters(), "n_observables": estimator.n_observables(), "files": import.files,
        "remarks": import.remarks,
    })
}
