//! What is kept of each event: in memory while it fits, beyond in a temporary file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::marks::STRIDE;
use super::systematics::Factor;
use crate::error::{Error, Result};

/// Bytes that events may take in memory, unless told otherwise.
pub(super) const MEMORY: usize = 1 << 28;
/// Strides of a file that are remembered: an event that was drawn is asked for again at other parameters, as a rule.
const REMEMBERED: usize = 64;
const BYTES: usize = size_of::<f64>();

/// How many numbers are kept of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Width {
    /// Coefficients of its weight.
    pub(super) coefficients: usize,
    /// Nuisance parameters, of two numbers each.
    pub(super) nuisances: usize,
    /// Its observations.
    pub(super) observables: usize,
}

impl Width {
    fn all(self) -> usize {
        self.coefficients + 2 * self.nuisances + self.observables
    }
}

/// The rows of all events, in strides of events that follow each other: sums over events go through contiguous numbers, and an event is
/// read with one look at a file.
///
/// Of a stride of n events, first come all coefficients `[n, c]`, then what systematics do, a `[n, k]` and b `[n, k]`, then the observations
/// `[n, m]`. Only the last stride may have fewer events than the others.
#[derive(Debug)]
pub(super) struct Rows {
    width: Width,
    n: usize,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<f64>),
    File(Spilled),
}

/// Rows in a file that has no name any more: it is gone when the program is.
#[derive(Debug)]
struct Spilled {
    /// The file of whose events these are the rows.
    of: PathBuf,
    file: Positioned,
    /// Numbers of strides, each at its number modulo the length.
    remembered: Vec<Mutex<Option<Remembered>>>,
}

/// The number of a stride, and its numbers.
type Remembered = (usize, Arc<Vec<f64>>);

impl Rows {
    /// Number of events.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// Number of strides.
    pub(super) fn n_strides(&self) -> usize {
        self.n.div_ceil(STRIDE)
    }

    /// Shows some strides, in this order.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn visit(&self, strides: impl Iterator<Item = usize>, mut look: impl FnMut(Stride<'_>)) -> Result<()> {
        match &self.place {
            Place::Memory(all) => strides.for_each(|stride| look(self.part(stride, &all[self.numbers(stride)]))),
            Place::File(spilled) => {
                let (mut bytes, mut numbers) = (Vec::new(), Vec::new());
                for stride in strides {
                    spilled.read(self.numbers(stride), &mut bytes, &mut numbers)?;
                    look(self.part(stride, &numbers));
                }
            }
        }
        Ok(())
    }

    /// One of them, to keep.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn stride(&self, stride: usize) -> Result<Kept<'_>> {
        let numbers = match &self.place {
            Place::Memory(all) => Numbers::Here(&all[self.numbers(stride)]),
            Place::File(spilled) => Numbers::Read(spilled.stride(stride, self.numbers(stride))?),
        };
        Ok(Kept {
            rows: self,
            stride,
            numbers,
        })
    }

    /// Where the numbers of a stride are.
    fn numbers(&self, stride: usize) -> std::ops::Range<usize> {
        let width = self.width.all();
        stride * STRIDE * width..((stride + 1) * STRIDE).min(self.n) * width
    }

    fn part<'a>(&self, stride: usize, numbers: &'a [f64]) -> Stride<'a> {
        let Width {
            coefficients: c,
            nuisances: k,
            observables,
        } = self.width;
        let n = STRIDE.min(self.n - stride * STRIDE);
        let (coefficients, rest) = numbers.split_at(n * c);
        let (linear, rest) = rest.split_at(n * k);
        let (quadratic, x) = rest.split_at(n * k);
        Stride {
            first: stride * STRIDE,
            n,
            c,
            k,
            m: observables,
            coefficients,
            linear,
            quadratic,
            x,
        }
    }
}

/// Events that follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stride<'a> {
    /// The number of the first one.
    pub(super) first: usize,
    n: usize,
    c: usize,
    k: usize,
    m: usize,
    coefficients: &'a [f64],
    linear: &'a [f64],
    quadratic: &'a [f64],
    x: &'a [f64],
}

impl<'a> Stride<'a> {
    /// Number of events.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// The coefficients of the weight of the i-th one, `[c]`.
    pub(super) fn coefficients(&self, i: usize) -> &'a [f64] {
        &self.coefficients[i * self.c..(i + 1) * self.c]
    }

    /// What systematics do to its weight.
    pub(super) fn factor(&self, i: usize) -> Factor<'a> {
        let k = i * self.k..(i + 1) * self.k;
        Factor::new(&self.linear[k.clone()], &self.quadratic[k])
    }

    /// Its observations, `[m]`.
    pub(super) fn x(&self, i: usize) -> &'a [f64] {
        &self.x[i * self.m..(i + 1) * self.m]
    }

    /// Those of all, `[n, m]`.
    pub(super) fn observations(&self) -> &'a [f64] {
        self.x
    }
}

/// A stride that outlives the look at it.
#[derive(Debug, Clone)]
pub(super) struct Kept<'a> {
    rows: &'a Rows,
    stride: usize,
    numbers: Numbers<'a>,
}

#[derive(Debug, Clone)]
enum Numbers<'a> {
    Here(&'a [f64]),
    Read(Arc<Vec<f64>>),
}

impl Kept<'_> {
    pub(super) fn get(&self) -> Stride<'_> {
        let numbers = match &self.numbers {
            Numbers::Here(numbers) => numbers,
            Numbers::Read(numbers) => numbers.as_slice(),
        };
        self.rows.part(self.stride, numbers)
    }
}

