//! Checks of estimates pass exact answers and find what distorted ones do wrong, to the analytic size.

use std::sync::atomic::{AtomicU64, Ordering};

use motherlode::diagnostics::{
    Bands, Closure, DiagnosedEstimator, DiagnosticResults, FitConvergence, FixedCoverage, LocalTest, Mean, Outcome,
    PosteriorCheckSettings, PosteriorChecks, distribution, relative_spread, two_samples,
};
use motherlode::inference::ParameterBox;
use motherlode::likelihood::{LogRatio, Truth};
use motherlode::trace::{Instrumented, stream};
use motherlode::{ErrorKind, Progress, Result};
use motherlode_simulators::LinearGaussian;
use ndarray::{Array1, Array2, ArrayView2, Axis, array, concatenate};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Means are judged at this many standard errors.
const FAR: f64 = 5.0;

/// The exact ratio of x ~ N(θ, 1) to the power g, with a bias c θ for each event: a score too large by c.
struct Distorted {
    exact: Box<dyn Truth>,
    power: f64,
    bias: f64,
}

impl LogRatio for Distorted {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let exact = self.exact.log_ratio(x, theta0, theta1)?;
        Ok(exact * self.power + self.bias * (theta0[0] - theta1[0]))
    }
}

/// Looks at x ~ N(θ, 1), θ in a box of half width 1, through a distorted ratio.
fn look<T>(power: f64, bias: f64, at: impl FnOnce(DiagnosedEstimator<'_>) -> T) -> T {
    let simulator = LinearGaussian::new(1).unwrap();
    let exact = simulator.truth().unwrap();
    let estimator = Distorted { exact, power, bias };
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    at(DiagnosedEstimator {
        estimator: &estimator,
        reference: &[-0.5],
        simulator: &simulator,
        space: &space,
    })
}

fn normal(n: usize, d: usize, mean: f64, sd: f64, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0, 0);
    Array2::from_shape_fn((n, d), |(_, k)| {
        let shift = if k == 0 { mean } else { 0.0 };
        shift + sd * rng.sample::<f64, _>(StandardNormal)
    })
}

/// Stops after fifty of a thousand data sets.
#[derive(Default)]
struct StopsAfterFifty(AtomicU64);

impl Progress for StopsAfterFifty {
    fn report(&self, done: u64, _: u64) {
        self.0.fetch_max(done, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= 50
    }
}

#[test]
fn checks_stop_when_they_are_told_to() {
    let settings = PosteriorCheckSettings {
        pairs: 1_000,
        events: 5,
        seed: 1,
    };
    let (progress, again) = (StopsAfterFifty::default(), StopsAfterFifty::default());
    look(1.0, 0.0, |examined| {
        let stopped = PosteriorChecks::new(examined, settings, &progress).unwrap_err();
        assert_eq!(stopped.kind(), ErrorKind::Interrupted, "{stopped}");
        let stopped = FixedCoverage::new(examined, 1_000, 5, 1, &again).unwrap_err();
        assert_eq!(stopped.kind(), ErrorKind::Interrupted, "{stopped}");
    });
    // Those that had begun are finished.
    assert!(progress.0.load(Ordering::Relaxed) < 500);
}

/// Bayes-optimal accuracy of normals (known_answers.json, c2st_bayes): Φ(d/2) for a shift d, and of two spreads.
#[test]
fn two_samples_are_told_apart_as_well_as_can_be() {
    for (shift, sd, d, optimal) in [
        (0.0, 1.0, 1, 0.5),
        (0.0, 1.0, 5, 0.5),
        (0.5, 1.0, 1, 0.598_706),
        (0.5, 1.0, 5, 0.598_706),
        (1.0, 1.0, 1, 0.691_462),
        (2.0, 1.0, 1, 0.841_345),
        (3.0, 1.0, 2, 0.933_193),
        (0.0, 2.0, 1, 0.661_34),
        (0.0, 1.25, 1, 0.553_77),
    ] {
        let found = two_samples(
            normal(10_000, d, 0.0, 1.0, 1).view(),
            normal(10_000, d, shift, sd, 2).view(),
        )
        .unwrap();
        assert!(found.z_score(optimal).abs() < FAR, "{shift}, {sd}, {d}: {found:?}");
    }
    let nan = Array2::from_elem((100, 1), f64::NAN);
    assert!(two_samples(nan.view(), nan.view()).is_err());
    assert!(two_samples(normal(10, 1, 0.0, 1.0, 1).view(), normal(10, 1, 0.0, 1.0, 2).view()).is_err());
}

/// Of 2000 samples of uniform numbers, 5 % leave bands of 95 %; ranks of a posterior of half the width nearly always do.
#[test]
fn bands_hold_uniform_numbers_as_often_as_they_say() {
    let (n, samples) = (200, 2_000);
    for probability in [0.95, 0.8] {
        let bands = Bands::new(n, probability).unwrap();
        let mut rng = stream(4, 0, 0);
        let mut sample = |_| -> Vec<f64> { (0..n).map(|_| rng.random()).collect() };
        let held = (0..samples)
            .map(&mut sample)
            .filter(|values| bands.hold(values))
            .count() as f64
            / samples as f64;
        let error = (probability * (1.0 - probability) / samples as f64).sqrt();
        // Bands of whole numbers hold a little more often than they must.
        assert!(held > probability - 4.0 * error && held < probability + 0.02, "{held}");
    }
    let bands = Bands::new(300, 0.999).unwrap();
    let mut rng = stream(5, 0, 0);
    // P(rank ≤ u) = Φ(c Φ⁻¹(u)) for c = 1/2 (diagnostics, section 3): draw z of width 2 and take Φ.
    let mut rank = |sd: f64| {
        let z: f64 = rng.sample::<f64, _>(StandardNormal) * sd;
        0.5 * (1.0 + erf(z / std::f64::consts::SQRT_2))
    };
    assert!(!bands.hold(&(0..300).map(|_| rank(2.0)).collect::<Vec<_>>()));
    assert!(bands.hold(&(0..300).map(|_| rank(1.0)).collect::<Vec<_>>()));
    assert_eq!(distribution(&[0.3, 0.1, 0.2], &[0.05, 0.2, 1.0]), [0.0, 2.0 / 3.0, 1.0]);
    assert!(Bands::new(0, 0.9).is_err() && Bands::new(10, 1.0).is_err());
}

/// erf by Abramowitz and Stegun 7.1.26, to 1.5e-7.
fn erf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let polynomial =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    (1.0 - polynomial * (-x * x).exp()).copysign(x)
}

