//! Chains against conjugate posteriors, grids, and chains whose worth is known.

use std::sync::atomic::{AtomicU64, Ordering};

use motherlode::inference::{
    ChainSettings, Chains, ParameterBox, Posterior, Target, bulk_effective_size, effective_size, r_hat, sample,
    split_r_hat, tail_effective_size,
};
use motherlode::likelihood::{LogRatio, Score};
use motherlode::trace::stream;
use motherlode::{ErrorKind, Progress};
use ndarray::{Array1, Array2, ArrayView2, Axis, array};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::gauss::normal;
use crate::tolerance::FINITE_DIFFERENCE;

const PLAN: ChainSettings = ChainSettings {
    chains: 4,
    draws: 2_000,
    warmup: 500,
    seed: 5,
};

fn run(log_density: impl Fn(&[f64]) -> (f64, Vec<f64>) + Sync, edges: &[(f64, f64)], plan: ChainSettings) -> Chains {
    let space = ParameterBox::new(edges).unwrap();
    sample(&|theta: &[f64]| Ok(log_density(theta)), &space, plan, &()).unwrap()
}

/// x_{t+1} = ρ x_t + √(1 − ρ²) ε, `[chains, draws]`.
fn autoregressive(chains: usize, draws: usize, rho: f64, seed: u64) -> Array2<f64> {
    let mut values = Array2::zeros((chains, draws));
    for (chain, mut row) in values.rows_mut().into_iter().enumerate() {
        let mut rng = stream(seed, chain as u64, 0);
        let mut x: f64 = rng.sample(StandardNormal);
        for value in &mut row {
            *value = x;
            x = rho * x + (1.0 - rho * rho).sqrt() * rng.sample::<f64, _>(StandardNormal);
        }
    }
    values
}

/// Stops as soon as it is asked the hundredth time, and counts.
#[derive(Default)]
struct StopsAfterHundred(AtomicU64);

impl Progress for StopsAfterHundred {
    fn is_stopped(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= 100
    }
}

#[test]
fn chains_stop_when_they_are_told_to() {
    let asked = AtomicU64::new(0);
    let density = |theta: &[f64]| {
        asked.fetch_add(1, Ordering::Relaxed);
        Ok((-0.5 * theta[0] * theta[0], vec![-theta[0]]))
    };
    let space = ParameterBox::new([(-6.0, 6.0)]).unwrap();
    let stopped = sample(&density, &space, PLAN, &StopsAfterHundred::default()).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Interrupted, "{stopped}");
    // Asked before each evaluation, and after each draw.
    assert!(asked.load(Ordering::Relaxed) <= 100);
}

#[test] // ESS/S = (1 − ρ)/(1 + ρ), to 10 % at S = 10⁵
fn autoregressive_draws_are_worth_what_they_are() {
    for (rho, expected) in [(0.5, 0.333_333), (0.9, 0.052_632), (0.0, 1.0)] {
        let draws = autoregressive(4, 25_000, rho, 1);
        let share = effective_size(draws.view()) / 1e5;
        assert!((share / expected - 1.0).abs() < 0.1, "{share} is not {expected}");
        assert!((split_r_hat(draws.view()) - 1.0).abs() < 2e-3 && r_hat(draws.view()) < 1.01);
    }
    let alternating = effective_size(autoregressive(4, 25_000, -0.5, 1).view()) / 1e5;
    assert!((alternating / 3.0 - 1.0).abs() < 0.1, "{alternating}");
    let most = effective_size(autoregressive(4, 25_000, -0.999_9, 1).view());
    assert!((most / 5e5 - 1.0).abs() < 1e-9, "{most}"); // S log₁₀ S
}

#[test] // √(1 + 2d²/7) for two of four chains that are off by d standard deviations
fn chains_apart_are_seen() {
    for (d, expected) in [(1.0, 1.133_893), (0.1, 1.001_428)] {
        let mut draws = autoregressive(4, 100_000, 0.0, 2);
        draws
            .slice_axis_mut(Axis(0), (..2).into())
            .mapv_inplace(|draw| draw + d);
        let found = split_r_hat(draws.view());
        // Means have an error of √(1/5·10⁴): 1e-3 d for R̂.
        assert!((found - expected).abs() < 2e-3 * d, "{found} is not {expected}");
        assert!(
            (r_hat(draws.view()) - expected).abs() < 0.02,
            "ranks of a mixture are not quite normal"
        );
    }
    // Equal means and other widths: only the folded ranks see it.
    let mut draws = autoregressive(4, 10_000, 0.0, 3);
    draws
        .slice_axis_mut(Axis(0), (..2).into())
        .mapv_inplace(|draw| 3.0 * draw);
    assert!(split_r_hat(draws.view()) < 1.002 && r_hat(draws.view()) > 1.1);
    // A drift within chains that agree.
    let mut draws = autoregressive(4, 1_000, 0.0, 4);
    draws
        .indexed_iter_mut()
        .for_each(|((_, i), draw)| *draw += i as f64 / 500.0);
    assert!(r_hat(draws.view()) > 1.1 && effective_size(draws.view()) < 200.0);
}

