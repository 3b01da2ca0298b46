//! The area under the receiver operating characteristic, of weighted events.

use motherlode_core::mean::Mean;

/// One event as a classifier sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scored {
    /// Output of the classifier, larger for the first class.
    pub score: f64,
    /// Its weight, of any scale.
    pub weight: f64,
    /// True for an event of the first class.
    pub first: bool,
}

/// The probability that an event of the first class scores higher than one of the second, ties counting half.
///
/// The standard error is DeLong's, with weighted variances of both placements.
pub(super) fn auc(events: &[Scored]) -> Mean {
    let mut order: Vec<&Scored> = events.iter().collect();
    order.sort_by(|a, b| a.score.total_cmp(&b.score));
    let mut below = [0.0; 2];
    // For each event, the weight of the other class below it, ties counting half.
    let mut placed: Vec<(f64, &Scored)> = Vec::with_capacity(order.len());
    for tied in order.chunk_by(|a, b| a.score == b.score) {
        let here = [false, true].map(|first| weight(tied.iter().copied().filter(|event| event.first == first)));
        let place = |event: &&&Scored| below[usize::from(!event.first)] + 0.5 * here[usize::from(!event.first)];
        placed.extend(tied.iter().map(|event| (place(&event), *event)));
        below.iter_mut().zip(here).for_each(|(sum, weight)| *sum += weight);
    }
    let [second, first] = below;
    let class = |wanted: bool, of_other: f64| {
        let mine = placed.iter().filter(move |(_, event)| event.first == wanted);
        Mean::ratio_of_sums(mine.map(move |(place, event)| (event.weight * place / of_other, event.weight)))
    };
    let (above_second, above_first) = (class(true, second), class(false, first));
    Mean {
        value: above_second.value,
        standard_error: above_second.standard_error.hypot(above_first.standard_error),
    }
}

fn weight<'a>(events: impl Iterator<Item = &'a Scored>) -> f64 {
    events.map(|event| event.weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(first: &[(f64, f64)], second: &[(f64, f64)]) -> Vec<Scored> {
        let class = |events: &[(f64, f64)], first| -> Vec<Scored> {
            let scored = |&(score, weight): &(f64, f64)| Scored { score, weight, first };
            events.iter().map(scored).collect()
        };
        [class(first, true), class(second, false)].concat()
    }

    /// By hand: of the pairs (1, 0), (1, 1), (3, 0), (3, 1), with weights 1 and 3 in the second class, half a tie.
    #[test]
    fn ties_count_half_and_weights_count() {
        let found = auc(&events(&[(1.0, 1.0), (3.0, 1.0)], &[(0.0, 1.0), (1.0, 3.0)]));
        assert!((found.value - (1.0 + 1.5 + 4.0) / 8.0).abs() < 1e-15, "{found:?}");
    }

    /// Calibration by a function that grows cannot bring back what is lost (diagnostics: Cranmer et al. 2015).
    #[test]
    fn a_monotone_function_of_the_score_changes_nothing() {
        let class = |shift: f64| {
            (0..50)
                .map(|i| ((i as f64 * 0.37).sin() + shift, 1.0 + (i % 3) as f64))
                .collect::<Vec<_>>()
        };
        let found = |f: fn(f64) -> f64| {
            let mapped = |shift| {
                class(shift)
                    .into_iter()
                    .map(|(score, weight)| (f(score), weight))
                    .collect::<Vec<_>>()
            };
            auc(&events(&mapped(0.4), &mapped(0.0)))
        };
        let raw = found(|score| score);
        assert_eq!(raw, found(|score| 1.0 / (1.0 + (-2.0 * score - 0.3).exp())));
        assert_eq!(raw, found(|score| score.powi(3)));
        assert!((raw.value + found(|score| -score).value - 1.0).abs() < 1e-12);
    }

    /// A weight of two is an event counted twice.
    #[test]
    fn a_weight_is_a_repetition() {
        let first = [(0.3, 1.0), (0.9, 1.0), (0.5, 1.0)];
        let weighted = auc(&events(&first, &[(0.1, 2.0), (0.6, 1.0)]));
        let repeated = auc(&events(&first, &[(0.1, 1.0), (0.1, 1.0), (0.6, 1.0)]));
        assert!((weighted.value - repeated.value).abs() < 1e-15);
    }
}
