//! Densities of events in continuous time: what happens next, and when.

use rand::RngExt;
use rand_distr::Exp1;

use super::{Bernoulli, Density, LogProbability, Rejected, Stream, require};
use crate::real::Real;
use crate::trace::Trace;

/// Gillespie's next event: several processes run against each other and against the clock, the first one wins.
///
/// Process k happens at rate r_k. The draw is `Some((dt, k))` if process k happens first, a time dt from now, and
/// `None` if nothing happens before the horizon. With R = Σ r_k,
///
/// ln p = ln r_k − R dt for an event, and ln p = −R · horizon for none.
///
/// The second case is not to be left out: that nothing happened in the time that was left also depends on θ. An
/// infinite horizon waits for as long as it takes; where all rates vanish, nothing ever happens.
///
/// # Source
/// Gillespie 1977, J. Phys. Chem. 81, 2340.
#[derive(Debug, Clone, Copy)]
pub struct Race<'a, R> {
    rates: &'a [R],
    total: R,
    horizon: f64,
}

impl<'a, R: Real> Race<'a, R> {
    /// Processes with `rates`, `[k]`, in 1/time, and the time `horizon` that is left (it may be infinite).
    ///
    /// # Errors
    /// If a rate or the sum of rates is negative or not finite, or `horizon` is negative or not a number.
    #[inline]
    pub fn new(rates: &'a [R], horizon: f64) -> Result<Self, Rejected> {
        let total = rates.iter().fold(R::from(0.0), |total, &rate| total + rate);
        let sound = rates.iter().all(|rate| rate.re() >= 0.0) && total.re().is_finite() && horizon >= 0.0;
        require(sound, || {
            let rates: Vec<f64> = rates.iter().map(|rate| rate.re()).collect();
            format!("Race needs finite rates ≥ 0 and a horizon ≥ 0, got rates = {rates:?}, horizon = {horizon}")
        })?;
        Ok(Self { rates, total, horizon })
    }

    /// The process in whose share of the total rate `place` lies.
    #[inline]
    fn winner(&self, place: f64) -> usize {
        let mut end = 0.0;
        let mut last = 0;
        for (k, rate) in self.rates.iter().enumerate().filter(|(_, rate)| rate.re() > 0.0) {
            end += rate.re();
            if place < end {
                return k;
            }
            last = k;
        }
        last // rounding put `place` behind the end of the last share
    }

    /// r_k of an event that can happen.
    #[inline]
    fn rate(&self, dt: f64, k: usize) -> Option<R> {
        let in_time = (0.0..=self.horizon).contains(&dt);
        self.rates.get(k).copied().filter(|rate| in_time && rate.re() > 0.0)
    }

    /// −R · horizon; a process that never runs is certain not to happen, however long one waits.
    #[inline]
    fn silence(&self) -> R {
        if self.horizon.is_finite() {
            -self.total * self.horizon
        } else if self.total.re() > 0.0 {
            R::from(f64::NEG_INFINITY)
        } else {
            R::from(0.0)
        }
    }
}

impl<R: Real> Density<R> for Race<'_, R> {
    type Draw = Option<(f64, usize)>;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> Self::Draw {
        let total = self.total.re();
        if total == 0.0 {
            return None;
        }
        let waiting: f64 = rng.sample(Exp1);
        let dt = waiting / total;
        (dt < self.horizon).then(|| (dt, self.winner(rng.random::<f64>() * total)))
    }

    #[inline]
    fn log_density(&self, draw: &Self::Draw) -> R {
        match *draw {
            None => self.silence(),
            Some((dt, k)) => match self.rate(dt, k) {
                Some(rate) => rate.ln() - self.total * dt,
                None => R::from(f64::NEG_INFINITY),
            },
        }
    }

    #[inline]
    fn accumulate(&self, draw: &Self::Draw, path: &mut LogProbability<R>) {
        if let Some((dt, k)) = *draw
            && let Some(rate) = self.rate(dt, k)
        {
            path.multiply(rate);
            path.add(-self.total * dt);
        } else {
            path.add(self.log_density(draw));
        }
    }
}

