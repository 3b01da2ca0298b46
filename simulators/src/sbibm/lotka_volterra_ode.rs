//! Predators and prey by their differential equations, observed ten times with noise.
//!
//! x' = α x − β x y, y' = −γ y + δ x y, from 30 prey and one predator, at the times 0, 2.1, …, 18.9. Each of the twenty numbers is
//! log-normal about the solution, with σ = 0.1; the solution is kept within 10⁻¹⁰ and 10⁴. The latent has half of the variance of the
//! noise. Priors are log-normal with σ = 0.5, and medians exp(−0.125) for α and γ, exp(−3) for β and δ.
//!
//! The two numbers at time 0 are noise alone. This is not the stochastic [`LotkaVolterra`](crate::LotkaVolterra) of births and deaths.

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::prior::Marginal;
use motherlode_core::trace::density::LogNormal;
use motherlode_core::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Stream, Trace, stream};
use motherlode_core::{Error, Prior, Real, Result};
use ndarray::ArrayView2;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::posterior::{LogDensity, around_modes, n_points};
use super::task::{check_request, clamp, impossible};
use super::taylor::Growth;
use super::{ReferencePosterior, Task};

const P: usize = 4;
/// Prey and predators at time 0.
const START: [f64; 2] = [30.0, 1.0];
const TIMES: [f64; 10] = [0.0, 2.1, 4.2, 6.3, 8.4, 10.5, 12.6, 14.7, 16.8, 18.9];
/// Smallest and largest number of animals, in the simulator and in its density.
const NUMBERS: (f64, f64) = (1e-10, 1e4);
/// Variance of the logarithm of an observation.
const VARIANCE: f64 = 0.01;
/// Mean of ln θ under the prior, and its standard deviation.
const LOG_MEAN: [f64; P] = [-0.125, -3.0, -0.125, -3.0];
const LOG_SD: f64 = 0.5;
/// Points of the prior among which modes are looked for, and the number of the best that are followed.
const SEARCH: (usize, usize) = (20_000, 12);

/// Predators and prey by their differential equations, observed ten times.
#[derive(Debug, Clone, Copy, Default)]
pub struct LotkaVolterraOde;

impl LotkaVolterraOde {
    /// Ten numbers of prey, then ten of predators, `[20]`, for θ = (α, β, γ, δ).
    ///
    /// They are kept within 10⁻¹⁰ and 10⁴.
    ///
    /// # Errors
    /// If the rates are so large that the equations cannot be solved.
    pub fn animals<R: Real>(theta: &[R]) -> Result<Vec<R>, Rejected> {
        let growth = Growth {
            of_x: (theta[0], -theta[1]),
            of_y: (-theta[2], theta[3]),
        };
        let states = growth.solve(START, &TIMES)?;
        let of = |which: usize| {
            states
                .iter()
                .map(move |state| clamp(state[which], NUMBERS.0, NUMBERS.1))
        };
        Ok(of(0).chain(of(1)).collect())
    }
}

impl Simulator for LotkaVolterraOde {
    fn name(&self) -> &str {
        "lotka-volterra-ode"
    }

    fn about(&self) -> &str {
        "predators and prey follow their differential equations, and are counted with noise (benchmark)"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter::new("alpha", 1e-2, 30.0).with_about("births of prey, of each"),
            Parameter::new("beta", 1e-3, 2.0).with_about("deaths of prey, of each pair"),
            Parameter::new("gamma", 1e-2, 30.0).with_about("deaths of predators, of each"),
            Parameter::new("delta", 1e-3, 2.0).with_about("births of predators, of each pair"),
        ]
    }

    fn observables(&self) -> Vec<Observable> {
        let of = |animal: &'static str| {
            TIMES
                .iter()
                .map(move |time| Observable::new(&format!("{animal}_{time}")))
        };
        of("prey").chain(of("predators")).collect()
    }

    /// A pair that is about one standard deviation apart, in a box of ten or so to each side: further away, ratios are beyond all bounds.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new(
            [0.883, 0.0499, 0.883, 0.0499],
            [0.88, 0.0498, 0.88, 0.0498],
            [(0.8, 0.97), (0.045, 0.055), (0.8, 0.97), (0.045, 0.055)],
        ))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let sd = (0.5 * VARIANCE).sqrt();
        let one = |animals: R| {
            let z = trace.draw(LogNormal::new(animals.ln(), R::from(sd))?);
            Ok(trace.noise(LogNormal::new(z.ln(), sd)?))
        };
        Self::animals(theta)?.into_iter().map(one).collect()
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Observations)))
    }
}