/// x ← 0.6 x + u − ½ with u of a linear congruential generator, chain c further by `shift` c than the first.
fn reproducible(shift: f64) -> Array2<f64> {
    let mut draws = Array2::zeros((4, 500));
    for (chain, mut row) in draws.rows_mut().into_iter().enumerate() {
        let (mut state, mut x) = (chain as u64 + 1, 0.0);
        for value in &mut row {
            state = (1_103_515_245 * state + 12_345) % (1 << 31);
            x = 0.6 * x + (state as f64 / 2.0f64.powi(31) - 0.5);
            *value = x + shift * chain as f64;
        }
    }
    draws
}

/// ArviZ 0.23.4, `rhat` by "rank" and "split", `ess` by "bulk", "mean" and "tail"; it adds half of the last
/// autocorrelation to the sum over lags.
#[test]
fn the_numbers_are_those_of_arviz() {
    for (shift, hats, sizes) in [
        (
            0.0,
            [1.002_847_744_246_0, 1.001_233_744_766_4],
            [546.796_8, 550.856_7, 931.693_8],
        ),
        (
            0.05,
            [1.010_282_135_907_3, 1.009_968_452_906_5],
            [527.568_1, 531.106_8, 783.135_3],
        ),
    ] {
        let draws = reproducible(shift);
        assert!((split_r_hat(draws.view()) - hats[1]).abs() < 1e-12);
        // Of the two draws in the middle, equally far from the median, rounding decides which one ranks first.
        assert!((r_hat(draws.view()) - hats[0]).abs() < 2e-5, "{}", r_hat(draws.view()));
        let found = [bulk_effective_size, effective_size, tail_effective_size].map(|size| size(draws.view()));
        assert!(
            found
                .iter()
                .zip(sizes)
                .all(|(found, size)| (found / size - 1.0).abs() < 0.02),
            "{found:?} are not {sizes:?}"
        );
    }
}

#[test]
fn chains_that_do_not_move_are_worth_nothing() {
    let still = Array2::from_elem((4, 100), 2.0);
    for found in [
        r_hat(still.view()),
        effective_size(still.view()),
        tail_effective_size(still.view()),
    ] {
        assert!(found.is_nan(), "{found}");
    }
    let apart = Array2::from_shape_fn((4, 100), |(chain, _)| chain as f64);
    assert!(r_hat(apart.view()).is_infinite() && effective_size(apart.view()) < 10.0);
    let mut broken = autoregressive(4, 100, 0.0, 5);
    broken[[1, 7]] = f64::NAN;
    assert!(r_hat(broken.view()).is_nan() && effective_size(broken.view()).is_nan());
}

