//! e⁻ e⁺ → μ⁻ μ⁺ H: amplitudes and cross sections are those of an independent program, and the gold follows.

use std::sync::LazyLock;

use crate::tolerance::{ALGEBRA, close, z_score};
use motherlode_core::gold::identities;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::{Density, Instrumented, stream};
use motherlode_simulators::Higgsstrahlung;
use motherlode_simulators::collider::higgsstrahlung::{Angles, Generator, Outgoing, Process, WINDOW};
use motherlode_simulators::collider::{Chirality, Exchange, HardProcess, Invariants, Line, Momentum, Operator};
use ndarray::Array2;
use rand::RngExt;
use serde_json::Value;

/// Relative, of squared amplitudes; see the README of the data.
const AMPLITUDE: f64 = 1e-9;
/// Relative, for six printed digits.
const PRINTED: f64 = 1e-6;

const ALL: [Operator; 5] = [Operator::W, Operator::B, Operator::Ww, Operator::Bb, Operator::WDual];

static REFERENCE: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/data/collider/reference_points.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
});

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap())
        .collect()
}

fn points() -> impl Iterator<Item = (&'static Value, f64, Outgoing)> {
    REFERENCE["process_A"].as_array().unwrap().iter().map(|point| {
        let momentum = |name: &str| {
            let p = numbers(&point["momenta"][name]);
            Momentum::new(p[0], p[1], p[2], p[3])
        };
        let out = Outgoing {
            lepton: momentum("mum"),
            antilepton: momentum("mup"),
            higgs: momentum("H"),
        };
        (point, point["sqrt_s"].as_f64().unwrap(), out)
    })
}

/// Uniform shares: points of phase space.
fn shares(n: u64) -> impl Iterator<Item = [f64; 4]> {
    let mut rng = stream(3, 0, 0);
    (0..n).map(move |_| [rng.random(), rng.random(), rng.random(), rng.random()])
}

// numpy, an independent reference; its |M|² agree with MadGraph5_aMC@NLO's (model EWdim6) to 1e-12
#[test]
fn squared_amplitudes_are_those_of_the_reference() {
    assert_eq!(points().count(), 10);
    for (point, energy, out) in points() {
        let form = Process::new(energy, &ALL).unwrap().squared_amplitude(&out);
        let expected: Vec<Vec<f64>> = point["R_theta"].as_array().unwrap().iter().map(numbers).collect();
        for (i, row) in expected.iter().enumerate() {
            for (j, &element) in row.iter().enumerate() {
                let bound = (expected[i][i] * expected[j][j]).sqrt();
                assert!(
                    (form.element(i, j) - element).abs() < AMPLITUDE * bound,
                    "R_{i}{j} at {energy} GeV"
                );
            }
        }
        for at in point["me2"].as_array().unwrap() {
            let (found, expected) = (form.at(&numbers(&at["theta"])), at["value"].as_f64().unwrap());
            assert!(
                (found / expected - 1.0).abs() < AMPLITUDE,
                "{found} is not {expected} at {energy} GeV"
            );
        }
        // The photon takes no part in the standard model.
        let z_only = point["me2_SM_Z_only"].as_f64().unwrap();
        assert!((form.element(0, 0) / z_only - 1.0).abs() < AMPLITUDE);
    }
}

#[test]
fn operators_enter_the_vertices_that_they_should() {
    for (_, energy, out) in points() {
        let [electron, positron] = [1.0, -1.0].map(|z| Momentum::new(0.5 * energy, 0.0, 0.0, 0.5 * z * energy));
        let beams = Line::new(positron, electron, electron + positron);
        let pair = Line::new(out.lepton, out.antilepton, -(out.lepton + out.antilepton));
        let invariants = Invariants::new([&beams, &pair], [Chirality::Left, Chirality::Right]);
        for exchange in [Exchange::ZPhoton, Exchange::PhotonZ] {
            let amplitudes = invariants.amplitudes(exchange);
            let [w, b] = [Operator::W, Operator::B].map(|operator| amplitudes[operator as usize]);
            assert!(
                w.norm() > 0.0 && (w + b).norm() < ALGEBRA * w.norm(),
                "O_W + O_B has no H Z γ"
            );
        }
        let charged = invariants.amplitudes(Exchange::Ww);
        assert!(
            [Operator::B, Operator::Bb]
                .iter()
                .all(|&operator| charged[operator as usize].norm() == 0.0)
        );
    }
}

