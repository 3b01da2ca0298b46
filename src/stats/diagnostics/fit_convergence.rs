//! Error of the best fit against the number of events.

use rand::RngExt;

use super::likelihood_table::{DiagnosedEstimator, LikelihoodTable};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations_until_stopped;
use motherlode_core::mean::Mean;
use motherlode_core::parallel::map_jobs;
use motherlode_core::trace::stream;

/// The stream of these data sets.
const DATA_SETS: u64 = 1 << 21;
/// Smallest number of repetitions from which a spread is estimated.
const FEWEST_REPEATS: usize = 10;

/// Best fits of increasing numbers of events from one θ*.
///
/// For exact ratios the root mean square error falls as 1/√n. For an estimator it ends at a plateau, the bias: a small error of log r̂ in
/// each event adds up, while the scatter averages out. No other check sees it.
///
/// # Source
/// Hermans, Begy and Louppe 2020, arXiv:1903.04057; Brehmer et al. 2018, arXiv:1805.00020.
#[derive(Debug, Clone, PartialEq)]
pub struct FitConvergence {
    /// θ*, `[p]`.
    pub truth: Vec<f64>,
    /// Numbers of events, ascending.
    pub events: Vec<usize>,
    /// θ̂ − θ* of each repetition, `[events][repeats][free parameters]`; the events of a smaller number are among those of a larger one.
    deviations: Vec<Vec<Vec<f64>>>,
}

impl FitConvergence {
    /// For 1, 10, … and `most` events from the middle of the box, `repeats` times.
    ///
    /// With one or two parameters, as many events as ln L can be interpolated for, if these are fewer.
    ///
    /// # Errors
    /// If there are fewer than 10 repetitions, data cannot be drawn, or the estimator fails.
    pub fn new(
        examined: DiagnosedEstimator<'_>,
        most: usize,
        repeats: usize,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        if repeats < FEWEST_REPEATS || most == 0 {
            return Err(Error::usage(format!(
                "convergence from {repeats} repetitions of {most} events: take {FEWEST_REPEATS} repetitions at least, of one event \
                 or more"
            )));
        }
        let decades = (0..).map(|power| 10usize.pow(power)).take_while(|&n| n < most);
        let mut events: Vec<usize> = decades.chain([most]).collect();
        let likelihood = loop {
            match LikelihoodTable::new(examined, events[events.len() - 1], seed ^ 1, progress) {
                Ok(likelihood) => break likelihood,
                Err(error) if events.len() == 1 || progress.is_stopped() => return Err(error),
                Err(_) => events.truncate(events.len() - 1),
            }
        };
        let truth = examined.space.middle();
        let most = events[events.len() - 1];
        let rows: Vec<Vec<Vec<f64>>> = map_jobs(repeats as u64, progress, |repeat| {
            let seed = stream(seed, repeat, DATA_SETS).random();
            let x = observations_until_stopped(examined.simulator, &truth, most, seed, progress)?;
            let data_set = likelihood.data_set(x.view())?;
            let deviation = |&n: &usize| {
                progress.check()?;
                let best = data_set.of_first(n).best()?;
                let free = examined.space.free();
                Ok(free.iter().map(|&k| best.theta[k] - truth[k]).collect())
            };
            events.iter().map(deviation).collect::<Result<_>>()
        })?;
        let deviations = (0..events.len()).map(|i| rows.iter().map(|row| row[i].clone()).collect());
        Ok(Self {
            deviations: deviations.collect(),
            truth,
            events,
        })
    }

    /// The root mean square error of parameter `k` for each number of events.
    pub fn errors(&self, k: usize) -> Vec<Mean> {
        let of = |deviations: &Vec<Vec<f64>>| {
            let square = Mean::from_values(deviations.iter().map(|deviation| deviation[k].powi(2)));
            let value = square.value.sqrt();
            Mean {
                value,
                standard_error: 0.5 * square.standard_error / value,
            }
        };
        self.deviations.iter().map(of).collect()
    }

    /// The mean of θ̂ − θ* of parameter `k` for the most events: the plateau, as far as it is seen.
    pub fn bias(&self, k: usize) -> Mean {
        let most = &self.deviations[self.deviations.len() - 1];
        Mean::from_values(most.iter().map(|deviation| deviation[k]))
    }

    /// The mean of θ̂ − θ* of parameter `k` in its standard deviations, for the number of events next to `events`.
    pub fn bias_at(&self, k: usize, events: usize) -> Mean {
        let apart = |&i: &usize| (self.events[i] as f64 / events as f64).ln().abs();
        let nearest = (0..self.events.len())
            .min_by(|a, b| apart(a).total_cmp(&apart(b)))
            .unwrap_or(0);
        let mean = Mean::from_values(self.deviations[nearest].iter().map(|deviation| deviation[k]));
        let unit = mean.standard_error * (self.repeats() as f64).sqrt();
        Mean {
            value: mean.value / unit,
            standard_error: mean.standard_error / unit,
        }
    }

    /// The standard deviation of θ̂ of parameter `k` for each number of events.
    pub fn scatter(&self, k: usize) -> Vec<f64> {
        let of = |deviations: &Vec<Vec<f64>>| {
            let mean = Mean::from_values(deviations.iter().map(|deviation| deviation[k]));
            mean.standard_error * (deviations.len() as f64).sqrt()
        };
        self.deviations.iter().map(of).collect()
    }

    /// The number of events for which θ̂ of parameter `k` scatters as little as it is biased: estimates of more events are ruled by the
    /// bias. Infinite if even the most events scatter more.
    pub fn enough(&self, k: usize) -> f64 {
        let bias = self.bias(k).value.abs();
        let scatter = self.scatter(k);
        // From the most events down: few events end at the edges of the box, where nothing scatters.
        match scatter.iter().rposition(|&scatter| scatter >= bias) {
            None => self.events[0] as f64,
            Some(last) if last + 1 == scatter.len() => f64::INFINITY,
            Some(i) => {
                let share = (scatter[i] / bias).ln() / (scatter[i] / scatter[i + 1]).ln();
                let (before, after) = (self.events[i] as f64, self.events[i + 1] as f64);
                before * (after / before).powf(share)
            }
        }
    }

    /// The slope of ln RMSE against ln n of parameter `k`, from `from` events on: −1/2 for exact ratios, 0 on the plateau.
    pub fn slope(&self, k: usize, from: usize) -> f64 {
        let errors = self.errors(k);
        let points = self.events.iter().zip(&errors).filter(|(n, _)| **n >= from);
        let points: Vec<(f64, f64)> = points.map(|(&n, error)| ((n as f64).ln(), error.value.ln())).collect();
        let n = points.len() as f64;
        let (x, y) = points
            .iter()
            .fold((0.0, 0.0), |(x, y), point| (x + point.0 / n, y + point.1 / n));
        let mixed: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
        mixed / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
    }

    /// Number of repetitions.
    pub fn repeats(&self) -> usize {
        self.deviations[0].len()
    }
}
