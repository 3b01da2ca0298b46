//! Simultaneous bands for the distribution function of uniform numbers.

use statrs::function::gamma::ln_gamma;

use motherlode_core::error::{Error, Result};

/// Places at which a distribution function is looked at.
const PLACES: usize = 100;
/// Halvings of the share that is left out at each place.
const HALVINGS: usize = 24;

/// Simultaneous bands: the empirical distribution function of `n` uniform numbers is within them everywhere with a given probability.
///
/// At each place the band is an interval of the binomial distribution. How small a share these leave out, so that all of them together
/// hold with the given probability, follows from the chain of counts from place to place, without simulation.
///
/// # Source
/// Säilynoja, Bürkner and Vehtari 2022, arXiv:2103.10522, section 2.2.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    /// Places, ascending, 1 the last.
    pub at: Vec<f64>,
    /// The lowest value that is within, as a share of the numbers.
    pub low: Vec<f64>,
    /// The highest.
    pub high: Vec<f64>,
}

impl Bands {
    /// For `n` numbers.
    ///
    /// # Errors
    /// If n is zero, or `probability` not between 0 and 1.
    pub fn new(n: usize, probability: f64) -> Result<Self> {
        if n == 0 || !(0.0 < probability && probability < 1.0) {
            return Err(Error::usage(format!(
                "bands of probability {probability} for {n} numbers: it must be between 0 and 1, and there must be some"
            )));
        }
        let binomial = Binomial::up_to(n);
        let at: Vec<f64> = (1..=PLACES).map(|i| i as f64 / PLACES as f64).collect();
        let cumulated: Vec<Vec<f64>> = at.iter().map(|&place| binomial.cumulated(n, place)).collect();
        let of = |left_out: f64| -> Vec<(usize, usize)> {
            let interval = |sums: &Vec<f64>| {
                let low = sums.partition_point(|&sum| sum < 0.5 * left_out);
                (low, sums.partition_point(|&sum| sum < 1.0 - 0.5 * left_out).min(n))
            };
            cumulated.iter().map(interval).collect()
        };
        let (mut holds, mut fails) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let tried = 0.5 * (holds + fails);
            match binomial.within(n, &at, &of(tried)) >= probability {
                true => holds = tried,
                false => fails = tried,
            }
        }
        let (low, high) = of(holds)
            .into_iter()
            .map(|(low, high)| (low as f64 / n as f64, high as f64 / n as f64))
            .unzip();
        Ok(Self { at, low, high })
    }

    /// Returns true if the distribution function of `values` is within the bands.
    pub fn hold(&self, values: &[f64]) -> bool {
        let curve = distribution(values, &self.at);
        let edges = self.low.iter().zip(&self.high);
        curve
            .iter()
            .zip(edges)
            .all(|(value, (low, high))| (low - 1e-12..=high + 1e-12).contains(value))
    }
}

/// The share of `values` that are at most each of `at`.
pub fn distribution(values: &[f64], at: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    at.iter()
        .map(|place| sorted.partition_point(|value| value <= place) as f64 / n)
        .collect()
}

/// Binomial probabilities by table.
struct Binomial {
    ln_factorial: Vec<f64>,
}

impl Binomial {
    fn up_to(n: usize) -> Self {
        let ln_factorial = (0..=n).map(|k| ln_gamma(k as f64 + 1.0)).collect();
        Self { ln_factorial }
    }

    /// P(k of n) where one has the probability `p`.
    fn probability(&self, k: usize, n: usize, (ln_p, ln_q): (f64, f64)) -> f64 {
        let ways = self.ln_factorial[n] - self.ln_factorial[k] - self.ln_factorial[n - k];
        let power = |count: usize, ln: f64| if count == 0 { 0.0 } else { count as f64 * ln };
        (ways + power(k, ln_p) + power(n - k, ln_q)).exp()
    }

    /// P(at most k of n) for all k.
    fn cumulated(&self, n: usize, p: f64) -> Vec<f64> {
        let logs = (p.ln(), (-p).ln_1p());
        let mut sum = 0.0;
        let mut add = |k| {
            sum += self.probability(k, n, logs);
            sum
        };
        (0..=n).map(&mut add).collect()
    }

    /// The probability that the counts of n uniform numbers up to each place are all within their intervals.
    fn within(&self, n: usize, at: &[f64], intervals: &[(usize, usize)]) -> f64 {
        // Probability of each count, from `first` on, at the last place.
        let (mut first, mut chain, mut before) = (0, vec![1.0], 0.0);
        for (&place, &(low, high)) in at.iter().zip(intervals) {
            let p = (place - before) / (1.0 - before);
            let logs = (p.ln(), (-p).ln_1p());
            let mut next = vec![0.0; high.saturating_sub(low) + 1];
            for (count, &probability) in (first..).zip(&chain) {
                for to in low.max(count)..=high {
                    next[to - low] += probability * self.probability(to - count, n - count, logs);
                }
            }
            (first, chain, before) = (low, next, place);
        }
        chain.iter().sum()
    }
}
