//! Marginal distributions of one parameter, from draws.

/// The marginal distribution of one parameter, from draws that may have weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Marginal {
    mean: f64,
    standard_deviation: f64,
    /// Draws in ascending order, each with the share of the weight below its middle.
    shares: Vec<(f64, f64)>,
}

impl Marginal {
    /// Creates the distribution of draws with equal weights.
    pub fn from_draws(draws: impl IntoIterator<Item = f64>) -> Self {
        Self::from_weighted_draws(draws.into_iter().map(|draw| (draw, 1.0)))
    }

    /// Creates the distribution of weighted draws; the weights need not sum to 1.
    pub fn from_weighted_draws(draws: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut shares: Vec<(f64, f64)> = draws.into_iter().collect();
        shares.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let total: f64 = shares.iter().map(|(_, weight)| weight).sum();
        let average = |of: &dyn Fn(f64) -> f64| shares.iter().map(|(draw, w)| w * of(*draw)).sum::<f64>() / total;
        let mean = average(&|draw| draw);
        let variance = average(&|draw| (draw - mean).powi(2));
        // Σw²/(Σw)² is one over the effective number: with equal weights, the divisor n − 1.
        let squares: f64 = shares.iter().map(|(_, weight)| (weight / total).powi(2)).sum();
        let mut below = 0.0;
        for (_, weight) in &mut shares {
            let share = *weight / total;
            *weight = below + 0.5 * share;
            below += share;
        }
        Self {
            mean,
            standard_deviation: (variance / (1.0 - squares)).sqrt(),
            shares,
        }
    }

    /// Mean, in the unit of the parameter.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation, in the unit of the parameter; NaN for one draw.
    pub fn standard_deviation(&self) -> f64 {
        self.standard_deviation
    }

    /// Returns the probability that the parameter is below `value`, to the weight of a draw.
    pub fn probability_below(&self, value: f64) -> f64 {
        let above = self.shares.partition_point(|(draw, _)| *draw < value);
        match above {
            0 => 0.0,
            all if all == self.shares.len() => 1.0,
            above => self.shares[above - 1].1,
        }
    }

    /// Returns the value below which the parameter lies with probability `share`, by linear interpolation between draws; NaN
    /// without draws.
    pub fn quantile(&self, share: f64) -> f64 {
        let above = self.shares.partition_point(|(_, below)| *below < share);
        match (above.checked_sub(1).map(|i| self.shares[i]), self.shares.get(above)) {
            (Some((low, start)), Some(&(high, end))) => low + (share - start) / (end - start) * (high - low),
            (Some((only, _)), None) | (None, Some(&(only, _))) => only,
            (None, None) => f64::NAN,
        }
    }
}
