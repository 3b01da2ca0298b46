//! A workspace of the histograms of weighted events.

use super::process::Filled;
use super::{
    Binning, Channel, Config, Measurement, Modifier, Observation, ParameterConfig, Process, Sample, ShapeVariation,
    Variation, Workspace,
};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact;

/// Smallest upper edge of the range of a factor, as in pyhf.
const USUAL_RANGE: f64 = 10.0;
/// Standard deviations that the range of the parameter of interest covers.
const ROOM: f64 = 30.0;

/// Contents of a workspace with one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// The name of the channel.
    pub channel: String,
    /// The name of the measurement.
    pub measurement: String,
    /// Expected processes.
    pub processes: Vec<Process>,
    /// The parameter of interest; no letters, if there is none.
    pub poi: String,
    /// Settings of other parameters.
    pub parameters: Vec<ParameterConfig>,
    /// Events whose relative error is that of the sum of all processes, if these are made of the same events and their errors do not
    /// add up in squares: values and weights, `[n]`.
    pub together: Option<(Vec<f64>, Vec<f64>)>,
    /// Values of observed events; the expected data if absent.
    pub observed: Option<Vec<f64>>,
}

/// A workspace, with its bins and notes.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// The workspace.
    pub workspace: Workspace,
    /// Bins of the channel.
    pub binning: Binning,
    /// Bins that were joined, and why; events that are in none.
    pub notes: Vec<String>,
}

impl Blueprint {
    /// The workspace with these bins. A bin is joined with its emptier neighbour if nothing but signal is expected in it, or if negative
    /// weights rule a process there, at one standard deviation of a systematic or without.
    ///
    /// # Errors
    /// If numbers are missing or nothing is expected at all.
    pub fn build(&self, mut binning: Binning) -> Result<Built> {
        self.processes.iter().try_for_each(Process::check)?;
        let mut notes = Vec::new();
        let filled = loop {
            let filled: Vec<Filled> = self.processes.iter().map(|process| process.filled(&binning)).collect();
            let Some((bin, reason)) = self.bad_bin(&filled, binning.n_bins()) else {
                break filled;
            };
            let Some(first) = neighbours(&self.in_bins(&filled), bin) else {
                return Err(Error::data(format!(
                    "{reason}: a histogram needs events of positive weight in a bin at least"
                )));
            };
            let [low, middle, high] = [0, 1, 2].map(|i| binning.edges()[first + i]);
            notes.push(format!(
                "the bins {low} to {middle} and {middle} to {high} were joined, for {reason}"
            ));
            binning = binning.joined(first);
        };
        notes.extend(self.left_out(&binning));
        let errors = self.errors(&filled, &binning);
        let samples = self.processes.iter().zip(&filled).zip(&errors);
        let samples = samples.map(|((process, filled), errors)| self.sample(process, filled, errors));
        let channel = Channel {
            name: self.channel.clone(),
            samples: samples.collect::<Result<_>>()?,
        };
        let data = match &self.observed {
            Some(values) => binning.sums(values, std::iter::repeat(1.0)),
            None => self.sum(&filled, |process| process.in_data, binning.n_bins()),
        };
        let observation = Observation {
            name: self.channel.clone(),
            data,
        };
        let measurement = Measurement {
            name: self.measurement.clone(),
            config: Config {
                poi: self.poi.clone(),
                parameters: [
                    self.range_of_interest(&filled, binning.n_bins()),
                    self.parameters.clone(),
                ]
                .concat(),
            },
        };
        Ok(Built {
            workspace: Workspace::new(vec![channel], vec![observation], vec![measurement])?,
            binning,
            notes,
        })
    }

    /// The sum of all processes, with factors.
    fn sum(&self, filled: &[Filled], factor: impl Fn(&Process) -> f64, bins: usize) -> Vec<f64> {
        let content = |bin: usize| -> f64 {
            let all = self.processes.iter().zip(filled);
            all.map(|(process, filled)| factor(process) * filled.contents[bin])
                .sum()
        };
        (0..bins).map(content).collect()
    }

    fn in_bins(&self, filled: &[Filled]) -> Vec<f64> {
        self.sum(filled, |process| process.without_signal, filled[0].contents.len())
    }

    /// The first bin that cannot stay as it is, and why.
    fn bad_bin(&self, filled: &[Filled], bins: usize) -> Option<(usize, String)> {
        let without_signal = self.sum(filled, |process| process.without_signal, bins);
        (0..bins).find_map(|bin| {
            let negative = self
                .processes
                .iter()
                .zip(filled)
                .find(|(_, filled)| filled.least(bin) < 0.0);
            match negative {
                Some((process, filled)) => Some((
                    bin,
                    format!("`{}` is {} in one of them", process.name, filled.least(bin)),
                )),
                None if without_signal[bin] <= 0.0 => Some((
                    bin,
                    format!(
                        "without signal {} events are expected in one of them",
                        without_signal[bin]
                    ),
                )),
                None => None,
            }
        })
    }

