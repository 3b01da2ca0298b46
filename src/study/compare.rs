//! Runs a study: mines, trains, examines, and keeps what is done on disk.

use std::path::Path;
use std::time::Instant;

use ndarray::{Array1, Array2};

use super::exam::{Exam, rows};
use super::ledger::{Entry, Ledger};
use super::plan::{Job, Plan, Yardstick};
use super::results::FORMAT_VERSION;
use super::{Marks, Results, Run, Showcase};
use crate::dataset::AugmentedData;
use crate::diagnostics::{HeldOut, ScoreMarks};
use crate::error::{Error, Result};
use crate::estimator::{
    LikelihoodEstimator, Method, Provenance, RatioEstimator, ScoreDensity, ScoreEstimator, Settings,
};
use crate::gold::{Design, Miner};
use crate::likelihood::{LogRatio, Score, Truth};
use crate::parallel::in_parallel;
use crate::trace::{Hypotheses, Instrumented};

/// Bins of the score density that turns SALLINO, or SALLY with one parameter, into a ratio.
const SALLINO_BINS: usize = 25;
/// The same for SALLY: along the line between the hypotheses with two parameters, with more, and along other directions.
const SALLY_BINS: [usize; 3] = [15, 12, 5];
/// Fewer events than these do not tell the density of a cell.
const FEWEST_IN_CELL: usize = 20;
/// Observations of each hypothesis at which estimates are shown.
const SHOWN: usize = 200;
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
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Results> {
    plan.check()?;
    let truth = simulator.truth();
    let yardstick = yardstick(simulator, plan, truth.is_some())?;
    let started = Instant::now();
    let ledger = Ledger::open(dir, simulator.name(), plan, force)?;
    let study = Study {
        simulator,
        exam: truth.as_deref().map(|truth| Exam::new(simulator, truth)).transpose()?,
        held_out: match yardstick {
            Yardstick::Exact => None,
            Yardstick::HeldOut => Some(HeldOut::new(simulator, plan.held_out)?),
        },
        truth: truth.as_deref(),
        yardstick,
        plan,
        data: mine(simulator, plan)?,
    };
    let jobs = plan.jobs();
    let todo: Vec<Job> = jobs.iter().copied().filter(|job| ledger.read(job).is_none()).collect();
    let mut done = jobs.len() - todo.len();
    progress(done, jobs.len());
    in_parallel(
        &todo,
        |job| study.run(job),
        |job, entry| {
            ledger.write(job, &entry)?;
            done += 1;
            progress(done, jobs.len());
            Ok(())
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

/// What the estimates are ordered by: the exact answers, unless there are none or something else is asked for.
fn yardstick(simulator: &dyn Instrumented, plan: &Plan, has_truth: bool) -> Result<Yardstick> {
    match plan.yardstick {
        Some(Yardstick::Exact) if !has_truth => Err(Error::usage(format!(
            "{} has no exact truth to compare with: compare on held-out events, or choose another simulator; `motherlode \
             list` shows which have one",
            simulator.name()
        ))),
        Some(yardstick) => Ok(yardstick),
        None if has_truth => Ok(Yardstick::Exact),
        None => Ok(Yardstick::HeldOut),
    }
}

/// The events of one seed.
struct Mined {
    ratio: AugmentedData,
    reference: Option<AugmentedData>,
}

fn mine(simulator: &dyn Instrumented, plan: &Plan) -> Result<Vec<Mined>> {
    let design = plan.design(simulator.hypotheses());
    let theta_ref = simulator.hypotheses().theta_ref();
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
    /// With exact answers, where there are any.
    exam: Option<Exam>,
    /// With joint labels, where that is the yardstick.
    held_out: Option<HeldOut>,
    truth: Option<&'a dyn Truth>,
    yardstick: Yardstick,
    plan: &'a Plan,
    data: Vec<Mined>,
}

/// What an estimate of the score came to.
struct Scored {
    /// At the shown observations, `[k, p]`.
    shown: Array2<f64>,
    /// Against the exact score; NaN if there is none.
    error: f64,
    marks: Option<ScoreMarks>,
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
        let estimator = RatioEstimator::train(job.method, data.recalled_by(self.simulator), settings, &mut |_, _| ())?;
        let seconds = started.elapsed().as_secs_f64();
        self.both(job, &estimator, estimator.provenance(), seconds)
    }

    fn likelihood(&self, job: &Job, data: &AugmentedData, settings: &Settings) -> Result<Entry> {
        let started = Instant::now();
        let data = data.recalled_by(self.simulator);
        let estimator = LikelihoodEstimator::train(job.method, data, settings, &mut |_, _| ())?;
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
        let theta0 = self.simulator.hypotheses().theta0;
        let scored = Scored {
            shown: estimator.score(self.shown().view(), &theta0)?,
            error: self
                .exam
                .as_ref()
                .map_or(Ok(f64::NAN), |exam| exam.score_error(estimator))?,
            marks: self
                .held_out
                .as_ref()
                .map(|events| events.score(estimator))
                .transpose()?,
        };
        self.entry(job, estimator, scored, provenance, seconds)
    }

    fn score(&self, job: &Job, data: &AugmentedData, settings: &Settings) -> Result<Entry> {
        let started = Instant::now();
        let estimator = ScoreEstimator::train(data, settings, &mut |_, _| ())?;
        let seconds = started.elapsed().as_secs_f64();
        let bins = score_bins(job.method, data);
        let density = ScoreDensity::new(&estimator, data, self.simulator, &bins)?;
        let (exam, held_out) = (self.exam.as_ref(), self.held_out.as_ref());
        let scored = Scored {
            shown: estimator.score_at_reference(self.shown().view())?,
            error: exam.map_or(Ok(f64::NAN), |exam| exam.score_error_at_reference(&estimator))?,
            marks: held_out
                .map(|events| events.score_at_reference(&estimator))
                .transpose()?,
        };
        self.entry(job, &density, scored, estimator.provenance(), seconds)
    }

    fn entry(
        &self,
        job: &Job,
        estimate: &dyn LogRatio,
        score: Scored,
        provenance: &Provenance,
        train_seconds: f64,
    ) -> Result<Entry> {
        let exam = self.exam.as_ref();
        let [mse_log_ratio, mse_log_ratio_prior] =
            exam.map_or(Ok([f64::NAN; 2]), |exam| exam.log_ratio_errors(estimate))?;
        let Hypotheses { theta0, theta1, .. } = self.simulator.hypotheses();
        let log_ratio: Array1<f64> = estimate.log_ratio(self.shown().view(), &theta0, &theta1)?;
        let held_out = self.held_out.as_ref().zip(score.marks).map(|(events, marks)| {
            Ok::<_, Error>(Marks {
                excess: f64::NAN, // until the lowest of the study is known
                ratio: events.ratio(estimate)?,
                score: marks,
            })
        });
        let run = Run {
            simulator: self.simulator.name().into(),
            method: job.method.name().into(),
            n_events: job.n_events,
            seed: job.seed,
            mse_log_ratio,
            mse_log_ratio_prior,
            mse_score: score.error,
            held_out: held_out.transpose()?,
            train_seconds,
            steps: provenance.steps,
            best_step: provenance.best_step,
            curve: provenance.curve.clone(),
        };
        Ok(Entry {
            run,
            log_ratio: log_ratio.to_vec(),
            score: rows(score.shown.view()),
        })
    }

    /// The observations at which estimates are shown, `[k, m]`.
    fn shown(&self) -> Array2<f64> {
        let drawn = || self.held_out.as_ref().map(|events| events.some(2 * SHOWN));
        let shown = self.exam.as_ref().map(Exam::shown).or_else(drawn);
        shown.expect("a study has exact answers or held-out events")
    }

    /// What is to be shown before any estimate; without exact answers, the observations only.
    fn showcase(&self) -> Result<Showcase> {
        let showcase = match (&self.exam, self.truth) {
            (Some(exam), Some(truth)) => exam.showcase(self.simulator, truth)?,
            _ => Showcase {
                x: rows(self.shown().view()),
                ..Showcase::default()
            },
        };
        Ok(Showcase {
            n_events: self.plan.largest_budget(),
            ..showcase
        })
    }

    fn results(&self, mut entries: Vec<Entry>, started: Instant) -> Result<Results> {
        let simulator = self.simulator;
        let Hypotheses { theta0, theta1, prior } = simulator.hypotheses();
        let mut showcase = self.showcase()?;
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
        let exam = self.exam.as_ref();
        let unknown = [f64::NAN; 2];
        let [trivial_pair, trivial_prior] = exam.map_or(unknown, Exam::trivial);
        let [label_noise_pair, label_noise_prior] = match exam.zip(self.truth) {
            Some((exam, truth)) => exam.label_noise(simulator, truth)?,
            None => unknown,
        };
        let mut settings = self.plan.described();
        if self.held_out.is_some() {
            settings.insert("held-out events".to_owned(), self.plan.held_out.to_string());
        }
        Ok(Results {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            simulator: simulator.name().into(),
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
            yardstick: self.yardstick,
            held_out: self.held_out.as_ref().map(HeldOut::standards).transpose()?,
            theta_ref: simulator.hypotheses().theta_ref(),
            theta0,
            theta1,
            prior,
            settings,
            trivial_pair,
            trivial_prior,
            label_noise_pair,
            label_noise_prior,
            trivial_score: exam.map_or(f64::NAN, Exam::trivial_score),
            seconds: started.elapsed().as_secs_f64(),
            runs,
            showcase,
        })
    }
}

/// Takes the lowest divergence of all off each.
fn find_excess(runs: &mut [Run]) {
    let of = |run: &Run| {
        run.held_out
            .as_ref()
            .map_or(f64::NAN, |marks| marks.ratio.divergence.mean().value)
    };
    let lowest = runs.iter().map(of).fold(f64::NAN, f64::min);
    for run in runs {
        let divergence = of(run);
        run.held_out
            .iter_mut()
            .for_each(|marks| marks.excess = divergence - lowest);
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
