//! What holds for any weights: normalisation, Jacobians, gradients, masks.

use super::scandal;
use super::*;

/// A grid of `n` points a side over ±`reach` in m dimensions, and the volume of a cell.
fn grid(m: usize, n: usize, reach: f64, device: &Device) -> (Tensor<2>, f64) {
    let step = 2.0 * reach / n as f64;
    let coordinate = |index: usize| -reach + step * (index as f64 + 0.5);
    let points = (0..n.pow(m as u32)).flat_map(|i| (0..m as u32).map(move |d| coordinate(i / n.pow(d) % n)));
    (rows(points.collect(), m, device), step.powi(m as i32))
}

fn integral(config: &DensityConfig, n: usize, reach: f64) -> f64 {
    let device = Device::flex();
    let (x, cell) = match is_discrete(config) {
        true => (some_x(config, 7, &device), 1.0),
        false => grid(config.n_columns(), n, reach, &device),
    };
    let theta = rows([0.7, -0.4].repeat(x.dims()[0]), 2, &device);
    let log_prob = rough(config, DType::F64, &device).log_prob(x, theta);
    doubles(log_prob).into_iter().map(f64::exp).sum::<f64>() * cell
}

#[test]
fn every_density_of_one_observable_integrates_to_one() {
    for config in every_kind(1) {
        let total = integral(&config, 100_000, 25.0);
        assert!((total - 1.0).abs() < 1e-6, "{config:?}: {total}");
    }
}

#[test]
fn every_density_of_two_observables_integrates_to_one() {
    for config in every_kind(2) {
        let total = integral(&config, 400, 10.0);
        assert!((total - 1.0).abs() < 1e-3, "{config:?}: {total}");
    }
}

#[test]
fn the_log_determinant_is_that_of_the_numerical_jacobian() {
    let device = Device::flex();
    let (x, theta) = (scattered(20, 3, 1.5, 3, &device), scattered(20, 2, 1.0, 4, &device));
    for config in every_kind(3) {
        let ConditionalDensity::Flow(flow) = rough(&config, DType::F64, &device) else {
            continue;
        };
        let theta = Dual::constant(theta.clone());
        let noise = |x| doubles(flow.noise(Dual::constant(x), &theta).0.into_value());
        let columns: Vec<Vec<f64>> = (0..3).map(|j| difference(noise, &x, j)).collect();
        let expected: Vec<f64> = (0..20)
            .map(|row| {
                nalgebra::Matrix3::from_fn(|i, j| columns[j][row * 3 + i])
                    .determinant()
                    .abs()
                    .ln()
            })
            .collect();
        let found = doubles(flow.noise(Dual::constant(x.clone()), &theta).1.sum_rows().into_value());
        assert_all_close(&found, &expected, FINITE_DIFFERENCE, &format!("{config:?}"));
    }
}

fn assert_noise_returns(config: &DensityConfig, dtype: DType, tolerance: f64) {
    let (device, m) = (Device::flex(), config.n_columns());
    let (u, theta) = (scattered(200, m, 2.0, 3, &device), scattered(200, 2, 1.0, 4, &device));
    let (u, theta) = (u.cast(dtype), theta.cast(dtype));
    if let ConditionalDensity::Flow(flow) = rough(config, dtype, &device) {
        let x = flow.observables(u.clone(), theta.clone());
        let again = flow.noise(Dual::constant(x), &Dual::constant(theta)).0.into_value();
        assert_all_close(&doubles(again), &doubles(u), tolerance, &format!("{config:?}"));
    }
}

#[test]
fn noise_made_into_observables_is_the_same_noise_again() {
    for config in every_kind(3) {
        assert_noise_returns(&config, DType::F64, 1e-10);
        assert_noise_returns(&config, DType::F32, 1e-5);
    }
    // Four layers have a shuffled order too.
    for config in [FlowConfig::spline(5, 2), FlowConfig::affine(5, 2)] {
        assert_noise_returns(
            &DensityConfig::Flow(FlowConfig { layers: 4, ..config }),
            DType::F64,
            1e-10,
        );
    }
}

#[test]
fn gradients_to_theta_are_those_of_central_differences() {
    let device = Device::flex();
    for m in 1..=3 {
        for config in every_kind(m) {
            let density = rough(&config, DType::F64, &device);
            let (x, theta) = (some_x(&config, 40, &device), scattered(40, 2, 1.0, 4, &device));
            let (value, gradient) = density.log_prob_with_gradient(x.clone(), theta.clone());
            let log_prob = |theta| doubles(density.log_prob(x.clone(), theta));
            assert_eq!(doubles(value), log_prob(theta.clone()));
            for j in 0..2 {
                let found = doubles(gradient.clone().narrow(1, j, 1));
                let expected = difference(log_prob, &theta, j);
                assert_all_close(&found, &expected, FINITE_DIFFERENCE, &format!("{config:?}"));
            }
        }
    }
}

