//! The prior of a posterior: a given one, or that of the training.

use serde::Serialize;

use super::Analysis;
use super::constraints::constraints_of;
use crate::inference::Constraint;
use motherlode_core::error::{Error, Result};
use motherlode_core::prior::{Marginal, Prior};
use motherlode_core::trace::{Instrumented, Parameter};
use motherlode_core::{Estimator, ParameterBox};

/// Origin of a prior.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorOrigin {
    /// It was given for the analysis.
    Given,
    /// It is that of the events that the estimator was trained on.
    Training,
    /// Nothing else is known: it is uniform in the parameter box.
    Uniform,
}

/// A prior with its origin; the constraints of the simulator multiply it where it says nothing of nuisance parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PosteriorPrior {
    /// The distribution.
    pub distribution: Prior,
    /// Its origin.
    pub origin: PriorOrigin,
    /// Constraints that multiply it.
    #[serde(skip)]
    pub(super) constraints: Vec<Constraint>,
    /// Parameters, with their ranges, `[p]`.
    #[serde(skip)]
    pub(super) parameters: Vec<Parameter>,
}

impl PosteriorPrior {
    /// ln of the density at `theta`, `[p]`, up to a constant, with its gradient, `[p]`.
    pub(super) fn at(&self, theta: &[f64]) -> Result<(f64, Vec<f64>)> {
        let mut log = self.distribution.log_density(&self.parameters, theta);
        let mut gradient = self.distribution.gradient(&self.parameters, theta);
        for constraint in &self.constraints {
            let (term, slope) = constraint.at(theta)?;
            log += term;
            gradient[constraint.parameter] += slope;
        }
        Ok((log, gradient))
    }

    /// The prior that is uniform in a box, without constraints.
    pub(super) fn uniform(parameters: Vec<Parameter>, parameter_box: &ParameterBox) -> Self {
        Self {
            distribution: Prior::Box {
                edges: parameter_box.clone(),
            },
            origin: PriorOrigin::Uniform,
            constraints: Vec::new(),
            parameters,
        }
    }

    /// The prior within a box.
    pub(super) fn within(mut self, parameter_box: &ParameterBox) -> Result<Self> {
        self.distribution = self.distribution.within(parameter_box)?;
        Ok(self)
    }
}

impl std::fmt::Display for PosteriorPrior {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let origin = match self.origin {
            PriorOrigin::Given => "as given",
            PriorOrigin::Training => "that of the training",
            PriorOrigin::Uniform => "no other is known",
        };
        let with = match self.constraints.is_empty() {
            true => "",
            false => ", times the constraints of nuisance parameters",
        };
        write!(f, "prior: {} ({origin}){with}", self.distribution)
    }
}

impl Analysis<'_> {
    /// The prior for posteriors over parameters with these names: the given one, or that of the training of the estimator, or a uniform one in
    /// `parameter_box`.
    ///
    /// # Errors
    /// If the given prior does not fit the parameters, or reaches beyond what the estimator knows.
    pub(super) fn posterior_prior(&self, names: &[String], parameter_box: &ParameterBox) -> Result<PosteriorPrior> {
        let parameters = about(names, self.simulator, self.estimator);
        if let Some(given) = &self.prior {
            given.check(&parameters)?;
            if let Some(estimator) = self.estimator {
                check_reach(given, estimator, names)?;
            }
            return Ok(PosteriorPrior {
                distribution: given.clone(),
                origin: PriorOrigin::Given,
                constraints: Vec::new(),
                parameters,
            });
        }
        let constraints = constraints_of(self.simulator);
        let trained = self.estimator.and_then(Estimator::training_events);
        let trained = trained.and_then(|events| events.design.prior()?.density().cloned());
        let trained = trained.filter(|prior| prior.n_parameters() == names.len());
        let Some(prior) = trained else {
            return Ok(PosteriorPrior {
                constraints,
                ..PosteriorPrior::uniform(parameters, parameter_box)
            });
        };
        let free = without_constrained(&prior, &constraints, &parameters);
        Ok(PosteriorPrior {
            // What varied together with nuisance parameters is a prior of both already.
            constraints: if free.is_some() { constraints } else { Vec::new() },
            distribution: free.unwrap_or(prior),
            origin: PriorOrigin::Training,
            parameters,
        })
    }
}

/// Parameters with their ranges; nothing bounds those of an unknown simulator, unless the estimator knows.
fn about(names: &[String], simulator: Option<&dyn Instrumented>, estimator: Option<&dyn Estimator>) -> Vec<Parameter> {
    let of_estimator = || Some(estimator?.as_posterior()?.parameters().to_vec());
    let known = simulator.map(|simulator| simulator.parameters()).or_else(of_estimator);
    let unbounded = |name: &String| Parameter::new(name, f64::NEG_INFINITY, f64::INFINITY);
    known
        .filter(|known| known.len() == names.len())
        .unwrap_or_else(|| names.iter().map(unbounded).collect())
}

/// The prior with uniform distributions of constrained parameters, whose prior is the constraint; none if they are not independent of the
/// others.
fn without_constrained(prior: &Prior, constraints: &[Constraint], parameters: &[Parameter]) -> Option<Prior> {
    if constraints.is_empty() {
        return Some(prior.clone());
    }
    let reach = prior.reach(parameters)?;
    let mut marginals = prior.marginals()?;
    for constraint in constraints {
        let (low, high) = *reach.edges().get(constraint.parameter)?;
        *marginals.get_mut(constraint.parameter)? = Marginal::Flat { low, high };
    }
    Some(Prior::independent(marginals))
}

/// Refuses a prior that reaches beyond what an estimator was trained on.
fn check_reach(given: &Prior, estimator: &dyn Estimator, names: &[String]) -> Result<()> {
    let (Some(known), Some(bulk)) = (estimator.trained_in(), given.bulk(names.len())) else {
        return Ok(());
    };
    let mut each = names.iter().zip(bulk.edges().iter().zip(known.edges()));
    let beyond = each.find(|(_, (bulk, known))| {
        let slack = 1e-9 * (known.1 - known.0);
        bulk.0 < known.0 - slack || bulk.1 > known.1 + slack
    });
    match beyond {
        None => Ok(()),
        Some((name, (bulk, known))) => Err(Error::usage(format!(
            "the prior has {name} from {:.4} to {:.4}, and the model was trained from {:.4} to {:.4} and knows nothing beyond: give a narrower \
             prior, or train over a wider one",
            bulk.0, bulk.1, known.0, known.1
        ))),
    }
}
