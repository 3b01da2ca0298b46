//! Approximate Bayesian computation against posteriors whose tolerance is known: θ ~ N(0, 1), x ~ N(θ, 1), x observed
//! at 0.7.

use motherlode::diagnostics::predictive;
use motherlode::gold::observations;
use motherlode::inference::abc::{
    Comparison, DataSet, Keep, Particles, PopulationSettings, data_sets, means, population, reject,
};
use motherlode::prior::Prior;
use motherlode::trace::density::Normal;
use motherlode::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Stream, Trace, stream};
use motherlode::{Real, Result};
use ndarray::{Array1, Array2, Axis, array};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Tolerance; P(|x − 0.7| < ε), mean and variance of θ given it (quadrature).
const TABLE: [(f64, f64, f64, f64); 4] = [
    (0.1, 0.049_883, 0.349_417, 0.500_833),
    (0.5, 0.245_697, 0.335_687, 0.520_367),
    (1.0, 0.469_332, 0.295_848, 0.576_262),
    (2.0, 0.792_896, 0.175_678, 0.739_944),
];

fn normal_draw(rng: &mut Stream) -> f64 {
    rng.sample(StandardNormal)
}

fn one_number(theta: &[f64], rng: &mut Stream) -> Result<Array1<f64>> {
    Ok(array![theta[0] + normal_draw(rng)])
}

fn standard() -> (Prior, Vec<Parameter>) {
    let prior = Prior::Gaussian {
        mean: vec![0.0],
        sd: vec![1.0],
    };
    (prior, vec![Parameter::new("theta", -100.0, 100.0)])
}

fn with<T>(data_set: DataSet<'_>, observed: Array1<f64>, then: impl FnOnce(&Comparison<'_>) -> T) -> T {
    let (prior, parameters) = standard();
    then(&Comparison::new(&prior, &parameters, data_set, observed).unwrap())
}

/// Mean and variance within four standard errors; the fourth moment of a normal is the largest of those here.
fn agrees(particles: &Particles, mean: f64, variance: f64) {
    let (marginal, n) = (particles.marginal(0), particles.effective_size());
    let off = (marginal.mean() - mean).abs() / (variance / n).sqrt();
    assert!(
        off < 4.0,
        "mean {} is not {mean}: {off} standard errors",
        marginal.mean()
    );
    let found = marginal.standard_deviation().powi(2);
    let off = (found / variance - 1.0).abs() / (2.0 / n).sqrt();
    assert!(off < 4.0, "variance {found} is not {variance}: {off} standard errors");
}

#[test]
fn rejection_has_the_posterior_of_its_tolerance() {
    let n = 40_000;
    with(&one_number, array![0.7], |comparison| {
        for (tolerance, share, mean, variance) in TABLE {
            let found = reject(comparison, n, Keep::Within(tolerance), 1, &()).unwrap();
            let accepted = found.weights.len() as f64 / n as f64;
            assert!(
                (accepted - share).abs() < 4.0 * (share * (1.0 - share) / n as f64).sqrt(),
                "{accepted}"
            );
            assert!((found.effective_size() - found.weights.len() as f64).abs() < 1e-6);
            agrees(&found, mean, variance);
            assert!(found.distances.iter().all(|&distance| distance <= tolerance));
        }
        // The best 5 % are those within 0.1, nearly.
        let best = reject(comparison, n, Keep::Best(0.05), 1, &()).unwrap();
        assert_eq!(best.weights.len(), 2_000);
        assert!((best.tolerance - 0.1).abs() < 0.01, "{}", best.tolerance);
        assert_eq!(best, reject(comparison, n, Keep::Best(0.05), 1, &()).unwrap());
    });
}

#[test] // a flat prior widens the posterior by the variance of a uniform tolerance, ε²/3
fn a_tolerance_widens_a_flat_posterior_by_a_third_of_its_square() {
    let prior = Prior::uniform([(-10.0, 10.0)]).unwrap();
    let parameters = [Parameter::new("theta", -100.0, 100.0)];
    let comparison = Comparison::new(&prior, &parameters, &one_number, array![0.7]).unwrap();
    let found = reject(&comparison, 40_000, Keep::Within(1.5), 2, &()).unwrap();
    agrees(&found, 0.7, 1.0 + 0.75);
    // No θ leaves the box where the posterior meets its edge.
    let prior = Prior::uniform([(0.5, 10.0)]).unwrap();
    let comparison = Comparison::new(&prior, &parameters, &one_number, array![0.7]).unwrap();
    let found = reject(&comparison, 10_000, Keep::Best(0.1), 2, &()).unwrap();
    assert!(
        comparison
            .adjusted(&found)
            .unwrap()
            .theta
            .iter()
            .all(|&theta| (0.5..=10.0).contains(&theta))
    );
}

