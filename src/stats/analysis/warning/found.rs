//! Warnings that follow from an estimator, a simulator or a pool of events.

use super::super::Observations;
use super::super::certified::{CertifiedCoverage, outside_training};
use super::Warning;
use crate::inference::{Marginal, SparsestPoint};
use motherlode_core::error::Result;
use motherlode_core::trace::{Instrumented, unweighted};
use motherlode_core::{Domain, Estimator};

impl Warning {
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

    /// Returns a warning if coverage was measured for data sets of far fewer events.
    pub fn coverage_of_fewer_events(certified: &CertifiedCoverage) -> Option<Self> {
        let examined = certified.coverage.as_ref()?.events;
        (!certified.is_of_this_size()).then_some(Self::CoverageOfFewerEvents {
            observed: certified.observed,
            examined,
        })
    }

    /// Returns a warning if the draws of a parameter, `[n]`, pile up at an edge of its range.
    pub fn posterior_at_edge(parameter: &str, draws: &Marginal, (low, high): (f64, f64)) -> Option<Self> {
        /// Width of an edge and the least share of the draws in it, three times that of a flat posterior.
        const EDGE: (f64, f64) = (0.01, 0.03);
        let near = EDGE.0 * (high - low);
        let shares = [
            (low, draws.probability_below(low + near)),
            (high, 1.0 - draws.probability_below(high - near)),
        ];
        let (edge, share) = shares.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        (share > EDGE.1).then(|| Self::PosteriorAtEdge {
            parameter: parameter.into(),
            edge,
            share,
        })
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
        let share = missing_share(simulated, observed)?;
        Some(Self::FewSimulatedEvents {
            simulated,
            observed,
            share,
        })
    }

    /// Returns a warning if an estimator was trained on events of so few stored rows that their fluctuations matter for this number of events.
    pub fn few_training_rows(estimator: &dyn Estimator, observed: f64) -> Option<Self> {
        let rows = estimator.training_events()?.stored?.effective;
        let share = missing_share(rows, observed)?;
        Some(Self::FewTrainingRows { rows, observed, share })
    }

    /// Returns a warning if `drawn` events are more than `simulator` has rows to draw them from.
    pub fn few_rows_to_examine(simulator: &dyn Instrumented, drawn: usize) -> Option<Self> {
        let rows = simulator.n_rows()?;
        (drawn as u64 > rows).then_some(Self::FewRowsToExamine { rows, drawn })
    }
}

/// Share of the errors that is missing where `observed` events are compared with `simulated` ones; none if it is small.
fn missing_share(simulated: f64, observed: f64) -> Option<f64> {
    /// Largest growth without a warning.
    const MAX_GROWTH: f64 = 0.05;
    let growth = (1.0 + observed / simulated).sqrt() - 1.0;
    (growth > MAX_GROWTH).then_some(growth / (1.0 + growth))
}
