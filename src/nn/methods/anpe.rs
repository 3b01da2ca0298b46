//! ANPE: NPE with Gibbs augmentation.
//!
//! **Principle.** The path z of an event tells more of θ than x does, and p(x,z|θ) is known at any θ: the hypothesis θ* that the event was
//! simulated at can be replaced by draws from p(θ|x,z), which have the same law given x. One event stands for a whole distribution of
//! hypotheses instead of one.
//!
//! **Loss.** −⟨log q(θ'|x)⟩ over events and θ' ~ p(θ|x,z), drawn by
//! [exchangeable clouds](motherlode_core::gold::GibbsAugmentation).
//!
//! **Optimum.** As for [`npe`]: q(θ|x) = p(x|θ) π(θ)/p(x).
//!
//! **Labels.** The joint ratio at any θ, which takes the stored choices of the events and the simulator.
//!
//! **Here.** It can be learned by heart which x goes with which z, where there are few events; the weights of the lowest validation loss are
//! kept. Where z tells no more than x, hypotheses are drawn from the posterior itself.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "anpe",
    display: Display {
        label: "ANPE",
        gold: "ratio at any θ",
        colour: Colour::Orange,
        line: Line::Solid,
        marker: Marker::Square,
    },
    augments_hypotheses: true,
    ..super::npe::SPEC
};
