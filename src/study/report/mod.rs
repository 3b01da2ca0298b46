//! Reports of studies, diagnoses, calibrations and inferences: one page with figures and tables, and the figures as files.
//!
//! A page holds its figures and its style sheet, runs no scripts and loads nothing from the network. Nothing is computed here that
//! [`Results`] does not hold; numbers that are not finite are gaps in the figures and are listed on the page.

mod calibration;
mod comparisons;
mod diagnosis;
mod diagnosis_figures;
mod efficiency;
mod estimates;
mod findings;
mod gold;
mod held_out_table;
mod inference;
mod method_style;
mod metric_names;
mod page;
mod small_multiples;
mod tables;
mod text;
mod text_report;
mod text_table;
mod training;

use std::fs;
use std::path::Path;

use maud::Markup;

use crate::Results;
use crate::plot::Svg;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;

pub use calibration::write_calibration;
pub use diagnosis::write_diagnosis;
pub use inference::{InferenceReport, write_inference};
pub use text_report::table;
pub use training::loss_curves;

/// A figure with its caption.
struct Figure {
    /// Name of the file, without its extension.
    name: &'static str,
    caption: Markup,
    svg: Svg,
}

/// Writes the report of a study: `report.html` and `figures/*.svg` in `dir`.
///
/// Each file is written under another name first and renamed when it is complete; existing files are replaced.
///
/// # Errors
/// If `results` has no runs, or `dir` cannot be written.
pub fn write(results: &Results, dir: &Path) -> Result<()> {
    if results.runs.is_empty() {
        return Err(Error::data(
            "the study has no runs, and a report needs at least one: train a method first",
        ));
    }
    let figures = figures(results);
    write_figures(&figures, dir)?;
    write_page(dir, &page::page(results, &figures))
}

/// Writes `figures/*.svg` in `dir`.
fn write_figures(figures: &[Figure], dir: &Path) -> Result<()> {
    let folder = dir.join("figures");
    fs::create_dir_all(&folder).map_err(|source| Error::io(&folder, source))?;
    figures.iter().try_for_each(|figure| {
        let path = folder.join(format!("{}.svg", figure.name));
        write_atomically(&path, figure.svg.document().as_bytes())
    })
}

/// Writes `report.html` in `dir`.
fn write_page(dir: &Path, page: &str) -> Result<()> {
    write_atomically(&dir.join("report.html"), page.as_bytes())
}

/// All figures that the results allow, in the order of the page.
fn figures(results: &Results) -> Vec<Figure> {
    let errors = results
        .metrics()
        .into_iter()
        .map(|metric| efficiency::figure(results, metric));
    let others = [
        estimates::ratio_against_exact(results),
        estimates::ratio_along_observable(results),
        estimates::score(results),
        gold::figure(results),
        training::figure(results),
    ];
    errors.chain(others).flatten().collect()
}
