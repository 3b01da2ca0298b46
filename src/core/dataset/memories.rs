//! Memories of the paths of events, and which rows of a table are the same.

use std::collections::HashMap;

use ndarray::ArrayView2;

/// Memories of the paths of all events, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memories {
    /// The numbers of all events.
    pub memory: Vec<f64>,
    /// End of each event in `memory`, `[n]`.
    pub memory_end: Vec<u64>,
}

impl Memories {
    /// Memory of event `i`.
    ///
    /// # Panics
    /// If there is no event `i`.
    pub fn event(&self, i: usize) -> &[f64] {
        let start = if i == 0 { 0 } else { self.memory_end[i - 1] };
        &self.memory[start as usize..self.memory_end[i] as usize]
    }

    /// Numbers of the different memories in the order of their first events, `[n]`: events with the same memory have the same number.
    pub fn numbers(&self) -> Vec<usize> {
        let bits = |event: usize| self.event(event).iter().map(|value| value.to_bits()).collect();
        numbers((0..self.memory_end.len()).map(bits))
    }

    /// Appends an event.
    pub fn push(&mut self, memory: &[f64]) {
        self.memory.extend_from_slice(memory);
        self.memory_end.push(self.memory.len() as u64);
    }

    /// Says what is wrong with the ends, if they do not fit the numbers.
    pub(super) fn inconsistency(&self) -> Option<String> {
        let ordered =
            self.memory_end.is_sorted() && self.memory_end.last().copied().unwrap_or(0) == self.memory.len() as u64;
        (!ordered).then(|| {
            format!(
                "memory_end does not rise to {}, the length of memory",
                self.memory.len()
            )
        })
    }
}

/// Numbers of the different rows of a table in the order of their first occurrence, `[n]`: equal rows have the same number.
pub fn row_numbers(table: ArrayView2<f64>) -> Vec<usize> {
    numbers(
        table
            .rows()
            .into_iter()
            .map(|row| row.iter().map(|value| value.to_bits()).collect()),
    )
}

/// Number of different rows of a table.
pub fn n_different(table: ArrayView2<f64>) -> usize {
    row_numbers(table).into_iter().max().map_or(0, |last| last + 1)
}

fn numbers(rows: impl Iterator<Item = Vec<u64>>) -> Vec<usize> {
    let mut known = HashMap::new();
    let of_row = |row| {
        let next = known.len();
        *known.entry(row).or_insert(next)
    };
    rows.map(of_row).collect()
}
