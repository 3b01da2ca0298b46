//! p p → j j H: amplitudes, rates and shapes are those of independent programs.

use crate::tolerance::close;
use motherlode_core::trace::{Density, stream};
use motherlode_simulators::Fusion;
use motherlode_simulators::collider::fusion::{
    Currents, DIMENSIONS, Event, FourLeptons, Production, Type, channels, densities,
};
use motherlode_simulators::collider::{Adapted, HardProcess, Momentum, Operator, PhaseSpace, Quadratic};
use rand::RngExt;
use serde_json::Value;

const ALL: [Operator; 5] = [Operator::W, Operator::B, Operator::Ww, Operator::Bb, Operator::WDual];
/// Indices of coefficients in a form of all operators.
const W: usize = 1;
const B: usize = 2;
const WW: usize = 3;
const BB: usize = 4;
const DUAL: usize = 5;

fn production() -> Adapted<Production, DIMENSIONS> {
    Adapted::new(Production::new(&ALL).unwrap()).unwrap()
}

/// Mean and standard error over proposals of what `values` makes of each.
fn over_proposals<P: PhaseSpace<D>, const D: usize, const K: usize>(
    process: &Adapted<P, D>,
    n: u64,
    mut values: impl FnMut(&P::Place, &Quadratic) -> [f64; K],
) -> [(f64, f64); K] {
    let (mut sums, mut squares) = ([0.0; K], [0.0; K]);
    for proposal in 0..n {
        let mut rng = stream(31, proposal, 0);
        let Some((place, rate)) = process.proposed(std::array::from_fn(|_| rng.random())) else {
            continue;
        };
        for (k, value) in values(&place, &rate).into_iter().enumerate() {
            sums[k] += value;
            squares[k] += value * value;
        }
    }
    let n = n as f64;
    std::array::from_fn(|k| (sums[k] / n, ((squares[k] / n - (sums[k] / n).powi(2)) / n).sqrt()))
}

/// Demands a mean to be `expected` within five standard errors, its own and that of the expectation together.
fn assert_mean((mean, own): (f64, f64), expected: f64, error: f64, what: &str) {
    let allowed = 5.0 * own.hypot(error);
    assert!(
        (mean - expected).abs() < allowed,
        "{what}: {mean} ± {own} is not {expected} ± {error}"
    );
}

fn reference() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/collider/fusion_events.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers<const N: usize>(value: &Value) -> [f64; N] {
    std::array::from_fn(|i| value[i].as_f64().unwrap())
}

/// The type of a quark of the first generation by its number in the Monte Carlo scheme of the Particle Data Group.
fn kind(flavour: &Value) -> Type {
    match flavour.as_i64().unwrap() {
        2 => Type::Up,
        1 => Type::Down,
        -2 => Type::AntiUp,
        -1 => Type::AntiDown,
        other => panic!("{other} is no quark of the first generation"),
    }
}

/// |M|² from flavours to flavours, without the interference of the ways to get there.
fn by_flavours(event: &Value) -> Quadratic {
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| kind(&event["flavours"][i]));
    let momentum = |value: &Value| {
        let [e, x, y, z] = numbers(value);
        Momentum::new(e, x, y, z)
    };
    let massless = |p: Momentum| Momentum::new(p.length(), p.x, p.y, p.z);
    let jets = [0, 1].map(|jet| massless(momentum(&event["jets"][jet])));
    let straight = Event::new(jets, momentum(&event["higgs"]));
    let operators = [Operator::W, Operator::Ww];
    let mut sum = Quadratic::new(&operators);
    for (momenta, ends) in [(straight, [c, d]), (straight.exchanged(), [d, c])] {
        for channel in channels().filter(|channel| channel.types == [a, b]) {
            if channel.outgoing() == ends {
                let currents = Currents::new(&momenta);
                sum.add_scaled(&currents.squared_amplitude(channel, &operators), 1.0);
            }
        }
    }
    sum
}

