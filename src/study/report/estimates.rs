//! The estimates of each method next to the exact answer: log r, and the score.

use std::collections::BTreeMap;

use super::Figure;
use super::axes::ends;
use super::label::{Label, escape};
use super::look::look;
use super::multiples::{self, Multiple};
use super::words;
use crate::{Results, Showcase};

/// Components of the score that are shown; the others are left out, and the caption says so.
const MAX_COMPONENTS: usize = 4;

/// log r̂ of each method, for all seeds, against exact log r.
pub fn ratio_against_exact(results: &Results) -> Option<Figure> {
    let showcase = &results.showcase;
    let exact = &showcase.exact_log_ratio;
    let (low, high) = ends(exact.iter().copied())?;
    let panels = ordered(results, &showcase.log_ratio).map(|(method, seeds)| Multiple {
        title: Label::plain(look(method).brief()),
        colour: look(method).colour,
        exact: vec![(low, low), (high, high)],
        estimates: seeds.iter().map(|estimate| pairs(exact, estimate)).collect(),
        joined: false,
    });
    let axes = [Label::plain("exact ").join(Label::log_r()), Label::log_r_hat()];
    let caption = format!(
        "Estimated against exact log <i>r</i> at <i>θ</i><sub>0</sub> = {} against <i>θ</i><sub>1</sub> = {}, trained on {} events; each dot is one observation and one of the seeds. Open rings lie beyond the frame.",
        words::point(&results.theta0),
        words::point(&results.theta1),
        words::count(showcase.n_events)
    );
    multiples::draw(
        "ratio_against_exact",
        "Estimated against exact log r",
        caption,
        vec![(panels.collect(), axes)],
    )
}

/// log r̂ and exact log r as functions of x, where there is one observable.
pub fn ratio_along_observable(results: &Results) -> Option<Figure> {
    let showcase = &results.showcase;
    let x = only_observable(results, &showcase.x)?;
    let panels = ordered(results, &showcase.log_ratio).map(|(method, seeds)| Multiple {
        title: Label::plain(look(method).brief()),
        colour: look(method).colour,
        exact: function(&x, &showcase.exact_log_ratio),
        estimates: seeds.iter().map(|estimate| function(&x, estimate)).collect(),
        joined: true,
    });
    let axes = [Label::plain(results.observables[0].as_str()), Label::log_r_hat()];
    let caption = format!(
        "log <i>r</i> as a function of {}: each seed of each method, trained on {} events, over the exact answer in grey.",
        escape(&results.observables[0]),
        words::count(showcase.n_events)
    );
    multiples::draw(
        "ratio_along_observable",
        "Estimated and exact log r",
        caption,
        vec![(panels.collect(), axes)],
    )
}

/// The estimated score of each method next to the exact one: as a function of x where there is one observable, else one
/// against the other, component by component.
pub fn score(results: &Results) -> Option<Figure> {
    let showcase = &results.showcase;
    let x = only_observable(results, &showcase.x);
    let groups = (0..results.parameters.len().min(MAX_COMPONENTS)).map(|i| {
        let methods = ordered(results, &showcase.score);
        let panels = methods.map(|(method, score)| score_panel(method, score, showcase, i, x.as_deref()));
        let estimate = of_component(results, "t\u{302}", i);
        let below = match x {
            Some(_) => Label::plain(results.observables[0].as_str()),
            None => Label::plain("exact ").join(of_component(results, "t", i)),
        };
        (panels.collect(), [below, estimate])
    });
    multiples::draw(
        "score",
        "Estimated and exact score",
        score_caption(results),
        groups.collect(),
    )
}

/// A symbol, with the name of the parameter as its index where there are several.
pub fn of_component(results: &Results, symbol: &str, i: usize) -> Label {
    let label = Label::default().italic(symbol);
    match results.parameters.as_slice() {
        parameters if parameters.len() > 1 => label.index(parameters[i].as_str()),
        _ => label,
    }
}

fn score_panel(method: &str, score: &[Vec<f64>], showcase: &Showcase, i: usize, x: Option<&[f64]>) -> Multiple {
    let look = look(method);
    let (exact, place) = match words::at_reference(method) {
        true => (&showcase.exact_score_ref, "ref"),
        false => (&showcase.exact_score, "0"),
    };
    let (exact, estimate) = (component(exact, i), component(score, i));
    let title = Label::plain(look.brief()).and(" at ").italic("θ").index(place);
    match x {
        Some(x) => Multiple {
            title,
            colour: look.colour,
            exact: function(x, &exact),
            estimates: vec![function(x, &estimate)],
            joined: true,
        },
        None => Multiple {
            title,
            colour: look.colour,
            exact: ends(exact.iter().copied()).map_or(vec![], |(low, high)| vec![(low, low), (high, high)]),
            estimates: vec![pairs(&exact, &estimate)],
            joined: false,
        },
    }
}

fn score_caption(results: &Results) -> String {
    let left_out = results.parameters.len().saturating_sub(MAX_COMPONENTS);
    let more = match left_out {
        0 => String::new(),
        n => format!(" The other {n} components are not shown."),
    };
    format!(
        "The score, the gradient of log <i>p</i>(<i>x</i>|<i>θ</i>): estimates of the first seed, trained on {} events, and the exact answer in grey. Ratio estimators are differentiated at <i>θ</i><sub>0</sub> = {}; SALLY estimates the score at <i>θ</i><sub>ref</sub> = {}.{more}",
        words::count(results.showcase.n_events),
        words::point(&results.theta0),
        words::point(&results.theta_ref)
    )
}

/// The entries of a map in the order of the methods; entries of methods without a run come last.
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

/// The values of the only observable; nothing if there are several.
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

/// A function from its values, in the order of its argument.
pub fn function(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let mut points = pairs(x, y);
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}