#[test] // θ is linear in x and scatters alike everywhere: the adjustment is exact at any tolerance, N(0.35, 0.5)
fn adjustment_undoes_the_tolerance() {
    with(&one_number, array![0.7], |comparison| {
        for tolerance in [0.5, 2.0, 20.0] {
            let found = reject(comparison, 20_000, Keep::Within(tolerance), 3, &()).unwrap();
            agrees(&comparison.adjusted(&found).unwrap(), 0.35, 0.5);
        }
        let few = reject(comparison, 100, Keep::Best(0.02), 3, &()).unwrap();
        assert!(comparison.adjusted(&few).unwrap_err().to_string().contains("too few"));
    });
    // Statistics that say the same twice have no slope of their own, and do no harm.
    let twice = |theta: &[f64], rng: &mut Stream| Ok(Array1::from_elem(2, theta[0] + normal_draw(rng)));
    with(&twice, array![0.7, 0.7], |comparison| {
        let found = reject(comparison, 20_000, Keep::Within(1.0), 4, &()).unwrap();
        agrees(&comparison.adjusted(&found).unwrap(), 0.35, 0.5);
    });
}

#[test]
fn populations_have_the_posterior_of_their_last_tolerance() {
    with(&one_number, array![0.7], |comparison| {
        let run = |particles: usize, tolerance: f64| {
            let plan = PopulationSettings {
                particles,
                simulations: 100 * particles,
                tolerance,
                seed: 5,
            };
            population(comparison, plan, &()).unwrap()
        };
        let first = run(1_000, f64::INFINITY);
        assert!(first.weights.iter().all(|&weight| weight == first.weights[0]));
        assert_eq!((first.simulations, first.rounds.len()), (1_000, 1));
        agrees(&first, 0.0, 1.0);
        for particles in [1_000, 2_000] {
            for (tolerance, _, mean, variance) in &TABLE[..3] {
                let found = run(particles, *tolerance);
                assert_eq!(found.tolerance, *tolerance);
                assert!(found.rounds.windows(2).all(|rounds| rounds[1].0 < rounds[0].0));
                assert!((found.weights.sum() - 1.0).abs() < 1e-12);
                agrees(&found, *mean, *variance);
            }
        }
        assert_eq!(run(1_000, 0.5), run(1_000, 0.5));
    });
}

#[test] // what the prior rejects is never simulated, and the weights know it: uniform on (0, 1), cut data
fn populations_stay_in_the_prior() {
    let prior = Prior::uniform([(0.0, 1.0)]).unwrap();
    let parameters = [Parameter::new("theta", -1.0, 2.0)];
    let strict = |theta: &[f64], rng: &mut Stream| {
        assert!((0.0..=1.0).contains(&theta[0]));
        one_number(theta, rng)
    };
    let comparison = Comparison::new(&prior, &parameters, &strict, array![0.9]).unwrap();
    let plan = PopulationSettings {
        particles: 2_000,
        simulations: 100_000,
        tolerance: 0.05,
        seed: 6,
    };
    let found = population(&comparison, plan, &()).unwrap();
    // Mean and variance of N(0.9, 1) between 0 and 1, by the trapezium rule.
    let points = || (0..=10_000).map(|i| i as f64 * 1e-4);
    let moment = |k: i32| {
        points()
            .map(|t| t.powi(k) * (-0.5 * (t - 0.9f64).powi(2)).exp())
            .sum::<f64>()
    };
    let mean = moment(1) / moment(0);
    agrees(&found, mean, moment(2) / moment(0) - mean * mean);
}

#[test]
fn budgets_are_kept_and_hopeless_searches_end() {
    with(&one_number, array![0.7], |comparison| {
        let plan = PopulationSettings {
            particles: 200,
            simulations: 1_500,
            tolerance: 0.0,
            seed: 7,
        };
        let found = population(comparison, plan, &()).unwrap();
        assert!(
            found.simulations <= 1_500 && found.rounds.len() >= 2,
            "{:?}",
            found.rounds
        );
        let all = PopulationSettings {
            simulations: 1_000_000,
            ..plan
        };
        let found = population(comparison, all, &()).unwrap();
        assert!(
            found.simulations < 1_000_000 && found.rounds.iter().all(|(_, share)| *share >= 0.009),
            "{:?}",
            found.rounds
        );
        for wrong in [
            PopulationSettings { particles: 1, ..plan },
            PopulationSettings {
                simulations: 100,
                ..plan
            },
        ] {
            assert!(population(comparison, wrong, &()).is_err());
        }
        assert!(reject(comparison, 100, Keep::Best(1.5), 1, &()).is_err());
        assert!(reject(comparison, 100, Keep::Within(1e-9), 1, &()).is_err());
    });
    // A number of two values, and the third observed: no closer than that, and no search without end.
    let coarse = |theta: &[f64], rng: &mut Stream| Ok(array![f64::from(u8::from(theta[0] + normal_draw(rng) > 0.0))]);
    with(&coarse, array![2.0], |comparison| {
        let plan = PopulationSettings {
            particles: 200,
            simulations: 100_000,
            tolerance: 0.0,
            seed: 8,
        };
        assert_eq!(population(comparison, plan, &()).unwrap().tolerance, 1.0);
    });
}

