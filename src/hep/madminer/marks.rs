//! Which events are of a kind: a bit each.

/// Events whose rows are kept together, and of which sums are kept: as many as a word has bits.
pub(super) const STRIDE: usize = u32::BITS as usize;

/// Yes or no for each event; a word is a stride of events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marks {
    words: Vec<u32>,
    n: usize,
}

impl Marks {
    /// Adds an event.
    pub(super) fn push(&mut self, marked: bool) {
        if self.n.is_multiple_of(STRIDE) {
            self.words.push(0);
        }
        if let Some(word) = self.words.last_mut() {
            *word |= u32::from(marked) << (self.n % STRIDE);
        }
        self.n += 1;
    }

    /// Number of events that are marked.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn contains(&self, event: usize) -> bool {
        self.words[event / STRIDE] >> (event % STRIDE) & 1 == 1
    }

    /// Strides with a marked event, in order.
    pub(super) fn strides(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate();
        words.filter(|(_, word)| **word != 0).map(|(stride, _)| stride)
    }

    /// All of them, `[n]`.
    pub(super) fn to_vec(&self) -> Vec<bool> {
        (0..self.n).map(|event| self.contains(event)).collect()
    }
}
