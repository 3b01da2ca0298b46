//! Runs that are discarded, panic or do not end.

use std::time::Duration;

use motherlode::dataset::{AugmentedData, DatasetSummary, Header, merge};
use motherlode::gold::{Design, Identity, Miner, identities};
use motherlode::prior::Prior;
use motherlode::trace::density::{Bernoulli, Normal};
use motherlode::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace, stream};
use motherlode::{Outcome, Real};
use tempfile::TempDir;

use super::designs;
use super::files::mine_quietly;
use super::fixtures::Coin;

/// Ten tosses of a coin, and what becomes of some runs.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Tosses {
    /// A run is discarded with probability θ.
    Fading,
    /// One run of a thousand is kept.
    Rare,
    /// Seven heads are a panic.
    Panics,
    /// After seven heads, it is tossed for ever.
    Endless,
}

impl Simulator for Tosses {
    fn name(&self) -> &str {
        "tosses"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Simulator::parameters(&Coin)
    }

    fn observables(&self) -> Vec<Observable> {
        Simulator::observables(&Coin)
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Simulator::hypotheses(&Coin)
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let is_discarded = match self {
            Self::Fading => trace.draw(Bernoulli::new(theta[0])?),
            Self::Rare => trace.noise(Bernoulli::new(0.999)?),
            Self::Panics | Self::Endless => false,
        };
        if is_discarded {
            return Err(Rejected::Discarded("the coin is lost".into()));
        }
        let x = Coin.simulate(theta, trace)?;
        assert!(*self != Self::Panics || x[0] != 7.0, "seven heads");
        if *self == Self::Endless && x[0] == 7.0 {
            loop {
                trace.noise(Normal::new(0.0, 1.0)?);
            }
        }
        Ok(x)
    }
}

fn pair(simulator: &dyn Instrumented) -> Miner<'_> {
    let [pair, ..] = designs(simulator);
    Miner::new(simulator, pair, 3).unwrap()
}

/// 35 % of runs are discarded at θ0, 50 % at θ1: ln(0.65/0.5) = 0.262, with the error √((0.35 + 0.5)/2000) = 0.0206 of 2000 kept runs each.
#[test]
fn discarded_runs_are_counted_by_hypothesis() {
    let data = pair(&Tosses::Fading).events(0..4_000).unwrap();
    let mut summary = DatasetSummary::default();
    summary.take(&data);
    let discarded = summary.discarded(&data.header).unwrap();
    assert_eq!(discarded.n_failed, data.header.n_discarded);
    assert_eq!(discarded.n_runs, 4_000 + data.header.n_discarded);
    let bias = discarded.significant_bias().unwrap();
    assert!(
        (bias.log_ratio - 0.262_364).abs() < 4.0 * bias.standard_error,
        "{bias:?}"
    );
    assert!((bias.standard_error - 0.0205).abs() < 0.001, "{bias:?}");
    let words = bias.to_string();
    assert!(words.contains("θ0 = 0.35") && words.contains("θ1 = 0.5"), "{words}");
}

/// Over a prior the thirds of its range differ: 32 %, 45 % and 58 %.
#[test]
fn discarded_runs_are_counted_over_a_prior() {
    let design = Design::Prior {
        prior: Prior::uniform([(0.25, 0.65)]).unwrap(),
        theta1: vec![0.45],
    };
    let data = Miner::new(&Tosses::Fading, design, 3)
        .unwrap()
        .events(0..6_000)
        .unwrap();
    let mut summary = DatasetSummary::default();
    // In portions, as a file is read.
    for start in (0..6_000).step_by(1_000) {
        summary.take(&data.select(&(start..start + 1_000).collect::<Vec<_>>()));
    }
    let discarded = summary.discarded(&data.header).unwrap();
    let thirds: Vec<f64> = discarded.shares[2..].iter().map(|share| share.share()).collect();
    for (found, expected) in thirds.iter().zip([0.3167, 0.45, 0.5833]) {
        assert!((found - expected).abs() < 0.05, "{thirds:?}");
    }
    let bias = discarded.significant_bias().unwrap();
    assert!(bias.between[0].hypotheses.contains("from 0.25 to 0.383333"), "{bias:?}");
}