/// x₀ ~ N(θ, 1) among nine numbers that do not know θ.
fn ten_numbers(theta: &[f64], rng: &mut Stream) -> Array1<f64> {
    (0..10)
        .map(|k| if k == 0 { theta[0] } else { 0.0 } + normal_draw(rng))
        .collect()
}

/// The score x₀ − θ_ref is all that x says of θ: as the only statistic it gets to the posterior N(1, ½) of x₀ = 2,
/// where ten numbers stay near the prior.
#[test]
fn the_score_beats_all_observables_at_the_same_budget() {
    let all = |theta: &[f64], rng: &mut Stream| Ok(ten_numbers(theta, rng));
    let score = |theta: &[f64], rng: &mut Stream| Ok(array![ten_numbers(theta, rng)[0] - 0.2]);
    let mut observed = Array1::zeros(10);
    observed[0] = 2.0;
    let best = |comparison: &Comparison<'_>| reject(comparison, 40_000, Keep::Best(0.02), 9, &()).unwrap();
    let raw = with(&all, observed, best);
    agrees(&with(&score, array![1.8], best), 1.0, 0.5);
    let off = (raw.marginal(0).mean() - 1.0) / (0.5 / raw.effective_size()).sqrt();
    assert!(off < -5.0, "{off}");
}

/// x ~ N(θ, 1), y a thousand times as far from 0, and noise.
struct Toy;

impl Simulator for Toy {
    fn name(&self) -> &str {
        "toy"
    }

    fn parameters(&self) -> Vec<Parameter> {
        standard().1
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x"), Observable::new("y")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.5], [-0.5], [(-1.0, 1.0)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let x = trace.draw(Normal::new(theta[0], R::from(1.0))?);
        Ok(vec![x, trace.noise(Normal::new(0.0, 1_000.0)?)])
    }
}

/// Four events of mean x̄ under the prior N(0, 1): N(4 x̄/5, 1/5). Units of how each observable scatters keep the noise
/// from drowning the rest.
#[test]
fn simulators_are_compared_by_means_in_their_own_units() {
    let (prior, parameters) = standard();
    let x = observations(&Toy, &[0.4], 4, 3).unwrap();
    let data_set = data_sets(&Toy, 4, &means, &());
    let observed = means(x.view()).unwrap();
    let comparison = Comparison::new(&prior, &parameters, &data_set, observed.clone())
        .unwrap()
        .scaled(500, 1, &())
        .unwrap();
    // The mean of four scatters by √(1 + 1/4) and by 500 over the prior.
    assert!((comparison.scale()[0] / 1.118 - 1.0).abs() < 0.15 && (comparison.scale()[1] / 500.0 - 1.0).abs() < 0.15);
    let found = reject(&comparison, 20_000, Keep::Best(0.02), 2, &()).unwrap();
    agrees(&comparison.adjusted(&found).unwrap(), 0.8 * observed[0], 0.2);
    assert!(Comparison::new(&prior, &parameters, &data_set, array![f64::NAN]).is_err());
    let other = Comparison::new(&prior, &parameters, &data_set, array![0.0]).unwrap();
    assert!(
        reject(&other, 10, Keep::Best(0.5), 1, &())
            .unwrap_err()
            .to_string()
            .contains("2 statistics")
    );
}

/// The posterior N(0.35, ½) of x = 0.7 predicts N(0.35, 3/2); data that it hardly ever makes have a small p-value.
#[test]
fn predictions_are_those_of_the_posterior_and_reject_what_it_does_not_make() {
    let n = 20_000;
    let theta = Array2::from_shape_fn((n, 1), |(i, _)| {
        0.35 + 0.5f64.sqrt() * normal_draw(&mut stream(11, i as u64, 0))
    });
    for (observed, p_value) in [(0.7, 0.775_05), (2.0, 0.177_91), (5.0, 0.000_147)] {
        let found = predictive(&one_number, theta.view(), array![observed].view(), 12, &()).unwrap()[0];
        assert!((found.mean - 0.35).abs() < 4.0 * (1.5 / n as f64).sqrt(), "{found:?}");
        assert!(
            (found.standard_deviation.powi(2) / 1.5 - 1.0).abs() < 4.0 * (2.0 / n as f64).sqrt(),
            "{found:?}"
        );
        // Twice a share, of about half the p-value; one count is added.
        let error = 2.0 * (0.5f64 * p_value * (1.0 - 0.5 * p_value) / n as f64).sqrt();
        assert!(
            (found.p_value - p_value).abs() < 4.0 * error + 2.0 / n as f64,
            "{found:?} is not {p_value}"
        );
    }
    assert!(
        predictive(
            &one_number,
            theta.slice_axis(Axis(0), (..19).into()),
            array![0.7].view(),
            1,
            &()
        )
        .is_err()
    );
}
