//! The exact density of the momenta.
//!
//! The observation of the hard event does not tell which jet comes from which proton, so the two ways add up.

use motherlode_core::Real;
use motherlode_core::likelihood::ExactDensity;
use ndarray::{ArrayView1, ArrayView2};

use super::phase_space::is_inside;
use super::{Event, Fusion, Leptons};
use crate::collider::{CONVERSION, HIGGS, HardProcess, Momentum, PhaseSpace, Quadratic};

/// Relative, of energies and momenta that should agree.
const CONSERVED: f64 = 1e-4;

/// p(x|θ) over rapidities and transverse momenta of jets and Higgs boson, dy₁ dy₂ dy_H d²p_T₁ d²p_T₂ in GeV⁴, and over the
/// phase space of four leptons.
#[derive(Debug)]
pub(super) struct Momenta(pub Fusion);

impl Momenta {
    /// The rates of production and decay of an observation, if it is a possible one.
    fn rates(&self, x: ArrayView1<f64>) -> Option<(Quadratic, Option<Quadratic>)> {
        let massless = |first: usize| Momentum::massless(x[first + 1], x[first + 2], x[first + 3]);
        let jets = [massless(0), massless(4)];
        let decay = self
            .0
            .decay()
            .map(|decay| (decay, Leptons([8, 12, 16, 20].map(massless))));
        let at = if decay.is_some() { 24 } else { 8 };
        let higgs = Momentum {
            e: x[at],
            ..massless(at)
        };
        let event = Event::new(jets, higgs);
        let products: Momentum = decay.map_or(higgs, |(_, Leptons(leptons))| leptons.into_iter().sum());
        let close = |a: Momentum, b: Momentum| (a - b).components().iter().all(|off| off.abs() < CONSERVED * a.e);
        let across = jets[0] + jets[1] + higgs;
        let possible = is_inside(&event)
            && close(
                across,
                Momentum {
                    x: 0.0,
                    y: 0.0,
                    ..across
                },
            )
            && close(higgs, products)
            && (higgs.mass() / HIGGS.mass - 1.0).abs() < CONSERVED * higgs.e / HIGGS.mass;
        if !possible {
            return None;
        }
        let mut production = self.0.production().space().weight(&event);
        production.add_scaled(&self.0.production().space().weight(&event.exchanged()), 1.0);
        let square = (event.partons[0] + event.partons[1]).square();
        let flux = CONVERSION / (8.0 * std::f64::consts::TAU.powi(5) * square * square);
        let width = decay.map(|(decay, leptons)| {
            let form = decay.space().squared_amplitude(&leptons);
            form.scaled(1.0 / (2.0 * HIGGS.mass))
        });
        Some((production.scaled(flux), width))
    }
}

impl ExactDensity for Momenta {
    fn route(&self) -> &str {
        "squared amplitudes"
    }

    fn shape(&self) -> (usize, usize) {
        let operators = self.0.production().space().operators().len();
        (operators, if self.0.decay().is_some() { 42 } else { 16 })
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let mut log_total = self.0.production().total().at(theta).ln();
        if let Some(decay) = self.0.decay() {
            log_total += decay.total().at(theta).ln();
        }
        let one = |x: ArrayView1<f64>| match self.rates(x) {
            None => R::from(f64::NEG_INFINITY),
            Some((production, None)) => production.at(theta).ln() - log_total,
            Some((production, Some(decay))) => production.at(theta).ln() + decay.at(theta).ln() - log_total,
        };
        x.rows().into_iter().map(one).collect()
    }
}
