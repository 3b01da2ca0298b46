//! Warnings of an analysis, with their remedies.

use std::fmt::{Display, Formatter};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::Observations;
use super::certified::outside_training;
use crate::inference::SparsestPoint;
use motherlode_core::error::Result;
use motherlode_core::format::{comma_separated, counted, number, percent};
use motherlode_core::trace::{Caveat, Instrumented, unweighted};
use motherlode_core::{Domain, Estimator};

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

impl Warning {
    /// Returns the kind of warning, in snake case.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Simulator(caveat) => caveat.kind,
            Self::Training { .. } => "training",
            Self::FewTrainingPoints { .. } => "few_training_points",
            Self::SameSeed { .. } => "same_seed",
            Self::SharedRows { .. } => "shared_rows",
            Self::ExaminedOnTrainingRows { .. } => "examined_on_training_rows",
            Self::Extrapolated { .. } => "extrapolated",
            Self::OutsideTraining { .. } => "outside_training",
            Self::SharedPool { .. } => "shared_pool",
            Self::RepeatedEvents { .. } => "repeated_events",
            Self::SharedNegativeWeights { .. } => "shared_negative_weights",
            Self::FewSimulatedEvents { .. } => "few_simulated_events",
            Self::SparseDensity { .. } => "sparse_density",
            Self::BestFitAtEdge { .. } => "best_fit_at_edge",
            Self::UnexpectedCount { .. } => "unexpected_count",
            Self::NoBandsForManyParameters => "no_bands_for_many_parameters",
            Self::NoBandsForFewEvents { .. } => "no_bands_for_few_events",
            Self::NoBandsForWeightedEvents => "no_bands_for_weighted_events",
            Self::ChainsDisagree { .. } => "chains_disagree",
            Self::FewEffectiveDraws { .. } => "few_effective_draws",
            Self::DivergentTrajectories { .. } => "divergent_trajectories",
            Self::TruncatedTrajectories { .. } => "truncated_trajectories",
            Self::UnlikelyData { .. } => "unlikely_data",
            Self::OverconfidentScore { .. } => "overconfident_score",
            Self::FewInformativeEvents { .. } => "few_informative_events",
            Self::FewEventsForAsymptotics { .. } => "few_events_for_asymptotics",
            Self::UnderdeterminedFit { .. } => "underdetermined_fit",
            Self::ErrorsOfEmptyBins { .. } => "errors_of_empty_bins",
            Self::OtherWorkspace { .. } => "other_workspace",
            Self::StrengthAtEdge { .. } => "strength_at_edge",
            Self::SparseBins { .. } => "sparse_bins",
        }
    }

    /// Returns the problem, without the remedy.
    pub fn message(&self) -> String {
        match self {
            Self::Simulator(caveat) => caveat.message.clone(),
            Self::Training { model, said } => {
                let model = model.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
                format!("in the training{model}: {}", split(said).0)
            }
            Self::FewTrainingPoints { n } => {
                format!("the model was trained at {n} hypotheses, and its results between them are interpolated")
            }
            Self::SameSeed { seed } => format!(
                "the model was trained on events of the same seed, {seed}, and the observed events may be among them"
            ),
            Self::SharedRows { file } => {
                format!("the model was trained on rows of {file} that may be among those observed")
            }
            Self::ExaminedOnTrainingRows { file } => {
                format!(
                    "the model was trained on rows of {file} that it is examined with here, and its errors look smaller than they are"
                )
            }
            Self::Extrapolated { name, theta } => format!(
                "{name} = {} lies outside of the box in which the model was trained: its results there are extrapolated",
                comma_separated(theta)
            ),
            Self::SharedPool { file } => format!(
                "histograms are filled with rows of {file} that may be among those observed, and follow the fluctuations of the data"
            ),
            Self::RepeatedEvents {
                n,
                different,
                drawn_from,
            } => {
                let from = drawn_from.map_or_else(String::new, |rows| {
                    format!(": they were drawn with replacement from {rows} rows of a file")
                });
                format!(
                    "of {n} events only {different} are different{from}, but all count as independent here, so that intervals are too narrow"
                )
            }
            Self::SharedNegativeWeights { events } => {
                format!("toys and simulated measurements are drawn from {events}")
            }
            Self::FewSimulatedEvents {
                simulated,
                observed,
                share,
            } => format!(
                "histograms are filled with simulated events that are worth {simulated:.0} unweighted ones, and errors do not include their fluctuations: for {} events, errors \
                 are too small by about {:.0} %",
                number(*observed, 4),
                100.0 * share
            ),
            Self::SparseDensity {
                theta,
                events,
                cells,
                in_cell,
            } => {
                format!(
                    "at theta = {} the pool has {events:.0} effective events for {cells} cells, and {} in the cell of a typical event",
                    comma_separated(theta),
                    number(*in_cell, 2)
                )
            }
            Self::OutsideTraining {
                events,
                of,
                observables,
            } => format!(
                "{events} of {of} events lie outside of what the network was trained on, in {}; its answer for them is a guess",
                observables.join(", ")
            ),
            Self::BestFitAtEdge {
                estimator,
                parameters,
                checked,
            } => format!(
                "{estimator}: the best fit is at the edge of the box in {}. {checked}. If the truth lies outside of the box, which cannot be \
                 checked, these intervals are not valid",
                parameters.join(", ")
            ),
            Self::UnexpectedCount {
                estimator,
                expected,
                counted,
            } => {
                format!("{estimator}: {expected:.1} events are expected at the best fit, and {counted} were observed")
            }
            Self::NoBandsForManyParameters => "expected bands are computed for one or two free parameters only".into(),
            Self::NoBandsForWeightedEvents => {
                "no data sets can be drawn from events with negative weights, and expected bands are left out".into()
            }
            Self::NoBandsForFewEvents { needed, available } => {
                format!(
                    "expected bands need at least {needed} events (10 times the expected number), and the sample has {available}"
                )
            }
            Self::ChainsDisagree { parameter, r_hat } => {
                format!("the chains do not agree on {parameter} (R-hat {r_hat:.3})")
            }
            Self::FewEffectiveDraws {
                parameter,
                effective,
                needed,
                ..
            } => format!("the effective number of draws of {parameter} is {effective:.0}, and {needed:.0} are needed"),
            Self::DivergentTrajectories { n, of } => format!(
                "{n} of {of} trajectories diverged: the posterior has narrow regions that the chains do not reach, or the data are impossible \
                 in a part of the box"
            ),
            Self::TruncatedTrajectories { n, of } => {
                format!(
                    "{n} of {of} trajectories reached the limit of 1023 steps: parameters are strongly correlated, or the warm-up was too short"
                )
            }
            Self::UnlikelyData {
                statistic,
                mean,
                standard_deviation,
                observed,
            } => format!(
                "{statistic}: data simulated from the posterior ({mean:.4} ± {standard_deviation:.4}) differ from those observed ({observed:.4})"
            ),
            Self::OverconfidentScore { estimators } => format!(
                "the variance of the score of {} is larger than its information",
                estimators.join(", ")
            ),
            Self::FewInformativeEvents {
                source,
                parameter,
                effective,
                largest,
                others,
                ..
            } => format!(
                "the information on {parameter} by {source} rests on {effective:.0} effective events, and one of them carries {} of it{}: its \
                 standard error is uncertain itself, and too small as a rule",
                percent(*largest),
                match others {
                    0 => String::new(),
                    n => format!(" (the same is true of {})", counted(*n, "other source")),
                }
            ),
            Self::FewEventsForAsymptotics { n } => format!(
                "there are {} events in all: asymptotic formulae hold for many events, and these limits are approximate",
                number(*n, 4)
            ),
            Self::UnderdeterminedFit { parameters } => {
                format!(
                    "one bin does not determine {parameters} parameters: many other points fit as well as the best fit"
                )
            }
            Self::ErrorsOfEmptyBins { n } => format!(
                "{n} bins have an error and no content: the error is a factor on the content, as in HistFactory, and is lost there"
            ),
            Self::OtherWorkspace { declared, found } => format!(
                "the patches say that they belong to the workspace with the digest {declared}, and this one has {found}"
            ),
            Self::StrengthAtEdge { parameter } => {
                format!("the best fit of {parameter} is at the upper edge of its range, and these limits are not valid")
            }
            Self::SparseBins { n, of, limit } => format!(
                "{n} of {of} bins hold less than {limit} effective simulated events, and their fluctuations look like effects of the parameters"
            ),
        }
    }

    /// Returns the remedy.
    pub fn remedy(&self) -> String {
        match self {
            Self::Simulator(caveat) => caveat.remedy.clone(),
            Self::Training { said, .. } => split(said).1.into(),
            Self::FewTrainingPoints { .. } => "train over a parameter box to infer".into(),
            Self::SameSeed { .. } => "mine other events with --seed".into(),
            Self::SharedRows { .. } => {
                "mine training events with --portion train, and observed events with --portion test".into()
            }
            Self::ExaminedOnTrainingRows { .. } => "mine training events with --portion train, and use --portion test here".into(),
            Self::Extrapolated { .. } => "train over a box that contains it".into(),
            Self::OutsideTraining { .. } => {
                "check units and selection of these events, or train on events that cover them".into()
            }
            Self::SharedPool { .. } => "mine observed events with --portion test".into(),
            Self::RepeatedEvents { .. } => "use fewer events, or compute expected results with --expect".into(),
            Self::SharedNegativeWeights { .. } => "trust them for what changes little within that distance".into(),
            Self::FewSimulatedEvents { .. } => "simulate more events, or include their errors (`limit --template-errors`)".into(),
            Self::SparseDensity { .. } => "simulate more events, or choose fewer bins or a smaller box".into(),
            Self::BestFitAtEdge { .. } => "train over a wider box".into(),
            Self::UnexpectedCount { .. } => "check the luminosity".into(),
            Self::NoBandsForManyParameters => "hold parameters fixed with two equal ends in --box".into(),
            Self::NoBandsForFewEvents { .. } => "give a larger sample of events".into(),
            Self::NoBandsForWeightedEvents => "give an array of events without weights".into(),
            Self::ChainsDisagree { .. } => {
                "increase --draws and --warmup; if the posterior has several modes, find them with `infer` and sample each in a --box \
                 of its own"
                    .into()
            }
            Self::FewEffectiveDraws { draws, .. } => format!("use --draws {draws}"),
            Self::DivergentTrajectories { .. } => "choose a --box that avoids this part, or a longer --warmup".into(),
            Self::TruncatedTrajectories { .. } => "choose a longer --warmup".into(),
            Self::UnlikelyData { .. } => {
                "check that the truth may lie in the box and that the data are of this simulator".into()
            }
            Self::OverconfidentScore { .. } => "train on more events".into(),
            Self::FewInformativeEvents { stored, .. } => match stored {
                true => "generate more events, above all where the score is large, or leave this region out by a cut".into(),
                false => "simulate more events (--events)".into(),
            },
            Self::FewEventsForAsymptotics { .. } => "compute limits with toys".into(),
            Self::UnderdeterminedFit { .. } => "name --observables, or scan q on a --grid".into(),
            Self::ErrorsOfEmptyBins { .. } => "merge these bins with others, or give them a content".into(),
            Self::OtherWorkspace { .. } => "check that workspace and patches are of one publication".into(),
            Self::StrengthAtEdge { .. } => "set wider bounds in the measurement".into(),
            Self::SparseBins { .. } => "choose fewer bins, or simulate more events".into(),
        }
    }

    /// Returns what every result of a simulator inherits.
    pub fn of_simulator(simulator: &dyn Instrumented) -> Vec<Self> {
        simulator.caveats().into_iter().map(Self::Simulator).collect()
    }

    /// Returns the warnings of the training of an estimator; `model` names it among several.
    pub fn of_training(estimator: &dyn Estimator, model: Option<&str>) -> Vec<Self> {
        let said = estimator.training_warnings().into_iter();
        said.map(|said| Self::Training {
            model: model.map(str::to_owned),
            said,
        })
        .collect()
    }

    /// Returns a warning if `simulator` draws from rows of an event file that the estimator may have been trained on.
    pub fn examined_on_training_rows(estimator: &dyn Estimator, simulator: &dyn Instrumented) -> Option<Self> {
        let trained = estimator.training_events()?;
        let same_file = simulator.n_rows().is_some() && trained.simulator == simulator.name();
        let shared = same_file && trained.portion.overlaps(simulator.portion());
        shared.then_some(Self::ExaminedOnTrainingRows {
            file: trained.simulator,
        })
    }

    /// Returns a warning if more events than chance explains are outside of what an estimator was trained on.
    pub fn outside_training(estimator: &dyn Estimator, observations: &Observations) -> Option<Self> {
        let found = outside_training(estimator, observations.x())?;
        let names = &observations.header().observables;
        found.is_more_than_chance().then(|| Self::OutsideTraining {
            events: found.events,
            of: found.of,
            observables: found.columns.iter().map(|&column| names[column].clone()).collect(),
        })
    }

    /// Returns a warning if an estimator was trained at a few chosen points.
    pub fn few_training_points(estimator: &dyn Estimator) -> Option<Self> {
        match estimator.domain() {
            Domain::Points { n, .. } => Some(Self::FewTrainingPoints { n }),
            _ => None,
        }
    }

    /// Returns a warning if the cells of a density hold few effective events.
    pub fn sparse_density(sparsest: &SparsestPoint) -> Option<Self> {
        sparsest.is_sparse().then(|| Self::SparseDensity {
            theta: sparsest.theta.clone(),
            events: sparsest.events,
            cells: sparsest.cells,
            in_cell: sparsest.in_cell,
        })
    }

    /// Returns a warning if observations without weights are those of another simulator.
    ///
    /// # Errors
    /// If that cannot be made.
    pub fn shared_negative_weights(simulator: &dyn Instrumented) -> Result<Option<Self>> {
        Ok(simulator
            .is_weighted()
            .then(|| unweighted(simulator))
            .transpose()?
            .map(|unweighted| {
                let events = unweighted.about().to_owned();
                Self::SharedNegativeWeights { events }
            }))
    }

    /// Returns a warning if the fluctuations of simulated events make the true errors larger by more than 5 %.
    ///
    /// The errors add in quadrature, and only that of the n observed events is in the likelihood: with m simulated events, the true error is
    /// larger by the factor √(1 + n/m) (Barlow and Beeston 1993). Weighted ones count as (Σw)²/Σw².
    pub fn few_simulated_events(simulated: f64, observed: f64) -> Option<Self> {
        /// Largest growth without a warning.
        const MAX_GROWTH: f64 = 0.05;
        let growth = (1.0 + observed / simulated).sqrt() - 1.0;
        (growth > MAX_GROWTH).then(|| Self::FewSimulatedEvents {
            simulated,
            observed,
            share: growth / (1.0 + growth),
        })
    }
}

/// The problem and the remedy of a warning whose words end with the latter.
fn split(said: &str) -> (&str, &str) {
    let at = [": ", "; "].iter().filter_map(|mark| said.rfind(mark)).max();
    at.map_or((said, "train again"), |at| (&said[..at], &said[at + 2..]))
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
