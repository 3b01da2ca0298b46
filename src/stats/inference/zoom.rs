//! The likelihood near its maximum.

use super::estimate::{across, hull, profiles};
use super::{InterpolatedLikelihood, Interpolation, Likelihood, ParameterBox, RatioTest};
use motherlode_core::error::{Error, Result};

/// Largest q of hypotheses that are kept: six standard deviations of one parameter.
const MAX_Q: f64 = 36.0;
/// Interpolation error of ln L that is allowed while the region is searched.
const SEARCH_TOLERANCE: f64 = 0.5;
/// Number of events in the first search.
const FIRST_EVENTS: f64 = 1_000.0;
/// Factor by which the number of events grows after a search, or shrinks after one that failed.
const GROWTH: f64 = 10.0;
/// Largest ratio of interpolation errors of two successive degrees at which a higher degree is tried.
const MIN_IMPROVEMENT: f64 = 0.7;
/// Largest number of parameters for which toys are drawn.
const MAX_TOY_PARAMETERS: usize = 2;
/// Profile points along each parameter in a search.
const POINTS: usize = 41;
/// Largest ratio of volumes at which the region is searched again.
const MAX_SHRINKAGE: f64 = 0.5;

/// The likelihood in the part of a box in which ln L is within 18 of its maximum.
///
/// Many events fix θ to a small part of the box, and over the whole box their ln L falls by too much to be interpolated with an error
/// below one. A subsample of the events locates that part, and all events are evaluated only there.
#[derive(Debug, Clone)]
pub struct ZoomedLikelihood<'a> {
    parameter_box: ParameterBox,
    surface: InterpolatedLikelihood<'a>,
}

impl<'a> ZoomedLikelihood<'a> {
    /// Interpolates `likelihood` near its maximum in `parameter_box`, with an error of ln L below `tolerance`.
    ///
    /// # Errors
    /// If the likelihood fails, or cannot be interpolated because it is too rough or has too many parameters.
    pub fn new(likelihood: &Likelihood<'a>, parameter_box: &ParameterBox, tolerance: f64) -> Result<Self> {
        let mut part = parameter_box.clone();
        let mut share = (FIRST_EVENTS / likelihood.n_represented()).min(1.0);
        let mut searched = false;
        loop {
            let all = share == 1.0;
            let sample = if all {
                likelihood.clone()
            } else {
                likelihood.subsample(share)
            };
            // Many parameters take many nodes: the whole box is searched with the larger tolerance first.
            let last = all && (searched || part.dimensions() <= MAX_TOY_PARAMETERS);
            let allowed = if last {
                tolerance
            } else {
                tolerance.max(SEARCH_TOLERANCE)
            };
            match interpolate(&sample, &part, allowed) {
                Ok(surface) => {
                    part = shrunk(&surface, part)?;
                    if last {
                        return Ok(Self {
                            parameter_box: part,
                            surface,
                        });
                    }
                    (searched, share) = (true, (share * GROWTH).min(1.0));
                }
                Err(error) if searched || sample.n_represented() < GROWTH => return Err(error),
                Err(_) => share /= GROWTH,
            }
        }
    }

    /// The part of the box near the maximum.
    pub fn parameter_box(&self) -> &ParameterBox {
        &self.parameter_box
    }

    /// The interpolated likelihood in that part.
    pub fn surface(&self) -> &InterpolatedLikelihood<'a> {
        &self.surface
    }
}

fn interpolate<'a>(
    likelihood: &Likelihood<'a>,
    parameter_box: &ParameterBox,
    tolerance: f64,
) -> Result<InterpolatedLikelihood<'a>> {
    if parameter_box.dimensions() > MAX_TOY_PARAMETERS {
        return interpolate_sample(likelihood, parameter_box, tolerance);
    }
    let (estimator, reference) = likelihood.estimator();
    let events = likelihood.n_represented();
    let interpolation = Interpolation::for_estimator(
        parameter_box,
        estimator,
        likelihood.x(),
        reference,
        (events, tolerance),
        likelihood.progress(),
    )?;
    InterpolatedLikelihood::new(likelihood, interpolation)
}

/// Interpolates ln L of these events only: for many parameters there are no toys of other events, and fewer nodes suffice.
fn interpolate_sample<'a>(
    likelihood: &Likelihood<'a>,
    parameter_box: &ParameterBox,
    tolerance: f64,
) -> Result<InterpolatedLikelihood<'a>> {
    let mut found = f64::INFINITY;
    for interpolation in Interpolation::candidates(parameter_box, likelihood.x().nrows()) {
        let surface = InterpolatedLikelihood::new(likelihood, interpolation?)?;
        let before = std::mem::replace(&mut found, surface.error()?);
        if found <= tolerance {
            return Ok(surface);
        }
        if found > MIN_IMPROVEMENT * before {
            break;
        }
    }
    Err(Error::numerical(format!(
        "ln L of these events cannot be interpolated over {parameter_box} with an error of {tolerance} (the best is {found:.2e}): choose a \
         smaller parameter box, or fewer parameters"
    )))
}

/// Shrinks a box around all hypotheses with q ≤ `MAX_Q`, until it hardly changes.
fn shrunk(surface: &InterpolatedLikelihood<'_>, mut parameter_box: ParameterBox) -> Result<ParameterBox> {
    loop {
        let smaller = shrunk_once(surface, &parameter_box)?;
        if smaller.volume() > MAX_SHRINKAGE * parameter_box.volume() {
            return Ok(smaller);
        }
        parameter_box = smaller;
    }
}

fn shrunk_once(surface: &InterpolatedLikelihood<'_>, parameter_box: &ParameterBox) -> Result<ParameterBox> {
    let log_likelihood = |theta: &[f64]| surface.at(theta);
    let mut test = RatioTest::new(&log_likelihood, parameter_box.clone())?;
    let profiles = profiles(&mut test, &across(parameter_box, POINTS), &|| Ok(()))?;
    let best = &test.best().theta;
    let edges = profiles.iter().zip(parameter_box.edges()).zip(best);
    let edges = edges.map(|((profile, &edges), &best)| hull(profile, best, MAX_Q, edges));
    ParameterBox::new(edges.collect::<Vec<_>>())
}
