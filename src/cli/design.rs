//! How hypotheses are distributed over events, as it is asked for on the command line.

use clap::{Args, ValueEnum};

use super::theta::{Edges, Point, completed, written};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Marginal, Prior};
use motherlode_core::trace::{Instrumented, Parameter, stream};

/// The stream that the points of a list are drawn from.
const POINTS: u64 = 1 << 13;

/// How θ is distributed over the events. Without any of these: θ0 uniform in the simulator's box, against its θ1.
///
/// A point is given by its values or, of an event file, by the name of a benchmark. Nuisance parameters may be left out everywhere: they
/// are nominal then, or vary as `--nuisance` says.
#[derive(Debug, Args)]
pub(super) struct DesignOptions {
    /// Draw numerator events from this point only, given as comma-separated values or the name of a benchmark; may be given several times,
    /// for events from several points (default: from the prior).
    #[arg(long, value_name = "POINT", allow_hyphen_values = true, conflicts_with_all = ["r#box", "gaussian"])]
    theta0: Vec<Point>,
    /// Draw denominator events from this point (default: the simulator's own θ1).
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta1: Option<Point>,
    /// Draw θ0 uniformly from this box, given as low:high for each parameter (default: the simulator's own box).
    #[arg(long = "box", id = "r#box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Draw θ0 from a normal prior, given as mean:sd for each parameter, cut off at the simulator's range.
    #[arg(long, value_name = "MEANS:SDS", allow_hyphen_values = true, conflicts_with = "r#box")]
    gaussian: Option<Edges>,
    /// How nuisance parameters, which are left out of the other options then, vary: in their own box, as other measurements constrain them, or
    /// not at all (default: in their box where θ0 comes from a prior, not at all where it is given).
    #[arg(long, value_name = "HOW")]
    nuisance: Option<Nuisance>,
    /// Draw this many points from the prior once, and θ0 from these: faster where a new hypothesis is expensive, as for event files with
    /// nuisance parameters, of which all events are looked at for each.
    #[arg(long, value_name = "POINTS")]
    points: Option<usize>,
    /// Take as denominator a mixture of this many points drawn from the prior, instead of one θ1.
    #[arg(long, value_name = "POINTS", conflicts_with_all = ["theta0", "theta1"])]
    mixture: Option<usize>,
    /// Draw all events from this one point, with their joint score there: what SALLY is trained on.
    #[arg(long, value_name = "POINT", allow_hyphen_values = true,
          conflicts_with_all = ["theta0", "theta1", "r#box", "gaussian", "mixture", "nuisance", "points"])]
    reference: Option<Point>,
}

/// How nuisance parameters vary.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Nuisance {
    /// Uniformly, in the simulator's own box.
    Flat,
    /// As other measurements constrain them.
    Gaussian,
    /// They stay where other measurements have them.
    Nominal,
}

impl DesignOptions {
    pub(super) fn design(&self, simulator: &dyn Instrumented, seed: u64) -> Result<Design> {
        if let Some(point) = &self.reference {
            return Ok(Design::Reference {
                theta: point.of(simulator)?,
            });
        }
        let theta1 = match &self.theta1 {
            Some(point) => point.of(simulator)?,
            None => simulator.hypotheses()?.theta1,
        };
        if let ([point], None, None) = (self.theta0.as_slice(), self.nuisance, self.points) {
            let theta0 = point.of(simulator)?;
            if theta0 == theta1 {
                return Err(Error::usage(format!(
                    "θ0 and θ1 are both {}, so that every ratio is 1: give another --theta1, or --reference for the score at one point",
                    written(&theta0)
                )));
            }
            return Ok(Design::Pair { theta0, theta1 });
        }
        let asked = Asked {
            options: self,
            simulator,
            parameters: simulator.parameters(),
        };
        let prior = asked.prior()?;
        let prior = match self.points {
            Some(n) => {
                prior.check(&asked.parameters)?;
                prior.points(&asked.parameters, n, &mut stream(seed, 0, POINTS))?
            }
            None => prior,
        };
        Ok(match self.mixture {
            Some(n_points) => Design::Mixture { prior, n_points },
            None => Design::Prior { prior, theta1 },
        })
    }
}

/// What is asked of a simulator.
struct Asked<'a> {
    options: &'a DesignOptions,
    simulator: &'a dyn Instrumented,
    parameters: Vec<Parameter>,
}

