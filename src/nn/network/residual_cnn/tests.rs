use burn::tensor::TensorData;

use super::super::floats;
use super::*;

fn config() -> ResidualCnnConfig {
    ResidualCnnConfig {
        inputs: 1 + 2 * 8 * 12 + 1,
        first: 1,
        image: [2, 8, 12],
        filters: 3,
        blocks: 2,
        cells: [2, 3],
        width: 5,
        activation: Activation::Silu,
    }
}

fn rows(n: usize, inputs: usize) -> Tensor<2> {
    let mut rng = Pcg64Mcg::seed_from_u64(8);
    let values: Vec<f32> = (0..n * inputs).map(|_| rng.random_range(-1.0..1.0)).collect();
    Tensor::from_data(TensorData::new(values, [n, inputs]), &Device::flex())
}

#[test]
fn an_image_becomes_features_and_the_rest_passes_through() {
    let (config, device) = (config(), Device::flex());
    let x = rows(4, config.inputs);
    let encoded = config.init(1, &device).encode(x.clone());
    assert_eq!(encoded.dims(), [4, config.outputs()]);
    let around = |row: usize, at: usize| floats(x.clone().slice([row..row + 1, at..at + 1]))[0];
    for row in 0..4 {
        let found = floats(encoded.clone().slice([row..row + 1, 5..7]));
        assert_eq!(found, [around(row, 0), around(row, config.inputs - 1)]);
    }
}

/// No statistics of a batch: an event is encoded the same in any company.
#[test]
fn an_image_does_not_depend_on_its_batch() {
    let (config, device) = (config(), Device::flex());
    let network = config.init(1, &device);
    let x = rows(9, config.inputs);
    let all = floats(network.encode(x.clone()).slice([4..5, 0..5]));
    let alone = floats(network.encode(x.slice([4..5, 0..config.inputs])).slice([0..1, 0..5]));
    assert!(
        all.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-5),
        "{all:?} {alone:?}"
    );
}

/// Moved by a multiple of the two strides, away from the edges, a pattern is the same pattern in another cell.
#[test]
fn one_cell_for_all_sees_a_pattern_wherever_it_is() {
    let config = ResidualCnnConfig {
        inputs: 32 * 32,
        first: 0,
        image: [1, 32, 32],
        blocks: 1,
        cells: [1, 1],
        ..config()
    };
    let device = Device::flex();
    let network = config.init(2, &device);
    let seen = |down: usize, across: usize| {
        let mut image = vec![0.0_f32; 32 * 32];
        for (row, column, value) in [(0, 0, 3.0), (0, 1, -2.0), (1, 0, 1.0), (2, 2, 4.0)] {
            image[(down + row) * 32 + across + column] = value;
        }
        floats(network.encode(Tensor::from_data(TensorData::new(image, [1, 32 * 32]), &device)))
    };
    let [here, there, elsewhere] = [seen(12, 12), seen(16, 12), seen(12, 13)];
    assert!(
        here.iter().zip(&there).all(|(a, b)| (a - b).abs() < 1e-5),
        "{here:?} {there:?}"
    );
    assert!(here.iter().zip(&elsewhere).any(|(a, b)| (a - b).abs() > 1e-5));
}

#[test]
fn shapes_that_do_not_fit_are_refused_in_words() {
    assert_eq!(config().inconsistency(), None);
    for (config, words) in [
        (
            ResidualCnnConfig {
                inputs: 192,
                ..config()
            },
            "beyond the 192 features",
        ),
        (
            ResidualCnnConfig {
                image: [1, usize::MAX, 4],
                ..config()
            },
            "beyond",
        ),
        (
            ResidualCnnConfig {
                image: [1, 8, 10],
                ..config()
            },
            "multiples of 4",
        ),
        (
            ResidualCnnConfig {
                image: [1, 0, 8],
                ..config()
            },
            "multiples of 4",
        ),
        (
            ResidualCnnConfig {
                cells: [2, 2],
                ..config()
            },
            "cells",
        ),
        (
            ResidualCnnConfig {
                cells: [0, 1],
                ..config()
            },
            "cells",
        ),
        (ResidualCnnConfig { filters: 0, ..config() }, "filter"),
    ] {
        let message = config.inconsistency().unwrap();
        assert!(message.contains(words), "{message}");
    }
}
