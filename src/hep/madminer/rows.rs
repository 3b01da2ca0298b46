//! Numbers of all events: in memory, or in a temporary file if they do not fit.

use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bit_set::BLOCK_SIZE;
use super::block::{Block, Width};
use super::column::Column;
use super::spill_file::{BYTES, SpillFile};
use super::systematics::Factor;
use motherlode_core::error::Result;

/// Default limit of the memory for events, in bytes.
pub(super) const MEMORY: usize = 1 << 28;
/// Blocks that are read at a time where one follows the other.
const AHEAD: usize = 16;
/// Coefficients, a, b, and observations.
const PARTS: usize = 4;

/// Rows of all events, in blocks of consecutive events: sums run through contiguous numbers, and one read of a file gives an event.
///
/// A block of n events holds all coefficients `[c, n]`, then the systematic effects a `[k, n]` and b `[k, n]`, then the observations
/// `[n, m]`. The weights of a block at a point are sums of columns, which a processor adds several numbers at a time. Only the last block
/// may have fewer events than the others.
#[derive(Debug)]
pub(super) struct Rows {
    width: Width,
    n: usize,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<f64>),
    File(SpillFile),
}

impl Rows {
    /// Number of events.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// Number of blocks.
    pub(super) fn n_blocks(&self) -> usize {
        self.n.div_ceil(BLOCK_SIZE)
    }

    /// Visits some blocks, in this order.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn visit(&self, blocks: impl Iterator<Item = usize>, mut look: impl FnMut(Block<'_>)) -> Result<()> {
        match &self.place {
            Place::Memory(all) => blocks.for_each(|block| look(self.part(block, &all[self.numbers(block)]))),
            Place::File(spilled) => {
                let (mut read, mut bytes, mut numbers) = (0..0, Vec::new(), Vec::new());
                for block in blocks {
                    if !read.contains(&block) {
                        // Who asks for the next one asks for more.
                        let ahead = if block == read.end { AHEAD } else { 1 };
                        read = block..(block + ahead).min(self.n_blocks());
                        let all = self.numbers(read.start).start..self.numbers(read.end - 1).end;
                        spilled.read(all, &mut bytes, &mut numbers)?;
                    }
                    let (first, at) = (self.numbers(read.start).start, self.numbers(block));
                    look(self.part(block, &numbers[at.start - first..at.end - first]));
                }
            }
        }
        Ok(())
    }

    /// Loads one block.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn block(&self, block: usize) -> Result<LoadedBlock<'_>> {
        let numbers = match &self.place {
            Place::Memory(all) => Numbers::Here(&all[self.numbers(block)]),
            Place::File(spilled) => Numbers::Read(spilled.block(block, self.numbers(block))?),
        };
        Ok(LoadedBlock {
            rows: self,
            block,
            numbers,
        })
    }

    /// Range of the numbers of a block.
    fn numbers(&self, block: usize) -> Range<usize> {
        let width = self.width.all();
        block * BLOCK_SIZE * width..((block + 1) * BLOCK_SIZE).min(self.n) * width
    }

    fn part<'a>(&self, block: usize, numbers: &'a [f64]) -> Block<'a> {
        let first = block * BLOCK_SIZE;
        Block::new(first, BLOCK_SIZE.min(self.n - first), self.width, numbers)
    }
}

/// A block that is held in memory.
#[derive(Debug, Clone)]
pub(super) struct LoadedBlock<'a> {
    rows: &'a Rows,
    block: usize,
    numbers: Numbers<'a>,
}

#[derive(Debug, Clone)]
enum Numbers<'a> {
    Here(&'a [f64]),
    Read(Arc<Vec<f64>>),
}

impl LoadedBlock<'_> {
    pub(super) fn get(&self) -> Block<'_> {
        let numbers = match &self.numbers {
            Numbers::Here(numbers) => numbers,
            Numbers::Read(numbers) => numbers.as_slice(),
        };
        self.rows.part(self.block, numbers)
    }
}

/// Builds [`Rows`] event by event.
#[derive(Debug)]
pub(super) struct RowsBuilder {
    of: PathBuf,
    width: Width,
    n: usize,
    /// Number of events of full blocks.
    put: usize,
    /// The incomplete block, event by event: coefficients, a, b, observations.
    pending: [Vec<f64>; PARTS],
    /// Space for the rows of one part.
    bytes: Vec<u8>,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    Memory(Vec<f64>),
    File(BufWriter<File>),
}

