//! Weights of an event: their names, and the elements of XML that hold them.

use std::collections::HashMap;

/// Names of weights in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct WeightNames {
    pub(super) names: Vec<String>,
    places: HashMap<Vec<u8>, usize>,
}

impl WeightNames {
    /// Position of a name, which is added if it is new.
    pub(super) fn find(&mut self, name: &[u8]) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.names.push(String::from_utf8_lossy(name).into_owned());
        self.places.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    /// Position of a name that is probably at `place`: all events usually have the same weights in the same order.
    pub(super) fn expect(&mut self, place: usize, name: &[u8]) -> usize {
        match self
            .names
            .get(place)
            .is_some_and(|expected| expected.as_bytes() == name)
        {
            true => place,
            false => self.find(name),
        }
    }
}

/// `<name attributes>content`, up to the next sign that opens an element.
pub(super) struct WeightElement<'a> {
    pub(super) name: &'a [u8],
    attributes: &'a [u8],
    pub(super) content: &'a [u8],
}

impl<'a> WeightElement<'a> {
    /// Finds the next element, and moves `rest` behind it.
    pub(super) fn next(rest: &mut &'a [u8]) -> Option<Self> {
        let open = rest.iter().position(|byte| *byte == b'<')? + 1;
        let after = &rest[open..];
        let close = after.iter().position(|byte| *byte == b'>')?;
        let (tag, content) = (&after[..close], &after[close + 1..]);
        let length = content.iter().position(|byte| *byte == b'<').unwrap_or(content.len());
        *rest = &content[length..];
        let end = tag.iter().position(u8::is_ascii_whitespace).unwrap_or(tag.len());
        Some(Self {
            name: &tag[..end],
            attributes: &tag[end..],
            content: &content[..length],
        })
    }

    /// The value of an attribute, in quotes of either kind.
    pub(super) fn attribute(&self, name: &[u8]) -> Option<&'a [u8]> {
        let at = self.attributes.windows(name.len()).position(|window| window == name)?;
        let rest = self.attributes[at + name.len()..]
            .trim_ascii_start()
            .strip_prefix(b"=")?;
        let (quote, rest) = rest.trim_ascii_start().split_first()?;
        let end = rest.iter().position(|byte| byte == quote)?;
        Some(rest[..end].trim_ascii())
    }
}
