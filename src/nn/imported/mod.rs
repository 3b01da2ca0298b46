//! Estimators whose networks were trained elsewhere.

mod file;
mod flow;
mod madminer;
mod madminer_files;
mod network;
mod perceptron;

use ndarray::{Array, Array1, Array2, ArrayView2, Dimension};
use serde::{Deserialize, Serialize};

use super::ensemble::{mean, mean_and_spread};
use super::trained::Network;
pub use madminer::ImportOptions;
use motherlode_core::dataset::{Header, numbered};
use motherlode_core::error::{Error, Result};
use motherlode_core::estimator::{Estimator, WithSpread};
use motherlode_core::gold::Design;
use motherlode_core::likelihood::{LogRatio, Score};

/// Quantity that an imported network has learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learned {
    /// ℓ(x, θ) = ln p(x|θ) − ln p_den(x), with a denominator that no file names.
    Ratio,
    /// ℓ(x, θ0, θ1) = ln p(x|θ0) − ln p(x|θ1).
    RatioOfTwo,
    /// t̂(x), the score at one point.
    Score {
        /// That point, `[p]`, as the user has told it.
        theta_ref: Vec<f64>,
    },
    /// ln p̂(x|θ).
    Likelihood,
}

/// Where imported networks come from, as far as their files and the user tell: there is no record of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The program that trained them.
    pub program: String,
    /// Quantity that they have learned.
    pub learned: Learned,
    /// Names of the files, without their folders.
    pub files: Vec<String>,
    /// The settings that the program has saved beside each of them, as they are.
    pub settings: Vec<serde_json::Value>,
    /// Names of the parameters, `[p]`, if the user has told them.
    pub parameters: Option<Vec<String>>,
    /// Names of the observables, `[m]`, if the user has told them.
    pub observables: Option<Vec<String>>,
    /// Remarks for users: known defects of the program, and their consequences here.
    pub remarks: Vec<String>,
}

/// A network that was trained elsewhere, or several that were trained alike, whose mean answer counts.
#[derive(Debug)]
pub struct ImportedEstimator {
    /// At least one, all of one kind.
    members: Vec<Network>,
    import: Import,
}

impl ImportedEstimator {
    /// Where it comes from.
    pub fn import(&self) -> &Import {
        &self.import
    }

    pub(super) fn networks(&self) -> &[Network] {
        &self.members
    }

    /// Number of observables m.
    pub fn n_observables(&self) -> usize {
        self.members[0].scaling.inputs.n_observables()
    }

    /// The mean output of the networks themselves, ℓ(x, θ): `[n]`. Its denominator is not known, and cancels in
    /// [`log_ratio`](LogRatio::log_ratio).
    ///
    /// # Errors
    /// If they have learned something else, or `x` or `theta` do not have the shapes of the training data.
    pub fn log_ratio_to_denominator(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        self.only(&Learned::Ratio, "no ratio to one denominator")?;
        self.mean(|network| value(network, x, &[theta]))
    }

    /// ln p̂(x|θ) of x in user units, the mean over the networks: `[n]`.
    ///
    /// # Errors
    /// If they have learned something else, or `x` or `theta` do not have the shapes of the training data.
    pub fn log_likelihood(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        self.only(&Learned::Likelihood, "no likelihood")?;
        self.mean(|network| {
            let volume = network.architecture.log_volume(&network.scaling);
            Ok(value(network, x, &[theta])? - volume)
        })
    }

