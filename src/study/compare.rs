//! Runs a study: mines, trains, evaluates, and stores finished trainings.

use std::path::Path;
use std::time::Instant;

use super::checkpoint::{FinishedTraining, StudyFolder};
use super::evaluator::{Evaluator, ScorePoint, ScoreResult, choose_evaluation, set_excess};
use super::exact_errors::rows;
use super::plan::{Job, StudyPlan};
use super::results::FORMAT_VERSION;
use super::{HeldOutMetrics, Results, Run, StudySimulators, report};
use motherlode_core::Progress;
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::Result;
use motherlode_core::gold::{Design, Miner};
use motherlode_core::interruptible::Interruptible;
use motherlode_core::likelihood::{LogRatio, Score, Truth};
use motherlode_core::parallel::in_parallel;
use motherlode_core::trace::{Hypotheses, Instrumented};
use motherlode_nn::{LikelihoodEstimator, Method, Provenance, RatioEstimator, ScoreEstimator, Settings};
use motherlode_stats::inference::ScoreDensity;

/// Bins of the score density that turns SALLINO, or SALLY with one parameter, into a ratio.
const SALLINO_BINS: usize = 25;
/// Bins of the score density of SALLY: along the line between the hypotheses with two parameters, with more parameters, and along other
/// directions.
const SALLY_BINS: [usize; 3] = [15, 12, 5];
/// Smallest mean number of events in a cell of the score density.
const FEWEST_IN_CELL: usize = 20;
/// Offset of the seeds of the SALLY events.
const REFERENCE_SEED: u64 = 1_000_003;

/// Runs a study, or resumes an interrupted one with the same plan, and writes `results.json` to `dir`; see
/// [`compare_and_report`] for its report as well.
///
/// Existing results are replaced only with `force`, once the new ones are complete. Each finished training is stored in `dir`, so that
/// the next call with the same plan trains the remaining ones. `progress` receives the numbers of finished and planned trainings; it
/// can stop the study during a training.
///
/// # Errors
/// If the plan is invalid, the simulator has no exact answers and the plan wants them, `dir` holds other results or trainings of another
/// study, another process works in it, a training fails, or `progress` stops the study.
pub fn compare<'a>(
    simulators: impl Into<StudySimulators<'a>>,
    plan: &StudyPlan,
    dir: &Path,
    force: bool,
    progress: &dyn Progress,
) -> Result<Results> {
    run(simulators.into(), plan, dir, force, progress, |_| Ok(()))
}

/// As [`compare`], and writes the [report](report::write) of the study before its results: where there is a `results.json`, all is there.
/// If the report cannot be written, the stored trainings stay, and the same call goes on from them.
///
/// # Errors
/// As [`compare`] and [`report::write`].
pub fn compare_and_report<'a>(
    simulators: impl Into<StudySimulators<'a>>,
    plan: &StudyPlan,
    dir: &Path,
    force: bool,
    progress: &dyn Progress,
) -> Result<Results> {
    run(simulators.into(), plan, dir, force, progress, |results| {
        report::write(results, dir)
    })
}

/// Runs a study; `report` is called when all trainings are stored, before the results are written.
fn run(
    simulators: StudySimulators<'_>,
    plan: &StudyPlan,
    dir: &Path,
    force: bool,
    progress: &dyn Progress,
    report: impl FnOnce(&Results) -> Result<()>,
) -> Result<Results> {
    plan.check()?;
    let simulator = simulators.trained_on;
    let truth = simulator.truth();
    let evaluation = choose_evaluation(simulator, plan.evaluation, truth.is_some())?;
    let started = Instant::now();
    let folder = StudyFolder::open(dir, &simulator.label(), plan, force)?;
    let data = mine(simulator, plan, progress)?;
    let events = data.iter().flat_map(|seed| seed.reference.iter().chain([&seed.ratio]));
    let folder = folder.begin(events, force)?;
    let study = Study {
        simulator,
        rows: simulators.rows_in_words(),
        evaluator: Evaluator::new(simulators.evaluated_on, truth.as_deref(), evaluation, plan.held_out)?,
        truth: truth.as_deref(),
        plan,
        data,
        stop: StopOnly(progress),
    };
    let jobs = plan.jobs();
    train_all(&study, &folder, &jobs, progress)?;
    let trainings = jobs
        .iter()
        .map(|job| folder.read(job).ok_or_else(|| folder.lost(job)))
        .collect::<Result<Vec<_>>>()?;
    let results = study.results(trainings, started)?;
    report(&results)?;
    folder.close(&results)?;
    Ok(results)
}

