//! Hypotheses and designs, as they are written on the command line.

use std::str::FromStr;

use clap::Args;

use crate::error::{Error, Result};
use crate::gold::{Design, Prior};
use crate::trace::Instrumented;

/// Values of all parameters, separated by commas.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Theta(pub Vec<f64>);

impl FromStr for Theta {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let value = |word: &str| word.trim().parse().map_err(|_| format!("`{word}` is not a number"));
        text.split(',').map(value).collect::<Result<_, _>>().map(Self)
    }
}

/// Edges of a box, `low:high` for each parameter, separated by commas.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edges(pub Vec<(f64, f64)>);

impl FromStr for Edges {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let edge = |word: &str| {
            let (low, high) = word
                .split_once(':')
                .ok_or_else(|| format!("`{word}` is not of the form low:high"))?;
            let Theta(values) = format!("{low},{high}").parse()?;
            Ok((values[0], values[1]))
        };
        text.split(',').map(edge).collect::<Result<_, _>>().map(Self)
    }
}

/// How θ is distributed over the events. Without any of these: θ0 uniform in the simulator's box, against its θ1.
#[derive(Debug, Args)]
pub(super) struct DesignOptions {
    /// Draw numerator events from this point only, given as comma-separated values (default: from the prior).
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true, conflicts_with_all = ["r#box", "gaussian"])]
    theta0: Option<Theta>,
    /// Draw denominator events from this point (default: the simulator's own θ1).
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    theta1: Option<Theta>,
    /// Draw θ0 uniformly from this box, given as low:high for each parameter (default: the simulator's own box).
    #[arg(long = "box", id = "r#box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Draw θ0 from a normal prior, given as mean:sd for each parameter, cut off at the simulator's range.
    #[arg(long, value_name = "MEANS:SDS", allow_hyphen_values = true, conflicts_with = "r#box")]
    gaussian: Option<Edges>,
    /// Take as denominator a mixture of this many points drawn from the prior, instead of one θ1.
    #[arg(long, value_name = "POINTS", conflicts_with_all = ["theta0", "theta1"])]
    mixture: Option<usize>,
    /// Draw all events from this one point, with their joint score there: what SALLY is trained on.
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true,
          conflicts_with_all = ["theta0", "theta1", "r#box", "gaussian", "mixture"])]
    reference: Option<Theta>,
}

impl DesignOptions {
    pub(super) fn design(self, simulator: &dyn Instrumented) -> Design {
        let hypotheses = simulator.hypotheses();
        if let Some(Theta(theta)) = self.reference {
            return Design::Reference { theta };
        }
        let prior = match (self.edges, self.gaussian) {
            (_, Some(Edges(moments))) => {
                let (mean, sd) = moments.into_iter().unzip();
                Prior::Gaussian { mean, sd }
            }
            (edges, None) => Prior::Box {
                edges: edges.map_or(hypotheses.prior, |Edges(edges)| edges),
            },
        };
        let theta1 = self.theta1.map_or(hypotheses.theta1, |Theta(theta)| theta);
        match (self.mixture, self.theta0) {
            (Some(n_points), _) => Design::Mixture { prior, n_points },
            (None, Some(Theta(theta0))) => Design::Pair { theta0, theta1 },
            (None, None) => Design::Prior { prior, theta1 },
        }
    }
}

/// θ as it is written on the command line.
pub(super) fn written(theta: &[f64]) -> String {
    theta.iter().map(f64::to_string).collect::<Vec<_>>().join(",")
}

/// Checks that a hypothesis given to an estimator has as many values as the simulator has parameters.
pub(super) fn check_length(theta: &[f64], parameters: &[String]) -> Result<()> {
    if theta.len() == parameters.len() && theta.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    let (found, needed) = (written(theta), parameters.join(", "));
    Err(Error::theta(format!(
        "theta is {found}; needed are {} finite values: {needed}",
        parameters.len()
    )))
}
