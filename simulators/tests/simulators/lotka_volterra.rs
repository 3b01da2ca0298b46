//! Predators and prey as others have simulated them, and their gold as a martingale has to be.

use crate::tolerance::{ALGEBRA, close, z_score};
use motherlode_core::gold::{Design, Miner, identities};
use motherlode_core::trace::{Instrumented, Mined, Rejected, stream};
use motherlode_simulators::LotkaVolterra;

/// ln (0.01, 0.5, 1, 0.01): the parameters at which the published data were simulated.
fn published() -> [f64; 4] {
    [0.01f64, 0.5, 1.0, 0.01].map(f64::ln)
}

/// A run, and what it remembers.
type Run = (Mined, Vec<f64>);

/// Runs that were kept, and how many were not.
fn runs(n: u64, seed: u64) -> (Vec<Run>, f64) {
    let (simulator, mut discarded) = (LotkaVolterra::default(), 0.0);
    let mut memory = vec![];
    let mut kept = vec![];
    for event in 0..n {
        match simulator.mine(&published(), &mut stream(seed, event, 0), &mut memory) {
            Ok(mined) => kept.push((mined, memory.clone())),
            Err(Rejected::Discarded(reason)) => {
                assert!(reason.contains("100000 births and deaths"), "{reason}");
                discarded += 1.0;
            }
            Err(other) => panic!("{other}"),
        }
    }
    (kept, discarded)
}

/// 20 000 runs of a program in C, written independently: mean and standard deviation of each observable.
const OBSERVED: [(f64, f64); 9] = [
    (89.48, 21.49),
    (46.13, 77.0),
    (8.438, 0.633),
    (7.717, 0.749),
    (0.9795, 0.0090),
    (0.9363, 0.0220),
    (0.9703, 0.0121),
    (0.9118, 0.0239),
    (0.1055, 0.175),
];

#[test]
fn populations_are_those_of_an_independent_program() {
    let (kept, discarded) = runs(10_000, 1);
    let error = |sd: f64| sd * (1.0 / kept.len() as f64 + 1.0 / 20_000.0).sqrt();
    let mean = |f: &dyn Fn(&Run) -> f64| kept.iter().map(f).sum::<f64>() / kept.len() as f64;
    for (k, (expected, sd)) in OBSERVED.into_iter().enumerate() {
        let found = mean(&|(mined, _)| mined.x[k]);
        let rounding = 0.5 * 10f64.powi(-(if k < 2 { 2 } else { 4 }));
        assert!(
            (found - expected).abs() < 5.0 * error(sd) + rounding,
            "{k}: {found} is not {expected}"
        );
    }
    // The program went on to the first event after the end, and said who was left then.
    let rates = published().map(f64::exp);
    let last = |of: &dyn Fn(f64, f64, f64) -> f64| {
        mean(&|(_, m)| {
            let (x, y) = (50.0 + m[0] - m[1], 100.0 + m[2] - m[3]);
            of(x, y, rates[0] * x * y + rates[1] * x + rates[2] * y + rates[3] * x * y)
        })
    };
    let share = |p: f64| (p * (1.0 - p)).sqrt();
    for (found, expected, sd) in [
        (last(&|x, _, total| extinct(x, rates[1] / total)), 0.309, share(0.309)),
        (
            last(&|x, y, total| extinct(y, rates[3] * x / total)),
            0.470,
            share(0.470),
        ),
        (discarded / 10_000.0, 0.0060, share(0.0060)),
        (mean(&|(_, m)| m[..4].iter().sum::<f64>() + 1.0), 5_421.0, 2_480.0),
    ] {
        assert!((found - expected).abs() < 5.0 * error(sd), "{found} is not {expected}");
    }
}

/// The probability that nobody of `left` is there after the next event, which is the death of one with probability `dies`.
fn extinct(left: f64, dies: f64) -> f64 {
    match left {
        0.0 => 1.0,
        1.0 => dies,
        _ => 0.0,
    }
}

#[test] // t is a martingale: E[t_i t_j] = E[N_i] where i = j, else 0
fn scores_vary_as_much_as_reactions_happen() {
    let (kept, _) = runs(4_000, 2);
    for i in 0..4 {
        for j in 0..=i {
            let products: Vec<f64> = kept
                .iter()
                .map(|(mined, m)| mined.score[i] * mined.score[j] - if i == j { m[i] } else { 0.0 })
                .collect();
            assert!(z_score(&products).abs() < 5.0, "{i} {j}: {}", z_score(&products));
        }
    }
}

#[test] // the path alone would have θ̂_j = ln (N_j/A_j), where its score vanishes, within 1/√N_j of the truth
fn paths_know_their_parameters() {
    let (kept, _) = runs(2_000, 3);
    let simulator = LotkaVolterra::default();
    let mut pulls = vec![];
    for (_, memory) in &kept {
        let best: Vec<f64> = (0..4).map(|j| (memory[j] / memory[4 + j]).ln()).collect();
        let mut score = [0.0; 4];
        let most = simulator.score_at(&best, memory, &mut score).unwrap();
        assert!((0..4).all(|j| score[j].abs() < ALGEBRA * memory[j]));
        assert!(most >= simulator.log_probability_at(&published(), memory).unwrap());
        pulls.extend((0..4).map(|j| (best[j] - published()[j]) * memory[j].sqrt()));
    }
    let within = pulls.iter().filter(|pull| pull.abs() < 1.0).count() as f64 / pulls.len() as f64;
    // 68.3 % for a normal law; the standard error is 0.5 %.
    assert!((within - 0.683).abs() < 0.03, "{within}");
}

