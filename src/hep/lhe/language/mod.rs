//! Observables, cuts and efficiencies as analysts write them.

mod evaluate;
mod expression;
mod functions;
mod parse;

pub use expression::Expression;

#[cfg(test)]
mod tests;
