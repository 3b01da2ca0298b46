//! Posterior predictive checks: statistics of data simulated from the posterior.

use ndarray::{Array1, ArrayView2, Axis};
use serde::Serialize;

use super::super::Warning;
use super::run::PosteriorRun;
use crate::diagnostics::{Predicted, predictive};
use crate::inference::Chains;
use crate::inference::abc::{data_sets, means};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};

/// Predictive p-value below which there is a warning.
const MIN_P_VALUE: f64 = 0.02;

/// A statistic of data simulated from the posterior, with its observed value.
#[derive(Debug, Clone, Serialize)]
pub struct PredictedStatistic {
    /// Name, such as "mean of x".
    pub statistic: String,
    /// Observed value, and its prediction.
    #[serde(flatten)]
    pub predicted: Predicted,
}

impl PosteriorRun<'_> {
    /// Compares mean and spread of each observable with data simulated from the posterior.
    pub(super) fn predicted(
        &self,
        chains: &Chains,
        n: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<PredictedStatistic>> {
        let simulator = self.analysis.simulator.ok_or_else(|| {
            Error::usage(
                "posterior predictions need the simulator, which is not known here: name it, or leave out --predictive",
            )
        })?;
        let observations = self.analysis.observations()?;
        let x = observations.x();
        let statistics = statistics(x)?;
        let data_set = data_sets(simulator, x.nrows(), &self::statistics, progress);
        progress.begin("data sets");
        let predicted = predictive(
            &data_set,
            chains.thinned(n).view(),
            statistics.view(),
            self.plan.seed,
            progress,
        )?;
        let observables = &observations.header().observables;
        let names = ["mean", "std. dev."]
            .into_iter()
            .flat_map(|what| observables.iter().map(move |of| format!("{what} of {of}")));
        let named = names.zip(predicted);
        let mut named: Vec<PredictedStatistic> = named
            .map(|(statistic, predicted)| PredictedStatistic { statistic, predicted })
            .collect();
        named.sort_by(|a, b| a.predicted.p_value.total_cmp(&b.predicted.p_value));
        Ok(named)
    }
}

impl PredictedStatistic {
    /// Returns a warning if data simulated from the posterior differ from those observed.
    pub(super) fn warning(&self) -> Option<Warning> {
        let found = self.predicted;
        (found.p_value < MIN_P_VALUE).then(|| Warning::UnlikelyData {
            statistic: self.statistic.clone(),
            mean: found.mean,
            standard_deviation: found.standard_deviation,
            observed: found.observed,
        })
    }
}

/// Returns the mean and, for more than one event, the standard deviation of each observable.
fn statistics(x: ArrayView2<f64>) -> Result<Array1<f64>> {
    let mut all = means(x)?.to_vec();
    if x.nrows() > 1 {
        all.extend(x.std_axis(Axis(0), 1.0));
    }
    Ok(all.into())
}
