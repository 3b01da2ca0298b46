//! What each simulator promises: identities of its gold, its exact truth, its known values. A module a simulator.

mod branches;
mod bumpers;
mod chutes_and_ladders;
mod coins;
mod epidemiology;
mod fusion;
mod fusion_rates;
mod galton;
mod gillespie;
mod held_out;
mod higgsstrahlung;
mod hypotheses;
mod identities;
mod known;
mod lensing;
mod lensing_optics;
mod les_houches;
mod limits;
mod linear_gaussian;
mod lotka_volterra;
mod madminer;
mod mutations;
mod nested_draws;
mod neural_mass;
mod posterior_checks;
mod projectile;
mod random_walk;
mod registry;
mod shared;
mod shower;
mod sir;

#[path = "../tolerance.rs"]
mod tolerance;