/// Runs the trainings that are not stored yet.
fn train_all(study: &Study<'_>, folder: &StudyFolder, jobs: &[Job], progress: &dyn Progress) -> Result<()> {
    let remaining: Vec<Job> = jobs.iter().copied().filter(|job| folder.read(job).is_none()).collect();
    let total = jobs.len() as u64;
    let mut done = total - remaining.len() as u64;
    progress.advance(done, total)?;
    in_parallel(
        &remaining,
        |job| study.run(job),
        |job, training| {
            folder.write(job, training)?;
            done += 1;
            progress.advance(done, total)
        },
    )
}

/// Progress of one training of the study: it stops with the study, and its steps are not reported.
struct StopOnly<'a>(&'a dyn Progress);

impl Progress for StopOnly<'_> {
    fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }
}

/// Events of one seed.
struct SeedData {
    /// Events of the design of the plan.
    ratio: AugmentedData,
    /// Events of the reference point, if a method learns there.
    reference: Option<AugmentedData>,
}

fn mine(simulator: &dyn Instrumented, plan: &StudyPlan, progress: &dyn Progress) -> Result<Vec<SeedData>> {
    let design = plan.design(simulator.hypotheses()?);
    let theta = simulator.hypotheses()?.theta_ref();
    let n = plan.largest_budget() as u64;
    let needs_reference = |method: &Method| method.learns_score() || *method == Method::Derivatives;
    let needs_reference = plan.methods.iter().any(needs_reference);
    (0..plan.seeds)
        .map(|seed| {
            progress.check()?;
            let at_reference = || {
                let design = Design::Reference { theta: theta.clone() };
                Miner::new(simulator, design, REFERENCE_SEED + seed)?.events(0..n)
            };
            Ok(SeedData {
                ratio: Miner::new(simulator, design.clone(), seed)?.events(0..n)?,
                reference: needs_reference.then(at_reference).transpose()?,
            })
        })
        .collect()
}

struct Study<'a> {
    simulator: &'a dyn Instrumented,
    /// Stored rows that held-out events are drawn from, in words.
    rows: String,
    evaluator: Evaluator<'a>,
    truth: Option<&'a dyn Truth>,
    plan: &'a StudyPlan,
    data: Vec<SeedData>,
    stop: StopOnly<'a>,
}

