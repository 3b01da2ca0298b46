//! Posteriors under the prior of the training, or a given one.

use motherlode::analysis::{
    AbcMethod, AbcSettings, Analysis, Observations, PosteriorResult, PosteriorSettings, PriorOrigin,
};
use motherlode::dataset::Header;
use motherlode::gold::Design;
use motherlode::inference::ChainSettings;
use motherlode::likelihood::{LogRatio, Score};
use motherlode::prior::{CorrelatedNormal, Marginal, Prior};
use motherlode::{Domain, Estimator, Result};
use motherlode_simulators::LinearGaussian;
use ndarray::{Array1, Array2, ArrayView2, array};

/// Measurements of each parameter with the error 1, trained on events of a prior.
struct Gauss {
    prior: Prior,
}

impl LogRatio for Gauss {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let log = |x: &f64, theta: f64| -0.5 * (x - theta).powi(2);
        let terms = |row: ndarray::ArrayView1<f64>| {
            let each = row.iter().zip(theta0.iter().zip(theta1));
            each.map(|(x, (a, b))| log(x, *a) - log(x, *b)).sum::<f64>()
        };
        Ok(x.rows().into_iter().map(terms).collect())
    }
}

impl Score for Gauss {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(Array2::from_shape_fn(x.dim(), |(i, k)| x[(i, k)] - theta[k]))
    }
}

impl Estimator for Gauss {
    fn name(&self) -> String {
        "Gauss".into()
    }

    fn n_parameters(&self) -> usize {
        self.prior.n_parameters()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        Some(self)
    }

    fn domain(&self) -> Domain {
        self.prior.domain(self.n_parameters())
    }

    fn training_events(&self) -> Option<Header> {
        let names = |what: &str| (0..self.n_parameters()).map(|k| format!("{what}{k}")).collect();
        let design = Design::Prior {
            prior: self.prior.clone(),
            theta1: vec![0.0; self.n_parameters()],
        };
        Some(Header::new("gauss", names("theta"), names("x"), design))
    }
}

fn sampled(analysis: &Analysis<'_>) -> PosteriorResult {
    let chains = ChainSettings {
        chains: 4,
        draws: 2_000,
        warmup: 1_000,
        seed: 3,
    };
    let settings = PosteriorSettings {
        chains,
        predictive: None,
    };
    analysis.sample(&settings, &()).unwrap()
}

/// Mean and standard deviation of a parameter, to a twentieth of the latter.
fn assert_posterior(result: &PosteriorResult, k: usize, mean: f64, sd: f64) {
    let found = &result.answers[0].parameters[k];
    let close = (found.mean - mean).abs() < 0.08 * sd && (found.standard_deviation / sd - 1.0).abs() < 0.06;
    assert!(close, "{found:?}, expected {mean} ± {sd}");
}

fn one() -> Observations {
    Observations::from_columns(array![[1.0]], &["x0"], &["theta0"]).unwrap()
}

fn normal(mean: f64, sd: f64) -> Prior {
    Prior::independent(vec![Marginal::Normal { mean, sd }])
}

/// θ ~ N(0, ½²), x = 1 ± 1: the posterior is N(0.2, 0.447²), and under a flat prior it would be N(1, 1) cut at 1.5. Sixteen
/// standard deviations of the prior are within reach of the chains.
#[test]
fn the_prior_of_the_training_is_that_of_the_posterior() {
    let gauss = Gauss {
        prior: normal(0.0, 0.5),
    };
    let observed = one();
    let analysis = Analysis::new(&gauss).with_observations(&observed);
    let result = sampled(&analysis);
    assert_eq!(result.prior.origin, PriorOrigin::Training);
    assert_posterior(&result, 0, 0.2, 0.2_f64.sqrt());
    assert_eq!(result.parameter_box.edges(), [(-4.0, 4.0)]);
    assert!(
        result
            .warnings
            .iter()
            .all(|warning| !warning.to_string().contains("edge"))
    );

    // Another prior by request: N(0.5, 0.2²) gives N(0.5 + 0.5·0.04/1.04, 0.2²/1.04).
    let other = sampled(&analysis.clone().with_prior(normal(0.5, 0.2)));
    assert_eq!(other.prior.origin, PriorOrigin::Given);
    assert_posterior(&other, 0, 0.5 + 0.5 * 0.04 / 1.04, 0.2 / 1.04_f64.sqrt());
    let wider = PosteriorSettings {
        chains: result.chains,
        predictive: None,
    };
    let refused = analysis
        .with_prior(normal(0.0, 2.0))
        .sample(&wider, &())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("knows nothing beyond"), "{refused}");
}

