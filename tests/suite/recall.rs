//! Labels at any hypothesis: the weights keep every mean, and the labels are those of the miner.

use motherlode::Result;
use motherlode::dataset::AugmentedData;
use motherlode::gold::{Design, PathSearch, Relabeler};
use motherlode::prior::Prior;
use motherlode::trace::{Instrumented, Parameter, stream};
use motherlode_simulators::{Coins, Galton, Projectile, RandomWalk};

use crate::mined;
use crate::tolerance::{ALGEBRA, close, z_score};

fn boxed(edges: &[(f64, f64)]) -> Prior {
    Prior::uniform(edges).unwrap()
}

fn against(edges: &[(f64, f64)], theta1: &[f64]) -> Design {
    Design::Prior {
        prior: boxed(edges),
        theta1: theta1.to_vec(),
    }
}

fn mined(simulator: &dyn Instrumented, design: Design, n: u64) -> AugmentedData {
    mined::mined(simulator, design, 5, n)
}

#[test]
fn at_its_own_hypothesis_an_event_has_the_labels_of_the_miner() -> Result<()> {
    let galton = Galton::default();
    for design in [
        against(&[(-1.0, -0.4)], &[-0.6]),
        Design::Mixture {
            prior: boxed(&[(-1.0, -0.4)]),
            n_points: 20,
        },
    ] {
        let data = mined(&galton, design, 50);
        let relabeler = Relabeler::new(&galton, &data.header)?;
        for (event, paths) in relabeler.paths(&data, 1, 0, &())?.iter().enumerate() {
            let (mut score, theta0) = ([0.0], data.theta0.row(event).to_vec());
            let label = relabeler.label_and_score(&theta0, paths, &mut score)?;
            let joint = data.joint_log_ratio.as_ref().unwrap()[event];
            assert!((label.joint_log_ratio() - joint).abs() < 1e-11, "{label:?} {joint}");
            assert!(close(
                score[0],
                data.joint_score0.as_ref().unwrap()[[event, 0]],
                ALGEBRA
            ));
            assert_eq!(label, relabeler.label(&theta0, paths)?);
        }
    }
    Ok(())
}

/// ⟨w0⟩ = ⟨w1⟩ = 1, ⟨w0 t⟩ = 0, and ⟨w0 x⟩, ⟨w1 x⟩ are the means of x at θ and at θ1.
#[test]
fn weights_keep_the_means_of_both_classes_at_any_hypothesis() -> Result<()> {
    // E x is θ − 100 for the walk, and by the exact probabilities for the board; there also over several paths.
    let (walk, galton): (&dyn Instrumented, &dyn Instrumented) = (&RandomWalk, &Galton::default());
    let cases = [
        (walk, (80.0, 140.0), [130.0, 100.0], [30.0, 0.0], 1),
        (galton, (-1.0, -0.4), [-0.8, -0.6], mean_bins(), 1),
        (galton, (-1.0, -0.4), [-0.8, -0.6], mean_bins(), 4),
    ];
    for (simulator, edges, [theta, theta1], means, n_paths) in cases {
        let data = mined(simulator, against(&[edges], &[theta1]), 20_000);
        let relabeler = Relabeler::new(simulator, &data.header)?;
        let mut columns = vec![Vec::new(); 5];
        for (event, paths) in relabeler.paths(&data, n_paths, 0, &())?.iter().enumerate() {
            let mut score = [0.0];
            let label = relabeler.label_and_score(&[theta], paths, &mut score)?;
            let x = data.x[[event, 0]];
            let values = [
                label.numerator - 1.0,
                label.denominator - 1.0,
                label.numerator * score[0],
                label.numerator * (x - means[0]),
                label.denominator * (x - means[1]),
            ];
            columns
                .iter_mut()
                .zip(values)
                .for_each(|(column, value)| column.push(value));
        }
        for column in &columns {
            let z = z_score(column);
            assert!(z.abs() < 5.0, "{}: {z}", simulator.name());
        }
    }
    Ok(())
}

