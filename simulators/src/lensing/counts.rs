//! Subhalos counted by mass, and the exact distribution of the counts.
//!
//! Given the host, subhalos of different masses are counted independently, and each count is a Poisson number. The host is
//! averaged over: p(x|θ) = ∫ dz dσ_v p(z) p(σ_v) Π_k Poisson(x_k; n̄_k). Expected numbers grow like the sixth power of σ_v, so
//! the integrand is a narrow ridge where many are counted, and it is cut where the laws of z and σ_v are: both are integrated in
//! short pieces. With them ln p is right to 10⁻⁵ wherever it is above −15, and to 10⁻³ of itself further out.

use std::collections::HashMap;

use motherlode_core::likelihood::ExactDensity;
use motherlode_core::trace::density::TruncatedNormal;
use motherlode_core::trace::{Density, Rejected};
use motherlode_core::{Real, Special};
use ndarray::{ArrayView1, ArrayView2};

use super::cosmology::Cosmology;
use super::host::{DISPERSION, Host, LOG_REDSHIFT};
use super::population::{Reservoir, log_integral};
use crate::quadrature::over_interval;

/// Pieces of the range of log redshift, and nodes of each.
const REDSHIFTS: (usize, usize) = (8, 12);
/// Pieces of the range of velocity dispersions, and nodes of each.
const DISPERSIONS: (usize, usize) = (24, 16);
/// Hosts that are e⁴⁰ times less probable than the most probable one are left out.
const NEGLIGIBLE: f64 = 40.0;

/// The classes of mass in which subhalos are counted: where each begins, in units of the least mass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Classes(pub(super) &'static [f64]);

impl Classes {
    /// All subhalos in one class.
    pub(super) const ALL: Self = Self(&[1.0]);
    /// Two decades, and what is heavier.
    pub(super) const DECADES: Self = Self(&[1.0, 10.0, 100.0]);

    pub(super) fn count(&self, masses: &[f64]) -> Vec<f64> {
        let mut counts = vec![0.0; self.0.len()];
        for mass in masses {
            let class = self.0.partition_point(|start| start <= mass);
            counts[class.max(1) - 1] += 1.0;
        }
        counts
    }

    /// The bounds of each class below the largest mass.
    fn bounds(&self, largest: f64) -> impl Iterator<Item = (f64, f64)> {
        let ends = self.0[1..].iter().copied().chain([largest]);
        self.0.iter().copied().zip(ends)
    }
}

/// A host of some redshift: the logarithm of its weight, its mass in the region and the logarithm of that.
struct Member {
    log_weight: f64,
    mass: f64,
    log_mass: f64,
}

/// The hosts of one velocity dispersion, and so of one largest subhalo.
struct Hosts {
    largest: f64,
    members: Vec<Member>,
    /// The largest of their log weights.
    log_weight: f64,
    /// The smallest and the largest of their masses in the region.
    masses: (f64, f64),
}

impl Hosts {
    fn new(largest: f64, members: Vec<Member>) -> Self {
        let extreme =
            |of: fn(&Member) -> f64, pick: fn(f64, f64) -> f64| members.iter().map(of).reduce(pick).unwrap_or(0.0);
        Self {
            largest,
            log_weight: extreme(|member| member.log_weight, f64::max),
            masses: (
                extreme(|member| member.mass, f64::min),
                extreme(|member| member.mass, f64::max),
            ),
            members,
        }
    }
}

/// p(x|θ) of the numbers of subhalos in classes of mass.
pub(super) struct Counts {
    classes: Classes,
    hosts: Vec<Hosts>,
}

impl Counts {
    pub(super) fn new(classes: Classes, least_mass: f64, cosmology: &Cosmology) -> Result<Self, Rejected> {
        let redshifts = nodes(LOG_REDSHIFT, REDSHIFTS)?;
        let reservoir = |log_redshift, dispersion| {
            Reservoir::new(&Host::new(10f64.powf(log_redshift), dispersion, cosmology), least_mass)
        };
        let hosts = |(dispersion, weight): (f64, f64)| {
            let member = |&(log_redshift, log_weight): &(f64, f64)| {
                let mass = reservoir(log_redshift, dispersion).mass;
                Member {
                    log_weight: log_weight + weight,
                    mass,
                    log_mass: mass.ln(),
                }
            };
            let largest = reservoir(LOG_REDSHIFT.0, dispersion).largest; // the same at any redshift
            Hosts::new(largest, redshifts.iter().map(member).collect())
        };
        Ok(Self {
            classes,
            hosts: nodes(DISPERSION, DISPERSIONS)?.into_iter().map(hosts).collect(),
        })
    }

    /// Expected number for every host, at θ.
    fn expected<R: Real>(&self, theta: &[R]) -> Result<Vec<Expected<'_, R>>, Rejected> {
        let expected = |hosts| Expected::new(theta, self.classes, hosts);
        self.hosts.iter().map(expected).collect()
    }
}

