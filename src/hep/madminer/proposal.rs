//! Blocks of events drawn by rejection: at any parameters, without a look at all of them.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;

use super::WeightedEvents;
use super::events::{add, dot};
use motherlode_core::error::Result;
use motherlode_core::trace::Stream;

/// Margin above a bound for rounding, for each unit of the largest term of a weight.
const ROUNDING: f64 = 1e-12;
/// Largest mean number of tries for an event. Above it, running sums over all events are faster.
const MOST_TRIES: f64 = 1000.0;
/// After this many times the tries that are expected, something else is tried; by chance, this happens once in e^50 times.
const PATIENCE: f64 = 50.0;

/// Bounds of the sums of weights of blocks of events in a box of parameters.
///
/// A block is drawn as often as its bound says, with a number below the bound. Where the running sum of the absolute weights of its events
/// passes the number, there is the event; where it stays below, another block is drawn. So each event is drawn as often as its absolute weight
/// says, and what is kept is a few hundredths of what the events take.
///
/// Between bound and weights stands a polynomial of θ that is kept of each block, the sum of those of its events, with the sign that makes
/// them positive and the factors of systematics at their largest: most numbers that are too large are seen to be so without a look at the
/// events. Without systematics, and where no weight changes its sign, it is the sum of absolute weights itself. Events whose weight changes its
/// sign are taken to have the largest one everywhere. (Others may do so by rounding, a millionth of their terms: as much may the probability
/// of the block be off.)
///
/// With the coordinates u ∈ [−1, 1] of the box, a polynomial is not larger than d_0 + Σ |d_k|, where terms with even powers only count if
/// they are positive; and a factor exp(aν + bν²) is largest at an edge, or where its slope is zero.
///
/// # Source
/// Rejection: von Neumann 1951, Natl. Bur. Stand. Appl. Math. Ser. 12, 36. A first test that is cheap: Marsaglia 1977, Comput. Math. Appl. 3,
/// 321. Tables of aliases: Walker 1977, ACM Trans. Math. Softw. 3, 253.
#[derive(Debug)]
pub(super) struct Proposal {
    /// Nowhere in the box below the sums of weights, `[blocks, 1 + c]`: a constant, and the coefficients of a polynomial.
    above: Vec<f64>,
    /// Bounds of the sums of weights, `[blocks]`.
    bounds: Vec<f64>,
    total: f64,
    blocks: WeightedAliasIndex<f64>,
}

impl Proposal {
    /// Bounds over the box `edges`, `[p + k]`; none if they are not finite, or all zero.
    ///
    /// # Errors
    /// If the rows of events cannot be read.
    pub(super) fn new(events: &WeightedEvents, edges: &[(f64, f64)]) -> Result<Option<Self>> {
        let (of_theory, of_systematics) = edges.split_at(events.p);
        let centred = Centred::new(events.morphing.components(), of_theory);
        let (mut above, mut bounds) = (Vec::new(), Vec::new());
        let mut sums = vec![0.0; 1 + events.morphing.components().len()];
        let (mut of_event, signs) = (Vec::new(), &events.signs);
        events.visit(|block| {
            sums.fill(0.0);
            for i in 0..block.len() {
                let factor = block.factor(i).log_bound(of_systematics).exp();
                let event = block.first + i;
                match (signs.changing.contains(event), signs.negative.contains(event)) {
                    (true, _) => {
                        of_event.clear();
                        of_event.extend(block.coefficients(i).iter());
                        sums[0] += factor * centred.bound_of_absolute(&of_event);
                    }
                    (false, true) => add(&mut sums[1..], block.coefficients(i).iter(), -factor),
                    (false, false) => add(&mut sums[1..], block.coefficients(i).iter(), factor),
                }
            }
            above.extend(&sums);
            bounds.push(sums[0] + centred.bound(&sums[1..]));
        })?;
        let total = bounds.iter().sum();
        let table = WeightedAliasIndex::new(bounds.clone()).ok();
        Ok(table.map(|blocks| Self {
            above,
            bounds,
            total,
            blocks,
        }))
    }

