//! Precision of real numbers in the files of other programs.

/// Precision of real numbers in the files of other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    Single,
    /// 64 bits.
    Double,
}
