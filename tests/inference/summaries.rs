//! Densities of summary statistics, where their cells have probabilities that are known.

use motherlode::analysis::Warning;
use motherlode::gold::ReweightingPool;
use motherlode::inference::{
    BinLayout, Estimate, InterpolatedLikelihood, Interpolation, Likelihood, Neyman, ParameterBox, ScoreDensity,
    SummaryDensity, SummarySettings, SummaryStatistic,
};
use motherlode::likelihood::{LogRatio, Truth};
use motherlode::trace::Instrumented;
use motherlode_simulators::{Galton, LinearGaussian};
use ndarray::{Array2, ArrayView2, array};

use crate::mined::mined;

/// Hypotheses that fill a box: its corners, the middle, and some between.
fn points(space: &ParameterBox) -> Vec<Vec<f64>> {
    let along = if space.dimensions() == 1 { 33 } else { 5 };
    let grid = space.grid(&vec![along; space.dimensions()]).unwrap();
    grid.rows().into_iter().map(|row| row.to_vec()).collect()
}

fn names(simulator: &dyn Instrumented) -> Vec<String> {
    simulator
        .observables()
        .into_iter()
        .map(|observable| observable.name)
        .collect()
}

/// The density of all observables of a simulator over a box.
fn of_observables<'a>(
    simulator: &'a dyn Instrumented,
    space: &ParameterBox,
    settings: &SummarySettings,
) -> motherlode::Result<SummaryDensity<'a>> {
    let summary = SummaryStatistic::from_observables(&simulator.observables(), &names(simulator))?;
    SummaryDensity::new(simulator, summary, space, settings, &())
}

/// The exact ln of the probability of each cell: of those of `x` that lie in it, `weight` each.
fn exact_cells(
    density: &SummaryDensity<'_>,
    truth: &dyn Truth,
    x: ArrayView2<f64>,
    theta: &[f64],
    weight: f64,
) -> Vec<f64> {
    let mut sums = vec![0.0; density.cells()];
    let p = truth.log_likelihood(x, theta).unwrap().mapv(f64::exp);
    for (cell, p) in density.cells_of(x).unwrap().into_iter().zip(p) {
        sums[cell as usize] += p * weight;
    }
    sums.into_iter().map(f64::ln).collect()
}

/// Mean square of (log r̂ − log r)/error over the cells that have `x`, and their number.
fn pull(
    density: &SummaryDensity<'_>,
    truth: &dyn Truth,
    x: ArrayView2<f64>,
    pair: [&[f64]; 2],
    weight: f64,
) -> (f64, f64) {
    let [above, below] = pair.map(|theta| exact_cells(density, truth, x, theta, weight));
    let cells = density.cells_of(x).unwrap();
    let (mut sum, mut n) = (0.0, 0.0);
    for cell in 0..density.cells() {
        let Some(member) = cells.iter().position(|&c| c as usize == cell) else {
            continue;
        };
        let row = x.slice_axis(ndarray::Axis(0), (member..member + 1).into());
        let found = density.log_ratio(row, pair[0], pair[1]).unwrap()[0];
        let error = density.standard_error(row, pair[0], pair[1]).unwrap();
        assert!(error < 0.2, "{error}: too few events to tell");
        sum += ((found - above[cell] + below[cell]) / error).powi(2);
        n += 1.0;
    }
    (sum / n, n)
}

/// Galton's board: the observation is the bin, and nothing is lost. Mean squares of pulls are 1 within four standard errors of a
/// χ², for the reported errors are those of the counts.
#[test]
fn histograms_of_discrete_observations_are_exact_within_their_errors() {
    let (galton, space) = (Galton::default(), ParameterBox::new([(-1.0, -0.4)]).unwrap());
    let truth = Instrumented::truth(&galton).unwrap();
    let x = truth.support().unwrap();
    for (layout, seed) in [(BinLayout::EqualProbability, 1), (BinLayout::EqualWidth, 2)] {
        let settings = SummarySettings {
            layout,
            events: 60_000,
            seed,
            ..SummarySettings::default()
        };
        let density = of_observables(&galton, &space, &settings).unwrap();
        for pair in [[&[-0.8][..], &[-0.6]], [&[-0.95], &[-0.42]]] {
            let (square, n) = pull(&density, truth.as_ref(), x.view(), pair, 1.0);
            assert!(
                (square - 1.0).abs() < 4.0 * (2.0 / n).sqrt(),
                "{layout:?} {pair:?}: {square} for {n} cells"
            );
        }
    }
}

