//! Subhalos before a lensed galaxy: dark matter that nobody sees, in an image.
//!
//! A galaxy at redshift z_l bends the light of another one far behind it into a ring. Its halo of dark matter has swallowed
//! smaller ones, its subhalos, each of which dents the ring a little. How much of the halo's mass is in subhalos (f_sub), and how
//! many light ones there are to a heavy one (dn/dm ∝ m^β), tells kinds of dark matter apart. *z* is, in this order:
//!
//! | latent | law | depends on θ |
//! |---|---|---|
//! | redshift of the lens | log₁₀ z_l ~ N(−0.25, 0.25), from −1.25 to 0 | |
//! | velocity dispersion | σ_v ~ N(225, 50) km/s, from 50 to 400; with it the mass of the halo and θ_E | |
//! | number of subhalos | n ~ Poisson(n̄) | f_sub, β |
//! | their masses | m ∝ m^β, from 10⁷ M☉ to 0.01 of the halo | β |
//! | their positions | uniform in the disk of radius 2 θ_E | |
//! | offset of the source | N(0, 0.2″) in each direction | |
//! | noise of the camera | Poisson in each pixel | |
//!
//! The host is a singular isothermal sphere, θ_E = 4π (σ_v/c)² D_ls/D_s, subhalos have the profile of [Navarro, Frenk and
//! White](nfw), the source at z_s = 1.5 is an exponential disk (Sérsic index 1) of 23rd magnitude, the image has 64 × 64 pixels of
//! 0.1″, a point spread function of 0.18″ full width at half maximum, and the sky of 22.8 magnitudes a square arcsecond.
//! n̄ is such that the mean mass in subhalos is f_sub times the mass of the halo that is seen in the disk, M₂₀₀ [ln(x/2) +
//! F(x)]/m(c) within x = 2θ_E/θ_s.
//!
//! Only n and the masses depend on θ, so that the gold has a closed form,
//!
//! ln p(x,z|θ) = n ln n̄ − n̄ + β Σ ln mᵢ − n ln ∫ m^β dm + const, t_f = (n − n̄)/f_sub,
//!
//! and an event is remembered by n, Σ ln mᵢ and the two numbers of its host that n̄ asks for. No way is known to p(image|θ).
//! But gold does not care what is observed. [`counts`](Lensing::counts) and [`masses`](Lensing::masses) observe the number
//! of subhalos, and their number by decade of mass, instead of the image: with the same gold, they have an exact truth.
//!
//! # Against the published code
//! The model is that of the paper, some numbers differ from its code on purpose. The blur is σ = FWHM/√(8 ln 2) = 0.076″ (there
//! 0.053″), and comes before the noise of counting, not after it. Σ_crit has D_ls, not D_s − D_l. The share of the halo in the
//! disk is divided by m(c), without which it is a share of another mass. f_sub is the share of subhalos that are drawn, from
//! 10⁷ M☉ on; there it is counted from 10⁶ M☉. The cosmology is the same in distances and densities. Images in which subhalos
//! weigh more than the host are kept: to discard them would condition on θ. The mass of subhalos adds to that of the isothermal
//! sphere, as it does there.
//!
//! # Source
//! Brehmer, Mishra-Sharma, Hermans, Louppe and Cranmer 2019, arXiv:1909.02005. Galaxies: Collett 2015, arXiv:1507.02657; mass of the
//! halo: Zahid, Sohn and Geller 2018, arXiv:1804.04492.

pub mod camera;
pub mod cosmology;
mod counts;
pub mod deflection;
pub mod host;
pub mod nfw;
mod population;
pub mod sky;
mod summary;

use motherlode_core::likelihood::{Exact, Truth};
use motherlode_core::trace::density::{Poisson, Uniform};
use motherlode_core::trace::{Hypotheses, Layout, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real, Result};

use camera::{Camera, lensed_light};
use cosmology::Cosmology;
use counts::{Classes, Counts};
use deflection::{Deflector, Subhalo};
use host::{Host, draw_offset};
use population::{Population, Reservoir};
use sky::PIXELS;
use summary::{SUMMARIES, summarise};

/// Smallest minimal mass of a subhalo, in M☉.
const LEAST_MASSES: (f64, f64) = (1e6, 1e7);

/// Subhalos before a lensed galaxy.
#[derive(Debug, Clone)]
pub struct Lensing {
    observed: Observed,
    least_mass: f64,
    cosmology: Cosmology,
    deflector: Deflector,
    camera: Camera,
}

/// Level of observation of a lens.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Observed {
    Image,
    Summaries,
    Count,
    Masses,
}

impl Default for Lensing {
    /// The image, with subhalos from 10⁷ M☉ on.
    fn default() -> Self {
        Self {
            observed: Observed::Image,
            least_mass: 1e7,
            cosmology: Cosmology::default(),
            deflector: Deflector::default(),
            camera: Camera::default(),
        }
    }
}

impl Lensing {
    /// Eight numbers of the image: its light, the radius, offset and width of the ring, and how far it is from round.
    pub fn summaries() -> Self {
        Self::default().seen_as(Observed::Summaries)
    }

    /// The number of subhalos, and no image.
    pub fn counts() -> Self {
        Self::default().seen_as(Observed::Count)
    }

    /// The numbers of subhalos in two decades of mass and above, and no image.
    pub fn masses() -> Self {
        Self::default().seen_as(Observed::Masses)
    }

    fn seen_as(self, observed: Observed) -> Self {
        Self { observed, ..self }
    }

