//! `motherlode import`: estimators of MadMiner, training samples, and events of a generator.

use std::path::PathBuf;

use clap::Args;
use ndarray::Axis;
use serde_json::json;

use super::console::{Console, note_lines, warning_text};
use super::convert;
use super::theta::Theta;
use motherlode_core::arrays::{SampleOptions, is_sample};
use motherlode_core::dataset::{AugmentedData, Constancy, DatasetSummary, n_different};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Failures;
use motherlode_core::{Estimator, OutputLock};
use motherlode_hep::lhe;
use motherlode_hep::madminer::is_event_file;
use motherlode_nn::{ImportOptions, ImportedEstimator, Model};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Estimator, training sample or analysis to import.
    ///
    /// Estimator of MadMiner: the path of its files without `_settings.json`, or the folder of an ensemble. Training sample: an .npz
    /// archive or HDF5 file with x, theta0, theta1, y, joint_log_ratio or r_xz, and joint_score0 or t_xz, or a folder of .npy files with
    /// these names. Analysis: a .toml file that names Les Houches files, parameters, observables and cuts.
    name: PathBuf,
    /// File to write: a model, a data set, or an event file.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Reference point of a score estimator (sally, sallino), which MadMiner's files do not record.
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    reference: Option<Theta>,
    /// Scale theta as in training, where MadMiner's evaluation omits it; estimates then differ from MadMiner's.
    #[arg(long)]
    scale_theta: bool,
    /// Names of the parameters, separated by commas; data with other parameters are then refused [default: any names are accepted].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    parameters: Option<Vec<String>>,
    /// Names of the observables, separated by commas; data with other observables are then refused [default: any names are accepted].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    observables: Option<Vec<String>>,
    /// Training sample to import from a folder of several, the NAME of x_NAME.npy [default: the only one].
    #[arg(long, value_name = "NAME")]
    sample: Option<String>,
    /// Denominator hypothesis of a training sample without an array theta1.
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    theta1: Option<Theta>,
    /// Name of the simulator that a training sample comes from [default: imported].
    #[arg(long, value_name = "NAME")]
    simulator: Option<String>,
    /// Seed of an analysis, for smearing and for the order of the events.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Replace the file if it exists.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(options: Options, console: &Console) -> Result<()> {
    let _lock = OutputLock::new_file(&options.output, options.force)?;
    if options.name.extension().is_some_and(|extension| extension == "toml") {
        return convert::run(&options.name, &options.output, options.seed, console);
    }
    if is_event_file(&options.name) || lhe::is_event_file(&options.name) {
        return Err(Error::file(
            &options.name,
            "is an event file: commands read it without an import (`motherlode inspect` describes it); to convert events of a generator, \
             import an analysis, a .toml file with observables and cuts",
        ));
    }
    if is_sample(&options.name) {
        return sample(options, console);
    }
    if options.sample.is_some() || options.theta1.is_some() || options.simulator.is_some() {
        return Err(Error::usage(format!(
            "--sample, --theta1 and --simulator need a training sample, and `{}` is none: give an .npz archive, an HDF5 file with `x`, or a \
             folder with an x.npy or x_NAME.npy",
            options.name.display()
        )));
    }
    let import_options = ImportOptions {
        theta_ref: options.reference.map(|Theta(theta)| theta),
        scale_theta: options.scale_theta,
        parameters: options.parameters,
        observables: options.observables,
    };
    let estimator = ImportedEstimator::from_madminer(&options.name, &import_options).map_err(|error| {
        let needed = "a training sample (.npz, HDF5 with `x`, a folder of .npy), an estimator of MadMiner or an analysis (.toml)";
        match options.name.is_file() {
            true => lhe::other_kind(&options.name, needed, error),
            false => error,
        }
    })?;
    let text = format!("{}: {}", options.output.display(), import_text(&estimator));
    let mut json = import_json(&estimator);
    Model::Imported(estimator).write(&options.output, options.force)?;
    json["output"] = json!(options.output);
    console.print(&text, json)
}