/// Half the events, taken for all: errors would be too small by √2, and pulls of many pools tell.
#[test]
fn reported_errors_are_the_spread_of_pools() {
    let (simulator, space) = (
        LinearGaussian::new(1).unwrap(),
        ParameterBox::new([(-1.0, 1.0)]).unwrap(),
    );
    let truth = Instrumented::truth(&simulator).unwrap();
    let x = Array2::from_shape_fn((12_001, 1), |(i, _)| -6.0 + 1e-3 * i as f64);
    let squares: Vec<f64> = (0..16)
        .map(|seed| {
            let settings = SummarySettings {
                events: 16_000,
                seed,
                bins: Some(vec![10]),
                ..SummarySettings::default()
            };
            let density = of_observables(&simulator, &space, &settings).unwrap();
            pull(&density, truth.as_ref(), x.view(), [&[0.7], &[-0.4]], 1e-3).0
        })
        .collect();
    let mean = squares.iter().sum::<f64>() / 16.0;
    assert!((mean - 1.0).abs() < 4.0 * (2.0f64 / 160.0).sqrt(), "{mean}"); // 2 would be nine such errors off
}

/// A kernel smears x by its width h, and so makes the slope of log r smaller by 1/(1 + h²): little for h ≈ 0.1.
#[test]
fn kernels_give_the_ratio_up_to_their_width() {
    let (simulator, space) = (
        LinearGaussian::new(1).unwrap(),
        ParameterBox::new([(-1.0, 1.0)]).unwrap(),
    );
    let truth = Instrumented::truth(&simulator).unwrap();
    let settings = SummarySettings {
        layout: BinLayout::Kernel,
        events: 60_000,
        ..SummarySettings::default()
    };
    let density = of_observables(&simulator, &space, &settings).unwrap();
    let x = Array2::from_shape_fn((41, 1), |(i, _)| -2.0 + 0.1 * i as f64);
    let exact = truth.log_ratio(x.view(), &[0.5], &[-0.5]).unwrap();
    let found = density.log_ratio(x.view(), &[0.5], &[-0.5]).unwrap();
    let error = (&found - &exact).mapv(|d| d * d).mean().unwrap().sqrt();
    assert!(error < 0.05, "{error} of a root mean square of 1.2");
    let reported = density
        .standard_error(x.slice_axis(ndarray::Axis(0), (20..21).into()), &[0.5], &[-0.5])
        .unwrap();
    assert!((0.002..0.05).contains(&reported), "{reported}");
}

fn estimate(estimator: &dyn LogRatio, x: ArrayView2<f64>, space: &ParameterBox) -> Estimate {
    let likelihood = Likelihood::new(estimator, x, &vec![0.0; space.dimensions()]);
    let nodes = Interpolation::for_estimator(
        space,
        estimator,
        x,
        &vec![0.0; space.dimensions()],
        (x.nrows() as f64, 0.02),
        &(),
    );
    let surface = InterpolatedLikelihood::new(&likelihood, nodes.unwrap()).unwrap();
    Estimate::new(&|theta| surface.at(theta), space, 101).unwrap()
}

