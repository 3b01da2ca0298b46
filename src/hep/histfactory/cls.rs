//! Tests of signal strengths, and the largest that is not excluded.

use motherlode_core::Progress;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::crossing::falls_through_zero;
use super::fit::BestFit;
use super::{Data, HistFactory, Parameter};
use motherlode_core::error::{Error, Result};

/// Fluctuations of the background in standard deviations for expected limits, in the order in which strengths are excluded.
const FLUCTUATIONS: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];
/// A best fit this close to the upper edge of its range, relative, is at the edge.
const EDGE: f64 = 1e-6;

/// Tests of the parameter of interest μ ≥ 0 by q̃_μ, with the formulae for many events.
///
/// CLs(μ) = P(q̃ ≥ q̃_obs|μ)/P(q̃ ≥ q̃_obs|0): a strength is excluded if it is small, which it is not just because the background has
/// fluctuated down.
///
/// # Source
/// Read 2002, doi:10.1088/0954-3899/28/10/313; Cowan, Cranmer, Gross and Vitells 2011, arXiv:1007.1727, equations 16 and 62 to 66.
#[derive(Debug)]
pub struct CLs<'a> {
    model: &'a HistFactory,
    poi: usize,
    data: Data,
    best: BestFit,
    /// Asimov data without signal, with all other parameters at their best fit to the data.
    asimov: Data,
    without_signal: BestFit,
}

/// A tested strength.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StrengthTest {
    /// μ.
    #[serde(rename = "value")]
    pub strength: f64,
    /// q̃_μ.
    pub statistic: f64,
    /// Median without signal.
    pub expected_statistic: f64,
    /// CLs of the data.
    #[serde(rename = "cls")]
    pub observed: f64,
    /// CLs of data without signal that fluctuate by −2, −1, 0, 1, 2 standard deviations.
    #[serde(rename = "expected_cls")]
    pub expected: [f64; 5],
}

/// The strengths that are just excluded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UpperLimits {
    /// Observed limit.
    #[serde(rename = "upper_limit")]
    pub observed: f64,
    /// Expected limits for data without signal that fluctuate by −2, −1, 0, 1, 2 standard deviations.
    #[serde(rename = "expected_upper_limits")]
    pub expected: [f64; 5],
}

impl<'a> CLs<'a> {
    /// Tests with the observed data of a workspace.
    ///
    /// # Errors
    /// If there is no parameter of interest, it is fixed or cannot be 0 or above 0, or a fit fails.
    pub fn new(model: &'a HistFactory) -> Result<Self> {
        Self::of_data(model, model.observed())
    }