/// θ̂ = mean of x: RMSE √(v/n) with v = 1, slope −1/2, no bias; with a bias c of the score, √(v/n + (c v)²) (diagnostics, section 7).
#[test]
fn best_fits_converge_and_their_plateau_is_the_bias() {
    let run = |bias: f64| {
        look(1.0, bias, |examined| {
            FitConvergence::new(examined, 10_000, 50, 3, &()).unwrap()
        })
    };
    for c in [0.0, 0.05] {
        let found = run(c);
        assert_eq!(found.events, [1, 10, 100, 1_000, 10_000]);
        // A single event is cut off at the edges of the box.
        for (n, error) in found.events.iter().zip(found.errors(0)).skip(2) {
            let expected = (1.0 / *n as f64 + c * c).sqrt();
            assert!(error.z_score(expected).abs() < FAR, "{n}: {error:?}, {expected}");
        }
        assert!(found.bias(0).z_score(c).abs() < FAR);
        // The variance of 50 estimates is known to √(2/49) of itself.
        let variance = 10_000.0 * found.scatter(0)[4].powi(2);
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / 49.0f64).sqrt(), "{variance}");
        if c == 0.0 {
            assert!((found.slope(0, 100) + 0.5).abs() < 0.05, "{}", found.slope(0, 100));
        } else {
            assert!(found.slope(0, 1_000) > -0.1);
            // As large as 1/√n at n = 1/c² = 400.
            assert!((found.enough(0) / 400.0 - 1.0).abs() < 0.5, "{}", found.enough(0));
        }
        let parameters = ["theta".to_owned()];
        let check = &DiagnosticResults {
            parameters: &parameters,
            convergence: Some((&found, 1_000)),
            ..DiagnosticResults::default()
        }
        .checks()[0];
        assert_eq!(
            check.outcome,
            if c == 0.0 { Outcome::Pass } else { Outcome::Fail },
            "{check:?}"
        );
        // c √n in standard deviations, of which 50 data sets know a tenth.
        let expected = c * 1_000f64.sqrt();
        assert!((check.value - expected).abs() < FAR * check.standard_error.unwrap().hypot(0.1 * expected));
    }
}

