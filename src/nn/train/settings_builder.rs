//! [`Settings`] built field by field.

use std::collections::BTreeMap;

use super::{DensityKind, Encoding, Head, Labels, Optimizer, RatioErrors, Settings};
use crate::Activation;
use crate::input::TransformKind;

/// Writes a method for each field: its documentation, name, argument and the value of the field.
macro_rules! builder {
    ($($(#[$doc:meta])* $method:ident, $field:ident: $type:ty => $value:expr;)*) => {
        /// The default settings, changed field by field; these calls keep compiling when fields are added.
        ///
        /// ```
        /// use motherlode_nn::Settings;
        ///
        /// let settings = Settings::default().with_hidden(vec![50, 50]).with_steps(2_000).with_seed(7);
        /// assert_eq!((settings.steps, settings.seed), (Some(2_000), 7));
        /// ```
        impl Settings {
            $($(#[$doc])*
            #[must_use]
            pub fn $method(self, $field: $type) -> Self {
                Self { $field: $value, ..self }
            })*
        }
    };
}

builder! {
    /// Sets the widths of the hidden layers.
    with_hidden, hidden: Vec<usize> => hidden;
    /// Sets the activation of the hidden layers.
    with_activation, activation: Activation => Some(activation);
    /// Sets the optimiser.
    with_optimizer, optimizer: Optimizer => optimizer;
    /// Sets the number of gradient steps.
    with_steps, steps: usize => Some(steps);
    /// Sets the number of events in a batch.
    with_batch, batch: usize => batch;
    /// Sets the learning rate at the first step.
    with_learning_rate, learning_rate: f64 => Some(learning_rate);
    /// Sets the learning rate at the last step.
    with_final_learning_rate, final_learning_rate: f64 => final_learning_rate;
    /// Sets the share of each step's weights in their running average.
    with_averaging, averaging: f64 => averaging;
    /// Sets the share of the events kept for validation.
    with_validation, validation: f64 => validation;
    /// Sets the share of `steps` without improvement after which training stops.
    with_patience, patience: f64 => patience;
    /// Sets the largest norm of the gradient of one weight matrix or bias.
    with_clip, clip: f64 => Some(clip);
    /// Sets where labels come from.
    with_labels, labels: Labels => Some(labels);
    /// Sets the number of hypotheses that an event is shown with in one step.
    with_hypotheses, hypotheses: usize => Some(hypotheses);
    /// Sets the number of latent paths over which a label at a fresh hypothesis is averaged.
    with_paths, paths: usize => Some(paths);
    /// Sets the bytes that events may occupy in training.
    with_memory, memory: u64 => memory;
    /// Sets the head of a ratio network.
    with_head, head: Head => head;
    /// Sets the observables that are a set of particles or an image.
    with_encoding, encoding: Encoding => Some(encoding);
    /// Sets the kind of a conditional density.
    with_density, density: DensityKind => Some(density);
    /// Sets the errors of the ratio that a regression on it minimises.
    with_ratio_errors, ratio_errors: RatioErrors => Some(ratio_errors);
    /// Sets the weight α of the score term, for standardised parameters.
    with_alpha, alpha: f64 => Some(alpha);
    /// Sets the transforms of observables, by name.
    with_transforms, transforms: BTreeMap<String, TransformKind> => transforms;
    /// Sets the numbers that stand for a missing value, by the name of the observable.
    with_missing, missing: BTreeMap<String, f64> => missing;
    /// Sets whether the network is examined when its training ends.
    with_certificate, certificate: bool => certificate;
    /// Sets the seed of the initial weights, the validation split and the order of the events.
    with_seed, seed: u64 => seed;
}