impl Spilled {
    fn stride(&self, stride: usize, at: std::ops::Range<usize>) -> Result<Arc<Vec<f64>>> {
        let place = &self.remembered[stride % self.remembered.len()];
        let known = || place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, numbers)) = known().as_ref().filter(|(number, _)| *number == stride) {
            return Ok(Arc::clone(numbers));
        }
        let mut numbers = Vec::new();
        self.read(at, &mut Vec::new(), &mut numbers)?;
        let numbers = Arc::new(numbers);
        *known() = Some((stride, Arc::clone(&numbers)));
        Ok(numbers)
    }

    fn read(&self, at: std::ops::Range<usize>, bytes: &mut Vec<u8>, numbers: &mut Vec<f64>) -> Result<()> {
        bytes.resize(at.len() * BYTES, 0);
        let read = self.file.read_at((at.start * BYTES) as u64, bytes);
        read.map_err(|error| spilling(&self.of, "read", &error))?;
        numbers.clear();
        numbers.extend(bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)));
        Ok(())
    }
}

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

/// Rows that are being gathered.
#[derive(Debug)]
pub(super) struct Gathering {
    of: PathBuf,
    width: Width,
    n: usize,
    /// Of the stride that is not full yet: coefficients, a, b, observations.
    pending: [Vec<f64>; 4],
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    Memory(Vec<f64>),
    File(BufWriter<File>),
}

impl Gathering {
    /// Of up to `most` events of a file, which may take so many bytes of memory.
    ///
    /// # Errors
    /// If they take more, and there can be no temporary file.
    pub(super) fn new(of: &Path, width: Width, most: usize, memory: usize) -> Result<Self> {
        let numbers = most.saturating_mul(width.all());
        let sink = match numbers.saturating_mul(BYTES) <= memory {
            // Room for all at once: a list that grows takes up to three times its size.
            true => Sink::Memory(Vec::with_capacity(numbers)),
            false => {
                let file = tempfile::tempfile().map_err(|error| spilling(of, "made", &error))?;
                Sink::File(BufWriter::new(file))
            }
        };
        Ok(Self {
            of: of.to_owned(),
            width,
            n: 0,
            pending: Default::default(),
            sink,
        })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub(super) fn push(
        &mut self,
        coefficients: impl Iterator<Item = f64>,
        factor: Factor<'_>,
        x: impl Iterator<Item = f64>,
    ) -> Result<()> {
        let [all_coefficients, linear, quadratic, observations] = &mut self.pending;
        all_coefficients.extend(coefficients);
        linear.extend(factor.linear());
        quadratic.extend(factor.quadratic());
        observations.extend(x);
        self.n += 1;
        match self.n.is_multiple_of(STRIDE) {
            true => self.put(),
            false => Ok(()),
        }
    }

    fn put(&mut self) -> Result<()> {
        for part in &mut self.pending {
            match &mut self.sink {
                Sink::Memory(all) => all.extend_from_slice(part),
                Sink::File(file) => {
                    let written = part.iter().try_for_each(|number| file.write_all(&number.to_le_bytes()));
                    written.map_err(|error| spilling(&self.of, "written", &error))?;
                }
            }
            part.clear();
        }
        Ok(())
    }

    /// The rows of all that were added.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub(super) fn finish(mut self) -> Result<Rows> {
        self.put()?;
        let place = match self.sink {
            Sink::Memory(mut all) => {
                all.shrink_to_fit();
                Place::Memory(all)
            }
            Sink::File(file) => {
                let file = file.into_inner();
                let file = file.map_err(|error| spilling(&self.of, "written", error.error()))?;
                Place::File(Spilled {
                    file: Positioned::new(file),
                    of: self.of,
                    remembered: (0..REMEMBERED).map(|_| Mutex::default()).collect(),
                })
            }
        };
        Ok(Rows {
            width: self.width,
            n: self.n,
            place,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::interop::madminer::EventSimulator;
    use crate::trace::{Instrumented, Rejected, stream};

    use super::*;

    #[test]
    #[cfg(unix)]
    fn rows_that_are_gone_are_an_error() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/madminer/toy2d_v083.h5");
        let theta = [0.5, -0.3, 1.0, -0.5];
        let lost = |before: bool| {
            let simulator = EventSimulator::open_within(path.to_str().unwrap(), 0).unwrap();
            if before {
                simulator.sample(&theta, &mut stream(1, 0, 0)).unwrap();
            }
            let Place::File(spilled) = &simulator.events().rows.place else {
                panic!("rows are in memory")
            };
            spilled.file.0.set_len(0).unwrap();
            simulator
        };
        // What is known of sums and bounds does not help an event whose row is gone.
        for simulator in [lost(false), lost(true)] {
            let told = (1..50).map(|i| simulator.sample(&theta, &mut stream(1, i, 0)));
            let told = told.filter_map(|drawn| drawn.err()).collect::<Vec<_>>();
            assert!(told.len() > 30, "{told:?}");
            for rejected in told {
                assert!(matches!(rejected, Rejected::Invalid(_)) && rejected.to_string().contains("TMPDIR"));
            }
            let mut memory = Vec::new();
            let mined = simulator.mine(&[0.1; 4], &mut stream(1, 1, 0), &mut memory);
            assert!(mined.is_err());
            assert!(simulator.log_probability_at(&[0.2; 4], &[300.0]).is_err());
            let (mut slope, mut bend) = ([0.0; 4], [0.0; 16]);
            let rate = simulator.log_rate_at(&[0.3; 4], &mut slope, &mut bend);
            assert!(rate.unwrap().is_nan());
            let events = simulator.events();
            assert!(events.x().is_err() && events.factors().is_err() && events.weights(&theta).is_err());
            assert!(events.gradients(&theta).is_err() && events.effective(&theta).is_err());
        }
    }
}
