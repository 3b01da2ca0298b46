//! Events in memory or in a file, read range by range.

use std::borrow::Cow;
use std::ops::Range;

use ndarray::{Array2, Axis, Slice};

use super::{AugmentedData, Header, Memories, Reader};
use crate::Progress;
use crate::error::Result;

/// Numbers that are read from a file at once.
const PIECE_NUMBERS: u64 = 1 << 18;

/// A data set whose events are read range by range.
#[derive(Debug, Clone, Copy)]
pub enum Events<'a> {
    /// In memory.
    Memory(&'a AugmentedData),
    /// In a file.
    File(&'a Reader),
}

/// Optional fields to read; x, θ0, y and the weights of events are always read.
///
/// A training reads only the fields that it uses: the others can be most of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// The denominator hypotheses.
    pub theta1: bool,
    /// The joint log ratios.
    pub joint_log_ratio: bool,
    /// The joint scores.
    pub joint_score0: bool,
    /// The memories of the paths.
    pub memories: bool,
}

impl Fields {
    /// All optional fields.
    pub(crate) const ALL: Self = Self {
        theta1: true,
        joint_log_ratio: true,
        joint_score0: true,
        memories: true,
    };
    /// No optional field.
    pub const NONE: Self = Self {
        theta1: false,
        joint_log_ratio: false,
        joint_score0: false,
        memories: false,
    };
}

impl<'a> Events<'a> {
    /// Origin of the events.
    pub fn header(self) -> &'a Header {
        match self {
            Self::Memory(data) => &data.header,
            Self::File(reader) => reader.header(),
        }
    }

    /// Number of events n.
    pub fn n_events(self) -> u64 {
        match self {
            Self::Memory(data) => data.n_events() as u64,
            Self::File(reader) => reader.n_events(),
        }
    }

    /// Total length of the memories of all events, if they have memories.
    pub fn n_remembered(self) -> Option<u64> {
        match self {
            Self::Memory(data) => data.memories.as_ref().map(|memories| memories.memory.len() as u64),
            Self::File(reader) => reader.extent().n_memory,
        }
    }

    /// Reads a range of events with the wanted fields; all events of a data set in memory are borrowed with all their fields.
    ///
    /// # Errors
    /// As [`Reader::rows`]; or if `progress` stops it.
    pub fn portion(
        self,
        events: Range<u64>,
        fields: Fields,
        progress: &dyn Progress,
    ) -> Result<Cow<'a, AugmentedData>> {
        match self {
            Self::Memory(data) if events == (0..data.n_events() as u64) => Ok(Cow::Borrowed(data)),
            Self::Memory(data) => Ok(Cow::Owned(
                data.slice(events.start as usize..events.end as usize, fields),
            )),
            Self::File(reader) => read_in_pieces(reader, events, fields, progress).map(Cow::Owned),
        }
    }
}

/// Reads events of a file a few megabytes at a time, and asks `progress` in between.
fn read_in_pieces(
    reader: &Reader,
    events: Range<u64>,
    fields: Fields,
    progress: &dyn Progress,
) -> Result<AugmentedData> {
    let header = reader.header();
    let columns = header.observables.len() + 3 * header.parameters.len() + 2;
    let piece = (PIECE_NUMBERS / columns as u64).max(1);
    let piece = 1 << piece.ilog2(); // as the chunks of a file, which is read chunk by chunk
    let mut end = events.end.min(events.start.saturating_add(piece));
    let mut data = reader.portion(events.start..end, fields)?;
    while end < events.end {
        progress.check()?;
        let next = end..events.end.min(end + piece);
        end = next.end;
        data.append(&reader.portion(next, fields)?);
    }
    Ok(data)
}

impl AugmentedData {
    /// Copies a range of events, with the wanted fields.
    fn slice(&self, events: Range<usize>, fields: Fields) -> Self {
        let range = Slice::from(events.clone());
        let rows = |field: &Option<Array2<f64>>, wanted: bool| {
            let field = field.as_ref().filter(|_| wanted);
            field.map(|a| a.slice_axis(Axis(0), range).to_owned())
        };
        Self {
            header: self.header.clone(),
            x: self.x.slice_axis(Axis(0), range).to_owned(),
            theta0: self.theta0.slice_axis(Axis(0), range).to_owned(),
            theta1: rows(&self.theta1, fields.theta1),
            y: self.y.slice_axis(Axis(0), range).to_owned(),
            joint_log_ratio: (self.joint_log_ratio.as_ref())
                .filter(|_| fields.joint_log_ratio)
                .map(|a| a.slice_axis(Axis(0), range).to_owned()),
            joint_score0: rows(&self.joint_score0, fields.joint_score0),
            weights: rows(&self.weights, true),
            memories: self.memories.as_ref().filter(|_| fields.memories).map(|memories| {
                let mut some = Memories::default();
                events.for_each(|event| some.push(memories.event(event)));
                some
            }),
        }
    }

    /// Appends events of the same data set.
    ///
    /// # Panics
    /// If they have other columns or another kind of gold.
    pub fn append(&mut self, other: &Self) {
        let same = "parts of one data set have the same columns";
        self.x.append(Axis(0), other.x.view()).expect(same);
        self.theta0.append(Axis(0), other.theta0.view()).expect(same);
        self.y.append(Axis(0), other.y.view()).expect(same);
        for (to, from) in [
            (&mut self.theta1, &other.theta1),
            (&mut self.joint_score0, &other.joint_score0),
            (&mut self.weights, &other.weights),
        ] {
            to.iter_mut()
                .zip(from)
                .for_each(|(to, from)| to.append(Axis(0), from.view()).expect(same));
        }
        let ratios = self.joint_log_ratio.iter_mut().zip(&other.joint_log_ratio);
        ratios.for_each(|(to, from)| to.append(Axis(0), from.view()).expect(same));
        let memories = self.memories.iter_mut().zip(&other.memories);
        memories.for_each(|(to, from)| to.extend(from));
    }
}
