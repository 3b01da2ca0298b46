//! Options for the distribution of hypotheses over events.

use clap::{Args, ValueEnum};

use super::prior::PriorText;
use super::theta::{Edges, Point};
use crate::count::count;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::comma_separated;
use motherlode_core::gold::Design;
use motherlode_core::prior::{Marginal, Prior};
use motherlode_core::trace::{Instrumented, Parameter, stream};
use motherlode_stats::analysis::hypotheses::completed;

/// Random stream of the points drawn once from a prior.
const POINTS: u64 = 1 << 13;

/// Distribution of θ over the events. The default is θ0 uniform in the simulator's box, against the simulator's θ1.
///
/// A point is given by its values or, for an event file, by the name of a benchmark. Nuisance parameters may be omitted: they are nominal
/// then, or vary according to `--nuisance`.
#[derive(Debug, Args)]
pub(super) struct DesignOptions {
    /// Draw numerator events at this point, given as comma-separated values or as the name of a benchmark; repeat the option for several
    /// points [default: points of the prior].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true, conflicts_with_all = ["r#box", "gaussian"])]
    theta0: Vec<Point>,
    /// Draw denominator events at this point [default: the simulator's θ1].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta1: Option<Point>,
    /// Draw θ0 uniformly from this box, low:high for each parameter [default: the simulator's box].
    #[arg(long = "box", id = "r#box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Draw θ0 from a normal prior, mean:sd for each parameter, truncated to the simulator's range.
    #[arg(long, value_name = "MEANS:SDS", allow_hyphen_values = true, conflicts_with = "r#box")]
    gaussian: Option<Edges>,
    /// Draw θ0 from this prior: NAME=DISTRIBUTION for each parameter, separated by semicolons, such as "a=normal(0, 0.5); b=log-uniform(0.1, 10)"
    /// (uniform, normal, log-normal, log-uniform, truncated-normal, fixed; others keep their range in the simulator's box), or a .json file.
    #[arg(long, value_name = "PRIOR", conflicts_with_all = ["theta0", "r#box", "gaussian", "nuisance"])]
    prior: Option<PriorText>,
    /// Distribution of the nuisance parameters, whose values are then omitted from the other options [default: flat where θ0 is drawn from
    /// a prior, nominal where θ0 is given].
    #[arg(long, value_name = "DISTRIBUTION")]
    nuisance: Option<Nuisance>,
    /// Draw this many points from the prior once, and then θ0 from these points. This is faster for event files with nuisance parameters,
    /// where each new hypothesis reads all events of the file.
    #[arg(long, value_name = "POINTS", value_parser = count::<usize>)]
    points: Option<usize>,
    /// Use a mixture of this many points of the prior as the denominator, instead of one θ1.
    #[arg(long, value_name = "POINTS", conflicts_with_all = ["theta0", "theta1"], value_parser = count::<usize>)]
    mixture: Option<usize>,
    /// Draw every event at a θ of its own from the prior, without a denominator: training data of posteriors (npe, anpe) and of nre, cnre and
    /// bnre, which then learn from all events.
    #[arg(long, conflicts_with_all = ["theta0", "theta1", "mixture"])]
    joint: bool,
    /// Draw all events at this point, with their joint score there, as training data for SALLY.
    #[arg(long, value_name = "POINT", allow_hyphen_values = true,
          conflicts_with_all = ["theta0", "theta1", "r#box", "gaussian", "prior", "mixture", "nuisance", "points", "joint"])]
    reference: Option<Point>,
}

/// Distribution of nuisance parameters.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Nuisance {
    /// Uniform in the simulator's box.
    Flat,
    /// Normal, with the mean and the standard deviation of the auxiliary measurement.
    Gaussian,
    /// Fixed at the mean of the auxiliary measurement.
    Nominal,
}

impl DesignOptions {
    /// The design that the options describe.
    pub(super) fn design(&self, simulator: &dyn Instrumented, seed: u64) -> Result<Design> {
        if let Some(point) = &self.reference {
            return Ok(Design::Reference {
                theta: point.values(simulator)?,
            });
        }
        if let ([point], None, None) = (self.theta0.as_slice(), self.nuisance, self.points) {
            let (theta0, theta1) = (point.values(simulator)?, self.theta1(simulator)?);
            if theta0 == theta1 {
                return Err(Error::usage(format!(
                    "θ0 and θ1 are both {}, so every ratio is 1: give another --theta1, or --reference for the score at one point",
                    comma_separated(&theta0)
                )));
            }
            return Ok(Design::Pair { theta0, theta1 });
        }
        let builder = PriorBuilder {
            options: self,
            simulator,
            parameters: simulator.parameters(),
        };
        let prior = builder.prior()?;
        let prior = match self.points {
            Some(n) => {
                prior.check(&builder.parameters)?;
                prior.points(&builder.parameters, n, &mut stream(seed, 0, POINTS))?
            }
            None => prior,
        };
        Ok(match self.mixture {
            _ if self.joint => Design::Joint { prior },
            Some(n_points) => Design::Mixture { prior, n_points },
            None => Design::Prior {
                prior,
                theta1: self.theta1(simulator)?,
            },
        })
    }

