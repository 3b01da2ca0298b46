//! Marks on held-out events, which need no exact truth, against what the exact truth says: on simulators that have one.

use motherlode_core::Result;
use motherlode_core::likelihood::{LogRatio, Score, Truth};
use motherlode_core::trace::Instrumented;
use motherlode_simulators::{Galton, LinearGaussian};
use motherlode_stats::diagnostics::{RatioMetrics, TestEvents};
use ndarray::{Array1, Array2, ArrayView2};

use crate::known::truth;

const EVENTS: usize = 40_000;
/// Means are judged at this many standard errors.
const FAR: f64 = 5.0;

/// The exact answers made wrong on purpose: log r̂ = g log r + c, t̂ = g t.
struct Distorted<'a> {
    truth: &'a dyn Truth,
    power: f64,
    shift: f64,
}

impl LogRatio for Distorted<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        Ok(self.truth.log_ratio(x, theta0, theta1)? * self.power + self.shift)
    }
}

impl Score for Distorted<'_> {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(self.truth.score(x, theta)? * self.power)
    }
}

/// From the exact answer to the worst, in no order: powers and shifts.
const DISTORTIONS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (0.7, 0.0),
    (1.0, 0.2),
    (0.9, 0.0),
    (1.5, 0.0),
    (1.0, -0.1),
    (0.0, 0.0),
    (-1.0, 0.0),
];

fn metrics(held_out: &TestEvents, truth: &dyn Truth, (power, shift): (f64, f64)) -> RatioMetrics {
    held_out.ratio(&Distorted { truth, power, shift }).unwrap()
}

/// E[KL(s ‖ ŝ)] and E[(log r̂ − log r)²] over the board's bins and 25 points of its prior: no sampling.
fn exact_errors(truth: &dyn Truth, (power, shift): (f64, f64)) -> [f64; 2] {
    let x = truth.support().unwrap();
    let theta1 = Instrumented::hypotheses(&Galton::default()).unwrap().theta1;
    let density = |theta: &[f64]| truth.log_likelihood(x.view(), theta).unwrap().mapv(f64::exp);
    let mut errors = [0.0; 2];
    for theta0 in (0..25).map(|k| [-1.0 + 0.6 * k as f64 / 24.0]) {
        let log_r = truth.log_ratio(x.view(), &theta0, &theta1).unwrap();
        for ((p0, p1), log_r) in density(&theta0).iter().zip(density(&theta1)).zip(log_r) {
            let estimate = power * log_r + shift;
            let [s, guess] = [log_r, estimate].map(|log| 1.0 / (1.0 + log.exp()));
            let lost = s * (s / guess).ln() + (1.0 - s) * ((1.0 - s) / (1.0 - guess)).ln();
            errors[0] += 0.5 * (p0 + p1) * lost / 25.0;
            errors[1] += p0 * (estimate - log_r).powi(2) / 25.0;
        }
    }
    errors
}

/// Differences of the divergence from the joint labels are differences of the divergence from the exact answer.
#[test]
fn excess_divergence_is_the_exact_one() {
    let galton = Galton::default();
    let (held_out, truth) = (TestEvents::new(&galton, EVENTS, &()).unwrap(), truth(&galton));
    let perfect = metrics(&held_out, truth.as_ref(), (1.0, 0.0)).divergence;
    for distortion in DISTORTIONS.into_iter().skip(1) {
        let found = metrics(&held_out, truth.as_ref(), distortion)
            .divergence
            .minus(&perfect);
        let [expected, _] = exact_errors(truth.as_ref(), distortion);
        assert!(
            found.z_score(expected).abs() < FAR,
            "{distortion:?}: {found:?}, {expected}"
        );
        assert!(found.z_score(0.0) > FAR, "{distortion:?} is not seen: {found:?}");
    }
}

/// Both exact errors, and the divergence from the joint labels, put the estimates in the same order.
#[test]
fn held_out_events_rank_estimates_as_the_truth_does() {
    let galton = Galton::default();
    let (held_out, truth) = (TestEvents::new(&galton, EVENTS, &()).unwrap(), truth(&galton));
    let ranked = |key: &dyn Fn(&(f64, f64)) -> f64| {
        let mut order = DISTORTIONS;
        order.sort_by(|a, b| key(a).total_cmp(&key(b)));
        order
    };
    let found = ranked(&|d| metrics(&held_out, truth.as_ref(), *d).divergence.mean().value);
    for which in [0, 1] {
        assert_eq!(found, ranked(&|d| exact_errors(truth.as_ref(), *d)[which]));
    }
}

/// A normal of variance 1 around ±1/2, r = eˣ: ⟨r^g e^c⟩ = exp(c − g (1 − g)/2) under θ1, and a classifier that knows x finds
/// Φ((1 − g)/√2) between the hypotheses reweighted by r^g.
#[test]
fn closure_has_its_known_values() {
    let simulator = LinearGaussian::new(1).unwrap();
    let (held_out, truth) = (TestEvents::new(&simulator, EVENTS, &()).unwrap(), truth(&simulator));
    // The last number: Φ, from Python's math.erf.
    let cases = [
        (1.0, 0.0, 0.5),
        (0.7, 0.0, 0.583_998),
        (1.0, 0.2, 0.5),
        (0.0, 0.0, 0.760_250),
        (0.5, -0.3, 0.638_163),
    ];
    for (power, shift, auc) in cases {
        let found = metrics(&held_out, truth.as_ref(), (power, shift)).closure;
        let mean = f64::exp(shift - 0.5 * power * (1.0 - power));
        assert!(
            (found.normalisation.value - mean).abs() <= FAR * found.normalisation.standard_error,
            "{found:?}"
        );
        assert!(found.auc.z_score(auc).abs() < FAR, "{found:?}, {auc}");
        assert!(found.auc.standard_error < 0.02, "{found:?}");
        let closes = power == 1.0;
        assert_eq!(found.moments < 6.0, closes, "{found:?}");
        assert_eq!(found.auc.z_score(0.5) < FAR, closes, "{found:?}");
    }
}

