//! Arrays of numbers as NumPy saves them.
//!
//! The header is a Python literal with three entries, which NumPy always writes in the same form, so no parser of Python is needed. The crate
//! `ndarray-npy` 0.10 is no substitute for files from anywhere: it allocates what a header claims before it reads, so that a damaged header
//! of a few bytes ends the process, and it needs the element type before it reads the header.
//!
//! # Source
//! NumPy, `numpy.lib.format`, versions 1 to 3.

use std::path::Path;

use half::f16;
use ndarray::{ArrayViewD, IxDyn, ShapeBuilder};

use super::Precision;
use crate::error::{Error, Result};
use crate::file_kind::other_kind;

/// First bytes of a file.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
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
    parse(&bytes).map_err(|what| match bytes.starts_with(MAGIC) {
        true => Error::file(path, format!("is an array of NumPy that cannot be read: {what}")),
        false => {
            let otherwise = Error::file(path, format!("is no array of numbers that NumPy has written ({what})"));
            other_kind(path, "an array of numbers (.npy)", otherwise)
        }
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
    if kind.starts_with('[') {
        return Err("its elements are records of several fields: save each field as an array of its own".into());
    }
    let kind = kind.split(',').next().unwrap_or_default().trim_matches('\'');
    let values = elements(kind, data).ok_or_else(|| {
        format!(
            "its elements are {} (`{kind}`), and real numbers are needed: save `array.astype(float)`",
            described(kind)
        )
    })?;
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

/// The elements of a type that has a value in double precision, of either byte order.
fn elements(kind: &str, data: &[u8]) -> Option<Vec<f64>> {
    let (order, kind) = kind.split_at_checked(1)?;
    let is_big = match order {
        "<" | "|" => false,
        ">" => true,
        _ => return None,
    };
    Some(match kind {
        "f8" => numbers(data, is_big, f64::from_le_bytes),
        "f4" => numbers(data, is_big, |bytes| f64::from(f32::from_le_bytes(bytes))),
        "f2" => numbers(data, is_big, |bytes| f16::from_le_bytes(bytes).to_f64()),
        "i8" => numbers(data, is_big, |bytes| i64::from_le_bytes(bytes) as f64),
        "u8" => numbers(data, is_big, |bytes| u64::from_le_bytes(bytes) as f64),
        "i4" => numbers(data, is_big, |bytes| f64::from(i32::from_le_bytes(bytes))),
        "u4" => numbers(data, is_big, |bytes| f64::from(u32::from_le_bytes(bytes))),
        "i2" => numbers(data, is_big, |bytes| f64::from(i16::from_le_bytes(bytes))),
        "u2" => numbers(data, is_big, |bytes| f64::from(u16::from_le_bytes(bytes))),
        "i1" => numbers(data, false, |bytes| f64::from(i8::from_le_bytes(bytes))),
        "u1" | "b1" => numbers(data, false, |[byte]| f64::from(byte)),
        _ => return None,
    })
}

/// Name of the elements of other types.
fn described(kind: &str) -> &'static str {
    match kind.trim_start_matches(['<', '>', '|', '=']).chars().next() {
        Some('O') => "Python objects",
        Some('c') => "complex numbers",
        Some('f') => "numbers in extended precision",
        Some('U' | 'S' | 'a') => "text",
        Some('M' | 'm') => "times",
        _ => "of another type",
    }
}

/// Reorders an array in Fortran order row by row.
fn by_rows(shape: &[usize], values: Vec<f64>) -> Vec<f64> {
    match ArrayViewD::from_shape(IxDyn(shape).f(), &values) {
        Ok(array) => array.iter().copied().collect(),
        Err(_) => values, // as many numbers as the shape says: this does not happen
    }
}

/// Numbers of N bytes each, whose bytes are given to `read` in little-endian order.
fn numbers<const N: usize>(data: &[u8], is_big: bool, read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let number = |&chunk: &[u8; N]| {
        let mut bytes = chunk;
        if is_big {
            bytes.reverse();
        }
        read(bytes)
    };
    data.as_chunks().0.iter().map(number).collect()
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

    /// 1, 2, 3 in other types, as `np.array([1, 2, 3], dtype).tobytes()` gives them.
    #[test]
    fn all_ordinary_types_are_read() {
        for (kind, data) in [
            (">f8", [1.0_f64, 2.0, 3.0].map(f64::to_be_bytes).concat()),
            (">f4", [1.0_f32, 2.0, 3.0].map(f32::to_be_bytes).concat()),
            ("<f2", vec![0x00, 0x3c, 0x00, 0x40, 0x00, 0x42]),
            (">f2", vec![0x3c, 0x00, 0x40, 0x00, 0x42, 0x00]),
            (">i8", [1_i64, 2, 3].map(i64::to_be_bytes).concat()),
            ("<u8", [1_u64, 2, 3].map(u64::to_le_bytes).concat()),
            (">u4", [1_u32, 2, 3].map(u32::to_be_bytes).concat()),
            ("<i2", [1_i16, 2, 3].map(i16::to_le_bytes).concat()),
            (">u2", [1_u16, 2, 3].map(u16::to_be_bytes).concat()),
            ("|u1", vec![1, 2, 3]),
        ] {
            let header = file(&format!("'{kind}'"), "False", "(3,)");
            let array = parse(&[&header[..header.len() - 12], &data].concat()).unwrap();
            assert_eq!(array.values, [1.0, 2.0, 3.0], "{kind}");
        }
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
            (file("'|O'", "False", "(3,)"), "Python objects"),
            (file("'<c16'", "False", "(3,)"), "complex numbers"),
            (file("'<f16'", "False", "(3,)"), "extended precision"),
            (file("'<U8'", "False", "(3,)"), "text"),
            (file("[('a', '<f4')]", "False", "(3,)"), "records"),
            (file("'<f4'", "False", "(4,)"), "[4]"),
            (file("'<f4'", "False", "(18446744073709551615, 3)"), "shape"),
            (file("'<f4'", "False", "(-1,)"), "`-1`"),
        ] {
            let what = parse(&bytes).unwrap_err();
            assert!(what.contains(word), "{what}");
        }
    }
}