impl Task for LotkaVolterraOde {
    fn prior(&self) -> Result<Prior> {
        let one = |location| Marginal::LogNormal {
            location,
            scale: LOG_SD,
        };
        Ok(Prior::independent(LOG_MEAN.map(one).to_vec()))
    }

    /// By importance sampling in ln θ, around the modes that are reached from the best of many points of the prior.
    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior> {
        check_request(self, x, n)?;
        if !x.iter().all(|&x| x > 0.0) {
            return Err(impossible(self, x));
        }
        let mut rng = stream(seed, 0, 0);
        let density = Posterior {
            log_x: x.iter().map(|x| x.ln()).collect(),
        };
        let starts = density.starts(&mut rng);
        let points = around_modes(&density, &starts, n_points(n), &mut rng)
            .ok_or_else(|| Error::numerical(format!("the posterior of x = {x:?} has no mode")))?;
        Ok(ReferencePosterior::resampled(&points, n, &mut rng)?.map(f64::exp))
    }
}

/// −Σ (ln xᵢ − ln uᵢ)²/2σ².
fn log_likelihood<R: Real>(log_x: &[f64], log_animals: &[R]) -> R {
    let squares = log_animals
        .iter()
        .zip(log_x)
        .fold(R::from(0.0), |sum, (&mean, x)| sum + (mean - *x).powi(2));
    -squares * (0.5 / VARIANCE)
}

/// ln u, where the equations can be solved.
fn log_animals<R: Real>(theta: &[R]) -> Option<Vec<R>> {
    let animals = LotkaVolterraOde::animals(theta).ok()?;
    Some(animals.into_iter().map(|number| number.ln()).collect())
}

/// The density in ln θ, up to a constant.
struct Posterior {
    log_x: Vec<f64>,
}

impl Posterior {
    /// The best of many points of the prior.
    fn starts(&self, rng: &mut Stream) -> Vec<Vec<f64>> {
        let mut draw = || {
            LOG_MEAN
                .map(|mean| mean + LOG_SD * rng.sample::<f64, _>(StandardNormal))
                .to_vec()
        };
        let mut points: Vec<(f64, Vec<f64>)> = (0..SEARCH.0)
            .map(|_| {
                let point = draw();
                (self.log_density(&point), point)
            })
            .collect();
        points.sort_by(|a, b| b.0.total_cmp(&a.0));
        points.into_iter().take(SEARCH.1).map(|(_, point)| point).collect()
    }
}

impl LogDensity for Posterior {
    fn log_density<R: Real>(&self, u: &[R]) -> R {
        let theta: Vec<R> = u.iter().map(|value| value.exp()).collect();
        let Some(log_animals) = log_animals(&theta) else {
            return R::from(f64::NEG_INFINITY);
        };
        let square = |(&u, mean): (&R, f64)| ((u - mean) / LOG_SD).powi(2);
        let squares = u
            .iter()
            .zip(LOG_MEAN)
            .map(square)
            .fold(R::from(0.0), |sum, square| sum + square);
        log_likelihood(&self.log_x, &log_animals) - squares * 0.5
    }
}

struct Observations;

impl ExactDensity for Observations {
    fn route(&self) -> &str {
        "differential equations, then a closed form (log-normal)"
    }

    fn shape(&self) -> (usize, usize) {
        (P, 2 * TIMES.len())
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let log_animals = log_animals(theta);
        let norm = TIMES.len() as f64 * (std::f64::consts::TAU * VARIANCE).ln();
        let one = |row: ndarray::ArrayView1<f64>| {
            let log_x: Vec<f64> = row.iter().map(|x| x.ln()).collect();
            match &log_animals {
                Some(means) if row.iter().all(|&x| x > 0.0) => {
                    log_likelihood(&log_x, means) - (log_x.iter().sum::<f64>() + norm)
                }
                _ => R::from(f64::NEG_INFINITY),
            }
        };
        x.rows().into_iter().map(one).collect()
    }
}
