//! CARL, the plain classifier: what every gold method is compared with.
//!
//! **Principle.** A classifier that tells events of θ0 from events of the denominator as well as can be done knows how
//! probable each class is, given x, and so the ratio of the two densities.
//!
//! **Loss.** Cross-entropy of the classes, ½⟨w0 softplus(−ℓ) + w1 softplus(ℓ)⟩, with the weights of hard labels.
//!
//! **Optimum.** ℓ = log p(x|θ0) − log p_den(x).
//!
//! **Labels.** The class y, nothing else; each label is one toss of a coin with probability s(x) = 1/(1 + r(x)), and this
//! noise is what makes a classifier need many events.
//!
//! **Here.** θ0 is an input of the network, drawn anew for every event; events of the denominator are shown with θ0 of the
//! same distribution. tanh and a small learning rate suit hard labels, and the weights of the lowest validation loss are
//! kept, for classes can be learned by heart.
//!
//! **Source.** Cranmer, Pavez and Louppe 2015, arXiv:1506.02169.
