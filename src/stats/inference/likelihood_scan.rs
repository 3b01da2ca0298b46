//! All that one estimator says of one data set.

use motherlode_core::Progress;
use ndarray::Axis;

use super::{
    Band, Estimate, Interpolation, Likelihood, Neyman, NeymanBelt, ParameterBox, Resampling, ZoomedLikelihood, bands,
};
use motherlode_core::error::{Error, Result};

/// Values along the only parameter, and along each of two, at which toys are drawn; and at which their results are shown.
const DRAWN_AT: [usize; 2] = [101, 25];
const SHOWN_AT: [usize; 2] = [121, 41];
/// Of a sample from which smaller ones are drawn no more is looked at than so many times as many events, or so many.
const LARGE_ENOUGH: f64 = 100.0;
const ENOUGH: usize = 20_000;
/// Data sets from which bands are taken.
const BAND_TOYS: usize = 1_000;

/// ln L over the part of the box that matters, or all of it where it cannot be interpolated.
#[derive(Debug)]
pub struct LikelihoodScan<'a> {
    likelihood: Likelihood<'a>,
    parameter_box: ParameterBox,
    zoom: Option<ZoomedLikelihood<'a>>,
}

impl<'a> LikelihoodScan<'a> {
    /// A sample from which data sets are drawn, for their bands, has at least so many times as many events as they.
    pub const BAND_SAMPLE_FACTOR: f64 = 10.0;

    /// Looks for the part of `parameter_box` that matters.
    pub fn new(likelihood: Likelihood<'a>, parameter_box: &ParameterBox) -> Self {
        Self {
            zoom: ZoomedLikelihood::new(&likelihood, parameter_box, super::estimate::TOLERANCE).ok(),
            parameter_box: parameter_box.clone(),
            likelihood,
        }
    }

    /// Best fit and profiles. Where ln L cannot be interpolated, which takes long, `progress` is told the fits done, and about how many there are.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn estimate(&self, progress: &dyn Progress) -> Result<Estimate> {
        match &self.zoom {
            Some(zoom) => Estimate::from_zoom(zoom),
            None => Estimate::from_direct_fits(&self.likelihood, &self.parameter_box, progress),
        }
    }

    /// The polynomial that stands for the estimator, on the part that matters.
    ///
    /// # Errors
    /// If there is none.
    pub fn interpolation(&self) -> Result<&Interpolation> {
        self.zoom().map(|zoom| zoom.surface().interpolation())
    }

    fn zoom(&self) -> Result<&ZoomedLikelihood<'a>> {
        self.zoom.as_ref().ok_or_else(|| {
            Error::usage(format!(
                "ln L cannot be interpolated over {}, and toys would ask the estimator too often: take a smaller box of \
                 hypotheses",
                self.parameter_box
            ))
        })
    }

    /// ln L at the nodes and where these lie: no other data, estimator or box has the same.
    pub fn fingerprint(&self) -> Vec<f64> {
        let edges = self.parameter_box.edges().iter().flat_map(|(low, high)| [*low, *high]);
        let from_zoom = self.zoom.iter().flat_map(|zoom| {
            let near = zoom
                .parameter_box()
                .edges()
                .iter()
                .flat_map(|(low, high)| [*low, *high]);
            near.chain(zoom.surface().at_nodes().to_vec())
        });
        edges.chain(from_zoom).collect()
    }

    /// What toys are compared with.
    ///
    /// # Errors
    /// If ln L cannot be interpolated, or there are more than two parameters.
    pub fn neyman_belt(&self, levels: &[f64]) -> Result<NeymanBelt> {
        let at_nodes = self.zoom()?.surface().at_nodes();
        Ok(NeymanBelt::new(self.neyman(DRAWN_AT)?, at_nodes, levels))
    }

    /// What data sets of `events` events would say, if these are drawn from the observed ones: none if there are less than ten times as
    /// many of those, or more than two parameters, or ln L cannot be interpolated.
    ///
    /// # Errors
    /// If the estimator fails, or a level is not between 0 and 1.
    pub fn bands(&self, events: f64, levels: &[f64], seed: u64) -> Result<Vec<Band>> {
        let n = self.likelihood.x().nrows();
        let (Ok(interpolation), Ok(neyman)) = (self.interpolation(), self.neyman(SHOWN_AT)) else {
            return Ok(Vec::new());
        };
        if events * Self::BAND_SAMPLE_FACTOR > n as f64 {
            return Ok(Vec::new());
        }
        let (estimator, reference) = self.likelihood.estimator();
        let used = n.min(ENOUGH.max((LARGE_ENOUGH * events) as usize));
        let table = interpolation.table(estimator, self.likelihood.x().split_at(Axis(0), used).0, reference)?;
        let weights = vec![1.0; used];
        let sums = Resampling::new(table.view()).sums(weights, events.round() as usize, BAND_TOYS, seed)?;
        bands(&neyman, sums.view(), levels)
    }

    fn neyman(&self, values: [usize; 2]) -> Result<Neyman> {
        let p = self.parameter_box.dimensions();
        let Some(&along) = p.checked_sub(1).and_then(|p| values.get(p)) else {
            return Err(Error::usage(format!(
                "toys on a grid of {p} parameters are too many: at most two"
            )));
        };
        let zoom = self.zoom()?;
        Neyman::new(zoom.surface().interpolation(), zoom.parameter_box(), &vec![along; p])
    }
}
