//! Estimators of ratios that are densities of a summary: of the score that a network has learned, or of observables.

use clap::Args;

use super::super::say::Say;
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::ReweightingPool;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_nn::ModelFile;
use motherlode_stats::inference::{
    BinLayout, ParameterBox, ScoreDensity, SummaryDensity, SummarySettings, SummaryStatistic,
};

/// Hypotheses along each parameter at which the events of SALLINO's histograms are drawn.
const POINTS: [usize; 3] = [25, 5, 3];

#[derive(Debug, Clone, Args)]
pub(super) struct SummaryOptions {
    /// Compare with the histogram of these observables, the classical way.
    #[arg(long, value_name = "OBSERVABLES", value_delimiter = ',')]
    histogram: Vec<String>,
    /// Of a score, take only its component along the line between two hypotheses (SALLINO): its histogram fills fast, however
    /// many parameters there are.
    #[arg(long)]
    projected: bool,
    /// Numbers of bins along each direction of a histogram (default: 25 of one, 15,5 of two).
    #[arg(long, value_name = "BINS", value_delimiter = ',')]
    bins: Option<Vec<usize>>,
    /// How the density of a summary is estimated: bins of equal probability or equal width, or a kernel.
    #[arg(long, value_enum, default_value_t = Layouts::EqualProbability)]
    layout: Layouts,
    /// Events simulated to fill histograms.
    #[arg(long, value_name = "EVENTS", default_value_t = 100_000)]
    pool: usize,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Layouts {
    EqualProbability,
    EqualWidth,
    Kernel,
}

impl SummaryOptions {
    /// Events simulated to fill histograms.
    pub(super) fn pool(&self) -> usize {
        self.pool
    }

    pub(super) fn has_histogram(&self) -> bool {
        !self.histogram.is_empty()
    }
}

/// An estimator by its name, with a warning if it has few events.
pub(super) struct Named<'a> {
    pub(super) name: String,
    pub(super) estimator: Box<dyn LogRatio + 'a>,
    pub(super) warning: Option<String>,
}

/// What densities of summaries are made of.
pub(super) struct Densities<'a> {
    pub(super) options: &'a SummaryOptions,
    pub(super) simulator: Option<&'a dyn Instrumented>,
    pub(super) space: &'a ParameterBox,
    pub(super) say: &'a Say,
}

impl<'a> Densities<'a> {
    /// The model itself if it knows ratios, otherwise the density of its score.
    pub(super) fn of_model(&self, model: &'a ModelFile) -> Result<Named<'a>> {
        let name = model.name();
        if model.knows_ratio() {
            return Ok(Named {
                name,
                estimator: Box::new(Borrowed(model)),
                warning: None,
            });
        }
        let simulator = self.simulator()?;
        let theta_ref = match model.theta_ref() {
            Some(theta_ref) => theta_ref.to_vec(),
            None => simulator.hypotheses()?.theta_ref(),
        };
        let (name, estimator, warning) = match self.options.projected {
            true => (
                format!("{name}, density of its projected score"),
                self.projected(model, &theta_ref)?,
                None,
            ),
            false => {
                let (density, warning) = self.density(SummaryStatistic::of_score(model, &theta_ref))?;
                (format!("{name}, density of its score"), density, warning)
            }
        };
        Ok(Named {
            name,
            estimator,
            warning,
        })
    }

    /// The histogram of observables that was asked for.
    pub(super) fn of_observables(&self) -> Result<Option<Named<'a>>> {
        let names = &self.options.histogram;
        if names.is_empty() {
            return Ok(None);
        }
        let summary = SummaryStatistic::of_observables(&self.simulator()?.observables(), names)?;
        let (estimator, warning) = self.density(summary)?;
        Ok(Some(Named {
            name: format!("histogram of {}", names.join(", ")),
            estimator,
            warning,
        }))
    }

    fn density(&self, summary: SummaryStatistic<'a>) -> Result<(Box<dyn LogRatio + 'a>, Option<String>)> {
        let progress = self.say.progress("events of a histogram");
        let density = SummaryDensity::new(self.simulator()?, summary, self.space, &self.settings(), &progress)?;
        let warning = density.sparsest().warning();
        Ok((Box::new(density), warning))
    }

    fn projected(&self, model: &'a ModelFile, theta_ref: &[f64]) -> Result<Box<dyn LogRatio + 'a>> {
        let p = self.space.dimensions();
        let grid = self
            .space
            .grid(&vec![POINTS.get(p.saturating_sub(1)).copied().unwrap_or(2); p])?;
        let points: Vec<Vec<f64>> = grid.rows().into_iter().map(|point| point.to_vec()).collect();
        let SummarySettings { bins, events, seed, .. } = self.settings();
        let progress = self.say.progress("events of a histogram");
        let pool = ReweightingPool::mine(self.simulator()?, &points, events, seed, &progress)?;
        let bins = bins.unwrap_or_else(|| SummarySettings::default_bins(BinLayout::EqualProbability, 1));
        Ok(Box::new(ScoreDensity::of_pool(model, theta_ref, pool, &bins)?))
    }

    fn settings(&self) -> SummarySettings {
        let layout = match self.options.layout {
            Layouts::EqualProbability => BinLayout::EqualProbability,
            Layouts::EqualWidth => BinLayout::EqualWidth,
            Layouts::Kernel => BinLayout::Kernel,
        };
        SummarySettings {
            layout,
            bins: self.options.bins.clone(),
            events: self.options.pool,
            ..SummarySettings::default()
        }
    }

    fn simulator(&self) -> Result<&'a dyn Instrumented> {
        self.simulator.ok_or_else(|| {
            Error::usage("the density of a summary is filled with events of the simulator, which is not known here")
        })
    }
}

/// A model that is kept elsewhere.
struct Borrowed<'a>(&'a ModelFile);

impl LogRatio for Borrowed<'_> {
    fn log_ratio(&self, x: ndarray::ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<ndarray::Array1<f64>> {
        self.0.log_ratio(x, theta0, theta1)
    }
}
