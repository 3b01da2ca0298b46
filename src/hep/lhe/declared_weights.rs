//! The weights that a file declares, and the groups that they belong to.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::lines::number;

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

/// The weights of an `<initrwgt>` block.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    pub groups: Vec<WeightGroup>,
    /// Note on a text that cannot be understood to its end.
    pub note: Option<String>,
}

impl Declarations {
    /// Reads declarations, which generators wrap in CDATA or not.
    ///
    /// # Errors
    /// Names a weight that is declared twice, in two ways: a weight of this name would be either.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let bare = text.replace("<![CDATA[", "").replace("]]>", "");
        let mut reader = Reader::from_str(&bare);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let mut declarations = Self::default();
        declarations.groups.push(WeightGroup::default());
        let mut open: Option<DeclaredWeight> = None;
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) if tag.name().as_ref() == "weightgroup" => declarations.groups.push(group(&tag)),
                Ok(Event::Start(tag)) if tag.name().as_ref() == "weight" => open = Some(weight(&tag)),
                Ok(Event::Empty(tag)) if tag.name().as_ref() == "weight" => declarations.keep(weight(&tag))?,
                Ok(Event::Text(words)) => {
                    if let Some(open) = &mut open {
                        open.about.push_str(words.as_ref());
                    }
                }
                Ok(Event::End(tag)) => match tag.name().as_ref() {
                    "weight" => open.take().map_or(Ok(()), |weight| declarations.keep(weight))?,
                    "weightgroup" => declarations.groups.push(WeightGroup::default()),
                    _ => (),
                },
                Ok(Event::Eof) => break,
                Ok(_) => (),
                Err(error) => {
                    declarations.note = Some(format!(
                        "the declarations of weights in <initrwgt> cannot be understood to their end ({error}); weights are still known \
                         by the names that events give them"
                    ));
                    break;
                }
            }
        }
        declarations.groups.retain(|group| !group.weights.is_empty());
        Ok(declarations)
    }

    /// Adds a weight to the last group, unless it was declared before in the same way, as some files do.
    fn keep(&mut self, mut weight: DeclaredWeight) -> Result<(), String> {
        weight.about = weight.about.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in weight.about.split(' ') {
            if let Some((key, value)) = word.split_once('=') {
                let kept = weight.attributes.entry(key.to_ascii_lowercase());
                kept.or_insert_with(|| value.to_owned());
            }
        }
        let known = self.groups.iter().flat_map(|group| &group.weights);
        let mut known = known.filter(|known| known.id == weight.id);
        match known.next() {
            Some(known) if *known == weight => Ok(()),
            Some(_) => Err(weight.id),
            None => {
                let last = self.groups.last_mut();
                last.into_iter().for_each(|group| group.weights.push(weight.clone()));
                Ok(())
            }
        }
    }
}

fn attributes(tag: &BytesStart) -> BTreeMap<String, String> {
    let mut all = tag.attributes();
    let readable = all.with_checks(false).flatten();
    let pair = |one: quick_xml::events::attributes::Attribute| {
        let plain = quick_xml::escape::unescape(&one.value).map(|plain| plain.into_owned());
        let value = plain.unwrap_or_else(|_| one.value.clone().into_owned());
        (one.key.as_ref().to_ascii_lowercase(), value)
    };
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
