//! What a file is used in spite of is said with every result.

use motherlode_core::trace::{Caveat, Simulator};
use motherlode_hep::madminer::{EventReader, EventSimulator, EventSums};
use ndarray::Axis;

use super::crafted::{CraftedFile, N};

fn caveats(file: &CraftedFile) -> Vec<Caveat> {
    EventSimulator::new("crafted", &file.read().unwrap()).unwrap().caveats()
}

/// The factor of `plus` at every fourth row, and 1.1 at the others.
fn with_nuisance(plus: f64) -> CraftedFile {
    let factor = move |row: usize| if row.is_multiple_of(4) { plus } else { 1.1 };
    CraftedFile::new().with_nuisance(factor, |_| 0.9)
}

#[test] // MadMiner takes these to have no effect: section 4 of its format
fn variations_without_a_factor_are_counted() {
    assert_eq!(caveats(&with_nuisance(1.2)), []);
    // Of σ = 1 pb in equal weights, a quarter stays as it is, and changes by the factor in the file.
    for (plus, given) in [(0.0, "0.825"), (-0.5, "0.7"), (1e10, "2.5000e9")] {
        let found = caveats(&with_nuisance(plus));
        let [one] = found.as_slice() else {
            panic!("{plus}: {found:?}")
        };
        assert_eq!(one.kind, "variation_without_factor");
        assert!(one.message.contains("10 of 40 events"), "{one}");
        assert!(one.message.contains(&format!("and {given}")), "{one}");
        if plus <= 0.0 {
            assert!(one.message.contains("`nu` = 1 is 1.075"), "{one}");
        }
    }
    // Negative weights have variations as others do.
    let negative = |file: CraftedFile| {
        let mut weights = file.read().unwrap().samples.unwrap().weights;
        for mut row in weights.outer_iter_mut().take(5) {
            row.mapv_inplace(|weight| -weight);
        }
        file.numbers("samples/weights", &[N, 5], weights.as_slice().unwrap())
    };
    assert_eq!(caveats(&negative(with_nuisance(1.2))), []);
    assert_eq!(caveats(&negative(with_nuisance(0.0))).len(), 1);
}

#[test]
fn copies_of_rows_are_counted() {
    let repeated = |n: usize| {
        let samples = CraftedFile::new().read().unwrap().samples.unwrap();
        let rows: Vec<usize> = (0..N - n).chain(0..n).collect();
        let [x, weights] = [samples.observations, samples.weights].map(|all| all.select(Axis(0), &rows));
        let file = CraftedFile::new().numbers("samples/observations", &[N, 1], x.as_slice().unwrap());
        caveats(&file.numbers("samples/weights", &[N, 3], weights.as_slice().unwrap()))
    };
    // 5 % may be chance.
    assert_eq!(repeated(2), []);
    let found = repeated(10);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(one.kind, "repeated_rows");
    assert!(
        one.message.contains("25 % of the 40 rows") && one.message.contains("there are 30 different ones"),
        "{one}"
    );
}

/// `motherlode inspect` says the same.
#[test]
fn the_summary_of_a_file_has_its_caveats_as_notes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crafted.h5");
    for file in [with_nuisance(0.0), with_nuisance(1.2)] {
        file.write(&path);
        let summary = EventSums::from_file(&EventReader::open(&path).unwrap())
            .unwrap()
            .unwrap();
        let said: Vec<String> = caveats(&file).iter().map(ToString::to_string).collect();
        assert_eq!(summary.notes(), said);
    }
}

#[test]
fn rows_with_the_same_observations_are_no_copies() {
    let file = CraftedFile::new().numbers("samples/observations", &[N, 1], &[1.0; N]);
    assert_eq!(caveats(&file), []);
}
