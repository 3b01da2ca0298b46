//! The galaxy that lenses, and where the source stands behind it.

use std::f64::consts::PI;

use motherlode_core::Real;
use motherlode_core::trace::density::{Normal, TruncatedNormal};
use motherlode_core::trace::{Rejected, Trace};

use super::cosmology::{ARCSECOND, Cosmology, LIGHT_SPEED, SightLine};
use super::nfw::{Halo, projected_mass};

/// The redshift of the source.
pub const SOURCE_REDSHIFT: f64 = 1.5;
/// log₁₀ of the redshift of the lens: mean, standard deviation, bounds.
pub(super) const LOG_REDSHIFT: (f64, f64, f64, f64) = (-0.25, 0.25, -1.25, 0.0);
/// The velocity dispersion in km/s: mean, standard deviation, bounds.
pub(super) const DISPERSION: (f64, f64, f64, f64) = (225.0, 50.0, 50.0, 400.0);
/// The standard deviation of the offset of the source, in arcsec, in each direction.
const OFFSET: f64 = 0.2;
/// log₁₀(M₂₀₀/10¹² M☉) = 0.09 + 3.48 log₁₀(σ_v/100 km/s).
const HALO_MASS: (f64, f64) = (0.09, 3.48);
/// Subhalos lie within so many Einstein radii.
const REGION: f64 = 2.0;
/// The largest subhalo, in units of the host.
const LARGEST: f64 = 0.01;

/// A galaxy that lenses: a singular isothermal sphere of stars and dark matter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Host {
    /// Its distances.
    pub sight_line: SightLine,
    /// Its Einstein radius 4 π (σ_v/c)² D_ls/D_s, in arcsec.
    pub einstein_radius: f64,
    /// Its halo of dark matter.
    pub halo: Halo,
}

impl Host {
    /// A galaxy at `redshift` whose stars have the velocity dispersion `dispersion`, in km/s.
    pub fn new(redshift: f64, dispersion: f64, cosmology: &Cosmology) -> Self {
        let sight_line = cosmology.sight_line(redshift, SOURCE_REDSHIFT);
        let bend = 4.0 * PI * (dispersion / LIGHT_SPEED).powi(2);
        let log_mass = HALO_MASS.0 + HALO_MASS.1 * (dispersion / 100.0).log10();
        Self {
            sight_line,
            einstein_radius: bend * sight_line.between / sight_line.source / ARCSECOND,
            halo: Halo::new(1e12 * 10f64.powf(log_mass), cosmology),
        }
    }

    /// Draws a galaxy.
    pub(super) fn draw<R: Real>(cosmology: &Cosmology, trace: &mut impl Trace<R>) -> Result<Self, Rejected> {
        let mut within =
            |(mean, sd, low, high)| Ok::<_, Rejected>(trace.noise(TruncatedNormal::new(mean, sd, low, high)?));
        let (log_redshift, dispersion) = (within(LOG_REDSHIFT)?, within(DISPERSION)?);
        Ok(Self::new(10f64.powf(log_redshift), dispersion, cosmology))
    }

    /// The radius of the disk in which subhalos are placed, in arcsec.
    pub fn region(&self) -> f64 {
        REGION * self.einstein_radius
    }

    /// The mass of the halo that is seen in this disk, in M☉.
    pub fn mass_in_region(&self) -> f64 {
        let radius = self.region() * ARCSECOND * self.sight_line.lens;
        self.halo.characteristic_mass() * projected_mass(radius / self.halo.scale_radius)
    }

    /// The mass of the largest subhalo, in M☉.
    pub fn largest_subhalo(&self) -> f64 {
        LARGEST * self.halo.mass
    }
}

/// Draws where the source stands behind the lens, in arcsec.
pub(super) fn draw_offset<R: Real>(trace: &mut impl Trace<R>) -> Result<[f64; 2], Rejected> {
    let offset = Normal::new(0.0, OFFSET)?;
    Ok([trace.noise(offset), trace.noise(offset)])
}
