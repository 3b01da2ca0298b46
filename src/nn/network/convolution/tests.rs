use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::super::floats;
use super::*;

fn random(n: usize, columns: usize, seed: u64, device: &Device) -> Tensor<2> {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let values: Vec<f32> = (0..n * columns).map(|_| rng.random_range(-1.0..1.0)).collect();
    Tensor::from_data(TensorData::new(values, [n, columns]), device)
}

fn close(found: Tensor<2>, expected: Tensor<2>) {
    assert_eq!(found.dims(), expected.dims());
    let (found, expected) = (floats(found), floats(expected));
    let largest = expected
        .iter()
        .fold(0.0, |largest: f32, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= 1e-5 * largest, "{found} against {expected}");
    }
}

#[test]
fn values_and_gradients_are_those_of_the_library() {
    let device = Device::flex().autodiff();
    for (n, height, width, channels, filters, stride) in [
        (3, 8, 12, 2, 5, 1),
        (3, 8, 12, 2, 5, 2),
        (2, 1, 1, 3, 1, 1),
        (2, 5, 4, 1, 3, 2),
        (40, 16, 16, 4, 8, 1),
    ] {
        let grid = Grid { height, width, stride };
        let maps = random(n * height * width, channels, 1, &device).require_grad();
        let weight = random(9 * channels, filters, 2, &device).require_grad();
        let ours = Tensor::from_dispatch(<Dispatch as Convolve>::convolve(
            maps.clone().into_dispatch(),
            weight.clone().into_dispatch(),
            grid,
        ));
        let theirs = stock(maps.clone(), weight.clone(), grid);
        close(ours.clone().inner(), theirs.clone().inner());
        let up = random(ours.dims()[0], filters, 3, &device);
        let [ours, theirs] = [ours, theirs].map(|product| (product * up.clone()).sum().backward());
        for leaf in [maps, weight] {
            close(leaf.grad(&ours).unwrap(), leaf.grad(&theirs).unwrap());
        }
    }
}
