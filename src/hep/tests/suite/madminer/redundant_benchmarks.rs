//! Weights at more benchmarks than a polynomial has components show whether they are such polynomials.
//!
//! Events are polynomials with known coefficients; predictions are compared with those of nalgebra's solver for least squares.

use std::ops::Range;

use motherlode_core::trace::{Instrumented, stream};
use motherlode_hep::limits::{EventData, EventLimitSettings};
use motherlode_hep::madminer::{
    Benchmark, EventFile, EventSimulator, EventTable, MisfitCause, MorphedParameter, Morphing, MorphingCheck,
    NuisanceParameter, Selection, Setup, WeightedEvents,
};
use motherlode_stats::analysis::{Analysis, InformationSettings, Warning};
use nalgebra::{DMatrix, DVector};
use ndarray::Array2;
use rand::RngExt;

/// Relative rounding of a weight of seven printed digits, and of a prediction from a few of them.
const PRINTED: f64 = 1e-5;

/// The weight at θ of an event with three random numbers in −1..1.
type Weight = fn(&[f64], [f64; 3]) -> f64;

fn quadratic(theta: &[f64], [a, b, _]: [f64; 3]) -> f64 {
    (1.5 + 0.5 * a + b * theta[0]).powi(2)
}

/// A parameter of production and decay.
fn quartic(theta: &[f64], [a, b, c]: [f64; 3]) -> f64 {
    (quadratic(theta, [a, b, c]) * (1.0 + 0.3 * c * theta[0]).powi(2)) * 1e-3
}

/// The first parameter in production and decay, the second in production alone.
fn mixed(theta: &[f64], [a, b, c]: [f64; 3]) -> f64 {
    (1.5 + a * theta[0] + b * theta[1]).powi(2) * (1.0 + 0.4 * c * theta[0]).powi(2)
}

/// A file of `n` events with seven digits of the weights at these points; morphing is from the first of them.
fn file(max_powers: &[u32], points: &[&[f64]], n: usize, weight: Weight) -> EventFile {
    let components = Morphing::monomials(max_powers, max_powers.iter().copied().max().unwrap());
    let benchmark = |(b, theta): (usize, &&[f64])| Benchmark {
        name: format!("w{b}"),
        theta: theta.to_vec(),
        is_nuisance: false,
        is_reference: b == 0,
    };
    let parameter = |(i, power): (usize, &u32)| MorphedParameter {
        name: ["a", "b"][i].into(),
        range: (-1.0, 1.0),
        max_power: *power,
        card: (String::new(), 0),
        transform: None,
    };
    let setup = Setup {
        parameters: max_powers.iter().enumerate().map(parameter).collect(),
        benchmarks: points.iter().enumerate().map(benchmark).collect(),
        morphing: Some(Morphing::of_bases(components.clone(), &points[..components.len()]).unwrap()),
        finite_differences: None,
        systematics: Vec::new(),
        nuisances: Vec::new(),
        observables: vec![("x".into(), None)],
    };
    let mut weights = Array2::zeros((n, points.len()));
    for (event, mut row) in weights.rows_mut().into_iter().enumerate() {
        let mut rng = stream(5, event as u64, 0);
        let numbers = [0; 3].map(|_| rng.random_range(-1.0..1.0));
        let printed = |theta: &&[f64]| {
            format!("{:.6e}", weight(theta, numbers) / n as f64)
                .parse::<f64>()
                .unwrap()
        };
        row.iter_mut().zip(points).for_each(|(to, theta)| *to = printed(theta));
    }
    let mut signal_events = vec![0.0; points.len()];
    signal_events[0] = n as f64;
    EventFile {
        path: "events.h5".into(),
        samples: Some(EventTable {
            observations: Array2::from_shape_fn((n, 1), |(event, _)| event as f64),
            weights,
            sampling_benchmarks: Some(vec![Some(0); n]),
            signal_events,
            background_events: 0,
        }),
        setup,
    }
}

fn check(file: &EventFile) -> MorphingCheck {
    WeightedEvents::new(file, &Selection::default())
        .unwrap()
        .morphing_check()
}

const LINE: [&[f64]; 7] = [&[0.0], &[1.0], &[-1.0], &[0.5], &[-0.5], &[0.8], &[-0.7]];

