//! Posterior of an ensemble: the mixture of those of its members.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::Ensemble;
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::log_mean_exp;
use motherlode_core::posterior::{Posterior, PosteriorDraws};
use motherlode_core::trace::Parameter;
use motherlode_core::{Estimator, Prior};

impl<E: Estimator> Ensemble<E> {
    fn posteriors(&self) -> Result<Vec<&dyn Posterior>> {
        let known = self.members.iter().map(Estimator::as_posterior);
        let known: Option<Vec<_>> = known.collect();
        known.ok_or_else(|| Error::usage("the members of this ensemble know no posteriors"))
    }

    /// The first member, which the others are like. It is only asked where all members know posteriors.
    fn first_posterior(&self) -> &dyn Posterior {
        self.members[0]
            .as_posterior()
            .expect("`as_posterior` gives an ensemble only if its members are posteriors")
    }
}

impl<E: Estimator> Posterior for Ensemble<E> {
    fn prior(&self) -> &Prior {
        self.first_posterior().prior()
    }

    fn parameters(&self) -> &[Parameter] {
        self.first_posterior().parameters()
    }

    fn log_posterior(&self, x: ArrayView2<f64>, theta: ArrayView2<f64>) -> Result<Array1<f64>> {
        let members = self.posteriors()?;
        let logs = members.iter().map(|member| member.log_posterior(x, theta));
        let logs: Vec<Array1<f64>> = logs.collect::<Result<_>>()?;
        let mean = |row: usize| log_mean_exp(&logs.iter().map(|logs| logs[row]).collect::<Vec<_>>());
        Ok((0..x.nrows()).map(mean).collect())
    }

    /// As many draws of each member, in turn.
    fn draw(&self, x: ArrayView1<f64>, n: usize, seed: u64) -> Result<PosteriorDraws> {
        let members = self.posteriors()?;
        let each = n.div_ceil(members.len());
        let drawn = members.iter().enumerate();
        let drawn = drawn.map(|(k, member)| member.draw(x, each, seed.wrapping_add(k as u64)));
        let drawn: Vec<PosteriorDraws> = drawn.collect::<Result<_>>()?;
        let (k, p) = (members.len(), self.parameters().len());
        Ok(PosteriorDraws {
            theta: Array2::from_shape_fn((n, p), |(i, j)| drawn[i % k].theta[[i / k, j]]),
            inside: drawn.iter().map(|one| one.inside).sum::<f64>() / drawn.len() as f64,
        })
    }
}
