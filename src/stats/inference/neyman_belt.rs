//! Confidence regions of one data set by toys of every hypothesis.

use ndarray::{Array1, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::{Distribution, Intervals, Neyman, intervals};
use crate::serialized::{list, lists};
use motherlode_core::Progress;
use motherlode_core::error::Result;

/// Products that are summed between two questions to the progress.
const PRODUCTS_AT_ONCE: usize = 1 << 24;

/// The test statistics of one data set at all hypotheses, for comparison with toys.
#[derive(Debug, Clone)]
pub struct NeymanBelt {
    neyman: Neyman,
    levels: Vec<f64>,
    /// q of each hypothesis, `[G]`.
    joint: Array1<f64>,
    /// For each parameter: the best hypothesis at each value, and its q with all others profiled.
    profiled: Vec<(Vec<usize>, Array1<f64>)>,
}

/// The result of the toys of one hypothesis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestedHypothesis {
    /// Index of the hypothesis on the grid.
    pub hypothesis: usize,
    /// The share of toys in which q of all parameters is as large as in the data.
    pub p_value: f64,
    /// Critical values of q of all parameters, which a share 1 − level of the toys exceeds, `[levels]`.
    pub critical: Vec<f64>,
    /// Critical values of q of each parameter alone, all others profiled: `[p][levels]`.
    pub profiled: Vec<Vec<f64>>,
}

/// Confidence regions by toys.
#[derive(Debug, Clone, PartialEq)]
pub struct ToyRegions {
    /// Intervals of each parameter, with toys drawn where the others fit best: the profile construction, which covers where these
    /// are well known.
    pub intervals: Intervals,
    /// The joint region of all parameters.
    pub joint: ToyRegion,
}

/// The joint confidence region of all parameters by toys, which always covers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToyRegion {
    /// Ascending values of each parameter on the grid.
    #[serde(serialize_with = "lists")]
    pub values: Vec<Array1<f64>>,
    /// The share of toys that fit as badly as the data, for each hypothesis, `[G]`. The hypotheses above 1 − level are the region at that
    /// level.
    #[serde(serialize_with = "list")]
    pub p_values: Array1<f64>,
}

impl NeymanBelt {
    /// Computes the statistics of a data set, given by its ln L at the nodes of the interpolation, `[K]`.
    pub fn new(neyman: Neyman, at_nodes: ArrayView1<f64>, levels: &[f64]) -> Self {
        let logs = neyman.log_likelihoods(at_nodes.insert_axis(Axis(0)));
        let logs = logs.row(0);
        let joint = neyman.joint(logs);
        let profile = |k: usize| {
            let best = neyman.best_by_value(logs, k);
            let q = best.iter().map(|&g| joint[g]).collect();
            (best, q)
        };
        Self {
            profiled: (0..neyman.grid().ncols()).map(profile).collect(),
            levels: levels.to_vec(),
            joint,
            neyman,
        }
    }

    /// The hypotheses, `[G, p]`.
    pub fn grid(&self) -> ArrayView2<'_, f64> {
        self.neyman.grid()
    }

    /// Compares the data with toys of hypothesis `g`, given by their ln L at the nodes, `[T, K]`.
    ///
    /// # Errors
    /// If `progress` stops it.
    pub fn test(&self, g: usize, toys: ArrayView2<f64>, progress: &dyn Progress) -> Result<TestedHypothesis> {
        let (joint, profiled) = self.distributions(g, toys, progress)?;
        let critical = |distribution: &Distribution| -> Vec<f64> {
            self.levels
                .iter()
                .map(|&level| distribution.critical_value(level))
                .collect()
        };
        Ok(TestedHypothesis {
            hypothesis: g,
            p_value: joint.p_value(self.joint[g]),
            critical: critical(&joint),
            profiled: profiled.iter().map(critical).collect(),
        })
    }

    /// The distribution of q of all parameters, and those of each alone, under hypothesis `g`, from portions of its toys.
    fn distributions(
        &self,
        g: usize,
        toys: ArrayView2<f64>,
        progress: &dyn Progress,
    ) -> Result<(Distribution, Vec<Distribution>)> {
        let at_once = (PRODUCTS_AT_ONCE / (self.joint.len() * toys.ncols()).max(1)).max(1);
        let mut joint = Vec::with_capacity(toys.nrows());
        let mut profiled = vec![Vec::with_capacity(toys.nrows()); self.profiled.len()];
        for toys in toys.axis_chunks_iter(Axis(0), at_once) {
            progress.check()?;
            let logs = self.neyman.log_likelihoods(toys);
            joint.extend(self.neyman.statistics(logs.view(), g));
            for (k, profiled) in profiled.iter_mut().enumerate() {
                profiled.extend(self.neyman.profiled_statistics(logs.view(), g, k));
            }
        }
        Ok((
            Distribution::new(joint),
            profiled.into_iter().map(Distribution::new).collect(),
        ))
    }

    /// Returns the regions, from the results of all hypotheses in any order.
    pub fn regions(&self, mut tested: Vec<TestedHypothesis>) -> ToyRegions {
        tested.sort_by_key(|tested| tested.hypothesis);
        let values: Vec<Array1<f64>> = (0..self.profiled.len()).map(|k| self.neyman.values(k)).collect();
        let of_parameter = |level: usize, k: usize| {
            let (best, q) = &self.profiled[k];
            let excess: Array1<f64> = best
                .iter()
                .zip(q)
                .map(|(&g, q)| q - tested[g].profiled[k][level])
                .collect();
            intervals(values[k].view(), excess.view(), 0.0)
        };
        let at_level = |level: usize| (0..self.profiled.len()).map(|k| of_parameter(level, k)).collect();
        ToyRegions {
            intervals: (0..self.levels.len()).map(at_level).collect(),
            joint: ToyRegion {
                p_values: tested.iter().map(|tested| tested.p_value).collect(),
                values,
            },
        }
    }
}
