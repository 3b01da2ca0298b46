//! Warnings of an analysis: what may be wrong with a result, and what to do about it.

use std::fmt::{Display, Formatter};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::inference::SparsestPoint;
use motherlode_core::format::number;

/// Something that may be wrong with a result.
///
/// [`Display`] gives the sentence for people, with its remedy; serialisation gives `kind`, `message` and `remedy`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The estimator was trained at a few chosen points.
    FewTrainingPoints {
        /// Number of points.
        n: usize,
    },
    /// The estimator was trained on events of the seed of those observed.
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
    /// Histograms and toys come from rows of a file that may be among those observed.
    SharedPool {
        /// The file.
        file: String,
    },
    /// Many observed events are the same rows of a file.
    RepeatedEvents {
        /// Number of observed events.
        n: usize,
        /// Number of different ones.
        different: usize,
        /// Number of rows that they were drawn from with replacement, if they were.
        drawn_from: Option<u64>,
    },
    /// The simulated events that fill histograms fluctuate about as much as those observed.
    FewSimulatedEvents {
        /// Number of simulated events.
        simulated: f64,
        /// Number of observed events.
        observed: f64,
        /// Share by which errors are too small.
        share: f64,
    },
    /// The cells of a density hold few effective events at some hypothesis.
    SparseDensity {
        /// The hypothesis, `[p]`.
        theta: Vec<f64>,
        /// Effective number of events there.
        events: f64,
        /// Number of cells.
        cells: usize,
    },
    /// The best fit is at the edge of the parameter box.
    BestFitAtEdge {
        /// Name of the estimator.
        estimator: String,
        /// Names of the parameters at an edge.
        parameters: Vec<String>,
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
        /// Number of events that they need.
        needed: f64,
        /// Number of events that there are.
        available: usize,
    },
    /// Chains do not agree on a parameter.
    ChainsDisagree {
        /// Name of the parameter.
        parameter: String,
        /// R̂.
        r_hat: f64,
    },
    /// Draws of a parameter are worth few independent ones.
    FewEffectiveDraws {
        /// Name of the parameter.
        parameter: String,
        /// Effective number of draws.
        effective: f64,
        /// Effective number of draws that is needed.
        needed: f64,
        /// Draws of each chain that should suffice.
        draws: usize,
    },
    /// Trajectories diverged.
    DivergentTrajectories {
        /// Number of them.
        n: usize,
        /// Number of all trajectories.
        of: usize,
    },
    /// Trajectories were cut off at their greatest length.
    TruncatedTrajectories {
        /// Number of them.
        n: usize,
        /// Number of all trajectories.
        of: usize,
    },
    /// Data simulated from the posterior hardly look like those observed.
    UnlikelyData {
        /// The statistic that differs.
        statistic: String,
        /// Its mean over simulated data sets.
        mean: f64,
        /// Its standard deviation over them.
        standard_deviation: f64,
        /// Its observed value.
        observed: f64,
    },
    /// Learned scores claim more information than they have.
    OverconfidentScore {
        /// Names of the estimators.
        estimators: Vec<String>,
    },
    /// Events are too few for asymptotic formulae.
    FewEventsForAsymptotics {
        /// Number of events.
        n: f64,
    },
    /// One bin does not determine several parameters.
    UnderdeterminedFit {
        /// Number of parameters.
        parameters: usize,
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
    /// Name of the kind of warning, in snake case.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::FewTrainingPoints { .. } => "few_training_points",
            Self::SameSeed { .. } => "same_seed",
            Self::SharedRows { .. } => "shared_rows",
            Self::Extrapolated { .. } => "extrapolated",
            Self::SharedPool { .. } => "shared_pool",
            Self::RepeatedEvents { .. } => "repeated_events",
            Self::FewSimulatedEvents { .. } => "few_simulated_events",
            Self::SparseDensity { .. } => "sparse_density",
            Self::BestFitAtEdge { .. } => "best_fit_at_edge",
            Self::UnexpectedCount { .. } => "unexpected_count",
            Self::NoBandsForManyParameters => "no_bands_for_many_parameters",
            Self::NoBandsForFewEvents { .. } => "no_bands_for_few_events",
            Self::ChainsDisagree { .. } => "chains_disagree",
            Self::FewEffectiveDraws { .. } => "few_effective_draws",
            Self::DivergentTrajectories { .. } => "divergent_trajectories",
            Self::TruncatedTrajectories { .. } => "truncated_trajectories",
            Self::UnlikelyData { .. } => "unlikely_data",
            Self::OverconfidentScore { .. } => "overconfident_score",
            Self::FewEventsForAsymptotics { .. } => "few_events_for_asymptotics",
            Self::UnderdeterminedFit { .. } => "underdetermined_fit",
            Self::StrengthAtEdge { .. } => "strength_at_edge",
            Self::SparseBins { .. } => "sparse_bins",
        }
    }

    /// What may be wrong, without the remedy.
    pub fn message(&self) -> String {
        match self {
            Self::FewTrainingPoints { n } => {
                format!("the model was trained at {n} hypotheses, and what it says in between is interpolated")
            }
            Self::SameSeed { seed } => format!(
                "the model was trained on events of the same seed, {seed}, and the observed events may be among them"
            ),
            Self::SharedRows { file } => {
                format!("the model was trained on rows of {file} that may be among those observed")
            }
            Self::Extrapolated { name, theta } => format!(
                "{name} = {} lies outside of the box in which the model was trained: what it says there is extrapolated",
                theta.iter().map(f64::to_string).collect::<Vec<_>>().join(",")
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
                    "of {n} events {different} are different{from}, and they count as independent here, so that intervals are too narrow"
                )
            }
            Self::FewSimulatedEvents {
                simulated,
                observed,
                share,
            } => format!(
                "histograms are filled with {simulated} simulated events, which fluctuate as observed ones do, and errors do not include \
                 that: for {} events they are too small by some {:.0} %",
                number(*observed, 4),
                100.0 * share
            ),
            Self::SparseDensity { theta, events, cells } => {
                format!("at theta = {theta:?} the pool has {events:.0} effective events for {cells} cells")
            }
            Self::BestFitAtEdge { estimator, parameters } => format!(
                "{estimator}: the best fit is at the edge of the box in {}; if the truth lies outside, these intervals say nothing",
                parameters.join(", ")
            ),
            Self::UnexpectedCount {
                estimator,
                expected,
                counted,
            } => {
                format!("{estimator}: {expected:.1} events are expected at the best fit, and there are {counted}")
            }
            Self::NoBandsForManyParameters => {
                "bands of one and two standard deviations are drawn for one or two free parameters".into()
            }
            Self::NoBandsForFewEvents { needed, available } => {
                format!(
                    "expected bands need at least {needed} events (10 times the expected number), and there are {available}"
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
            } => format!(
                "the draws of {parameter} are worth {effective:.0} independent ones, and {needed:.0} are needed"
            ),
            Self::DivergentTrajectories { n, of } => format!(
                "{n} of {of} trajectories broke off: the posterior has corners that the chains do not get into, or the data are impossible \
                 in a part of the box"
            ),
            Self::TruncatedTrajectories { n, of } => {
                format!(
                    "{n} of {of} trajectories were cut off after 1023 steps: parameters are strongly correlated, or the warm-up was too short"
                )
            }
            Self::UnlikelyData {
                statistic,
                mean,
                standard_deviation,
                observed,
            } => format!(
                "{statistic}: data of the posterior hardly look like those observed ({mean:.4} ± {standard_deviation:.4}, and {observed:.4})"
            ),
            Self::OverconfidentScore { estimators } => format!(
                "{} believes in more information than there is in what it says",
                estimators.join(", ")
            ),
            Self::FewEventsForAsymptotics { n } => format!(
                "there are {} events in all: the formulae are those for many events, and the limits are rough",
                number(*n, 4)
            ),
            Self::UnderdeterminedFit { parameters } => {
                format!("one number does not fix {parameters} parameters: the best fit is one of many that are as good")
            }
            Self::StrengthAtEdge { parameter } => {
                format!("the best fit of {parameter} is at the upper edge of its range, and these limits mean nothing")
            }
            Self::SparseBins { n, of, limit } => format!(
                "{n} of {of} bins hold less than {limit} effective simulated events, whose fluctuations would be taken for effects of the parameters"
            ),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::FewTrainingPoints { .. } => "train over a box to infer".into(),
            Self::SameSeed { .. } => "mine others with --seed".into(),
            Self::SharedRows { .. } => {
                "mine with --portion train to train, and with --portion test to observe".into()
            }
            Self::Extrapolated { .. } => "train over a box that holds it".into(),
            Self::SharedPool { .. } => "mine with --portion test to observe".into(),
            Self::RepeatedEvents { .. } => "observe fewer, or let few stand for many with --expect".into(),
            Self::FewSimulatedEvents { .. } => "simulate more".into(),
            Self::SparseDensity { .. } => "simulate more, or take fewer bins or a smaller box".into(),
            Self::BestFitAtEdge { .. } => "train over a wider box".into(),
            Self::UnexpectedCount { .. } => "check the luminosity".into(),
            Self::NoBandsForManyParameters => "hold parameters fixed by two equal ends in --box".into(),
            Self::NoBandsForFewEvents { .. } => "give a larger sample of events".into(),
            Self::ChainsDisagree { .. } => {
                "take more --draws and --warmup; if the posterior has several modes, look at its likelihood with infer, and sample each mode in a \
                 --box of its own"
                    .into()
            }
            Self::FewEffectiveDraws { draws, .. } => format!("take --draws {draws}"),
            Self::DivergentTrajectories { .. } => "take a --box that avoids it, or a longer --warmup".into(),
            Self::TruncatedTrajectories { .. } => "take a longer --warmup".into(),
            Self::UnlikelyData { .. } => {
                "the truth may lie outside of the box, or the data are not of this simulator: check both".into()
            }
            Self::OverconfidentScore { .. } => "train it on more events".into(),
            Self::FewEventsForAsymptotics { .. } => "take limits from toys".into(),
            Self::UnderdeterminedFit { .. } => "name --observables, or look at q on a --grid".into(),
            Self::StrengthAtEdge { .. } => "give it wider bounds in the measurement".into(),
            Self::SparseBins { .. } => "take fewer bins, or simulate more".into(),
        }
    }

    /// A warning if the cells of a density hold few effective events.
    pub fn sparse_density(sparsest: &SparsestPoint) -> Option<Self> {
        sparsest.is_sparse().then(|| Self::SparseDensity {
            theta: sparsest.theta.clone(),
            events: sparsest.events,
            cells: sparsest.cells,
        })
    }

    /// Growth of errors by the fluctuations of simulated events, if it is worth a warning.
    ///
    /// Both errors add up in quadrature, and only that of the observed events is in a likelihood: the true error is larger by √(1 + n/m)
    /// (Barlow and Beeston 1993).
    pub fn few_simulated_events(simulated: f64, observed: f64) -> Option<Self> {
        /// Smallest growth that is worth a warning.
        const GROWTH: f64 = 0.05;
        let growth = (1.0 + observed / simulated).sqrt() - 1.0;
        (growth > GROWTH).then(|| Self::FewSimulatedEvents {
            simulated,
            observed,
            share: growth / (1.0 + growth),
        })
    }
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
