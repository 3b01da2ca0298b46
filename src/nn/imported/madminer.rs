//! Estimators that MadMiner has trained.

use std::path::Path;

use super::{Import, ImportedEstimator, Learned, network};
use crate::imported::madminer_files::{EstimatorType, SavedEstimator};
use crate::trained::Network;
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};

/// Facts about an estimator that its files do not hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportOptions {
    /// The point at which a score was taken, `[p]`; needed for a score estimator, and for no other.
    pub theta_ref: Option<Vec<f64>>,
    /// Scales θ as in training where MadMiner's own evaluation forgets to.
    pub scale_theta: bool,
    /// Names of the parameters, `[p]`.
    pub parameters: Option<Vec<String>>,
    /// Names of the observables, `[m]`: all columns of x, those that the network does not see among them.
    pub observables: Option<Vec<String>>,
}

impl ImportedEstimator {
    /// Reads the estimator that MadMiner has saved as `name`, or the ensemble in the folder `name`.
    ///
    /// It answers what MadMiner answers. What is known to be wrong with that is in the
    /// [`remarks`](Import::remarks), and corrected only if `options` say so.
    ///
    /// # Errors
    /// If files are missing or damaged, the estimator is of a kind that is not read, or `options` do not fit it.
    pub fn from_madminer(name: &Path, options: &ImportOptions) -> Result<Self> {
        let saved = SavedEstimator::read_all(name)?;
        let estimator_type = saved[0].settings.estimator_type;
        let learned = learned(estimator_type, saved[0].settings.n_parameters, options)?;
        let (mut members, mut remarks) = (Vec::new(), remarks_on(estimator_type));
        for saved in &saved {
            if saved.settings.estimator_type != estimator_type {
                return Err(Error::file(name, "is an ensemble of estimators of different types"));
            }
            let (network, found) = network::read(saved, options)?;
            members.push(network);
            remarks.extend(
                found
                    .into_iter()
                    .filter(|remark| !remarks.contains(remark))
                    .collect::<Vec<_>>(),
            );
        }
        let import = Import {
            program: "MadMiner".into(),
            learned,
            files: saved.iter().flat_map(|saved| saved.files.clone()).collect(),
            settings: saved.iter().map(|saved| saved.written_settings.clone()).collect(),
            parameters: options.parameters.clone(),
            observables: options.observables.clone(),
            remarks,
        };
        let estimator = Self { members, import };
        estimator.check(name).map(|()| estimator)
    }

    /// Checks that the members have learned the same, and that the names belong to it.
    fn check(&self, name: &Path) -> Result<()> {
        let (m, p) = (self.n_observables(), self.n_parameters());
        let alike = |member: &Network| (member.scaling.inputs.n_observables(), member.scaling.n_parameters()) == (m, p);
        if !self.members.iter().all(alike) {
            return Err(Error::file(
                name,
                "is an ensemble of estimators of different observables or parameters",
            ));
        }
        let named = [
            ("parameters", &self.import.parameters, p),
            ("observables", &self.import.observables, m),
        ];
        match named.into_iter().find_map(|(what, names, n)| {
            let found = names.as_ref()?.len();
            (found != n).then(|| format!("{found} names of {what} were given, but this estimator has {n}"))
        }) {
            Some(what) => Err(Error::usage(what)),
            None => Ok(()),
        }
    }
}

fn learned(estimator_type: EstimatorType, n_parameters: usize, options: &ImportOptions) -> Result<Learned> {
    match (estimator_type, &options.theta_ref) {
        (EstimatorType::Score, None) => Err(Error::usage(
            "MadMiner does not save the point at which a score was taken: give it as --reference, the theta of the training \
             events (with nuisance parameters, theirs at the end)",
        )),
        (EstimatorType::Score, Some(theta_ref)) if theta_ref.len() != n_parameters => Err(Error::usage(format!(
            "--reference has {} values, but this score has {n_parameters} components",
            theta_ref.len()
        ))),
        (EstimatorType::Score, Some(theta_ref)) => Ok(Learned::Score {
            theta_ref: theta_ref.clone(),
        }),
        (_, Some(_)) => Err(Error::usage(
            "this is no score estimator, and has no reference point: leave out --reference",
        )),
        (EstimatorType::ParameterizedRatio, None) => Ok(Learned::Ratio),
        (EstimatorType::DoubleParameterizedRatio, None) => Ok(Learned::RatioOfTwo),
        (EstimatorType::Likelihood, None) => Ok(Learned::Likelihood),
    }
}

/// Remarks on every estimator of a type.
fn remarks_on(estimator_type: EstimatorType) -> Vec<String> {
    let remarks: &[&str] = match estimator_type {
        EstimatorType::ParameterizedRatio => &[
            "the reference hypothesis of the training is in no file: log ratios are those of two hypotheses, in which it cancels",
        ],
        EstimatorType::DoubleParameterizedRatio => &[
            "MadMiner's losses with the score (cascal, rascal, alices) compare the gradient to theta1 with the joint score \
             itself, where it should be minus the joint score; the files do not say which loss was used. If it was one of \
             them, distrust this network: train carl, rolr or alice, or one of the methods here",
        ],
        EstimatorType::Score => &[],
        EstimatorType::Likelihood => &[
            "MadMiner's log likelihood is a density of scaled x; here it is one of x itself, smaller by the sum of the logarithms \
             of the scales of x. Ratios and scores are the same",
            "MadMiner's own evaluate_log_likelihood_ratio scales x twice, and differs from the difference of its log \
             likelihoods, which is what is answered here: do not compare with it",
            "in MadMiner's flow with several observables the first one is normal and independent of theta, whatever the training \
             events: all layers have one order, and no hidden unit sees theta alone. What the first observable says about \
             theta by itself is lost; to have it, train nde or scandal here",
        ],
    };
    remarks.iter().map(|remark| (*remark).to_owned()).collect()
}