/// Points that fall independently of each other at a constant rate: decays, clicks, arrivals.
///
/// The draw is the times of all points, in order. Their density is ln p = n ln λ − λT, for n points in a duration T;
/// it does not depend on where the points lie.
#[derive(Debug, Clone, Copy)]
pub struct PoissonProcess<R> {
    rate: R,
    duration: f64,
}

impl<R: Real> PoissonProcess<R> {
    /// Points at `rate`, in 1/time, for a time `duration`.
    ///
    /// # Errors
    /// If `rate` or `duration` is negative or not finite, or their product, the expected number of points, is not.
    #[inline]
    pub fn new(rate: R, duration: f64) -> Result<Self, Rejected> {
        let sound = rate.re() >= 0.0 && duration >= 0.0 && duration.is_finite() && (rate.re() * duration).is_finite();
        require(sound && rate.re().is_finite(), || {
            format!(
                "PoissonProcess needs a finite rate ≥ 0 and a finite duration ≥ 0, got rate = {}, duration = {duration}",
                rate.re()
            )
        })?;
        Ok(Self { rate, duration })
    }
}

impl<R: Real> Density<R> for PoissonProcess<R> {
    type Draw = Vec<f64>;

    fn sample(&self, rng: &mut Stream) -> Vec<f64> {
        let mut times = Vec::new();
        let mut time = 0.0;
        if self.rate.re() > 0.0 {
            loop {
                let waiting: f64 = rng.sample(Exp1);
                time += waiting / self.rate.re();
                if time >= self.duration {
                    break;
                }
                times.push(time);
            }
        }
        times
    }

    fn log_density(&self, times: &Vec<f64>) -> R {
        let possible = times.is_sorted() && times.iter().all(|time| (0.0..=self.duration).contains(time));
        let silence = -self.rate * self.duration;
        match times.len() {
            0 => silence,
            n if possible && self.rate.re() > 0.0 => self.rate.ln() * n as f64 + silence,
            _ => R::from(f64::NEG_INFINITY),
        }
    }
}

