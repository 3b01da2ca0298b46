//! Weak boson fusion: p p → j j H at 13 TeV, from the amplitude to jets and what the Higgs boson decays into.
//!
//! Two quarks pass one another and exchange vector bosons, which fuse into a Higgs boson. The quarks go on as two jets, far
//! apart in rapidity; their momenta and the angle between them tell how vector bosons couple to the Higgs boson. Operators
//! of dimension six add amplitudes that are proportional to their coefficients, θ = f v²/Λ², and grow with energy. So the
//! differential rate is quadratic in θ, exactly, and so is the cross section.
//!
//! *z* is the hard event: the momenta of jets and Higgs boson, summed over the flavours of the quarks (or with them,
//! [`Fusion::by_flavour`]), the gluons that the quarks radiate, the decay, and the resolution of the detector. Only what has
//! an amplitude depends on θ. All else is noise, and cancels in the joint ratio. With [`Fusion::with_shower`], the strong
//! coupling of the shower is one more parameter, a nuisance.
//!
//! The Higgs boson decays into two photons, of any direction; or, with [`Fusion::with_four_leptons`], by the same operators
//! into e⁻ e⁺ μ⁻ μ⁺. It is a scalar, so production and decay know nothing of each other but θ: the rate is then a product of
//! two quadratic forms. *x* is what an analysis uses: jets, leptons, and what is reconstructed from them.
//!
//! With [`Fusion::at_parton_level`], *x* is the momenta themselves, and p(x|θ) is known.
//!
//! Simplifications: tree level; four flavours at a fixed scale, m_W; no Higgs bosons radiated off an s-channel boson, no
//! exchange of the two jets and no interference of W and Z exchange (together about 1 % of the rate); the width of the Higgs
//! boson is that of the standard model; no background, no cuts after the detector. Of the rate, 3 to 5 in 100 000 lie where
//! no events are [proposed](super::Adapted::bound), as the example `fusion_rates` measures.
//!
//! # Source
//! Brehmer, Cranmer, Louppe and Pavez 2018, arXiv:1805.00013 and arXiv:1805.00020 (the process, its observables and
//! resolutions). Hagiwara, Szalapski and Zeppenfeld 1993, Physics Letters B 318, 155 (operators).

mod detection;
mod four_leptons;
mod observables;
mod pdf;
mod phase_space;
mod process;
mod production;
mod truth;

use std::sync::{Arc, LazyLock};

pub use four_leptons::{FourLeptons, LIGHTEST, Leptons};
use motherlode_core::likelihood::{Exact, Truth};
use motherlode_core::trace::density::Categorical;
use motherlode_core::trace::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real, Result};
use observables::Seen;
pub use pdf::{Densities, densities};
pub use phase_space::DIMENSIONS;
pub use process::{Channel, Currents, ENERGY, Event, Type, channels};
pub use production::Production;

use super::quadratic::evaluate;
use super::{Adapted, HIGGS, HardProcess, Operator, PhaseSpace, Point, Quadratic};

static DEFAULT: LazyLock<Fusion> = LazyLock::new(|| {
    let operators = [Operator::W, Operator::Ww];
    Fusion::new(&operators).expect("the default process is possible")
});
static FOUR_LEPTONS: LazyLock<Fusion> = LazyLock::new(|| {
    DEFAULT
        .clone()
        .with_four_leptons()
        .expect("the default process is possible")
});

/// p p → j j H with effective operators, in a detector or as partons.
#[derive(Debug, Clone)]
pub struct Fusion {
    production: Arc<Adapted<Production, DIMENSIONS>>,
    four_leptons: Option<Arc<Adapted<FourLeptons, 5>>>,
    level: Level,
    by_flavour: bool,
}

/// Level of observation, with its nuisance parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Partons,
    /// In the detector, no gluons.
    Detector,
    /// With gluons off the quarks.
    Shower,
    /// With ν of the shower as the last parameter.
    UncertainShower,
}

impl Default for Fusion {
    /// With f_W and f_WW; two photons.
    fn default() -> Self {
        DEFAULT.clone()
    }
}

