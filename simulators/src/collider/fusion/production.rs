//! p p → j j H as a hard process: rates of points, and the cross section.

use motherlode_core::Result;
use motherlode_core::trace::{Choice, Choices, Stream};
use rand::RngExt;

use super::pdf::densities;
use super::phase_space::{DIMENSIONS, Point};
use super::process::{Channel, Currents, Event, channels};
use crate::collider::adapted::PhaseSpace;
use crate::collider::{Momentum, OPERATORS, Operator, Quadratic};

/// The process for the standard model and some operators.
#[derive(Debug, Clone)]
pub struct Production {
    operators: Vec<Operator>,
}

impl Production {
    /// With `operators` beside the standard model.
    ///
    /// # Errors
    /// If an operator is named twice, or one of them is the standard model.
    pub fn new(operators: &[Operator]) -> Result<Self> {
        Operator::check(operators)?;
        Ok(Self {
            operators: operators.to_vec(),
        })
    }

    /// Σ x₁f₁ x₂f₂ |M|² of an event, GeV⁻².
    pub fn weight(&self, event: &Event) -> Quadratic {
        let [first, second] = event.fractions().map(densities);
        Currents::new(event).summed([&first, &second], &self.operators)
    }

    /// Its terms: x₁f₁ x₂f₂ |M|² of each of the [`channels`].
    pub fn weights(&self, event: &Event) -> Vec<Quadratic> {
        let [first, second] = event.fractions().map(densities);
        let currents = Currents::new(event);
        let one = |channel: Channel| {
            let [a, b] = channel.types.map(|of| of as usize);
            let form = currents.squared_amplitude(channel, &self.operators);
            form.scaled(first.by_type[a] * second.by_type[b])
        };
        channels().map(one).collect()
    }
}

impl PhaseSpace<DIMENSIONS> for Production {
    type Place = Event;

    fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// fb.
    fn total(&self) -> Quadratic {
        Quadratic::from_upper(&CROSS_SECTION)
            .expect("a form of all operators")
            .of(&self.operators)
    }

    fn point(&self, shares: &[f64; DIMENSIONS]) -> Option<(Event, Quadratic)> {
        let Point { event, flux } = Point::from_shares(shares)?;
        Some((event, self.weight(&event).scaled(flux)))
    }

    /// The azimuth about the beams, which are not polarised.
    fn complete(&self, event: &mut Event, rng: &mut Stream) {
        let phi = std::f64::consts::TAU * rng.random::<f64>();
        *event = event.turned(phi);
    }
}

impl Choice for Event {
    fn write(&self, record: &mut Vec<f64>) {
        for momentum in [self.jets[0], self.jets[1], self.higgs] {
            momentum.write(record);
        }
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let jets = [Momentum::read(record)?, Momentum::read(record)?];
        Some(Self::new(jets, Momentum::read(record)?))
    }
}

/// S of the standard model and all operators, fb: the upper triangle, row by row. Standard errors are 4·10⁻⁵ of the
/// diagonal; see the example `fusion_rates`. What violates CP interferes a little: the widths of the bosons are absorptive,
/// and protons are not antiprotons.
#[rustfmt::skip]
const CROSS_SECTION: [f64; OPERATORS * (OPERATORS + 1) / 2] = [
    2344.802, 430.0808, 2.017306, 180.1208, 0.2421633, 0.01272132,
    441.6216, -8.778553, -119.6684, 0.2819647, 0.007246414,
    17.36461, 13.58196, -0.408189, -0.03043754,
    618.0276, 10.33163, -0.08786403,
    12.16281, -0.01793987,
    112.8568,
];
