//! Expected limits of an event file, by histograms and the number of events, are those that MadMiner expects.
//!
//! Reference numbers: `AsymptoticLimits` of MadMiner 0.9.6. It takes the data from the last fifth of the rows, and of these those generated nearest to
//! the truth; the histograms from the first four fifths; the expected number from all events of the last fifth, and it rounds the observed one. All of
//! that is asked for here, piece by piece. Events of the histograms that lie outside of all edges are left out, but data there are counted in the outer
//! bins; [`BinnedEvents`] has open outer bins for both.

use motherlode_core::trace::Observable;
use motherlode_hep::binned::{BinnedEvents, Bins};
use motherlode_hep::madminer::{EventFile, EventReader, EventTable, Portion, Selection, WeightedEvents};
use motherlode_stats::inference::{Likelihood, SummaryStatistic, p_value};
use serde_json::Value;

use crate::madminer::{numbers, part, toy};

/// Relative, of p-values.
const P_VALUES: f64 = 1e-6;

/// Events that MadMiner uses for data, histograms and rate.
struct Conventions {
    data: WeightedEvents,
    for_histograms: EventFile,
    for_rate: WeightedEvents,
    observables: Vec<Observable>,
    luminosity: f64,
    theta_true: Vec<f64>,
    grid: Vec<Vec<f64>>,
}

impl Conventions {
    fn new(file: &EventFile, reference: &Value) -> Self {
        let theta_true = numbers(&reference["theta_true"]);
        let of_test = |nearest_to| {
            let mut selection = Selection::default().with_portion(Portion::Test);
            selection.nearest_to = nearest_to;
            WeightedEvents::new(file, &selection).unwrap()
        };
        let reader = EventReader::open(&file.path).unwrap();
        let first = (0.8 * reader.n_events() as f64).round() as usize;
        let training: EventTable = reader.samples(0..first).unwrap();
        let observable = |(name, _): &(String, Option<String>)| Observable::new(name);
        Self {
            data: of_test(Some(theta_true.clone())),
            for_histograms: EventFile {
                samples: Some(training),
                ..file.clone()
            },
            for_rate: of_test(None),
            observables: file.setup.observables.iter().map(observable).collect(),
            luminosity: reference["luminosity"].as_f64().unwrap(),
            grid: reference["theta_grid"]
                .as_array()
                .unwrap()
                .iter()
                .map(numbers)
                .collect(),
            theta_true,
        }
    }

    fn expected(&self, theta: &[f64]) -> f64 {
        self.luminosity * self.for_rate.cross_section(theta).unwrap().value
    }

    /// ln L on the grid.
    ///
    /// Each observable has its edges, the outer ones among them.
    fn log_likelihoods(&self, observables: &[(&str, Vec<f64>)], with_rate: bool) -> Vec<f64> {
        let names: Vec<String> = observables.iter().map(|(name, _)| name.to_string()).collect();
        let summary = SummaryStatistic::from_observables(&self.observables, &names).unwrap();
        let inner = |(_, edges): &(&str, Vec<f64>)| edges[1..edges.len() - 1].to_vec();
        let bins = Bins::Edges(observables.iter().map(inner).collect());
        let events = self.inside(&summary, observables);
        let histogram = BinnedEvents::new(&events, summary, &bins).unwrap();
        let bins = histogram.bins_of(self.data.x().unwrap().view()).unwrap();
        let weights = self.data.weights(&self.theta_true).unwrap();
        let n = self.expected(&self.theta_true);
        let rate = |theta: &[f64]| Ok(self.expected(theta));
        let mut likelihood = Likelihood::new(&histogram, bins.view(), &self.theta_true)
            .with_weights(weights.view())
            .unwrap()
            .scaled_to(n)
            .unwrap();
        if with_rate {
            likelihood = likelihood.with_rate(&rate, n.round_ties_even());
        }
        self.grid.iter().map(|theta| likelihood.at(theta).unwrap()).collect()
    }

    /// Events of which histograms are made.
    fn inside(&self, summary: &SummaryStatistic<'_>, observables: &[(&str, Vec<f64>)]) -> WeightedEvents {
        let samples = self.for_histograms.samples().unwrap();
        let values = summary.values(samples.observations.view()).unwrap();
        let inside = |row: &usize| {
            let of_row = values.row(*row).into_iter().zip(observables);
            of_row
                .into_iter()
                .all(|(value, (_, edges))| (edges[0]..=edges[edges.len() - 1]).contains(value))
        };
        let rows: Vec<usize> = (0..samples.n_events()).filter(inside).collect();
        let mut kept = part(&self.for_histograms, &rows);
        // What was generated does not depend on bins.
        kept.samples.as_mut().unwrap().signal_events = samples.signal_events.clone();
        WeightedEvents::new(&kept, &Selection::default()).unwrap()
    }

    fn check(&self, found: &[f64], reference: &Value, what: &str) {
        let best = found.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let at = found.iter().position(|log| *log == best);
        assert_eq!(at, reference["i_ml"].as_u64().map(|at| at as usize), "{what}");
        for (log, expected) in found.iter().zip(numbers(&reference["p_values"])) {
            let p = p_value(2.0 * (best - log), 2).unwrap();
            assert!(
                (p / expected - 1.0).abs() < P_VALUES,
                "{what}: {p:e} is not {expected:e}"
            );
        }
    }
}

#[test]
fn limits_are_those_of_madminer() {
    let Some((file, reference)) = toy("toy2d_quadratic") else {
        return;
    };
    let limits = &reference["limits"];
    let madminer = Conventions::new(&file, &limits["rate"]);
    let everything = ("pt_j1", vec![f64::NEG_INFINITY, f64::INFINITY]);
    let one_bin = madminer.log_likelihoods(&[everything], true);
    madminer.check(&one_bin, &limits["rate"], "rate");
    let reference = &limits["histo_1d_explicit_edges_with_rate"];
    let pt = ("pt_j1", numbers(&reference["edges"]));
    let both = madminer.log_likelihoods(std::slice::from_ref(&pt), true);
    madminer.check(&both, reference, "rate and histogram");
    let shape = madminer.log_likelihoods(&[pt], false);
    madminer.check(&shape, &limits["histo_1d_explicit_edges_no_rate"], "histogram");
    let reference = &limits["histo_2d_adaptive_6x4_no_rate"];
    let (pt, angle) = (
        ("pt_j1", numbers(&reference["edges"][0])),
        ("delta_phi_jj", numbers(&reference["edges"][1])),
    );
    let plane = madminer.log_likelihoods(&[pt, angle], false);
    madminer.check(&plane, reference, "histogram of two observables");
}
