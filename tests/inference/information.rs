//! Fisher information in closed form.

use motherlode::inference::{Information, bootstrap_errors};
use motherlode::likelihood::Score;
use motherlode::trace::stream;
use ndarray::{Array2, array};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::gauss::normal;
use crate::tolerance::{ALGEBRA, close};

#[test] // x ~ N(θ, 1): one unit of information an event and parameter; its estimate has the variance 2/N, 1/N off the diagonal
fn normal_events_carry_one_unit_each() {
    let events = 20_000;
    let mut rng = stream(6, 0, 0);
    let x = Array2::from_shape_fn((events, 2), |_| rng.sample::<f64, _>(StandardNormal));
    let scores = normal(2).score(x.view(), &[0.0, 0.0]).unwrap();
    let information = Information::from_scores(scores.view(), 300.0).unwrap();
    let errors = bootstrap_errors(scores.view(), 300.0, 200, 1, &()).unwrap();
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        let (expected, variance) = if i == j { (300.0, 2.0) } else { (0.0, 1.0) };
        let error = 300.0 * (variance / events as f64).sqrt();
        assert!((information.matrix()[(i, j)] - expected).abs() < 4.0 * error);
        assert!(
            (errors[(i, j)] / error - 1.0).abs() < 4.0 / (2.0f64 * 200.0).sqrt(),
            "{errors}"
        );
    }
}

#[test] // a count ν(θ) = θ₀ + 2 θ₁, and [[4, 1], [1, 2]]: by hand
fn information_is_added_projected_and_profiled() {
    let scores = array![[2.0, 0.0], [2.0, 2.0], [2.0, 0.0], [2.0, 0.0]];
    let information = Information::from_scores(scores.view(), 1.0).unwrap();
    assert_eq!(information.matrix().as_slice(), [4.0, 1.0, 1.0, 1.0]);
    assert_eq!(information.projected(&[0]).unwrap().matrix().as_slice(), [4.0]);
    assert_eq!(information.profiled(&[0]).unwrap().matrix().as_slice(), [3.0]);
    let count = Information::from_count(5.0, &[1.0, 2.0]).unwrap();
    assert_eq!(count.matrix().as_slice(), [0.2, 0.4, 0.4, 0.8]);
    let both = information.with(&count).unwrap();
    let covariance = both.covariance().unwrap();
    let determinant = 4.2 * 1.8 - 1.4 * 1.4;
    assert!(close(covariance[(0, 0)], 1.8 / determinant, ALGEBRA));
    // What is left after profiling is what the covariance says.
    assert!(close(
        1.0 / both.profiled(&[0]).unwrap().matrix()[(0, 0)],
        covariance[(0, 0)],
        ALGEBRA
    ));
}

#[test]
fn what_has_no_information_is_an_error() {
    assert!(Information::from_scores(Array2::zeros((0, 1)).view(), 1.0).is_err());
    assert!(Information::from_scores(array![[f64::NAN]].view(), 1.0).is_err());
    assert!(Information::from_count(0.0, &[1.0]).is_err());
    let blind = Information::from_scores(array![[1.0, 0.0]].view(), 1.0).unwrap();
    assert!(blind.covariance().is_err() && blind.profiled(&[0]).is_err());
    assert!(blind.projected(&[0, 0]).is_err() && blind.projected(&[2]).is_err() && blind.projected(&[]).is_err());
    assert!(bootstrap_errors(array![[1.0]].view(), 1.0, 1, 0, &()).is_err());
}