/// The mean bin at −0.8 and −0.6, from the exact probabilities.
fn mean_bins() -> [f64; 2] {
    let truth = Instrumented::truth(&Galton::default()).unwrap();
    let x = truth.support().unwrap();
    [-0.8, -0.6].map(|theta| {
        let p = truth.log_likelihood(x.view(), &[theta]).unwrap().mapv(f64::exp);
        p.dot(&x.column(0))
    })
}

/// The exact label of an observation is w0(x) = p(x|θ)/q(x), q(x) = ½ E_π p(x|θ) + ½ p(x|θ1), with the score t(x|θ): what
/// labels differ from them by has no mean, and little is left of it over many paths.
#[test]
fn labels_over_several_paths_have_the_same_mean_and_less_noise() -> Result<()> {
    let (galton, theta) = (Galton::default(), [-0.8]);
    let truth = Instrumented::truth(&galton).unwrap();
    let data = mined(&galton, against(&[(-1.0, -0.4)], &[-0.6]), 2_000);
    let relabeler = Relabeler::new(&galton, &data.header)?;
    let p = |theta: f64| {
        truth
            .log_likelihood(data.x.view(), &[theta])
            .map(|log| log.mapv(f64::exp))
    };
    let grid: Vec<f64> = (0..200).map(|k| -1.0 + 0.6 * (f64::from(k) + 0.5) / 200.0).collect();
    let mut q = p(-0.6)? * 0.5;
    for theta in &grid {
        q = q + p(*theta)? * 0.5 / 200.0;
    }
    let (weight, score) = (p(-0.8)? / q, truth.score(data.x.view(), &theta)?);
    let mut noise = Vec::new();
    for n_paths in [1, 4, 16] {
        let mut squares = [0.0; 2];
        let mut excesses = [vec![], vec![]];
        for (event, paths) in relabeler.paths(&data, n_paths, 7, &())?.iter().enumerate() {
            let mut t = [0.0];
            let label = relabeler.label_and_score(&theta, paths, &mut t)?;
            let errors = [
                label.numerator - weight[event],
                label.numerator * (t[0] - score[[event, 0]]),
            ];
            for k in 0..2 {
                squares[k] += errors[k] * errors[k];
                // Any function of x: the mean vanishes observation by observation.
                excesses[k].push(errors[k] * (data.x[[event, 0]] - 13.0));
            }
        }
        for excess in &excesses {
            assert!(z_score(excess).abs() < 5.0, "{n_paths}: {}", z_score(excess));
        }
        noise.push(squares);
    }
    for k in 0..2 {
        assert!(
            noise[1][k] < 0.4 * noise[0][k] && noise[2][k] < 0.12 * noise[0][k],
            "{noise:?}"
        );
    }
    Ok(())
}

#[test]
fn other_paths_are_the_same_for_the_same_seed() -> Result<()> {
    let data = mined(&Projectile, against(&[(11.5, 12.5), (0.58, 0.68)], &[12.0, 0.63]), 50);
    let relabeler = Relabeler::new(&Projectile, &data.header)?;
    let labels = |seed| -> Result<Vec<_>> {
        let paths = relabeler.paths(&data, 8, seed, &())?;
        paths
            .iter()
            .map(|paths| relabeler.label(&[12.1, 0.64], paths))
            .collect()
    };
    assert_eq!(labels(1)?, labels(1)?);
    assert_ne!(labels(1)?, labels(2)?);
    Ok(())
}

/// A walk remembers no choices, and the tosses of coins can be swapped without changing a label: one path says it all.
#[test]
fn where_no_other_path_says_more_there_is_one() -> Result<()> {
    let cases: [(&dyn Instrumented, Design); 2] = [
        (&RandomWalk, against(&[(80.0, 140.0)], &[100.0])),
        (&Coins::default(), against(&[(0.3, 0.7)], &[0.5])),
    ];
    for (simulator, design) in cases {
        let data = mined(simulator, design, 50);
        let relabeler = Relabeler::new(simulator, &data.header)?;
        assert_eq!(relabeler.paths(&data, 16, 0, &())?, relabeler.paths(&data, 1, 0, &())?);
    }
    Ok(())
}

