//! Events in a temporary file are the events in memory.

use motherlode_core::trace::{Instrumented, Simulator, stream};
use motherlode_hep::binned::{BinnedEvents, Bins};
use motherlode_hep::madminer::{EventFile, EventReader, EventSimulator, Portion, Selection, WeightedEvents};
use motherlode_stats::inference::SummaryStatistic;

use super::{data, part};

/// Parameter points: in the ranges, and beyond them, where events are drawn by running sums.
const POINTS: [[f64; 4]; 4] = [
    [0.5, -0.3, 0.0, 0.0],
    [-0.4, 0.6, 1.3, -2.1],
    [1.5, 0.2, 0.0, 0.0],
    [1.2, -1.4, 0.5, 0.7],
];

/// All answers of a simulator about some events at some points, bit by bit.
fn answers(simulator: &EventSimulator) -> Vec<u64> {
    let mut all = Vec::new();
    let (mut memory, mut score, mut slope, mut bend) = (Vec::new(), [0.0; 4], [0.0; 4], [0.0; 16]);
    for (theta, other) in POINTS.iter().zip(POINTS.iter().cycle().skip(1)) {
        for i in 0..200 {
            let mined = simulator.mine(theta, &mut stream(3, i, 0), &mut memory).unwrap();
            all.extend([&mined.x, &memory, &mined.score].into_iter().flatten());
            all.push(mined.log_probability);
            all.push(simulator.score_at(other, &memory, &mut score).unwrap());
            all.extend(score);
        }
        all.push(simulator.log_rate_at(theta, &mut slope, &mut bend).unwrap().unwrap());
        all.extend(slope.iter().chain(&bend));
    }
    all.into_iter().map(f64::to_bits).collect()
}

/// All answers of weighted events, bit by bit.
fn sums(events: &WeightedEvents) -> Vec<u64> {
    let mut all = events.x().unwrap().into_raw_vec_and_offset().0;
    let factors = events.factors().unwrap();
    all.extend(factors.linear().iter().chain(factors.quadratic()));
    for theta in POINTS {
        all.extend(events.weights(&theta).unwrap());
        all.extend(events.gradients(&theta).unwrap());
        all.push(events.cross_section(&theta).unwrap().standard_error);
    }
    all.into_iter().map(f64::to_bits).collect()
}

#[test]
fn events_in_a_file_answer_as_those_in_memory() {
    let path = data("toy2d_v083.h5");
    // All rows, and a number of them that is no multiple of anything.
    for portion in [Portion::All, Portion::Test] {
        let (here, there) = (
            EventSimulator::open(&path, portion).unwrap(),
            EventSimulator::open_within(&path, portion, 0).unwrap(),
        );
        assert_eq!(answers(&here), answers(&there));
        assert_eq!(sums(here.events()), sums(there.events()));
        assert_eq!(here.events().is_background(), there.events().is_background());
        let observables = Simulator::observables(&here);
        let histogram = |events: &WeightedEvents| {
            let summary = SummaryStatistic::from_observables(&observables, &[observables[0].name.clone()]).unwrap();
            let histogram = BinnedEvents::new(events, summary, &Bins::Equal(vec![7])).unwrap();
            POINTS.map(|theta| histogram.effective(&theta).unwrap())
        };
        assert_eq!(histogram(here.events()), histogram(there.events()));
    }
}

#[test]
fn events_of_which_some_have_negative_weights_are_the_same_from_a_file() {
    let mut negative = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let weights = &mut negative.samples.as_mut().unwrap().weights;
    let mut column = weights.column_mut(1);
    column.iter_mut().step_by(20).for_each(|weight| *weight *= -0.5);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("negative.h5");
    negative.write(&path).unwrap();
    let (here, there) = (
        EventSimulator::open(&path, Portion::All).unwrap(),
        EventSimulator::open_within(&path, Portion::All, 0).unwrap(),
    );
    assert!(here.events().n_changing() > 10);
    assert_eq!(answers(&here), answers(&there));
}

#[test]
fn any_number_of_events_can_be_kept() {
    let file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for n in [1, 63, 64, 65, 128] {
        let path = folder.path().join(format!("{n}.h5"));
        part(&file, &(0..n).collect::<Vec<_>>()).write(&path).unwrap();
        let there = EventReader::open(&path).unwrap();
        let there = WeightedEvents::open_within(&there, &Selection::default(), 0).unwrap();
        let here = WeightedEvents::new(&EventFile::read(&path).unwrap(), &Selection::default()).unwrap();
        assert_eq!((there.len(), sums(&there)), (n, sums(&here)));
    }
}
