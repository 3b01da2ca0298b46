//! The sum of all weights, with its derivatives.

use super::WeightedEvents;
use super::block::Block;
use super::events::{add, dot};
use super::expansion::Expansion;
use motherlode_core::error::Result;

/// Sums of weights near a point.
#[derive(Debug)]
pub(super) struct Sums {
    /// Sum of all weights: σ.
    pub(super) all: Expansion,
    /// Sum of absolute weights, at the point.
    pub(super) absolute: f64,
}

/// Moments of all events at given nuisance parameters.
#[derive(Debug, Clone)]
pub(super) struct FileMoments {
    all: Moments,
    /// Those of the events that are negative in the box of the parameters, without derivatives.
    negative: Moments,
}

impl FileMoments {
    /// Sums over all events at ν, `[k]`, for derivatives up to `order`, which is 0, 1 or 2: those of order 2 take most of the time.
    ///
    /// # Errors
    /// If the rows of events cannot be read.
    pub(super) fn new(events: &WeightedEvents, nu: &[f64], order: usize) -> Result<Self> {
        let c = events.morphing.components().len();
        let (mut all, mut negative) = (Moments::zero(nu.len(), c, order), Moments::zero(nu.len(), c, 0));
        let is_negative = &events.signs.negative;
        let any_negative = is_negative.count() > 0;
        events.visit(|block| {
            for i in 0..block.len() {
                all.add(&block, i, nu);
                if any_negative && is_negative.contains(block.first + i) {
                    negative.add(&block, i, nu);
                }
            }
        })?;
        Ok(Self { all, negative })
    }

    /// The coefficients of the sum of all weights, and of those that are negative in the box, `[c]`.
    pub(super) fn coefficients(&self) -> [Vec<f64>; 2] {
        [&self.all, &self.negative].map(|moments| moments.sums[0].clone())
    }
}

/// Sums over events of their coefficients `[c]` times what systematics make of them: the factor, its first derivatives, its second
/// ones. At all θ, σ and its derivatives are contractions of these with the monomials and their derivatives.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    k: usize,
    order: usize,
    sums: Vec<Vec<f64>>,
}

impl Sums {
    /// Near (θ, ν), from the moments of all events at ν. What is left to look at are the events whose weight has both signs; outside of
    /// the box of the parameters, where signs hold in the box alone, these are all.
    ///
    /// # Errors
    /// If the rows of these cannot be read.
    pub(super) fn new(events: &WeightedEvents, moments: &FileMoments, point: &[f64], in_box: bool) -> Result<Self> {
        let (theta, nu) = point.split_at(events.p);
        let all = moments.all.near(events, point);
        let absolute = match in_box || events.signs.hold_everywhere {
            true => {
                let monomials = events.morphing.monomials_at(theta);
                let of_sign = dot(moments.negative.sums[0].iter().copied(), &monomials);
                all.value - 2.0 * (of_sign + changing_and_negative(events, &monomials, nu)?)
            }
            false => {
                let mut absolute = 0.0;
                events.each_weight(theta, nu, |weight| absolute += weight.abs())?;
                absolute
            }
        };
        Ok(Self { all, absolute })
    }
}

/// Sum of the negative weights of events whose weight has both signs.
fn changing_and_negative(events: &WeightedEvents, monomials: &[f64], nu: &[f64]) -> Result<f64> {
    let changing = &events.signs.changing;
    let mut sum = 0.0;
    events.rows.visit(changing.blocks(), |block| {
        for i in (0..block.len()).filter(|i| changing.contains(block.first + i)) {
            let nominal = dot(block.coefficients(i).iter(), monomials);
            if nominal < 0.0 {
                sum += nominal * block.factor(i).log(nu).exp();
            }
        }
    })?;
    Ok(sum)
}

impl Moments {
    /// Zero sums for `k` nuisance parameters and `c` monomials.
    fn zero(k: usize, c: usize, order: usize) -> Self {
        let sums = vec![vec![0.0; c]; 1 + k + k * k];
        Self { k, order, sums }
    }

    /// Adds the i-th event of a block.
    fn add(&mut self, block: &Block<'_>, i: usize, nu: &[f64]) {
        let (coefficients, of_event) = (block.coefficients(i), block.factor(i));
        let factor = of_event.log(nu).exp();
        let mut add = |at: usize, scale: f64| add(&mut self.sums[at], coefficients.iter(), scale);
        add(0, factor);
        for k in 0..if self.order > 0 { self.k } else { 0 } {
            let slope = of_event.slope(k, nu);
            add(1 + k, factor * slope);
            for l in k..if self.order > 1 { self.k } else { k } {
                let bend = match k == l {
                    true => 2.0 * of_event.quadratic().at(k),
                    false => 0.0,
                };
                let second = slope * of_event.slope(l, nu) + bend;
                add(1 + self.k + k * self.k + l, factor * second);
            }
        }
    }

    /// The sum of weights of which these are the moments, near (θ, ν).
    fn near(&self, events: &WeightedEvents, point: &[f64]) -> Expansion {
        let (p, k, q) = (events.p, self.k, point.len());
        let (values, first, second) = events.morphing.derivatives_at(&point[..p]);
        let with =
            |at: usize, monomials: &[f64]| -> f64 { self.sums[at].iter().zip(monomials).map(|(a, b)| a * b).sum() };
        let mut near = Expansion::zero(point);
        near.value = with(0, &values);
        for i in 0..p {
            near.gradient[i] = with(0, &first[i]);
            for j in 0..p {
                near.hessian[i * q + j] = with(0, &second[i * p + j]);
            }
            for l in 0..k {
                let mixed = with(1 + l, &first[i]);
                near.hessian[i * q + p + l] = mixed;
                near.hessian[(p + l) * q + i] = mixed;
            }
        }
        for l in 0..k {
            near.gradient[p + l] = with(1 + l, &values);
            for m in l..k {
                let both = with(1 + k + l * k + m, &values);
                near.hessian[(p + l) * q + p + m] = both;
                near.hessian[(p + m) * q + p + l] = both;
            }
        }
        near
    }
}