// the same reference: all coefficients at 240 GeV; (σ_SM, 2S_0W, 2S_0WW, S_WW, 2S_W,WW, S_WW,WW, S_W̃W̃)/σ_SM elsewhere
#[test]
fn cross_sections_are_those_of_the_reference() {
    let total = Process::new(240.0, &ALL).unwrap().cross_section();
    let expected: Vec<Vec<f64>> = REFERENCE["totals_A"][0]["sigma_fb"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    for (i, j) in (0..6).flat_map(|i| (0..6).map(move |j| (i, j))) {
        let bound = (expected[i][i] * expected[j][j]).sqrt();
        assert!(
            (total.element(i, j) - expected[i][j]).abs() < AMPLITUDE * bound,
            "S_{i}{j}"
        );
    }
    for [energy, sm, w, ww, w_w, w_ww, ww_ww, dual] in [
        [
            240.0, 7.62651, -0.299393, -0.977702, 0.0528130, 0.254086, 0.363907, 0.0185287,
        ],
        [
            250.0, 7.64343, -0.336402, -1.029874, 0.0680144, 0.296167, 0.413231, 0.0280887,
        ],
        [
            350.0, 4.12076, -0.935572, -1.426814, 0.519549, 0.890695, 1.08278, 0.180926,
        ],
        [
            365.0, 3.74526, -1.059314, -1.470557, 0.655970, 1.00610, 1.21050, 0.212318,
        ],
        [
            500.0, 1.82688, -2.530062, -1.745386, 3.30653, 2.33032, 2.66139, 0.584292,
        ],
    ] {
        let operators = [Operator::W, Operator::Ww, Operator::WDual];
        let total = Process::new(energy, &operators).unwrap().cross_section();
        let found = |i: usize, j: usize| total.element(i, j) / sm;
        for (found, expected) in [
            (total.element(0, 0), sm),
            (2.0 * found(0, 1), w),
            (2.0 * found(0, 2), ww),
            (found(1, 1), w_w),
            (2.0 * found(1, 2), w_ww),
            (found(2, 2), ww_ww),
            (found(3, 3), dual),
        ] {
            // The ratios were divided by a cross section with more digits.
            assert!(
                close(found, expected, 3.0 * PRINTED),
                "{found} is not {expected} at {energy} GeV"
            );
        }
        // Terms that are linear in what violates CP.
        assert!((0..3).all(|i| found(i, 3).abs() < ALGEBRA));
    }
}

/// ∫ p(z|0) t_i t_j, t the score of the hard event at the standard model, by midpoints of mass and angles.
fn information(process: &Process) -> [[f64; 5]; 5] {
    use std::f64::consts::PI;
    let total = process.cross_section();
    let sizes = [100, 24, 24, 8];
    let mut sum = [[0.0; 5]; 5];
    for index in 0..sizes.iter().product::<usize>() {
        let mut rest = index;
        let mut at = sizes.map(|n| {
            let place = (rest % n) as f64 + 0.5;
            rest /= n;
            place / n as f64
        });
        let mut weight = 1.0 / sizes.iter().product::<usize>() as f64;
        // Amplitudes vanish towards the beam: angles, not cosines, are to be dense there.
        for polar in &mut at[1..3] {
            weight *= 0.5 * PI * (PI * *polar).sin();
            *polar = 0.5 - 0.5 * (PI * *polar).cos();
        }
        let rate = process.rate(&Angles::from_shares(at));
        let (rate0, total0) = (rate.element(0, 0), total.element(0, 0));
        let score: [f64; 5] =
            std::array::from_fn(|i| 2.0 * (rate.element(0, i + 1) / rate0 - total.element(0, i + 1) / total0));
        (0..25).for_each(|ij| sum[ij / 5][ij % 5] += weight * rate0 / total0 * score[ij / 5] * score[ij % 5]);
    }
    sum
}

#[test] // a Monte Carlo calculation of the reference, 1 %, and its printed digits
fn hard_event_carries_the_information_it_should() {
    let share = 0.01;
    for (energy, digits, expected) in [
        (240.0, 5e-5, [0.0049, 0.0032, 0.0209, 0.0023, 0.0024]),
        (250.0, 5e-5, [0.0073, 0.0041, 0.0284, 0.0026, 0.0035]),
        (500.0, 5e-4, [0.368, 0.077, 0.997, 0.020, 0.075]),
    ] {
        let process = Process::new(energy, &ALL).unwrap();
        let found = information(&process);
        for (i, expected) in expected.into_iter().enumerate() {
            let off = (found[i][i] - expected).abs();
            assert!(
                off < digits + share * expected,
                "{} is not {expected} at {energy} GeV",
                found[i][i]
            );
        }
        if energy == 500.0 {
            assert!(close(found[0][2] / -0.447, 1.0, share), "{}", found[0][2]);
        }
        if energy == 240.0 {
            // The rate adds the squares of the derivatives of ln σ.
            let total = process.cross_section();
            for (i, expected) in [(0, 0.095), (2, 0.979)] {
                let slope = 2.0 * total.element(0, i + 1) / total.element(0, 0);
                assert!(close((found[i][i] + slope * slope) / expected, 1.0, share));
            }
        }
    }
}

#[test]
fn kinematics_are_undone_and_conserve_momentum() {
    let process = Process::new(365.0, &ALL).unwrap();
    for at in shares(200) {
        let at = Angles {
            phi: 2.0 * at[0],
            ..Angles::from_shares(at)
        };
        let out = process.momenta(&at);
        let sum = out.lepton + out.antilepton + out.higgs - Momentum::at_rest(365.0);
        assert!(sum.components().iter().all(|component| component.abs() < 1e-10));
        assert!((out.higgs.mass() - 125.0).abs() < 1e-9 && out.lepton.square().abs() < 1e-9);
        let back = Angles::from_momenta(out.lepton, out.antilepton);
        for (found, expected) in [
            (back.square / at.square, 1.0),
            (back.cosine, at.cosine),
            (back.phi, at.phi),
            (back.decay_cosine, at.decay_cosine),
            (back.decay_phi, at.decay_phi),
        ] {
            assert!((found - expected).abs() < 1e-8, "{found} is not {expected}");
        }
        // Turned about the beam, an event is as probable.
        let (here, there) = (process.rate(&at), process.rate(&Angles { phi: 0.0, ..at }));
        for (a, b) in here.upper().iter().zip(there.upper()) {
            assert!((a - b).abs() < ALGEBRA * (1.0 + there.element(0, 0)) * 1e3);
        }
    }
}

#[test]
fn no_hypothesis_exceeds_the_bound() {
    for (energy, operators) in [(240.0, &ALL[..]), (500.0, &ALL[..3]), (3_000.0, &ALL[..])] {
        let generator = Generator::new(energy, operators).unwrap();
        let bounds = generator.bounds();
        for at in shares(20_000) {
            let bound = bounds[(at[0] * bounds.len() as f64) as usize];
            assert!(generator.largest_density(at) <= bound, "{at:?} at {energy} GeV");
        }
    }
}

#[test] // what a draw took from its stream: five numbers a proposal, and an azimuth
fn proposals_are_accepted_as_often_at_all_hypotheses() {
    let generator = Generator::new(500.0, &[Operator::W, Operator::Ww]).unwrap();
    for theta in [[0.0, 0.0], [0.4, 0.0], [-40.0, 35.0]] {
        let density = generator.at(&theta).unwrap();
        let proposals = |event| {
            let mut rng = stream(14, event, 0);
            let mut again = rng.clone();
            density.sample(&mut rng);
            let count = (1..1_000).find(|_| {
                let _proposal: [u64; 5] = again.random();
                let mut last = again.clone();
                let _azimuth: u64 = last.random();
                last == rng
            });
            f64::from(count.unwrap()) - generator.proposals()
        };
        let off: Vec<f64> = (0..10_000).map(proposals).collect();
        assert!(z_score(&off).abs() < 5.0, "{theta:?}");
    }
    assert!(generator.proposals() < 3.1, "{}", generator.proposals());
}

#[test] // also where the standard model is but a small part: any coefficients are drawn from, not only small ones
fn identities_hold_for_all_operators_and_far_away() {
    let far = Higgsstrahlung::default().at_parton_level();
    let all = Higgsstrahlung::new(350.0, &ALL).unwrap();
    let shower = Higgsstrahlung::default().with_shower();
    for (simulator, theta0, theta1) in [
        (&far as &dyn Instrumented, vec![-40.0, 35.0], vec![20.0, 35.0]),
        (&all, vec![0.3, -0.1, 0.2, -0.4, 0.3], vec![0.0; 5]),
        (&shower, vec![0.3, -0.3, 0.2], vec![0.0, 0.0, -0.1]),
    ] {
        let found = identities(simulator, &theta0, &theta1, 10_000, 4).unwrap();
        let failures: Vec<_> = found.failures().collect();
        assert!(failures.is_empty(), "{}: {failures:#?}", simulator.name());
    }
}

#[test] // midpoints of the mass, where the density has a peak; Gauss's points are exact for the angles
fn density_of_partons_is_normalised() {
    let simulator = Higgsstrahlung::default().at_parton_level();
    let truth = Instrumented::truth(&simulator).unwrap();
    let (n, azimuths) = (1_500, 6);
    let cosines = [
        (-0.6f64.sqrt(), 5.0 / 9.0),
        (0.0, 8.0 / 9.0),
        (0.6f64.sqrt(), 5.0 / 9.0),
    ];
    let (mut x, mut weights) = (vec![], vec![]);
    for i in 0..n {
        let mass = WINDOW.0 + (WINDOW.1 - WINDOW.0) * (i as f64 + 0.5) / n as f64;
        for (a, b) in (0..9).map(|pair| (cosines[pair / 3], cosines[pair % 3])) {
            for k in 0..azimuths {
                let phi = std::f64::consts::TAU * (k as f64 / azimuths as f64 - 0.5);
                x.extend([mass, a.0, b.0, phi]);
                let volume = (WINDOW.1 - WINDOW.0) / n as f64 * std::f64::consts::TAU / azimuths as f64;
                weights.push(a.1 * b.1 * volume);
            }
        }
    }
    let x = Array2::from_shape_vec((weights.len(), 4), x).unwrap();
    for theta in [[0.0, 0.0], [0.3, -0.3], [-5.0, 4.0]] {
        let p = truth.log_likelihood(x.view(), &theta).unwrap().mapv(f64::exp);
        let sum: f64 = p.iter().zip(&weights).map(|(p, weight)| p * weight).sum();
        assert!(close(sum, 1.0, 1e-5), "{sum} at {theta:?}");
    }
    let outside = ndarray::array![[60.0, 0.0, 0.0, 0.0], [91.0, 1.5, 0.0, 0.0], [91.0, 0.0, f64::NAN, 0.0]];
    let log = truth.log_likelihood(outside.view(), &[0.0, 0.0]).unwrap();
    assert!(log.iter().all(|log| *log == f64::NEG_INFINITY));
}

#[test]
fn partons_are_their_own_latent() {
    let simulator = Higgsstrahlung::default().at_parton_level();
    let truth = Instrumented::truth(&simulator).unwrap();
    let mut memory = vec![];
    for event in 0..50 {
        let mined = Instrumented::mine(&simulator, &[0.2, 0.1], &mut stream(6, event, 0), &mut memory).unwrap();
        assert_eq!(memory.len(), 6);
        let x = Array2::from_shape_vec((1, 4), mined.x.clone()).unwrap();
        let score = truth.score(x.view(), &[0.2, 0.1]).unwrap();
        assert!((0..2).all(|i| close(mined.score[i], score[[0, i]], 1e-8)));
        let joint = simulator.log_probability_at(&[0.5, -0.5], &memory).unwrap() - mined.log_probability;
        let exact = truth.log_ratio(x.view(), &[0.5, -0.5], &[0.2, 0.1]).unwrap()[0];
        assert!(close(joint, exact, 1e-8));
    }
}

#[test] // events drawn from the standard model, reweighted, add up to σ(θ)
fn rates_of_events_add_up_to_the_cross_section() {
    let simulator = Higgsstrahlung::default();
    let mut memory = vec![];
    let rate = |theta: &[f64]| {
        let mut scratch = (vec![0.0; 2], vec![0.0; 4]);
        simulator
            .log_rate_at(theta, &mut scratch.0, &mut scratch.1)
            .unwrap()
            .unwrap()
    };
    let theta = [-0.4, 0.3];
    let expected = (rate(&theta) - rate(&[0.0, 0.0])).exp();
    let off: Vec<f64> = (0..20_000)
        .map(|event| {
            Instrumented::record(&simulator, &[0.0, 0.0], &mut stream(7, event, 0), &mut memory).unwrap();
            // The ratio of rates of an event: c^T R c/R_00, from what it remembers.
            let [r00, r01, r02, r11, r12, r22] = memory[..] else {
                panic!("six numbers")
            };
            let [a, b] = theta;
            let form = r00 + 2.0 * (a * r01 + b * r02 + a * b * r12) + a * a * r11 + b * b * r22;
            form / r00 - expected
        })
        .collect();
    assert!(z_score(&off).abs() < 5.0);
    assert!(close(rate(&[0.0, 0.0]).exp(), 1.82688, 3.0 * PRINTED));
}

#[test]
fn wild_coefficients_give_finite_events() {
    for energy in [240.0, 10_000.0] {
        let simulator = Higgsstrahlung::new(energy, &ALL).unwrap().with_shower();
        let (mut rng, mut memory) = (stream(9, 0, 0), vec![]);
        for event in 0..200 {
            let mut theta: Vec<f64> = (0..5).map(|_| 200.0 * rng.random::<f64>() - 100.0).collect();
            theta.push([-0.5, 0.0, 0.5][event as usize % 3]);
            let mined = Instrumented::mine(&simulator, &theta, &mut stream(10, event, 0), &mut memory).unwrap();
            assert!(mined.x.iter().chain(&mined.score).all(|number| number.is_finite()));
            assert!(mined.log_probability.is_finite());
        }
    }
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    for energy in [200.0, f64::NAN, 1e6] {
        let error = Higgsstrahlung::new(energy, &ALL).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains("GeV"), "{error}");
    }
    for operators in [&[][..], &[Operator::W, Operator::W], &[Operator::StandardModel]] {
        assert!(Higgsstrahlung::new(500.0, operators).unwrap_err().is_usage());
    }
    let simulator = Higgsstrahlung::default();
    assert!(simulator.log_probability_at(&[0.0, 0.0], &[1.0; 5]).is_err());
    for theta in [[f64::NAN, 0.0], [1e200, 0.0]] {
        assert!(Instrumented::sample(&simulator, &theta, &mut stream(1, 0, 0)).is_err());
    }
    let shower = simulator.with_shower();
    assert!(shower.log_probability_at(&[0.0; 3], &[1.0; 6]).is_err());
    assert!(Instrumented::sample(&shower, &[0.0, 0.0, 0.7], &mut stream(1, 0, 0)).is_err());
}

