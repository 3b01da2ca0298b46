use super::*;
use crate::mean::Mean;
use crate::prior::Marginal;
use crate::real::Real;
use crate::trace::density::Normal;
use crate::trace::{Hypotheses, Observable, Rejected, Simulator, Trace, stream};

/// z ~ N(θ, ½) and x ~ N(z, ½), variances, of θ itself or of its logarithm.
#[derive(Debug)]
struct TwoSteps {
    logarithmic: bool,
}

impl Simulator for TwoSteps {
    fn name(&self) -> &str {
        "two-steps"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let low = if self.logarithmic { 0.0 } else { f64::NEG_INFINITY };
        vec![Parameter::new("theta", low, f64::INFINITY)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        None
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let theta = if self.logarithmic { theta[0].ln() } else { theta[0] };
        let sd = R::from(0.5_f64.sqrt());
        let z = trace.draw(Normal::new(theta, sd)?);
        Ok(vec![trace.noise(Normal::new(z, 0.5_f64.sqrt())?)])
    }
}

/// Events and hypotheses after `moves` moves: the start u*, u', x and z of each, where u is the coordinate in which the prior is N(0, 1).
fn moved(simulator: &TwoSteps, used: &Prior, moves: usize, n: u64) -> Vec<[f64; 4]> {
    let augmentation = GibbsAugmentation::new(simulator, used, 0.05).unwrap();
    let natural = |theta: f64| if simulator.logarithmic { theta.ln() } else { theta };
    let mut memory = vec![];
    (0..n)
        .map(|event| {
            let rng = &mut stream(3, event, 0);
            let start: f64 = rng.sample(StandardNormal);
            let theta = [if simulator.logarithmic { start.exp() } else { start }];
            memory.clear();
            let (x, _) = Instrumented::record(simulator, &theta, rng, &mut memory).unwrap();
            let v = augmentation.chain(&theta, &memory, 1, moves, rng).unwrap().remove(0);
            [
                start,
                natural(augmentation.coordinates().parameters(&v)[0]),
                x[0],
                memory[0],
            ]
        })
        .collect()
}

fn moment(rows: &[[f64; 4]], of: impl Fn(&[f64; 4]) -> f64 + Clone) -> Mean {
    Mean::from_values(rows.iter().map(of))
}

fn normal() -> Prior {
    Prior::Gaussian {
        mean: vec![0.0],
        sd: vec![1.0],
    }
}

/// The joint law of (θ', x) is that of (θ*, x): Var θ = 1, Cov(θ, x) = 1, E θ²x² = 1·2 + 2·1². Given x and z, the new hypothesis is a draw
/// of N(⅔ z, ⅓) that knows nothing else of the start: Cov(θ', θ*) = (⅔)² Var z = ⅔.
#[test]
fn augmented_pairs_have_the_law_of_simulated_ones() {
    let log_normal = Prior::independent(vec![Marginal::LogNormal {
        location: 0.0,
        scale: 1.0,
    }]);
    for (prior, logarithmic) in [(normal(), false), (log_normal, true)] {
        let rows = moved(&TwoSteps { logarithmic }, &prior, 10, 50_000);
        let exact = [
            (moment(&rows, |[_, new, ..]| new * new), 1.0),
            (moment(&rows, |[_, new, x, _]| new * x), 1.0),
            (moment(&rows, |[_, new, x, _]| (new * x).powi(2)), 4.0),
            (moment(&rows, |[_, new, _, z]| (new - 2.0 / 3.0 * z).powi(2)), 1.0 / 3.0),
            (moment(&rows, |[start, new, ..]| start * new), 2.0 / 3.0),
        ];
        for (k, (found, exact)) in exact.into_iter().enumerate() {
            assert!(
                (found.value - exact).abs() < 4.0 * found.standard_error,
                "{k}: {found:?}, not {exact}"
            );
        }
    }
}

/// The prior counts: under one that is ten times as wide, hypotheses come from N(z, ½) instead, and Var θ is 2.
#[test]
fn hypotheses_follow_the_prior_that_is_given() {
    let wide = Prior::Gaussian {
        mean: vec![0.0],
        sd: vec![10.0],
    };
    let rows = moved(&TwoSteps { logarithmic: false }, &wide, 24, 4_000);
    let variance = moment(&rows, |[_, new, ..]| new * new);
    assert!((variance.value - 2.0).abs() < 0.15, "{variance:?}");
}

#[test]
fn events_of_another_prior_are_refused() {
    let simulator = TwoSteps { logarithmic: false };
    let away = Prior::uniform([(2.0, 3.0)]).unwrap();
    let augmentation = GibbsAugmentation::new(&simulator, &away, 0.05).unwrap();
    let error = augmentation
        .chain(&[0.0], &[0.1], 1, 1, &mut stream(0, 0, 0))
        .unwrap_err();
    assert!(error.to_string().contains("prior"), "{error}");
    for (prior, scale) in [
        (normal(), 0.0),
        (
            Prior::Points {
                points: vec![vec![0.0]],
                drawn_from: None,
            },
            0.1,
        ),
    ] {
        assert!(GibbsAugmentation::new(&simulator, &prior, scale).is_err());
    }
}
