//! Sample-efficiency studies: which method needs how many simulations? With their reports, and figures as SVG.
#![forbid(unsafe_code)]

mod checkpoint;
mod compare;
mod divergence;
mod evaluator;
mod exact_errors;
mod medians;
mod metric;
mod plan;
pub mod plot;
pub mod report;
mod results;
mod simulators;

pub use compare::{compare, compare_and_report};
pub use medians::BaselineComparison;
pub use metric::{BoundedValue, Metric};
pub use motherlode_nn::Curve;
pub use plan::{Evaluation, StudyPlan};
pub use results::{BudgetSummary, FigureData, HeldOutMetrics, Results, Run};
pub use simulators::StudySimulators;
