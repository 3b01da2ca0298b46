//! A workspace, made ready to be computed with.

use super::density::Data;
use super::interpolation::{Factor, Shift};
use super::parameters::{Kind, Parameter, Parameters};
use crate::pyhf::{Channel, Modifier, Sample, Workspace};
use motherlode_core::error::{Error, Result};

/// The likelihood of a workspace: expected counts λ_b(θ) of each bin, and constraints on θ.
#[derive(Debug, Clone)]
pub struct HistFactory {
    pub(super) parameters: Vec<Parameter>,
    pub(super) terms: Vec<Term>,
    pub(super) bins: usize,
    pub(super) poi: Option<usize>,
    observed: Vec<f64>,
}

/// A sample of a channel.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// The first bin of its channel.
    pub(super) first: usize,
    /// `[bins of the channel]`.
    pub(super) nominal: Vec<f64>,
    /// Additive variations by parameter, `[bins of the channel]` each.
    pub(super) shifts: Vec<(usize, Vec<Shift>)>,
    /// Factors on all bins.
    pub(super) factors: Vec<(usize, Scale)>,
    /// The first of the parameters that are factors, one for each bin.
    pub(super) bin_factors: Vec<usize>,
}

/// Dependence of a factor on its parameter.
#[derive(Debug, Clone)]
pub(super) enum Scale {
    /// The factor is the parameter itself.
    Plain,
    Interpolated(Factor),
}

impl HistFactory {
    /// The likelihood of a measurement of a workspace: the first, unless it is named.
    ///
    /// # Errors
    /// If there is no such measurement, a name stands for different kinds of parameters, or what the measurement says of them does not
    /// fit.
    pub fn new(workspace: &Workspace, measurement: Option<&str>) -> Result<Self> {
        workspace.check()?;
        let measurement = workspace.measurement(measurement)?;
        let mut parameters = Parameters::default();
        let (mut terms, mut first) = (Vec::new(), 0);
        for channel in &workspace.channels {
            let named = |error: Error| Error::data(format!("channel `{}`: {error}", channel.name));
            let statistics = statistics(channel, &mut parameters).map_err(named)?;
            for sample in &channel.samples {
                terms.push(term(sample, first, &statistics, &mut parameters).map_err(named)?);
            }
            first += channel.n_bins();
        }
        let poi = parameters.configure(&measurement.config)?;
        Ok(Self {
            parameters: parameters.all,
            terms,
            bins: first,
            poi,
            observed: workspace.observed()?,
        })
    }

    /// Parameters, `[p]`.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The number of the parameter of interest.
    pub fn poi(&self) -> Option<usize> {
        self.poi
    }

    /// Start values of fits, `[p]`.
    pub fn start(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.start).collect()
    }

    /// Observed data.
    pub fn observed(&self) -> Data {
        Data {
            counts: self.observed.clone(),
            auxiliary: self.parameters.iter().map(|parameter| parameter.auxiliary).collect(),
        }
    }
}

/// Number of bins with a statistical error, or with the error of a shapesys, on a content of 0: no factor can express it.
pub(crate) fn errors_of_empty_bins(workspace: &Workspace) -> usize {
    let is_lost = |(content, square): &&(f64, f64)| *content == 0.0 && *square > 0.0;
    let mut n = 0;
    for channel in &workspace.channels {
        let sums = statistical_sums(channel);
        n += sums.iter().flat_map(|(_, bins)| bins).filter(is_lost).count();
        for sample in &channel.samples {
            for modifier in &sample.modifiers {
                if let Modifier::ShapeSys { data, .. } = modifier {
                    let bins: Vec<(f64, f64)> = sample.data.iter().copied().zip(data.iter().copied()).collect();
                    n += bins.iter().filter(is_lost).count();
                }
            }
        }
    }
    n
}

/// The contents of the bins with statistical errors of one name, and their squared errors, added up over samples.
fn statistical_sums(channel: &Channel) -> Vec<(String, Vec<(f64, f64)>)> {
    let mut sums: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for sample in &channel.samples {
        for modifier in &sample.modifiers {
            let Modifier::StatError { name, data } = modifier else {
                continue;
            };
            let at = sums.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                sums.push((name.clone(), vec![(0.0, 0.0); channel.n_bins()]));
                sums.len() - 1
            });
            for ((content, square), (nominal, error)) in sums[at].1.iter_mut().zip(sample.data.iter().zip(data)) {
                *content += nominal;
                *square += error * error;
            }
        }
    }
    sums
}

/// The statistical errors of a channel: names, and the first parameter of each. All samples of a name share them.
fn statistics(channel: &Channel, parameters: &mut Parameters) -> Result<Vec<(String, usize)>> {
    let relative = |(content, square): &(f64, f64)| relative_error(*content, square.sqrt());
    let mut add = |(name, bins): (String, Vec<(f64, f64)>)| {
        let errors: Vec<f64> = bins.iter().map(relative).collect();
        let first = parameters.add(&name, Kind::StatError, &errors)?;
        Ok((name, first))
    };
    statistical_sums(channel).into_iter().map(&mut add).collect()
}

/// Relative error of a content of either sign: a factor with this error varies a negative content by as much. An empty bin has no factor
/// that could express its error, which is left out.
fn relative_error(content: f64, error: f64) -> f64 {
    if content == 0.0 { 0.0 } else { error / content.abs() }
}

fn term(sample: &Sample, first: usize, statistics: &[(String, usize)], parameters: &mut Parameters) -> Result<Term> {
    let mut term = Term {
        first,
        nominal: sample.data.clone(),
        shifts: Vec::new(),
        factors: Vec::new(),
        bin_factors: Vec::new(),
    };
    for modifier in &sample.modifiers {
        match modifier {
            Modifier::NormFactor { name, .. } => {
                term.factors
                    .push((parameters.scalar(name, Kind::NormFactor)?, Scale::Plain));
            }
            Modifier::Lumi { name, .. } => term.factors.push((parameters.scalar(name, Kind::Lumi)?, Scale::Plain)),
            Modifier::NormSys { name, data } => {
                let factor = Scale::Interpolated(Factor::new(data.hi, data.lo));
                term.factors.push((parameters.scalar(name, Kind::Variation)?, factor));
            }
            Modifier::HistoSys { name, data } => {
                let varied = data.hi_data.iter().zip(&data.lo_data);
                let shifts = sample.data.iter().zip(varied);
                let shifts = shifts
                    .map(|(nominal, (hi, lo))| Shift::new(*nominal, *hi, *lo))
                    .collect();
                term.shifts.push((parameters.scalar(name, Kind::Variation)?, shifts));
            }
            Modifier::ShapeFactor { name, .. } => {
                term.bin_factors
                    .push(parameters.shared(name, Kind::ShapeFactor, sample.data.len())?);
            }
            Modifier::ShapeSys { name, data } => {
                if parameters.knows(name) {
                    return Err(Error::data(format!(
                        "sample `{}`: the name of the shapesys `{name}` is taken: its parameters belong to one sample only",
                        sample.name
                    )));
                }
                let relative = |(error, content): (&f64, &f64)| relative_error(*content, *error);
                let errors: Vec<f64> = data.iter().zip(&sample.data).map(relative).collect();
                term.bin_factors.push(parameters.add(name, Kind::ShapeSys, &errors)?);
            }
            Modifier::StatError { name, .. } => {
                let known = statistics.iter().filter(|(known, _)| known == name);
                term.bin_factors.extend(known.map(|(_, first)| first));
            }
        }
    }
    Ok(term)
}
