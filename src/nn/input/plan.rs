//! Choices of a user about the observables, from which [`Inputs`] are fitted.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::column::is_missing;
use super::{Column, Inputs, Transform, TransformKind};
use motherlode_core::error::{Error, Result, listed};
use motherlode_core::names::nearest;

/// Squares of larger values may be infinite.
const LARGEST: f64 = 1e150;

/// Choices about observables, by name; whatever is not mentioned is chosen automatically, by the rule of
/// [the room](super).
///
/// ```
/// use motherlode_nn::input::{InputPlan, TransformKind};
/// use ndarray::array;
///
/// let plan = InputPlan {
///     transforms: [("phi".into(), TransformKind::Angle { period: 360.0 })].into(),
///     missing: [("jet_pt".into(), -999.0)].into(),
///     ..InputPlan::default()
/// };
/// let x = array![[0.0, 20.0], [90.0, 40.0], [180.0, -999.0]];
/// let inputs = plan.fit(x.view(), &["phi".into(), "jet_pt".into()])?;
/// assert_eq!(inputs.feature_names(), ["sin phi", "cos phi", "jet_pt", "jet_pt missing"]);
/// assert_eq!(inputs.features(x.view())?.row(1).to_vec(), [1.0, 6.123_234e-17, 1.0, 0.0]);
/// assert_eq!(inputs.features(x.view())?.row(2).to_vec()[2..], [0.0, 1.0]);
/// # Ok::<(), motherlode_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputPlan {
    /// The transforms of observables.
    pub transforms: BTreeMap<String, TransformKind>,
    /// The numbers that stand for a missing value; NaN always does.
    pub missing: BTreeMap<String, f64>,
    /// Observables that belong together: each group has one transform, fitted on all of its values, and one choice,
    /// made for any of its members.
    pub together: Vec<Vec<String>>,
}

impl InputPlan {
    /// Checks that the plan speaks of these observables, and that their values are finite or missing.
    ///
    /// # Shapes
    /// - `x`: `[n, m]`; `observables`: `[m]`
    ///
    /// # Errors
    /// If an observable is named that is not there, or in two groups; if the members of a group were given different
    /// choices; or if a value is infinite, with its observable and its event.
    pub fn check(&self, x: ArrayView2<f64>, observables: &[String]) -> Result<()> {
        self.lacking(x, 0, observables).map(|_| ())
    }

    /// Checks a portion of the events, the first of which has the number `first`; which observables some of them lack, `[m]`.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn lacking(&self, x: ArrayView2<f64>, first: u64, observables: &[String]) -> Result<Vec<bool>> {
        let mut lacking = vec![false; x.ncols()];
        for group in &self.groups(x.ncols(), observables)? {
            self.choice(&self.transforms, group, observables)?;
            let sentinel = self.choice(&self.missing, group, observables)?;
            if let Some(sentinel) = sentinel.filter(|number| !number.is_finite()) {
                return Err(Error::usage(format!(
                    "{sentinel} was given for a missing `{}`: give a finite number (NaN means missing anyway)",
                    observables[group[0]]
                )));
            }
            for &column in group {
                check_finite(x, first, column, sentinel, &observables[column])?;
                lacking[column] = x.column(column).iter().any(|value| is_missing(*value, sentinel));
            }
        }
        Ok(lacking)
    }

    /// Fits all transforms on training data.
    ///
    /// # Errors
    /// As [`check`](Self::check), and if categories are asked of an observable that has too many values.
    pub fn fit(&self, x: ArrayView2<f64>, observables: &[String]) -> Result<Inputs> {
        self.check(x, observables)?;
        let mut columns = Vec::new();
        let mut of = vec![0; x.ncols()];
        for group in self.groups(x.ncols(), observables)? {
            group.iter().for_each(|&observable| of[observable] = columns.len());
            let kind = self.choice(&self.transforms, &group, observables)?;
            let missing = self.choice(&self.missing, &group, observables)?;
            let all = group.iter().flat_map(|&column| x.column(column));
            let values: Vec<f64> = all.copied().filter(|value| !is_missing(*value, missing)).collect();
            columns.push(Column {
                transform: Transform::fit(kind, &values, &observables[group[0]])?,
                missing,
                indicator: values.len() < group.len() * x.nrows(),
            });
        }
        Ok(Inputs {
            observables: observables.to_vec(),
            columns,
            of,
        })
    }

    /// The numbers of the observables of each group; one that is in none is a group of its own.
    fn groups(&self, m: usize, observables: &[String]) -> Result<Vec<Vec<usize>>> {
        if observables.len() != m {
            return Err(Error::data(format!(
                "x has {m} columns, but {} observables were named: name each column",
                observables.len()
            )));
        }
        let find = |name: &String| {
            observables.iter().position(|other| other == name).ok_or_else(|| {
                let (known, near) = (listed(observables), nearest(name, observables));
                Error::usage(format!(
                    "there is no observable `{name}`{near}; the observables are {known}"
                ))
            })
        };
        self.transforms
            .keys()
            .chain(self.missing.keys())
            .try_for_each(|name| find(name).map(|_| ()))?;
        let mut seen = BTreeSet::new();
        let mut groups = Vec::new();
        for names in self.together.iter().filter(|names| !names.is_empty()) {
            let group = names.iter().map(find).collect::<Result<Vec<_>>>()?;
            if let Some(&twice) = group.iter().find(|column| !seen.insert(**column)) {
                let name = &observables[twice];
                return Err(Error::usage(format!(
                    "`{name}` is named twice among the observables that belong together: name it once"
                )));
            }
            groups.push(group);
        }
        groups.extend(
            (0..m)
                .filter(|column| !seen.contains(column))
                .map(|column| vec![column]),
        );
        Ok(groups)
    }

    /// The choice of a group: that of any of its members.
    fn choice<T: Copy + PartialEq + std::fmt::Debug>(
        &self,
        choices: &BTreeMap<String, T>,
        group: &[usize],
        observables: &[String],
    ) -> Result<Option<T>> {
        let mut given = group.iter().filter_map(|&column| choices.get(&observables[column]));
        let first = given.next().copied();
        match given.find(|other| Some(**other) != first) {
            None => Ok(first),
            Some(other) => Err(Error::usage(format!(
                "`{}` and the observables that belong with it were given {first:?} and {other:?}: give all of them the same",
                observables[group[0]],
            ))),
        }
    }
}

/// Refuses values that are infinite or too large to be squared, with the name of the observable and the number of the
/// event, counted from `first`.
pub(super) fn check_finite(
    x: ArrayView2<f64>,
    first: u64,
    column: usize,
    sentinel: Option<f64>,
    name: &str,
) -> Result<()> {
    let too_large = |value: &f64| value.abs() > LARGEST && !is_missing(*value, sentinel);
    match x.column(column).iter().position(too_large) {
        None => Ok(()),
        Some(event) => Err(Error::data(format!(
            "`{name}` of event {} is {}: values must be finite, and no larger than {LARGEST:e}; remove the event, or \
             give NaN where a value is missing",
            first + event as u64,
            x[[event, column]]
        ))),
    }
}