impl Asked<'_> {
    fn prior(&self) -> Result<Prior> {
        let DesignOptions {
            theta0,
            edges,
            gaussian,
            ..
        } = self.options;
        let given = match (theta0.as_slice(), edges, gaussian) {
            ([], Some(Edges(edges)), _) => edges.iter().map(|&(low, high)| Marginal::Flat { low, high }).collect(),
            ([], None, Some(Edges(moments))) => moments
                .iter()
                .map(|&(mean, sd)| Marginal::Normal { mean, sd })
                .collect(),
            ([], None, None) => self.usual()?,
            ([point], ..) => self.fixed(&point.of(self.simulator)?)?,
            (several, ..) => return self.listed(several),
        };
        self.with_nuisance(given).map(Prior::independent)
    }

    /// Without nuisance parameters, if it was said how these vary.
    fn but_nuisance(&self, all: impl Iterator<Item = Marginal>) -> Vec<Marginal> {
        let kept = |parameter: &Parameter| self.options.nuisance.is_none() || parameter.constraint.is_none();
        let each = all.zip(&self.parameters).filter(|(_, parameter)| kept(parameter));
        each.map(|(marginal, _)| marginal).collect()
    }

    fn usual(&self) -> Result<Vec<Marginal>> {
        let edges = self.simulator.hypotheses()?.prior;
        let all = edges.into_iter().map(|(low, high)| Marginal::Flat { low, high });
        Ok(self.but_nuisance(all))
    }

    fn fixed(&self, point: &[f64]) -> Result<Vec<Marginal>> {
        let off = |(value, parameter): (&f64, &Parameter)| parameter.constraint.is_some_and(|(mean, _)| mean != *value);
        if let (Some(how), true) = (self.options.nuisance, point.iter().zip(&self.parameters).any(off)) {
            return Err(Error::usage(format!(
                "--theta0 {} gives values to nuisance parameters, and --nuisance {} says how they vary: leave one of them out",
                written(point),
                name(how)
            )));
        }
        Ok(self.but_nuisance(point.iter().copied().map(Marginal::fixed)))
    }

    fn listed(&self, points: &[Point]) -> Result<Prior> {
        if let Some(how) = self.options.nuisance.filter(|how| *how != Nuisance::Nominal) {
            return Err(Error::usage(format!(
                "--nuisance {} goes with one point --theta0 or with a prior, and {} points were given",
                name(how),
                points.len()
            )));
        }
        let points = points
            .iter()
            .map(|point| point.of(self.simulator))
            .collect::<Result<_>>()?;
        Ok(Prior::Points {
            points,
            drawn_from: None,
        })
    }

    /// What is given for the theory, and how the nuisance parameters vary.
    fn with_nuisance(&self, given: Vec<Marginal>) -> Result<Vec<Marginal>> {
        let constrained = self
            .parameters
            .iter()
            .filter(|parameter| parameter.constraint.is_some())
            .count();
        if let Some(how) = self.options.nuisance.filter(|_| constrained == 0) {
            return Err(Error::usage(format!(
                "{} has no nuisance parameters that --nuisance {} could be about: leave it out",
                self.simulator.label(),
                name(how)
            )));
        }
        let free = self.parameters.len() - constrained;
        if given.len() != free {
            return match self.options.nuisance {
                None => Ok(given),
                Some(how) => Err(Error::usage(format!(
                    "--nuisance {} says how {constrained} parameters vary: give {free} values for the others, not {}",
                    name(how),
                    given.len()
                ))),
            };
        }
        let how = self.options.nuisance.unwrap_or(Nuisance::Flat);
        let usual = match how {
            Nuisance::Flat if constrained > 0 => self.simulator.hypotheses()?.prior,
            Nuisance::Flat | Nuisance::Gaussian | Nuisance::Nominal => Vec::new(),
        };
        let of_nuisance = |k: usize, (mean, sd): (f64, f64)| match how {
            Nuisance::Flat => Marginal::Flat {
                low: usual[k].0,
                high: usual[k].1,
            },
            Nuisance::Gaussian => Marginal::Normal { mean, sd },
            Nuisance::Nominal => Marginal::fixed(mean),
        };
        Ok(completed(&given, &self.parameters, of_nuisance))
    }
}

fn name(how: Nuisance) -> String {
    how.to_possible_value()
        .map_or_else(String::new, |value| value.get_name().into())
}
