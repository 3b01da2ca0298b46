//! Figures of the estimates of each method next to the exact answer: log r, and the score.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::comparisons::learns_score_at_reference;
use super::method_style::method_style;
use super::small_multiples::{self, Multiple};
use super::{Figure, text};
use crate::plot::{Label, finite_range};
use crate::{FigureData, Results};

/// Largest number of score components that are drawn; the caption mentions the others.
const MAX_COMPONENTS: usize = 4;

/// Estimated against exact log r, for all seeds of each method.
pub fn ratio_against_exact(results: &Results) -> Option<Figure> {
    let data = &results.figure_data;
    let exact = &data.exact_log_ratio;
    let (low, high) = finite_range(exact.iter().copied())?;
    let panels = ordered(results, &data.log_ratio).map(|(method, seeds)| Multiple {
        title: Label::plain(method_style(method).brief()),
        colour: method_style(method).colour,
        exact: vec![(low, low), (high, high)],
        estimates: seeds.iter().map(|estimate| pairs(exact, estimate)).collect(),
        joined: false,
    });
    let axes = [Label::plain("exact ").join(Label::log_r()), Label::log_r_hat()];
    let caption = html! {
        "Estimated against exact log " i { "r" } " at " i { "θ" } sub { "0" } " = " (text::point(&results.theta0)) " against "
        i { "θ" } sub { "1" } " = " (text::point(&results.theta1)) ", trained on " (text::count(data.n_events))
        " events; each dot is one observation and one of the seeds. Open rings lie beyond the frame."
    };
    small_multiples::draw(
        "ratio_against_exact",
        "Estimated against exact log r",
        caption,
        vec![(panels.collect(), axes)],
    )
}

/// Estimated and exact log r as functions of x, if there is one observable.
pub fn ratio_along_observable(results: &Results) -> Option<Figure> {
    let data = &results.figure_data;
    let x = only_observable(results, &data.x)?;
    let panels = ordered(results, &data.log_ratio).map(|(method, seeds)| Multiple {
        title: Label::plain(method_style(method).brief()),
        colour: method_style(method).colour,
        exact: function(&x, &data.exact_log_ratio),
        estimates: seeds.iter().map(|estimate| function(&x, estimate)).collect(),
        joined: true,
    });
    let axes = [Label::plain(results.observables[0].as_str()), Label::log_r_hat()];
    let caption = html! {
        "log " i { "r" } " as a function of " (results.observables[0]) ": each seed of each method, trained on "
        (text::count(data.n_events)) " events, over the exact answer in grey."
    };
    small_multiples::draw(
        "ratio_along_observable",
        "Estimated and exact log r",
        caption,
        vec![(panels.collect(), axes)],
    )
}

/// Estimated and exact score, component by component: as functions of x if there is one observable, else against each other.
pub fn score(results: &Results) -> Option<Figure> {
    let data = &results.figure_data;
    let x = only_observable(results, &data.x);
    let groups = (0..results.parameters.len().min(MAX_COMPONENTS)).map(|i| {
        let methods = ordered(results, &data.score);
        let panels = methods.map(|(method, score)| score_panel(method, score, data, i, x.as_deref()));
        let estimate = component_label(results, "t\u{302}", i);
        let below = match x {
            Some(_) => Label::plain(results.observables[0].as_str()),
            None => Label::plain("exact ").join(component_label(results, "t", i)),
        };
        (panels.collect(), [below, estimate])
    });
    small_multiples::draw(
        "score",
        "Estimated and exact score",
        score_caption(results),
        groups.collect(),
    )
}

/// Symbol of a score component, with the name of the parameter as its index if there are several.
pub fn component_label(results: &Results, symbol: &str, i: usize) -> Label {
    let label = Label::default().italic(symbol);
    match results.parameters.as_slice() {
        parameters if parameters.len() > 1 => label.index(parameters[i].as_str()),
        _ => label,
    }
}

fn score_panel(method: &str, score: &[Vec<f64>], data: &FigureData, i: usize, x: Option<&[f64]>) -> Multiple {
    let style = method_style(method);
    let (exact, place) = match learns_score_at_reference(method) {
        true => (&data.exact_score_ref, "ref"),
        false => (&data.exact_score, "0"),
    };
    let (exact, estimate) = (component(exact, i), component(score, i));
    let title = Label::plain(style.brief()).and(" at ").italic("θ").index(place);
    match x {
        Some(x) => Multiple {
            title,
            colour: style.colour,
            exact: function(x, &exact),
            estimates: vec![function(x, &estimate)],
            joined: true,
        },
        None => Multiple {
            title,
            colour: style.colour,
            exact: finite_range(exact.iter().copied()).map_or(vec![], |(low, high)| vec![(low, low), (high, high)]),
            estimates: vec![pairs(&exact, &estimate)],
            joined: false,
        },
    }
}

fn score_caption(results: &Results) -> Markup {
    let omitted = results.parameters.len().saturating_sub(MAX_COMPONENTS);
    html! {
        "The score, the gradient of log " i { "p" } "(" i { "x" } "|" i { "θ" } "): estimates of the first seed, trained on "
        (text::count(results.figure_data.n_events))
        " events, and the exact answer in grey. Ratio estimators are differentiated at " i { "θ" } sub { "0" } " = "
        (text::point(&results.theta0)) "; SALLY estimates the score at " i { "θ" } sub { "ref" } " = "
        (text::point(&results.theta_ref)) "."
        @if omitted > 0 { " The other " (omitted) " components are not shown." }
    }
}

/// Entries of a map in the order of the methods; entries of methods without a run come last.
fn ordered<'a, T>(results: &'a Results, entries: &'a BTreeMap<String, T>) -> impl Iterator<Item = (&'a str, &'a T)> {
    let methods = results.methods();
    let known = methods
        .clone()
        .into_iter()
        .filter_map(|method| Some((method, entries.get(method)?)));
    let others = entries
        .iter()
        .map(|(method, entry)| (method.as_str(), entry))
        .filter(move |(method, _)| !methods.contains(method));
    known.chain(others)
}

/// Values of the only observable; `None` if there are several.
pub fn only_observable(results: &Results, x: &[Vec<f64>]) -> Option<Vec<f64>> {
    let single = results.observables.len() == 1 && !x.is_empty();
    single.then(|| component(x, 0))
}

/// One component of each row; NaN where a row is too short.
pub fn component(rows: &[Vec<f64>], i: usize) -> Vec<f64> {
    rows.iter().map(|row| row.get(i).copied().unwrap_or(f64::NAN)).collect()
}

fn pairs(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    x.iter().copied().zip(y.iter().copied()).collect()
}

/// Points of a function, sorted by its argument.
pub fn function(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let mut points = pairs(x, y);
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}
