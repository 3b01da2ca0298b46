//! Vectors: correlated normal numbers and fractions.

use motherlode::trace::density::{Dirichlet, MultivariateNormal};

use super::{agrees_with, family, has_moments, has_vanishing_mean_score, is_impossible, refuses};

// Two means, then variance, covariance, variance.
family!(Pair {}, |theta| {
    MultivariateNormal::new(&theta[..2], &[theta[2], theta[3], theta[3], theta[4]])?
});
// Two means, then the factor's three entries.
family!(Factored {}, |theta| {
    MultivariateNormal::from_cholesky(&theta[..2], &[theta[2], R::from(0.0), theta[3], theta[4]])?
});
family!(Full {}, |theta| MultivariateNormal::new(&theta[..2], &theta[2..])?);
family!(FullFactor {}, |theta| MultivariateNormal::from_cholesky(
    &theta[..2],
    &theta[2..]
)?);
family!(Shares {}, |theta| Dirichlet::new(theta)?);

#[test]
fn multivariate_normal() {
    // u = x - m: -(u.T*C**-1*u)/2 - log(det(C))/2 - log(2*pi)
    agrees_with(
        Pair {},
        &[
            (&[0.0, 0.0, 1.0, 0.0, 1.0], &[2.0, 0.5, -0.5], -2.0878770664093453),
            (&[1.0, -2.0, 2.0, 0.75, 0.5], &[2.0, 2.0, -1.0], -2.5673949226742545),
            (&[0.0, 3.0, 4.0, -5.9, 9.0], &[2.0, 0.5, 2.0], -2.071912543500475),
        ],
    );
    // The same with C = L*L.T
    agrees_with(
        Factored {},
        &[
            (&[0.0, 0.0, 1.0, 0.0, 1.0], &[2.0, 0.5, -0.5], -2.0878770664093453),
            (&[1.0, -2.0, 1.5, 0.5, 0.4], &[2.0, 2.0, -1.0], -2.938162553754466),
        ],
    );
    has_vanishing_mean_score(Pair {}, &[1.0, -2.0, 2.0, 0.75, 0.5]);
    has_vanishing_mean_score(Pair {}, &[0.0, 3.0, 4.0, -5.9, 9.0]);
    has_vanishing_mean_score(Factored {}, &[1.0, -2.0, 1.5, -0.4, 0.3]);
    let theta = [0.0, 3.0, 4.0, -5.9, 9.0];
    has_moments(Pair {}, &theta, |x| x[1], 0.0, 4.0);
    has_moments(Pair {}, &theta, |x| x[2], 3.0, 9.0);
    has_moments(Pair {}, &theta, |x| x[1] + x[2], 3.0, 4.0 + 9.0 - 2.0 * 5.9);
    is_impossible(Pair {}, &theta, &[1.0, 0.5]);
}

#[test]
fn impossible_covariances_are_refused() {
    refuses(
        Full {},
        "MultivariateNormal",
        &[
            (&[0.0, 0.0, 1.0, 0.2, 0.3, 1.0], "0.3 in row 1"),
            (&[0.0, 0.0, 1.0, 2.0, 2.0, 1.0], "row 1 leaves a variance of -3"),
            (&[0.0, 0.0, 0.0, 0.0, 0.0, 1.0], "row 0 leaves a variance of 0"),
            (&[0.0, f64::NAN, 1.0, 0.0, 0.0, 1.0], "mean = [0.0, NaN]"),
            (&[0.0, 0.0, 1.0, 0.0, 1.0], "matrix = [1.0, 0.0, 1.0]"),
        ],
    );
    refuses(
        FullFactor {},
        "MultivariateNormal",
        &[
            (&[0.0, 0.0, 1.0, 0.5, 0.5, 1.0], "row 0 of the one given is [1.0, 0.5]"),
            (&[0.0, 0.0, 1.0, 0.0, 0.5, -1.0], "row 1"),
        ],
    );
}

#[test]
fn dirichlet() {
    // loggamma(sum(t)) + sum((a - 1)*log(x) - loggamma(a) for a, x in zip(t, d))
    agrees_with(
        Shares {},
        &[
            (&[1.0, 1.0, 1.0], &[3.0, 0.25, 0.25, 0.5], std::f64::consts::LN_2),
            (&[0.5, 2.0, 7.5], &[3.0, 0.125, 0.25, 0.625], 1.2935011200207829),
            (&[40.0, 20.0, 3.0], &[3.0, 0.625, 0.25, 0.125], 1.3727725592658153),
        ],
    );
    for alpha in [[1.0, 1.0, 1.0], [0.5, 2.0, 7.5], [0.08, 0.09, 0.1], [40.0, 20.0, 3.0]] {
        has_vanishing_mean_score(Shares {}, &alpha);
        let total: f64 = alpha.iter().sum();
        for (i, a) in alpha.iter().enumerate() {
            let variance = a * (total - a) / (total * total * (total + 1.0));
            has_moments(Shares {}, &alpha, |x| x[i + 1], a / total, variance);
        }
    }
    refuses(
        Shares {},
        "Dirichlet",
        &[
            (&[1.0], "[1.0]"),
            (&[1.0, -2.0], "-2.0"),
            (&[f64::NAN, 1.0], "NaN"),
            (&[0.0, 1.0], "[0.0, 1.0]"),
        ],
    );
    is_impossible(Shares {}, &[1.0, 2.0], &[3.0, 0.25, 0.25, 0.5]);
    is_impossible(Shares {}, &[1.0, 2.0], &[2.0, 0.0, 1.0]);
}
