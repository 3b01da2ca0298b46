//! Means over the validation events, whose values are known for the exact answer.

use motherlode_core::Progress;
use motherlode_core::certificate::HeldOutMeans;
use motherlode_core::dataset::row_numbers;
use motherlode_core::error::Result;
use motherlode_core::mean::Mean;
use motherlode_stats::diagnostics::Reliability;
use ndarray::{Array1, Array2};

use super::Examination;
use crate::methods::Target;
use burn::tensor::Device;

/// Events evaluated between two questions whether to stop.
const AT_ONCE: usize = 1_024;

/// Means over the validation events; none for a method whose output is neither a log ratio nor a score.
///
/// # Errors
/// If the network cannot be evaluated, or `progress` stops it.
pub(super) fn held_out_means(examination: &Examination, progress: &dyn Progress) -> Result<Option<HeldOutMeans>> {
    let spec = examination.method.spec();
    match spec.target {
        Target::Score => of_score(examination).map(Some),
        // Several hypotheses that compete fix a ratio only up to a function of x.
        Target::Ratio if spec.n_hypotheses == 1 => of_ratio(examination, progress),
        _ => Ok(None),
    }
}

fn of_ratio(examination: &Examination, progress: &dyn Progress) -> Result<Option<HeldOutMeans>> {
    let rows = examination.rows;
    let all: Vec<u32> = (0..rows.n_events() as u32).collect();
    let mut log_ratio = Vec::with_capacity(rows.numerator.len());
    for some in all.chunks(AT_ONCE) {
        progress.check()?;
        let batch = rows.gather(some).into_batch(&Device::flex());
        let outputs = crate::network::floats(examination.network.net.forward(batch.inputs));
        log_ratio.extend(outputs.into_iter().map(f64::from));
    }
    let doubles = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Array1<f64>>();
    let (numerator, denominator) = (doubles(&rows.numerator), doubles(&rows.denominator));
    // Classes alone are too noisy to show what gold has taught, soft labels are not.
    let method = examination.method;
    let has_gold = method.needs_ratio() || method.needs_score();
    let stored = stored_rows(examination, log_ratio.len());
    let drawn = stored.as_deref();
    let gain = (method.has_soft_labels() || !has_gold).then(|| gain(&log_ratio, &numerator, &denominator, drawn));
    // Without events of both hypotheses there is nothing to compare.
    let log_ratio = Array1::from(log_ratio);
    let Ok(found) = Reliability::of_rows(&log_ratio, numerator.view(), denominator.view(), drawn) else {
        return Ok(None);
    };
    Ok(Some(HeldOutMeans {
        mean_ratio: Some(found.mean_ratio),
        mean_inverse: Some(found.mean_inverse),
        cross_entropy: Some(found.cross_entropy),
        gain,
        calibration_error: Some(found.calibration_error),
        calibration_chance: Some(found.chance),
        ..HeldOutMeans::default()
    }))
}

/// Stored rows that the `n` evaluated rows are draws of, `[n]`, where events are drawn from a file: each event is shown as often as the others.
fn stored_rows(examination: &Examination, n: usize) -> Option<Vec<usize>> {
    examination.held_out_rows?;
    let of_events = row_numbers(examination.events.x.view());
    let each = n / of_events.len().max(1);
    Some(of_events.into_iter().flat_map(|row| vec![row; each]).collect())
}

/// The cross-entropy of log r = 0 minus that of `log_ratio`, with the weights of each row under both hypotheses.
fn gain(log_ratio: &[f64], numerator: &Array1<f64>, denominator: &Array1<f64>, stored: Option<&[usize]>) -> Mean {
    let softplus = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
    let rows = log_ratio.iter().zip(numerator).zip(denominator);
    let gains = rows.map(|((&log, &above), &below)| {
        let without = std::f64::consts::LN_2 * (above + below);
        0.5 * (without - above * softplus(-log) - below * softplus(log))
    });
    match stored {
        Some(stored) => Mean::ratio_of_rows(gains.map(|gain| (gain, 1.0)), stored),
        None => Mean::from_values(gains),
    }
}

fn of_score(examination: &Examination) -> Result<HeldOutMeans> {
    let (network, events) = (examination.network, examination.events);
    let standard: Array2<f64> = match examination.method.takes_theta(&events.header.design) {
        true => network.values_by_row(events.x.view(), events.theta0.view(), None)?,
        false => network.values(events.x.view(), &[])?,
    };
    let score = network.scaling.score_to_user(standard.view());
    let numerators: Vec<usize> = (0..events.n_events()).filter(|&i| events.y[i] == 0.0).collect();
    let stored = examination.held_out_rows.map(|_| {
        let rows = row_numbers(events.x.view());
        numerators.iter().map(|&i| rows[i]).collect::<Vec<_>>()
    });
    let mean = |of: &dyn Fn(usize) -> f64| match &stored {
        Some(rows) => {
            let terms = numerators.iter().map(|&i| (events.weight(i) * of(i), events.weight(i)));
            Mean::ratio_of_rows(terms, rows)
        }
        None => Mean::weighted(numerators.iter().map(|&i| (of(i), events.weight(i)))),
    };
    let parameters = 0..score.ncols();
    let size = |k: usize| mean(&|i| score[(i, k)].powi(2)).value.max(0.0).sqrt();
    Ok(HeldOutMeans {
        mean_score: parameters.clone().map(|k| mean(&|i| score[(i, k)])).collect(),
        score_size: parameters.map(size).collect(),
        ..HeldOutMeans::default()
    })
}