    /// Draws blocks with numbers until `look` accepts one, at a point of the box where `total` is the sum of all weights; `None` where most
    /// blocks would be rejected, which depends on the point alone.
    ///
    /// # Errors
    /// Errors of `look`.
    pub(super) fn draw<T, E>(
        &self,
        monomials: &[f64],
        total: f64,
        look: impl Fn(usize, f64) -> Result<Option<T>, E>,
        rng: &mut Stream,
    ) -> Result<Option<T>, E> {
        let expected = self.total / total;
        if expected.is_nan() || expected > MOST_TRIES {
            return Ok(None);
        }
        for _ in 0..(PATIENCE * expected).ceil() as usize {
            let block = self.blocks.sample(rng);
            let number = rng.random::<f64>() * self.bounds[block];
            if number < self.above(block, monomials)
                && let Some(found) = look(block, number)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Upper bound of the sum of weights of a block at a point.
    fn above(&self, block: usize, monomials: &[f64]) -> f64 {
        let width = 1 + monomials.len();
        let numbers = &self.above[block * width..(block + 1) * width];
        numbers[0] + dot(numbers[1..].iter().copied(), monomials)
    }
}

/// Polynomials in the coordinates of a box, from their coefficients in the parameters.
struct Centred {
    monomials: Vec<Monomial>,
    /// The largest absolute value of each monomial of the parameters, `[c]`.
    sizes: Vec<f64>,
}

/// A monomial of the coordinates.
struct Monomial {
    powers: Vec<u32>,
    /// Terms of its coefficient: indices of coefficients, with their factors.
    terms: Vec<(usize, f64)>,
}

impl Monomial {
    /// The largest value in the box of its term.
    fn bound(&self, coefficients: &[f64]) -> f64 {
        let value: f64 = self.terms.iter().map(|(k, times)| coefficients[*k] * times).sum();
        if self.powers.iter().all(|power| *power == 0) {
            value
        } else if self.powers.iter().all(|power| power % 2 == 0) {
            value.max(0.0)
        } else {
            value.abs()
        }
    }
}

impl Centred {
    fn new(components: &[Vec<u32>], edges: &[(f64, f64)]) -> Self {
        let mut expanded: BTreeMap<Vec<u32>, Vec<(usize, f64)>> = BTreeMap::new();
        for (k, powers) in components.iter().enumerate() {
            for (of_coordinates, times) in expansion(powers, edges) {
                expanded.entry(of_coordinates).or_default().push((k, times));
            }
        }
        let largest = |(power, (low, high)): (&u32, &(f64, f64))| low.abs().max(high.abs()).powi(*power as i32);
        let size = |powers: &Vec<u32>| powers.iter().zip(edges).map(largest).product();
        let monomial = |(powers, terms)| Monomial { powers, terms };
        Self {
            monomials: expanded.into_iter().map(monomial).collect(),
            sizes: components.iter().map(size).collect(),
        }
    }

    /// No weight with these coefficients is larger in the box; not negative.
    fn bound(&self, coefficients: &[f64]) -> f64 {
        let bounds = self.monomials.iter().map(|monomial| monomial.bound(coefficients));
        let terms = self.sizes.iter().zip(coefficients);
        let rounded: f64 = terms.map(|(size, value)| (size * value).abs()).sum();
        (bounds.sum::<f64>() + ROUNDING * rounded).max(0.0)
    }

    /// No absolute weight with these coefficients is larger in the box.
    fn bound_of_absolute(&self, coefficients: &[f64]) -> f64 {
        let opposite: Vec<f64> = coefficients.iter().map(|c| -c).collect();
        self.bound(coefficients).max(self.bound(&opposite))
    }
}

/// Π (middleᵢ + halfᵢ uᵢ)^powersᵢ as a polynomial of u: powers, and their coefficients.
fn expansion(powers: &[u32], edges: &[(f64, f64)]) -> Vec<(Vec<u32>, f64)> {
    let mut all = vec![(Vec::new(), 1.0)];
    for (&power, &(low, high)) in powers.iter().zip(edges) {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let binomial = |j: u32| (0..j).fold(1.0, |so_far, i| so_far * f64::from(power - i) / f64::from(i + 1));
        let term = |j: u32| binomial(j) * middle.powi((power - j) as i32) * half.powi(j as i32);
        let longer = |(powers, times): &(Vec<u32>, f64)| -> Vec<(Vec<u32>, f64)> {
            (0..=power)
                .map(|j| ([powers.as_slice(), &[j]].concat(), times * term(j)))
                .collect()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::madminer::block::Block;
    use crate::madminer::events::Weights;
    use crate::madminer::{EventFile, Selection};

    use super::*;

    #[test]
    fn no_sum_of_weights_is_above_its_bounds() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/madminer/toy2d_v083.h5");
        let mut file = EventFile::read(&path).unwrap();
        // Some events get a polynomial that is negative in places.
        let weights = &mut file.samples.as_mut().unwrap().weights;
        let mut column = weights.column_mut(1);
        column.iter_mut().step_by(100).for_each(|weight| *weight *= -0.5);
        let rows = weights.outer_iter_mut().skip(50).step_by(100);
        rows.for_each(|mut row| row.mapv_inplace(|weight| -weight));
        let events = WeightedEvents::new(&file, &Selection::default()).unwrap();
        assert!(events.n_changing() > 5 && events.n_negative() > 5);
        let edges = [(-1.0, 1.0), (-0.5, 1.2), (-5.0, 5.0), (-1.0, 3.0)];
        let proposal = Proposal::new(&events, &edges).unwrap().unwrap();
        let mut rng = motherlode_core::trace::stream(1, 0, 0);
        for _ in 0..200 {
            let point = edges.map(|(low, high)| rng.random_range(low..=high));
            let monomials = events.monomials_at(&point[..2]);
            let weights = Weights::new(monomials.clone(), &point[2..]);
            let mut number = 0;
            let check = |block: Block<'_>| {
                let sum: f64 = weights.of(&block).iter().map(f64::abs).sum();
                let above = proposal.above(number, &monomials);
                // Weights that should be zero are not, by what the file rounds.
                assert!(sum <= above * (1.0 + 1e-6), "{sum} {above}");
                assert!(above <= proposal.bounds[number], "{above} {}", proposal.bounds[number]);
                number += 1;
            };
            events.visit(check).unwrap();
        }
    }
}
