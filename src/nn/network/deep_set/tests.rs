use burn::tensor::TensorData;

use super::super::floats;
use super::*;

/// Two features of the event, then particles of two numbers and the mark of absence, then one more of the event.
fn config(particles: usize) -> DeepSetConfig {
    DeepSetConfig {
        inputs: 2 + 3 * particles + 1,
        first: 2,
        particles,
        features: 3,
        absent: Some(2),
        hidden: vec![20],
        width: 4,
        activation: Activation::Silu,
    }
}

fn encoded(config: &DeepSetConfig, row: &[f32]) -> Vec<f32> {
    let device = Device::flex();
    let x = Tensor::from_data(TensorData::new(row.to_vec(), [1, row.len()]), &device);
    let encoded = floats(config.init(3, &device).encode(x));
    assert_eq!(encoded.len(), config.outputs());
    encoded
}

/// A row of these particles, filled up with absent ones that hold `filling`.
fn row(particles: &[[f32; 2]], places: usize, filling: f32) -> Vec<f32> {
    let there = particles.iter().map(|[a, b]| [*a, *b, 0.0]);
    let absent = std::iter::repeat_n([filling, -filling, 1.0], places - particles.len());
    [vec![7.0, 8.0], there.chain(absent).flatten().collect(), vec![9.0]].concat()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1.0))
}

const PARTICLES: [[f32; 2]; 3] = [[0.5, -1.0], [2.0, 0.3], [-1.5, 0.8]];

#[test]
fn the_order_of_particles_does_not_matter() {
    let config = config(5);
    let [a, b, c] = PARTICLES;
    let expected = encoded(&config, &row(&[a, b, c], 5, 0.0));
    for order in [[b, a, c], [c, b, a], [b, c, a]] {
        assert!(close(&encoded(&config, &row(&order, 5, 0.0)), &expected));
    }
    // Absent particles may stand anywhere.
    let mut scattered = row(&[a, b, c], 5, 0.0);
    scattered[2..17].rotate_right(3);
    assert!(close(&encoded(&config, &scattered), &expected));
    assert!(!close(&encoded(&config, &row(&[a, b, b], 5, 0.0)), &expected));
}

#[test]
fn places_without_particle_hold_nothing() {
    let expected = encoded(&config(5), &row(&PARTICLES, 5, 0.0));
    assert_eq!(encoded(&config(5), &row(&PARTICLES, 5, 1e6)), expected);
    // More places: the mean is the same, and so is the sum but for its unit, the number of places.
    let wider = encoded(&config(9), &row(&PARTICLES, 9, 3.0));
    let in_places: Vec<f32> = wider[4..8].iter().map(|sum| sum * 9.0 / 5.0).collect();
    assert!(close(&wider[..4], &expected[..4]) && close(&in_places, &expected[4..8]));
}

#[test]
fn what_is_no_particle_passes_through_and_an_empty_set_is_nothing() {
    let empty = encoded(&config(5), &row(&[], 5, 1.0));
    assert_eq!(empty, [[0.0; 8].as_slice(), &[7.0, 8.0, 9.0]].concat());
}

#[test]
fn without_a_mark_of_absence_all_particles_are_there() {
    let config = DeepSetConfig {
        inputs: 4,
        first: 0,
        particles: 2,
        features: 2,
        absent: None,
        ..config(2)
    };
    let both = encoded(&config, &[1.0, 2.0, 3.0, 4.0]);
    assert!(
        close(&both[..4], &both[4..]),
        "the mean of all is their sum in units of their number"
    );
}

#[test]
fn shapes_that_do_not_fit_are_refused_in_words() {
    assert_eq!(config(5).inconsistency(), None);
    for (config, words) in [
        (
            DeepSetConfig {
                inputs: 16,
                ..config(5)
            },
            "beyond the 16 features",
        ),
        (
            DeepSetConfig {
                particles: usize::MAX,
                ..config(5)
            },
            "beyond",
        ),
        (
            DeepSetConfig {
                absent: Some(3),
                ..config(5)
            },
            "absence",
        ),
        (DeepSetConfig { width: 0, ..config(5) }, "width 0"),
        (
            DeepSetConfig {
                particles: 0,
                ..config(5)
            },
            "needs particles",
        ),
    ] {
        let message = config.inconsistency().unwrap();
        assert!(message.contains(words), "{message}");
    }
}
