//! Long calls stop soon after a request, also within a single pass over many events.

use std::sync::atomic::{AtomicU64, Ordering};

use motherlode::analysis::{Analysis, CalibrationSettings, EvaluationSettings, Observations, PosteriorSettings};
use motherlode::dataset::{AugmentedData, Events, Fields, Reader};
use motherlode::gold::{Design, Miner, ReweightingPool};
use motherlode::inference::{ChainSettings, Interpolation, Likelihood, LikelihoodScan, ParameterBox};
use motherlode::likelihood::{LogRatio, Score};
use motherlode::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace, density::Normal};
use motherlode::{Domain, Error, ErrorKind, Estimator, Progress, Real, Result};
use ndarray::{Array1, Array2, ArrayView2};

/// Asks to stop after an amount of work.
struct StopsAt<'a> {
    work: &'a AtomicU64,
    limit: u64,
}

impl Progress for StopsAt<'_> {
    fn is_stopped(&self) -> bool {
        self.work.load(Ordering::Relaxed) >= self.limit
    }
}

/// A unit Gauss around θ, as a simulator and as an estimator, that counts runs and evaluations.
#[derive(Default)]
struct Counted(AtomicU64);

impl Simulator for Counted {
    fn name(&self) -> &str {
        "counted"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -10.0, 10.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.5], [-0.5], [(-1.0, 1.0)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(vec![trace.draw(Normal::new(theta[0], R::from(1.0))?)])
    }
}

impl LogRatio for Counted {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let (a, b) = (theta0[0], theta1[0]);
        Ok(x.column(0).mapv(|x| (a - b) * (x - 0.5 * (a + b))))
    }
}

impl Score for Counted {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(x.mapv(|x| x - theta[0]))
    }
}

impl Estimator for Counted {
    fn name(&self) -> String {
        "counted".into()
    }

    fn n_parameters(&self) -> usize {
        1
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn domain(&self) -> Domain {
        Domain::Box(ParameterBox::new([(-1.0, 1.0)]).unwrap())
    }
}

/// Asserts that `call` stops at `limit` units of the work that `counted` counts, and does no more than `slack` units after it.
fn stops<T>(counted: &Counted, limit: u64, slack: u64, call: impl FnOnce(&dyn Progress) -> Result<T, Error>) {
    let progress = StopsAt {
        work: &counted.0,
        limit,
    };
    let error = call(&progress).err().expect("stopped");
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    let done = counted.0.load(Ordering::Relaxed);
    assert!(
        (limit..=limit + slack).contains(&done),
        "{done} units of work, to stop at {limit}"
    );
}

/// Events that all threads may have begun.
fn blocks() -> u64 {
    1_024 * std::thread::available_parallelism().map_or(1, usize::from) as u64
}

#[test]
fn mining_stops_within_a_point_of_a_pool() {
    let counted = Counted::default();
    let points = [vec![-0.5], vec![0.5]];
    stops(&counted, 1_000, blocks(), |progress| {
        ReweightingPool::mine(&counted, &points, 200_000, 1, progress)
    });
}

#[test]
fn a_table_stops_within_its_nodes() {
    let (counted, x) = (Counted::default(), Array2::zeros((400, 1)));
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    stops(&counted, 3, 1, |progress| {
        Interpolation::for_estimator(&space, &counted, x.view(), &[0.0], (400.0, 1e-9), progress)
    });
}

#[test]
fn fits_stop_within_an_evaluation_of_all_events() {
    let (counted, x) = (Counted::default(), Array2::zeros((200_000, 1)));
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    stops(&counted, 100, blocks(), |progress| {
        let likelihood = Likelihood::new(&counted, x.view(), &[0.0]).with_progress(progress);
        LikelihoodScan::new(likelihood, &space).estimate(progress)
    });
}

#[test]
fn calibration_stops_within_the_events_of_a_pair() {
    let (counted, estimator) = (Counted::default(), Counted::default());
    let settings = CalibrationSettings {
        events: 10_000,
        ..CalibrationSettings::default()
    };
    // The events that measure are drawn first, and those that calibrate the pair stop.
    stops(&counted, 15_000, blocks(), |progress| {
        let analysis = Analysis::new(&estimator).with_simulator(&counted);
        analysis.calibrate(&settings, progress)
    });
}

#[test]
fn predictions_of_a_posterior_stop_within_a_data_set() {
    let (counted, estimator) = (Counted::default(), Counted::default());
    let observed = Observations::from_array(Array2::zeros((10_000, 1)), &counted as &dyn Instrumented).unwrap();
    let settings = PosteriorSettings {
        chains: ChainSettings {
            chains: 2,
            draws: 50,
            warmup: 50,
            seed: 1,
        },
        predictive: Some(20),
    };
    stops(&counted, 15_000, blocks(), |progress| {
        let analysis = Analysis::new(&estimator)
            .with_simulator(&counted)
            .with_observations(&observed);
        analysis.sample(&settings, progress)
    });
}

#[test]
fn an_evaluation_stops_within_the_events() {
    let (counted, estimator) = (Counted::default(), Counted::default());
    let observed = Observations::from_array(Array2::zeros((100_000, 1)), &counted as &dyn Instrumented).unwrap();
    stops(&estimator, 5, 1, |progress| {
        let analysis = Analysis::new(&estimator).with_observations(&observed);
        let settings = EvaluationSettings {
            theta0: Some(vec![0.5]),
            theta1: Some(vec![-0.5]),
        };
        analysis.evaluate(&settings, progress)
    });
}

#[test]
fn events_of_a_file_stop_being_read() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("events.h5");
    let design = Design::Reference { theta: vec![0.0] };
    let counted = Counted::default();
    Miner::new(&counted, design, 1)
        .unwrap()
        .events(0..200_000)
        .unwrap()
        .write(&path)
        .unwrap();
    let reader = Reader::open(&path).unwrap();
    let asked = Asked::default();
    let read = Events::File(&reader).portion(0..200_000, Fields::NONE, &asked);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Interrupted);
    let whole = Events::File(&reader).portion(0..200_000, Fields::NONE, &()).unwrap();
    assert_eq!(whole.x, AugmentedData::read(&path).unwrap().x);
}

#[test]
fn the_toys_of_a_hypothesis_stop_being_compared() {
    let (counted, x) = (
        Counted::default(),
        Array2::from_shape_fn((50, 1), |(i, _)| i as f64 / 50.0),
    );
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    let likelihood = Likelihood::new(&counted, x.view(), &[0.0]);
    let scan = LikelihoodScan::new(likelihood, &space);
    let belt = scan.neyman_belt(&[0.68]).unwrap();
    let n_nodes = scan.interpolation().unwrap().nodes().nrows();
    let toys = Array2::zeros((1 << 24, n_nodes));
    let stopped = belt.test(0, toys.view(), &Asked::default());
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
}

/// Stops at the second question.
#[derive(Default)]
struct Asked(AtomicU64);

impl Progress for Asked {
    fn is_stopped(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= 1
    }
}
