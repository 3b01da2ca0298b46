//! Archives of named arrays, as `numpy.load` opens them.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use ndarray::ArrayViewD;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::Precision;
use super::npy;
use crate::error::{Error, Result};
use crate::file_kind::other_kind;
use crate::files::write_atomically;

/// Writes an archive of arrays, without compression; the same numbers give the same bytes.
///
/// # Errors
/// If the file cannot be written.
///
/// # Errors
/// Files that cannot be written.
///
/// # Source
/// NumPy, `numpy.lib.format`, version 1.
pub fn write_npz(path: &Path, arrays: &[(String, ArrayViewD<f64>)]) -> Result<()> {
    let bytes = archive(arrays, CompressionMethod::Stored)
        .map_err(|error| Error::file(path, format!("cannot be written: {error}")))?;
    write_atomically(path, &bytes)
}

fn archive(arrays: &[(String, ArrayViewD<f64>)], method: CompressionMethod) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default()); // so that the bytes do not depend on the time
    for (name, array) in arrays {
        writer.start_file(format!("{name}.npy"), options)?;
        writer.write_all(&npy::bytes(array, Precision::Double))?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The arrays of an archive that `numpy.savez` or `numpy.savez_compressed` has written, those of the given names.
pub(super) fn read(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, npy::Array>> {
    let file = std::fs::File::open(path).map_err(|error| Error::io(path, error))?;
    let broken = |error: zip::result::ZipError| {
        Error::file(
            path,
            format!(
                "is no archive of arrays, or is damaged ({error}): write it with `numpy.savez` or `numpy.savez_compressed`"
            ),
        )
    };
    let mut archive =
        ZipArchive::new(file).map_err(|error| other_kind(path, "an archive of arrays (.npz)", broken(error)))?;
    let mut arrays = BTreeMap::new();
    for k in 0..archive.len() {
        let mut entry = archive.by_index(k).map_err(broken)?;
        let name = entry.name().map_err(broken)?.trim_end_matches(".npy").to_owned();
        if !wanted(&name) {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| Error::io(path, error))?;
        let array =
            npy::parse(&bytes).map_err(|what| Error::file(path, format!("has an array `{name}`, but {what}")))?;
        arrays.insert(name, array);
    }
    Ok(arrays)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn compressed_archives_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.npz");
        let numbers = array![[1.0, -0.1], [4.0, 1e-300]];
        let arrays = [("x".to_owned(), numbers.view().into_dyn())];
        // What `numpy.savez_compressed` does.
        std::fs::write(&path, archive(&arrays, CompressionMethod::Deflated).unwrap()).unwrap();
        let found = read(&path, |_| true).unwrap();
        assert_eq!(found["x"].shape, [2, 2]);
        assert_eq!(found["x"].values, [1.0, -0.1, 4.0, 1e-300]);
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.npz");
        let numbers = array![[1.0, -0.1, f64::INFINITY], [4.0, 5.0, 1e-300]];
        write_npz(
            &path,
            &[
                ("theta".into(), numbers.view().into_dyn()),
                ("other".into(), numbers.t().into_dyn()),
            ],
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
            &[
                ("theta".into(), numbers.view().into_dyn()),
                ("other".into(), numbers.t().into_dyn()),
            ],
        )
        .unwrap();
        assert_eq!(bytes, std::fs::read(&path).unwrap());
    }
}
