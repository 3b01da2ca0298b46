//! Runs a study: mines, trains, examines, and keeps what is done on disk.

use motherlode_core::Progress;
use std::path::Path;
use std::time::Instant;

use super::exam::rows;
use super::examination::{At, Examination, ScoreResult, find_excess, yardstick};
use super::ledger::{Entry, Ledger};
use super::plan::{Job, Plan};
use super::results::FORMAT_VERSION;
use super::{Marks, Results, Run};
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::Result;
use motherlode_core::gold::{Design, Miner};
use motherlode_core::likelihood::{LogRatio, Score, Truth};
use motherlode_core::parallel::in_parallel;
use motherlode_core::trace::{Hypotheses, Instrumented};
use motherlode_nn::{LikelihoodEstimator, Method, Provenance, RatioEstimator, ScoreEstimator, Settings};
use motherlode_stats::inference::ScoreDensity;

/// Bins of the score density that turns SALLINO, or SALLY with one parameter, into a ratio.
const SALLINO_BINS: usize = 25;
/// The same for SALLY: along the line between the hypotheses with two parameters, with more, and along other directions.
const SALLY_BINS: [usize; 3] = [15, 12, 5];
/// Fewer events than these do not tell the density of a cell.
const FEWEST_IN_CELL: usize = 20;
/// Seeds of the SALLY events lie this far from the seeds of the others.
const REFERENCE_SEED: u64 = 1_000_003;

/// Runs the study, or goes on with it where an earlier run of the same plan stopped; writes `results.json` to `dir`.
///
/// Results that are there already are replaced with `force` only, and then once the new ones are whole. `progress` is
/// told the trainings done and planned.
///
/// # Errors
/// If exact answers are asked for and the simulator has none, the plan cannot be run, `dir` holds other results, or a
/// training fails.
pub fn compare(
    simulator: &dyn Instrumented,
    plan: &Plan,
    dir: &Path,
    force: bool,
    progress: &dyn Progress,
) -> Result<Results> {
    plan.check()?;
    let truth = simulator.truth();
    let yardstick = yardstick(simulator, plan.yardstick, truth.is_some())?;
    let started = Instant::now();
    let ledger = Ledger::open(dir, &simulator.label(), plan, force)?;
    let study = Study {
        simulator,
        examination: Examination::new(simulator, truth.as_deref(), yardstick, plan.held_out)?,
        truth: truth.as_deref(),
        plan,
        data: mine(simulator, plan)?,
    };
    let jobs = plan.jobs();
    let todo: Vec<Job> = jobs.iter().copied().filter(|job| ledger.read(job).is_none()).collect();
    let mut done = jobs.len() - todo.len();
    progress.report(done as u64, jobs.len() as u64);
    in_parallel(
        &todo,
        |job| study.run(job),
        |job, entry| {
            ledger.write(job, &entry)?;
            done += 1;
            progress.advance(done as u64, jobs.len() as u64)
        },
    )?;
    let entries = jobs
        .iter()
        .map(|job| ledger.read(job).ok_or_else(|| ledger.lost(job)))
        .collect::<Result<Vec<_>>>()?;
    let results = study.results(entries, started)?;
    ledger.close(&results)?;
    Ok(results)
}

/// The events of one seed.
struct Mined {
    ratio: AugmentedData,
    reference: Option<AugmentedData>,
}

fn mine(simulator: &dyn Instrumented, plan: &Plan) -> Result<Vec<Mined>> {
    let design = plan.design(simulator.hypotheses()?);
    let theta_ref = simulator.hypotheses()?.theta_ref();
    let n = plan.largest_budget() as u64;
    (0..plan.seeds)
        .map(|seed| {
            let ratio = Miner::new(simulator, design.clone(), seed)?.events(0..n)?;
            let at_reference = |method: &Method| method.learns_score() || *method == Method::Derivatives;
            let reference = plan.methods.iter().any(at_reference).then(|| {
                Miner::new(
                    simulator,
                    Design::Reference {
                        theta: theta_ref.clone(),
                    },
                    REFERENCE_SEED + seed,
                )?
                .events(0..n)
            });
            Ok(Mined {
                ratio,
                reference: reference.transpose()?,
            })
        })
        .collect()
}

struct Study<'a> {
    simulator: &'a dyn Instrumented,
    examination: Examination<'a>,
    truth: Option<&'a dyn Truth>,
    plan: &'a Plan,
    data: Vec<Mined>,
}

