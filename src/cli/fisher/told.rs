//! What the sources tell: tables, JSON and a figure.

use serde_json::{Value, json};

use super::sample::Source;
use crate::numbers::{exact, measured};
use crate::say::table;
use motherlode_core::error::Result;
use motherlode_stats::diagnostics::Mean;
use motherlode_stats::inference::{Information, InformationEstimate, critical_value};
use motherlode_study::plot::{self, Ellipse};

/// Parameters up to which all elements of the matrices are told.
const FEW_PARAMETERS: usize = 3;
/// A resolution with a larger relative error than this may as well be infinite.
const UNTOLD: f64 = 0.3;
/// What is said instead.
const NOTHING: &str = "–";

/// What all sources tell of the parameters.
pub(super) struct Told {
    pub(super) measured: Vec<Source>,
    pub(super) rate: Option<Information>,
    /// What other measurements tell, which is taken for granted wherever a parameter is unknown.
    pub(super) constraints: Option<Information>,
    pub(super) parameters: Vec<String>,
    pub(super) expected: f64,
}

impl Told {
    pub(super) fn words(&self) -> Result<String> {
        let mut parts = vec![self.matrices(), self.resolutions(None)?];
        if let Some(rate) = &self.rate {
            parts.push(self.resolutions(Some(rate))?);
        }
        parts.extend(self.warning());
        Ok(parts.join("\n\n"))
    }

    /// The elements that are told: all of few parameters, of many those of each with itself.
    fn elements(&self) -> Vec<(usize, usize)> {
        let p = self.parameters.len();
        let all = (0..p).flat_map(|i| (i..p).map(move |j| (i, j)));
        all.filter(|(i, j)| p <= FEW_PARAMETERS || i == j).collect()
    }

    fn matrices(&self) -> String {
        let elements = self.elements();
        let named = |&(i, j): &(usize, usize)| format!("{}, {}", self.parameters[i], self.parameters[j]);
        let mut heading = vec!["information on".to_owned()];
        heading.extend(elements.iter().map(named));
        let of = |information: &Information, found: Option<&InformationEstimate>, factor: f64| -> Vec<String> {
            let cell = |&(i, j): &(usize, usize)| {
                number(Mean {
                    value: factor * information.matrix()[(i, j)],
                    standard_error: found.map_or(0.0, |found| factor * found.standard_error(i, j)),
                })
            };
            elements.iter().map(cell).collect()
        };
        let row = |name: &str, cells: Vec<String>| [vec![format!("    {name}")], cells].concat();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for source in &self.measured {
            let cells = |found: &InformationEstimate| of(found.information(), Some(found), self.expected);
            rows.push(row(&source.name, cells(&source.found)));
            if let Some(believed) = &source.believed {
                rows.push(row("  as it believes itself", cells(believed)));
            }
        }
        rows.extend(
            self.rate
                .iter()
                .map(|rate| row("number of events", of(rate, None, 1.0))),
        );
        self.laid_out(heading, rows)
    }

    /// One line for each source; of many parameters, one column.
    fn laid_out(&self, heading: Vec<String>, rows: Vec<Vec<String>>) -> String {
        let all = [vec![heading], rows].concat();
        let lines = match self.parameters.len() <= FEW_PARAMETERS {
            true => all,
            false => (0..all[0].len())
                .map(|column| all.iter().map(|line| line[column].trim().to_owned()).collect())
                .collect(),
        };
        let heading: Vec<&str> = lines[0].iter().map(String::as_str).collect();
        table(&heading, &lines[1..])
    }

    fn resolutions(&self, rate: Option<&Information>) -> Result<String> {
        let with = if rate.is_some() {
            ", with the number of events"
        } else {
            ""
        };
        let constrained = if self.constraints.is_some() {
            ", nuisance parameters constrained"
        } else {
            ""
        };
        let mut heading = vec![format!("smallest standard error{with}{constrained}")];
        let several = self.parameters.len() > 1;
        for name in &self.parameters {
            heading.push(name.clone());
            heading.extend(several.then(|| format!("{name}, others unknown")));
        }
        let mut rows = Vec::new();
        let known = together(rate, self.constraints.as_ref())?;
        for source in &self.measured {
            let mut row = vec![format!("    {}", source.name)];
            for k in 0..self.parameters.len() {
                let (alone, profiled) = source.found.resolution(k, self.expected, known.as_ref())?;
                row.push(told(alone));
                row.extend(several.then(|| profiled.map_or(NOTHING.into(), told)));
            }
            rows.push(row);
        }
        let is_untold = rows.iter().flatten().any(|cell| cell == NOTHING);
        let table = self.laid_out(heading, rows);
        Ok(match is_untold {
            true => format!(
                "{table}\n    {NOTHING}: not fixed by these data, or not found to a third by these simulated events"
            ),
            false => table,
        })
    }

