//! The expected counts, and how they change with the parameters.

use super::HistFactory;
use super::interpolation::Shift;
use super::model::{Scale, Term};

impl HistFactory {
    /// λ(θ), `[bins]` of all channels in their order; θ has shape `[p]`.
    pub fn counts(&self, theta: &[f64]) -> Vec<f64> {
        self.counts_and_slopes(theta, |_, _, _| ())
    }

    /// λ(θ), `[bins]`; `slope` receives ∂λ_b/∂θ_i for all b and i where there is any, in parts that add up.
    pub(super) fn counts_and_slopes(&self, theta: &[f64], mut slope: impl FnMut(usize, usize, f64)) -> Vec<f64> {
        let mut counts = vec![0.0; self.bins];
        for term in &self.terms {
            term.add(theta, &mut counts, &mut slope);
        }
        counts
    }
}

impl Term {
    fn add(&self, theta: &[f64], counts: &mut [f64], slope: &mut impl FnMut(usize, usize, f64)) {
        let of_scale = |(parameter, scale): &(usize, Scale)| {
            let (value, derivative) = match scale {
                Scale::Plain => (theta[*parameter], 1.0),
                Scale::Interpolated(factor) => factor.at(theta[*parameter]),
            };
            (*parameter, value, derivative)
        };
        let mut factors: Vec<(usize, f64, f64)> = self.factors.iter().map(of_scale).collect();
        let common = factors.len();
        let (mut shifts, mut rests) = (Vec::with_capacity(self.shifts.len()), Vec::new());
        for (bin, nominal) in self.nominal.iter().enumerate() {
            let at = |(parameter, each): &(usize, Vec<_>)| (*parameter, shift(each, bin, theta[*parameter]));
            shifts.clear();
            shifts.extend(self.shifts.iter().map(at));
            let content = nominal + shifts.iter().map(|(_, (value, _))| value).sum::<f64>();
            factors.truncate(common);
            let bin_factors = self.bin_factors.iter().map(|first| first + bin);
            factors.extend(bin_factors.map(|parameter| (parameter, theta[parameter], 1.0)));
            // The product of all factors but one, without dividing by a factor that may be zero.
            let mut after = 1.0;
            rests.clear();
            for (_, value, _) in factors.iter().rev() {
                rests.push(after);
                after *= value;
            }
            for (parameter, (_, derivative)) in &shifts {
                slope(self.first + bin, *parameter, derivative * after);
            }
            let mut before = content;
            for ((parameter, value, derivative), rest) in factors.iter().zip(rests.iter().rev()) {
                slope(self.first + bin, *parameter, before * derivative * rest);
                before *= value;
            }
            counts[self.first + bin] += before;
        }
    }
}

fn shift(each: &[Shift], bin: usize, alpha: f64) -> (f64, f64) {
    each[bin].at(alpha)
}
