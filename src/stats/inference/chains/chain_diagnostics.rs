//! Convergence of chains and effective sample sizes of their draws.

use ndarray::{Array2, ArrayView2, Axis};
use statrs::distribution::{ContinuousCDF, Normal};

use super::super::Marginal;

/// R̂ of draws `[chains, draws]`, the spread of all chains together relative to that within chains: 1 if all have found the same
/// distribution, not above 1.01 if they are to be used, NaN if nothing moves.
///
/// The larger of two, of [split chains](split_r_hat) after ranks have been made normal: of the draws, which finds
/// chains in different places, and of their distances from the median, which finds those of different widths.
///
/// # Source
/// Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021, Bayesian Analysis 16, 667 (arXiv:1903.08008), equations 3 to 4
/// and section 4.
pub fn r_hat(draws: ArrayView2<f64>) -> f64 {
    let median = Marginal::from_draws(draws.iter().copied()).quantile(0.5);
    let [bulk, folded] = [draws.to_owned(), draws.mapv(|draw| (draw - median).abs())]
        .map(|draws| split_r_hat(normal_ranks(draws.view()).view()));
    // A NaN is no reason to trust the other one.
    if bulk.is_nan() { bulk } else { bulk.max(folded) }
}

/// √(V₊/W) of draws `[chains, draws]`, each chain split in half: V₊ = (n−1)/n W + B/n, with W the mean variance within
/// the halves, of n draws each, and B/n the variance of their means.
pub fn split_r_hat(draws: ArrayView2<f64>) -> f64 {
    let Moments { within, overall } = Moments::of(&halves(draws));
    (overall / within).sqrt()
}

/// Number of independent draws that determine the mean as well as these, `[chains, draws]`; NaN if nothing moves.
///
/// S/τ, where τ = 1 + 2 Σ_t ρ_t sums the autocorrelations of all split chains over pairs of lags as long as these are
/// positive, made to fall (Geyer 1992). What differs between chains counts as correlation. Draws that alternate may be
/// worth more than S independent ones, S log₁₀ S at the most. Give ranks made normal for the bulk of a distribution
/// without moments.
///
/// # Source
/// Vehtari et al. 2021, arXiv:1903.08008, equations 10 to 13.
pub fn effective_size(draws: ArrayView2<f64>) -> f64 {
    let halves = halves(draws);
    let (chains, n) = halves.dim();
    let moments = Moments::of(&halves);
    if n < 2 || moments.within.is_nan() || moments.overall.is_nan() || moments.overall == 0.0 {
        return f64::NAN;
    }
    let centred = &halves - &halves.mean_axis(Axis(1)).unwrap_or_default().insert_axis(Axis(1));
    let covariance = |lag: usize| {
        let later = centred.slice_axis(Axis(1), (lag..).into());
        let products = &later * &centred.slice_axis(Axis(1), (..n - lag).into());
        products.sum() / (chains * n) as f64
    };
    let correlation = |lag: usize| 1.0 - (moments.within - covariance(lag)) / moments.overall;
    let mut sum = 0.0;
    let mut least = f64::INFINITY;
    for lag in (0..n - 1).step_by(2) {
        let first = if lag == 0 { 1.0 } else { correlation(lag) };
        let pair = first + correlation(lag + 1);
        if pair <= 0.0 {
            break;
        }
        least = least.min(pair);
        sum += least;
    }
    let all = (chains * n) as f64;
    (all / (2.0 * sum - 1.0).max(0.0)).min(all * all.log10())
}

/// The [effective size](effective_size) of the bulk: of the ranks, made normal.
pub fn bulk_effective_size(draws: ArrayView2<f64>) -> f64 {
    effective_size(normal_ranks(draws).view())
}

/// Number of independent draws that determine the tails as well as these, `[chains, draws]`: the smaller of the effective sizes
/// of what lies below the quantiles of 5 % and 95 %.
///
/// # Source
/// Vehtari et al. 2021, arXiv:1903.08008, section 4.3.
pub fn tail_effective_size(draws: ArrayView2<f64>) -> f64 {
    let marginal = Marginal::from_draws(draws.iter().copied());
    let below = |share: f64| {
        let quantile = marginal.quantile(share);
        effective_size(draws.mapv(|draw| f64::from(u8::from(draw <= quantile))).view())
    };
    let [low, high] = [0.05, 0.95].map(below);
    if low.is_nan() { low } else { low.min(high) }
}

/// The mean variance within chains, and the variance of all of them together that follows from it and from their means.
struct Moments {
    within: f64,
    overall: f64,
}

impl Moments {
    fn of(chains: &Array2<f64>) -> Self {
        let n = chains.ncols() as f64;
        if chains.ncols() < 2 || chains.nrows() < 2 || chains.iter().any(|draw| !draw.is_finite()) {
            return Self {
                within: f64::NAN,
                overall: f64::NAN,
            };
        }
        let within = chains.var_axis(Axis(1), 1.0).mean().unwrap_or(f64::NAN);
        let between = chains.mean_axis(Axis(1)).map_or(f64::NAN, |means| means.var(1.0));
        Self {
            within,
            overall: (n - 1.0) / n * within + between,
        }
    }
}

/// The halves of all chains, `[2 chains, draws/2]`; of an odd number the draw in the middle is left out.
fn halves(draws: ArrayView2<f64>) -> Array2<f64> {
    let (chains, n) = draws.dim();
    let half = n / 2;
    Array2::from_shape_fn((2 * chains, half), |(chain, i)| {
        draws[[chain / 2, if chain % 2 == 0 { i } else { n - half + i }]]
    })
}

/// Φ⁻¹((rank − 3/8)/(S + 1/4)) of all draws; those that are equal share their ranks.
fn normal_ranks(draws: ArrayView2<f64>) -> Array2<f64> {
    let mut order: Vec<(usize, f64)> = draws.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut ranks = vec![0.0; order.len()];
    for equal in order.chunk_by(|(_, a), (_, b)| a == b) {
        let before = order.partition_point(|(_, value)| value.total_cmp(&equal[0].1).is_lt());
        let rank = before as f64 + 0.5 * (equal.len() as f64 + 1.0);
        let value = Normal::standard().inverse_cdf((rank - 0.375) / (order.len() as f64 + 0.25));
        equal
            .iter()
            .for_each(|(place, draw)| ranks[*place] = if draw.is_finite() { value } else { f64::NAN });
    }
    let columns = draws.ncols();
    Array2::from_shape_fn(draws.dim(), |(chain, i)| ranks[chain * columns + i])
}
