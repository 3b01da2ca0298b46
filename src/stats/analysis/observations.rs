//! Observed events: from a data set, or from an array with the names of its columns.

use std::path::Path;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::{GIVE_MEASURED, Warning};
use motherlode_core::arrays::read_observations;
use motherlode_core::dataset::{AugmentedData, Header, Portion, is_data_set, n_different};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, format::counted};

/// Share of repeated events above which there is a warning.
const MAX_REPEATED: f64 = 0.1;

/// Observed events, `[n, m]`, with their header and origin; the gold of a data set is ignored.
#[derive(Debug, Clone)]
pub struct Observations {
    x: Array2<f64>,
    weights: Option<Array1<f64>>,
    header: Header,
    source: String,
    origin: Origin,
}

/// Origin of the header of observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Their own data set.
    DataSet,
    /// A simulator that was named for an array.
    Named,
    /// The training events of an estimator.
    Estimator,
}

impl Observations {
    /// Takes the events of a data set that was drawn at one hypothesis.
    ///
    /// # Errors
    /// If they were drawn at several hypotheses: see [`from_any_hypotheses`](Self::from_any_hypotheses).
    pub fn from_data_set(data: AugmentedData) -> Result<Self> {
        check_one_hypothesis(&data.header)?;
        Ok(Self::from_any_hypotheses(data))
    }

    /// Takes the events of a data set, drawn at any number of hypotheses.
    pub fn from_any_hypotheses(data: AugmentedData) -> Self {
        let weights = (data.weights.is_some()).then(|| (0..data.n_events()).map(|event| data.weight(event)).collect());
        let AugmentedData { header, x, .. } = data;
        Self {
            x,
            weights,
            source: header.simulator_label(),
            header,
            origin: Origin::DataSet,
        }
    }

    /// Takes events of a simulator from an array, `[n, m]`.
    ///
    /// # Errors
    /// If the array does not have a column for each observable.
    pub fn from_array(x: Array2<f64>, simulator: &dyn Instrumented) -> Result<Self> {
        let source = format!("an array of {}", simulator.label());
        Self::with_columns(x, header_of_simulator(simulator), source, Origin::Named)
    }

    /// Takes events from an array, `[n, m]`, with the names of their observables and parameters.
    ///
    /// # Errors
    /// If the array does not have a column for each observable.
    pub fn from_columns(x: Array2<f64>, observables: &[&str], parameters: &[&str]) -> Result<Self> {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let anywhere = Design::Reference { theta: Vec::new() };
        let header = Header::imported(names(parameters), names(observables), anywhere);
        Self::with_columns(x, header, "an array".into(), Origin::Named)
    }

    /// Reads a data set, or an array of NumPy (`.npy`, or `x` of an `.npz`) whose columns are the observables of `simulator` or, where none
    /// is named, of the events that the estimator was trained on.
    ///
    /// # Errors
    /// If the file cannot be read, the columns of an array are not known, a simulator is named for a data set, or the estimator cannot be
    /// evaluated on these events.
    pub fn read(path: &Path, estimator: Option<&dyn Estimator>, simulator: Option<Header>) -> Result<Self> {
        let observations = match (is_data_set(path)?, simulator) {
            (true, Some(_)) => {
                return Err(Error::usage(format!(
                    "`{}` is a data set, which records its simulator: leave out --simulator",
                    path.display()
                )));
            }
            (true, None) => Self::from_any_hypotheses(AugmentedData::read(path)?),
            (false, named) => {
                let origin = if named.is_some() {
                    Origin::Named
                } else {
                    Origin::Estimator
                };
                let header = named.or_else(|| estimator.and_then(Estimator::training_events));
                let header = header.ok_or_else(|| {
                    let what = "is an array without names of its columns: name a --simulator, or give a data set, or a model that records \
                                its training events";
                    Error::file(path, what)
                })?;
                let x = read_observations(path)?;
                Self::with_columns(x, header, path.display().to_string(), origin)?
            }
        };
        estimator.map_or(Ok(()), |estimator| estimator.accepts(&observations.header))?;
        observations.check_complete(estimator)?;
        Ok(observations)
    }

    /// Checks that no observable is missing, unless the estimator was trained on events, and knows whether they lacked it.
    fn check_complete(&self, estimator: Option<&dyn Estimator>) -> Result<()> {
        let knows = estimator.is_some_and(|estimator| estimator.training_events().is_some());
        match self.x.indexed_iter().find(|(_, value)| value.is_nan()) {
            Some(((event, column), _)) if !knows => Err(Error::data(format!(
                "`{}` has NaN in column {column} of event {event} (both counted from 0), and only networks that were trained on events that lack \
                 an observable know what that means: give a model, or events of which all numbers are finite",
                self.source
            ))),
            _ => Ok(()),
        }
    }

    fn with_columns(x: Array2<f64>, header: Header, source: String, origin: Origin) -> Result<Self> {
        let m = header.observables.len();
        let x = match x.dim() {
            (_, found) if found == m => x,
            (found, 1) if found == m => x.reversed_axes(), // a row of numbers is one event
            (n, found) => {
                return Err(Error::data(format!(
                    "`{source}` has {} of {}, and a row of {m} is needed for each event: {}",
                    counted(n, "row"),
                    counted(found, "number"),
                    header.observables.join(", ")
                )));
            }
        };
        Ok(Self {
            x,
            weights: None,
            header,
            source,
            origin,
        })
    }

