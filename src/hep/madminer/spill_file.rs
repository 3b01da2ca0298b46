//! Temporary file for events that do not fit into memory.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use motherlode_core::error::{Error, Result};

/// Blocks of a file that are remembered: an event that was drawn is asked for again at other parameters, as a rule.
const REMEMBERED: usize = 64;
/// Bytes that are written at a time.
const AT_ONCE: usize = 1 << 18;
/// Bytes of a number.
pub(super) const BYTES: usize = size_of::<f64>();

/// Rows in a file that has no name any more: it is gone when the program is.
#[derive(Debug)]
pub(super) struct SpillFile {
    /// The file of whose events these are the rows.
    of: PathBuf,
    file: Positioned,
    /// Numbers of blocks, each at its number modulo the length.
    remembered: Vec<Mutex<Option<Remembered>>>,
}

/// The number of a block, and its numbers.
type Remembered = (usize, Arc<Vec<f64>>);

impl SpillFile {
    /// Opens the file that was written.
    pub(super) fn new(of: &Path, written: BufWriter<File>) -> Result<Self> {
        let file = written.into_inner();
        let file = file.map_err(|error| spilling(of, "written", error.error()))?;
        Ok(Self {
            of: of.to_owned(),
            file: Positioned::new(file),
            remembered: (0..REMEMBERED).map(|_| Mutex::default()).collect(),
        })
    }

    /// A new file, for rows of the events of another one.
    pub(super) fn create(of: &Path) -> Result<BufWriter<File>> {
        let file = tempfile::tempfile().map_err(|error| spilling(of, "made", &error))?;
        Ok(BufWriter::with_capacity(AT_ONCE, file))
    }

    /// Appends numbers to such a file, as bytes from the lowest.
    pub(super) fn append(of: &Path, file: &mut BufWriter<File>, numbers: &[u8]) -> Result<()> {
        let written = file.write_all(numbers);
        written.map_err(|error| spilling(of, "written", &error))
    }

    /// The numbers of a block, which are at these places.
    pub(super) fn block(&self, block: usize, at: Range<usize>) -> Result<Arc<Vec<f64>>> {
        let place = &self.remembered[block % self.remembered.len()];
        let known = || place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, numbers)) = known().as_ref().filter(|(number, _)| *number == block) {
            return Ok(Arc::clone(numbers));
        }
        let mut numbers = Vec::new();
        self.read(at, &mut Vec::new(), &mut numbers)?;
        let numbers = Arc::new(numbers);
        *known() = Some((block, Arc::clone(&numbers)));
        Ok(numbers)
    }

    /// The numbers at these places, and room for their bytes.
    pub(super) fn read(&self, at: Range<usize>, bytes: &mut Vec<u8>, numbers: &mut Vec<f64>) -> Result<()> {
        bytes.resize(at.len() * BYTES, 0);
        let read = self.file.read_at((at.start * BYTES) as u64, bytes);
        read.map_err(|error| spilling(&self.of, "read", &error))?;
        numbers.clear();
        numbers.extend(bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)));
        Ok(())
    }
}

/// Describes a failure of the temporary file.
fn spilling(of: &Path, what: &str, error: &io::Error) -> Error {
    let folder = std::env::temp_dir();
    Error::file(
        of,
        format!(
            "has more events than are kept in memory; the temporary file for them in `{}` cannot be {what}: {error}; the environment \
             variable TMPDIR names another folder",
            folder.display()
        ),
    )
}

/// A file that is read at any place, by several threads.
#[derive(Debug)]
struct Positioned(#[cfg(unix)] File, #[cfg(not(unix))] Mutex<File>);

#[cfg(unix)]
impl Positioned {
    fn new(file: File) -> Self {
        Self(file)
    }

    fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, bytes, at)
    }
}

#[cfg(not(unix))]
impl Positioned {
    fn new(file: File) -> Self {
        Self(Mutex::new(file))
    }

    fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(bytes)
    }
}

#[cfg(all(test, unix))]
impl SpillFile {
    /// Deletes all rows.
    pub(super) fn lose(&self) {
        self.file.0.set_len(0).unwrap();
    }
}
