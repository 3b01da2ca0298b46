//! Analyses: from an estimator and observed events to intervals, posteriors, sensitivities and diagnostics.
//!
//! [`Analysis`] takes its inputs, each in one call: an [estimator](Analysis::new), [observed events](Analysis::with_observations), the
//! [simulator](Analysis::with_simulator), a [parameter box](Analysis::with_box), [constraints](Analysis::with_constraint). It gives typed
//! results with their [warnings](Warning), which serialise to JSON. The command line, and any other front end, only
//! renders these.
//!
//! ```
//! use motherlode_core::likelihood::LogRatio;
//! use motherlode_core::{Domain, Estimator, ParameterBox, Result};
//! use motherlode_stats::analysis::{Analysis, IntervalSettings, Observations};
//! use ndarray::{Array1, ArrayView2, array};
//!
//! /// Measurements of θ with the error 1; a trained network takes its place in practice.
//! struct Gauss;
//! impl LogRatio for Gauss {
//!     fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
//!         let log = |x: f64, theta: f64| -0.5 * (x - theta).powi(2);
//!         Ok(x.column(0).mapv(|x| log(x, theta0[0]) - log(x, theta1[0])))
//!     }
//! }
//! impl Estimator for Gauss {
//!     fn name(&self) -> String { "Gauss".into() }
//!     fn n_parameters(&self) -> usize { 1 }
//!     fn as_ratio(&self) -> Option<&dyn LogRatio> { Some(self) }
//!     fn domain(&self) -> Domain { Domain::Box(ParameterBox::new([(-5.0, 5.0)]).unwrap()) }
//! }
//!
//! let observed = Observations::from_columns(array![[0.5], [1.5], [1.0], [1.0]], &["x"], &["theta"])?;
//! let analysis = Analysis::new(&Gauss).with_observations(&observed);
//! let result = analysis.infer(&IntervalSettings::default(), &())?;
//! let (low, high) = result.answers[0].intervals[0][0][0]; // mean 1, error 1/√4
//! assert!((low - 0.5).abs() < 0.01 && (high - 1.5).abs() < 0.01, "{low} to {high}");
//! # Ok::<(), motherlode_core::Error>(())
//! ```

mod abc;
mod calibration;
mod certified;
mod constraints;
mod densities;
mod diagnosis;
mod evaluation;
pub mod hypotheses;
mod information;
mod information_point;
mod intervals;
mod observations;
mod posterior;
mod prior;
mod rate;
mod simulated;
mod theta;
mod toys;
mod warning;

use motherlode_core::error::{Error, Result};
use motherlode_core::interruptible::Interruptible;
use motherlode_core::prior::Prior;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, Progress, dataset::Portion};

pub use abc::{AbcMethod, AbcResult, AbcSettings};
pub use calibration::{CalibrationResult, CalibrationSettings, PairComparison};
pub use certified::CertifiedCoverage;
pub use constraints::{NamedConstraint, constraints_of};
pub use densities::DensitySettings;
pub use diagnosis::{DiagnosisResult, DiagnosisSettings};
pub use evaluation::{EvaluationResult, EvaluationSettings, QuantitySummary};
pub use information::{InformationResult, InformationSettings, InformationSource, Resolution};
pub use intervals::{Inference, IntervalSettings, check_levels};
pub use observations::{Observations, header_of_simulator};
pub use posterior::{
    DirectDraws, ParameterSummary, PosteriorOfEstimator, PosteriorOfEvent, PosteriorResult, PosteriorSettings,
    PosteriorsOfEvents, PredictedStatistic,
};
pub use prior::{PosteriorPrior, PriorOrigin};
pub use rate::Rate;
pub use simulated::SimulatedSample;
pub use theta::{check_theta, full_theta};
pub use warning::Warning;

/// Remedy for observed events with weights.
const GIVE_MEASURED: &str = "give an array of measured events";

/// The inputs of an analysis. See the [module](self) for an example.
#[derive(Clone)]
pub struct Analysis<'a> {
    estimator: Option<&'a dyn Estimator>,
    observations: Option<&'a Observations>,
    simulator: Option<&'a dyn Instrumented>,
    pool: Option<&'a dyn Instrumented>,
    pool_warning: Option<Warning>,
    edges: Option<Vec<(f64, f64)>>,
    prior: Option<Prior>,
    given_constraints: Vec<NamedConstraint>,
    takes_own_constraints: bool,
    luminosity_unit: Option<&'a str>,
}

impl std::fmt::Debug for Analysis<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analysis")
            .field("estimator", &self.estimator.map(Estimator::name))
            .field("observations", &self.observations.map(Observations::description))
            .field("simulator", &self.simulator.map(|simulator| simulator.label()))
            .field("edges", &self.edges)
            .field("constraints", &self.given_constraints)
            .finish_non_exhaustive()
    }
}

impl<'a> Analysis<'a> {
    /// Creates an analysis by an estimator.
    pub fn new(estimator: &'a dyn Estimator) -> Self {
        Self {
            estimator: Some(estimator),
            ..Self::empty()
        }
    }

    /// Creates an analysis of a simulator without any estimator: for [`abc`](Self::abc) and [`information`](Self::information).
    pub fn of_simulator(simulator: &'a dyn Instrumented) -> Self {
        Self::empty().with_simulator(simulator)
    }

    fn empty() -> Self {
        Self {
            estimator: None,
            observations: None,
            simulator: None,
            pool: None,
            pool_warning: None,
            edges: None,
            prior: None,
            given_constraints: Vec::new(),
            takes_own_constraints: true,
            luminosity_unit: None,
        }
    }