fn sample(options: Options, console: &Console) -> Result<()> {
    if options.reference.is_some() || options.scale_theta {
        return Err(Error::usage(
            "--reference and --scale-theta are for estimators, and this is a training sample: omit them",
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
    let missing = Missing::of(&data);
    let text = text + &missing.as_ref().map_or(String::new(), Missing::note);
    let mut constancy = Constancy::default();
    constancy.take(data.x.view());
    let constant = constancy.found(&data.header);
    let warnings: Vec<String> = constant
        .iter()
        .map(ToString::to_string)
        .chain(repeated(&data))
        .collect();
    console.print(
        &(text + &warning_text(&warnings)),
        json!({
            "warnings": warnings, "missing": missing.map(|missing| missing.shares),
            "output": options.output, "n_events": data.n_events(), "n_observables": data.n_observables(),
            "n_parameters": data.n_parameters(), "design": data.header.design, "labels": labels,
        }),
    )
}

/// Share of repeated observations above which there is a warning.
const MOST_REPEATED: f64 = 0.05;

/// The warning of observations that are repeated although they are no whole numbers.
fn repeated(data: &AugmentedData) -> Option<String> {
    let fractional = |row: &usize| {
        let mut values = data.x.row(*row).into_iter();
        values.any(|value| value.is_finite() && value.fract() != 0.0)
    };
    let rows: Vec<usize> = (0..data.n_events()).filter(fractional).collect();
    let different = n_different(data.x.select(Axis(0), &rows).view());
    let many = (rows.len() - different) as f64 > MOST_REPEATED * data.n_events() as f64;
    many.then(|| {
        format!(
            "of {} observations that are no whole numbers only {different} are different: if they were drawn from stored events with replacement, \
             networks are validated on events that they were trained on, and losses and certificates look better than they are; draw fewer \
             events than are stored",
            rows.len()
        )
    })
}

/// Events that lack observables, as runs leave them that failed.
struct Missing {
    shares: Failures,
    n_without_any: u64,
}

impl Missing {
    fn of(data: &AugmentedData) -> Option<Self> {
        let mut summary = DatasetSummary::default();
        summary.take(data);
        Some(Self {
            shares: summary.missing(&data.header)?,
            n_without_any: summary.n_without_any(),
        })
    }

    fn note(&self) -> String {
        let shares = &self.shares;
        let (n, all) = (shares.n_failed, shares.n_runs);
        let without = match shares.significant_bias() {
            Some(bias) => format!(
                "do not remove them, for their share depends on the hypothesis: {bias}, and by this number each of the other events would \
                 shift ln r"
            ),
            None => "their share does not visibly depend on the hypothesis; keep them all the same".into(),
        };
        format!(
            "\nnote: {n} of {all} events ({:.1} %) lack observables (NaN), {} of them all: {shares}. They count as runs that failed, an \
             observation of its own: networks see for each observable whether it is missing. Keep such events in observed data, too, and \
             {without}",
            100.0 * shares.share(),
            self.n_without_any
        )
    }
}

/// Text that describes an imported estimator, with notes.
pub(super) fn import_text(estimator: &ImportedEstimator) -> String {
    let import = estimator.import();
    let networks = match estimator.n_members() {
        1 => "one network".to_owned(),
        n => format!("{n} networks"),
    };
    format!(
        "{networks} of {}, trained for {}, {} parameters, {} observables\n\n{}",
        import.program,
        import.learned.name(),
        estimator.n_parameters(),
        estimator.n_observables(),
        note_lines(&import.remarks).join("\n\n")
    )
}

/// JSON that describes an imported estimator.
pub(super) fn import_json(estimator: &ImportedEstimator) -> serde_json::Value {
    let import = estimator.import();
    json!({
        "program": import.program, "learned": import.learned, "n_networks": estimator.n_members(),
        "n_parameters": estimator.n_parameters(), "n_observables": estimator.n_observables(), "files": import.files,
        "remarks": import.remarks,
    })
}