/// The next point of a process whose rate varies with time, by thinning.
///
/// Points are proposed at the constant rate `majorant`, and each is kept with probability rate(t)/majorant. The
/// proposals do not depend on θ and are noise; keeping *and* discarding are draws, so a discarded proposal is a
/// latent choice of the path like any other. Neither may be left out of the joint score, and the exponent of "no
/// point until now" is not to be added on top of them: summed over the discarded proposals they contain it.
///
/// Returns the time of the point, or `None` if there is none before `until`. An `until` at infinity waits for as
/// long as it takes.
///
/// # Errors
/// If `majorant` is negative or not finite, `until` lies before `start`, or the rate leaves `[0, majorant]`. The
/// majorant must be the same for all θ; it must cover the rates of every θ at which a path is to be scored.
///
/// # Source
/// Lewis and Shedler 1979, Naval Research Logistics 26, 403.
pub fn thinning<R: Real>(
    trace: &mut impl Trace<R>,
    start: f64,
    until: f64,
    majorant: f64,
    rate: impl Fn(f64) -> R,
) -> Result<Option<f64>, Rejected> {
    let mut time = start;
    while let Some((dt, _)) = trace.noise(Race::new(&[majorant], until - time)?) {
        time = (time + dt).min(until); // not past the end by a rounding error
        let here = rate(time);
        require((0.0..=majorant).contains(&here.re()), || {
            format!(
                "the rate {} at time {time} is not within 0 and the majorant {majorant}: give thinning a larger one",
                here.re()
            )
        })?;
        if trace.draw(Bernoulli::new(here / majorant)?) {
            return Ok(Some(time));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Mine, stream};
    use num_dual::Dual64;

    const ALGEBRA: f64 = 1e-12;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= ALGEBRA * b.abs().max(1.0)
    }

    /// Mean of `values` less `expected`, in standard errors.
    fn z_score(values: &[f64], expected: f64) -> f64 {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean - expected) / (variance / n).sqrt()
    }

    // scipy 1.x: expon(scale=1/2).logpdf(0.7) + log(0.75), expon(scale=1/2).logsf(1.25).
    #[test]
    fn race_has_the_density_of_an_exponential_and_a_choice() {
        let race = Race::new(&[0.5, 1.5], 1.25).unwrap();
        assert!(close(race.log_density(&Some((0.7, 1))), -0.994_534_891_891_835_6));
        assert!(close(race.log_density(&None), -2.5));
    }

    #[test] // t = [k is ours]/r − dt, t = −horizon
    fn race_has_its_score_in_closed_form() {
        let rates = [Dual64::new(0.5, 1.0), Dual64::from(1.5)];
        let race = Race::new(&rates, 1.25).unwrap();
        assert!(close(race.log_density(&Some((0.7, 0))).eps, 1.0 / 0.5 - 0.7));
        assert!(close(race.log_density(&Some((0.7, 1))).eps, -0.7));
        assert!(close(race.log_density(&None).eps, -1.25));
        let mut path = LogProbability::certain();
        race.accumulate(&Some((0.7, 0)), &mut path);
        let total = path.total();
        assert!(close(total.eps, 1.3) && close(total.re, 0.5f64.ln() - 1.4));
    }

    #[test]
    fn race_is_drawn_from_its_density() {
        let race = Race::new(&[0.5, 0.0, 1.5], 0.8).unwrap();
        let draws: Vec<_> = (0..40_000).map(|i| race.sample(&mut stream(11, i, 0))).collect();
        let none: Vec<f64> = draws.iter().map(|d| f64::from(u8::from(d.is_none()))).collect();
        assert!(z_score(&none, (-1.6f64).exp()).abs() < 5.0);
        let first: Vec<f64> = draws
            .iter()
            .flatten()
            .map(|&(_, k)| f64::from(u8::from(k == 0)))
            .collect();
        assert!(z_score(&first, 0.25).abs() < 5.0);
        // Mean of an exponential of rate 2 truncated at 0.8: 1/2 − 0.8/(e^1.6 − 1).
        let times: Vec<f64> = draws.iter().flatten().map(|&(dt, _)| dt).collect();
        assert!(z_score(&times, 0.5 - 0.8 / (1.6f64.exp() - 1.0)).abs() < 5.0);
        assert!(draws.iter().flatten().all(|&(dt, k)| dt < 0.8 && k != 1));
    }

    #[test]
    fn race_that_cannot_be_is_impossible_or_refused() {
        let race = Race::new(&[0.5, 0.0], 1.0).unwrap();
        for draw in [(0.5, 1), (0.5, 2), (1.5, 0), (-0.1, 0), (f64::NAN, 0)] {
            assert_eq!(race.log_density(&Some(draw)), f64::NEG_INFINITY);
        }
        let still = Race::new(&[0.0], f64::INFINITY).unwrap();
        assert_eq!(still.sample(&mut stream(1, 0, 0)), None);
        assert_eq!(still.log_density(&None), 0.0);
        assert_eq!(
            Race::new(&[1.0], f64::INFINITY).unwrap().log_density(&None),
            f64::NEG_INFINITY
        );
        for (rates, horizon) in [
            ([-1.0, 2.0], 1.0),
            ([f64::NAN, 1.0], 1.0),
            ([1e308, 1e308], 1.0),
            ([1.0, 1.0], -1.0),
        ] {
            assert!(Race::new(&rates, horizon).is_err());
        }
        assert!(Race::new(&[1.0], f64::NAN).is_err());
    }

    #[test] // n ln λ − λT, which is scipy's poisson(λT).logpmf(n) + ln n! − n ln T
    fn poisson_process_has_the_density_of_its_count() {
        let process = PoissonProcess::new(Dual64::new(1.7, 1.0), 2.0).unwrap();
        let density = process.log_density(&vec![0.1, 0.4, 1.9]);
        assert!(close(density.re, -1.808_115_246_813_488_7));
        assert!(close(density.eps, 3.0 / 1.7 - 2.0));
        for times in [vec![0.4, 0.1], vec![2.1], vec![-0.1], vec![f64::NAN]] {
            assert_eq!(process.log_density(&times).re, f64::NEG_INFINITY);
        }
        let still = PoissonProcess::new(0.0, 2.0).unwrap();
        assert!(still.sample(&mut stream(1, 0, 0)).is_empty());
        assert_eq!(still.log_density(&vec![]), 0.0);
        assert!(PoissonProcess::new(-1.0, 1.0).is_err() && PoissonProcess::new(1.0, f64::INFINITY).is_err());
    }

    #[test] // counts are Poisson: mean and variance λT = 3.4; times are uniform: mean T/2
    fn poisson_process_is_drawn_from_its_density() {
        let process = PoissonProcess::new(1.7, 2.0).unwrap();
        let draws: Vec<_> = (0..40_000).map(|i| process.sample(&mut stream(12, i, 0))).collect();
        let counts: Vec<f64> = draws.iter().map(|times| times.len() as f64).collect();
        assert!(z_score(&counts, 3.4).abs() < 5.0);
        let squares: Vec<f64> = counts.iter().map(|n| (n - 3.4).powi(2)).collect();
        assert!(z_score(&squares, 3.4).abs() < 5.0);
        assert!(z_score(&draws.concat(), 1.0).abs() < 5.0);
    }

    /// The first point of a process with rate a(1 + t) within t < 1, with its joint score.
    fn first_point(a: f64, event: u64) -> (Option<f64>, f64) {
        let mut rng = stream(13, event, 0);
        let mut trace = Mine::new(&mut rng);
        let a = Dual64::new(a, 1.0);
        let point = thinning(&mut trace, 0.0, 1.0, 4.0, |time| a * (1.0 + time)).unwrap();
        (point, trace.log_probability().eps)
    }

    #[test] // P(none) = exp(−3a/2); E[time of the first point or 1] = 0.510 466 555 at a = 1.2 by scipy's quad
    fn thinning_gives_the_first_point_of_the_process() {
        let a = 1.2;
        let events: Vec<_> = (0..40_000).map(|i| first_point(a, i)).collect();
        let none: Vec<f64> = events
            .iter()
            .map(|(point, _)| f64::from(u8::from(point.is_none())))
            .collect();
        assert!(z_score(&none, (-1.5 * a).exp()).abs() < 5.0);
        let times: Vec<f64> = events.iter().map(|(point, _)| point.unwrap_or(1.0)).collect();
        assert!(z_score(&times, 0.510_466_555_060_992).abs() < 5.0);
        let scores: Vec<f64> = events.iter().map(|&(_, score)| score).collect();
        assert!(z_score(&scores, 0.0).abs() < 5.0);
        // d/da P(none) = −3/2 exp(−3a/2) is the mean of the joint score over the events without a point.
        let tilted: Vec<f64> = none.iter().zip(&scores).map(|(f, t)| f * t).collect();
        assert!(z_score(&tilted, -1.5 * (-1.5 * a).exp()).abs() < 5.0);
    }

    #[test]
    fn thinning_refuses_a_rate_above_its_majorant() {
        let mut rng = stream(1, 0, 0);
        let mut trace = Mine::new(&mut rng);
        let refused = thinning(&mut trace, 0.0, 100.0, 1.0, |_| 1.5f64);
        assert!(matches!(refused, Err(Rejected::Invalid(problem)) if problem.contains("majorant")));
        for (until, majorant) in [(-1.0, 1.0), (1.0, -1.0), (1.0, f64::NAN)] {
            assert!(thinning(&mut trace, 0.0, until, majorant, |_| 0.5f64).is_err());
        }
    }
}
