use ndarray::{ArrayViewD, array};

use super::*;
use crate::arrays::Precision;
use crate::arrays::npy;
use crate::gold::Design;

/// Four events of a prior, as MadMiner has them.
fn folder(arrays: &[(&str, &[usize], &[f64])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, shape, values) in arrays {
        let array = ArrayViewD::from_shape(shape.to_vec(), values).unwrap();
        let path = dir.path().join(format!("{name}_train.npy"));
        std::fs::write(path, npy::bytes(&array, Precision::Double)).unwrap();
    }
    dir
}

const X: (&str, &[usize], &[f64]) = ("x", &[4, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
const THETA0: (&str, &[usize], &[f64]) = ("theta0", &[4, 1], &[0.1, 0.2, -0.3, 0.4]);
const THETA1: (&str, &[usize], &[f64]) = ("theta1", &[4, 1], &[0.5; 4]);
const Y: (&str, &[usize], &[f64]) = ("y", &[4, 1], &[0.0, 1.0, 1.0, 0.0]);
const R: (&str, &[usize], &[f64]) = ("r_xz", &[4, 1], &[1.0, 2.0, 0.5, 4.0]);
const T: (&str, &[usize], &[f64]) = ("t_xz", &[4, 1], &[1.5, -2.0, 0.5, 4.0]);

fn read(arrays: &[(&str, &[usize], &[f64])]) -> Result<AugmentedData> {
    AugmentedData::from_arrays(folder(arrays).path(), &SampleOptions::default())
}

#[test]
fn samples_of_madminer_become_data_sets() {
    let data = read(&[X, THETA0, THETA1, Y, R, T]).unwrap();
    assert_eq!(data.x.row(3), array![7.0, 8.0]);
    assert_eq!(data.y, array![0.0, 1.0, 1.0, 0.0]);
    let logs = data.joint_log_ratio.as_ref().unwrap();
    assert_eq!(logs, &array![0.0, 2.0_f64.ln(), 0.5_f64.ln(), 4.0_f64.ln()]);
    assert_eq!(
        data.joint_score0.as_ref().unwrap().column(0),
        array![1.5, -2.0, 0.5, 4.0]
    );
    let prior = Prior::uniform([(-0.3, 0.4)]).unwrap();
    let theta1 = vec![0.5];
    assert_eq!(data.header.design, Design::Prior { prior, theta1 });
    assert_eq!(data.header.observables, ["x_0", "x_1"]);
    assert_eq!(data.header.parameters, ["theta_0"]);
}

/// The same arrays at the root of an HDF5 file, as h5py writes them.
#[test]
fn arrays_in_hdf5_are_those_in_npy() {
    let all = [X, THETA0, THETA1, Y, R, T];
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, arrays: &[(&str, &[usize], &[f64])]| {
        let mut builder = hdf5_pure::FileBuilder::new();
        for (name, shape, values) in arrays {
            let shape: Vec<u64> = shape.iter().map(|n| *n as u64).collect();
            builder.create_dataset(name).with_f64_data(values).with_shape(&shape);
        }
        let path = dir.path().join(name);
        builder.write(&path).unwrap();
        AugmentedData::from_arrays(&path, &SampleOptions::default())
    };
    assert_eq!(write("sample.h5", &all).unwrap(), read(&all).unwrap());
    let refusal = |name: &str, arrays: &[(&str, &[usize], &[f64])]| write(name, arrays).unwrap_err().to_string();
    let other = refusal("other.h5", &[THETA0]);
    assert!(
        other.contains("is an HDF5 file with theta0; here") && other.contains("with an array `x`"),
        "{other}"
    );
    assert!(refusal("short.h5", &[X, ("theta0", &[3, 1], &[0.1, 0.2, 0.3])]).contains("theta0"));
    let own = dir.path().join("own.h5");
    read(&all).unwrap().write(&own).unwrap();
    let error = AugmentedData::from_arrays(&own, &SampleOptions::default()).unwrap_err();
    assert!(error.to_string().contains("already"), "{error}");
}

/// Arrays in groups, one of them in half precision; and an LHEH5 file, which is called what it is.
#[test]
fn arrays_in_groups_of_hdf5_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let half = hdf5_pure::Datatype::FloatingPoint {
        size: 2,
        byte_order: hdf5_pure::DatatypeByteOrder::LittleEndian,
        layout: hdf5_pure::FloatingPointLayout {
            bit_offset: 0,
            bit_precision: 16,
            exponent_location: 10,
            exponent_size: 5,
            mantissa_location: 0,
            mantissa_size: 10,
            exponent_bias: 15,
        },
    };
    let write = |name: &str, groups: &[&str]| {
        let mut builder = hdf5_pure::FileBuilder::new();
        for group in groups {
            let mut inside = builder.create_group(group);
            // 1, 2, 0.5 and −1.
            let x = [0x3c00_u16, 0x4000, 0x3800, 0xbc00].map(u16::to_le_bytes).concat();
            inside
                .create_dataset("x")
                .with_raw_data(half.clone(), x, 4)
                .with_shape(&[4, 1]);
            inside
                .create_dataset("theta")
                .with_f64_data(&[0.1, 0.2, 0.3, 0.4])
                .with_shape(&[4, 1]);
            builder.add_group(inside.finish());
        }
        let path = dir.path().join(name);
        builder.write(&path).unwrap();
        path
    };
    let named = |sample: Option<&str>| SampleOptions {
        name: sample.map(str::to_owned),
        ..SampleOptions::default()
    };
    let one = AugmentedData::from_arrays(&write("one.h5", &["train"]), &named(None)).unwrap();
    assert_eq!(one.x.column(0).to_vec(), [1.0, 2.0, 0.5, -1.0]);
    let two = write("two.h5", &["train", "test"]);
    assert_eq!(AugmentedData::from_arrays(&two, &named(Some("test"))).unwrap().x, one.x);
    let error = AugmentedData::from_arrays(&two, &named(None)).unwrap_err().to_string();
    assert!(
        error.contains("in the groups test, train") && error.contains("--sample"),
        "{error}"
    );
    let mut builder = hdf5_pure::FileBuilder::new();
    for name in ["events", "particles", "init"] {
        builder.create_dataset(name).with_f64_data(&[1.0]);
    }
    let path = dir.path().join("lheh5.h5");
    builder.write(&path).unwrap();
    let error = AugmentedData::from_arrays(&path, &named(None)).unwrap_err().to_string();
    assert!(error.contains("is an LHEH5 file"), "{error}");
    std::fs::write(&path, b"root\0\0\xf2\x32 and more").unwrap();
    let error = AugmentedData::from_arrays(&path, &named(None)).unwrap_err().to_string();
    assert!(
        error.contains("is a ROOT file") && !error.contains("damaged"),
        "{error}"
    );
}

#[test]
fn designs_are_read_off_the_hypotheses() {
    let design = |arrays: &[_]| read(arrays).unwrap().header.design;
    let fixed = ("theta0", &[1_usize][..], &[0.2][..]);
    let (theta0, theta1) = (vec![0.2], vec![0.5]);
    assert_eq!(design(&[X, fixed, THETA1, Y]), Design::Pair { theta0, theta1 });
    assert_eq!(design(&[X, fixed, T]), Design::Reference { theta: vec![0.2] });
    assert!(matches!(design(&[X, THETA0, T]), Design::Joint { .. }));
}

#[test]
fn what_is_written_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = read(&[X, THETA0, THETA1, Y, R, T]).unwrap();
    let path = dir.path().join("a.npz");
    data.write_npz(&path).unwrap();
    assert_eq!(
        AugmentedData::from_arrays(&path, &SampleOptions::default()).unwrap(),
        data
    );
    let files = data.write_for_madminer(&dir.path().join("new"), false).unwrap();
    let names: Vec<_> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect();
    let expected = ["x", "theta0", "theta1", "y", "r_xz", "t_xz"].map(|name| format!("{name}_train.npy"));
    assert_eq!(names, expected);
    assert!(
        std::fs::read(&files[3]).unwrap().windows(5).any(|w| w == b"'<f8'"),
        "y is in double precision"
    );
    assert!(
        std::fs::read(&files[4]).unwrap().windows(5).any(|w| w == b"'<f4'"),
        "r_xz is in single precision"
    );
    assert!(data.write_for_madminer(&dir.path().join("new"), false).is_err());
    let single = AugmentedData::from_arrays(&dir.path().join("new"), &SampleOptions::default()).unwrap();
    assert_eq!(single.joint_log_ratio, data.joint_log_ratio); // powers of two
}