    /// With subhalos from `least_mass` M☉ on: 10⁷ in the published code, 10⁶ in the paper, which makes seven times as many.
    ///
    /// # Errors
    /// If it is not within 10⁶ and 10⁷ M☉.
    pub fn with_least_mass(self, least_mass: f64) -> Result<Self> {
        let (low, high) = LEAST_MASSES;
        if !(low..=high).contains(&least_mass) {
            return Err(Error::usage(format!(
                "subhalos from {least_mass} M☉ on: ask for {low:e} to {high:e}; lighter ones are too many, heavier ones are the signal"
            )));
        }
        Ok(Self { least_mass, ..self })
    }

    /// The counts that the pixels are expected to get, `[64 × 64]` row by row, of a source at `source` (arcsec) behind `host`
    /// and `subhalos`.
    pub fn expected_image(&self, host: &Host, subhalos: &[Subhalo], source: [f64; 2]) -> Vec<f64> {
        let deflection = self.deflector.field(subhalos);
        self.camera.expose(&lensed_light(host, &deflection, source))
    }

    /// Draws an image, `[64 × 64]` counts row by row, of subhalos with these masses, in units of the least mass.
    fn draw_image<R: Real>(
        &self,
        host: &Host,
        masses: &[f64],
        trace: &mut impl Trace<R>,
    ) -> Result<Vec<f64>, Rejected> {
        let (share, angle) = (Uniform::new(0.0, 1.0)?, Uniform::new(0.0, std::f64::consts::TAU)?);
        let mut place = || {
            let radius = host.region() * trace.noise(share).sqrt();
            let (sin, cos) = trace.noise(angle).sin_cos();
            [radius * cos, radius * sin]
        };
        let subhalo = |mass: &f64| Subhalo::new(mass * self.least_mass, place(), &host.sight_line, &self.cosmology);
        let subhalos: Vec<Subhalo> = masses.iter().map(subhalo).collect();
        let source = draw_offset(trace)?;
        let expected = self.expected_image(host, &subhalos, source);
        expected
            .into_iter()
            .map(|counts| Ok(trace.noise(Poisson::new(counts)?) as f64))
            .collect()
    }
}

impl Simulator for Lensing {
    fn name(&self) -> &str {
        match self.observed {
            Observed::Image => "lensing",
            Observed::Summaries => "lensing-summary",
            Observed::Count => "lensing-count",
            Observed::Masses => "lensing-masses",
        }
    }

    fn about(&self) -> &str {
        match self.observed {
            Observed::Image => "subhalos of dark matter dent the ring of a lensed galaxy; its image is observed",
            Observed::Summaries => {
                "subhalos of dark matter dent the ring of a lensed galaxy; eight numbers of its image are observed"
            }
            Observed::Count => "subhalos of dark matter in a lens, counted as if they could be seen",
            Observed::Masses => "subhalos of dark matter in a lens, counted by decade of mass as if they could be seen",
        }
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter::new("f_sub", 0.0, 0.5).with_about("share of the mass of the halo that is in subhalos"),
            Parameter::new("beta", -3.0, -1.0).with_about("slope of the number of subhalos in their mass, dn/dm ∝ m^β"),
        ]
    }

    fn observables(&self) -> Vec<Observable> {
        let named = |names: &[&str]| names.iter().map(|name| Observable::new(name)).collect();
        match self.observed {
            Observed::Image => (0..PIXELS * PIXELS)
                .map(|pixel| Observable::new(&format!("pixel_{}_{}", pixel / PIXELS, pixel % PIXELS)))
                .collect(),
            Observed::Summaries => SUMMARIES
                .map(|(name, unit)| Observable::new(name).with_unit(unit))
                .into(),
            Observed::Count => named(&["subhalos"]),
            Observed::Masses => named(&["first_decade", "second_decade", "heavier"]),
        }
    }

    fn layout(&self) -> Option<Layout> {
        matches!(self.observed, Observed::Image).then(|| Layout::Image {
            first: "pixel_0_0".into(),
            image: [1, PIXELS, PIXELS],
        })
    }

    /// For images the box of the paper, in which the expected number of subhalos of one and the same host goes from less than
    /// one to thousands: learn against a mixture over it. For the numbers of subhalos a smaller box, and as reference the
    /// corner where most are expected: few are always possible there, for some hosts have few, but not the other way round.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(match self.observed {
            Observed::Image | Observed::Summaries => {
                Hypotheses::new([0.1, -1.9], [0.05, -1.9], [(0.001, 0.2), (-2.5, -1.5)])
            }
            Observed::Count | Observed::Masses => {
                Hypotheses::new([0.05, -1.9], [0.1, -2.2], [(0.01, 0.1), (-2.2, -1.7)])
            }
        })
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let host = Host::draw(&self.cosmology, trace)?;
        let reservoir = Reservoir::new(&host, self.least_mass);
        let masses = Population::new(theta, &reservoir)?.draw(&reservoir, trace);
        match self.observed {
            Observed::Image => self.draw_image(&host, &masses, trace),
            Observed::Summaries => Ok(summarise(&self.draw_image(&host, &masses, trace)?)),
            Observed::Count => Ok(Classes::ALL.count(&masses)),
            Observed::Masses => Ok(Classes::DECADES.count(&masses)),
        }
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        Population::log_probability(theta, memory)
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        let classes = match self.observed {
            Observed::Image | Observed::Summaries => return None,
            Observed::Count => Classes::ALL,
            Observed::Masses => Classes::DECADES,
        };
        let counts = Counts::new(classes, self.least_mass, &self.cosmology).ok()?;
        Some(Box::new(Exact(counts)))
    }
}