impl Study<'_> {
    fn run(&self, job: &Job) -> Result<FinishedTraining> {
        let data = &self.data[job.seed as usize];
        let settings = Settings {
            seed: job.seed,
            // The study measures each network itself.
            certificate: false,
            ..self.plan.settings.clone()
        };
        match (job.method, &data.reference) {
            (method, Some(reference)) if method.learns_score() => {
                self.score(job, &reference.take(job.n_events), &settings)
            }
            (Method::Derivatives, Some(reference)) => self.ratio(job, &reference.take(job.n_events), &settings),
            (method, _) if method.learns_likelihood() => {
                self.likelihood(job, &data.ratio.take(job.n_events), &settings)
            }
            _ => self.ratio(job, &data.ratio.take(job.n_events), &settings),
        }
    }

    fn ratio(&self, job: &Job, data: &AugmentedData, settings: &Settings) -> Result<FinishedTraining> {
        let started = Instant::now();
        let estimator = RatioEstimator::train(job.method, data.with_simulator(self.simulator), settings, &self.stop)?;
        let seconds = started.elapsed().as_secs_f64();
        let stoppable = Interruptible::new(&estimator, &self.stop);
        self.evaluate_both(job, &stoppable, estimator.provenance(), seconds)
    }

    fn likelihood(&self, job: &Job, data: &AugmentedData, settings: &Settings) -> Result<FinishedTraining> {
        let started = Instant::now();
        let data = data.with_simulator(self.simulator);
        let estimator = LikelihoodEstimator::train(job.method, data, settings, &self.stop)?;
        let seconds = started.elapsed().as_secs_f64();
        let stoppable = Interruptible::new(&estimator, &self.stop);
        self.evaluate_both(job, &stoppable, estimator.provenance(), seconds)
    }

    /// Evaluates an estimator that has ratios and scores at any hypothesis.
    fn evaluate_both(
        &self,
        job: &Job,
        estimator: &(impl LogRatio + Score),
        provenance: &Provenance,
        seconds: f64,
    ) -> Result<FinishedTraining> {
        self.evaluate(
            job,
            estimator,
            self.evaluator.score(estimator, ScorePoint::Theta0)?,
            provenance,
            seconds,
        )
    }

    fn score(&self, job: &Job, data: &AugmentedData, settings: &Settings) -> Result<FinishedTraining> {
        let started = Instant::now();
        let estimator = ScoreEstimator::train(data, settings, &self.stop)?;
        let seconds = started.elapsed().as_secs_f64();
        let bins = score_bins(job.method, data);
        let stoppable = Interruptible::new(&estimator, &self.stop);
        let density = ScoreDensity::new(&stoppable, data, self.simulator, &bins)?;
        let score = self.evaluator.score(&stoppable, ScorePoint::Reference)?;
        self.evaluate(job, &density, score, estimator.provenance(), seconds)
    }

    /// Evaluates an estimate of log r, whose score is evaluated already.
    fn evaluate(
        &self,
        job: &Job,
        estimate: &dyn LogRatio,
        score: ScoreResult,
        provenance: &Provenance,
        train_seconds: f64,
    ) -> Result<FinishedTraining> {
        let ratio = self.evaluator.log_ratio(estimate)?;
        let [mse_log_ratio, mse_log_ratio_prior] = ratio.errors;
        let in_figures = (ratio.in_figures.to_vec(), rows(score.in_figures.view()));
        let run = Run {
            simulator: self.simulator.label(),
            method: job.method.name().into(),
            n_events: job.n_events,
            seed: job.seed,
            mse_log_ratio,
            mse_log_ratio_prior,
            mse_score: score.error,
            held_out: HeldOutMetrics::new(ratio, score),
            train_seconds,
            steps: provenance.steps,
            best_step: provenance.best_step,
            curve: provenance.curve.clone(),
        };
        Ok(FinishedTraining {
            run,
            log_ratio: in_figures.0,
            score: in_figures.1,
        })
    }

    fn results(&self, mut trainings: Vec<FinishedTraining>, started: Instant) -> Result<Results> {
        let simulator = self.simulator;
        let Hypotheses {
            theta0, theta1, prior, ..
        } = simulator.hypotheses()?;
        let mut figure_data = self.evaluator.figure_data()?;
        figure_data.n_events = self.plan.largest_budget();
        let mut runs = Vec::with_capacity(trainings.len());
        trainings.sort_by_key(|training| {
            (
                method_order(&training.run.method),
                training.run.n_events,
                training.run.seed,
            )
        });
        for FinishedTraining { run, log_ratio, score } in trainings {
            if run.n_events == figure_data.n_events {
                figure_data
                    .log_ratio
                    .entry(run.method.clone())
                    .or_default()
                    .push(log_ratio);
                figure_data.score.entry(run.method.clone()).or_insert(score);
            }
            runs.push(run);
        }
        set_excess(&mut runs);
        let trivial = self.evaluator.trivial()?;
        let ([trivial_pair, trivial_prior], [label_noise_pair, label_noise_prior]) =
            (trivial.log_ratio, trivial.label_noise);
        let mut settings = self.plan.described();
        if let Some(standards) = &trivial.held_out {
            settings.insert(
                "held-out events".to_owned(),
                format!("{}{}", standards.n_events, self.rows),
            );
        }
        Ok(Results {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            simulator: simulator.label(),
            about: simulator.about().into(),
            parameters: simulator.parameter_names(),
            observables: simulator.observable_names(),
            truth: self.truth.map(|truth| truth.route().into()),
            evaluation: self.evaluator.evaluation,
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
            figure_data,
        })
    }
}

/// Numbers of bins along each direction of the score: those of the papers, in as many directions as the events can fill.
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

/// Position of a method in the order of the reports.
fn method_order(method: &str) -> Option<usize> {
    Method::ALL.iter().position(|known| known.name() == method)
}