/// Two parameters that the prior ties together: x = (1, unknown by a wide error) moves the second, too. With the prior covariance C and the
/// errors 1, the posterior covariance is (C⁻¹ + 1)⁻¹ and its mean that times x.
#[test]
fn correlated_priors_tie_parameters() {
    let covariance = vec![vec![1.0, 0.9], vec![0.9, 1.0]];
    let prior = Prior::Correlated(CorrelatedNormal::new(vec![0.0; 2], covariance).unwrap());
    let gauss = Gauss { prior };
    let observed = Observations::from_columns(array![[1.0, -1.0]], &["x0", "x1"], &["theta0", "theta1"]).unwrap();
    let result = sampled(&Analysis::new(&gauss).with_observations(&observed));
    // Along (1, 1)/√2 and (1, −1)/√2 the variances 1.9 and 0.1 become 1.9/2.9 and 0.1/1.1.
    let (sum, difference) = (1.9 / 2.9, 0.1 / 1.1);
    let sd = (0.5_f64 * (sum + difference)).sqrt();
    assert_posterior(&result, 0, difference, sd);
    assert_posterior(&result, 1, -difference, sd);
}

/// A mixture of two narrow normals: the data choose between them, e^{−(1 − 0.9)²/2.02} to e^{−(1 + 0.9)²/2.02}.
#[test]
fn mixtures_keep_their_weights() {
    let parts = vec![normal(-0.9, 0.1), normal(0.9, 0.1)];
    let weights = vec![1.0, 1.0];
    let gauss = Gauss {
        prior: Prior::uniform([(-2.0, 2.0)]).unwrap(),
    };
    let observed = one();
    let prior = Prior::Mixture { weights, parts };
    let abc = AbcSettings {
        method: AbcMethod::Rejection,
        budget: 40_000,
        tolerance: Some(0.05),
        ..AbcSettings::default()
    };
    // Draws of the prior, accepted by their distance: chains would not cross between the parts.
    let simulator = LinearGaussian::new(1).unwrap();
    let data = Observations::from_array(array![[1.0]], &simulator).unwrap();
    let accepted = Analysis::of_simulator(&simulator)
        .with_observations(&data)
        .with_prior(prior.clone())
        .abc(&abc, &())
        .unwrap();
    let odds = ((1.9_f64.powi(2) - 0.1_f64.powi(2)) / 2.02).exp();
    let share = odds / (1.0 + odds);
    let mean = accepted.parameters[0].mean;
    let expected = share * (0.9 + 0.1 * 0.01 / 1.01) + (1.0 - share) * (-0.9 + 1.9 * 0.01 / 1.01);
    assert!((mean - expected).abs() < 0.08, "{mean}, expected {expected}");
    // A chain stays in one part, and the chains say so.
    let result = sampled(&Analysis::new(&gauss).with_observations(&observed).with_prior(prior));
    let found = &result.answers[0].parameters[0];
    let warned = result.answers[0]
        .warnings
        .iter()
        .any(|warning| warning.to_string().contains("chains"));
    assert!((found.mean - expected).abs() < 0.08 || warned, "{found:?}");
}
