//! `motherlode import`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::console::Console;
use super::convert;
use super::theta::Theta;
use motherlode_core::arrays::{SampleOptions, is_sample};
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_hep::lhe;
use motherlode_hep::madminer::is_event_file;
use motherlode_nn::{ImportOptions, ImportedEstimator};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Of an estimator, the name under which MadMiner has saved it: the path of its files as far as `_settings.json`, or the
    /// folder of an ensemble. Of a training sample, an .npz archive, plain or compressed, or an HDF5 file (x, theta0, theta1, y,
    /// joint_log_ratio or r_xz, joint_score0 or t_xz), or a folder of .npy files with these names, as MadMiner writes them. Of events of a generator, an analysis: a .toml file
    /// that names Les Houches files, parameters, observables and cuts.
    name: PathBuf,
    /// The file to write: a model, a data set, or an event file.
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
    /// Which of several training samples in a folder: NAME of its x_NAME.npy.
    #[arg(long, value_name = "NAME")]
    sample: Option<String>,
    /// The denominator of a training sample that has no array theta1.
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    theta1: Option<Theta>,
    /// Name of the simulator that a training sample comes from (default: imported).
    #[arg(long, value_name = "NAME")]
    simulator: Option<String>,
    /// The seed of an analysis: for smearing, and for the order in which samples are mixed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Replace the file if it exists.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(options: Options, console: &Console) -> Result<()> {
    if options.output.exists() && !options.force {
        return Err(Error::exists(&options.output));
    }
    if options.name.extension().is_some_and(|extension| extension == "toml") {
        return convert::run(&options.name, &options.output, options.seed, console);
    }
    if is_event_file(&options.name) || lhe::is_event_file(&options.name) {
        return Err(Error::file(
            &options.name,
            "holds events, which are read where they are (`inspect` shows them); what is to be measured of the events of a generator is \
             said in an analysis, a .toml file",
        ));
    }
    if is_sample(&options.name) {
        return sample(options, console);
    }
    if options.sample.is_some() || options.theta1.is_some() || options.simulator.is_some() {
        return Err(Error::usage(format!(
            "--sample, --theta1 and --simulator belong to training samples, and `{}` holds no arrays of one: an .npz archive, an HDF5 file with `x`, or a folder with \
             an x.npy or x_NAME.npy",
            options.name.display()
        )));
    }
    let import_options = ImportOptions {
        theta_ref: options.reference.map(|Theta(theta)| theta),
        scale_theta: options.scale_theta,
        parameters: options.parameters,
        observables: options.observables,
    };
    let estimator = ImportedEstimator::from_madminer(&options.name, &import_options)?;
    estimator.write(&options.output, options.force)?;
    let text = format!("{}: {}", options.output.display(), import_text(&estimator));
    let mut json = import_json(&estimator);
    json["output"] = json!(options.output);
    console.print(&text, json)
}

fn sample(options: Options, console: &Console) -> Result<()> {
    if options.reference.is_some() || options.scale_theta {
        return Err(Error::usage(
            "--reference and --scale-theta belong to estimators, and this is a training sample: leave them out",
        ));
    }
    let sample_options = SampleOptions {
        name: options.sample,
        theta1: options.theta1.map(|Theta(theta)| theta),
        parameters: options.parameters,
        observables: options.observables,
        simulator: options.simulator,
    };
    let data = AugmentedData::from_arrays(&options.name, &sample_options)?;
    data.write(&options.output)?;
    let labels = [
        ("joint_log_ratio", data.joint_log_ratio.is_some()),
        ("joint_score0", data.joint_score0.is_some()),
    ];
    let labels: Vec<&str> = labels
        .iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| *name)
        .collect();
    let text = format!(
        "{}: {} events, {} observables, {} parameters; {}; labels: y{}",
        options.output.display(),
        data.n_events(),
        data.n_observables(),
        data.n_parameters(),
        data.header.design,
        labels.iter().map(|label| format!(", {label}")).collect::<String>()
    );
    console.print(
        &text,
        json!({
            "output": options.output, "n_events": data.n_events(), "n_observables": data.n_observables(),
            "n_parameters": data.n_parameters(), "design": data.header.design, "labels": labels,
        }),
    )
}

/// What an imported estimator is, and what one should know about it.
pub(super) fn import_text(estimator: &ImportedEstimator) -> String {
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
pub(super) fn import_json(estimator: &ImportedEstimator) -> serde_json::Value {
    let import = estimator.import();
    json!({
        "program": import.program, "learned": import.learned, "n_networks": estimator.n_members(),
        "n_parameters": estimator.n_parameters(), "n_observables": estimator.n_observables(), "files": import.files,
        "remarks": import.remarks,
    })
}
