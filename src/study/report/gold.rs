//! The picture that explains gold: the joint quantities of single events scatter around the exact answer.

use super::Figure;
use super::axes::{Panel, Scale};
use super::estimates::{component, function, of_component, only_observable};
use super::label::{Label, escape};
use super::legend::{self, Sample};
use super::multiples::plain;
use super::svg::{Anchor, Stroke, Svg};
use super::words;
use crate::Results;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 66.0;
const GAP: f64 = 76.0;
const TOP: f64 = 12.0 + legend::HEIGHT;
const BOTTOM: f64 = 54.0;
const SIDE: f64 = (WIDTH - LEFT - GAP - 14.0) / 2.0;
/// Joint ratios and joint scores.
const GOLD: &str = "#E69F00";
const BLACK: &str = "#000000";

/// What a panel shows: points of single events, and the exact answer through them.
struct Cloud {
    below: Label,
    left: Label,
    events: Vec<(f64, f64)>,
    exact: Vec<(f64, f64)>,
}

/// Joint log ratio and joint score of simulated events around the exact log ratio and score.
///
/// With one observable the abscissa is that observable, else the exact answer for the event, for those events whose
/// observation is among the showcase; nothing if there are none, or if the exact answer is not known.
pub fn figure(results: &Results) -> Option<Figure> {
    let showcase = &results.showcase;
    let clouds = [
        cloud(
            results,
            &showcase.event_joint_log_ratio,
            &showcase.exact_log_ratio,
            Label::log_r(),
        ),
        cloud(
            results,
            &component(&showcase.event_joint_score, 0),
            &component(&showcase.exact_score, 0),
            of_component(results, "t", 0),
        ),
    ];
    if clouds.iter().all(Option::is_none) {
        return None;
    }
    let mut svg = Svg::new(WIDTH, HEIGHT, "Joint ratio and joint score of single events");
    for (i, cloud) in clouds.iter().flatten().enumerate() {
        draw(&mut svg, LEFT + i as f64 * (SIDE + GAP), cloud);
    }
    let key = [
        (
            Sample::Dot(GOLD, 0.8),
            Label::plain("one event: joint, with its ").italic("z"),
        ),
        (
            Sample::Line(Stroke::solid(BLACK, 2.2)),
            Label::plain("exact, of ").italic("x").and(" alone"),
        ),
    ];
    legend::draw(&mut svg, (LEFT, 20.0), &key);
    Some(Figure {
        name: "gold",
        caption: caption(results),
        svg,
    })
}

fn cloud(results: &Results, joint: &[f64], exact: &[f64], symbol: Label) -> Option<Cloud> {
    let showcase = &results.showcase;
    let (below, events, exact) = match only_observable(results, &showcase.event_x) {
        Some(x) => {
            let along = only_observable(results, &showcase.x)?;
            let name = Label::plain(results.observables[0].as_str());
            (name, apart(&x, joint), function(&along, exact))
        }
        None => {
            let events: Vec<(f64, f64)> = exact_of_events(results, exact).zip(joint.iter().copied()).collect();
            let diagonal = exact.iter().map(|&value| (value, value)).collect();
            (Label::plain("exact ").join(symbol.clone()), events, diagonal)
        }
    };
    let shown = !exact.is_empty() && events.iter().any(|(x, y)| x.is_finite() && y.is_finite());
    let left = Label::plain("joint ").join(symbol).and("(").italic("x, z").and(")");
    shown.then_some(Cloud {
        below,
        left,
        events,
        exact,
    })
}

/// The exact answer for each event; NaN for those whose observation is not in the showcase.
fn exact_of_events<'a>(results: &'a Results, exact: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    let showcase = &results.showcase;
    let events = showcase.event_x.iter();
    events.map(|x| {
        let found = showcase.x.iter().position(|shown| shown == x);
        found.and_then(|k| exact.get(k).copied()).unwrap_or(f64::NAN)
    })
}

/// Points of events; where the observable is a whole number, those of one value are set side by side to be told apart.
fn apart(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let whole = x.iter().all(|x| x.fract() == 0.0);
    let golden = 0.5 * (5_f64.sqrt() - 1.0); // its multiples fill an interval evenly
    let shift = |i: usize| {
        if whole {
            0.7 * ((i as f64 * golden).fract() - 0.5)
        } else {
            0.0
        }
    };
    let shifted = x.iter().enumerate().map(|(i, x)| x + shift(i));
    shifted.zip(y.iter().copied()).collect()
}

fn draw(svg: &mut Svg, left: f64, cloud: &Cloud) {
    let points = || {
        cloud
            .events
            .iter()
            .chain(&cloud.exact)
            .filter(|(x, y)| x.is_finite() && y.is_finite())
    };
    let panel = Panel {
        left,
        top: TOP,
        width: SIDE,
        height: HEIGHT - TOP - BOTTOM,
        x: Scale::linear(points().map(|point| point.0)),
        y: Scale::linear(points().map(|point| point.1)),
    };
    panel.axes(svg, true, true);
    panel.dots(svg, &cloud.events, 2.6, GOLD, 0.55);
    panel.curve(svg, &cloud.exact, Stroke::solid(BLACK, 2.2));
    let bottom = panel.top + panel.height;
    svg.text(
        (left + 0.5 * SIDE, bottom + 42.0),
        &cloud.below,
        plain(15.0, Anchor::Middle),
    );
    svg.text_upwards(
        (left - 46.0, panel.top + 0.5 * panel.height),
        &cloud.left,
        plain(15.0, Anchor::Middle),
    );
}

fn caption(results: &Results) -> String {
    let place = match results.observables.as_slice() {
        [observable] => format!(
            "as functions of {}; where it takes whole numbers, events of one value are set side by side",
            escape(observable)
        ),
        _ => "against the exact answers for the same events".to_owned(),
    };
    format!(
        "What the simulator knows of single events, {place}. Each dot is one event, with the latent path <i>z</i> by which it came about: its joint log ratio at <i>θ</i><sub>0</sub> = {} against <i>θ</i><sub>1</sub> = {} on the left, its joint score at <i>θ</i><sub>0</sub> on the right. Black: the exact answer, which knows <i>x</i> alone. Averaged over <i>z</i>, the joint score of events from <i>θ</i><sub>0</sub> is the score, and the joint ratio of events from <i>θ</i><sub>1</sub> is the ratio (the ratio itself, not its logarithm): a network fitted to such dots learns the line.",
        words::point(&results.theta0),
        words::point(&results.theta1)
    )
}