    fn theta1(&self, simulator: &dyn Instrumented) -> Result<Vec<f64>> {
        match &self.theta1 {
            Some(point) => point.values(simulator),
            None => Ok(simulator.hypotheses()?.theta1),
        }
    }
}

/// Builds the prior of a simulator from the options.
struct PriorBuilder<'a> {
    options: &'a DesignOptions,
    simulator: &'a dyn Instrumented,
    parameters: Vec<Parameter>,
}

impl PriorBuilder<'_> {
    fn prior(&self) -> Result<Prior> {
        let DesignOptions {
            theta0,
            edges,
            gaussian,
            ..
        } = self.options;
        if let Some(prior) = &self.options.prior {
            let others = self.default_marginals()?;
            return prior.prior(&self.simulator.parameter_names(), Some(&others));
        }
        let marginals = match (theta0.as_slice(), edges, gaussian) {
            ([], Some(Edges(edges)), _) => edges.iter().map(|&(low, high)| Marginal::Flat { low, high }).collect(),
            ([], None, Some(Edges(moments))) => moments
                .iter()
                .map(|&(mean, sd)| Marginal::Normal { mean, sd })
                .collect(),
            ([], None, None) => self.default_marginals()?,
            ([point], ..) => self.marginals_at(&point.values(self.simulator)?)?,
            (several, ..) => return self.point_prior(several),
        };
        self.with_nuisance(marginals).map(Prior::independent)
    }

    /// Removes the nuisance parameters if `--nuisance` gives their distribution.
    fn without_nuisance(&self, all: impl Iterator<Item = Marginal>) -> Vec<Marginal> {
        let kept = |parameter: &Parameter| self.options.nuisance.is_none() || parameter.constraint.is_none();
        let each = all.zip(&self.parameters).filter(|(_, parameter)| kept(parameter));
        each.map(|(marginal, _)| marginal).collect()
    }

    fn default_marginals(&self) -> Result<Vec<Marginal>> {
        let default_box = self.simulator.hypotheses()?.prior;
        let all = default_box
            .edges()
            .iter()
            .map(|&(low, high)| Marginal::Flat { low, high });
        Ok(self.without_nuisance(all))
    }

    fn marginals_at(&self, point: &[f64]) -> Result<Vec<Marginal>> {
        let off = |(value, parameter): (&f64, &Parameter)| parameter.constraint.is_some_and(|(mean, _)| mean != *value);
        if let (Some(how), true) = (self.options.nuisance, point.iter().zip(&self.parameters).any(off)) {
            return Err(Error::usage(format!(
                "--theta0 {} sets nuisance parameters, and so does --nuisance {}: omit their values, or omit --nuisance",
                comma_separated(point),
                option_name(how)
            )));
        }
        Ok(self.without_nuisance(point.iter().copied().map(Marginal::fixed)))
    }

    fn point_prior(&self, points: &[Point]) -> Result<Prior> {
        if let Some(how) = self.options.nuisance.filter(|how| *how != Nuisance::Nominal) {
            return Err(Error::usage(format!(
                "--nuisance {} needs a prior or one --theta0, and {} points were given: omit --nuisance, or give one point",
                option_name(how),
                points.len()
            )));
        }
        let points = points
            .iter()
            .map(|point| point.values(self.simulator))
            .collect::<Result<_>>()?;
        Ok(Prior::Points {
            points,
            drawn_from: None,
        })
    }

    /// Adds the marginals of the nuisance parameters to those of the other parameters.
    fn with_nuisance(&self, marginals: Vec<Marginal>) -> Result<Vec<Marginal>> {
        let constrained = self
            .parameters
            .iter()
            .filter(|parameter| parameter.constraint.is_some())
            .count();
        if let Some(how) = self.options.nuisance.filter(|_| constrained == 0) {
            return Err(Error::usage(format!(
                "{} has no nuisance parameters: omit --nuisance {}",
                self.simulator.label(),
                option_name(how)
            )));
        }
        let free = self.parameters.len() - constrained;
        if marginals.len() != free {
            return match self.options.nuisance {
                None => Ok(marginals),
                Some(how) => Err(Error::usage(format!(
                    "--nuisance {} sets {constrained} parameters: give {free} values for the others, not {}",
                    option_name(how),
                    marginals.len()
                ))),
            };
        }
        let how = self.options.nuisance.unwrap_or(Nuisance::Flat);
        let default_box = match how {
            Nuisance::Flat if constrained > 0 => self.simulator.hypotheses()?.prior.into(),
            Nuisance::Flat | Nuisance::Gaussian | Nuisance::Nominal => Vec::new(),
        };
        let nuisance_marginal = |k: usize, (mean, sd): (f64, f64)| match how {
            Nuisance::Flat => Marginal::Flat {
                low: default_box[k].0,
                high: default_box[k].1,
            },
            Nuisance::Gaussian => Marginal::Normal { mean, sd },
            Nuisance::Nominal => Marginal::fixed(mean),
        };
        Ok(completed(&marginals, &self.parameters, nuisance_marginal))
    }
}

fn option_name(how: Nuisance) -> String {
    how.to_possible_value()
        .map_or_else(String::new, |value| value.get_name().into())
}
