//! Finds the events of a file, in one run or several runs one after another.

use super::Run;
use super::lines::{Lines, number};
use super::run::{EVENT_GROUP, is_ignored};
use super::tags::Element;
use motherlode_core::error::Result;

/// Goes from event to event.
#[derive(Debug)]
pub(super) struct RunReader<'a> {
    pub(super) lines: Lines<'a>,
    pub(super) run: Run,
    /// Number of trials that the event at hand took, if the file says it.
    pub(super) trials: Option<f64>,
    /// True if the opening line of an event was read last.
    is_open: bool,
    /// True if the last line that counts was the end of a run.
    pub(super) is_closed: bool,
}

impl<'a> RunReader<'a> {
    /// Reads what comes before the events.
    ///
    /// # Errors
    /// If it is no Les Houches file: says the line.
    pub(super) fn new(mut lines: Lines<'a>) -> Result<Self> {
        let (run, is_open) = Run::read(&mut lines)?;
        Ok(Self {
            lines,
            run,
            trials: None,
            is_open,
            is_closed: !is_open,
        })
    }

    /// Goes to the next event, whose opening line is then the last that was read; false at the end of the file.
    ///
    /// # Errors
    /// If something is between events, or behind the last, that would have to be understood.
    pub(super) fn next_event(&mut self) -> Result<bool> {
        while !self.is_open {
            let Some(line) = self.lines.next()? else {
                return Ok(false);
            };
            if is_ignored(line) {
                continue;
            }
            let opens = |name: &[u8]| self.lines.opens(name);
            match self.is_closed {
                false if opens(b"event") => self.is_open = true,
                false if self.lines.closes(b"LesHouchesEvents") => self.is_closed = true,
                false if opens(b"eventgroup") => return Err(self.lines.wrong(EVENT_GROUP)),
                false => (),
                true if opens(b"LesHouchesEvents") => self.next_run()?,
                true => {
                    return Err(self.lines.wrong(
                        "follows </LesHouchesEvents>, where the file must end, or another run begin with <LesHouchesEvents>",
                    ));
                }
            }
        }
        self.is_open = false;
        self.trials = self.read_trials()?;
        Ok(true)
    }

    /// Reads the beginning of another run in the same file, as `cat` makes them.
    fn next_run(&mut self) -> Result<()> {
        let (run, is_open) = Run::read_opened(&mut self.lines)?;
        self.run.append(run).map_err(|what| {
            self.lines.wrong(&format!(
                "begins the events of a second run, which has other {what} than the first: take the file apart, and give the runs as files of \
                 their own"
            ))
        })?;
        (self.is_open, self.is_closed) = (is_open, !is_open);
        Ok(())
    }

    fn read_trials(&self) -> Result<Option<f64>> {
        let mut line = self.lines.last();
        let Some(tag) = Element::next(&mut line) else {
            return Ok(None);
        };
        let Some(trials) = tag.attribute(b"trials") else {
            return Ok(None);
        };
        match number(&trials).filter(|trials| *trials > 0.0) {
            Some(trials) => Ok(Some(trials)),
            None => Err(self.lines.wrong(&format!(
                "opens an event with trials = `{}`: it must be a number above 0",
                String::from_utf8_lossy(&trials)
            ))),
        }
    }
}
