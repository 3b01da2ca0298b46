//! Between observations in user units and what a density works with.

use ndarray::ArrayView1;

use super::DensityConfig;
use crate::Scaling;

impl DensityConfig {
    /// Appends one observation, `[m]` in user units, as the network takes it: standardised, its class, or the bin of a count.
    pub(crate) fn push_x(&self, x: ArrayView1<f64>, scaling: &Scaling, to: &mut Vec<f32>) {
        match self {
            Self::Categorical(config) => to.push(config.classes.class_of(x) as f32),
            Self::Counts(config) => config.push_x(x[0], to),
            _ => scaling.push_x(x, to),
        }
    }

    /// One observation in user units, from a row of what the network works with; the inverse of
    /// [`push_x`](Self::push_x).
    pub(crate) fn observation(&self, row: &[f32], scaling: &Scaling) -> Vec<f64> {
        match self {
            Self::Categorical(config) => {
                let class = row.first().map_or(0, |class| *class as usize);
                config.classes.value_of(class).unwrap_or_default().to_vec()
            }
            Self::Counts(config) => row
                .first()
                .map(|logarithm| config.count(*logarithm))
                .into_iter()
                .collect(),
            _ => {
                let scales = scaling.inputs.scales().unwrap_or_default();
                let values = row.iter().zip(scales).map(|(x, (mean, sd))| f64::from(*x) * sd + mean);
                let mut values: Vec<f64> = values.collect();
                self.counting()
                    .iter()
                    .for_each(|&k| values[k] = values[k].round() + 0.0);
                values
            }
        }
    }

    /// ln of the volume that one unit of standardised x has in user units: ln p̂ in user units is smaller by this much.
    /// Zero for classes, which are probabilities in any units; without effect on ratios and scores.
    pub(crate) fn log_volume(&self, scaling: &Scaling) -> f64 {
        match self {
            Self::Categorical(_) | Self::Counts(_) => 0.0,
            _ => scaling
                .inputs
                .scales()
                .unwrap_or_default()
                .iter()
                .map(|(_, sd)| sd.ln())
                .sum(),
        }
    }
}
