//! Calibration: what an estimator's number means, learned from events of the simulator.
//!
//! An estimated ratio need only grow with the true one to be of use: the densities of the number itself under both
//! hypotheses, p̂(log r̂|θ0) and p̂(log r̂|θ1), are those of one dimension, and their ratio is the calibrated ratio. It cannot bring
//! back what the estimator has lost: no function of log r̂ tells the hypotheses apart better than log r̂ does.
//!
//! Events come from a [`CalibrationEvents`]: each was drawn at one hypothesis and, by its gold, stands for all others with the
//! weight p(x,z|θ)/q(x,z). A [`Curve`] is fitted for one pair of hypotheses; [`PairCalibration`] makes one whenever it is
//! asked for a pair, a [`Calibration`] makes them on a grid of θ0 once and for all.
//!
//! # Source
//! Cranmer, Pavez and Louppe, arXiv:1506.02169, section 2.3; Brehmer et al., arXiv:1805.00020, section III.

mod bins;
mod calibrator;
mod curve;
mod estimator;
mod events;
mod grid;
mod histogram;
mod isotonic;
mod kernel;
mod pair;
mod scores;

pub use calibrator::Calibrator;
pub use curve::Curve;
pub use estimator::CalibratedEstimator;
pub use events::CalibrationEvents;
pub use grid::Calibration;
pub use isotonic::pool_adjacent_violators;
pub use pair::PairCalibration;
pub use scores::Scores;
