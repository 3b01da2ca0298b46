//! Where the weight of an event, a polynomial of the parameters, is negative.

use nalgebra::DMatrix;

use super::Morphing;

/// Tolerance below zero of a weight, relative to its largest terms: weights are printed with six digits or more.
const ROUNDING: f64 = 1e-6;
/// The most parts of the box in which the sign of a weight is looked for.
const MOST_PARTS: usize = 256;
/// The most coefficients of a polynomial in Bernstein form; with more of them, the sign in the box stays unknown.
const MOST_COEFFICIENTS: usize = 1_024;

/// The sign of the weight of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nowhere negative.
    Positive,
    /// Nowhere positive.
    Negative,
    /// Of both signs, or unknown.
    Changing,
}

/// Finds the signs of polynomials with the components of a morphing.
///
/// A polynomial of degree two that is a sum of squares, or minus one, has its sign everywhere. All others are judged in the box of the
/// parameters: in Bernstein form, a polynomial lies between its smallest and its largest coefficient, and the more closely, the smaller the box;
/// so the box is divided until each part has a sign, or one has values of both signs.
///
/// # Source
/// Garloff 1986, Lecture Notes in Computer Science 212, 37.
#[derive(Debug)]
pub(super) struct SignFinder {
    components: Vec<Vec<u32>>,
    degree: u32,
    /// Largest absolute value of each parameter, `[p]`.
    sizes: Vec<f64>,
    bernstein: Option<Bernstein>,
}

impl SignFinder {
    /// Prepares for the box `edges`, `[p]`.
    pub(super) fn new(morphing: &Morphing, edges: &[(f64, f64)]) -> Self {
        let size = |(low, high): &(f64, f64)| match low.abs().max(high.abs()) {
            0.0 => 1.0,
            size => size,
        };
        Self {
            components: morphing.components().to_vec(),
            degree: morphing.degree(),
            sizes: edges.iter().map(size).collect(),
            bernstein: Bernstein::new(morphing.components(), edges),
        }
    }

    /// The sign of a polynomial at all parameters: that of a square, if it is one.
    pub(super) fn everywhere(&self, coefficients: &[f64]) -> Sign {
        if coefficients.iter().all(|c| *c == 0.0) {
            return Sign::Positive;
        }
        if self.degree > 2 {
            return Sign::Changing;
        }
        let form = self.quadratic_form(coefficients);
        match (is_square(form.clone()), is_square(-form)) {
            (true, _) => Sign::Positive,
            (false, true) => Sign::Negative,
            (false, false) => Sign::Changing,
        }
    }

    /// The sign of a polynomial in the box.
    pub(super) fn in_box(&self, coefficients: &[f64]) -> Sign {
        let Some(bernstein) = &self.bernstein else {
            return Sign::Changing;
        };
        let term = |(powers, value): (&Vec<u32>, &f64)| value.abs() * power_product(powers, &self.sizes);
        let terms = self.components.iter().zip(coefficients).map(term);
        bernstein.sign(coefficients, ROUNDING * terms.sum::<f64>())
    }

    /// The matrix of a polynomial of degree two in (1, θ), with θ in units of its sizes.
    fn quadratic_form(&self, coefficients: &[f64]) -> DMatrix<f64> {
        let sizes = &self.sizes;
        let mut form = DMatrix::<f64>::zeros(sizes.len() + 1, sizes.len() + 1);
        for (powers, coefficient) in self.components.iter().zip(coefficients) {
            // The two factors of the monomial: 0 stands for a one.
            let named = powers.iter().enumerate();
            let mut factors = named.flat_map(|(i, power)| std::iter::repeat_n(i + 1, *power as usize));
            let (a, b) = (factors.next().unwrap_or(0), factors.next().unwrap_or(0));
            let term = 0.5 * coefficient * power_product(powers, sizes);
            form[(a, b)] += term;
            form[(b, a)] += term;
        }
        form
    }
}

/// Returns true if a quadratic form is a sum of squares, up to rounding.
fn is_square(mut form: DMatrix<f64>) -> bool {
    let spare = ROUNDING * form.trace();
    (0..form.nrows()).for_each(|i| form[(i, i)] += spare);
    form.cholesky().is_some()
}

