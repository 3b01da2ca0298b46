//! Ensembles: several networks trained alike, their mean answer and its spread.

mod posterior;
mod training;

use ndarray::{Array, Array1, Array2, ArrayView2, Axis, Dimension};

use super::{Model, Provenance};
use motherlode_core::dataset::Header;
use motherlode_core::error::{Error, Result};
use motherlode_core::estimator::{Domain, WithSpread};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::{Certificate, Estimator, Posterior};

/// The most members of an ensemble.
const MOST_MEMBERS: usize = 1_000;

/// Models of one method and one question that differ in their seeds: in initial weights, validation split and the order
/// of the events. Estimators of your own make an ensemble, too: [`of`](Self::of).
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
pub struct Ensemble<E = Model> {
    /// At least two.
    members: Vec<E>,
}

impl Ensemble {
    /// An ensemble of models that were trained apart.
    ///
    /// # Errors
    /// If there are not from 2 to 1000, one is an ensemble itself, they do not agree on the method, the simulator, the
    /// parameters, the observables and the design, or two are one training.
    pub fn new(members: Vec<Model>) -> Result<Self> {
        let ensemble = Self::of(members)?;
        ensemble.check().map(|()| ensemble)
    }

    /// Checks that its members are networks which have learned the same in different trainings.
    pub(super) fn check(&self) -> Result<()> {
        let records = self.members.iter().enumerate().map(|(k, member)| record(k, member));
        let records = records.collect::<Result<Vec<&Provenance>>>()?;
        for (k, member) in records.iter().enumerate() {
            check_question(k, member, records[0])?;
            if let Some(twin) = records[..k].iter().position(|other| is_same_training(member, other)) {
                return Err(Error::usage(format!(
                    "members {twin} and {k} are one training, with seed {}: an ensemble needs another seed for each",
                    member.settings.seed
                )));
            }
        }
        Ok(())
    }
}

impl<E: Estimator> Ensemble<E> {
    /// An ensemble of estimators of any type that answer the same question.
    ///
    /// # Errors
    /// If there are not from 2 to 1000, or their numbers of parameters differ.
    pub fn of(members: Vec<E>) -> Result<Self> {
        check_size(members.len())?;
        let p = members[0].n_parameters();
        match members.iter().position(|member| member.n_parameters() != p) {
            Some(k) => Err(Error::usage(format!(
                "member {k} has {} parameters and member 0 has {p}: an ensemble has members that answer the same question",
                members[k].n_parameters()
            ))),
            None => Ok(Self { members }),
        }
    }

    /// The members, in the order of their seeds.
    pub fn members(&self) -> &[E] {
        &self.members
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
        let answers = self.answers(|member| log_ratio(member, x, theta0, theta1))?;
        Ok(mean_and_spread(&answers))
    }

    /// The score at `theta`, the mean over members, and its spread, each `[n, p]`.
    ///
    /// # Errors
    /// If the members do not know the score there, or `x` or `theta` do not have the shapes of the training data.
    pub fn score_and_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<(Array2<f64>, Array2<f64>)> {
        let answers = self.answers(|member| score(member, x, theta))?;
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
            let sum = |theta: &Vec<f64>| Ok(log_ratio(member, x, theta, theta1)?.sum());
            hypotheses.iter().map(sum).collect::<Result<Array1<f64>>>()
        })?;
        Ok(mean_and_covariance(&curves))
    }

    /// Answer of each member, all in one shape.
    fn answers<D: Dimension>(&self, answer: impl Fn(&E) -> Result<Array<f64, D>>) -> Result<Vec<Array<f64, D>>> {
        self.members.iter().map(answer).collect()
    }
}

fn log_ratio(member: &impl Estimator, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
    Ok(member.log_ratio_with_spread(x, theta0, theta1)?.0)
}

fn score(member: &impl Estimator, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
    Ok(member.score_with_spread(x, theta)?.0)
}

impl<E: Estimator> LogRatio for Ensemble<E> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        Ok(mean(&self.answers(|member| log_ratio(member, x, theta0, theta1))?))
    }
}

impl<E: Estimator> Score for Ensemble<E> {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(mean(&self.answers(|member| score(member, x, theta))?))
    }
}

