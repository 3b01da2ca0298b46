//! Simulators that implement the object-safe face themselves, and mine many events in one call.

use motherlode_core::gold::{Design, Miner, identities};
use motherlode_core::prior::Prior;
use motherlode_core::trace::{Instrumented, Mined, Observable, Parameter, Rejected, Stream};
use ndarray::ArrayView2;
use rand::RngExt;
use rand_distr::StandardNormal;

/// x = z + noise with z ~ N(θ, 1), written without traces; runs with z > 2.5 are discarded.
struct Foreign {
    /// Mines with its own loop over a block.
    in_blocks: bool,
}

fn log_density(theta: f64, z: f64) -> f64 {
    -0.5 * (z - theta).powi(2)
}

fn run(theta: f64, rng: &mut Stream) -> Result<(Mined, Vec<f64>), Rejected> {
    let z = theta + rng.sample::<f64, _>(StandardNormal);
    let noise: f64 = rng.sample(StandardNormal);
    if z > 2.5 {
        return Err(Rejected::Discarded("above the range".into()));
    }
    let mined = Mined {
        x: vec![z + noise],
        log_probability: log_density(theta, z),
        score: vec![z - theta],
    };
    Ok((mined, vec![z]))
}

impl Instrumented for Foreign {
    fn name(&self) -> &str {
        "foreign"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -2.0, 2.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x")]
    }

    fn sample(&self, theta: &[f64], rng: &mut Stream) -> Result<Vec<f64>, Rejected> {
        Ok(run(theta[0], rng)?.0.x)
    }

    fn record(&self, theta: &[f64], rng: &mut Stream, memory: &mut Vec<f64>) -> Result<(Vec<f64>, f64), Rejected> {
        let mined = self.mine(theta, rng, memory)?;
        Ok((mined.x, mined.log_probability))
    }

    fn mine(&self, theta: &[f64], rng: &mut Stream, memory: &mut Vec<f64>) -> Result<Mined, Rejected> {
        let (mined, path) = run(theta[0], rng)?;
        *memory = path;
        Ok(mined)
    }

    fn mines_in_blocks(&self) -> bool {
        self.in_blocks
    }

    fn mine_block(&self, theta: ArrayView2<'_, f64>, rngs: &mut [Stream]) -> Vec<Result<(Mined, Vec<f64>), Rejected>> {
        assert!(self.in_blocks && theta.dim() == (rngs.len(), 1) && !rngs.is_empty());
        theta.iter().zip(rngs).map(|(&theta, rng)| run(theta, rng)).collect()
    }

    fn log_probability_at(&self, theta: &[f64], memory: &[f64]) -> Result<f64, Rejected> {
        Ok(log_density(theta[0], memory[0]))
    }

    fn score_at(&self, theta: &[f64], memory: &[f64], score: &mut [f64]) -> Result<f64, Rejected> {
        score[0] = memory[0] - theta[0];
        self.log_probability_at(theta, memory)
    }
}

fn designs() -> Vec<Design> {
    let prior = Prior::uniform([(-1.0, 1.0)]).unwrap();
    vec![
        Design::Pair {
            theta0: vec![1.0],
            theta1: vec![0.5],
        },
        Design::Prior {
            prior: prior.clone(),
            theta1: vec![0.0],
        },
        Design::Mixture { prior, n_points: 20 },
        Design::Reference { theta: vec![1.5] },
    ]
}

#[test]
fn events_mined_in_blocks_are_those_mined_one_by_one() {
    for design in designs() {
        let mined = |in_blocks: bool| {
            let simulator = Foreign { in_blocks };
            Miner::new(&simulator, design.clone(), 3)
                .unwrap()
                .events(5..1_505)
                .unwrap()
        };
        let (blocks, single) = (mined(true), mined(false));
        assert_eq!(blocks, single, "{design}");
        assert!(blocks.header.n_discarded > 0, "{design}: no run was discarded");
        assert!(blocks.memories.is_some());
    }
}

#[test]
fn memories_of_blocks_can_be_left_out() {
    let simulator = Foreign { in_blocks: true };
    let miner = Miner::new(&simulator, designs().remove(0), 3).unwrap();
    assert_eq!(miner.with_memories(false).events(0..10).unwrap().memories, None);
}

/// A simulator written without traces obeys the identities, where no run is discarded.
#[test]
fn a_simulator_without_traces_is_checked_like_any_other() {
    let found = identities(&Foreign { in_blocks: true }, &[-1.5], &[-1.8], 2_000, 4).unwrap();
    assert!(found.pass(), "{:?}", found.failures().collect::<Vec<_>>());
    assert!(Foreign { in_blocks: true }.hypotheses().is_err());
}

#[test]
fn a_block_that_fails_names_its_event() {
    let simulator = Foreign { in_blocks: true };
    let design = Design::Reference { theta: vec![2.0] };
    // With θ = 2, three runs of ten are discarded: six in a row about once in a thousand events.
    let miner = Miner::new(&simulator, design, 3).unwrap().with_retries(5);
    let error = miner.events(0..20_000).unwrap_err().to_string();
    assert!(
        error.contains("foreign failed in event") && error.contains("6 runs in a row"),
        "{error}"
    );
}