/// Π valuesᵢ^powersᵢ.
fn power_product(powers: &[u32], values: &[f64]) -> f64 {
    let factors = powers.iter().zip(values);
    factors.map(|(power, value)| value.powi(*power as i32)).product()
}

/// Polynomials in Bernstein form on a box; coefficients are stored with the last parameter fastest.
#[derive(Debug)]
struct Bernstein {
    /// Number of coefficients along each parameter, `[p]`.
    shape: Vec<usize>,
    /// The Bernstein coefficients of each monomial, `[c][Π shape]`.
    of_monomials: Vec<Vec<f64>>,
}

impl Bernstein {
    fn new(components: &[Vec<u32>], edges: &[(f64, f64)]) -> Option<Self> {
        let degree = |i: usize| components.iter().map(|powers| powers[i]).max().unwrap_or(0);
        let shape: Vec<usize> = (0..edges.len()).map(|i| degree(i) as usize + 1).collect();
        let n = shape.iter().try_fold(1usize, |n, length| n.checked_mul(*length))?;
        if n > MOST_COEFFICIENTS || edges.iter().any(|(low, high)| !(high - low).is_finite()) {
            return None;
        }
        let of_monomial = |powers: &Vec<u32>| {
            let along = powers.iter().zip(&shape).zip(edges);
            along.fold(vec![1.0], |product, ((power, length), edges)| {
                let factor = of_power(*power as usize, length - 1, *edges);
                product.iter().flat_map(|a| factor.iter().map(move |b| a * b)).collect()
            })
        };
        Some(Self {
            of_monomials: components.iter().map(of_monomial).collect(),
            shape,
        })
    }

    fn sign(&self, coefficients: &[f64], tolerance: f64) -> Sign {
        let mut whole = vec![0.0; self.shape.iter().product()];
        for (of_monomial, coefficient) in self.of_monomials.iter().zip(coefficients) {
            let terms = whole.iter_mut().zip(of_monomial);
            terms.for_each(|(sum, value)| *sum += coefficient * value);
        }
        let (mut found, mut parts, mut n_parts) = (None, vec![(whole, 0)], 0);
        while let Some((part, depth)) = parts.pop() {
            n_parts += 1;
            let low = part.iter().copied().fold(f64::INFINITY, f64::min);
            let high = part.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sign = match (low >= -tolerance, high <= tolerance) {
                (true, true) => continue,
                (true, false) => Sign::Positive,
                (false, true) => Sign::Negative,
                (false, false) if n_parts + parts.len() < MOST_PARTS => {
                    let axis = depth % self.shape.len();
                    parts.extend(self.halves(&part, axis).map(|half| (half, depth + 1)));
                    continue;
                }
                (false, false) => return Sign::Changing,
            };
            if *found.get_or_insert(sign) != sign {
                return Sign::Changing;
            }
        }
        found.unwrap_or(Sign::Positive)
    }

    /// The polynomial on both halves of the box along one parameter (de Casteljau).
    fn halves(&self, whole: &[f64], axis: usize) -> [Vec<f64>; 2] {
        let n = self.shape[axis];
        let stride: usize = self.shape[axis + 1..].iter().product();
        let (mut below, mut above) = (whole.to_vec(), whole.to_vec());
        for start in (0..whole.len()).filter(|at| (at / stride).is_multiple_of(n)) {
            let at = |i: usize| start + i * stride;
            for level in 1..n {
                // The last coefficient of each level belongs to the lower half, the first that remains to the upper one.
                for i in 0..n - level {
                    above[at(i)] = 0.5 * (above[at(i)] + above[at(i + 1)]);
                }
                below[at(level)] = above[at(0)];
            }
        }
        [below, above]
    }
}