#[test]
fn printed_polynomials_pass_and_nothing_is_known_without_a_redundant_benchmark() {
    let found = check(&file(&[2], &LINE, 500, quadratic));
    assert_eq!(
        (
            found.n_benchmarks,
            found.n_components,
            found.n_redundant,
            found.n_events
        ),
        (7, 3, 4, 500)
    );
    let worst = found.worst.as_ref().unwrap();
    assert!(worst.rms < PRINTED && worst.share == 0.0, "{worst:?}");
    assert!((worst.given.value - worst.predicted.value).abs() < PRINTED * worst.given.value);
    assert_eq!((found.note(), found.caveat()), (None, None));
    let exact = check(&file(&[2], &LINE[..3], 500, quartic));
    assert_eq!(
        (exact.n_redundant, exact.worst.is_none(), exact.caveat()),
        (0, true, None)
    );
    assert!(exact.note().unwrap().contains("add one benchmark to check it"));
}

/// Weight at a benchmark that the polynomial through all others predicts, by another way.
fn predicted(components: &[Vec<u32>], points: &[&[f64]], values: &[f64], at: usize) -> f64 {
    let monomials = |theta: &[f64]| {
        let one = |powers: &Vec<u32>| {
            theta
                .iter()
                .zip(powers)
                .map(|(t, k)| t.powi(*k as i32))
                .product::<f64>()
        };
        components.iter().map(one).collect::<Vec<f64>>()
    };
    let others: Vec<usize> = (0..points.len()).filter(|b| *b != at).collect();
    let matrix = DMatrix::from_fn(others.len(), components.len(), |i, k| monomials(points[others[i]])[k]);
    let given = DVector::from_iterator(others.len(), others.iter().map(|b| values[*b]));
    let fitted = matrix.svd(true, true).solve(&given, 1e-12).unwrap();
    fitted.iter().zip(monomials(points[at])).map(|(c, m)| c * m).sum()
}

#[test]
fn a_power_that_is_too_small_is_named_with_the_cross_sections_that_show_it() {
    let file = file(&[2], &LINE, 500, quartic);
    let found = check(&file);
    let worst = found.worst.as_ref().unwrap();
    assert!(worst.share > 0.8 && worst.rms > 0.01, "{worst:?}");
    let b = file.setup.benchmark(&worst.name).unwrap();
    let weights = &file.samples.as_ref().unwrap().weights;
    let sums: Vec<f64> = weights.columns().into_iter().map(|column| column.sum()).collect();
    let by_event: Vec<f64> = weights
        .rows()
        .into_iter()
        .map(|row| predicted(&[vec![0], vec![1], vec![2]], &LINE, &row.to_vec(), b))
        .collect();
    let squares: f64 = by_event.iter().map(|w| w * w).sum();
    let given = weights.column(b);
    let differences = given.iter().zip(&by_event).map(|(given, w)| (given - w).powi(2));
    let differences: f64 = differences.sum();
    for (found, needed) in [
        (worst.given.value, sums[b]),
        (
            worst.given.standard_error,
            weights.column(b).mapv(|w| w * w).sum().sqrt(),
        ),
        (worst.predicted.value, by_event.iter().sum()),
        (worst.predicted.standard_error, squares.sqrt()),
        (worst.difference.value, sums[b] - by_event.iter().sum::<f64>()),
        (worst.difference.standard_error, differences.sqrt()),
    ] {
        assert!((found - needed).abs() < 1e-9 * needed.abs(), "{found} {needed}");
    }
    // Of all benchmarks, this one is predicted worst.
    let rms = |at: usize| -> f64 {
        let deviations = weights.rows().into_iter().map(|row| {
            let fitted = predicted(&[vec![0], vec![1], vec![2]], &LINE, &row.to_vec(), at);
            ((row[at] - fitted).powi(2), row[at].abs().max(fitted.abs()).powi(2))
        });
        let (squares, sizes) = deviations.fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        (squares / sizes).sqrt()
    };
    assert!((worst.rms - rms(b)).abs() < 1e-9 && (0..7).all(|at| rms(at) <= worst.rms + 1e-12));
    let Some(MisfitCause::Powers(powers)) = &found.cause else {
        panic!("{:?}", found.cause)
    };
    assert_eq!(
        (powers.max_powers.as_slice(), powers.degree, powers.n_components),
        ([4].as_slice(), 4, 5)
    );
    let caveat = found.caveat().unwrap().to_string();
    for words in [
        &format!("at the benchmark `{}`", worst.name),
        "declare powers up to 4 of a, with which all benchmarks agree",
    ] {
        assert!(caveat.contains(words), "{caveat}");
    }
}

