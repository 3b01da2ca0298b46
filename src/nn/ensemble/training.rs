//! The training of an ensemble, its members side by side.

use std::sync::{Mutex, PoisonError};

use super::{Ensemble, check_size};
use crate::{Method, Model, Settings, TrainingData};
use motherlode_core::Progress;
use motherlode_core::error::Result;
use motherlode_core::parallel::in_parallel;

impl Ensemble {
    /// Trains `n` members with the seeds `settings.seed`, `settings.seed + 1`, …; as many at a time as there are cores.
    ///
    /// Every member has a thread of its own, and is to the last bit the model that [`Model::train`] makes of its seed.
    /// Members in training hold events of their own, as many as [`Settings::memory`] allows. Interrupted, they go on each
    /// where it was ([`TrainingData::resumed_from`]); those that were through are not trained again. `progress` is told the steps done and planned of all members
    /// together; a member that stops early counts as done.
    ///
    /// # Errors
    /// If `n` is not from 2 to 1000, `data` lack the gold that `method` needs, `settings` make no sense, or a training
    /// diverges.
    pub fn train<'a>(
        method: Method,
        data: impl Into<TrainingData<'a>>,
        settings: &Settings,
        n: usize,
        progress: &dyn Progress,
    ) -> Result<Self> {
        check_size(n)?;
        settings.check()?;
        let data = data.into();
        let steps = settings.steps_for(method, data.events.n_events());
        let together = Together::new(n, steps, progress);
        let places: Vec<usize> = (0..n).collect();
        let mut members: Vec<Option<Model>> = places.iter().map(|_| None).collect();
        in_parallel(
            &places,
            |&member| {
                let settings = Settings {
                    seed: settings.seed.wrapping_add(member as u64),
                    ..settings.clone()
                };
                let model = Model::train(method, data.of_member(member), &settings, &together.of(member))?;
                together.of(member).report(steps as u64, steps as u64);
                Ok(model)
            },
            |&member, model| {
                members[member] = Some(model);
                Ok(())
            },
        )?;
        Self::new(members.into_iter().flatten().collect())
    }
}

/// The steps of all members together.
struct Together<'a> {
    done: Mutex<Vec<u64>>,
    steps: u64,
    all: &'a dyn Progress,
}

/// The steps of one of them.
struct OfMember<'a> {
    together: &'a Together<'a>,
    member: usize,
}

impl<'a> Together<'a> {
    fn new(n: usize, steps: usize, all: &'a dyn Progress) -> Self {
        Self {
            done: Mutex::new(vec![0; n]),
            steps: steps as u64,
            all,
        }
    }

    fn of(&'a self, member: usize) -> OfMember<'a> {
        OfMember { together: self, member }
    }
}

impl Progress for OfMember<'_> {
    fn report(&self, done: u64, _: u64) {
        let Together {
            done: of_all,
            steps,
            all,
        } = self.together;
        // Locked until all is reported, so that reports never go back.
        let mut of_all = of_all.lock().unwrap_or_else(PoisonError::into_inner);
        of_all[self.member] = done;
        all.report(of_all.iter().sum(), steps.saturating_mul(of_all.len() as u64));
    }

    fn is_stopped(&self) -> bool {
        self.together.all.is_stopped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_one_number_that_ends_at_the_whole() {
        let told = std::sync::Mutex::new(Vec::new());
        let record = |done: u64, of: u64| told.lock().unwrap().push((done, of));
        let together = Together::new(2, 10, &record);
        [(0, 4), (1, 5), (0, 10), (1, 10)]
            .into_iter()
            .for_each(|(member, done)| together.of(member).report(done, 10));
        assert_eq!(*told.lock().unwrap(), [(4, 20), (9, 20), (15, 20), (20, 20)]);
    }
}
