//! Many events in a large box, expected results and their bands, and contours.

use motherlode::inference::{
    Constraint, FitResult, Interpolation, Likelihood, LikelihoodScan, Neyman, ParameterBox, Resampling,
    ZoomedLikelihood, bands, contours,
};
use motherlode::trace::stream;
use ndarray::{Array1, Array2, array};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::gauss::normal;

/// Normal events around (3, −2), in units of the standard deviation.
fn events(n: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0, 0);
    Array2::from_shape_fn((n, 2), |(_, k)| [3.0, -2.0][k] + rng.sample::<f64, _>(StandardNormal))
}

/// The first observable alone.
fn first(x: Array2<f64>) -> Array2<f64> {
    x.slice_axis(ndarray::Axis(1), (..1).into()).to_owned()
}

fn answer(scan: &LikelihoodScan<'_>, n: Option<f64>) -> FitResult {
    let (names, levels) = (["a", "b"].map(String::from), [0.6827, 0.95]);
    let fit = FitResult::new("exact", scan.estimate(&()).unwrap(), &names, &levels).unwrap();
    fit.with_bands(n.map_or(Vec::new(), |n| scan.bands(n, &levels, 1).unwrap()))
}

/// 100 000 events fix θ to 1/300 of a standard deviation, a ten-thousandth of the box: best fit x̄, covariance I/n, intervals x̄ ± z/√n.
#[test]
fn many_events_are_looked_at_closely() {
    let (truth, n) = (normal(2), 100_000);
    let x = events(n, 1);
    let mean = x.mean_axis(ndarray::Axis(0)).unwrap();
    let space = ParameterBox::new([(-20.0, 20.0), (-20.0, 20.0)]).unwrap();
    let scan = LikelihoodScan::new(Likelihood::new(&truth, x.view(), &[0.0, 0.0]), &space);
    let answer = answer(&scan, None);
    let sd = 1.0 / (n as f64).sqrt();
    let intervals = &answer.intervals;
    for k in 0..2 {
        assert!((answer.estimate.best.theta[k] - mean[k]).abs() < 0.02 * sd);
        let variance = answer.estimate.covariance.as_ref().unwrap()[(k, k)];
        assert!((variance * n as f64 - 1.0).abs() < 0.02, "{variance}");
        for (level, z) in [(0, 1.0), (1, 1.959_964)] {
            let (low, high) = intervals[level][k][0];
            assert!((low - (mean[k] - z * sd)).abs() < 0.04 * sd, "{low}");
            assert!((high - (mean[k] + z * sd)).abs() < 0.04 * sd, "{high}");
        }
    }
}

/// A close look keeps what is known besides the events: a constraint θ0 = 1 ± 0.05 on 400 events of unit variance.
#[test]
fn constraints_are_kept_at_a_close_look() {
    let truth = normal(2);
    let x = events(400, 2);
    let mean = x.column(0).mean().unwrap();
    let constraint = Constraint {
        parameter: 0,
        mean: 1.0,
        sd: 0.05,
    };
    let space = ParameterBox::new([(-20.0, 20.0), (-20.0, 20.0)]).unwrap();
    let likelihood = Likelihood::new(&truth, x.view(), &[0.0, 0.0])
        .with_constraint(constraint)
        .unwrap();
    let expected = 0.5 * (1.0 + mean); // 1/400 = 0.05²: both measurements count alike
    let zoom = ZoomedLikelihood::new(&likelihood, &space, 0.02).unwrap();
    let found = zoom.surface().at(&[expected, -2.0]).unwrap();
    assert!((found - likelihood.at(&[expected, -2.0]).unwrap()).abs() < 0.02);
    let best = answer(&LikelihoodScan::new(likelihood, &space), None).estimate.best;
    assert!((best.theta[0] - expected).abs() < 1e-3, "{best:?}");
}

/// In data sets of n events the ends θ ± z/√n are normal with standard deviation 1/√n.
#[test]
fn bands_hold_as_many_data_sets_as_they_say() {
    let (truth, n) = (normal(1), 25.0);
    let x = first(events(50_000, 3));
    let mean = x.mean().unwrap();
    let space = ParameterBox::new([(0.0, 6.0)]).unwrap();
    let likelihood = Likelihood::new(&truth, x.view(), &[0.0]).scaled_to(n).unwrap();
    let answer = answer(&LikelihoodScan::new(likelihood, &space), Some(n));
    let band = &answer.bands[0];
    for (level, z) in [(0, 1.0), (1, 1.959_964)] {
        for (end, sign) in [(0, -1.0), (1, 1.0)] {
            for (quantile, deviations) in [-2.0, -1.0, 0.0, 1.0, 2.0].into_iter().enumerate() {
                let expected = mean + (sign * z + deviations) / n.sqrt();
                // Quantiles of 1000 data sets: at two standard deviations known to .09 of one.
                let found = band.ends[level][end][quantile];
                assert!((found - expected).abs() < 0.4 * 0.2, "{found} instead of {expected}");
            }
        }
    }
    let few = Likelihood::new(&truth, x.view(), &[0.0]).scaled_to(6_000.0).unwrap();
    assert!(
        LikelihoodScan::new(few, &space)
            .bands(6_000.0, &[0.95], 1)
            .unwrap()
            .is_empty()
    );
}

/// The median q of data sets is that of χ² with one degree of freedom at the truth, 0.455, and (Δ√n)² far from it.
#[test]
fn bands_of_the_statistic_have_the_median_of_the_closed_form() {
    let truth = normal(1);
    let space = ParameterBox::new([(-2.0, 2.0)]).unwrap();
    let interpolation = Interpolation::new(space.clone(), &[3]).unwrap();
    let x = first(events(40_000, 4)) - 3.0;
    let x = &x - x.mean().unwrap();
    let table = interpolation.table(&truth, x.view(), &[0.0]).unwrap();
    let sums = Resampling::new(table.view())
        .sums(vec![1.0; 40_000], 100, 4_000, 5, &())
        .unwrap();
    let neyman = Neyman::new(&interpolation, &space, &[401]).unwrap();
    let band = &bands(&neyman, sums.view(), &[0.95]).unwrap()[0];
    assert!((band.q[200][2] - 0.455).abs() < 0.06, "{}", band.q[200][2]);
    assert!((band.q[300][2] / 100.0 - 1.0).abs() < 0.01, "{}", band.q[300][2]);
}

/// Of x² + y² on a grid: circles.
#[test]
fn contours_of_a_bowl_are_circles() {
    let values: [Array1<f64>; 2] = [Array1::linspace(-3.0, 3.0, 61), Array1::linspace(-2.0, 4.0, 31)];
    let heights = Array2::from_shape_fn((61, 31), |(i, j)| values[0][i].powi(2) + values[1][j].powi(2));
    let lines = contours([&values[0], &values[1]], heights.view(), 2.25).unwrap();
    assert_eq!(lines.len(), 1);
    for (x, y) in &lines[0] {
        assert!((x.hypot(*y) - 1.5).abs() < 5e-3, "{x} {y}");
    }
    // A larger one leaves the grid, and is not closed around it.
    let lines = contours([&values[0], &values[1]], heights.view(), 6.25).unwrap();
    assert!(
        lines
            .iter()
            .flatten()
            .all(|(x, y)| (x.hypot(*y) - 2.5).abs() < 5e-3 && *y >= -2.0 - 1e-9)
    );
    assert!(contours([&values[0], &values[0]], heights.view(), 1.0).is_err());
    assert!(contours([&array![0.0], &array![0.0]], array![[1.0]].view(), 1.0).is_err());
}