    /// Describes the share of the weights beyond the outer edges, over all processes.
    fn left_out(&self, binning: &Binning) -> Option<String> {
        let (mut all, mut inside) = (0.0, 0.0);
        for process in &self.processes {
            all += process.weights.iter().sum::<f64>();
            inside += binning
                .sums(&process.values, process.weights.iter().copied())
                .iter()
                .sum::<f64>();
        }
        let share = 1.0 - inside / all;
        (share.abs() > 1e-9).then(|| {
            format!(
                "{:.2} % of what is expected lies beyond the outer edges, and is left out",
                100.0 * share
            )
        })
    }

    /// The absolute Monte Carlo errors of each process, `[processes][bins]`, as pyhf adds them up: in squares, relative to the sum.
    fn errors(&self, filled: &[Filled], binning: &Binning) -> Vec<Vec<f64>> {
        let Some((values, weights)) = &self.together else {
            let roots = |filled: &Filled| filled.squares.iter().map(|square| square.sqrt()).collect();
            return filled.iter().map(roots).collect();
        };
        let sums = binning.sums(values, weights.iter().copied());
        let squares = binning.sums(values, weights.iter().map(|weight| weight * weight));
        let scale = |bin: usize| {
            let contents = || filled.iter().map(|filled| filled.contents[bin]);
            let (sum, root) = (
                contents().sum::<f64>(),
                contents().map(|content| content * content).sum::<f64>().sqrt(),
            );
            squares[bin].sqrt() / sums[bin] * sum / root
        };
        let scales: Vec<f64> = (0..binning.n_bins()).map(scale).collect();
        let of = |filled: &Filled| {
            filled
                .contents
                .iter()
                .zip(&scales)
                .map(|(content, scale)| content * scale)
                .collect()
        };
        filled.iter().map(of).collect()
    }

    fn sample(&self, process: &Process, filled: &Filled, errors: &[f64]) -> Result<Sample> {
        let total: f64 = filled.contents.iter().sum();
        if !(total > 0.0 && total.is_finite()) {
            return Err(Error::data(format!(
                "`{}` expects {total} events: it needs some in the bins",
                process.name,
                total = exact(total)
            )));
        }
        let mut modifiers = Vec::new();
        modifiers.extend(process.factor.iter().map(|name| Modifier::NormFactor {
            name: name.clone(),
            data: (),
        }));
        for (systematic, (up, down)) in process.systematics.iter().zip(&filled.varied) {
            let norm = |varied: &[f64]| varied.iter().sum::<f64>() / total;
            let (hi, lo) = (norm(up), norm(down));
            if !(hi > 0.0 && lo > 0.0) {
                return Err(Error::data(format!(
                    "`{}` vanishes at one standard deviation of {}",
                    process.name, systematic.name
                )));
            }
            let shape = |varied: &[f64], norm: f64| varied.iter().map(|content| content / norm).collect();
            let name = &systematic.name;
            modifiers.push(Modifier::NormSys {
                name: name.clone(),
                data: Variation { hi, lo },
            });
            modifiers.push(Modifier::HistoSys {
                name: name.clone(),
                data: ShapeVariation {
                    hi_data: shape(up, hi),
                    lo_data: shape(down, lo),
                },
            });
        }
        modifiers.push(Modifier::StatError {
            name: format!("staterror_{}", self.channel),
            data: errors.to_vec(),
        });
        Ok(Sample {
            name: process.name.clone(),
            data: filled.contents.clone(),
            modifiers,
        })
    }

    /// Range of the parameter of interest, where the usual one is too narrow for the data.
    fn range_of_interest(&self, filled: &[Filled], bins: usize) -> Vec<ParameterConfig> {
        let interesting = |process: &Process| f64::from(process.factor.as_ref() == Some(&self.poi));
        if self.poi.is_empty() {
            return Vec::new();
        }
        let signal = self.sum(filled, interesting, bins);
        let background = self.in_bins(filled);
        let information: f64 = signal.iter().zip(&background).map(|(s, b)| s * s / (s + b)).sum();
        let range = 10f64.powf((ROOM / information.sqrt()).log10().ceil());
        let bounds = (range.is_finite() && range > USUAL_RANGE).then(|| vec![(0.0, range)]);
        let config = bounds.map(|bounds| ParameterConfig {
            name: self.poi.clone(),
            inits: Some(vec![1.0]),
            bounds: Some(bounds),
            ..ParameterConfig::default()
        });
        config.into_iter().collect()
    }
}

/// The first of two bins to be joined: a bin and its emptier neighbour; none, if there is only one.
fn neighbours(contents: &[f64], bin: usize) -> Option<usize> {
    let content = |at: usize| contents.get(at).copied().unwrap_or(f64::INFINITY);
    match (bin > 0, bin + 1 < contents.len()) {
        (false, false) => None,
        (true, true) if content(bin - 1) < content(bin + 1) => Some(bin - 1),
        (true, false) => Some(bin - 1),
        _ => Some(bin),
    }
}

#[cfg(test)]
mod tests;
