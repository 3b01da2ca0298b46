//! Tags of XML: which ones structure a file, their names and attributes.

use std::borrow::Cow;

/// Elements that structure a file.
const STRUCTURE: [&[u8]; 6] = [
    b"LesHouchesEvents",
    b"header",
    b"initrwgt",
    b"init",
    b"eventgroup",
    b"event",
];

/// Beginning and end of a comment.
pub(super) const COMMENT: (&[u8], &[u8]) = (b"<!--", b"-->");
/// Beginning and end of text without tags.
pub(super) const VERBATIM: (&[u8], &[u8]) = (b"<![CDATA[", b"]]>");

/// Position of the first tag that opens or closes a structural element; the text may begin within a verbatim part.
pub(super) fn structural_tag(text: &[u8], begins_verbatim: bool) -> Option<usize> {
    let mut at = match begins_verbatim {
        true => behind(text, VERBATIM.1)?,
        false => 0,
    };
    loop {
        at += opening(&text[at..])?;
        let tag = &text[at..];
        // Most tags are weights: one letter tells.
        let name = tag.strip_prefix(b"</").unwrap_or(&tag[1..]);
        if matches!(name.first(), Some(b'L' | b'h' | b'i' | b'e'))
            && STRUCTURE.iter().any(|known| is_named(name, known))
        {
            return Some(at);
        }
        at += match tag.starts_with(VERBATIM.0) {
            true => behind(tag, VERBATIM.1)?,
            false => 1,
        };
    }
}

/// Position of the first comment or verbatim part.
pub(super) fn marked(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += opening(&text[at..])?;
        if text[at..].starts_with(COMMENT.0) || text[at..].starts_with(VERBATIM.0) {
            return Some(at);
        }
        at += 1;
    }
}

/// Position behind the first `mark`.
pub(super) fn behind(text: &[u8], mark: &[u8]) -> Option<usize> {
    let at = text.windows(mark.len()).position(|window| window == mark);
    at.map(|at| at + mark.len())
}

fn opening(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| *byte == b'<')
}

/// Returns true if a line opens an element of this name.
pub(super) fn opens(line: &[u8], name: &[u8]) -> bool {
    line.strip_prefix(b"<").is_some_and(|rest| is_named(rest, name))
}

/// Returns true if a line closes an element of this name.
pub(super) fn closes(line: &[u8], name: &[u8]) -> bool {
    line.strip_prefix(b"</").is_some_and(|rest| is_named(rest, name))
}

fn is_named(tag: &[u8], name: &[u8]) -> bool {
    let rest = tag.strip_prefix(name);
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'>' | b'/')) || rest[0].is_ascii_whitespace())
}

/// An element without elements inside: `<name attributes>content`, up to the next sign that opens a tag.
pub(super) struct Element<'a> {
    pub(super) name: &'a [u8],
    attributes: &'a [u8],
    pub(super) content: &'a [u8],
}

impl<'a> Element<'a> {
    /// Finds the next element, and moves `rest` behind it.
    pub(super) fn next(rest: &mut &'a [u8]) -> Option<Self> {
        let open = opening(rest)? + 1;
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
    pub(super) fn attribute(&self, name: &[u8]) -> Option<Cow<'a, [u8]>> {
        let mut rest = self.attributes.trim_ascii_start();
        loop {
            let equals = rest.iter().position(|byte| *byte == b'=')?;
            let key = rest[..equals].trim_ascii();
            let (quote, after) = rest[equals + 1..].trim_ascii_start().split_first()?;
            let end = after.iter().position(|byte| byte == quote)?;
            if key == name {
                return Some(unescaped(after[..end].trim_ascii()));
            }
            rest = after[end + 1..].trim_ascii_start();
        }
    }
}

/// A value with `&lt;` and its like replaced by what they stand for.
fn unescaped(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'&') {
        return Cow::Borrowed(value);
    }
    let text = String::from_utf8_lossy(value);
    match quick_xml::escape::unescape(&text) {
        Ok(plain) => Cow::Owned(plain.into_owned().into_bytes()),
        Err(_) => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_found_by_its_whole_name() {
        let mut text: &[u8] = b"<wgt pid='1' id = \"a&lt;b\" >2</wgt>";
        let element = Element::next(&mut text).unwrap();
        let value = |name: &[u8]| {
            element
                .attribute(name)
                .map(|value| String::from_utf8(value.into_owned()).unwrap())
        };
        assert_eq!(value(b"id").as_deref(), Some("a<b"));
        assert_eq!(value(b"pid").as_deref(), Some("1"));
        assert_eq!(value(b"name"), None);
        assert_eq!((element.name, element.content), (b"wgt".as_slice(), b"2".as_slice()));
    }

    #[test]
    fn tags_that_structure_a_file_are_found() {
        assert_eq!(structural_tag(b"<wgt id='1'>2</wgt></event>", false), Some(19));
        assert_eq!(structural_tag(b"<events> <initial> <eventful", false), None);
        assert_eq!(structural_tag(b"text <event trials='3'>", false), Some(5));
        assert_eq!(structural_tag(b"<event> ]]> </event>", true), Some(12));
        assert_eq!(structural_tag(b"<![CDATA[ <event>", false), None);
    }
}
