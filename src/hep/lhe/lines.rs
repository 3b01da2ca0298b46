//! The lines of a file, plain or compressed: comments are taken out, and a structural tag is a line of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::tags::{COMMENT, VERBATIM, behind, closes, marked, opens, structural_tag};
use motherlode_core::error::{Error, Result};
use motherlode_core::file_kind::{kind_of, other_kind};

/// Longest line, and longest tag, of an event file; a file without ends of lines is none.
const LONGEST: u64 = 1 << 20;

/// The lines of a file, one after another.
///
/// XML does not care where a line ends, and generators write `<event>` or `<initrwgt>` with text beside it or comments around it. A tag
/// that [structures](structural_tag) the file therefore is a line of its own here, with what surrounds it before and after; lines of
/// `<!-- comments -->` are left out. Nothing is a comment or a tag inside of `<![CDATA[ … ]]>` and in lines that begin with `#`.
pub(super) struct Lines<'a> {
    path: PathBuf,
    stream: Box<dyn BufRead + Send + 'a>,
    /// Text that was read, without comments.
    text: Vec<u8>,
    /// Where the line that was read last lies in `text`.
    line: Range<usize>,
    /// Number of the line of the file.
    number: u64,
    /// Number of the line in which a comment begins that has not ended.
    comment: Option<u64>,
    /// True within `<![CDATA[ … ]]>`: after the text, and at the beginning of the line that is read next.
    is_verbatim: bool,
    begins_verbatim: bool,
    /// True if the line that was read last begins within such a part, where nothing is a tag.
    is_text: bool,
}

impl<'a> Lines<'a> {
    /// Opens a file, compressed by gzip or not: its first bytes say which.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        Self::over(path, BufReader::with_capacity(1 << 17, file))
    }

    /// The lines of a stream; errors name it by `path`.
    pub(super) fn over(path: &Path, mut stream: impl BufRead + Send + 'a) -> Result<Self> {
        let start = stream.fill_buf().map_err(|error| Error::io(path, error))?;
        let stream: Box<dyn BufRead + Send + 'a> = match start {
            [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(1 << 17, MultiGzDecoder::new(stream))),
            _ => Box::new(stream),
        };
        Ok(Self {
            path: path.to_owned(),
            stream,
            text: Vec::new(),
            line: 0..0,
            number: 0,
            comment: None,
            is_verbatim: false,
            begins_verbatim: false,
            is_text: false,
        })
    }

    /// The next line without surrounding space; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>> {
        let rest = self.line.end..self.text.len();
        if rest.is_empty() {
            self.text.clear();
            self.line = 0..0;
            self.begins_verbatim = self.is_verbatim;
            loop {
                if !self.append()? {
                    return Ok(None);
                }
                if self.comment.is_none() || !self.text.is_empty() {
                    break;
                }
            }
        }
        self.line = self.line.end..self.text.len();
        self.is_text = self.begins_verbatim;
        let last = self.last();
        if last.contains(&b'<') && !last.starts_with(b"#") {
            self.divide()?;
        }
        Ok(Some(self.last()))
    }

    /// The line that was read last.
    pub(super) fn last(&self) -> &[u8] {
        self.text[self.line.clone()].trim_ascii()
    }

    /// Returns true if the line that was read last opens an element of this name.
    pub(super) fn opens(&self, name: &[u8]) -> bool {
        !self.is_text && opens(self.last(), name)
    }

    /// Returns true if the line that was read last closes an element of this name.
    pub(super) fn closes(&self, name: &[u8]) -> bool {
        !self.is_text && closes(self.last(), name)
    }

    /// Ends the line before the next structural tag, or behind the one that it begins with.
    fn divide(&mut self) -> Result<()> {
        let Range { start, end } = self.line;
        let Some(at) = structural_tag(&self.text[start..end], self.begins_verbatim) else {
            return Ok(());
        };
        self.begins_verbatim = false;
        let tag = start + at;
        if !self.text[start..tag].trim_ascii().is_empty() {
            self.line.end = tag;
            return Ok(());
        }
        loop {
            match self.text[tag..].iter().position(|byte| *byte == b'>') {
                Some(close) => {
                    self.line = tag..tag + close + 1;
                    if self.text[self.line.end..].trim_ascii().is_empty() {
                        self.text.truncate(self.line.end);
                    }
                    return Ok(());
                }
                None if self.text.len() as u64 >= LONGEST || !self.append()? => {
                    return Err(self.wrong("is the end of the file, within a tag: it is truncated"));
                }
                None => (),
            }
        }
    }

    /// Appends the next line of the file to the text, without comments; false at the end of the file.
    fn append(&mut self) -> Result<bool> {
        let from = self.text.len();
        let read = (&mut self.stream).take(LONGEST).read_until(b'\n', &mut self.text);
        let length = read.map_err(|error| {
            Error::file(
                &self.path,
                format!(
                    "cannot be read beyond line {} ({error}): the file is truncated or damaged, fetch it again",
                    self.number
                ),
            )
        })?;
        if length as u64 == LONGEST {
            return Err(self.wrong("has over a million letters: this is no file of events"));
        }
        self.number += 1;
        if length == 0 {
            return match self.comment {
                Some(line) => Err(self.wrong(&format!(
                    "is the end of the file, within the comment that begins in line {line}"
                ))),
                None => Ok(false),
            };
        }
        let is_plain = self.comment.is_none() && (!self.text[from..].contains(&b'<') && !self.is_verbatim);
        if !is_plain {
            self.leave_out_comments(from);
        }
        Ok(true)
    }

    /// Takes comments out of the text from `from` on, and notes whether a comment or a verbatim part goes on in the next line.
    fn leave_out_comments(&mut self, from: usize) {
        let mut at = from;
        loop {
            if self.comment.is_some() {
                let end = behind(&self.text[at..], COMMENT.1).map(|end| at + end);
                self.text.drain(at..end.unwrap_or(self.text.len()));
                if end.is_none() {
                    return;
                }
                self.comment = None;
            } else if self.is_verbatim {
                let Some(end) = behind(&self.text[at..], VERBATIM.1) else {
                    return;
                };
                at += end;
                self.is_verbatim = false;
            }
            let rest = &self.text[at..];
            let is_note = rest.trim_ascii_start().starts_with(b"#");
            let Some(mark) = marked(rest).filter(|_| !is_note) else {
                return;
            };
            at += mark;
            match self.text[at..].starts_with(COMMENT.0) {
                true => self.comment = Some(self.number),
                false => self.is_verbatim = true,
            }
        }
    }

    /// The error of a file whose first line is that of another kind of file.
    pub(super) fn no_events(&self) -> Error {
        let otherwise = self.wrong("must be <LesHouchesEvents version=\"…\">");
        match kind_of(self.last()) {
            Some(what) => Error::file(&self.path, format!("{what}; here a Les Houches file is needed")),
            None => other_kind(&self.path, "a Les Houches file", otherwise),
        }
    }

    /// Something is wrong in the line that was read last.
    pub(super) fn wrong(&self, what: &str) -> Error {
        Error::file(
            &self.path,
            format!("is no Les Houches file that makes sense: line {} {what}", self.number),
        )
    }
}