    /// Keeps the first `n` events.
    ///
    /// # Errors
    /// If there are fewer, or `n` is 0.
    pub fn first(self, n: usize) -> Result<Self> {
        match (1..=self.x.nrows()).contains(&n) {
            true => Ok(self.portion(0..n)),
            false => Err(Error::usage(format!(
                "--events {n}, but there are {}: give at least 1, and no more than there are",
                self.x.nrows()
            ))),
        }
    }

    /// The event with this number, alone.
    ///
    /// # Panics
    /// If there are fewer.
    pub(super) fn event(&self, event: usize) -> Self {
        self.portion(event..event + 1)
    }

    /// The events of a range, alone.
    fn portion(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            x: self.x.slice_axis(Axis(0), range.clone().into()).to_owned(),
            weights: self
                .weights()
                .map(|weights| weights.slice_axis(Axis(0), range.into()).to_owned()),
            header: self.header.clone(),
            source: self.source.clone(),
            origin: self.origin,
        }
    }

    /// Checks that a data set was drawn at one hypothesis; an array always passes.
    ///
    /// # Errors
    /// If it was drawn at several hypotheses.
    pub fn check_one_hypothesis(&self) -> Result<()> {
        match self.origin {
            Origin::DataSet => check_one_hypothesis(&self.header),
            _ => Ok(()),
        }
    }

    /// The observations, `[n, m]`.
    pub fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    /// Weights of the events, `[n]`, which may be negative; `None` where all are 1.
    pub fn weights(&self) -> Option<ArrayView1<'_, f64>> {
        self.weights.as_ref().map(|weights| weights.view())
    }

    /// Checks that the events have no weights, as measured ones have none.
    ///
    /// # Errors
    /// If they have, with `remedy`.
    pub(super) fn check_unweighted(&self, remedy: &str) -> Result<()> {
        let Some(weights) = self.weights() else {
            return Ok(());
        };
        let negative = weights.iter().filter(|weight| **weight < 0.0).count();
        Err(Error::usage(format!(
            "the observed events of `{}` have weights, {negative} of {} negative, and measured events have none: {remedy}",
            self.source,
            weights.len()
        )))
    }

    /// Checks that the events may have been measured: drawn at one hypothesis, without weights.
    ///
    /// # Errors
    /// If they were drawn at several, or have weights.
    pub fn check_measured(&self) -> Result<()> {
        self.check_one_hypothesis()?;
        self.check_unweighted(GIVE_MEASURED)
    }

    /// Number of events n.
    pub fn n_events(&self) -> usize {
        self.x.nrows()
    }

    /// Header of the data set; for an array, that of the named simulator or of the training events.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Name of the simulator or file.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns true if the events come from a data set.
    pub fn is_data_set(&self) -> bool {
        self.origin == Origin::DataSet
    }

    /// Returns number and source, such as "500 events of galton".
    pub fn description(&self) -> String {
        format!("{} of {}", counted(self.n_events(), "event"), self.source)
    }

    /// Returns the rows of an event file that may be among the observed ones.
    ///
    /// An array whose rows are not known is assumed to hold test rows.
    pub fn possible_rows(&self) -> Portion {
        match (self.origin, self.header.portion) {
            (Origin::DataSet, rows) => rows,
            (Origin::Named, rows @ (Portion::Train | Portion::Validation)) => rows,
            _ => Portion::Test,
        }
    }

    /// Returns a warning if an estimator may have been trained on the observed events, which are of `simulator`.
    ///
    /// Event i of a seed is drawn from the same random stream at every hypothesis, so that events of one seed resemble one another.
    pub fn seen_in_training(&self, estimator: &dyn Estimator, simulator: Option<&dyn Instrumented>) -> Option<Warning> {
        let trained = estimator.training_events().filter(|_| self.is_data_set())?;
        if trained.simulator != self.header.simulator {
            return None;
        }
        match simulator.and_then(Instrumented::n_rows) {
            Some(_) => {
                let file = trained.simulator;
                let shared = trained.portion.overlaps(self.header.portion);
                shared.then_some(Warning::SharedRows { file })
            }
            None => (trained.seed == self.header.seed).then_some(Warning::SameSeed { seed: trained.seed }),
        }
    }

    /// Returns a warning if many events are repeated rows of a file, which are not independent.
    pub fn repeated(&self, simulator: &dyn Instrumented) -> Option<Warning> {
        let rows = simulator.n_rows()?;
        let different = n_different(self.x.view());
        let n = self.n_events();
        ((n - different) as f64 > MAX_REPEATED * n as f64).then(|| Warning::RepeatedEvents {
            n,
            different,
            drawn_from: self.is_data_set().then_some(rows),
        })
    }
}

/// Creates the header of events of a simulator, at unknown hypotheses.
pub fn header_of_simulator(simulator: &dyn Instrumented) -> Header {
    let parameters = simulator.parameters().into_iter().map(|one| one.name).collect();
    let observables = simulator.observables().into_iter().map(|one| one.name).collect();
    let anywhere = Design::Reference { theta: Vec::new() };
    Header::new(simulator.name(), parameters, observables, anywhere)
        .with_layout(simulator.layout())
        .with_portion(simulator.portion())
}

fn check_one_hypothesis(header: &Header) -> Result<()> {
    match &header.design {
        Design::Reference { .. } => Ok(()),
        design => Err(Error::data(format!(
            "these events were drawn at several hypotheses ({design}), and an analysis needs events of one: mine them with --reference"
        ))),
    }
}