// MadGraph5_aMC@NLO's weights, of the full amplitude without bosons in the s channel; ours are without the interference of
// jets that are exchanged, and of W and Z, which is small inside these cuts
#[test]
fn weights_are_those_of_madgraph() {
    let reference = reference();
    let mut off = vec![];
    for event in reference["events"].as_array().unwrap() {
        let form = by_flavours(event);
        for (theta, weight) in reference["theta"]
            .as_array()
            .unwrap()
            .iter()
            .zip(event["weights"].as_array().unwrap())
        {
            let ratio = form.at(&numbers::<2>(theta)) / form.element(0, 0);
            off.push((ratio / weight.as_f64().unwrap() - 1.0).abs());
        }
    }
    assert_eq!(off.len(), 360);
    off.sort_by(f64::total_cmp);
    assert!(off[180] < 2e-3, "half of the ratios are off by {}", off[180]);
    assert!(off[324] < 2e-2, "a tenth of the ratios are off by {}", off[324]);
}

#[test]
fn channels_add_up() {
    let process = production();
    over_proposals(&process, 300, |event, _| {
        let sum = process.space().weight(event);
        let mut one_by_one = Quadratic::new(&ALL);
        let weights = process.space().weights(event);
        assert_eq!(weights.len(), 24);
        weights.iter().for_each(|weight| one_by_one.add_scaled(weight, 1.0));
        for (i, j) in (0..6).flat_map(|i| (0..6).map(move |j| (i, j))) {
            let bound = (sum.element(i, i) * sum.element(j, j)).sqrt();
            assert!(
                (sum.element(i, j) - one_by_one.element(i, j)).abs() <= 1e-11 * bound,
                "{i} {j}"
            );
        }
        [0.0]
    });
}

#[test] // two u and one d quark more than antiquarks; the fit ends at 1e-4 and is within some percent of the original
fn proton_has_its_valence_quarks() {
    let n = 20_000;
    let (low, high) = (1e-4f64.ln(), 0.9f64.ln());
    let step = (high - low) / f64::from(n);
    let mut valence = [0.0; 2];
    let mut momentum = 0.0;
    for i in 0..n {
        let x = (low + step * (f64::from(i) + 0.5)).exp();
        let [u, d, anti_u, anti_d] = densities(x).by_type;
        valence[0] += step * (u - anti_u);
        valence[1] += step * (d - anti_d);
        momentum += step * x * (u + d + anti_u + anti_d);
    }
    assert!(
        (valence[0] / 2.0 - 1.0).abs() < 0.05 && (valence[1] - 1.0).abs() < 0.05,
        "{valence:?}"
    );
    // Gluons take the other half.
    assert!((0.45..0.6).contains(&momentum), "{momentum}");
}

/// Elements of S over σ of the standard model, as printed, with factor 2 off the diagonal, and their standard errors.
type Table = [(usize, usize, f64, f64)];

const LOOSE: &Table = &[
    (0, W, 0.3670, 0.0006),
    (0, WW, 0.1543, 0.0009),
    (W, W, 0.1885, 0.0004),
    (W, WW, -0.1016, 0.0004),
    (WW, WW, 0.2637, 0.0006),
    (0, DUAL, -0.0007, 0.0004),
    (DUAL, DUAL, 0.0481, 0.0001),
    (0, B, 0.0017, 0.00005),
    (B, B, 0.0074, 0.00005),
    (0, BB, 0.0002, 0.00005),
    (BB, BB, 0.0052, 0.00005),
];
/// With m_jj > 500 GeV and |Δη| > 3 as well.
const TIGHT: &Table = &[
    (0, W, 0.3967, 0.0007),
    (0, WW, 0.1044, 0.0009),
    (W, W, 0.1985, 0.0006),
    (W, WW, -0.0815, 0.0005),
    (WW, WW, 0.1675, 0.0004),
    (0, DUAL, -0.0005, 0.0004),
    (DUAL, DUAL, 0.0325, 0.0001),
    (0, B, 0.0019, 0.00005),
    (B, B, 0.0079, 0.00005),
    (BB, BB, 0.0047, 0.00005),
];

fn coefficient(form: &Quadratic, i: usize, j: usize) -> f64 {
    form.element(i, j) * if i == j { 1.0 } else { 2.0 }
}

// numpy, an independent Monte Carlo calculation
#[test]
fn cross_sections_are_those_of_the_reference() {
    let process = production();
    let total = process.total();
    let sm = total.element(0, 0);
    assert_mean((sm, 0.0), 2345.8, 5.2, "σ");
    for &(i, j, expected, error) in LOOSE {
        assert_mean(
            (coefficient(total, i, j) / sm, 0.0),
            expected,
            error,
            &format!("S_{i}{j}"),
        );
    }
    // The constants are the integral.
    let found = over_proposals(&process, 200_000, |_, rate| numbers_of(rate));
    for (k, expected) in total.upper().iter().enumerate() {
        assert_mean(found[k], *expected, 4e-5 * expected.abs(), &format!("element {k} of S"));
    }
}

