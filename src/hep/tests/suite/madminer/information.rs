//! Fisher information of an event file: its error is that of the events in the file, however many are drawn.

use motherlode_hep::madminer::{EventFile, EventSimulator, Selection, WeightedEvents};
use motherlode_stats::analysis::{Analysis, InformationSettings};

use super::data;

/// Draws with replacement add up to Var = Σp²(t² − I)² of the events plus Σp(t² − I)²/N of N draws, with p = w/σ.
#[test]
fn drawing_an_event_again_does_not_make_the_error_smaller() {
    let file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let theta = [0.2, 0.1];
    let events = WeightedEvents::new(&file, &Selection::default()).unwrap();
    let (weights, gradients) = (events.weights(&theta).unwrap(), events.gradients(&theta).unwrap());
    let (section, slope) = (weights.sum(), gradients.column(0).sum());
    let shares = weights.mapv(|weight| weight / section);
    let squares = &(&gradients.column(0) / &weights).mapv(|t| (t - slope / section).powi(2));
    let information = (&shares * squares).sum();
    let spread = squares.mapv(|square| (square - information).powi(2));
    for n in [2_000u64, 40_000] {
        let needed = (&shares * &shares * &spread).sum() + (&shares * &spread).sum() / n as f64;
        let mut at = theta.to_vec();
        at.resize(2 + events.n_nuisances(), 0.0);
        let settings = InformationSettings {
            events: n,
            ..InformationSettings::at(&at)
        };
        let simulator = EventSimulator::new("toy", &file).unwrap();
        let result = Analysis::of_simulator(&simulator)
            .information(&[], &settings, &())
            .unwrap();
        let source = &result.sources[0];
        let error = source.measured.standard_error(0, 0);
        assert!(
            (error / needed.sqrt() - 1.0).abs() < 0.15,
            "{n}: {error} {}",
            needed.sqrt()
        );
    }
}
