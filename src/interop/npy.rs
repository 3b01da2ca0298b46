//! Rows of numbers as NumPy saves them.
//!
//! The header is a literal of Python with three entries that NumPy always writes alike; to read just that takes no parser
//! of Python.
//!
//! # Source
//! NumPy, `numpy.lib.format`, versions 1 to 3.

use std::path::Path;

use crate::error::{Error, Result};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Numbers of an array of any shape, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

/// Reads an array of real numbers.
pub(super) fn read(path: &Path) -> Result<Array> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
    parse(&bytes).map_err(|what| {
        let what = format!("is no array of numbers that NumPy has written, or is damaged ({what})");
        Error::file(path, what)
    })
}

/// The one row of an array with one axis.
pub(super) fn read_row(path: &Path) -> Result<Vec<f64>> {
    let Array { shape, values } = read(path)?;
    match (shape.len(), values.iter().all(|value| value.is_finite())) {
        (1, true) => Ok(values),
        (1, false) => Err(Error::file(path, "holds values that are not finite")),
        _ => Err(Error::file(path, format!("has shape {shape:?}, expected one axis"))),
    }
}

fn parse(bytes: &[u8]) -> std::result::Result<Array, String> {
    let truncated = || "it ends too early".to_owned();
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or("it does not begin as such a file does")?;
    let (&[major, _minor], rest) = rest.split_first_chunk().ok_or_else(truncated)?;
    let (length, rest) = if major == 1 {
        let (length, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        (u32::from_le_bytes(*length) as usize, rest)
    };
    let (header, data) = rest.split_at_checked(length).ok_or_else(truncated)?;
    let header = std::str::from_utf8(header).map_err(|error| error.to_string())?;
    let shape = shape(header)?;
    if entry(header, "fortran_order")?.starts_with("True") && shape.len() > 1 {
        return Err("its columns come before its rows: save `numpy.ascontiguousarray` of it".into());
    }
    let count = shape.iter().try_fold(1_usize, |n, &axis| n.checked_mul(axis));
    let kind = entry(header, "descr")?;
    let values: Vec<f64> = if kind.starts_with("'<f8'") {
        data.as_chunks()
            .0
            .iter()
            .map(|&chunk| f64::from_le_bytes(chunk))
            .collect()
    } else if kind.starts_with("'<f4'") {
        let chunks = data.as_chunks().0.iter();
        chunks.map(|&chunk| f64::from(f32::from_le_bytes(chunk))).collect()
    } else {
        let kind = kind.split(',').next().unwrap_or_default();
        return Err(format!("its elements are {kind}, expected '<f4' or '<f8'"));
    };
    match count {
        Some(count) if count == values.len() => Ok(Array { shape, values }),
        _ => Err(format!(
            "it has {} values, but says that its shape is {shape:?}",
            values.len()
        )),
    }
}

/// What follows `'key': ` in the header.
fn entry<'a>(header: &'a str, key: &str) -> std::result::Result<&'a str, String> {
    let quoted = format!("'{key}':");
    let (_, value) = header
        .split_once(&quoted)
        .ok_or_else(|| format!("its header has no `{key}`"))?;
    Ok(value.trim_start())
}

fn shape(header: &str) -> std::result::Result<Vec<usize>, String> {
    let inner = entry(header, "shape")?
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .ok_or("its shape is no tuple")?
        .0;
    let axes = inner.split(',').map(str::trim).filter(|axis| !axis.is_empty());
    axes.map(|axis| axis.parse().map_err(|_| format!("its shape has an axis `{axis}`")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.save` of `[[1, 2, 3]]` in single precision.
    fn file(descr: &str, order: &str, shape: &str) -> Vec<u8> {
        let header = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
        let header = format!("{header:<117}\n");
        let mut bytes = [MAGIC, &[1, 0, header.len() as u8, 0], header.as_bytes()].concat();
        [1.0_f32, 2.0, 3.0]
            .iter()
            .for_each(|value| bytes.extend(value.to_le_bytes()));
        bytes
    }

    #[test]
    fn arrays_are_read() {
        let array = parse(&file("'<f4'", "False", "(1, 3)")).unwrap();
        assert_eq!(
            array,
            Array {
                shape: vec![1, 3],
                values: vec![1.0, 2.0, 3.0]
            }
        );
        assert_eq!(parse(&file("'<f4'", "False", "(3,)")).unwrap().shape, [3]);
    }

    #[test]
    fn damaged_arrays_are_refused_in_words() {
        let good = file("'<f4'", "False", "(3,)");
        for end in 0..good.len() {
            assert!(parse(&good[..end]).is_err(), "{end} bytes");
        }
        for (bytes, word) in [
            (file("'>f4'", "False", "(3,)"), "'>f4'"),
            (file("'|O'", "False", "(3,)"), "'|O'"),
            (file("'<f4'", "True", "(1, 3)"), "ascontiguousarray"),
            (file("'<f4'", "False", "(4,)"), "[4]"),
            (file("'<f4'", "False", "(18446744073709551615, 3)"), "shape"),
            (file("'<f4'", "False", "(-1,)"), "`-1`"),
        ] {
            let what = parse(&bytes).unwrap_err();
            assert!(what.contains(word), "{what}");
        }
    }
}