/// The baseline is the metrics of the estimate log r = 0.
#[test]
fn the_baseline_is_the_metrics_of_a_zero_log_ratio() {
    let simulator = LinearGaussian::new(1).unwrap();
    let (held_out, truth) = (TestEvents::new(&simulator, EVENTS, &()).unwrap(), truth(&simulator));
    let standards = held_out.baseline().unwrap();
    assert_eq!(standards.ratio, metrics(&held_out, truth.as_ref(), (0.0, 0.0)));
    assert_eq!(standards.ratio.closure.effective, 1.0);
    // diagnostics: Φ(D/√(2 v)) = 0.760250 for D = v = 1
    assert!(standards.ratio.closure.auc.z_score(0.760_250).abs() < FAR);
}

/// Latent and noise have the variances s1 = s2 = 1/2, v = 1: the joint score has the variance 1/s1, of which x leaves s2/v
/// unexplained; t̂ = g t leaves (1 − g)² s1/v more, and has the slope 1/g.
#[test]
fn score_metrics_have_their_known_values() {
    let simulator = LinearGaussian::new(1).unwrap();
    let (held_out, truth) = (TestEvents::new(&simulator, EVENTS, &()).unwrap(), truth(&simulator));
    for power in [1.0, 0.7, 2.0] {
        let estimate = Distorted {
            truth: truth.as_ref(),
            power,
            shift: 0.0,
        };
        for found in [held_out.score(&estimate), held_out.score_at_reference(&estimate)] {
            let found = found.unwrap();
            let unexplained = 0.5 + 0.5 * (1.0 - power).powi(2);
            assert!(found.unexplained.z_score(unexplained).abs() < FAR, "{power}: {found:?}");
            assert!(found.slope.z_score(1.0 / power).abs() < FAR, "{power}: {found:?}");
            assert_eq!(found.slope.z_score(1.0).abs() < FAR, power == 1.0, "{power}: {found:?}");
        }
    }
}

/// E[t̂] under θ0 is 0 for the exact score and any multiple of it, and finds a shift; in units of the joint score, whose variance is
/// 1/s1 = 2.
#[test]
fn a_shift_of_the_score_is_seen_in_its_mean() {
    struct Shifted<'a>(&'a dyn Truth, f64);
    impl Score for Shifted<'_> {
        fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
            Ok(self.0.score(x, theta)? + self.1)
        }
    }
    let simulator = LinearGaussian::new(1).unwrap();
    let (held_out, truth) = (TestEvents::new(&simulator, EVENTS, &()).unwrap(), truth(&simulator));
    for shift in [0.0, 0.3] {
        let found = held_out.mean_score(&Shifted(truth.as_ref(), shift)).unwrap()[0];
        assert!(found.z_score(shift / 2f64.sqrt()).abs() < FAR, "{shift}: {found:?}");
        assert_eq!(found.z_score(0.0) < FAR, shift == 0.0, "{shift}: {found:?}");
    }
}

/// Probabilities of the exact ratio mean what they say, those of its powers and of a shifted one do not.
#[test]
fn reliability_finds_distorted_probabilities() {
    let simulator = LinearGaussian::new(1).unwrap();
    let (held_out, truth) = (TestEvents::new(&simulator, EVENTS, &()).unwrap(), truth(&simulator));
    for (power, shift) in [(1.0, 0.0), (0.5, 0.0), (2.0, 0.0), (1.0, 0.5)] {
        let truth = truth.as_ref();
        let found = held_out.reliability(&Distorted { truth, power, shift }).unwrap();
        let exact = (power, shift) == (1.0, 0.0);
        assert_eq!(
            found.calibration_error < 3.0 * found.chance,
            exact,
            "{power}, {shift}: {found:?}"
        );
        // Balanced cross-entropy at the optimum: diagnostics, section 8.
        assert_eq!(
            found.cross_entropy.z_score(0.581_726).abs() < FAR,
            exact,
            "{power}, {shift}: {found:?}"
        );
    }
}

#[test]
fn too_few_events_and_foreign_estimates_are_refused() {
    let refused = TestEvents::new(&Galton::default(), 100, &()).unwrap_err();
    assert!(
        refused.to_string().contains("100 held-out events are too few"),
        "{refused}"
    );
    let held_out = TestEvents::new(&Galton::default(), 4_000, &()).unwrap();
    let foreign = truth(&LinearGaussian::new(10).unwrap());
    let foreign = Distorted {
        truth: foreign.as_ref(),
        power: 1.0,
        shift: 0.0,
    };
    assert!(held_out.ratio(&foreign).is_err());
    assert!(held_out.score(&foreign).is_err());
}
