//! ln L where it matters: near its maximum.

use super::estimate::{across, hull, profiles};
use super::{InterpolatedLikelihood, Interpolation, Likelihood, ParameterBox, RatioTest};
use motherlode_core::error::{Error, Result};

/// Hypotheses with a larger q are of no interest: six standard deviations of one parameter.
const FAR: f64 = 36.0;
/// How far off ln L of a share of the events may be, which only says where to look closer.
const ROUGHLY: f64 = 0.5;
/// So many events say first where to look; then so many times more, or, if that was too much, less.
const FIRST: f64 = 1_000.0;
const MORE: f64 = 10.0;
/// A higher degree that leaves more of the error than this share tells that no degree will do.
const WORTHWHILE: f64 = 0.7;
/// With more parameters than these there are no toys.
const FEW: usize = 2;
/// Values of a parameter at which it is looked whether hypotheses are of interest.
const POINTS: usize = 41;
/// A part of this share of the whole is looked at again.
const SMALLER: f64 = 0.5;

/// ln L of many events over the part of a box in which it is within 18 of its maximum.
///
/// Many events fix θ to a small part of the box, and over all of it their ln L falls by too much to be interpolated to a fraction
/// of one. A share of the events says where to look closer, and only there are all of them asked.
#[derive(Debug, Clone)]
pub struct ZoomedLikelihood<'a> {
    parameter_box: ParameterBox,
    surface: InterpolatedLikelihood<'a>,
}

impl<'a> ZoomedLikelihood<'a> {
    /// Of `likelihood` in `parameter_box`, off by less than `tolerance`.
    ///
    /// # Errors
    /// If the likelihood fails, or cannot be interpolated: it is too rough, or has too many parameters.
    pub fn new(likelihood: &Likelihood<'a>, parameter_box: &ParameterBox, tolerance: f64) -> Result<Self> {
        let mut part = parameter_box.clone();
        let mut share = (FIRST / likelihood.n_represented()).min(1.0);
        let mut looked = false;
        loop {
            let all = share == 1.0;
            let some = if all {
                likelihood.clone()
            } else {
                likelihood.share(share)
            };
            // Many parameters take many nodes: the whole box is looked at roughly first.
            let last = all && (looked || part.dimensions() <= FEW);
            let allowed = if last { tolerance } else { tolerance.max(ROUGHLY) };
            match over(&some, &part, allowed) {
                Ok(surface) => {
                    part = near(&surface, part)?;
                    if last {
                        return Ok(Self {
                            parameter_box: part,
                            surface,
                        });
                    }
                    (looked, share) = (true, (share * MORE).min(1.0));
                }
                Err(error) if looked || some.n_represented() < MORE => return Err(error),
                Err(_) => share /= MORE,
            }
        }
    }

    /// The part of the box.
    pub fn parameter_box(&self) -> &ParameterBox {
        &self.parameter_box
    }

    /// ln L there.
    pub fn surface(&self) -> &InterpolatedLikelihood<'a> {
        &self.surface
    }
}

fn over<'a>(
    likelihood: &Likelihood<'a>,
    parameter_box: &ParameterBox,
    tolerance: f64,
) -> Result<InterpolatedLikelihood<'a>> {
    if parameter_box.dimensions() > FEW {
        return of_these_events(likelihood, parameter_box, tolerance);
    }
    let (estimator, reference) = likelihood.estimator();
    let events = likelihood.n_represented();
    let interpolation = Interpolation::for_estimator(
        parameter_box,
        estimator,
        likelihood.x(),
        reference,
        (events, tolerance),
        &(),
    )?;
    InterpolatedLikelihood::new(likelihood, interpolation)
}

/// Good for these events, if not for others: of many parameters there are no toys, and fewer nodes suffice.
fn of_these_events<'a>(
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
        if found > WORTHWHILE * before {
            break;
        }
    }
    Err(Error::usage(format!(
        "ln L of these events cannot be interpolated over {parameter_box} to {tolerance} (to {found:.2e} at best): take a smaller box of hypotheses, \
         or fewer parameters"
    )))
}

/// The box around all hypotheses of interest.
fn near(surface: &InterpolatedLikelihood<'_>, mut parameter_box: ParameterBox) -> Result<ParameterBox> {
    loop {
        let nearer = nearer(surface, &parameter_box)?;
        if nearer.volume() > SMALLER * parameter_box.volume() {
            return Ok(nearer);
        }
        parameter_box = nearer;
    }
}

fn nearer(surface: &InterpolatedLikelihood<'_>, parameter_box: &ParameterBox) -> Result<ParameterBox> {
    let log_likelihood = |theta: &[f64]| surface.at(theta);
    let mut test = RatioTest::new(&log_likelihood, parameter_box.clone())?;
    let profiles = profiles(&mut test, &across(parameter_box, POINTS), &|| Ok(()))?;
    let best = &test.best().theta;
    let edges = profiles.iter().zip(parameter_box.edges()).zip(best);
    let edges = edges.map(|((profile, &edges), &best)| hull(profile, best, FAR, edges));
    ParameterBox::new(edges.collect::<Vec<_>>())
}