#[test]
fn the_identities_see_that_discarding_depends_on_theta() {
    let found = identities(&Tosses::Fading, &[0.35], &[0.5], 2_000, 1).unwrap();
    let broken: Vec<&str> = found.failures().map(|check| check.name.as_str()).collect();
    assert!(broken.contains(&Identity::Acceptance.name()), "{broken:?}");
    // With fewer events the mean of the ratio is 1.3 within few errors: a doubt is not passed over.
    let few = identities(&Tosses::Fading, &[0.35], &[0.5], 300, 1).unwrap();
    let kept = few
        .checks
        .iter()
        .find(|check| check.name == Identity::Acceptance.name());
    let kept = kept.unwrap();
    assert_ne!(kept.outcome, Outcome::Pass, "{kept:?}");
    assert!(kept.remedy.as_ref().unwrap().contains("--missing"));
    let even = identities(&super::Moody, &[0.35], &[0.5], 2_000, 1).unwrap();
    assert!(even.pass() && even.n_discarded > 0);
}

#[test]
fn one_kept_run_of_a_thousand_is_enough() {
    let data = pair(&Tosses::Rare).events(0..20).unwrap();
    // A geometric number for each event, of mean and standard deviation 999.
    let n_discarded = data.header.n_discarded as f64;
    assert!((n_discarded / 20.0 - 999.0).abs() < 5.0 * 999.0 / 20f64.sqrt());
    let few = pair(&Tosses::Rare)
        .with_retries(9)
        .events(0..20)
        .unwrap_err()
        .to_string();
    assert!(few.contains("10 runs in a row") && few.contains("--retries"), "{few}");
    // The events do not depend on the number of retries.
    assert_eq!(pair(&Tosses::Rare).with_retries(60_000).events(0..20).unwrap(), data);
}

#[test]
fn shards_add_up_their_discarded_runs() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    let miner = pair(&Tosses::Fading);
    mine_quietly(&miner, 300, None, &path("whole.h5"), false).unwrap();
    let shards: Vec<_> = (1..=3).map(|i| path(&format!("{i}.h5"))).collect();
    for (i, shard) in shards.iter().enumerate() {
        mine_quietly(&miner, 300, Some((i as u64 + 1, 3)), shard, false).unwrap();
    }
    merge(&shards, &path("merged.h5"), false).unwrap();
    let whole = Header::read(&path("whole.h5")).unwrap();
    assert_eq!(Header::read(&path("merged.h5")).unwrap(), whole);
    assert_eq!(whole.discarded.iter().sum::<u64>(), whole.n_discarded);
    assert_eq!(
        std::fs::read(path("merged.h5")).unwrap(),
        std::fs::read(path("whole.h5")).unwrap()
    );
}

/// The first event with seven heads, found without the fault.
fn first_of_seven() -> usize {
    let [pair, ..] = designs(&Coin);
    let data = Miner::new(&Coin, pair, 3).unwrap().events(0..200).unwrap();
    data.x.iter().position(|x| *x == 7.0).unwrap()
}

#[test]
fn a_panic_names_its_event_and_how_to_see_it_again() {
    let event = first_of_seven();
    let theta = if event.is_multiple_of(2) { 0.35 } else { 0.5 };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| pair(&Tosses::Panics).events(0..200).unwrap_err().to_string())
    };
    let message = on(1);
    let n = event + 1;
    for words in [
        format!("event {event}"),
        format!("theta = [{theta}]"),
        "seven heads".into(),
        "failures.rs".into(),
        "seed 3".into(),
        format!("--events {n} --shard {n}/{n}"),
        format!("stream(3, {event}, 0)"),
    ] {
        assert!(message.contains(&words), "{message:?} does not say {words:?}");
    }
    assert_eq!(message, on(4));
    // What the message says to call.
    let again = std::panic::catch_unwind(|| {
        Instrumented::record(&Tosses::Panics, &[theta], &mut stream(3, event as u64, 0), &mut vec![])
    });
    assert!(again.is_err());
    // The events before it are whole.
    assert_eq!(pair(&Tosses::Panics).events(0..event as u64).unwrap().n_events(), event);
    let identity = identities(&Tosses::Panics, &[0.35], &[0.5], 200, 1).unwrap();
    assert!(identity.failures().any(|check| check.note.contains("seven heads")));
}