impl std::fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} of {}", self.number, self.path.display())
    }
}

/// Splits a line at its spaces.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// A finite number as programs in C, Python and Fortran write it: `+1.0e-2`, `-.5`, `1.D+02`, `1.0-101`.
pub(super) fn number(word: &[u8]) -> Option<f64> {
    let word = std::str::from_utf8(word).ok()?;
    let plain = word.parse().ok().or_else(|| fortran(word));
    plain.filter(|value: &f64| value.is_finite())
}

/// Fortran's exponents have a D, or no letter at all if they have three digits.
fn fortran(word: &str) -> Option<f64> {
    let lower = word.to_ascii_lowercase().replace('d', "e");
    let sign = lower.rfind(['+', '-']).filter(|at| *at > 0);
    match sign {
        Some(at) if lower.as_bytes()[at - 1].is_ascii_digit() => {
            format!("{}e{}", &lower[..at], &lower[at..]).parse().ok()
        }
        _ => lower.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_languages_are_read() {
        let read = |word: &str| number(word.as_bytes());
        assert_eq!(read("+1.0e-2"), Some(0.01));
        assert_eq!(read("-.93544317E+03"), Some(-935.44317));
        assert_eq!(read("2d0"), Some(2.0));
        assert_eq!(read("0.5D-03"), Some(0.0005));
        assert_eq!(read("1.5-101"), Some(1.5e-101));
        assert_eq!(read("-7"), Some(-7.0));
        for wrong in ["", "-", "NaN", "inf", "1e999", "********", "0x1", "1,5", "1.5-", "ä"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_without_ends_of_lines_is_refused() {
        let letters = vec![b'x'; 2 << 20];
        let mut lines = Lines::over(Path::new("x"), letters.as_slice()).unwrap();
        assert!(lines.next().unwrap_err().to_string().contains("over a million letters"));
    }
}
