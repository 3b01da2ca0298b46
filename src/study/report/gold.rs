//! Figure of the joint ratio and joint score of single events, which scatter around the exact answer.

use maud::{Markup, html};

use super::estimates::{component, component_label, function, only_observable};
use super::{Figure, text};
use crate::Results;
use crate::plot::legend::{self, Key};
use crate::plot::{Label, Panel, Scale, Stroke, Svg, palette};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 66.0;
const GAP: f64 = 76.0;
const TOP: f64 = 12.0 + legend::HEIGHT;
const BOTTOM: f64 = 54.0;
const SIDE: f64 = (WIDTH - LEFT - GAP - 14.0) / 2.0;
/// Colour of joint ratios and joint scores.
const GOLD: &str = palette::ORANGE;
const BLACK: &str = palette::BLACK;

/// Contents of a panel: points of single events, and the exact answer through them.
struct Cloud {
    below: Label,
    left: Label,
    events: Vec<(f64, f64)>,
    exact: Vec<(f64, f64)>,
}

/// Joint log ratio and joint score of simulated events around the exact log ratio and score.
///
/// With one observable the abscissa is that observable, else the exact answer for the event, where it is known. `None` without such
/// events, or without exact answers.
pub fn figure(results: &Results) -> Option<Figure> {
    let data = &results.figure_data;
    let clouds = [
        cloud(
            results,
            &data.event_joint_log_ratio,
            &data.exact_log_ratio,
            Label::log_r(),
        ),
        cloud(
            results,
            &component(&data.event_joint_score, 0),
            &component(&data.exact_score, 0),
            component_label(results, "t", 0),
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
            Key::Disc(GOLD, 0.8),
            Label::plain("one event: joint, with its ").italic("z"),
        ),
        (
            Key::Line(Stroke::solid(BLACK, 2.2)),
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
    let data = &results.figure_data;
    let (below, events, exact) = match only_observable(results, &data.event_x) {
        Some(x) => {
            let along = only_observable(results, &data.x)?;
            let name = Label::plain(results.observables[0].as_str());
            (name, side_by_side(&x, joint), function(&along, exact))
        }
        None => {
            let events: Vec<(f64, f64)> = exact_of_events(results, exact).zip(joint.iter().copied()).collect();
            let diagonal = exact.iter().map(|&value| (value, value)).collect();
            (Label::plain("exact ").join(symbol.clone()), events, diagonal)
        }
    };
    let drawable = !exact.is_empty() && events.iter().any(|(x, y)| x.is_finite() && y.is_finite());
    let left = Label::plain("joint ").join(symbol).and("(").italic("x, z").and(")");
    drawable.then_some(Cloud {
        below,
        left,
        events,
        exact,
    })
}

/// Exact answer for each event; NaN for those whose observation is not among the data.
fn exact_of_events<'a>(results: &'a Results, exact: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    let data = &results.figure_data;
    let events = data.event_x.iter();
    events.map(|x| {
        let found = data.x.iter().position(|known| known == x);
        found.and_then(|k| exact.get(k).copied()).unwrap_or(f64::NAN)
    })
}

/// Points of events. If the observable takes whole numbers, events of the same value are drawn side by side.
fn side_by_side(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
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
    panel.line(svg, &cloud.exact, Stroke::solid(BLACK, 2.2));
    panel.x_label(svg, &cloud.below, 42.0, 15.0);
    panel.y_label(svg, &cloud.left, 46.0, 15.0);
}

fn caption(results: &Results) -> Markup {
    html! {
        "The joint quantities of single events, "
        @match results.observables.as_slice() {
            [observable] => {
                "as functions of " (observable) "; if it takes whole numbers, events of the same value are drawn side by side"
            }
            _ => { "against the exact answers for the same events" }
        }
        ". Each dot is one event with its latent path " i { "z" } ": its joint log ratio at " i { "θ" } sub { "0" } " = "
        (text::point(&results.theta0)) " against " i { "θ" } sub { "1" } " = " (text::point(&results.theta1))
        " on the left, its joint score at " i { "θ" } sub { "0" } " on the right. Black: the exact answer, which depends on " i { "x" }
        " alone. Averaged over " i { "z" } ", the joint score of events from " i { "θ" } sub { "0" }
        " is the score, and the joint ratio of events from " i { "θ" } sub { "1" }
        " is the ratio (the ratio itself, not its logarithm): a network fitted to these dots learns the line."
    }
}