    /// Tests with other data.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_data(model: &'a HistFactory, data: Data) -> Result<Self> {
        let poi = model.poi().ok_or_else(|| {
            Error::data("the measurement has no parameter of interest, and so no signal strength that could be limited: name a normfactor as `poi`")
        })?;
        check_poi(&model.parameters()[poi])?;
        let start = model.start();
        let without_signal = model.conditional(&data, &start, poi, 0.0)?;
        let best = model.best(&data, &without_signal, poi)?;
        Ok(Self {
            model,
            poi,
            asimov: model.expected(&without_signal.theta),
            data,
            best,
            without_signal,
        })
    }

    /// The best fit with μ ≥ 0.
    pub fn best(&self) -> &BestFit {
        &self.best
    }

    /// μ̂ ≥ 0.
    pub fn best_strength(&self) -> f64 {
        self.best.theta[self.poi]
    }

    /// Returns true if μ̂ is at its upper bound, so that tests are not valid.
    pub fn is_at_edge(&self) -> bool {
        let (low, high) = self.model.parameters()[self.poi].range;
        self.best_strength() > high - EDGE * (high - low)
    }

    /// Tests μ.
    ///
    /// # Errors
    /// If μ is negative or not finite, or a fit fails.
    pub fn test(&self, strength: f64) -> Result<StrengthTest> {
        if !(strength >= 0.0 && strength.is_finite()) {
            return Err(Error::usage(format!(
                "a signal strength of {strength}: give a finite number, 0 or above"
            )));
        }
        let with = |data: &Data, start: &[f64]| self.model.conditional(data, start, self.poi, strength);
        let statistic = match self.best_strength() > strength {
            true => 0.0, // more than enough is seen: nothing speaks against it from above
            false => 2.0 * (with(&self.data, &self.best.theta)?.half_deviance - self.best.half_deviance),
        };
        // Its best fit is without signal, and perfect.
        let expected_statistic = 2.0 * with(&self.asimov, &self.without_signal.theta)?.half_deviance;
        let (statistic, expected_statistic) = (statistic.max(0.0), expected_statistic.max(0.0));
        let width = expected_statistic.sqrt();
        // In units in which it is normal, with mean 0 without signal and −√q_A with it.
        let found = match statistic <= expected_statistic {
            true => statistic.sqrt() - width,
            false => (statistic - expected_statistic) / (2.0 * width),
        };
        let cls = |found: f64| match above(found) {
            0.0 => 0.0, // both underflow, and the one with signal is far smaller
            without_signal => above(found + width) / without_signal,
        };
        Ok(StrengthTest {
            strength,
            statistic,
            expected_statistic,
            observed: cls(found),
            expected: FLUCTUATIONS.map(|fluctuation| cls(-fluctuation)),
        })
    }

    /// The strengths at which CLs is 1 − `level`.
    ///
    /// # Errors
    /// If `level` is not between 0 and 1, a fit fails, or no strength is excluded however large it is.
    pub fn upper_limits(&self, level: f64) -> Result<UpperLimits> {
        self.upper_limits_with_progress(level, &())
    }

    /// Upper limits, with a report of how many of them are found.
    ///
    /// # Errors
    /// As [`upper_limits`](Self::upper_limits).
    pub fn upper_limits_with_progress(&self, level: f64, progress: &dyn Progress) -> Result<UpperLimits> {
        if !(0.0 < level && level < 1.0) {
            return Err(Error::usage(format!(
                "a confidence level of {level}: give a number between 0 and 1, such as 0.95"
            )));
        }
        let all = FLUCTUATIONS.len() as u64 + 1;
        let (mut known, mut done): (Vec<StrengthTest>, u64) = (Vec::new(), 0);
        let mut limit = |guess: f64, of: &dyn Fn(&StrengthTest) -> f64| -> Result<f64> {
            let found = falls_through_zero(guess, |strength| {
                let test = match known.iter().find(|test| test.strength == strength) {
                    Some(test) => test.clone(),
                    None => {
                        known.push(self.test(strength)?);
                        known[known.len() - 1].clone()
                    }
                };
                Ok((of(&test) / (1.0 - level)).ln())
            })?;
            done += 1;
            progress.advance(done, all)?;
            found.ok_or_else(|| {
                Error::numerical(format!(
                    "no strength of `{}` is excluded, however large: does it change what is expected in any bin with data?",
                    self.model.parameters()[self.poi].name
                ))
            })
        };
        let median = limit(1.0, &|test| test.expected[2])?;
        let mut expected = [median; 5];
        for (k, place) in expected.iter_mut().enumerate() {
            if k != 2 {
                *place = limit(median, &|test| test.expected[k])?;
            }
        }
        let observed = limit(median.max(self.best_strength()), &|test| test.observed)?;
        Ok(UpperLimits { observed, expected })
    }
}

/// Strengths are compared with each other and with 0, as in pyhf, which refuses the same.
fn check_poi(poi: &Parameter) -> Result<()> {
    let (low, high) = poi.range;
    let what = match poi.fixed {
        true => format!(
            "is fixed at {}, and no other strength can be compared with that: leave `fixed` out of its settings in the measurement, or name \
             another `poi`",
            poi.start
        ),
        false if high <= 0.0 => "cannot be above 0: give it other bounds in the measurement".into(),
        false if low > 0.0 => format!(
            "has the bounds {low} and {high}, and limits need the fit without signal, at 0: give it the lower bound 0 in the measurement"
        ),
        false => return Ok(()),
    };
    Err(Error::data(format!("the parameter of interest `{}` {what}", poi.name)))
}

impl HistFactory {
    /// Best fit with the parameter of interest at a value, started at the initial values of the workspace and near another fit.
    fn conditional(&self, data: &Data, near: &[f64], poi: usize, value: f64) -> Result<BestFit> {
        let mut fixed: Vec<bool> = self.parameters().iter().map(|parameter| parameter.fixed).collect();
        fixed[poi] = true;
        let mut starts = [self.start(), near.to_vec()];
        starts.iter_mut().for_each(|start| start[poi] = value);
        self.best_fit(data, &starts, &fixed)
    }

    /// The best fit with the parameter of interest at 0 or above, begun in the same places.
    fn best(&self, data: &Data, without_signal: &BestFit, poi: usize) -> Result<BestFit> {
        let fixed: Vec<bool> = self.parameters().iter().map(|parameter| parameter.fixed).collect();
        let low = self.parameters()[poi].range.0.max(0.0);
        let model = self.with_lower_edge(poi, low);
        let mut starts = [self.start(), without_signal.theta.clone()];
        starts.iter_mut().for_each(|start| start[poi] = start[poi].max(low));
        model.best_fit(data, &starts, &fixed)
    }

    fn with_lower_edge(&self, parameter: usize, low: f64) -> Self {
        let mut model = self.clone();
        model.parameters[parameter].range.0 = low;
        model
    }
}

/// The probability that a standard normal variable is larger.
fn above(value: f64) -> f64 {
    Normal::standard().sf(value)
}
