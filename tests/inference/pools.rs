//! One pool of events stands for those of any hypothesis.

use motherlode::gold::ReweightingPool;
use motherlode::inference::{
    Interpolation, Neyman, NeymanBelt, ParameterBox, Resampling, TestedHypothesis, ToyPlan, Toys,
};
use motherlode::likelihood::LogRatio;
use motherlode::trace::Instrumented;
use motherlode_simulators::{Bumpers, Galton, LinearGaussian};
use ndarray::{Array1, Array2, Axis, array};

use crate::tolerance::z_score;

/// z ~ N(θ, ½) drawn at two points: w(θ) = p(z|θ)/q(z) weighs x to the mean θ, and (Σw)²/Σw² is n/E_q[w²], by quadrature.
#[test]
fn weights_are_those_of_the_mixture() {
    let simulator = LinearGaussian::new(1).unwrap();
    let (theta, n) = (0.6, 40_000);
    let pool = ReweightingPool::mine(&simulator, &[vec![-0.5], vec![1.0]], n, 5, &()).unwrap();
    let weights = Array1::from(pool.weights(&[theta]).unwrap());
    let terms = &weights * &(&pool.x().column(0) - theta);
    assert!(z_score(&terms.to_vec()).abs() < 4.0);
    let density = |z: f64, at: f64| (-(z - at).powi(2)).exp() / std::f64::consts::PI.sqrt();
    let step = 1e-3;
    let square: f64 = (-6_000..6_000)
        .map(|i| f64::from(i) * step)
        .map(|z| density(z, theta).powi(2) / (0.5 * (density(z, -0.5) + density(z, 1.0))) * step)
        .sum();
    let effective = pool.effective_sample_size(&[theta]).unwrap();
    assert!(
        (effective * square / n as f64 - 1.0).abs() < 0.02,
        "{effective} {square}"
    );
}

#[test]
fn pools_need_gold_and_points() {
    let without = Bumpers::default().with_restitution();
    let error = ReweightingPool::mine(&without, &[vec![0.5, 0.5]], 10, 0, &()).unwrap_err();
    assert!(error.to_string().contains("has no gold"), "{error}");
    let simulator = LinearGaussian::new(1).unwrap();
    let error = ReweightingPool::mine(&simulator, &[], 10, 0, &()).unwrap_err();
    assert!(error.to_string().contains("from 0 hypotheses"), "{error}");
}

/// Sums over n rows have n times the mean and n times the covariance of one row.
#[test]
fn toys_are_drawn_in_proportion_to_the_weights() {
    let resampling = Resampling::new(array![[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]].view());
    let toys = 20_000;
    let sums = resampling.sums(vec![1.0, 2.0, 1.0], 8, toys, 3, &()).unwrap();
    let mean = sums.mean_axis(Axis(0)).unwrap();
    // Of one row: means 1 and 1.5, variances ½ and 4.25, covariance 1.
    let error = |variance: f64| 4.0 * (8.0 * variance / toys as f64).sqrt();
    assert!(
        (mean[0] - 8.0).abs() < error(0.5) && (mean[1] - 12.0).abs() < error(4.25),
        "{mean}"
    );
    let covariance = ((&sums.column(0) - 8.0) * (&sums.column(1) - 12.0)).mean().unwrap();
    assert!((covariance - 8.0).abs() < 0.5, "{covariance}");
    assert_eq!(sums, resampling.sums(vec![1.0, 2.0, 1.0], 8, toys, 3, &()).unwrap());
    assert!(resampling.sums(vec![1.0, -2.0, 1.0], 8, 1, 3, &()).is_err());
    assert!(resampling.sums(vec![1.0], 8, 1, 3, &()).is_err());
}

/// Critical values of every hypothesis on a grid, for data sets of `events` events.
fn tested(
    simulator: &dyn Instrumented,
    truth: &dyn LogRatio,
    interpolation: &Interpolation,
    shape: &[usize],
    plan: ToyPlan,
    observed: &Array2<f64>,
) -> (NeymanBelt, Vec<TestedHypothesis>) {
    let reference = simulator.hypotheses().unwrap().theta1;
    let neyman = Neyman::new(interpolation, interpolation.space(), shape).unwrap();
    let at_nodes = interpolation
        .table(truth, observed.view(), &reference)
        .unwrap()
        .sum_axis(Axis(0));
    let belt = NeymanBelt::new(neyman, at_nodes.view(), &[0.6827, 0.95]);
    let toys = Toys::new(simulator, (truth, &reference), interpolation, plan, &()).unwrap();
    let tested = (0..belt.grid().nrows())
        .map(|g| {
            let sums = toys.sums(g, &belt.grid().row(g).to_vec()).unwrap();
            belt.test(g, sums.view(), &()).unwrap()
        })
        .collect();
    (belt, tested)
}

