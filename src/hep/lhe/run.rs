//! Run information that precedes the events: beams, processes, and the names of the weights.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::lines::{Lines, number, words};
use motherlode_core::error::Result;

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

/// Weights that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WeightGroup {
    /// Name, or type; empty for weights without a group.
    pub name: String,
    /// Weights, in order.
    pub weights: Vec<DeclaredWeight>,
}

/// A weight that events have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeclaredWeight {
    /// The name by which events give it.
    pub id: String,
    /// Further attributes, with keys in small letters; `MUR=2.0` in the description counts.
    pub attributes: BTreeMap<String, String>,
    /// The description.
    pub about: String,
}

impl DeclaredWeight {
    /// A number among the attributes, under one of several names.
    pub fn number(&self, names: &[&str]) -> Option<f64> {
        let found = names.iter().find_map(|name| self.attributes.get(*name))?;
        number(found.as_bytes())
    }
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

    /// Reads up to the first event, whose opening line is the last that was read; true if there is one.
    pub(super) fn read(lines: &mut Lines) -> Result<(Self, bool)> {
        let mut run = Self::default();
        let (mut declared, mut declaring, mut seen_init) = (String::new(), false, false);
        let mut is_first = true;
        loop {
            let Some(line) = lines.next()? else {
                return match is_first {
                    true => Err(lines.wrong("is not there: the file is empty")),
                    false => Err(lines.wrong("is the end of the file, before `</init>`: it is truncated")),
                };
            };
            let text = String::from_utf8_lossy(line).into_owned();
            if is_first {
                run.version = version(&text).ok_or_else(|| lines.wrong("must be <LesHouchesEvents version=\"…\">"))?;
                is_first = false;
            } else if opens(line, b"init") {
                run.read_init(lines)?;
                seen_init = true;
            } else if opens(line, b"event") || line.starts_with(b"</LesHouchesEvents") {
                if !seen_init {
                    return Err(lines.wrong("comes before any <init> block, which has the beams and the cross section"));
                }
                let has_events = opens(line, b"event");
                run.declare(&declared);
                return Ok((run, has_events));
            } else if text.starts_with("<initrwgt") {
                // Some files say it twice.
                declared.clear();
                declaring = true;
            } else if text.starts_with("</initrwgt") {
                declaring = false;
            } else if declaring {
                declared.push_str(&text);
                declared.push('\n');
            } else {
                run.read_card(&text);
            }
        }
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
        self.weighting = words[8] as i32;
        for _ in 0..words[9].max(0.0) as u64 {
            let words = numbers(
                lines,
                4,
                "a process: its cross section, the error, the largest weight, and its number",
            )?;
            self.processes.push(Process {
                id: words[3] as i32,
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

    /// Reads the declarations of weights, which generators wrap in CDATA or not.
    fn declare(&mut self, text: &str) {
        let bare = text.replace("<![CDATA[", "").replace("]]>", "");
        let mut reader = Reader::from_str(&bare);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let mut groups = vec![WeightGroup::default()];
        let mut open: Option<DeclaredWeight> = None;
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) if tag.name().as_ref() == "weightgroup" => groups.push(group(&tag)),
                Ok(Event::Start(tag)) if tag.name().as_ref() == "weight" => open = Some(weight(&tag)),
                Ok(Event::Empty(tag)) if tag.name().as_ref() == "weight" => keep(&mut groups, weight(&tag)),
                Ok(Event::Text(words)) => {
                    if let Some(open) = &mut open {
                        open.about.push_str(words.as_ref());
                    }
                }
                Ok(Event::End(tag)) => match tag.name().as_ref() {
                    "weight" => open.take().into_iter().for_each(|weight| keep(&mut groups, weight)),
                    "weightgroup" => groups.push(WeightGroup::default()),
                    _ => (),
                },
                Ok(Event::Eof) => break,
                Ok(_) => (),
                Err(error) => {
                    self.notes.push(format!(
                        "the declarations of weights in <initrwgt> cannot be understood to their end ({error}); weights are still known \
                         by the names that events give them"
                    ));
                    break;
                }
            }
        }
        groups.retain(|group| !group.weights.is_empty());
        self.weight_groups = groups;
    }
}

fn keep(groups: &mut [WeightGroup], mut weight: DeclaredWeight) {
    weight.about = weight.about.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in weight.about.split(' ') {
        if let Some((key, value)) = word.split_once('=') {
            let kept = weight.attributes.entry(key.to_ascii_lowercase());
            kept.or_insert_with(|| value.to_owned());
        }
    }
    if let Some(group) = groups.last_mut() {
        group.weights.push(weight);
    }
}

fn attributes(tag: &BytesStart) -> BTreeMap<String, String> {
    let mut all = tag.attributes();
    let readable = all.with_checks(false).flatten();
    let pair =
        |one: quick_xml::events::attributes::Attribute| (one.key.as_ref().to_ascii_lowercase(), one.value.into_owned());
    readable.map(pair).collect()
}

fn group(tag: &BytesStart) -> WeightGroup {
    let mut attributes = attributes(tag);
    let name = ["name", "type"].iter().find_map(|key| attributes.remove(*key));
    WeightGroup {
        name: name.unwrap_or_default(),
        weights: Vec::new(),
    }
}

fn weight(tag: &BytesStart) -> DeclaredWeight {
    let mut attributes = attributes(tag);
    DeclaredWeight {
        id: attributes.remove("id").unwrap_or_default(),
        attributes,
        about: String::new(),
    }
}

/// Returns true if a line opens an element of this name.
pub(super) fn opens(line: &[u8], name: &[u8]) -> bool {
    let rest = line.strip_prefix(b"<").and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'>' | b' ' | b'\t' | b'/')))
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
