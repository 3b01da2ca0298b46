//! `motherlode infer`: best fit, errors and confidence intervals.

mod render;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use motherlode_core::error::Result;
use motherlode_stats::analysis::{Analysis, DensitySettings, IntervalSettings};
use motherlode_stats::inference::{BinLayout, SummarySettings};

use super::Registry;
use super::console::{Console, check_new, lock_folder};
use super::observed::{EventPool, ObservedOptions, event_pool, known_simulator, read_model};
use super::one_of::one_of;
use super::theta::Edges;
use crate::count::count;
use render::render;
pub(super) use render::{FitTable, held};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model file of an estimator of ratios, or of the score, whose density is then estimated from simulated events.
    model: PathBuf,
    #[command(flatten)]
    observed: ObservedOptions,
    #[command(flatten)]
    densities: DensityOptions,
    /// Expected number of events: scales the observed sample to it and gives expected results (Asimov data set), with bands of one and two
    /// standard deviations [default: the events are the observed ones].
    #[arg(long, value_name = "EVENTS")]
    expect: Option<f64>,
    /// Parameter box to scan, low:high for each parameter [default: the training box of the model].
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Confidence levels, separated by commas.
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', default_values_t = [0.68, 0.95])]
    levels: Vec<f64>,
    /// Auxiliary measurement of a parameter, name=mean:sd; repeat the option for several parameters [default: the constraints of the
    /// simulator].
    #[arg(long, value_name = "NAME=MEAN:SD", allow_hyphen_values = true)]
    constraint: Vec<NamedConstraint>,
    /// Ignore the constraints of the simulator, such as 0 ± 1 for the nuisance parameters of event files.
    #[arg(long)]
    unconstrained: bool,
    /// Luminosity, in inverse units of the simulator's cross section: adds the number of events to the data [default: shapes only].
    #[arg(long, value_name = "LUMINOSITY", allow_hyphen_values = true)]
    luminosity: Option<f64>,
    /// Number of toy data sets at each hypothesis, for regions without Wilks' theorem [default: none]. With more than two free parameters, each
    /// end of an interval by Wilks' theorem is tested by toys instead, with all other parameters profiled. Toys need the simulator, and exclude
    /// --expect, --constraint and --luminosity.
    #[arg(long, value_name = "TOYS", value_parser = count::<usize>)]
    toys: Option<usize>,
    /// Seed of the toys.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Folder for a page with figures, all numbers as JSON, and toys, from which an interrupted run resumes.
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Replace the results in the folder, and discard toys of other data or settings.
    #[arg(long, requires = "output")]
    force: bool,
}

#[derive(Debug, Clone, Args)]
struct DensityOptions {
    /// Compare with the histogram of these observables, separated by commas [default: none].
    #[arg(long, value_name = "OBSERVABLES", value_delimiter = ',')]
    histogram: Vec<String>,
    /// Use only the score component along the line between two hypotheses (SALLINO), whose histogram needs few events for any number of
    /// parameters.
    #[arg(long)]
    projected: bool,
    /// Number of bins along each dimension of a histogram [default: 25 for one, 15,5 for two].
    #[arg(long, value_name = "BINS", value_delimiter = ',', value_parser = count::<usize>)]
    bins: Option<Vec<usize>>,
    /// Density estimate: bins of equal probability or equal width, or a kernel.
    #[arg(long, default_value = "equal-probability", value_parser = one_of([
        ("equal-probability", "", BinLayout::EqualProbability),
        ("equal-width", "", BinLayout::EqualWidth),
        ("kernel", "", BinLayout::Kernel),
    ]))]
    layout: BinLayout,
    /// Number of events to simulate for the histograms.
    #[arg(long, value_name = "EVENTS", default_value_t = 100_000, value_parser = count::<usize>)]
    pool: usize,
}

impl DensityOptions {
    fn settings(&self) -> DensitySettings {
        DensitySettings {
            histogram: self.histogram.clone(),
            projected: self.projected,
            summary: SummarySettings {
                layout: self.layout,
                bins: self.bins.clone(),
                events: self.pool,
                ..SummarySettings::default()
            },
        }
    }
}

/// `name=mean:sd`.
#[derive(Debug, Clone)]
struct NamedConstraint {
    name: String,
    mean: f64,
    sd: f64,
}

impl FromStr for NamedConstraint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(name, rest)| {
            let (mean, sd) = rest.split_once(':')?;
            Some((name.to_owned(), mean.parse().ok()?, sd.parse().ok()?))
        });
        let (name, mean, sd) = parts.ok_or_else(|| format!("`{text}` is not of the form name=mean:sd"))?;
        Ok(Self { name, mean, sd })
    }
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let record = options.output.as_ref().map(|dir| dir.join("inference.json"));
    check_new(&record, options.force)?;
    let _lock = lock_folder(options.output.as_deref())?;
    check_new(&record, options.force)?;
    let model = read_model(&options.model)?;
    let observed = options.observed.read(registry, Some(&model))?;
    let simulator = known_simulator(registry, &observed);
    let EventPool {
        simulator: pool,
        warning,
    } = event_pool(registry, &observed, &model);
    let mut analysis = Analysis::new(&model).with_observations(&observed);
    if let Some(simulator) = &simulator {
        analysis = analysis
            .with_simulator(&**simulator)
            .with_luminosity_unit(simulator.luminosity_unit());
    }
    if let Some(pool) = &pool {
        analysis = analysis.with_pool(&**pool, warning);
    }
    if let Some(Edges(edges)) = &options.edges {
        analysis = analysis.with_box(edges.clone());
    }
    for NamedConstraint { name, mean, sd } in &options.constraint {
        analysis = analysis.with_constraint(name, *mean, *sd);
    }
    if options.unconstrained {
        analysis = analysis.unconstrained();
    }
    let result = analysis.infer(&options.settings(), &console.progress("fits"))?;
    render(&result, options.output.as_deref(), console)
}

impl Options {
    fn settings(&self) -> IntervalSettings {
        IntervalSettings {
            levels: self.levels.clone(),
            expect: self.expect,
            luminosity: self.luminosity,
            toys: self.toys,
            toy_folder: self.output.clone().map(|folder| (folder, self.force)),
            seed: self.seed,
            densities: self.densities.settings(),
        }
    }
}