/// n = 4 observations with mean 0.5 under the prior N(0, 1): N(0.4, 0.2). The walls of the box are 16 standard
/// deviations away.
#[test]
fn the_conjugate_posterior_is_found() {
    let (truth, x) = (normal(1), array![[0.1], [0.9], [0.4], [0.6]]);
    let space = ParameterBox::new([(-8.0, 8.0)]).unwrap();
    for target in [
        Target::new(&truth, x.view(), &[0.0], &space, &()),
        Target::direct(&truth, x.view(), &[0.0], &space),
    ] {
        let with_prior = |theta: &[f64]| {
            let (log, slope) = target.at(theta)?;
            Ok((log - 0.5 * theta[0] * theta[0], vec![slope[0] - theta[0]]))
        };
        let chains = sample(&with_prior, &space, PLAN, &()).unwrap();
        let (mean, marginal) = (chains.mean(0), chains.marginal(0));
        assert!(mean.z_score(0.4).abs() < 4.0, "{mean:?}");
        assert!(
            (mean.standard_error - (0.2 / effective_size(chains.draws().index_axis(Axis(2), 0))).sqrt()).abs() < 1e-3
        );
        // The variance of a variance is 2σ⁴/S.
        let variance = marginal.standard_deviation().powi(2);
        assert!(
            (variance / 0.2 - 1.0).abs() < 4.0 * (2.0 / chains.tail_effective_size(0)).sqrt(),
            "{variance}"
        );
        for (share, z) in [(0.025, -1.959_964), (0.5, 0.0), (0.975, 1.959_964)] {
            let expected = 0.4 + z * 0.2f64.sqrt();
            let density = (-0.5f64 * z * z).exp() / (std::f64::consts::TAU * 0.2).sqrt();
            let error = (share * (1.0 - share) / chains.tail_effective_size(0)).sqrt() / density;
            assert!((marginal.quantile(share) - expected).abs() < 4.0 * error, "{share}");
        }
        assert!(chains.r_hat(0) < 1.01 && chains.bulk_effective_size(0) > 1_000.0);
        assert_eq!((chains.divergences(), chains.truncated()), (0, 0));
        assert!(
            chains
                .acceptance()
                .iter()
                .all(|accepted| (0.6..=1.0).contains(accepted)),
            "{}",
            chains.acceptance()
        );
        // The same plan gives the same draws, another seed others.
        assert_eq!(chains, sample(&with_prior, &space, PLAN, &()).unwrap());
        let other = ChainSettings { seed: 6, ..PLAN };
        assert_ne!(chains, sample(&with_prior, &space, other, &()).unwrap());
    }
}

/// A banana, and a slope that the edges of the box cut off on all sides: means and deviations of the same posterior on
/// a grid.
#[test]
fn bent_and_cut_posteriors_are_those_on_a_grid() {
    let banana = |t: &[f64]| {
        let (a, b) = (t[0], t[1] - t[0] * t[0]);
        (
            -0.5 * a * a - 0.5 * (b / 0.3).powi(2),
            vec![-a + 2.0 * a * b / 0.09, -b / 0.09],
        )
    };
    let slope = |t: &[f64]| (3.0 * t[0] - 0.5 * t[1], vec![3.0, -0.5]);
    let whole: [(f64, f64); 2] = [(-2.0, 1.5), (-1.0, 3.0)];
    type Shape<'a> = &'a (dyn Fn(&[f64]) -> (f64, Vec<f64>) + Sync);
    for shape in [&banana as Shape, &slope] {
        let chains = run(shape, &whole, PLAN);
        let grid = Posterior::new(
            &|t: &[f64]| Ok(shape(t).0),
            &ParameterBox::new(whole).unwrap(),
            &[300, 300],
        )
        .unwrap();
        for k in 0..2 {
            let mean = chains.mean(k);
            assert!(
                mean.z_score(grid.mean()[k]).abs() < 4.0,
                "{mean:?} is not {}",
                grid.mean()[k]
            );
            let (found, expected) = (chains.marginal(k).standard_deviation(), grid.standard_deviation()[k]);
            // Of a distribution of kurtosis κ the variance has the relative variance (κ − 1)/S; κ < 4 here.
            let error = 0.5 * (3.0 / chains.tail_effective_size(k)).sqrt();
            assert!(
                (found / expected - 1.0).abs() < 4.0 * error,
                "{found} is not {expected}"
            );
            assert!(chains.r_hat(k) < 1.01, "{}", chains.r_hat(k));
        }
        assert!(
            chains
                .draws()
                .rows()
                .into_iter()
                .all(|t| ParameterBox::new(whole).unwrap().contains(&t.to_vec()))
        );
    }
}

/// Two modes with nothing between them: no chain finds both, and R̂ says so.
#[test]
fn chains_in_different_modes_are_reported() {
    let two = |t: &[f64]| {
        let [left, right] = [-1.0, 1.0].map(|mode| -0.5 * ((t[0] - mode) / 0.02f64).powi(2));
        let (log, share) = (left.max(right), f64::from(u8::from(right > left)));
        (log, vec![-(t[0] - 2.0 * share + 1.0) / 4e-4])
    };
    let chains = run(
        two,
        &[(-2.0, 2.0)],
        ChainSettings {
            chains: 6,
            draws: 300,
            warmup: 300,
            seed: 2,
        },
    );
    let means = chains.draws().mean_axis(Axis(1)).unwrap();
    assert!(
        means.iter().any(|&mean| mean > 0.9) && means.iter().any(|&mean| mean < -0.9),
        "{means}"
    );
    assert!(chains.r_hat(0) > 1.5, "{}", chains.r_hat(0));
    assert!(chains.bulk_effective_size(0) < 20.0);
}

