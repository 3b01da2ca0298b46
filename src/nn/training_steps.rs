//! Training steps by themselves, for measuring them.

use burn::tensor::Device;

use super::train::{Objective, Rows, Trainer};
use super::{Architecture, Head, Method, RatioErrors, Scaling, Settings};
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};

/// Gradient steps of `method` on `data`, batch after batch in the order of the events: each call takes one and gives
/// the loss before it.
///
/// For benches: what [`RatioEstimator::train`](super::RatioEstimator::train) repeats, without shuffling, validation and
/// decay of the learning rate. It runs on the caller's thread, as far as that belongs to a pool of one.
///
/// # Errors
/// If `method` learns no ratio, `data` lack what it needs or fill no batch, or `settings` make no sense.
pub fn training_steps(
    method: Method,
    data: &AugmentedData,
    settings: &Settings,
) -> Result<impl FnMut() -> f64 + use<>> {
    settings.check()?;
    method.check(data)?;
    let settings = Settings {
        head: Head::Plain,
        ..settings.for_method(method)
    };
    let observables = &data.header.observables;
    let inputs = settings.input_plan(method, observables)?;
    let scaling = Scaling::fit(&inputs, data.x.view(), data.theta0.view(), observables)?;
    let architecture = Architecture::for_method(method, &data.header, &settings, &scaling, data.x.view())?;
    let rows = Rows::stored(data, method, &scaling, &architecture, &())?;
    let batch = settings.batch;
    if !method.learns_ratio() || rows.n_events() < batch {
        return Err(Error::usage(format!(
            "steps are measured for ratio methods and at least one batch of events; got {method}, {} events for a \
             batch of {batch}",
            rows.n_events()
        )));
    }
    let objective = Objective {
        method,
        head: settings.head,
        ratio_errors: settings.ratio_errors.unwrap_or(RatioErrors::Squared),
        alpha: settings.alpha.unwrap_or(1.0),
        n_parameters: data.n_parameters(),
    };
    let device = Device::flex().autodiff();
    let network = architecture.init(settings.seed, &device)?;
    let mut trainer = Trainer::new(network, objective, &settings);
    let events: Vec<u32> = (0..rows.n_events() as u32).collect();
    let (rate, mut at) = (settings.learning_rate_at(0), 0);
    Ok(move || {
        let chunk = rows.gather(&events[at..at + batch]).into_batch(&device);
        at = if at + 2 * batch > events.len() { 0 } else { at + batch };
        trainer.step(chunk, rate)
    })
}
