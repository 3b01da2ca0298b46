//! Number of events of a file, and sums of their weights.

use std::path::Path;

use super::Run;
use super::lines::{Lines, number, words};
use super::run_reader::RunReader;
use motherlode_core::error::{Error, Result};
use motherlode_core::format;
use motherlode_core::mean::Mean;

/// Printed weights agree to this, relatively, where they are the same.
const PRINTED: f64 = 1e-4;
/// Largest difference between equal weights and the cross section of the `<init>` block, relative to it.
const EQUAL_WEIGHTS: f64 = 0.01;

/// Number of events of a file, and sums of their weights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WeightSummary {
    /// Events.
    pub n_events: u64,
    /// Events whose number of trials is known.
    pub n_with_trials: u64,
    /// Trials of these events.
    pub n_trials: f64,
    /// Σw, in the unit of the file.
    pub sum: f64,
    /// Σw².
    pub sum_of_squares: f64,
    /// Events with a negative weight.
    pub n_negative: u64,
    /// Events with weight zero.
    pub n_zero: u64,
    /// True if the last line of the file was there.
    pub is_closed: bool,
}

/// Normalisation of the weights of a file to the cross section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Their mean is the cross section; where events say how many trials they took, it is their sum divided by the number of trials.
    Average,
    /// They add up to it.
    Sum,
    /// They have no unit; the cross section is that of the `<init>` block.
    Unit,
}

impl Normalisation {
    /// Normalisation that a file declares: in MadGraph's run card, or else by its weighting strategy (IDWTUP).
    pub fn of(run: &Run) -> Self {
        match (run.event_norm.as_deref(), run.weighting.abs()) {
            (Some("average"), _) => Self::Average,
            (Some("sum"), _) => Self::Sum,
            (Some("unity"), _) | (_, 3) => Self::Unit,
            _ => Self::Average,
        }
    }

    /// Factor by which the weights are in pb and add up to the cross section.
    ///
    /// # Errors
    /// If the weights add up to nothing, or to less.
    pub fn factor(self, path: &Path, run: &Run, summary: &WeightSummary) -> Result<f64> {
        if summary.n_with_trials != 0 && summary.n_with_trials != summary.n_events {
            return Err(Error::file(
                path,
                format!(
                    "has {} events that say how many trials they took, and {} that do not: the cross section is not known; take the file apart",
                    summary.n_with_trials,
                    summary.n_events - summary.n_with_trials
                ),
            ));
        }
        let factor = match self {
            Self::Average if summary.n_with_trials > 0 => 1.0 / summary.n_trials,
            Self::Average => 1.0 / summary.n_events as f64,
            Self::Sum => 1.0 / f64::from(run.n_runs),
            Self::Unit => run.cross_section() / summary.sum,
        };
        match factor.is_finite() && factor * summary.sum > 0.0 {
            true => Ok(factor),
            false => Err(Error::file(
                path,
                format!(
                    "has {} events whose weights add up to {}, and the cross section {} pb: no weights in pb can be made of them",
                    summary.n_events,
                    summary.sum,
                    run.cross_section()
                ),
            )),
        }
    }
}

impl WeightSummary {
    /// Reads the run information of a file, and counts its events without reading their particles.
    ///
    /// # Errors
    /// If it cannot be read, or an event does not begin with a finite weight.
    pub fn of(path: &Path) -> Result<(Run, Self)> {
        let mut runs = RunReader::new(Lines::open(path)?)?;
        let mut summary = Self::default();
        while runs.next_event()? {
            while runs.lines.next()?.is_some_and(<[u8]>::is_empty) {}
            let weight = words(runs.lines.last()).nth(2).and_then(number);
            let weight = weight.ok_or_else(|| {
                runs.lines
                    .wrong("must open an event, with a finite weight as its third number")
            })?;
            summary.add(weight, runs.trials);
        }
        summary.is_closed = runs.is_closed;
        Ok((runs.run, summary))
    }

    /// Counts an event of this weight, and the number of trials that it took where it is known.
    pub fn add(&mut self, weight: f64, trials: Option<f64>) {
        self.n_events += 1;
        self.n_with_trials += u64::from(trials.is_some());
        self.n_trials += trials.unwrap_or(0.0);
        self.sum += weight;
        self.sum_of_squares += weight * weight;
        self.n_negative += u64::from(weight < 0.0);
        self.n_zero += u64::from(weight == 0.0);
    }