#[test]
fn thinned_draws_come_from_all_chains() {
    let chains = run(
        |t| (-0.5 * t[0] * t[0], vec![-t[0]]),
        &[(-5.0, 5.0)],
        ChainSettings { draws: 100, ..PLAN },
    );
    let thinned = chains.thinned(8);
    for (i, row) in thinned.rows().into_iter().enumerate() {
        assert_eq!(row[0], chains.draws()[[i / 2, 50 * (i % 2), 0]]);
    }
    assert_eq!(chains.thinned(1_000).nrows(), 400);
}

#[test] // the slope of a polynomial, and the sum of scores: Σ(x − θ)
fn targets_have_the_gradient_of_their_value() {
    let (truth, space) = (normal(2), ParameterBox::new([(-1.0, 1.0), (-2.0, 2.0)]).unwrap());
    let x = Array2::from_shape_fn((7, 2), |(i, k)| (i + k) as f64 * 0.1);
    let fast = Target::new(&truth, x.view(), &[0.0, 0.0], &space, &());
    let direct = Target::direct(&truth, x.view(), &[0.0, 0.0], &space);
    assert!(fast.is_interpolated() && !direct.is_interpolated());
    for theta in [[0.3, -0.7], [1.0, 2.0], [-1.0, 0.0]] {
        let ((a, slope_a), (b, slope_b)) = (fast.at(&theta).unwrap(), direct.at(&theta).unwrap());
        assert!((a - b).abs() < 1e-10);
        for k in 0..2 {
            let expected: f64 = x.column(k).iter().map(|x| x - theta[k]).sum();
            assert!((slope_a[k] - expected).abs() < FINITE_DIFFERENCE && (slope_b[k] - expected).abs() < 1e-10);
        }
    }
}

/// Possible for θ > 0 only, and out of order beyond 1.
struct Half;

impl LogRatio for Half {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], _: &[f64]) -> motherlode::Result<Array1<f64>> {
        match theta0[0] {
            beyond if beyond > 1.0 => Err(motherlode::Error::usage("out of order")),
            positive if positive > 0.0 => Ok(Array1::from_elem(x.nrows(), -positive)),
            _ => Ok(Array1::from_elem(x.nrows(), f64::NEG_INFINITY)),
        }
    }
}

impl Score for Half {
    fn score(&self, x: ArrayView2<f64>, _: &[f64]) -> motherlode::Result<Array2<f64>> {
        Ok(Array2::from_elem((x.nrows(), 1), -1.0))
    }
}

#[test]
fn chains_meet_the_end_of_what_is_possible_and_errors_come_through() {
    let x = array![[0.0], [0.0]];
    let of = |low: f64, high: f64| {
        let space = ParameterBox::new([(low, high)]).unwrap();
        let target = Target::new(&Half, x.view(), &[0.5], &space, &());
        sample(&|theta: &[f64]| target.at(theta), &space, PLAN, &())
    };
    // e^{−2θ} on (0, 1): its mean is 1/2 − 1/(e² − 1); trajectories end where the data are impossible.
    let chains = of(-1.0, 1.0).unwrap();
    assert!(chains.divergences() > 0);
    assert!(chains.draws().iter().all(|&theta| theta > 0.0));
    assert!(
        chains.mean(0).z_score(0.5 - 1.0 / (2.0f64.exp() - 1.0)).abs() < 4.0,
        "{:?}",
        chains.mean(0)
    );
    assert!(of(-1.0, 3.0).unwrap_err().to_string().contains("out of order"));
    assert!(
        of(-3.0, -1.0)
            .unwrap_err()
            .to_string()
            .contains("impossible at 100 hypotheses")
    );
    for plan in [
        ChainSettings { chains: 0, ..PLAN },
        ChainSettings { draws: 3, ..PLAN },
        ChainSettings { warmup: 0, ..PLAN },
    ] {
        let space = ParameterBox::new([(0.0, 1.0)]).unwrap();
        let error = sample(&|_: &[f64]| Ok((0.0, vec![0.0])), &space, plan, &()).unwrap_err();
        assert!(error.is_usage(), "{error}");
    }
}
