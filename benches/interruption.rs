//! How long is the longest time for which a long call does not ask whether it should stop? Cases: a training from a file, an evaluation of
//! many events by the network, toys of one hypothesis, and posterior chains. Prints the longest of five runs for each.
//!
//! A machine that does other work as well lengthens the times: the smallest of several runs of this bench is the one to quote.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use motherlode::analysis::{Analysis, EvaluationSettings, Observations, PosteriorSettings};
use motherlode::dataset::Reader;
use motherlode::gold::{Design, Miner, observations};
use motherlode::inference::{ChainSettings, Likelihood, LikelihoodScan, ToyPlan, Toys};
use motherlode::likelihood::LogRatio;
use motherlode::nn::{Method, RatioEstimator, Settings, TrainingData};
use motherlode::prior::Prior;
use motherlode::trace::Instrumented;
use motherlode::{Progress, Result};
use motherlode_simulators::Projectile;

const RUNS: usize = 5;

/// The time of the last question, and the longest time between two.
struct Silence(Mutex<(Instant, Duration)>);

impl Silence {
    fn new() -> Self {
        Self(Mutex::new((Instant::now(), Duration::ZERO)))
    }

    fn longest(&self) -> Duration {
        self.is_stopped();
        self.0.lock().expect("no thread has panicked").1
    }
}

impl Progress for Silence {
    fn is_stopped(&self) -> bool {
        let mut times = self.0.lock().expect("no thread has panicked");
        times.1 = times.1.max(times.0.elapsed());
        times.0 = Instant::now();
        false
    }
}

fn report(name: &str, runs: usize, call: impl Fn(&dyn Progress) -> Result<()>) -> Result<()> {
    let mut longest = Duration::ZERO;
    for _ in 0..runs {
        let silence = Silence::new();
        call(&silence)?;
        longest = longest.max(silence.longest());
    }
    println!("{name:<45} {:6.1} ms", longest.as_secs_f64() * 1e3);
    Ok(())
}

fn main() -> Result<()> {
    // `cargo bench -- --test` runs every bench once, to see that it runs.
    let test = std::env::args().any(|argument| argument == "--test");
    let (runs, n_events) = if test { (1, 2_000) } else { (RUNS, 1_000_000) };
    let hypotheses = Instrumented::hypotheses(&Projectile)?;
    let prior = Prior::Box {
        edges: hypotheses.prior.clone(),
    };
    let design = Design::Mixture { prior, n_points: 100 };
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = folder.path().join("events.h5");
    Miner::new(&Projectile, design, 1)?.events(0..n_events)?.write(&path)?;
    let file = Reader::open(&path)?;

    let train = |steps, progress: &dyn Progress| {
        let data = TrainingData::from(&file).with_simulator(&Projectile);
        let settings = Settings {
            steps: Some(steps),
            ..Settings::default()
        };
        RatioEstimator::train(Method::Alices, data, &settings, progress)
    };
    report("training from a file of 10^6 events", runs, |progress| {
        train(200, progress).map(|_| ())
    })?;

    let network = train(200, &())?;
    let x = observations(&Projectile, &hypotheses.theta0, n_events as usize / 10, 9)?;
    let observed = Observations::from_array(x, &Projectile)?;
    let analysis = Analysis::new(&network).with_observations(&observed);
    let settings = EvaluationSettings {
        theta0: Some(hypotheses.theta0.clone()),
        theta1: Some(hypotheses.theta1.clone()),
    };
    report("evaluation of 10^5 events", runs, |progress| {
        analysis.evaluate(&settings, progress).map(|_| ())
    })?;

    let few = observations(&Projectile, &hypotheses.theta0, 100, 9)?;
    let scan = LikelihoodScan::new(
        Likelihood::new(&network, few.view(), &hypotheses.theta1),
        &hypotheses.prior,
    );
    let seen = (&network as &dyn LogRatio, hypotheses.theta1.as_slice());
    let plan = ToyPlan {
        events: 100,
        toys: n_events as usize / 100,
        seed: 1,
    };
    let toys = Toys::new(&Projectile, seen, scan.interpolation()?, plan, &())?;
    let belt = scan.neyman_belt(&[0.68, 0.95])?;
    let sums = toys.sums(0, &hypotheses.theta0)?;
    report("comparison with 10^4 toys of one hypothesis", runs, |progress| {
        belt.test(0, sums.view(), progress).map(|_| ())
    })?;

    let few = Observations::from_array(few, &Projectile)?;
    let chains = ChainSettings {
        chains: 2,
        draws: 200,
        warmup: 200,
        seed: 1,
    };
    let settings = PosteriorSettings {
        chains,
        predictive: Some(100),
    };
    let analysis = Analysis::new(&network)
        .with_simulator(&Projectile)
        .with_observations(&few);
    report("posterior chains", runs, |progress| {
        analysis.sample(&settings, progress).map(|_| ())
    })
}
