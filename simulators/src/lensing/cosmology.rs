//! Distances in a flat universe of matter and a cosmological constant.

use std::f64::consts::PI;

use crate::quadrature::over_interval;

/// The speed of light, in km/s.
pub const LIGHT_SPEED: f64 = 299_792.458;
/// Newton's constant, in Mpc (km/s)²/M☉.
pub const GRAVITATION: f64 = 4.300_917_27e-9;
/// An arcsecond, in rad.
pub const ARCSECOND: f64 = PI / 648_000.0;

/// Nodes for a distance: at a redshift of 1.5 the quadrature errs by less than 10⁻¹⁰.
const NODES: usize = 16;

/// A flat universe of matter and a cosmological constant; radiation and the masses of neutrinos are left out.
#[derive(Debug, Clone)]
pub struct Cosmology {
    hubble: f64,
    matter: f64,
    rule: Vec<(f64, f64)>,
}

impl Default for Cosmology {
    /// H₀ = 67.74 km/s/Mpc and Ω_m = 0.3075 (Planck 2015, arXiv:1502.01589, table 4, last column).
    fn default() -> Self {
        Self::new(67.74, 0.3075)
    }
}

impl Cosmology {
    /// With Hubble's constant in km/s/Mpc and the share of matter in the density of today, both positive.
    pub fn new(hubble: f64, matter: f64) -> Self {
        Self {
            hubble,
            matter,
            rule: over_interval(NODES),
        }
    }

    /// Hubble's constant in units of 100 km/s/Mpc.
    pub fn little_h(&self) -> f64 {
        self.hubble / 100.0
    }

    /// The comoving distance to redshift `z`, in Mpc: c/H₀ ∫ dz / √(Ω_m (1 + z)³ + 1 − Ω_m).
    pub fn comoving_distance(&self, z: f64) -> f64 {
        let slowness = |z: f64| {
            let scale = 1.0 + z;
            (self.matter * scale * scale * scale + 1.0 - self.matter).sqrt().recip()
        };
        let at = |node: f64| 0.5 * z * (1.0 + node);
        let mean: f64 = self
            .rule
            .iter()
            .map(|&(node, weight)| weight * slowness(at(node)))
            .sum();
        LIGHT_SPEED / self.hubble * z * mean
    }

    /// The density of a flat universe today, in M☉/Mpc³: 3 H₀²/(8 π G).
    pub fn critical_density(&self) -> f64 {
        3.0 * self.hubble * self.hubble / (8.0 * PI * GRAVITATION)
    }

    /// The distances of a lens at redshift `lens` before a source at redshift `source`.
    pub fn sight_line(&self, lens: f64, source: f64) -> SightLine {
        let (near, far) = (self.comoving_distance(lens), self.comoving_distance(source));
        SightLine {
            lens: near / (1.0 + lens),
            source: far / (1.0 + source),
            between: (far - near) / (1.0 + source),
        }
    }
}

/// Angular diameter distances, in Mpc.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SightLine {
    /// From us to the lens.
    pub lens: f64,
    /// From us to the source.
    pub source: f64,
    /// From the lens to the source. In an expanding universe, this is not the difference of the other two.
    pub between: f64,
}

impl SightLine {
    /// The surface density that would focus the source, Σ_crit = c²/(4 π G) D_s/(D_l D_ls), in M☉/Mpc².
    pub fn critical_surface_density(&self) -> f64 {
        LIGHT_SPEED * LIGHT_SPEED / (4.0 * PI * GRAVITATION) * self.source / (self.lens * self.between)
    }

    /// The square of the Einstein radius of a point of mass `mass` M☉, M/(π Σ_crit D_l²), in arcsec².
    pub fn squared_einstein_radius(&self, mass: f64) -> f64 {
        let radius = self.lens * ARCSECOND;
        mass / (PI * self.critical_surface_density() * radius * radius)
    }
}
