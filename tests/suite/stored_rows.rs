//! Events that are drawn from stored rows: draws of one row are one event, and rows that were trained on examine nothing.

use motherlode::ParameterBox;
use motherlode::Real;
use motherlode::analysis::Warning;
use motherlode::gold::ReweightingPool;
use motherlode::inference::{SummaryDensity, SummarySettings, SummaryStatistic};
use motherlode::nn::{Finding, Labels, Method, Model, Settings};
use motherlode::trace::density::Categorical;
use motherlode::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace};

use crate::mined::over_the_prior;

const ROWS: usize = 300;

/// A file of rows whose weights e^{±2θ} have nothing to do with their observations: r(x) = 1, and each row has a ratio that can be learned by
/// heart.
struct Noise;

impl Noise {
    fn observation(row: usize) -> [f64; 3] {
        [1.0, 2.0, 3.0].map(|k| (12.9898 * k * (row + 1) as f64).sin() * 43_758.545_3 % 1.0)
    }

    fn sign(row: usize) -> f64 {
        if (78.233 * (row + 1) as f64).sin() > 0.0 {
            2.0
        } else {
            -2.0
        }
    }
}

impl Simulator for Noise {
    fn name(&self) -> &str {
        "noise"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -1.0, 1.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        ["a", "b", "c"].map(Observable::new).to_vec()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.5], [0.0], [(-1.0, 1.0)]))
    }

    fn n_rows(&self) -> Option<u64> {
        Some(ROWS as u64)
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let weights: Vec<R> = (0..ROWS).map(|row| (theta[0] * Self::sign(row)).exp()).collect();
        let row = trace.draw(Categorical::new(&weights)?);
        Ok(Self::observation(row).to_vec())
    }
}

/// The validation events are of other rows, on which what was learned by heart is wrong.
#[test]
fn rows_that_were_learned_by_heart_are_found() {
    let data = over_the_prior(&Noise, 3, 20_000);
    let settings = Settings {
        steps: Some(1_500),
        hidden: vec![50, 50],
        labels: Some(Labels::Stored),
        ..Settings::default()
    };
    let model = Model::train(Method::Alice, data.with_simulator(&Noise), &settings, &()).unwrap();
    let provenance = model.provenance().unwrap();
    let last = provenance.curve.validation.last().unwrap();
    assert!(*last > std::f64::consts::LN_2, "{last}");
    let bad = |finding: &Finding| {
        matches!(
            finding,
            Finding::Overfitted { .. } | Finding::LearnedNothing { .. } | Finding::RegionsTooSmall { .. }
        )
    };
    assert!(provenance.findings.iter().any(bad), "{:?}", provenance.findings);
    let certificate = provenance.certificate.as_ref().unwrap();
    let limitation = certificate.limitation.as_deref().unwrap();
    assert!(limitation.contains("a tenth as many events as rows"), "{limitation}");
    assert!(certificate.coverage.iter().all(|entry| entry.events <= ROWS / 10));
    let warning = Warning::examined_on_training_rows(&model, &Noise).unwrap().to_string();
    assert!(warning.contains("rows of noise"), "{warning}");
}

#[test]
fn draws_of_one_row_count_as_one_event() {
    let points: Vec<Vec<f64>> = (-2..=2).map(|k| vec![0.5 * f64::from(k)]).collect();
    let pool = ReweightingPool::mine(&Noise, &points, 20_000, 1, &()).unwrap();
    assert!(pool.len() <= ROWS, "{}", pool.len());
    assert!(pool.effective_sample_size(&[0.0]).unwrap() <= ROWS as f64);
    // Twelve rows for each of 25 cells.
    let observables = Instrumented::observables(&Noise);
    let summary = SummaryStatistic::from_observables(&observables, &["a".into()]).unwrap();
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    let density = SummaryDensity::new(&Noise, summary, &space, &SummarySettings::default(), &()).unwrap();
    let warning = Warning::sparse_density(density.sparsest()).unwrap().to_string();
    assert!(warning.contains("effective events for 25 cells"), "{warning}");
}
