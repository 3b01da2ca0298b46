//! Estimators of ratios from densities of a summary statistic: a learned score, or chosen observables.

use super::{Analysis, Warning};
use crate::inference::{BinLayout, ScoreDensity, SparsestPoint, SummaryDensity, SummarySettings, SummaryStatistic};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::ReweightingPool;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_core::{ParameterBox, Progress};

/// Grid points along each parameter at which the events of SALLINO's histograms are drawn, for one, two and three parameters.
const PROJECTED_POINTS: [usize; 3] = [25, 5, 3];

/// Settings of the densities of a score or of observables, which give ratios.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DensitySettings {
    /// Observables of a histogram for comparison; no histogram if empty.
    pub histogram: Vec<String>,
    /// Uses only the component of a score along the line between two hypotheses (SALLINO).
    pub projected: bool,
    /// Bin layout, bins and simulated events of the histograms.
    pub summary: SummarySettings,
}

/// An estimator of ratios with its name, and a warning if it rests on few events.
pub(super) struct RatioSource<'a> {
    pub(super) name: String,
    pub(super) ratio: Box<dyn LogRatio + 'a>,
    pub(super) warning: Option<Warning>,
}

impl<'a> Analysis<'a> {
    /// Returns the ratios of the estimator: its own if it knows any, otherwise from the density of its score.
    pub(super) fn ratios_of_estimator(
        &self,
        parameter_box: &ParameterBox,
        settings: &DensitySettings,
        progress: &dyn Progress,
    ) -> Result<RatioSource<'a>> {
        let estimator = self.estimator()?;
        let name = estimator.name();
        if let Some(ratio) = estimator.as_ratio() {
            return Ok(RatioSource {
                name,
                ratio: Box::new(ratio),
                warning: None,
            });
        }
        let score = estimator.as_score().ok_or_else(|| {
            Error::usage(format!(
                "{name} knows neither ratios nor scores, and parameters cannot be inferred from it: train another method"
            ))
        })?;
        let simulator = self.pool_simulator()?;
        let theta_ref = match estimator.score_point() {
            Some(theta_ref) => theta_ref.to_vec(),
            None => simulator.hypotheses()?.theta_ref(),
        };
        if settings.projected {
            let pool = projected_pool(simulator, parameter_box, &settings.summary, progress)?;
            let default = || SummarySettings::default_bins(BinLayout::EqualProbability, 1);
            let bins = settings.summary.bins.clone().unwrap_or_else(default);
            let sparsest = SparsestPoint::of_pool(&pool, parameter_box, bins.iter().product(), progress)?;
            return Ok(RatioSource {
                name: format!("{name}, density of its projected score"),
                ratio: Box::new(ScoreDensity::from_pool(score, &theta_ref, pool, &bins)?),
                warning: Warning::sparse_density(&sparsest),
            });
        }
        let summary = SummaryStatistic::from_score(score, &theta_ref);
        let name = format!("{name}, density of its score");
        self.density(name, summary, parameter_box, &settings.summary, progress)
    }

    /// Returns ratios from the histogram of observables, if one was requested.
    pub(super) fn ratios_of_histogram(
        &self,
        parameter_box: &ParameterBox,
        settings: &DensitySettings,
        progress: &dyn Progress,
    ) -> Result<Option<RatioSource<'a>>> {
        let names = &settings.histogram;
        if names.is_empty() {
            return Ok(None);
        }
        let summary = SummaryStatistic::from_observables(&self.pool_simulator()?.observables(), names)?;
        let name = format!("histogram of {}", names.join(", "));
        self.density(name, summary, parameter_box, &settings.summary, progress)
            .map(Some)
    }

    fn density(
        &self,
        name: String,
        summary: SummaryStatistic<'a>,
        parameter_box: &ParameterBox,
        settings: &SummarySettings,
        progress: &dyn Progress,
    ) -> Result<RatioSource<'a>> {
        progress.begin("events of a histogram");
        let density = SummaryDensity::new(self.pool_simulator()?, summary, parameter_box, settings, progress)?;
        let warning = Warning::sparse_density(density.sparsest());
        Ok(RatioSource {
            name,
            ratio: Box::new(density),
            warning,
        })
    }

    /// The simulator whose events fill histograms and toys.
    pub(super) fn pool_simulator(&self) -> Result<&'a dyn Instrumented> {
        self.pool.ok_or_else(|| {
            Error::usage("histograms and toys need events of the simulator, which is not known here: name the simulator or an event file")
        })
    }
}

fn projected_pool<'a>(
    simulator: &'a dyn Instrumented,
    parameter_box: &ParameterBox,
    settings: &SummarySettings,
    progress: &dyn Progress,
) -> Result<ReweightingPool<'a>> {
    let p = parameter_box.dimensions();
    let along = PROJECTED_POINTS.get(p.saturating_sub(1)).copied().unwrap_or(2);
    let grid = parameter_box.grid(&vec![along; p])?;
    let points: Vec<Vec<f64>> = grid.rows().into_iter().map(|point| point.to_vec()).collect();
    progress.begin("events of a histogram");
    ReweightingPool::mine(simulator, &points, settings.events, settings.seed, progress)
}
