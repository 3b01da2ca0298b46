//! CNRE, contrastive ratio estimation: which of several hypotheses did the event come from?
//!
//! **Principle.** An event is shown with its own θ and with those of several others (eight in all by default); the network
//! is to point at the right one.
//!
//! **Loss.** −⟨log softmax of ℓ at the own θ⟩, the softmax taken over the hypotheses of an event.
//!
//! **Optimum.** ℓ = log p(x|θ) + c(x) with any c, which cancels in every ratio of hypotheses.
//!
//! **Labels.** None but θ. With gold: [`calice`](super::calice).
//!
//! **Sources.** Durkan, Murray and Papamakarios 2020, arXiv:2002.03712; Miller, Weniger and Forré 2022, arXiv:2210.06170
//! (whose extra class, "none of them", which fixes c, is left out).
