//! An epidemic by its differential equations, of which ten counts are taken.
//!
//! S' = −β S I/N, I' = β S I/N − γ I, from (999 999, 1) in a population of N = 10⁶, which the observation looks at on the days 0, 17, …,
//! 153: xᵢ ~ Binomial(1000, Iᵢ/N). The latent is a count of which a second thinning is left: with p = Iᵢ/N, z ~ Binomial(1000, √p) and
//! x ~ Binomial(z, √p). Priors are log-normal, with median 0.4 and σ = 0.5 for β, and 0.125 and 0.2 for γ.
//!
//! On day 0, x is zero but in one of a thousand events.

use motherlode_core::importance::WeightedPoints;
use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::prior::Marginal;
use motherlode_core::trace::density::Binomial;
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Trace, stream};
use motherlode_core::{Prior, Real, Result};
use ndarray::ArrayView2;

use super::posterior::{GridSampler, fine_enough, n_points};
use super::task::{check_request, clamp, impossible};
use super::taylor::Growth;
use super::{ReferencePosterior, Task};

const POPULATION: f64 = 1e6;
/// People who are looked at each time.
const TESTED: u64 = 1_000;
/// Days of the counts.
const DAYS: [f64; 10] = [0.0, 17.0, 34.0, 51.0, 68.0, 85.0, 102.0, 119.0, 136.0, 153.0];
/// Smallest and largest probability of a count, in the simulator and in its density.
const PROBABILITY: (f64, f64) = (1e-12, 1.0 - 1e-9);
/// Mean and standard deviation of ln β and ln γ, and the means as they are written.
const LOG_PRIOR: [(f64, f64); 2] = [(0.4, 0.5), (0.125, 0.2)];
/// Half the width of the grid of the posterior, in standard deviations of the prior.
const GRID_REACH: f64 = 6.0;
/// Cells of each parameter, more of them where the posterior is thin and curved, as of late epidemics.
const GRID_CELLS: [usize; 2] = [96, 288];
/// Number of grids, each around what the one before it found.
const GRID_LEVELS: usize = 5;

/// An epidemic by its differential equations, observed in ten counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct SirOde;

impl SirOde {
    /// Shares of the population that are infected on the ten days, `[10]`, for contact rate β and recovery rate γ, in 1/day.
    ///
    /// They are kept within 10⁻¹² and 1 − 10⁻⁹.
    ///
    /// # Errors
    /// If the rates are so large that the equations cannot be solved.
    pub fn infected<R: Real>(theta: &[R]) -> Result<Vec<R>, Rejected> {
        let contact = theta[0] / POPULATION;
        let growth = Growth {
            of_x: (R::from(0.0), -contact),
            of_y: (-theta[1], contact),
        };
        let states = growth.solve([POPULATION - 1.0, 1.0], &DAYS)?;
        let share = |[_, infected]: [R; 2]| clamp(infected / POPULATION, PROBABILITY.0, PROBABILITY.1);
        Ok(states.into_iter().map(share).collect())
    }
}

impl Simulator for SirOde {
    fn name(&self) -> &str {
        "sir-ode"
    }

    fn about(&self) -> &str {
        "an epidemic follows its differential equations; ten counts of infected people are observed (benchmark)"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter::new("beta", 1e-3, 30.0)
                .with_unit("1/day")
                .with_about("contact rate"),
            Parameter::new("gamma", 1e-3, 30.0)
                .with_unit("1/day")
                .with_about("recovery rate"),
        ]
    }

    fn observables(&self) -> Vec<Observable> {
        DAYS.iter().map(|day| Observable::new(&format!("day{day}"))).collect()
    }

    /// A pair that is about one standard deviation apart, in a box of ten or so to each side: further away, ratios are beyond all bounds.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new(
            [0.402, 0.126],
            [0.4, 0.125],
            [(0.36, 0.44), (0.113, 0.138)],
        ))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let one = |infected: R| {
            let root = infected.sqrt();
            let first = trace.draw(Binomial::new(TESTED, root)?);
            Ok(trace.draw(Binomial::new(first, root)?) as f64)
        };
        Self::infected(theta)?.into_iter().map(one).collect()
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Counts)))
    }
}

impl Task for SirOde {
    fn prior(&self) -> Result<Prior> {
        let one = |(median, scale): (f64, f64)| Marginal::LogNormal {
            location: median.ln(),
            scale,
        };
        Ok(Prior::independent(LOG_PRIOR.map(one).to_vec()))
    }

    /// From a grid in ln β and ln γ.
    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior> {
        check_request(self, x, n)?;
        let counts: Option<Vec<u64>> = x.iter().map(|&x| count(x)).collect();
        let counts = counts.ok_or_else(|| impossible(self, x))?;
        let log_prior = |u: &[f64; 2]| {
            let square = |(u, (median, scale)): (&f64, (f64, f64))| ((u - median.ln()) / scale).powi(2);
            -0.5 * u.iter().zip(LOG_PRIOR).map(square).sum::<f64>()
        };
        let mut rng = stream(seed, 0, 0);
        let points = fine_enough(GRID_CELLS, |cells| {
            let grid = GridSampler {
                log_density: |u: &[f64; 2]| match Self::infected(&u.map(f64::exp)) {
                    Ok(infected) => log_prior(u) + log_likelihood(&counts, &infected),
                    Err(_) => f64::NEG_INFINITY,
                },
                edges: LOG_PRIOR
                    .map(|(median, scale)| (median.ln() - GRID_REACH * scale, median.ln() + GRID_REACH * scale)),
                cells,
                levels: GRID_LEVELS,
            };
            let found = grid.draw(n_points(n), &mut rng)?;
            let (points, log_weights) = found.into_iter().map(|(u, log)| (u.to_vec(), log)).unzip();
            Some(WeightedPoints { points, log_weights })
        });
        let points = points.ok_or_else(|| impossible(self, x))?;
        Ok(ReferencePosterior::resampled(&points, n, &mut rng)?.map(f64::exp))
    }
}

/// A number of infected people, if it is one.
fn count(x: f64) -> Option<u64> {
    let is_count = x >= 0.0 && x <= TESTED as f64 && x.fract() == 0.0;
    is_count.then_some(x as u64)
}

fn log_likelihood<R: Real>(counts: &[u64], infected: &[R]) -> R {
    let impossible = R::from(f64::NEG_INFINITY);
    let one =
        |(count, &p): (&u64, &R)| Binomial::new(TESTED, p).map_or(impossible, |binomial| binomial.log_density(count));
    counts
        .iter()
        .zip(infected)
        .map(one)
        .fold(R::from(0.0), |sum, log| sum + log)
}

struct Counts;

impl ExactDensity for Counts {
    fn route(&self) -> &str {
        "differential equations, then a closed form (binomial)"
    }

    fn shape(&self) -> (usize, usize) {
        (2, DAYS.len())
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let infected = SirOde::infected(theta);
        let one = |row: ndarray::ArrayView1<f64>| {
            let counts: Option<Vec<u64>> = row.iter().map(|&x| count(x)).collect();
            match (&counts, &infected) {
                (Some(counts), Ok(infected)) => log_likelihood(counts, infected),
                _ => R::from(f64::NEG_INFINITY),
            }
        };
        x.rows().into_iter().map(one).collect()
    }
}
