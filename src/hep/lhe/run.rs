//! Run information that precedes the events: beams, processes, and the names of the weights.

use super::declared_weights::{Declarations, DeclaredWeight, WeightGroup};
use super::lines::{Lines, number, words};
use motherlode_core::error::Result;
use motherlode_core::format::exact;

/// The error of a group of events.
pub(super) const EVENT_GROUP: &str =
    "opens a group of events that belong together, which is not understood: write events without <eventgroup>";

/// Run information that precedes the events.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// Version of the format, as it is written.
    pub version: String,
    /// Numbers of the two beam particles (PDG), and their energies in GeV.
    pub beams: [(i32, f64); 2],
    /// Weighting strategy (IDWTUP): ±3 are events of weight ±1, all others have the cross section for mean.
    pub weighting: i32,
    /// The processes.
    pub processes: Vec<Process>,
    /// Number of events requested in MadGraph's run card.
    pub n_requested: Option<u64>,
    /// Normalisation of the weights in MadGraph's run card: `average`, `sum` or `unity`.
    pub event_norm: Option<String>,
    /// The weights that events have beside their first.
    pub weight_groups: Vec<WeightGroup>,
    /// Number of runs, one after another, whose events the file has; cross sections are means over them.
    pub n_runs: u32,
    /// Notes on contents that could not be understood and are not needed.
    pub notes: Vec<String>,
}

/// A process with the generator's cross section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Process {
    /// The number by which events name it.
    pub id: i32,
    /// Cross section in pb.
    pub cross_section: f64,
    /// Standard error in pb.
    pub standard_error: f64,
}

impl Run {
    /// The cross section of all processes together, in pb.
    pub fn cross_section(&self) -> f64 {
        self.processes.iter().map(|process| process.cross_section).sum()
    }

    /// All weights, in the order in which they are declared.
    pub fn weights(&self) -> impl Iterator<Item = &DeclaredWeight> {
        self.weight_groups.iter().flat_map(|group| &group.weights)
    }

    /// Reads a file up to its first event, whose opening line is the last that was read; true if there is one.
    pub(super) fn read(lines: &mut Lines) -> Result<(Self, bool)> {
        loop {
            match lines.next()? {
                None => return Err(lines.wrong("is not there: the file is empty")),
                Some(line) if is_ignored(line) => (),
                Some(_) => return Self::read_opened(lines),
            }
        }
    }

    /// Reads a run, of which the opening line was read, up to its first event.
    pub(super) fn read_opened(lines: &mut Lines) -> Result<(Self, bool)> {
        let version = version(&String::from_utf8_lossy(lines.last()));
        let mut run = Self {
            version: version.ok_or_else(|| lines.no_events())?,
            n_runs: 1,
            ..Self::default()
        };
        let (mut declared, mut declaring, mut in_header, mut seen_init) = (String::new(), false, false, false);
        loop {
            if lines.next()?.is_none() {
                let end = if in_header { "</header>" } else { "</init>" };
                return Err(lines.wrong(&format!("is the end of the file, before `{end}`: it is truncated")));
            }
            // A header has cards and texts of generators, in which nothing but its end and the weights is a tag.
            if lines.opens(b"initrwgt") {
                declaring = !lines.last().ends_with(b"/>");
            } else if lines.closes(b"initrwgt") {
                declaring = false;
            } else if in_header || lines.opens(b"header") {
                in_header = !lines.closes(b"header") && !is_empty_header(lines);
                run.read_text(lines.last(), declaring.then_some(&mut declared));
            } else if lines.opens(b"init") {
                if seen_init {
                    return Err(lines.wrong(
                        "opens a second <init> block of one run, whose cross sections would add up: leave one of them out, or write two runs, each \
                         with its own <LesHouchesEvents>",
                    ));
                }
                run.read_init(lines)?;
                seen_init = true;
            } else if lines.opens(b"event") || lines.closes(b"LesHouchesEvents") {
                let has_events = lines.opens(b"event");
                if !seen_init {
                    return Err(lines.wrong(match has_events {
                        true => "comes before any <init> block, which has the beams and the cross section",
                        false => "ends a run that has neither an <init> block nor events: take the run out of the file",
                    }));
                }
                run.declare(&declared, lines)?;
                return Ok((run, has_events));
            } else if lines.opens(b"eventgroup") {
                return Err(lines.wrong(EVENT_GROUP));
            } else {
                run.read_text(lines.last(), declaring.then_some(&mut declared));
            }
        }
    }

    /// Takes in a line without meaning for the structure: of the declarations of weights, or of a card.
    fn read_text(&mut self, line: &[u8], declared: Option<&mut String>) {
        let line = String::from_utf8_lossy(line);
        match declared {
            Some(declared) => {
                declared.push_str(&line);
                declared.push('\n');
            }
            None => self.read_card(&line),
        }
    }

