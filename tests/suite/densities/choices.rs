//! Choices are read as they were written.

use motherlode::trace::{Choice, Choices};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The value read back, if the record held it and nothing else.
fn round_trip<C: Choice>(value: &C) -> Option<C> {
    let mut record = Vec::new();
    value.write(&mut record);
    let mut choices = Choices::new(&record);
    C::read(&mut choices).filter(|_| choices.is_exhausted())
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(23), ..ProptestConfig::default() })]
    #[test]
    fn numbers(value in any::<f64>()) {
        prop_assert_eq!(round_trip(&value).map(f64::to_bits), Some(value.to_bits()));
    }

    #[test]
    fn answers(value in any::<bool>()) {
        prop_assert_eq!(round_trip(&value), Some(value));
    }

    #[test]
    fn counts(value in 0..=1u64 << 53, index in 0..=1usize << 53) {
        prop_assert_eq!(round_trip(&value), Some(value));
        prop_assert_eq!(round_trip(&index), Some(index));
    }

    #[test]
    fn vectors(value in proptest::collection::vec(-1e300..1e300, 0..20)) {
        prop_assert_eq!(round_trip(&value), Some(value));
    }

    #[test]
    fn nested_values(value in proptest::collection::vec((0..1000u64, proptest::option::of(-1.0..1.0)), 0..9)) {
        prop_assert_eq!(round_trip(&value), Some(value));
    }

    #[test]
    fn a_record_cut_short_is_noticed(value in proptest::collection::vec(-1.0..1.0, 1..20)) {
        let mut record = Vec::new();
        value.write(&mut record);
        record.pop();
        prop_assert_eq!(Vec::<f64>::read(&mut Choices::new(&record)), None);
    }
}