impl<E: Estimator> Estimator for Ensemble<E> {
    fn name(&self) -> String {
        self.members[0].name()
    }

    fn n_parameters(&self) -> usize {
        self.members[0].n_parameters()
    }

    fn domain(&self) -> Domain {
        self.members[0].domain()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        let known = self.members.iter().all(|member| member.as_ratio().is_some());
        known.then_some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        let known = self.members.iter().all(|member| member.as_score().is_some());
        known.then_some(self)
    }

    fn as_posterior(&self) -> Option<&dyn Posterior> {
        let known = self.members.iter().all(|member| member.as_posterior().is_some());
        known.then_some(self)
    }

    fn score_point(&self) -> Option<&[f64]> {
        self.members[0].score_point()
    }

    fn training_events(&self) -> Option<Header> {
        self.members[0].training_events()
    }

    fn training_warnings(&self) -> Vec<String> {
        let members = self.members.iter().enumerate();
        let of_member = |(k, member): (usize, &E)| {
            let said = member.training_warnings().into_iter();
            said.map(move |warning| format!("member {k}: {warning}"))
        };
        members.flat_map(of_member).collect()
    }

    fn certificates(&self) -> Vec<Certificate> {
        self.members.iter().flat_map(Estimator::certificates).collect()
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
        let (mean, spread) = self.log_ratio_and_spread(x, theta0, theta1)?;
        Ok((mean, Some(spread)))
    }

    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        let (mean, spread) = self.score_and_spread(x, theta)?;
        Ok((mean, Some(spread)))
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        self.members[0].accepts(events)
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

/// The record of the training of a member, which must be a single network.
fn record(k: usize, member: &Model) -> Result<&Provenance> {
    let refused = |what: &str| Err(Error::usage(format!("member {k} {what}")));
    match member {
        Model::Ratio(single) => Ok(single.provenance()),
        Model::Score(single) => Ok(single.provenance()),
        Model::Likelihood(single) => Ok(single.provenance()),
        Model::Posterior(single) => Ok(single.provenance()),
        Model::Ensemble(_) => refused("is an ensemble itself: put its members in its place"),
        Model::Imported(_) => refused("was trained elsewhere: import its ensemble as a whole instead"),
        Model::Calibrated(_) => refused("is calibrated: calibrate the ensemble instead"),
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
fn is_same_training(a: &Provenance, b: &Provenance) -> bool {
    (a.settings.seed, a.n_events, &a.data) == (b.settings.seed, b.n_events, &b.data)
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

    /// Says one number of every event.
    struct Constant(f64);

    impl LogRatio for Constant {
        fn log_ratio(&self, x: ArrayView2<f64>, _: &[f64], _: &[f64]) -> Result<Array1<f64>> {
            Ok(Array1::from_elem(x.nrows(), self.0))
        }
    }

    impl Estimator for Constant {
        fn name(&self) -> String {
            "constant".into()
        }

        fn n_parameters(&self) -> usize {
            1
        }

        fn as_ratio(&self) -> Option<&dyn LogRatio> {
            Some(self)
        }
    }

    #[test]
    fn estimators_of_a_user_make_an_ensemble() {
        let members: Vec<&dyn Estimator> = vec![&Constant(1.0), &Constant(2.0), &Constant(6.0)];
        let ensemble = Ensemble::of(members).unwrap();
        let (mean, spread) = ensemble
            .log_ratio_with_spread(array![[0.5]].view(), &[1.0], &[0.0])
            .unwrap();
        assert_eq!((mean, spread.unwrap()), (array![3.0], array![7.0_f64.sqrt()]));
        assert!(ensemble.as_ratio().is_some() && ensemble.as_score().is_none());
        let boxed: Vec<Box<dyn Estimator>> = vec![Box::new(Constant(1.0))];
        assert!(Ensemble::of(boxed).is_err());
    }

    #[test]
    fn sizes_without_a_spread_are_refused() {
        assert!(check_size(1).unwrap_err().to_string().contains("two members"));
        assert!(check_size(1_001).unwrap_err().to_string().contains("1000"));
        assert!(check_size(2).is_ok());
    }
}
