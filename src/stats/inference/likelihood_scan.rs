//! The likelihood of one data set by one estimator: best fit, profiles, bands, and input of toys.

use motherlode_core::Progress;
use ndarray::Axis;

use super::{
    Band, Estimate, Interpolation, Likelihood, Neyman, NeymanBelt, ParameterBox, Resampling, ZoomedLikelihood, bands,
};
use motherlode_core::error::{Error, Result};

/// Grid points along each parameter at which toys are drawn, for one and for two parameters.
const TOY_GRID: [usize; 2] = [101, 25];
/// Grid points along each parameter of expected bands, for one and for two parameters.
const BAND_GRID: [usize; 2] = [121, 41];
/// Caps the resampling pool at 100 times the toy size, but not below 20 000 events.
const POOL_FACTOR: f64 = 100.0;
const MIN_POOL: usize = 20_000;
/// Number of toys for the bands.
const BAND_TOYS: usize = 1_000;

/// The likelihood of a data set in a parameter box, interpolated near its maximum where that is possible.
#[derive(Debug)]
pub struct LikelihoodScan<'a> {
    pub(super) likelihood: Likelihood<'a>,
    parameter_box: ParameterBox,
    zoom: Option<ZoomedLikelihood<'a>>,
}

impl<'a> LikelihoodScan<'a> {
    /// Smallest ratio of the sample size to the toy size for which expected bands are drawn.
    pub const BAND_SAMPLE_FACTOR: f64 = 10.0;

    /// Interpolates the likelihood near its maximum in `parameter_box`.
    pub fn new(likelihood: Likelihood<'a>, parameter_box: &ParameterBox) -> Self {
        Self {
            zoom: ZoomedLikelihood::new(&likelihood, parameter_box, super::estimate::TOLERANCE).ok(),
            parameter_box: parameter_box.clone(),
            likelihood,
        }
    }

    /// Returns best fit and profiles. Where ln L cannot be interpolated, this takes long, and `progress` receives the number of finished fits
    /// and an estimate of their total number.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn estimate(&self, progress: &dyn Progress) -> Result<Estimate> {
        match &self.zoom {
            Some(zoom) => Estimate::from_zoom(zoom),
            None => Estimate::from_direct_fits(&self.likelihood, &self.parameter_box, progress),
        }
    }

    /// The interpolation of the estimator near the maximum of the likelihood.
    ///
    /// # Errors
    /// If ln L cannot be interpolated.
    pub fn interpolation(&self) -> Result<&Interpolation> {
        self.zoom().map(|zoom| zoom.surface().interpolation())
    }

    pub(super) fn zoom(&self) -> Result<&ZoomedLikelihood<'a>> {
        self.zoom.as_ref().ok_or_else(|| {
            Error::numerical(format!(
                "ln L cannot be interpolated over {}, and toys without interpolation take too many evaluations of the \
                 estimator: choose a smaller parameter box",
                self.parameter_box
            ))
        })
    }

    /// Numbers that identify data, estimator and box: the edges, and ln L at the nodes of the interpolation.
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

    /// Returns the Neyman belt of the data set, to compare with toys.
    ///
    /// # Errors
    /// If ln L cannot be interpolated, or there are more than two parameters.
    pub fn neyman_belt(&self, levels: &[f64]) -> Result<NeymanBelt> {
        let at_nodes = self.zoom()?.surface().at_nodes();
        Ok(NeymanBelt::new(self.neyman(TOY_GRID)?, at_nodes, levels))
    }

    /// Returns expected bands: quantiles of the results of data sets of `events` events, drawn from the sample with replacement.
    ///
    /// Empty if the sample has less than [`BAND_SAMPLE_FACTOR`](Self::BAND_SAMPLE_FACTOR) times `events` events, there are more than two
    /// parameters, or ln L cannot be interpolated.
    ///
    /// # Errors
    /// If the estimator fails, or a level is not between 0 and 1.
    pub fn bands(&self, events: f64, levels: &[f64], seed: u64) -> Result<Vec<Band>> {
        let n = self.likelihood.x().nrows();
        let (Ok(interpolation), Ok(neyman)) = (self.interpolation(), self.neyman(BAND_GRID)) else {
            return Ok(Vec::new());
        };
        if events * Self::BAND_SAMPLE_FACTOR > n as f64 {
            return Ok(Vec::new());
        }
        let (estimator, reference) = self.likelihood.estimator();
        let used = n.min(MIN_POOL.max((POOL_FACTOR * events) as usize));
        let x = self.likelihood.x().split_at(Axis(0), used).0;
        let progress = self.likelihood.progress();
        let table = interpolation.table_until_stopped(estimator, x, reference, progress)?;
        let weights = vec![1.0; used];
        let sums = Resampling::new(table.view()).sums(weights, events.round() as usize, BAND_TOYS, seed, progress)?;
        bands(&neyman, sums.view(), levels)
    }

    fn neyman(&self, values: [usize; 2]) -> Result<Neyman> {
        let p = self.parameter_box.dimensions();
        let Some(&along) = p.checked_sub(1).and_then(|p| values.get(p)) else {
            return Err(Error::usage(format!(
                "toys on a grid are possible for one or two parameters, and there are {p}: hold some fixed with --box"
            )));
        };
        let zoom = self.zoom()?;
        Neyman::new(zoom.surface().interpolation(), zoom.parameter_box(), &vec![along; p])
    }
}
