//! Beginning of the training of a posterior: the augmentation of its events, its coordinates, and a linear regression.

use super::posterior_events::{drawn_from_prior, none_of_prior};
use super::{Encoding, TrainingPlan};
use crate::network::EncoderConfig;
use crate::posterior::{PosteriorConfig, Regression};
use crate::{Architecture, Method, Scaling, TrainingData};
use motherlode_core::Progress;
use motherlode_core::dataset::{AugmentedData, Fields, Header};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::GibbsAugmentation;
use motherlode_core::prior::{Coordinates, Prior};
use motherlode_core::trace::{Parameter, stream};

/// Events from whose joint scores the smallest scale of clouds is found.
const FIRST: u64 = 1_000;
/// Smallest scale of clouds where there are no joint scores, in widths of the prior; and its limits.
const SMALLEST_SCALE: (f64, f64, f64) = (0.005, 1e-4, 0.1);
/// The smallest scale is this share of the inverse of the joint score that 95 % of the events are below.
const SHARE_OF_WIDTH: f64 = 1.0 / 3.0;
/// Events that the regression is fitted to, and hypotheses of each where these are drawn given its path.
const FITTED: (usize, usize) = (20_000, 4);
/// Stream number of these hypotheses.
const REGRESSION: u64 = 1 << 11;

/// The augmentation of the events, for methods that have one.
///
/// # Errors
/// If the simulator is not at hand, or cannot augment events.
pub(crate) fn augmentation<'a>(
    method: Method,
    data: TrainingData<'a>,
    progress: &dyn Progress,
) -> Result<Option<GibbsAugmentation<'a>>> {
    if !method.augments_hypotheses() {
        return Ok(None);
    }
    let simulator = data.simulator.ok_or_else(|| {
        Error::data(format!(
            "{method} draws hypotheses given the paths of the events, which takes the simulator: train where it is registered, or choose npe"
        ))
    })?;
    let header = data.events.header();
    header.check_simulator(simulator, "draw hypotheses given their paths")?;
    let parameters = simulator.parameters();
    let prior = prior(header)?;
    let scale = smallest_scale(data, &prior.coordinates(&parameters)?, progress)?;
    GibbsAugmentation::new(simulator, prior, scale).map(Some)
}

/// The network of the posterior, with the regression fitted to the events to train on.
///
/// # Errors
/// If the events have no continuous prior, or the settings do not fit.
pub(crate) fn architecture(
    data: TrainingData<'_>,
    plan: &TrainingPlan,
    scaling: &Scaling,
    train: &AugmentedData,
    augmentation: Option<&GibbsAugmentation<'_>>,
    progress: &dyn Progress,
) -> Result<Architecture> {
    let (header, settings) = (data.events.header(), &plan.settings);
    let anywhere = |name: &String| Parameter::new(name, f64::NEG_INFINITY, f64::INFINITY);
    let parameters = match data.simulator {
        Some(simulator) => simulator.parameters(),
        None => header.parameters.iter().map(anywhere).collect(),
    };
    let coordinates = match augmentation {
        Some(augmentation) => augmentation.coordinates().clone(),
        None => prior(header)?.coordinates(&parameters)?,
    };
    if coordinates.dimensions() == 0 {
        return Err(Error::data(
            "all parameters are held fixed by the prior: there is no posterior to learn",
        ));
    }
    let encoder = match settings
        .encoding
        .as_ref()
        .filter(|encoding| **encoding != Encoding::Vector)
    {
        Some(encoding) => encoding.encoder(
            &scaling.inputs,
            &header.observables,
            settings.activation.unwrap_or_default(),
        )?,
        None => EncoderConfig::None,
    };
    let regression = regression(&coordinates, scaling, train, augmentation, settings.seed, progress)?;
    let features = scaling.n_features();
    PosteriorConfig::new(coordinates, &parameters, features, regression, encoder, settings)
        .map(|config| Architecture::Posterior(config.into()))
}

fn prior(header: &Header) -> Result<&Prior> {
    header.design.prior().and_then(Prior::density).ok_or_else(|| {
        Error::data(format!(
            "a posterior is learned from events that were drawn from a continuous prior, and these are not ({}): mine with --joint",
            header.design
        ))
    })
}

/// The smallest scale of clouds: a third of the width of the narrowest posteriors given a path, by their joint scores.
fn smallest_scale(data: TrainingData<'_>, coordinates: &Coordinates, progress: &dyn Progress) -> Result<f64> {
    let (default, least, most) = SMALLEST_SCALE;
    let fields = Fields {
        joint_score0: true,
        ..Fields::NONE
    };
    let first = data
        .events
        .portion(0..data.events.n_events().min(FIRST), fields, progress)?;
    let Some(scores) = &first.joint_score0 else {
        return Ok(default);
    };
    let mut sizes = Vec::new();
    for event in drawn_from_prior(&first) {
        let score = coordinates.score(&first.theta0.row(event).to_vec(), &scores.row(event).to_vec());
        sizes.extend(score.into_iter().map(f64::abs).filter(|size| size.is_finite()));
    }
    sizes.sort_by(f64::total_cmp);
    let high = sizes.get(sizes.len() * 19 / 20).copied().unwrap_or(1.0);
    Ok((SHARE_OF_WIDTH / high.max(f64::MIN_POSITIVE)).clamp(least, most))
}

fn regression(
    coordinates: &Coordinates,
    scaling: &Scaling,
    train: &AugmentedData,
    augmentation: Option<&GibbsAugmentation<'_>>,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Regression> {
    let (most, per_event) = FITTED;
    let (mut features, mut targets) = (Vec::new(), Vec::new());
    for event in drawn_from_prior(train).into_iter().take(most) {
        progress.check()?;
        let mut row = Vec::new();
        scaling.push_x(train.x.row(event), &mut row);
        let theta = train.theta0.row(event).to_vec();
        let hypotheses = match augmentation {
            None => vec![coordinates.standard(&theta)],
            Some(augmentation) => {
                let memory = train.remembered("hypotheses given their paths")?.event(event);
                let rng = &mut stream(seed, event as u64, REGRESSION);
                augmentation.chain(&theta, memory, per_event, coordinates.dimensions(), rng)?
            }
        };
        for v in hypotheses {
            features.push(row.clone());
            targets.push(v);
        }
    }
    let features: Vec<&[f32]> = features.iter().map(Vec::as_slice).collect();
    let targets: Vec<&[f64]> = targets.iter().map(Vec::as_slice).collect();
    match targets.is_empty() {
        true => Err(none_of_prior()),
        false => Regression::fit(&features, &targets),
    }
}
