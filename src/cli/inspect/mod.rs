//! `motherlode inspect`: the contents of data sets, event files and models.

mod data_set;
mod model;

use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use super::{convert, event_file, generator_file};
use motherlode_core::dataset::is_data_set;
use motherlode_core::error::{Error, Result};
use motherlode_hep::lhe;
use motherlode_hep::madminer::{EventReader, is_event_file};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// File to describe: a data set, a model, a file of MadMiner, a Les Houches file, or an analysis (.toml), for which the benchmarks
    /// of the generator's weights are listed.
    file: PathBuf,
    /// Draw the loss curves of a model's training in this SVG file.
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
    /// Replace the figure if it exists.
    #[arg(long, requires = "figure")]
    force: bool,
}

pub(super) fn run(options: Options, console: &Console) -> Result<()> {
    if is_event_file(&options.file) {
        options.refuse_figure("an event file")?;
        let (text, json) = event_file::summary(&EventReader::open(&options.file)?)?;
        return console.print(&text, json);
    }
    if lhe::is_event_file(&options.file) {
        options.refuse_figure("a file of events")?;
        let (text, json) = generator_file::summary(&options.file, console)?;
        return console.print(&text, json);
    }
    if options.file.extension().is_some_and(|extension| extension == "toml") {
        options.refuse_figure("an analysis")?;
        let (text, json) = convert::inspect(&options.file)?;
        return console.print(&text, json);
    }
    match is_data_set(&options.file)? {
        true => {
            options.refuse_figure("a data set")?;
            data_set::describe(&options.file, console)
        }
        false => model::describe(&options, console),
    }
}

impl Options {
    /// Refuses `--figure` for a file that is not a model.
    fn refuse_figure(&self, kind: &str) -> Result<()> {
        match self.figure {
            None => Ok(()),
            Some(_) => Err(Error::usage(format!(
                "`{}` is {kind}, and --figure draws the training of a model: give a model, or omit --figure",
                self.file.display()
            ))),
        }
    }
}