    fn declare(&mut self, text: &str, lines: &Lines) -> Result<()> {
        let declarations = Declarations::read(text).map_err(|name| {
            lines.wrong(&format!(
                "begins the events, and <initrwgt> declares the weight `{name}` twice, in two ways: which of them events give is not known; \
                 rename one of the two"
            ))
        })?;
        self.weight_groups = declarations.groups;
        self.notes.extend(declarations.note);
        Ok(())
    }

    /// Takes in another run of the same file: all that events are read by must be the same.
    ///
    /// # Errors
    /// Says what differs.
    pub(super) fn append(&mut self, other: Self) -> Result<(), &'static str> {
        let ids = |run: &Self| run.processes.iter().map(|process| process.id).collect::<Vec<_>>();
        let differs = [
            (self.beams != other.beams, "beams"),
            (self.weighting != other.weighting, "a weighting strategy"),
            (ids(self) != ids(&other), "processes"),
            (self.event_norm != other.event_norm, "a normalisation of the weights"),
            (self.weight_groups != other.weight_groups, "declarations of weights"),
        ];
        if let Some((_, what)) = differs.into_iter().find(|(differs, _)| *differs) {
            return Err(what);
        }
        let n = f64::from(self.n_runs);
        for (mean, one) in self.processes.iter_mut().zip(&other.processes) {
            mean.cross_section = (n * mean.cross_section + one.cross_section) / (n + 1.0);
            mean.standard_error = (n * mean.standard_error).hypot(one.standard_error) / (n + 1.0);
        }
        self.n_requested = self
            .n_requested
            .zip(other.n_requested)
            .map(|(a, b)| a.saturating_add(b));
        self.n_runs += 1;
        Ok(())
    }

    /// The two kinds of lines that every `<init>` block has; other lines are left to the caller.
    fn read_init(&mut self, lines: &mut Lines) -> Result<()> {
        let words = numbers(
            lines,
            10,
            "beams: two particles, two energies, four numbers of parton densities, how events are weighted, \
             and the number of processes",
        )?;
        self.beams = [(words[0] as i32, words[2]), (words[1] as i32, words[3])];
        if ![1.0, 2.0, 3.0, 4.0].contains(&words[8].abs()) {
            return Err(lines.wrong(&format!(
                "of the <init> block says IDWTUP = {}, how events are weighted: ±1, ±2, ±3 or ±4 is needed",
                exact(words[8])
            )));
        }
        self.weighting = words[8] as i32;
        for _ in 0..words[9].max(0.0) as u64 {
            let words = numbers(
                lines,
                4,
                "a process: its cross section, the error, the largest weight, and its number",
            )?;
            let id = words[3] as i32;
            if self.processes.iter().any(|process| process.id == id) {
                return Err(lines.wrong(&format!(
                    "of the <init> block has the process {id} a second time, and its cross section would count twice: leave one of them out, or \
                     number the processes"
                )));
            }
            self.processes.push(Process {
                id,
                cross_section: words[0],
                standard_error: words[1],
            });
        }
        Ok(())
    }

    /// `value = key ! comment`.
    fn read_card(&mut self, line: &str) {
        let Some((value, key)) = line.split_once('=') else {
            return;
        };
        let (value, key) = (value.trim(), key.split(['!', '#']).next().unwrap_or_default().trim());
        match key {
            "nevents" => self.n_requested = value.parse().ok().or(self.n_requested),
            "event_norm" => self.event_norm = Some(value.to_ascii_lowercase()),
            _ => (),
        }
    }
}

/// Returns true if the line that was read last is a header and its end in one tag.
fn is_empty_header(lines: &Lines) -> bool {
    lines.opens(b"header") && lines.last().ends_with(b"/>")
}

/// Returns true if a line before or after a run has nothing to say: it is empty, a note, or a declaration of XML.
pub(super) fn is_ignored(line: &[u8]) -> bool {
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    line.is_empty() || line.starts_with(b"#") || line.starts_with(b"<?") || line.starts_with(b"<!DOCTYPE")
}

fn version(line: &str) -> Option<String> {
    let rest = line.trim_start_matches('\u{feff}').strip_prefix("<LesHouchesEvents")?;
    let quoted = rest.split(['"', '\'']).nth(1);
    Some(quoted.unwrap_or("unknown").to_owned())
}

/// The numbers of the next line that is not empty, of which there must be `n` at least.
fn numbers(lines: &mut Lines, n: usize, what: &str) -> Result<Vec<f64>> {
    while lines
        .next()?
        .is_some_and(|line| line.is_empty() || line.starts_with(b"#"))
    {}
    let words = words(lines.last());
    let found: Option<Vec<f64>> = words.take(n).map(number).collect();
    found
        .filter(|found| found.len() == n)
        .ok_or_else(|| lines.wrong(&format!("of the <init> block must have the {what}")))
}
