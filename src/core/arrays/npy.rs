//! Arrays of numbers as NumPy saves them.
//!
//! The header is a Python literal with three entries, which NumPy always writes in the same form, so no parser of Python is needed. The crate
//! `ndarray-npy` 0.10 is no substitute for files from anywhere: it allocates what a header claims before it reads, so that a damaged header
//! of a few bytes ends the process, and it needs the element type before it reads the header.
//!
//! # Source
//! NumPy, `numpy.lib.format`, versions 1 to 3.

use std::path::Path;

use ndarray::{ArrayViewD, IxDyn, ShapeBuilder};

use super::Precision;
use crate::error::{Error, Result};

const MAGIC: &[u8] = b"\x93NUMPY";
/// Alignment of the numbers, bytes.
const ALIGNMENT: usize = 64;

/// An array of any shape, row by row.
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

/// The bytes of a file, as `numpy.load` opens it: format version 1, row by row.
pub(super) fn bytes(array: &ArrayViewD<f64>, precision: Precision) -> Vec<u8> {
    let kind = match precision {
        Precision::Single => "<f4",
        Precision::Double => "<f8",
    };
    let mut bytes = header(kind, array.shape());
    match precision {
        Precision::Single => bytes.extend(array.iter().flat_map(|number| (*number as f32).to_le_bytes())),
        Precision::Double => bytes.extend(array.iter().flat_map(|number| number.to_le_bytes())),
    }
    bytes
}

/// The magic number, the version, the length of the rest, and what the array is, padded with spaces.
fn header(kind: &str, shape: &[usize]) -> Vec<u8> {
    let before = MAGIC.len() + 4;
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if axes.len() == 1 { "," } else { "" };
    let shape = format!("({}{comma})", axes.join(", "));
    let what = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let length = (before + what.len() + 1).next_multiple_of(ALIGNMENT) - before;
    let mut header = MAGIC.to_vec();
    header.extend([1, 0]);
    header.extend((length as u16).to_le_bytes());
    header.extend(format!("{what:<width$}\n", width = length - 1).into_bytes());
    header
}

/// Reads an array with one axis.
///
/// # Errors
/// If the file cannot be read, the array has another number of axes, or a number is not finite.
pub fn read_row(path: &Path) -> Result<Vec<f64>> {
    let Array { shape, values } = read(path)?;
    match (shape.len(), values.iter().all(|value| value.is_finite())) {
        (1, true) => Ok(values),
        (1, false) => Err(Error::file(path, "holds values that are not finite")),
        _ => Err(Error::file(path, format!("has shape {shape:?}, expected one axis"))),
    }
}

pub(super) fn parse(bytes: &[u8]) -> std::result::Result<Array, String> {
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
    let by_columns = entry(header, "fortran_order")?.starts_with("True");
    let count = shape.iter().try_fold(1_usize, |n, &axis| n.checked_mul(axis));
    let kind = entry(header, "descr")?;
    let kind = kind.split(',').next().unwrap_or_default();
    let values: Vec<f64> = match kind.trim_matches('\'') {
        "<f8" => numbers(data, f64::from_le_bytes),
        "<f4" => numbers(data, |bytes| f64::from(f32::from_le_bytes(bytes))),
        "<i8" => numbers(data, |bytes| i64::from_le_bytes(bytes) as f64),
        "<i4" => numbers(data, |bytes| f64::from(i32::from_le_bytes(bytes))),
        "|i1" => numbers(data, |bytes| f64::from(i8::from_le_bytes(bytes))),
        "|u1" | "|b1" => numbers(data, |[byte]| f64::from(byte)),
        _ => {
            return Err(format!(
                "its elements are {kind}, expected '<f4' or '<f8', or whole numbers: save `array.astype(float)`"
            ));
        }
    };
    match count {
        Some(count) if count == values.len() => Ok(Array {
            values: if by_columns { by_rows(&shape, values) } else { values },
            shape,
        }),
        _ => Err(format!(
            "it has {} values, but says that its shape is {shape:?}",
            values.len()
        )),
    }
}

/// Reorders an array in Fortran order row by row.
fn by_rows(shape: &[usize], values: Vec<f64>) -> Vec<f64> {
    match ArrayViewD::from_shape(IxDyn(shape).f(), &values) {
        Ok(array) => array.iter().copied().collect(),
        Err(_) => values, // as many numbers as the shape says: this does not happen
    }
}

fn numbers<const N: usize>(data: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    data.as_chunks().0.iter().map(|&chunk| read(chunk)).collect()
}

/// The text after `'key': ` in the header.
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
        assert_eq!(parse(&file("'<f4'", "True", "(3,)")).unwrap().values, [1.0, 2.0, 3.0]);
    }

    /// `numpy.save` of the transpose of `[[1, 2, 3], [4, 5, 6]]`, which NumPy does not put in order.
    #[test]
    fn columns_before_rows_are_put_in_order() {
        let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let view = ArrayViewD::from_shape(IxDyn(&[3, 2]), &numbers).unwrap();
        let written = bytes(&view, Precision::Double);
        let fortran = String::from_utf8_lossy(&written[10..128]).replace("False", "True ");
        let file = [&written[..10], fortran.as_bytes(), &written[128..]].concat();
        assert_eq!(parse(&file).unwrap().values, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
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
            (file("'<f4'", "False", "(4,)"), "[4]"),
            (file("'<f4'", "False", "(18446744073709551615, 3)"), "shape"),
            (file("'<f4'", "False", "(-1,)"), "`-1`"),
        ] {
            let what = parse(&bytes).unwrap_err();
            assert!(what.contains(word), "{what}");
        }
    }
}
