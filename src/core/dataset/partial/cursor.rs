//! How much of an unfinished mining is safe on the disk, with checksums.

use serde::{Deserialize, Serialize};

use crate::dataset::tables::Extent;

/// Events from the first one on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    pub extent: Extent,
    pub n_discarded: u64,
    pub discarded: Vec<u64>,
    /// CRC-32 of the saved rows of each table, in the order of [`Tables::event_tables`].
    pub checksums: Vec<u32>,
    /// CRC-32 of the numbers above.
    pub own_checksum: u32,
}

impl Cursor {
    /// CRC-32 of all but this number itself.
    pub fn checksum(&self) -> u32 {
        let other = Self {
            own_checksum: 0,
            ..self.clone()
        };
        serde_json::to_vec(&other).map_or(0, |json| crc32fast::hash(&json))
    }
}

/// CRC-32 of bytes and those that follow them.
pub(super) fn continued(checksum: u32, rows: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(checksum);
    hasher.update(rows);
    hasher.finalize()
}
