//! Draws whose number is itself drawn: the shortest program whose latent has no fixed length.
//!
//! Of ten seeds, each sprouts with probability θ, K of them; then each sprout flowers with probability θ. *x* is the
//! number of flowers. *z* is K and which of the K flowered: no two events need the same number of draws, and a network
//! that were to see z would not know what to make of it. The gold does not mind. It is not the exact answer, for many K
//! lead to the same x; but sums over K are short, and
//!
//! p(x|θ) = Σ_K Bin(K; 10, θ) Bin(x; K, θ).

use motherlode_core::Real;
use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::{Bernoulli, Binomial};
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use ndarray::{Array2, ArrayView2};

const SEEDS: u64 = 10;

/// Seeds that sprout, and sprouts that flower, each with probability θ.
#[derive(Debug, Clone, Default)]
pub struct NestedDraws;

impl Simulator for NestedDraws {
    fn name(&self) -> &str {
        "nested-draws"
    }

    fn about(&self) -> &str {
        "each of ten seeds sprouts with probability θ, and each sprout flowers with probability θ; the flowers are counted"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", 0.0, 1.0).with_about("probability to sprout, and to flower")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("flowers")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.6], [0.5], [(0.3, 0.7)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let sprouts = trace.draw(Binomial::new(SEEDS, theta[0])?);
        let mut flowers = 0.0;
        for _ in 0..sprouts {
            if trace.draw(Bernoulli::new(theta[0])?) {
                flowers += 1.0;
            }
        }
        Ok(vec![flowers])
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Flowers)))
    }
}

/// The distribution of the number of flowers.
struct Flowers;

impl Flowers {
    /// p(x|θ), summed over the sprouts.
    fn probability<R: Real>(x: u64, theta: R) -> Result<R, Rejected> {
        let seeds = Binomial::new(SEEDS, theta)?;
        (x..=SEEDS).try_fold(R::from(0.0), |sum, sprouts| {
            let flowers = Binomial::new(sprouts, theta)?;
            Ok(sum + (seeds.log_density(&sprouts) + flowers.log_density(&x)).exp())
        })
    }
}

impl ExactDensity for Flowers {
    fn route(&self) -> &str {
        "sum over the sprouts"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let all: Vec<R> = (0..=SEEDS)
            .map(|x| Self::probability(x, theta[0]).map_or_else(|_| R::from(f64::NEG_INFINITY), |p| p.ln()))
            .collect();
        let possible = |x: f64| x.fract() == 0.0 && (0.0..=SEEDS as f64).contains(&x);
        let one = |x: f64| {
            if possible(x) {
                all[x as usize]
            } else {
                R::from(f64::NEG_INFINITY)
            }
        };
        x.column(0).iter().map(|&x| one(x)).collect()
    }

    fn support(&self) -> Option<Array2<f64>> {
        Some(Array2::from_shape_fn((SEEDS as usize + 1, 1), |(x, _)| x as f64))
    }
}