#[test]
fn a_run_that_does_not_end_is_named() {
    let event = first_of_seven();
    let miner = pair(&Tosses::Endless).with_time_limit(Some(Duration::from_millis(100)));
    let message = miner.events(0..200).unwrap_err().to_string();
    let words = [
        format!("event {event}"),
        "time limit of 0.1 s".into(),
        format!("stream(3, {event}, 0)"),
    ];
    for words in words {
        assert!(message.contains(&words), "{message:?} does not say {words:?}");
    }
    let of_coin = |limit| {
        let [pair, ..] = designs(&Coin);
        let miner = Miner::new(&Coin, pair, 3).unwrap().with_time_limit(limit);
        miner.events(0..200).unwrap()
    };
    assert_eq!(of_coin(Some(Duration::from_secs(60))), of_coin(None));
}

/// Retries of a simulator that keeps nothing end at the limit, too.
#[test]
fn retries_are_within_the_time_limit() {
    let miner = pair(&Tosses::Rare).with_time_limit(Some(Duration::from_nanos(1)));
    let message = miner.events(0..20).unwrap_err().to_string();
    assert!(message.contains("time limit"), "{message}");
}

/// Files with a number that is none are not read, and not merged into one that is not read.
#[test]
fn damaged_tables_are_not_merged() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    let [pair, ..] = designs(&super::Walk);
    let miner = Miner::new(&super::Walk, pair, 5).unwrap();
    miner.events(0..50).unwrap().write(&path("a.h5")).unwrap();
    let good = miner.events(50..100).unwrap();
    type Damage = fn(&mut AugmentedData);
    let damages: [(Damage, &str); 5] = [
        (
            |d| d.memories.as_mut().unwrap().memory[7] = f64::NAN,
            "`memory` of event",
        ),
        (|d| d.y[7] = 0.5, "y = 0.5"),
        (|d| d.x[[7, 0]] = f64::NAN, "NaN in `x` of event 7"),
        (|d| d.theta0[[7, 0]] = 0.1, "`theta0` ="),
        (
            |d| d.joint_log_ratio.as_mut().unwrap()[7] = f64::INFINITY,
            "inf in `joint_log_ratio` of event 7",
        ),
    ];
    for (damage, words) in damages {
        let mut data = good.clone();
        damage(&mut data);
        data.write(&path("b.h5")).unwrap();
        let unread = AugmentedData::read(&path("b.h5")).unwrap_err().to_string();
        assert!(unread.contains(words), "{unread}");
        let message = merge(&[path("a.h5"), path("b.h5")], &path("out.h5"), false).unwrap_err();
        assert!(message.to_string().contains(words), "{message}");
        assert!(!path("out.h5").exists());
    }
}

/// No letter of the header can change without a word.
#[test]
fn the_header_has_a_checksum() {
    let [pair, ..] = designs(&super::Walk);
    let data = Miner::new(&super::Walk, pair, 5).unwrap().events(0..50).unwrap();
    let bytes = data.to_bytes().unwrap();
    let seed = bytes.windows(8).position(|bytes| bytes == b"\"seed\":5").unwrap();
    let mut damaged = bytes;
    damaged[seed + 7] = b'6';
    let message = AugmentedData::from_bytes(damaged).unwrap_err().to_string();
    assert!(message.contains("does not fit `header_sha256`"), "{message}");
}
