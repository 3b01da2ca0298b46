//! Posteriors on the tasks of the benchmark sbibm: C2ST between draws of a trained posterior and draws of the exact one.
//!
//! `cargo run --release -p motherlode-study --example sbibm -- task=two-moons method=anpe n=1000 seeds=2 observations=10`
//! prints a line for each network, with the mean over observations that are drawn from the prior.

use std::time::Instant;

use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Miner, SimulatedEvents};
use motherlode_core::Estimator;
use motherlode_nn::{DensityKind, Method, Model, Settings};
use motherlode_simulators::sbibm::{Task, task};
use motherlode_stats::diagnostics::two_samples;
use ndarray::{Array2, ArrayView1};

/// Seed of the observations, apart from those of the events.
const OBSERVED: u64 = 1 << 40;
/// Draws of each posterior.
const DRAWS: usize = 1_000;

fn main() -> Result<()> {
    let options = Options::read()?;
    let task = task(&options.task)?;
    let observed = mined(&*task, options.observations, OBSERVED)?;
    for seed in 0..options.seeds {
        let data = mined(&*task, options.n, seed)?;
        let events = SimulatedEvents {
            events: &data,
            simulator: as_instrumented(&*task),
        };
        let start = Instant::now();
        let settings = options.settings.clone().with_seed(seed);
        let model = Model::train(options.method, events, &settings, &())?;
        let seconds = start.elapsed().as_secs_f64();
        let c2st: Vec<f64> = observed.x.rows().into_iter().map(|x| compared(&*task, &model, x)).collect::<Result<_>>()?;
        report(&options, seed, &model, &c2st, seconds);
    }
    Ok(())
}

fn as_instrumented(task: &dyn Task) -> &dyn motherlode_core::trace::Instrumented {
    task
}

fn mined(task: &dyn Task, n: u64, seed: u64) -> Result<AugmentedData> {
    let design = Design::Joint { prior: task.prior()? };
    Miner::new(as_instrumented(task), design, seed)?.events(0..n)
}

/// C2ST of the posterior of one observation.
fn compared(task: &dyn Task, model: &Model, x: ArrayView1<f64>) -> Result<f64> {
    let exact = task.posterior(&x.to_vec(), DRAWS, 1)?.draws;

    let posterior = model.as_posterior().ok_or_else(|| Error::usage("choose npe or anpe"))?;
    let drawn: Array2<f64> = posterior.draw(x, DRAWS, 2)?.theta;
    if let Ok(dir) = std::env::var("DUMP") {
        for (n, t) in [("exact", &exact), ("drawn", &drawn)] {
            let text: Vec<String> = t.rows().into_iter().map(|r| r.iter().map(|v| format!("{v:e}")).collect::<Vec<_>>().join(" ")).collect();
            let i = std::fs::read_dir(&dir).map_or(0, |d| d.filter(|f| f.as_ref().is_ok_and(|f| f.file_name().to_string_lossy().starts_with(n))).count());
            std::fs::write(format!("{dir}/{n}{i}.txt"), text.join("\n")).unwrap();
        }
    }
    Ok(two_samples(exact.view(), drawn.view())?.value)
}

fn report(options: &Options, seed: u64, model: &Model, c2st: &[f64], seconds: f64) {
    let mean = c2st.iter().sum::<f64>() / c2st.len() as f64;
    let provenance = model.provenance();
    let (steps, best, loss) = provenance.map_or((0, 0, f64::NAN), |one| (one.steps, one.best_step, one.best_loss().unwrap_or(f64::NAN)));
    let each: Vec<String> = c2st.iter().map(|c| format!("{c:.3}")).collect();
    println!(
        "{} {} n={} seed={seed} C2ST {mean:.3} ({}) loss {loss:.3} best {best}/{steps} {seconds:.1} s",
        options.task,
        options.method,
        options.n,
        each.join(" ")
    );
}

struct Options {
    task: String,
    method: Method,
    n: u64,
    seeds: u64,
    observations: u64,
    settings: Settings,
}

impl Options {
    fn read() -> Result<Self> {
        let mut options = Self {
            task: "two-moons".into(),
            method: Method::Anpe,
            n: 1_000,
            seeds: 1,
            observations: 5,
            settings: Settings::default(),
        };
        for argument in std::env::args().skip(1) {
            options.take(&argument)?;
        }
        Ok(options)
    }

    fn take(&mut self, argument: &str) -> Result<()> {
        let wrong = || Error::usage(format!("`{argument}` is no option: give NAME=VALUE"));
        let (name, value) = argument.split_once('=').ok_or_else(wrong)?;
        let number = || value.parse::<f64>().map_err(|_| wrong());
        let settings = &mut self.settings;
        match name {
            "task" => self.task = value.into(),
            "method" => self.method = value.parse()?,
            "n" => self.n = number()? as u64,
            "seeds" => self.seeds = number()? as u64,
            "observations" => self.observations = number()? as u64,
            "steps" => settings.steps = Some(number()? as usize),
            "batch" => settings.batch = number()? as usize,
            "rate" => settings.learning_rate = Some(number()?),
            "patience" => settings.patience = number()?,
            "hypotheses" => settings.hypotheses = Some(number()? as usize),
            "averaging" => settings.averaging = number()?,
            "validation" => settings.validation = number()?,
            "hidden" => {
                settings.hidden = value.split(',').map(str::parse).collect::<std::result::Result<_, _>>().map_err(|_| wrong())?;
            }
            "density" => {
                settings.density = Some(match value {
                    "mixture" => DensityKind::Mixture,
                    "spline" => DensityKind::Spline,
                    "affine" => DensityKind::Affine,
                    _ => return Err(wrong()),
                });
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }
}
