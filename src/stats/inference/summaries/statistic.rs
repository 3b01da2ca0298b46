//! Summary statistics of an observation.

use ndarray::{Array2, ArrayView2, Axis};

use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::Score;
use motherlode_core::names::nearest;
use motherlode_core::trace::Observable;

/// A function of the observation, `[n, m]` → `[n, k]`.
#[derive(Clone)]
pub struct SummaryStatistic<'a> {
    kind: Kind<'a>,
    name: String,
}

#[derive(Clone)]
enum Kind<'a> {
    /// t̂(x|θ_ref).
    Score { score: &'a dyn Score, theta_ref: Vec<f64> },
    /// These columns of x.
    Observables(Vec<usize>),
}

impl std::fmt::Debug for SummaryStatistic<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SummaryStatistic").field(&self.name).finish()
    }
}

impl<'a> SummaryStatistic<'a> {
    /// The estimated score t̂(x|θ_ref), k = p: a sufficient statistic close to θ_ref, as far as it is learned (SALLY).
    pub fn from_score(score: &'a dyn Score, theta_ref: &[f64]) -> Self {
        Self {
            kind: Kind::Score {
                score,
                theta_ref: theta_ref.to_vec(),
            },
            name: "score".into(),
        }
    }

    /// The observables with these names: the histogram of an analysis without networks.
    ///
    /// # Errors
    /// If none is named, one twice, or one that does not exist.
    pub fn from_observables(known: &[Observable], names: &[String]) -> Result<Self> {
        let mut columns = Vec::new();
        for name in names {
            let column = known.iter().position(|observable| observable.name == *name);
            match column {
                Some(column) if !columns.contains(&column) => columns.push(column),
                _ => {
                    let all: Vec<&str> = known.iter().map(|observable| observable.name.as_str()).collect();
                    let near = column.map_or_else(|| nearest(name, &all), |_| String::new());
                    return Err(Error::usage(format!(
                        "a histogram of the observables {}{near}: name each once, of {}",
                        names.join(", "),
                        all.join(", ")
                    )));
                }
            }
        }
        if columns.is_empty() {
            return Err(Error::usage("a histogram needs at least one observable"));
        }
        Ok(Self {
            kind: Kind::Observables(columns),
            name: names.join(", "),
        })
    }

    /// Name for tables and messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of its components k.
    pub fn dimensions(&self) -> usize {
        match &self.kind {
            Kind::Score { theta_ref, .. } => theta_ref.len(),
            Kind::Observables(columns) => columns.len(),
        }
    }

    /// The summary of each row of `x`, `[n, k]`.
    ///
    /// # Errors
    /// If the score cannot be asked for, `x` has too few columns, or a number is not finite.
    pub fn values(&self, x: ArrayView2<f64>) -> Result<Array2<f64>> {
        let values = match &self.kind {
            Kind::Score { score, theta_ref } => score.score(x, theta_ref)?,
            Kind::Observables(columns) => {
                let needed = columns.iter().max().map_or(0, |last| last + 1);
                if x.ncols() < needed {
                    return Err(Error::data(format!(
                        "x has {} columns, the histogram of {} needs {needed}",
                        x.ncols(),
                        self.name
                    )));
                }
                x.select(Axis(1), columns)
            }
        };
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(Error::numerical(format!(
                "the {} of some events is no finite number: look at these events",
                self.name
            ))),
        }
    }
}
