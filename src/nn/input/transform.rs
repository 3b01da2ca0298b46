//! A fitted transform: from a value to features.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::{LIMIT, Moments, Quantile, SignedLog, TransformKind};
use motherlode_core::error::{Error, Result};

/// More values than this make no categories.
const CATEGORIES: usize = 256;

/// A transform that was fitted on training data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Transform {
    /// The observable never varied: its feature is 0, for nothing was learned of what another value means.
    Constant,
    Standardise {
        mean: f64,
        sd: f64,
    },
    SignedLog {
        #[serde(flatten)]
        log: SignedLog,
        /// Moments of the logarithm.
        mean: f64,
        sd: f64,
    },
    Quantile(Quantile),
    Angle {
        period: f64,
    },
    Categorical {
        /// Ascending.
        values: Vec<f64>,
    },
}

impl Transform {
    /// Fits `kind`, or what suits best, to finite values; `name` is what an error calls them.
    ///
    /// # Errors
    /// More different values than a categorical observable may have.
    pub fn fit(kind: Option<TransformKind>, values: &[f64], name: &str) -> Result<Self> {
        let moments = Moments::of(values.iter());
        let kind = kind.unwrap_or_else(|| TransformKind::automatic(values));
        Ok(match kind {
            TransformKind::Angle { period } => Self::Angle { period },
            TransformKind::Categorical => Self::Categorical {
                values: categories(values, name)?,
            },
            _ if moments.sd == 0.0 => Self::Constant,
            TransformKind::Standardise => Self::standardise(moments),
            TransformKind::SignedLog => {
                let log = SignedLog::fit(values);
                let logarithms: Vec<f64> = values.iter().map(|value| log.value(*value)).collect();
                let Moments { mean, sd } = Moments::of(logarithms.iter());
                match sd > 0.0 {
                    true => Self::SignedLog { log, mean, sd },
                    false => Self::standardise(moments),
                }
            }
            TransformKind::Quantile => Self::Quantile(Quantile::fit(values)),
        })
    }

    fn standardise(Moments { mean, sd }: Moments) -> Self {
        Self::Standardise { mean, sd }
    }

    /// Number of features.
    pub fn width(&self) -> usize {
        match self {
            Self::Angle { .. } => 2,
            Self::Categorical { values } => values.len(),
            _ => 1,
        }
    }

    /// Names of the features, for an observable of this name.
    pub fn names(&self, of: &str) -> Vec<String> {
        match self {
            Self::Angle { .. } => vec![format!("sin {of}"), format!("cos {of}")],
            Self::Categorical { values } => values.iter().map(|value| format!("{of} = {value}")).collect(),
            _ => vec![of.to_owned()],
        }
    }

    /// Appends the features of a finite value.
    pub fn push(&self, x: f64, to: &mut Vec<f32>) {
        let mut push = |feature: f64| to.push(feature.clamp(-LIMIT, LIMIT) as f32);
        match self {
            Self::Constant => push(0.0),
            Self::Standardise { mean, sd } => push((x - mean) / sd),
            Self::SignedLog { log, mean, sd } => push((log.value(x) - mean) / sd),
            Self::Quantile(quantile) => push(quantile.value(x)),
            Self::Angle { period } => {
                // The remainder first, in f64 and exact: the angle may have gone round many times.
                let (sin, cos) = (x % period / period * TAU).sin_cos();
                push(sin);
                push(cos);
            }
            Self::Categorical { values } => values.iter().for_each(|value| push(f64::from(x == *value))),
        }
    }

    /// A value like those it was fitted on, from a standard normal number: about as far from the middle as that.
    pub fn typical(&self, z: f64) -> f64 {
        let share = Normal::standard().cdf(z);
        let at = |n: usize| ((share * n as f64) as usize).min(n.saturating_sub(1));
        match self {
            Self::Constant => 0.0,
            Self::Standardise { mean, sd } => mean + sd * z,
            Self::SignedLog { log, mean, sd } => log.inverse(mean + sd * z),
            Self::Quantile(quantile) => quantile.values[at(quantile.values.len())],
            Self::Angle { period } => share * period,
            Self::Categorical { values } => values.get(at(values.len())).copied().unwrap_or(0.0),
        }
    }

    /// Describes the first defect of numbers from a file, if there is one.
    pub fn inconsistency(&self) -> Option<&'static str> {
        let positive = |number: f64| number.is_finite() && number > 0.0;
        match self {
            Self::Constant => None,
            Self::Standardise { mean, sd } | Self::SignedLog { mean, sd, .. }
                if !mean.is_finite() || !positive(*sd) =>
            {
                Some("a standardisation has no finite mean and positive standard deviation")
            }
            Self::SignedLog { log, .. } if !log.centre.is_finite() || !positive(log.scale) => {
                Some("a signed logarithm has no finite centre and positive scale")
            }
            Self::Standardise { .. } | Self::SignedLog { .. } => None,
            Self::Quantile(quantile) => quantile.inconsistency(),
            Self::Angle { period } => (!positive(*period)).then_some("an angle has no positive period"),
            Self::Categorical { values } => {
                let sound = values.iter().all(|value| value.is_finite()) && values.is_sorted();
                (!sound).then_some("categories are not finite numbers in order")
            }
        }
    }
}

