//! Arrays by name, as `numpy.load` opens them.

use std::io::{Cursor, Write};
use std::path::Path;

use ndarray::ArrayView2;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::{Error, Result};
use crate::file::write_atomically;

/// What NumPy aligns the numbers to.
const ALIGNMENT: usize = 64;

/// Writes an archive of arrays, without compression; the same bytes for the same numbers.
///
/// # Source
/// NumPy, `numpy.lib.format`, version 1.
pub(crate) fn write_npz(path: &Path, arrays: &[(String, ArrayView2<f64>)]) -> Result<()> {
    let bytes = archive(arrays).map_err(|error| Error::file(path, format!("cannot be written: {error}")))?;
    write_atomically(path, &bytes)
}

fn archive(arrays: &[(String, ArrayView2<f64>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default()); // a file says what was computed, not when
    for (name, array) in arrays {
        writer.start_file(format!("{name}.npy"), options)?;
        writer.write_all(&header(array.dim()))?;
        let bytes: Vec<u8> = array.iter().flat_map(|number| number.to_le_bytes()).collect();
        writer.write_all(&bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The magic number, the version, the length of the rest, and what the array is, padded with spaces.
fn header((rows, columns): (usize, usize)) -> Vec<u8> {
    let before = super::npy::MAGIC.len() + 4;
    let what = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let length = (before + what.len() + 1).next_multiple_of(ALIGNMENT) - before;
    let mut header = super::npy::MAGIC.to_vec();
    header.extend([1, 0]);
    header.extend((length as u16).to_le_bytes());
    header.extend(format!("{what:<width$}\n", width = length - 1).into_bytes());
    header
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.npz");
        let numbers = array![[1.0, -0.1, f64::INFINITY], [4.0, 5.0, 1e-300]];
        write_npz(
            &path,
            &[("theta".into(), numbers.view()), ("other".into(), numbers.t())],
        )
        .unwrap();
        let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
        for (name, shape, expected) in [
            ("theta.npy", [2, 3], numbers.clone()),
            ("other.npy", [3, 2], numbers.t().to_owned()),
        ] {
            let inner = directory.path().join(name);
            let mut file = std::fs::File::create(&inner).unwrap();
            std::io::copy(&mut archive.by_name(name).unwrap(), &mut file).unwrap();
            let read = super::super::npy::read(&inner).unwrap();
            assert_eq!(
                (read.shape, read.values),
                (shape.to_vec(), expected.iter().copied().collect())
            );
        }
        let bytes = std::fs::read(&path).unwrap();
        write_npz(
            &path,
            &[("theta".into(), numbers.view()), ("other".into(), numbers.t())],
        )
        .unwrap();
        assert_eq!(bytes, std::fs::read(&path).unwrap());
    }
}
