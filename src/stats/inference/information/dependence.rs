//! Components of a vector that follow from others.

use nalgebra::{DMatrix, DVector};

use motherlode_core::error::Error;

/// Less of its own variance than this is rounding: such a component follows from those before it.
const DEPENDENT: f64 = 1e-10;
/// Smallest standard deviation that a component adds to one that follows from it, relative to the latter.
const VISIBLE: f64 = 1e-3;

/// A component that follows from others, or is constant if there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependence {
    component: usize,
    on: Vec<usize>,
}

impl Dependence {
    /// Finds the first component that follows from those before it, given their covariance `[p, p]`.
    pub(super) fn find(variance: &DMatrix<f64>) -> Option<Self> {
        let p = variance.nrows();
        (0..p).find_map(|component| {
            let before = variance.view((0, 0), (component, component)).into_owned();
            let with = variance.view((0, component), (component, 1)).column(0).into_owned();
            let slopes = match component {
                0 => DVector::zeros(0),
                _ => before.cholesky()?.solve(&with),
            };
            let own = variance[(component, component)];
            let is_free = own - slopes.dot(&with) > DEPENDENT * own;
            (!is_free).then(|| {
                let adds = |k: &usize| slopes[*k].abs() * variance[(*k, *k)].sqrt() > VISIBLE * own.sqrt();
                let on = (0..component).filter(adds).collect();
                Self { component, on }
            })
        })
    }

    /// Says which components these are, by their names.
    pub(super) fn error(&self, name: impl Fn(usize) -> String) -> Error {
        let of = match self.on.is_empty() {
            true => "is the same for all events".to_owned(),
            false => {
                let others: Vec<String> = self.on.iter().map(|k| name(*k)).collect();
                format!("follows from the score of {}", others.join(", "))
            }
        };
        Error::numerical(format!(
            "the components of the learned score depend on one another: the score of {} {of}, and fewer directions are known than there are \
             parameters; train again, on more events or on observables that tell these parameters apart, or with one of them fixed",
            name(self.component)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Dependence;
    use nalgebra::dmatrix;

    #[test]
    fn a_component_is_named_with_those_that_it_follows_from() {
        assert_eq!(Dependence::find(&dmatrix![2.0, 1.0; 1.0, 2.0]), None);
        // Of independent a and b with the variances 1 and 4: c = a − b, or c = 2 b.
        let of = |cov: [f64; 2], var: f64| {
            Dependence::find(&dmatrix![1.0, 0.0, cov[0]; 0.0, 4.0, cov[1]; cov[0], cov[1], var]).unwrap()
        };
        assert_eq!(
            (of([1.0, -4.0], 5.0).component, of([1.0, -4.0], 5.0).on),
            (2, vec![0, 1])
        );
        assert_eq!(of([0.0, 8.0], 16.0).on, [1]);
        let name = |k: usize| ["a", "b", "c"][k].to_owned();
        let error = of([0.0, 8.0], 16.0).error(name).to_string();
        assert!(error.contains("the score of c follows from the score of b"), "{error}");
        let constant = Dependence::find(&dmatrix![0.0]).unwrap();
        assert!(
            constant
                .error(name)
                .to_string()
                .contains("the score of a is the same for all events")
        );
    }
}
