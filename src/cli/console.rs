//! Output of the command line: results on standard output, notes, progress and errors on standard error.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::signals;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use motherlode_core::error::{Error, Result};
pub(super) use motherlode_core::format::counted;
use motherlode_core::format::value_with_error;
use motherlode_core::mean::Mean;
use motherlode_core::{OutputLock, Progress};
use serde::Serialize;
use serde_json::{Value, json as object};

/// Time before the first line of progress, and between two, where there is no terminal.
const FIRST_LINE: Duration = Duration::from_secs(10);
const BETWEEN_LINES: Duration = Duration::from_secs(30);

/// Prints results as text or JSON.
#[derive(Debug)]
pub(super) struct Console {
    json: bool,
}

impl Console {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result on standard output: its text, or its JSON with `--json`.
    pub(super) fn print(&self, text: &str, json: Value) -> Result<()> {
        let output = match self.json {
            true => format!("{json:#}"),
            false => text.trim_end().to_owned(),
        };
        match writeln!(std::io::stdout(), "{output}") {
            // The reader may close the pipe early, as `head` does.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Error::io(Path::new("standard output"), error))
            }
            _ => Ok(()),
        }
    }

    /// Prints a note on standard error before a long computation starts.
    pub(super) fn note(&self, text: &str) {
        print_error_line(&format!("note: {text}"));
    }

    /// Prints the error that a program ends with on standard error: with `--json` as the last line, an object of message, kind and exit
    /// code.
    pub(super) fn error(&self, error: &Error, exit_code: u8) {
        let kind = error.kind().name();
        print_error_line(&match self.json {
            true => object!({ "error": error.to_string(), "kind": kind, "exit_code": exit_code }).to_string(),
            false => format!("error: {error}"),
        });
    }

    /// A progress bar with the time left; without a terminal, as in a batch job, a line every 30 seconds.
    pub(super) fn progress(&self, name: &str) -> Bar {
        let bar = ProgressBar::no_length().with_message(name.to_owned());
        let template = "{msg} {wide_bar} {human_pos}/{human_len}, {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        let task = Mutex::new(Task::new(name));
        Bar { bar, task }
    }
}

fn print_error_line(line: &str) {
    // A closed standard error leaves no place to report the failure.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A progress bar that goes away when it is dropped.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    task: Mutex<Task>,
}

/// The task behind a progress bar.
#[derive(Debug)]
struct Task {
    name: String,
    started: Instant,
    /// Elapsed time at which the next line is printed, where there is no terminal.
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
    fn begin(&self, name: &str) {
        self.bar.set_message(name.to_owned());
        self.bar.set_position(0);
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        *task = Task::new(name);
    }

    fn report(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = task.started.elapsed();
        if self.bar.is_hidden() && elapsed >= task.next && (1..total).contains(&done) {
            let left = elapsed.mul_f64((total - done) as f64 / done as f64);
            print_error_line(&format!(
                "{}: {done} of {total}, about {} left",
                task.name,
                HumanDuration(left)
            ));
            task.next = elapsed + BETWEEN_LINES;
        }
    }

    fn is_stopped(&self) -> bool {
        signals::is_stopped()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A table with a header line; columns of numbers are aligned to the right, text to the left.
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

/// Lines of warnings, "warning: …".
pub(super) fn warning_lines(warnings: impl IntoIterator<Item = impl Display>) -> Vec<String> {
    labelled("warning", warnings)
}

/// Lines of warnings that follow a text, each on a new line.
pub(super) fn warning_text(warnings: impl IntoIterator<Item = impl Display>) -> String {
    warning_lines(warnings).iter().map(|line| format!("\n{line}")).collect()
}

/// Lines of notes, "note: …".
pub(super) fn note_lines(notes: impl IntoIterator<Item = impl Display>) -> Vec<String> {
    labelled("note", notes)
}

fn labelled(label: &str, messages: impl IntoIterator<Item = impl Display>) -> Vec<String> {
    let lines = messages.into_iter().map(|message| format!("{label}: {message}"));
    lines.collect()
}

/// A value with its standard error, rounded to two digits of the error.
pub(super) fn mean_text(mean: Mean) -> String {
    value_with_error(mean.value, mean.standard_error)
}

/// Refuses outputs that exist, unless `force` replaces them.
pub(super) fn check_new<'a, P: AsRef<Path> + ?Sized + 'a>(
    outputs: impl IntoIterator<Item = &'a P>,
    force: bool,
) -> Result<()> {
    let mut existing = outputs
        .into_iter()
        .map(AsRef::as_ref)
        .filter(|path| path.exists() && !force);
    existing.next().map_or(Ok(()), |path| Err(Error::exists(path)))
}

/// Locks an output file, if there is one, that is not there yet unless `force` replaces it.
pub(super) fn lock_new(output: Option<&Path>, force: bool) -> Result<Option<OutputLock>> {
    output.map(|path| OutputLock::new_file(path, force)).transpose()
}

/// Refuses an output, if there is one, that is one of the inputs, which `--force` would destroy.
///
/// # Errors
/// Names it.
pub(super) fn check_no_input<'a>(output: Option<&Path>, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let Some(written) = output.and_then(|output| output.canonicalize().ok()) else {
        return Ok(());
    };
    let mut same = inputs
        .into_iter()
        .filter(|input| input.canonicalize().is_ok_and(|read| read == written));
    same.next().map_or(Ok(()), |input| {
        Err(Error::usage(format!(
            "the output `{}` is an input of the command, which would be lost: give another name",
            input.display()
        )))
    })
}

/// Locks an output folder, if there is one.
pub(super) fn lock_folder(output: Option<&Path>) -> Result<Option<OutputLock>> {
    output.map(OutputLock::folder).transpose()
}

/// Serialises a result to JSON.
pub(super) fn json(result: &impl Serialize) -> Result<Value> {
    serde_json::to_value(result)
        .map_err(|error| Error::numerical(format!("the result cannot be written as JSON: {error}")))
}
