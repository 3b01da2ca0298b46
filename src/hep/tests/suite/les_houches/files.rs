//! Files of all generators are read, and those that end early as far as they go.

use std::fs;
use std::path::Path;

use motherlode_hep::lhe::{Event, EventReader, Momentum, WeightSummary};

use super::{data, lhe};
use crate::shared::shared;

/// Files of six generators: events, weights beside the first, and negative ones.
#[test]
fn files_of_all_generators_are_read() {
    let expected = [
        ("pylhe-testfile-madgraph5-3.5.8-pp_to_jj.lhe.gz", 1000, 145, 0),
        ("pylhe-testfile-powheg-box-v2-hvq.lhe", 6, 45, 2),
        ("pylhe-testfile-pr180.lhe", 10, 0, 0),
        ("pylhe-testfile-pythia-8.3.14-weakbosons.lhe", 100, 0, 0),
        ("pylhe-testfile-whizard-3.1.4-eeWW.lhe", 10, 1, 0),
        ("pylhe-testlhef3.lhe", 59, 9, 0),
        ("wbf_hjj_13TeV_eft.lhe.gz", 5000, 7, 0),
    ];
    for (name, n_events, n_weights, n_negative) in expected {
        let Some(path) = shared(&format!("data/lhe/{name}")) else {
            return;
        };
        let (_, summary) = WeightSummary::of(&path).unwrap();
        assert_eq!(
            (summary.n_events, summary.n_negative, summary.is_closed),
            (n_events, n_negative, true),
            "{name}"
        );
        let mut reader = EventReader::open(&path).unwrap();
        let mut event = Event::default();
        let mut sum = 0.0;
        while reader.read(&mut event).unwrap() {
            assert_eq!(event.weights.len(), n_weights, "{name}");
            assert!(event.weights.iter().all(|weight| weight.is_finite()), "{name}");
            sum += event.weight;
            check_balance(&event, name);
        }
        assert_eq!(reader.n_read(), n_events);
        assert!((sum - summary.sum).abs() < 1e-12 * sum.abs());
        assert_eq!(
            reader.run().weights().count(),
            if name.contains("whizard") { 0 } else { n_weights },
            "{name}"
        );
    }
}

/// Momentum is conserved.
fn check_balance(event: &Event, name: &str) {
    let sum = |status: i32| {
        let some = event.particles.iter().filter(|particle| particle.status == status);
        some.fold(Momentum::default(), |sum, particle| sum + particle.momentum)
    };
    let missing = sum(-1) - sum(1);
    let size = sum(-1).e;
    for component in [missing.px, missing.py, missing.pz, missing.e] {
        assert!(
            component.abs() < 1e-5 * size,
            "{name}: {missing:?} of {size} GeV is missing"
        );
    }
}

/// Wherever a file ends, it is an error, or the events that are whole.
#[test]
fn a_file_that_ends_early_is_never_a_panic() {
    let good = lhe(
        "<initrwgt>\n<weightgroup name='x'>\n<weight id='up' MUR=\"2\">a & b < c</weight>\n</weightgroup>\n</initrwgt>",
        &[3.0, 3.0],
    );
    let mut event = Event::default();
    for end in 0..good.len() {
        let Ok(mut reader) = EventReader::over(Path::new("x"), &good.as_bytes()[..end]) else {
            continue;
        };
        while let Ok(true) = reader.read(&mut event) {
            assert_eq!(event.particles.len(), 4);
        }
        assert!(!reader.is_closed() || end + 4 > good.len());
    }
    let zipped = fs::read(data("lhe_average.lhe.gz")).unwrap();
    for end in (0..zipped.len()).step_by(997) {
        let Ok(mut reader) = EventReader::over(Path::new("x"), &zipped[..end]) else {
            continue;
        };
        let last = std::iter::repeat_with(|| reader.read(&mut event)).find(|read| !matches!(read, Ok(true)));
        let error = last.unwrap().unwrap_err().to_string();
        assert!(
            error.contains("truncated or damaged") || error.contains("ends within event"),
            "{error}"
        );
    }
}
