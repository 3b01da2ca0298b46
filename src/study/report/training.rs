//! How the trainings went: loss against gradient step, one panel a method.

use super::Figure;
use super::axes::{INK, Panel, Scale};
use super::label::Label;
use super::legend::{self, Sample};
use super::look::look;
use super::multiples::plain;
use super::svg::{Anchor, Stroke, Svg, Type};
use crate::{Results, Run};
use motherlode_nn::{Curve, Provenance};

const COLUMNS: usize = 3;
const WIDTH: f64 = 860.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 26.0;
const GAP: f64 = 64.0;
const SIDE: f64 = (WIDTH - LEFT - RIGHT - (COLUMNS - 1) as f64 * GAP) / COLUMNS as f64;
const HEIGHT: f64 = 150.0;
/// Width and height of a panel that stands alone.
const SINGLE: [f64; 2] = [560.0, 300.0];
const TITLE: f64 = 28.0;
const BELOW: f64 = 30.0;
const PALE: f64 = 0.35;
/// The line at the step whose weights were kept.
const KEPT: Stroke = Stroke {
    colour: INK,
    width: 1.0,
    dashes: "4 3",
    opacity: 1.0,
};

/// Training and validation loss of the first seed of each method at its largest budget; nothing if no curve was kept.
pub fn figure(results: &Results) -> Option<Figure> {
    let runs: Vec<&Run> = results
        .methods()
        .into_iter()
        .filter_map(|method| shown(results, method))
        .collect();
    let rows = runs.len().div_ceil(COLUMNS);
    let columns = runs.len().min(COLUMNS);
    let row = TITLE + HEIGHT + BELOW;
    let width = LEFT + RIGHT + columns as f64 * (SIDE + GAP) - GAP;
    let mut svg = Svg::new(
        width,
        legend::HEIGHT + rows as f64 * row + 24.0,
        "Training and validation loss",
    );
    for (i, run) in runs.iter().enumerate() {
        let left = LEFT + (i % COLUMNS) as f64 * (SIDE + GAP);
        let top = legend::HEIGHT + TITLE + (i / COLUMNS) as f64 * row;
        draw(
            &mut svg,
            (left, top),
            [SIDE, HEIGHT],
            &run.method,
            &[(&run.curve, run.best_step)],
        );
        if i + COLUMNS >= runs.len() {
            let under = (left + 0.5 * SIDE, top + HEIGHT + 40.0);
            svg.text(under, &Label::plain("gradient step"), plain(14.0, Anchor::Middle));
        }
        if i % COLUMNS == 0 {
            let beside = (16.0, top + 0.5 * HEIGHT);
            svg.text_upwards(beside, &Label::plain("loss"), plain(14.0, Anchor::Middle));
        }
    }
    key(&mut svg);
    (!runs.is_empty()).then(|| Figure {
        name: "training",
        caption: "Loss in the course of the training of the first seed of each method at its largest budget: on the training events (pale) and on the validation events (full). Dashed: the step whose weights were kept. The losses of different methods are different quantities. The scale is that of the losses after the first tenth of the steps.".to_owned(),
        svg,
    })
}

/// Training and validation losses of a model as an SVG file, those of all members if it is an ensemble; nothing if there are
/// no losses.
pub fn curves(members: &[&Provenance]) -> Option<String> {
    let shown = |provenance: &&Provenance| !provenance.curve.step.is_empty();
    let method = members.iter().copied().find(shown)?.method.name();
    let trainings: Vec<(&Curve, usize)> = members.iter().map(|member| (&member.curve, member.best_step)).collect();
    let height = legend::HEIGHT + TITLE + SINGLE[1] + BELOW + 24.0;
    let mut svg = Svg::new(LEFT + SINGLE[0] + RIGHT, height, "Training and validation loss");
    let top = legend::HEIGHT + TITLE;
    draw(&mut svg, (LEFT, top), SINGLE, method, &trainings);
    let under = (LEFT + 0.5 * SINGLE[0], top + SINGLE[1] + 40.0);
    svg.text(under, &Label::plain("gradient step"), plain(14.0, Anchor::Middle));
    let beside = (16.0, top + 0.5 * SINGLE[1]);
    svg.text_upwards(beside, &Label::plain("loss"), plain(14.0, Anchor::Middle));
    key(&mut svg);
    Some(svg.document())
}

