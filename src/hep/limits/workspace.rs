//! Upper limits on a signal strength from a workspace of pyhf.

use serde::Serialize;

use crate::histfactory::{CLs, HistFactory, StrengthTest, UpperLimits, errors_of_empty_bins};
use crate::pyhf::Workspace;
use motherlode_core::Progress;
use motherlode_core::error::Result;
use motherlode_stats::analysis::Warning;

/// Expected events below which asymptotic formulae are doubtful.
const FEW: f64 = 5.0;

/// Settings of [`limits_of_workspace`].
#[derive(Debug, Clone)]
pub struct WorkspaceLimitSettings {
    /// Name of the measurement; the first if absent.
    pub measurement: Option<String>,
    /// Confidence level of the upper limits.
    pub level: f64,
    /// Signal strengths to test besides.
    pub strengths: Vec<f64>,
}

impl Default for WorkspaceLimitSettings {
    fn default() -> Self {
        Self {
            measurement: None,
            level: 0.95,
            strengths: Vec::new(),
        }
    }
}

/// Upper limits on a signal strength by the CLs method.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct WorkspaceLimitResult {
    /// Name of the measurement.
    pub measurement: String,
    /// Name of the signal strength.
    pub parameter: String,
    /// Confidence level.
    pub level: f64,
    /// Best fit of the signal strength, at 0 or above.
    pub best_fit: f64,
    /// Upper limits, observed and expected.
    #[serde(flatten)]
    pub limits: UpperLimits,
    /// Tests of given signal strengths.
    pub tests: Vec<StrengthTest>,
    /// Number of channels.
    #[serde(skip)]
    pub n_channels: usize,
    /// Number of bins.
    #[serde(skip)]
    pub n_bins: usize,
    /// Number of observed events.
    #[serde(skip)]
    pub n_events: f64,
    /// Number of parameters.
    #[serde(skip)]
    pub n_parameters: usize,
    /// Warnings about the result.
    pub warnings: Vec<Warning>,
}

/// Upper limits on the signal strength of a workspace, and tests of given strengths.
///
/// # Errors
/// If the workspace or the measurement makes no sense, the level is not between 0 and 1, a fit fails, or `progress` stops it.
pub fn limits_of_workspace(
    workspace: &Workspace,
    settings: &WorkspaceLimitSettings,
    progress: &dyn Progress,
) -> Result<WorkspaceLimitResult> {
    let measurement = workspace.measurement(settings.measurement.as_deref())?;
    let model = HistFactory::new(workspace, settings.measurement.as_deref())?;
    let cls = CLs::new(&model)?;
    let tests = settings.strengths.iter().map(|strength| cls.test(*strength));
    let tests: Vec<StrengthTest> = tests.collect::<Result<_>>()?;
    progress.begin("limits");
    let limits = cls.upper_limits_with_progress(settings.level, progress)?;
    let parameter = &measurement.config.poi;
    let mut warnings = Vec::new();
    if cls.is_at_edge() {
        let parameter = parameter.clone();
        warnings.push(Warning::StrengthAtEdge { parameter });
    }
    let expected: f64 = model.counts(&cls.best().theta).iter().sum();
    warnings.extend((expected < FEW).then_some(Warning::FewEventsForAsymptotics { n: expected }));
    let n = errors_of_empty_bins(workspace);
    warnings.extend((n > 0).then_some(Warning::ErrorsOfEmptyBins { n }));
    let counts = model.observed().counts;
    Ok(WorkspaceLimitResult {
        measurement: measurement.name.clone(),
        parameter: parameter.clone(),
        level: settings.level,
        best_fit: cls.best_strength(),
        limits,
        tests,
        n_channels: workspace.channels.len(),
        n_bins: counts.len(),
        n_events: counts.iter().sum(),
        n_parameters: model.parameters().len(),
        warnings,
    })
}
