//! Draws the figures of the book, and prints the numbers that its chapter "Why gold" quotes.
//!
//! `cargo run --release --example book_figures` writes `galton-board.svg`, `galton-paths.svg` and `gold-average.svg`
//! to `book/src/figures`. `compare-prior.svg` there is `figures/error_prior.svg` of `motherlode compare galton`.
//!
//! `cargo run --release --example book_figures -- STUDIES` writes `labels-at-any-theta.svg` from the studies in the folder STUDIES, which
//! the chapter of this name runs.

mod galton;
mod labels;
mod svg;

use std::error::Error;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src/figures");
    std::fs::create_dir_all(&folder)?;
    match std::env::args_os().nth(1) {
        Some(studies) => labels::draw(Path::new(&studies), &folder),
        None => galton::draw(&folder),
    }
}
