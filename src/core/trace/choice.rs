//! Values of random choices, and their record.

/// Value that a density can draw: plain numbers only, so no derivative can leak through a choice.
pub trait Choice: Sized {
    /// Appends the value to a record.
    fn write(&self, record: &mut Vec<f64>);
    /// Reads the value from a record; `None` if the record does not hold one here.
    fn read(record: &mut Choices<'_>) -> Option<Self>;

    /// Appends the kind of each number that [`write`](Self::write) appends; [`Kind::Fixed`] by default.
    fn kinds(&self, kinds: &mut Vec<Kind>) {
        let mut numbers = Vec::new();
        self.write(&mut numbers);
        kinds.extend(numbers.iter().map(|_| Kind::Fixed));
    }
}

/// Kind of a number in a record: which other numbers could replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A real number, drawn by itself.
    Real,
    /// One of several: a count, a class, a yes or no.
    Count,
    /// Part of a value that cannot be altered number by number, such as a point of a simplex.
    Fixed,
}

/// A record of choices that is read from front to back.
#[derive(Debug, Clone)]
pub struct Choices<'a>(std::slice::Iter<'a, f64>);

impl<'a> Choices<'a> {
    /// Reads `record` from its beginning.
    #[inline]
    pub fn new(record: &'a [f64]) -> Self {
        Self(record.iter())
    }

    /// The next number of the record.
    #[inline]
    pub fn next_number(&mut self) -> Option<f64> {
        self.0.next().copied()
    }

    /// Returns true if all of the record was read.
    pub fn is_exhausted(&self) -> bool {
        self.0.as_slice().is_empty()
    }
}

impl Choice for f64 {
    #[inline]
    fn write(&self, record: &mut Vec<f64>) {
        record.push(*self);
    }

    #[inline]
    fn read(record: &mut Choices<'_>) -> Option<Self> {
        record.next_number()
    }

    #[inline]
    fn kinds(&self, kinds: &mut Vec<Kind>) {
        kinds.push(Kind::Real);
    }
}

impl Choice for bool {
    #[inline]
    fn write(&self, record: &mut Vec<f64>) {
        record.push(f64::from(u8::from(*self)));
    }

    #[inline]
    fn read(record: &mut Choices<'_>) -> Option<Self> {
        record.next_number().map(|value| value != 0.0)
    }

    #[inline]
    fn kinds(&self, kinds: &mut Vec<Kind>) {
        kinds.push(Kind::Count);
    }
}

/// Counts are exact up to 2⁵³, far beyond what a loop can count.
macro_rules! count {
    ($($ty:ty),*) => { $(
        impl Choice for $ty {
            #[inline]
            fn write(&self, record: &mut Vec<f64>) {
                record.push(*self as f64);
            }

            #[inline]
            fn read(record: &mut Choices<'_>) -> Option<Self> {
                record.next_number().filter(|value| *value >= 0.0 && value.fract() == 0.0).map(|value| value as $ty)
            }

            #[inline]
            fn kinds(&self, kinds: &mut Vec<Kind>) {
                kinds.push(Kind::Count);
            }
        }
    )* };
}
count!(u64, usize);

impl<A: Choice, B: Choice> Choice for (A, B) {
    #[inline]
    fn write(&self, record: &mut Vec<f64>) {
        self.0.write(record);
        self.1.write(record);
    }

    #[inline]
    fn read(record: &mut Choices<'_>) -> Option<Self> {
        Some((A::read(record)?, B::read(record)?))
    }

    #[inline]
    fn kinds(&self, kinds: &mut Vec<Kind>) {
        self.0.kinds(kinds);
        self.1.kinds(kinds);
    }
}

impl<C: Choice> Choice for Option<C> {
    #[inline]
    fn write(&self, record: &mut Vec<f64>) {
        self.is_some().write(record);
        if let Some(value) = self {
            value.write(record);
        }
    }

    #[inline]
    fn read(record: &mut Choices<'_>) -> Option<Self> {
        match bool::read(record)? {
            true => C::read(record).map(Some),
            false => Some(None),
        }
    }

    #[inline]
    fn kinds(&self, kinds: &mut Vec<Kind>) {
        self.is_some().kinds(kinds);
        if let Some(value) = self {
            value.kinds(kinds);
        }
    }
}

impl<C: Choice> Choice for Vec<C> {
    fn write(&self, record: &mut Vec<f64>) {
        self.len().write(record);
        self.iter().for_each(|value| value.write(record));
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let length = usize::read(record)?;
        (0..length).map(|_| C::read(record)).collect()
    }
}