/// Bernstein coefficients of degree `degree` of θ^power on an interval.
fn of_power(power: usize, degree: usize, (low, high): (f64, f64)) -> Vec<f64> {
    let choose = |n: usize, k: usize| (0..k).fold(1.0, |so_far, i| so_far * (n - i) as f64 / (i + 1) as f64);
    let term = |i: usize| choose(power, i) * low.powi((power - i) as i32) * (high - low).powi(i as i32);
    let coefficient = |j: usize| {
        let terms = (0..=j.min(power)).map(|i| choose(j, i) / choose(degree, i) * term(i));
        terms.sum::<f64>()
    };
    (0..=degree).map(coefficient).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finder(max_powers: &[u32], degree: u32, edges: &[(f64, f64)]) -> SignFinder {
        let components = Morphing::monomials(max_powers, degree);
        SignFinder {
            degree,
            sizes: edges.iter().map(|(low, high)| low.abs().max(high.abs())).collect(),
            bernstein: Bernstein::new(&components, edges),
            components,
        }
    }

    /// Coefficients of a polynomial that is given by its terms.
    fn coefficients(finder: &SignFinder, terms: &[(&[u32], f64)]) -> Vec<f64> {
        let of = |powers: &Vec<u32>| {
            terms
                .iter()
                .filter(|(of, _)| of == powers)
                .map(|(_, value)| value)
                .sum()
        };
        finder.components.iter().map(of).collect()
    }

    #[test]
    fn squares_have_their_sign_everywhere() {
        let finder = finder(&[2], 2, &[(-1.0, 1.0)]);
        // (1 + 0.7 θ)², minus it, and 1 + 3θ + θ².
        let all = [[1.0, 1.4, 0.49], [-1.0, -1.4, -0.49], [1.0, 3.0, 1.0]];
        let signs = all.map(|[a, b, c]| {
            let polynomial = coefficients(&finder, &[(&[0], a), (&[1], b), (&[2], c)]);
            (finder.everywhere(&polynomial), finder.in_box(&polynomial))
        });
        assert_eq!(
            signs.map(|(everywhere, _)| everywhere),
            [Sign::Positive, Sign::Negative, Sign::Changing]
        );
        assert_eq!(
            signs.map(|(_, in_box)| in_box),
            [Sign::Positive, Sign::Negative, Sign::Changing]
        );
    }

    #[test]
    fn a_line_and_a_square_of_a_square_are_judged_in_the_box() {
        let line = finder(&[1], 1, &[(-1.0, 1.0)]);
        let sign = |slope: f64| line.in_box(&coefficients(&line, &[(&[0], 1.0), (&[1], slope)]));
        assert_eq!(
            [0.9, 1.0, 1.1].map(sign),
            [Sign::Positive, Sign::Positive, Sign::Changing]
        );
        // (1 + θ − 2θ²)², which is zero at 1 and at −1/2.
        let quartic = finder(&[4], 4, &[(-1.0, 1.5)]);
        let terms: [(&[u32], f64); 5] = [(&[0], 1.0), (&[1], 2.0), (&[2], -3.0), (&[3], -4.0), (&[4], 4.0)];
        assert_eq!(quartic.everywhere(&coefficients(&quartic, &terms)), Sign::Changing);
        assert_eq!(quartic.in_box(&coefficients(&quartic, &terms)), Sign::Positive);
        let lower = terms.map(|(powers, value)| (powers, if powers == [0] { 0.99 } else { value }));
        assert_eq!(quartic.in_box(&coefficients(&quartic, &lower)), Sign::Changing);
    }

    #[test]
    fn bernstein_coefficients_are_those_of_the_polynomial() {
        let finder = finder(&[2, 1], 3, &[(-0.5, 2.0), (1.0, 3.0)]);
        let polynomial: Vec<f64> = (0..finder.components.len()).map(|i| 1.0 - 0.3 * i as f64).collect();
        let at = |theta: [f64; 2]| -> f64 {
            let terms = finder.components.iter().zip(&polynomial);
            terms.map(|(powers, c)| c * power_product(powers, &theta)).sum()
        };
        let bernstein = finder.bernstein.as_ref().unwrap();
        let mut whole = vec![0.0; bernstein.shape.iter().product()];
        for (of_monomial, c) in bernstein.of_monomials.iter().zip(&polynomial) {
            whole
                .iter_mut()
                .zip(of_monomial)
                .for_each(|(sum, value)| *sum += c * value);
        }
        // The coefficients of the corners are values.
        let [below, above] = bernstein.halves(&whole, 0);
        for (found, needed) in [
            (whole[0], at([-0.5, 1.0])),
            (whole[5], at([2.0, 3.0])),
            (below[4], at([0.75, 1.0])),
            (above[1], at([0.75, 3.0])),
            (above[5], at([2.0, 3.0])),
        ] {
            assert!((found - needed).abs() < 1e-12, "{found} {needed}");
        }
    }
}
