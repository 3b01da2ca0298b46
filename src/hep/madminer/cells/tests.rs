use std::path::Path;

use ndarray::Array1;

use super::*;
use crate::madminer::{EventFile, Selection};

#[test]
fn sums_and_distributions_survive() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/cases/negative_weights.h5");
    let file = EventFile::read(&path).unwrap();
    let events = WeightedEvents::new(&file, &Selection::default()).unwrap();
    assert!((2_000..3_000).contains(&events.n_negative()) && events.n_changing() == 0);
    let PositiveEvents { events: shared, radius } = without_negative_weights(&events, &file.setup).unwrap();
    assert!(radius > 0.0 && radius < 0.01, "{radius}");
    let x = events.x().unwrap().column(0).to_owned();
    for theta in [[-1.0], [0.0], [0.5], [1.0]] {
        let [before, after] = [&events, &shared].map(|events| events.weights(&theta).unwrap());
        let rounding = 1e-5 * after.iter().copied().fold(0.0, f64::max);
        assert!(after.iter().all(|weight| *weight >= -rounding));
        assert!((before.sum() / after.sum() - 1.0).abs() < 1e-12);
        let mean = |weights: &Array1<f64>, power: i32| weights.dot(&x.mapv(|x| x.powi(power))) / weights.sum();
        for power in [1, 2, 5] {
            let (a, b) = (mean(&before, power), mean(&after, power));
            assert!((a - b).abs() < 2e-3, "{theta:?}, power {power}: {a} {b}");
        }
    }
}

#[test]
fn events_without_neighbours_are_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/cases/negative_weights.h5");
    let mut file = EventFile::read(&path).unwrap();
    let weights = &mut file.samples.as_mut().unwrap().weights;
    weights.mapv_inplace(|weight| -weight);
    let events = WeightedEvents::new(&file, &Selection::default()).unwrap();
    let error = without_negative_weights(&events, &file.setup).unwrap_err().to_string();
    assert!(error.contains("nearest neighbours do not make up for"), "{error}");
}