/// The training that is shown of a method: its first seed at its largest budget, if its curve was kept.
fn shown<'a>(results: &'a Results, method: &str) -> Option<&'a Run> {
    let of_method = || results.runs.iter().filter(|run| run.method == method);
    let budget = of_method().map(|run| run.n_events).max()?;
    let largest = of_method().filter(|run| run.n_events == budget);
    let first = largest.min_by_key(|run| run.seed)?;
    (!first.curve.step.is_empty()).then_some(first)
}

/// The losses of trainings by one method, each with the step whose weights were kept.
fn draw(
    svg: &mut Svg,
    (left, top): (f64, f64),
    [width, height]: [f64; 2],
    method: &str,
    trainings: &[(&Curve, usize)],
) {
    let line = |steps: &[usize], losses: &[f64]| -> Vec<(f64, f64)> {
        let steps = steps.iter().map(|&step| step as f64);
        steps.zip(losses.iter().copied()).collect()
    };
    let lines = |of: fn(&Curve) -> &[f64]| -> Vec<Vec<(f64, f64)>> {
        trainings
            .iter()
            .map(|(curve, _)| line(&curve.step, of(curve)))
            .collect()
    };
    let (train, validation) = (lines(|curve| &curve.train), lines(|curve| &curve.validation));
    let all = || train.iter().chain(&validation).flatten();
    let early = 0.1 * all().map(|point| point.0).fold(0.0, f64::max);
    let settled: Vec<f64> = all().filter(|point| point.0 >= early).map(|point| point.1).collect();
    let panel = Panel {
        left,
        top,
        width,
        height,
        x: Scale::tight(std::iter::once(0.0).chain(all().map(|point| point.0))),
        y: Scale::linear(settled),
    };
    let look = look(method);
    panel.axes(svg, true, true);
    let full = Stroke::solid(look.colour, if trainings.len() > 1 { 1.2 } else { 2.0 });
    let pale = Stroke { opacity: PALE, ..full };
    train.iter().for_each(|line| panel.curve(svg, line, pale));
    validation.iter().for_each(|line| panel.curve(svg, line, full));
    let mut steps: Vec<usize> = trainings.iter().map(|(_, kept)| *kept).collect();
    steps.sort_unstable();
    steps.dedup();
    steps.into_iter().for_each(|step| kept(svg, &panel, step));
    let title = Type {
        size: 14.0,
        colour: look.colour,
        anchor: Anchor::Start,
        bold: true,
    };
    let members = match trainings.len() {
        1 => String::new(),
        n => format!(", {n} members"),
    };
    svg.text((left, top - 9.0), &Label::plain(look.brief() + &members), title);
}

fn key(svg: &mut Svg) {
    let validation = Stroke::solid(INK, 2.0);
    let train = Stroke {
        opacity: PALE,
        ..validation
    };
    let entries = [
        (Sample::Line(train), Label::plain("training events")),
        (Sample::Line(validation), Label::plain("validation events")),
        (Sample::Line(KEPT), Label::plain("weights kept")),
    ];
    legend::draw(svg, (LEFT, 18.0), &entries);
}

/// A line at the step whose weights were kept.
fn kept(svg: &mut Svg, panel: &Panel, step: usize) {
    let Some(place) = panel.x.place(step as f64) else {
        return;
    };
    let x = panel.left + place.clamp(0.0, 1.0) * panel.width;
    svg.line(&[(x, panel.top), (x, panel.top + panel.height)], KEPT);
}