/// n events of N(θ, I) with mean x̄: the intervals of each parameter are x̄ ± z/√n, and p-values of both together are those of χ² with
/// two degrees of freedom, n |x̄ − θ|².
#[test]
fn regions_of_the_linear_gaussian_are_those_of_the_closed_form() {
    let simulator = LinearGaussian::new(2).unwrap();
    let truth = simulator.truth().unwrap();
    let space = ParameterBox::new([(-1.0, 1.0), (-1.0, 1.0)]).unwrap();
    let interpolation = Interpolation::new(space, &[3, 3]).unwrap();
    let (n, toys) = (16, 1_000);
    let plan = ToyPlan {
        events: n,
        toys,
        seed: 1,
    };
    let observed = Array2::from_shape_fn((n, 2), |(_, k)| [0.1, -0.2][k]);
    let (belt, tested) = tested(&simulator, &truth, &interpolation, &[33, 33], plan, &observed);
    let regions = belt.regions(tested);
    for (level, z) in [(0, 1.0), (1, 1.959_964)] {
        for (k, mean) in [(0, 0.1), (1, -0.2)] {
            let (low, high) = regions.intervals[level][k][0];
            // Critical values of 1000 toys are off by 5 %; hypotheses are a quarter of a standard error apart.
            assert!((low - (mean - z / 4.0)).abs() < 0.035, "{low} at {level} of {k}");
            assert!((high - (mean + z / 4.0)).abs() < 0.035, "{high} at {level} of {k}");
        }
    }
    for (theta, p) in belt.grid().rows().into_iter().zip(&regions.joint.p_values) {
        let q = n as f64 * ((theta[0] - 0.1).powi(2) + (theta[1] + 0.2).powi(2));
        let expected = (-0.5 * q).exp();
        let error = (expected * (1.0 - expected) / toys as f64).sqrt();
        // The best hypothesis of the grid is not the best of all, in data and toys: q is off by 0.03.
        assert!(
            (p - expected).abs() < 4.0 * error + 0.03,
            "{p} instead of {expected} at {theta}"
        );
    }
}

/// 500 data sets of 20 balls, counted wherever the truth lies on the grid: intervals contain it as often as they say. A count of bins
/// is discrete, so regions by toys may cover more, but not less.
#[test]
fn toys_cover_on_the_board() {
    let simulator = Galton::default();
    let truth = simulator.truth().unwrap();
    let reference = simulator.hypotheses().unwrap().theta1;
    let space = simulator.hypotheses().unwrap().prior;
    let interpolation = Interpolation::new(space, &[17]).unwrap();
    let n = 20;
    let plan = ToyPlan {
        events: n,
        toys: 2_000,
        seed: 7,
    };
    let draw = |theta: &[f64], seed: u64| motherlode::gold::observations(&simulator, theta, n, seed).unwrap();
    let observed = draw(&reference, 1);
    let (belt, tested) = tested(&simulator, &truth, &interpolation, &[61], plan, &observed);
    let neyman = Neyman::new(&interpolation, interpolation.space(), &[61]).unwrap();
    for g in [15, 33, 48] {
        let theta = belt.grid().row(g).to_vec();
        let covered = |level: usize| {
            let data_sets = (0..500).filter(|&seed| {
                let x = draw(&theta, 1_000 * g as u64 + seed);
                let table = interpolation.table(&truth, x.view(), &reference).unwrap();
                neyman.statistics_of_table(table.view())[g] <= tested[g].critical[level]
            });
            data_sets.count() as f64 / 500.0
        };
        for (index, level) in [(0, 0.6827f64), (1, 0.95)] {
            let error = (level * (1.0 - level) / 500.0).sqrt();
            let found = covered(index);
            assert!((found - level).abs() < 2.0 * error, "{found} of {level} at {theta:?}");
        }
    }
}
