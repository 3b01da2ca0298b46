//! Checks that the parts of a workspace fit together. Parameters are checked where the likelihood is made.

use std::collections::HashSet;

use super::{Channel, Modifier, Sample, Workspace};
use motherlode_core::error::{Error, Result};

impl Workspace {
    /// Checks that bins match, numbers are finite, and names are used once.
    ///
    /// # Errors
    /// Says which channel, sample or modifier is at fault.
    pub fn check(&self) -> Result<()> {
        if self.channels.is_empty() || self.measurements.is_empty() {
            return Err(Error::data(
                "has no channels or no measurements: a workspace needs one of each",
            ));
        }
        once("channel", self.channels.iter().map(|channel| channel.name.as_str()))?;
        once(
            "observation",
            self.observations.iter().map(|observed| observed.name.as_str()),
        )?;
        once(
            "measurement",
            self.measurements.iter().map(|measurement| measurement.name.as_str()),
        )?;
        for channel in &self.channels {
            let here = |error: Error| Error::data(format!("channel `{}`: {error}", channel.name));
            check_channel(channel).map_err(here)?;
            let observed = &self.observation(channel)?.data;
            same_bins("the observation", observed, channel.n_bins()).map_err(here)?;
            not_negative("the observation", observed).map_err(here)?;
        }
        Ok(())
    }
}

fn once<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::data(format!(
                "has the {what} `{name}` twice: give each a name of its own"
            )));
        }
    }
    Ok(())
}

fn check_channel(channel: &Channel) -> Result<()> {
    if channel.n_bins() == 0 {
        return Err(Error::data("has no samples or no bins"));
    }
    once("sample", channel.samples.iter().map(|sample| sample.name.as_str()))?;
    for sample in &channel.samples {
        check_sample(sample, channel.n_bins())
            .map_err(|error| Error::data(format!("sample `{}`: {error}", sample.name)))?;
    }
    Ok(())
}

fn check_sample(sample: &Sample, bins: usize) -> Result<()> {
    same_bins("the histogram", &sample.data, bins)?;
    let kinds_and_names = sample
        .modifiers
        .iter()
        .map(|modifier| (modifier.kind(), modifier.name()));
    let mut seen = HashSet::new();
    for (kind, name) in kinds_and_names {
        if !seen.insert((kind, name)) {
            return Err(Error::data(format!("has the {kind} `{name}` twice")));
        }
    }
    for modifier in &sample.modifiers {
        check_modifier(modifier, bins)
            .map_err(|error| Error::data(format!("{} `{}`: {error}", modifier.kind(), modifier.name())))?;
    }
    Ok(())
}

fn check_modifier(modifier: &Modifier, bins: usize) -> Result<()> {
    match modifier {
        Modifier::NormSys { data, .. } => {
            match data.hi >= 0.0 && data.lo >= 0.0 && data.hi.is_finite() && data.lo.is_finite() {
                true => Ok(()),
                false => Err(Error::data(format!(
                    "has the factors {} and {}: both must be 0 or above, for they are interpolated as powers",
                    data.lo, data.hi
                ))),
            }
        }
        Modifier::HistoSys { data, .. } => {
            same_bins("the histogram at +1", &data.hi_data, bins)?;
            same_bins("the histogram at -1", &data.lo_data, bins)
        }
        Modifier::ShapeSys { data, .. } | Modifier::StatError { data, .. } => {
            same_bins("the errors", data, bins)?;
            not_negative("the errors", data)
        }
        Modifier::Lumi { name, .. } if name != "lumi" => Err(Error::data("must have the name `lumi`")),
        Modifier::NormFactor { .. } | Modifier::Lumi { .. } | Modifier::ShapeFactor { .. } => Ok(()),
    }
}

/// A number for each bin, and all of them finite.
fn same_bins(what: &str, data: &[f64], bins: usize) -> Result<()> {
    if data.len() != bins {
        return Err(Error::data(format!(
            "{what} has {} bins, and the channel has {bins}",
            data.len()
        )));
    }
    match data.iter().position(|value| !value.is_finite()) {
        Some(bin) => Err(Error::data(format!(
            "{what} is {} in bin {bin}, and must be finite",
            data[bin]
        ))),
        None => Ok(()),
    }
}

fn not_negative(what: &str, data: &[f64]) -> Result<()> {
    match data.iter().position(|value| *value < 0.0) {
        Some(bin) => Err(Error::data(format!(
            "{what} is {} in bin {bin}, and must not be negative",
            data[bin]
        ))),
        None => Ok(()),
    }
}
