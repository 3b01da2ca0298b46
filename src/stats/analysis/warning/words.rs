//! Kinds, messages and remedies of warnings.

use super::Warning;
use motherlode_core::format::{comma_separated, counted, number, percent};

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
            Self::CoverageOfFewerEvents { .. } => "coverage_of_fewer_events",
            Self::PosteriorAtEdge { .. } => "posterior_at_edge",
            Self::FewTrainingRows { .. } => "few_training_rows",
            Self::FewRowsToExamine { .. } => "few_rows_to_examine",
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
            Self::CoverageOfFewerEvents { observed, examined } => format!(
                "coverage was measured for data sets of {}, and what the network is wrong by adds up in {}: intervals may be too narrow",
                counted(*examined, "event"),
                number(*observed, 4)
            ),
            Self::PosteriorAtEdge { parameter, edge, share } => format!(
                "the posterior is dense at the edge of the box, {} of the draws of {parameter} lie within a hundredth of the box from {}",
                percent(*share),
                number(*edge, 6)
            ),
            Self::FewTrainingRows { rows, observed, share } => format!(
                "the model was trained on events that are drawn from rows worth {rows:.0} unweighted ones, and errors do not include their \
                 fluctuations: for {} events, errors may be too small by up to about {:.0} %",
                number(*observed, 4),
                100.0 * share
            ),
            Self::FewRowsToExamine { rows, drawn } => format!(
                "{drawn} events of this examination are drawn from {rows} rows of an event file, whose own fluctuations look like errors of the \
                 model and are not in the standard errors"
            ),
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
            Self::CoverageOfFewerEvents { observed, .. } => {
                format!("measure it with `diagnose --events {observed:.0}`, or use toys (`infer --toys`)")
            }
            Self::PosteriorAtEdge { .. } => "train over a wider box, unless the parameter ends there".into(),
            Self::FewTrainingRows { .. } => "train on an event file with more events".into(),
            Self::FewRowsToExamine { .. } => "take an event file with more events, or fewer events of it".into(),
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
}

/// The problem and the remedy of a warning whose words end with the latter.
fn split(said: &str) -> (&str, &str) {
    let at = [": ", "; "].iter().filter_map(|mark| said.rfind(mark)).max();
    at.map_or((said, "train again"), |at| (&said[..at], &said[at + 2..]))
}