#[test]
fn ratios_that_do_not_fit_in_single_precision_are_named() {
    let huge = ("joint_log_ratio", &[4_usize][..], &[0.0, 1.0, 97.0, 0.0][..]);
    let data = read(&[X, THETA0, THETA1, Y, huge]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let message = data.write_for_madminer(dir.path(), false).unwrap_err().to_string();
    assert!(message.contains("event 2 (counted from 0) is 97"), "{message}");
}

#[test]
fn malformed_samples_are_refused_in_words() {
    for (arrays, words) in [
        (vec![THETA0], "x.npy"),
        (vec![X], "no array `theta0` or `theta`"),
        (vec![X, ("theta0", &[3, 1], &[0.1, 0.2, 0.3])], "3 rows in `theta0`"),
        (vec![X, THETA0, Y], "--theta1"),
        (
            vec![X, THETA0, ("theta1", &[4, 1], &[0.5, 0.5, 0.6, 0.5]), Y],
            "varies (0.5 at event 0, 0.6 at event 2)",
        ),
        (
            vec![X, THETA0, ("theta1", &[1, 2], &[0.5, 0.5]), Y],
            "theta1 with 2 columns",
        ),
        (
            vec![X, THETA0, THETA1, ("y", &[4], &[0.0, 1.0, 2.0, 1.0])],
            "y = 2 at event 2",
        ),
        (vec![X, THETA0, THETA1, ("y", &[4, 2], &[0.0; 8])], "`y` with 2 columns"),
        (
            vec![X, THETA0, THETA1, Y, ("r_xz", &[4], &[1.0, 0.0, 1.0, 1.0])],
            "r_xz = 0 at event 1",
        ),
        (vec![X, THETA0, THETA1, Y, ("t_xz", &[4, 2], &[0.0; 8])], "nuisance"),
        (
            vec![X, THETA0, THETA1, Y, ("t_xz", &[4, 1], &[0.0, f64::NAN, 0.0, 0.0])],
            "NaN in `t_xz` of event 1",
        ),
        (vec![("x", &[2, 2, 1], &[0.0; 4]), THETA0], "[2, 2, 1]"),
        (vec![("x", &[0, 2], &[]), THETA0], "no numbers in `x`"),
    ] {
        let message = read(&arrays).unwrap_err().to_string();
        assert!(message.contains(words), "{message} lacks {words}");
    }
    let dir = folder(&[X, THETA0, THETA1, Y]);
    let options = SampleOptions {
        parameters: Some(vec!["a".into(), "b".into()]),
        ..SampleOptions::default()
    };
    let message = AugmentedData::from_arrays(dir.path(), &options)
        .unwrap_err()
        .to_string();
    assert!(message.contains("2 names of parameters"), "{message}");
    std::fs::write(dir.path().join("x_test.npy"), b"").unwrap();
    let message = AugmentedData::from_arrays(dir.path(), &SampleOptions::default()).unwrap_err();
    assert!(message.to_string().contains("--sample (test, train)"), "{message}");
    let path = dir.path().join("a.npz");
    std::fs::write(&path, b"PK no archive").unwrap();
    let message = AugmentedData::from_arrays(&path, &SampleOptions::default()).unwrap_err();
    assert!(message.to_string().contains("numpy.savez"), "{message}");
}

/// Weights of both hypotheses, of either sign, and what MadMiner does not know is refused.
#[test]
fn weights_come_back_and_are_refused_where_they_are_not_known() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("weighted.npz");
    let design = Design::Pair {
        theta0: vec![0.5],
        theta1: vec![0.0],
    };
    let header = Header::imported(vec!["theta_0".into()], vec!["x_0".into()], design).with_weights(true);
    let data = AugmentedData {
        header,
        x: array![[1.0], [2.0]],
        theta0: array![[0.5], [0.5]],
        theta1: Some(array![[0.0], [0.0]]),
        y: array![0.0, 1.0],
        joint_log_ratio: Some(array![0.1, -0.2]),
        joint_score0: None,
        weights: Some(array![[2.0, 1.9], [-2.0, -1.9]]),
        memories: None,
    };
    data.write_npz(&path).unwrap();
    let back = AugmentedData::from_arrays(&path, &SampleOptions::default()).unwrap();
    assert_eq!(
        (back.weights.clone(), back.weight(0), back.weight(1)),
        (data.weights.clone(), 2.0, -1.9)
    );
    let file = dir.path().join("weighted.h5");
    data.write(&file).unwrap();
    assert_eq!(AugmentedData::read(&file).unwrap(), data);
    let refused = data.write_for_madminer(&dir.path().join("folder"), false).unwrap_err();
    assert!(
        refused.to_string().contains("MadMiner does not train with"),
        "{refused}"
    );
}
