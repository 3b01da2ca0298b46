//! Instrumented simulators, each with its exact truth where one exists.
//!
//! | simulator | latent z | observation x | exact truth |
//! |---|---|---|---|
//! | [`Galton`] | 20 binary choices | a bin | dynamic programme |
//! | [`RandomWalk`] | some 230 steps in continuous time | an integer | Skellam's distribution |
//! | [`Projectile`] | a height | a distance | quadrature |
//! | [`LinearGaussian`] | d normal variables | d numbers | closed form |
//! | [`Coins`] | the order of n tosses | a count | closed form, equal to the gold |
//! | [`Interference`] | one variable, of two amplitudes | a number | closed form |
//! | [`Higgsstrahlung`] | a hard event, gluons, a detector's noise | 20 numbers on muons and jets, or the hard event | for the hard event, by quadrature |
#![forbid(unsafe_code)]

mod coins;
pub mod collider;
mod galton;
mod interference;
mod linear_gaussian;
mod projectile;
mod quadrature;
mod random_walk;

pub use coins::Coins;
pub use collider::higgsstrahlung::Higgsstrahlung;
pub use galton::Galton;
pub use interference::Interference;
pub use linear_gaussian::LinearGaussian;
pub use projectile::Projectile;
pub use random_walk::RandomWalk;

use motherlode::trace::Instrumented;

/// Every simulator of this crate, as the command line offers them.
pub fn registry() -> Vec<Box<dyn Instrumented>> {
    let mut all: Vec<Box<dyn Instrumented>> =
        vec![Box::new(Galton::default()), Box::new(RandomWalk), Box::new(Projectile)];
    for dimensions in [1, 10] {
        all.extend(LinearGaussian::new(dimensions).map(|s| Box::new(s) as Box<dyn Instrumented>));
    }
    all.push(Box::new(Coins::default()));
    all.push(Box::new(Interference));
    all.push(Box::new(Higgsstrahlung::default()));
    all.push(Box::new(Higgsstrahlung::default().of_partons()));
    all
}