    /// Adds an estimator.
    pub fn with_estimator(mut self, estimator: &'a dyn Estimator) -> Self {
        self.estimator = Some(estimator);
        self
    }

    /// Adds the observed events.
    pub fn with_observations(mut self, observations: &'a Observations) -> Self {
        self.observations = Some(observations);
        self
    }

    /// Adds the simulator of the events, with its exact likelihood, its constraints on nuisance parameters and its cross section. Its events
    /// fill histograms and toys unless [others](Self::with_pool) are given.
    pub fn with_simulator(mut self, simulator: &'a dyn Instrumented) -> Self {
        self.simulator = Some(simulator);
        self.pool = self.pool.or(Some(simulator));
        self
    }

    /// Fills histograms and toys with the events of this simulator: rows of an event file that were not observed ([`pool_rows`]), because
    /// the observed rows share the fluctuations of the data. Every result that uses them repeats `warning`.
    pub fn with_pool(mut self, pool: &'a dyn Instrumented, warning: Option<Warning>) -> Self {
        self.pool = Some(pool);
        self.pool_warning = warning;
        self
    }

    /// Sets the parameter box, `[p]`; ranges of nuisance parameters may all be left out. Two equal ends hold a parameter fixed. The default
    /// is the box in which the estimator was trained.
    pub fn with_box(mut self, edges: impl Into<Vec<(f64, f64)>>) -> Self {
        self.edges = Some(edges.into());
        self
    }

    /// Sets the prior of posteriors, over all parameters; it replaces the constraints of the simulator. The default is the prior of the events
    /// that the estimator was trained on, with the constraints of the simulator on nuisance parameters.
    pub fn with_prior(mut self, prior: Prior) -> Self {
        self.prior = Some(prior);
        self
    }

    /// Adds the result of another measurement, `name` = `mean` ± `sd`, which replaces the simulator's own constraint on that parameter.
    pub fn with_constraint(mut self, name: &str, mean: f64, sd: f64) -> Self {
        let name = name.into();
        self.given_constraints.push(NamedConstraint { name, mean, sd });
        self
    }

    /// Leaves out the constraints of the simulator, such as those of an event file on nuisance parameters.
    pub fn unconstrained(mut self) -> Self {
        self.takes_own_constraints = false;
        self
    }

    /// Sets the unit of the luminosity in texts, such as "/pb".
    pub fn with_luminosity_unit(mut self, unit: &'a str) -> Self {
        self.luminosity_unit = Some(unit);
        self
    }

    /// Runs a part of the analysis with an estimator whose evaluations `progress` can stop.
    fn interruptible<T>(&self, progress: &dyn Progress, run: impl FnOnce(&Analysis<'_>) -> Result<T>) -> Result<T> {
        let estimator = self.estimator.map(|estimator| Interruptible::new(estimator, progress));
        run(&Analysis {
            estimator: estimator.as_ref().map(|estimator| estimator as &dyn Estimator),
            ..self.clone()
        })
    }

    fn estimator(&self) -> Result<&'a dyn Estimator> {
        self.estimator
            .ok_or_else(|| Error::usage("this analysis needs an estimator: give a model"))
    }

    fn observations(&self) -> Result<&'a Observations> {
        self.observations
            .ok_or_else(|| Error::usage("this analysis needs observed events: give a data set or an array"))
    }

    fn simulator(&self) -> Result<&'a dyn Instrumented> {
        self.simulator.ok_or_else(|| {
            Error::usage(
                "this analysis needs the simulator, which is not known here: name the simulator or an event file",
            )
        })
    }

    /// Names of the parameters, `[p]`.
    fn parameters(&self) -> Result<Vec<String>> {
        match (self.observations, self.simulator) {
            (Some(observations), _) => Ok(observations.header().parameters.clone()),
            (None, Some(simulator)) => Ok(simulator.parameters().into_iter().map(|one| one.name).collect()),
            (None, None) => self.observations().map(|_| Vec::new()),
        }
    }

    /// Warnings about the simulator, and about observed events that were seen in training, or are not independent. A sample that represents another number of events
    /// need not be independent.
    fn warnings_of_observations(&self, represents_others: bool) -> Result<Vec<Warning>> {
        let observations = self.observations()?;
        let seen = self
            .estimator
            .and_then(|estimator| observations.seen_in_training(estimator, self.simulator));
        let repeated = self.simulator.filter(|_| !represents_others);
        let repeated = repeated.and_then(|simulator| observations.repeated(simulator));
        let outside = self
            .estimator
            .and_then(|estimator| Warning::outside_training(estimator, observations));
        let inherited = self.simulator.or(self.pool).map(Warning::of_simulator);
        let inherited = inherited.unwrap_or_default().into_iter();
        Ok(inherited.chain(seen).chain(repeated).chain(outside).collect())
    }
}

/// Chooses rows of an event file, none of them observed, to fill histograms and toys: those of training, if possible. `None` if all rows
/// may have been observed.
pub fn pool_rows(observations: &Observations, estimator: &dyn Estimator) -> Option<Portion> {
    let observed = observations.possible_rows();
    let trained = estimator.training_events();
    let trained = trained.filter(|events| events.simulator == observations.header().simulator);
    let mut candidates = trained
        .map(|events| events.portion)
        .into_iter()
        .chain([Portion::Train, Portion::Test]);
    candidates.find(|rows| !rows.overlaps(observed))
}

#[cfg(test)]
mod tests;