/// The paths of an event are the same alone, in any order, as with all others.
#[test]
fn paths_of_one_event_are_those_that_it_has_among_all() -> Result<()> {
    let galton = Galton::default();
    let data = mined(&galton, against(&[(-1.0, -0.4)], &[-0.6]), 20);
    let relabeler = Relabeler::new(&galton, &data.header)?;
    let all = relabeler.paths(&data, 8, 3, &())?;
    let search = PathSearch::new(&relabeler, &data, 8, 3)?;
    for event in [19, 3, 3, 0] {
        assert_eq!(search.paths(event)?, all[event]);
    }
    Ok(())
}

/// Wherever hypotheses are proposed, their weights give the prior back: its mean and its total.
#[test]
fn weighted_proposals_are_distributed_like_the_prior() -> Result<()> {
    let edges = [(11.5, 12.5), (0.58, 0.68)];
    let data = mined(&Projectile, against(&edges, &[12.0, 0.63]), 40);
    let relabeler = Relabeler::new(&Projectile, &data.header)?;
    let mut rng = stream(3, 0, 0);
    for paths in relabeler.paths(&data, 1, 0, &())? {
        let questions = (0..2_000)
            .map(|_| relabeler.propose(&paths, &mut rng))
            .collect::<Result<Vec<_>>>()?;
        assert!(questions.iter().all(|q| (0.0..=2.0).contains(&q.weight)));
        let excess: Vec<f64> = questions.iter().map(|q| q.weight - 1.0).collect();
        assert!(z_score(&excess).abs() < 5.0);
        for (j, (low, high)) in edges.into_iter().enumerate() {
            assert!(questions.iter().all(|q| (low..=high).contains(&q.theta[j])));
            let excess: Vec<f64> = questions
                .iter()
                .map(|q| q.weight * (q.theta[j] - 0.5 * (low + high)))
                .collect();
            assert!(z_score(&excess).abs() < 5.0, "{}", z_score(&excess));
        }
    }
    Ok(())
}

/// Quantiles of a normal truncated to −1..∞, by scipy 1.17: `truncnorm.ppf(q, -1, inf)`.
#[test]
fn priors_are_filled_evenly() -> Result<()> {
    let parameters = [Parameter::new("a", -1.0, f64::INFINITY), Parameter::new("b", 0.0, 1.0)];
    let prior = Prior::Gaussian {
        mean: vec![0.0, 0.5],
        sd: vec![1.0, 0.0],
    };
    for (share, expected) in [(0.1, TRUNCATED[0]), (0.5, TRUNCATED[1]), (0.999, TRUNCATED[2])] {
        let theta = prior.at(&parameters, &[share, 0.3])?;
        assert!((theta[0] - expected).abs() < 1e-8, "{} {expected}", theta[0]);
        assert_eq!(theta[1], 0.5);
    }
    let points = Prior::spread(2, 10, &mut stream(1, 0, 0));
    for j in 0..2 {
        let mut strata: Vec<usize> = points.iter().map(|point| (point[j] * 10.0) as usize).collect();
        strata.sort_unstable();
        assert_eq!(strata, (0..10).collect::<Vec<_>>());
    }
    Ok(())
}

const TRUNCATED: [f64; 3] = [-0.6973569161572575, 0.20017368616689085, 3.141179357253184];

#[test]
fn what_cannot_be_recalled_is_said() {
    let galton = Galton::default();
    let pair = Design::Pair {
        theta0: vec![-0.8],
        theta1: vec![-0.6],
    };
    let data = mined(&galton, pair, 20);
    let said = Relabeler::new(&galton, &data.header).unwrap_err().to_string();
    assert!(said.contains("need a continuous prior"), "{said}");
    let points = vec![vec![-0.8], vec![-0.7]];
    let several = Design::Prior {
        prior: Prior::Points {
            points,
            drawn_from: None,
        },
        theta1: vec![-0.6],
    };
    let said = Relabeler::new(&galton, &mined(&galton, several, 20).header).unwrap_err();
    assert!(said.to_string().contains("one of -0.8, -0.7"), "{said}");
    let said = Relabeler::new(&RandomWalk, &data.header).unwrap_err().to_string();
    assert!(said.contains("random-walk was given"), "{said}");
}