#[test]
fn powers_of_one_of_two_parameters_are_found_where_benchmarks_suffice() {
    let mut points: Vec<Vec<f64>> = Vec::new();
    for i in 0..5 {
        for j in 0..3 {
            let (i, j) = (f64::from(i), f64::from(j));
            points.push(vec![0.5 * i - 1.0 + 0.1 * j, j - 1.0 - 0.05 * i]);
        }
    }
    // The first six are a basis of the quadratic polynomials.
    for (to, from) in [(3, 7), (4, 11), (5, 14)] {
        points.swap(to, from);
    }
    let points: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
    let found = check(&file(&[2, 2], &points, 300, mixed));
    let Some(MisfitCause::Powers(powers)) = &found.cause else {
        panic!("{:?}", found.cause)
    };
    assert_eq!((powers.max_powers.as_slice(), powers.degree), ([4, 2].as_slice(), 4));
    let few = check(&file(&[2, 2], &points[..9], 300, mixed));
    let caveat = few.caveat().unwrap().to_string();
    assert!(
        caveat.contains("powers up to 4 of a, 4 of b, 4 in all: their 15 components need 16 benchmarks"),
        "{caveat}"
    );
}

#[test]
fn a_benchmark_with_other_parameters_than_it_says_is_named() {
    let mut file = file(&[2], &LINE, 500, quadratic);
    file.setup.benchmarks[4].theta = vec![-0.6];
    let found = check(&file);
    assert_eq!(found.cause, Some(MisfitCause::Benchmark { name: "w4".into() }));
    assert!(
        found
            .caveat()
            .unwrap()
            .remedy
            .contains("weights of the benchmark `w4`, without which the others agree")
    );
}

/// Neither systematics nor background, nor some events of no weight or of which there are two.
#[test]
fn what_is_no_polynomial_for_good_reasons_is_no_misfit() {
    let good = file(&[2], &LINE, 500, quadratic);
    let mut with_systematics = good.clone();
    with_systematics.setup.benchmarks.push(Benchmark {
        name: "mu_up".into(),
        theta: vec![0.0],
        is_nuisance: true,
        is_reference: false,
    });
    with_systematics.setup.nuisances.push(NuisanceParameter {
        name: "mu".into(),
        systematic: None,
        positive: 7,
        negative: None,
    });
    let samples = with_systematics.samples.as_mut().unwrap();
    samples.signal_events.push(0.0);
    let up = samples.weights.column(0).mapv(|weight| 1.3 * weight);
    samples.weights.push_column(up.view()).unwrap();
    assert_eq!(check(&with_systematics), check(&good));
    let with = |change: &dyn Fn(&mut EventTable)| {
        let mut changed = good.clone();
        change(changed.samples.as_mut().unwrap());
        check(&changed)
    };
    let scale = |samples: &mut EventTable, n: usize, benchmarks: Range<usize>, factor: f64| {
        (0..n).for_each(|event| benchmarks.clone().for_each(|b| samples.weights[[event, b]] *= factor));
    };
    assert!(with(&|samples| scale(samples, 50, 3..4, 1.01)).is_misfit());
    let tiny = with(&|samples| {
        scale(samples, 50, 0..7, 1e-4);
        scale(samples, 50, 3..4, 2.0);
    });
    assert!(!tiny.is_misfit() && tiny.worst.unwrap().share > 0.0);
    assert!(!with(&|samples| scale(samples, 2, 3..4, 9.0)).is_misfit());
    assert!(with(&|samples| scale(samples, 3, 3..4, 9.0)).is_misfit());
    let background = with(&|samples| {
        samples.sampling_benchmarks.as_mut().unwrap()[..50].fill(None);
        scale(samples, 50, 3..4, 9.0);
    });
    assert!(!background.is_misfit() && background.n_events == 450);
}

#[test]
fn every_result_of_the_file_inherits_the_warning() {
    let simulator = EventSimulator::new("events", &file(&[2], &LINE, 500, quartic)).unwrap();
    let caveats = simulator.events().morphing_check().caveat();
    assert_eq!(
        Instrumented::caveats(&simulator),
        caveats.into_iter().collect::<Vec<_>>()
    );
    let limits = simulator
        .limits(EventData::Expected(&[0.0]), &EventLimitSettings::new(1e6), &())
        .unwrap();
    let information = Analysis::of_simulator(&simulator)
        .information(&[], &InformationSettings::at(&[0.0]), &())
        .unwrap();
    for warnings in [limits.warnings, information.warnings] {
        assert!(
            warnings.iter().any(|warning| warning.kind() == "morphing_misfit"),
            "{warnings:?}"
        );
    }
    let good = EventSimulator::new("events", &file(&[2], &LINE, 500, quadratic)).unwrap();
    assert_eq!(Warning::of_simulator(&good), Vec::new());
}
