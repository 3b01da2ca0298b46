//! Differences between two setups.

use super::Setup;

impl Setup {
    /// Describes a difference from another setup that forbids the use of events of both together; `None` if there is none.
    ///
    /// Benchmarks and what refers to them are compared by name, for their order may be another one; ranges of parameters and expressions
    /// in the card say nothing of events.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let values = |setup: &Self| -> Vec<(String, Vec<f64>, bool, bool)> {
            let all = setup.benchmarks.iter();
            let mut all: Vec<_> = all
                .map(|one| (one.name.clone(), one.theta.clone(), one.is_nuisance, one.is_reference))
                .collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all
        };
        let parameters = |setup: &Self| -> Vec<(String, u32)> {
            let all = setup.parameters.iter();
            all.map(|one| (one.name.clone(), one.max_power)).collect()
        };
        let components = |setup: &Self| setup.morphing.as_ref().map(|one| one.components().to_vec());
        let systematics = |setup: &Self| -> Vec<(String, String)> {
            let mut all: Vec<_> = setup
                .systematics
                .iter()
                .map(|one| (one.name.clone(), one.about()))
                .collect();
            all.sort();
            all
        };
        first([
            (
                "parameters with their largest powers",
                unequal(&parameters(self), &parameters(other)),
            ),
            (
                "observables with their definitions",
                unequal(&self.observables, &other.observables),
            ),
            ("benchmarks", unequal(&values(self), &values(other))),
            (
                "monomials of the morphing",
                unequal(&components(self), &components(other)),
            ),
            ("systematics", unequal(&systematics(self), &systematics(other))),
            (
                "nuisance parameters",
                unequal(&self.named_nuisances(), &other.named_nuisances()),
            ),
            (
                "finite differences",
                unequal(&self.named_differences(), &other.named_differences()),
            ),
        ])
    }

    fn named_nuisances(&self) -> Vec<(&str, Option<&str>, &str, Option<&str>)> {
        let name = |b: usize| self.benchmarks[b].name.as_str();
        let all = self.nuisances.iter();
        all.map(|one| {
            (
                one.name.as_str(),
                one.systematic.as_deref(),
                name(one.positive),
                one.negative.map(name),
            )
        })
        .collect()
    }

    fn named_differences(&self) -> Option<(f64, Vec<Vec<&str>>)> {
        let all = self.finite_differences.as_ref()?;
        let names = all.shifted.iter().map(|(base, shifted)| {
            let numbers = std::iter::once(base).chain(shifted);
            numbers.map(|b| self.benchmarks[*b].name.as_str()).collect()
        });
        Some((all.epsilon, names.collect()))
    }
}

/// The two as they are, if they differ: of lists, only the entries that do.
fn unequal<T: PartialEq + Unequal>(a: &T, b: &T) -> Option<String> {
    (a != b).then(|| a.unequal(b))
}

/// Says where two things differ.
trait Unequal {
    fn unequal(&self, other: &Self) -> String;
}

impl<T: PartialEq + std::fmt::Debug> Unequal for Vec<T> {
    fn unequal(&self, other: &Self) -> String {
        let at = (0..).find(|at| self.get(*at) != other.get(*at)).unwrap_or(0);
        let show = |entry: Option<&T>| entry.map_or("none".into(), |entry| format!("{entry:?}"));
        format!("{} here, {} there", show(self.get(at)), show(other.get(at)))
    }
}

impl<T: std::fmt::Debug> Unequal for Option<T> {
    fn unequal(&self, other: &Self) -> String {
        let show = |entry: &Self| entry.as_ref().map_or("none".into(), |entry| format!("{entry:?}"));
        format!("{} here, {} there", show(self), show(other))
    }
}

fn first<const N: usize>(findings: [(&str, Option<String>); N]) -> Option<String> {
    let mut all = findings.into_iter();
    all.find_map(|(what, how)| Some(format!("other {what}: {}", how?)))
}
