//! The monotone rational-quadratic spline of one observable.

use burn::tensor::Tensor;

use super::{Differentiable, Dual};

/// Smallest share of the interval that a bin takes, in x and in u.
const SMALLEST_BIN: f64 = 1e-3;
/// Smallest slope at a knot.
const SMALLEST_SLOPE: f64 = 1e-3;

/// Numbers that make a spline of `bins` bins: widths, heights and the slopes at the knots between them.
pub(super) fn n_shape(bins: usize) -> usize {
    3 * bins - 1
}

/// A monotone map of [−B, B] onto itself, made of `bins` ratios of quadratics; the identity outside, with slope 1 at ±B.
///
/// Widths and heights are softmaxes with a smallest share, slopes are softplus with a floor, so that the spline is
/// monotone for any numbers from −∞ to ∞. With all of them zero it is the identity.
///
/// # Precision
/// Positions are kept as they are, from −B to B. As shares of the interval, from 0 to 1, they would be rounded where most
/// events are, near the middle, as coarsely as at its end, and widened by 2B again: two to four times the error in f32.
///
/// # Source
/// Durkan, Bekasov, Murray and Papamakarios 2019, arXiv:1906.04032, equations 4 to 8.
#[derive(Debug)]
pub(super) struct Spline<D> {
    bins: usize,
    bound: f64,
    /// Share of each bin in the interval, `[n, bins]`.
    widths: D,
    heights: D,
    /// Before the softplus, `[n, bins − 1]`.
    slopes: D,
}

/// The bin that a value lies in, each `[n, 1]`: left edge, width, and what the spline takes them to.
struct Bin<D> {
    left: D,
    width: D,
    bottom: D,
    height: D,
    slope_left: D,
    slope_right: D,
}

impl<D: Differentiable> Spline<D> {
    /// The spline of each row of `shape`, `[n, 3 bins − 1]`.
    pub(super) fn new(shape: &D, bins: usize, bound: f64) -> Self {
        let sizes = |from| {
            let shares = shape.columns(from, from + bins).softmax_rows();
            let smallest = 2.0 * bound * SMALLEST_BIN;
            shares.scale(2.0 * bound - bins as f64 * smallest).shift(smallest)
        };
        Self {
            bins,
            bound,
            widths: sizes(0),
            heights: sizes(bins),
            slopes: shape.columns(2 * bins, n_shape(bins)),
        }
    }

    /// u(x) and ln du/dx, each `[n, 1]`.
    pub(super) fn forward(&self, x: D) -> (D, D) {
        let inside = x.is_within(self.bound);
        let nothing = x.zeros_like();
        let at = x.clone().or_where_not(&inside, nothing.clone());
        let bin = self.bin(&at, &self.widths);

        // Sums of positive terms only: whatever the rounding, the logarithms exist.
        let xi = (at - bin.left) / bin.width.clone();
        let s = bin.height.clone() / bin.width;
        let (xi2, rest2) = (xi.clone().square(), xi.clone().scale(-1.0).shift(1.0).square());
        let across = xi.clone() - xi2.clone();
        let straight = across.clone().scale(-2.0).shift(1.0);
        let slopes = bin.slope_left.clone() + bin.slope_right.clone();
        let denominator = s.clone() * straight + slopes * across.clone();
        let rise = s.clone() * xi2.clone() + bin.slope_left.clone() * across.clone();
        let u = bin.bottom + bin.height * rise / denominator.clone();
        let ends = bin.slope_right * xi2 + bin.slope_left * rest2;
        let steepness = ends + (s.clone() * across).scale(2.0);
        let log_slope = ((s / denominator).square() * steepness).ln();
        (u.or_where_not(&inside, x), log_slope.or_where_not(&inside, nothing))
    }

    /// The bin of `at` in [−B, B] among bins of these sizes (widths for x, heights for u).
    fn bin(&self, at: &D, sizes: &D) -> Bin<D> {
        let [here, sides] = at.bin_among(sizes, self.bins);
        let edge = |sizes: &D| sizes.clone().pick(&sides);
        let size = |sizes: &D| sizes.clone().pick(&here);
        // No knot is picked at ±B, and a picked nothing is zero: there the slope is 1.
        let slope = |offset| {
            let knot = here.columns(offset, offset + self.bins - 1);
            let unit = (1.0 - SMALLEST_SLOPE).exp_m1().ln();
            self.slopes
                .clone()
                .pick(&knot)
                .shift(unit)
                .softplus()
                .shift(SMALLEST_SLOPE)
        };
        Bin {
            left: edge(&self.widths),
            width: size(&self.widths),
            bottom: edge(&self.heights),
            height: size(&self.heights),
            slope_left: slope(1),
            slope_right: slope(0),
        }
    }
}

impl Spline<Dual> {
    /// x(u), `[n, 1]`.
    pub(super) fn inverse(&self, u: Tensor<2>) -> Tensor<2> {
        let u: Tensor<3> = u.unsqueeze();
        let inside = u.clone().abs().lower_elem(self.bound);
        let at = u.clone().mask_where(inside.clone().bool_not(), u.zeros_like());
        let bin = self.bin(&Dual::constant(at.clone().squeeze_dim(0)), &self.heights);
        let [left, width, bottom, height, slope, next] = bin.into_values();

        let s = height.clone() / width.clone();
        let above = at - bottom;
        let bend = (slope.clone() + next - s.clone() * 2.0) * above.clone();
        let a = height.clone() * (s.clone() - slope.clone()) + bend.clone();
        let b = height * slope - bend;
        let c = (s * above).neg();
        // The root of a ξ² + b ξ + c in [0, 1], in the form that loses no digits at small a.
        let discriminant = b.clone().square() - a * c.clone() * 4.0;
        let xi = c * -2.0 / (b + discriminant.clamp_min(0.0).sqrt());
        let x = xi * width + left;
        x.mask_where(inside.bool_not(), u).squeeze_dim(0)
    }
}

impl Bin<Dual> {
    fn into_values(self) -> [Tensor<3>; 6] {
        [
            self.left,
            self.width,
            self.bottom,
            self.height,
            self.slope_left,
            self.slope_right,
        ]
        .map(|dual| dual.value().clone())
    }
}
