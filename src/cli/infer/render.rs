//! Tables, JSON and report pages of an inference.

use std::path::Path;

use super::super::console::{Console, json, table, warning_text};
use motherlode_core::error::Result;
use motherlode_core::format::{decimals, percent};
use motherlode_stats::analysis::Inference;
use motherlode_stats::inference::{FitResult, ProfileToyTest};
use motherlode_study::report;

/// Prints an inference, and writes it to a folder if one is given.
pub(super) fn render(result: &Inference, folder: Option<&Path>, console: &Console) -> Result<()> {
    let table = FitTable {
        parameters: &result.parameters,
        edges: result.parameter_box.edges(),
    };
    let certified = result.certificate.as_ref();
    let tables: Vec<String> = result
        .answers
        .iter()
        .enumerate()
        .map(|(i, answer)| match certified.filter(|_| i == 0) {
            Some(certified) => {
                table.text_as(answer, |level| certified.name_of(level))
                    + &format!("    certificate: {}\n", certified.statement)
            }
            None => table.text(answer),
        })
        .collect();
    let warnings = warning_text(&result.warnings);
    let text = format!(
        "{}\n{}\n\n{}{warnings}",
        result.about,
        result.assumptions,
        tables.join("\n")
    );
    let json = json(result)?;
    let Some(folder) = folder else {
        return console.print(&text, json);
    };
    let page = report::InferenceReport {
        title: &result.about,
        parameters: &result.parameters,
        levels: &result.levels,
        answers: &result.answers,
        text: &text,
    };
    report::write_inference(&page, &json, folder)?;
    console.print(
        &format!("{text}\nwrote {}", folder.join("inference.html").display()),
        json,
    )
}

/// Lays out fits as tables.
pub(crate) struct FitTable<'a> {
    pub(crate) parameters: &'a [String],
    /// Parameter box.
    pub(crate) edges: &'a [(f64, f64)],
}

impl FitTable<'_> {
    /// The table of one fit: best fit, standard error and intervals of each free parameter.
    pub(crate) fn text(&self, answer: &FitResult) -> String {
        self.text_as(answer, percent)
    }

    /// The table of one fit, whose intervals have these names by their level; those by toys keep theirs.
    fn text_as(&self, answer: &FitResult, name: impl Fn(f64) -> String) -> String {
        let mut heading = vec!["    parameter".to_owned(), "best fit".into(), "std. error".into()];
        heading.extend(answer.levels.iter().map(|&level| name(level)));
        if answer.intervals_by_toys.is_some() {
            heading.extend(answer.levels.iter().map(|&level| percent(level) + " by toys"));
        }
        let rows = self.free().map(|k| {
            let digits = self.decimals_for(answer, k);
            let error = answer.estimate.covariance.as_ref().map(|c| c[(k, k)].sqrt());
            let mut row = vec![
                format!("    {}", self.parameters[k]),
                decimals(answer.estimate.best.theta[k], digits),
                match error {
                    None if answer.estimate.best.at_edge.is_empty() => "not quadratic".into(),
                    None => "at an edge".into(),
                    Some(error) if error > self.edges[k].1 - self.edges[k].0 => "beyond the box".into(),
                    Some(error) => format!("{error:.digits$}"),
                },
            ];
            let by_toys = answer.intervals_by_toys.iter().flatten();
            let of_parameter = answer.intervals.iter().chain(by_toys).map(|at_level| &at_level[k]);
            row.extend(of_parameter.map(|intervals| intervals_text(intervals, digits, self.edges[k])));
            row
        });
        let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
        let mut text = format!("{}\n{}\n", answer.name, table(&heading, &rows.collect::<Vec<_>>()));
        if !answer.bands.is_empty() {
            text += &self.bands(answer);
        }
        if !answer.profile_toys.is_empty() {
            text += &self.profile_toys(answer);
        }
        if let Some(held) = held(self.parameters, self.edges) {
            text += &format!("    {held}\n");
        }
        text
    }

    /// The parameters that are not held fixed, by number.
    fn free(&self) -> impl Iterator<Item = usize> {
        (0..self.parameters.len()).filter(|&k| self.edges[k].0 < self.edges[k].1)
    }

    /// Expected bands of the ends of intervals.
    fn bands(&self, answer: &FitResult) -> String {
        let heading = ["    ends in other data sets", "−2σ", "−1σ", "median", "+1σ", "+2σ"];
        let rows = self.free().flat_map(|k| {
            let band = &answer.bands[k];
            let digits = self.decimals_for(answer, k);
            answer.levels.iter().zip(&band.ends).flat_map(move |(level, ends)| {
                ["lower", "upper"].iter().zip(ends).map(move |(which, quantiles)| {
                    let name = format!("    {} {which} {}", self.parameters[k], percent(*level));
                    let numbers = quantiles.iter().map(|&end| self.end(end, k, digits));
                    [name].into_iter().chain(numbers).collect()
                })
            })
        });
        table(&heading, &rows.collect::<Vec<_>>()) + "\n"
    }

    /// Tests of the ends of intervals by toys.
    fn profile_toys(&self, answer: &FitResult) -> String {
        let heading = ["    end of an interval", "at", "p by Wilks", "p by toys", "std. error"];
        let row = |test: &ProfileToyTest| {
            let (k, p) = (test.parameter, test.p_value_by_toys);
            vec![
                format!("    {}", self.parameters[k]),
                decimals(test.value, self.decimals_for(answer, k)),
                format!("{:.3}", test.p_value_by_wilks),
                format!("{:.3}", p.value),
                format!("{:.3}", p.standard_error),
            ]
        };
        table(&heading, &answer.profile_toys.iter().map(row).collect::<Vec<_>>()) + "\n"
    }

    fn end(&self, end: f64, k: usize, digits: usize) -> String {
        let (low, high) = self.edges[k];
        match end == low || end == high {
            true => "edge".into(),
            false => decimals(end, digits),
        }
    }

    /// Decimals for a hundredth of the standard error, or a thousandth of the box.
    fn decimals_for(&self, answer: &FitResult, k: usize) -> usize {
        let (low, high) = self.edges[k];
        let error = answer.estimate.covariance.as_ref().map(|c| 10.0 * c[(k, k)].sqrt());
        let scale = error.unwrap_or(high - low).min(high - low);
        (3.0 - scale.log10().floor()).clamp(0.0, 12.0) as usize
    }
}

/// Lists the parameters that are held fixed, with their values; none if all are free.
pub(crate) fn held(parameters: &[String], edges: &[(f64, f64)]) -> Option<String> {
    let held = parameters.iter().zip(edges).filter(|(_, (low, high))| low == high);
    let each: Vec<String> = held.map(|(name, (value, _))| format!("{name} = {value}")).collect();
    (!each.is_empty()).then(|| format!("held fixed: {}", each.join(", ")))
}

/// Intervals as text; an end at the edge of the box is printed as "edge".
fn intervals_text(intervals: &[(f64, f64)], digits: usize, (lowest, highest): (f64, f64)) -> String {
    let end = |value: f64, edge: f64| match value == edge {
        true => "edge".to_owned(),
        false => decimals(value, digits),
    };
    let one = |&(low, high): &(f64, f64)| format!("{} to {}", end(low, lowest), end(high, highest));
    match intervals {
        [] => "none".into(),
        some => some.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}
