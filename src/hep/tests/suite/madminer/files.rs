//! Files of all versions, read and written, and the errors of broken ones.

use motherlode_hep::madminer::{EventFile, EventSimulator};
use ndarray::Axis;

use super::crafted::CraftedFile;
use super::{SUMS, all_events, assert_close, check_round_trip, data, numbers, read, toy};

#[test]
fn files_of_old_versions_are_read() {
    let folder = data("");
    let (file, reference) = read(&folder, "toy2d_v083").unwrap();
    let events = all_events(&file);
    for (points, nu) in [("xsecs", vec![0.0, 0.0]), ("xsecs_nu_1_0.5", vec![1.0, 0.5])] {
        let values = if nu[0] == 0.0 {
            &reference[points]["values"]
        } else {
            &reference[points]
        };
        let thetas = reference["xsecs"]["thetas"].as_array().unwrap().iter();
        let found: Vec<f64> = thetas
            .map(|at| events.cross_section(&[numbers(at), nu.clone()].concat()).unwrap().value)
            .collect();
        assert_close(&found, values, SUMS, points);
    }
    let n = numbers(&reference["a"][0].clone()).len();
    let first = |all: ndarray::ArrayView2<f64>| {
        all.slice_axis(Axis(0), (0..n).into())
            .t()
            .iter()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_close(&first(events.factors().unwrap().linear()), &reference["a"], SUMS, "a");
    assert_close(
        &first(events.factors().unwrap().quadratic()),
        &reference["b"],
        SUMS,
        "b",
    );
    assert_eq!(file.setup.nuisances[0].negative, None);
    assert_eq!(file.setup.systematics[1].about(), "scale mu 0.5,1.0,2.0");
    assert!(
        file.setup
            .observables
            .iter()
            .any(|(_, definition)| definition.is_none())
    );
}

#[test]
fn files_are_written_as_they_were_read() {
    check_round_trip(EventFile::read(&data("toy2d_quadratic.setup.h5")).unwrap());
    check_round_trip(EventFile::read(&data("toy2d_v083.h5")).unwrap());
    for name in ["toy2d_quadratic", "toy2d_nuisance"] {
        let Some((file, _)) = toy(name) else { return };
        check_round_trip(file);
    }
}

#[test]
fn a_file_that_madminer_would_not_open_is_not_written() {
    let file = EventFile::read(&data("toy2d_v083.h5")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.h5");
    let message = |change: fn(&mut EventFile)| {
        let mut other = file.clone();
        change(&mut other);
        other.write(&path).unwrap_err().to_string()
    };
    for (error, words) in [
        (
            message(|file| file.setup.benchmarks[0].is_reference = false),
            "0 benchmarks are marked",
        ),
        (message(|file| file.setup.benchmarks.rotate_right(1)), "come first"),
        (
            message(|file| file.setup.observables[0].1 = Some("x".repeat(300))),
            "300 bytes",
        ),
        (message(|file| file.setup.parameters[0].name = "θ".into()), "in ASCII"),
        (
            message(|file| file.samples.as_mut().unwrap().weights[[7, 3]] = f64::NAN),
            "NaN",
        ),
        (
            message(|file| file.samples.as_mut().unwrap().sampling_benchmarks = None),
            "does not say",
        ),
        (
            message(|file| file.samples.as_mut().unwrap().signal_events[0] = 0.0),
            "were generated",
        ),
    ] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "remains");
}

#[test]
fn a_setup_file_has_no_events_and_says_so() {
    let file = EventFile::read(&data("toy2d_quadratic.setup.h5")).unwrap();
    assert_eq!(file.setup.benchmarks.len(), 6);
    let error = EventSimulator::new("toy", &file).unwrap_err().to_string();
    assert!(error.contains("without events"), "{error}");
}

#[test]
fn a_file_that_ends_early_is_an_error_wherever_it_ends() {
    let whole = std::fs::read(data("toy2d_v083.h5")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for share in 0..40 {
        let path = folder.path().join("cut.h5");
        std::fs::write(&path, &whole[..whole.len() * share / 40]).unwrap();
        let error = EventFile::read(&path).unwrap_err().to_string();
        assert!(error.contains("cut.h5"), "{error}");
    }
}

/// Masses enter no polynomial, and the weights at two benchmarks are not drawn from without one.
#[test]
fn a_file_without_morphing_says_what_can_be_done() {
    let file = CraftedFile::new().without("morphing/components").read().unwrap();
    let error = EventSimulator::new("crafted", &file).unwrap_err().to_string();
    for words in [
        "at its benchmarks only (b0, b1, b2), which is not enough even where two of them are asked for",
        "as those of couplings are: set a morphing up in MadMiner",
        "as those of a mass: sample events of two benchmarks in MadMiner (`SampleAugmenter.sample_train_ratio`)",
        "`motherlode import FOLDER`",
    ] {
        assert!(error.contains(words), "{error}");
    }
}
