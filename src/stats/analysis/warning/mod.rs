//! Warnings of an analysis, with their remedies.

mod found;
mod words;

use std::fmt::{Display, Formatter};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use motherlode_core::trace::Caveat;

/// A possible problem of a result, with its remedy.
///
/// [`Display`] gives message and remedy in one sentence; serialisation gives `kind`, `message` and `remedy`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The simulator has a problem that all results inherit.
    Simulator(Caveat),
    /// The training of the estimator gave a warning.
    Training {
        /// Name of the model, where there are several.
        model: Option<String>,
        /// The warning, with its remedy.
        said: String,
    },
    /// The estimator was trained at a few chosen points.
    FewTrainingPoints {
        /// Number of points.
        n: usize,
    },
    /// The estimator was trained on events with the seed of the observed ones.
    SameSeed {
        /// The seed.
        seed: u64,
    },
    /// The estimator was trained on rows of a file that may be among those observed.
    SharedRows {
        /// The file.
        file: String,
    },
    /// A hypothesis lies outside of the box in which the estimator was trained.
    Extrapolated {
        /// Name of the hypothesis, such as "theta0".
        name: String,
        /// The hypothesis, `[p]`.
        theta: Vec<f64>,
    },
    /// Events lie outside of the ranges of the observables that the estimator was trained on.
    OutsideTraining {
        /// Number of these events.
        events: usize,
        /// Number of all events.
        of: usize,
        /// Names of the observables that are out of range.
        observables: Vec<String>,
    },
    /// Histograms and toys come from rows of a file that may be among those observed.
    SharedPool {
        /// The file.
        file: String,
    },
    /// Toys and simulated measurements come from an event file whose negative weights were shared with neighbours.
    SharedNegativeWeights {
        /// Description of the events.
        events: String,
    },
    /// Many observed events are the same rows of a file.
    RepeatedEvents {
        /// Number of observed events.
        n: usize,
        /// Number of different events.
        different: usize,
        /// Number of rows of the file, if the events were drawn from it with replacement.
        drawn_from: Option<u64>,
    },
    /// Histograms are filled with few simulated events, whose fluctuations are not in the errors.
    FewSimulatedEvents {
        /// Effective number of simulated events, (Σw)²/Σw².
        simulated: f64,
        /// Number of observed events.
        observed: f64,
        /// Relative amount by which errors are too small.
        share: f64,
    },
    /// The coverage of a trained estimator was measured for much smaller data sets only.
    CoverageOfFewerEvents {
        /// Number of observed events.
        observed: f64,
        /// Events of the largest data sets whose coverage was measured.
        examined: usize,
    },
    /// The posterior is dense at an edge of the parameter box.
    PosteriorAtEdge {
        /// Name of the parameter.
        parameter: String,
        /// The edge.
        edge: f64,
        /// Share of the draws within a hundredth of the box from the edge.
        share: f64,
    },
    /// The estimator was trained on events of few stored rows, whose fluctuations are not in the errors.
    FewTrainingRows {
        /// Effective number of rows.
        rows: f64,
        /// Number of observed events.
        observed: f64,
        /// Relative amount by which errors may be too small.
        share: f64,
    },
    /// An estimator is examined with more events than there are stored rows to draw them from.
    FewRowsToExamine {
        /// Number of rows.
        rows: u64,
        /// Number of events.
        drawn: usize,
    },
    /// An estimator is examined with rows of an event file that it was trained on.
    ExaminedOnTrainingRows {
        /// The event file.
        file: String,
    },
    /// The cells of a density hold few effective events at some hypothesis.
    SparseDensity {
        /// The hypothesis, `[p]`.
        theta: Vec<f64>,
        /// Effective number of events there.
        events: f64,
        /// Number of cells.
        cells: usize,
        /// Effective number of events in the cell that an event of this hypothesis falls into.
        in_cell: f64,
    },
    /// The best fit is at the edge of the parameter box.
    BestFitAtEdge {
        /// Name of the estimator.
        estimator: String,
        /// Names of the parameters at an edge.
        parameters: Vec<String>,
        /// Causes that were looked for, in words; whether the truth lies outside of the box cannot be.
        checked: String,
    },
    /// The number of events is far from the one expected at the best fit.
    UnexpectedCount {
        /// Name of the estimator.
        estimator: String,
        /// Number of events expected at the best fit.
        expected: f64,
        /// Number of events counted.
        counted: f64,
    },
    /// Bands are drawn for one or two free parameters only.
    NoBandsForManyParameters,
    /// Bands need a larger sample of events.
    NoBandsForFewEvents {
        /// Number of events that bands need.
        needed: f64,
        /// Number of available events.
        available: usize,
    },
    /// Bands are drawn from a sample without weights only.
    NoBandsForWeightedEvents,
    /// Chains do not agree on a parameter.
    ChainsDisagree {
        /// Name of the parameter.
        parameter: String,
        /// R̂, 1 for chains that agree.
        r_hat: f64,
    },
    /// The effective number of draws of a parameter is small.
    FewEffectiveDraws {
        /// Name of the parameter.
        parameter: String,
        /// Effective number of draws.
        effective: f64,
        /// Required effective number of draws.
        needed: f64,
        /// Number of draws of each chain that should suffice.
        draws: usize,
    },
    /// Trajectories diverged.
    DivergentTrajectories {
        /// Number of such trajectories.
        n: usize,
        /// Number of all trajectories.
        of: usize,
    },
    /// Trajectories reached the maximum length.
    TruncatedTrajectories {
        /// Number of such trajectories.
        n: usize,
        /// Number of all trajectories.
        of: usize,
    },
    /// Data simulated from the posterior differ from those observed.
    UnlikelyData {
        /// The statistic that differs.
        statistic: String,
        /// Mean of the statistic over simulated data sets.
        mean: f64,
        /// Standard deviation of the statistic over simulated data sets.
        standard_deviation: f64,
        /// Observed value of the statistic.
        observed: f64,
    },
    /// The variance of learned scores is larger than their information.
    OverconfidentScore {
        /// Names of the estimators.
        estimators: Vec<String>,
    },
    /// The information on a parameter rests on few of the simulated events.
    FewInformativeEvents {
        /// Name of the source.
        source: String,
        /// Name of the parameter.
        parameter: String,
        /// Effective number of events that carry the information.
        effective: f64,
        /// Share of it that one event carries.
        largest: f64,
        /// Number of other sources of which this is true.
        others: usize,
        /// True if events are drawn from a file.
        stored: bool,
    },
    /// Events are too few for asymptotic formulae.
    FewEventsForAsymptotics {
        /// Number of events.
        n: f64,
    },
    /// A fit of one bin does not determine several parameters.
    UnderdeterminedFit {
        /// Number of parameters.
        parameters: usize,
    },
    /// Bins have an error and no content, which no factor can express.
    ErrorsOfEmptyBins {
        /// Number of such bins.
        n: usize,
    },
    /// A patch set says that it belongs to another workspace.
    OtherWorkspace {
        /// SHA-256 digest of the workspace that it names.
        declared: String,
        /// Digest of the workspace that it was applied to.
        found: String,
    },
    /// The best fit of a signal strength is at the upper edge of its range.
    StrengthAtEdge {
        /// Name of the signal strength.
        parameter: String,
    },
    /// Bins hold few effective simulated events.
    SparseBins {
        /// Number of such bins.
        n: usize,
        /// Number of all bins.
        of: usize,
        /// Effective events below which a bin counts as sparse.
        limit: f64,
    },
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.message(), self.remedy())
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("kind", self.kind())?;
        map.serialize_entry("message", &self.message())?;
        map.serialize_entry("remedy", &self.remedy())?;
        map.end()
    }
}
