//! Text of measured numbers.

pub(super) use motherlode_core::format::four_digits as exact;
use motherlode_core::format::value_with_error;
use motherlode_core::mean::Mean;

/// A number with its standard error, to two digits of it.
pub(super) fn measured(Mean { value, standard_error }: Mean) -> String {
    value_with_error(value, standard_error)
}
