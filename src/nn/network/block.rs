//! A block of features that an encoder takes, and those beside it.

use std::ops::Range;

use burn::tensor::Tensor;

/// Appends to the encoded features of `block` the features of `x` before and after it.
pub(super) fn with_other_features(mut encoded: Vec<Tensor<2>>, x: Tensor<2>, block: Range<usize>) -> Tensor<2> {
    let [n, inputs] = x.dims();
    let rest = [0..block.start, block.end..inputs]
        .into_iter()
        .filter(|rest| !rest.is_empty());
    encoded.extend(rest.map(|rest| x.clone().slice([0..n, rest])));
    Tensor::cat(encoded, 1)
}
