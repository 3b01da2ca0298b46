//! A simulator that draws from every density replays to the probability it was mined with.

use motherlode::Real;
use motherlode::trace::density::{
    Bernoulli, Beta, Binomial, Categorical, Dirichlet, Exponential, Gamma, Geometric, LogNormal, Mixture,
    MultivariateNormal, Normal, Poisson, PowerLaw, Rejection, TruncatedNormal, Uniform, VonMises,
};
use motherlode::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace, stream};

use crate::tolerance::{ALGEBRA, FINITE_DIFFERENCE, close, z_score};

/// Draws from each density once; θ = (a, b) with 0 < a < 1 and b > 0.
struct Everything;

impl Everything {
    fn numbers<R: Real>(a: R, b: R, trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let unit = R::from(1.0);
        let peaks = [Normal::new(a, unit)?, Normal::new(-b, b)?];
        let bowl = move |x: &f64| (a * (x * x) + 1.0).ln();
        let bound = (2.0 * (1.0 + a.value())).ln();
        Ok(vec![
            trace.draw(Normal::new(a, b)?),
            trace.noise(Uniform::new(0.0, 2.0)?),
            trace.draw(TruncatedNormal::new(a, b, -0.5, f64::INFINITY)?),
            trace.draw(Exponential::new(b)?),
            trace.draw(Gamma::new(b, a)?),
            trace.draw(LogNormal::new(a, b)?),
            trace.draw(Beta::new(b, a + 1.0)?),
            trace.draw(PowerLaw::new(-b, 1.0, 9.0)?),
            trace.draw(VonMises::new(a, b)?),
            trace.draw(Mixture::new(&[a, b], &peaks)?),
            trace.draw(Rejection::new(
                Uniform::new(-1.0, 1.0)?,
                bowl,
                (a * (2.0 / 3.0) + 2.0).ln(),
                bound,
            )?),
        ])
    }

    fn counts<R: Real>(a: R, b: R, trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        Ok(vec![
            f64::from(u8::from(trace.draw(Bernoulli::new(a)?))),
            trace.draw(Categorical::new(&[a, b, a * b])?) as f64,
            trace.draw(Binomial::new(30, a)?) as f64,
            trace.draw(Poisson::new(b * 9.0)?) as f64,
            trace.draw(Geometric::new(a * 0.1)?) as f64,
        ])
    }
}

impl Simulator for Everything {
    fn name(&self) -> &str {
        "everything"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("a", 0.0, 1.0), Parameter::new("b", 0.1, 5.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        (0..20).map(|i| Observable::new(&format!("x{i}"))).collect()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.4, 1.5], [0.5, 1.2], [(0.3, 0.6), (1.0, 2.0)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let (a, b) = (theta[0], theta[1]);
        let mut x = Self::numbers(a, b, trace)?;
        x.extend(Self::counts(a, b, trace)?);
        x.extend(trace.draw(MultivariateNormal::new(&[a, b], &[b, a * 0.5, a * 0.5, b])?));
        x.extend(trace.draw(Dirichlet::new(&[a + 1.0, b])?));
        Ok(x)
    }
}

const THETA: [f64; 2] = [0.4, 1.5];

#[test]
fn a_replayed_path_has_the_probability_it_was_mined_with() {
    let mut memory = Vec::new();
    for event in 0..500 {
        let mined = Everything.mine(&THETA, &mut stream(21, event, 0), &mut memory).unwrap();
        let mut score = [0.0; 2];
        let replayed = Everything.score_at(&THETA, &memory, &mut score).unwrap();
        assert!(close(replayed, mined.log_probability, ALGEBRA));
        assert!(close(
            Everything.log_probability_at(&THETA, &memory).unwrap(),
            replayed,
            ALGEBRA
        ));
        assert!((0..2).all(|i| close(score[i], mined.score[i], ALGEBRA)));
    }
}

#[test]
fn the_score_elsewhere_is_the_derivative_of_the_replayed_probability() {
    let (mut memory, elsewhere, h) = (Vec::new(), [0.55, 1.1], 1e-4);
    for event in 0..100 {
        Everything.mine(&THETA, &mut stream(22, event, 0), &mut memory).unwrap();
        let mut score = [0.0; 2];
        Everything.score_at(&elsewhere, &memory, &mut score).unwrap();
        for i in 0..2 {
            let at = |steps: f64| {
                let mut moved = elsewhere;
                moved[i] += steps * h;
                Everything.log_probability_at(&moved, &memory).unwrap()
            };
            let difference = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * h);
            assert!(
                close(score[i], difference, FINITE_DIFFERENCE),
                "{} against {difference}",
                score[i]
            );
        }
    }
}

#[test] // E_θ1[p(x,z|θ0)/p(x,z|θ1)] = 1
fn the_expected_joint_ratio_is_one() {
    let (mut memory, near) = (Vec::new(), [0.41, 1.52]);
    let excess: Vec<f64> = (0..20_000)
        .map(|event| {
            let mined = Everything.mine(&THETA, &mut stream(23, event, 0), &mut memory).unwrap();
            (Everything.log_probability_at(&near, &memory).unwrap() - mined.log_probability).exp() - 1.0
        })
        .collect();
    assert!(z_score(&excess).abs() < 5.0);
}

#[test]
fn a_record_of_another_length_is_noticed() {
    let mut memory = Vec::new();
    Everything.mine(&THETA, &mut stream(24, 0, 0), &mut memory).unwrap();
    memory.push(0.5);
    assert_eq!(Everything.log_probability_at(&THETA, &memory), Err(Rejected::Strayed));
    memory.truncate(memory.len() - 2);
    assert_eq!(Everything.log_probability_at(&THETA, &memory), Err(Rejected::Strayed));
}
