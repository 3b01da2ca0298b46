//! Methods, one per file: principle, loss, optimum, labels, source, and what training and reports ask about them.
//!
//! Conventions. An event is simulated along a path z to an observation x. Its gold is the joint ratio
//! r(x,z) = p(x,z|θ0)/p_den(x,z) and the joint score t(x,z) = ∇ log p(x,z|θ0), where the denominator p_den is that of one
//! hypothesis θ1 or a mixture of hypotheses drawn from the prior. ℓ = log r̂(x|θ0) is the answer of a network. Each event
//! has two weights, w0 = p(x,z|θ0)/q(x,z) and w1 = p_den(x,z)/q(x,z), q being the density that the events were drawn from;
//! ⟨w0 f⟩ is then the mean of f over the numerator and ⟨w1 f⟩ that over the denominator. A stored event of class y has the
//! weights of its class, (2, 0) or (0, 2); an event that remembers its path has those of any θ0
//! ([`Relabeler`](motherlode_core::gold::Relabeler)).
//!
//! All of it rests on one theorem: a squared error, or a cross-entropy with a soft label, is smallest at the conditional mean
//! of its label; and the conditional means of the joint quantities, given x alone, are the intractable ones:
//!
//! E\[r(x,z)|x\] = r(x) under the denominator, E\[t(x,z)|x\] = t(x) under θ0.
//!
//! The mean of log r(x,z) is *not* log r(x): no method regresses on it.
//!
//! | learns | without gold | joint ratio | joint score | both |
//! |---|---|---|---|---|
//! | ratio to one denominator | [`carl`] | [`rolr`], [`alice`] | [`cascal`] | [`rascal`], [`alices`] |
//! | ratio, told from other hypotheses | [`nre`], [`cnre`], [`bnre`] | [`calice`] | | [`calices`] |
//! | score | | | [`sally`], [`sallino`] | |
//! | ratio around one point | | | [`derivatives`] (with second derivatives) | |
//! | likelihood | [`nde`] | | [`scandal`] | |
//! | posterior | [`npe`] | [`anpe`] (at any θ) | | |

pub mod alice;
pub mod alices;
pub mod anpe;
pub mod bnre;
pub mod calice;
pub mod calices;
pub mod carl;
pub mod cascal;
pub mod cnre;
pub mod derivatives;
pub mod nde;
pub mod npe;
pub mod nre;
pub mod rascal;
pub mod rolr;
pub mod sallino;
pub mod sally;
pub mod scandal;

mod display;
mod method;
mod requirements;
mod spec;

pub use display::{Colour, Display, Line, Marker};
pub use method::Method;
pub(crate) use spec::RatioLabel;
pub(crate) use spec::{Spec, Target};
