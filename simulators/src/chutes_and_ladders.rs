//! Chutes and ladders with a loaded die: how long does the game last?
//!
//! A player starts in front of the first of 100 squares and rolls a die whose faces have probabilities
//! pᵢ ∝ exp(θ sᵢ), with s = (−2, −1.2, −0.4, 0.4, 1.2, 2): fair at θ = 0, in favour of the six above. Who stops at the foot of a
//! ladder climbs it, who stops at the head of a chute slides down; the last square must be hit exactly, and a roll too many is
//! lost. *x* is the number of rolls until the end, *z* the rolls. Their probability needs two numbers only, Σ s and how
//! many they are: ln p = θ Σ s − x ln Σᵢ exp(θ sᵢ).
//!
//! Where a player stands is a Markov chain that the last square absorbs: p(x|θ) is the probability to get there with roll x, exactly.
//! The board is the one that Milton Bradley sells; with a fair die a game takes 39.2 rolls on average, and no fewer than
//! seven.
//!
//! # Source
//! Althoen, King and Schilling 1993, The Mathematical Gazette 77, 71: the same board as a Markov chain.

use motherlode_core::Real;
use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::Categorical;
use motherlode_core::trace::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use ndarray::ArrayView2;

const LAST: usize = 100;
/// s, how much θ favours each face.
const FAVOUR: [f64; 6] = [-2.0, -1.2, -0.4, 0.4, 1.2, 2.0];
const LADDERS: [(usize, usize); 9] = [
    (1, 38),
    (4, 14),
    (9, 31),
    (21, 42),
    (28, 84),
    (36, 44),
    (51, 67),
    (71, 91),
    (80, 100),
];
const CHUTES: [(usize, usize); 10] = [
    (16, 6),
    (47, 26),
    (49, 11),
    (56, 53),
    (62, 19),
    (64, 60),
    (87, 24),
    (93, 73),
    (95, 75),
    (98, 78),
];
/// No game lasts longer: within the range of θ, one in 10⁴⁴ would.
const MOST_ROLLS: usize = 10_000;

/// A game of chutes and ladders with a loaded die.
#[derive(Debug, Clone)]
pub struct ChutesAndLadders {
    /// Square on which a player who stops on a square ends up.
    leads_to: [usize; LAST + 1],
}

impl Default for ChutesAndLadders {
    fn default() -> Self {
        let mut leads_to = std::array::from_fn(|square| square);
        for (from, to) in LADDERS.into_iter().chain(CHUTES) {
            leads_to[from] = to;
        }
        Self { leads_to }
    }
}

impl ChutesAndLadders {
    /// Square of a player who rolls face `face`, 0 … 5, on `square`.
    fn next(&self, square: usize, face: usize) -> usize {
        self.leads_to.get(square + face + 1).copied().unwrap_or(square)
    }

    /// exp(θ s) for each face.
    fn weights<R: Real>(theta: R) -> [R; 6] {
        FAVOUR.map(|favour| (theta * favour).exp())
    }

    /// Σ exp(θ s).
    fn normaliser<R: Real>(weights: &[R; 6]) -> R {
        weights.iter().fold(R::from(0.0), |sum, &weight| sum + weight)
    }
}

impl Simulator for ChutesAndLadders {
    fn name(&self) -> &str {
        "chutes-and-ladders"
    }

    fn about(&self) -> &str {
        "a game of chutes and ladders with a loaded die; the rolls until the end are counted"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -1.0, 1.0).with_about("how much the die favours high faces")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("rolls")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.1], [0.0], [(-0.2, 0.2)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let weights = Self::weights(theta[0]);
        let (mut square, mut rolls, mut favour) = (0, 0, 0.0);
        while square < LAST {
            if rolls == MOST_ROLLS {
                return Err(Rejected::Discarded(format!("no end after {MOST_ROLLS} rolls")));
            }
            let face = trace.draw(Categorical::new(&weights)?);
            square = self.next(square, face);
            favour += FAVOUR[face];
            rolls += 1;
        }
        trace.remember(&[favour, rolls as f64]);
        Ok(vec![rolls as f64])
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        let &[favour, rolls] = memory else {
            return Err(Rejected::Invalid(format!(
                "a game is remembered by 2 numbers (sum of what θ favours, rolls), got {}",
                memory.len()
            )));
        };
        Ok(theta[0] * favour - Self::normaliser(&Self::weights(theta[0])).ln() * rolls)
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Absorption(self.clone()))))
    }
}

/// The distribution of the roll that ends the game.
struct Absorption(ChutesAndLadders);

impl Absorption {
    /// ln p(x|θ) for x = 1, 2, …
    fn log_probabilities<R: Real>(&self, theta: R) -> impl Iterator<Item = R> {
        let weights = ChutesAndLadders::weights(theta);
        let total = ChutesAndLadders::normaliser(&weights);
        let faces = weights.map(|weight| weight / total);
        let mut here = [R::from(0.0); LAST + 1];
        here[0] = R::from(1.0);
        std::iter::repeat_with(move || {
            let mut there = [R::from(0.0); LAST + 1];
            for (square, &p) in here[..LAST].iter().enumerate().filter(|(_, p)| p.re() > 0.0) {
                for (face, &q) in faces.iter().enumerate() {
                    there[self.0.next(square, face)] += p * q;
                }
            }
            here = there;
            here[LAST].ln()
        })
    }
}

impl ExactDensity for Absorption {
    fn route(&self) -> &str {
        "absorbing Markov chain"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let possible = |x: &f64| x.fract() == 0.0 && (1.0..=MOST_ROLLS as f64).contains(x);
        let longest = x.iter().copied().filter(possible).fold(0.0, f64::max);
        let all: Vec<R> = self.log_probabilities(theta[0]).take(longest as usize).collect();
        let one = |x: f64| match possible(&x) {
            true => all[x as usize - 1],
            false => R::from(f64::NEG_INFINITY),
        };
        x.column(0).iter().map(|&x| one(x)).collect()
    }
}