impl Study<'_> {
    fn run(&self, job: &Job) -> Result<Entry> {
        let mined = &self.data[job.seed as usize];
        let settings = Settings {
            seed: job.seed,
            ..self.plan.settings.clone()
        };
        match (job.method, &mined.reference) {
            (method, Some(reference)) if method.learns_score() => {
                self.score(job, &reference.take(job.n_events), &settings)
            }
            (Method::Derivatives, Some(reference)) => self.ratio(job, &reference.take(job.n_events), &settings),
            (method, _) if method.learns_likelihood() => {
                self.likelihood(job, &mined.ratio.take(job.n_events), &settings)
            }
            _ => self.ratio(job, &mined.ratio.take(job.n_events), &settings),
        }
    }

    fn ratio(&self, job: &Job, data: &AugmentedData, settings: &Settings) -> Result<Entry> {
        let started = Instant::now();
        let estimator = RatioEstimator::train(job.method, data.with_simulator(self.simulator), settings, &())?;
        let seconds = started.elapsed().as_secs_f64();
        self.both(job, &estimator, estimator.provenance(), seconds)
    }

    fn likelihood(&self, job: &Job, data: &AugmentedData, settings: &Settings) -> Result<Entry> {
        let started = Instant::now();
        let data = data.with_simulator(self.simulator);
        let estimator = LikelihoodEstimator::train(job.method, data, settings, &())?;
        let seconds = started.elapsed().as_secs_f64();
        self.both(job, &estimator, estimator.provenance(), seconds)
    }

    /// The marks of an estimator that knows ratios and scores at any hypothesis.
    fn both(
        &self,
        job: &Job,
        estimator: &(impl LogRatio + Score),
        provenance: &Provenance,
        seconds: f64,
    ) -> Result<Entry> {
        self.entry(
            job,
            estimator,
            self.examination.score(estimator, At::Theta0)?,
            provenance,
            seconds,
        )
    }

    fn score(&self, job: &Job, data: &AugmentedData, settings: &Settings) -> Result<Entry> {
        let started = Instant::now();
        let estimator = ScoreEstimator::train(data, settings, &())?;
        let seconds = started.elapsed().as_secs_f64();
        let bins = score_bins(job.method, data);
        let density = ScoreDensity::new(&estimator, data, self.simulator, &bins)?;
        let score = self.examination.score(&estimator, At::Reference)?;
        self.entry(job, &density, score, estimator.provenance(), seconds)
    }

    fn entry(
        &self,
        job: &Job,
        estimate: &dyn LogRatio,
        score: ScoreResult,
        provenance: &Provenance,
        train_seconds: f64,
    ) -> Result<Entry> {
        let ratio = self.examination.log_ratio(estimate)?;
        let [mse_log_ratio, mse_log_ratio_prior] = ratio.errors;
        let shown = (ratio.shown.to_vec(), rows(score.shown.view()));
        let run = Run {
            simulator: self.simulator.label(),
            method: job.method.name().into(),
            n_events: job.n_events,
            seed: job.seed,
            mse_log_ratio,
            mse_log_ratio_prior,
            mse_score: score.error,
            held_out: Marks::of(ratio, score),
            train_seconds,
            steps: provenance.steps,
            best_step: provenance.best_step,
            curve: provenance.curve.clone(),
        };
        Ok(Entry {
            run,
            log_ratio: shown.0,
            score: shown.1,
        })
    }

    fn results(&self, mut entries: Vec<Entry>, started: Instant) -> Result<Results> {
        let simulator = self.simulator;
        let Hypotheses {
            theta0, theta1, prior, ..
        } = simulator.hypotheses()?;
        let mut showcase = self.examination.showcase()?;
        showcase.n_events = self.plan.largest_budget();
        let mut runs = Vec::with_capacity(entries.len());
        entries.sort_by_key(|entry| (place(&entry.run.method), entry.run.n_events, entry.run.seed));
        for Entry { run, log_ratio, score } in entries {
            if run.n_events == showcase.n_events {
                showcase
                    .log_ratio
                    .entry(run.method.clone())
                    .or_default()
                    .push(log_ratio);
                showcase.score.entry(run.method.clone()).or_insert(score);
            }
            runs.push(run);
        }
        find_excess(&mut runs);
        let trivial = self.examination.trivial()?;
        let ([trivial_pair, trivial_prior], [label_noise_pair, label_noise_prior]) =
            (trivial.log_ratio, trivial.label_noise);
        let mut settings = self.plan.described();
        if let Some(standards) = &trivial.held_out {
            settings.insert("held-out events".to_owned(), standards.n_events.to_string());
        }
        Ok(Results {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            simulator: simulator.label(),
            about: simulator.about().into(),
            parameters: simulator
                .parameters()
                .into_iter()
                .map(|parameter| parameter.name)
                .collect(),
            observables: simulator
                .observables()
                .into_iter()
                .map(|observable| observable.name)
                .collect(),
            truth: self.truth.map(|truth| truth.route().into()),
            yardstick: self.examination.yardstick,
            held_out: trivial.held_out,
            theta_ref: simulator.hypotheses()?.theta_ref(),
            theta0,
            theta1,
            prior,
            settings,
            trivial_pair,
            trivial_prior,
            label_noise_pair,
            label_noise_prior,
            trivial_score: trivial.score,
            seconds: started.elapsed().as_secs_f64(),
            runs,
            showcase,
        })
    }
}

/// The numbers of bins along each direction of the score: those of the papers, in as many directions as the events fill.
fn score_bins(method: Method, data: &AugmentedData) -> Vec<usize> {
    let [of_two, of_many, others] = SALLY_BINS;
    let n_directions = if method == Method::Sallino {
        1
    } else {
        data.n_parameters()
    };
    let mut bins = vec![match n_directions {
        1 => SALLINO_BINS,
        2 => of_two,
        _ => of_many,
    }];
    let mut cells = bins[0];
    while bins.len() < n_directions && cells * others * FEWEST_IN_CELL <= data.n_events() {
        bins.push(others);
        cells *= others;
    }
    bins
}

/// The place of a method in the order in which methods are told.
fn place(method: &str) -> Option<usize> {
    Method::ALL.iter().position(|known| known.name() == method)
}
