//! Observables at the end: six summaries of who carries which strain.

use super::model::Carriage;

/// The summaries, in order.
pub const NAMES: [&str; 6] = [
    "entropy",
    "strains",
    "prevalence",
    "multiple_prevalence",
    "commonest_prevalence",
    "singletons",
];

/// Shannon entropy of the strains, how many there are, the shares of individuals with any strain, with several, and
/// with the commonest strain, and how many strains only one individual carries.
pub fn summarise(carriage: &Carriage) -> Vec<f64> {
    let counts: Vec<u32> = carriage.sets().iter().map(|set| set.count_ones()).collect();
    let individuals = carriage.individuals() as f64;
    let strains = carriage.strains_of_each();
    let share = |least: u32| strains.iter().filter(|&&number| number >= least).count() as f64 / individuals;
    let commonest = counts.iter().copied().max().unwrap_or(0);
    let number = |of: &dyn Fn(u32) -> bool| counts.iter().filter(|&&count| of(count)).count() as f64;
    vec![
        entropy(&counts),
        number(&|count| count > 0),
        share(1),
        share(2),
        f64::from(commonest) / individuals,
        number(&|count| count == 1),
    ]
}

/// −Σ f ln f of the frequencies of strains; 0 where there is none.
fn entropy(counts: &[u32]) -> f64 {
    let total = f64::from(counts.iter().sum::<u32>());
    let frequencies = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / total);
    frequencies.map(|frequency| -frequency * frequency.ln()).sum()
}
