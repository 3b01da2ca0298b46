//! Promises of each simulator: identities of its gold, exact truth, known values. A module a simulator.

mod blocks;
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
mod linear_gaussian;
mod lotka_volterra;
mod nested_draws;
mod neural_mass;
mod posterior_checks;
mod projectile;
mod random_walk;
mod registry;
mod sbibm;
mod shower;
mod simulator_check;
mod sir;

#[path = "../../../tests/tolerance.rs"]
mod tolerance;
