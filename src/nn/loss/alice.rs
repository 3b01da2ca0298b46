/// The weights of the soft label that the gold itself gives (ALICE).
///
/// With s = 1/(1 + r) the probability that the event came from the denominator, given all its latent choices, the weights
/// are 2(1 − s) and 2s. Over functions of x alone the cross-entropy is smallest where CARL's is, with less noise. The two
/// classes together must be balanced.
///
/// # Source
/// Stoye, Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1808.00973.
pub(crate) fn soft_weights(joint_log_ratio: f64) -> (f32, f32) {
    let from_denominator = 1.0 / (1.0 + joint_log_ratio.exp());
    let from_numerator = 1.0 / (1.0 + (-joint_log_ratio).exp());
    (2.0 * from_numerator as f32, 2.0 * from_denominator as f32)
}