/// Intervals by Wilks' theorem of log r to the power g cover Φ(z/√g) − Φ(−z/√g): 0.6729 of 95 % for g = 4.
#[test]
fn intervals_cover_at_each_hypothesis_and_those_of_a_power_do_not() {
    let coverage = |power: f64, bias: f64| {
        look(power, bias, |examined| {
            FixedCoverage::new(examined, 1_000, 200, 7, &()).unwrap()
        })
    };
    for (power, expected) in [(1.0, 0.95), (4.0, 0.6729)] {
        for (theta, found) in coverage(power, 0.0).points {
            let error = (expected * (1.0 - expected) / 1_000.0f64).sqrt();
            let value = found.at(0.95);
            assert!((value - expected).abs() < FAR * error, "{power}, {theta:?}: {value}");
        }
    }
    // A bias of half a standard error of the mean of 200: 0.9209 (known_answers.json, coverage of a shifted posterior).
    for (_, found) in coverage(1.0, 0.5 / 200f64.sqrt()).points {
        assert!((found.at(0.95) - 0.9209).abs() < FAR * 0.0085, "{}", found.at(0.95));
    }
}

fn posteriors(power: f64, bias: f64, events: usize) -> PosteriorChecks {
    let plan = PosteriorCheckSettings {
        pairs: 2_000,
        events,
        seed: 5,
    };
    look(power, bias, |examined| {
        PosteriorChecks::new(examined, plan, &()).unwrap()
    })
}

/// Posteriors of width c and shift b in units of their exact width (log r to the power 1/c², bias b/√n): coverage
/// Φ(c z − b) − Φ(−c z − b), signed areas of known_answers.json, KS distance of ranks 0.1613 for c = 1/2.
#[test]
fn posteriors_of_each_distortion_have_their_analytic_marks() {
    let events = 400;
    for (c, b, coverage, area) in [
        (1.0, 0.0, 0.95, 0.0),
        (0.5, 0.0, 0.6729, -0.204_83),
        (0.8, 0.0, 0.8831, -0.070_45),
        (1.5, 0.0, 0.9967, 0.125_67),
        (1.0, 0.5, 0.9209, -0.038_18),
    ] {
        let power = 1.0 / (c * c);
        // The score of n events is too large by n · bias; the posterior moves by bias/power.
        let checks = posteriors(power, power * b / (events as f64).sqrt(), events);
        // Four standard errors, and what the edges of the box do to posteriors next to them.
        let tolerance = 4.0
            * (0.25 / 2_000.0f64)
                .sqrt()
                .min((coverage * (1.0 - coverage) / 2_000.0f64).sqrt() + 0.003);
        let found = checks.coverage.at(0.95);
        assert!((found - coverage).abs() < tolerance, "{c}, {b}: {found}");
        let found = checks.coverage.signed_area();
        assert!((found - area).abs() < 0.026, "{c}, {b}: {found}"); // 4/√(12 n)
        let exact = c == 1.0 && b == 0.0;
        let bands = Bands::new(2_000, 0.999).unwrap();
        assert_eq!(bands.hold(&checks.rank_values[0]), exact, "{c}, {b}");
        assert_eq!(checks.ranks[0].p_value > 1e-3, exact, "{c}, {b}");
        if c == 0.5 {
            assert!(
                (checks.ranks[0].distance - 0.1613).abs() < 0.03,
                "{}",
                checks.ranks[0].distance
            );
        }
    }
}

/// Posteriors of 4 events that are moved by b, in the box from −1 to 1, average to
/// q(θ) = ½ ∫dθ* ∫dm N(m|θ*, ¼) N(θ|m + b, ¼)/Z(m): the best classifier tells draws of it from uniform ones with the accuracy
/// ½ + ¼ ∫|q − ½| dθ, here by sums over grids.
#[test]
fn the_mean_posterior_is_the_prior_unless_posteriors_are_off() {
    const CELLS: usize = 200;
    let normal = |at: f64, mean: f64| (-2.0 * (at - mean).powi(2)).exp() * (2.0 / std::f64::consts::PI).sqrt();
    let thetas: Vec<f64> = (0..CELLS)
        .map(|i| -1.0 + (i as f64 + 0.5) * 2.0 / CELLS as f64)
        .collect();
    let best_accuracy = |b: f64| {
        let mut q = [0.0; CELLS];
        for m in (-400..=400).map(|i| f64::from(i) * 0.01) {
            let evidence: f64 = thetas.iter().map(|&theta| normal(m, theta)).sum::<f64>() / CELLS as f64 * 0.01;
            let posterior: Vec<f64> = thetas.iter().map(|&theta| normal(theta, m + b)).collect();
            let all: f64 = posterior.iter().sum::<f64>() * 2.0 / CELLS as f64;
            q.iter_mut().zip(posterior).for_each(|(q, p)| *q += evidence * p / all);
        }
        0.5 + 0.25 * q.iter().map(|q| (q - 0.5).abs()).sum::<f64>() * 2.0 / CELLS as f64
    };
    for b in [0.0, 0.5] {
        let (found, best) = (posteriors(1.0, b, 4).averaged, best_accuracy(b));
        assert!((best > 0.55) == (b > 0.0), "{best}");
        assert!(
            (found.value - best).abs() < 4.0 * found.standard_error + 0.01,
            "{found:?} instead of {best}"
        );
    }
}