    fn log_ratio_of(
        &self,
        network: &Network,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<Array1<f64>> {
        match self.import.learned {
            Learned::RatioOfTwo => value(network, x, &[theta0, theta1]),
            Learned::Ratio | Learned::Likelihood => Ok(value(network, x, &[theta0])? - value(network, x, &[theta1])?),
            Learned::Score { .. } => Err(Error::data("this network knows a score and no ratio")),
        }
    }

    fn score_of(&self, network: &Network, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        match &self.import.learned {
            Learned::RatioOfTwo => Ok(network.values_and_gradients(x, &[theta, theta])?.1),
            Learned::Ratio | Learned::Likelihood => Ok(network.values_and_gradients(x, &[theta])?.1),
            Learned::Score { theta_ref } if theta_ref == theta => network.values(x, &[]),
            Learned::Score { theta_ref } => Err(Error::usage(format!(
                "this network knows the score at {theta_ref:?} only, not at {theta:?}"
            ))),
        }
    }

    fn only(&self, needed: &Learned, lacks: &str) -> Result<()> {
        match &self.import.learned {
            found if found == needed => Ok(()),
            found => Err(Error::data(format!(
                "this network has learned {}, and {lacks}",
                found.name()
            ))),
        }
    }

    fn mean<D: Dimension>(&self, answer: impl Fn(&Network) -> Result<Array<f64, D>>) -> Result<Array<f64, D>> {
        Ok(self.mean_and_spread(answer)?.0)
    }

    fn mean_and_spread<D: Dimension>(
        &self,
        answer: impl Fn(&Network) -> Result<Array<f64, D>>,
    ) -> Result<WithSpread<Array<f64, D>>> {
        let answers = self.members.iter().map(answer).collect::<Result<Vec<_>>>()?;
        Ok(match answers.len() {
            1 => (mean(&answers), None),
            _ => {
                let (mean, spread) = mean_and_spread(&answers);
                (mean, Some(spread))
            }
        })
    }
}

impl LogRatio for ImportedEstimator {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        self.mean(|network| self.log_ratio_of(network, x, theta0, theta1))
    }
}

impl Score for ImportedEstimator {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        self.mean(|network| self.score_of(network, x, theta))
    }
}

impl Estimator for ImportedEstimator {
    fn name(&self) -> String {
        let import = &self.import;
        format!("network of {} ({})", import.program, import.learned.name())
    }

    fn n_parameters(&self) -> usize {
        self.members[0].scaling.n_parameters()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        (!matches!(self.import.learned, Learned::Score { .. })).then_some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        Some(self)
    }

    fn score_point(&self) -> Option<&[f64]> {
        match &self.import.learned {
            Learned::Score { theta_ref } => Some(theta_ref),
            _ => None,
        }
    }

    fn training_events(&self) -> Option<Header> {
        // Parameters and observables that nobody has named are numbered.
        let (parameters, observables) = (self.import.parameters.clone(), self.import.observables.clone());
        Some(Header::imported(
            parameters.unwrap_or_else(|| numbered("theta", self.n_parameters())),
            observables.unwrap_or_else(|| numbered("x", self.n_observables())),
            Design::Reference {
                theta: self.score_point().map(<[f64]>::to_vec).unwrap_or_default(),
            },
        ))
    }

    fn n_members(&self) -> usize {
        self.members.len()
    }

    fn log_ratio_with_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<WithSpread<Array1<f64>>> {
        self.mean_and_spread(|network| self.log_ratio_of(network, x, theta0, theta1))
    }

    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        self.mean_and_spread(|network| self.score_of(network, x, theta))
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        let import = self.import();
        check_names(
            "observables",
            &events.observables,
            &import.observables,
            self.n_observables(),
        )?;
        check_names(
            "parameters",
            &events.parameters,
            &import.parameters,
            self.n_parameters(),
        )
    }
}

fn check_names(what: &str, found: &[String], needed: &Option<Vec<String>>, n: usize) -> Result<()> {
    match needed {
        Some(needed) if needed != found => Err(Error::data(format!(
            "the {what} of the data are {}, those of the model {}",
            found.join(", "),
            needed.join(", ")
        ))),
        None if found.len() != n => Err(Error::data(format!(
            "the data have {} {what}, the model {n}",
            found.len()
        ))),
        _ => Ok(()),
    }
}

impl Learned {
    /// The quantity in words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ratio => "the ratio to a fixed denominator",
            Self::RatioOfTwo => "the ratio of any two hypotheses",
            Self::Score { .. } => "the score at one point",
            Self::Likelihood => "the likelihood",
        }
    }
}

fn value(network: &Network, x: ArrayView2<f64>, hypotheses: &[&[f64]]) -> Result<Array1<f64>> {
    Ok(network.values(x, hypotheses)?.column(0).to_owned())
}