/// x ~ N(θ, 1), 100 events: θ̂ = x̄ ± 0.1. In 25 bins 1.3 % of the information is lost, so that θ̂ moves by √0.013 of its error. ln L
/// interpolates as that of a network does.
#[test]
fn intervals_from_a_sufficient_summary_are_those_of_the_exact_answer() {
    let (simulator, space) = (
        LinearGaussian::new(1).unwrap(),
        ParameterBox::new([(-1.0, 1.0)]).unwrap(),
    );
    let truth = Instrumented::truth(&simulator).unwrap();
    let summary = SummaryStatistic::from_score(truth.as_ref(), &[0.0]);
    let density = SummaryDensity::new(&simulator, summary, &space, &SummarySettings::default(), &()).unwrap();
    assert_eq!(Warning::sparse_density(density.sparsest()), None);
    let x = mined(&simulator, &[0.25], 100, 77).x;
    let found = estimate(&density, x.view(), &space);
    let shift = (found.best.theta[0] - x.mean().unwrap()) / 0.1;
    assert!(shift.abs() < 4.0 * 0.015f64.sqrt(), "{shift}");
    let width = found.covariance.as_ref().unwrap()[(0, 0)].sqrt() / 0.1;
    assert!((width - 1.0).abs() < 0.15, "{width}"); // the curvature of 100 events scatters by 0.1
    let (low, high) = found.intervals(0, 0.6827).unwrap()[0];
    assert!(((high - low) / 0.2 - 1.0).abs() < 0.15, "{low} to {high}");
    // The pool's own error is small against that of the data: 100 events of 100 000.
    let error = density.standard_error(x.view(), &[0.35], &[0.25]).unwrap();
    assert!(error < 0.1, "{error}");
}

/// The share of 400 data sets of 20 events, x ~ N(θ*, 1), whose interval by Wilks' theorem at 68.27 % holds θ*.
fn coverage(density: &SummaryDensity<'_>, space: &ParameterBox) -> f64 {
    let data = |toy: u64| mined(&LinearGaussian::new(1).unwrap(), &[0.2], 20, 1_000 + toy).x;
    let interpolation = Interpolation::new(space.clone(), &[11]).unwrap();
    let grid = space.grid(&[201]).unwrap();
    let truth = (0..201).find(|&g| (grid[[g, 0]] - 0.2).abs() < 1e-9).unwrap();
    let neyman = Neyman::new(&interpolation, space, &[201]).unwrap();
    let q = |toy: u64| {
        neyman.statistics_of_table(interpolation.table(density, data(toy).view(), &[0.0]).unwrap().view())[truth]
    };
    let covered = (0..400).filter(|&toy| q(toy) <= 1.0);
    covered.count() as f64 / 400.0
}

/// Intervals cover as often as they say. From a pool of events that scatter with twice the variance, ln L is half as steep: q is
/// half as large, and P(χ² < 2) = 0.843 of all intervals cover.
#[test]
fn intervals_cover_and_those_of_a_wrong_pool_cover_as_they_must() {
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    for (latent, noise, expected) in [(0.5, 0.5, 0.6827), (0.5, 1.5, 0.8427)] {
        let simulator = LinearGaussian::new(1).unwrap().with_variances(latent, noise).unwrap();
        let density = of_observables(&simulator, &space, &SummarySettings::default()).unwrap();
        let found = coverage(&density, &space);
        assert!(
            (found - expected).abs() < 3.0 * (expected * (1.0 - expected) / 400.0f64).sqrt(),
            "{found} is not {expected}"
        );
    }
}

/// In cells along the line between the hypotheses, filled from a pool over the box, 25 bins lose some percent of the variance of
/// log r (1.26 % if they are of equal probability at the hypothesis that is looked at), and ratios are antisymmetric.
#[test]
fn scores_are_projected_on_the_line_between_hypotheses() {
    let simulator = LinearGaussian::new(2).unwrap();
    let space = ParameterBox::new([(-0.7, 0.7), (-0.7, 0.7)]).unwrap();
    let truth = Instrumented::truth(&simulator).unwrap();
    let pool = ReweightingPool::mine(&simulator, &points(&space), 60_000, 4, &()).unwrap();
    let density = ScoreDensity::from_pool(truth.as_ref(), &[0.0, 0.0], pool, &[25]).unwrap();
    let x = mined(&simulator, &[0.0, 0.0], 3_000, 9).x;
    for (theta0, theta1) in [([0.4, -0.2], [-0.3, 0.1]), ([0.0, 0.6], [0.0, 0.0])] {
        let exact = truth.log_ratio(x.view(), &theta0, &theta1).unwrap();
        let found = density.log_ratio(x.view(), &theta0, &theta1).unwrap();
        let error = (&found - &exact).mapv(|d| d * d).sum() / exact.mapv(|d| d * d).sum();
        assert!(error < 0.03, "{error}");
        let swapped = density.log_ratio(x.view(), &theta1, &theta0).unwrap();
        assert!((&found + &swapped).mapv(|d| d * d).mean().unwrap().sqrt() < 0.05);
    }
    assert_eq!(
        density.log_ratio(x.view(), &[0.1, 0.1], &[0.1, 0.1]).unwrap().sum(),
        0.0
    );
}

