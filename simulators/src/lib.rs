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
//! | [`LotkaVolterra`] | some 5 000 births and deaths | nine summary statistics | none |
//! | [`Sir`] | an epidemic, event by event | ten counts | none |
//! | [`SirFinalSize`] | an epidemic, event by event | a count | dynamic programme |
//! | [`Branches`] | ten choices of a branch | a count | closed form, equal to the gold |
//! | [`NestedDraws`] | a number of draws, and the draws | a count | sum over the number |
//! | [`ChutesAndLadders`] | the rolls of a die | a count | absorbing Markov chain |
//! | [`Epidemiology`] | who carries which strain, in 100 steps | six summaries | none |
//! | [`Bumpers`] | bumpers and balls in a box | two counts and a duration | none; with [one parameter](Bumpers::with_restitution) no gold |
//! | [`NeuralMass`] | noise in 2 500 steps | eight summaries of brain waves | none |
//! | [`Higgsstrahlung`] | a hard event, gluons, a detector's noise | 20 numbers on muons and jets, or the hard event | for the hard event, by quadrature |
//! | [`Fusion`] | a hard event, gluons, a decay, a detector's noise | 17 numbers on jets and a Higgs boson, or 42 with its leptons | for all momenta, in closed form |
//! | [`Lensing`] | a lens, its subhalos, the noise of a camera | an image, eight summaries of it, or how many subhalos | for the numbers, by quadrature |
//! | the eight tasks of [`sbibm`] | see there | ten numbers, mostly | closed form, or by differential equations |
#![forbid(unsafe_code)]

mod branches;
mod bumpers;
mod chutes_and_ladders;
mod coins;
pub mod collider;
mod epidemiology;
mod galton;
pub mod gillespie;
mod interference;
pub mod lensing;
mod linear_gaussian;
mod lotka_volterra;
mod nested_draws;
mod neural_mass;
mod projectile;
mod quadrature;
mod random_walk;
pub mod sbibm;
mod sir;

pub use branches::Branches;
pub use bumpers::Bumpers;
pub use chutes_and_ladders::ChutesAndLadders;
pub use coins::Coins;
pub use collider::fusion::Fusion;
pub use collider::higgsstrahlung::Higgsstrahlung;
pub use epidemiology::Epidemiology;
pub use galton::Galton;
pub use interference::Interference;
pub use lensing::Lensing;
pub use linear_gaussian::LinearGaussian;
pub use lotka_volterra::LotkaVolterra;
pub use nested_draws::NestedDraws;
pub use neural_mass::NeuralMass;
pub use projectile::Projectile;
pub use random_walk::RandomWalk;
pub use sir::{Sir, SirFinalSize};

use motherlode_core::trace::Instrumented;

/// Every simulator of this crate, as the command line offers them.
pub fn registry() -> Vec<Box<dyn Instrumented>> {
    let mut all: Vec<Box<dyn Instrumented>> =
        vec![Box::new(Galton::default()), Box::new(RandomWalk), Box::new(Projectile)];
    for dimensions in [1, 10] {
        all.extend(LinearGaussian::new(dimensions).map(|s| Box::new(s) as Box<dyn Instrumented>));
    }
    let others: Vec<Box<dyn Instrumented>> = vec![
        Box::new(Coins::default()),
        Box::new(Interference),
        Box::new(LotkaVolterra::default()),
        Box::new(Sir::default()),
        Box::new(SirFinalSize::default()),
        Box::new(Branches),
        Box::new(NestedDraws),
        Box::new(ChutesAndLadders::default()),
        Box::new(Epidemiology::default()),
        Box::new(Epidemiology::two_parameters()),
        Box::new(Bumpers::default()),
        Box::new(Bumpers::default().with_restitution()),
        Box::new(Bumpers::default().with_rough_bumpers()),
        Box::new(NeuralMass::default()),
        Box::new(Higgsstrahlung::default()),
        Box::new(Higgsstrahlung::default().at_parton_level()),
        Box::new(Fusion::default()),
        Box::new(Fusion::four_leptons()),
        Box::new(Fusion::four_leptons().at_parton_level()),
        Box::new(Lensing::default()),
        Box::new(Lensing::summaries()),
        Box::new(Lensing::counts()),
        Box::new(Lensing::masses()),
    ];
    all.extend(others);
    all.extend(sbibm::tasks().into_iter().map(|task| task as Box<dyn Instrumented>));
    all
}
