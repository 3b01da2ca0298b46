//! Reader of Les Houches files, event by event.

use std::io::BufRead;
use std::path::Path;

use super::event_weights::EventWeights;
use super::lines::{Lines, number, words};
use super::run_reader::RunReader;
use super::{Event, Momentum, Particle, Run};
use motherlode_core::error::{Error, Result};

/// Largest number of particles of one event; a file with more is damaged.
const MOST_PARTICLES: f64 = 10_000.0;

/// Reads a Les Houches file event by event, plain or compressed by gzip, of version 1 to 3.
///
/// The format asks for XML, and generators write what looks like it: an unescaped sign in a header does no harm, and comments and tags count
/// wherever a line ends. Several runs one after another, as `cat` makes them, are read as one if they declare the same.
///
/// # Source
/// Alwall et al. 2007 (hep-ph/0609017); version 3: Butterworth et al. 2014 (arXiv:1405.1067), section II.2; the numbers of an event: Boos
/// et al. 2001 (hep-ph/0109068).
#[derive(Debug)]
pub struct EventReader<'a> {
    runs: RunReader<'a>,
    weights: EventWeights,
    /// Lines after the particles of an event.
    tail: Vec<u8>,
    n_read: u64,
}

impl EventReader<'static> {
    /// Opens a file and reads its run information.
    ///
    /// # Errors
    /// If it cannot be read, or is no Les Houches file: says the line.
    pub fn open(path: &Path) -> Result<Self> {
        Self::new(Lines::open(path)?)
    }
}

impl<'a> EventReader<'a> {
    /// Reads a stream; errors name it by `path`.
    ///
    /// # Errors
    /// As [`open`](EventReader::open).
    pub fn over(path: &Path, stream: impl BufRead + Send + 'a) -> Result<Self> {
        Self::new(Lines::over(path, stream)?)
    }

    fn new(lines: Lines<'a>) -> Result<Self> {
        let runs = RunReader::new(lines)?;
        Ok(Self {
            weights: EventWeights::new(&runs.run),
            runs,
            tail: Vec::new(),
            n_read: 0,
        })
    }

    /// Run information that precedes the events.
    pub fn run(&self) -> &Run {
        &self.runs.run
    }

    /// Names of the weights that were declared, and then of others that events have had so far.
    pub fn weight_names(&self) -> &[String] {
        &self.weights.names
    }

    /// Notes on weights that were declared and not given, given and not declared, or lacking in some of the events that were read.
    pub fn weight_notes(&self) -> Vec<String> {
        self.weights.notes()
    }

    /// Events that were read.
    pub fn n_read(&self) -> u64 {
        self.n_read
    }

    /// Returns true if the last line of the file was read; otherwise the file may have been cut between two events.
    pub fn is_closed(&self) -> bool {
        self.runs.is_closed
    }

    /// Reads the next event; false at the end.
    ///
    /// # Errors
    /// If it makes no sense, or the file ends within it: says the line, and what is needed.
    pub fn read(&mut self, event: &mut Event) -> Result<bool> {
        if !self.runs.next_event()? {
            return Ok(false);
        }
        event.trials = self.runs.trials;
        let n = self.read_head(event)?;
        event.particles.clear();
        while event.particles.len() < n {
            self.next_of_event()?;
            let line = self.runs.lines.last();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let particle = particle(line).ok_or_else(|| {
                self.wrong(&format!(
                    "must be particle {} of {n} in event {}: thirteen numbers, of which the first ten are needed and must be finite",
                    event.particles.len() + 1,
                    self.n_read + 1
                ))
            })?;
            event.particles.push(particle);
        }
        self.read_tail()?;
        let read = self.weights.read(&self.tail, &mut event.weights);
        read.map_err(|what| self.wrong(&format!("ends event {}, {what}", self.n_read + 1)))?;
        self.n_read += 1;
        Ok(true)
    }

    /// Something is wrong in the line that was read last.
    fn wrong(&self, what: &str) -> Error {
        self.runs.lines.wrong(what)
    }

    fn next_of_event(&mut self) -> Result<()> {
        let event = self.n_read + 1;
        let lines = &mut self.runs.lines;
        match lines.next()?.is_some() {
            true if lines.closes(b"event") || lines.opens(b"event") => {
                Err(self.wrong(&format!("ends event {event} before all of its particles have come")))
            }
            true => Ok(()),
            false => Err(self.wrong(&format!(
                "is not there: the file ends within event {event}, it is truncated"
            ))),
        }
    }

    fn read_head(&mut self, event: &mut Event) -> Result<usize> {
        self.next_of_event()?;
        while self.runs.lines.last().is_empty() {
            self.next_of_event()?;
        }
        let mut head = [0.0; 6];
        let n = fill(self.runs.lines.last(), &mut head);
        match head[0] {
            _ if n < head.len() => Err(self.wrong(&format!(
                "must open event {} with six finite numbers: particles, process, weight, scale and two couplings",
                self.n_read + 1
            ))),
            count if !(0.0..=MOST_PARTICLES).contains(&count) || count.fract() != 0.0 => {
                Err(self.wrong(&format!("says that event {} has {count} particles", self.n_read + 1)))
            }
            count => {
                event.process = head[1] as i32;
                [event.weight, event.scale, event.alpha_qed, event.alpha_qcd] = [head[2], head[3], head[4], head[5]];
                Ok(count as usize)
            }
        }
    }

    /// Keeps the lines after the particles.
    fn read_tail(&mut self) -> Result<()> {
        self.tail.clear();
        loop {
            let lines = &mut self.runs.lines;
            if lines.next()?.is_none() {
                return Err(self.wrong(&format!(
                    "is not there: the file ends within event {}, it is truncated",
                    self.n_read + 1
                )));
            }
            if lines.closes(b"event") {
                return Ok(());
            }
            if lines.opens(b"event") {
                return Err(self.wrong(&format!("opens an event before event {} has ended", self.n_read + 1)));
            }
            let line = lines.last();
            // Before any tag: the lists of numbers in some of them look the same.
            if self.tail.is_empty() && particle(line).is_some() {
                return Err(self.wrong(&format!(
                    "looks like one more particle than event {} says that it has: correct the number of particles (NUP), or take the line out",
                    self.n_read + 1
                )));
            }
            if !line.starts_with(b"#") && !line.is_empty() {
                self.tail.extend_from_slice(line);
                self.tail.push(b'\n');
            }
        }
    }
}

/// Fills `values` with the numbers of a line; returns how many there were.
fn fill(line: &[u8], values: &mut [f64]) -> usize {
    let words = words(line);
    let mut n = 0;
    for (slot, word) in values.iter_mut().zip(words) {
        match number(word) {
            Some(value) => *slot = value,
            None => return n,
        }
        n += 1;
    }
    n
}

/// Kind, status, two mothers, two colours, momentum, energy, mass, lifetime and spin: of old files, the last two may be missing.
fn particle(line: &[u8]) -> Option<Particle> {
    let mut columns = [9.0; 13];
    if fill(line, &mut columns) < 10 {
        return None;
    }
    Some(Particle {
        id: columns[0] as i32,
        status: columns[1] as i32,
        momentum: Momentum {
            px: columns[6],
            py: columns[7],
            pz: columns[8],
            e: columns[9],
        },
        spin: columns[12],
    })
}
