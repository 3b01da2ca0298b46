use super::*;
use crate::real::Real;
use crate::trace::density::{Bernoulli, Normal, Poisson, VonMises};
use crate::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace, stream};

/// Simulators with a latent path to be resampled.
enum Fixture {
    /// Five steps; the more were up, the likelier is the next, and the second is noise. The sum is shown.
    Stairs,
    /// A normal latent under normal noise, as their sum.
    Sum,
    /// The same, the noisy value being the draw.
    Blurred,
    /// A count of two sources, as their sum.
    Counts,
    /// An angle, and whether it is positive.
    Angle,
}

impl Simulator for Fixture {
    fn name(&self) -> &str {
        "fixture"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", 0.0, 1.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.3], [0.6], [(0.2, 0.8)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let [theta] = theta else {
            return Err(Rejected::Invalid("one parameter".into()));
        };
        let theta = *theta;
        let x = match self {
            Self::Stairs => {
                let mut up = 0.0;
                for step in 0..5 {
                    let is_up = match step {
                        1 => trace.noise(Bernoulli::new(0.3)?),
                        _ => trace.draw(Bernoulli::new(theta * (0.2 + 0.15 * up) + 0.1)?),
                    };
                    up += f64::from(u8::from(is_up));
                }
                up
            }
            Self::Sum => trace.draw(Normal::new(theta, R::from(1.0))?) + trace.noise(Normal::new(0.0, 0.5)?),
            Self::Blurred => {
                let z = trace.draw(Normal::new(theta, R::from(1.0))?);
                trace.noise(Normal::new(z, 0.5)?)
            }
            Self::Counts => (trace.draw(Poisson::new(theta)?) + trace.draw(Poisson::new(theta * 3.0)?)) as f64,
            Self::Angle => f64::from(u8::from(trace.draw(VonMises::new(theta, R::from(0.5))?) > 0.0)),
        };
        Ok(vec![x])
    }
}

const THETA: [f64; 1] = [0.7];

/// States of a long walk from `start`, `n` of them, a few rounds apart.
fn walk(simulator: &Fixture, start: &[f64], x: f64, n: usize) -> Vec<Vec<f64>> {
    let mut archive = Memories::default();
    for event in 0..50 {
        let mut memory = Vec::new();
        Instrumented::record(simulator, &THETA, &mut stream(1, event, 0), &mut memory).unwrap();
        archive.push(&memory);
    }
    let (resampler, observed) = (Resampler::new(simulator, &archive), [x]);
    let mut walker = Walker::new(50, &observed, start);
    let mut rng = stream(2, 0, 0);
    (0..n)
        .map(|_| {
            for _ in 0..3 {
                resampler.round(&THETA, &mut walker, &mut rng);
            }
            walker.memory.clone()
        })
        .collect()
}

/// Standard errors between the mean of correlated values and `expected`, by means of batches.
fn z_score(values: impl Iterator<Item = f64>, expected: f64) -> f64 {
    let values: Vec<f64> = values.collect();
    let batches: Vec<f64> = values
        .chunks(values.len() / 50)
        .map(|batch| batch.iter().sum::<f64>() / batch.len() as f64 - expected)
        .collect();
    let n = batches.len() as f64;
    let mean = batches.iter().sum::<f64>() / n;
    let variance = batches.iter().map(|b| (b - mean).powi(2)).sum::<f64>() / (n - 1.0);
    mean / (variance / n).sqrt()
}

