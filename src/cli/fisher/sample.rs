//! Simulated events, and what each source tells of them.

use ndarray::Array2;

use super::{Named, Options};
use crate::say::Say;
use crate::simulated::simulated;
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::Score;
use motherlode_core::trace::Instrumented;
use motherlode_stats::inference::{BinLayout, InformationEstimate, SummarySettings, SummaryStatistic};

/// Observables up to which each has a histogram of its own unless others are asked for.
const FEW_OBSERVABLES: usize = 8;

/// Events of one hypothesis with their joint scores.
pub(super) struct Sample<'a> {
    simulator: &'a dyn Instrumented,
    theta: Vec<f64>,
    x: Array2<f64>,
    joint_scores: Array2<f64>,
}

/// What something tells of θ.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) found: InformationEstimate,
    /// The information that a model believes in.
    pub(super) believed: Option<InformationEstimate>,
}

impl<'a> Sample<'a> {
    pub(super) fn new(simulator: &'a dyn Instrumented, theta: &[f64], options: &Options, say: &Say) -> Result<Self> {
        let (x, joint_scores) = simulated(simulator, theta, options.events, options.seed, say)?;
        Ok(Self {
            simulator,
            theta: theta.to_vec(),
            x,
            joint_scores,
        })
    }

    pub(super) fn measured(&self, models: &[Named], options: &Options) -> Result<Vec<Source>> {
        let source = |name: String, found| Source {
            name,
            found,
            believed: None,
        };
        let mut sources = vec![source(
            "latent path (upper bound)".into(),
            InformationEstimate::of_scores(self.joint_scores.view())?,
        )];
        if let Some(truth) = self.simulator.truth() {
            let found = match InformationEstimate::summed(truth.as_ref(), &self.theta)? {
                Some(summed) => summed,
                None => InformationEstimate::of_scores(truth.score(self.x.view(), &self.theta)?.view())?,
            };
            sources.push(source("observation, exactly".into(), found));
        }
        for (file, model) in models {
            let scores = model.score(self.x.view(), &self.theta)?;
            sources.push(Source {
                name: format!("{} ({file})", model.name()),
                found: InformationEstimate::of_learned_score(scores.view(), self.joint_scores.view())?,
                believed: Some(InformationEstimate::of_scores(scores.view())?),
            });
        }
        let histograms = self.histograms(options);
        if !options.bins.is_empty() && histograms.iter().all(|names| names.len() != options.bins.len()) {
            return Err(Error::usage(format!(
                "--bins {:?}: no histogram is of {} observables; name them with --observables",
                options.bins,
                options.bins.len()
            )));
        }
        for names in histograms {
            let summary = SummaryStatistic::of_observables(&self.simulator.observables(), &names)?;
            let usual = || SummarySettings::default_bins(BinLayout::EqualProbability, names.len());
            let bins = Some(&options.bins).filter(|bins| bins.len() == names.len()).cloned();
            let values = summary.values(self.x.view())?;
            let bins = bins.unwrap_or_else(usual);
            let joint = self.joint_scores.view();
            let found = InformationEstimate::of_histogram(values.view(), joint, BinLayout::EqualProbability, &bins)?;
            sources.push(source(format!("histogram of {}", summary.name()), found));
        }
        Ok(sources)
    }

    fn histograms(&self, options: &Options) -> Vec<Vec<String>> {
        let asked = options.observables.iter();
        let asked: Vec<Vec<String>> = asked
            .map(|names| names.split(',').map(|name| name.trim().to_owned()).collect())
            .collect();
        let all = self.simulator.observables();
        match asked.is_empty() && all.len() <= FEW_OBSERVABLES {
            true => all.into_iter().map(|observable| vec![observable.name]).collect(),
            false => asked,
        }
    }
}
