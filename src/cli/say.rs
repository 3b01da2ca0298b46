//! What the command line says, and where: results on standard output, progress and errors on standard error.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
pub(super) use motherlode_core::format::counted;
use serde::Serialize;
use serde_json::{Value, json as object};

use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};

/// After how long, and how often, progress is told where there is no terminal.
const FIRST_LINE: Duration = Duration::from_secs(10);
const BETWEEN_LINES: Duration = Duration::from_secs(30);

/// The voice of the command line.
#[derive(Debug)]
pub(super) struct Say {
    json: bool,
}

impl Say {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Says a result: in words, or as JSON if that was asked for.
    pub(super) fn result(&self, words: &str, json: Value) -> Result<()> {
        let text = if self.json {
            format!("{json:#}")
        } else {
            words.trim_end().to_owned()
        };
        match writeln!(std::io::stdout(), "{text}") {
            // Whoever reads may stop reading, as `head` does.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Error::io(std::path::Path::new("standard output"), error))
            }
            _ => Ok(()),
        }
    }

    /// Says at once what a user may want to know before waiting; a result holds what matters.
    pub(super) fn note(&self, words: &str) {
        // Nobody is left to tell if this fails.
        let _ = writeln!(std::io::stderr(), "note: {words}");
    }

    pub(super) fn error(&self, error: &Error) {
        let message = match self.json {
            true => object!({ "error": error.to_string() }).to_string(),
            false => format!("error: {error}"),
        };
        // Nobody is left to tell if this fails.
        let _ = writeln!(std::io::stderr(), "{message}");
    }

    /// A progress bar with the time left; where there is no terminal, as in the log of a batch job, a line now and then.
    pub(super) fn progress(&self, what: &str) -> Bar {
        let bar = ProgressBar::no_length().with_message(what.to_owned());
        let template = "{msg} {wide_bar} {human_pos}/{human_len}, {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        let task = Mutex::new(Task::new(what));
        Bar { bar, task }
    }
}

/// A progress bar that goes away when it is dropped.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    task: Mutex<Task>,
}

/// The task that a progress bar shows.
#[derive(Debug)]
struct Task {
    name: String,
    started: Instant,
    /// Time of the next line, where there is no terminal.
    next: Duration,
}

impl Task {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            started: Instant::now(),
            next: FIRST_LINE,
        }
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.set_position(0);
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        *task = Task::new(what);
    }

    fn report(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = task.started.elapsed();
        if self.bar.is_hidden() && elapsed >= task.next && (1..total).contains(&done) {
            let left = elapsed.mul_f64((total - done) as f64 / done as f64);
            // Nobody is left to tell if this fails.
            let _ = writeln!(
                std::io::stderr(),
                "{}: {done} of {total}, about {} left",
                task.name,
                HumanDuration(left)
            );
            task.next = elapsed + BETWEEN_LINES;
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A table; columns of numbers are aligned to the right, words to the left.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let columns: Vec<(usize, bool)> = (0..header.len())
        .map(|column| {
            let cells = || rows.iter().map(|row| row[column].as_str());
            let width = cells()
                .chain([header[column]])
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0);
            let begins = |cell: &str| cell.starts_with(|first: char| first.is_ascii_digit() || first == '-');
            (width, cells().all(|cell| cell.is_empty() || begins(cell)))
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let padded = cells
            .iter()
            .zip(&columns)
            .map(|(cell, &(width, numbers))| match numbers {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let body = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    [line(header.to_vec())]
        .into_iter()
        .chain(body)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A result as JSON.
pub(super) fn json(result: &impl Serialize) -> Result<Value> {
    serde_json::to_value(result)
        .map_err(|error| Error::numerical(format!("the result cannot be written as JSON: {error}")))
}
