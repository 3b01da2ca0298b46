//! The thrown ball: its moments, density and information by quadrature.

use motherlode_simulators::Projectile;
use ndarray::Array2;

use crate::known::{DIGITS, assert_known, mined, truth};
use crate::tolerance::{close, z_score};

// mpmath 1.3, 30 digits: adaptive quadrature over ±9 standard deviations of the height; derivatives numerical.
#[test]
fn projectile_lands_as_quadrature_says() {
    let throw = [12.0, 37f64.to_radians()];
    assert_known(
        &Projectile,
        &throw,
        &[
            (
                14.0,
                -5.627_737_435_719_441,
                &[-17.335_098_660_172, -53.011_056_521_919],
            ),
            (
                15.4,
                -0.053_656_219_444_262_11,
                &[-0.694_781_755_230_17, -0.524_879_128_875_11],
            ),
            (16.8, -5.602_863_334_386_682, &[20.237_135_466_164, 37.027_351_812_779]),
        ],
    );
    assert_known(
        &Projectile,
        &[11.6, 0.67],
        &[
            (
                14.0,
                -1.177_968_566_728_864_9,
                &[-8.457_798_129_695_6, -15.680_599_043_22],
            ),
            (16.8, -15.834_441_192_732_472, &[35.696_096_151_54, 30.994_741_937_324]),
        ],
    );
}

// numpy 2: 160-point Gauss-Hermite over the height and the trapezoidal rule over x, at v = 12 m/s and α = 37°; moments
// confirmed by mpmath. (Tables for a height clipped at the ground differ in the fifth digit.)
#[test]
fn projectile_has_its_moments_and_information() {
    let theta = [12.0, 37f64.to_radians()];
    let truth = truth(&Projectile);
    let (n, low, step) = (1600, 11.0, 0.005);
    let x = Array2::from_shape_fn((n, 1), |(i, _)| low + step * (i as f64 + 0.5));
    let p = truth.log_likelihood(x.view(), &theta).unwrap().exp() * step;
    let t = truth.score(x.view(), &theta).unwrap();
    let x = x.column(0);
    let mean = (&p * &x).sum();
    let sd = (&p * &(&x - mean).mapv(|d| d * d)).sum().sqrt();
    assert!(close(p.sum(), 1.0, DIGITS));
    assert!(close(mean / 15.437_231_118_6, 1.0, DIGITS), "{mean}");
    assert!(close(sd / 0.418_617_087_528, 1.0, DIGITS), "{sd}");
    for ((i, j), expected) in [
        ((0, 0), 32.126_864_733),
        ((0, 1), 75.786_201_476),
        ((1, 1), 181.317_287_002),
    ] {
        let fisher = (&p * &t.column(i) * t.column(j)).sum();
        assert!(close(fisher / expected, 1.0, DIGITS), "{fisher} is not {expected}");
    }
    let events = mined(&Projectile, &theta, 40_000, 5);
    for ((i, j), expected) in [((0, 0), 89.872_834_9), ((0, 1), 213.144_322), ((1, 1), 511.084_152)] {
        let products: Vec<f64> = events.iter().map(|(m, _)| m.score[i] * m.score[j] - expected).collect();
        assert!(z_score(&products).abs() < 5.0, "covariance {i}{j}");
    }
}