impl RowsBuilder {
    /// Prepares for up to `most` events of a file, which may take `memory` bytes of memory.
    ///
    /// # Errors
    /// If they take more, and there can be no temporary file.
    pub(super) fn new(of: &Path, width: Width, most: usize, memory: usize) -> Result<Self> {
        let numbers = most.saturating_mul(width.all());
        let sink = match numbers.saturating_mul(BYTES) <= memory {
            // Room for all at once: a list that grows takes up to three times its size.
            true => Sink::Memory(Vec::with_capacity(numbers)),
            false => Sink::File(SpillFile::create(of)?),
        };
        Ok(Self {
            of: of.to_owned(),
            width,
            n: 0,
            put: 0,
            pending: Default::default(),
            bytes: Vec::new(),
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
        linear.extend(factor.linear().iter());
        quadratic.extend(factor.quadratic().iter());
        observations.extend(x);
        self.n += 1;
        match self.n.is_multiple_of(BLOCK_SIZE) {
            true => self.put(),
            false => Ok(()),
        }
    }

    /// The block is full, or the last.
    fn put(&mut self) -> Result<()> {
        let n = self.n - self.put;
        for (at, part) in self.pending.iter_mut().enumerate() {
            let observations = at + 1 == PARTS;
            let width = if observations {
                part.len()
            } else {
                part.len() / n.max(1)
            };
            // Event by event, or number by number.
            let numbers = (0..width).map(|i| Column::new(part, i, width).iter());
            match &mut self.sink {
                Sink::Memory(all) => numbers.for_each(|numbers| all.extend(numbers)),
                Sink::File(file) => {
                    self.bytes.resize(part.len() * BYTES, 0);
                    let bytes = self.bytes.as_chunks_mut().0.iter_mut();
                    bytes
                        .zip(numbers.flatten())
                        .for_each(|(eight, number)| *eight = f64::to_le_bytes(number));
                    SpillFile::append(&self.of, file, &self.bytes)?;
                }
            }
            part.clear();
        }
        self.put = self.n;
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
            Sink::File(file) => Place::File(SpillFile::new(&self.of, file)?),
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
    use crate::madminer::{EventSimulator, Portion};
    use motherlode_core::trace::{Instrumented, Rejected, stream};

    use super::*;

    #[test]
    #[cfg(unix)]
    fn rows_that_are_gone_are_an_error() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/madminer/toy2d_v083.h5");
        let theta = [0.5, -0.3, 1.0, -0.5];
        let lost = |before: bool| {
            let simulator = EventSimulator::open_within(&path, Portion::All, 0).unwrap();
            if before {
                simulator.sample(&theta, &mut stream(1, 0, 0)).unwrap();
            }
            let Place::File(spilled) = &simulator.events().rows.place else {
                panic!("rows are in memory")
            };
            spilled.lose();
            simulator
        };
        // What is known of sums and bounds does not help an event whose row is gone.
        for simulator in [lost(false), lost(true)] {
            let rejections = (1..50).map(|i| simulator.sample(&theta, &mut stream(1, i, 0)));
            let rejections = rejections.filter_map(|drawn| drawn.err()).collect::<Vec<_>>();
            assert!(rejections.len() > 30, "{rejections:?}");
            for rejected in rejections {
                assert!(matches!(rejected, Rejected::Invalid(_)) && rejected.to_string().contains("TMPDIR"));
            }
            let mut memory = Vec::new();
            let mined = simulator.mine(&[0.1; 4], &mut stream(1, 1, 0), &mut memory);
            assert!(mined.is_err());
            assert!(simulator.log_probability_at(&[0.2; 4], &[300.0]).is_err());
            let (mut slope, mut bend) = ([0.0; 4], [0.0; 16]);
            let rate = simulator.log_rate_at(&[0.3; 4], &mut slope, &mut bend);
            assert!(rate.unwrap().is_some_and(f64::is_nan));
            let events = simulator.events();
            assert!(events.x().is_err() && events.factors().is_err() && events.weights(&theta).is_err());
            assert!(events.gradients(&theta).is_err() && events.effective(&theta).is_err());
        }
    }
}