/// Nodes over a truncated normal variable in pieces, with the logarithms of their weights.
fn nodes(
    (mean, sd, low, high): (f64, f64, f64, f64),
    (pieces, order): (usize, usize),
) -> Result<Vec<(f64, f64)>, Rejected> {
    let density = TruncatedNormal::new(mean, sd, low, high)?;
    let rule = over_interval(order);
    let width = (high - low) / pieces as f64;
    let places = (0..pieces).flat_map(|piece| rule.iter().map(move |&(node, weight)| (piece as f64, node, weight)));
    let node = |(piece, node, weight): (f64, f64, f64)| {
        let at = low + width * (piece + 0.5 * (1.0 + node));
        (at, density.log_density(&at) + (weight * width).ln())
    };
    Ok(places.map(node).collect())
}

/// The numbers of subhalos expected for a unit of mass in the region of hosts of one velocity dispersion.
struct Expected<'a, R> {
    /// ln of the number in each class.
    logs: Vec<R>,
    /// The number in all.
    total: R,
    hosts: &'a Hosts,
}

impl<'a, R: Real> Expected<'a, R> {
    fn new(theta: &[R], classes: Classes, hosts: &'a Hosts) -> Result<Self, Rejected> {
        let log_mass = log_integral(theta[1] + 1.0, 1.0, hosts.largest)?;
        let share = |(low, high)| Ok(log_integral(theta[1], low, high)? - log_mass);
        let shares = classes
            .bounds(hosts.largest)
            .map(share)
            .collect::<Result<Vec<R>, Rejected>>()?;
        Ok(Self {
            total: shares.iter().fold(R::from(0.0), |sum, share| sum + share.exp()) * theta[0],
            logs: shares.into_iter().map(|share| share + theta[0].ln()).collect(),
            hosts,
        })
    }

    /// Σ x_k ln n̄_k for a unit of mass; a class without subhalos adds nothing, even if none are expected.
    fn log_of(&self, counts: &[f64]) -> R {
        let counted = self.logs.iter().zip(counts).filter(|(_, count)| **count > 0.0);
        counted.fold(R::from(0.0), |sum, (log, count)| sum + *log * *count)
    }
}

/// The terms ln (weight · p(counts)) of hosts of one velocity dispersion, of n subhalos in all.
struct Terms<'a, R> {
    expected: &'a Expected<'a, R>,
    log: R,
    n: f64,
}

impl<'a, R: Real> Terms<'a, R> {
    fn new(expected: &'a Expected<'a, R>, counts: &[f64]) -> Self {
        Self {
            log: expected.log_of(counts),
            n: counts.iter().sum(),
            expected,
        }
    }

    fn plain(&self, member: &Member) -> f64 {
        self.log.re() + member.log_weight + self.n * member.log_mass - member.mass * self.expected.total.re()
    }

    /// The terms and their hosts.
    fn all(&self) -> impl Iterator<Item = (f64, &Member)> {
        self.expected
            .hosts
            .members
            .iter()
            .map(|member| (self.plain(member), member))
    }

    /// Upper bound of all terms: the term of a host of the most probable mass with the largest weight.
    fn bound(&self) -> f64 {
        let (hosts, total) = (self.expected.hosts, self.expected.total.re());
        let best = if total > 0.0 { self.n / total } else { f64::INFINITY };
        let mass = best.clamp(hosts.masses.0, hosts.masses.1);
        self.plain(&Member {
            log_weight: hosts.log_weight,
            mass,
            log_mass: mass.ln(),
        })
    }
}

/// ln p of the counts: the sum over all hosts, of those that matter.
fn log_probability<R: Real>(expected: &[Expected<R>], counts: &[f64]) -> R {
    let mut terms: Vec<(f64, Terms<R>)> = expected
        .iter()
        .map(|expected| Terms::new(expected, counts))
        .map(|terms| (terms.bound(), terms))
        .collect();
    terms.sort_unstable_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut largest = f64::NEG_INFINITY;
    for (bound, terms) in &terms {
        if *bound <= largest {
            break;
        }
        largest = terms.all().map(|(term, _)| term).fold(largest, f64::max);
    }
    if largest == f64::NEG_INFINITY {
        return R::from(largest);
    }
    let mut sum = R::from(0.0);
    for (_, terms) in terms.iter().take_while(|(bound, _)| *bound > largest - NEGLIGIBLE) {
        for (_, member) in terms.all().filter(|(term, _)| *term > largest - NEGLIGIBLE) {
            let rest = member.log_weight + terms.n * member.log_mass - largest;
            sum += (terms.log - terms.expected.total * member.mass + rest).exp();
        }
    }
    let orders: f64 = counts.iter().map(|count| (count + 1.0).ln_gamma_function()).sum();
    sum.ln() + (largest - orders)
}

impl ExactDensity for Counts {
    fn route(&self) -> &str {
        "Poisson numbers, averaged over the host by quadrature"
    }

    fn shape(&self) -> (usize, usize) {
        (2, self.classes.0.len())
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let impossible = R::from(f64::NEG_INFINITY);
        let Ok(expected) = self.expected(theta) else {
            return vec![impossible; x.nrows()];
        };
        let mut known: HashMap<Vec<u64>, R> = HashMap::new(); // the same counts come again and again
        let mut one = |counts: ArrayView1<f64>| {
            if counts.iter().any(|count| !(*count >= 0.0 && count.fract() == 0.0)) {
                return impossible;
            }
            let counts = counts.to_vec();
            let key = counts.iter().map(|&count| count as u64).collect();
            *known.entry(key).or_insert_with(|| log_probability(&expected, &counts))
        };
        x.rows().into_iter().map(&mut one).collect()
    }
}
