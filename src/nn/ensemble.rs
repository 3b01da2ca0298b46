//! Ensembles: several networks trained alike, their mean answer and its spread.

use motherlode_core::Progress;
use std::sync::{Mutex, PoisonError};

use ndarray::{Array, Array1, Array2, ArrayView2, Axis, Dimension};

use super::{Method, Model, Provenance, Settings, TrainingData};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::parallel::in_parallel;

/// The most members of an ensemble.
const MOST_MEMBERS: usize = 1_000;

/// Models of one method and one question that differ in their seeds: in initial weights, validation split and the order
/// of the events.
///
/// It answers with the mean of its members' log ratios, (1/K) Σ_k log r̂_k(x), and of their scores: for ratios of
/// likelihoods, the geometric mean. What the members got wrong independently of each other averages out; the mean of the
/// log ratios is as antisymmetric as each of them.
///
/// # What the spread is
/// The standard deviation over the members, √(Σ_k (ℓ_k − ℓ̄)²/(K − 1)), says how far *one* network strays because of its
/// initial weights, its split and its order; that of the mean of K is smaller, by √K if they stray independently. It
/// tells where the network, and not the data, limits the answer, for instance where hardly any event was seen.
///
/// It is **not** a confidence interval. All members have seen the same events, so the noise of those labels, and a bias
/// that all share (a network too small, a method that is exact only near its reference point), move them together and
/// leave no trace in it. Calibration and coverage say whether the answer is right.
///
/// # Source
/// Lakshminarayanan, Pritzel and Blundell 2017, arXiv:1612.01474; for ratio estimators Brehmer et al. 2020,
/// arXiv:1907.10621, and Hermans et al. 2022, arXiv:2110.06581.
#[derive(Debug)]
pub struct Ensemble {
    /// At least two, none of them an ensemble.
    members: Vec<Model>,
}

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
        let together = Together::new(n, settings.steps, progress);
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
                together.of(member).report(settings.steps as u64, settings.steps as u64);
                Ok(model)
            },
            |&member, model| {
                members[member] = Some(model);
                Ok(())
            },
        )?;
        Self::new(members.into_iter().flatten().collect())
    }

    /// An ensemble of models that were trained apart.
    ///
    /// # Errors
    /// If there are not from 2 to 1000, one is an ensemble itself, they do not agree on the method, the simulator, the
    /// parameters, the observables and the design, or two are one training.
    pub fn new(members: Vec<Model>) -> Result<Self> {
        check_size(members.len())?;
        for (k, member) in members.iter().enumerate() {
            if matches!(member, Model::Ensemble(_)) {
                return Err(Error::usage(format!(
                    "member {k} is an ensemble itself: put its members in its place"
                )));
            }
            if matches!(member, Model::Calibrated(_)) {
                return Err(Error::usage(format!(
                    "member {k} is calibrated: calibrate the ensemble instead"
                )));
            }
            check_question(k, member.provenance(), members[0].provenance())?;
            let twin = members[..k].iter().position(|other| is_same_training(member, other));
            if let Some(twin) = twin {
                return Err(Error::usage(format!(
                    "members {twin} and {k} are one training, with seed {}: an ensemble needs another seed for each",
                    member.provenance().settings.seed
                )));
            }
        }
        Ok(Self { members })
    }

    /// The members, in the order of their seeds.
    pub fn members(&self) -> &[Model] {
        &self.members
    }

    /// How the first member was trained; the others differ in seed, and in what came of it.
    pub fn provenance(&self) -> &Provenance {
        self.members[0].provenance()
    }

    /// log r̂(x|θ0, θ1), the mean over members, and its spread, each `[n]`.
    ///
    /// # Errors
    /// If the members know no ratios, or `x`, `theta0` or `theta1` do not have the shapes of the training data.
    pub fn log_ratio_and_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<(Array1<f64>, Array1<f64>)> {
        let answers = self.answers(|member| member.log_ratio(x, theta0, theta1))?;
        Ok(mean_and_spread(&answers))
    }

    /// The score at `theta`, the mean over members, and its spread, each `[n, p]`.
    ///
    /// # Errors
    /// If the members do not know the score there, or `x` or `theta` do not have the shapes of the training data.
    pub fn score_and_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<(Array2<f64>, Array2<f64>)> {
        let answers = self.answers(|member| member.score(x, theta))?;
        Ok(mean_and_spread(&answers))
    }

    /// Summed log ratios Σ_i log r̂(x_i|θ_a, θ1) for each of `k` hypotheses θ_a, the mean over members, `[k]`; and its
    /// covariance over members, `[k, k]`.
    ///
    /// A network that is wrong is wrong in the same direction for many events, so that the spread of a sum cannot be had
    /// from the spreads of its terms; and it is wrong alike at neighbouring hypotheses, so that a difference along the curve
    /// is known better than the curve. Like the spread, the covariance is that of one network, divided by K − 1. Its rank is
    /// K − 1 at most: with fewer members than hypotheses it has no inverse.
    ///
    /// # Errors
    /// If the members know no ratios, or `x`, `hypotheses` or `theta1` do not have the shapes of the training data.
    pub fn summed_log_ratio_and_covariance(
        &self,
        x: ArrayView2<f64>,
        hypotheses: &[Vec<f64>],
        theta1: &[f64],
    ) -> Result<(Array1<f64>, Array2<f64>)> {
        let curves = self.answers(|member| {
            let sum = |theta: &Vec<f64>| Ok(member.log_ratio(x, theta, theta1)?.sum());
            hypotheses.iter().map(sum).collect::<Result<Array1<f64>>>()
        })?;
        Ok(mean_and_covariance(&curves))
    }

    /// Answer of each member, all in one shape.
    fn answers<D: Dimension>(&self, answer: impl Fn(&Model) -> Result<Array<f64, D>>) -> Result<Vec<Array<f64, D>>> {
        self.members.iter().map(answer).collect()
    }
}

