//! Two quantities that grow by themselves and by each other, solved as a Taylor series.
//!
//! x' = x (a + b y), y' = y (c + d x) are the equations of predators and prey, and with a = 0 those of an epidemic. The coefficients of
//! the series follow from one another:
//!
//! (k + 1) xₖ₊₁ = a xₖ + b pₖ, (k + 1) yₖ₊₁ = c yₖ + d pₖ, pₖ = Σⱼ xⱼ yₖ₋ⱼ.
//!
//! The steps are chosen in advance from the last coefficients, and the series is summed at the times of the measurements inside a step. A
//! solution has some ten digits more than inference needs, and nearly all of them are left in its derivatives. Crates of solvers work on
//! `f64` only: with them, derivatives of first and second order would be further equations, and written by hand.
//!
//! # Source
//! Jorba and Zou 2005, Experimental Mathematics 14, 99 (order and step).

use motherlode_core::Real;
use motherlode_core::trace::Rejected;

/// Order of the series.
const ORDER: usize = 20;
/// Largest last term, relative to the first.
const TOLERANCE: f64 = 1e-12;
/// Steps after which the parameters are refused; parameters from the priors need some tens.
const MOST_STEPS: usize = 20_000;
/// A quantity that falls below is set to this value, before it loses digits.
const SMALLEST: f64 = 1e-290;

/// Rates of the growth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth<R> {
    /// a and b.
    pub(super) of_x: (R, R),
    /// c and d.
    pub(super) of_y: (R, R),
}

/// Taylor coefficients of x and y.
type Series<R> = [[R; ORDER + 1]; 2];

impl<R: Real> Growth<R> {
    /// x and y at `times`, which ascend from zero; `start` is positive.
    pub(super) fn solve(&self, start: [f64; 2], times: &[f64]) -> Result<Vec<[R; 2]>, Rejected> {
        let mut state = start.map(R::from);
        let (mut now, mut solution) = (0.0, Vec::with_capacity(times.len()));
        for _ in 0..MOST_STEPS {
            let series = self.series(state);
            let step = step(&series);
            while let Some(time) = times.get(solution.len())
                && *time <= now + step
            {
                solution.push(sum(&series, time - now));
            }
            if solution.len() == times.len() {
                return Ok(solution);
            }
            state = sum(&series, step).map(representable);
            now += step;
        }
        Err(Rejected::Invalid(format!(
            "the equations need more than {MOST_STEPS} steps: the rates are too large"
        )))
    }

    /// A product gets its terms as soon as both factors are known, so that sums run in parallel.
    fn series(&self, start: [R; 2]) -> Series<R> {
        let [mut x, mut y] = start.map(|value| [value; ORDER + 1]);
        let mut products = [R::from(0.0); ORDER];
        for k in 0..ORDER {
            let (xk, yk) = (x[k], y[k]);
            let later = products[k..].iter_mut().zip(&x[..k]).zip(&y[..k]);
            later.for_each(|((product, &x), &y)| *product += xk * y + x * yk);
            if let Some(product) = products.get_mut(2 * k) {
                *product += xk * yk;
            }
            let share = ((k + 1) as f64).recip();
            x[k + 1] = (self.of_x.0 * xk + self.of_x.1 * products[k]) * share;
            y[k + 1] = (self.of_y.0 * yk + self.of_y.1 * products[k]) * share;
        }
        [x, y]
    }
}

/// The step in which the last two terms are small.
fn step<R: Real>(series: &Series<R>) -> f64 {
    let mut log_step = f64::INFINITY;
    for coefficients in series {
        let log_term = (TOLERANCE * coefficients[0].re()).ln();
        for k in [ORDER - 1, ORDER] {
            log_step = log_step.min((log_term - coefficients[k].re().abs().ln()) / k as f64);
        }
    }
    log_step.exp()
}

fn sum<R: Real>(series: &Series<R>, time: f64) -> [R; 2] {
    series.map(|coefficients| {
        let mut terms = coefficients.into_iter().rev();
        let last = terms.next().unwrap_or(R::from(0.0));
        terms.fold(last, |sum, coefficient| sum * time + coefficient)
    })
}

fn representable<R: Real>(value: R) -> R {
    match value.re() < SMALLEST {
        true => R::from(SMALLEST),
        false => value,
    }
}