fn numbers_of(rate: &Quadratic) -> [f64; 21] {
    std::array::from_fn(|k| rate.upper()[k])
}

#[test] // the same reference
fn tight_cuts_and_charged_currents_take_the_share_they_should() {
    let process = production();
    let tight = |event: &Event| {
        let [a, b] = event.jets;
        (a + b).mass() > 500.0 && (a.eta() - b.eta()).abs() > 3.0
    };
    let found = over_proposals(&process, 200_000, |event, rate| {
        let kept = if tight(event) {
            rate.scaled(1.0 / 1478.6)
        } else {
            Quadratic::new(&ALL)
        };
        let mut all = [kept.element(0, 0); 11];
        for (value, &(i, j, ..)) in all[1..].iter_mut().zip(TIGHT) {
            *value = coefficient(&kept, i, j);
        }
        all
    });
    assert_mean(found[0], 1.0, 3.4 / 1478.6, "σ");
    for (found, &(i, j, expected, error)) in found[1..].iter().zip(TIGHT) {
        assert_mean(*found, expected, error, &format!("S_{i}{j}"));
    }
    let charged: Vec<bool> = channels().map(|channel| channel.charged).collect();
    let sm = process.total().element(0, 0);
    let [share] = over_proposals(&process, 30_000, |event, rate| {
        let weights = process.space().weights(event);
        let pairs = weights.iter().zip(&charged);
        let by_w: f64 = pairs
            .map(|(weight, &charged)| if charged { weight.element(0, 0) } else { 0.0 })
            .sum();
        [by_w / process.space().weight(event).element(0, 0) * rate.element(0, 0) / sm]
    });
    assert_mean(share, 0.740, 0.0005, "share of W exchange");
}

#[test] // the same reference: φ of the jet of larger rapidity less φ of the other, eight bins
fn angle_between_the_jets_tells_operators_apart() {
    let table = [
        (0, 0, [0.162, 0.138, 0.104, 0.095, 0.095, 0.108, 0.136, 0.163]),
        (0, W, [0.023, 0.041, 0.055, 0.064, 0.065, 0.056, 0.041, 0.023]),
        (0, WW, [0.114, 0.040, -0.022, -0.053, -0.053, -0.023, 0.037, 0.113]),
        (0, DUAL, [-0.022, -0.041, -0.030, -0.012, 0.011, 0.030, 0.039, 0.021]),
        (W, W, [0.012, 0.017, 0.029, 0.037, 0.039, 0.029, 0.018, 0.011]),
        (WW, WW, [0.071, 0.022, 0.013, 0.025, 0.026, 0.013, 0.020, 0.068]),
    ];
    let process = production();
    let sm = process.total().element(0, 0);
    let found = over_proposals(&process, 200_000, |event, rate| {
        let [mut forward, mut backward] = event.jets;
        if forward.eta() < backward.eta() {
            (forward, backward) = (backward, forward);
        }
        let turn = (forward.phi() - backward.phi()) / std::f64::consts::TAU + 0.5;
        let bin = ((turn - turn.floor()) * 8.0) as usize;
        let mut values = [0.0; 48];
        for (row, &(i, j, _)) in table.iter().enumerate() {
            values[8 * row + bin] = coefficient(rate, i, j) / sm;
        }
        values
    });
    for (row, (i, j, expected)) in table.into_iter().enumerate() {
        for (bin, expected) in expected.into_iter().enumerate() {
            assert_mean(found[8 * row + bin], expected, 0.002, &format!("S_{i}{j}, bin {bin}"));
        }
    }
}

#[test] // the same reference, to its printed digits; score of the momenta
fn hard_event_carries_the_information_it_should() {
    let process = production();
    let total = process.total();
    let found = over_proposals(&process, 400_000, |_, rate| {
        let share = rate.element(0, 0) / total.element(0, 0);
        let t = |i: usize| 2.0 * (rate.element(0, i) / rate.element(0, 0) - total.element(0, i) / total.element(0, 0));
        [(W, W), (WW, WW), (DUAL, DUAL), (W, WW), (B, B), (BB, BB)].map(|(i, j)| share * t(i) * t(j))
    });
    for (found, (expected, error)) in found.into_iter().zip([
        (0.563, 0.005),
        (0.726, 0.005),
        (0.143, 0.001),
        (-0.175, 0.002),
        (5e-4, 5e-5),
    ]) {
        assert_mean(found, expected, error, "information");
    }
    assert!(found[5].0 < 1e-4);
}