/// What no simulated event has reached says nothing of θ, and is finite; hypotheses far apart need more events than there are.
#[test]
fn what_was_not_simulated_is_said() {
    let simulator = LinearGaussian::new(2).unwrap();
    let space = ParameterBox::new([(-0.7, 0.7), (-0.7, 0.7)]).unwrap();
    let grid = |events, bins: usize| SummarySettings {
        layout: BinLayout::EqualWidth,
        events,
        bins: Some(vec![bins, bins]),
        ..SummarySettings::default()
    };
    let density = of_observables(&simulator, &space, &grid(3_000, 20)).unwrap();
    let warning = Warning::sparse_density(density.sparsest()).unwrap().to_string();
    assert!(warning.contains("effective events for 400 cells"), "{warning}");
    let corner = array![[9.0, -9.0]];
    assert!(density.log_ratio(corner.view(), &[0.5, 0.5], &[-0.5, -0.5]).unwrap()[0].abs() < 0.5);
    let error = of_observables(&simulator, &space, &grid(3_000, 50))
        .unwrap_err()
        .to_string();
    assert!(error.contains("is worth"), "{error}");
    let wide = ParameterBox::new([(-90.0, 90.0)]).unwrap();
    let one = LinearGaussian::new(1).unwrap();
    let error = of_observables(&one, &wide, &SummarySettings::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is worth") && error.contains("a smaller box"), "{error}");
    for bins in [vec![], vec![0], vec![5, 5], vec![1_000_000]] {
        let settings = SummarySettings {
            bins: Some(bins),
            ..grid(3_000, 1)
        };
        assert!(of_observables(&one, &ParameterBox::new([(-1.0, 1.0)]).unwrap(), &settings).is_err());
    }
    let unknown = SummaryStatistic::from_observables(&Instrumented::observables(&one), &["y".into()]);
    assert!(unknown.unwrap_err().to_string().contains("of x"));
}

/// A pool of one point, and one over a box: the same events by the same seed, whatever the number of threads.
#[test]
fn pools_are_the_same_every_time_and_count_their_events() {
    let simulator = LinearGaussian::new(1).unwrap();
    let data = mined(&simulator, &[0.0], 4_000, 1);
    let pool = ReweightingPool::from_events(&simulator, &data).unwrap();
    assert_eq!(pool.effective_sample_size(&[0.0]).unwrap().round(), 4_000.0);
    // E[w²] = exp(θ²/s₁) for normals of variance s₁ a distance θ apart.
    let left = pool.effective_sample_size(&[0.3]).unwrap() / 4_000.0;
    assert!((left - (-0.18f64).exp()).abs() < 0.05, "{left}");
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    let over = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            ReweightingPool::mine(&simulator, &points(&space), 4_000, 3, &())
                .unwrap()
                .weights(&[0.4])
                .unwrap()
        })
    };
    assert_eq!(over(1), over(2));
    let mixed = mined_over_a_prior(&simulator);
    assert!(
        ReweightingPool::from_events(&simulator, &mixed)
            .unwrap_err()
            .to_string()
            .contains("--reference")
    );
}

fn mined_over_a_prior(simulator: &dyn Instrumented) -> motherlode::dataset::AugmentedData {
    let prior = motherlode::prior::Prior::uniform([(-1.0, 1.0)]).unwrap();
    let design = motherlode::gold::Design::Prior {
        prior,
        theta1: vec![0.0],
    };
    motherlode::gold::Miner::new(simulator, design, 1)
        .unwrap()
        .events(0..10)
        .unwrap()
}
