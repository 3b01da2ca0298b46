//! The result of a fit: best fit, intervals, regions and bands.

use serde::Serialize;

use super::{Band, Estimate, Intervals, ParameterBox, ProfileToyTest, ToyRegion, ToyRegions};
use motherlode_core::error::Result;

/// Results of one estimator on one data set.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FitResult {
    /// Name of the estimator.
    pub name: String,
    /// Best fit, covariance and profiles.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Confidence levels.
    pub levels: Vec<f64>,
    /// Intervals of each parameter at each level by Wilks' theorem.
    pub intervals: Intervals,
    /// Intervals by toys, if toys were drawn.
    pub intervals_by_toys: Option<Intervals>,
    /// The joint region of all parameters by toys, if toys were drawn.
    pub region_by_toys: Option<ToyRegion>,
    /// Tests of the ends of intervals by toys, for more than two free parameters, if toys were drawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profile_toys: Vec<ProfileToyTest>,
    /// Bands of other data sets of the same size, `[p]`; only for expected results.
    pub bands: Vec<Band>,
}

impl FitResult {
    /// Creates the result of an estimate, with intervals at these confidence levels.
    ///
    /// # Errors
    /// If a level is not between 0 and 1.
    pub fn new(name: &str, mut estimate: Estimate, parameters: &[String], levels: &[f64]) -> Result<Self> {
        if let Some(plane) = &mut estimate.plane {
            plane.names = plane.parameters.map(|k| parameters[k].clone());
        }
        let of_all = 0..estimate.profiles.len();
        let at_level = |&level: &f64| of_all.clone().map(|k| estimate.intervals(k, level)).collect();
        let intervals = levels.iter().map(at_level).collect::<Result<_>>()?;
        Ok(Self {
            name: name.into(),
            estimate,
            levels: levels.to_vec(),
            intervals,
            intervals_by_toys: None,
            region_by_toys: None,
            profile_toys: Vec::new(),
            bands: Vec::new(),
        })
    }

    /// Adds the confidence regions by toys.
    pub fn with_toys(mut self, regions: ToyRegions) -> Self {
        self.intervals_by_toys = Some(regions.intervals);
        self.region_by_toys = Some(regions.joint);
        self
    }

    /// Adds tests of the ends of intervals by toys.
    pub fn with_profile_toys(mut self, tests: Vec<ProfileToyTest>) -> Self {
        self.profile_toys = tests;
        self
    }

    /// The ends of the intervals of each parameter, (index, value), without those at an edge of `parameter_box`.
    pub fn ends(&self, parameter_box: &ParameterBox) -> Vec<(usize, f64)> {
        let at_level = self.intervals.iter().flat_map(|of_level| of_level.iter().enumerate());
        let ends = at_level.flat_map(|(k, pieces)| pieces.iter().flat_map(move |&(low, high)| [(k, low), (k, high)]));
        let inside = |&(k, value): &(usize, f64)| {
            let (low, high) = parameter_box.edges()[k];
            low < value && value < high
        };
        ends.filter(inside).collect()
    }

    /// Adds expected bands.
    pub fn with_bands(mut self, bands: Vec<Band>) -> Self {
        self.bands = bands;
        self
    }
}
