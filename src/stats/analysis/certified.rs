//! Statements of a certificate about the intervals of a data set.

use ndarray::ArrayView2;
use serde::Serialize;

use motherlode_core::Estimator;
use motherlode_core::certificate::{OutsideRanges, SizeCoverage};
use motherlode_core::format::{percent, percent_with_error};

/// Factor by which observed events may outnumber those of the examined data sets.
const MOST_TIMES: f64 = 3.0;

/// Measured coverage of an estimator, for data sets of a size near that of the observed one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CertifiedCoverage {
    /// Number of observed events, or of expected ones.
    pub observed: f64,
    /// Coverage for the nearest size of data sets, of the member of an ensemble that covers least; none if it was not measured.
    pub coverage: Option<SizeCoverage>,
    /// The statement in words.
    pub statement: String,
}

impl CertifiedCoverage {
    /// Returns what is certified of intervals from this many events; none for an estimator that was not trained.
    pub fn new(estimator: &dyn Estimator, observed: f64) -> Option<Self> {
        estimator.training_events()?;
        let certificates = estimator.certificates();
        let coverage = certificates.iter().filter_map(|one| one.nearest(observed));
        let least = |entry: &&SizeCoverage| entry.regions.first().map_or(1.0, |region| region.coverage());
        let coverage = coverage.min_by(|a, b| least(a).total_cmp(&least(b))).cloned();
        let statement = match &coverage {
            Some(entry) => {
                let unresolved =
                    |other: &&SizeCoverage| other.is_undecided() && other.distance(observed) < entry.distance(observed);
                let nearer = certificates.iter().flat_map(|one| &one.coverage).find(unresolved);
                measured(entry, observed, certificates.len())
                    + &nearer.map_or_else(String::new, |nearer| format!("; {nearer}"))
            }
            None => {
                let why = certificates.iter().find_map(|one| one.limitation.as_deref());
                let why = why.map_or_else(String::new, |why| format!(" ({why})"));
                let remedy = match estimator.as_ratio() {
                    Some(_) => "`diagnose` measures it",
                    None => "toys (`infer --toys`) give intervals that cover",
                };
                format!("the coverage of this model was not measured{why}: {remedy}")
            }
        };
        Some(Self {
            observed,
            coverage,
            statement,
        })
    }

    /// Returns true if data sets of nearly as many events were examined: what a network is wrong by adds up over events.
    pub fn is_of_this_size(&self) -> bool {
        let examined = self.coverage.as_ref().map_or(0, |entry| entry.events);
        self.observed <= MOST_TIMES * examined as f64
    }

    /// The name of an interval of this level: with what it covers, where that seems to be less.
    pub fn name_of(&self, level: f64) -> String {
        let region = self.coverage.as_ref().filter(|entry| !entry.is_undecided());
        match region
            .and_then(|entry| entry.at(level))
            .filter(|region| region.is_doubtful())
        {
            Some(region) => format!(
                "nominal {}, covers {}",
                percent(level),
                percent_with_error(region.coverage(), region.standard_error())
            ),
            None => percent(level),
        }
    }
}

/// Events `x`, `[n, m]`, outside of what an estimator was trained on: of the member of an ensemble that saw the widest ranges. None if the
/// ranges are not known.
pub(super) fn outside_training(estimator: &dyn Estimator, x: ArrayView2<f64>) -> Option<OutsideRanges> {
    let certificates = estimator.certificates();
    let of_members = certificates.iter().map(|one| one.ranges.as_ref()?.outside(x));
    of_members
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .min_by_key(|found| found.events)
}

/// Causes of a best fit at the edge of the box that can be looked for, and what was found: the network, and the data.
pub(super) fn checked_at_edge(estimator: &dyn Estimator, x: ArrayView2<f64>) -> String {
    let network = match (
        estimator.training_warnings().len(),
        CertifiedCoverage::new(estimator, x.nrows() as f64),
    ) {
        (0, None) => "it was not trained, so no training can have gone wrong".to_owned(),
        (0, Some(certified)) => match certified.coverage {
            Some(entry) if entry.is_too_small() => format!("its regions are too small ({})", certified.statement),
            Some(_) => format!("its training gave no warning, and {}", certified.statement),
            None => format!("its training gave no warning, but {}", certified.statement),
        },
        (_, _) => "its training gave warnings, and it may be wrong".to_owned(),
    };
    let data = match outside_training(estimator, x) {
        Some(found) if found.is_more_than_chance() => {
            format!(
                "{} of {} events are outside of what it was trained on",
                found.events, found.of
            )
        }
        Some(found) if found.events > 0 => format!(
            "{} of {} events are a little outside of what it was trained on, no more than chance explains",
            found.events, found.of
        ),
        Some(_) => "the events are within what it was trained on".to_owned(),
        None => "whether the events are within what it was trained on is not known".to_owned(),
    };
    format!("Checked: the network ({network}) and the data ({data})")
}

fn measured(entry: &SizeCoverage, observed: f64, networks: usize) -> String {
    let member = if networks > 1 {
        ", the member that covers least"
    } else {
        ""
    };
    let nearest = match entry.events as f64 == observed {
        true => String::new(),
        false => format!(", the size nearest to {observed} events"),
    };
    format!("{entry}{nearest}{member}")
}
