//! One binary, a module a promise.

mod bad_input;
mod command_line;
mod densities;
mod ensembles;
mod estimators;
mod identities;
mod imported;
mod inputs;
mod interference;
mod likelihoods;
mod mining;
mod networks;
mod recall;
mod report;
mod score_anywhere;
mod simulators;
mod study;
mod tolerance;