    /// Models that believe in more than they tell.
    fn warning(&self) -> Option<String> {
        let overconfident = |source: &&Source| {
            source.believed.as_ref().is_some_and(|believed| {
                (0..self.parameters.len()).any(|k| {
                    let excess = believed.information().matrix()[(k, k)] - source.found.information().matrix()[(k, k)];
                    let error = believed.standard_error(k, k).hypot(source.found.standard_error(k, k));
                    excess > 3.0 * error && excess > 0.05 * source.found.information().matrix()[(k, k)].abs()
                })
            })
        };
        let named: Vec<&str> = self
            .measured
            .iter()
            .filter(overconfident)
            .map(|source| source.name.as_str())
            .collect();
        (!named.is_empty()).then(|| {
            format!(
                "warning: {} believes in more information than there is in what it says: train it on more events",
                named.join(", ")
            )
        })
    }

    pub(super) fn json(&self) -> Result<Vec<Value>> {
        self.measured.iter().map(|source| self.json_of(source)).collect()
    }

    fn json_of(&self, source: &Source) -> Result<Value> {
        let p = self.parameters.len();
        let resolutions = |rate: Option<&Information>| -> Result<Vec<Value>> {
            let known = together(rate, self.constraints.as_ref())?;
            let of = |k| {
                let (alone, profiled) = source.found.resolution(k, self.expected, known.as_ref())?;
                Ok(json!({ "parameter": self.parameters[k], "others_known": alone, "others_unknown": profiled }))
            };
            (0..p).map(of).collect()
        };
        let errors = |found: &InformationEstimate| -> Vec<Vec<f64>> {
            let row = |i| (0..p).map(|j| self.expected * found.standard_error(i, j)).collect();
            (0..p).map(row).collect()
        };
        let matrix = |found: &InformationEstimate| rows(&found.information().times(self.expected));
        Ok(json!({
            "name": source.name,
            "information": matrix(&source.found), "standard_errors": errors(&source.found),
            "believed": source.believed.as_ref().map(matrix),
            "resolution": resolutions(None)?,
            "resolution_with_rate": self.rate.as_ref().map(|rate| resolutions(Some(rate))).transpose()?,
        }))
    }

    pub(super) fn drawn(&self, plane: [usize; 2], theta: &[f64]) -> Result<String> {
        let mut shown = Vec::new();
        for source in &self.measured {
            let mut information = source.found.information().times(self.expected);
            if let Some(known) = together(self.rate.as_ref(), self.constraints.as_ref())? {
                information = information.with(&known)?;
            }
            // Where the data do not fix the other parameters, nothing is known of these two either.
            if let Ok(two) = information.profiled(&plane) {
                let two = two.matrix();
                shown.push(Ellipse {
                    name: source.name.clone(),
                    information: [two[(0, 0)], two[(0, 1)], two[(1, 1)]],
                });
            }
        }
        let names = plane.map(|k| self.parameters[k].as_str());
        let with = if self.rate.is_some() { ", with their number" } else { "" };
        let caption = format!("68 % of {}{with}", counted(self.expected));
        let level = critical_value(0.68, 2)?;
        let centre = plane.map(|k| theta[k]);
        Ok(plot::ellipses(names, &caption, centre, level, &shown))
    }
}

/// What two sources tell, if there are any.
pub(super) fn together(a: Option<&Information>, b: Option<&Information>) -> Result<Option<Information>> {
    match (a, b) {
        (Some(a), Some(b)) => a.with(b).map(Some),
        (one, other) => Ok(one.or(other).cloned()),
    }
}

pub(super) fn rows(information: &Information) -> Vec<Vec<f64>> {
    information
        .matrix()
        .row_iter()
        .map(|row| row.iter().copied().collect())
        .collect()
}

/// A resolution, unless the events that were simulated do not tell whether there is any.
fn told(resolution: Mean) -> String {
    match resolution.standard_error < UNTOLD * resolution.value {
        true => number(resolution),
        false => NOTHING.into(),
    }
}

/// Information that is smaller than this comes of rounding.
const ROUNDING: f64 = 1e-12;

fn number(Mean { value, standard_error }: Mean) -> String {
    match value.abs().max(standard_error) < ROUNDING {
        true => "0".into(),
        false => measured(Mean { value, standard_error }),
    }
}

/// A number of events, in words.
pub(super) fn counted(n: f64) -> String {
    match n {
        1.0 => "1 event".into(),
        n if n.fract() == 0.0 => format!("{n} events"),
        n => format!("{} events", exact(n)),
    }
}
