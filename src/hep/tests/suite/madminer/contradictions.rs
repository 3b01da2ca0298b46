//! A file that says two things at once is refused, in words.

use motherlode_core::trace::Simulator;
use motherlode_hep::madminer::EventSimulator;

use super::crafted::{CraftedFile, N};

fn assert_refused(file: CraftedFile, words: &str) {
    let error = file.read().expect_err(words).to_string();
    assert!(error.contains(words), "{error}");
}

fn with_nuisance() -> CraftedFile {
    CraftedFile::new().with_nuisance(|_| 1.1, |_| 0.9)
}

#[test]
fn crafted_files_make_sense() {
    for file in [CraftedFile::new(), with_nuisance()] {
        assert_eq!(
            EventSimulator::new("crafted", &file.read().unwrap()).unwrap().caveats(),
            []
        );
    }
}

#[test]
fn names_are_unique() {
    assert_refused(
        CraftedFile::new().words("benchmarks/names", &["b0", "b1", "b1"]),
        "`benchmarks/names` has the name `b1` twice",
    );
    let two = CraftedFile::new().words("observables/names", &["z", "z"]);
    let two = two.numbers("samples/observations", &[40, 2], &[0.5; 80]);
    assert_refused(two, "`observables/names` has the name `z` twice");
    assert_refused(
        with_nuisance().words("nuisance_parameters/names", &["g"]),
        "`parameters/names, with nuisance_parameters/names,` has the name `g` twice",
    );
}

#[test]
fn variations_are_relative_to_one_parameter_point() {
    let two = CraftedFile::new().numbers("benchmarks/is_reference", &[3], &[1.0, 1.0, 0.0]);
    assert_refused(two, "marks both `b0` and `b1`");
    assert_refused(with_nuisance().without("benchmarks/is_reference"), "marks no benchmark");
    let variation = with_nuisance().numbers("benchmarks/is_reference", &[5], &[0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_refused(variation, "marks `np`, a systematic variation");
    // Without systematics there need be no reference.
    CraftedFile::new().without("benchmarks/is_reference").read().unwrap();
}

#[test]
fn a_variation_is_no_parameter_point_and_belongs_to_one_parameter() {
    let physical = with_nuisance().words("nuisance_parameters/benchmark_positive", &["b1"]);
    assert_refused(physical, "takes the benchmark `b1` for a variation of `nu`");
    assert_refused(
        with_nuisance().without("benchmarks/is_nuisance"),
        "`benchmarks/is_nuisance` says that it is a parameter point",
    );
    let one_for_both = with_nuisance().words("nuisance_parameters/benchmark_negative", &["np"]);
    assert_refused(one_for_both, "for another one of `nu`");
}

#[test] // after cuts there are fewer rows than generated events, and never more
fn no_more_rows_than_events_were_generated() {
    let generated = |signal: [f64; 3]| CraftedFile::new().numbers("sample_summary/signal_events", &[3], &signal);
    assert_refused(
        generated([10.0, 20.0, 10.0]),
        "says that 10 events at `b0` were generated",
    );
    assert_refused(generated([39.0, 0.0, 0.0]), "has 40 rows");
    assert_refused(generated([0.0, 40.0, 0.0]), "says that 0 events at `b0`");
    generated([1000.0, 0.0, 0.0]).read().unwrap();
    let mut sampled = [0.0; N];
    sampled[..3].fill(-1.0);
    let background = |said: f64| {
        let file = CraftedFile::new().numbers("samples/sampling_benchmarks", &[N], &sampled);
        let same = [1.0 / N as f64; 3 * N];
        file.numbers("sample_summary/background_events", &[], &[said])
            .numbers("samples/weights", &[N, 3], &same)
    };
    assert_refused(background(2.0), "says that 2 events of background were generated");
    background(3.0).read().unwrap();
    background(30.0).read().unwrap();
}

#[test]
fn ranges_have_a_lower_and_an_upper_end() {
    for (low, high) in [(1.0, -1.0), (1.0, 1.0), (0.0, 0.0)] {
        let file = CraftedFile::new().numbers("parameters/val_ranges", &[1, 2], &[low, high]);
        assert_refused(file, &format!("gives `g` the range from {low} to {high}"));
    }
}

#[test]
fn components_have_no_powers_beyond_the_largest() {
    let declared = |power| CraftedFile::new().numbers("parameters/max_power", &[1], &[power]);
    assert_refused(
        declared(1.0),
        "is 1 for `g`, and `morphing/components` has powers up to 2 of it",
    );
    // Fewer powers are a choice: of interference alone, or of the largest power of all parameters together.
    declared(4.0).read().unwrap();
    CraftedFile::new().without("parameters/max_power").read().unwrap();
    let regions = CraftedFile::new().numbers("parameters/max_power", &[1, 2], &[1.0, 1.0]);
    regions.read().unwrap();
}

#[test] // MadMiner writes one weight of background to all columns
fn background_has_the_same_weight_everywhere() {
    let background = |factor: f64| {
        let mut weights = [1.0 / N as f64; 3 * N];
        weights[3 * 7 + 2] *= factor;
        CraftedFile::new()
            .numbers("samples/sampling_benchmarks", &[N], &[-1.0; N])
            .numbers("sample_summary/background_events", &[], &[N as f64])
            .numbers("samples/weights", &[N, 3], &weights)
    };
    assert_refused(background(1.1), "has in row 7 (counted from 0) an event of background");
    assert_refused(background(-1.0), "0.025 at `b0` and -0.025 at `b2`");
    background(1.0 + 1e-7).read().unwrap();
}