#[test] // golden: the first events of seed 7 for ever; a change is a changelog line under "Results"
fn first_events_are_stable() {
    let detector = Higgsstrahlung::default();
    let partons = Higgsstrahlung::default().at_parton_level();
    let mut memory = vec![];
    for (simulator, golden) in [
        (&detector as &dyn Instrumented, GOLDEN_DETECTOR),
        (&partons, GOLDEN_PARTONS),
    ] {
        for (event, golden) in golden.into_iter().enumerate() {
            let mined = simulator
                .mine(&[0.3, -0.3], &mut stream(7, event as u64, 0), &mut memory)
                .unwrap();
            let log = mined.log_probability - simulator.log_probability_at(&[0.0, 0.0], &memory).unwrap();
            let found = [mined.x[0], *mined.x.last().unwrap(), log, mined.score[0]];
            assert!(
                (0..4).all(|i| close(found[i], golden[i], 1e-10)),
                "{}: {found:?}",
                simulator.name()
            );
        }
    }
}

/// First and last observable, ln r(x,z) against the standard model, first component of the score.
const GOLDEN_DETECTOR: [[f64; 4]; 3] = [
    [
        157.0722567482953,
        0.056909551143787256,
        -0.14742969659575617,
        -0.8165940193526415,
    ],
    [
        220.10260814728832,
        0.016070930104902934,
        0.901651378405811,
        0.942312684444592,
    ],
    [
        13.442447653513874,
        0.04840642761697457,
        0.9536074558181402,
        0.5585843000927553,
    ],
];
const GOLDEN_PARTONS: [[f64; 4]; 3] = [
    [
        87.6795017345082,
        2.7827524042371756,
        -0.14742969659575617,
        -0.8165940193526415,
    ],
    [
        95.32042787890833,
        -2.1063564895610334,
        0.901651378405811,
        0.942312684444592,
    ],
    [
        92.86402525807796,
        1.6533815498370892,
        0.9536074558181402,
        0.5585843000927553,
    ],
];
