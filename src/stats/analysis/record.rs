//! The serialised form of a fit.

use serde::Serialize;

use crate::inference::{Band, FitResult, Intervals, Plane, Profile, Quantiles, ToyRegions};
use motherlode_core::error::Result;

/// The result of a fit in serialisable form.
#[derive(Debug, Serialize)]
pub struct FitRecord<'a> {
    name: &'a str,
    best_fit: &'a [f64],
    at_edge: &'a [usize],
    covariance: Option<Vec<Vec<f64>>>,
    levels: &'a [f64],
    intervals: Intervals,
    intervals_by_toys: Option<&'a Intervals>,
    region_by_toys: Option<RegionRecord>,
    profiles: Vec<ProfileRecord>,
    plane: Option<PlaneRecord<'a>>,
    bands: Vec<BandRecord<'a>>,
}

#[derive(Debug, Serialize)]
struct RegionRecord {
    values: Vec<Vec<f64>>,
    p_values: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct ProfileRecord {
    values: Vec<f64>,
    q: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct PlaneRecord<'a> {
    parameters: [&'a String; 2],
    values: [Vec<f64>; 2],
    q: Vec<Vec<f64>>,
}

#[derive(Debug, Serialize)]
struct BandRecord<'a> {
    values: Vec<f64>,
    q: &'a [Quantiles],
    ends: &'a [[Quantiles; 2]],
}

impl<'a> FitRecord<'a> {
    /// Creates the record of a result, for these parameters and confidence levels.
    ///
    /// # Errors
    /// If a level is not between 0 and 1.
    pub fn new(answer: &'a FitResult, parameters: &'a [String], levels: &'a [f64]) -> Result<Self> {
        let estimate = &answer.estimate;
        let rows =
            |matrix: &nalgebra::DMatrix<f64>| matrix.row_iter().map(|row| row.iter().copied().collect()).collect();
        Ok(Self {
            name: &answer.name,
            best_fit: &estimate.best.theta,
            at_edge: &estimate.best.at_edge,
            covariance: estimate.covariance.as_ref().map(rows),
            levels,
            intervals: answer.intervals(levels)?,
            intervals_by_toys: answer.regions.as_ref().map(|regions| &regions.intervals),
            region_by_toys: answer.regions.as_ref().map(RegionRecord::new),
            profiles: estimate.profiles.iter().map(ProfileRecord::new).collect(),
            plane: estimate.plane.as_ref().map(|plane| PlaneRecord::new(plane, parameters)),
            bands: answer.bands.iter().map(BandRecord::new).collect(),
        })
    }
}

impl RegionRecord {
    fn new(regions: &ToyRegions) -> Self {
        Self {
            values: regions.values.iter().map(|values| values.to_vec()).collect(),
            p_values: regions.p_values.to_vec(),
        }
    }
}

impl ProfileRecord {
    fn new(profile: &Profile) -> Self {
        Self {
            values: profile.values.to_vec(),
            q: profile.q.to_vec(),
        }
    }
}

impl<'a> PlaneRecord<'a> {
    fn new(plane: &'a Plane, parameters: &'a [String]) -> Self {
        Self {
            parameters: plane.parameters.map(|k| &parameters[k]),
            values: [plane.values[0].to_vec(), plane.values[1].to_vec()],
            q: plane.q.rows().into_iter().map(|row| row.to_vec()).collect(),
        }
    }
}

impl<'a> BandRecord<'a> {
    fn new(band: &'a Band) -> Self {
        Self {
            values: band.values.to_vec(),
            q: &band.q,
            ends: &band.ends,
        }
    }
}
