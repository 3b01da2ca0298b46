//! Kinds of files by their first bytes, so that a sound file of another kind is called what it is, not damaged.

use std::io::Read;
use std::path::Path;

use crate::arrays;
use crate::error::Error;

/// Bytes that are looked at.
const START: u64 = 4096;

/// A kind of files: how one begins, what it is, and what to do with it.
struct Kind {
    /// Position and value of the bytes that every file of this kind has.
    mark: (usize, &'static [u8]),
    /// Continues a sentence that begins with the name of the file.
    what: &'static str,
}

const fn kind(mark: (usize, &'static [u8]), what: &'static str) -> Kind {
    Kind { mark, what }
}

const KINDS: &[Kind] = &[
    kind(
        (0, b"root\0"),
        "is a ROOT file: write its branches as arrays (`uproot` and `numpy.savez` in Python)",
    ),
    kind((0, b"HepMC::Version"), HEPMC),
    kind(
        (0, b"<LesHouchesEvents"),
        "is a Les Houches file: name it in an analysis, and `motherlode import ANALYSIS.toml`",
    ),
    kind((0, b"\xfd7zXZ\0"), "is compressed by xz: decompress it first (`unxz`)"),
    kind((0, b"BZh"), "is compressed by bzip2: decompress it first (`bunzip2`)"),
    kind(
        (0, b"\x28\xb5\x2f\xfd"),
        "is compressed by zstd: decompress it first (`unzstd`)",
    ),
    kind(
        (0, b"\x1f\x8b"),
        "is compressed by gzip, and is no Les Houches file: decompress it first (`gunzip`)",
    ),
    kind(
        (0, b"7z\xbc\xaf\x27\x1c"),
        "is a 7z archive: extract the files that it holds",
    ),
    kind((257, b"ustar"), "is a tar archive: extract the files that it holds"),
    kind(
        (0, b"PK\x03\x04"),
        "is a zip archive, as NumPy (.npz) and PyTorch write",
    ),
    kind((0, b"\x93NUMPY"), "is an array of NumPy (.npy)"),
    kind((0, b"\x89HDF\r\n\x1a\n"), "is an HDF5 file"),
    kind((0, b"PAR1"), "is a Parquet file: save its columns with `numpy.savez`"),
    kind((0, b"ARROW1"), "is an Arrow file: save its columns with `numpy.savez`"),
    kind(
        (0, b"MATLAB 5.0"),
        "is a MATLAB file of version 5: save it with `-v7.3`, or as .npz with SciPy",
    ),
    kind((0, b"SIMPLE  ="), "is a FITS file: save its columns with `numpy.savez`"),
    kind((0, b"\x80\x02"), PICKLE),
    kind((0, b"\x80\x03"), PICKLE),
    kind((0, b"\x80\x04"), PICKLE),
    kind((0, b"\x80\x05"), PICKLE),
];

const HEPMC: &str = "is a HepMC file: it has particles after the shower and no observables; simulate the detector (Delphes) or compute \
                     observables (`pyhepmc`), and save arrays with `numpy.savez`";
const PICKLE: &str =
    "is a Python pickle, which is not read because reading may execute it: save arrays with `numpy.savez`";

/// Describes the kind of a file by its first bytes, as the end of a sentence that begins with its name; `None` if it is not known.
pub fn kind_of(start: &[u8]) -> Option<&'static str> {
    // Blank lines and a byte order mark may precede text.
    let text = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
    let text = text.trim_ascii_start();
    let begins = |kind: &&Kind| {
        let (at, bytes) = kind.mark;
        start.get(at..).is_some_and(|rest| rest.starts_with(bytes)) || (at == 0 && text.starts_with(bytes))
    };
    KINDS.iter().find(begins).map(|kind| kind.what)
}

/// The error of a file that is of another kind than was `needed`, or `otherwise` if its kind is not known.
pub fn other_kind(path: &Path, needed: &str, otherwise: Error) -> Error {
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(START).read_to_end(&mut start));
    let what = read.ok().and_then(|_| kind_of(&start));
    let inside = arrays::hdf5_contents(path);
    match inside.as_deref().or(what) {
        Some(what) => Error::file(path, format!("{what}; here {needed} is needed")),
        None => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let mut tar = vec![0; 300];
        tar[257..262].copy_from_slice(b"ustar");
        for (start, word) in [
            (b"root\0\0\xf2\x32".as_slice(), "ROOT"),
            (b"\n\nHepMC::Version 3.02.05\n", "HepMC"),
            (b"BZh91AY", "bzip2"),
            (b"\xfd7zXZ\0\0", "xz"),
            (b"\x28\xb5\x2f\xfd\x04", "zstd"),
            (b"\x89HDF\r\n\x1a\n\0", "HDF5"),
            (b"\x80\x04\x95", "pickle"),
            (&tar, "tar"),
        ] {
            assert!(kind_of(start).unwrap().contains(word), "{word}");
        }
        for unknown in [b"".as_slice(), b"rooster", b"1.0 2.0\n"] {
            assert_eq!(kind_of(unknown), None, "{unknown:?}");
        }
    }
}
