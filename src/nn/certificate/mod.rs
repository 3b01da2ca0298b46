//! The examination that ends a training, on events that the network was not trained on.
//!
//! It changes no weight and draws from streams of its own, so that a network is the same with and without it. How many data sets it draws
//! follows from counts of evaluations, never from a clock: the same training gives the same certificate everywhere.

mod budget;
mod held_out;
mod log_likelihood;

use motherlode_core::certificate::{Certificate, ObservableRanges};
use motherlode_core::dataset::{AugmentedData, HeldOutRows};
use motherlode_core::error::Result;
use motherlode_core::prior::Prior;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Progress, progress::Step};
use motherlode_stats::diagnostics::{CoverageExam, ExamData};
use ndarray::ArrayView2;

use super::train::{Rows, Settings};
use super::trained::Network;
use super::{Finding, Method};
use budget::Budget;
use held_out::held_out_means;

/// Inputs of an examination.
pub(super) struct Examination<'a> {
    /// Method of the training.
    pub method: Method,
    /// The network with the weights that were kept.
    pub network: &'a Network,
    /// Settings of the training.
    pub settings: &'a Settings,
    /// Number of events of the training.
    pub n_events: u64,
    /// Validation events.
    pub events: &'a AugmentedData,
    /// Validation events as rows with labels.
    pub rows: &'a Rows,
    /// The simulator, if it is at hand.
    pub simulator: Option<&'a dyn Instrumented>,
    /// Rows that were held out, if the simulator draws from stored rows.
    pub held_out_rows: Option<&'a HeldOutRows>,
    /// Ranges of the observables in the training.
    pub ranges: Option<&'a ObservableRanges>,
}

impl Examination<'_> {
    /// Examines the network; none if the settings leave that out.
    ///
    /// # Errors
    /// If an event cannot be simulated, or `progress` stops it.
    pub fn run(&self, progress: &dyn Progress) -> Result<Option<Certificate>> {
        if !self.settings.certificate {
            return Ok(None);
        }
        let progress = Step(progress);
        let held_out = held_out_means(self, &progress)?;
        let (coverage, limitation) = match self.coverage_exam() {
            Ok(exam) => {
                let prior = exam.prior.density().unwrap_or(exam.prior);
                let sums =
                    |x: ArrayView2<f64>, thetas: &[Vec<f64>]| log_likelihood::sums(self.network, prior, x, thetas);
                let coverage = exam.run(&sums, &progress)?;
                let limitation = exam.limitation(&coverage);
                (coverage, limitation)
            }
            Err(reason) => (Vec::new(), Some(reason.to_owned())),
        };
        Ok(Some(Certificate {
            held_out,
            coverage,
            limitation,
            ranges: self.ranges.cloned(),
        }))
    }

    /// The examination of the coverage, or why there is none.
    fn coverage_exam(&self) -> std::result::Result<CoverageExam<'_>, &'static str> {
        if !log_likelihood::knows_likelihood(self.method) {
            return Err("a score has no posterior, and no coverage");
        }
        let budget = Budget::new(self);
        let (prior, data) = match (self.events.header.design.prior(), self.simulator) {
            (None, _) => return Err("coverage needs events over a prior"),
            (Some(Prior::Points { drawn_from: None, .. }), _) => {
                return Err("coverage needs a prior with a density, and this one is a list of points");
            }
            (Some(prior), Some(simulator)) => match self.held_out_rows {
                None => (prior, ExamData::Simulated(simulator)),
                Some(rows) => (prior, ExamData::HeldOutRows { simulator, rows }),
            },
            (Some(_), None) if self.events.weights.is_some() => {
                return Err("without the simulator, coverage needs events without weights");
            }
            (Some(prior), None) => (prior, ExamData::HeldOut(self.events)),
        };
        Ok(CoverageExam {
            prior,
            data,
            seed: self.settings.seed,
            evaluations: budget.evaluations,
            events: budget.events,
        })
    }
}

/// Warnings that follow from a certificate, with the names of the parameters.
pub(super) fn findings(certificate: &Certificate, parameters: &[String]) -> impl Iterator<Item = Finding> {
    let held_out = certificate.held_out.as_ref();
    let nothing = held_out.and_then(|means| means.gain).and_then(Finding::in_gain);
    let biased = held_out.and_then(|means| Finding::in_means(means, parameters));
    let too_small = Finding::in_coverage(certificate.too_small());
    nothing.into_iter().chain(biased).chain(too_small)
}
