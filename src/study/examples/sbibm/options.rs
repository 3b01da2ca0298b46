//! Options of the example, NAME=VALUE.

use std::str::FromStr;

use motherlode_core::error::{Error, Result};
use motherlode_nn::{DensityKind, Method, Settings};
use motherlode_simulators::sbibm::tasks;

pub struct Options {
    pub tasks: Vec<String>,
    pub methods: Vec<Method>,
    pub n: Vec<u64>,
    pub seeds: u64,
    pub observations: u64,
    /// Rounds for each observation; 1 for one network for all.
    pub rounds: usize,
    pub settings: Settings,
}

impl Options {
    /// From the command line.
    pub fn read() -> Result<Self> {
        let mut options = Self {
            tasks: tasks().iter().map(|task| task.name().to_owned()).collect(),
            methods: vec![Method::Npe, Method::Anpe],
            n: vec![1_000],
            seeds: 1,
            observations: 10,
            rounds: 1,
            settings: Settings::default(),
        };
        std::env::args()
            .skip(1)
            .try_for_each(|argument| options.take(&argument))?;
        Ok(options)
    }

    fn take(&mut self, argument: &str) -> Result<()> {
        let (name, value) = argument.split_once('=').ok_or_else(|| unknown(argument))?;
        let settings = &mut self.settings;
        match name {
            "tasks" => self.tasks = list(value)?,
            "methods" => self.methods = list(value)?,
            "n" => self.n = list(value)?,
            "seeds" => self.seeds = one(value)?,
            "observations" => self.observations = one(value)?,
            "rounds" => self.rounds = one(value)?,
            "steps" => settings.steps = Some(one(value)?),
            "batch" => settings.batch = one(value)?,
            "rate" => settings.learning_rate = Some(one(value)?),
            "hidden" => settings.hidden = list(value)?,
            "density" => settings.density = Some(density(value)?),
            _ => return Err(unknown(argument)),
        }
        Ok(())
    }
}

fn one<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| unknown(text))
}

fn list<T: FromStr>(text: &str) -> Result<Vec<T>> {
    text.split(',').map(one).collect()
}

fn density(name: &str) -> Result<DensityKind> {
    match name {
        "mixture" => Ok(DensityKind::Mixture),
        "spline" => Ok(DensityKind::Spline),
        "affine" => Ok(DensityKind::Affine),
        _ => Err(unknown(name)),
    }
}

fn unknown(what: &str) -> Error {
    Error::usage(format!(
        "`{what}` is no option: give tasks, methods, n, seeds, observations, rounds, steps, batch, rate, hidden or density as NAME=VALUE"
    ))
}
