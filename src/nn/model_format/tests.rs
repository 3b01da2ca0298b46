//! Model files keep their meaning.

use std::path::Path;

use ndarray::{Axis, array};
use safetensors::tensor::SafeTensors;
use serde_json::{Value, json};

use crate::architecture::NamedTensor;
use crate::{Model, tensor_file};
use motherlode_core::error::Result;
use motherlode_core::estimator::Estimator;
use motherlode_core::likelihood::{LogRatio, Score};

fn committed() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/model_format_1.model");
    std::fs::read(path).unwrap()
}

/// A file of format 1 gives the numbers of the version that wrote it.
///
/// `motherlode mine galton -n 300 --seed 4 -o a.h5`,
/// `motherlode train alices a.h5 -o model_format_1.model --steps 100 --hidden 6`; the numbers by
/// `motherlode evaluate model_format_1.model a.h5 --theta0 -0.8 --theta1 -0.6 -o a.csv`.
#[test]
fn models_of_format_1_are_what_they_were() {
    let model = Model::from_bytes(&committed()).unwrap();
    assert_eq!((model.name(), model.n_members()), ("alices".to_owned(), 1));
    let expected = array![
        [8.0, -0.009750008583068848, 0.080282220871869],
        [12.0, 0.005548328161239624, 0.03225724786772712],
        [16.0, 0.019642634317278862, -0.025517912509593083],
        [20.0, 0.0352918803691864, -0.11862867659986037],
    ];
    let (x, _) = expected.view().split_at(Axis(1), 1);
    let ratio = model.log_ratio(x, &[-0.8], &[-0.6]).unwrap();
    let score = model.score(x, &[-0.8]).unwrap();
    for (event, row) in expected.rows().into_iter().enumerate() {
        assert!((ratio[event] - row[1]).abs() < 1e-6, "{} {}", ratio[event], row[1]);
        assert!(
            (score[[event, 0]] - row[2]).abs() < 1e-6,
            "{} {}",
            score[[event, 0]],
            row[2]
        );
    }
}

#[test]
fn bytes_come_back_and_are_those_of_the_file() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("a.model");
    let model = Model::from_bytes(&committed()).unwrap();
    let bytes = model.to_bytes().unwrap();
    model.write(&path, false).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(Model::from_bytes(&bytes).unwrap().to_bytes().unwrap(), bytes);
    assert!(model.write(&path, false).is_err());
}

#[test]
fn newer_formats_and_damage_are_refused_in_words() {
    let said = |bytes: &[u8]| Model::from_bytes(bytes).unwrap_err().to_string();
    let whole = committed();
    assert!(said(&whole[..whole.len() / 2]).contains("no model file"));
    assert!(said(b"").contains("no model file"));
    let from = br#"\"format_version\":1"#;
    let at = whole.windows(from.len()).position(|window| window == from).unwrap();
    let mut newer = whole.clone();
    newer[at + from.len() - 1] = b'9';
    let words = said(&newer);
    assert!(
        words.contains("has model format 9") && words.contains("use the version that wrote it"),
        "{words}"
    );
}

/// A flipped bit is refused, or changes nothing.
#[test]
fn flipped_bits_never_change_the_answers() {
    const FLIPS: usize = 300;
    let whole = committed();
    let original = Model::from_bytes(&whole).unwrap().to_bytes().unwrap();
    let mut n_refused = 0;
    for flip in 0..FLIPS {
        let bit = flip * (8 * whole.len() - 1) / (FLIPS - 1);
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        match Model::from_bytes(&damaged) {
            Ok(model) => assert!(model.to_bytes().unwrap() == original, "bit {bit}"),
            Err(_) => n_refused += 1,
        }
    }
    assert!(n_refused > 9 * FLIPS / 10, "{n_refused} of {FLIPS}");
}

/// Contents are checked beyond their checksum.
#[test]
fn contents_that_do_not_fit_are_refused_in_words() {
    let refused = |change: &dyn Fn(&mut NamedTensor), text: &dyn Fn(String) -> String| {
        let whole = committed();
        let json = tensor_file::entry(&whole, super::ENTRY).unwrap().unwrap();
        let json = format!("{}}}", json.split(",\"sha256\"").next().unwrap());
        let all = SafeTensors::deserialize(&whole).unwrap();
        let tensors = all.tensors().into_iter().map(|(name, view)| {
            let mut tensor = NamedTensor {
                name,
                shape: view.shape().to_vec(),
                values: tensor_file::values(&view),
            };
            change(&mut tensor);
            tensor
        });
        let tensors: Vec<NamedTensor> = tensors.collect();
        let bytes = tensor_file::to_bytes(super::ENTRY, &text(json), &tensors).unwrap();
        Model::from_bytes(&bytes).map(drop)
    };
    let same = |json: String| json;
    assert!(refused(&|_| (), &same).is_ok());
    let said = |result: Result<()>| result.unwrap_err().to_string();
    let renamed = |tensor: &mut NamedTensor| tensor.name = tensor.name.replace("layers.0.weight", "layers.7.weight");
    assert!(said(refused(&renamed, &same)).contains("member.0.layers.0.weight"));
    assert!(said(refused(&|tensor| tensor.values[0] = f32::NAN, &same)).contains("not finite"));
    let unknown = |json: String| json.replace("\"method\":\"alices\"", "\"method\":\"magic\"");
    assert!(said(refused(&|_| (), &unknown)).contains("magic"));
    // Sizes that would take more memory than there is, for weights that are not there.
    let huge = |json: String| {
        let mut model: Value = serde_json::from_str(&json).unwrap();
        let network = &mut model["members"][0]["network"];
        let hidden = vec![1_000_000_000_u64; 2];
        *network = json!({
            "antisymmetric": { "inputs": 3, "hidden": hidden, "outputs": 1, "activation": network["activation"] },
            "n_parameters": 1,
        });
        model.to_string()
    };
    let words = said(refused(&|_| (), &huge));
    assert!(
        words.contains("its network has 1000000004000000000 weights or more"),
        "{words}"
    );
}