fn categories(values: &[f64], name: &str) -> Result<Vec<f64>> {
    let mut categories = values.to_vec();
    // The two zeros are one category, and sort as one.
    categories.iter_mut().for_each(|value| *value += 0.0);
    categories.sort_by(f64::total_cmp);
    categories.dedup();
    match categories.len() {
        0..=CATEGORIES => Ok(categories),
        n => Err(Error::data(format!(
            "`{name}` has {n} different values, too many for categories (at most {CATEGORIES}): choose another transform"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(kind: TransformKind, values: &[f64]) -> Transform {
        Transform::fit(Some(kind), values, "x").unwrap()
    }

    fn features(transform: &Transform, x: f64) -> Vec<f32> {
        let mut features = vec![];
        transform.push(x, &mut features);
        assert_eq!(features.len(), transform.width());
        assert_eq!(features.len(), transform.names("x").len());
        features
    }

    #[test]
    fn standardised_values_have_mean_0_and_deviation_1_whatever_their_offset() {
        let standardise = fitted(TransformKind::Standardise, &[1e9 - 1.0, 1e9 + 1.0]);
        assert_eq!(features(&standardise, 1e9 + 1.0), [1.0]);
        assert_eq!(features(&standardise, 1e9 - 2.0), [-2.0]);
        let values: Vec<f64> = (0..500).map(|k| f64::from(k).powi(3) - 1e5).collect();
        for kind in [TransformKind::Standardise, TransformKind::SignedLog] {
            let transform = fitted(kind, &values);
            let features: Vec<f64> = values.iter().map(|x| f64::from(features(&transform, *x)[0])).collect();
            let Moments { mean, sd } = Moments::of(features.iter());
            assert!(mean.abs() < 1e-6 && (sd - 1.0).abs() < 1e-6, "{kind}: {mean} {sd}");
        }
    }

    #[test]
    fn a_constant_is_0_also_where_it_is_not() {
        for kind in [
            TransformKind::Standardise,
            TransformKind::SignedLog,
            TransformKind::Quantile,
        ] {
            for constant in [0.0, 0.1, 1e9] {
                let transform = fitted(kind, &[constant; 5]);
                assert_eq!(features(&transform, constant), [0.0]);
                assert_eq!(features(&transform, -7.0), [0.0]);
            }
        }
    }

    #[test]
    fn angles_are_periodic() {
        let degrees = fitted(TransformKind::Angle { period: 360.0 }, &[]);
        for (angle, exact) in [
            (0.0, [0.0, 1.0]),
            (90.0, [1.0, 0.0]),
            (-90.0, [-1.0, 0.0]),
            (30.0, [0.5, 0.75_f32.sqrt()]),
        ] {
            for turns in [-3.0, 0.0, 1e6] {
                let found = features(&degrees, angle + 360.0 * turns);
                assert!(
                    found.iter().zip(exact).all(|(a, b)| (a - b).abs() < 1e-6),
                    "{angle}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn a_category_that_was_not_seen_is_none_of_those_that_were() {
        let charge = fitted(TransformKind::Categorical, &[1.0, -1.0, 1.0, 0.0, -0.0]);
        assert_eq!(charge.names("q"), ["q = -1", "q = 0", "q = 1"]);
        assert_eq!(features(&charge, 1.0), [0.0, 0.0, 1.0]);
        assert_eq!(features(&charge, -0.0), [0.0, 1.0, 0.0]);
        assert_eq!(features(&charge, 2.0), [0.0, 0.0, 0.0]);
        let many: Vec<f64> = (0..1_000).map(f64::from).collect();
        let message = Transform::fit(Some(TransformKind::Categorical), &many, "energy")
            .unwrap_err()
            .to_string();
        assert!(message.contains("energy") && message.contains("1000"), "{message}");
    }

    #[test]
    fn features_are_finite_for_any_finite_value() {
        let values: Vec<f64> = (0..500).map(f64::from).collect();
        for kind in [
            TransformKind::Standardise,
            TransformKind::SignedLog,
            TransformKind::Quantile,
            TransformKind::Angle { period: TAU },
        ] {
            let transform = fitted(kind, &values);
            for x in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1e300, -1e300] {
                assert!(
                    features(&transform, x).iter().all(|feature| feature.is_finite()),
                    "{kind}: {x}"
                );
            }
        }
    }
}