#[test]
fn memories_are_eight_numbers() {
    let (simulator, theta) = (LotkaVolterra::default(), published());
    let (mut memory, mut score) = (vec![], [0.0; 4]);
    let mined = simulator.mine(&theta, &mut stream(4, 0, 0), &mut memory).unwrap();
    assert_eq!(memory.len(), 8);
    let expected: f64 = (0..4)
        .map(|j| memory[j] * theta[j] - theta[j].exp() * memory[4 + j])
        .sum();
    assert!(close(mined.log_probability, expected, ALGEBRA));
    assert_eq!(
        simulator.score_at(&theta, &memory, &mut score).unwrap(),
        mined.log_probability
    );
    for j in 0..4 {
        assert!((score[j] - (memory[j] - theta[j].exp() * memory[4 + j])).abs() < ALGEBRA * memory[j]);
    }
    assert!(simulator.log_probability_at(&theta, &memory[..7]).is_err());
}

#[test] // all identities, in the default box and in the wide one
fn gold_is_gold() {
    let simulator = LotkaVolterra::default();
    let hypotheses = simulator.hypotheses().unwrap();
    let found = identities(&simulator, &hypotheses.theta0, &hypotheses.theta1, 500, 5).unwrap();
    assert!(found.pass(), "{:#?}", found.failures().collect::<Vec<_>>());
    let focus = LotkaVolterra::focus();
    let prior = focus.hypotheses().unwrap().prior;
    assert!(
        prior
            .edges()
            .iter()
            .all(|(low, high)| (high - low - 0.5).abs() < ALGEBRA)
    );
    let near: Vec<f64> = published().iter().map(|theta| theta + 0.004).collect();
    let found = identities(&focus, &published(), &near, 500, 6).unwrap();
    assert!(found.pass(), "{:#?}", found.failures().collect::<Vec<_>>());
}

#[test] // golden: the first run of seed 7 for ever; a change is a changelog line under "Results"
fn first_run_is_stable() {
    let simulator = LotkaVolterra::default();
    let mut memory = vec![];
    let mined = simulator
        .mine(
            &simulator.hypotheses().unwrap().theta0,
            &mut stream(7, 0, 0),
            &mut memory,
        )
        .unwrap();
    let x = [
        104.483_443_708_609_27,
        53.298_013_245_033_11,
        6.648_239_096_157_333,
        6.328_860_040_776_849,
        0.957_259_589_539_169_8,
        0.888_363_771_551_057_1,
        0.951_354_280_756_051_7,
        0.877_184_272_441_092_6,
        -0.067_775_419_952_145_13,
    ];
    assert!(
        mined
            .x
            .iter()
            .zip(x)
            .all(|(found, golden)| close(*found, golden, ALGEBRA))
    );
    assert_eq!(memory[..4], [1632.0, 1584.0, 1588.0, 1617.0]);
    let exposures = [
        165_860.770_289_941_8,
        3_142.033_295_240_101,
        1_594.764_391_087_311_2,
        165_860.770_289_941_8,
    ];
    assert!(
        memory[4..]
            .iter()
            .zip(exposures)
            .all(|(found, golden)| close(*found, golden, ALGEBRA))
    );
}

#[test]
fn constructors_and_discards_say_what_they_need() {
    for (predators, prey) in [(0, 0), (100_001, 1), (1, u32::MAX)] {
        let refused = LotkaVolterra::default().with_start(predators, prey).unwrap_err();
        assert!(refused.is_usage() && refused.to_string().contains(&format!("{predators} predators")));
    }
    // Prey that nobody eats: every run has too many steps.
    let simulator = LotkaVolterra::default();
    let wild = [-10.0, 5.0, 1.0, -10.0];
    assert!(simulator.sample(&wild, &mut stream(8, 0, 0)).is_err());
    let design = Design::Pair {
        theta0: wild.into(),
        theta1: wild.into(),
    };
    let said = Miner::new(&simulator, design, 1)
        .unwrap()
        .with_retries(5)
        .events(0..1)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("births and deaths") && said.contains("6 runs in a row"),
        "{said}"
    );
}

#[test] // no θ of the range makes it panic, or gives numbers that are none
fn corners_of_the_range_are_survived() {
    let simulator = LotkaVolterra::default().with_start(3, 5).unwrap();
    let ranges: Vec<(f64, f64)> = simulator.parameters().iter().map(|parameter| parameter.range).collect();
    for corner in 0..16 {
        let theta: Vec<f64> = (0..4)
            .map(|j| if corner >> j & 1 == 0 { ranges[j].0 } else { ranges[j].1 })
            .collect();
        let mut memory = vec![];
        match simulator.mine(&theta, &mut stream(9, corner, 0), &mut memory) {
            Ok(mined) => {
                let numbers = mined.x.iter().chain(&mined.score).chain(&memory);
                assert!(
                    numbers.into_iter().all(|number| number.is_finite()),
                    "{theta:?}: {mined:?}"
                );
            }
            Err(rejected) => assert!(matches!(rejected, Rejected::Discarded(_)), "{rejected}"),
        }
    }
}
