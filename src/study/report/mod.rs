//! Reports of studies, examinations and calibrations: figures, tables and one page that holds them all.
//!
//! Nothing is computed here that [`Results`] does not say; numbers that are not finite are gaps in the figures and
//! are named on the page.

mod axes;
mod checks;
mod diagnosis;
mod efficiency;
mod ellipses;
mod estimates;
mod gold;
mod headline;
mod inference;
mod label;
mod legend;
mod look;
mod marks;
mod multiples;
mod page;
mod plot;
mod svg;
mod tables;
mod terminal;
mod training;
mod words;

use std::fs;
use std::path::Path;

use crate::Results;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use svg::Svg;

pub use diagnosis::{Diagnosis, Recalibration, diagnosis, recalibration};
pub use ellipses::{Ellipse, ellipses};
pub use inference::{Inference, write_inference};
pub use terminal::table;
pub use training::curves;

/// The method without gold that the others are compared with.
const BASELINE: &str = "carl";

/// One figure: what its file is called, what it shows, and the drawing.
struct Figure {
    /// Name of the file, without its ending.
    name: &'static str,
    /// What is to be seen, as HTML.
    caption: String,
    /// The drawing.
    svg: Svg,
}

/// Writes the report of a study: `report.html` and `figures/*.svg` in `dir`.
///
/// The page holds its figures and its style sheet, runs no scripts and asks the network for nothing. The same figures
/// lie next to it as files of their own. Each file is written under another name first and renamed when it is
/// complete; what was there before is replaced.
///
/// # Errors
/// If `results` has no runs, or `dir` cannot be written.
pub fn write(results: &Results, dir: &Path) -> Result<()> {
    if results.runs.is_empty() {
        return Err(Error::usage(
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

/// All figures that these results allow, in the order of the page.
fn figures(results: &Results) -> Vec<Figure> {
    let errors = results
        .measures()
        .into_iter()
        .map(|measure| efficiency::figure(results, measure));
    let pictures = [
        estimates::ratio_against_exact(results),
        estimates::ratio_along_observable(results),
        estimates::score(results),
        gold::figure(results),
        training::figure(results),
    ];
    errors.chain(pictures).flatten().collect()
}