impl Fusion {
    /// With the coefficients of `operators` as parameters; H → γ γ, gluons and a detector.
    ///
    /// # Errors
    /// If `operators` is empty, names one twice or the standard model.
    pub fn new(operators: &[Operator]) -> Result<Self> {
        if operators.is_empty() {
            return Err(Error::usage(
                "Fusion without operators has no parameters: name at least one",
            ));
        }
        Ok(Self {
            production: Arc::new(Adapted::new(Production::new(operators)?)?),
            four_leptons: None,
            level: Level::Shower,
            by_flavour: false,
        })
    }

    /// H → e⁻ e⁺ μ⁻ μ⁺ with f_W and f_WW, in a detector.
    pub fn four_leptons() -> Self {
        FOUR_LEPTONS.clone()
    }

    /// With H → e⁻ e⁺ μ⁻ μ⁺ by the same operators, in a detector; without gluons, as in the study that this follows.
    ///
    /// # Errors
    /// If the decay cannot tell two operators apart.
    pub fn with_four_leptons(self) -> Result<Self> {
        let decay = FourLeptons::new(self.operators())?;
        Ok(Self {
            four_leptons: Some(Arc::new(Adapted::new(decay)?)),
            level: Level::Detector,
            ..self
        })
    }

    /// With x = the momenta of the hard event: their density is known.
    pub fn at_parton_level(self) -> Self {
        self.seen(Level::Partons)
    }

    /// In a detector; quarks radiate no gluons.
    pub fn without_gluons(self) -> Self {
        self.seen(Level::Detector)
    }

    /// In a detector, with gluons off the quarks; one more observable is the number of jets.
    pub fn with_gluons(self) -> Self {
        self.seen(Level::Shower)
    }

    /// In a detector, with gluons and one more parameter: the relative shift of the strong coupling in the shower.
    pub fn with_shower(self) -> Self {
        self.seen(Level::UncertainShower)
    }

    fn seen(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// With the flavours of the quarks among the latent variables: joint ratio and score are those of one channel, and vary
    /// more than those of the sum.
    pub fn by_flavour(self) -> Self {
        Self {
            by_flavour: true,
            ..self
        }
    }

    /// The production of the Higgs boson.
    pub fn production(&self) -> &Adapted<Production, DIMENSIONS> {
        &self.production
    }

    /// The decay into four leptons, if that is how it decays.
    pub fn decay(&self) -> Option<&Adapted<FourLeptons, 5>> {
        self.four_leptons.as_deref()
    }

    fn operators(&self) -> &[Operator] {
        self.production.space().operators()
    }

    /// Draws the channel, with chances by its share of the rate, which depends on θ. Its rate is in units of the point's.
    fn channel<R: Real>(
        &self,
        point: &Point<Event>,
        coefficients: &[R],
        trace: &mut impl Trace<R>,
    ) -> Result<Quadratic, Rejected> {
        let forms = self.production.space().weights(&point.place);
        let weights: Vec<R> = forms.iter().map(|form| form.at(coefficients)).collect();
        let chosen = forms[trace.draw(Categorical::new(&weights)?)];
        let sum: f64 = forms.iter().map(|form| form.element(0, 0)).sum();
        Ok(chosen.scaled(point.rate.element(0, 0) / sum))
    }
}

impl Simulator for Fusion {
    fn name(&self) -> &str {
        let flavour = usize::from(self.by_flavour);
        let names = match (self.four_leptons.is_some(), self.level) {
            (false, Level::Partons) => ["fusion-partons", "fusion-partons-flavour"],
            (false, Level::Detector) => ["fusion-no-gluons", "fusion-no-gluons-flavour"],
            (false, Level::Shower) => ["fusion", "fusion-flavour"],
            (false, Level::UncertainShower) => ["fusion-shower", "fusion-shower-flavour"],
            (true, Level::Partons) => ["fusion-4l-partons", "fusion-4l-partons-flavour"],
            (true, Level::Detector) => ["fusion-4l", "fusion-4l-flavour"],
            (true, Level::Shower) => ["fusion-4l-gluons", "fusion-4l-gluons-flavour"],
            (true, Level::UncertainShower) => ["fusion-4l-shower", "fusion-4l-shower-flavour"],
        };
        names[flavour]
    }