/// All paths of the stairs that end on step 2, by enumeration with the probabilities written out again.
#[test]
fn a_walk_visits_discrete_paths_as_often_as_they_are_probable() {
    let probability = |path: &[f64]| {
        let (mut p, mut up) = (1.0, 0.0);
        for (step, &is_up) in path.iter().enumerate() {
            let chance = if step == 1 { 0.3 } else { 0.7 * (0.2 + 0.15 * up) + 0.1 };
            p *= if is_up == 1.0 { chance } else { 1.0 - chance };
            up += is_up;
        }
        p
    };
    let paths: Vec<Vec<f64>> = (0..32_u32)
        .filter(|bits| bits.count_ones() == 2)
        .map(|bits| (0..5).map(|k| f64::from(bits >> k & 1)).collect())
        .collect();
    let total: f64 = paths.iter().map(|path| probability(path)).sum();
    let states = walk(&Fixture::Stairs, &[1.0, 1.0, 0.0, 0.0, 0.0], 2.0, 10_000);
    for path in &paths {
        let visits = states.iter().map(|state| f64::from(u8::from(state == path)));
        let z = z_score(visits, probability(path) / total);
        assert!(z.abs() < 5.0, "{path:?}: {z}");
    }
    assert!(states.iter().all(|state| paths.contains(state)));
}

/// z|x is normal: mean (θ/4 + x)/(1/4 + 1), variance (1/4)/(1/4 + 1). The sum is kept by moves of two numbers, the draw by
/// moves of one.
#[test]
fn a_walk_visits_real_latents_as_often_as_they_are_probable() {
    let x = 1.6;
    let (mean, variance) = ((0.25 * THETA[0] + x) / 1.25, 0.2);
    for (simulator, start) in [(Fixture::Sum, [0.1, 1.5]), (Fixture::Blurred, [0.1, x])] {
        let states = walk(&simulator, &start, x, 10_000);
        let latents = || states.iter().map(|state| state[0]);
        let (first, second) = (
            z_score(latents(), mean),
            z_score(latents().map(|z| (z - mean).powi(2)), variance),
        );
        assert!(first.abs() < 5.0 && second.abs() < 5.0, "{first} {second}");
    }
}

/// The first of two Poisson counts with a given sum is binomial.
#[test]
fn a_walk_visits_counts_as_often_as_they_are_probable() {
    let states = walk(&Fixture::Counts, &[4.0, 0.0], 4.0, 10_000);
    for (k, expected) in [(0.0, 81.0), (1.0, 108.0), (2.0, 54.0), (3.0, 12.0), (4.0, 1.0)] {
        let visits = states.iter().map(|state| f64::from(u8::from(state[0] == k)));
        let z = z_score(visits, expected / 256.0);
        assert!(z.abs() < 5.0, "{k}: {z}");
    }
}

/// An angle beyond a half turn can be scored, and is never drawn.
#[test]
fn a_walk_stays_where_densities_draw() {
    let states = walk(&Fixture::Angle, &[1.0], 1.0, 2_000);
    assert!(
        states
            .iter()
            .all(|state| 0.0 < state[0] && state[0] <= std::f64::consts::PI)
    );
    assert!(states.iter().any(|state| state[0] > 2.5));
}

#[test]
fn only_what_is_a_path_can_be_replayed() {
    let mut kinds = Vec::new();
    let mut replay = |fixture: &Fixture, memory: &[f64]| fixture.replay(&THETA, memory, &mut kinds);
    let (x, log) = replay(&Fixture::Stairs, &[0.0, 1.0, 0.0, 0.0, 0.0]).unwrap();
    assert_eq!(x, [1.0]);
    // The noise counts: it went up with 0.3.
    let expected: f64 = 0.76 * 0.3 * 0.655 * 0.655 * 0.655;
    assert!((log - expected.ln()).abs() < 1e-12, "{log} {}", expected.ln());
    for memory in [&[0.0, 1.0, 0.5, 0.0, 0.0][..], &[0.0; 4], &[0.0; 6]] {
        assert_eq!(replay(&Fixture::Stairs, memory), Err(Rejected::Strayed));
    }
    assert_eq!(replay(&Fixture::Counts, &[1.5, 2.0]), Err(Rejected::Strayed));
    assert_eq!(replay(&Fixture::Angle, &[4.0]).unwrap().1, f64::NEG_INFINITY);
    assert_eq!(kinds, [Kind::Real]);
}