#[test]
fn single_precision_agrees_with_double() {
    let device = Device::flex();
    for config in every_kind(2).into_iter().chain([seven_classes()]) {
        let at = |dtype| {
            let (x, theta) = (some_x(&config, 100, &device), scattered(100, 2, 1.0, 4, &device));
            let density = rough(&config, dtype, &device);
            let (value, gradient) = density.log_prob_with_gradient(x.cast(dtype), theta.cast(dtype));
            (doubles(value), doubles(gradient))
        };
        let (single, double) = (at(DType::F32), at(DType::F64));
        assert_all_close(&single.0, &double.0, 1e-5, &format!("{config:?}"));
        assert_all_close(&single.1, &double.1, 1e-5, &format!("{config:?}"));
    }
}

/// One step of the weights along a fixed direction, and the slope of a loss along it.
struct Along<'a> {
    step: f64,
    rng: Pcg64Mcg,
    gradients: Option<&'a burn::tensor::Gradients>,
    slope: f64,
}

impl ModuleMapper for Along<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value) = (param.id, param.val());
        let shape = value.shape();
        let direction: Vec<f64> = (0..shape.num_elements())
            .map(|_| self.rng.sample(StandardNormal))
            .collect();
        if let Some(gradient) = self.gradients.and_then(|gradients| value.grad(gradients)) {
            self.slope += doubles(gradient)
                .iter()
                .zip(&direction)
                .map(|(g, d)| g * d)
                .sum::<f64>();
        }
        let direction = Tensor::from_data(TensorData::new(direction, shape), (&value.device(), DType::F64));
        Param::initialized(id, value.detach() + direction * self.step)
    }
}

#[test]
fn the_score_term_trains_every_weight() {
    // The score of a spline jumps at its knots: so short a step that no event crosses one.
    const STEP: f64 = 1e-7;
    let device = Device::flex().autodiff();
    for config in every_kind(2).into_iter().chain([seven_classes()]) {
        let density = rough(&config, DType::F64, &device);
        let (x, theta) = (some_x(&config, 40, &device), scattered(40, 2, 1.0, 4, &device));
        let score = scattered(40, 2, 1.0, 5, &device);
        let loss = |density: &ConditionalDensity| {
            let (log_prob, gradient) = density.log_prob_with_gradient(x.clone(), theta.clone());
            scandal(log_prob, gradient, score.clone(), 0.7)
        };
        let gradients = loss(&density).backward();
        for seed in 0..3 {
            let along = |step, gradients| Along {
                step,
                rng: rng(seed),
                gradients,
                slope: 0.0,
            };
            let moved = |step| doubles(loss(&density.clone().map(&mut along(step, None))))[0];
            let mut here = along(0.0, Some(&gradients));
            let _ = density.clone().map(&mut here);
            let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            assert_all_close(&[here.slope], &[expected], FINITE_DIFFERENCE, &format!("{config:?}"));
        }
    }
}

#[test]
fn a_mixture_of_one_is_the_multivariate_normal() {
    let device = Device::flex();
    let config = DensityConfig::Mixture(MixtureConfig {
        components: 1,
        ..MixtureConfig::new(3, 2)
    });
    let density = rough(&config, DType::F64, &device);
    let theta = rows(vec![0.3, -0.8], 2, &device);
    // A quadratic form is known from its values: mean and precision from differences of ln p, exact at any step.
    let at = |x: [f64; 3]| doubles(density.log_prob(rows(x.to_vec(), 3, &device), theta.clone()))[0];
    let unit = |i: usize| std::array::from_fn::<f64, 3, _>(|k| f64::from(u8::from(i == k)));
    let sum = |i, j| std::array::from_fn(|k| unit(i)[k] + unit(j)[k]);
    let zero = at([0.0; 3]);
    let precision = nalgebra::Matrix3::from_fn(|i, j| at(unit(i)) + at(unit(j)) - at(sum(i, j)) - zero);
    let slope = nalgebra::Vector3::from_fn(|i, _| at(unit(i)) - zero + 0.5 * precision[(i, i)]);
    let mean = precision.try_inverse().unwrap() * slope;
    let normalised = 0.5 * precision.determinant().ln() - 1.5 * noise::LOG_2PI - 0.5 * mean.dot(&slope);
    assert_all_close(&[zero], &[normalised], 1e-10, "ln p at 0");
}

#[test]
fn far_away_everything_stays_a_number() {
    let device = Device::flex().autodiff();
    for config in every_kind(2) {
        let density = rough(&config, DType::F32, &device);
        let x = rows(vec![0.0, 0.0, 5.0, -5.0, 80.0, -80.0, 1e4, 1e4], 2, &device).cast(DType::F32);
        let theta = rows(vec![0.0, 0.0, 9.0, -9.0, 100.0, 0.0, 0.0, -100.0], 2, &device).cast(DType::F32);
        let (value, gradient) = density.log_prob_with_gradient(x, theta);
        let all = [doubles(value), doubles(gradient)].concat();
        assert!(all.iter().all(|value| value.is_finite()), "{config:?}: {all:?}");
    }
}
