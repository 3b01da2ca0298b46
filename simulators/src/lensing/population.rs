//! How many subhalos there are, and of which masses: all that depends on θ.

use motherlode_core::Real;
use motherlode_core::trace::density::{Poisson, PowerLaw};
use motherlode_core::trace::{Density, Rejected, Stream, Trace};

use super::host::Host;

/// Properties of a host, in units of the least mass of a subhalo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reservoir {
    /// The mass of the host in the region.
    pub(super) mass: f64,
    /// The mass of the largest subhalo.
    pub(super) largest: f64,
}

impl Reservoir {
    pub(super) fn new(host: &Host, least_mass: f64) -> Self {
        Self {
            mass: host.mass_in_region() / least_mass,
            largest: host.largest_subhalo() / least_mass,
        }
    }
}

/// ln ∫ mᵉ dm between two masses.
pub(super) fn log_integral<R: Real>(exponent: R, low: f64, high: f64) -> Result<R, Rejected> {
    // A power law is normalised: its density at a mass gives the normalisation.
    Ok(exponent * low.ln() - PowerLaw::new(exponent, low, high)?.log_density(&low))
}

/// A Poisson number of subhalos with masses from a power law, dn/dm ∝ m^β, in units of the least mass.
///
/// The expected number follows from f_sub: f_sub times the mass of the host, over the mean mass of a subhalo.
pub(super) struct Population<R> {
    number: Poisson<R>,
    masses: PowerLaw<R>,
    slope: R,
}

impl<R: Real> Population<R> {
    pub(super) fn new(theta: &[R], reservoir: &Reservoir) -> Result<Self, Rejected> {
        let (fraction, slope) = (theta[0], theta[1]);
        let mean_mass =
            log_integral(slope + 1.0, 1.0, reservoir.largest)? - log_integral(slope, 1.0, reservoir.largest)?;
        Ok(Self {
            number: Poisson::new(fraction * (-mean_mass).exp() * reservoir.mass)?,
            masses: PowerLaw::new(slope, 1.0, reservoir.largest)?,
            slope,
        })
    }

    /// Draws the masses, and remembers what their probability asks for: how many there are, the sum of their logarithms,
    /// and two numbers of the host.
    pub(super) fn draw(self, reservoir: &Reservoir, trace: &mut impl Trace<R>) -> Vec<f64> {
        let n = trace.draw(self.number);
        let masses = trace.draw(Several { n, of: &self });
        let statistics = [n as f64, sum_of_logs(&masses), reservoir.mass, reservoir.largest];
        trace.remember(&statistics);
        masses
    }

    /// ln p of `n` masses with this sum of logarithms.
    fn log_density_of_masses(&self, n: u64, sum_of_logs: f64) -> R {
        self.slope * sum_of_logs + self.masses.log_density(&1.0) * n as f64
    }

    /// ln p(x,z|θ) = ln Poisson(n) + β Σ ln mᵢ − n ln ∫ m^β dm of a remembered population.
    pub(super) fn log_probability(theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        let &[n, sum_of_logs, mass, largest] = memory else {
            return Err(Rejected::Invalid(format!(
                "subhalos are remembered by 4 numbers (how many, sum of ln mass, mass of the host, largest mass), got {}",
                memory.len()
            )));
        };
        let (n, population) = (n as u64, Self::new(theta, &Reservoir { mass, largest })?);
        Ok(population.number.log_density(&n) + population.log_density_of_masses(n, sum_of_logs))
    }
}

fn sum_of_logs(masses: &[f64]) -> f64 {
    masses.iter().map(|mass| mass.ln()).sum()
}

/// The masses of `n` subhalos of a population, drawn at once: their probability needs two numbers only.
struct Several<'a, R> {
    n: u64,
    of: &'a Population<R>,
}

impl<R: Real> Density<R> for Several<'_, R> {
    type Draw = Vec<f64>;

    fn sample(&self, rng: &mut Stream) -> Vec<f64> {
        (0..self.n).map(|_| self.of.masses.sample(rng)).collect()
    }

    fn log_density(&self, draw: &Vec<f64>) -> R {
        self.of.log_density_of_masses(self.n, sum_of_logs(draw))
    }
}