    fn about(&self) -> &str {
        match (self.four_leptons.is_some(), self.level == Level::Partons) {
            (false, true) => "weak boson fusion, p p → j j H, with effective operators; the momenta are observed",
            (false, false) => "weak boson fusion, p p → j j H, H → γ γ, with effective operators, in a detector",
            (true, true) => {
                "weak boson fusion, p p → j j H, H → e e μ μ, with effective operators; the momenta are observed"
            }
            (true, false) => "weak boson fusion, p p → j j H, H → e e μ μ, with effective operators, in a detector",
        }
    }

    fn parameters(&self) -> Vec<Parameter> {
        super::parameters(self.operators(), self.level == Level::UncertainShower)
    }

    fn observables(&self) -> Vec<Observable> {
        let showers = matches!(self.level, Level::Shower | Level::UncertainShower);
        observables::of_events(self.four_leptons.is_some(), showers)
    }

    /// The standard model against a point where operators matter, so that no event of the former is rare at the latter.
    fn hypotheses(&self) -> Option<Hypotheses> {
        let coefficient = |operator: &Operator| match operator {
            Operator::W => 0.393,
            Operator::Ww => 0.492,
            _ => 0.2,
        };
        let mut theta1: Vec<f64> = self.operators().iter().map(coefficient).collect();
        let mut theta0 = vec![0.0; theta1.len()];
        let mut prior = vec![(-1.0, 1.0); theta0.len()];
        if self.level == Level::UncertainShower {
            theta0.push(0.1);
            theta1.push(0.0);
            prior.push((-0.2, 0.2));
        }
        Some(Hypotheses::new(theta0, theta1, prior))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let (coefficients, shift) = theta.split_at(self.operators().len());
        let point = trace.draw(self.production.at(coefficients)?);
        let rate = match self.by_flavour {
            true => self.channel(&point, coefficients, trace)?,
            false => point.rate,
        };
        trace.remember(rate.upper());
        let Event { jets, higgs, .. } = point.place;
        let mut leptons = None;
        if let Some(decay) = &self.four_leptons {
            let Point { place, rate, .. } = trace.draw(decay.at(coefficients)?);
            trace.remember(rate.upper());
            leptons = Some(Leptons(place.0.map(|lepton| lepton.boosted(higgs))));
        }
        let seen = Seen {
            jets,
            higgs,
            leptons,
            extra: None,
        };
        match self.level {
            Level::Partons => Ok(seen.observables()),
            _ => Ok(self.detect(seen, shift, trace)?.observables()),
        }
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    /// ln c^T R c/c^T S c, from the elements of R, of production and of decay; with the shower's ln p.
    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        let n = self.operators().len();
        let (coefficients, shift) = theta.split_at(n);
        let elements = (n + 1) * (n + 2) / 2;
        let forms = 1 + usize::from(self.four_leptons.is_some());
        let needed = forms * elements + 4 * shift.len();
        if memory.len() != needed {
            return Err(Rejected::Invalid(format!(
                "an event of {} is remembered by {needed} numbers, got {}",
                Simulator::name(self),
                memory.len()
            )));
        }
        let (upper, rest) = memory.split_at(elements);
        let mut log = (evaluate(upper, coefficients) / self.production.total().at(coefficients)).ln();
        let mut shower = rest;
        if let Some(decay) = &self.four_leptons {
            let (upper, rest) = rest.split_at(elements);
            log += (evaluate(upper, coefficients) / decay.total().at(coefficients)).ln();
            shower = rest;
        }
        if let &[shift] = shift {
            log += Self::log_showers(shift, shower)?;
        }
        Ok(log)
    }

    /// ln σ(θ)/fb; with the decay, ln σ(θ) Γ(θ)/Γ_H.
    fn log_rate<R: Real>(&self, theta: &[R]) -> Option<R> {
        let coefficients = &theta[..self.operators().len()];
        let production = self.production.total().at(coefficients).ln();
        Some(match &self.four_leptons {
            Some(decay) => production + (decay.total().at(coefficients) / HIGGS.width).ln(),
            None => production,
        })
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        match self.level {
            Level::Partons => Some(Box::new(Exact(truth::Momenta(self.clone())))),
            Level::Detector | Level::Shower | Level::UncertainShower => None,
        }
    }
}
