//! `motherlode infer`.

mod render;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use motherlode_core::error::{Error, Result};
use motherlode_stats::analysis::{Analysis, DensitySettings, IntervalSettings};
use motherlode_stats::inference::{BinLayout, SummarySettings};

use super::Registry;
use super::console::Console;
use super::observed::{ObservedOptions, Pool, pool_of, read_model, simulator_of};
use super::theta::Edges;
use render::render;
pub(super) use render::{FitTable, held};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model file: an estimator of ratios, or of the score, whose density is then estimated from events of the simulator.
    model: PathBuf,
    #[command(flatten)]
    observed: ObservedOptions,
    #[command(flatten)]
    densities: DensityOptions,
    /// Number of events that the observed ones stand for: expected results from a large sample (the Asimov data set), with bands of one and
    /// two standard deviations.
    #[arg(long, value_name = "EVENTS")]
    expect: Option<f64>,
    /// Parameter box to scan, low:high for each parameter (default: the box that the model was trained in).
    #[arg(long = "box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Confidence levels, separated by commas.
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', default_values_t = [0.68, 0.95])]
    levels: Vec<f64>,
    /// Result of another measurement, name=mean:sd; may be given for several parameters.
    #[arg(long, value_name = "NAME=MEAN:SD", allow_hyphen_values = true)]
    constraint: Vec<NamedConstraint>,
    /// Leave out the constraints that the simulator itself knows, as event files do of nuisance parameters: 0 ± 1.
    #[arg(long)]
    unconstrained: bool,
    /// Luminosity: takes the number of events as data, too, with this many times the cross section of the simulator expected.
    #[arg(long, value_name = "LUMINOSITY", allow_hyphen_values = true)]
    luminosity: Option<f64>,
    /// Toy data sets of each hypothesis, for regions that do not rely on Wilks' theorem (one or two parameters; the simulator must be known;
    /// not with --expect, --constraint or --luminosity).
    #[arg(long, value_name = "TOYS")]
    toys: Option<usize>,
    /// Seed of the toys.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Folder for figures, a page that holds them, all numbers as JSON, and toys, with which a stopped run goes on.
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Replace the results in the folder, and give up toys of other data or settings.
    #[arg(long, requires = "output")]
    force: bool,
}

#[derive(Debug, Clone, Args)]
struct DensityOptions {
    /// Compare with the histogram of these observables.
    #[arg(long, value_name = "OBSERVABLES", value_delimiter = ',')]
    histogram: Vec<String>,
    /// Take only the component of the score along the line between two hypotheses (SALLINO): its histogram fills fast for any number of
    /// parameters.
    #[arg(long)]
    projected: bool,
    /// Numbers of bins along each direction of a histogram (default: 25 of one, 15,5 of two).
    #[arg(long, value_name = "BINS", value_delimiter = ',')]
    bins: Option<Vec<usize>>,
    /// Estimate of a density: bins of equal probability or equal width, or a kernel.
    #[arg(long, value_enum, default_value_t = LayoutName::EqualProbability)]
    layout: LayoutName,
    /// Events simulated to fill histograms.
    #[arg(long, value_name = "EVENTS", default_value_t = 100_000)]
    pool: usize,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LayoutName {
    EqualProbability,
    EqualWidth,
    Kernel,
}

impl DensityOptions {
    fn settings(&self) -> DensitySettings {
        let layout = match self.layout {
            LayoutName::EqualProbability => BinLayout::EqualProbability,
            LayoutName::EqualWidth => BinLayout::EqualWidth,
            LayoutName::Kernel => BinLayout::Kernel,
        };
        DensitySettings {
            histogram: self.histogram.clone(),
            projected: self.projected,
            summary: SummarySettings {
                layout,
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
    if let Some(found) = options.output.as_ref().map(|dir| dir.join("inference.json"))
        && found.exists()
        && !options.force
    {
        return Err(Error::exists(&found));
    }
    let model = read_model(&options.model)?;
    let observed = options.observed.read(registry, Some(&model))?;
    let simulator = simulator_of(registry, &observed);
    let Pool {
        simulator: pool,
        warning,
    } = pool_of(registry, &observed, &model);
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
