//! A set of events, with one bit for each event.

/// Events of a block, whose numbers are stored together: as many as a word has bits.
pub(super) const BLOCK_SIZE: usize = u32::BITS as usize;

/// A set of events; one word holds the bits of one block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct BitSet {
    words: Vec<u32>,
    n: usize,
}

impl BitSet {
    /// Adds an event.
    pub(super) fn push(&mut self, marked: bool) {
        if self.n.is_multiple_of(BLOCK_SIZE) {
            self.words.push(0);
        }
        if let Some(word) = self.words.last_mut() {
            *word |= u32::from(marked) << (self.n % BLOCK_SIZE);
        }
        self.n += 1;
    }

    /// Number of events that are marked.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn contains(&self, event: usize) -> bool {
        self.words[event / BLOCK_SIZE] >> (event % BLOCK_SIZE) & 1 == 1
    }

    /// Blocks with a marked event, in order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate();
        words.filter(|(_, word)| **word != 0).map(|(block, _)| block)
    }

    /// Membership of each event, `[n]`.
    pub(super) fn to_vec(&self) -> Vec<bool> {
        (0..self.n).map(|event| self.contains(event)).collect()
    }
}