#[test] // the same reference: 10, 50 and 90 % quantiles in the standard model
fn events_have_the_shapes_they_should() {
    let simulator = Fusion::default();
    let density = simulator.production().at(&[0.0, 0.0]).unwrap();
    let events: Vec<Event> = (0..10_000)
        .map(|event| density.sample(&mut stream(33, event, 0)).place)
        .collect();
    let dijet = |event: &Event| event.jets[0] + event.jets[1];
    let leading = |event: &Event| event.jets[0].pt().max(event.jets[1].pt());
    let apart = |event: &Event| (event.jets[0].eta() - event.jets[1].eta()).abs();
    type Observable<'a> = &'a dyn Fn(&Event) -> f64;
    let mjj: Observable<'_> = &|event| dijet(event).mass();
    for (observable, quantiles, digits) in [
        (mjj, [282.0, 664.0, 1836.0], 0.5),
        (&apart, [2.9, 4.7, 6.7], 0.05),
        (&leading, [47.0, 90.0, 181.0], 0.5),
        (&|event| event.higgs.pt(), [34.0, 90.0, 189.0], 0.5),
    ] {
        for (quantile, expected) in quantiles.into_iter().zip([0.1, 0.5, 0.9]) {
            let below = |edge: f64| events.iter().filter(|event| observable(event) < edge).count() as f64 / 1e4;
            let allowed = 5.0 * f64::sqrt(expected * (1.0 - expected) / 1e4);
            let [low, high] = [below(quantile - digits), below(quantile + digits)];
            assert!(
                low - allowed < expected && expected < high + allowed,
                "{quantile}: {low} to {high}"
            );
        }
    }
    // An event conserves momentum, and partons have no mass.
    for Event { partons, jets, higgs } in events {
        let off = partons[0] + partons[1] - jets[0] - jets[1] - higgs;
        assert!(off.components().iter().all(|component| component.abs() < 1e-8));
        assert!((higgs.mass() - 125.0).abs() < 1e-6);
    }
}

// numpy, as above, and MadGraph5_aMC@NLO at (0.2, −0.3): 2.319(5)e-7 GeV
#[test]
fn width_of_the_decay_is_that_of_the_reference() {
    let decay = Adapted::new(FourLeptons::new(&ALL).unwrap()).unwrap();
    let total = decay.total();
    let sm = total.element(0, 0);
    assert!(close(sm / 2.2044e-7, 1.0, 1e-3), "{sm}");
    for (i, j, expected) in [
        (0, W, -0.11691),
        (0, WW, -0.01592),
        (W, W, 0.06852),
        (W, WW, -0.34480),
        (WW, WW, 0.55373),
        (DUAL, DUAL, 0.03398),
    ] {
        let found = coefficient(total, i, j) / sm;
        assert!(
            (found - expected).abs() < 1e-3 * f64::abs(expected).max(0.1),
            "S_{i}{j}: {found}"
        );
    }
    let at: f64 = total.of(&[Operator::W, Operator::Ww]).at(&[0.2, -0.3]);
    assert!((at - 2.319e-7).abs() < 3.0 * 0.005e-7, "{at}");
    let found = over_proposals(&decay, 100_000, |_, rate| numbers_of(rate));
    for (k, expected) in total.upper().iter().enumerate() {
        assert_mean(
            found[k],
            *expected,
            4e-5 * expected.abs(),
            &format!("element {k} of the width"),
        );
    }
}

#[test]
fn bound_leaves_out_next_to_nothing() {
    let simulator = Fusion::default();
    let process = simulator.production();
    let outside = process.outside([&[0.0, 0.0], &[1.0, 0.0], &[-1.0, -1.0], &[40.0, -40.0]], 200_000);
    assert!(outside.iter().all(|share| *share < 1e-4), "{outside:?}");
    // Nor is it so high that next to all proposals are for nothing.
    assert!(process.bound() < 300.0, "{}", process.bound());
}