/// What one network says of its own, √((0.3² + 0.4²)/2) of how much log r varies; and what a blind classifier is worth.
#[test]
fn members_that_disagree_and_classifiers_that_see_nothing_are_named() {
    let spread = |a, b| relative_spread(&array![1.0, -1.0], &array![a, b]);
    assert!((spread(0.3, 0.4) - 0.125f64.sqrt()).abs() < 1e-12);
    let outcome = |found: &DiagnosticResults<'_>| {
        let checks = found.checks();
        checks.iter().map(|check| check.outcome).collect::<Vec<_>>()
    };
    for (a, expected) in [(0.3, Outcome::Warn), (0.05, Outcome::Pass)] {
        let found = DiagnosticResults {
            spread: Some(spread(a, a)),
            ..DiagnosticResults::default()
        };
        assert_eq!(outcome(&found), [expected]);
    }
    let perfect = |value| Mean {
        value,
        standard_error: 0.01,
    };
    let closure = Closure {
        normalisation: perfect(1.0),
        effective: 1.0,
        moments: 1.0,
        auc: perfect(0.5),
    };
    for (power, expected) in [(0.51, Outcome::Warn), (0.7, Outcome::Pass)] {
        let found = DiagnosticResults {
            closure: Some(&closure),
            power: Some(perfect(power)),
            ..DiagnosticResults::default()
        };
        assert_eq!(outcome(&found), [Outcome::Pass, Outcome::Pass, expected]);
    }
}

/// The posterior of one observation: exact ones have p-values that are uniform, and those of double width are found.
#[test]
fn a_local_test_finds_a_posterior_that_is_too_wide_and_passes_an_exact_one() {
    let test = |power: f64, seed: u64| {
        let plan = PosteriorCheckSettings {
            pairs: 1_000,
            events: 20,
            seed,
        };
        look(power, 0.0, |examined| {
            let checks = PosteriorChecks::new(examined, plan, &()).unwrap();
            let x = normal(20, 1, 0.2, 1.0, 100 + seed);
            checks.local(examined, x.view(), seed, &()).unwrap()
        })
    };
    let exact: Vec<LocalTest> = (0..8).map(|seed| test(1.0, seed)).collect();
    // One in a thousand samples of eight uniform numbers has none above 0.42, or one below 1.2e-4.
    let p_values: Vec<f64> = exact.iter().map(LocalTest::p_value).collect();
    assert!(p_values.iter().copied().fold(0.0, f64::max) > 0.42, "{p_values:?}");
    assert!(p_values.iter().filter(|&&p| p < 0.05).count() <= 3, "{p_values:?}");
    let wide = test(0.25, 1);
    assert!(wide.p_value() < 0.01, "{}", wide.p_value());
    let verdict = |test: &LocalTest| {
        let found = DiagnosticResults {
            local: Some(test),
            ..DiagnosticResults::default()
        };
        found.checks()[0].outcome
    };
    assert_eq!(verdict(&wide), Outcome::Fail);
}

#[test]
fn what_cannot_be_checked_is_refused() {
    look(1.0, 0.0, |examined| {
        assert!(FitConvergence::new(examined, 100, 2, 0, &()).is_err());
        assert!(FixedCoverage::new(examined, 0, 1, 0, &()).is_err());
    });
    let rows = concatenate(Axis(0), &[normal(200, 1, 0.0, 1.0, 1).view()]).unwrap();
    assert!(
        LocalTest::new(
            (rows.view(), rows.view(), rows.view()),
            (rows.view(), &[1.0, 2.0]),
            0,
            &()
        )
        .is_err()
    );
}
