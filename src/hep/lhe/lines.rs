//! The lines of a file, plain or compressed, with their numbers.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use motherlode_core::error::{Error, Result};

/// No line of an event file is longer; a file without ends of lines is none.
const LONGEST: u64 = 1 << 20;

/// The lines of a file, one after another.
pub(super) struct Lines<'a> {
    path: PathBuf,
    stream: Box<dyn BufRead + Send + 'a>,
    line: Vec<u8>,
    number: u64,
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
            line: Vec::new(),
            number: 0,
        })
    }

    /// The next line without surrounding space; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>> {
        self.line.clear();
        let read = (&mut self.stream).take(LONGEST).read_until(b'\n', &mut self.line);
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
        Ok((length > 0).then(|| self.line.trim_ascii()))
    }

    /// The line that was read last.
    pub(super) fn last(&self) -> &[u8] {
        self.line.trim_ascii()
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