    /// Sum of the weights times `factor`, with the Monte Carlo error √Σw².
    pub fn cross_section(&self, factor: f64) -> Mean {
        Mean {
            value: factor * self.sum,
            standard_error: factor * self.sum_of_squares.sqrt(),
        }
    }

    /// Returns true if all events have the same weight, so that its mean has no statistical error.
    fn has_equal_weights(&self) -> bool {
        let n = self.n_events as f64;
        let is_one_value = n * self.sum_of_squares <= (1.0 + PRINTED * PRINTED) * self.sum * self.sum;
        // Numbers of trials fluctuate, and so does the cross section.
        self.n_events > 1 && self.n_with_trials == 0 && is_one_value
    }

    /// Describes a cross section of weights that is not that of the `<init>` block, where chance cannot explain it.
    fn disagreement(&self, run: &Run, normalisation: Normalisation, factor: f64) -> Option<String> {
        let said = run.cross_section();
        let Mean {
            value: found,
            standard_error: spread,
        } = self.cross_section(factor);
        let errors: f64 = run.processes.iter().map(|process| process.standard_error.powi(2)).sum();
        let allowed = match self.has_equal_weights() {
            true => EQUAL_WEIGHTS * said.abs() + 5.0 * errors.sqrt(),
            false => 5.0 * spread.hypot(errors.sqrt()) + 1e-3 * said.abs(),
        };
        (normalisation != Normalisation::Unit && (found - said).abs() > allowed).then(|| {
            format!(
                "its weights give a cross section of {} pb, and its <init> block says {} pb: if another normalisation of the \
                 weights is meant, give the sample normalisation = \"average\", \"sum\" or \"unit\"",
                format::number(found, 6),
                format::number(said, 6)
            )
        })
    }

    /// Describes a cross section of equal weights that the `<init>` block contradicts: one of the two is wrong, or the normalisation.
    ///
    /// Of unequal weights, cuts and filters may have made the difference, which is a [note](Self::notes).
    pub(in crate::lhe) fn contradiction(&self, run: &Run, normalisation: Normalisation, factor: f64) -> Option<String> {
        let said = run.cross_section();
        let is_certain = self.has_equal_weights() && said != 0.0;
        self.disagreement(run, normalisation, factor).filter(|_| is_certain)?;
        let weight = self.sum / self.n_events as f64;
        Some(format!(
            "has {} events of the same weight, {}, which give a cross section of {} pb, and its <init> block says {} pb, so that one of them is wrong: \
             correct it, or say for the sample what is meant, normalisation = \"average\" for {} pb, \"sum\" for {} pb, or \"unit\" for {} pb",
            self.n_events,
            format::number(weight, 6),
            format::number(factor * self.sum, 6),
            format::number(said, 6),
            format::number(weight, 6),
            format::number(self.sum / f64::from(run.n_runs), 6),
            format::number(said, 6),
        ))
    }

    /// Notes on a suspicious end of the file, number of events or cross section.
    pub fn notes(&self, run: &Run, normalisation: Normalisation, factor: f64) -> Vec<String> {
        let mut notes = run.notes.clone();
        if !self.is_closed {
            notes.push("it has no last line </LesHouchesEvents>: it may have been cut off between two events".into());
        }
        if run.n_runs > 1 {
            notes.push(format!(
                "it holds {} runs one after another, which are read as one",
                run.n_runs
            ));
        }
        if self.n_with_trials > 0 && normalisation == Normalisation::Average {
            notes.push(format!(
                "its events took {} trials, and the cross section is the sum of the weights divided by their number",
                self.n_trials
            ));
        }
        if let Some(n) = run.n_requested.filter(|n| *n != self.n_events) {
            notes.push(format!(
                "the run card asked for {n} events, and there are {}",
                self.n_events
            ));
        }
        notes.extend(self.disagreement(run, normalisation, factor));
        if self.n_negative > 0 {
            notes.push(format!(
                "{} of {} events have a negative weight, as those of generators at next-to-leading order do",
                self.n_negative, self.n_events
            ));
        }
        if self.n_zero > 0 {
            notes.push(format!("{} of {} events have weight zero", self.n_zero, self.n_events));
        }
        notes
    }
}
