//! Networks and samples leave as files that other programs read, and samples of others come in as data sets.

use std::fs;
use std::path::{Path, PathBuf};

use motherlode::dataset::AugmentedData;
use motherlode::gold::Design;
use motherlode::nn::Model;
use tempfile::TempDir;

use crate::command_line::{fails, json, run};

fn madminer_sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/madminer_samples")
}

/// In and out again, and not a bit is lost: ln r and back is exact in single precision.
#[test]
fn a_sample_of_madminer_is_trained_on_and_written_again_to_the_last_bit() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let sample = madminer_sample();
    let named = "--parameters CWL2,CPWL2 --observables pt,dphi,mjj,mll,met";
    let said = json(dir, &format!("import {} -o sample.h5 {named}", sample.display()));
    assert_eq!(
        (&said["n_events"], &said["design"]["kind"]),
        (&2000.into(), &"prior".into())
    );
    let data = AugmentedData::read(&dir.join("sample.h5")).unwrap();
    assert_eq!(data.header.parameters, ["CWL2", "CPWL2"]);
    let Design::Prior { theta1, .. } = &data.header.design else {
        panic!("{:?}", data.header.design)
    };
    assert_eq!(theta1, &[0.0, 0.0]);
    assert_eq!(f64::from(data.x[[0, 0]] as f32), data.x[[0, 0]]);
    assert!((data.joint_log_ratio.as_ref().unwrap()[0] - 1.039_892_2_f64.ln()).abs() < 1e-7); // as NumPy prints it
    assert!((data.joint_score0.as_ref().unwrap()[[0, 1]] + 0.583_638_55).abs() < 1e-7);

    run(dir, "export sample.h5 --madminer again");
    for name in ["x", "theta0", "theta1", "y", "r_xz", "t_xz"] {
        let original = fs::read(sample.join(format!("{name}_train_ratio_random.npy"))).unwrap();
        assert!(
            fs::read(dir.join(format!("again/{name}_train.npy"))).unwrap() == original,
            "{name}"
        );
    }
    run(dir, "export sample.h5 -o sample.npz");
    run(dir, &format!("import sample.npz -o again.h5 {named}"));
    assert_eq!(AugmentedData::read(&dir.join("again.h5")).unwrap(), data);

    run(dir, "train alices sample.h5 -o a.model --steps 40 --hidden 8");
    run(dir, "export a.model -o a.onnx");
    let of_test_events = format!("import {} -o b.h5 --sample test", sample.display());
    for (arguments, expected) in [
        ("export a.model -o a.onnx", "--force"),
        ("export sample.h5 -o sample.onnx", ".npz"),
        ("export a.model --madminer folder", ".onnx"),
        (&of_test_events, "train_ratio_random"),
        ("import a.model -o b.h5 --sample test", "need a training sample"),
    ] {
        fails(dir, arguments, expected);
    }
}

#[test]
fn densities_and_ratios_are_the_same_graph_every_time() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    run(dir, "mine galton -n 300 --seed 1 -o g.h5");
    run(dir, "train nde g.h5 -o nde.model --steps 20 --hidden 8");
    run(dir, "export nde.model -o nde.onnx");
    let graph = fs::read(dir.join("nde.onnx")).unwrap();
    assert!(graph.windows(5).any(|word| word == b"log_p"));
    run(dir, "train alice g.h5 -o alice.model --steps 20 --hidden 8");
    let model = Model::read(&dir.join("alice.model")).unwrap();
    let [single, double] = [false, true].map(|double| model.to_onnx(double).unwrap());
    assert_ne!(single, double);
    assert_eq!(single, model.to_onnx(false).unwrap());
}
