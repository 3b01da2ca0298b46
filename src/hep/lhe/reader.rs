//! Reader of Les Houches files, event by event.

use std::io::BufRead;
use std::path::Path;

use super::event_weights::{WeightElement, WeightNames};
use super::lines::{Lines, number, words};
use super::run::opens;
use super::{Event, Momentum, Particle, Run};
use motherlode_core::error::Result;

/// Largest number of particles of one event; a file with more is damaged.
const MOST_PARTICLES: f64 = 10_000.0;
/// Kinds of weights; hundreds are common.
const MOST_WEIGHTS: usize = 100_000;

/// Reads a Les Houches file event by event, plain or compressed by gzip, of version 1 to 3.
///
/// The format asks for XML, and generators write what looks like it; lines are taken as they come, so that an unescaped sign in a comment
/// does no harm.
///
/// # Source
/// Alwall et al. 2007 (hep-ph/0609017); version 3: Butterworth et al. 2014 (arXiv:1405.1067), section II.2; the numbers of an event: Boos
/// et al. 2001 (hep-ph/0109068).
#[derive(Debug)]
pub struct EventReader<'a> {
    lines: Lines<'a>,
    run: Run,
    names: WeightNames,
    /// Lines after the particles of an event.
    tail: Vec<u8>,
    n_read: u64,
    /// True if the opening line of an event was read.
    is_open: bool,
    is_closed: bool,
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

    fn new(mut lines: Lines<'a>) -> Result<Self> {
        let (run, is_open) = Run::read(&mut lines)?;
        let mut names = WeightNames::default();
        run.weights().take(MOST_WEIGHTS).for_each(|weight| {
            names.find(weight.id.as_bytes());
        });
        Ok(Self {
            lines,
            run,
            names,
            tail: Vec::new(),
            n_read: 0,
            is_open,
            is_closed: !is_open,
        })
    }

    /// Run information that precedes the events.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Names of the weights that were declared, and then of others that events have had so far.
    pub fn weight_names(&self) -> &[String] {
        &self.names.names
    }

    /// Events that were read.
    pub fn n_read(&self) -> u64 {
        self.n_read
    }

    /// Returns true if the last line of the file was read; otherwise the file may have been cut between two events.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Reads the next event; false at the end.
    ///
    /// # Errors
    /// If it makes no sense, or the file ends within it: says the line, and what is needed.
    pub fn read(&mut self, event: &mut Event) -> Result<bool> {
        if !self.find()? {
            return Ok(false);
        }
        self.is_open = false;
        let n = self.read_head(event)?;
        event.particles.clear();
        while event.particles.len() < n {
            self.next_of_event()?;
            let line = self.lines.last();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let particle = particle(line).ok_or_else(|| {
                self.lines.wrong(&format!(
                    "must be particle {} of {n} in event {}: thirteen numbers, of which the first ten are needed and must be finite",
                    event.particles.len() + 1,
                    self.n_read + 1
                ))
            })?;
            event.particles.push(particle);
        }
        self.read_tail()?;
        self.read_weights(event)?;
        self.n_read += 1;
        Ok(true)
    }

    /// Goes to the next event.
    fn find(&mut self) -> Result<bool> {
        while !self.is_open && !self.is_closed {
            match self.lines.next()? {
                None => return Ok(false),
                Some(line) => {
                    self.is_open = opens(line, b"event");
                    self.is_closed = line.starts_with(b"</LesHouchesEvents");
                }
            }
        }
        Ok(self.is_open)
    }

    fn next_of_event(&mut self) -> Result<()> {
        let event = self.n_read + 1;
        match self.lines.next()? {
            Some(line) if line.starts_with(b"</event") || opens(line, b"event") => Err(self
                .lines
                .wrong(&format!("ends event {event} before all of its particles have come"))),
            Some(_) => Ok(()),
            None => Err(self.lines.wrong(&format!(
                "is not there: the file ends within event {event}, it is truncated"
            ))),
        }
    }

    fn read_head(&mut self, event: &mut Event) -> Result<usize> {
        self.next_of_event()?;
        while self.lines.last().is_empty() {
            self.next_of_event()?;
        }
        let mut head = [0.0; 6];
        let n = fill(self.lines.last(), &mut head);
        match head[0] {
            _ if n < head.len() => Err(self.lines.wrong(&format!(
                "must open event {} with six finite numbers: particles, process, weight, scale and two couplings",
                self.n_read + 1
            ))),
            count if !(0.0..=MOST_PARTICLES).contains(&count) || count.fract() != 0.0 => Err(self
                .lines
                .wrong(&format!("says that event {} has {count} particles", self.n_read + 1))),
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
            match self.lines.next()? {
                None => {
                    return Err(self.lines.wrong(&format!(
                        "is not there: the file ends within event {}, it is truncated",
                        self.n_read + 1
                    )));
                }
                Some(line) if line.starts_with(b"</event") => return Ok(()),
                Some(line) if opens(line, b"event") => {
                    return Err(self
                        .lines
                        .wrong(&format!("opens an event before event {} has ended", self.n_read + 1)));
                }
                Some(line) if line.starts_with(b"#") => (),
                Some(line) => {
                    self.tail.extend_from_slice(line);
                    self.tail.push(b'\n');
                }
            }
        }
    }

    /// `<wgt id="…">`, `<weight name="…">`, or `<weights>` in the order of the declarations.
    fn read_weights(&mut self, event: &mut Event) -> Result<()> {
        event.weights.clear();
        event.weights.resize(self.names.names.len(), f64::NAN);
        let (mut rest, mut expected) = (self.tail.as_slice(), 0);
        while let Some(element) = WeightElement::next(&mut rest) {
            let bad = |what: &str| {
                let text = String::from_utf8_lossy(element.content);
                self.lines.wrong(&format!(
                    "ends event {}, which has the weight `{}` of {what}: it must be a finite number",
                    self.n_read + 1,
                    text.trim()
                ))
            };
            match element.name {
                b"wgt" | b"weight" => {
                    let value = number(element.content.trim_ascii());
                    let name = element.attribute(b"id").or_else(|| element.attribute(b"name"));
                    let name = name.unwrap_or(b"unnamed");
                    let value = value.ok_or_else(|| bad(&format!("the name `{}`", String::from_utf8_lossy(name))))?;
                    let at = self.names.expect(expected, name);
                    if at >= MOST_WEIGHTS {
                        return Err(self.lines.wrong("ends an event with too many kinds of weights"));
                    }
                    if at >= event.weights.len() {
                        event.weights.resize(at + 1, f64::NAN);
                    }
                    event.weights[at] = value;
                    expected = at + 1;
                }
                b"weights" => {
                    let values = words(element.content);
                    for (slot, word) in event.weights.iter_mut().zip(values) {
                        *slot = number(word).ok_or_else(|| bad("its list of weights"))?;
                    }
                }
                _ => (),
            }
        }
        Ok(())
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
