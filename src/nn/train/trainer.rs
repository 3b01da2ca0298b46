//! A network in training; its state can be saved and restored.

use std::collections::HashMap;

use burn::module::Module;
use burn::tensor::ElementConversion;

use super::checkpoint::Checkpoint;
use super::optimizer::flattened;
use super::{Adam, Objective, Settings, TrainingState};
use crate::Net;
use crate::batch::Batch;
use motherlode_core::error::{Error, Result};

/// Names of rows in a checkpoint.
const WEIGHTS: &str = "weights";
const BEST: &str = "best_weights";
const LAST: &str = "last_weights";

/// A network in training.
pub(crate) struct Trainer {
    network: Net,
    objective: Objective,
    optimizer: Adam,
}

/// The networks that a training may end with, without the means to differentiate; there are none before the first
/// validation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Candidates {
    pub best: Option<Net>,
    pub last: Option<Net>,
}

impl Trainer {
    /// A network on an autodiff device, before its first step.
    pub(crate) fn new(network: Net, objective: Objective, settings: &Settings) -> Self {
        Self {
            optimizer: Adam::new(&network, settings).with_blocks(network.blocks()),
            network,
            objective,
        }
    }

    /// Takes a step at learning rate `rate`; the loss of the batch before it.
    pub(crate) fn step(&mut self, batch: Batch, rate: f64) -> f64 {
        let loss = self.objective.loss(&self.network, batch);
        let value = scalar(&loss);
        self.optimizer.step(&mut self.network, &mut loss.backward(), rate);
        value
    }

    /// The network of averaged weights, without the means to differentiate.
    pub(crate) fn averaged(&self) -> Net {
        self.optimizer.averaged(self.network.valid())
    }

    /// All that is needed to go on from here.
    pub(crate) fn checkpoint(&self, at: &TrainingState, candidates: &Candidates) -> Checkpoint {
        let networks = [(BEST, &candidates.best), (LAST, &candidates.last)].into_iter();
        let networks = networks.filter_map(|(name, network)| Some((name, flattened(network.as_ref()?))));
        let state = self.optimizer.state().map(|(name, row)| (name, row.clone()));
        Checkpoint {
            state: at.clone(),
            rows: std::iter::once((WEIGHTS, flattened(&self.network)))
                .chain(networks)
                .chain(state)
                .map(|(name, row)| (name.to_owned(), row))
                .collect(),
        }
    }

    /// Puts the network and the optimiser in the state of a checkpoint; how far it had got, and what it might end with.
    ///
    /// # Errors
    /// If the checkpoint is of another network.
    pub(crate) fn resume(&mut self, checkpoint: Checkpoint) -> Result<(TrainingState, Candidates)> {
        let Checkpoint { state, rows } = checkpoint;
        let mut rows: HashMap<String, Vec<f32>> = rows.into_iter().collect();
        let mut row = |name: &str, length: usize| {
            let row = rows.remove(name).filter(|row| row.len() == length);
            row.ok_or_else(|| {
                let wanted = format!("the state of the interrupted training has not the {length} numbers of `{name}`");
                Error::training(format!("{wanted}: remove the file to train from the beginning"))
            })
        };
        let n = flattened(&self.network).len();
        self.network = self.network.clone().filled(&row(WEIGHTS, n)?);
        let empty = self.network.valid();
        let mut candidate = |name, exists: bool| {
            let row = exists.then(|| row(name, n)).transpose()?;
            Ok::<_, Error>(row.map(|row| empty.clone().filled(&row)))
        };
        let candidates = Candidates {
            best: candidate(BEST, state.best.is_some())?,
            last: candidate(LAST, state.last.is_some())?,
        };
        for (name, state) in self.optimizer.resume_at(state.step) {
            *state = row(name, state.len())?;
        }
        Ok((state, candidates))
    }
}

/// The only number of a tensor.
pub(super) fn scalar(loss: &burn::tensor::Tensor<1>) -> f64 {
    loss.clone().into_scalar::<f32>().elem()
}
