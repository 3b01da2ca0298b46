//! Tosses of one coin: the smallest simulator there is.
//!
//! A coin shows heads with probability θ; it is tossed n times, and *x* is the number of heads. The latent *z* is the
//! order in which heads and tails came. The order carries no information on θ: the joint ratio and the joint score of an
//! event depend on x only, so this gold has no noise, and every event carries its exact answer.

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::Bernoulli;
use motherlode_core::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real, Result, Special};
use ndarray::{Array2, ArrayView2};

const MOST_TOSSES: usize = 1_000_000;

/// n tosses of a coin that shows heads with probability θ.
#[derive(Debug, Clone)]
pub struct Coins {
    tosses: usize,
}

impl Default for Coins {
    /// Ten tosses.
    fn default() -> Self {
        Self { tosses: 10 }
    }
}

impl Coins {
    /// A coin that is tossed `tosses` times.
    ///
    /// # Errors
    /// If `tosses` is not within 1 and a million.
    pub fn new(tosses: usize) -> Result<Self> {
        if !(1..=MOST_TOSSES).contains(&tosses) {
            return Err(Error::usage(format!(
                "{tosses} tosses of a coin: ask for 1 to {MOST_TOSSES}"
            )));
        }
        Ok(Self { tosses })
    }
}

impl Simulator for Coins {
    fn name(&self) -> &str {
        "coins"
    }

    fn about(&self) -> &str {
        "a coin that shows heads with probability θ is tossed several times; the heads are counted"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", 0.0, 1.0).with_about("probability of heads")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("heads")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.6], [0.5], [(0.3, 0.7)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let mut heads = 0.0;
        for _ in 0..self.tosses {
            if trace.draw(Bernoulli::new(theta[0])?) {
                heads += 1.0;
            }
        }
        Ok(vec![heads])
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Binomial(self.tosses))))
    }
}

/// The distribution of the number of heads.
struct Binomial(usize);

/// k ln p, where no occurrence of an impossible thing is no contradiction.
fn power<R: Real>(p: R, k: f64) -> R {
    if k == 0.0 { R::from(0.0) } else { p.ln() * k }
}

impl ExactDensity for Binomial {
    fn route(&self) -> &str {
        "closed form (binomial)"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let n = self.0 as f64;
        let ln_factorial = |k: f64| (k + 1.0).ln_gamma_function();
        let one = |k: f64| {
            if k.fract() != 0.0 || !(0.0..=n).contains(&k) {
                return R::from(f64::NEG_INFINITY);
            }
            let ways = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
            power(theta[0], k) + power(-theta[0] + 1.0, n - k) + ways
        };
        x.column(0).iter().map(|&k| one(k)).collect()
    }

    fn support(&self) -> Option<Array2<f64>> {
        Some(Array2::from_shape_fn((self.0 + 1, 1), |(k, _)| k as f64))
    }
}
