//! The shower of the collider simulators: Poisson emissions, and two forms of its probability that agree on average.

use crate::tolerance::{close, z_score};
use motherlode_core::gold::identities;
use motherlode_core::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace, stream};
use motherlode_core::{Real, Result};
use motherlode_simulators::collider::Shower;

/// The shower of one quark whose coupling shifts; the number of emissions is seen.
struct Quark {
    start: f64,
    /// True if each trial is scored, false if the history is scored as a whole.
    tree: bool,
}

impl Simulator for Quark {
    fn name(&self) -> &str {
        "quark"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("shift", -0.5, 0.5)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("n")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.2], [0.0], [(-0.3, 0.3)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let shower = Shower::new(self.start, theta[0])?;
        let emissions = match self.tree {
            true => shower.develop(trace)?,
            false => trace.draw(shower),
        };
        Ok(vec![emissions.len() as f64])
    }
}

/// t₀, N̄, and the variance of the score in tree form: an independent program, the last by 4·10⁵ showers.
const REFERENCE: [(f64, f64, f64); 2] = [(62.5 * 62.5, 2.275815, 3.634), (50.0 * 50.0, 2.197730, 3.545)];
const EVENTS: u64 = 100_000;

/// Number of emissions and score of showers at the nominal coupling.
fn showers(quark: &Quark) -> Vec<[f64; 2]> {
    let mut memory = vec![];
    let mut one = |event| {
        let mined = quark.mine(&[0.0], &mut stream(12, event, 0), &mut memory).unwrap();
        [mined.x[0], mined.score[0]]
    };
    (0..EVENTS).map(&mut one).collect()
}

#[test]
fn emissions_are_poisson() {
    for (start, mean, _) in REFERENCE {
        assert!(close(Shower::new(start, 0.0).unwrap().mean_emissions(), mean, 1e-6));
        let found = showers(&Quark { start, tree: false });
        let off = |of: &dyn Fn(f64) -> f64| z_score(&found.iter().map(|[n, _]| of(*n)).collect::<Vec<_>>()).abs();
        assert!(off(&|n| n - mean) < 5.0);
        assert!(off(&|n| (n - mean).powi(2) - mean) < 5.0);
        assert!(off(&|n| f64::from(u8::from(n == 0.0)) - (-mean).exp()) < 5.0);
        // n/(1 + ν) − N̄ at ν = 0
        assert!(found.iter().all(|[n, score]| close(*score, n - mean, 1e-6)));
    }
    assert_eq!(Shower::new(0.5, 0.0).unwrap().mean_emissions(), 0.0);
    for (start, shift) in [(f64::NAN, 0.0), (1e3, 0.51), (1e3, -1.0), (1e3, f64::NAN)] {
        assert!(Shower::new(start, shift).is_err());
    }
}

#[test]
fn tree_form_is_the_other_form_on_average_and_varies_more() {
    for (start, mean, variance) in REFERENCE {
        let found = showers(&Quark { start, tree: true });
        let squares = found.iter().map(|[_, score]| score * score).sum::<f64>() / EVENTS as f64;
        // A tenth of the variance of t² is 0.02 of its mean, five standard errors of which are 0.02.
        assert!(close(squares / variance, 1.0, 0.02), "{squares} is not {variance}");
        assert!(squares > 1.3 * mean, "{squares} is to be larger than {mean}");
        for n in 0..5 {
            let of_n = found.iter().filter(|[found, _]| *found == f64::from(n));
            let off: Vec<f64> = of_n.map(|[n, score]| score - (n - mean)).collect();
            assert!(off.len() > 1_000 && z_score(&off).abs() < 5.0, "{n} emissions");
        }
    }
}

#[test]
fn both_forms_pass_the_identities() {
    for tree in [true, false] {
        let quark = Quark {
            start: REFERENCE[0].0,
            tree,
        };
        let found = identities(&quark, &[0.2], &[0.0], 20_000, 13).unwrap();
        assert!(found.pass(), "{:#?}", found.failures().collect::<Vec<_>>());
    }
}
