//! One row of a table that is stored column by column.

/// Equally spaced numbers: those of one event among those of the other events of its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    numbers: &'a [f64],
    step: usize,
}

impl<'a> Column<'a> {
    /// Takes every `step`-th number from the first.
    pub(super) fn new(numbers: &'a [f64], first: usize, step: usize) -> Self {
        let numbers = numbers.get(first..).unwrap_or_default();
        Self { numbers, step }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = f64> {
        self.numbers.iter().step_by(self.step).copied()
    }

    pub(super) fn at(self, i: usize) -> f64 {
        self.numbers[i * self.step]
    }
}