impl LogRatio for Ensemble {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        Ok(mean(&self.answers(|member| member.log_ratio(x, theta0, theta1))?))
    }
}

impl Score for Ensemble {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(mean(&self.answers(|member| member.score(x, theta))?))
    }
}

fn check_size(n: usize) -> Result<()> {
    match n {
        2..=MOST_MEMBERS => Ok(()),
        0 | 1 => Err(Error::usage(format!(
            "an ensemble needs two members at least to have a spread, got {n}"
        ))),
        _ => Err(Error::usage(format!(
            "an ensemble has {MOST_MEMBERS} members at most, got {n}"
        ))),
    }
}

/// Checks that a member has learned the same as the first one.
fn check_question(k: usize, member: &Provenance, first: &Provenance) -> Result<()> {
    let (found, needed) = (&member.data, &first.data);
    let differs = if member.method != first.method {
        "method"
    } else if (&found.simulator, found.portion) != (&needed.simulator, needed.portion) {
        "simulator"
    } else if (&found.parameters, &found.observables) != (&needed.parameters, &needed.observables) {
        "parameters or observables"
    } else if found.design != needed.design {
        "design of the hypotheses"
    } else {
        return Ok(());
    };
    Err(Error::usage(format!(
        "member {k} and member 0 differ in the {differs}: an ensemble has members that have learned the same"
    )))
}

/// Returns true if two members have seen the same events with the same seed; all that was chosen from the data is then the same too.
fn is_same_training(a: &Model, b: &Model) -> bool {
    let (a, b) = (a.provenance(), b.provenance());
    (a.settings.seed, a.n_events, &a.data) == (b.settings.seed, b.n_events, &b.data)
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

/// The mean over members, of each number.
pub(super) fn mean<D: Dimension>(answers: &[Array<f64, D>]) -> Array<f64, D> {
    let mut sum = answers[0].clone();
    answers[1..].iter().for_each(|answer| sum += answer);
    sum / answers.len() as f64
}

/// The mean and the standard deviation over members, of each number.
pub(super) fn mean_and_spread<D: Dimension>(answers: &[Array<f64, D>]) -> (Array<f64, D>, Array<f64, D>) {
    let mean = mean(answers);
    let mut squares = Array::zeros(mean.raw_dim());
    for answer in answers {
        squares += &(answer - &mean).mapv(|d| d * d);
    }
    let degrees = answers.len() as f64 - 1.0;
    (mean, squares.mapv(|sum: f64| (sum / degrees).sqrt()))
}

/// The mean, `[k]`, and the covariance over members, `[k, k]`.
fn mean_and_covariance(curves: &[Array1<f64>]) -> (Array1<f64>, Array2<f64>) {
    let mean = mean(curves);
    let mut deviations = Array2::zeros((curves.len(), mean.len()));
    for (curve, mut row) in curves.iter().zip(deviations.axis_iter_mut(Axis(0))) {
        row.assign(&(curve - &mean));
    }
    let covariance = deviations.t().dot(&deviations) / (curves.len() as f64 - 1.0);
    (mean, covariance)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Three members, by hand.
    #[test]
    fn mean_spread_and_covariance_are_those_of_a_textbook() {
        let curves = [array![1.0, 10.0], array![2.0, 8.0], array![6.0, 9.0]];
        let (mean, spread) = mean_and_spread(&curves);
        assert_eq!(mean, array![3.0, 9.0]);
        assert_eq!(spread, array![7.0_f64.sqrt(), 1.0]); // (4 + 1 + 9)/2 and (1 + 1 + 0)/2
        let (mean, covariance) = mean_and_covariance(&curves);
        assert_eq!(mean, array![3.0, 9.0]);
        assert_eq!(covariance, array![[7.0, -0.5], [-0.5, 1.0]]); // (−2·1 + −1·−1 + 3·0)/2
    }

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

    #[test]
    fn sizes_without_a_spread_are_refused() {
        assert!(check_size(1).unwrap_err().to_string().contains("two members"));
        assert!(check_size(1_001).unwrap_err().to_string().contains("1000"));
        assert!(check_size(2).is_ok());
    }
}
